/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "fetch/rows_private.h"

static enum sae_status push(struct sae_rows *rows, enum sae_rows_level level,
                            struct sae_err *err)
{
    if (rows->depth > SAE_SCAN_DEPTH) {
        return sae_fail(err, SAE_E_LIMIT, "nested too deeply");
    }
    rows->level[rows->depth] = level;
    rows->outside[rows->depth] = rows->path_len;
    rows->depth++;
    rows->members.in_row = level == ROW;
    return SAE_OK;
}

/* Which of our names is the path of the member just met, and does one go on below it? */
static unsigned find_path(const struct sae_rows *rows)
{
    size_t len = rows->pending_len;
    unsigned pending = NOTHING, enter = 0;

    for (int i = rows->first[sae_rows_letter(rows->path[0])]; i >= 0; i = rows->next[i]) {
        const char *name = rows->names[i].name;

        if (rows->name_len[i] < len || memcmp(name, rows->path, len) != 0) {
            continue;
        }
        if (name[len] == '\0' && pending == NOTHING) {
            pending = SLOT + (unsigned)i;
        } else if (name[len] == '/') {
            enter = ENTER;
        }
    }
    return (pending == NOTHING && enter != 0 ? MEMBER : pending) | enter;
}

const struct sae_rows_envelope sae_rows_envelope[] = {
    {"value", ENVELOPE},
    {"records", ENVELOPE},
    {"@odata.nextlink", LINK},
    {"@adminapi.warnings", WARNING},
    {"error", FAILURE},
    {"@odata.error", FAILURE},
    {"@adminapi.errors", FAILURES},
};
const size_t sae_rows_envelope_count =
    sizeof(sae_rows_envelope) / sizeof(sae_rows_envelope[0]);

static unsigned envelope_member(const char *name, size_t len)
{
    for (size_t i = 0; i < sae_rows_envelope_count; i++) {
        if (len == strlen(sae_rows_envelope[i].name) &&
            memcmp(name, sae_rows_envelope[i].name, len) == 0) {
            return sae_rows_envelope[i].pending;
        }
    }
    return NOTHING;
}

static bool on_member(void *arg, const char *name, size_t len)
{
    struct sae_rows *rows = arg;
    enum sae_rows_level level = rows->level[rows->depth - 1];
    unsigned pending = NOTHING;

    if ((level != ROOT_OBJECT && level != ROW && level != INNER) || len == 0 ||
        rows->path_len + len >= SAE_ROWS_PATH ||
        memchr(name, '/', len) != NULL) { /* a name is not a path */
        return false;
    }
    memcpy(rows->path + rows->path_len, name, len);
    rows->pending_len = rows->path_len + len;
    sae_text_lower(rows->path + rows->path_len, len);
    if (level == ROOT_OBJECT) {
        pending = envelope_member(rows->path, len);
    }
    if (pending == NOTHING) {
        pending = find_path(rows);
    }
    rows->members.answer = (unsigned char)pending;
    return pending != NOTHING;
}

/* Which of our names the value belongs to; below 0: none. */
static int pending_name(const struct sae_rows *rows)
{
    return (int)(rows->members.answer & ~(unsigned)ENTER) - SLOT;
}

