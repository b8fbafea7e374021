/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "collect/run.h"

static bool comes_before(const struct sae_finding *a, const struct sae_finding *b)
{
    int x = sae_finding_urgency(a->kind), y = sae_finding_urgency(b->kind);

    if (a->accepted != b->accepted) {
        return b->accepted;
    }
    if (x != y || a->since != b->since) {
        return x != y ? x < y : a->since > b->since;
    }
    return strcmp(a->id, b->id) < 0;
}

bool sae_run_overflows(struct sae_run *run, const struct sae_finding *finding)
{
    struct sae_snapshot *snap = run->snap;

    if (run->accept.count > 0 || snap->finding_count < SAE_LIST_FINDINGS ||
        comes_before(finding, &snap->findings[snap->finding_count - 1])) {
        return false;
    }
    snap->finding_more++;
    return true;
}

bool sae_run_find(struct sae_run *run, struct sae_finding *finding, const char *key)
{
    struct sae_snapshot *snap = run->snap;
    size_t at = snap->finding_count;

    sae_finding_id(finding->id, sizeof(finding->id), run->tenant->name, finding->metric, key);
    finding->accepted =
        sae_accept_covers(&run->accept, finding->id, sae_time_day(run->now));
    if (snap->finding_count == SAE_LIST_FINDINGS) {
        snap->finding_more++;
        if (!comes_before(finding, &snap->findings[at - 1])) {
            return !finding->accepted;
        }
        at--;
    } else {
        snap->finding_count++;
    }
    while (at > 0 && comes_before(finding, &snap->findings[at - 1])) {
        snap->findings[at] = snap->findings[at - 1];
        at--;
    }
    snap->findings[at] = *finding;
    return !finding->accepted;
}

struct sae_finding sae_run_finding(enum sae_metric metric, const char *kind, const char *who)
{
    struct sae_finding finding = {.count = 1};

    snprintf(finding.metric, sizeof(finding.metric), "%s", sae_metrics[metric].name);
    snprintf(finding.kind, sizeof(finding.kind), "%s", kind);
    snprintf(finding.runbook, sizeof(finding.runbook), "%s", sae_metrics[metric].name);
    sae_text_safe(finding.who, sizeof(finding.who), who, strlen(who));
    return finding;
}

bool sae_run_accepts(const struct sae_run *run, enum sae_metric metric, const char *key)
{
    char id[SAE_FINDING_ID];

    sae_finding_id(id, sizeof(id), run->tenant->name, sae_metrics[metric].name, key);
    return sae_accept_covers(&run->accept, id, sae_time_day(run->now));
}
