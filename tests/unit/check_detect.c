/* SPDX-License-Identifier: MIT */
/* Detectors of who is attacked, and from where: examples and bounds, to the tick. The
 * other half is check_detect_access.c; check_detect_random.c tries anything. */
#include "detect_example.h"

/* ---- rules ------------------------------------------------------------------------- */

static const struct {
    const char *text;
    uint32_t number;
    int64_t span;
} rules[] = {
    {"5/20m", 5, 20 * SAE_MINUTE},
    {"10/7d", 10, 7 * SAE_DAY},
    {"20/24h", 20, SAE_DAY},
    {"1/1s", 1, SAE_SECOND},
    {"off", 0, 0},
    {"", 0, 0},
    {"5", 0, 0},
    {"5/", 0, 0},
    {"/20m", 0, 0},
    {"5/20", 0, 0},
    {"5/20m ", 0, 0},
    {"5/20mm", 0, 0},
    {"5/0m", 0, 0},
    {"5/-1m", 0, 0},
    {"-5/20m", 0, 0},
    {"five/20m", 0, 0},
    {"5,20m", 0, 0},
    {"99999999999999999999/20m", 0, 0},
    {"4294967297/20m", 0, 0},
    {"5/99999999999999d", 0, 0},
    {"offside", 0, 0},
};

START_TEST(a_rule_is_a_number_and_a_duration_and_else_off)
{
    struct sae_rule rule = sae_rule_read(rules[_i].text);

    ck_assert_uint_eq(rule.number, rules[_i].number);
    if (rules[_i].number != 0) {
        ck_assert_int_eq(rule.span, rules[_i].span);
    }
}
END_TEST

START_TEST(a_rule_that_is_off_hits_nothing)
{
    example();
    add_row(40, T - SAE_HOUR, 1, ANN, 1, BAD);
    add_row(40, T - SAE_HOUR, SAE_MINUTE, BEN, 2, BAD);
    add_users(40, T - SAE_HOUR, CAM, 3, LOCKED);
    for (int d = STALE; d <= SPREAD; d++) {
        find_with((enum detector)d, 0, SAE_DAY);
        if (d == LOCKOUTS) {
            ck_assert_uint_eq(found.hits.at[0].users, 0);
        } else {
            ck_assert_uint_eq(found.hits.count, 0);
        }
    }
}
END_TEST

START_TEST(nothing_comes_of_nothing)
{
    example();
    ck_assert_uint_eq(find(STALE), 0);
    ck_assert_uint_eq(brute(), 0);
    ck_assert_uint_eq(spray(), 0);
    ck_assert_uint_eq(spray_nets(), 0);
    ck_assert_uint_eq(find(SPREAD), 0);
    ck_assert_uint_eq(find(BREACH), 0);
    ck_assert_uint_eq(find(FOREIGN), 0);
    ck_assert(!found.known);
    ck_assert_uint_eq(lockouts(), 0);
    find(BURST);
    ck_assert_uint_eq(found.burst, 0);
}
END_TEST

/* ---- what the detectors are for ---------------------------------------------------- */

/* 35 failures, about 9 a day, published by a victim: no rule of volume sees them. */
START_TEST(failures_of_4_days_from_23_addresses_are_spread_and_nothing_else)
{
    example();
    for (uint32_t i = 0; i < 35; i++) {
        add(T - 4 * SAE_DAY + i * (4 * SAE_DAY / 35), ANN, 1 + i * 23 / 35, BAD,
            COUNTRY('A', 'A' + i * 23 / 35 % 15));
    }
    ck_assert_uint_eq(find(SPREAD), 1);
    is_hit(0, ANN, 0, 35);
    ck_assert_uint_eq(found.hits.at[0].addresses, 23);
    ck_assert_uint_eq(found.hits.at[0].countries, 15);
    ck_assert_int_eq(found.hits.at[0].since, T - 4 * SAE_DAY);
    ck_assert(!found.hits.at[0].entered);
    ck_assert_uint_eq(brute(), 0);
    ck_assert_uint_eq(spray(), 0);
    ck_assert_uint_eq(spray_nets(), 0);
    ck_assert_uint_eq(lockouts(), 0);
    ck_assert_uint_eq(find(STALE), 0);
    ck_assert_uint_eq(find(BREACH), 0);
}
END_TEST

