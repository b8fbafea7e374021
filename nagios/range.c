/* SPDX-License-Identifier: MIT */
#include "nagios/range.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"

/* A decimal number as read: all its digits as one integer, of which `scale` belong behind
 * the point, and how to write it again. */
struct decimal {
    uint64_t digits;
    unsigned scale;
    bool negative;
};

/* "-", 15 digits, "." and the terminator */
enum { DECIMAL_TEXT = SAE_DECIMAL_DIGITS + 4 };

static bool take_digit(struct sae_cursor *cur, unsigned *ret_digit)
{
    return sae_cursor_digits(cur, 1, ret_digit);
}

/* Appends one digit; false if that makes more digits than a double holds exactly. */
static bool push_digit(struct decimal *number, unsigned digit)
{
    const uint64_t most = UINT64_C(999999999999999); /* SAE_DECIMAL_DIGITS times 9 */

    if (number->digits > (most - digit) / 10) {
        return false;
    }
    number->digits = number->digits * 10 + digit;
    return true;
}

static void drop_last_zeros(struct decimal *number)
{
    while (number->scale > 0 && number->digits % 10 == 0) {
        number->digits /= 10;
        number->scale--;
    }
    number->negative = number->negative && number->digits != 0;
}

/* Takes -?[0-9]+(\.[0-9]+)?; on failure the cursor is anywhere. */
static bool take_decimal(struct sae_cursor *cur, struct decimal *ret_number)
{
    struct decimal number = {0};
    unsigned digit;

    number.negative = sae_cursor_char(cur, '-');
    if (!take_digit(cur, &digit)) {
        return false;
    }
    do {
        if (!push_digit(&number, digit)) {
            return false;
        }
    } while (take_digit(cur, &digit));
    if (sae_cursor_char(cur, '.')) {
        if (!take_digit(cur, &digit)) {
            return false;
        }
        do {
            if (number.scale == SAE_DECIMAL_DIGITS - 1 || !push_digit(&number, digit)) {
                return false;
            }
            number.scale++;
        } while (take_digit(cur, &digit));
    }
    drop_last_zeros(&number);
    *ret_number = number;
    return true;
}

/* Both operands are integers that a double holds exactly, so that the one rounding of the
 * division gives the double nearest to the decimal, as strtod() would. */
static double decimal_value(const struct decimal *number)
{
    uint64_t power = 1;
    double value;

    for (unsigned i = 0; i < number->scale; i++) {
        power *= 10;
    }
    value = (double)number->digits / (double)power;
    return number->negative ? -value : value;
}

/* printf() of integers only: the locale has no say. */
static const char *decimal_text(const struct decimal *number, char text[DECIMAL_TEXT])
{
    char digits[DECIMAL_TEXT];
    int width = (int)number->scale + 1;
    int len = snprintf(digits, sizeof(digits), "%0*llu", width,
                       (unsigned long long)number->digits);
    int whole = len - (int)number->scale;

    snprintf(text, DECIMAL_TEXT, "%s%.*s%s%s", number->negative ? "-" : "", whole, digits,
             number->scale > 0 ? "." : "", digits + whole);
    return text;
}

bool sae_decimal_parse(const char *text, double *ret_value)
{
    struct sae_cursor cur = sae_cursor_text(text);
    struct decimal number;

    if (!take_decimal(&cur, &number) || !sae_cursor_at_end(&cur)) {
        return false;
    }
    *ret_value = decimal_value(&number);
    return true;
}

/* What take_range() read. */
struct parts {
    struct decimal start, end;
    bool has_start, has_end, tilde, colon;
};

static bool take_range(struct sae_cursor *cur, struct parts *parts)
{
    struct decimal first = {0};
    bool has_first = false;

    parts->tilde = sae_cursor_char(cur, '~');
    if (!parts->tilde && cur->at < cur->end && *cur->at != ':') {
        has_first = take_decimal(cur, &first);
        if (!has_first) {
            return false;
        }
    }
    parts->colon = sae_cursor_char(cur, ':');
    if (!parts->colon) {
        parts->end = first;
        parts->has_end = has_first;
        return has_first && sae_cursor_at_end(cur);
    }
    parts->start = first;
    parts->has_start = has_first;
    if (sae_cursor_at_end(cur)) {
        return has_first || parts->tilde;
    }
    parts->has_end = take_decimal(cur, &parts->end);
    return parts->has_end && sae_cursor_at_end(cur);
}

/* The shortest form with the same meaning. */
static void write_range(struct sae_range *range, const struct parts *parts)
{
    char start[DECIMAL_TEXT] = "", end[DECIMAL_TEXT] = "";
    bool from_zero = parts->start.digits == 0 && !parts->tilde && parts->has_end;

    if (parts->has_start) {
        decimal_text(&parts->start, start);
    }
    if (parts->has_end) {
        decimal_text(&parts->end, end);
    }
    snprintf(range->text, sizeof(range->text), "%s%s%s%s%s", range->inside ? "@" : "",
             parts->tilde ? "~" : "", from_zero ? "" : start, from_zero ? "" : ":", end);
}

static enum sae_status refuse(const char *text, struct sae_err *err)
{
    if (text[0] == '\0') {
        return sae_fail(err, SAE_E_USAGE, "the range is empty");
    }
    if (strchr(text, '/') != NULL) {
        return sae_fail(err, SAE_E_USAGE,
                        "range %.60s holds a path: the shell expanded an unquoted ~, "
                        "put the range in quotes",
                        text);
    }
    return sae_fail(
        err, SAE_E_USAGE,
        "range %.60s is not (@)(start:)end with decimal numbers of at most %d "
        "digits",
        text, SAE_DECIMAL_DIGITS);
}

enum sae_status sae_range_parse(const char *text, struct sae_range *ret_range,
                                struct sae_err *err)
{
    struct sae_cursor cur = sae_cursor_text(text);
    struct sae_range range = {0};
    struct parts parts = {0};

    range.inside = sae_cursor_char(&cur, '@');
    if (sae_cursor_at_end(&cur) || !take_range(&cur, &parts)) {
        return refuse(text, err);
    }
    range.start_infinite = parts.tilde;
    range.end_infinite = !parts.has_end;
    range.start = decimal_value(&parts.start);
    range.end = decimal_value(&parts.end);
    if (!range.start_infinite && !range.end_infinite && range.start > range.end) {
        return sae_fail(err, SAE_E_USAGE, "range %.60s starts above its end", text);
    }
    write_range(&range, &parts);
    *ret_range = range;
    return SAE_OK;
}

bool sae_range_alerts(const struct sae_range *range, double value)
{
    bool within = (range->start_infinite || value >= range->start) &&
                  (range->end_infinite || value <= range->end);

    return isnan(value) || within == range->inside;
}

bool sae_range_alerts_from(const struct sae_range *range, double lower)
{
    if (range->inside) {
        return range->end_infinite && (range->start_infinite || lower >= range->start);
    }
    return !range->end_infinite && lower > range->end;
}
