/* SPDX-License-Identifier: MIT */
/* What the checks have in common: one snapshot in, one judged report out. A check opens the
 * configuration and the snapshot, nothing else; it holds no credential and no history. */
#ifndef SAE_CHECK_H
#define SAE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "measure/metrics.h"
#include "nagios/range.h"
#include "nagios/report.h"
#include "view.h"

/* One check program. */
struct sae_check {
    const char *program; /* "check_smtp_auth_mailboxes" */
    const char *about;   /* for --help */
    unsigned groups;     /* bit 1 << enum sae_group */
    bool all;            /* --all is understood */
};

/* main() of a check. */
int sae_check_main(const struct sae_check *check, int argc, char **argv);

/* Gives cJSON memory that is only ever taken from the front: a third of a check's own work
 * would otherwise be malloc() and free() for the snapshot's tree. Once, before the first. */
void sae_check_arena(void);

/* Thresholds that the user gave; as soon as there is one, none is built in. */
struct sae_limits {
    bool given;
    bool has_warn[SAE_METRIC_COUNT], has_crit[SAE_METRIC_COUNT];
    struct sae_range warn[SAE_METRIC_COUNT], crit[SAE_METRIC_COUNT];
};

/* One metric, judged. */
struct sae_judgement {
    enum sae_state state;
    bool has_warn, has_crit;
    struct sae_range warn, crit;
    char text[160]; /* "mbx_exposed is 4, limit 0", or why it is not known */
};
void sae_judge(const struct sae_view *view, const struct sae_limits *limits,
               enum sae_metric metric, struct sae_judgement *ret_judgement);

/* Judges one group into the report: an item for each metric (at the top, or below an item for
 * the group), its performance data, at `verbosity` 1 and more what the lists say. Returns
 * the group's state. `ret_text` (cap at least 320) receives the group in one phrase with the
 * next step. */
enum sae_state sae_report_group(struct sae_report *report, const struct sae_view *view,
                                const struct sae_limits *limits, enum sae_group group,
                                bool below, int verbosity, char *ret_text, size_t cap);

/* Copies `from`; where it does not fit, it is cut between words if there are any in the second
 * half, and ends in ~. */
void sae_check_cut(char *text, size_t cap, const char *from);

/* What is and what to do next, in one phrase. */
void sae_headline(const struct sae_view *view, const struct sae_limits *limits,
                  enum sae_group group, enum sae_state state, char *text, size_t cap);

#endif
