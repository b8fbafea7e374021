/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "check/check.h"

static const char *const part_words[SAE_PART_COUNT] = {
    [SAE_PART_TENANT] = "tenant switch",
    [SAE_PART_MAILBOXES] = "mailboxes",
    [SAE_PART_SIGNINS] = "sign-ins",
    [SAE_PART_POLICY] = "policies",
};

static bool is_off(const struct sae_view *view, enum sae_part part)
{
    return sae_part_is_off(&view->snap->parts[part]);
}

int64_t sae_view_max_age(const struct sae_view *view, enum sae_part part)
{
    return view->max_age != 0 ? view->max_age : sae_tenant_max_age(view->tenant, part);
}

static int64_t age_of(const struct sae_view *view, enum sae_part part)
{
    int64_t age = view->now - view->snap->parts[part].time;

    return age < 0 ? 0 : age;
}

char *sae_say_age(char *text, size_t cap, int64_t ticks)
{
    if (ticks >= 3 * SAE_DAY) {
        snprintf(text, cap, "%" PRId64 " d", ticks / SAE_DAY);
    } else if (ticks >= 2 * SAE_HOUR) {
        snprintf(text, cap, "%" PRId64 " h", ticks / SAE_HOUR);
    } else if (ticks >= 2 * SAE_MINUTE) {
        snprintf(text, cap, "%" PRId64 " min", ticks / SAE_MINUTE);
    } else {
        snprintf(text, cap, "%" PRId64 " s", ticks / SAE_SECOND);
    }
    return text;
}

/* The numbers of a stale part do not stand any more. */
static void drop_stale(struct sae_view *view, enum sae_part part)
{
    int64_t age = age_of(view, part), limit = sae_view_max_age(view, part);
    char why[SAE_WHY], is[24], may[24];

    if (view->snap->parts[part].time == 0 || age <= limit) {
        return;
    }
    snprintf(why, sizeof(why), "%s %s old, limit %s: %sis the collector running?",
             part_words[part], sae_say_age(is, sizeof(is), age),
             sae_say_age(may, sizeof(may), limit),
             sae_tenant_from_files(view->tenant, part) ? "export again, " : "");
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if ((sae_metrics[m].parts & 1U << part) != 0) {
            view->values.certainty[m] = SAE_ABSENT;
            sae_values_why(&view->values, (enum sae_metric)m, why);
        }
    }
}

/* The posture part that is furthest beyond its limit. */
static enum sae_part posture_part(const struct sae_view *view)
{
    int64_t tenant = age_of(view, SAE_PART_TENANT) - sae_view_max_age(view, SAE_PART_TENANT);
    int64_t boxes =
        age_of(view, SAE_PART_MAILBOXES) - sae_view_max_age(view, SAE_PART_MAILBOXES);

    return tenant > boxes ? SAE_PART_TENANT : SAE_PART_MAILBOXES;
}

static void set_age(struct sae_view *view, enum sae_metric metric, enum sae_part part)
{
    const struct sae_part_state *state = &view->snap->parts[part];
    char why[SAE_WHY];

    view->values.certainty[metric] = SAE_ABSENT;
    if (is_off(view, part)) {
        return;
    }
    if (state->time == 0) {
        snprintf(why, sizeof(why), "%s never read completely: %.60s", part_words[part],
                 state->text);
        sae_values_why(&view->values, metric, why);
        return;
    }
    sae_values_set(&view->values, metric, (double)(age_of(view, part) / SAE_SECOND));
}

void sae_view_init(struct sae_view *view, const struct sae_tenant *tenant,
                   const struct sae_snapshot *snap, const struct sae_limits *limits,
                   int64_t now, int64_t max_age)
{
    *view = (struct sae_view){.tenant = tenant,
                              .snap = snap,
                              .limits = limits,
                              .now = now,
                              .max_age = max_age,
                              .values = snap->values};
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        drop_stale(view, (enum sae_part)p);
    }
    set_age(view, SAE_M_DATA_AGE, SAE_PART_SIGNINS);
    set_age(view, SAE_M_POSTURE_AGE, posture_part(view));
}

/* ---- thresholds --------------------------------------------------------------------- */

/* A built-in range: "max_age" and "4 max_age" stand for the part's limit in seconds. */
static bool built_in(const struct sae_view *view, enum sae_metric metric, const char *text,
                     int days, struct sae_range *ret_range)
{
    const struct sae_values *v = &view->values;
    enum sae_part part =
        metric == SAE_M_POSTURE_AGE ? posture_part(view) : SAE_PART_SIGNINS;
    char number[32];

    if (text == NULL || (days != 0 && (v->certainty[SAE_M_RETIREMENT_LEFT] == SAE_ABSENT ||
                                       v->value[SAE_M_RETIREMENT_LEFT] > days))) {
        return false;
    }
    if (strstr(text, "max_age") != NULL) {
        int64_t seconds = sae_view_max_age(view, part) / SAE_SECOND;

        snprintf(number, sizeof(number), "%" PRId64, text[0] == '4' ? 4 * seconds : seconds);
        text = number;
    }
    return sae_range_parse(text, ret_range, NULL) == SAE_OK;
}

