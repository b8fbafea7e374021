/* SPDX-License-Identifier: MIT */
/* Who can use SMTP AUTH: the whole truth table, and sums that must hold for any mix. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "measure/exposure.h"

static const struct {
    enum sae_flag flag;
    enum sae_switch smtp_auth;
    bool exposed;
} truth[] = {
    {SAE_FLAG_INHERIT, SAE_SWITCH_UNKNOWN, true},
    {SAE_FLAG_INHERIT, SAE_SWITCH_ON, true},
    {SAE_FLAG_INHERIT, SAE_SWITCH_OFF, false},
    {SAE_FLAG_ENABLED, SAE_SWITCH_UNKNOWN, true},
    {SAE_FLAG_ENABLED, SAE_SWITCH_ON, true},
    {SAE_FLAG_ENABLED, SAE_SWITCH_OFF, true},
    {SAE_FLAG_DISABLED, SAE_SWITCH_UNKNOWN, false},
    {SAE_FLAG_DISABLED, SAE_SWITCH_ON, false},
    {SAE_FLAG_DISABLED, SAE_SWITCH_OFF, false},
    {SAE_FLAG_UNKNOWN, SAE_SWITCH_UNKNOWN, true},
    {SAE_FLAG_UNKNOWN, SAE_SWITCH_ON, true},
    {SAE_FLAG_UNKNOWN, SAE_SWITCH_OFF, true},
};

enum { TRUTHS = sizeof(truth) / sizeof(truth[0]) };

START_TEST(the_flag_wins_and_a_blank_one_follows_the_switch)
{
    struct sae_exposure exposure = {.smtp_auth = truth[_i].smtp_auth};

    ck_assert(sae_is_exposed(truth[_i].flag, truth[_i].smtp_auth) == truth[_i].exposed);
    ck_assert(sae_exposure_add(&exposure, truth[_i].flag, true, SAE_LISTED_VALID) ==
              truth[_i].exposed);
    ck_assert_int_eq(exposure.exposed, truth[_i].exposed ? 1 : 0);
    ck_assert_int_eq(exposure.by_flag[truth[_i].flag], 1);
}
END_TEST

START_TEST(mailboxes_that_are_neither_used_nor_listed_are_counted_together)
{
    struct sae_exposure one_by_one = {.smtp_auth = truth[_i].smtp_auth};
    struct sae_exposure together = one_by_one;

    for (int i = 0; i < 7; i++) {
        sae_exposure_add(&one_by_one, truth[_i].flag, false, SAE_LISTED_NO);
    }
    sae_exposure_add_rest(&together, truth[_i].flag, 7);
    ck_assert_mem_eq(&together, &one_by_one, sizeof(together));
    sae_exposure_add_rest(&together, truth[_i].flag, 0);
    ck_assert_mem_eq(&together, &one_by_one, sizeof(together));
}
END_TEST

/* The example of the README: true, false and three blank. */
START_TEST(five_mailboxes_with_the_switch_on_and_off)
{
    static const enum sae_flag flags[] = {SAE_FLAG_DISABLED, SAE_FLAG_ENABLED,
                                          SAE_FLAG_INHERIT, SAE_FLAG_INHERIT,
                                          SAE_FLAG_INHERIT};
    struct sae_exposure on = {.smtp_auth = SAE_SWITCH_ON};
    struct sae_exposure off = {.smtp_auth = SAE_SWITCH_OFF};
    struct sae_values values = {0};

    for (int i = 0; i < 5; i++) {
        sae_exposure_add(&on, flags[i], i == 2, SAE_LISTED_NO);
        sae_exposure_add(&off, flags[i], i == 2, SAE_LISTED_NO);
    }
    sae_exposure_measure(&on, NULL, false, &values);
    ck_assert_double_eq(values.value[SAE_M_MBX_EXPOSED], 4);
    ck_assert_double_eq(values.value[SAE_M_MBX_ALL], 5);
    ck_assert_double_eq(values.value[SAE_M_MBX_ENABLED], 1);
    ck_assert_double_eq(values.value[SAE_M_MBX_DISABLED], 1);
    ck_assert_double_eq(values.value[SAE_M_MBX_INHERIT], 3);
    ck_assert_double_eq(values.value[SAE_M_MBX_UNUSED], 3);
    memset(&values, 0, sizeof(values));
    sae_exposure_measure(&off, NULL, false, &values);
    ck_assert_double_eq(values.value[SAE_M_MBX_EXPOSED], 1);
    ck_assert_double_eq(values.value[SAE_M_MBX_INHERIT], 3);
    ck_assert_double_eq(values.value[SAE_M_MBX_UNUSED], 1);
}
END_TEST

