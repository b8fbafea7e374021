/* SPDX-License-Identifier: MIT */
/* Inside a run of the collector: what it holds, and its steps. */
#ifndef SAE_RUN_H
#define SAE_RUN_H

#include <pthread.h>

#include "collect.h"
#include "collect/allow.h"
#include "collect/log.h"
#include "collect/attack_load.h"
#include "config/accept.h"
#include "fetch/http.h"
#include "measure/finding.h"
#include "store/history.h"

struct sae_run {
    const struct sae_collect_setup *setup;
    const struct sae_tenant *tenant; /* of setup, as are the next two */
    const struct sae_budget *budget;
    int64_t now;
    struct sae_history *history;
    pthread_mutex_t lock; /* of `history`, while posture and sign-ins are read side by side */
    struct sae_traffic traffic[2];
    struct sae_snapshot *snap;

    struct sae_allowlist allow_list;
    bool has_allow; /* a list is configured and was understood */
    struct sae_err allow_fault;
    struct sae_allow_index allow;
    struct sae_accept accept;
    struct sae_err clients_fault; /* the report of SMTP AUTH clients was not understood */
    struct sae_log log;
    struct sae_events events; /* of the detectors; */
    bool events_cut;          /* there were more rows than are looked at; */
    struct sae_use use;       /* successes in the look-back: all read in one go */
    int64_t without_mailbox; /* senders in the look-back that match no mailbox */
};

/* Tries every part and writes down how it stands. Fails only if the history does. */
enum sae_status sae_run_parts(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;

/* Number names that the steps below remember in the history. */
#define SAE_NUMBER_BLOCKS "policy_blocks"
#define SAE_NUMBER_BLOCKS_PARTIAL "policy_partial"

/* Turns the history into the values, findings and lists of run->snap. */
enum sae_status sae_run_measure(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;

/* Its steps, in this order. */
enum sae_status sae_run_changes(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_log(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_load(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_signins(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_senders(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_mailboxes(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_run_attacks(struct sae_run *run, struct sae_err *err) SAE_MUST_CHECK;

/* The tenant switch as it was measured. */
enum sae_switch sae_run_switch(const struct sae_run *run);

/* NULL if the log held proves what happened in [end - span, end - lag), else why not. `why`
 * holds the answer (SAE_WHY bytes). */
const char *sae_run_why_unproven(const struct sae_run *run, int64_t span, char *why);

/* A finding of `metric` about `who` (any bytes); the caller adds times, count and text. */
struct sae_finding sae_run_finding(enum sae_metric metric, const char *kind, const char *who);

/* Names the finding by `key`, keeps the most urgent ones in the snapshot, and says whether it
 * counts: false if it is accepted. */
bool sae_run_find(struct sae_run *run, struct sae_finding *finding, const char *key);

/* True if nobody will see or accept the finding, of which only class and times are set yet: it
 * counts, and its names need not be looked up. */
bool sae_run_overflows(struct sae_run *run, const struct sae_finding *finding);

/* True if the finding of `metric` about `key` is accepted today. */
bool sae_run_accepts(const struct sae_run *run, enum sae_metric metric, const char *key);

#endif
