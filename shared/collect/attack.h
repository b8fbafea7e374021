/* SPDX-License-Identifier: MIT */
/* Inside the measuring of attacks: the sign-ins that are looked at, and what becomes of what
 * the detectors find. */
#ifndef SAE_ATTACK_H
#define SAE_ATTACK_H

#include "collect/run.h"

struct sae_attack {
    struct sae_run *run;
    const struct sae_events *events; /* the run's */
    int64_t hold;
    struct sae_hits stale;
};

/* Turns a hit of `metric` into a finding, with names and words; *ret_counts is false if it is
 * accepted. */
enum sae_status sae_attack_find(struct sae_run *run, enum sae_metric metric,
                                const struct sae_hit *hit, bool *ret_counts,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
