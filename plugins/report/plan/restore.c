/* SPDX-License-Identifier: MIT */
/* The posture of an earlier day: what is stored now, with every change since then undone.
 * What the history does not prove is left alone, and said. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "plugins/report/plan/plan.h"
#include "plugins/report/plan/undo.h"

enum { OTHERS = 50 }; /* other settings that changed, at most so many are named */

struct restoring {
    struct sae_plan *plan;
    struct sae_history *history;
    struct sae_undo boxes, tenant;
    int64_t tenant_proof,
        boxes_proof; /* newest read before that day's end, 0: none known */
    int64_t oldest;  /* of anything that is known */
    size_t others;
    bool orphaned[SAE_UNDO_ABSENT + 1];  /* some mailbox that was renamed was left so */
    int64_t orphan[SAE_UNDO_ABSENT + 1]; /* at this time, the earliest of them */
    struct sae_plan_box box;             /* the mailbox that was looked up */
    size_t found;
    char key[SAE_NAME + 1];
};

/* ---- how far back the history reaches -------------------------------------------------
 */

static void prove(struct restoring *r, int64_t *proof, int64_t time)
{
    if (time != 0 && (r->oldest == 0 || time < r->oldest)) {
        r->oldest = time;
    }
    if (time < r->plan->as_of && time > *proof) {
        *proof = time;
    }
}

/* A run read the posture, or found it young enough, if no part before the sign-ins
 * failed. */
static enum sae_status take_run(void *arg, const struct sae_run_line *run,
                                struct sae_err *err)
{
    struct restoring *r = arg;
    bool failed =
        !run->ok && (strncmp(run->error, "tenant:", 7) == 0 ||
                     strncmp(run->error, "mailboxes:", 10) == 0 || run->error[0] == '\0');

    (void)err;
    if (!failed) {
        prove(r, &r->tenant_proof, run->time);
        prove(r, &r->boxes_proof, run->time);
    }
    return SAE_OK;
}

static void note_other(struct restoring *r, const struct sae_change *change)
{
    char object[SAE_SHOWN + 1], property[SAE_SHOWN + 1], before[SAE_SHOWN + 1];

    if (change->seen < r->plan->as_of || r->others++ >= OTHERS) {
        return;
    }
    sae_buf_printf(
        &r->plan->notes, "changed too, not restored by this script: %s %s, was %s\n",
        sae_text_safe(object, sizeof(object), change->object, strlen(change->object)),
        sae_text_safe(property, sizeof(property), change->property,
                      strlen(change->property)),
        change->before[0] == '\0' ? "null"
                                  : sae_text_safe(before, sizeof(before), change->before,
                                                  strlen(change->before)));
}

/* The change table knows a mailbox by its address at that time, the history by its key:
 * the changes of one mailbox belong together, whatever it was called. */
static enum sae_status
add_box_change(struct restoring *r, const struct sae_change *change, struct sae_err *err)
{
    struct sae_change keyed = *change;
    enum sae_status status =
        sae_history_find_mailbox(r->history, change->object, r->key, err);

    if (status == SAE_OK && r->key[0] != '\0') {
        sae_text_fit(keyed.object, sizeof(keyed.object), r->key);
    }
    return status == SAE_OK ? sae_undo_add(&r->boxes, &keyed, err) : status;
}

static enum sae_status take_change(void *arg, const struct sae_change *change,
                                   struct sae_err *err)
{
    struct restoring *r = arg;
    bool tenant = !change->mailbox && strcmp(change->object, "tenant") == 0;

    if (change->mailbox || tenant) {
        prove(r, tenant ? &r->tenant_proof : &r->boxes_proof, change->seen);
    }
    if (!change->mailbox &&
        !(tenant && strcmp(change->property, SAE_PLAN_PROPERTY) == 0)) {
        note_other(r, change);
        return SAE_OK;
    }
    if (change->seen < r->plan->as_of) {
        return SAE_OK;
    }
    return tenant ? sae_undo_add(&r->tenant, change, err)
                  : add_box_change(r, change, err);
}

