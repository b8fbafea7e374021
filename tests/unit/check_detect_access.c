/* SPDX-License-Identifier: MIT */
/* Detectors of who got in, and of devices that nobody told: examples and bounds, to the
 * tick. */
#include "detect_example.h"

/* ---- stale_devices ----------------------------------------------------------------- */

enum { DESK = 7, PHONE = 8 };

/* Twenty bad passwords of a day. */
static void add_stale(void)
{
    example();
    add_row(20, T - 20 * SAE_HOUR, SAE_HOUR, ANN, DESK, BAD);
}

START_TEST(a_device_needs_enough_bad_passwords_within_the_span)
{
    add_stale();
    ck_assert_uint_eq(find(STALE), 1);
    is_hit(0, ANN, DESK, 20);
    ck_assert_uint_eq(found.hits.at[0].users, 1);
    ck_assert_uint_eq(found.hits.at[0].addresses, 1);
    ck_assert_int_eq(found.hits.at[0].code, BAD);
    for (int64_t tick = -1; tick <= 1; tick++) {
        world.row[0].time = T - SAE_DAY + tick;
        ck_assert_uint_eq(find(STALE), tick < 0 ? 0 : 1);
        world.row[0].time = T + tick;
        ck_assert_uint_eq(find(STALE), tick < 0 ? 1 : 0);
    }
}
END_TEST

/* One more row, and whether it is a device still. */
static const struct {
    uint32_t user, address;
    int32_t code;
    size_t devices;
} more[] = {
    {ANN, DESK, BAD, 1},      {ANN, DESK, 50056, 1},  {ANN, DESK, 0, 1},
    {ANN, DESK, NO_USER, 1},  {ANN, DESK, OUTAGE, 1}, {ANN, DESK, RIGHT, 1},
    {ANN, DESK, LOCKED, 0},   {ANN, PHONE, BAD, 0},   {ANN, 0, BAD, 0},
    {ANN, PHONE, LOCKED, 0},  {ANN, 0, LOCKED, 0},    {ANN, PHONE, 0, 1},
    {ANN, PHONE, NO_USER, 1}, {BEN, DESK, 0, 1},      {BEN, DESK, OUTAGE, 1},
    {BEN, DESK, BAD, 0},      {BEN, DESK, LOCKED, 0}, {BEN, DESK, NO_USER, 0},
    {BEN, DESK, STRANGE, 0},  {BEN, DESK, RIGHT, 0},  {BEN, PHONE, LOCKED, 1},
};

START_TEST(a_device_is_one_address_of_one_user_without_lockout)
{
    add_stale();
    add(T - 90 * SAE_MINUTE, more[_i].user, more[_i].address, more[_i].code, US);
    ck_assert_uint_eq(find(STALE), more[_i].devices);
    world.row[20].time = T - SAE_DAY;
    ck_assert_uint_eq(find(STALE), more[_i].devices);
    world.row[20].time = T - SAE_DAY - 1; /* out of the span */
    ck_assert_uint_eq(find(STALE), 1);
}
END_TEST

START_TEST(no_address_is_no_device)
{
    example();
    add_row(20, T - 20 * SAE_HOUR, SAE_HOUR, ANN, 0, BAD);
    ck_assert_uint_eq(find(STALE), 0);
}
END_TEST

/* Gaps as they come, and whether they are regular. */
static const struct {
    int64_t gap[6];
    size_t devices;
} gaps[] = {
    {{50, 100, 9999}, 1},          /* quartiles are the 1st and 2nd of 3 */
    {{9999, 100, 50}, 1},          /* in any order */
    {{49, 100, 9999}, 0},          /* one tick more than half */
    {{10, 80, 100, 120, 9999}, 1}, /* of 5: the 2nd and 4th */
    {{10, 75, 100, 125, 9999}, 1}, /* 50 */
    {{10, 75, 100, 126, 9999}, 0}, /* 51 */
    {{10, 75, 101, 126, 9999}, 0}, /* half of an odd number is cut */
    {{1}, 1},                      /* one gap is like itself */
    {{100, 9999}, 1},              /* of 2 both quartiles are the 1st */
    {{1, 9999, 9999}, 0},          /* 9998 */
    {{0, 0, 0, 0, 0, 0}, 0},       /* at one instant */
};

