/* SPDX-License-Identifier: MIT */
/* Sign-ins and rules, what the detectors find in them and what the oracle does. Rows are
 * fed in two ways that must not matter: all of them, and with what is older than the
 * detectors look forgotten, each with equal times in another order. */
#ifndef SAE_TEST_DETECT_WORLD_H
#define SAE_TEST_DETECT_WORLD_H

#include <check.h>
#include <stdio.h>

#include "detect_oracle_spread.h"

enum detector {
    STALE,
    BRUTE,
    LOCKOUTS,
    SPRAY,
    SPRAY_NETS,
    SPREAD,
    BREACH,
    FOREIGN,
    SOURCES,
    BURST,
    SPREAD_ENDS,
    BREACH_ROWS,
    DETECTORS
};

enum { WORLD_NETS = 64, WORLD_USERS = 16, WORLD_SHOWN = 60 };

static const char *const detector_name[DETECTORS] = {
    "STALE",  "BRUTE",   "LOCKOUTS", "SPRAY", "SPRAY_NETS",  "SPREAD",
    "BREACH", "FOREIGN", "SOURCES",  "BURST", "SPREAD_ENDS", "BREACH_ROWS"};

/* Any instant; on no round hour, so that nobody can mistake a day of the calendar for
 * [T-24h, T). */
#define T (INT64_C(20000) * SAE_DAY + INT64_C(345678901234))

#define COUNTRY(a, b) ((uint16_t)((a) << 8 | (b)))

struct world {
    struct sae_event row[ORACLE_ROWS];
    size_t count;
    struct sae_rule rule, stale, spread; /* rule: all but the other two */
    int64_t hold;
    int64_t burst_from, burst_to; /* within the day */
    int64_t apart;                /* SPREAD_ENDS only */
    uint32_t net[WORLD_NETS];     /* by address */
    /* By the last digits of the user: a bit for each country (by its second letter) that
     * is listed, or nothing. */
    uint32_t listed[WORLD_USERS];
};

static struct world world;
static struct sae_err failure;

struct outcome {
    struct oracle_hits hits;
    bool known;     /* FOREIGN only */
    uint32_t burst; /* BURST only */
};

/* ---- making one -------------------------------------------------------------------- */

static inline void world_begin(void)
{
    memset(&world, 0, sizeof(world));
    world.hold = 7 * SAE_DAY;
    world.burst_from = T - SAE_HOUR;
    world.burst_to = T;
    world.apart = SAE_DAY;
}

static inline void add(int64_t time, uint32_t user, uint32_t address, int32_t code,
                       uint16_t country)
{
    const struct sae_code *meaning = sae_code_find(code);

    if (world.count == ORACLE_ROWS) {
        ck_abort_msg("more than %d rows", ORACLE_ROWS);
    }
    world.row[world.count++] = (struct sae_event){.time = time,
                                                  .user = user,
                                                  .address = address,
                                                  .code = code,
                                                  .country = country,
                                                  .kind = (uint8_t)meaning->kind,
                                                  .password = (uint8_t)meaning->password};
}

static inline enum sae_expect world_ask(void *arg, uint32_t user, uint16_t country)
{
    uint32_t listed = ((const struct world *)arg)->listed[user % WORLD_USERS];

    if (listed == 0) {
        return SAE_EXPECT_NOTHING;
    }
    return (listed >> ((country & 0xff) % 32) & 1) != 0 ? SAE_EXPECT_YES : SAE_EXPECT_NO;
}

/* ---- as the oracle sees it --------------------------------------------------------- */

static inline void world_expect(const struct world *w, enum detector detector,
                                struct outcome *ret)
{
    struct oracle o = {w->row, w->count, T, w->net, WORLD_NETS - 1};
    struct sae_expected expected = {world_ask, (void *)(uintptr_t)w};
    static struct oracle_hits stale;

    ret->known = false;
    ret->burst = 0;
    oracle_stale(&o, w->stale, &stale);
    switch (detector) {
    case STALE:
        ret->hits = stale;
        break;
    case BRUTE:
        oracle_brute(&o, w->rule, &stale, &ret->hits);
        break;
    case LOCKOUTS:
        ret->hits.at[0] = oracle_lockouts(&o, w->rule);
        ret->hits.count = 1;
        break;
    case SPRAY:
        oracle_spray(&o, w->rule, BY_ADDRESS, &ret->hits);
        break;
    case SPRAY_NETS:
        oracle_spray(&o, w->rule, BY_NET, &ret->hits);
        break;
    case SPREAD:
        oracle_spread(&o, w->spread, w->hold, &stale, &ret->hits);
        break;
    case BREACH:
        oracle_breach(&o, w->hold, &ret->hits);
        break;
    case SOURCES:
        oracle_sources(&o, &ret->hits);
        break;
    case SPREAD_ENDS:
        oracle_spread_ends(&o, w->spread, T - w->hold, w->apart, &ret->hits);
        break;
    case BREACH_ROWS:
        oracle_breach_rows(&o, T - w->hold, &ret->hits);
        break;
    case BURST:
        ret->hits.count = 0;
        ret->burst = oracle_burst(&o, w->burst_from, w->burst_to);
        break;
    default:
        oracle_foreign(&o, w->hold, &expected, &ret->hits, &ret->known);
    }
}

