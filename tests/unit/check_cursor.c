/* SPDX-License-Identifier: MIT */
/* Strict scanners: they advance only on success, never read past the end, skip nothing.
 */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *text;
    int64_t seconds; /* 0: refused */
    const char *again;
} durations[] = {
    {"1s", 1, "1s"},
    {"90s", 90, "90s"},
    {"60s", 60, "1m"},
    {"20m", 1200, "20m"},
    {"60m", 3600, "1h"},
    {"36h", 129600, "36h"},
    {"24h", 86400, "1d"},
    {"30d", 2592000, "30d"},
    {"007m", 420, "7m"},
    {"4000d", 345600000, "4000d"},
    {"345600000s", 345600000, "4000d"},
    {"345600001s", 0, NULL},
    {"4001d", 0, NULL},
    {"96001h", 0, NULL},
    {"", 0, NULL},
    {"0s", 0, NULL},
    {"00d", 0, NULL},
    {"s", 0, NULL},
    {"90", 0, NULL},
    {"90 s", 0, NULL},
    {" 90s", 0, NULL},
    {"90s ", 0, NULL},
    {"-90s", 0, NULL},
    {"+90s", 0, NULL},
    {"1.5h", 0, NULL},
    {"1h30m", 0, NULL},
    {"1w", 0, NULL},
    {"1M", 0, NULL},
    {"1y", 0, NULL},
    {"0x10s", 0, NULL},
    {"1e3s", 0, NULL},
    {"99999999999999999999999s", 0, NULL},
    {"18446744073709551617s", 0, NULL},
};

START_TEST(a_duration_is_a_number_and_one_unit)
{
    char text[24];
    int64_t seconds = -77;
    bool ok = sae_duration_parse(durations[_i].text, &seconds);

    ck_assert_msg(ok == (durations[_i].again != NULL), "%s", durations[_i].text);
    ck_assert(seconds == (ok ? durations[_i].seconds : -77));
    if (ok) {
        ck_assert_str_eq(sae_duration_format(text, sizeof(text), seconds),
                         durations[_i].again);
    }
}
END_TEST

START_TEST(any_duration_survives_the_way_there_and_back)
{
    int rounds = getenv("SAE_VALGRIND") == NULL ? 100000 : 5000;
    char text[24];
    int64_t again;

    ck_assert_str_eq(sae_duration_format(text, sizeof(text), 0), "0s");
    srand(9);
    for (int i = 0; i < rounds; i++) {
        int64_t seconds = 1 + rand() % 345600000;

        seconds = i % 3 == 0 ? (seconds / 3600 + 1) * 3600 % 345600000 + 3600 : seconds;
        sae_duration_format(text, sizeof(text), seconds);
        ck_assert_msg(sae_duration_parse(text, &again) && again == seconds,
                      "%" PRId64 " is %s", seconds, text);
    }
}
END_TEST

static const struct {
    const char *text;
    uint64_t max;
    bool ok;
    uint64_t value;
    size_t taken;
} decimals[] = {
    {"0", 0, true, 0, 1},
    {"1", 0, false, 0, 0},
    {"9", 5, false, 0, 0},
    {"5", 5, true, 5, 1},
    {"15", 5, false, 0, 0},
    {"10", 10, true, 10, 2},
    {"11", 10, false, 0, 0},
    {"12x", 99, true, 12, 2},
    {"000000000000000000000000000007", 9, true, 7, 30},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX, 20},
    {"18446744073709551616", UINT64_MAX, false, 0, 0},
    {"99999999999999999999", UINT64_MAX, false, 0, 0},
    {"", 9, false, 0, 0},
    {"x", 9, false, 0, 0},
    {"-1", 9, false, 0, 0},
    {"+1", 9, false, 0, 0},
    {" 1", 9, false, 0, 0},
};

START_TEST(a_number_is_taken_whole_or_not_at_all)
{
    struct sae_cursor cur = sae_cursor_text(decimals[_i].text);
    uint64_t value = 77;

    ck_assert_msg(sae_cursor_decimal(&cur, decimals[_i].max, &value) == decimals[_i].ok,
                  "%s", decimals[_i].text);
    ck_assert(value == (decimals[_i].ok ? decimals[_i].value : 77));
    ck_assert_uint_eq((size_t)(cur.at - decimals[_i].text), decimals[_i].taken);
}
END_TEST

START_TEST(digits_are_exactly_as_many_as_asked)
{
    struct sae_cursor cur = sae_cursor_text("0129x");
    unsigned value = 77;

    ck_assert(sae_cursor_digits(&cur, 2, &value) && value == 1);
    ck_assert(!sae_cursor_digits(&cur, 3, &value) && value == 1);
    ck_assert_str_eq(cur.at, "29x");
    ck_assert(sae_cursor_digits(&cur, 2, &value) && value == 29);
    ck_assert(!sae_cursor_digits(&cur, 1, &value));
    cur = sae_cursor_bytes("12", 1);
    ck_assert(!sae_cursor_digits(&cur, 2, &value));
}
END_TEST

START_TEST(a_word_is_taken_whole_in_any_case)
{
    struct sae_cursor cur = sae_cursor_text("HTTPS://x");

    ck_assert(!sae_cursor_word(&cur, "http:"));
    ck_assert(!sae_cursor_word(&cur, "https://xy"));
    ck_assert(sae_cursor_word(&cur, "https://"));
    ck_assert(!sae_cursor_char(&cur, 'X'));
    ck_assert(sae_cursor_char(&cur, 'x'));
    ck_assert(sae_cursor_at_end(&cur));
    ck_assert(!sae_cursor_char(&cur, '\0'));
    ck_assert(!sae_cursor_word(&cur, "x"));
}
END_TEST

START_TEST(blanks_are_taken_only_when_asked_for)
{
    struct sae_cursor cur = sae_cursor_text(" \t \nx");

    ck_assert(!sae_cursor_char(&cur, 'x'));
    sae_cursor_blanks(&cur);
    ck_assert_str_eq(cur.at, "\nx");
    sae_cursor_blanks(&cur);
    ck_assert_str_eq(cur.at, "\nx");
    cur = sae_cursor_bytes("   ", 2);
    sae_cursor_blanks(&cur);
    ck_assert(sae_cursor_at_end(&cur));
}
END_TEST

/* The sanitizers see a read beyond an allocation of exactly that size. */
START_TEST(nothing_is_read_beyond_the_end)
{
    char *one = memset(malloc(1), 0x37, 1);
    struct sae_cursor cur = sae_cursor_bytes(one, 1);
    unsigned digits;
    uint64_t value;

    ck_assert(!sae_cursor_word(&cur, "77"));
    ck_assert(!sae_cursor_digits(&cur, 2, &digits));
    ck_assert(sae_cursor_decimal(&cur, 9, &value) && value == 7);
    sae_cursor_blanks(&cur);
    ck_assert(!sae_cursor_char(&cur, '7') && sae_cursor_at_end(&cur));
    free(one);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cursor");
    TCase *tests = tcase_create("cursor");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_duration_is_a_number_and_one_unit, 0, COUNT(durations));
    tcase_add_test(tests, any_duration_survives_the_way_there_and_back);
    tcase_add_loop_test(tests, a_number_is_taken_whole_or_not_at_all, 0, COUNT(decimals));
    tcase_add_test(tests, digits_are_exactly_as_many_as_asked);
    tcase_add_test(tests, a_word_is_taken_whole_in_any_case);
    tcase_add_test(tests, blanks_are_taken_only_when_asked_for);
    tcase_add_test(tests, nothing_is_read_beyond_the_end);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
