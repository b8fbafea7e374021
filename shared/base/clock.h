/* SPDX-License-Identifier: MIT */
/* Time. An instant is an int64_t of 100 ns ticks since 1970-01-01 UTC: the precision of
 * Microsoft's logs, whole, so that interval bounds are exact. Intervals are half-open. */
#ifndef SAE_CLOCK_H
#define SAE_CLOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SAE_SECOND INT64_C(10000000) /* ticks */
#define SAE_MINUTE (60 * SAE_SECOND)
#define SAE_HOUR (3600 * SAE_SECOND)
#define SAE_DAY (86400 * SAE_SECOND)

enum { SAE_TIME_TEXT = 32 };

/* The wall clock. */
int64_t sae_clock_now(void);

/* Monotonic ticks, for budgets only. */
int64_t sae_clock_monotonic(void);

/* Ticks of a UTC calendar time; false if the date does not exist. Years 1970 to 9999. */
bool sae_time_make(unsigned year, unsigned month, unsigned day, unsigned hour,
                   unsigned minute, unsigned second, int64_t *ret_time);

/* RFC 3339 with 'T' or 't', 0 to 12 fractional digits (kept to 100 ns), and an offset or 'Z',
 * which must be there; leap second 60 counts as 59. The whole text must match. */
bool sae_time_parse(const char *text, size_t len, int64_t *ret_time);

/* "2026-11-22T08:14:07Z"; cap at least SAE_TIME_TEXT. Returns text. */
char *sae_time_format(char *text, size_t cap, int64_t time);

/* Whole days since 1970-01-01 UTC (floor). */
int64_t sae_time_day(int64_t time);

/* "YYYY-MM-DD" as the day number of sae_time_day(); the whole text must match. */
bool sae_date_parse(const char *text, size_t len, int64_t *ret_day);
char *sae_date_format(char *text, size_t cap, int64_t day);

/* What one run may still spend: a monotonic end and a flag that a signal handler sets. */
struct sae_budget {
    int64_t end;                     /* monotonic ticks */
    const volatile sig_atomic_t *stop; /* may be NULL */
};

/* SAE_OK, or SAE_E_TIMEOUT with the reason ("time limit reached", "told to stop"). */
enum sae_status sae_budget_check(const struct sae_budget *budget, struct sae_err *err)
    SAE_MUST_CHECK;

#endif
