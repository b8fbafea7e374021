/* SPDX-License-Identifier: MIT */
#include "base/scan_private.h"

#include <string.h>

/* Most of a large body are members with short values, written without white space, and most
 * of them nobody wants. They are read here one after another without a state to keep;
 * whatever is not that simple, is wrong or is cut by the end of the piece is left to scan.c,
 * from a byte at which it can go on. */

/* By its first byte. One kind for all literals: which of them comes is what a processor
 * cannot foresee. */
enum value_kind { NOT_SIMPLE, TEXT, LITERAL, NUMBER, LIST };

static const unsigned char begins[256] = {
    ['"'] = TEXT,   ['t'] = LITERAL, ['f'] = LITERAL, ['n'] = LITERAL, ['['] = LIST,
    ['-'] = NUMBER, ['0'] = NUMBER,  ['1'] = NUMBER,  ['2'] = NUMBER,  ['3'] = NUMBER,
    ['4'] = NUMBER, ['5'] = NUMBER,  ['6'] = NUMBER,  ['7'] = NUMBER,  ['8'] = NUMBER,
    ['9'] = NUMBER,
};

/* So many bytes of the piece are left that a literal and what follows it need no counting. */
enum { ROOM = 8 };

static size_t literal_length(const unsigned char *p)
{
    bool four = (memcmp(p, "true", 4) == 0) | (memcmp(p, "null", 4) == 0);
    bool five = (memcmp(p, "fals", 4) == 0) & (p[4] == 'e');

    return four ? 4 : five ? 5 : 0;
}

static size_t number_length(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *from = p;
    size_t len;

    while (p < end && sae_scan_is_number_byte(*p)) {
        p++;
    }
    len = (size_t)(p - from);
    return len <= SAE_SCAN_DIGITS && sae_scan_is_number((const char *)from, len) ? len : 0;
}

/* The byte behind a simple value, which lies in the piece; NULL if the value is not simple.
 * An empty list is simple where nobody wants it. */
static inline const unsigned char *value_end(const unsigned char *p, const unsigned char *end,
                                             bool list_is_simple)
{
    const unsigned char *stop = p;

    if (end - p < ROOM) {
        return NULL;
    }
    switch ((enum value_kind)begins[*p]) {
    case TEXT:
        stop = sae_scan_plain_end(p + 1, end);
        stop = stop < end && *stop == '"' ? stop + 1 : p;
        break;
    case LITERAL:
        stop += literal_length(p);
        break;
    case NUMBER:
        stop += number_length(p, end);
        break;
    case LIST:
        stop += list_is_simple && p[1] == ']' ? 2 : 0;
        break;
    case NOT_SIMPLE:
        break;
    }
    return stop > p && stop < end ? stop : NULL;
}

static void tell(struct sae_scan_pass *pass, const unsigned char *p, const unsigned char *stop)
{
    struct sae_scan_value value = {
        .kind = SAE_SCAN_NUMBER, .text = (const char *)p, .len = (size_t)(stop - p)};

    if (*p == '"') {
        value = (struct sae_scan_value){
            .kind = SAE_SCAN_STRING, .text = value.text + 1, .len = value.len - 2};
    } else if (begins[*p] == LITERAL) {
        value = (struct sae_scan_value){.kind = *p == 't'   ? SAE_SCAN_TRUE
                                                : *p == 'f' ? SAE_SCAN_FALSE
                                                            : SAE_SCAN_NULL};
    }
    pass->status = pass->handler->value(pass->arg, &value, pass->err);
}

static inline bool is_wanted(const struct sae_scan_pass *pass, const unsigned char *name,
                             size_t len)
{
    const struct sae_scan_rows *rows = pass->rows;

    if (pass->silent ||
        (rows != NULL && (rows->maybe[*name % SAE_SCAN_LETTERS] >> len % 64 & 1) == 0)) {
        return false;
    }
    return pass->handler->member(pass->arg, (const char *)name, len);
}

