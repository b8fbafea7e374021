/* SPDX-License-Identifier: MIT */
/* Result codes of sign-ins: classes, words, what says that a password was right, which
 * says more. */
#include <check.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codes.h"

enum { LAST = 7000112, WORDS_MOST = 53 /* a column of smtp_auth_report signins */ };

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
    int32_t code;
    enum sae_code_class kind;
    enum sae_password password;
} known[] = {
    {0, SAE_CODE_SUCCESS, SAE_PASSWORD_YES},
    {50126, SAE_CODE_BAD_PASSWORD, SAE_PASSWORD_NO},
    {50034, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50053, SAE_CODE_LOCKED, SAE_PASSWORD_UNKNOWN},
    {50055, SAE_CODE_EXPIRED, SAE_PASSWORD_YES},
    {50057, SAE_CODE_DISABLED, SAE_PASSWORD_UNKNOWN},
    {50076, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {53003, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {80001, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80014, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {530035, SAE_CODE_POLICY, SAE_PASSWORD_PROBABLY},
};

START_TEST(a_known_code_has_its_class)
{
    const struct sae_code *code = sae_code_find(known[_i].code);

    ck_assert_int_eq(code->code, known[_i].code);
    ck_assert_int_eq(code->kind, known[_i].kind);
    ck_assert_int_eq(code->password, known[_i].password);
}
END_TEST

/* The table is searched by halves, so every row is found only if it is sorted; the next
 * row in memory is the next code. */
START_TEST(the_table_is_sorted_and_every_row_is_found)
{
    const struct sae_code *code = sae_code_find(0);
    int rows = 1, found = 0;

    while (code->code != LAST) {
        ck_assert_int_lt(code->code, code[1].code);
        code++;
        rows++;
        ck_assert_ptr_eq(sae_code_find(code->code), code);
    }
    ck_assert_int_gt(rows, 60);
    for (int32_t number = -10; number < 800000; number++) {
        found += sae_code_find(number)->code == number && number >= 0 ? 1 : 0;
    }
    ck_assert_int_eq(found, rows - 1); /* all but LAST */
}
END_TEST

static const int32_t unknown[] = {-1,    1,      50000,   50127,  79999,
                                  90000, 999999, INT_MAX, INT_MIN};

START_TEST(an_unknown_code_is_a_failure_of_class_other)
{
    const struct sae_code *code = sae_code_find(unknown[_i]);

    ck_assert_int_eq(code->kind, SAE_CODE_OTHER);
    ck_assert_int_eq(code->password, SAE_PASSWORD_UNKNOWN);
    ck_assert(sae_code_rank(unknown[_i]) < sae_code_rank(50076));
    ck_assert_int_eq(code->evidence, SAE_EVIDENCE_NONE);
    ck_assert_str_eq(code->text, "a code not known here");
}
END_TEST

START_TEST(every_code_has_safe_words_that_fit_a_column)
{
    for (const struct sae_code *code = sae_code_find(0);; code++) {
        char text[128];

        ck_assert_uint_gt(strlen(code->text), 0);
        ck_assert_msg(strlen(code->text) <= WORDS_MOST, "%d: %s", code->code, code->text);
        snprintf(text, sizeof(text), "%s", code->text);
        sae_text_message(text);
        ck_assert_str_eq(text, code->text);
        if (code->code == LAST) {
            break;
        }
    }
}
END_TEST

/* What the words claim and what the table says must never differ: an administrator resets
 * a password because of them. */
START_TEST(words_say_password_right_exactly_where_the_table_does)
{
    static const char right[] = "password right";

    for (const struct sae_code *code = sae_code_find(0) + 1;; code++) {
        bool said = strncmp(code->text, right, strlen(right)) == 0;

        ck_assert_msg(said == (code->password == SAE_PASSWORD_YES), "%d", code->code);
        if (code->code == LAST) {
            break;
        }
    }
}
END_TEST

START_TEST(what_is_said_about_a_password_rests_on_something)
{
    for (const struct sae_code *code = sae_code_find(0);; code++) {
        ck_assert_msg((code->password == SAE_PASSWORD_UNKNOWN) ==
                          (code->evidence == SAE_EVIDENCE_NONE),
                      "%d", code->code);
        if (code->password == SAE_PASSWORD_NO) {
            ck_assert_int_eq(code->evidence, SAE_EVIDENCE_DOCUMENTED);
        }
        if (code->code == LAST) {
            break;
        }
    }
}
END_TEST

START_TEST(a_lockout_names_both_of_its_meanings)
{
    const struct sae_code *code = sae_code_find(50053);

    ck_assert_ptr_nonnull(strstr(code->text, "locked"));
    ck_assert_ptr_nonnull(strstr(code->text, "malicious"));
    ck_assert_int_eq(code->password, SAE_PASSWORD_UNKNOWN);
}
END_TEST

START_TEST(classes_and_answers_have_the_words_of_the_contract)
{
    static const char *const classes[] = {
        "success", "bad_password", "no_user", "locked_or_bad_ip", "expired", "disabled",
        "mfa",     "ca_block",     "risk",    "policy",           "infra",   "other"};
    static const char *const answers[] = {"unknown", "no", "probably", "yes"};

    for (int i = 0; i < COUNT(classes); i++) {
        ck_assert_str_eq(sae_code_class_word((enum sae_code_class)i), classes[i]);
    }
    for (int i = 0; i < COUNT(answers); i++) {
        ck_assert_str_eq(sae_password_word((enum sae_password)i), answers[i]);
    }
}
END_TEST

START_TEST(only_outages_of_the_agent_are_infrastructure)
{
    for (int32_t number = 0; number < 600000; number++) {
        if (sae_code_find(number)->kind == SAE_CODE_INFRA) {
            ck_assert(number >= 80001 && number <= 80014 && number != 80012);
            ck_assert_int_eq(sae_code_find(number)->password, SAE_PASSWORD_UNKNOWN);
        }
    }
}
END_TEST

START_TEST(nothing_but_zero_is_a_success)
{
    for (int32_t number = -1000; number < 600000; number++) {
        if ((sae_code_find(number)->kind == SAE_CODE_SUCCESS) != (number == 0)) {
            ck_abort_msg("code %d", number);
        }
    }
}
END_TEST

START_TEST(success_says_more_than_a_right_password_than_a_failure)
{
    static const int32_t order[] = {50034, 50053, 50126, 80001,  999999, /* failures */
                                    50055, 50076, 53003, 530032, /* password right */
                                    0};

    for (int a = 0; a < COUNT(order); a++) {
        for (int b = 0; b < COUNT(order); b++) {
            ck_assert((sae_code_rank(order[a]) < sae_code_rank(order[b])) == (a < b));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tests = tcase_create("codes");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_known_code_has_its_class, 0, COUNT(known));
    tcase_add_test(tests, the_table_is_sorted_and_every_row_is_found);
    tcase_add_loop_test(tests, an_unknown_code_is_a_failure_of_class_other, 0,
                        COUNT(unknown));
    tcase_add_test(tests, every_code_has_safe_words_that_fit_a_column);
    tcase_add_test(tests, words_say_password_right_exactly_where_the_table_does);
    tcase_add_test(tests, what_is_said_about_a_password_rests_on_something);
    tcase_add_test(tests, a_lockout_names_both_of_its_meanings);
    tcase_add_test(tests, classes_and_answers_have_the_words_of_the_contract);
    tcase_add_test(tests, only_outages_of_the_agent_are_infrastructure);
    tcase_add_test(tests, nothing_but_zero_is_a_success);
    tcase_add_test(tests, success_says_more_than_a_right_password_than_a_failure);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