START_TEST(no_use_is_said_only_where_the_log_proves_it)
{
    struct sae_exposure exposure = {.smtp_auth = SAE_SWITCH_ON};
    struct sae_values values = {0};

    sae_exposure_add(&exposure, SAE_FLAG_INHERIT, false, SAE_LISTED_NO);
    sae_exposure_measure(&exposure, "the log spans 3 of 30 days", false, &values);
    ck_assert_int_eq(values.certainty[SAE_M_MBX_UNUSED], SAE_ABSENT);
    ck_assert_str_eq(values.why[SAE_M_MBX_UNUSED], "the log spans 3 of 30 days");
    ck_assert_int_eq(values.certainty[SAE_M_MBX_EXPOSED], SAE_EXACT);
    sae_exposure_measure(&exposure, NULL, false, &values);
    ck_assert_int_eq(values.certainty[SAE_M_MBX_UNUSED], SAE_EXACT);
    ck_assert_double_eq(values.value[SAE_M_MBX_UNUSED], 1);
}
END_TEST

START_TEST(the_allow_list_is_judged_for_exposed_mailboxes_only)
{
    static const enum sae_metric metrics[] = {SAE_M_MBX_UNLISTED, SAE_M_MBX_EXPIRING,
                                              SAE_M_MBX_EXPIRED};
    static const enum sae_listed listed[] = {SAE_LISTED_NO, SAE_LISTED_EXPIRING,
                                             SAE_LISTED_EXPIRED};
    struct sae_exposure exposure = {.smtp_auth = SAE_SWITCH_OFF};
    struct sae_values values = {0};

    sae_exposure_add(&exposure, SAE_FLAG_ENABLED, true, listed[_i]);
    sae_exposure_add(&exposure, SAE_FLAG_UNKNOWN, true, listed[_i]);
    sae_exposure_add(&exposure, SAE_FLAG_ENABLED, true, SAE_LISTED_VALID);
    sae_exposure_add(&exposure, SAE_FLAG_INHERIT, true, listed[_i]);
    sae_exposure_add(&exposure, SAE_FLAG_DISABLED, true, listed[_i]);
    sae_exposure_measure(&exposure, NULL, false, &values);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(values.certainty[metrics[i]], SAE_ABSENT);
    }
    sae_exposure_measure(&exposure, NULL, true, &values);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(values.certainty[metrics[i]], SAE_EXACT);
        ck_assert_double_eq(values.value[metrics[i]], i == _i ? 2 : 0);
    }
}
END_TEST

START_TEST(the_sums_hold_for_any_mailboxes)
{
    static const enum sae_metric parts[] = {SAE_M_MBX_UNUSED, SAE_M_MBX_UNLISTED,
                                            SAE_M_MBX_EXPIRED, SAE_M_MBX_EXPIRING};

    srand(7);
    for (int round = 0; round < 500; round++) {
        struct sae_exposure exposure = {.smtp_auth = (enum sae_switch)(rand() % 3)};
        struct sae_values values = {0};
        const double *n = values.value;
        int count = rand() % 200;
        double inherits;

        for (int i = 0; i < count; i++) {
            sae_exposure_add(&exposure, (enum sae_flag)(rand() % 4), rand() % 2 == 0,
                             (enum sae_listed)(rand() % 4));
        }
        sae_exposure_measure(&exposure, NULL, true, &values);
        ck_assert_double_eq(n[SAE_M_MBX_ALL], count);
        ck_assert_double_eq(n[SAE_M_MBX_ENABLED] + n[SAE_M_MBX_DISABLED] +
                                n[SAE_M_MBX_INHERIT] + n[SAE_M_MBX_UNKNOWN],
                            count);
        inherits = exposure.smtp_auth == SAE_SWITCH_OFF ? 0 : n[SAE_M_MBX_INHERIT];
        ck_assert_double_eq(n[SAE_M_MBX_EXPOSED],
                            n[SAE_M_MBX_ENABLED] + n[SAE_M_MBX_UNKNOWN] + inherits);
        for (int i = 0; i < 4; i++) {
            ck_assert_double_le(n[parts[i]], n[SAE_M_MBX_EXPOSED]);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exposure");
    TCase *tests = tcase_create("exposure");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, the_flag_wins_and_a_blank_one_follows_the_switch, 0,
                        TRUTHS);
    tcase_add_loop_test(tests, mailboxes_that_are_neither_used_nor_listed_are_counted_together, 0,
                        TRUTHS);
    tcase_add_test(tests, five_mailboxes_with_the_switch_on_and_off);
    tcase_add_test(tests, no_use_is_said_only_where_the_log_proves_it);
    tcase_add_loop_test(tests, the_allow_list_is_judged_for_exposed_mailboxes_only, 0, 3);
    tcase_add_test(tests, the_sums_hold_for_any_mailboxes);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