static inline bool is_still_wanted(const struct sae_scan_pass *pass,
                                   const struct sae_scan_pattern_member *known,
                                   const unsigned char *name, size_t len)
{
    if (known->unwanted) {
        return false;
    }
    if ((known->answer & SAE_SCAN_ASK_AGAIN) != 0) {
        return is_wanted(pass, name, len);
    }
    pass->rows->answer = known->answer;
    return true;
}

static void note(const struct sae_scan_pass *pass, const unsigned char *name,
                 const unsigned char *value, const unsigned char *end, bool unwanted)
{
    sae_scan_pattern_note(pass->pattern, name, value, end, unwanted,
                          unwanted ? 0 : pass->rows->answer);
}

/* A text that is delivered has a limit; scan.c knows what to do about longer ones. */
static bool too_long(const unsigned char *p, const unsigned char *stop)
{
    return stop - p > SAE_SCAN_TEXT;
}

/* The value of the member whose name begins at `p`; NULL if the name is not simple. */
static inline const unsigned char *value_begin(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *stop = sae_scan_plain_end(p + 1, end);
    bool simple = end - stop >= 3 && stop[0] == '"' && stop[1] == ':' &&
                  stop - p <= SAE_SCAN_KEY + 1;

    return simple ? stop + 2 : NULL;
}

static inline bool name_follows(const unsigned char *p, const unsigned char *end)
{
    return end - p >= 2 && p[0] == ',' && p[1] == '"';
}

const unsigned char *sae_scan_pass_members(struct sae_scan_pass *pass, const unsigned char *p,
                                           const unsigned char *end,
                                           enum sae_scan_pass_stop *ret_stop)
{
    struct sae_scan_pattern *pattern = pass->pattern;

    if (pattern != NULL && pass->first) {
        sae_scan_pattern_begin(pattern);
    }
    for (;;) {
        const struct sae_scan_pattern_member *known =
            pattern == NULL ? NULL : sae_scan_pattern_follow(pattern, &p, end);
        const unsigned char *value, *stop;
        bool unwanted, simple;
        size_t len;

        value = known != NULL ? p + (known->value - known->name) : value_begin(p, end);
        if (value == NULL) {
            *ret_stop = SAE_SCAN_PASS_NAME;
            return p;
        }
        len = (size_t)(value - p) - 3;
        unwanted = known != NULL ? !is_still_wanted(pass, known, p + 1, len)
                                 : !is_wanted(pass, p + 1, len);
        stop = value_end(value, end, pass->may_nest && unwanted);
        simple = stop != NULL && (unwanted || !too_long(value, stop));
        if (pattern != NULL && known == NULL) {
            bool again = unwanted && simple && name_follows(stop, end);

            note(pass, p, value, again ? stop + 1 : value, unwanted);
        }
        if (!simple) {
            *ret_stop = unwanted ? SAE_SCAN_PASS_UNWANTED : SAE_SCAN_PASS_WANTED;
            return value;
        }
        if (!unwanted) {
            tell(pass, value, stop);
        }
        if (pass->status != SAE_OK || !name_follows(stop, end)) {
            *ret_stop = SAE_SCAN_PASS_NEXT;
            return stop;
        }
        p = stop + 1;
    }
}

const unsigned char *sae_scan_pass_texts(struct sae_scan_pass *pass, const unsigned char *p,
                                         const unsigned char *end,
                                         enum sae_scan_pass_stop *ret_stop)
{
    for (;;) {
        const unsigned char *stop = value_end(p, end, false);

        if (stop == NULL || too_long(p, stop)) {
            *ret_stop = SAE_SCAN_PASS_WANTED;
            return p;
        }
        if (!pass->silent) {
            tell(pass, p, stop);
        }
        if (pass->status != SAE_OK || !name_follows(stop, end)) {
            *ret_stop = SAE_SCAN_PASS_NEXT;
            return stop;
        }
        p = stop + 1;
    }
}
