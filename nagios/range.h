/* SPDX-License-Identifier: MIT */
/* Threshold ranges of the Monitoring Plugins guidelines, [@]start:end, both ends
 * inclusive, read strictly: what another plugin would guess at ("5x", "0x10", "1e3") is
 * an error here, because a threshold that means something else than it says is a missed
 * alarm. Nothing here depends on the locale. A range is plain data, owned by the caller.
 */
#ifndef SAE_RANGE_H
#define SAE_RANGE_H

#include <stdbool.h>

#include "base/err.h"

enum {
    SAE_DECIMAL_DIGITS =
        15, /* most significant digits: all of them are exact in a double */
    SAE_RANGE_TEXT = 40
};

struct sae_range {
    double start, end;   /* 0 where infinite */
    bool start_infinite; /* "~:end" */
    bool end_infinite;   /* "start:" */
    bool inside;         /* "@": alert inside, ends included, instead of outside */
    char
        text[SAE_RANGE_TEXT]; /* normalised for perfdata: "0:10" is "10", "010" is "10" */
};

/* Reads the whole text as a range. "10" and ":10" are 0 to 10, "10:" is 10 and more,
 * "~:10" is 10 and less. SAE_E_USAGE with a reason for everything else: empty, blanks,
 * signs other than '-', hexadecimal, exponents, trailing bytes, start above end, no
 * number at all. */
enum sae_status sae_range_parse(const char *text, struct sae_range *ret_range,
                                struct sae_err *err) SAE_MUST_CHECK;

/* True if `value` raises an alarm. A NaN always does. */
bool sae_range_alerts(const struct sae_range *range, double value);

/* True if every value from `lower` upwards raises an alarm: only then does a lower bound
 * prove a state. */
bool sae_range_alerts_from(const struct sae_range *range, double lower);

/* Reads the whole text as a decimal number: optional '-', digits, optional '.' and
 * digits; at most SAE_DECIMAL_DIGITS significant digits. */
bool sae_decimal_parse(const char *text, double *ret_value);

#endif
