/* SPDX-License-Identifier: MIT */
/* `metrics --format openmetrics`: a gauge smtp_auth_NAME{tenant=..} for each metric that is
 * known, and what Prometheus cannot know by itself: how much is not proven, whose age limit is
 * what, which values are lower bounds, when it was written. */
#ifndef SAE_REPORT_EXPOSITION_H
#define SAE_REPORT_EXPOSITION_H

#include "report/report.h"

enum sae_status sae_report_exposition(const struct sae_query *query,
                                      struct sae_err *err) SAE_MUST_CHECK;

#endif
