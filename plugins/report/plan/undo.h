/* SPDX-License-Identifier: MIT */
/* Back in time: from the changes since then, what each flag was. Pure. */
#ifndef SAE_REPORT_PLAN_UNDO_H
#define SAE_REPORT_PLAN_UNDO_H

#include "base/err.h"
#include "facts.h"

/* A value of the change table; also "the object is not there". */
enum sae_undo_value {
    SAE_UNDO_NULL,
    SAE_UNDO_FALSE,
    SAE_UNDO_TRUE,
    SAE_UNDO_ODD, /* a value that nobody can set */
    SAE_UNDO_ABSENT
};

/* All changes of one object together. */
struct sae_undo_item {
    char *object;
    size_t order;
    enum sae_undo_value before, after; /* of the first one, of the last one */
    bool broken;                       /* one does not begin where the one before ended */
    int64_t first, last; /* seen */
};

struct sae_undo {
    struct sae_undo_item *item;
    size_t count, room, most;
};

/* Takes the changes in the order of the table, oldest first; `most` of them at most. */
enum sae_status sae_undo_add(struct sae_undo *undo, const struct sae_change *change,
                             struct sae_err *err) SAE_MUST_CHECK;
/* One item for each object, in the order of their names. */
void sae_undo_join(struct sae_undo *undo);
void sae_undo_done(struct sae_undo *undo);

enum sae_undo_value sae_undo_value_of(const char *word);

#endif
