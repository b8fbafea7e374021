/* SPDX-License-Identifier: MIT */
#include "fetch/graph/slices.h"

#define SHORTEST SAE_MINUTE
#define SEEK SAE_HOUR /* how exactly the end of the log is sought */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t whole_second(int64_t time)
{
    return time - time % SAE_SECOND;
}

/* The end of the unbroken stretch that a held one belongs to. A held end beyond T - lag
 * was written by a clock that has since been set back: it is not believed. */
static int64_t unbroken_end(const struct sae_graph_wish *wish, struct sae_interval held)
{
    int64_t end = held.to;

    for (size_t i = 0; i < wish->held_count; i++) {
        const struct sae_interval *other = &wish->held[i];

        if (other->from <= end && end < other->to) {
            end = other->to;
            i = (size_t)-1; /* from the start */
        }
    }
    return smaller(end, wish->end - wish->lag);
}

/* Down to where a held stretch has to be read again. */
static int64_t settled_end(const struct sae_graph_wish *wish, struct sae_interval held)
{
    int64_t end = unbroken_end(wish, held) - wish->overlap;

    return larger(held.from, smaller(held.to, end));
}

/* Passes over what is held and settled. */
static int64_t skip_held(const struct sae_graph_wish *wish, int64_t at)
{
    for (size_t i = 0; i < wish->held_count; i++) {
        struct sae_interval held = wish->held[i];

        if (held.from < at && at <= settled_end(wish, held)) {
            at = held.from;
            i = (size_t)-1;
        }
    }
    return at;
}

/* Where the stretch that is wanted below `at` begins. */
static int64_t wanted_from(const struct sae_graph_wish *wish, int64_t at)
{
    int64_t from = wish->begin;

    for (size_t i = 0; i < wish->held_count; i++) {
        int64_t end = settled_end(wish, wish->held[i]);

        if (end > wish->held[i].from && end < at) {
            from = larger(from, end);
        }
    }
    return from;
}

/* Down to where the unbroken stretch with `held` has to be read again. */
static int64_t reread_from(const struct sae_graph_wish *wish, struct sae_interval held)
{
    int64_t from = settled_end(wish, held);

    for (size_t i = 0; i < wish->held_count; i++) {
        const struct sae_interval *below = &wish->held[i];

        if (below->from < from && from <= below->to && settled_end(wish, *below) < from) {
            from = settled_end(wish, *below);
            i = (size_t)-1;
        }
    }
    return from;
}

/* How far down everything must be read for the present to be known. */
static int64_t current_from(const struct sae_graph_wish *wish)
{
    const struct sae_interval *newest = NULL;
    int64_t from = wish->end - wish->current;

    for (size_t i = 0; i < wish->held_count; i++) {
        const struct sae_interval *held = &wish->held[i];

        if (held->to > wish->begin && (newest == NULL || held->to > newest->to)) {
            newest = held;
        }
    }
    if (newest != NULL && !wish->stale) {
        from = smaller(from, reread_from(wish, *newest));
    }
    return larger(from, wish->begin);
}

/* True if a slice that begins at `from` joins a held stretch before all of its overlap
 * has been read again. */
static bool is_in_overlap(const struct sae_graph_wish *wish, int64_t from)
{
    for (size_t i = 0; i < wish->held_count; i++) {
        struct sae_interval held = wish->held[i];

        if (settled_end(wish, held) < from && from <= held.to) {
            return from > wish->begin;
        }
    }
    return false;
}

void sae_slices_begin(struct sae_slices *slices, const struct sae_graph_wish *wish)
{
    int64_t first;

    *slices =
        (struct sae_slices){.wish = wish, .longest = wish->end, .refused = INT64_MIN};
    slices->at = skip_held(wish, wish->end);
    first = slices->at - wanted_from(wish, slices->at);
    slices->length = larger(wish->current, SHORTEST);
    if (first <= SAE_SLICE_FIRST * slices->length) {
        slices->length = larger(first, SHORTEST);
    }
}

static int64_t log_end(const struct sae_slices *slices)
{
    return slices->wish->end - SAE_SLICE_LOG_DAYS * SAE_DAY;
}

/* Where the log ends lies between `refused` and `at`. */
static int64_t seek_from(const struct sae_slices *slices)
{
    int64_t end = log_end(slices);

    if (slices->refused < end && end < slices->at) {
        return end;
    }
    return whole_second(slices->refused + (slices->at - slices->refused) / 2);
}

