/* SPDX-License-Identifier: MIT */
/* The second half of the oracle: sprays, spread, breach and foreign. */
#ifndef SAE_TEST_DETECT_ORACLE_SPREAD_H
#define SAE_TEST_DETECT_ORACLE_SPREAD_H

#include "detect_oracle.h"

/* ---- spray_ips, spray_nets --------------------------------------------------------- */

/* More users succeed there than fail there, and no failure proves a password. */
static inline bool oracle_is_office(const struct oracle *o, enum oracle_about about,
                                    uint32_t key)
{
    struct oracle_rows good = {{0}}, bad = {{0}};

    for (size_t i = 0; i < o->count; i++) {
        bool there = oracle_today(o, i) && oracle_key(o, about, i) == key;

        good.has[i] = there && oracle_succeeded(o, i);
        bad.has[i] = there && oracle_fails(o, i);
        if (there && oracle_proves_password(o, i)) {
            return false;
        }
    }
    return oracle_distinct(o, &good, BY_USER) > oracle_distinct(o, &bad, BY_USER);
}

/* Users in a span, if enough addresses are in it. */
static inline uint32_t oracle_sprayed(const struct oracle *o,
                                      const struct oracle_rows *rows, const void *arg)
{
    const uint32_t *addresses = arg;

    return oracle_distinct(o, rows, BY_ADDRESS) >= *addresses
               ? oracle_distinct(o, rows, BY_USER)
               : 0;
}

static inline void oracle_spray(const struct oracle *o, struct sae_rule rule,
                                enum oracle_about about, struct oracle_hits *hits)
{
    uint32_t addresses = about == BY_NET ? NET_ADDRESSES : 1;
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        rows.has[i] = oracle_today(o, i) && oracle_fails(o, i);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (oracle_is_first(o, &rows, about, i)) {
            uint32_t key = oracle_key(o, about, i);
            struct oracle_rows there = oracle_about(o, &rows, about, key);

            if (oracle_search_day(o, &there, rule, oracle_sprayed, &addresses).value >=
                    rule.number &&
                !oracle_is_office(o, about, key)) {
                struct sae_hit hit = oracle_sum(o, &there);

                hit.address = about == BY_ADDRESS ? key : 0;
                hit.net = about == BY_NET ? key : 0;
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

/* ---- spread_users ------------------------------------------------------------------ */

/* Of the rows those whose address (not 0) is in at most two of them. */
static inline struct oracle_rows oracle_few(const struct oracle *o,
                                            const struct oracle_rows *rows)
{
    struct oracle_rows few = {{0}};

    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i] && o->row[i].address != 0) {
            struct oracle_rows same =
                oracle_about(o, rows, BY_ADDRESS, o->row[i].address);

            few.has[i] = oracle_events(o, &same) <= FEW_FAILURES;
        }
    }
    return few;
}

/* How many such addresses, if it is a spread. */
static inline uint32_t oracle_spread_wide(const struct oracle *o,
                                          const struct oracle_rows *rows, const void *arg)
{
    const struct sae_rule *rule = arg;
    struct oracle_rows few = oracle_few(o, rows);
    uint32_t addresses = oracle_distinct(o, &few, BY_ADDRESS);

    return addresses >= rule->number &&
                   oracle_distinct(o, &few, BY_COUNTRY) >= SPREAD_COUNTRIES
               ? addresses
               : 0;
}

