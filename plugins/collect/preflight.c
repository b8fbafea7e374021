/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "collect/preflight.h"
#include "plugins/collect/command.h"
#include "plugins/collect/crew.h"
#include "plugins/collect/progress.h"
#include "plugins/collect/reasons.h"

enum { WHAT = 48, TEXT = 400, PATH = 4200 };

/* The table's columns: the groups of struct sae_preflight_line. */
static const char *const groups[] = {"login",    "switch",   "mailboxes",
                                     "policies", "sign-ins", "access rules"};
enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

struct line {
    char what[WHAT];
    int group; /* GROUPS: none of them */
    enum sae_preflight_answer answer;
    char text[sizeof(((struct sae_preflight_line *)NULL)->text)];
};

/* What a child gives back. */
struct outcome {
    bool ready;
    size_t fails;    /* lines that fail */
    char text[TEXT]; /* the estimate, the first thing to do, else what is not known */
    size_t count;
    struct line lines[SAE_PREFLIGHT_LINES];
};

struct job {
    const struct sae_command *cmd; /* first: see sae_command_limit() */
    struct sae_record *record;
    struct sae_progress_line progress;
    struct outcome *outcomes;
    size_t done;
};

/* ---- in the child ------------------------------------------------------------------- */

static int group_of(const char *name)
{
    int group = 0;

    while (group < GROUPS && (name == NULL || strcmp(groups[group], name) != 0)) {
        group++;
    }
    return group;
}

static bool is_worse(enum sae_preflight_answer answer, const struct outcome *outcome)
{
    return outcome->fails == 0 &&
           (answer == SAE_PREFLIGHT_FAILS ||
            (answer == SAE_PREFLIGHT_UNASKED && outcome->text[0] == '\0'));
}

static void keep_lines(struct outcome *outcome, const struct sae_preflight *preflight)
{
    for (size_t i = 0; i < preflight->count; i++) {
        const struct sae_preflight_line *from = &preflight->line[i];
        struct line *line = &outcome->lines[outcome->count++];

        sae_text_fit(line->what, sizeof(line->what), from->what);
        sae_text_fit(line->text, sizeof(line->text), from->text);
        sae_text_message(line->text);
        line->group = group_of(from->group);
        line->answer = from->answer;
        if (is_worse(from->answer, outcome)) {
            snprintf(outcome->text, sizeof(outcome->text), "%s: %s", line->what, line->text);
        }
        outcome->fails += from->answer == SAE_PREFLIGHT_FAILS ? 1 : 0;
    }
    outcome->ready = preflight->ready && outcome->fails == 0;
    if (outcome->ready) {
        sae_text_fit(outcome->text, sizeof(outcome->text), preflight->estimate);
    }
}

static void ask_one(void *arg, size_t i, const struct sae_budget *budget, void *ret_result)
{
    struct job *job = arg;
    struct outcome *outcome = ret_result;
    const struct sae_tenant *tenant = job->cmd->tenants[i];
    struct sae_preflight *preflight = calloc(1, sizeof(*preflight));
    struct sae_record *record = NULL;
    struct sae_err err = {0};
    enum sae_status status = tenant->fault.code;

    if (status != SAE_OK) {
        (void)sae_fail(&err, status, "%s", tenant->fault.text);
    } else if (preflight == NULL) {
        status = sae_fail(&err, SAE_E_NOMEM, "out of memory");
    } else {
        status = sae_command_record_of(job->cmd, tenant, job->record, &record, &err);
    }
    if (status == SAE_OK) {
        status = sae_preflight(tenant, budget, sae_clock_now(), record, preflight, &err);
    }
    if (status == SAE_OK) {
        keep_lines(outcome, preflight);
        status = sae_command_record_done(record, &err);
    }
    if (status != SAE_OK) {
        outcome->ready = false;
        sae_text_fit(outcome->text, sizeof(outcome->text), err.text);
    }
    free(preflight);
}

/* ---- in the parent: one tenant ------------------------------------------------------ */

