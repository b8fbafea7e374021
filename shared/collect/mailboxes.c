/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "collect/run.h"
#include "measure/exposure.h"

struct exposure_walk {
    struct sae_run *run;
    struct sae_exposure exposure;
    bool use_known;
};

/* Those enabled by name come first: they stay open when the switch is closed. */
static void list_exposed(struct exposure_walk *walk, const struct sae_mailbox_row *row)
{
    static const char *const why[] = {[SAE_FLAG_INHERIT] = "inherit",
                                      [SAE_FLAG_ENABLED] = "enabled",
                                      [SAE_FLAG_DISABLED] = "disabled",
                                      [SAE_FLAG_UNKNOWN] = "unknown"};
    struct sae_snapshot *snap = walk->run->snap;
    struct sae_exposed_line line;
    size_t at = snap->exposed_count;
    bool inherits = row->flag == SAE_FLAG_INHERIT;

    sae_text_safe(line.mailbox, sizeof(line.mailbox), row->address, strlen(row->address));
    snprintf(line.why, sizeof(line.why), "%s", why[row->flag]);
    snprintf(line.used, sizeof(line.used), "%s",
             row->used         ? "yes"
             : walk->use_known ? "no"
                               : "unknown");
    if (snap->exposed_count == SAE_LIST_EXPOSED) {
        snap->exposed_more++;
        if (inherits || strcmp(snap->exposed[at - 1].why, "inherit") != 0) {
            return;
        }
        at--;
    } else {
        snap->exposed_count++;
    }
    while (!inherits && at > 0 && strcmp(snap->exposed[at - 1].why, "inherit") == 0) {
        snap->exposed[at] = snap->exposed[at - 1];
        at--;
    }
    snap->exposed[at] = line;
}

static enum sae_status take_mailbox(void *arg, const struct sae_mailbox_row *row,
                                    struct sae_err *err)
{
    struct exposure_walk *walk = arg;
    const struct sae_allow_entry *entry = sae_allow_of_mailbox(&walk->run->allow, row->key);
    enum sae_listed listed = sae_allow_listed(entry, sae_time_day(walk->run->now));

    (void)err;
    if (sae_exposure_add(&walk->exposure, row->flag, row->used, listed)) {
        list_exposed(walk, row);
    }
    return SAE_OK;
}

static enum sae_switch read_switch(const struct sae_values *values)
{
    if (values->certainty[SAE_M_TENANT_ENABLED] == SAE_ABSENT) {
        return SAE_SWITCH_UNKNOWN;
    }
    return values->value[SAE_M_TENANT_ENABLED] > 0 ? SAE_SWITCH_ON : SAE_SWITCH_OFF;
}

enum sae_status sae_run_mailboxes(struct sae_run *run, struct sae_err *err)
{
    struct sae_values *values = &run->snap->values;
    struct exposure_walk walk = {.run = run, .exposure = {.smtp_auth = read_switch(values)}};
    int64_t lookback = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    const char *why_not;
    enum sae_status status;
    char why[SAE_WHY];

    if (run->snap->parts[SAE_PART_MAILBOXES].time == 0) {
        return SAE_OK;
    }
    why_not = sae_run_why_unproven(run, lookback, why);
    if (why_not == NULL && run->without_mailbox > 0) {
        why_not = "some successful users match no mailbox";
    }
    walk.use_known = why_not == NULL;
    status = sae_history_each_mailbox(run->history, run->log.end - lookback, run->log.end,
                                      take_mailbox, &walk, err);
    if (status == SAE_OK) {
        /* Nothing exposed, nothing unused: no log is needed to prove that. */
        sae_exposure_measure(&walk.exposure, walk.exposure.exposed == 0 ? NULL : why_not,
                             run->has_allow, values);
    }
    return status;
}
