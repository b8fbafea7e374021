/* SPDX-License-Identifier: MIT */
#include "base/scan_private.h"

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

bool sae_scan_is_number(const char *text, size_t len)
{
    const char *p = text, *end = text + len, *from;

    p += p < end && *p == '-' ? 1 : 0;
    from = p;
    p = p < end && *p == '0' ? p + 1 : digits_end(p, end);
    if (p != from && p < end && *p == '.') {
        from = p + 1;
        p = digits_end(from, end);
    }
    if (p != from && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-') ? 1 : 0;
        from = p;
        p = digits_end(from, end);
    }
    return p != from && p == end;
}
