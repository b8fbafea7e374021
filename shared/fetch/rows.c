/* SPDX-License-Identifier: MIT */
#include "fetch/rows.h"

#include <stdlib.h>
#include <string.h>

#include "fetch/rows_private.h"

static const struct sae_cell absent = {.text = ""};

/* Most members of a large body are none of ours: letter and length tell. */
static void note_word(struct sae_rows *rows, const char *word, size_t len)
{
    rows->members.maybe[sae_rows_letter(word[0])] |= UINT64_C(1) << len % 64;
}

/* The others are compared with the names that begin with their letter. */
static void note_json_name(struct sae_rows *rows, size_t i)
{
    const char *name = rows->names[i].name;
    unsigned letter = sae_rows_letter(name[0]);

    rows->next[i] = rows->first[letter];
    rows->first[letter] = (signed char)i;
    while (*name != '\0') {
        size_t len = strcspn(name, "/");

        note_word(rows, name, len);
        name += len + (name[len] == '/' ? 1 : 0);
    }
}

/* From the last name to the first, so that each list is in the table's order. */
static void note_names(struct sae_rows *rows)
{
    memset(rows->first, -1, sizeof(rows->first));
    for (size_t i = rows->name_count; i-- > 0;) {
        rows->name_len[i] = (unsigned char)strlen(rows->names[i].name);
        if ((rows->names[i].form & SAE_ROWS_JSON) != 0) {
            note_json_name(rows, i);
        }
    }
    for (size_t i = 0; i < sae_rows_envelope_count; i++) {
        note_word(rows, sae_rows_envelope[i].name, strlen(sae_rows_envelope[i].name));
    }
    for (size_t f = 0; f < SAE_ROWS_FIELDS; f++) {
        rows->row.cell[f] = absent;
    }
}

struct sae_rows *sae_rows_new(const struct sae_rows_name *names, size_t count,
                              sae_rows_taker take, void *arg)
{
    struct sae_rows *rows = calloc(1, sizeof(*rows));

    if (rows != NULL) {
        rows->names = names;
        rows->name_count = count;
        rows->take = take;
        rows->arg = arg;
        sae_buf_init(&rows->text, SAE_ROWS_ROW);
        sae_buf_init(&rows->link, SAE_ROWS_LINK);
        note_names(rows);
    }
    return rows;
}

void sae_rows_free(struct sae_rows *rows)
{
    if (rows != NULL) {
        sae_scan_free(rows->scan);
        sae_csv_free(rows->csv);
        sae_buf_done(&rows->text);
        sae_buf_done(&rows->link);
        free(rows);
    }
}

void sae_rows_begin_row(struct sae_rows *rows)
{
    rows->present = 0;
    sae_buf_clear(&rows->text);
}

/* The slots of this row, by field; of a field's names the first one counts. */
static void fill_cells(struct sae_rows *rows)
{
    uint32_t given = 0;

    for (uint64_t left = rows->present; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        const struct sae_slot_cell *slot = &rows->slot[i];
        uint32_t bit = UINT32_C(1) << rows->names[i].field;

        if ((given & bit) == 0) {
            given |= bit;
            rows->row.cell[rows->names[i].field] =
                (struct sae_cell){.kind = slot->kind,
                                  .spoiled = slot->spoiled,
                                  .hash = slot->hash,
                                  .text = sae_buf_text(&rows->text) + slot->at,
                                  .len = slot->len,
                                  .hint = rows->names[i].hint};
        }
    }
    for (uint32_t left = rows->given & ~given; left != 0; left &= left - 1) {
        rows->row.cell[__builtin_ctz(left)] = absent;
    }
    rows->given = given;
    rows->facts.fields |= given;
}

enum sae_status sae_rows_end_row(struct sae_rows *rows, bool ragged, size_t line,
                                 struct sae_err *err)
{
    if (sae_buf_status(&rows->text) != SAE_OK) {
        return sae_fail(err, sae_buf_status(&rows->text), "row %llu is too large",
                        (unsigned long long)rows->facts.rows + 1);
    }
    rows->row.ragged = ragged;
    rows->row.line = line;
    rows->row.number = ++rows->facts.rows;
    fill_cells(rows);
    return rows->take(rows->arg, &rows->row, err);
}

static enum sae_status start(struct sae_rows *rows, char first, struct sae_err *err)
{
    if (first == '{' || first == '[') {
        rows->scan = sae_scan_new(&sae_rows_scan_handler, rows, true);
    } else {
        rows->csv = sae_csv_new(sae_rows_take_line, rows);
        rows->facts.csv = true;
    }
    if (rows->scan == NULL && rows->csv == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (rows->scan != NULL) {
        sae_scan_rows(rows->scan, &rows->members);
    }
    return SAE_OK;
}

const char *sae_rows_link(const struct sae_rows *rows)
{
    return sae_buf_text(&rows->link);
}

enum sae_status sae_rows_feed(struct sae_rows *rows, const char *data, size_t len,
                              struct sae_err *err)
{
    if (rows->scan == NULL && rows->csv == NULL) {
        enum sae_status status;

        while (len > 0 && strchr(" \t\r\n", *data) != NULL && *data != '\0') {
            data++;
            len--;
        }
        if (len == 0) {
            return SAE_OK;
        }
        status = start(rows, *data, err);
        if (status != SAE_OK) {
            return status;
        }
    }
    return rows->scan != NULL ? sae_scan_feed(rows->scan, data, len, err)
                              : sae_csv_feed(rows->csv, data, len, err);
}

enum sae_status sae_rows_finish(struct sae_rows *rows, struct sae_rows_facts *ret_facts,
                                struct sae_err *err)
{
    enum sae_status status;

    if (rows->scan == NULL && rows->csv == NULL) {
        return sae_fail(err, SAE_E_FORMAT, "empty");
    }
    status = rows->scan != NULL ? sae_scan_finish(rows->scan, err)
                                : sae_csv_finish(rows->csv, err);
    if (status == SAE_OK) {
        *ret_facts = rows->facts;
    }
    return status;
}