static enum sae_status store_cell(struct sae_rows *rows, int name,
                                  const struct sae_scan_value *value, struct sae_err *err)
{
    static const enum sae_cell_kind kinds[] = {
        [SAE_SCAN_NULL] = SAE_CELL_NULL,   [SAE_SCAN_FALSE] = SAE_CELL_FALSE,
        [SAE_SCAN_TRUE] = SAE_CELL_TRUE,   [SAE_SCAN_NUMBER] = SAE_CELL_NUMBER,
        [SAE_SCAN_STRING] = SAE_CELL_TEXT, [SAE_SCAN_OBJECT] = SAE_CELL_OTHER,
        [SAE_SCAN_ARRAY] = SAE_CELL_LIST,
    };
    struct sae_slot_cell slot = {.kind = kinds[value->kind], .at = rows->text.len};

    if (sae_rows_has(rows, name)) {
        return sae_fail(err, SAE_E_FORMAT, "row %llu has %s twice",
                        (unsigned long long)rows->facts.rows + 1, rows->names[name].name);
    }
    if (value->kind == SAE_SCAN_STRING || value->kind == SAE_SCAN_NUMBER) {
        bool cut = value->len > SAE_ROWS_CELL;

        slot.len = cut ? SAE_ROWS_CELL : value->len;
        slot.spoiled = value->spoiled || cut;
        slot.hash = value->spoiled ? value->hash
                    : cut          ? sae_hash64(value->text, value->len)
                                   : 0;
        sae_buf_add(&rows->text, value->text, slot.len);
    }
    sae_rows_put(rows, name, &slot);
    return SAE_OK;
}

/* A member that we know: a cell, an object with cells of ours inside, or a list of texts. */
static enum sae_status take_member(struct sae_rows *rows, const struct sae_scan_value *value,
                                   struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    int name = pending_name(rows);
    bool known = name >= 0;

    if (value->kind == SAE_SCAN_OBJECT && (rows->members.answer & ENTER) != 0) {
        status = push(rows, INNER, err);
        rows->path[rows->pending_len] = '/';
        rows->path_len = rows->pending_len + 1;
        return status;
    }
    if (known) {
        status = store_cell(rows, name, value, err);
    }
    if (status == SAE_OK && value->kind == SAE_SCAN_OBJECT) {
        status = push(rows, IGNORED, err);
    } else if (status == SAE_OK && value->kind == SAE_SCAN_ARRAY) {
        status = push(rows, known ? TEXTS : IGNORED, err);
    }
    return status;
}

/* An element of a list that is a cell: its texts are kept, one a line. */
static enum sae_status take_text(struct sae_rows *rows, const struct sae_scan_value *value,
                                 struct sae_err *err)
{
    struct sae_slot_cell *slot = &rows->slot[pending_name(rows)];

    if (value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY) {
        return push(rows, IGNORED, err);
    }
    if (value->kind == SAE_SCAN_STRING && !value->spoiled) {
        if (slot->len > 0) {
            sae_buf_add(&rows->text, "\n", 1);
        }
        sae_buf_add(&rows->text, value->text, value->len);
        slot->len = rows->text.len - slot->at;
    }
    return SAE_OK;
}

static enum sae_status open_row(struct sae_rows *rows, enum sae_rows_level level,
                                struct sae_err *err)
{
    rows->path_len = 0;
    sae_rows_begin_row(rows);
    return push(rows, level, err);
}

static enum sae_status take_root(struct sae_rows *rows, const struct sae_scan_value *value,
                                 struct sae_err *err)
{
    rows->facts.roots++;
    rows->envelope = false;
    rows->linked = false;
    sae_buf_clear(&rows->link);
    if (value->kind == SAE_SCAN_OBJECT) {
        return open_row(rows, ROOT_OBJECT, err);
    }
    if (value->kind == SAE_SCAN_ARRAY) {
        return push(rows, LIST, err);
    }
    return sae_fail(err, SAE_E_FORMAT, "neither an object nor a list of objects");
}

static enum sae_status take_envelope(struct sae_rows *rows,
                                     const struct sae_scan_value *value, struct sae_err *err)
{
    if (value->kind != SAE_SCAN_ARRAY && value->kind != SAE_SCAN_OBJECT) {
        return SAE_OK;
    }
    if (rows->envelope) {
        return sae_fail(err, SAE_E_FORMAT, "two lists of rows in one envelope");
    }
    rows->envelope = true;
    return value->kind == SAE_SCAN_ARRAY ? push(rows, LIST, err) : open_row(rows, ROW, err);
}

