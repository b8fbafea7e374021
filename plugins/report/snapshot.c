/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/exposition.h"
#include "view.h"

typedef void (*each_tenant)(const struct sae_query *query, const struct sae_tenant *tenant,
                            const struct sae_view *view, const struct sae_err *why);

/* Calls `each` for the tenant asked for, or for all; `view` is NULL where there is none. */
static enum sae_status walk(const struct sae_query *query, each_tenant each,
                            struct sae_err *err)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_view *view = calloc(1, sizeof(*view));
    enum sae_status status = SAE_OK;

    if (snap == NULL || view == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; status == SAE_OK && i < query->config->count; i++) {
        const struct sae_tenant *tenant = &query->config->tenants[i];
        struct sae_err why = {0};

        if (query->tenant != NULL && query->tenant != tenant) {
            continue;
        }
        if (sae_view_read(view, tenant, query->now, 0, snap, &why) != SAE_OK) {
            if (query->tenant != NULL) {
                status = sae_fail(err, why.code, "%s: %s", tenant->name, why.text);
            } else {
                each(query, tenant, NULL, &why);
            }
        } else {
            each(query, tenant, view, &why);
        }
    }
    free(snap);
    free(view);
    return status;
}

static void put_metrics(const struct sae_query *query, const struct sae_tenant *tenant,
                        const struct sae_view *view, const struct sae_err *why)
{
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const struct sae_metric_row *row = &sae_metrics[m];
        enum sae_certainty certainty =
            view == NULL ? SAE_ABSENT : view->values.certainty[m];

        sae_table_cell(query->table, tenant->name);
        sae_table_cell(query->table, row->name);
        if (certainty == SAE_ABSENT) {
            sae_table_cell(query->table, NULL);
        } else {
            sae_table_number(query->table, view->values.value[m]);
        }
        sae_table_cell(query->table, certainty == SAE_ABSENT     ? "not known"
                                     : certainty == SAE_AT_LEAST ? "at least"
                                                                 : "exact");
        sae_table_cell(query->table, view == NULL            ? why->text
                                     : certainty == SAE_EXACT ? row->help
                                                              : view->values.why[m]);
    }
}

enum sae_status sae_report_metrics(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {{"tenant", 16, false},
                                                      {"metric", 18, false},
                                                      {"value", 10, true},
                                                      {"certainty", 9, false},
                                                      {"text", 0, false}};

    if (query->table->format == SAE_TABLE_OPENMETRICS) {
        return sae_report_exposition(query, err);
    }
    sae_table_head(query->table, columns, 5);
    return walk(query, put_metrics, err);
}

/* ---- tenants ------------------------------------------------------------------------ */

static void put_value(const struct sae_query *query, const struct sae_view *view,
                      enum sae_metric metric)
{
    if (view == NULL || view->values.certainty[metric] == SAE_ABSENT) {
        sae_table_cell(query->table, NULL);
    } else {
        sae_table_number(query->table, view->values.value[metric]);
    }
}

static void put_tenant(const struct sae_query *query, const struct sae_tenant *tenant,
                       const struct sae_view *view, const struct sae_err *why)
{
    const char *text = why->text;
    char time[SAE_TIME_TEXT] = "";

    if (view != NULL) {
        sae_time_format(time, sizeof(time), view->snap->time);
        text = "";
        for (int p = SAE_PART_COUNT - 1; p >= 0; p--) {
            text = view->snap->parts[p].ok ? text : view->snap->parts[p].text;
        }
    }
    sae_table_cell(query->table, tenant->name);
    sae_table_cell(query->table, time[0] == '\0' ? NULL : time);
    put_value(query, view, SAE_M_COLLECT_OK);
    put_value(query, view, SAE_M_TENANT_ENABLED);
    put_value(query, view, SAE_M_MBX_ALL);
    put_value(query, view, SAE_M_MBX_EXPOSED);
    put_value(query, view, SAE_M_SENDERS_ALL);
    put_value(query, view, SAE_M_FAIL_PER_HOUR);
    sae_table_cell(query->table, text);
}

enum sae_status sae_report_tenants(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"tenant", 16, false},          {"collected", 20, false}, {"collect_ok", 10, true},
        {"tenant_enabled", 14, true},   {"mbx_all", 8, true},     {"mbx_exposed", 11, true},
        {"senders_all", 11, true},      {"fail_per_hour", 13, true},
        {"text", 0, false}};

    sae_table_head(query->table, columns, 9);
    return walk(query, put_tenant, err);
}
