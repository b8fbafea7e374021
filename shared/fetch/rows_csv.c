/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "fetch/rows_private.h"

enum { HEADER = 128 };

/* "Application ID " and "Autonomous system  number" occur: trimmed, blanks as one. */
static void normalise(char *dst, size_t cap, const char *src, size_t len)
{
    size_t out = 0;

    for (size_t i = 0; i < len && out + 1 < cap; i++) {
        bool blank = src[i] == ' ' || src[i] == '\t';

        if (!blank || (out > 0 && dst[out - 1] != ' ')) {
            dst[out++] = blank ? ' ' : src[i];
        }
    }
    while (out > 0 && dst[out - 1] == ' ') {
        out--;
    }
    dst[out] = '\0';
    sae_text_lower(dst, out);
}

static int find_header(const struct sae_rows *rows, const char *header)
{
    for (size_t i = 0; i < rows->name_count; i++) {
        if ((rows->names[i].form & SAE_ROWS_CSV) != 0 &&
            strcmp(rows->names[i].name, header) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static enum sae_status take_header(struct sae_rows *rows, const struct sae_csv_cell *cells,
                                   size_t count, struct sae_err *err)
{
    bool any = false;

    for (size_t c = 0; c < count; c++) {
        char header[HEADER];
        int name;

        normalise(header, sizeof(header), cells[c].text, cells[c].len);
        name = find_header(rows, header);
        for (size_t before = 0; before < c && name >= 0; before++) {
            name = rows->column[before] == name ? -1 : name;
        }
        rows->column[c] = name;
        if (name >= 0) {
            any = true;
            rows->facts.fields |= UINT32_C(1) << rows->names[name].field;
        }
    }
    rows->columns = count;
    if (!any) {
        return sae_fail(err, SAE_E_FORMAT,
                        "neither JSON nor a table whose first line names columns we know");
    }
    return SAE_OK;
}

static void take_cell(struct sae_rows *rows, int name, const struct sae_csv_cell *cell)
{
    struct sae_slot_cell slot = {.kind = cell->len == 0 ? SAE_CELL_NULL : SAE_CELL_TEXT,
                                 .at = rows->text.len,
                                 .len = cell->len};

    slot.spoiled = cell->len > SAE_ROWS_CELL || !sae_text_is_utf8(cell->text, cell->len);
    if (slot.spoiled) {
        slot.hash = sae_hash64(cell->text, cell->len);
        slot.len = cell->len > SAE_ROWS_CELL ? SAE_ROWS_CELL : cell->len;
    }
    sae_rows_put(rows, name, &slot);
    sae_buf_add(&rows->text, cell->text, slot.len);
}

enum sae_status sae_rows_take_line(void *arg, const struct sae_csv_cell *cells, size_t count,
                                   size_t line, struct sae_err *err)
{
    struct sae_rows *rows = arg;

    if (rows->columns == 0) {
        return take_header(rows, cells, count, err);
    }
    sae_rows_begin_row(rows);
    for (size_t c = 0; c < count && c < rows->columns; c++) {
        if (rows->column[c] >= 0) {
            take_cell(rows, rows->column[c], &cells[c]);
        }
    }
    return sae_rows_end_row(rows, count != rows->columns, line, err);
}
