/* SPDX-License-Identifier: MIT */
/* How often each detector would have rung: what it finds at one step of T after another. A ring
 * is a finding that was not there at the step before. The same as running the detectors over
 * all rows at every step, in less time: those that hold are asked once for all steps. */
#ifndef SAE_REPLAY_H
#define SAE_REPLAY_H

#include "measure/detect.h"

enum sae_replayed {
    SAE_REPLAY_BREACH,
    SAE_REPLAY_FOREIGN,
    SAE_REPLAY_SPREAD,
    SAE_REPLAY_BRUTE,
    SAE_REPLAY_SPRAY,
    SAE_REPLAY_SPRAY_NETS,
    SAE_REPLAY_LOCKOUTS,
    SAE_REPLAY_STALE,
    SAE_REPLAY_COUNT
};

/* Zero-initialise, then set what stands before `rings`. */
struct sae_replay {
    /* As far back from T of step 0 as the detectors look (sae_detect_from). */
    const struct sae_events *events;
    struct sae_rule rule[SAE_REPLAY_COUNT]; /* not asked of breach and foreign */
    int64_t hold;
    const struct sae_expected *expected; /* nothing is listed for a user, or something is */
    int64_t step;                        /* ticks */
    size_t steps; /* T of step `steps` is events->end; step 0 says what was there before */

    /* By step, 0 to `steps`: findings that ring, findings that are there. */
    uint32_t *rings[SAE_REPLAY_COUNT], *there[SAE_REPLAY_COUNT];
};

enum sae_status sae_replay_run(struct sae_replay *replay, struct sae_err *err) SAE_MUST_CHECK;
void sae_replay_done(struct sae_replay *replay);

int64_t sae_replay_time(const struct sae_replay *replay, size_t step);

/* How far back from T a detector looks. */
int64_t sae_replay_back(const struct sae_replay *replay, enum sae_replayed which);

#endif
