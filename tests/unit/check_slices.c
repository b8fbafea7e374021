/* SPDX-License-Identifier: MIT */
/* Which slice of the log is asked for next, and what may be claimed: by example. */
#include "fetch/graph/slices.h"
#include "folder.h"

static struct sae_graph_wish wish;
static struct sae_slices slices;

static void first_run(void)
{
    wish = (struct sae_graph_wish){.end = noon(),
                                   .begin = noon() - 30 * SAE_DAY,
                                   .current = 75 * SAE_MINUTE,
                                   .lag = 15 * SAE_MINUTE,
                                   .overlap = 2 * SAE_HOUR};
    sae_slices_begin(&slices, &wish);
}

static struct sae_interval next(void)
{
    struct sae_interval slice = {0};

    ck_assert(sae_slices_next(&slices, &slice));
    return slice;
}

static int64_t next_length(void)
{
    struct sae_interval slice = next();

    return slice.to - slice.from;
}

static bool has_read(unsigned pages, uint64_t rows)
{
    struct sae_interval claim;

    return sae_slices_read(&slices, next(), pages, rows, 999, &claim);
}

START_TEST(a_quiet_month_is_four_slices)
{
    first_run();
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE);
    ck_assert(!sae_slices_current(&slices));
    ck_assert(has_read(1, 0));
    ck_assert(sae_slices_current(&slices));
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(has_read(1, 3));
    ck_assert_int_eq(next_length(), 320 * SAE_HOUR);
    ck_assert(has_read(1, 40));
    ck_assert_int_eq(next().from, wish.begin);
    ck_assert(has_read(1, 40));
    ck_assert(!sae_slices_next(&slices, &(struct sae_interval){0}));
    ck_assert_int_eq(sae_slices_left(&slices), 0);
}
END_TEST

START_TEST(the_next_slice_is_as_long_as_five_pages_should_be)
{
    first_run();
    ck_assert(has_read(20, 999));
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4);
    ck_assert(has_read(5, 999));
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4);
    ck_assert(has_read(1, 999)); /* one page full: could be five */
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4 * 5);
}
END_TEST

START_TEST(slices_do_not_grow_before_a_crowd_is_passed)
{
    int64_t crowd = noon() - 10 * SAE_HOUR;

    first_run();
    ck_assert(has_read(1, 0));
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(sae_slices_crowded(&slices, next(), crowd, 20));
    while (next().to > crowd) {
        ck_assert_int_eq(next_length(), (10 * SAE_HOUR - 75 * SAE_MINUTE) / 4);
        ck_assert(has_read(1, 0));
    }
    ck_assert_int_eq(next_length(), 4 * (10 * SAE_HOUR - 75 * SAE_MINUTE));
}
END_TEST

START_TEST(no_slice_is_shorter_than_a_minute)
{
    first_run();
    ck_assert(sae_slices_crowded(&slices, next(), noon() - SAE_SECOND, 20));
    ck_assert_int_eq(next_length(), SAE_MINUTE);
    ck_assert(sae_slices_is_shortest(next()));
    ck_assert(!sae_slices_crowded(&slices, next(), next().from, 20));
    ck_assert(!sae_slices_halve(&slices, next()));
    (void)has_read(1000, 999);
    ck_assert_int_eq(next_length(), SAE_MINUTE);
}
END_TEST

START_TEST(what_the_service_could_not_manage_is_approached_slowly)
{
    first_run();
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(sae_slices_halve(&slices, next()));
    ck_assert_int_eq(next_length(), 10 * SAE_HOUR);
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 10 * SAE_HOUR);
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 15 * SAE_HOUR);
}
END_TEST

START_TEST(a_run_every_five_minutes_is_one_slice)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 140 * SAE_MINUTE);
    ck_assert(sae_slices_read(&slices, next(), 1, 10, 999, &claim));
    ck_assert_int_eq(claim.from, noon() - 140 * SAE_MINUTE);
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
    ck_assert(!sae_slices_next(&slices, &claim));
}
END_TEST

START_TEST(an_overlap_in_pieces_is_claimed_with_its_last_piece)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert(sae_slices_crowded(&slices, next(), next().from, 10));
    ck_assert(!sae_slices_read(&slices, next(), 5, 999, 999, &claim));
    ck_assert(!sae_slices_current(&slices));
    ck_assert(sae_slices_read(&slices, next(), 5, 999, 999, &claim));
    ck_assert_int_eq(claim.from, noon() - 140 * SAE_MINUTE);
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
    ck_assert(sae_slices_current(&slices));
}
END_TEST

