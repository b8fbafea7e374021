/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "plugins/report/plan/plan.h"

void sae_plan_init(struct sae_plan *plan, enum sae_plan_kind kind,
                   const struct sae_tenant *tenant, int64_t now)
{
    *plan = (struct sae_plan){.kind = kind, .tenant = tenant, .now = now};
    sae_buf_init(&plan->notes, SAE_PLAN_NOTES);
    sae_buf_init(&plan->undone, SAE_PLAN_NOTES);
}

void sae_plan_done(struct sae_plan *plan)
{
    free(plan->first.box);
    free(plan->last.box);
    sae_buf_done(&plan->notes);
    sae_buf_done(&plan->undone);
}

enum sae_status sae_plan_add(struct sae_plan_list *list, const struct sae_plan_box *box,
                             struct sae_err *err)
{
    if (list->count == SAE_PLAN_MAILBOXES) {
        return sae_fail(
            err, SAE_E_LIMIT,
            "no plan: more than %d mailboxes: decide with retire in the allow "
            "list, or close unused ones in smaller steps",
            SAE_PLAN_MAILBOXES);
    }
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 64 : 2 * list->room;
        struct sae_plan_box *more = realloc(list->box, room * sizeof(*more));

        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        list->box = more;
        list->room = room;
    }
    list->box[list->count++] = *box;
    return SAE_OK;
}

static int by_address(const void *a, const void *b)
{
    const struct sae_plan_box *x = a, *y = b;
    int order = strcmp(x->shown, y->shown);

    return order != 0 ? order : strcmp(x->guid, y->guid);
}

void sae_plan_sort(struct sae_plan_list *list)
{
    if (list->count > 0) {
        qsort(list->box, list->count, sizeof(*list->box), by_address);
    }
}

/* What the way back changes, in the order that cuts nobody off: enabled by name first. */
static enum sae_status turn_list(struct sae_plan *turned,
                                 const struct sae_plan_list *list, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < list->count && status == SAE_OK; i++) {
        struct sae_plan_box box = list->box[i];

        if (box.was != box.want) {
            box.was = list->box[i].want;
            box.want = list->box[i].was;
            status = sae_plan_add(
                box.want == SAE_FLAG_ENABLED ? &turned->first : &turned->last, &box, err);
        }
    }
    return status;
}

enum sae_status sae_plan_turn(struct sae_plan *plan, struct sae_err *err)
{
    struct sae_plan turned = {0};
    enum sae_status status = turn_list(&turned, &plan->first, err);
    enum sae_switch was = plan->was;

    if (status == SAE_OK) {
        status = turn_list(&turned, &plan->last, err);
    }
    if (status == SAE_OK && plan->was == plan->want && turned.first.count == 0 &&
        turned.last.count == 0) {
        status =
            sae_fail(err, SAE_E_INCOMPLETE,
                     "no plan: plan would change nothing now, so there is nothing to "
                     "undo. If it was applied already, use plan --as-of with the day "
                     "before");
    }
    if (status != SAE_OK) {
        free(turned.first.box);
        free(turned.last.box);
        return status;
    }
    free(plan->first.box);
    free(plan->last.box);
    plan->first = turned.first;
    plan->last = turned.last;
    plan->was = plan->want;
    plan->want = was;
    plan->kind = SAE_PLAN_ROLLBACK;
    sae_plan_sort(&plan->first);
    sae_plan_sort(&plan->last);
    sae_buf_clear(&plan->notes);
    sae_buf_clear(&plan->undone);
    return SAE_OK;
}

enum sae_status sae_plan_make(struct sae_plan *plan, struct sae_history *history,
                              struct sae_err *err)
{
    enum sae_status status = sae_plan_posture(plan, history, err);

    if (status == SAE_OK && plan->kind == SAE_PLAN_AS_OF) {
        return sae_plan_restore(plan, history, err);
    }
    if (status == SAE_OK) {
        status = sae_plan_log(plan, history, err);
    }
    if (status == SAE_OK) {
        status = sae_plan_close(plan, history, err);
    }
    if (status == SAE_OK && plan->kind == SAE_PLAN_ROLLBACK) {
        status = sae_plan_turn(plan, err);
    }
    return status;
}