START_TEST(regular_is_a_spread_of_gaps_of_at_most_half_the_usual_one)
{
    int64_t time = T - SAE_HOUR;

    example();
    add(time, ANN, DESK, BAD, DE);
    for (size_t i = 0; i < 6 && (gaps[_i].gap[i] > 0 || gaps[_i].devices == 0); i++) {
        time += gaps[_i].gap[i];
        if (gaps[_i].gap[i] > 0 || gaps[_i].gap[0] == 0) {
            add(time, ANN, DESK, BAD, DE);
        }
    }
    ck_assert_uint_eq(find_with(STALE, 1, SAE_DAY), gaps[_i].devices);
}
END_TEST

START_TEST(one_bad_password_has_no_gaps)
{
    example();
    add(T - 1, ANN, DESK, BAD, DE);
    ck_assert_uint_eq(find_with(STALE, 1, SAE_DAY), 0);
}
END_TEST

/* The device's rows leave brute_users, older ones too; others of its user stay. */
START_TEST(what_others_than_the_device_fail_is_counted_still)
{
    example();
    world.stale = (struct sae_rule){4, 2 * SAE_HOUR};
    add_row(10, T - 5 * SAE_HOUR, 1, ANN, PHONE, BAD);
    add_row(10, T - 5 * SAE_HOUR, 1, ANN, DESK, BAD);
    add_row(4, T - 2 * SAE_HOUR, SAE_MINUTE, ANN, DESK, BAD);
    ck_assert_uint_eq(find(STALE), 1);
    is_hit(0, ANN, DESK, 4);
    ck_assert_uint_eq(brute(), 1);
    is_hit(0, ANN, 0, 10);
    world.count = 9;
    add_row(10, T - 5 * SAE_HOUR, 1, ANN, DESK, BAD);
    add_row(4, T - 2 * SAE_HOUR, SAE_MINUTE, ANN, DESK, BAD);
    ck_assert_uint_eq(brute(), 0);
}
END_TEST

START_TEST(hits_know_their_users_and_addresses)
{
    const struct sae_hit hit[] = {{.user = ANN, .address = DESK},
                                  {.user = CAM, .address = PHONE}};
    struct sae_hits hits = {0};

    ck_assert(!sae_hits_stale(&hits, ANN, DESK));
    OK(sae_hits_add(&hits, &hit[0], &failure));
    OK(sae_hits_add(&hits, &hit[1], &failure));
    ck_assert(sae_hits_stale(&hits, ANN, DESK));
    ck_assert(sae_hits_stale(&hits, CAM, PHONE));
    ck_assert(!sae_hits_stale(&hits, ANN, PHONE));
    ck_assert(!sae_hits_stale(&hits, BEN, DESK));
    ck_assert(!sae_hits_stale(&hits, CAM, 0));
    sae_hits_done(&hits);
    ck_assert_uint_eq(hits.count, 0);
}
END_TEST

/* ---- breach_users ------------------------------------------------------------------ */

enum { HOME = 11, AWAY = 12 };

static const struct {
    int32_t code;
    size_t breaches;
} alone[] = {{RIGHT, 1},  {PROBABLY, 1}, {50055, 1},  {53003, 1},   {BAD, 0},
             {LOCKED, 0}, {NO_USER, 0},  {OUTAGE, 0}, {STRANGE, 0}, {0, 0}};

START_TEST(a_failure_with_the_right_password_is_a_breach)
{
    example();
    add(T - SAE_HOUR, ANN, AWAY, alone[_i].code, VN);
    ck_assert_uint_eq(find(BREACH), alone[_i].breaches);
    if (alone[_i].breaches > 0) {
        is_hit(0, ANN, AWAY, 1);
        ck_assert_int_eq(found.hits.at[0].code, alone[_i].code);
        ck_assert_uint_eq(found.hits.at[0].where, VN);
        ck_assert(!found.hits.at[0].entered);
    }
}
END_TEST

START_TEST(a_breach_is_held)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add(T - 7 * SAE_DAY + tick, ANN, AWAY, RIGHT, VN);
        ck_assert_uint_eq(find(BREACH), tick < 0 ? 0 : 1);
        world.row[0].time = T + tick;
        ck_assert_uint_eq(find(BREACH), tick < 0 ? 1 : 0);
    }
}
END_TEST

