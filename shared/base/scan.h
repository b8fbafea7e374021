/* SPDX-License-Identifier: MIT */
/* A validating push scanner for JSON (RFC 8259). Every foreign JSON byte passes it: large
 * bodies are read with it field by field as they arrive, small ones pass it as a gate before
 * cJSON (base/json). It allocates nothing but its own fixed buffers and never looks back.
 *
 * Two kinds of bad input. What no correct serialiser writes spoils the body: bad syntax, raw
 * control bytes, invalid UTF-8, nesting deeper than SAE_SCAN_DEPTH, a number longer than 32
 * bytes, anything after the end, an end that is missing. sae_scan_feed() or
 * sae_scan_finish() then fails, and every later call repeats the failure. What hostile data
 * can cause spoils only that string: \u0000, an escaped lone surrogate, more than
 * SAE_SCAN_TEXT bytes. Such a string arrives with `spoiled` set, its hash for counting and
 * its beginning for showing.
 *
 * Validation is the same for members that are skipped. Repeated members are the reader's
 * business (fetch/rows refuses a repeated member that it reads). */
#ifndef SAE_SCAN_H
#define SAE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    SAE_SCAN_DEPTH = 32,  /* open containers */
    SAE_SCAN_TEXT = 16384, /* bytes of one string, decoded; an access token fits */
    SAE_SCAN_KEY = 128    /* a longer member name is never wanted */
};

enum sae_scan_kind {
    SAE_SCAN_NULL,
    SAE_SCAN_FALSE,
    SAE_SCAN_TRUE,
    SAE_SCAN_NUMBER,
    SAE_SCAN_STRING,
    SAE_SCAN_OBJECT, /* begins; the end callback follows */
    SAE_SCAN_ARRAY   /* likewise */
};

struct sae_scan_value {
    enum sae_scan_kind kind;
    const char *text; /* a number as written, or a string decoded to UTF-8; not terminated,
                         borrowed for the call */
    size_t len;
    bool spoiled;  /* string only: text is its beginning, with '?' for what cannot be shown */
    uint64_t hash; /* string only, if spoiled: tells different spoiled strings apart; a
                      function of all its bytes as written between the quotes */
};

/* All three are required. A status other than SAE_OK ends the scan with that failure. */
struct sae_scan_handler {
    /* A member's name, decoded. False: the value is validated and skipped in silence. A name
     * over SAE_SCAN_KEY bytes or spoiled is skipped without asking. */
    bool (*member)(void *arg, const char *name, size_t len);
    /* A value: of the member just accepted, an element of an array that was delivered, or a
     * root value. */
    enum sae_status (*value)(void *arg, const struct sae_scan_value *value,
                             struct sae_err *err);
    /* The innermost delivered object or array ended. */
    enum sae_status (*end)(void *arg, struct sae_err *err);
};

struct sae_scan; /* opaque, one allocation */

/* `many` allows any number of root values separated by white space (JSON Lines, pages one
 * after another), none included; otherwise there must be exactly one. NULL: out of memory. */
struct sae_scan *sae_scan_new(const struct sae_scan_handler *handler, void *arg, bool many);
void sae_scan_free(struct sae_scan *scan);

/* For long lists of rows, whose members come again and again. Must stay valid. */
enum {
    SAE_SCAN_LETTERS = 32,
    SAE_SCAN_ASK_AGAIN = 0x80 /* a bit of an answer */
};
struct sae_scan_rows {
    /* Of a name with n bytes that begins with c, bit n % 64 of maybe[c % SAE_SCAN_LETTERS]:
     * if it is not set, member() would say no wherever the name stood. */
    uint64_t maybe[SAE_SCAN_LETTERS];
    /* While it is set, what member() says depends on the name alone, and a no changes
     * nothing. */
    bool in_row;
    /* All that a yes left for value() then. It is put back instead of asking again, unless it
     * has the bit SAE_SCAN_ASK_AGAIN. */
    unsigned char answer;
};
void sae_scan_rows(struct sae_scan *scan, struct sae_scan_rows *rows);

/* Takes the next bytes, in pieces of any size. Errors name the byte offset. */
enum sae_status sae_scan_feed(struct sae_scan *scan, const char *data, size_t len,
                              struct sae_err *err) SAE_MUST_CHECK;

/* The input ended: fails unless it ended properly. */
enum sae_status sae_scan_finish(struct sae_scan *scan, struct sae_err *err) SAE_MUST_CHECK;

#endif
