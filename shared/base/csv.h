/* SPDX-License-Identifier: MIT */
/* Character-separated tables (RFC 4180, through libcsv), pushed in pieces of any size, one
 * row at a time in bounded memory. The delimiter (comma, semicolon or tab) is the one that
 * the header line uses most outside quotes. A first line that starts with "#TYPE"
 * (PowerShell 5.1) or "sep=" (Excel) is passed over; the delimiter is still judged by the
 * header. Input is UTF-8 (fetch/decode has removed any mark of byte order). Empty lines are
 * skipped. Blanks around unquoted cells are removed. */
#ifndef SAE_CSV_H
#define SAE_CSV_H

#include <stddef.h>

#include "base/err.h"

enum {
    SAE_CSV_CELLS = 512,    /* columns */
    SAE_CSV_ROW = 1 << 20   /* bytes of one row, all cells together */
};

struct sae_csv_cell {
    const char *text; /* not terminated, may hold any byte; borrowed for the call */
    size_t len;
};

/* One row, the header included (row number 1). `line` is the input line on which the row
 * started, for messages. A status other than SAE_OK ends the reading with that failure. */
typedef enum sae_status (*sae_csv_row)(void *arg, const struct sae_csv_cell *cells,
                                       size_t count, size_t line, struct sae_err *err);

struct sae_csv;

/* NULL: out of memory. */
struct sae_csv *sae_csv_new(sae_csv_row row, void *arg);
void sae_csv_free(struct sae_csv *csv);

enum sae_status sae_csv_feed(struct sae_csv *csv, const char *data, size_t len,
                             struct sae_err *err) SAE_MUST_CHECK;

/* The input ended. Fails inside an open quote; a last line without newline is a row. */
enum sae_status sae_csv_finish(struct sae_csv *csv, struct sae_err *err) SAE_MUST_CHECK;

#endif