START_TEST(regular_bad_passwords_from_one_address_are_a_device_and_no_attack)
{
    example();
    add_row(40, T - SAE_DAY, SAE_DAY / 40, ANN, 7, BAD);
    world.net[7] = 1;
    ck_assert_uint_eq(find(STALE), 1);
    is_hit(0, ANN, 7, 40);
    ck_assert_uint_eq(brute(), 0);
    ck_assert_uint_eq(spray(), 0);
    ck_assert_uint_eq(spray_nets(), 0);
    ck_assert_uint_eq(find_with(SPREAD, 1, 7 * SAE_DAY), 0);
    ck_assert_uint_eq(lockouts(), 0);
    ck_assert_uint_eq(find(BREACH), 0);
    /* Were it not one, it would be an attack. */
    add(T - 1, BEN, 7, NO_USER, DE);
    ck_assert_uint_eq(find(STALE), 0);
    ck_assert_uint_eq(brute(), 1);
    is_hit(0, ANN, 0, 40);
}
END_TEST

START_TEST(users_of_one_address_with_one_right_password_are_spray_and_breach)
{
    example();
    for (uint32_t i = 0; i < 12; i++) {
        add(T - SAE_HOUR + i * 100 * SAE_SECOND, 1 + i, 5, i == 7 ? RIGHT : BAD, VN);
    }
    ck_assert_uint_eq(spray(), 1);
    is_hit(0, 0, 5, 12);
    ck_assert_uint_eq(found.hits.at[0].users, 12);
    ck_assert_uint_eq(found.hits.at[0].countries, 1);
    ck_assert_uint_eq(found.hits.at[0].where, VN);
    ck_assert_int_eq(found.hits.at[0].code, RIGHT);
    ck_assert_uint_eq(find(BREACH), 1);
    is_hit(0, 8, 5, 1);
    ck_assert_int_eq(found.hits.at[0].code, RIGHT);
    ck_assert_uint_eq(found.hits.at[0].where, VN);
    ck_assert(!found.hits.at[0].entered);
    ck_assert_uint_eq(brute(), 0);
    ck_assert_uint_eq(find(SPREAD), 0);
}
END_TEST

/* ---- brute_users ------------------------------------------------------------------- */

START_TEST(two_rows_are_in_a_span_if_less_than_it_lies_between_them)
{
    const int64_t span = 10 * SAE_MINUTE;

    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add_row(9, T - SAE_HOUR, 0, ANN, 1, BAD);
        add_row(1, T - SAE_HOUR + span + tick, 0, ANN, 1, BAD);
        ck_assert_uint_eq(brute(), tick < 0 ? 1 : 0);
    }
}
END_TEST

START_TEST(brute_counts_bad_passwords_and_lockouts_of_one_user_from_anywhere)
{
    example();
    for (uint32_t i = 0; i < 9; i++) {
        add(T - SAE_HOUR, ANN, i, i % 2 == 0 ? BAD : LOCKED, DE);
    }
    add(T - SAE_HOUR, ANN, 1, NO_USER, DE);
    add(T - SAE_HOUR, ANN, 1, OUTAGE, DE);
    add(T - SAE_HOUR, ANN, 1, STRANGE, DE);
    add(T - SAE_HOUR, ANN, 1, 0, DE);
    add(T - SAE_HOUR, BEN, 1, BAD, DE);
    ck_assert_uint_eq(brute(), 0);
    add(T - 1, ANN, 1, 50056, DE); /* not in the span, but one more of the day */
    ck_assert_uint_eq(brute(), 0);
    add(T - SAE_HOUR, ANN, 0, 50056, US);
    ck_assert_uint_eq(brute(), 1);
    is_hit(0, ANN, 0, 11);
    ck_assert_uint_eq(found.hits.at[0].addresses, 8);
    ck_assert_uint_eq(found.hits.at[0].countries, 2);
    ck_assert_int_eq(found.hits.at[0].until, T - 1);
}
END_TEST

START_TEST(three_times_as_many_in_the_day_are_brute_too)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add_row(29, T - 1, -31 * SAE_MINUTE, ANN, 1, BAD);
        add_row(1, T - SAE_DAY + tick, 0, ANN, 2, BAD);
        ck_assert_uint_eq(brute(), tick < 0 ? 0 : 1);
        world.row[29].time = T + tick;
        ck_assert_uint_eq(brute(), tick < 0 ? 1 : 0);
    }
}
END_TEST

