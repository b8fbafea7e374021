/* SPDX-License-Identifier: MIT */
#include "base/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct sae_cursor sae_cursor_text(const char *text)
{
    return sae_cursor_bytes(text, strlen(text));
}

struct sae_cursor sae_cursor_bytes(const char *data, size_t len)
{
    return (struct sae_cursor){.at = data, .end = data + len};
}

bool sae_cursor_at_end(const struct sae_cursor *cur)
{
    return cur->at == cur->end;
}

bool sae_cursor_char(struct sae_cursor *cur, char c)
{
    if (cur->at == cur->end || *cur->at != c) {
        return false;
    }
    cur->at++;
    return true;
}

bool sae_cursor_word(struct sae_cursor *cur, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(cur->end - cur->at) < len || strncasecmp(cur->at, word, len) != 0) {
        return false;
    }
    cur->at += len;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool sae_cursor_decimal(struct sae_cursor *cur, uint64_t max, uint64_t *ret_value)
{
    const char *p = cur->at;
    uint64_t value = 0;

    for (; p < cur->end && is_digit(*p); p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (value > (max - digit) / 10 || digit > max) {
            return false;
        }
        value = value * 10 + digit;
    }
    if (p == cur->at) {
        return false;
    }
    cur->at = p;
    *ret_value = value;
    return true;
}

bool sae_cursor_digits(struct sae_cursor *cur, unsigned count, unsigned *ret_value)
{
    unsigned value = 0;

    if ((size_t)(cur->end - cur->at) < count) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_digit(cur->at[i])) {
            return false;
        }
        value = value * 10 + (unsigned)(cur->at[i] - '0');
    }
    cur->at += count;
    *ret_value = value;
    return true;
}

void sae_cursor_blanks(struct sae_cursor *cur)
{
    while (cur->at < cur->end && (*cur->at == ' ' || *cur->at == '\t')) {
        cur->at++;
    }
}

static const struct {
    char letter;
    int64_t seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

bool sae_duration_parse(const char *text, int64_t *ret_seconds)
{
    const int64_t most = INT64_C(4000) * 86400;
    struct sae_cursor cur = sae_cursor_text(text);
    uint64_t value;

    if (!sae_cursor_decimal(&cur, (uint64_t)most, &value) || value == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (sae_cursor_char(&cur, units[i].letter)) {
            if (!sae_cursor_at_end(&cur) || (int64_t)value > most / units[i].seconds) {
                return false;
            }
            *ret_seconds = (int64_t)value * units[i].seconds;
            return true;
        }
    }
    return false;
}

char *sae_duration_format(char *text, size_t cap, int64_t seconds)
{
    size_t i = 0;

    while (units[i].seconds > 1 && (seconds == 0 || seconds % units[i].seconds != 0)) {
        i++;
    }
    snprintf(text, cap, "%" PRId64 "%c", seconds / units[i].seconds, units[i].letter);
    return text;
}
