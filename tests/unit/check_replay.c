/* SPDX-License-Identifier: MIT */
/* A replay against the detectors themselves, run at every step over all rows. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "measure/replay.h"

enum { ROWS = 400, STEPS = 60, USERS = 6, ADDRESSES = 24, MOST_HITS = 64 };

#define END (INT64_C(20000) * SAE_DAY + INT64_C(345678901234))

static uint64_t seed;
static struct sae_event rows[ROWS];
static size_t row_count;
static uint32_t net[ADDRESSES + 1];
static uint32_t listed; /* the user for whom FI is listed */
static struct sae_err err;

static uint32_t any(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)(seed >> 33) % below;
}

static enum sae_expect ask(void *arg, uint32_t user, uint16_t country)
{
    (void)arg;
    return user != listed ? SAE_EXPECT_NOTHING
           : country == 0x4649 ? SAE_EXPECT_YES
                               : SAE_EXPECT_NO;
}

static const struct sae_expected expected = {.ask = ask};

static void add(int64_t time, uint32_t user, uint32_t address, int32_t code, uint16_t country)
{
    const struct sae_code *meaning = sae_code_find(code);

    if (row_count < ROWS) {
        rows[row_count++] = (struct sae_event){.time = time,
                                               .user = user,
                                               .address = address,
                                               .code = code,
                                               .country = country,
                                               .kind = (uint8_t)meaning->kind,
                                               .password = (uint8_t)meaning->password};
    }
}

static int by_time(const void *a, const void *b)
{
    const struct sae_event *x = a, *y = b;

    return x->time < y->time ? -1 : x->time > y->time;
}

/* Rows near a border of some step, in bursts, and now and then a device. */
static void make_rows(const struct sae_replay *replay, int64_t span)
{
    static const int32_t codes[] = {50126, 50126, 50126, 50053, 50034, 50076, 0, 0, 80002};
    static const uint16_t countries[] = {0x4649, 0x4652, 0x564e, 0x5553, 0};
    size_t bursts = 4 + any(12);

    row_count = 0;
    for (size_t b = 0; b < bursts; b++) {
        int64_t at = END - (int64_t)any(2 * STEPS) * replay->step + (int64_t)any(3) - 1;
        uint32_t user = any(USERS) + 1, address = any(ADDRESSES + 1);

        at -= any(3) == 0 ? span : any(3) == 0 ? replay->hold : 0;
        for (size_t i = any(12); i > 0; i--) {
            user = any(3) == 0 ? user : any(USERS) + 1;
            address = any(3) == 0 ? address : any(ADDRESSES + 1);
            add(at, user, address, codes[any(9)], countries[any(5)]);
            at += (int64_t)any(4) * replay->step / 3;
        }
    }
    for (int64_t i = any(2) * 24, at = END - (int64_t)any(STEPS) * replay->step; i > 0; i--) {
        add(at - i * SAE_HOUR, USERS + 1, ADDRESSES, 50126, 0x4649);
        if (any(4) == 0) {
            add(at - i * SAE_HOUR, USERS + 1, any(ADDRESSES), 50126, countries[any(5)]);
        }
    }
    qsort(rows, row_count, sizeof(rows[0]), by_time);
}

static struct sae_events load(int64_t from, int64_t end)
{
    struct sae_events events = {.from = from, .end = end};

    for (size_t i = 0; i < row_count; i++) {
        if (sae_events_add(&events, &rows[i], &err) != SAE_OK) {
            ck_abort_msg("%s", err.text);
        }
    }
    events.net = net;
    events.net_count = ADDRESSES + 1;
    return events;
}

