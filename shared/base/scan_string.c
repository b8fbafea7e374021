/* SPDX-License-Identifier: MIT */
#include "base/scan_private.h"

#include <string.h>

/* The hash of a spoiled string is sae_hash64() of the bytes between the quotes, computed
 * as they pass. */
static uint64_t hash_more(uint64_t h, const unsigned char *p, const unsigned char *end)
{
    for (; p < end; p++) {
        h = (h ^ *p) * UINT64_C(1099511628211);
    }
    return h;
}

static uint64_t hash_final(uint64_t h)
{
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ (h >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}

static void append(struct sae_scan_string *s, const unsigned char *p, size_t n)
{
    size_t room = s->limit - s->len;

    if (!s->take || n == 0) {
        return;
    }
    if (n > room) {
        s->cut = true;
        n = room;
    }
    memcpy(s->text + s->len, p, n);
    s->len += n;
}

static void append_code(struct sae_scan_string *s, unsigned code)
{
    unsigned char out[4];
    size_t n = 0;

    if (code < 0x80) {
        out[n++] = (unsigned char)code;
    } else if (code < 0x800) {
        out[n++] = (unsigned char)(0xc0 | (code >> 6));
    } else if (code < 0x10000) {
        out[n++] = (unsigned char)(0xe0 | (code >> 12));
        out[n++] = (unsigned char)(0x80 | ((code >> 6) & 0x3f));
    } else {
        out[n++] = (unsigned char)(0xf0 | (code >> 18));
        out[n++] = (unsigned char)(0x80 | ((code >> 12) & 0x3f));
        out[n++] = (unsigned char)(0x80 | ((code >> 6) & 0x3f));
    }
    if (code >= 0x80) {
        out[n++] = (unsigned char)(0x80 | (code & 0x3f));
    }
    append(s, out, n);
}

static void spoil(struct sae_scan_string *s)
{
    s->spoiled = true;
    append(s, (const unsigned char *)"?", 1);
}

/* Anything but the low half follows: a high surrogate that waited stays alone. */
static void settle(struct sae_scan_string *s)
{
    if (s->pending != 0) {
        s->pending = 0;
        spoil(s);
    }
}

/* Escapes are UTF-16 code units (RFC 8259 section 7). */
static void code_unit(struct sae_scan_string *s, unsigned unit)
{
    bool low = unit >= 0xdc00 && unit <= 0xdfff;

    if (low && s->pending != 0) {
        append_code(s, 0x10000 + ((s->pending - 0xd800) << 10) + (unit - 0xdc00));
        s->pending = 0;
        return;
    }
    settle(s);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        s->pending = unit;
    } else if (low || unit == 0) {
        spoil(s);
    } else {
        append_code(s, unit);
    }
}

/* First byte of a multi-byte character (RFC 3629; table 3-7 of the Unicode standard). */
static bool utf8_lead(struct sae_scan_string *s, unsigned char c)
{
    s->low = 0x80;
    s->high = 0xbf;
    if (c >= 0xc2 && c <= 0xdf) {
        s->left = 1;
    } else if (c >= 0xe0 && c <= 0xef) {
        s->left = 2;
        s->low = c == 0xe0 ? 0xa0 : 0x80;
        s->high = c == 0xed ? 0x9f : 0xbf;
    } else if (c >= 0xf0 && c <= 0xf4) {
        s->left = 3;
        s->low = c == 0xf0 ? 0x90 : 0x80;
        s->high = c == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false;
    }
    return true;
}

static bool utf8_byte(struct sae_scan_string *s, unsigned char c)
{
    if (s->left == 0) {
        return utf8_lead(s, c);
    }
    if (c < s->low || c > s->high) {
        return false;
    }
    s->low = 0x80;
    s->high = 0xbf;
    s->left--;
    return true;
}

/* A run of multi-byte characters. */
static const unsigned char *take_utf8(struct sae_scan_string *s, const unsigned char *p,
                                      const unsigned char *end,
                                      enum sae_scan_string_result *result)
{
    const unsigned char *from = p;

    s->state = SAE_SCAN_STRING_UTF8;
    while (p < end && (s->left > 0 || *p >= 0x80)) {
        if (!utf8_byte(s, *p)) {
            s->wrong = "a string that is not UTF-8";
            *result = SAE_SCAN_STRING_BAD;
            return p;
        }
        p++;
    }
    if (s->left == 0) {
        s->state = SAE_SCAN_STRING_PLAIN;
    }
    append(s, from, (size_t)(p - from));
    return p;
}