START_TEST(a_slice_that_just_touches_what_is_held_is_not_claimed_yet)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    wish.lag = 0;
    sae_slices_begin(&slices, &wish);
    slices.length = 20 * SAE_MINUTE;
    ck_assert_int_eq(next().from, held.to);
    ck_assert(!sae_slices_read(&slices, next(), 5, 999, 999, &claim));
}
END_TEST

START_TEST(after_a_pause_the_present_comes_first)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 3 * SAE_DAY};

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE);
    ck_assert(has_read(1, 0));
    ck_assert(!sae_slices_current(&slices)); /* not before the pause is filled */
    while (sae_slices_next(&slices, &(struct sae_interval){0})) {
        ck_assert(!sae_slices_current(&slices));
        (void)has_read(1, 0);
    }
    ck_assert(sae_slices_current(&slices));
}
END_TEST

START_TEST(what_a_clock_set_back_wrote_is_not_believed)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() + SAE_DAY}, claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 135 * SAE_MINUTE);
    ck_assert(sae_slices_read(&slices, next(), 1, 0, 999, &claim));
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
}
END_TEST

START_TEST(slices_touch_where_the_run_did_not_begin_on_a_second)
{
    struct sae_interval slice;
    int64_t to;

    first_run();
    wish.end += 1234567;
    wish.begin += 7654321;
    sae_slices_begin(&slices, &wish);
    to = wish.end;
    while (sae_slices_next(&slices, &slice)) {
        ck_assert_int_eq(slice.to, to);
        to = slice.from;
        (void)has_read(7, 1);
    }
    ck_assert_int_eq(to, wish.begin);
}
END_TEST

/* The log goes back 29 days and 7 hours, though 30 days are asked for. */
START_TEST(the_end_of_the_log_is_found_to_the_hour)
{
    struct sae_interval slice;
    int64_t log_end = noon() - 29 * SAE_DAY - 7 * SAE_HOUR, to = noon();
    int asked = 0;

    first_run();
    while (sae_slices_next(&slices, &slice)) {
        ck_assert_int_lt(asked++, 20);
        if (slice.from < log_end) {
            ck_assert(sae_slices_refuse(&slices, slice));
        } else {
            (void)has_read(1, 0);
            to = slice.from;
        }
    }
    ck_assert_int_ge(to, log_end);
    ck_assert_int_le(to, log_end + SAE_HOUR);
}
END_TEST

START_TEST(a_log_of_less_than_a_month_has_not_ended)
{
    first_run();
    (void)has_read(1, 0);
    ck_assert(!sae_slices_refuse(&slices, next()));
    ck_assert(!sae_slices_refuse(&slices, (struct sae_interval){noon() - 29 * SAE_DAY,
                                                                noon() - SAE_DAY}));
    ck_assert(sae_slices_refuse(&slices, (struct sae_interval){noon() - 29 * SAE_DAY - 1,
                                                               noon() - SAE_DAY}));
}
END_TEST

START_TEST(nothing_wanted_is_nothing_to_read)
{
    first_run();
    wish.begin = wish.end;
    sae_slices_begin(&slices, &wish);
    ck_assert(!sae_slices_next(&slices, &(struct sae_interval){0}));
    ck_assert_int_eq(sae_slices_left(&slices), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slices");
    TCase *tests = tcase_create("slices");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_quiet_month_is_four_slices);
    tcase_add_test(tests, the_next_slice_is_as_long_as_five_pages_should_be);
    tcase_add_test(tests, slices_do_not_grow_before_a_crowd_is_passed);
    tcase_add_test(tests, no_slice_is_shorter_than_a_minute);
    tcase_add_test(tests, what_the_service_could_not_manage_is_approached_slowly);
    tcase_add_test(tests, a_run_every_five_minutes_is_one_slice);
    tcase_add_test(tests, an_overlap_in_pieces_is_claimed_with_its_last_piece);
    tcase_add_test(tests, a_slice_that_just_touches_what_is_held_is_not_claimed_yet);
    tcase_add_test(tests, after_a_pause_the_present_comes_first);
    tcase_add_test(tests, what_a_clock_set_back_wrote_is_not_believed);
    tcase_add_test(tests, slices_touch_where_the_run_did_not_begin_on_a_second);
    tcase_add_test(tests, the_end_of_the_log_is_found_to_the_hour);
    tcase_add_test(tests, a_log_of_less_than_a_month_has_not_ended);
    tcase_add_test(tests, nothing_wanted_is_nothing_to_read);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
