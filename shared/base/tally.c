/* SPDX-License-Identifier: MIT */
#include "base/tally.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 32 }; /* slots that are kept from one use to the next */

static struct sae_tally_slot *slot_of(struct sae_tally_slot *slot, size_t cap,
                                      uint64_t wanted)
{
    size_t i = (size_t)(wanted * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);

    while (slot[i].number != 0 && slot[i].number != wanted) {
        i = (i + 1) & (cap - 1);
    }
    return &slot[i];
}

static void grow(struct sae_tally *tally)
{
    size_t cap = tally->cap == 0 ? SMALL : tally->cap * 2;
    struct sae_tally_slot *slot = calloc(cap, sizeof(*slot));

    if (slot == NULL) {
        tally->status = SAE_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < tally->cap; i++) {
        if (tally->slot[i].number != 0) {
            *slot_of(slot, cap, tally->slot[i].number) = tally->slot[i];
        }
    }
    free(tally->slot);
    tally->slot = slot;
    tally->cap = cap;
}

void sae_tally_reset(struct sae_tally *tally)
{
    if (tally->cap > SMALL) {
        free(tally->slot);
        tally->slot = NULL;
        tally->cap = 0;
    } else if (tally->cap > 0) {
        memset(tally->slot, 0, tally->cap * sizeof(tally->slot[0]));
    }
    tally->used = 0;
    tally->distinct = 0;
}

void sae_tally_done(struct sae_tally *tally)
{
    free(tally->slot);
    *tally = (struct sae_tally){0};
}

int64_t *sae_tally_value(struct sae_tally *tally, uint32_t number)
{
    struct sae_tally_slot *slot;

    if (tally->used * 2 >= tally->cap) {
        grow(tally);
    }
    if (tally->status != SAE_OK) {
        return &tally->spill.value;
    }
    slot = slot_of(tally->slot, tally->cap, (uint64_t)number + 1);
    if (slot->number == 0) {
        slot->number = (uint64_t)number + 1;
        tally->used++;
    }
    return &slot->value;
}

int64_t *sae_tally_find(const struct sae_tally *tally, uint32_t number)
{
    struct sae_tally_slot *slot;

    if (tally->cap == 0) {
        return NULL;
    }
    slot = slot_of(tally->slot, tally->cap, (uint64_t)number + 1);
    return slot->number == 0 ? NULL : &slot->value;
}

int64_t sae_tally_add(struct sae_tally *tally, uint32_t number)
{
    int64_t *value = sae_tally_value(tally, number);

    tally->distinct += *value == 0 ? 1 : 0;
    return ++*value;
}

int64_t sae_tally_take(struct sae_tally *tally, uint32_t number)
{
    int64_t *value = sae_tally_value(tally, number);

    tally->distinct -= *value == 1 ? 1 : 0;
    return --*value;
}

enum sae_status sae_tally_status(const struct sae_tally *tally, struct sae_err *err)
{
    return tally->status == SAE_OK ? SAE_OK : sae_fail(err, tally->status, "out of memory");
}
