/* SPDX-License-Identifier: MIT */
/* A second opinion for tests: RFC 8259 by recursive descent over a document, written
 * without a look at the scanner. Depth and number length are not limited here. */
#ifndef SAE_TEST_STRICT_JSON_H
#define SAE_TEST_STRICT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

static const char *strict_value(const char *p, const char *end);

static const char *strict_space(const char *p, const char *end)
{
    while (p < end && *p != '\0' && strchr(" \t\r\n", *p) != NULL) {
        p++;
    }
    return p;
}

static size_t strict_span(const char *p, const char *end, const char *set)
{
    size_t n = 0;

    while (p + n < end && p[n] != '\0' && strchr(set, p[n]) != NULL) {
        n++;
    }
    return n;
}

/* All of these return the end of what they parsed, NULL if it is wrong. */
static const char *strict_string(const char *p, const char *end)
{
    const char *from = ++p;

    while (p < end && *p != '"') {
        if ((unsigned char)*p < 0x20) {
            return NULL;
        }
        if (*p == '\\') {
            p++;
            if (strict_span(p, end, "\"\\/bfnrtu") == 0) {
                return NULL;
            }
            if (*p == 'u') {
                if (strict_span(p + 1, end, "0123456789abcdefABCDEF") < 4) {
                    return NULL;
                }
                p += 4;
            }
        }
        p++;
    }
    return p < end && sae_text_is_utf8(from, (size_t)(p - from)) ? p + 1 : NULL;
}

static const char *strict_number(const char *p, const char *end)
{
    static const char digits[] = "0123456789";
    size_t n;

    p += strict_span(p, end, "-") > 0 ? 1 : 0;
    n = strict_span(p, end, digits);
    if (n == 0 || (n > 1 && *p == '0')) {
        return NULL;
    }
    p += n;
    if (strict_span(p, end, ".") > 0) {
        n = strict_span(p + 1, end, digits);
        if (n == 0) {
            return NULL;
        }
        p += n + 1;
    }
    if (strict_span(p, end, "eE") > 0) {
        p += 1 + (strict_span(p + 1, end, "+-") > 0 ? 1 : 0);
        n = strict_span(p, end, digits);
        return n > 0 ? p + n : NULL;
    }
    return p;
}

static const char *strict_container(const char *p, const char *end)
{
    bool object = *p == '{';
    char close = object ? '}' : ']';

    p = strict_space(p + 1, end);
    if (p < end && *p == close) {
        return p + 1;
    }
    for (;;) {
        p = strict_space(p, end);
        if (object) {
            p = p < end && *p == '"' ? strict_string(p, end) : NULL;
            p = p == NULL ? NULL : strict_space(p, end);
            if (p == NULL || p == end || *p != ':') {
                return NULL;
            }
            p++;
        }
        p = strict_value(p, end);
        p = p == NULL ? NULL : strict_space(p, end);
        if (p == NULL || p == end || (*p != ',' && *p != close)) {
            return NULL;
        }
        if (*p++ == close) {
            return p;
        }
    }
}

static const char *strict_value(const char *p, const char *end)
{
    static const char *const words[] = {"null", "false", "true"};

    p = strict_space(p, end);
    if (p == end) {
        return NULL;
    }
    if (*p == '"') {
        return strict_string(p, end);
    }
    if (*p == '{' || *p == '[') {
        return strict_container(p, end);
    }
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);

        if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0) {
            return p + n;
        }
    }
    return strict_number(p, end);
}

static bool strict_json(const char *doc, size_t len)
{
    const char *p = strict_value(doc, doc + len);

    return p != NULL && strict_space(p, doc + len) == doc + len;
}

#endif
