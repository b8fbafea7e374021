/* SPDX-License-Identifier: MIT */
/* A table written row by row to standard output or, atomically, to a file: as text for
 * people, CSV (RFC 4180) or JSON (one array of objects). Nothing is held in memory. */
#ifndef SAE_REPORT_TABLE_H
#define SAE_REPORT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum sae_table_format {
    SAE_TABLE_TEXT,
    SAE_TABLE_JSON,
    SAE_TABLE_CSV,
    SAE_TABLE_OPENMETRICS /* metrics only, written by that command itself */
};

struct sae_table_column {
    const char *name;
    int width;   /* in text; 0: as wide as it is */
    bool number; /* bare in JSON, right-aligned in text */
};

struct sae_table {
    enum sae_table_format format;
    const struct sae_table_column *columns;
    size_t count;
    FILE *out;
    char *path, *temp; /* NULL: standard output */
    size_t rows, cell;
};

bool sae_table_format_parse(const char *text, enum sae_table_format *ret_format);

/* `path` NULL: standard output. Valid for sae_table_close() whatever it returns. */
enum sae_status sae_table_open(struct sae_table *table, enum sae_table_format format,
                               const char *path, struct sae_err *err) SAE_MUST_CHECK;

void sae_table_head(struct sae_table *table, const struct sae_table_column *columns,
                    size_t count);

/* The next cell of the row; the row ends with its last column. Text may hold any bytes: JSON
 * and CSV escape it, text output shows it safe. NULL is an empty cell (null in JSON). */
void sae_table_cell(struct sae_table *table, const char *text);
void sae_table_number(struct sae_table *table, double value);

/* Ends the table; a file appears under its name only if everything was written (`keep`). */
enum sae_status sae_table_close(struct sae_table *table, bool keep,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
