/* SPDX-License-Identifier: MIT */
#include "plugins/report/plan/undo.h"

#include <stdlib.h>
#include <string.h>

enum sae_undo_value sae_undo_value_of(const char *word)
{
    static const char *const words[] = {[SAE_UNDO_NULL] = "",
                                        [SAE_UNDO_FALSE] = "false",
                                        [SAE_UNDO_TRUE] = "true",
                                        [SAE_UNDO_ODD] = "?",
                                        [SAE_UNDO_ABSENT] = "absent"};

    for (int i = 0; i <= SAE_UNDO_ABSENT; i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum sae_undo_value)i;
        }
    }
    return SAE_UNDO_ODD;
}

enum sae_status sae_undo_add(struct sae_undo *undo, const struct sae_change *change,
                             struct sae_err *err)
{
    struct sae_undo_item item = {.object = strdup(change->object),
                                 .order = undo->count,
                                 .before = sae_undo_value_of(change->before),
                                 .after = sae_undo_value_of(change->after),
                                 .first = change->seen,
                                 .last = change->seen};

    if (item.object == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (undo->count == undo->most) {
        free(item.object);
        return sae_fail(
            err, SAE_E_LIMIT,
            "no plan: more than %zu changes since that day: choose a later one",
            undo->most);
    }
    if (undo->count == undo->room) {
        size_t room = undo->room == 0 ? 64 : 2 * undo->room;
        struct sae_undo_item *more = realloc(undo->item, room * sizeof(*more));

        if (more == NULL) {
            free(item.object);
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        undo->item = more;
        undo->room = room;
    }
    undo->item[undo->count++] = item;
    return SAE_OK;
}

static int by_object(const void *a, const void *b)
{
    const struct sae_undo_item *x = a, *y = b;
    int order = strcmp(x->object, y->object);

    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

void sae_undo_join(struct sae_undo *undo)
{
    size_t kept = 0;

    if (undo->count == 0) {
        return;
    }
    qsort(undo->item, undo->count, sizeof(*undo->item), by_object);
    for (size_t i = 1; i < undo->count; i++) {
        struct sae_undo_item *last = &undo->item[kept], *item = &undo->item[i];

        if (strcmp(last->object, item->object) != 0) {
            undo->item[++kept] = *item;
            continue;
        }
        last->broken = last->broken || last->after != item->before;
        last->after = item->after;
        last->last = item->last;
        free(item->object);
    }
    undo->count = kept + 1;
}

void sae_undo_done(struct sae_undo *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        free(undo->item[i].object);
    }
    free(undo->item);
    *undo = (struct sae_undo){0};
}
