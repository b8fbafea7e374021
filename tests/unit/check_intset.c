/* SPDX-License-Identifier: MIT */
/* How many different numbers were there? Against a table that simply remembers. */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/intset.h"

static void add(struct sae_intset *set, int64_t value)
{
    if (sae_intset_add(set, value) != SAE_OK) {
        ck_abort_msg("out of memory");
    }
}

START_TEST(an_empty_set_has_no_members)
{
    struct sae_intset set = {0};

    ck_assert_uint_eq(sae_intset_count(&set), 0);
    sae_intset_done(&set);
    sae_intset_done(&set);
}
END_TEST

START_TEST(zero_and_the_extremes_are_members_like_others)
{
    static const int64_t values[] = {0, -1, 1, INT64_MIN, INT64_MAX, INT64_MIN + 1};
    struct sae_intset set = {0};

    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < 6; i++) {
            add(&set, values[i]);
            ck_assert_uint_eq(sae_intset_count(&set), twice == 0 ? i + 1 : 6);
        }
    }
    sae_intset_done(&set);
    ck_assert_uint_eq(sae_intset_count(&set), 0);
}
END_TEST

/* Steps that would collide in a poor table. */
static const int64_t steps[] = {1, -1, 64, 4096, 1 << 20, INT64_C(1) << 40, 7919};

START_TEST(members_in_steps_are_all_counted)
{
    enum { MANY = 50000 };
    struct sae_intset set = {0};

    for (int64_t i = 1; i <= MANY; i++) {
        add(&set, i * steps[_i]);
        add(&set, (i / 2 + 1) * steps[_i]);
        if (sae_intset_count(&set) != (size_t)i) {
            ck_abort_msg("%zu instead of %d", sae_intset_count(&set), (int)i);
        }
    }
    ck_assert_uint_le(set.cap * sizeof(*set.slot), (size_t)MANY * 16 * 3 / 2);
    sae_intset_done(&set);
}
END_TEST

START_TEST(any_numbers_are_counted_as_by_hand)
{
    srand(13);
    for (int round = 0; round < 60; round++) {
        bool seen[4001] = {0};
        struct sae_intset set = {0};
        int range = 1 + rand() % 2000;
        size_t naive = 0;

        for (int i = 0; i < 3000; i++) {
            int value = rand() % (2 * range + 1) - range;

            naive += seen[value + 2000] ? 0 : 1;
            seen[value + 2000] = true;
            add(&set, value);
            if (sae_intset_count(&set) != naive) {
                ck_abort_msg("%zu instead of %zu", sae_intset_count(&set), naive);
            }
        }
        sae_intset_done(&set);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intset");
    TCase *tests = tcase_create("intset");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_empty_set_has_no_members);
    tcase_add_test(tests, zero_and_the_extremes_are_members_like_others);
    tcase_add_loop_test(tests, members_in_steps_are_all_counted, 0,
                        (int)(sizeof(steps) / sizeof(steps[0])));
    tcase_add_test(tests, any_numbers_are_counted_as_by_hand);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
