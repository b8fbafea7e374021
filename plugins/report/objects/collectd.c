/* SPDX-License-Identifier: MIT */
/* collectd: the plugin's block and the blocks of the threshold plugin. Most limits are
 * the same for every tenant and stand once, without a tenant's name, so that they hold
 * for tenants to come, too. What depends on the tenant (ages) or on the day follows,
 * tenant by tenant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectd/types.h"
#include "nagios/perfdata.h"
#include "nagios/range.h"
#include "report/objects/objects.h"
#include "view.h"

enum { WARNING, CRITICAL, SEVERITIES };

static const char *const severity_names[SEVERITIES] = {"Warning", "Failure"};

/* One limit of collectd: reached is not yet beyond it, as with Nagios ranges. */
static void put_bound(FILE *out, const char *severity, const char *end, double value)
{
    char number[SAE_PERF_NUMBER];

    if (sae_perf_number(number, sizeof(number), value)) {
        fprintf(out, "      %s%s %s\n", severity, end, number);
    }
}

static void put_range(FILE *out, const char *severity, const char *text)
{
    struct sae_range range;

    if (text[0] == '\0' || sae_range_parse(text, &range, NULL) != SAE_OK) {
        return;
    }
    if (!range.start_infinite && range.end_infinite) {
        put_bound(out, severity, "Min", range.start);
    }
    if (!range.end_infinite) {
        put_bound(out, severity, "Max", range.end);
    }
}

/* A number that is not known is not sent, and "unproven" says so, once for each tenant:
 * no further alarm because collectd misses it. */
static void put_type(FILE *out, enum sae_metric metric,
                     const char range[SEVERITIES][SAE_THRESHOLD])
{
    fprintf(out, "    <Type \"%s\">\n      Instance \"%s\"\n", sae_collectd_type(metric),
            sae_metrics[metric].name);
    for (int s = 0; s < SEVERITIES; s++) {
        put_range(out, severity_names[s], range[s]);
    }
    fputs("      Interesting false\n    </Type>\n", out);
}

/* True if the limit is another one for another tenant, or on another day. */
static bool is_of_tenant(enum sae_metric metric)
{
    const struct sae_metric_row *row = &sae_metrics[metric];

    return row->warn_days != 0 || row->crit_days != 0 ||
           (row->warn != NULL && strstr(row->warn, "max_age") != NULL);
}

static void put_common(FILE *out)
{
    fputs("LoadPlugin threshold\n"
          "<Plugin threshold>\n"
          "  # Every tenant. A warning of \"unproven\" or \"collect_ok\" means: not "
          "known.\n"
          "  <Plugin \"smtp_auth\">\n",
          out);
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const struct sae_metric_row *row = &sae_metrics[m];
        char range[SEVERITIES][SAE_THRESHOLD] = {0};

        if ((row->warn == NULL && row->crit == NULL) ||
            is_of_tenant((enum sae_metric)m)) {
            continue;
        }
        snprintf(range[WARNING], SAE_THRESHOLD, "%s", row->warn == NULL ? "" : row->warn);
        snprintf(range[CRITICAL], SAE_THRESHOLD, "%s",
                 row->crit == NULL ? "" : row->crit);
        put_type(out, (enum sae_metric)m, (const char(*)[SAE_THRESHOLD])range);
    }
    fputs(
        "    # Judged metrics that are not known exactly; sent at every read, so that a\n"
        "    # tenant that is not read any more is told, too.\n"
        "    <Type \"count\">\n      Instance \"" SAE_COLLECTD_UNPROVEN "\"\n"
        "      WarningMax 0\n      Interesting true\n    </Type>\n"
        "    # Warnings without a number: a list that was not understood, no licence.\n"
        "    <Type \"count\">\n      Instance \"" SAE_COLLECTD_NOTICES "\"\n"
        "      WarningMax 0\n      Interesting false\n    </Type>\n"
        "  </Plugin>\n"
        "</Plugin>\n",
        out);
}

static void put_tenant(FILE *out, const struct sae_view *view)
{
    fprintf(out, "  <Plugin \"smtp_auth\">\n    Instance \"%s\"\n", view->tenant->name);
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        enum sae_metric metric = (enum sae_metric)m;
        char range[SEVERITIES][SAE_THRESHOLD] = {0};
        bool any = false;

        for (int s = 0; s < SEVERITIES && is_of_tenant(metric); s++) {
            any = sae_view_threshold(view, metric, s == CRITICAL, range[s]) || any;
        }
        if (any) {
            put_type(out, metric, (const char(*)[SAE_THRESHOLD])range);
        }
    }
    fputs("  </Plugin>\n", out);
}

static void put_tenants(const struct sae_query *query, FILE *out)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_view *view = calloc(1, sizeof(*view));
    const struct sae_tenant *tenant;
    size_t next = 0;

    fputs("<Plugin threshold>\n"
          "  # What depends on the tenant, or on the days to the retirement: print it "
          "anew\n"
          "  # after a change of max_age and when that day draws near.\n",
          out);
    while (snap != NULL && view != NULL &&
           (tenant = sae_objects_tenant(query, &next)) != NULL) {
        if (sae_view_read(view, tenant, query->now, 0, snap, NULL) != SAE_OK) {
            memset(snap, 0, sizeof(*snap)); /* limits of a tenant not known yet */
            sae_view_init(view, tenant, snap, query->now, 0);
        }
        put_tenant(out, view);
    }
    fputs("</Plugin>\n", out);
    free(view);
    free(snap);
}

void sae_objects_collectd(const struct sae_query *query, FILE *out)
{
    const char *which = query->tenant == NULL
                            ? "Every tenant that is configured there, also new ones"
                            : "Without a Tenant block every tenant is read";

    sae_objects_head(query, out, "# ", "# ", "It goes where\n# collectd.conf includes files from, such as collectd.conf.d.");
    fprintf(out, "LoadPlugin smtp_auth\n<Plugin smtp_auth>\n  # %s.\n  Config \"%s\"\n",
            which, query->config_file == NULL ? SAE_DEFAULT_CONFIG : query->config_file);
    if (query->tenant != NULL) {
        fprintf(out, "  <Tenant \"%s\">\n  </Tenant>\n", query->tenant->name);
    }
    fputs("</Plugin>\n\n", out);
    put_common(out);
    fputc('\n', out);
    put_tenants(query, out);
}