START_TEST(three_times_a_huge_number_is_not_small)
{
    example();
    add_row(2, T - 1, 0, ANN, 1, BAD);
    ck_assert_uint_eq(find_with(BRUTE, 1431655766, SAE_HOUR), 0);
}
END_TEST

START_TEST(a_span_longer_than_the_day_is_the_day)
{
    example();
    add_row(1, T - SAE_DAY, 0, ANN, 1, BAD);
    add_row(1, T - 1, 0, ANN, 1, BAD);
    ck_assert_uint_eq(find_with(BRUTE, 2, 2 * SAE_DAY), 1);
    world.row[0].time--;
    ck_assert_uint_eq(find_with(BRUTE, 2, 2 * SAE_DAY), 0);
}
END_TEST

/* ---- lockouts ---------------------------------------------------------------------- */

START_TEST(lockouts_are_the_most_users_of_any_span)
{
    const int64_t span = 30 * SAE_MINUTE;

    example();
    add_row(5, T - SAE_HOUR, 0, ANN, 1, LOCKED);
    ck_assert_uint_eq(lockouts(), 1);
    add(T - SAE_HOUR + span, BEN, 2, LOCKED, DE);
    ck_assert_uint_eq(lockouts(), 1);
    add(T - SAE_HOUR + span - 1, CAM, 2, LOCKED, US);
    ck_assert_uint_eq(lockouts(), 2);
    /* Ann and Cam come before Cam and Ben. */
    is_hit(0, 0, 0, 6);
    ck_assert_int_eq(found.hits.at[0].since, T - SAE_HOUR);
    ck_assert_int_eq(found.hits.at[0].until, T - SAE_HOUR + span - 1);
    ck_assert_uint_eq(found.hits.at[0].countries, 2);
    find_with(LOCKOUTS, 99, span);
    ck_assert_uint_eq(found.hits.at[0].users, 2);
}
END_TEST

START_TEST(lockouts_are_of_the_day_and_of_one_class)
{
    example();
    add(T - SAE_DAY - 1, ANN, 1, LOCKED, DE);
    add(T, ANN, 1, LOCKED, DE);
    add(T - 1, BEN, 1, BAD, DE);
    ck_assert_uint_eq(lockouts(), 0);
    is_hit(0, 0, 0, 0);
    ck_assert_int_eq(found.hits.at[0].since, 0);
    add(T - SAE_DAY, ANN, 1, LOCKED, DE);
    ck_assert_uint_eq(lockouts(), 1);
}
END_TEST

/* ---- spray_ips, spray_nets --------------------------------------------------------- */

START_TEST(a_spray_is_enough_users_of_one_address_in_one_span)
{
    const int64_t span = 20 * SAE_MINUTE;

    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add_users(4, T - SAE_HOUR, 1, 9, BAD);
        add_row(3, T - SAE_HOUR, 0, 4, 9, BAD);
        add(T - SAE_HOUR, 5, 8, BAD, DE);    /* from elsewhere */
        add(T - SAE_HOUR, 5, 9, OUTAGE, DE); /* our own agent */
        add(T - SAE_HOUR, 5, 9, 0, DE);
        add(T - SAE_HOUR + span + tick, 5, 9, STRANGE, DE);
        ck_assert_uint_eq(spray(), tick < 0 ? 1 : 0);
    }
    example();
    add_users(9, T - SAE_HOUR, 1, 0, BAD);
    ck_assert_uint_eq(spray(), 0); /* no address is no common one */
}
END_TEST

START_TEST(where_more_users_succeed_than_fail_is_an_office_unless_a_password_was_right)
{
    example();
    add_users(5, T - SAE_HOUR, 1, 9, BAD);
    add_users(5, T - 20 * SAE_HOUR, 11, 9, 0);
    ck_assert_uint_eq(spray(), 1);
    add(T - 1, 10, 9, 0, DE);
    ck_assert_uint_eq(spray(), 0);
    add(T - SAE_DAY - 1, 6, 9, PROBABLY, DE); /* yesterday */
    ck_assert_uint_eq(spray(), 0);
    add(T - 2, 1, 9, PROBABLY, DE);
    ck_assert_uint_eq(spray(), 1);
    is_hit(0, 0, 9, 6);
    ck_assert_int_eq(found.hits.at[0].code, PROBABLY);
    ck_assert(!found.hits.at[0].entered);
}
END_TEST

