/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

/* Bit c % 32 of word c / 32 is set for [A-Za-z0-9@._+:-]. */
static bool is_shown(unsigned char c)
{
    static const uint32_t shown[8] = {0, 0x07ff6800, 0x87ffffff, 0x07fffffe};

    return (shown[c / 32] >> (c % 32) & 1) != 0;
}

/* Length of the well-formed UTF-8 character at s, 0 if there is none (table 3-7 of the
 * Unicode standard). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t n;

    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        n = 2;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        n = 3;
        low = s[0] == 0xe0 ? 0xa0 : low;
        high = s[0] == 0xed ? 0x9f : high;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        n = 4;
        low = s[0] == 0xf0 ? 0x90 : low;
        high = s[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (left < n || s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf) {
            return 0;
        }
    }
    return n;
}

bool sae_text_is_utf8(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;

    for (size_t at = 0; at < len;) {
        size_t n = p[at] == '\0' ? 0 : utf8_length(p + at, len - at);

        if (n == 0) {
            return false;
        }
        at += n;
    }
    return true;
}

char *sae_text_safe(char *dst, size_t cap, const char *src, size_t len)
{
    const unsigned char *p = (const unsigned char *)src;
    size_t room = cap - 1 < SAE_TEXT_SHOWN ? cap - 1 : SAE_TEXT_SHOWN;
    size_t out = 0, at = 0;

    while (at < len && out < room) {
        size_t n = utf8_length(p + at, len - at);

        dst[out++] = is_shown(p[at]) ? (char)p[at] : '?';
        at += n == 0 ? 1 : n;
    }
    if (at < len && room > 0) {
        dst[room - 1] = '~';
    }
    dst[out] = '\0';
    return dst;
}

/* Bit c % 32 of word c / 32 is set for the bytes that a message may carry. */
static bool is_harmless(unsigned char c)
{
    static const uint32_t harmless[8] = {
        0, /* control bytes */
        0xa7ffff0b, /* not " $ % & ' ; < > */
        0xc7ffffff, /* not [ \ ] */
        0x47fffffe, /* not ` { | } and DEL */
    };

    return (harmless[c / 32] >> (c % 32) & 1) != 0;
}

void sae_text_message(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        *p = is_harmless((unsigned char)*p) ? *p : '?';
    }
}

static inline uint64_t word_at(const char *s)
{
    uint64_t word;

    memcpy(&word, s, sizeof(word));
    return word;
}

static inline void put_lower(char *s, uint64_t word)
{
    word = sae_text_lower_word(word);
    memcpy(s, &word, sizeof(word));
}

/* The last word overlaps the one before it: read before that is written, or a processor waits
 * until it is. */
static void lower_words(char *s, size_t len)
{
    char *end = s + len - sizeof(uint64_t);
    uint64_t last = word_at(end);

    for (; s < end; s += sizeof(uint64_t)) {
        put_lower(s, word_at(s));
    }
    put_lower(end, last);
}

void sae_text_lower(char *s, size_t len)
{
    if (len >= sizeof(uint64_t)) {
        lower_words(s, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        s[i] = (char)(s[i] | ((unsigned char)(s[i] - 'A') < 26) << 5);
    }
}

void sae_text_fit(char *dst, size_t cap, const char *src)
{
    size_t len = strnlen(src, cap - 1);

    memcpy(dst, src, len);
    dst[len] = '\0';
}

bool sae_text_copy(char *dst, size_t cap, const char *src, size_t len)
{
    if (len >= cap || (len > 0 && memchr(src, '\0', len) != NULL)) {
        dst[0] = '\0';
        return false;
    }
    if (len > 0) {
        memcpy(dst, src, len);
    }
    dst[len] = '\0';
    return true;
}