static void keep_outcome(void *arg, size_t i, const void *result, const char *trouble)
{
    struct job *job = arg;
    struct outcome *outcome = &job->outcomes[i];
    char text[SAE_PROGRESS_LINE];

    if (result != NULL) {
        memcpy(outcome, result, sizeof(*outcome));
    } else {
        sae_text_fit(outcome->text, sizeof(outcome->text), trouble);
    }
    job->done++;
    if (job->cmd->count > 1) {
        snprintf(text, sizeof(text), "%zu of %zu tenants asked", job->done, job->cmd->count);
        sae_progress_show(&job->progress, text, sae_clock_monotonic());
    }
}

static enum sae_state line_state(const struct line *line)
{
    switch (line->answer) {
    case SAE_PREFLIGHT_WORKS:
    case SAE_PREFLIGHT_OFF:
        return SAE_STATE_OK;
    case SAE_PREFLIGHT_MISSING:
        return SAE_STATE_WARNING;
    default:
        return SAE_STATE_UNKNOWN;
    }
}

static void describe_record(const struct sae_command *cmd, size_t i, bool below,
                            struct sae_report *report)
{
    char text[PATH + TEXT];
    enum sae_state state = sae_command_record_words(cmd, cmd->tenants[i],
                                                    "see what fails first", text, sizeof(text));

    if (below) {
        sae_report_add_below(report, state, "%s", text);
    } else {
        sae_report_add(report, state, "%s", text);
    }
}

static void describe_lines(const struct outcome *outcome, bool below,
                           struct sae_report *report)
{
    for (size_t i = 0; i < outcome->count; i++) {
        const struct line *line = &outcome->lines[i];
        enum sae_state state = line_state(line);

        if (below) {
            sae_report_add_below(report, state, "%s: %s", line->what, line->text);
        } else {
            sae_report_add(report, state, "%s: %s", line->what, line->text);
        }
    }
}

static void describe_one(const struct sae_command *cmd, const struct outcome *outcome,
                         struct sae_report *report)
{
    const char *name = cmd->tenants[0]->name;

    describe_lines(outcome, false, report);
    if (outcome->count > 0 && cmd->record != NULL) {
        describe_record(cmd, 0, false, report);
    }
    if (outcome->ready) {
        sae_report_headline(report, "%s: ready%s%s", name, outcome->text[0] == '\0' ? "" : ", ",
                            outcome->text);
    } else if (outcome->fails == 0 && outcome->count > 0) {
        sae_report_headline(report, "%s: not known whether it is ready, %s", name,
                            outcome->text);
    } else if (outcome->fails == 0) {
        sae_report_headline(report, "%s: not ready, %s", name, outcome->text);
    } else {
        sae_report_headline(report, "%s: not ready, %zu thing%s to do: %s", name,
                            outcome->fails, outcome->fails == 1 ? "" : "s", outcome->text);
    }
}

/* ---- in the parent: a table of many -------------------------------------------------- */

/* A group is as good as its worst line; "-": nobody knows, or there is none. */
static const char *cell(const struct outcome *outcome, int group)
{
    bool seen[SAE_PREFLIGHT_OFF + 1] = {false};

    for (size_t i = 0; i < outcome->count; i++) {
        const struct line *line = &outcome->lines[i];

        seen[line->answer] = seen[line->answer] || line->group == group;
    }
    return seen[SAE_PREFLIGHT_FAILS]     ? "no"
           : seen[SAE_PREFLIGHT_UNASKED] ? "-"
           : seen[SAE_PREFLIGHT_MISSING] ? "optional"
           : seen[SAE_PREFLIGHT_WORKS]   ? "ok"
           : seen[SAE_PREFLIGHT_OFF]     ? "off"
                                         : "-";
}

/* Why it is not ready, else what could still be granted. */
static void first_reason(const struct outcome *outcome, char *text, size_t cap)
{
    sae_text_fit(text, cap, outcome->ready ? "" : outcome->text);
    for (size_t i = 0; i < outcome->count && text[0] == '\0'; i++) {
        const struct line *line = &outcome->lines[i];

        if (line->answer == SAE_PREFLIGHT_MISSING) {
            snprintf(text, cap, "%s: %s", line->what, line->text);
        }
    }
    sae_text_message(text);
}

/* The first column is as wide as the longest name; the others as their names, "optional" at
 * least. The last one is ragged. */