static void find(const struct sae_replay *replay, enum sae_replayed which,
                 const struct sae_events *events, struct sae_hits *hits)
{
    struct sae_rule rule = replay->rule[which];
    struct sae_hits stale = {0};
    enum sae_status status =
        sae_detect_stale(events, replay->rule[SAE_REPLAY_STALE], &stale, &err);
    struct sae_hit hit;
    bool known;

    ck_assert_int_eq(status, SAE_OK);
    switch (which) {
    case SAE_REPLAY_BREACH:
        status = sae_detect_breach(events, replay->hold, hits, &err);
        break;
    case SAE_REPLAY_FOREIGN:
        status = sae_detect_foreign(events, replay->hold, &expected, hits, &known, &err);
        break;
    case SAE_REPLAY_SPREAD:
        status = sae_detect_spread(events, rule, replay->hold, &stale, hits, &err);
        break;
    case SAE_REPLAY_BRUTE:
        status = sae_detect_brute(events, rule, &stale, hits, &err);
        break;
    case SAE_REPLAY_SPRAY:
        status = sae_detect_spray(events, rule, hits, &err);
        break;
    case SAE_REPLAY_SPRAY_NETS:
        status = sae_detect_spray_nets(events, rule, hits, &err);
        break;
    case SAE_REPLAY_LOCKOUTS:
        status = sae_detect_lockouts(events, rule, &hit, &err);
        if (rule.number > 0 && hit.users >= rule.number) {
            hit.user = (uint32_t)sae_time_day(hit.since);
            status = sae_hits_add(hits, &hit, &err);
        }
        break;
    default:
        status = sae_detect_stale(events, rule, hits, &err);
    }
    ck_assert_int_eq(status, SAE_OK);
    sae_hits_done(&stale);
}

static bool has(const struct sae_hits *hits, const struct sae_hit *wanted)
{
    for (size_t i = 0; i < hits->count; i++) {
        const struct sae_hit *hit = &hits->at[i];

        if (hit->user == wanted->user && hit->address == wanted->address &&
            hit->net == wanted->net && hit->country == wanted->country) {
            return true;
        }
    }
    return false;
}

static size_t compare(const struct sae_replay *replay, enum sae_replayed which)
{
    struct sae_hits before = {0};
    size_t all = 0;

    for (size_t step = 0; step <= replay->steps; step++) {
        int64_t time = END - (int64_t)(replay->steps - step) * replay->step;
        struct sae_events events = load(INT64_MIN / 2, time);
        struct sae_hits hits = {0};
        uint32_t rings = 0;

        find(replay, which, &events, &hits);
        for (size_t i = 0; i < hits.count; i++) {
            rings += has(&before, &hits.at[i]) ? 0 : 1;
        }
        if (replay->there[which][step] != hits.count || replay->rings[which][step] != rings) {
            ck_abort_msg("detector %d, step %zu: %u there and %u ring, not %zu and %u", which,
                         step, replay->there[which][step], replay->rings[which][step],
                         hits.count, rings);
        }
        all += step > 0 ? rings : 0;
        sae_hits_done(&before);
        sae_events_done(&events);
        before = hits;
    }
    sae_hits_done(&before);
    return all;
}

static void choose_rules(struct sae_replay *replay)
{
    static const int64_t spans[] = {10 * SAE_MINUTE, SAE_HOUR, 5 * SAE_HOUR};
    static const int64_t holds[] = {7 * SAE_HOUR, SAE_DAY, 20 * SAE_MINUTE, 8 * SAE_DAY};

    *replay = (struct sae_replay){.steps = STEPS,
                                  .step = any(2) == 0 ? SAE_HOUR : 3 * SAE_HOUR,
                                  .hold = holds[any(4)],
                                  .expected = &expected};
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        replay->rule[d] = (struct sae_rule){.number = any(20) == 0 ? 0 : 2 + any(3),
                                            .span = spans[any(3)]};
    }
    replay->rule[SAE_REPLAY_STALE] =
        (struct sae_rule){.number = 4, .span = any(2) == 0 ? SAE_DAY : 30 * SAE_HOUR};
    replay->rule[SAE_REPLAY_SPREAD].span = any(2) == 0 ? 10 * SAE_HOUR : 3 * SAE_DAY;
    listed = any(USERS + 1);
}

START_TEST(every_step_is_as_if_the_detectors_ran_over_all_rows)
{
    size_t rings[SAE_REPLAY_COUNT] = {0};
    int rounds = getenv("SAE_VALGRIND") != NULL ? 10 : 600;

    for (uint32_t a = 1; a <= ADDRESSES; a++) {
        net[a] = (a - 1) / 4 * 4 + 1;
    }
    for (int round = 0; round < rounds; round++) {
        struct sae_events events;
        struct sae_replay replay;
        int64_t first;

        seed = (uint64_t)round * 7919 + 1;
        choose_rules(&replay);
        make_rows(&replay, replay.rule[SAE_REPLAY_SPREAD].span);
        first = END - (int64_t)replay.steps * replay.step;
        events = load(sae_detect_from(first, replay.hold, replay.rule[SAE_REPLAY_SPREAD],
                                      replay.rule[SAE_REPLAY_STALE]),
                      END);
        replay.events = &events;
        ck_assert_int_eq(sae_replay_run(&replay, &err), SAE_OK);
        for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
            rings[d] += compare(&replay, (enum sae_replayed)d);
        }
        sae_replay_done(&replay);
        sae_events_done(&events);
    }
    for (int d = 0; d < SAE_REPLAY_COUNT && rounds >= 600; d++) {
        ck_assert_msg(rings[d] > 20, "detector %d rang only %zu times", d, rings[d]);
    }
}
END_TEST

