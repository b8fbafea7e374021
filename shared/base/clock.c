/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/cursor.h"

static int64_t read_clock(clockid_t which)
{
    struct timespec ts;

    clock_gettime(which, &ts);
    return (int64_t)ts.tv_sec * SAE_SECOND + ts.tv_nsec / 100;
}

int64_t sae_clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t sae_clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01 of a proleptic Gregorian date. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    static const unsigned before[12] = {0,   31,  59,  90,  120, 151,
                                        181, 212, 243, 273, 304, 334};
    int64_t past = (int64_t)year - 1;
    int64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;

    return days + before[month - 1] + (month > 2 && is_leap(year) ? 1 : 0) + day - 1;
}

static bool is_date(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char length[12] = {31, 28, 31, 30, 31, 30,
                                             31, 31, 30, 31, 30, 31};

    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    return day <= length[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

bool sae_time_make(unsigned year, unsigned month, unsigned day, unsigned hour,
                   unsigned minute, unsigned second, int64_t *ret_time)
{
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    second = second == 60 ? 59 : second;
    *ret_time = days_of(year, month, day) * SAE_DAY + hour * SAE_HOUR +
                minute * SAE_MINUTE + second * SAE_SECOND;
    return true;
}

/* ".1234567": up to 12 digits, the first 7 count. */
static bool parse_fraction(struct sae_cursor *cur, int64_t *ret_ticks)
{
    int64_t ticks = 0, worth = SAE_SECOND / 10;
    unsigned digit, count = 0;

    while (sae_cursor_digits(cur, 1, &digit)) {
        ticks += digit * worth;
        worth /= 10;
        count++;
    }
    *ret_ticks = ticks;
    return count >= 1 && count <= 12;
}

static bool parse_offset(struct sae_cursor *cur, int64_t *ret_ticks)
{
    unsigned hour, minute;
    bool minus;

    if (sae_cursor_word(cur, "z")) {
        *ret_ticks = 0;
        return true;
    }
    minus = sae_cursor_char(cur, '-');
    if ((!minus && !sae_cursor_char(cur, '+')) || !sae_cursor_digits(cur, 2, &hour) ||
        !sae_cursor_char(cur, ':') || !sae_cursor_digits(cur, 2, &minute) || hour > 14 ||
        minute > 59) {
        return false;
    }
    *ret_ticks = (minus ? -1 : 1) * (hour * SAE_HOUR + minute * SAE_MINUTE);
    return true;
}

bool sae_time_parse(const char *text, size_t len, int64_t *ret_time)
{
    struct sae_cursor cur = sae_cursor_bytes(text, len);
    unsigned year, month, day, hour, minute, second;
    int64_t time, fraction = 0, offset;

    if (!sae_cursor_digits(&cur, 4, &year) || !sae_cursor_char(&cur, '-') ||
        !sae_cursor_digits(&cur, 2, &month) || !sae_cursor_char(&cur, '-') ||
        !sae_cursor_digits(&cur, 2, &day) || !sae_cursor_word(&cur, "t") ||
        !sae_cursor_digits(&cur, 2, &hour) || !sae_cursor_char(&cur, ':') ||
        !sae_cursor_digits(&cur, 2, &minute) || !sae_cursor_char(&cur, ':') ||
        !sae_cursor_digits(&cur, 2, &second)) {
        return false;
    }
    if (sae_cursor_char(&cur, '.') && !parse_fraction(&cur, &fraction)) {
        return false;
    }
    if (!parse_offset(&cur, &offset) || !sae_cursor_at_end(&cur) ||
        !sae_time_make(year, month, day, hour, minute, second, &time)) {
        return false;
    }
    *ret_time = time + fraction - offset;
    return true;
}

int64_t sae_time_day(int64_t time)
{
    return time >= 0 ? time / SAE_DAY : -((SAE_DAY - 1 - time) / SAE_DAY);
}

static struct tm calendar(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm = {0};

    gmtime_r(&t, &tm);
    return tm;
}

char *sae_time_format(char *text, size_t cap, int64_t time)
{
    int64_t day = sae_time_day(time);
    struct tm tm = calendar(day * 86400 + (time - day * SAE_DAY) / SAE_SECOND);

    if (strftime(text, cap, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 && cap > 0) {
        text[0] = '\0';
    }
    return text;
}

bool sae_date_parse(const char *text, size_t len, int64_t *ret_day)
{
    struct sae_cursor cur = sae_cursor_bytes(text, len);
    unsigned year, month, day;

    if (!sae_cursor_digits(&cur, 4, &year) || !sae_cursor_char(&cur, '-') ||
        !sae_cursor_digits(&cur, 2, &month) || !sae_cursor_char(&cur, '-') ||
        !sae_cursor_digits(&cur, 2, &day) || !sae_cursor_at_end(&cur) ||
        !is_date(year, month, day)) {
        return false;
    }
    *ret_day = days_of(year, month, day);
    return true;
}

char *sae_date_format(char *text, size_t cap, int64_t day)
{
    struct tm tm = calendar(day * 86400);

    if (strftime(text, cap, "%Y-%m-%d", &tm) == 0 && cap > 0) {
        text[0] = '\0';
    }
    return text;
}

enum sae_status sae_budget_check(const struct sae_budget *budget, struct sae_err *err)
{
    if (budget->stop != NULL && *budget->stop != 0) {
        return sae_fail(err, SAE_E_TIMEOUT, "told to stop");
    }
    if (sae_clock_monotonic() >= budget->end) {
        return sae_fail(err, SAE_E_TIMEOUT, "time limit reached");
    }
    return SAE_OK;
}