static enum sae_status check_reach(const struct restoring *r, struct sae_err *err)
{
    char day[SAE_TIME_TEXT], oldest[SAE_TIME_TEXT];

    if (r->tenant_proof != 0 && r->boxes_proof != 0) {
        return SAE_OK;
    }
    sae_date_format(day, sizeof(day), sae_time_day(r->plan->as_of - 1));
    return sae_fail(
        err, SAE_E_INCOMPLETE,
        "no plan: the history does not prove what %s was on %s: the first read "
        "that it can prove is of %s: choose a later day",
        r->tenant_proof == 0 ? "the tenant switch" : "the mailboxes", day,
        sae_time_format(oldest, sizeof(oldest), r->oldest));
}

/* ---- what was -----------------------------------------------------------------------
 */

static enum sae_undo_value value_of_flag(enum sae_flag flag)
{
    return sae_undo_value_of(sae_flag_word(flag));
}

static enum sae_flag flag_of(enum sae_undo_value value)
{
    return value == SAE_UNDO_FALSE  ? SAE_FLAG_ENABLED
           : value == SAE_UNDO_TRUE ? SAE_FLAG_DISABLED
                                    : SAE_FLAG_INHERIT;
}

static enum sae_status restore_switch(struct restoring *r, struct sae_err *err)
{
    struct sae_plan *plan = r->plan;
    const struct sae_undo_item *item = r->tenant.item;
    enum sae_undo_value now =
        plan->was == SAE_SWITCH_OFF ? SAE_UNDO_TRUE : SAE_UNDO_FALSE;

    if (r->tenant.count == 0) {
        return SAE_OK;
    }
    if (item->broken || item->after != now ||
        (item->before != SAE_UNDO_TRUE && item->before != SAE_UNDO_FALSE)) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "no plan: the history does not say without doubt what the tenant "
                        "switch was on that day: see smtp_auth_report changes");
    }
    plan->want = item->before == SAE_UNDO_TRUE ? SAE_SWITCH_OFF : SAE_SWITCH_ON;
    return SAE_OK;
}

/* Says why a mailbox stays as it is. `loss`: it should have been restored. */
static void leave(struct restoring *r, const struct sae_undo_item *item, bool loss,
                  const char *why)
{
    const char *who = r->found == 1 ? r->box.shown : item->object;
    char safe[SAE_SHOWN + 1], time[SAE_TIME_TEXT];

    sae_buf_printf(loss ? &r->plan->undone : &r->plan->notes,
                   "%s: %s (last change seen %s)\n",
                   sae_text_safe(safe, sizeof(safe), who, strlen(who)), why,
                   sae_time_format(time, sizeof(time), item->last));
}

static enum sae_status take_box(void *arg, const struct sae_mailbox_row *row,
                                struct sae_err *err)
{
    struct restoring *r = arg;

    (void)err;
    r->found++;
    r->box = (struct sae_plan_box){.was = row->flag};
    sae_text_fit(r->box.guid, sizeof(r->box.guid),
                 sae_plan_is_guid(row->key) ? row->key : "");
    sae_text_safe(r->box.shown, sizeof(r->box.shown), row->address, strlen(row->address));
    return SAE_OK;
}

/* A mailbox that was renamed, and whose old address it lost, has changes under both:
 * those of the old address are found by nobody today, and those of the new one are not
 * all of its own. Any mailbox whose first change begins where such an orphan ended may be
 * it. */
static bool may_be_renamed(const struct restoring *r, const struct sae_undo_item *item)
{
    return r->orphaned[item->before] && r->orphan[item->before] <= item->first;
}

static enum sae_status find_orphans(struct restoring *r, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < r->boxes.count && status == SAE_OK; i++) {
        const struct sae_undo_item *item = &r->boxes.item[i];
        enum sae_undo_value end = item->after;

