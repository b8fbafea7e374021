/* SPDX-License-Identifier: MIT */
/* How often each of some numbers is there. Memory grows with the numbers that are different:
 * 32 bytes for each of them and as much again. Running out of it shows in sae_tally_status(),
 * once, at the end. */
#ifndef SAE_TALLY_H
#define SAE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Zero-initialised is empty. */
struct sae_tally {
    struct sae_tally_slot {
        uint64_t number; /* and one, so that 0 is a free slot */
        int64_t value;
    } *slot;
    size_t cap, used;
    uint32_t distinct; /* numbers that are there at least once */
    struct sae_tally_slot spill; /* what is counted without memory */
    enum sae_status status;
};

/* Empties it; a failure stays. */
void sae_tally_reset(struct sae_tally *tally);
void sae_tally_done(struct sae_tally *tally);

/* One more, one less of it; return how often it is there then. */
int64_t sae_tally_add(struct sae_tally *tally, uint32_t number);
int64_t sae_tally_take(struct sae_tally *tally, uint32_t number);

/* Where the value of a number is kept, 0 at first: to keep something else than how often. Valid
 * until the next number comes. */
int64_t *sae_tally_value(struct sae_tally *tally, uint32_t number);
/* The same, but NULL for a number that nobody asked for before. */
int64_t *sae_tally_find(const struct sae_tally *tally, uint32_t number);

/* SAE_OK, or SAE_E_NOMEM: what it says is wrong. */
enum sae_status sae_tally_status(const struct sae_tally *tally,
                                 struct sae_err *err) SAE_MUST_CHECK;

#endif