START_TEST(successes_of_yesterday_make_no_office)
{
    example();
    add_users(5, T - SAE_HOUR, 1, 9, BAD);
    add_users(9, T - SAE_DAY - 1, 11, 9, 0);
    ck_assert_uint_eq(spray(), 1);
}
END_TEST

static void add_net(int64_t third)
{
    example();
    for (uint32_t i = 1; i <= 3; i++) {
        world.net[i] = 77;
    }
    add_users(4, T - 3 * SAE_HOUR, 1, 1, BAD);
    add_users(4, T - 3 * SAE_HOUR, 4, 2, BAD);
    add(T - 3 * SAE_HOUR + third, 8, 3, BAD, DE);
}

START_TEST(a_spray_of_a_net_needs_users_and_three_addresses_in_one_span)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        add_net(SAE_HOUR + tick);
        ck_assert_uint_eq(spray_nets(), tick < 0 ? 1 : 0);
    }
    add_net(1);
    ck_assert_uint_eq(spray_nets(), 1);
    is_hit(0, 0, 0, 9);
    ck_assert_uint_eq(found.hits.at[0].net, 77);
    ck_assert_uint_eq(found.hits.at[0].users, 8);
    ck_assert_uint_eq(found.hits.at[0].addresses, 3);
    world.row[8].address = 2;
    ck_assert_uint_eq(spray_nets(), 0); /* as many users, two addresses */
    world.row[8].address = 4;
    ck_assert_uint_eq(spray_nets(), 0); /* of no net */
    world.net[WORLD_NETS - 1] = 77;
    world.row[8].address = WORLD_NETS - 1;
    ck_assert_uint_eq(spray_nets(), 0); /* of none that is known */
    world.row[8].address = UINT32_MAX;
    ck_assert_uint_eq(spray_nets(), 0);
    world.row[8].address = 0;
    ck_assert_uint_eq(spray_nets(), 0);
}
END_TEST

START_TEST(where_no_nets_are_known_none_is_sprayed)
{
    struct sae_events events;
    struct sae_hits hits = {0};

    add_net(1);
    world_feed(&world, INT64_MIN, 1, &events);
    events.net = NULL;
    events.net_count = 0;
    OK(sae_detect_spray_nets(&events, (struct sae_rule){1, SAE_DAY}, &hits, &failure));
    ck_assert_uint_eq(hits.count, 0);
    sae_hits_done(&hits);
    sae_events_done(&events);
}
END_TEST

/* ---- spread_users ------------------------------------------------------------------ */

static void add_spread(uint32_t addresses, int64_t time, int64_t step)
{
    for (uint32_t i = 0; i < addresses; i++) {
        add(time + i * step, ANN, 1 + i, BAD, COUNTRY('A', 'A' + i % 3));
    }
}

START_TEST(spread_needs_enough_addresses_and_three_countries)
{
    example();
    add_spread(9, T - SAE_DAY, SAE_HOUR);
    add(T - 1, ANN, 0, BAD, BR);
    add(T - 1, ANN, 30, OUTAGE, BR);
    add(T - 1, ANN, 31, 0, BR);
    add(T - 1, BEN, 32, BAD, BR);
    ck_assert_uint_eq(find(SPREAD), 0);
    add(T - 1, ANN, 33, BAD, COUNTRY('A', 'A'));
    ck_assert_uint_eq(find(SPREAD), 1);
    is_hit(0, ANN, 0, 10);
    ck_assert_uint_eq(found.hits.at[0].countries, 3);
    for (size_t i = 0; i < world.count; i++) {
        world.row[i].country =
            world.row[i].country == COUNTRY('A', 'B') ? 0 : world.row[i].country;
    }
    ck_assert_uint_eq(find(SPREAD), 0); /* not known is no country */
}
END_TEST

/* Spans of a day that end in the last hour; the first one ends a tick into it. */
START_TEST(an_address_with_three_failures_in_the_span_is_not_part_of_the_spread)
{
    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        world.hold = SAE_HOUR;
        add_spread(10, T - 2 * SAE_HOUR, 1);
        add(T - 2 * SAE_HOUR, ANN, 1, BAD, DE);
        add(T - SAE_HOUR + tick, ANN, 1, BAD, DE);
        ck_assert_uint_eq(find_with(SPREAD, 10, SAE_DAY), tick > 0 ? 1 : 0);
        if (tick > 0) {
            is_hit(0, ANN, 0, 11);
            ck_assert_uint_eq(found.hits.at[0].addresses, 10);
        }
    }
}
END_TEST