static enum sae_status take_link(struct sae_rows *rows, const struct sae_scan_value *value,
                                 struct sae_err *err)
{
    if (value->kind == SAE_SCAN_NULL) {
        return SAE_OK;
    }
    if (value->kind != SAE_SCAN_STRING) {
        return sae_fail(err, SAE_E_FORMAT, "the link to the next page is not a text");
    }
    if (rows->linked) {
        return sae_fail(err, SAE_E_FORMAT, "two links to the next page");
    }
    if (value->spoiled) {
        return sae_fail(err, SAE_E_FORMAT,
                        "the link to the next page is no link or over %d bytes",
                        SAE_ROWS_LINK);
    }
    rows->linked = true;
    sae_buf_add(&rows->link, value->text, value->len);
    return sae_buf_status(&rows->link);
}

/* Exchange warns in the language that was asked for, but the parameter keeps its name. */
static enum sae_status take_warning(struct sae_rows *rows, const struct sae_scan_value *value,
                                    struct sae_err *err)
{
    rows->facts.warned = rows->facts.warned || (value->kind != SAE_SCAN_NULL &&
                                                value->kind != SAE_SCAN_ARRAY);
    if (value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY) {
        return push(rows, IGNORED, err);
    }
    if (value->kind == SAE_SCAN_STRING &&
        memmem(value->text, value->len, "ResultSize", strlen("ResultSize")) != NULL) {
        rows->facts.more = true;
    }
    return SAE_OK;
}

/* "error": null is none. */
static enum sae_status take_failure(const struct sae_scan_value *value, struct sae_err *err)
{
    return value->kind == SAE_SCAN_NULL
               ? SAE_OK
               : sae_fail(err, SAE_E_FORMAT, "the answer is an error, not data");
}

static enum sae_status on_value(void *arg, const struct sae_scan_value *value,
                                struct sae_err *err)
{
    struct sae_rows *rows = arg;

    if (rows->depth == 0) {
        return take_root(rows, value, err);
    }
    switch (rows->level[rows->depth - 1]) {
    case LIST:
        return value->kind == SAE_SCAN_OBJECT
                   ? open_row(rows, ROW, err)
                   : sae_fail(err, SAE_E_FORMAT, "row %llu is not an object",
                              (unsigned long long)rows->facts.rows + 1);
    case TEXTS:
        return take_text(rows, value, err);
    case WARNINGS:
        return take_warning(rows, value, err);
    case FAILED:
        return sae_fail(err, SAE_E_FORMAT, "the answer of the service has errors inside");
    case IGNORED:
        return value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY
                   ? push(rows, IGNORED, err)
                   : SAE_OK;
    default:
        break;
    }
    switch (rows->members.answer) {
    case ENVELOPE:
        return take_envelope(rows, value, err);
    case LINK:
        return take_link(rows, value, err);
    case WARNING:
        return value->kind == SAE_SCAN_ARRAY ? push(rows, WARNINGS, err)
                                             : take_warning(rows, value, err);
    case FAILURES:
        return value->kind == SAE_SCAN_ARRAY ? push(rows, FAILED, err)
                                             : take_failure(value, err);
    case FAILURE:
        return take_failure(value, err);
    default:
        return take_member(rows, value, err);
    }
}

static enum sae_status on_end(void *arg, struct sae_err *err)
{
    struct sae_rows *rows = arg;
    enum sae_rows_level level = rows->level[--rows->depth];

    rows->path_len = rows->outside[rows->depth];
    rows->members.in_row = rows->depth > 0 && rows->level[rows->depth - 1] == ROW;
    if (level == ROW || (level == ROOT_OBJECT && !rows->envelope)) {
        return sae_rows_end_row(rows, false, 0, err);
    }
    if (level == ROOT_OBJECT && rows->linked) {
        rows->facts.links++;
    } else if (level == ROOT_OBJECT) {
        rows->facts.last_pages++;
    }
    return SAE_OK;
}

const struct sae_scan_handler sae_rows_scan_handler = {
    .member = on_member, .value = on_value, .end = on_end};
