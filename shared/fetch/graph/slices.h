/* SPDX-License-Identifier: MIT */
/* Which stretch of a log to ask for next, and what has been proven so far. Pure: no
 * clock, no network, no memory of its own.
 *
 * Wanted is [begin, T) without what is held; but late rows arrive, so that the last
 * `overlap` of every stretch that is held is read again. Slices come newest first, touch
 * exactly, and are as long as the density of what came back suggests: SAE_SLICE_PAGES
 * pages each.
 *
 * A slice that ends within such an overlap is not claimed before all of the overlap has
 * been read: else the two would become one held stretch, and what lies below would never
 * be read again. */
#ifndef SAE_SLICES_H
#define SAE_SLICES_H

#include "fetch/graph.h"

enum {
    SAE_SLICE_PAGES = 5,    /* what a slice should be */
    SAE_SLICE_GROWTH = 16,  /* at most this many times as long as the one before */
    SAE_SLICE_FIRST = 4,    /* the first one may be so many times `current` */
    SAE_SLICE_LOG_DAYS = 29 /* a service that keeps 30 days may refuse to look further */
};

struct sae_slices {
    const struct sae_graph_wish *wish;
    int64_t at;       /* what is wanted of [at, T) is read */
    int64_t length;   /* of the next slice, if nothing else bounds it */
    int64_t longest;  /* what the service can answer in one go, as far as we know */
    int64_t crowd;    /* there are many rows between `at` and here; 0: not known */
    int64_t refused;  /* the log does not go back so far */
    int64_t claim_to; /* end of what is read, but not claimed; 0: all is claimed */
};

/* `wish` must stay valid. */
void sae_slices_begin(struct sae_slices *slices, const struct sae_graph_wish *wish);

/* The slice to read now; false if nothing is left. Asking twice gives the same answer. */
bool sae_slices_next(const struct sae_slices *slices, struct sae_interval *ret_slice);

/* The slice was read to its end: `pages` answers, the last one with `rows` rows of `top`
 * that were asked for. True if *ret_claim is read completely now, down to its `from`. */
bool sae_slices_read(struct sae_slices *slices, struct sae_interval slice, unsigned pages,
                     uint64_t rows, unsigned top, struct sae_interval *ret_claim);

/* The slice has too many rows: after `pages` answers, newest first, the oldest row was of
 * `oldest`. The next one is as long as that suggests, but at most half as long as this
 * one and at least a minute; and slices do not grow before `oldest` is passed. False if
 * it cannot be shorter. */
bool sae_slices_crowded(struct sae_slices *slices, struct sae_interval slice,
                        int64_t oldest, unsigned pages);
/* The service cannot manage the slice: the next is at most half as long, and those after
 * it grow slowly. */
bool sae_slices_halve(struct sae_slices *slices, struct sae_interval slice);
bool sae_slices_is_shortest(struct sae_interval slice);

/* The service refuses to look back to slice.from. True if its log may end there; the next
 * slices then seek that end, to the hour. */
bool sae_slices_refuse(struct sae_slices *slices, struct sae_interval slice);

/* All of [T - current, T), and all since the newest held end, is read. */
bool sae_slices_current(const struct sae_slices *slices);

/* Ticks still to be read. */
int64_t sae_slices_left(const struct sae_slices *slices);

#endif
