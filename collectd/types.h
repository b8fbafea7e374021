/* SPDX-License-Identifier: MIT */
/* Under which type of collectd's own types.db a metric is dispatched. No type of ours: it
 * would have to be known to every server on the way (collectd, network peers, InfluxDB).
 * Used by the plugin and by whoever writes configuration for it. */
#ifndef SAE_COLLECTD_TYPES_H
#define SAE_COLLECTD_TYPES_H

#include "measure/metrics.h"

/* What the plugin adds to the metrics of the table, both of type "count": how many metrics
 * with a limit are not known exactly, and how many warnings there are that are no number. */
#define SAE_COLLECTD_UNPROVEN "unproven"
#define SAE_COLLECTD_NOTICES "notices"

static inline const char *sae_collectd_type(enum sae_metric metric)
{
    switch (sae_metrics[metric].kind) {
    case SAE_KIND_COUNT:
        return "count";
    case SAE_KIND_BOOL:
        return "bool";
    case SAE_KIND_SECONDS:
        return "duration";
    case SAE_KIND_RATE:
    case SAE_KIND_DAYS: /* may be negative: a credential that has ended */
        break;
    }
    return "gauge";
}

#endif
