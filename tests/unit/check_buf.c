/* SPDX-License-Identifier: MIT */
/* The growable string: its limit is exact, a failure stays, hand-over empties it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

START_TEST(an_empty_buffer_is_an_empty_text)
{
    struct sae_buf buf = {0};

    sae_buf_done(&buf);
    sae_buf_init(&buf, 10);
    ck_assert_str_eq(sae_buf_text(&buf), "");
    ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
    sae_buf_add(&buf, "", 0);
    ck_assert_str_eq(sae_buf_text(&buf), "");
    sae_buf_done(&buf);
}
END_TEST

START_TEST(a_buffer_holds_what_was_added)
{
    struct sae_buf buf;
    char want[8192] = "";

    sae_buf_init(&buf, sizeof(want));
    for (int i = 0; i < 700; i++) {
        char piece[16];

        snprintf(piece, sizeof(piece), "%d,", i);
        strcat(want, piece);
        if (i % 3 == 0) {
            sae_buf_printf(&buf, "%d,", i);
        } else if (i % 3 == 1) {
            sae_buf_puts(&buf, piece);
        } else {
            sae_buf_add(&buf, piece, strlen(piece));
        }
        ck_assert_uint_eq(buf.len, strlen(want));
        ck_assert_int_eq(buf.data[buf.len], '\0');
    }
    ck_assert_str_eq(sae_buf_text(&buf), want);
    sae_buf_done(&buf);
}
END_TEST

START_TEST(the_limit_is_exact_whichever_way_it_is_reached)
{
    for (size_t max = 0; max < 300; max++) {
        struct sae_buf buf;
        char text[301];

        memset(text, 'x', max + 1);
        text[max + 1] = '\0';
        sae_buf_init(&buf, max);
        sae_buf_add(&buf, text, max);
        ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
        sae_buf_puts(&buf, "");
        ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
        if (_i == 0) {
            sae_buf_add(&buf, "x", 1);
        } else if (_i == 1) {
            sae_buf_printf(&buf, "%d", 1);
        } else {
            sae_buf_clear(&buf);
            sae_buf_puts(&buf, text);
        }
        ck_assert_int_eq(sae_buf_status(&buf), SAE_E_LIMIT);
        ck_assert_uint_eq(buf.len, _i == 2 ? 0 : max);
        sae_buf_done(&buf);
    }
}
END_TEST

START_TEST(after_a_failure_nothing_is_added)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 5);
    sae_buf_puts(&buf, "abc");
    sae_buf_puts(&buf, "defg");
    sae_buf_puts(&buf, "h");
    sae_buf_printf(&buf, "%s", "i");
    ck_assert_str_eq(sae_buf_text(&buf), "abc");
    ck_assert_int_eq(sae_buf_status(&buf), SAE_E_LIMIT);
    ck_assert_ptr_null(sae_buf_take(&buf));
    sae_buf_clear(&buf);
    ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
    sae_buf_puts(&buf, "abcde");
    ck_assert_str_eq(sae_buf_text(&buf), "abcde");
    sae_buf_done(&buf);
}
END_TEST

START_TEST(a_buffer_may_hold_any_byte)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 10);
    sae_buf_add(&buf, "a\0b", 3);
    sae_buf_add(&buf, "c", 1);
    ck_assert_uint_eq(buf.len, 4);
    ck_assert_int_eq(memcmp(buf.data, "a\0bc", 5), 0);
    sae_buf_done(&buf);
}
END_TEST

START_TEST(what_is_taken_is_ours_and_the_buffer_is_empty)
{
    struct sae_buf buf;
    char *first, *second;

    sae_buf_init(&buf, 10);
    second = sae_buf_take(&buf);
    ck_assert_str_eq(second, "");
    free(second);
    sae_buf_puts(&buf, "abc");
    first = sae_buf_take(&buf);
    ck_assert_str_eq(first, "abc");
    ck_assert_str_eq(sae_buf_text(&buf), "");
    sae_buf_puts(&buf, "0123456789");
    ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
    sae_buf_puts(&buf, "x");
    ck_assert_int_eq(sae_buf_status(&buf), SAE_E_LIMIT);
    sae_buf_done(&buf);
    ck_assert_str_eq(first, "abc");
    free(first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buf");
    TCase *tests = tcase_create("buf");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_empty_buffer_is_an_empty_text);
    tcase_add_test(tests, a_buffer_holds_what_was_added);
    tcase_add_loop_test(tests, the_limit_is_exact_whichever_way_it_is_reached, 0, 3);
    tcase_add_test(tests, after_a_failure_nothing_is_added);
    tcase_add_test(tests, a_buffer_may_hold_any_byte);
    tcase_add_test(tests, what_is_taken_is_ours_and_the_buffer_is_empty);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