static inline void oracle_spread(const struct oracle *o, struct sae_rule rule,
                                 int64_t hold, const struct oracle_hits *stale,
                                 struct oracle_hits *hits)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        rows.has[i] = o->row[i].time < o->end && oracle_fails(o, i) &&
                      !oracle_is_stale(o, stale, i);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (oracle_is_first(o, &rows, BY_USER, i)) {
            struct oracle_rows theirs = oracle_about(o, &rows, BY_USER, o->row[i].user);
            struct oracle_search search = {o,
                                           &theirs,
                                           rule.span,
                                           o->end - hold - rule.span + 1,
                                           o->end - rule.span,
                                           oracle_spread_wide,
                                           &rule};
            struct oracle_most most = oracle_search(&search);

            if (most.value != 0) {
                struct oracle_rows in =
                    oracle_cut(o, &theirs, most.start, most.start + rule.span);
                struct oracle_rows few = oracle_few(o, &in);
                struct sae_hit hit = oracle_sum(o, &few);

                hit.user = o->row[i].user;
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

/* Does the span that ends there hold a spread? */
static inline bool oracle_ends_spread(const struct oracle *o,
                                      const struct oracle_rows *theirs,
                                      struct sae_rule rule, int64_t end)
{
    struct oracle_rows in = oracle_cut(o, theirs, end - rule.span, end);

    return oracle_spread_wide(o, &in, &rule) > 0;
}

/* The next end after `end` at which the rows in the span are others, at most T + 1. */
static inline int64_t oracle_next_end(const struct oracle *o, struct sae_rule rule,
                                      int64_t end)
{
    int64_t next = o->end + 1;

    for (size_t i = 0; i < o->count; i++) {
        int64_t enters = o->row[i].time + 1, leaves = enters + rule.span;

        next = enters > end && enters < next ? enters : next;
        next = leaves > end && leaves < next ? leaves : next;
    }
    return next;
}

static inline void oracle_user_ends(const struct oracle *o,
                                    const struct oracle_rows *theirs, uint32_t user,
                                    struct sae_rule rule, int64_t from, int64_t apart,
                                    struct oracle_hits *hits)
{
    size_t first = hits->count;

    for (int64_t end = from + 1, next; end <= o->end; end = next) {
        next = oracle_next_end(o, rule, end);
        if (oracle_ends_spread(o, theirs, rule, end)) {
            if (hits->count == first || end - hits->at[hits->count - 1].until > apart) {
                hits->at[hits->count++] = (struct sae_hit){.user = user, .since = end};
            }
            hits->at[hits->count - 1].until = next - 1;
        }
    }
}

static inline void oracle_spread_ends(const struct oracle *o, struct sae_rule rule,
                                      int64_t from, int64_t apart,
                                      struct oracle_hits *hits)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        rows.has[i] = o->row[i].time < o->end && oracle_fails(o, i);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (oracle_is_first(o, &rows, BY_USER, i)) {
            uint32_t user = o->row[i].user;
            struct oracle_rows theirs = oracle_about(o, &rows, BY_USER, user);

            oracle_user_ends(o, &theirs, user, rule, from, apart, hits);
        }
    }
    oracle_sort(hits);
}

/* ---- breach_users ------------------------------------------------------------------ */

static inline bool oracle_knows_address(const struct oracle *o, size_t i)
{
    for (size_t k = 0; k < o->count; k++) {
        if (o->row[i].address != 0 && oracle_succeeded(o, k) &&
            o->row[k].user == o->row[i].user && o->row[k].address == o->row[i].address &&
            o->row[k].time < o->row[i].time) {
            return true;
        }
    }
    return false;
}

static inline bool oracle_was_guessed(const struct oracle *o, size_t i)
{
    int64_t time = o->row[i].time;
    int failures = 0;

    for (size_t k = 0; k < o->count; k++) {
        failures += o->row[k].user == o->row[i].user && oracle_fails(o, k) &&
                    oracle_within(o, k, time - SAE_DAY, time);
    }
    return failures >= GUESSES;
}

static inline bool oracle_is_breach(const struct oracle *o, size_t i, int64_t hold)
{
    return oracle_within(o, i, o->end - hold, o->end) && !oracle_knows_address(o, i) &&
           (oracle_succeeded(o, i) ? oracle_was_guessed(o, i)
                                   : oracle_proves_password(o, i));
}

static inline int32_t oracle_first_code(const struct oracle *o,
                                        const struct oracle_rows *rows, int64_t since)
{
    int32_t code = INT32_MAX;

    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i] && o->row[i].time == since && o->row[i].code < code) {
            code = o->row[i].code;
        }
    }
    return code;
}

