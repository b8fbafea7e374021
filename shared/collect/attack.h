/* SPDX-License-Identifier: MIT */
/* Inside the measuring of attacks: the sign-ins that are looked at, and what becomes of what
 * the detectors find. */
#ifndef SAE_ATTACK_H
#define SAE_ATTACK_H

#include "collect/attack_load.h"
#include "collect/run.h"

struct sae_attack {
    struct sae_run *run;
    struct sae_events events;
    int64_t hold;
    uint32_t *net; /* by address */
    struct sae_hits stale;
    bool cut;      /* there were more rows than are looked at */
};

/* The events of the history, as far back as the detectors look, with their networks. */
enum sae_status sae_attack_load(struct sae_attack *attack, struct sae_err *err) SAE_MUST_CHECK;
void sae_attack_done(struct sae_attack *attack);

/* Turns a hit of `metric` into a finding, with names and words; *ret_counts is false if it is
 * accepted. */
enum sae_status sae_attack_find(struct sae_run *run, enum sae_metric metric,
                                const struct sae_hit *hit, bool *ret_counts,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