        r->found = 0;
        status = sae_history_mailbox(r->history, item->object, take_box, r, err);
        if (r->found == 0 && end != SAE_UNDO_ABSENT &&
            (!r->orphaned[end] || item->last < r->orphan[end])) {
            r->orphaned[end] = true;
            r->orphan[end] = item->last;
        }
    }
    return status;
}

static enum sae_status restore_box(struct restoring *r, const struct sae_undo_item *item,
                                   struct sae_err *err)
{
    struct sae_plan_box *box = &r->box;
    char time[SAE_TIME_TEXT];

    if (item->after != value_of_flag(box->was) || item->broken) {
        leave(r, item, true,
              "its changes do not fit together, maybe it was deleted and made anew or "
              "another "
              "mailbox had this address: look at it by hand");
        return SAE_OK;
    }
    if (item->before == SAE_UNDO_ABSENT) {
        leave(r, item, false, "was not there then, left as it is");
        return SAE_OK;
    }
    if (may_be_renamed(r, item)) {
        leave(r, item, true,
              "some mailbox was renamed, and this may be it, with more changes than "
              "these: look "
              "at it by hand");
        return SAE_OK;
    }
    if (item->before == item->after) {
        return SAE_OK;
    }
    if (item->before == SAE_UNDO_ODD || box->was == SAE_FLAG_UNKNOWN) {
        leave(r, item, true,
              "its flag was neither true, false nor blank: set it by hand");
        return SAE_OK;
    }
    if (box->guid[0] == '\0') {
        leave(r, item, true,
              "has no Guid, and no other name is sure to mean this mailbox: set it by "
              "hand");
        return SAE_OK;
    }
    box->want = flag_of(item->before);
    snprintf(box->about, sizeof(box->about), "changed since, last change seen %s",
             sae_time_format(time, sizeof(time), item->last));
    return sae_plan_add(box->want == SAE_FLAG_ENABLED ? &r->plan->first : &r->plan->last,
                        box, err);
}

static enum sae_status look_up(struct restoring *r, const struct sae_undo_item *item,
                               struct sae_err *err)
{
    enum sae_status status;

    r->found = 0;
    status = sae_history_mailbox(r->history, item->object, take_box, r, err);
    if (status != SAE_OK) {
        return status;
    }
    if (r->found == 1) {
        return restore_box(r, item, err);
    }
    if (item->after == SAE_UNDO_ABSENT) {
        leave(r, item, false, "is gone, nothing to restore");
    } else {
        leave(
            r, item, true,
            "no mailbox, or more than one, has this address today: look for it by hand");
    }
    return SAE_OK;
}

enum sae_status sae_plan_restore(struct sae_plan *plan, struct sae_history *history,
                                 struct sae_err *err)
{
    struct restoring r = {.plan = plan,
                          .history = history,
                          .boxes = {.most = SAE_PLAN_CHANGES},
                          .tenant = {.most = SAE_PLAN_CHANGES}};
    enum sae_status status;

    prove(&r, &r.tenant_proof, plan->switch_time);
    prove(&r, &r.boxes_proof, plan->mailboxes_time);
    status = sae_history_each_run(history, -1, take_run, &r, err);
    if (status == SAE_OK) {
        status = sae_history_each_change(history, -1, take_change, &r, err);
    }
    if (status == SAE_OK) {
        status = check_reach(&r, err);
    }
    sae_undo_join(&r.boxes);
    sae_undo_join(&r.tenant);
    if (status == SAE_OK) {
        status = restore_switch(&r, err);
    }
    if (status == SAE_OK) {
        status = find_orphans(&r, err);
    }
    for (size_t i = 0; i < r.boxes.count && status == SAE_OK; i++) {
        status = look_up(&r, &r.boxes.item[i], err);
    }
    if (status == SAE_OK) {
        sae_plan_sort(&plan->first);
        sae_plan_sort(&plan->last);
    }
    sae_undo_done(&r.boxes);
    sae_undo_done(&r.tenant);
    return status;
}
