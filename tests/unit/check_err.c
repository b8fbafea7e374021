/* SPDX-License-Identifier: MIT */
/* How failures are told: the code comes back, the text is safe and fits. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

START_TEST(a_failure_is_its_code_and_a_text)
{
    struct sae_err err;

    ck_assert_int_eq(sae_fail(&err, SAE_E_IO, "%s: line %d", "file", 7), SAE_E_IO);
    ck_assert_int_eq(err.code, SAE_E_IO);
    ck_assert_str_eq(err.text, "file: line 7");
    ck_assert_int_eq(sae_fail(NULL, SAE_E_LIMIT, "%s", "x"), SAE_E_LIMIT);
    ck_assert_int_eq(sae_fail_in(NULL, SAE_E_LIMIT, "%s", "x"), SAE_E_LIMIT);
}
END_TEST

START_TEST(a_failure_can_be_told_where_it_was)
{
    struct sae_err err;

    sae_fail(&err, SAE_E_FORMAT, "no mailbox");
    ck_assert_int_eq(sae_fail_in(&err, SAE_E_CONFIG, "%s line %d", "a.csv", 3),
                     SAE_E_CONFIG);
    ck_assert_int_eq(err.code, SAE_E_CONFIG);
    ck_assert_str_eq(err.text, "a.csv line 3: no mailbox");
}
END_TEST

START_TEST(what_a_failure_quotes_is_harmless)
{
    struct sae_err err;

    sae_fail(&err, SAE_E_FORMAT, "got %s", "a|b\n<c>\x1b[0m$(d)`e`%n\xc3\xa4");
    ck_assert_str_eq(err.text, "got a?b??c???0m?(d)?e??n??");
    sae_fail_in(&err, SAE_E_FORMAT, "in %s", "x|y");
    ck_assert_str_eq(err.text, "in x?y: got a?b??c???0m?(d)?e??n??");
}
END_TEST

START_TEST(a_text_that_is_too_long_is_cut)
{
    char longer[1000];
    struct sae_err err;

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    sae_fail(&err, SAE_E_IO, "%s", longer);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    sae_fail_in(&err, SAE_E_IO, "here");
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    ck_assert_int_eq(strncmp(err.text, "here: xxx", 9), 0);
    sae_fail_in(&err, SAE_E_IO, "%s", longer);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

START_TEST(every_status_has_a_word_of_its_own)
{
    for (int a = 0; a < SAE_STATUS_COUNT; a++) {
        const char *name = sae_status_name((enum sae_status)a);

        ck_assert_ptr_nonnull(name);
        /* It is published in a member of 16 bytes. */
        ck_assert_uint_lt(strlen(name), 16);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz"), strlen(name));
        for (int b = 0; b < a; b++) {
            ck_assert_str_ne(name, sae_status_name((enum sae_status)b));
        }
    }
    ck_assert_str_eq(sae_status_name(SAE_STATUS_COUNT), "unknown");
    ck_assert_str_eq(sae_status_name((enum sae_status) - 1), "unknown");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("err");
    TCase *tests = tcase_create("err");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_failure_is_its_code_and_a_text);
    tcase_add_test(tests, a_failure_can_be_told_where_it_was);
    tcase_add_test(tests, what_a_failure_quotes_is_harmless);
    tcase_add_test(tests, a_text_that_is_too_long_is_cut);
    tcase_add_test(tests, every_status_has_a_word_of_its_own);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