bool sae_slices_next(const struct sae_slices *slices, struct sae_interval *ret_slice)
{
    const struct sae_graph_wish *wish = slices->wish;
    int64_t from, current = current_from(wish);

    if (slices->at <= wish->begin) {
        return false;
    }
    from = whole_second(slices->at - smaller(slices->length, slices->at));
    from = larger(from, wanted_from(wish, slices->at));
    if (from < current && current < slices->at) {
        from = current;
    }
    if (from <= slices->refused) {
        if (slices->at - slices->refused <= SEEK) {
            return false;
        }
        from = seek_from(slices);
    }
    *ret_slice = (struct sae_interval){.from = from, .to = slices->at};
    return true;
}

/* Thousandths of a page. */
static int64_t weight(unsigned pages, uint64_t rows, unsigned top)
{
    if (pages > 1) {
        return pages * INT64_C(1000);
    }
    return rows < top ? (int64_t)(rows * 1000 / top) : 1000;
}

/* A slice that only its surroundings made short says little against the length it might
 * have had. */
static void adapt(struct sae_slices *slices, int64_t length, int64_t weight)
{
    bool crowded = slices->crowd != 0 && slices->at > slices->crowd;
    int64_t most = larger(length * (crowded ? 1 : SAE_SLICE_GROWTH), slices->length);

    if (weight > 0) {
        int64_t seconds = length / SAE_SECOND * SAE_SLICE_PAGES * 1000 / weight;

        most = smaller(most, seconds * SAE_SECOND);
    }
    slices->length = larger(smaller(most, slices->longest), SHORTEST);
    if (slices->longest < slices->wish->end) { /* it may have been a bad moment */
        slices->longest += slices->longest / 2;
    }
}

bool sae_slices_read(struct sae_slices *slices, struct sae_interval slice, unsigned pages,
                     uint64_t rows, unsigned top, struct sae_interval *ret_claim)
{
    const struct sae_graph_wish *wish = slices->wish;
    struct sae_interval claim = {.from = slice.from, .to = slices->claim_to};

    if (claim.to == 0) {
        claim.to = smaller(slice.to, wish->end - wish->lag);
    }
    slices->at = skip_held(wish, slice.from);
    adapt(slices, slice.to - slice.from, weight(pages, rows, top));
    slices->claim_to = 0;
    if (is_in_overlap(wish, slice.from)) {
        slices->claim_to = claim.to;
        return false;
    }
    if (claim.from >= claim.to) {
        return false;
    }
    *ret_claim = claim;
    return true;
}

bool sae_slices_is_shortest(struct sae_interval slice)
{
    return slice.to - slice.from <= SHORTEST + SAE_SECOND;
}

static bool shorten(struct sae_slices *slices, struct sae_interval slice, int64_t length)
{
    if (sae_slices_is_shortest(slice)) {
        return false;
    }
    length = smaller(length, (slice.to - slice.from) / 2);
    slices->length = larger(length, SHORTEST);
    return true;
}

bool sae_slices_crowded(struct sae_slices *slices, struct sae_interval slice,
                        int64_t oldest, unsigned pages)
{
    int64_t span = slice.to - oldest;

    if (span <= 0) {
        span = slice.to - slice.from;
    }
    slices->crowd = oldest;
    return shorten(slices, slice, span / pages * SAE_SLICE_PAGES);
}

bool sae_slices_halve(struct sae_slices *slices, struct sae_interval slice)
{
    if (!shorten(slices, slice, INT64_MAX)) {
        return false;
    }
    slices->longest = slices->length;
    return true;
}

bool sae_slices_refuse(struct sae_slices *slices, struct sae_interval slice)
{
    if (slice.from >= log_end(slices)) {
        return false;
    }
    slices->refused = larger(slices->refused, slice.from);
    return true;
}

bool sae_slices_current(const struct sae_slices *slices)
{
    return slices->at <= current_from(slices->wish);
}

int64_t sae_slices_left(const struct sae_slices *slices)
{
    const struct sae_graph_wish *wish = slices->wish;
    int64_t left = 0, at = slices->at;

    while (at > wish->begin) {
        int64_t from = wanted_from(wish, at);

        left += at - from;
        at = skip_held(wish, from);
    }
    return left;
}
