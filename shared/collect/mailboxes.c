/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "collect/run.h"
#include "measure/exposure.h"

/* A tenant may have a hundred thousand mailboxes of which few are used or listed: only those
 * are looked at one by one, the rest is counted by flag. */
struct exposure_walk {
    struct sae_run *run;
    struct sae_exposure exposure;
    bool use_known;
    char (*used)[SAE_NAME + 1]; /* keys, sorted */
    size_t used_count, used_room;
};

/* ---- those that are used or listed -------------------------------------------------- */

static enum sae_status take_used(void *arg, const struct sae_mailbox_row *row,
                                 struct sae_err *err)
{
    struct exposure_walk *walk = arg;
    const struct sae_allow_entry *entry = sae_allow_of_mailbox(&walk->run->allow, row->key);

    if (walk->used_count == walk->used_room) {
        size_t room = walk->used_room == 0 ? 64 : 2 * walk->used_room;
        void *more = realloc(walk->used, room * sizeof(*walk->used));

        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        walk->used = more;
        walk->used_room = room;
    }
    sae_text_fit(walk->used[walk->used_count++], SAE_NAME + 1, row->key);
    (void)sae_exposure_add(&walk->exposure, row->flag, true,
                           sae_allow_listed(entry, sae_time_day(walk->run->now)));
    return SAE_OK;
}

static int by_key(const void *key, const void *used)
{
    return strcmp(key, used);
}

static bool is_used(const struct exposure_walk *walk, const char *key)
{
    return walk->used_count > 0 && bsearch(key, walk->used, walk->used_count,
                                           sizeof(*walk->used), by_key) != NULL;
}

static enum sae_status take_listed(void *arg, const struct sae_mailbox_row *row,
                                   struct sae_err *err)
{
    struct exposure_walk *walk = arg;
    const struct sae_allow_entry *entry = sae_allow_of_mailbox(&walk->run->allow, row->key);

    (void)err;
    if (!is_used(walk, row->key)) {
        (void)sae_exposure_add(&walk->exposure, row->flag, false,
                               sae_allow_listed(entry, sae_time_day(walk->run->now)));
    }
    return SAE_OK;
}

static enum sae_status walk_listed(struct exposure_walk *walk, struct sae_err *err)
{
    const struct sae_allow_index *index = &walk->run->allow;
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < index->count && status == SAE_OK; i++) {
        if (i == 0 || strcmp(index->key[i].mailbox, index->key[i - 1].mailbox) != 0) {
            status = sae_history_mailbox(walk->run->history, index->key[i].mailbox,
                                         take_listed, walk, err);
        }
    }
    return status;
}

static enum sae_status count_rest(struct exposure_walk *walk, struct sae_err *err)
{
    int64_t all[SAE_FLAG_UNKNOWN + 1];
    enum sae_status status = sae_history_count_mailboxes(walk->run->history, all, err);

    for (int f = 0; f <= SAE_FLAG_UNKNOWN && status == SAE_OK; f++) {
        enum sae_flag flag = (enum sae_flag)f;

        sae_exposure_add_rest(&walk->exposure, flag, all[f] - walk->exposure.by_flag[f]);
    }
    return status;
}

/* ---- the sample --------------------------------------------------------------------- */

static enum sae_status list_exposed(void *arg, const struct sae_mailbox_row *row,
                                    struct sae_err *err)
{
    static const char *const why[] = {[SAE_FLAG_INHERIT] = "inherit",
                                      [SAE_FLAG_ENABLED] = "enabled",
                                      [SAE_FLAG_DISABLED] = "disabled",
                                      [SAE_FLAG_UNKNOWN] = "unknown"};
    struct exposure_walk *walk = arg;
    struct sae_snapshot *snap = walk->run->snap;
    struct sae_exposed_line *line = &snap->exposed[snap->exposed_count++];

    (void)err;
    sae_text_safe(line->mailbox, sizeof(line->mailbox), row->address, strlen(row->address));
    snprintf(line->why, sizeof(line->why), "%s", why[row->flag]);
    snprintf(line->used, sizeof(line->used), "%s",
             is_used(walk, row->key) ? "yes"
             : walk->use_known       ? "no"
                                     : "unknown");
    return SAE_OK;
}

/* Those enabled by name come first: they stay open when the switch is closed. */
static enum sae_status list_all(struct exposure_walk *walk, struct sae_err *err)
{
    struct sae_snapshot *snap = walk->run->snap;
    enum sae_status status = sae_history_first_mailboxes(
        walk->run->history, false, SAE_LIST_EXPOSED, list_exposed, walk, err);

    if (status == SAE_OK && sae_is_exposed(SAE_FLAG_INHERIT, walk->exposure.smtp_auth)) {
        status = sae_history_first_mailboxes(walk->run->history, true,
                                             SAE_LIST_EXPOSED - snap->exposed_count,
                                             list_exposed, walk, err);
    }
    snap->exposed_more = (size_t)walk->exposure.exposed - snap->exposed_count;
    return status;
}

/* ---- together ----------------------------------------------------------------------- */

static enum sae_status walk_all(struct exposure_walk *walk, struct sae_err *err)
{
    int64_t lookback = sae_tenant_ticks(walk->run->tenant, SAE_KEY_LOOKBACK);
    int64_t end = walk->run->log.end;
    enum sae_status status = sae_history_each_used_mailbox(
        walk->run->history, end - lookback, end, take_used, walk, err);

    if (status == SAE_OK) {
        status = walk_listed(walk, err);
    }
    if (status == SAE_OK) {
        status = count_rest(walk, err);
    }
    return status == SAE_OK ? list_all(walk, err) : status;
}

enum sae_status sae_run_mailboxes(struct sae_run *run, struct sae_err *err)
{
    struct sae_values *values = &run->snap->values;
    struct exposure_walk walk = {.run = run, .exposure = {.smtp_auth = sae_run_switch(run)}};
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
    if (why_not == NULL && run->clients_fault.code != SAE_OK) {
        why_not = run->clients_fault.text;
    }
    walk.use_known = why_not == NULL;
    status = walk_all(&walk, err);
    if (status == SAE_OK) {
        /* Nothing exposed, nothing unused: no log is needed to prove that. */
        sae_exposure_measure(&walk.exposure, walk.exposure.exposed == 0 ? NULL : why_not,
                             run->has_allow, values);
    }
    free(walk.used);
    return status;
}
