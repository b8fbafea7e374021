/* SPDX-License-Identifier: MIT */
/* A set of numbers that only grows: how many different ones were there? Zero-initialised is
 * empty. Memory is 16 bytes for each member and a half. */
#ifndef SAE_INTSET_H
#define SAE_INTSET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sae_intset {
    int64_t *slot;
    size_t cap;
    size_t count;
    int has_zero;
};

/* Adds `value` if it is not there yet. Fails only with SAE_E_NOMEM. */
enum sae_status sae_intset_add(struct sae_intset *set, int64_t value) SAE_MUST_CHECK;
size_t sae_intset_count(const struct sae_intset *set);
void sae_intset_done(struct sae_intset *set);

#endif
