/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "check/check.h"

static bool built_in(const struct sae_view *view, enum sae_metric metric, bool critical,
                     struct sae_range *ret_range)
{
    char text[SAE_THRESHOLD];

    return sae_view_threshold(view, metric, critical, text) &&
           sae_range_parse(text, ret_range, NULL) == SAE_OK;
}

static void find_limits(const struct sae_view *view, const struct sae_limits *limits,
                        enum sae_metric metric, struct sae_judgement *j)
{
    if (limits->given) {
        j->has_warn = limits->has_warn[metric];
        j->has_crit = limits->has_crit[metric];
        j->warn = limits->warn[metric];
        j->crit = limits->crit[metric];
    } else {
        j->has_warn = built_in(view, metric, false, &j->warn);
        j->has_crit = built_in(view, metric, true, &j->crit);
    }
}

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

void sae_judge(const struct sae_view *view, const struct sae_limits *limits,
               enum sae_metric metric, struct sae_judgement *ret_judgement)
{
    struct sae_judgement j = {0};

    find_limits(view, limits, metric, &j);
    j.state = state_of(&j, view->values.value[metric], view->values.certainty[metric]);
    say(view, metric, &j);
    *ret_judgement = j;
}
