/* SPDX-License-Identifier: MIT */
/* Shared by scan.c (structure), scan_pass.c (what is simple), scan_pattern.c (what
 * comes again), scan_number.c and scan_string.c (what is between quotes), and one hook for
 * json.c. Nobody else includes this. */
#ifndef SAE_SCAN_PRIVATE_H
#define SAE_SCAN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/scan.h"

/* A name that is spoiled or over SAE_SCAN_KEY bytes fails the scan instead of hiding its
 * member: whoever checks names must see all of them. Call it before the first byte. */
void sae_scan_refuse_hidden_names(struct sae_scan *scan);

enum { SAE_SCAN_DIGITS = 32 }; /* most bytes of a number */

static inline bool sae_scan_is_space(unsigned char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool sae_scan_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline bool sae_scan_is_number_byte(unsigned char c)
{
    return sae_scan_is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/* RFC 8259 section 6: [ minus ] int [ frac ] [ exp ], nothing around it. */
bool sae_scan_is_number(const char *text, size_t len);

/* A row that others are alike to (scan_pattern.c). Zero-initialised it is none. */
enum { SAE_SCAN_PATTERN_MEMBERS = 128, SAE_SCAN_PATTERN_BYTES = 8192, SAE_SCAN_STEP = 16 };
struct sae_scan_pattern_member {
    uint16_t name, value, end; /* in the text: its quote, behind its colon, behind its comma */
    bool unwanted;             /* nobody wants it, */
    bool same;                 /* and it had this simple value in every row */
    unsigned char answer;      /* see struct sae_scan_rows */
    unsigned char stop;        /* index of the first from here that is not the same */
};
struct sae_scan_pattern {
    bool learns; /* from this row */
    unsigned count;
    unsigned next;      /* the member expected in this row */
    unsigned strangers; /* members of this row that are not in the pattern */
    size_t len;
    struct sae_scan_pattern_member member[SAE_SCAN_PATTERN_MEMBERS];
    unsigned char text[SAE_SCAN_PATTERN_BYTES + SAE_SCAN_STEP]; /* read in whole steps */
};

/* A row begins. */
void sae_scan_pattern_begin(struct sae_scan_pattern *pattern);
/* As much as is as expected of what differs or is cut by the end of the piece; the rest as
 * sae_scan_pattern_follow(). */
const struct sae_scan_pattern_member *
sae_scan_pattern_follow_part(struct sae_scan_pattern *pattern, const unsigned char **p,
                             const unsigned char *end);
/* Another member: its name, and where its value begins and ends with the comma; where the
 * value is not to be passed over, `end` is `value`. Of one that is wanted, the answer. */
void sae_scan_pattern_note(struct sae_scan_pattern *pattern, const unsigned char *name,
                           const unsigned char *value, const unsigned char *end,
                           bool unwanted, unsigned char answer);

/* What is simple, read quickly (scan_pass.c). */
struct sae_scan_pass {
    const struct sae_scan_handler *handler;
    void *arg;
    struct sae_scan_rows *rows; /* NULL: nothing is spared */
    struct sae_scan_pattern *pattern; /* NULL: not among the members of a row */
    bool first;             /* the member is the first one of its object */
    struct sae_err *err;
    bool silent;            /* inside of what is skipped: nobody is asked or told */
    bool may_nest;          /* one more level is allowed */
    enum sae_status status; /* what the handler said, SAE_OK before */
};

/* Where it stopped. */
enum sae_scan_pass_stop {
    SAE_SCAN_PASS_NAME,     /* at the quote of a name about which nobody was asked yet */
    SAE_SCAN_PASS_WANTED,   /* at a value that is wanted, */
    SAE_SCAN_PASS_UNWANTED, /* or is not; nobody was told yet */
    SAE_SCAN_PASS_NEXT      /* after a value */
};

/* Members of an object, from the quote of a name on, and texts in a list, from a quote on.
 * Return the first byte not taken. Nothing is wrong up to there, and what follows is not
 * judged. */
const unsigned char *sae_scan_pass_members(struct sae_scan_pass *pass, const unsigned char *p,
                                           const unsigned char *end,
                                           enum sae_scan_pass_stop *ret_stop);
const unsigned char *sae_scan_pass_texts(struct sae_scan_pass *pass, const unsigned char *p,
                                         const unsigned char *end,
                                         enum sae_scan_pass_stop *ret_stop);

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

#ifdef __SSE2__
/* A bit for each of sixteen bytes that need a look. */
static inline unsigned sae_scan_looks(const unsigned char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    /* As signed bytes, both control bytes and everything from 0x80 are below space. */
    __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(' '));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), other));
}
#endif

/* The first byte that needs a look: quote, backslash, control or not ASCII; or `end`.
 * Inline because nearly every string of a large body is settled by this alone. Steps are so
 * wide that most strings take one: a processor cannot foresee how many it will be. */
static inline const unsigned char *sae_scan_plain_end(const unsigned char *p,
                                                      const unsigned char *end)
{
#ifdef __SSE2__
    while (end - p >= 32) {
        unsigned looks = sae_scan_looks(p) | sae_scan_looks(p + 16) << 16;

        if (looks != 0) {
            return p + __builtin_ctz(looks);
        }
        p += 32;
    }
#endif
    while (p < end && *p >= ' ' && *p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* Both have as many bytes as the steps take, which is up to SAE_SCAN_STEP - 1 more than `len`.
 * Inline for the same reason. */
static inline bool sae_scan_same(const unsigned char *a, const unsigned char *b, size_t len)
{
#ifdef __SSE2__
    for (size_t at = 0; at < len; at += SAE_SCAN_STEP) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(a + at));
        __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(b + at));
        unsigned differ = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) ^ 0xffff;

        if (differ != 0) {
            return (size_t)__builtin_ctz(differ) >= len - at;
        }
    }
    return true;
#else
    return memcmp(a, b, len) == 0;
#endif
}

/* *p is at the quote of a name of the row, and moves to another one over members that nobody
 * wants, validated when they were learned. Returns that member, or NULL: its name is not the
 * expected one. */
static inline const struct sae_scan_pattern_member *
sae_scan_pattern_follow(struct sae_scan_pattern *pattern, const unsigned char **p,
                        const unsigned char *end)
{
    const struct sae_scan_pattern_member *at, *stop;
    const unsigned char *from = *p;
    size_t len;

    if (pattern->next == pattern->count) {
        return NULL;
    }
    at = &pattern->member[pattern->next];
    stop = &pattern->member[at->stop];
    len = (size_t)(stop->value - at->name);
    if ((size_t)(end - from) < len + SAE_SCAN_STEP ||
        !sae_scan_same(from, pattern->text + at->name, len)) {
        return sae_scan_pattern_follow_part(pattern, p, end);
    }
    pattern->next = at->stop + 1U;
    *p = from + (stop->name - at->name);
    return stop;
}

#endif
