/* SPDX-License-Identifier: MIT */
/* What the scanner tells its reader, written down as text to compare. */
#ifndef SAE_SCAN_LOG_H
#define SAE_SCAN_LOG_H

#include "base/scan.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define DOC(text) text, sizeof(text) - 1
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* The first names are known by a number, later ones share the last one; 0 is none. */
enum { NAMES = 100 };

/* Writes every event down, of a member its name when its value comes: the answer is all that
 * is left of the name then. Members whose name begins with "skip" are not accepted. */
struct recorder {
    struct sae_buf log;
    int fail_after; /* values until the handler fails; negative: never */
    struct sae_scan_rows rows;
    unsigned char known;
    char name[NAMES + 1][SAE_SCAN_KEY + 1];
};

static unsigned char number_of(struct recorder *rec, const char *name, size_t len)
{
    unsigned char i = 1;

    while (i <= rec->known && i < NAMES &&
           (strlen(rec->name[i]) != len || memcmp(rec->name[i], name, len) != 0)) {
        i++;
    }
    memcpy(rec->name[i], name, len);
    rec->name[i][len] = '\0';
    rec->known = i > rec->known ? i : rec->known;
    return i;
}

/* Names that begin with b, and those that share a number, are asked for again. */
static bool on_member(void *arg, const char *name, size_t len)
{
    struct recorder *rec = arg;
    unsigned char number;

    if (len >= 4 && memcmp(name, "skip", 4) == 0) {
        return false;
    }
    number = number_of(rec, name, len);
    rec->rows.answer = number == NAMES || name[0] == 'b'
                           ? (unsigned char)(number | SAE_SCAN_ASK_AGAIN)
                           : number;
    return true;
}

static void write_name(struct recorder *rec)
{
    unsigned number = rec->rows.answer & ~(unsigned)SAE_SCAN_ASK_AGAIN;

    if (number != 0) {
        sae_buf_puts(&rec->log, rec->name[number]);
        sae_buf_puts(&rec->log, "=");
    }
    rec->rows.answer = 0;
}

static enum sae_status on_value(void *arg, const struct sae_scan_value *value,
                                struct sae_err *err)
{
    static const char *const words[] = {"null ", "false ", "true "};
    struct recorder *rec = arg;

    write_name(rec);
    if (rec->fail_after >= 0 && rec->fail_after-- == 0) {
        return sae_fail(err, SAE_E_INCOMPLETE, "the reader had enough");
    }
    switch (value->kind) {
    case SAE_SCAN_NULL:
    case SAE_SCAN_FALSE:
    case SAE_SCAN_TRUE:
        sae_buf_puts(&rec->log, words[value->kind]);
        break;
    case SAE_SCAN_NUMBER:
    case SAE_SCAN_STRING:
        sae_buf_puts(&rec->log, value->kind == SAE_SCAN_NUMBER ? "#" : "'");
        sae_buf_add(&rec->log, value->text, value->len);
        if (value->spoiled) {
            sae_buf_printf(&rec->log, "!%016" PRIx64, value->hash);
        }
        sae_buf_puts(&rec->log, " ");
        break;
    case SAE_SCAN_OBJECT:
        sae_buf_puts(&rec->log, "{ ");
        break;
    case SAE_SCAN_ARRAY:
        sae_buf_puts(&rec->log, "[ ");
        break;
    }
    return SAE_OK;
}

static enum sae_status on_end(void *arg, struct sae_err *err)
{
    struct recorder *rec = arg;

    (void)err;
    sae_buf_puts(&rec->log, "end ");
    return SAE_OK;
}

static const struct sae_scan_handler handler = {on_member, on_value, on_end};

struct outcome {
    enum sae_status status;
    struct sae_err err;
    char *log; /* the caller frees it */
};

/* Each piece lies in a block of its own, so that reading past it is seen. There are millions:
 * libcheck writes down every assertion that it passes. */
static enum sae_status feed_copy(struct sae_scan *scan, const char *data, size_t len,
                                 struct sae_err *err)
{
    char *copy = malloc(len);
    enum sae_status status;

    if (copy == NULL) {
        ck_abort_msg("out of memory");
    }
    memcpy(copy, data, len);
    status = sae_scan_feed(scan, copy, len, err);
    free(copy);
    return status;
}

/* As sae_scan_rows() if `rows`: what the handler says depends on the name alone. */
static struct outcome run_as(const char *doc, size_t len, size_t first, size_t piece,
                             bool many, bool rows)
{
    struct recorder rec = {.fail_after = -1, .rows.in_row = true};
    struct outcome out = {0};
    struct sae_scan *scan;

    sae_buf_init(&rec.log, 1 << 20);
    scan = sae_scan_new(&handler, &rec, many);
    ck_assert_ptr_nonnull(scan);
    memset(rec.rows.maybe, 0xff, sizeof(rec.rows.maybe));
    if (rows) {
        sae_scan_rows(scan, &rec.rows);
    }
    for (size_t at = 0, n = first; at < len && out.status == SAE_OK; at += n, n = piece) {
        n = len - at < n ? len - at : n;
        out.status = feed_copy(scan, doc + at, n, &out.err);
    }
    if (out.status == SAE_OK) {
        out.status = sae_scan_finish(scan, &out.err);
    }
    sae_scan_free(scan);
    out.log = sae_buf_take(&rec.log);
    ck_assert_ptr_nonnull(out.log);
    return out;
}

static struct outcome run(const char *doc, size_t len, size_t first, size_t piece, bool many)
{
    return run_as(doc, len, first, piece, many, false);
}

static enum sae_status verdict(const char *doc, size_t len)
{
    struct outcome out = run(doc, len, len, len, false);

    free(out.log);
    return out.status;
}

static void expect_log(const char *doc, size_t len, bool many, const char *log)
{
    for (size_t piece = 1; piece <= len; piece = piece < 20 ? piece + 1 : piece * 2) {
        struct outcome out = run(doc, len, piece, piece, many);

        ck_assert_msg(out.status == SAE_OK, "%s", out.err.text);
        ck_assert_str_eq(out.log, log);
        free(out.log);
    }
}

#endif
