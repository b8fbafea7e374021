/* SPDX-License-Identifier: MIT */
/* From the history: the sign-ins that detectors look at, their networks, and which countries
 * are expected of whom. For a run and for reports alike. */
#ifndef SAE_ATTACK_LOAD_H
#define SAE_ATTACK_LOAD_H

#include "base/tally.h"
#include "collect/allow.h"
#include "config/config.h"
#include "measure/detect.h"
#include "store/history.h"

/* The tenant's rule of a detector. */
struct sae_rule sae_tenant_rule(const struct sae_tenant *tenant, enum sae_key key);

/* Since when the tenant's detectors look at sign-ins if T is `end`. */
int64_t sae_tenant_detects_from(const struct sae_tenant *tenant, int64_t end);

/* How often each user signed in since `from`. */
struct sae_use {
    int64_t from;
    struct sae_tally successes;
};

/* The events of [from, end), and of older ones what sae_events keeps. Where there are too many
 * rows the newest are taken: *ret_cut, and ret_events->from says since when. All rows are read
 * once; `use` (may be NULL) counts the successes of [use->from, end) on the way. */
enum sae_status sae_events_load(struct sae_history *history, int64_t from, int64_t end,
                                struct sae_use *use, struct sae_events *ret_events,
                                bool *ret_cut, struct sae_err *err) SAE_MUST_CHECK;

/* Their networks, by address; events->net is *ret_net, which the caller frees. */
enum sae_status sae_events_load_nets(struct sae_history *history, struct sae_events *events,
                                     uint32_t **ret_net, struct sae_err *err) SAE_MUST_CHECK;

/* What the lists say about a country (struct sae_expected); `arg` is a struct
 * sae_expectation of which the first four are set and the others zero. An entry that has
 * expired says nothing. */
struct sae_expectation {
    const struct sae_tenant *tenant;
    struct sae_history *history;
    const struct sae_allow_index *allow;
    int64_t today;
    uint32_t user; /* whose list is looked at; 0: none yet */
    const char *listed; /* the user's own countries, or NULL */
    struct sae_err failure; /* of the history; the answer was then "nothing" */
};
enum sae_expect sae_expectation_ask(void *arg, uint32_t user, uint16_t country);

#endif