/* Steps of an hour; what each detector says is as the detectors say it. Returns the rings. */
static size_t play(struct sae_replay *replay, enum sae_replayed which)
{
    struct sae_events events =
        load(sae_detect_from(END - (int64_t)replay->steps * replay->step, replay->hold,
                             replay->rule[SAE_REPLAY_SPREAD], replay->rule[SAE_REPLAY_STALE]),
             END);
    size_t rings = 0;

    replay->events = &events;
    replay->expected = &expected;
    ck_assert_int_eq(sae_replay_run(replay, &err), SAE_OK);
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        size_t all = compare(replay, (enum sae_replayed)d);

        rings = d == (int)which ? all : rings;
    }
    sae_replay_done(replay);
    sae_events_done(&events);
    return rings;
}

/* At END - 8 h the third address is no device yet, at END - 6 h it is: the finding goes, long
 * before `hold` is over. */
START_TEST(a_device_leaves_a_spread_when_it_is_known_to_be_one)
{
    struct sae_replay replay = {.hold = SAE_DAY, .step = SAE_HOUR, .steps = 20};
    int64_t at = END - 10 * SAE_HOUR;

    replay.rule[SAE_REPLAY_SPREAD] = (struct sae_rule){.number = 3, .span = 10 * SAE_HOUR};
    replay.rule[SAE_REPLAY_STALE] = (struct sae_rule){.number = 4, .span = SAE_DAY};
    row_count = 0;
    add(at - 5 * SAE_HOUR, 1, 2, 50034, 0x564e);
    add(at - 5 * SAE_HOUR, 1, 3, 50034, 0x5553);
    for (int i = 0; i < 6; i++) {
        add(at + i * SAE_HOUR + SAE_MINUTE, 1, 4, 50126, 0x4649);
    }
    ck_assert_uint_eq(play(&replay, SAE_REPLAY_SPREAD), 1);
}
END_TEST

/* What makes it a device is older than the day that brute_users looks at. */
START_TEST(a_device_is_no_brute_force_as_soon_as_the_other_address_is_forgotten)
{
    struct sae_replay replay = {.hold = SAE_DAY, .step = SAE_HOUR, .steps = 12};
    int64_t at = END - 34 * SAE_HOUR - SAE_MINUTE;

    replay.rule[SAE_REPLAY_BRUTE] = (struct sae_rule){.number = 4, .span = 5 * SAE_HOUR};
    replay.rule[SAE_REPLAY_STALE] = (struct sae_rule){.number = 4, .span = 30 * SAE_HOUR};
    row_count = 0;
    add(at, 1, 2, 50126, 0x564e);
    for (int i = 0; i < 4; i++) {
        add(at + (25 + i) * SAE_HOUR, 1, 4, 50126, 0x4649);
    }
    ck_assert_uint_eq(play(&replay, SAE_REPLAY_BRUTE), 1);
}
END_TEST

START_TEST(without_rows_nothing_rings)
{
    struct sae_events events = {.from = END - 100 * SAE_DAY, .end = END};
    struct sae_replay replay;

    seed = 1;
    choose_rules(&replay);
    replay.events = &events;
    ck_assert_int_eq(sae_replay_run(&replay, &err), SAE_OK);
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        for (size_t step = 0; step <= replay.steps; step++) {
            ck_assert_uint_eq(replay.rings[d][step] + replay.there[d][step], 0);
        }
    }
    sae_replay_done(&replay);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_step_is_as_if_the_detectors_ran_over_all_rows);
    tcase_add_test(tcase, a_device_leaves_a_spread_when_it_is_known_to_be_one);
    tcase_add_test(tcase,
                   a_device_is_no_brute_force_as_soon_as_the_other_address_is_forgotten);
    tcase_add_test(tcase, without_rows_nothing_rings);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