static bool has_endless_credential(const struct sae_tenant *tenant)
{
    return sae_tenant_text(tenant, SAE_KEY_CREDENTIAL_EXPIRES) == NULL &&
           (sae_tenant_text(tenant, SAE_KEY_FEDERATED_TOKEN_FILE) != NULL ||
            sae_tenant_text(tenant, SAE_KEY_MANAGED_IDENTITY) != NULL);
}

/* A metric whose source or list is not there by choice is not judged. */
static bool is_unasked(const struct sae_view *view, enum sae_metric metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        if ((row->parts & 1U << p) != 0 && is_off(view, (enum sae_part)p)) {
            return true;
        }
    }
    if (metric == SAE_M_DATA_AGE && is_off(view, SAE_PART_SIGNINS)) {
        return true;
    }
    if ((row->needs & SAE_NEEDS_LIST) != 0 &&
        sae_tenant_text(view->tenant, SAE_KEY_ALLOW_LIST) == NULL) {
        return true;
    }
    if ((row->needs & SAE_NEEDS_CREDENTIAL) != 0) {
        return !sae_tenant_is_live(view->tenant) || has_endless_credential(view->tenant);
    }
    if ((row->needs & SAE_NEEDS_DETECTOR) != 0) {
        return sae_tenant_detector_is_off(view->tenant, row->name);
    }
    if ((row->needs & SAE_NEEDS_COUNTRIES) != 0) {
        return sae_tenant_text(view->tenant, SAE_KEY_COUNTRIES) == NULL;
    }
    return (row->needs & SAE_NEEDS_PHASE) != 0;
}

static void find_limits(const struct sae_view *view, enum sae_metric metric,
                        struct sae_judgement *j)
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    const struct sae_limits *limits = view->limits;

    if (limits->given) {
        j->has_warn = limits->has_warn[metric];
        j->has_crit = limits->has_crit[metric];
        j->warn = limits->warn[metric];
        j->crit = limits->crit[metric];
    } else if (view->values.certainty[metric] != SAE_ABSENT || !is_unasked(view, metric)) {
        j->has_warn = built_in(view, metric, row->warn, row->warn_days, &j->warn);
        j->has_crit = built_in(view, metric, row->crit, row->crit_days, &j->crit);
    }
}

/* ---- judging ------------------------------------------------------------------------ */

static bool alerts(const struct sae_range *range, double value, enum sae_certainty certainty)
{
    return certainty == SAE_EXACT ? sae_range_alerts(range, value)
                                  : sae_range_alerts_from(range, value);
}

static enum sae_state state_of(const struct sae_judgement *j, double value,
                               enum sae_certainty certainty)
{
    if (certainty == SAE_ABSENT) {
        return j->has_warn || j->has_crit ? SAE_STATE_UNKNOWN : SAE_STATE_OK;
    }
    if (j->has_crit && alerts(&j->crit, value, certainty)) {
        return SAE_STATE_CRITICAL;
    }
    if (j->has_warn && alerts(&j->warn, value, certainty)) {
        return SAE_STATE_WARNING;
    }
    /* A lower bound inside its limits may be beyond them in truth. */
    return certainty == SAE_AT_LEAST && (j->has_warn || j->has_crit) ? SAE_STATE_UNKNOWN
                                                                     : SAE_STATE_OK;
}

static void say(const struct sae_view *view, enum sae_metric metric, struct sae_judgement *j)
{
    const char *why = view->values.why[metric];
    char number[SAE_PERF_NUMBER], limit[120] = "";

    if (view->values.certainty[metric] == SAE_ABSENT) {
        snprintf(j->text, sizeof(j->text), "%s not known%s%s", sae_metrics[metric].name,
                 why[0] == '\0' ? "" : ": ", why);
        return;
    }
    (void)sae_perf_number(number, sizeof(number), view->values.value[metric]);
    if (j->state == SAE_STATE_CRITICAL) {
        snprintf(limit, sizeof(limit), ", limit %s", j->crit.text);
    } else if (j->state == SAE_STATE_WARNING) {
        snprintf(limit, sizeof(limit), ", limit %s", j->warn.text);
    } else if (j->state == SAE_STATE_UNKNOWN) {
        snprintf(limit, sizeof(limit), ", %s", why);
    }
    snprintf(j->text, sizeof(j->text), "%s is %s%s%s%s", sae_metrics[metric].name,
             view->values.certainty[metric] == SAE_AT_LEAST ? "at least " : "", number,
             sae_metrics[metric].kind == SAE_KIND_SECONDS ? " s" : "", limit);
}

void sae_judge(const struct sae_view *view, enum sae_metric metric,
               struct sae_judgement *ret_judgement)
{
    struct sae_judgement j = {0};

    find_limits(view, metric, &j);
    j.state = state_of(&j, view->values.value[metric], view->values.certainty[metric]);
    say(view, metric, &j);
    *ret_judgement = j;
}