/* Also when the success is so old that only it is remembered. */
START_TEST(an_address_is_known_after_a_success_at_an_earlier_tick)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add(T - SAE_HOUR, ANN, HOME, RIGHT, DE);
        add(T - SAE_HOUR + tick, ANN, HOME, 0, DE);
        ck_assert_uint_eq(find(BREACH), tick < 0 ? 0 : 1);
    }
    world.row[1] = world.row[0];
    ck_assert_uint_eq(find(BREACH), 1);
    is_hit(0, ANN, HOME, 2);
    add(T - 300 * SAE_DAY, ANN, HOME, 0, US);
    ck_assert_uint_eq(find(BREACH), 0);
    world.row[2].user = BEN;
    ck_assert_uint_eq(find(BREACH), 1);
    world.row[2].user = ANN;
    world.row[2].address = AWAY;
    ck_assert_uint_eq(find(BREACH), 1);
    world.row[2].address = HOME;
    world.row[2].code = OUTAGE;
    world.row[2].kind = SAE_CODE_INFRA;
    ck_assert_uint_eq(find(BREACH), 1);
}
END_TEST

START_TEST(no_address_is_never_known)
{
    example();
    add(T - SAE_DAY, ANN, 0, 0, DE);
    add(T - SAE_HOUR, ANN, 0, RIGHT, DE);
    ck_assert_uint_eq(find(BREACH), 1);
    is_hit(0, ANN, 0, 1);
    ck_assert_uint_eq(found.hits.at[0].addresses, 0);
}
END_TEST

START_TEST(a_success_after_five_failures_of_a_day_is_a_breach)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        for (uint32_t i = 0; i < 4; i++) {
            add(T - SAE_DAY - i, ANN, i, NO_USER, DE);
        }
        add(T - SAE_DAY, BEN, AWAY, BAD, DE);
        add(T - SAE_DAY, ANN, AWAY, OUTAGE, DE);
        add(T - SAE_HOUR, ANN, AWAY, 0, VN);
        ck_assert_uint_eq(find(BREACH), 0);
        add(T - SAE_HOUR - SAE_DAY + tick, ANN, HOME, LOCKED, DE);
        ck_assert_uint_eq(find(BREACH), tick < 0 ? 0 : 1);
        world.row[world.count - 1].time = T - SAE_HOUR + tick;
        ck_assert_uint_eq(find(BREACH), tick < 0 ? 1 : 0);
    }
    world.row[world.count - 1].time = T - SAE_HOUR - 1;
    ck_assert_uint_eq(find(BREACH), 1);
    is_hit(0, ANN, AWAY, 1);
    ck_assert(found.hits.at[0].entered);
    ck_assert_int_eq(found.hits.at[0].code, 0);
    ck_assert_int_eq(found.hits.at[0].since, T - SAE_HOUR);
    add(T - 30 * SAE_DAY, ANN, AWAY, 0, DE);
    ck_assert_uint_eq(find(BREACH), 0);
}
END_TEST

/* The failures may be older than hold: the success is what is held. */
START_TEST(failures_before_hold_count_for_a_success_in_it)
{
    example();
    add_row(5, T - 8 * SAE_DAY, 1, ANN, AWAY, BAD);
    add(T - 7 * SAE_DAY, ANN, AWAY, 0, VN);
    ck_assert_uint_eq(find(BREACH), 1);
    world.row[5].time--;
    ck_assert_uint_eq(find(BREACH), 0);
}
END_TEST

START_TEST(a_breach_has_the_code_of_its_first_row_and_one_hit_for_each_address)
{
    example();
    add_row(5, T - 2 * SAE_HOUR, 1, ANN, HOME, BAD);
    add(T - SAE_HOUR, ANN, AWAY, RIGHT, VN);
    add(T - SAE_HOUR, ANN, AWAY, 53003, US);
    add(T - SAE_MINUTE, ANN, AWAY, 0, BR);
    add(T - SAE_MINUTE + 1, ANN, AWAY, RIGHT, BR); /* known by now */
    add(T - SAE_MINUTE, ANN, HOME, RIGHT, BR);
    add(T - SAE_MINUTE, BEN, AWAY, RIGHT, BR);
    ck_assert_uint_eq(find(BREACH), 3);
    is_hit(0, ANN, HOME, 1);
    is_hit(1, ANN, AWAY, 3);
    is_hit(2, BEN, AWAY, 1);
    ck_assert_int_eq(found.hits.at[1].code, RIGHT);
    ck_assert_uint_eq(found.hits.at[1].countries, 3);
    ck_assert(found.hits.at[1].entered);
    ck_assert(!found.hits.at[0].entered);
}
END_TEST

/* ---- foreign_ok -------------------------------------------------------------------- */

static void list(uint32_t user, uint16_t country)
{
    world.listed[user] |= 1U << (country & 0xff) % 32;
}