static inline void oracle_breach(const struct oracle *o, int64_t hold,
                                 struct oracle_hits *hits)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; i < o->count; i++) {
        rows.has[i] = oracle_is_breach(o, i, hold);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (rows.has[i]) {
            struct oracle_rows theirs = oracle_about(o, &rows, BY_USER, o->row[i].user);
            struct oracle_rows same =
                oracle_about(o, &theirs, BY_ADDRESS, o->row[i].address);

            if (oracle_first(o, &same, BY_USER, o->row[i].user) == i) {
                struct sae_hit hit = oracle_sum(o, &same);

                hit.user = o->row[i].user;
                hit.address = o->row[i].address;
                hit.code = oracle_first_code(o, &same, hit.since);
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

static inline void oracle_breach_rows(const struct oracle *o, int64_t from,
                                      struct oracle_hits *hits)
{
    hits->count = 0;
    for (size_t i = 0; i < o->count; i++) {
        const struct sae_event *row = &o->row[i];

        if (oracle_is_breach(o, i, o->end - from)) {
            hits->at[hits->count++] = (struct sae_hit){.user = row->user,
                                                       .address = row->address,
                                                       .since = row->time,
                                                       .until = row->time,
                                                       .code = row->code};
        }
    }
    oracle_sort(hits);
}

/* ---- foreign_ok -------------------------------------------------------------------- */

/* From this user's successes before T-7d. `country` 0: any. */
static inline bool oracle_learned(const struct oracle *o, uint32_t user, uint16_t country)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct sae_event *row = &o->row[i];

        if (oracle_succeeded(o, i) && row->user == user && row->country != 0 &&
            row->time < o->end - 7 * SAE_DAY &&
            (country == 0 || row->country == country)) {
            return true;
        }
    }
    return false;
}

static inline bool oracle_is_foreign(const struct oracle *o, size_t i,
                                     const struct sae_expected *expected)
{
    const struct sae_event *row = &o->row[i];

    if (row->country == 0) {
        return false;
    }
    switch (expected->ask(expected->arg, row->user, row->country)) {
    case SAE_EXPECT_YES:
        return false;
    case SAE_EXPECT_NO:
        return true;
    default:
        return oracle_learned(o, row->user, 0) &&
               !oracle_learned(o, row->user, row->country);
    }
}

static inline void oracle_foreign(const struct oracle *o, int64_t hold,
                                  const struct sae_expected *expected,
                                  struct oracle_hits *hits, bool *ret_known)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    *ret_known = false;
    for (size_t i = 0; i < o->count; i++) {
        const struct sae_event *row = &o->row[i];
        bool recent =
            oracle_succeeded(o, i) && oracle_within(o, i, o->end - hold, o->end);

        rows.has[i] = recent && oracle_is_foreign(o, i, expected);
        if (recent && (expected->ask(expected->arg, row->user, row->country) !=
                           SAE_EXPECT_NOTHING ||
                       oracle_learned(o, row->user, 0))) {
            *ret_known = true;
        }
    }
    for (size_t i = 0; i < o->count; i++) {
        if (rows.has[i]) {
            struct oracle_rows theirs = oracle_about(o, &rows, BY_USER, o->row[i].user);
            struct oracle_rows same =
                oracle_about(o, &theirs, BY_COUNTRY, o->row[i].country);

            if (oracle_first(o, &same, BY_USER, o->row[i].user) == i) {
                struct sae_hit hit = oracle_sum(o, &same);

                hit.user = o->row[i].user;
                hit.country = o->row[i].country;
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

/* ---- sources, fail_burst
 * -------------------------------------------------------------------- */

/* Addresses with failures of the day, outages too. */
static inline void oracle_sources(const struct oracle *o, struct oracle_hits *hits)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; i < o->count; i++) {
        rows.has[i] = oracle_today(o, i) && !oracle_succeeded(o, i);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (oracle_is_first(o, &rows, BY_ADDRESS, i)) {
            uint32_t address = o->row[i].address;
            struct oracle_rows there = oracle_about(o, &rows, BY_ADDRESS, address);
            struct sae_hit hit = oracle_sum(o, &there);

            hit.address = address;
            hits->at[hits->count++] = hit;
        }
    }
    oracle_sort(hits);
}

static inline uint32_t oracle_burst(const struct oracle *o, int64_t from, int64_t to)
{
    struct oracle_rows rows = {{0}};
    struct oracle_search search = {
        o, &rows, 60 * SAE_SECOND, from - 60 * SAE_SECOND, to, oracle_count_events, NULL};

    for (size_t i = 0; i < o->count; i++) {
        rows.has[i] = oracle_within(o, i, from, to) && o->row[i].time < o->end &&
                      !oracle_succeeded(o, i);
    }
    return oracle_search(&search).value;
}

#endif
