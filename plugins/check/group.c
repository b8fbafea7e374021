/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "check/check.h"

enum { LISTED = 10 }; /* entries of a list shown with -v, 25 with -vv */

static void add(struct sae_report *report, bool below, enum sae_state state, const char *text)
{
    if (below) {
        sae_report_add_below(report, state, "%s", text);
    } else {
        sae_report_add(report, state, "%s", text);
    }
}

static bool is_mailbox_count(enum sae_metric metric)
{
    return sae_metrics[metric].group == SAE_GROUP_MAILBOXES;
}

static void add_perf(struct sae_report *report, const struct sae_view *view,
                     enum sae_metric metric, const struct sae_judgement *j)
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    struct sae_perf perf = {.label = row->name,
                            .value = view->values.value[metric],
                            .uom = row->kind == SAE_KIND_SECONDS ? "s" : "",
                            .warn = j->has_warn ? &j->warn : NULL,
                            .crit = j->has_crit ? &j->crit : NULL,
                            .has_min = true};

    if (row->kind == SAE_KIND_BOOL) {
        perf.has_max = true;
        perf.max = 1;
    } else if (is_mailbox_count(metric) &&
               view->values.certainty[SAE_M_MBX_ALL] == SAE_EXACT) {
        perf.has_max = true;
        perf.max = view->values.value[SAE_M_MBX_ALL];
    }
    if (view->values.certainty[metric] != SAE_ABSENT) {
        sae_report_perf(report, &perf);
    }
}

/* ---- lists, for those who ask ------------------------------------------------------- */

static void list_exposed(struct sae_report *report, const struct sae_snapshot *snap,
                         enum sae_state state, size_t most)
{
    for (size_t i = 0; i < snap->exposed_count && i < most; i++) {
        const struct sae_exposed_line *line = &snap->exposed[i];

        sae_report_add_below(report, state, "%s (%s, used: %s)", line->mailbox, line->why,
                             line->used);
    }
    if (snap->exposed_count + snap->exposed_more > most) {
        sae_report_add_below(report, state, "and %zu more: smtp_auth_report mailboxes",
                             snap->exposed_count + snap->exposed_more - most);
    }
}

static void list_attackers(struct sae_report *report, const struct sae_snapshot *snap,
                           enum sae_state state, size_t most)
{
    for (size_t i = 0; i < snap->attacker_count && i < most; i++) {
        const struct sae_attacker_line *line = &snap->attackers[i];

        sae_report_add_below(report, state, "%s%s%s: %u failed sign-in%s of %u user%s in 24 h",
                             line->from, line->country[0] == '\0' ? "" : " ", line->country,
                             line->failed, line->failed == 1 ? "" : "s", line->users,
                             line->users == 1 ? "" : "s");
    }
}

static void list_senders(struct sae_report *report, const struct sae_snapshot *snap,
                         enum sae_state state, size_t most)
{
    for (size_t i = 0; i < snap->sender_count && i < most; i++) {
        const struct sae_sender_line *line = &snap->senders[i];
        char last[SAE_TIME_TEXT];

        sae_report_add_below(report, state, "%s: %u sign-in%s, last %s%s%s%s%s", line->user,
                             line->count, line->count == 1 ? "" : "s", sae_time_format(last, sizeof(last), line->last),
                             line->is_new ? ", new" : "", line->silent ? ", silent" : "",
                             line->mailbox[0] == '\0' ? ", no mailbox" : "",
                             line->listed ? "" : ", not listed");
    }
    if (snap->sender_count + snap->sender_more > most) {
        sae_report_add_below(report, state, "and %zu more: smtp_auth_report senders",
                             snap->sender_count + snap->sender_more - most);
    }
}

static void list_findings(struct sae_report *report, const struct sae_snapshot *snap,
                          enum sae_metric metric, enum sae_state state)
{
    for (size_t i = 0; i < snap->finding_count; i++) {
        const struct sae_finding *f = &snap->findings[i];

        if (strcmp(f->metric, sae_metrics[metric].name) == 0) {
            sae_report_add_below(report, f->accepted ? SAE_STATE_OK : state,
                                 "%s%s: %s (finding %s)", f->accepted ? "accepted: " : "",
                                 f->who, f->text, f->id);
        }
    }
}

static void add_lists(struct sae_report *report, const struct sae_view *view,
                      enum sae_metric metric, enum sae_state state, int verbosity)
{
    size_t most = verbosity > 1 ? SAE_LIST_SENDERS : LISTED;

    list_findings(report, view->snap, metric, state);
    if (metric == SAE_M_MBX_EXPOSED) {
        list_exposed(report, view->snap, state, most);
    } else if (metric == SAE_M_FAIL_PER_HOUR) {
        list_attackers(report, view->snap, state, most);
    } else if (metric == SAE_M_SENDERS_ALL) {
        list_senders(report, view->snap, state, most);
    }
}

static enum sae_state add_notices(struct sae_report *report, const struct sae_view *view,
                                  bool below)
{
    const char *notice;
    size_t number = 0;

    while ((notice = sae_view_notice(view, number)) != NULL) {
        add(report, below, SAE_STATE_WARNING, notice);
        number++;
    }
    return number > 0 ? SAE_STATE_WARNING : SAE_STATE_OK;
}

enum sae_state sae_report_group(struct sae_report *report, const struct sae_view *view,
                                const struct sae_limits *limits, enum sae_group group,
                                bool below, int verbosity, char *ret_text, size_t cap)
{
    struct sae_judgement j;
    enum sae_state worst = SAE_STATE_OK;
    char unknown[sizeof(j.text)] = "";

    if (below) {
        sae_report_add(report, SAE_STATE_OK, "%s", sae_group_names[group]);
    }
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        enum sae_metric metric = (enum sae_metric)m;

        if (sae_metrics[m].group != group) {
            continue;
        }
        sae_judge(view, limits, metric, &j);
        worst = sae_state_worse(worst, j.state);
        if (j.state == SAE_STATE_UNKNOWN && unknown[0] == '\0') {
            snprintf(unknown, sizeof(unknown), "%s", j.text);
        }
        add(report, below, j.state, j.text);
        add_perf(report, view, metric, &j);
        if (verbosity > 0 && !below) {
            add_lists(report, view, metric, j.state, verbosity);
        }
    }
    if (group == SAE_GROUP_HEALTH) {
        worst = sae_state_worse(worst, add_notices(report, view, below));
    }
    sae_headline(view, limits, group, worst, ret_text, cap);
    if (worst == SAE_STATE_UNKNOWN) {
        char both[sizeof(unknown) + 514];

        snprintf(both, sizeof(both), "%s, %.511s", unknown, ret_text);
        sae_check_cut(ret_text, cap, both);
    }
    return worst;
}
