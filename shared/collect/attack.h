/* SPDX-License-Identifier: MIT */
/* Inside the measuring of attacks: the sign-ins that are looked at, and what becomes of what
 * the detectors find. */
#ifndef SAE_ATTACK_H
#define SAE_ATTACK_H

#include "collect/run.h"
#include "measure/detect.h"

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

/* The tenant's rule of a detector. */
struct sae_rule sae_attack_rule(const struct sae_run *run, enum sae_key key);

/* Turns a hit of `metric` into a finding, with names and words; *ret_counts is false if it is
 * accepted. */
enum sae_status sae_attack_find(struct sae_run *run, enum sae_metric metric,
                                const struct sae_hit *hit, bool *ret_counts,
                                struct sae_err *err) SAE_MUST_CHECK;

/* What the lists say about a country (struct sae_expected); `arg` is a zero-initialised
 * struct sae_expectation with `run` set. */
struct sae_expectation {
    struct sae_run *run;
    uint32_t user; /* whose list is looked at; 0: none yet */
    const char *listed; /* the user's own countries, or NULL */
    struct sae_err failure; /* of the history; the answer was then "nothing" */
};
enum sae_expect sae_attack_expect(void *arg, uint32_t user, uint16_t country);

#endif
