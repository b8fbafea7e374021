/* SPDX-License-Identifier: MIT */
/* The detectors once more, straight from their definitions (measure/detect.h), as slow as
 * is obvious: every entity, every start of a span that can matter, every row. Rows are
 * given whole and in any order; nothing is forgotten on the way. Shares no code with the
 * detectors but the meaning of a row (sae_event_counts). */
#ifndef SAE_TEST_DETECT_ORACLE_H
#define SAE_TEST_DETECT_ORACLE_H

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/detect.h"

enum {
    ORACLE_ROWS = 400,
    FEW_FAILURES = 2,
    SPREAD_COUNTRIES = 3,
    NET_ADDRESSES = 3,
    GUESSES = 5
};

struct oracle {
    const struct sae_event *row;
    size_t count; /* at most ORACLE_ROWS */
    int64_t end;  /* T */
    const uint32_t *net;
    size_t net_count;
};

struct oracle_hits {
    struct sae_hit at[ORACLE_ROWS];
    size_t count;
};

/* Some of the rows. */
struct oracle_rows {
    bool has[ORACLE_ROWS];
};

/* ---- what rows are about ----------------------------------------------------------- */

enum oracle_about { BY_USER, BY_ADDRESS, BY_NET, BY_COUNTRY };

static inline uint32_t oracle_net(const struct oracle *o, uint32_t address)
{
    return address != 0 && address < o->net_count ? o->net[address] : 0;
}

static inline uint32_t oracle_key(const struct oracle *o, enum oracle_about about,
                                  size_t i)
{
    const struct sae_event *row = &o->row[i];

    switch (about) {
    case BY_USER:
        return row->user;
    case BY_ADDRESS:
        return row->address;
    case BY_NET:
        return oracle_net(o, row->address);
    default:
        return row->country;
    }
}

/* The first of `rows` that is about `key`. */
static inline size_t oracle_first(const struct oracle *o, const struct oracle_rows *rows,
                                  enum oracle_about about, uint32_t key)
{
    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i] && oracle_key(o, about, i) == key) {
            return i;
        }
    }
    return o->count;
}

/* Row `i` is the first of `rows` about its user, address, net or country. */
static inline bool oracle_is_first(const struct oracle *o, const struct oracle_rows *rows,
                                   enum oracle_about about, size_t i)
{
    uint32_t key = oracle_key(o, about, i);

    return rows->has[i] && key != 0 && oracle_first(o, rows, about, key) == i;
}

static inline uint32_t oracle_distinct(const struct oracle *o,
                                       const struct oracle_rows *rows,
                                       enum oracle_about about)
{
    uint32_t count = 0;

    for (size_t i = 0; i < o->count; i++) {
        count += oracle_is_first(o, rows, about, i) ? 1 : 0;
    }
    return count;
}

static inline uint32_t oracle_events(const struct oracle *o,
                                     const struct oracle_rows *rows)
{
    uint32_t count = 0;

    for (size_t i = 0; i < o->count; i++) {
        count += rows->has[i] ? 1 : 0;
    }
    return count;
}

/* ---- which rows -------------------------------------------------------------------- */

static inline bool oracle_within(const struct oracle *o, size_t i, int64_t from,
                                 int64_t to)
{
    return o->row[i].time >= from && o->row[i].time < to;
}

static inline bool oracle_today(const struct oracle *o, size_t i)
{
    return oracle_within(o, i, o->end - SAE_DAY, o->end);
}

static inline bool oracle_succeeded(const struct oracle *o, size_t i)
{
    return o->row[i].kind == SAE_CODE_SUCCESS;
}

static inline bool oracle_fails(const struct oracle *o, size_t i)
{
    return sae_event_counts(&o->row[i]);
}

static inline bool oracle_proves_password(const struct oracle *o, size_t i)
{
    return sae_event_failed(&o->row[i]) && (o->row[i].password == SAE_PASSWORD_YES ||
                                            o->row[i].password == SAE_PASSWORD_PROBABLY);
}

static inline bool oracle_is_stale(const struct oracle *o,
                                   const struct oracle_hits *stale, size_t i)
{
    for (size_t k = 0; k < stale->count; k++) {
        if (stale->at[k].user == o->row[i].user &&
            stale->at[k].address == o->row[i].address) {
            return true;
        }
    }
    return false;
}

static inline struct oracle_rows oracle_cut(const struct oracle *o,
                                            const struct oracle_rows *rows, int64_t from,
                                            int64_t to)
{
    struct oracle_rows cut = *rows;

    for (size_t i = 0; i < o->count; i++) {
        cut.has[i] = rows->has[i] && oracle_within(o, i, from, to);
    }
    return cut;
}

static inline struct oracle_rows oracle_about(const struct oracle *o,
                                              const struct oracle_rows *rows,
                                              enum oracle_about about, uint32_t key)
{
    struct oracle_rows cut = *rows;