START_TEST(a_success_from_a_country_that_is_not_listed_is_foreign)
{
    example();
    list(ANN, DE);
    add(T - SAE_HOUR, ANN, HOME, 0, DE);
    add(T - SAE_HOUR, ANN, AWAY, 0, 0);
    add(T - SAE_HOUR, ANN, AWAY, RIGHT, VN);
    ck_assert_uint_eq(find(FOREIGN), 0);
    ck_assert(found.known);
    add(T - 7 * SAE_DAY - 1, ANN, AWAY, 0, VN); /* teaches nothing: there is a list */
    add(T - SAE_HOUR, ANN, AWAY, 0, VN);
    add(T - SAE_HOUR, ANN, HOME, 0, VN);
    add(T - SAE_HOUR, ANN, HOME, 0, US);
    ck_assert_uint_eq(find(FOREIGN), 2);
    is_hit(0, ANN, 0, 1);
    is_hit(1, ANN, 0, 2);
    ck_assert_uint_eq(found.hits.at[0].country, US);
    ck_assert_uint_eq(found.hits.at[1].country, VN);
    ck_assert_uint_eq(found.hits.at[1].addresses, 2);
    ck_assert(found.hits.at[1].entered);
}
END_TEST

START_TEST(countries_of_successes_older_than_7_days_are_learned)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add(T - 300 * SAE_DAY, ANN, HOME, 0, DE);
        add(T - 7 * SAE_DAY + tick, ANN, HOME, 0, VN);
        add(T - 1, ANN, HOME, 0, VN);
        ck_assert_uint_eq(find(FOREIGN), tick < 0 ? 0 : 1);
        ck_assert(found.known);
        world.row[0].country = 0;
        ck_assert_uint_eq(find(FOREIGN), 0); /* nothing else is learned */
        ck_assert_int_eq(found.known, tick < 0);
    }
}
END_TEST

START_TEST(failures_and_others_teach_nothing)
{
    example();
    add(T - 30 * SAE_DAY, ANN, HOME, 0, DE);
    add(T - 30 * SAE_DAY, ANN, HOME, RIGHT, VN);
    add(T - 30 * SAE_DAY, BEN, HOME, 0, VN);
    add(T - SAE_DAY, ANN, HOME, 0, VN);
    ck_assert_uint_eq(find(FOREIGN), 1);
    is_hit(0, ANN, 0, 1);
    ck_assert_uint_eq(found.hits.at[0].country, VN);
}
END_TEST

START_TEST(without_list_and_past_nothing_is_foreign_or_known)
{
    example();
    list(BEN, DE);
    add(T - SAE_HOUR, ANN, HOME, 0, VN);
    add(T - SAE_HOUR, BEN, HOME, BAD, VN);
    ck_assert_uint_eq(find(FOREIGN), 0);
    ck_assert(!found.known);
    add(T - 8 * SAE_DAY, BEN, HOME, 0, VN); /* not in hold */
    ck_assert_uint_eq(find(FOREIGN), 0);
    ck_assert(!found.known);
    for (int64_t tick = -1; tick <= 1; tick++) {
        world.row[2].time = T - 7 * SAE_DAY + tick;
        ck_assert_uint_eq(find(FOREIGN), tick < 0 ? 0 : 1);
        ck_assert_int_eq(found.known, tick >= 0);
    }
}
END_TEST

/* ---- sources, fail_burst, the tenant's own past, how far back
 * ------------------------------- */

START_TEST(sources_are_the_addresses_that_anything_failed_from_in_the_day)
{
    example();
    add(T - 1, ANN, 0, BAD, DE);
    add(T - 1, ANN, PHONE, 0, DE);
    add(T - SAE_DAY - 1, ANN, PHONE, BAD, DE);
    ck_assert_uint_eq(find(SOURCES), 0);
    add(T - SAE_DAY, ANN, PHONE, OUTAGE, DE);
    add(T - 1, BEN, DESK, BAD, US);
    add(T - 1, ANN, DESK, RIGHT, VN);
    ck_assert_uint_eq(find(SOURCES), 2);
    is_hit(0, 0, DESK, 2);
    is_hit(1, 0, PHONE, 1);
    ck_assert_uint_eq(found.hits.at[0].users, 2);
    ck_assert_int_eq(found.hits.at[0].code, RIGHT);
    ck_assert_uint_eq(found.hits.at[0].where, VN);
}
END_TEST

