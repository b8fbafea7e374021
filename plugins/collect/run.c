/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "plugins/collect/command.h"
#include "plugins/collect/crew.h"
#include "plugins/collect/progress.h"
#include "plugins/collect/reasons.h"

enum { TEXT = 400, PATH = 4200 };

struct part {
    bool off, ok;
    int64_t time;
    char text[sizeof(((struct sae_part_state *)NULL)->text)];
};

/* What a child gives back: all that is said about its tenant. */
struct outcome {
    bool published, complete;
    char text[TEXT]; /* what was found, or the first thing that failed */
    struct part parts[SAE_PART_COUNT];
};

struct job {
    const struct sae_command *cmd; /* first: see sae_command_limit() */
    struct sae_record *record;
    struct sae_progress_line progress;
    struct outcome *outcomes;
    size_t done;
};

int64_t sae_command_limit(void *arg, size_t job)
{
    const struct sae_command *const *cmd = arg;

    return sae_tenant_ticks((*cmd)->tenants[job], SAE_KEY_TIME_LIMIT);
}

/* ---- in the child ------------------------------------------------------------------- */

static void keep_parts(struct outcome *outcome, const struct sae_snapshot *snap)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct sae_part_state *part = &snap->parts[p];

        outcome->parts[p] = (struct part){.off = sae_part_is_off(part),
                                          .ok = part->ok,
                                          .time = part->time};
        snprintf(outcome->parts[p].text, sizeof(outcome->parts[p].text), "%s",
                 strcmp(part->source, "unlicensed") == 0
                     ? "not measured, the tenant has no licence for it (Entra ID P1)"
                     : part->text);
    }
}

static void describe_success(const struct sae_snapshot *snap, char *text, size_t cap)
{
    const struct sae_values *v = &snap->values;

    snprintf(text, cap, "%.0f mailbox%s, %.0f sender%s, %.1f days of sign-ins held",
             v->value[SAE_M_MBX_ALL], v->value[SAE_M_MBX_ALL] == 1 ? "" : "es",
             v->value[SAE_M_SENDERS_ALL], v->value[SAE_M_SENDERS_ALL] == 1 ? "" : "s",
             v->value[SAE_M_LOG_COVERED]);
}

static void describe_first_failure(const struct sae_snapshot *snap, char *text, size_t cap)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if (!snap->parts[p].ok) {
            snprintf(text, cap, "%s: %s", sae_part_name((enum sae_part)p),
                     snap->parts[p].text);
            return;
        }
    }
}

static void show_progress(void *arg, const struct sae_progress *progress)
{
    char text[SAE_PROGRESS_LINE + 1];

    sae_progress_show(arg, sae_progress_text(text, progress), sae_clock_monotonic());
}

static void keep_snapshot(struct outcome *outcome, const struct sae_snapshot *snap)
{
    outcome->published = true;
    outcome->complete = snap->values.value[SAE_M_COLLECT_OK] > 0;
    describe_success(snap, outcome->text, sizeof(outcome->text));
    if (!outcome->complete) {
        describe_first_failure(snap, outcome->text, sizeof(outcome->text));
    }
    keep_parts(outcome, snap);
}

static void collect_one(void *arg, size_t i, const struct sae_budget *budget, void *ret_result)
{
    struct job *job = arg;
    struct outcome *outcome = ret_result;
    struct sae_collect_setup setup = {.tenant = job->cmd->tenants[i],
                                      .budget = budget,
                                      .now = sae_clock_now(),
                                      .fresh = job->cmd->fresh,
                                      .arg = &job->progress};
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_err err = {0};
    enum sae_status status;

    setup.progress = job->progress.on && job->cmd->count == 1 ? show_progress : NULL;
    status = snap == NULL ? sae_fail(&err, SAE_E_NOMEM, "out of memory")
                          : sae_command_record_of(job->cmd, setup.tenant, job->record,
                                                  &setup.record, &err);
    if (status == SAE_OK) {
        status = sae_collect(&setup, snap, &err);
    }
    if (status == SAE_OK) {
        keep_snapshot(outcome, snap);
        status = sae_command_record_done(setup.record, &err);
    }
    if (status != SAE_OK) {
        outcome->complete = false;
        snprintf(outcome->text, sizeof(outcome->text), "%s", err.text);
    }
    free(snap);
}

/* ---- in the parent ------------------------------------------------------------------ */

static void keep_outcome(void *arg, size_t i, const void *result, const char *trouble)
{
    struct job *job = arg;
    struct outcome *outcome = &job->outcomes[i];
    char text[SAE_PROGRESS_LINE];

    if (result != NULL) {
        memcpy(outcome, result, sizeof(*outcome));
    } else {
        snprintf(outcome->text, sizeof(outcome->text), "%s", trouble);
    }
    job->done++;
    if (job->cmd->count > 1) {
        snprintf(text, sizeof(text), "%zu of %zu tenants done", job->done, job->cmd->count);
        sae_progress_show(&job->progress, text, sae_clock_monotonic());
    }
}

