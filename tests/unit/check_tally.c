/* SPDX-License-Identifier: MIT */
/* How often is each number there? Against a table that simply counts. */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/tally.h"

static struct sae_err failure;

static void is_well(const struct sae_tally *tally)
{
    ck_assert_int_eq(sae_tally_status(tally, &failure), SAE_OK);
}

START_TEST(an_empty_tally_has_nothing)
{
    struct sae_tally tally = {0};

    ck_assert_uint_eq(tally.distinct, 0);
    ck_assert_ptr_null(sae_tally_find(&tally, 0));
    ck_assert_ptr_null(sae_tally_find(&tally, UINT32_MAX));
    sae_tally_reset(&tally);
    is_well(&tally);
    sae_tally_done(&tally);
    sae_tally_done(&tally);
}
END_TEST

START_TEST(zero_and_the_greatest_number_are_numbers_like_others)
{
    static const uint32_t numbers[] = {0, 1, UINT32_MAX, UINT32_MAX - 1,
                                       UINT32_C(1) << 31};
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < 5; i++) {
        ck_assert_int_eq(sae_tally_add(&tally, numbers[i]), 1);
        ck_assert_uint_eq(tally.distinct, i + 1);
    }
    for (uint32_t i = 0; i < 5; i++) {
        ck_assert_int_eq(sae_tally_add(&tally, numbers[i]), 2);
        ck_assert_uint_eq(tally.distinct, 5);
    }
    sae_tally_done(&tally);
}
END_TEST

START_TEST(what_is_taken_away_is_no_longer_there_but_was_asked_for)
{
    struct sae_tally tally = {0};

    sae_tally_add(&tally, 7);
    sae_tally_add(&tally, 7);
    sae_tally_add(&tally, 8);
    ck_assert_int_eq(sae_tally_take(&tally, 7), 1);
    ck_assert_uint_eq(tally.distinct, 2);
    ck_assert_int_eq(sae_tally_take(&tally, 7), 0);
    ck_assert_uint_eq(tally.distinct, 1);
    ck_assert_ptr_nonnull(sae_tally_find(&tally, 7));
    ck_assert_int_eq(*sae_tally_find(&tally, 7), 0);
    ck_assert_ptr_null(sae_tally_find(&tally, 9));
    ck_assert_int_eq(sae_tally_add(&tally, 7), 1);
    ck_assert_uint_eq(tally.distinct, 2);
    sae_tally_done(&tally);
}
END_TEST

START_TEST(a_value_keeps_what_is_put_there_while_others_come)
{
    enum { MANY = 5000 };
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < MANY; i++) {
        int64_t *value = sae_tally_value(&tally, i * 4096);

        ck_assert_int_eq(*value, 0);
        *value = INT64_MIN + i;
    }
    for (uint32_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(*sae_tally_find(&tally, i * 4096), INT64_MIN + i);
        ck_assert_int_eq(*sae_tally_value(&tally, i * 4096), INT64_MIN + i);
    }
    ck_assert_uint_eq(tally.distinct, 0);
    is_well(&tally);
    sae_tally_done(&tally);
}
END_TEST

/* One user after the other is counted in the same tally. */
START_TEST(after_a_reset_nothing_of_before_is_there)
{
    static const uint32_t sizes[] = {1, 15, 16, 17, 3000, 2, 40};
    struct sae_tally tally = {0};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        ck_assert_uint_eq(tally.distinct, 0);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            ck_assert_int_eq(sae_tally_add(&tally, i), 1);
        }
        ck_assert_uint_eq(tally.distinct, sizes[s]);
        sae_tally_reset(&tally);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            ck_assert_ptr_null(sae_tally_find(&tally, i));
        }
    }
    is_well(&tally);
    sae_tally_done(&tally);
}
END_TEST

/* A botnet's user is followed by thousands with one row each. */
START_TEST(a_large_tally_is_not_cleared_again_for_every_small_one)
{
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < 100000; i++) {
        sae_tally_add(&tally, i);
    }
    ck_assert_uint_le(tally.cap * sizeof(*tally.slot), 100000 * 64 * 3);
    sae_tally_reset(&tally);
    sae_tally_add(&tally, 1);
    ck_assert_uint_le(tally.cap, 64);
    sae_tally_done(&tally);
}
END_TEST

