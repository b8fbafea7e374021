/* SPDX-License-Identifier: MIT */
/* Instants to 100 ns: RFC 3339 and nothing else, leap years, formats, budgets. */
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define S SAE_SECOND

static const struct {
    const char *text;
    int64_t time; /* ticks, -1 for refused */
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:01Z", 1 * S},
    {"2026-11-22T08:14:07Z", 1795335247 * S},
    {"2026-11-22t08:14:07z", 1795335247 * S},
    {"2000-02-29T00:00:00Z", 951782400 * S},
    {"2024-02-29T12:00:00Z", 1709208000 * S},
    {"2024-03-01T00:00:00Z", 1709251200 * S},
    {"2100-03-01T00:00:00Z", 4107542400 * S},
    {"2038-01-19T03:14:08Z", 2147483648 * S},
    {"9999-12-31T23:59:59Z", 253402300799 * S},
    {"1970-01-01T00:00:00.1Z", S / 10},
    {"1970-01-01T00:00:00.0000001Z", 1},
    {"1970-01-01T00:00:00.00000019Z", 1},
    {"1970-01-01T00:00:00.9999999Z", S - 1},
    {"1970-01-01T00:00:00.999999999999Z", S - 1},
    {"1970-01-01T02:30:00+02:30", 0},
    {"1969-12-31T23:00:00-01:00", -1},
    {"1970-01-01T00:00:00-01:00", 3600 * S},
    {"1970-01-01T14:00:00+14:00", 0},
    {"1970-01-01T00:00:00+00:00", 0},
    {"1970-01-01T00:00:00-00:00", 0},
    {"2016-12-31T23:59:60Z", 1483228799 * S},
    {"", -1},
    {"2026-11-22", -1},
    {"2026-11-22T08:14Z", -1},
    {"2026-11-22T08:14:07", -1},
    {"2026-11-22 08:14:07Z", -1},
    {" 2026-11-22T08:14:07Z", -1},
    {"2026-11-22T08:14:07Z ", -1},
    {"2026-11-22T08:14:07ZZ", -1},
    {"2026-11-22T08:14:07.Z", -1},
    {"2026-11-22T08:14:07.1234567890123Z", -1},
    {"2026-11-22T08:14:07,5Z", -1},
    {"2026-11-22T08:14:07+0200", -1},
    {"2026-11-22T08:14:07+02", -1},
    {"2026-11-22T08:14:07+15:00", -1},
    {"2026-11-22T08:14:07+02:60", -1},
    {"2026-11-22T08:14:07 +02:00", -1},
    {"2026-11-22T24:00:00Z", -1},
    {"2026-11-22T08:60:07Z", -1},
    {"2026-11-22T08:14:61Z", -1},
    {"2026-11-31T08:14:07Z", -1},
    {"2026-02-29T08:14:07Z", -1},
    {"2100-02-29T08:14:07Z", -1},
    {"2026-00-22T08:14:07Z", -1},
    {"2026-13-22T08:14:07Z", -1},
    {"2026-11-00T08:14:07Z", -1},
    {"1969-12-31T23:59:59Z", -1},
    {"0001-01-01T00:00:00Z", -1},
    {"10000-01-01T00:00:00Z", -1},
    {"2026-1-22T08:14:07Z", -1},
    {"+026-11-22T08:14:07Z", -1},
    {"2026-11-22T-8:14:07Z", -1},
};

START_TEST(an_instant_is_rfc_3339_and_nothing_else)
{
    int64_t time = -77;
    bool ok = sae_time_parse(times[_i].text, strlen(times[_i].text), &time);

    ck_assert_msg(ok == (times[_i].time >= 0), "%s", times[_i].text);
    ck_assert_msg(time == (ok ? times[_i].time : -77), "%s: %" PRId64, times[_i].text,
                  time);
}
END_TEST

START_TEST(every_cut_of_an_instant_is_refused)
{
    static const char text[] = "2026-11-22T08:14:07.4471523+02:00";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *copy = malloc(len + 1);
        int64_t time;

        memcpy(copy, text, len);
        ck_assert_msg(!sae_time_parse(copy, len, &time), "accepted at %zu bytes", len);
        free(copy);
    }
}
END_TEST

