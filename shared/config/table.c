/* SPDX-License-Identifier: MIT */
#include "config/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"

enum { MOST_BYTES = 32 << 20, CELL = 1024 };

struct table {
    const char *path;
    const char *const *columns;
    size_t count;
    sae_table_taker take;
    void *arg;
    int from[SAE_TABLE_COLUMNS]; /* which cell of a row is our column */
    size_t width;                /* cells of the header, 0 before it */
    size_t rows;
    char *cells[SAE_TABLE_COLUMNS]; /* CELL bytes each */
};

static enum sae_status take_header(struct table *t, const struct sae_csv_cell *cells,
                                   size_t count, struct sae_err *err)
{
    for (size_t c = 0; c < t->count; c++) {
        t->from[c] = -1;
        for (size_t i = 0; i < count; i++) {
            if (cells[i].len == strlen(t->columns[c]) &&
                strncasecmp(cells[i].text, t->columns[c], cells[i].len) == 0) {
                t->from[c] = (int)i;
            }
        }
        if (t->from[c] < 0) {
            return sae_fail(err, SAE_E_CONFIG, "%s: no column %s in its first line", t->path,
                            t->columns[c]);
        }
    }
    t->width = count;
    return SAE_OK;
}

/* Reports write "'=1+2" for a cell that a spreadsheet would take for a formula. */
static void drop_apostrophe(char *cell)
{
    if (cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@", cell[1]) != NULL) {
        memmove(cell, cell + 1, strlen(cell));
    }
}

static enum sae_status take_row(void *arg, const struct sae_csv_cell *cells, size_t count,
                                size_t line, struct sae_err *err)
{
    struct table *t = arg;
    enum sae_status status;

    if (t->width == 0) {
        return take_header(t, cells, count, err);
    }
    if (count != t->width) {
        return sae_fail(err, SAE_E_CONFIG, "%s line %zu: %zu cells, but the header has %zu",
                        t->path, line, count, t->width);
    }
    if (++t->rows > SAE_TABLE_ROWS) {
        return sae_fail(err, SAE_E_LIMIT, "%s: more than %d rows", t->path, SAE_TABLE_ROWS);
    }
    for (size_t c = 0; c < t->count; c++) {
        const struct sae_csv_cell *cell = &cells[t->from[c]];

        if (!sae_text_is_utf8(cell->text, cell->len) ||
            !sae_text_copy(t->cells[c], CELL, cell->text, cell->len)) {
            return sae_fail(err, SAE_E_CONFIG, "%s line %zu: %s is too long or not UTF-8",
                            t->path, line, t->columns[c]);
        }
    }
    for (size_t c = 0; c < t->count; c++) {
        drop_apostrophe(t->cells[c]);
    }
    status = t->take(t->arg, t->cells, err);
    return status == SAE_OK ? SAE_OK
                            : sae_fail_in(err, status, "%s line %zu", t->path, line);
}

static enum sae_status parse(struct table *t, const char *data, size_t len,
                             struct sae_err *err)
{
    struct sae_csv *csv = sae_csv_new(take_row, t);
    enum sae_status status;

    if (csv == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;
    }
    status = sae_csv_feed(csv, data, len, err);
    if (status == SAE_OK) {
        status = sae_csv_finish(csv, err);
    }
    sae_csv_free(csv);
    if (status != SAE_OK && err != NULL && strstr(err->text, t->path) == NULL) {
        return sae_fail_in(err, status, "%s", t->path);
    }
    if (status == SAE_OK && t->width == 0) {
        return sae_fail(err, SAE_E_CONFIG, "%s: empty, not even a header line", t->path);
    }
    return status;
}

enum sae_status sae_table_read(const char *path, const char *const *columns, size_t count,
                               sae_table_taker take, void *arg, struct sae_err *err)
{
    struct table t = {
        .path = path, .columns = columns, .count = count, .take = take, .arg = arg};
    char *block = malloc(count * CELL);
    enum sae_status status;
    struct sae_buf buf;

    if (block == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t c = 0; c < count; c++) {
        t.cells[c] = block + c * CELL;
    }
    sae_buf_init(&buf, MOST_BYTES);
    status = sae_file_load(path, &buf, NULL, err);
    if (status == SAE_OK) {
        status = parse(&t, buf.data, buf.len, err);
    }
    sae_buf_done(&buf);
    free(block);
    return status;
}