START_TEST(small_ones_one_after_the_other_need_no_more_memory)
{
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < 1000; i++) {
        sae_tally_add(&tally, i);
        sae_tally_add(&tally, i + 1);
        ck_assert_uint_le(tally.cap, 32);
        sae_tally_reset(&tally);
    }
    sae_tally_done(&tally);
}
END_TEST

/* A full table would be searched for ever. */
START_TEST(a_number_that_is_not_there_is_not_found_however_many_are)
{
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < 600; i++) {
        sae_tally_add(&tally, i);
        ck_assert_ptr_null(sae_tally_find(&tally, 1000000));
    }
    sae_tally_done(&tally);
}
END_TEST

/* Steps that would collide in a poor table. */
static const uint32_t steps[] = {1, 64, 256, 4096, UINT32_C(1) << 16, 7919, UINT32_MAX};

START_TEST(numbers_in_steps_are_all_told_apart)
{
    struct sae_tally tally = {0};

    for (uint32_t i = 0; i < 50000; i++) {
        if (sae_tally_add(&tally, i * steps[_i]) != 1 || tally.distinct != i + 1) {
            ck_abort_msg("%u: %u", i, tally.distinct);
        }
    }
    sae_tally_done(&tally);
}
END_TEST

static void one_round(struct sae_tally *tally, uint32_t range)
{
    int64_t *naive = calloc(range, sizeof(*naive));
    uint32_t distinct = 0;

    ck_assert_ptr_nonnull(naive);
    for (int i = 0; i < 4000; i++) {
        uint32_t number = (uint32_t)rand() % range;
        bool take = naive[number] > 0 && rand() % 2 == 0;
        int64_t now = take ? sae_tally_take(tally, number) : sae_tally_add(tally, number);

        distinct += !take && naive[number] == 0 ? 1 : 0;
        naive[number] += take ? -1 : 1;
        distinct -= take && naive[number] == 0 ? 1 : 0;
        if (now != naive[number] || tally->distinct != distinct) {
            ck_abort_msg("%u: %lld of %u, not %lld of %u", number, (long long)now,
                         tally->distinct, (long long)naive[number], distinct);
        }
    }
    free(naive);
}

START_TEST(any_numbers_are_counted_as_by_hand)
{
    struct sae_tally tally = {0};

    srand(17);
    for (int round = 0; round < 60; round++) {
        one_round(&tally, 1 + (uint32_t)rand() % 3000);
        sae_tally_reset(&tally);
    }
    is_well(&tally);
    sae_tally_done(&tally);
}
END_TEST

START_TEST(without_memory_nothing_breaks_and_the_end_says_so)
{
    struct sae_tally tally = {.status = SAE_E_NOMEM};

    for (uint32_t i = 0; i < 1000; i++) {
        sae_tally_add(&tally, i);
        *sae_tally_value(&tally, i) = 5;
        sae_tally_take(&tally, i);
        ck_assert_ptr_null(sae_tally_find(&tally, i));
    }
    sae_tally_reset(&tally);
    ck_assert_int_eq(sae_tally_status(&tally, &failure), SAE_E_NOMEM);
    ck_assert_str_eq(failure.text, "out of memory");
    sae_tally_done(&tally);
    is_well(&tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, an_empty_tally_has_nothing);
    tcase_add_test(tests, zero_and_the_greatest_number_are_numbers_like_others);
    tcase_add_test(tests, what_is_taken_away_is_no_longer_there_but_was_asked_for);
    tcase_add_test(tests, a_value_keeps_what_is_put_there_while_others_come);
    tcase_add_test(tests, after_a_reset_nothing_of_before_is_there);
    tcase_add_test(tests, a_large_tally_is_not_cleared_again_for_every_small_one);
    tcase_add_test(tests, small_ones_one_after_the_other_need_no_more_memory);
    tcase_add_test(tests, a_number_that_is_not_there_is_not_found_however_many_are);
    tcase_add_loop_test(tests, numbers_in_steps_are_all_told_apart, 0,
                        (int)(sizeof(steps) / sizeof(steps[0])));
    tcase_add_test(tests, any_numbers_are_counted_as_by_hand);
    tcase_add_test(tests, without_memory_nothing_breaks_and_the_end_says_so);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
