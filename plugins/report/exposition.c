/* SPDX-License-Identifier: MIT */
/* The snapshots' numbers as Prometheus and OpenMetrics read them, one text that suits both. */
#include "report/exposition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "nagios/perfdata.h"
#include "view.h"

/* What is told of a tenant besides the metrics of the table. */
enum extra { UNPROVEN, NOTICES, REPORT_TIME, EXTRA_COUNT };

static const struct {
    const char *name, *help;
} extras[EXTRA_COUNT] = {
    [UNPROVEN] = {"unproven", "metrics with a limit that are absent or only a lower bound"},
    [NOTICES] = {"notices", "warnings that are no number, see check_smtp_auth_health"},
    [REPORT_TIME] = {"report_time", "when this was written, seconds since 1970: ages are as of "
                                    "then, and a writer that stopped shows"},
};

struct sight {
    const char *tenant;
    struct sae_values values;
    char limit[SAE_METRIC_COUNT][SAE_THRESHOLD]; /* of those that depend on the tenant */
    double extra[EXTRA_COUNT];
    bool has_extra[EXTRA_COUNT];
};

static void set_extra(struct sight *sight, enum extra extra, double value)
{
    sight->extra[extra] = value;
    sight->has_extra[extra] = true;
}

/* A limit that rules for all tenants cannot hold: each has its own. */
static bool is_own_limit(enum sae_metric metric)
{
    const char *warn = sae_metrics[metric].warn;

    return warn != NULL && strcmp(warn, "max_age") == 0;
}

static void look(struct sight *sight, const struct sae_view *view)
{
    sight->values = view->values;
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        if (!is_own_limit((enum sae_metric)m) ||
            !sae_view_threshold(view, (enum sae_metric)m, false, sight->limit[m])) {
            sight->limit[m][0] = '\0';
        }
    }
    set_extra(sight, UNPROVEN, (double)sae_view_unproven(view));
    set_extra(sight, NOTICES, (double)sae_view_notices(view));
}

/* A tenant without a readable snapshot is shown as not collected; it never vanishes. Its notices
 * are not known: rules tell by them whether there was a snapshot. */
static void look_in_vain(struct sight *sight, struct sae_view *view,
                         const struct sae_tenant *tenant, struct sae_snapshot *snap,
                         int64_t now)
{
    memset(snap, 0, sizeof(*snap));
    sae_view_init(view, tenant, snap, now, 0);
    sae_values_set(&view->values, SAE_M_COLLECT_OK, 0);
    look(sight, view);
    sight->has_extra[NOTICES] = false;
}

static enum sae_status look_at_all(const struct sae_query *query, struct sight *sights,
                                   size_t *ret_count, struct sae_err *err)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_view *view = calloc(1, sizeof(*view));
    enum sae_status status = SAE_OK;
    size_t count = 0;

    if (snap == NULL || view == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; status == SAE_OK && i < query->config->count; i++) {
        const struct sae_tenant *tenant = &query->config->tenants[i];
        struct sight *sight = &sights[count];

        if (query->tenant != NULL && query->tenant != tenant) {
            continue;
        }
        sight->tenant = tenant->name;
        if (sae_view_read(view, tenant, query->now, 0, snap, NULL) == SAE_OK) {
            look(sight, view);
        } else {
            look_in_vain(sight, view, tenant, snap, query->now);
        }
        set_extra(sight, REPORT_TIME, (double)(query->now / SAE_SECOND));
        count++;
    }
    free(snap);
    free(view);
    *ret_count = count;
    return status;
}

/* Writes one sample, before the first of its family also what it is. A tenant's name has no
 * character that a label would have to escape. */
static void put_sample(FILE *out, const char *name, const char *help, const char *labels,
                       const char *number, bool *any)
{
    if (!*any) {
        fprintf(out, "# HELP smtp_auth_%s %s\n# TYPE smtp_auth_%s gauge\n", name, help, name);
        *any = true;
    }
    fprintf(out, "smtp_auth_%s{%s} %s\n", name, labels, number);
}

enum { LABELS = 192 };

static void put_metric(FILE *out, const struct sight *sights, size_t count, int metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];
    char labels[LABELS], number[SAE_PERF_NUMBER];
    bool any = false;

    for (const struct sight *s = sights; s < sights + count; s++) {
        if (s->values.certainty[metric] != SAE_ABSENT &&
            sae_perf_number(number, sizeof(number), s->values.value[metric])) {
            snprintf(labels, sizeof(labels), "tenant=\"%s\"", s->tenant);
            put_sample(out, row->name, row->help, labels, number, &any);
        }
    }
}

static void put_limit(FILE *out, const struct sight *sights, size_t count, int metric)
{
    char name[64], labels[LABELS];
    bool any = false;

    snprintf(name, sizeof(name), "%s_max", sae_metrics[metric].name);
    for (const struct sight *s = sights; s < sights + count; s++) {
        if (s->limit[metric][0] != '\0') {
            snprintf(labels, sizeof(labels), "tenant=\"%s\"", s->tenant);
            put_sample(out, name, "the limit of this age for this tenant, a warning beyond it",
                       labels, s->limit[metric], &any);
        }
    }
}

static void put_lower_bounds(FILE *out, const struct sight *sights, size_t count)
{
    char labels[LABELS];
    bool any = false;

    for (const struct sight *s = sights; s < sights + count; s++) {
        for (int m = 0; m < SAE_METRIC_COUNT; m++) {
            if (s->values.certainty[m] == SAE_AT_LEAST) {
                snprintf(labels, sizeof(labels), "tenant=\"%s\",metric=\"%s\"", s->tenant,
                         sae_metrics[m].name);
                put_sample(out, "lower_bound", "1 for a metric that is at least its value",
                           labels, "1", &any);
            }
        }
    }
}

static void put_extra(FILE *out, const struct sight *sights, size_t count, int extra)
{
    char labels[LABELS], number[SAE_PERF_NUMBER];
    bool any = false;

    for (const struct sight *s = sights; s < sights + count; s++) {
        if (s->has_extra[extra] &&
            sae_perf_number(number, sizeof(number), s->extra[extra])) {
            snprintf(labels, sizeof(labels), "tenant=\"%s\"", s->tenant);
            put_sample(out, extras[extra].name, extras[extra].help, labels, number, &any);
        }
    }
}

enum sae_status sae_report_exposition(const struct sae_query *query, struct sae_err *err)
{
    FILE *out = query->table->out;
    struct sight *sights = calloc(query->config->count + 1, sizeof(*sights));
    enum sae_status status;
    size_t count = 0;

    status = sights == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                            : look_at_all(query, sights, &count, err);
    if (status == SAE_OK) {
        for (int m = 0; m < SAE_METRIC_COUNT; m++) {
            put_metric(out, sights, count, m);
            put_limit(out, sights, count, m);
        }
        put_lower_bounds(out, sights, count);
        for (int e = 0; e < EXTRA_COUNT; e++) {
            put_extra(out, sights, count, e);
        }
        /* The end in OpenMetrics, a comment in the format of Prometheus. */
        fputs("# EOF\n", out);
    }
    free(sights);
    return status;
}
