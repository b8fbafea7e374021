/* SPDX-License-Identifier: MIT */
/* A tenant's snapshot as a reader sees it now: the numbers that still stand, the ages that only
 * the reader knows, and by which limits they are to be judged. Checks, Zabbix, collectd and
 * reports all read through it, so that all see the same. Opens the snapshot and nothing else. */
#ifndef SAE_VIEW_H
#define SAE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "measure/metrics.h"
#include "store/snapshot.h"

struct sae_view {
    const struct sae_tenant *tenant;
    const struct sae_snapshot *snap;
    int64_t now;
    int64_t max_age; /* ticks; 0: the tenant's own limits */
    struct sae_values values; /* those that still stand, ages included */
};

/* Takes the snapshot's values over as far as their parts are fresh enough, and adds the ages.
 * The view borrows `tenant` and `snap`. */
void sae_view_init(struct sae_view *view, const struct sae_tenant *tenant,
                   const struct sae_snapshot *snap, int64_t now, int64_t max_age);

/* The same for the published snapshot of `tenant`, which is read into `snap`. Fails with the
 * tenant's own fault in the configuration, or with what is wrong with the file. */
enum sae_status sae_view_read(struct sae_view *view, const struct sae_tenant *tenant,
                              int64_t now, int64_t max_age, struct sae_snapshot *snap,
                              struct sae_err *err) SAE_MUST_CHECK;

/* How old a part's data may be, in ticks. */
int64_t sae_view_max_age(const struct sae_view *view, enum sae_part part);

/* An age for people, in one unit ("37 h", "5 min"). Returns text. */
char *sae_say_age(char *text, size_t cap, int64_t ticks);

enum { SAE_THRESHOLD = 32 };

/* The built-in limit of `metric` for this tenant today, a Nagios range ("0", "1:", "3600").
 * False if there is none: not in the table, not yet (limits that begin with so many days left
 * to the retirement), or absent by choice (source off, no list, detector off). */
bool sae_view_threshold(const struct sae_view *view, enum sae_metric metric, bool critical,
                        char ret_range[SAE_THRESHOLD]);

/* False if `metric` has a built-in limit and is not known exactly: absent, or a lower bound.
 * values.why says why. Such a metric may be an alarm, it is never OK. */
bool sae_view_is_proven(const struct sae_view *view, enum sae_metric metric);

/* What is a warning without being a number (a list that was not understood, a log without
 * licence): the text number 0, 1, .., NULL after the last. */
const char *sae_view_notice(const struct sae_view *view, size_t number);

/* How many metrics are not proven, and how many notices there are. */
size_t sae_view_unproven(const struct sae_view *view);
size_t sae_view_notices(const struct sae_view *view);

#endif
