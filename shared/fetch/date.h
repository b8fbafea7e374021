/* SPDX-License-Identifier: MIT */
/* The date formats of sign-in exports (signins: portal, Graph, PowerShell, Log Analytics).
 * A date that could mean two instants is refused, never guessed. */
#ifndef SAE_DATE_H
#define SAE_DATE_H

#include <stddef.h>
#include <stdint.h>

enum sae_date_answer {
    SAE_DATE_OK,
    SAE_DATE_EMPTY,    /* nothing there */
    SAE_DATE_BAD,      /* no date at all, or one that does not exist */
    SAE_DATE_AMBIGUOUS /* a date whose order of day and month, or whose zone, is not stated */
};

/* What the column's header says about its values. */
enum sae_date_column {
    SAE_DATE_PLAIN,    /* nothing: the value itself must name its zone */
    SAE_DATE_UTC,      /* "Date (UTC)": zone known, order of a culture date is not */
    SAE_DATE_ANALYTICS /* "TimeGenerated [UTC]" of Log Analytics: month/day/year, UTC */
};

/* Accepted: RFC 3339 with zone, anywhere; ISO order ("2026-11-22 08:14:07[.fff]", T or one
 * blank) without zone in UTC and ANALYTICS columns; "4/28/2021, 2:08:45.221 PM" in ANALYTICS
 * columns; "/Date(1795335331123)/" (milliseconds, ConvertTo-Json of PowerShell 5.1) anywhere. */
enum sae_date_answer sae_foreign_time(const char *text, size_t len,
                                      enum sae_date_column column, int64_t *ret_time);

#endif