START_TEST(what_a_stale_device_fails_is_no_spread)
{
    example();
    add_row(2, T - SAE_HOUR, SAE_MINUTE, ANN, 7, BAD);
    add(T - SAE_HOUR, ANN, 8, NO_USER, US);
    add(T - SAE_HOUR, ANN, 9, NO_USER, VN);
    ck_assert_uint_eq(find_with(SPREAD, 3, SAE_DAY), 1);
    world.stale.number = 2;
    ck_assert_uint_eq(find(SPREAD), 0);
}
END_TEST

START_TEST(a_spread_is_held_for_as_long_as_its_span_ends_in_hold)
{
    const int64_t oldest = T - 7 * SAE_DAY - 7 * SAE_DAY;

    for (int64_t tick = -1; tick <= 1; tick++) {
        example();
        add_spread(10, oldest + tick, SAE_HOUR);
        ck_assert_uint_eq(find(SPREAD), tick > 0 ? 1 : 0);
    }
    example();
    add_spread(10, T - 9, 1);
    ck_assert_uint_eq(find(SPREAD), 0); /* the tenth is at T */
    add(T - 10, ANN, 10, BAD, DE);
    ck_assert_uint_eq(find(SPREAD), 1);
}
END_TEST

START_TEST(the_ends_of_spreads_are_one_hit_if_they_are_near_each_other)
{
    example();
    world.spread.span = SAE_HOUR;
    add_spread(10, T - 2 * SAE_DAY, 0);
    add_spread(10, T - SAE_DAY, 0);
    world.apart = SAE_DAY - SAE_HOUR + 1; /* from the last end of one to the first */
    ck_assert_uint_eq(find(SPREAD_ENDS), 1);
    ck_assert_int_eq(found.hits.at[0].since, T - 2 * SAE_DAY + 1);
    ck_assert_int_eq(found.hits.at[0].until, T - SAE_DAY + SAE_HOUR);
    world.apart--;
    ck_assert_uint_eq(find(SPREAD_ENDS), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("detect");
    TCase *tests = tcase_create("detect");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_rule_is_a_number_and_a_duration_and_else_off, 0,
                        (int)(sizeof(rules) / sizeof(rules[0])));
    tcase_add_test(tests, a_rule_that_is_off_hits_nothing);
    tcase_add_test(tests, nothing_comes_of_nothing);
    tcase_add_test(tests,
                   failures_of_4_days_from_23_addresses_are_spread_and_nothing_else);
    tcase_add_test(tests,
                   regular_bad_passwords_from_one_address_are_a_device_and_no_attack);
    tcase_add_test(tests,
                   users_of_one_address_with_one_right_password_are_spray_and_breach);
    tcase_add_test(tests, two_rows_are_in_a_span_if_less_than_it_lies_between_them);
    tcase_add_test(tests,
                   brute_counts_bad_passwords_and_lockouts_of_one_user_from_anywhere);
    tcase_add_test(tests, three_times_as_many_in_the_day_are_brute_too);
    tcase_add_test(tests, three_times_a_huge_number_is_not_small);
    tcase_add_test(tests, a_span_longer_than_the_day_is_the_day);
    tcase_add_test(tests, lockouts_are_the_most_users_of_any_span);
    tcase_add_test(tests, lockouts_are_of_the_day_and_of_one_class);
    tcase_add_test(tests, a_spray_is_enough_users_of_one_address_in_one_span);
    tcase_add_test(
        tests,
        where_more_users_succeed_than_fail_is_an_office_unless_a_password_was_right);
    tcase_add_test(tests, successes_of_yesterday_make_no_office);
    tcase_add_test(tests, a_spray_of_a_net_needs_users_and_three_addresses_in_one_span);
    tcase_add_test(tests, where_no_nets_are_known_none_is_sprayed);
    tcase_add_test(tests, spread_needs_enough_addresses_and_three_countries);
    tcase_add_test(tests,
                   an_address_with_three_failures_in_the_span_is_not_part_of_the_spread);
    tcase_add_test(tests, what_a_stale_device_fails_is_no_spread);
    tcase_add_test(tests, a_spread_is_held_for_as_long_as_its_span_ends_in_hold);
    tcase_add_test(tests, the_ends_of_spreads_are_one_hit_if_they_are_near_each_other);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
