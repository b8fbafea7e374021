/* SPDX-License-Identifier: MIT */
/* Shared by the parts of a replay. */
#ifndef SAE_REPLAY_PRIVATE_H
#define SAE_REPLAY_PRIVATE_H

#include "base/clock.h"
#include "base/tally.h"
#include "measure/replay.h"

/* The events as they were at `end`. Not to be freed. */
struct sae_events sae_replay_view(const struct sae_events *events, int64_t end);

/* Adds to the step what is there, and what of it was not `before`. */
void sae_replay_note(struct sae_replay *replay, enum sae_replayed which, size_t step,
                     const struct sae_hits *before, const struct sae_hits *now);

/* Copies the events of which `keep` is true; *ret_events.at is the caller's to free. */
enum sae_status sae_replay_pick(const struct sae_events *events, const bool *keep,
                                struct sae_events *ret_events,
                                struct sae_err *err) SAE_MUST_CHECK;

/* The detectors that hold. `stale` are the devices of each step. */
enum sae_status sae_replay_breach(struct sae_replay *replay,
                                  struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_replay_spread(struct sae_replay *replay, const struct sae_hits *stale,
                                  struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_replay_foreign(struct sae_replay *replay,
                                   struct sae_err *err) SAE_MUST_CHECK;

#endif