    for (size_t i = 0; i < o->count; i++) {
        cut.has[i] = rows->has[i] && oracle_key(o, about, i) == key;
    }
    return cut;
}

/* ---- spans ------------------------------------------------------------------------- */

typedef uint32_t oracle_measure(const struct oracle *o, const struct oracle_rows *rows,
                                const void *arg);

/* The first start of a span with the most, and how much that is. */
struct oracle_most {
    int64_t start;
    uint32_t value;
};

struct oracle_search {
    const struct oracle *o;
    const struct oracle_rows *rows;
    int64_t span, low, high; /* starts in [low, high] are allowed */
    oracle_measure *measure; /* what to make of the rows in a span */
    const void *arg;
};

static inline void oracle_try(const struct oracle_search *search, int64_t start,
                              struct oracle_most *most)
{
    struct oracle_rows in;
    uint32_t value;

    if (start < search->low || start > search->high) {
        return;
    }
    in = oracle_cut(search->o, search->rows, start, start + search->span);
    value = search->measure(search->o, &in, search->arg);
    if (value > most->value || (value == most->value && start < most->start)) {
        *most = (struct oracle_most){start, value};
    }
}

/* The rows in a span change only where one leaves or enters it. */
static inline struct oracle_most oracle_search(const struct oracle_search *search)
{
    struct oracle_most most = {search->high, 0};

    oracle_try(search, search->low, &most);
    oracle_try(search, search->high, &most);
    for (size_t i = 0; i < search->o->count; i++) {
        if (search->rows->has[i]) {
            int64_t time = search->o->row[i].time;

            oracle_try(search, time, &most);
            oracle_try(search, time + 1, &most);
            oracle_try(search, time - search->span, &most);
            oracle_try(search, time - search->span + 1, &most);
        }
    }
    return most;
}

/* The same for spans within the day; a longer one is the day. */
static inline int64_t oracle_day_span(struct sae_rule rule)
{
    return rule.span < SAE_DAY ? rule.span : SAE_DAY;
}

static inline struct oracle_most
oracle_search_day(const struct oracle *o, const struct oracle_rows *rows,
                  struct sae_rule rule, oracle_measure *measure, const void *arg)
{
    int64_t span = oracle_day_span(rule);
    struct oracle_search search = {o,       rows, span, o->end - SAE_DAY, o->end - span,
                                   measure, arg};

    return oracle_search(&search);
}

static inline uint32_t oracle_count_events(const struct oracle *o,
                                           const struct oracle_rows *rows,
                                           const void *arg)
{
    (void)arg;
    return oracle_events(o, rows);
}

static inline uint32_t oracle_count_users(const struct oracle *o,
                                          const struct oracle_rows *rows, const void *arg)
{
    (void)arg;
    return oracle_distinct(o, rows, BY_USER);
}

/* ---- hits -------------------------------------------------------------------------- */

/* Of the newest rows the highest country. */
static inline uint16_t oracle_where(const struct oracle *o,
                                    const struct oracle_rows *rows, int64_t until)
{
    uint16_t where = 0;

    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i] && o->row[i].time == until && o->row[i].country > where) {
            where = o->row[i].country;
        }
    }
    return where;
}

/* What is said of these rows; who it is about is left to the caller. */
static inline struct sae_hit oracle_sum(const struct oracle *o,
                                        const struct oracle_rows *rows)
{
    struct sae_hit hit = {0};

    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i]) {
            int64_t time = o->row[i].time;
            int32_t code = o->row[i].code;

            hit.since = hit.events == 0 || time < hit.since ? time : hit.since;
            hit.until = hit.events == 0 || time > hit.until ? time : hit.until;
            hit.code = hit.events == 0 || sae_code_rank(code) > sae_code_rank(hit.code)
                           ? code
                           : hit.code;
            hit.entered = hit.entered || oracle_succeeded(o, i);
            hit.events++;
        }
    }
    hit.where = oracle_where(o, rows, hit.until);
    hit.users = oracle_distinct(o, rows, BY_USER);
    hit.addresses = oracle_distinct(o, rows, BY_ADDRESS);
    hit.countries = oracle_distinct(o, rows, BY_COUNTRY);
    return hit;
}

