/* SPDX-License-Identifier: MIT */
/* Shared by scan.c (structure), scan_number.c and scan_string.c (what is between quotes),
 * and one hook for json.c. Nobody else includes this. */
#ifndef SAE_SCAN_PRIVATE_H
#define SAE_SCAN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/scan.h"

/* A name that is spoiled or over SAE_SCAN_KEY bytes fails the scan instead of hiding its
 * member: whoever checks names must see all of them. Call it before the first byte. */
void sae_scan_refuse_hidden_names(struct sae_scan *scan);

/* RFC 8259 section 6: [ minus ] int [ frac ] [ exp ], nothing around it. */
bool sae_scan_is_number(const char *text, size_t len);

enum sae_scan_string_state {
    SAE_SCAN_STRING_PLAIN,
    SAE_SCAN_STRING_UTF8,   /* inside a multi-byte character */
    SAE_SCAN_STRING_ESCAPE, /* after the backslash */
    SAE_SCAN_STRING_HEX     /* within the four digits */
};

enum sae_scan_string_result {
    SAE_SCAN_STRING_MORE,   /* all bytes taken, the string goes on */
    SAE_SCAN_STRING_CLOSED, /* the closing quote was taken */
    SAE_SCAN_STRING_BAD     /* `wrong` says why, the returned byte is the culprit */
};

struct sae_scan_string {
    bool take;    /* decode into text; false: only validate */
    bool spoiled; /* NUL or lone surrogate; after the close also: cut */
    bool cut;     /* more than `limit` bytes */
    enum sae_scan_string_state state;
    unsigned left;      /* bytes missing in the multi-byte character, */
    unsigned char low;  /* the next of them between low */
    unsigned char high; /* and high */
    unsigned digits;    /* seen in this \uXXXX */
    unsigned unit;      /* their value so far */
    unsigned pending;   /* a high surrogate that waits for its other half, or 0 */
    uint64_t hash;      /* running; final after the close if spoiled */
    const char *wrong;
    size_t limit;
    size_t len;
    char text[SAE_SCAN_TEXT];
};

/* The opening quote was seen. */
void sae_scan_string_begin(struct sae_scan_string *string, bool take, size_t limit);

/* Takes bytes up to and with the closing quote; returns the first byte not taken. */
const unsigned char *sae_scan_string_run(struct sae_scan_string *string,
                                         const unsigned char *p, const unsigned char *end,
                                         enum sae_scan_string_result *ret_result);

/* The first byte that needs a look: quote, backslash, control or not ASCII; or `end`.
 * Inline because nearly every string of a large body is settled by this alone. */
static inline const unsigned char *sae_scan_plain_end(const unsigned char *p,
                                                      const unsigned char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');

    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* As signed bytes, both control bytes and everything from 0x80 are below space.
         */
        __m128i stop =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)),
                         _mm_cmplt_epi8(x, space));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
        p += 16;
    }
#endif
    while (p < end && *p >= ' ' && *p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

#endif