static void describe_parts(struct sae_report *report, const struct outcome *outcome)
{
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        const struct part *part = &outcome->parts[p];
        const char *name = sae_part_name((enum sae_part)p);
        char time[SAE_TIME_TEXT];

        if (part->off) {
            sae_report_add_below(report, SAE_STATE_OK, "%s: %s", name,
                                 part->text[0] == '\0' ? "off" : part->text);
        } else if (part->ok) {
            sae_report_add_below(report, SAE_STATE_OK, "%s: complete, as of %s", name,
                                 sae_time_format(time, sizeof(time), part->time));
        } else {
            sae_report_add_below(report, SAE_STATE_UNKNOWN, "%s: %s", name, part->text);
        }
    }
}

/* Why a recording may be empty. */
static const char not_due[] = "nothing was due: use --fresh";
static const char not_again[] = "a refused login is asked again after 1 to 15 minutes, by "
                                "--fresh too: wait, or use --preflight";

static void describe_tenant(const struct sae_command *cmd, const struct sae_tenant *tenant,
                            const struct outcome *outcome, struct sae_report *report)
{
    char text[PATH + TEXT];
    enum sae_state state;

    sae_report_add(report, outcome->complete ? SAE_STATE_OK : SAE_STATE_UNKNOWN, "%s: %s",
                   tenant->name, outcome->text);
    if (outcome->published) {
        describe_parts(report, outcome);
    }
    if (outcome->published && cmd->record != NULL) {
        state = sae_command_record_words(cmd, tenant,
                                         outcome->complete ? not_due : not_again, text,
                                         sizeof(text));
        sae_report_add_below(report, state, "%s", text);
    }
}

static void add_perf(struct sae_report *report, size_t all, size_t failed, double seconds)
{
    sae_report_perf(report, &(struct sae_perf){
                                .label = "tenants", .value = (double)all, .has_min = true});
    sae_report_perf(report, &(struct sae_perf){.label = "tenants_failed",
                                               .value = (double)failed,
                                               .has_min = true});
    sae_report_perf(report, &(struct sae_perf){
                                .label = "time", .value = seconds, .uom = "s", .has_min = true});
}

/* Not every line of many tenants fits into a report: those that failed come first. */
static void describe_tenants(const struct job *job, bool complete, struct sae_report *report)
{
    for (size_t i = 0; i < job->cmd->count; i++) {
        if (job->outcomes[i].complete == complete) {
            describe_tenant(job->cmd, job->cmd->tenants[i], &job->outcomes[i], report);
        }
    }
}

static void describe_all(const struct job *job, struct sae_report *report, double seconds)
{
    const struct sae_command *cmd = job->cmd;
    struct sae_reasons reasons = {0};

    for (size_t i = 0; i < cmd->count; i++) {
        if (!job->outcomes[i].complete) {
            sae_reasons_add(&reasons, cmd->tenants[i]->name, job->outcomes[i].text);
        }
    }
    describe_tenants(job, false, report);
    describe_tenants(job, true, report);
    add_perf(report, cmd->count, reasons.count, seconds);
    if (cmd->count == 1) {
        sae_report_headline(report, "%s: %s%s", cmd->tenants[0]->name,
                            reasons.count == 0 ? "complete, " : "not complete, ",
                            job->outcomes[0].text);
    } else if (reasons.count == 0) {
        sae_report_headline(report, "%zu complete", cmd->count);
    } else {
        sae_report_headline(report, "%zu complete, %zu failed: %s", cmd->count - reasons.count,
                            reasons.count, sae_reasons_text(&reasons));
    }
}

enum sae_status sae_command_collect(const struct sae_command *cmd, struct sae_report *report,
                                    struct sae_err *err)
{
    struct job job = {.cmd = cmd, .progress = sae_progress_start()};
    struct sae_crew crew = {.jobs = cmd->count,
                            .at_once = SAE_AT_ONCE,
                            .result_size = sizeof(struct outcome),
                            .arg = &job,
                            .limit = sae_command_limit,
                            .work = collect_one,
                            .ended = keep_outcome};
    int64_t start = sae_clock_monotonic();
    enum sae_status status = sae_command_record_open(cmd, &job.record, err);

    if (status == SAE_OK) {
        job.outcomes = calloc(cmd->count, sizeof(*job.outcomes));
        status = job.outcomes == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                      : sae_crew_run(&crew, err);
        sae_progress_erase(&job.progress);
    }
    if (status == SAE_OK) {
        describe_all(&job, report,
                     (double)(sae_clock_monotonic() - start) / (double)SAE_SECOND);
    }
    free(job.outcomes);
    if (job.record != NULL) {
        sae_record_close(job.record);
    }
    return status;
}