static const unsigned char *take_plain(struct sae_scan_string *s, const unsigned char *p,
                                       const unsigned char *end,
                                       enum sae_scan_string_result *result)
{
    const unsigned char *stop = sae_scan_plain_end(p, end);

    if (stop > p) {
        settle(s);
        append(s, p, (size_t)(stop - p));
    }
    if (stop == end) {
        return stop;
    }
    if (*stop == '\\') {
        s->state = SAE_SCAN_STRING_ESCAPE;
        return stop + 1;
    }
    settle(s);
    if (*stop == '"') {
        *result = SAE_SCAN_STRING_CLOSED;
        return stop + 1;
    }
    if (*stop >= 0x80) {
        return take_utf8(s, stop, end, result);
    }
    s->wrong = "a raw control byte in a string";
    *result = SAE_SCAN_STRING_BAD;
    return stop;
}

static const unsigned char *take_escape(struct sae_scan_string *s, const unsigned char *p,
                                        enum sae_scan_string_result *result)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meaning[] = "\"\\/\b\f\n\r\t";
    const char *at = *p == '\0' ? NULL : strchr(letters, *p);

    if (*p == 'u') {
        s->state = SAE_SCAN_STRING_HEX;
        s->digits = 0;
        s->unit = 0;
    } else if (at != NULL) {
        settle(s);
        append(s, (const unsigned char *)meaning + (at - letters), 1);
        s->state = SAE_SCAN_STRING_PLAIN;
    } else {
        s->wrong = "an escape that JSON does not have";
        *result = SAE_SCAN_STRING_BAD;
        return p;
    }
    return p + 1;
}

static const unsigned char *take_hex(struct sae_scan_string *s, const unsigned char *p,
                                     enum sae_scan_string_result *result)
{
    unsigned char lower = *p | 0x20;
    unsigned digit;

    if (*p >= '0' && *p <= '9') {
        digit = *p - (unsigned)'0';
    } else if (lower >= 'a' && lower <= 'f') {
        digit = lower - (unsigned)'a' + 10;
    } else {
        s->wrong = "an escape without four hexadecimal digits";
        *result = SAE_SCAN_STRING_BAD;
        return p;
    }
    s->unit = s->unit << 4 | digit;
    if (++s->digits == 4) {
        code_unit(s, s->unit);
        s->state = SAE_SCAN_STRING_PLAIN;
    }
    return p + 1;
}

/* The cut may fall into a character; what is shown must still be UTF-8. */
static void drop_partial_character(struct sae_scan_string *s)
{
    size_t at = s->len;
    unsigned char lead;
    size_t whole;

    while (at > 0 && ((unsigned char)s->text[at - 1] & 0xc0) == 0x80) {
        at--;
    }
    if (at == 0) {
        return;
    }
    lead = (unsigned char)s->text[at - 1];
    whole = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (s->len - (at - 1) < whole) {
        s->len = at - 1;
    }
}

void sae_scan_string_begin(struct sae_scan_string *string, bool take, size_t limit)
{
    string->take = take;
    string->spoiled = false;
    string->cut = false;
    string->state = SAE_SCAN_STRING_PLAIN;
    string->left = 0;
    string->pending = 0;
    string->hash = UINT64_C(14695981039346656037);
    string->limit = limit;
    string->len = 0;
}

const unsigned char *sae_scan_string_run(struct sae_scan_string *string,
                                         const unsigned char *p, const unsigned char *end,
                                         enum sae_scan_string_result *ret_result)
{
    enum sae_scan_string_result result = SAE_SCAN_STRING_MORE;
    const unsigned char *raw = p;

    while (p < end && result == SAE_SCAN_STRING_MORE) {
        switch (string->state) {
        case SAE_SCAN_STRING_PLAIN:
            p = take_plain(string, p, end, &result);
            break;
        case SAE_SCAN_STRING_UTF8:
            p = take_utf8(string, p, end, &result);
            break;
        case SAE_SCAN_STRING_ESCAPE:
            p = take_escape(string, p, &result);
            break;
        case SAE_SCAN_STRING_HEX:
            p = take_hex(string, p, &result);
            break;
        }
    }
    /* Hashing costs more than scanning: bytes are hashed only if they are about to leave
     * (the string may yet turn out spoiled) or belong to a string that is. */
    if (string->take && result == SAE_SCAN_STRING_MORE) {
        string->hash = hash_more(string->hash, raw, end);
    } else if (string->take && result == SAE_SCAN_STRING_CLOSED) {
        if (string->cut) {
            string->spoiled = true;
            drop_partial_character(string);
        }
        if (string->spoiled) {
            string->hash = hash_final(hash_more(string->hash, raw, p - 1));
        }
    }
    *ret_result = result;
    return p;
}
