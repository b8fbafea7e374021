/* SPDX-License-Identifier: MIT */
/* Objects of a JSON body and lines of a CSV table, read as the same thing: a row of named
 * cells. One table of names serves both, so that what a field is called where stands in one
 * place.
 *
 * JSON rows are found in an array, in the `value` or `records` array (or object) of an
 * envelope, or are root objects themselves, one after another. Names are compared without
 * ASCII case, because PowerShell changes it. A member that we read and that occurs twice in
 * its object spoils the body. A name may be a path ("status/errorCode"). CSV headers are
 * compared trimmed, with runs of blanks as one; of two equal headers the first counts. */
#ifndef SAE_ROWS_H
#define SAE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    SAE_ROWS_NAMES = 48,  /* entries of a table */
    SAE_ROWS_FIELDS = 16,
    SAE_ROWS_CELL = 4096, /* bytes of one cell; the rest of a longer text only counts */
    SAE_ROWS_ROW = 65536, /* bytes of one row's cells that we read */
    SAE_ROWS_LINK = 16384 /* bytes of a link to the next page */
};

enum sae_rows_form { SAE_ROWS_JSON = 1, SAE_ROWS_CSV = 2, SAE_ROWS_BOTH = 3 };

/* What a field is called in one kind of input. Of a field's names that a row has, the one
 * that comes first in the table counts. */
struct sae_rows_name {
    const char *name; /* lower case; a path in JSON */
    int field;
    enum sae_rows_form form;
    int hint; /* the reader's own note about this name */
};

enum sae_cell_kind {
    SAE_CELL_ABSENT,
    SAE_CELL_NULL, /* JSON null or an empty CSV cell */
    SAE_CELL_FALSE,
    SAE_CELL_TRUE,
    SAE_CELL_NUMBER,
    SAE_CELL_TEXT,
    SAE_CELL_LIST, /* its strings, one a line; what else was in it is left out */
    SAE_CELL_OTHER /* an object */
};

struct sae_cell {
    enum sae_cell_kind kind;
    bool spoiled;  /* text is only a beginning, see base/scan.h; or not UTF-8 (CSV) */
    uint64_t hash; /* of a spoiled text */
    const char *text; /* never NULL, not terminated; borrowed for the call */
    size_t len;
    int hint;
};

struct sae_rows_row {
    struct sae_cell cell[SAE_ROWS_FIELDS];
    bool ragged;     /* CSV: not as many cells as the header has */
    uint64_t number; /* 1 for the first row of the body */
    size_t line;     /* CSV: line of the file */
};

typedef enum sae_status (*sae_rows_taker)(void *arg, const struct sae_rows_row *row,
                                          struct sae_err *err);

/* What a body says about itself. */
struct sae_rows_facts {
    bool csv;
    uint64_t rows;
    uint64_t roots;      /* JSON root values */
    uint64_t links;      /* envelopes with a link to a next page */
    uint64_t last_pages; /* envelopes without one */
    bool more;           /* a warning of the service says that rows were left out */
    bool warned;         /* there is a warning, whatever it says */
    uint32_t fields;     /* bit 1 << field: the header or some row has it */
};

struct sae_rows;

/* `names` (count of them) must stay valid. NULL: out of memory. The form is recognised by
 * the first byte that is no blank: { or [ is JSON, all else CSV. */
struct sae_rows *sae_rows_new(const struct sae_rows_name *names, size_t count,
                              sae_rows_taker take, void *arg);
void sae_rows_free(struct sae_rows *rows);

/* The link of the last envelope as it stands there, "" if there is none; borrowed. */
const char *sae_rows_link(const struct sae_rows *rows);

enum sae_status sae_rows_feed(struct sae_rows *rows, const char *data, size_t len,
                              struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_rows_finish(struct sae_rows *rows, struct sae_rows_facts *ret_facts,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