/* timegm() of libc as the oracle: every day of the range, at a time that moves. */
START_TEST(every_day_is_the_day_of_the_calendar)
{
    char text[SAE_TIME_TEXT], want[64];
    int64_t step = getenv("SAE_VALGRIND") == NULL ? 1 : 29;

    for (int64_t day = 0; day < 2932897; day += step) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        int64_t time, number;
        struct tm tm;

        gmtime_r(&seconds, &tm);
        if (!sae_time_make((unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
                           (unsigned)tm.tm_mday, (unsigned)tm.tm_hour,
                           (unsigned)tm.tm_min, (unsigned)tm.tm_sec, &time) ||
            time != (int64_t)seconds * S || sae_time_day(time) != day) {
            ck_abort_msg("day %" PRId64, day);
        }
        if (day % 97 == 0) {
            strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
            ck_assert_str_eq(sae_time_format(text, sizeof(text), time + S - 1), want);
            ck_assert(sae_time_parse(text, strlen(text), &time));
            want[10] = '\0';
            ck_assert_str_eq(sae_date_format(text, sizeof(text), day), want);
            ck_assert(sae_date_parse(text, strlen(text), &number) && number == day);
        }
    }
}
END_TEST

START_TEST(a_day_begins_at_its_first_tick)
{
    ck_assert(sae_time_day(0) == 0);
    ck_assert(sae_time_day(SAE_DAY - 1) == 0);
    ck_assert(sae_time_day(SAE_DAY) == 1);
    ck_assert(sae_time_day(-1) == -1);
    ck_assert(sae_time_day(-SAE_DAY) == -1);
    ck_assert(sae_time_day(-SAE_DAY - 1) == -2);
}
END_TEST

START_TEST(a_format_fits_or_is_empty)
{
    char text[SAE_TIME_TEXT];

    ck_assert_str_eq(sae_time_format(text, sizeof(text), -1), "1969-12-31T23:59:59Z");
    ck_assert_str_eq(sae_time_format(text, sizeof(text), INT64_MAX),
                     "31197-09-14T02:48:05Z");
    ck_assert_str_eq(sae_time_format(text, 21, 0), "1970-01-01T00:00:00Z");
    ck_assert_str_eq(sae_time_format(text, 20, 0), "");
    ck_assert_str_eq(sae_date_format(text, 10, 0), "");
}
END_TEST

static const char *const no_dates[] = {
    "",           "2026-11-2",  "2026-11-221", "2026-02-29",
    "1900-01-01", "2026/11/22", "2026-11-22Z", " 2026-11-22",
    "22-11-2026", "2026-13-01", "2026-04-31",  "20261122"};

START_TEST(what_is_no_date_is_refused)
{
    int64_t day = -77;

    ck_assert_msg(!sae_date_parse(no_dates[_i], strlen(no_dates[_i]), &day), "%s",
                  no_dates[_i]);
    ck_assert(day == -77);
}
END_TEST

START_TEST(a_budget_ends_with_its_time_or_a_signal)
{
    volatile sig_atomic_t stop = 0;
    struct sae_budget budget = {.end = sae_clock_monotonic() + SAE_HOUR, .stop = &stop};
    struct sae_err err;

    ck_assert_int_eq(sae_budget_check(&budget, &err), SAE_OK);
    stop = 1;
    ck_assert_int_eq(sae_budget_check(&budget, &err), SAE_E_TIMEOUT);
    ck_assert_str_eq(err.text, "told to stop");
    budget = (struct sae_budget){.end = sae_clock_monotonic() - 1};
    ck_assert_int_eq(sae_budget_check(&budget, &err), SAE_E_TIMEOUT);
    ck_assert_str_eq(err.text, "time limit reached");
}
END_TEST

START_TEST(the_clocks_go_forward)
{
    int64_t before = sae_clock_monotonic(), wall = sae_clock_now();

    ck_assert(sae_clock_monotonic() >= before);
    ck_assert(wall / S - (int64_t)time(NULL) <= 1 && (int64_t)time(NULL) - wall / S <= 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, an_instant_is_rfc_3339_and_nothing_else, 0, COUNT(times));
    tcase_add_test(tests, every_cut_of_an_instant_is_refused);
    tcase_add_test(tests, every_day_is_the_day_of_the_calendar);
    tcase_add_test(tests, a_day_begins_at_its_first_tick);
    tcase_add_test(tests, a_format_fits_or_is_empty);
    tcase_add_loop_test(tests, what_is_no_date_is_refused, 0, COUNT(no_dates));
    tcase_add_test(tests, a_budget_ends_with_its_time_or_a_signal);
    tcase_add_test(tests, the_clocks_go_forward);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