START_TEST(a_burst_is_the_most_failures_of_any_60_seconds)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add_row(3, T - SAE_HOUR, 1, ANN, HOME, BAD);
        add_row(2, T - SAE_HOUR + 60 * SAE_SECOND + tick, 0, BEN, 0, OUTAGE);
        add(T - SAE_HOUR + 2, ANN, HOME, 0, DE);
        find(BURST);
        ck_assert_int_eq(found.burst, 4 - tick);
        world.burst_from = T - SAE_HOUR + 1 + tick;
        find(BURST);
        ck_assert_int_eq(found.burst, 4 - tick);
        world.burst_to = world.burst_from + 1;
        find(BURST);
        ck_assert_uint_eq(found.burst, 1);
    }
}
END_TEST

static const struct {
    int64_t now, week[4];
    size_t count;
    bool is_unusual;
} hours[] = {
    {20, {0, 0}, 2, true},         {19, {0, 0}, 2, false},
    {20, {0}, 1, false},           {20, {0}, 0, false},
    {31, {10, 3}, 2, true},        {30, {10, 3}, 2, false},
    {31, {3, 10}, 2, true},        {30, {3, 10}, 2, false},
    {30, {0, 0, 0, 10}, 4, false}, {30, {0, 0, 0, 10}, 3, true},
    {3000, {1000, 0}, 2, false},   {3001, {1000, 0}, 2, true},
};

START_TEST(an_hour_is_unusual_if_three_times_the_worst_of_its_weeks)
{
    ck_assert_int_eq(sae_detect_unusual(hours[_i].now, hours[_i].week, hours[_i].count),
                     hours[_i].is_unusual);
}
END_TEST

/* What must be there is proved by every example here, fed with it: this is that not
 * everything is. */
START_TEST(detectors_look_back_no_further_than_hold_and_their_spans)
{
    struct sae_rule off = {0, 90 * SAE_DAY};
    struct sae_rule spread = {10, 7 * SAE_DAY}, stale = {20, SAE_DAY};
    int64_t from = sae_detect_from(T, 7 * SAE_DAY, spread, stale);

    ck_assert_int_ge(from, T - 14 * SAE_DAY);
    ck_assert_int_le(from, T - 14 * SAE_DAY + 1);
    stale.span = 30 * SAE_DAY;
    ck_assert_int_eq(sae_detect_from(T, 7 * SAE_DAY, spread, stale), T - 30 * SAE_DAY);
    ck_assert_int_le(sae_detect_from(T, SAE_HOUR, off, off), T - SAE_DAY - SAE_HOUR);
    ck_assert_int_eq(sae_detect_from(T, 9 * SAE_DAY, off, off), T - 10 * SAE_DAY);
}
END_TEST

#define LOOP(tests, test, rows)                                                          \
    tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

int main(void)
{
    Suite *suite = suite_create("detect_access");
    TCase *tests = tcase_create("detect_access");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_device_needs_enough_bad_passwords_within_the_span);
    LOOP(tests, a_device_is_one_address_of_one_user_without_lockout, more);
    tcase_add_test(tests, no_address_is_no_device);
    LOOP(tests, regular_is_a_spread_of_gaps_of_at_most_half_the_usual_one, gaps);
    tcase_add_test(tests, one_bad_password_has_no_gaps);
    tcase_add_test(tests, what_others_than_the_device_fail_is_counted_still);
    tcase_add_test(tests, hits_know_their_users_and_addresses);
    LOOP(tests, a_failure_with_the_right_password_is_a_breach, alone);
    tcase_add_test(tests, a_breach_is_held);
    tcase_add_test(tests, an_address_is_known_after_a_success_at_an_earlier_tick);
    tcase_add_test(tests, no_address_is_never_known);
    tcase_add_test(tests, a_success_after_five_failures_of_a_day_is_a_breach);
    tcase_add_test(tests, failures_before_hold_count_for_a_success_in_it);
    tcase_add_test(tests,
                   a_breach_has_the_code_of_its_first_row_and_one_hit_for_each_address);
    tcase_add_test(tests, a_success_from_a_country_that_is_not_listed_is_foreign);
    tcase_add_test(tests, countries_of_successes_older_than_7_days_are_learned);
    tcase_add_test(tests, failures_and_others_teach_nothing);
    tcase_add_test(tests, without_list_and_past_nothing_is_foreign_or_known);
    tcase_add_test(tests, sources_are_the_addresses_that_anything_failed_from_in_the_day);
    tcase_add_test(tests, a_burst_is_the_most_failures_of_any_60_seconds);
    LOOP(tests, an_hour_is_unusual_if_three_times_the_worst_of_its_weeks, hours);
    tcase_add_test(tests, detectors_look_back_no_further_than_hold_and_their_spans);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
