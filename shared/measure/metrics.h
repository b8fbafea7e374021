/* SPDX-License-Identifier: MIT */
/* The one table of metrics. Name, unit, group, meaning and built-in thresholds stand here and
 * nowhere else; checks, reports and every other renderer walk it.
 *
 * A metric is exact, a lower bound ("at least N"), or absent. It is never 0 for "unknown". */
#ifndef SAE_METRICS_H
#define SAE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"

enum sae_group {
    SAE_GROUP_TENANT,
    SAE_GROUP_MAILBOXES,
    SAE_GROUP_SIGNINS,
    SAE_GROUP_SENDERS,
    SAE_GROUP_HEALTH,
    SAE_GROUP_COUNT
};

enum sae_metric {
    SAE_M_TENANT_ENABLED,
    SAE_M_TENANT_OPENED,
    SAE_M_TENANT_CLOSED,
    SAE_M_POLICY_BLOCKS,
    SAE_M_CONFIG_CHANGES,
    SAE_M_MBX_EXPOSED,
    SAE_M_MBX_ALL,
    SAE_M_MBX_ENABLED,
    SAE_M_MBX_DISABLED,
    SAE_M_MBX_INHERIT,
    SAE_M_MBX_UNKNOWN,
    SAE_M_MBX_UNUSED,
    SAE_M_MBX_NEW,
    SAE_M_MBX_UNLISTED,
    SAE_M_MBX_EXPIRED,
    SAE_M_MBX_EXPIRING,
    SAE_M_MBX_ATTACKED,
    SAE_M_FAIL_PER_HOUR,
    SAE_M_FAIL_EVENTS,
    SAE_M_FAIL_USERS,
    SAE_M_FAIL_IPS,
    SAE_M_FAIL_COUNTRIES,
    SAE_M_OK_EVENTS,
    SAE_M_FAIL_INFRA,
    SAE_M_FAIL_BURST,
    SAE_M_LOCKOUTS,
    SAE_M_BRUTE_USERS,
    SAE_M_SPRAY_IPS,
    SAE_M_SPRAY_NETS,
    SAE_M_SPREAD_USERS,
    SAE_M_BREACH_USERS,
    SAE_M_FOREIGN_OK,
    SAE_M_STALE_DEVICES,
    SAE_M_SENDERS_UNDECIDED,
    SAE_M_SENDERS_ALL,
    SAE_M_SENDERS_NEW,
    SAE_M_SENDERS_UNLISTED,
    SAE_M_SENDERS_UNMATCHED,
    SAE_M_SENDERS_SILENT,
    SAE_M_RETIREMENT_LEFT,
    SAE_M_DATA_AGE,
    SAE_M_POSTURE_AGE,
    SAE_M_LOG_LAG,
    SAE_M_LOG_COVERED,
    SAE_M_COLLECT_OK,
    SAE_M_ROWS_UNPARSED,
    SAE_M_CREDENTIAL_LEFT,
    SAE_METRIC_COUNT
};

enum sae_kind {
    SAE_KIND_COUNT,
    SAE_KIND_RATE, /* per hour, may have decimals */
    SAE_KIND_BOOL,
    SAE_KIND_SECONDS,
    SAE_KIND_DAYS
};

/* Which lists of the administrator, besides the parts, a metric needs to exist at all. */
enum {
    SAE_NEEDS_LIST = 1,
    SAE_NEEDS_CREDENTIAL = 2,
    SAE_NEEDS_PHASE = 4,
    SAE_NEEDS_DETECTOR = 8, /* the key of the metric's name, not off */
    SAE_NEEDS_COUNTRIES = 16
};

struct sae_metric_row {
    const char *name;
    enum sae_group group;
    enum sae_kind kind;
    unsigned parts; /* bit 1 << enum sae_part: gone when one of these parts is stale */
    unsigned needs; /* absent without built-in judgement where the configuration lacks it */
    /* Nagios ranges, NULL for none. "max_age" and "4 max_age" stand for the part's limit. */
    const char *warn;
    const char *crit;
    int warn_days; /* the threshold holds only with this many days or fewer to the */
    int crit_days; /* retirement; 0: always */
    const char *help;
};

extern const struct sae_metric_row sae_metrics[SAE_METRIC_COUNT];
extern const char *const sae_group_names[SAE_GROUP_COUNT];

/* The metric called `name`, or SAE_METRIC_COUNT. */
enum sae_metric sae_metric_find(const char *name);

enum sae_certainty { SAE_ABSENT, SAE_EXACT, SAE_AT_LEAST };

enum { SAE_WHY = 96 };

/* One measurement. Zero-initialised: everything absent, for no stated reason. */
struct sae_values {
    double value[SAE_METRIC_COUNT];
    enum sae_certainty certainty[SAE_METRIC_COUNT];
    char why[SAE_METRIC_COUNT][SAE_WHY]; /* why absent or only a lower bound, safe */
};

void sae_values_set(struct sae_values *values, enum sae_metric metric, double value);

/* Exact if `proven`, else a lower bound. */
void sae_values_set_proven(struct sae_values *values, enum sae_metric metric, double value,
                           bool proven);

/* Says why `metric` is absent or only a lower bound. */
void sae_values_why(struct sae_values *values, enum sae_metric metric, const char *why);

/* The same for all metrics of `group` that are still absent. */
void sae_values_why_group(struct sae_values *values, enum sae_group group, const char *why);

#endif
