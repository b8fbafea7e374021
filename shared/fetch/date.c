/* SPDX-License-Identifier: MIT */
#include "fetch/date.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

enum {
    TEXT_MOST = 48,  /* longer than any date that is accepted */
    DATE_LEN = 10,   /* "2026-11-22" */
    SECONDS_LEN = 19 /* "2026-11-22T08:14:07" */
};

static struct sae_cursor trimmed(const char *text, size_t len)
{
    struct sae_cursor cur = sae_cursor_bytes(text, len);

    sae_cursor_blanks(&cur);
    while (cur.end > cur.at && (cur.end[-1] == ' ' || cur.end[-1] == '\t')) {
        cur.end--;
    }
    return cur;
}

/* "/Date(1795335331123)/": milliseconds since 1970, UTC. */
static enum sae_date_answer parse_milliseconds(struct sae_cursor cur, int64_t *ret_time)
{
    const uint64_t most = UINT64_C(253402300799999); /* the end of the year 9999 */
    uint64_t ms;

    if (!sae_cursor_decimal(&cur, most, &ms) || !sae_cursor_char(&cur, ')') ||
        !sae_cursor_char(&cur, '/') || !sae_cursor_at_end(&cur)) {
        return SAE_DATE_BAD;
    }
    *ret_time = (int64_t)ms * (SAE_SECOND / 1000);
    return SAE_DATE_OK;
}

/* Year first: the order is clear, only the zone may be missing. */
static enum sae_date_answer parse_iso(struct sae_cursor cur, enum sae_date_column column,
                                      int64_t *ret_time)
{
    size_t len = (size_t)(cur.end - cur.at);
    char text[TEXT_MOST + 1];
    int64_t time;

    if (len == DATE_LEN) {
        return sae_date_parse(cur.at, len, &time) ? SAE_DATE_AMBIGUOUS : SAE_DATE_BAD;
    }
    if (len < SECONDS_LEN || len >= TEXT_MOST) {
        return SAE_DATE_BAD;
    }
    memcpy(text, cur.at, len);
    if (text[DATE_LEN] == ' ') { /* RFC 3339 5.6 allows a blank for the T */
        text[DATE_LEN] = 'T';
    }
    if (sae_time_parse(text, len, ret_time)) {
        return SAE_DATE_OK;
    }
    text[len] = 'Z';
    if (!sae_time_parse(text, len + 1, &time)) {
        return SAE_DATE_BAD;
    }
    if (column == SAE_DATE_PLAIN) {
        return SAE_DATE_AMBIGUOUS;
    }
    *ret_time = time;
    return SAE_DATE_OK;
}

/* "4/28/2021" in whatever order and with whatever separator. */
static bool scan_triple(struct sae_cursor *cur, unsigned ret_part[3])
{
    char separator = '\0';

    for (unsigned i = 0; i < 3; i++) {
        uint64_t value;

        if (i == 1 && cur->at < cur->end && strchr("/.-", *cur->at) != NULL) {
            separator = *cur->at;
        }
        if (i > 0 && (separator == '\0' || !sae_cursor_char(cur, separator))) {
            return false;
        }
        if (!sae_cursor_decimal(cur, 9999, &value)) {
            return false;
        }
        ret_part[i] = (unsigned)value;
    }
    return true;
}

/* "2:08:45.221 PM" up to the end. Newer browsers put U+202F before the PM. */
static bool scan_time12(struct sae_cursor *cur, unsigned ret_part[3], int64_t *ret_ticks)
{
    int64_t worth = SAE_SECOND / 10;
    uint64_t hour;
    unsigned digit;
    bool pm;

    if (!sae_cursor_decimal(cur, 12, &hour) || hour == 0 || !sae_cursor_char(cur, ':') ||
        !sae_cursor_digits(cur, 2, &ret_part[1]) || !sae_cursor_char(cur, ':') ||
        !sae_cursor_digits(cur, 2, &ret_part[2])) {
        return false;
    }
    *ret_ticks = 0;
    if (sae_cursor_char(cur, '.')) {
        if (!sae_cursor_digits(cur, 1, &digit)) {
            return false;
        }
        do {
            *ret_ticks += digit * worth;
            worth /= 10;
        } while (sae_cursor_digits(cur, 1, &digit));
    }
    if (!sae_cursor_char(cur, ' ') && !sae_cursor_word(cur, "\xe2\x80\xaf")) {
        return false;
    }
    pm = sae_cursor_word(cur, "pm");
    if (!pm && !sae_cursor_word(cur, "am")) {
        return false;
    }
    ret_part[0] = (unsigned)hour % 12 + (pm ? 12 : 0);
    return sae_cursor_at_end(cur);
}

/* "4/28/2021, 2:08:45.221 PM", always month first and UTC in a Log Analytics export. */
static bool parse_analytics(struct sae_cursor cur, int64_t *ret_time)
{
    unsigned date[3], clock[3];
    int64_t time, ticks;

    if (memchr(cur.at, '/', (size_t)(cur.end - cur.at)) == NULL ||
        !scan_triple(&cur, date) || !sae_cursor_char(&cur, ',') ||
        !sae_cursor_char(&cur, ' ') || !scan_time12(&cur, clock, &ticks) ||
        !sae_time_make(date[2], date[0], date[1], clock[0], clock[1], clock[2], &time)) {
        return false;
    }
    *ret_time = time + ticks;
    return true;
}

/* A culture's date that exists in at least one order. What follows it is not looked at.
 */
static bool is_culture_date(struct sae_cursor cur)
{
    /* Where year, month and day stand in the orders that people use. */
    static const unsigned char order[3][3] = {{2, 0, 1}, {2, 1, 0}, {0, 1, 2}};
    unsigned part[3];
    int64_t unused;

    if (!scan_triple(&cur, part) || !(sae_cursor_at_end(&cur) || *cur.at == ' ' ||
                                      *cur.at == ',' || *cur.at == 'T')) {
        return false;
    }
    for (unsigned i = 0; i < 3; i++) {
        unsigned year = part[order[i][0]];

        year += year < 100 ? 2000 : 0;
        if (sae_time_make(year, part[order[i][1]], part[order[i][2]], 0, 0, 0, &unused)) {
            return true;
        }
    }
    return false;
}

static bool starts_iso(struct sae_cursor cur)
{
    unsigned year;

    return sae_cursor_digits(&cur, 4, &year) && sae_cursor_char(&cur, '-');
}

enum sae_date_answer sae_foreign_time(const char *text, size_t len,
                                      enum sae_date_column column, int64_t *ret_time)
{
    struct sae_cursor cur = trimmed(text, len);

    if (sae_cursor_at_end(&cur)) {
        return SAE_DATE_EMPTY;
    }
    if (sae_cursor_word(&cur, "/Date(")) {
        return parse_milliseconds(cur, ret_time);
    }
    if (starts_iso(cur)) {
        return parse_iso(cur, column, ret_time);
    }
    if (column == SAE_DATE_ANALYTICS && parse_analytics(cur, ret_time)) {
        return SAE_DATE_OK;
    }
    return is_culture_date(cur) ? SAE_DATE_AMBIGUOUS : SAE_DATE_BAD;
}