static inline int oracle_order(const void *left, const void *right)
{
    const struct sae_hit *a = left, *b = right;
    const uint32_t x[] = {a->user, a->address, a->net, a->country};
    const uint32_t y[] = {b->user, b->address, b->net, b->country};

    for (int i = 0; i < 4; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    if (a->since != b->since) {
        return a->since < b->since ? -1 : 1;
    }
    return a->code < b->code ? -1 : a->code > b->code;
}

static inline void oracle_sort(struct oracle_hits *hits)
{
    qsort(hits->at, hits->count, sizeof(hits->at[0]), oracle_order);
}

/* ---- stale_devices ----------------------------------------------------------------- */

static inline int oracle_order_ticks(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

static inline bool oracle_regular(const struct oracle *o, const struct oracle_rows *rows)
{
    int64_t time[ORACLE_ROWS], gap[ORACLE_ROWS];
    size_t n = 0, m;

    for (size_t i = 0; i < o->count; i++) {
        if (rows->has[i]) {
            time[n++] = o->row[i].time;
        }
    }
    if (n < 2) {
        return false;
    }
    qsort(time, n, sizeof(time[0]), oracle_order_ticks);
    m = n - 1;
    for (size_t i = 0; i < m; i++) {
        gap[i] = time[i + 1] - time[i];
    }
    qsort(gap, m, sizeof(gap[0]), oracle_order_ticks);
    return gap[(m - 1) / 2] > 0 &&
           gap[3 * (m - 1) / 4] - gap[(m - 1) / 4] <= gap[(m - 1) / 2] / 2;
}

static inline bool oracle_is_device(const struct oracle *o, const struct oracle_rows *all,
                                    const struct oracle_rows *bad, uint32_t user,
                                    uint32_t address)
{
    if (address == 0) {
        return false;
    }
    for (size_t i = 0; i < o->count; i++) {
        const struct sae_event *row = &o->row[i];

        if ((bad->has[i] && row->address != address) ||
            (all->has[i] && row->user == user && row->kind == SAE_CODE_LOCKED) ||
            (all->has[i] && row->user != user && row->address == address &&
             oracle_fails(o, i))) {
            return false;
        }
    }
    return oracle_regular(o, bad);
}

static inline void oracle_stale(const struct oracle *o, struct sae_rule rule,
                                struct oracle_hits *hits)
{
    struct oracle_rows all = {{0}}, bad = {{0}};

    hits->count = 0;
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        all.has[i] = oracle_within(o, i, o->end - rule.span, o->end);
        bad.has[i] = all.has[i] && o->row[i].kind == SAE_CODE_BAD_PASSWORD;
    }
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        uint32_t user = o->row[i].user, address = o->row[i].address;

        if (oracle_is_first(o, &bad, BY_USER, i)) {
            struct oracle_rows theirs = oracle_about(o, &bad, BY_USER, user);

            if (oracle_events(o, &theirs) >= rule.number &&
                oracle_is_device(o, &all, &theirs, user, address)) {
                struct sae_hit hit = oracle_sum(o, &theirs);

                hit.user = user;
                hit.address = address;
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

/* ---- brute_users, lockouts --------------------------------------------------------- */

static inline void oracle_brute(const struct oracle *o, struct sae_rule rule,
                                const struct oracle_hits *stale, struct oracle_hits *hits)
{
    struct oracle_rows rows = {{0}};

    hits->count = 0;
    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        rows.has[i] = oracle_today(o, i) && !oracle_is_stale(o, stale, i) &&
                      (o->row[i].kind == SAE_CODE_BAD_PASSWORD ||
                       o->row[i].kind == SAE_CODE_LOCKED);
    }
    for (size_t i = 0; i < o->count; i++) {
        if (oracle_is_first(o, &rows, BY_USER, i)) {
            struct oracle_rows theirs = oracle_about(o, &rows, BY_USER, o->row[i].user);
            struct oracle_most most =
                oracle_search_day(o, &theirs, rule, oracle_count_events, NULL);

            if (most.value >= rule.number ||
                oracle_events(o, &theirs) >= 3 * (uint64_t)rule.number) {
                struct sae_hit hit = oracle_sum(o, &theirs);

                hit.user = o->row[i].user;
                hits->at[hits->count++] = hit;
            }
        }
    }
    oracle_sort(hits);
}

static inline struct sae_hit oracle_lockouts(const struct oracle *o, struct sae_rule rule)
{
    struct oracle_rows rows = {{0}};
    struct oracle_most most;
    struct sae_hit none = {0};

    for (size_t i = 0; rule.number != 0 && i < o->count; i++) {
        rows.has[i] = oracle_today(o, i) && o->row[i].kind == SAE_CODE_LOCKED;
    }
    most = oracle_search_day(o, &rows, rule, oracle_count_users, NULL);
    if (most.value == 0) {
        return none;
    }
    most.start = o->end;
    for (size_t i = 0; i < o->count; i++) {
        int64_t time = o->row[i].time;
        struct oracle_rows in = oracle_cut(o, &rows, time, time + rule.span);

        if (rows.has[i] && time < most.start &&
            oracle_distinct(o, &in, BY_USER) == most.value) {
            most.start = time;
        }
    }
    rows = oracle_cut(o, &rows, most.start, most.start + rule.span);
    return oracle_sum(o, &rows);
}

#endif