/* ---- as the detectors see it ------------------------------------------------------- */

/* No ck_assert on the way of every row: each of those writes to a file. */
#define OK(call)                                                                         \
    do {                                                                                 \
        enum sae_status status_ = (call);                                                \
                                                                                         \
        if (status_ != SAE_OK) {                                                         \
            ck_abort_msg(#call ": %s: %s", sae_status_name(status_), failure.text);      \
        }                                                                                \
    } while (0)

static inline uint64_t world_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* In time order, equal times as `order` has it. */
static inline bool world_goes_before(const struct world *w, size_t a, size_t b,
                                     uint64_t order)
{
    if (w->row[a].time != w->row[b].time) {
        return w->row[a].time < w->row[b].time;
    }
    return world_mix(order + a) < world_mix(order + b);
}

static inline void world_feed(const struct world *w, int64_t from, uint64_t order,
                              struct sae_events *events)
{
    size_t place[ORACLE_ROWS];

    for (size_t i = 0; i < w->count; i++) {
        size_t k = i;

        for (; k > 0 && world_goes_before(w, i, place[k - 1], order); k--) {
            place[k] = place[k - 1];
        }
        place[k] = i;
    }
    *events = (struct sae_events){.from = from, .end = T};
    for (size_t i = 0; i < w->count; i++) {
        OK(sae_events_add(events, &w->row[place[i]], &failure));
    }
    events->net = w->net;
    events->net_count = WORLD_NETS - 1;
}

static inline void world_call(const struct world *w, const struct sae_events *events,
                              enum detector detector, const struct sae_hits *stale,
                              struct sae_hits *hits, struct outcome *ret)
{
    struct sae_expected expected = {world_ask, (void *)(uintptr_t)w};

    switch (detector) {
    case BRUTE:
        OK(sae_detect_brute(events, w->rule, stale, hits, &failure));
        break;
    case SPRAY:
        OK(sae_detect_spray(events, w->rule, hits, &failure));
        break;
    case SPRAY_NETS:
        OK(sae_detect_spray_nets(events, w->rule, hits, &failure));
        break;
    case SPREAD:
        OK(sae_detect_spread(events, w->spread, w->hold, stale, hits, &failure));
        break;
    case BREACH:
        OK(sae_detect_breach(events, w->hold, hits, &failure));
        break;
    case SOURCES:
        OK(sae_detect_sources(events, hits, &failure));
        break;
    case SPREAD_ENDS:
        OK(sae_detect_spread_ends(events, w->spread, T - w->hold, w->apart, hits,
                                  &failure));
        break;
    case BREACH_ROWS:
        OK(sae_detect_breach_rows(events, T - w->hold, hits, &failure));
        break;
    case BURST:
        ret->burst = sae_detect_burst(events, w->burst_from, w->burst_to);
        break;
    default:
        OK(sae_detect_foreign(events, w->hold, &expected, hits, &ret->known, &failure));
    }
}

/* Of hits that are not detections: what is said of them, and no order. */
static inline void keep_promised(struct sae_hit *hit)
{
    *hit = (struct sae_hit){.user = hit->user,
                            .address = hit->address,
                            .since = hit->since,
                            .until = hit->until,
                            .code = hit->code};
}

static inline void world_detect(const struct world *w, const struct sae_events *events,
                                enum detector detector, struct outcome *ret)
{
    struct sae_hits stale = {0}, found = {0};

    ret->known = false;
    ret->burst = 0;
    ret->hits.count = 1;
    if (detector == LOCKOUTS) {
        OK(sae_detect_lockouts(events, w->rule, &ret->hits.at[0], &failure));
        return;
    }
    OK(sae_detect_stale(events, w->stale, &stale, &failure));
    if (detector != STALE) {
        world_call(w, events, detector, &stale, &found, ret);
    }
    ret->hits.count = detector == STALE ? stale.count : found.count;
    if (ret->hits.count > ORACLE_ROWS) {
        ck_abort_msg("%zu hits of %zu rows", ret->hits.count, w->count);
    }
    for (size_t i = 0; i < ret->hits.count; i++) {
        ret->hits.at[i] = detector == STALE ? stale.at[i] : found.at[i];
        if (detector == SPREAD_ENDS || detector == BREACH_ROWS) {
            keep_promised(&ret->hits.at[i]);
        }
    }
    if (detector == SPREAD_ENDS || detector == BREACH_ROWS) {
        oracle_sort(&ret->hits);
    }
    sae_hits_done(&stale);
    sae_hits_done(&found);
}

/* ---- comparing --------------------------------------------------------------------- */

static inline bool hits_are_same(const struct sae_hit *a, const struct sae_hit *b)
{
    return oracle_order(a, b) == 0 && a->code == b->code && a->events == b->events &&
           a->users == b->users && a->addresses == b->addresses &&
           a->countries == b->countries && a->since == b->since && a->until == b->until &&
           a->entered == b->entered && a->where == b->where;
}

static inline bool outcomes_are_same(const struct outcome *a, const struct outcome *b)
{
    if (a->hits.count != b->hits.count || a->known != b->known || a->burst != b->burst) {
        return false;
    }
    for (size_t i = 0; i < a->hits.count; i++) {
        if (!hits_are_same(&a->hits.at[i], &b->hits.at[i])) {
            return false;
        }
    }
    return true;
}

static inline int64_t world_from(const struct world *w, bool forgetful)
{
    return forgetful ? sae_detect_from(T, w->hold, w->spread, w->stale) : INT64_MIN;
}

/* Does the detector, fed in this way, say something else than the oracle? */
static inline bool world_differs(const struct world *w, enum detector detector,
                                 bool forgetful, uint64_t order)
{
    static struct outcome expected, got;
    struct sae_events events;

    world_expect(w, detector, &expected);
    world_feed(w, world_from(w, forgetful), order, &events);
    world_detect(w, &events, detector, &got);
    sae_events_done(&events);
    return !outcomes_are_same(&expected, &got);
}

/* ---- showing ----------------------------------------------------------------------- */

static inline void show_rule(const char *name, struct sae_rule rule)
{
    printf("    world.%s = (struct sae_rule){%u, %lld};\n", name, rule.number,
           (long long)rule.span);
}

/* As statements of a test. */
static inline void show_world(const struct world *w)
{
    printf("    world_begin();\n");
    show_rule("rule", w->rule);
    show_rule("stale", w->stale);
    show_rule("spread", w->spread);
    printf("    world.hold = %lld;\n", (long long)w->hold);
    printf("    world.apart = %lld;\n", (long long)w->apart);
    printf("    world.burst_from = T - %lld;\n", (long long)(T - w->burst_from));
    printf("    world.burst_to = T - %lld;\n", (long long)(T - w->burst_to));
    for (int i = 0; i < WORLD_NETS; i++) {
        if (w->net[i] != 0) {
            printf("    world.net[%d] = %u;\n", i, w->net[i]);
        }
    }
    for (int i = 0; i < WORLD_USERS; i++) {
        if (w->listed[i] != 0) {
            printf("    world.listed[%d] = %u;\n", i, w->listed[i]);
        }
    }
    for (size_t i = 0; i < w->count; i++) {
        printf("    add(T - %lld, %u, %u, %d, %u);\n", (long long)(T - w->row[i].time),
               w->row[i].user, w->row[i].address, w->row[i].code, w->row[i].country);
    }
}

static inline void show_outcome(const char *who, const struct outcome *outcome)
{
    printf("    /* %s: %zu hits%s, burst %u", who, outcome->hits.count,
           outcome->known ? ", known" : "", outcome->burst);
    for (size_t i = 0; i < outcome->hits.count && i < WORLD_SHOWN; i++) {
        const struct sae_hit *hit = &outcome->hits.at[i];

        printf(
            "\n     * user %u address %u net %u country %u code %d: %u events, %u users, "
            "%u addresses, %u countries, T - %lld to T - %lld, where %u%s",
            hit->user, hit->address, hit->net, hit->country, hit->code, hit->events,
            hit->users, hit->addresses, hit->countries, (long long)(T - hit->since),
            (long long)(T - hit->until), hit->where, hit->entered ? ", entered" : "");
    }
    printf(" */\n");
}

/* Drops rows as long as the difference stays, then prints what is left. */
static inline void show_difference(struct world *w, enum detector detector,
                                   bool forgetful, uint64_t order)
{
    static struct outcome outcome;
    struct sae_events events;

    for (size_t i = w->count; i-- > 0;) {
        struct sae_event dropped = w->row[i];

        memmove(&w->row[i], &w->row[i + 1], (--w->count - i) * sizeof(w->row[0]));
        if (!world_differs(w, detector, forgetful, order)) {
            memmove(&w->row[i + 1], &w->row[i], (w->count++ - i) * sizeof(w->row[0]));
            w->row[i] = dropped;
        }
    }
    show_world(w);
    world_expect(w, detector, &outcome);
    show_outcome("oracle", &outcome);
    world_feed(w, world_from(w, forgetful), order, &events);
    world_detect(w, &events, detector, &outcome);
    show_outcome("detector", &outcome);
    printf("    find(%s); /* order %llu, %s */\n", detector_name[detector],
           (unsigned long long)order, forgetful ? "forgetful" : "all rows");
    sae_events_done(&events);
    fflush(stdout);
}

#endif
