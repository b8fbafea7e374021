/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "collect/smtp_clients.h"
#include "collect/run.h"
#include "fetch/credential.h"

static enum sae_status measure_switch(struct sae_run *run, struct sae_err *err)
{
    char value[SAE_SHOWN + 1] = "";
    enum sae_status status = SAE_OK;

    if (run->snap->parts[SAE_PART_TENANT].time == 0) {
        return SAE_OK;
    }
    status = sae_history_setting(run->history, "SmtpClientAuthenticationDisabled", value, err);
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        sae_values_set(&run->snap->values, SAE_M_TENANT_ENABLED,
                       strcmp(value, "false") == 0 ? 1 : 0);
    }
    return status;
}

enum sae_switch sae_run_switch(const struct sae_run *run)
{
    const struct sae_values *values = &run->snap->values;

    if (values->certainty[SAE_M_TENANT_ENABLED] == SAE_ABSENT) {
        return SAE_SWITCH_UNKNOWN;
    }
    return values->value[SAE_M_TENANT_ENABLED] > 0 ? SAE_SWITCH_ON : SAE_SWITCH_OFF;
}

static enum sae_status match_senders(struct sae_run *run, struct sae_err *err)
{
    enum sae_status status = sae_history_begin(run->history, err);

    if (status == SAE_OK) {
        status = sae_history_match(run->history, err);
    }
    if (status == SAE_OK) {
        status = sae_history_commit(run->history, err);
    }
    return status == SAE_OK
               ? sae_allow_index(&run->allow_list, run->history, &run->allow, err)
               : status;
}

/* A report that is not understood takes away only what needs it, and says so. */
static enum sae_status read_clients(struct sae_run *run, struct sae_err *err)
{
    struct sae_smtp_clients clients = {0};
    struct sae_err *fault = &run->clients_fault;
    enum sae_status status =
        sae_smtp_clients_load(run->tenant, run->history, run->now, &clients, fault);

    sae_smtp_clients_done(&clients);
    if (status == SAE_E_NOMEM) {
        return sae_fail(err, status, "%s", fault->text);
    }
    if (status == SAE_OK) {
        *fault = (struct sae_err){0};
    } else if (run->snap->note[0] == '\0') {
        snprintf(run->snap->note, sizeof(run->snap->note), "%.*s",
                 (int)sizeof(run->snap->note) - 1, fault->text);
    }
    return SAE_OK;
}

static enum sae_status measure_policies(struct sae_run *run, struct sae_err *err)
{
    struct sae_values *values = &run->snap->values;
    int64_t blocks = 0, partial = 0;
    enum sae_status status;

    if (run->snap->parts[SAE_PART_POLICY].time == 0) {
        return SAE_OK;
    }
    status = sae_history_number(run->history, SAE_NUMBER_BLOCKS, &blocks, err);
    if (status == SAE_OK) {
        status = sae_history_number(run->history, SAE_NUMBER_BLOCKS_PARTIAL, &partial, err);
    }
    if (status == SAE_OK) {
        sae_values_set_proven(values, SAE_M_POLICY_BLOCKS, (double)blocks, partial == 0);
    }
    if (partial != 0) {
        sae_values_why(values, SAE_M_POLICY_BLOCKS,
                       "access rules are not readable: Policy.Read.All (optional) or the "
                       "licence is missing");
    }
    return status;
}

static void measure_credential(struct sae_run *run)
{
    struct sae_values *values = &run->snap->values;
    bool endless = false;
    struct sae_err why;
    int64_t day;

    if (!sae_tenant_is_live(run->tenant)) {
        return;
    }
    if (sae_credential_end(run->tenant, &day, &endless, &why) != SAE_OK) {
        sae_values_why(values, SAE_M_CREDENTIAL_LEFT, why.text);
    } else if (!endless) {
        sae_values_set(values, SAE_M_CREDENTIAL_LEFT,
                       (double)(day - sae_time_day(run->now)));
    }
}

static enum sae_status measure_health(struct sae_run *run, struct sae_err *err)
{
    struct sae_values *values = &run->snap->values;
    int64_t today = sae_time_day(run->now), day;
    bool ok = true, assumed;

    (void)err;
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        ok = ok && run->snap->parts[p].ok;
    }
    sae_values_set(values, SAE_M_COLLECT_OK, ok ? 1 : 0);
    if (run->log.end != 0) {
        sae_values_set(values, SAE_M_ROWS_UNPARSED, (double)run->log.unparsed);
    }
    measure_credential(run);
    if (sae_tenant_next_phase(run->tenant, today, &day, &assumed)) {
        sae_values_set(values, SAE_M_RETIREMENT_LEFT, (double)(day - today));
    }
    return SAE_OK;
}

/* A metric that is absent for a part's or the list's sake says what is wrong there. */
static void explain_absence(struct sae_run *run, enum sae_metric metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    struct sae_values *values = &run->snap->values;
    const char *reason = NULL;
    char why[SAE_WHY];

    if (values->certainty[metric] != SAE_ABSENT || values->why[metric][0] != '\0') {
        return;
    }
    if ((row->needs & SAE_NEEDS_LIST) != 0 && run->allow_fault.code != SAE_OK) {
        reason = run->allow_fault.text;
    }
    for (int p = SAE_PART_COUNT - 1; p >= 0; p--) {
        const struct sae_part_state *part = &run->snap->parts[p];

        if ((row->parts & 1U << p) != 0 && part->time == 0) {
            reason = strcmp(part->source, "off") == 0 ? "its source is off"
                     : sae_part_is_off(part)          ? "the tenant has no licence for it"
                                                      : part->text;
        }
    }
    if (reason != NULL) {
        snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, reason);
        sae_values_why(values, metric, why);
    }
}

enum sae_status sae_run_measure(struct sae_run *run, struct sae_err *err)
{
    static enum sae_status (*const steps[])(struct sae_run *run, struct sae_err *err) = {
        match_senders,   read_clients,      measure_switch,  measure_policies,
        sae_run_log,     sae_run_load,      sae_run_changes, sae_run_signins,
        sae_run_senders, sae_run_mailboxes, sae_run_attacks, measure_health};
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == SAE_OK; i++) {
        status = steps[i](run, err);
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        explain_absence(run, (enum sae_metric)m);
    }
    sae_events_done(&run->events);
    sae_tally_done(&run->use.successes);
    return status;
}
