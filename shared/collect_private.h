/* SPDX-License-Identifier: MIT */
/* Shared by the three halves of a run: reading the parts, measuring, and what holds them. */
#ifndef SAE_COLLECT_PRIVATE_H
#define SAE_COLLECT_PRIVATE_H

#include "collect.h"
#include "config/accept.h"
#include "config/allowlist.h"
#include "store/history.h"

struct sae_run {
    const struct sae_tenant *tenant;
    const struct sae_budget *budget;
    int64_t now;
    struct sae_history *history;
    struct sae_snapshot *snap;

    struct sae_allowlist allow;
    bool has_allow;   /* a list is configured and was understood */
    struct sae_err allow_fault;
    struct sae_accept accept;
    struct sae_err accept_fault;
};

/* Tries every part and writes down how it stands. Fails only if the history does. */
enum sae_status sae_run_parts(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;

/* Turns the history into the values, findings and lists of run->snap. */
enum sae_status sae_run_measure(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;

/* Calls `each` for every entry of `signins`. */
typedef enum sae_status (*sae_stream_taker)(struct sae_run *run, const char *entry, void *arg,
                                            struct sae_err *err);
enum sae_status sae_run_each_stream(struct sae_run *run, sae_stream_taker each, void *arg,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* Keeps a finding in the snapshot, the most urgent first; *ret_accepted: out of metrics. */
bool sae_run_find(struct sae_run *run, struct sae_finding *finding, const char *key);

enum sae_status sae_run_measure_senders(struct sae_run *run, int64_t end, int64_t from,
                                        int64_t to, const char *why_lower,
                                        struct sae_err *err) SAE_MUST_CHECK;

#endif