static void add_row(struct sae_buf *table, int name_width, const char *name,
                    const char *const cells[GROUPS], const char *reason)
{
    enum { LEAST = 8 }; /* "optional" */

    sae_buf_printf(table, "%-*s", name_width, name);
    for (int g = 0; g < GROUPS; g++) {
        int width = (int)strlen(groups[g]);

        width = width > LEAST ? width : LEAST;
        if (g + 1 == GROUPS && reason[0] == '\0') {
            width = 0;
        }
        sae_buf_printf(table, "  %-*s", width, cells[g]);
    }
    sae_buf_printf(table, "%s%s\n", reason[0] == '\0' ? "" : "  ", reason);
}

static void add_table(const struct job *job, struct sae_buf *table)
{
    const struct sae_command *cmd = job->cmd;
    const char *cells[GROUPS];
    int width = (int)strlen("tenant");
    char reason[TEXT];

    for (size_t i = 0; i < cmd->count; i++) {
        int len = (int)strlen(cmd->tenants[i]->name);

        width = len > width ? len : width;
    }
    add_row(table, width, "tenant", groups, "first reason");
    for (size_t i = 0; i < cmd->count; i++) {
        for (int g = 0; g < GROUPS; g++) {
            cells[g] = cell(&job->outcomes[i], g);
        }
        first_reason(&job->outcomes[i], reason, sizeof(reason));
        add_row(table, width, cmd->tenants[i]->name, cells, reason);
    }
}

static void describe_many(const struct job *job, struct sae_report *report)
{
    const struct sae_command *cmd = job->cmd;
    struct sae_reasons reasons = {0};

    for (size_t i = 0; i < cmd->count; i++) {
        const struct outcome *outcome = &job->outcomes[i];
        const char *name = cmd->tenants[i]->name;

        if (outcome->ready) {
            sae_report_add(report, SAE_STATE_OK, "%s: ready", name);
        } else {
            sae_report_add(report, SAE_STATE_UNKNOWN, "%s: %s", name, outcome->text);
            sae_reasons_add(&reasons, name, outcome->text);
        }
        describe_lines(outcome, true, report);
        if (outcome->count > 0 && cmd->record != NULL) {
            describe_record(cmd, i, true, report);
        }
    }
    if (reasons.count == 0) {
        sae_report_headline(report, "%zu ready", cmd->count);
    } else {
        sae_report_headline(report, "%zu ready, %zu not: %s", cmd->count - reasons.count,
                            reasons.count, sae_reasons_text(&reasons));
    }
}

static void describe(const struct job *job, struct sae_report *report, struct sae_buf *table)
{
    bool ready = true;

    for (size_t i = 0; i < job->cmd->count; i++) {
        ready = ready && job->outcomes[i].ready;
    }
    if (job->cmd->count == 1 && !job->cmd->all) {
        describe_one(job->cmd, &job->outcomes[0], report);
    } else {
        describe_many(job, report);
        add_table(job, table);
    }
    /* an optional grant that is missing is worth a line, not a state */
    sae_report_force(report, ready ? SAE_STATE_OK : SAE_STATE_UNKNOWN);
}

/* Also for what preflight itself cannot end: a file system that hangs. */
static int64_t limit_of(void *arg, size_t i)
{
    const int64_t most = SAE_PREFLIGHT_LIMIT + 10 * SAE_SECOND;
    int64_t limit = sae_command_limit(arg, i);

    return limit < most ? limit : most;
}

enum sae_status sae_command_preflight(const struct sae_command *cmd,
                                      struct sae_report *report, struct sae_buf *table,
                                      struct sae_err *err)
{
    struct job job = {.cmd = cmd, .progress = sae_progress_start()};
    struct sae_crew crew = {.jobs = cmd->count,
                            .at_once = SAE_AT_ONCE,
                            .result_size = sizeof(struct outcome),
                            .arg = &job,
                            .limit = limit_of,
                            .work = ask_one,
                            .ended = keep_outcome};
    enum sae_status status = sae_command_record_open(cmd, &job.record, err);

    if (status == SAE_OK) {
        job.outcomes = calloc(cmd->count, sizeof(*job.outcomes));
        status = job.outcomes == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                      : sae_crew_run(&crew, err);
        sae_progress_erase(&job.progress);
    }
    if (status == SAE_OK) {
        describe(&job, report, table);
    }
    free(job.outcomes);
    if (job.record != NULL) {
        sae_record_close(job.record);
    }
    return status;
}
