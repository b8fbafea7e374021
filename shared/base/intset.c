/* SPDX-License-Identifier: MIT */
#include "base/intset.h"

#include <stdlib.h>

/* Open addressing; 0 marks a free slot, so the member 0 is kept apart. */
static int64_t *find(int64_t *slot, size_t cap, int64_t value)
{
    uint64_t h = (uint64_t)value;
    size_t i;

    /* Mixed in both directions, so that members in steps of any power of two spread. */
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    i = (size_t)h & (cap - 1);

    while (slot[i] != 0 && slot[i] != value) {
        i = (i + 1) & (cap - 1);
    }
    return &slot[i];
}

static enum sae_status grow(struct sae_intset *set)
{
    size_t cap = set->cap == 0 ? 64 : set->cap * 2;
    int64_t *slot = calloc(cap, sizeof(*slot));

    if (slot == NULL) {
        return SAE_E_NOMEM;
    }
    for (size_t i = 0; i < set->cap; i++) {
        if (set->slot[i] != 0) {
            *find(slot, cap, set->slot[i]) = set->slot[i];
        }
    }
    free(set->slot);
    set->slot = slot;
    set->cap = cap;
    return SAE_OK;
}

enum sae_status sae_intset_add(struct sae_intset *set, int64_t value)
{
    int64_t *slot;

    if (value == 0) {
        set->has_zero = 1;
        return SAE_OK;
    }
    if (set->count * 3 >= set->cap * 2 && grow(set) != SAE_OK) {
        return SAE_E_NOMEM;
    }
    slot = find(set->slot, set->cap, value);
    if (*slot == 0) {
        *slot = value;
        set->count++;
    }
    return SAE_OK;
}

size_t sae_intset_count(const struct sae_intset *set)
{
    return set->count + (size_t)set->has_zero;
}

void sae_intset_done(struct sae_intset *set)
{
    free(set->slot);
    *set = (struct sae_intset){0};
}
