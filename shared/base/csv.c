/* SPDX-License-Identifier: MIT */
#include "base/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

/* libcsv enlarges its cell by this many bytes at a time, and asks for room before it
 * looks at the next byte: one step above the limit lets a cell of exactly SAE_CSV_ROW
 * bytes end. */
enum { CELL_STEP = 4096 };

struct sae_csv {
    struct csv_parser parser;
    sae_csv_row row;
    void *arg;
    struct sae_err *err; /* of the call in progress */
    enum sae_status status;

    struct sae_buf head; /* the header line until it is complete */
    bool head_quoted;
    bool head_done;
    bool first_done; /* the first line of the input is behind us */

    struct sae_buf text; /* the cells of the row in progress, one after another */
    struct sae_csv_cell cells[SAE_CSV_CELLS];
    size_t count;

    size_t line;     /* being read */
    size_t row_line; /* on which the row in progress started */
    bool row_open;   /* the row in progress goes on after a newline in quotes */
    bool after_cr;   /* the last byte was a carriage return, a newline belongs to it */
};

static void *bounded_realloc(void *old, size_t size)
{
    return size > SAE_CSV_ROW + CELL_STEP ? NULL : realloc(old, size);
}

/* With tabs as delimiter a tab must not be trimmed as a blank, as older libcsv does. */
static int is_space_only(unsigned char c)
{
    return c == ' ';
}

struct sae_csv *sae_csv_new(sae_csv_row row, void *arg)
{
    struct sae_csv *csv = calloc(1, sizeof(*csv));

    if (csv == NULL) {
        return NULL;
    }
    csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&csv->parser, bounded_realloc);
    csv_set_blk_size(&csv->parser, CELL_STEP);
    csv->row = row;
    csv->arg = arg;
    csv->line = 1;
    csv->row_line = 1;
    sae_buf_init(&csv->head, SAE_CSV_ROW);
    sae_buf_init(&csv->text, SAE_CSV_ROW);
    return csv;
}

void sae_csv_free(struct sae_csv *csv)
{
    if (csv != NULL) {
        csv_free(&csv->parser);
        sae_buf_done(&csv->head);
        sae_buf_done(&csv->text);
        free(csv);
    }
}

static void fail_size(struct sae_csv *csv, enum sae_status status)
{
    csv->status = status;
    if (status == SAE_E_NOMEM) {
        sae_fail(csv->err, status, "line %zu: out of memory", csv->row_line);
    } else {
        sae_fail(
            csv->err, status,
            "line %zu: the row that starts here exceeds %d bytes (quote not closed?)",
            csv->row_line, SAE_CSV_ROW);
    }
}

static void fail_quote(struct sae_csv *csv, const char *what)
{
    csv->status =
        sae_fail(csv->err, SAE_E_FORMAT, "line %zu: %s (row starts on line %zu)",
                 csv->line, what, csv->row_line);
}

static void on_cell(void *text, size_t len, void *arg)
{
    struct sae_csv *csv = arg;

    if (csv->status != SAE_OK) {
        return;
    }
    if (csv->count == SAE_CSV_CELLS) {
        csv->status = sae_fail(csv->err, SAE_E_LIMIT, "line %zu: more than %d columns",
                               csv->row_line, SAE_CSV_CELLS);
        return;
    }
    sae_buf_add(&csv->text, text, len);
    if (sae_buf_status(&csv->text) != SAE_OK) {
        fail_size(csv, sae_buf_status(&csv->text));
        return;
    }
    csv->cells[csv->count++].len = len;
}

static void on_row(int end, void *arg)
{
    struct sae_csv *csv = arg;
    const char *at = sae_buf_text(&csv->text);

    (void)end;
    if (csv->status != SAE_OK) {
        return;
    }
    /* Only now: the text may have moved while it grew. */
    for (size_t i = 0; i < csv->count; i++) {
        csv->cells[i].text = at;
        at += csv->cells[i].len;
    }
    csv->status = csv->row(csv->arg, csv->cells, csv->count, csv->row_line, csv->err);
    csv->count = 0;
    sae_buf_clear(&csv->text);
}

static void parse(struct sae_csv *csv, const char *data, size_t len)
{
    if (csv_parse(&csv->parser, data, len, on_cell, on_row, csv) == len ||
        csv->status != SAE_OK) {
        return;
    }
    if (csv_error(&csv->parser) == CSV_EPARSE) {
        fail_quote(csv, "a quote inside a cell that is not quoted, "
                        "or text after a closing quote");
    } else if (csv_get_buffer_size(&csv->parser) >= SAE_CSV_ROW) {
        fail_size(csv, SAE_E_LIMIT);
    } else {
        fail_size(csv, SAE_E_NOMEM);
    }
}

/* CR, LF and CR LF end a line, as they do for libcsv. */
static void count_line(struct sae_csv *csv, char c)
{
    if (c != '\n' || !csv->after_cr) {
        csv->line++;
    }
    csv->after_cr = c == '\r';
}

static const char *find(const char *at, const char *end, char c)
{
    const char *found = at < end ? memchr(at, c, (size_t)(end - at)) : NULL;

    return found == NULL ? end : found;
}

/* Line by line, so that the line number is known when a row ends or fails, and reading
 * stops where the first failure is: libcsv itself cannot be stopped by a callback. */
static void push(struct sae_csv *csv, const char *at, size_t len)
{
    const char *end = at + len, *lf = find(at, end, '\n'), *cr = find(at, end, '\r');

    while (at < end && csv->status == SAE_OK) {
        const char *stop = lf < cr ? lf : cr;
        const char *next = stop < end ? stop + 1 : end;

        if (!csv->row_open) {
            csv->row_line = csv->line;
        }
        csv->after_cr = csv->after_cr && at == stop;
        parse(csv, at, (size_t)(next - at));
        if (stop < end) {
            count_line(csv, *stop);
            csv->row_open = csv->parser.quoted != 0;
        }
        at = next;
        lf = lf < at ? find(at, end, '\n') : lf;
        cr = cr < at ? find(at, end, '\r') : cr;
    }
}

static bool starts_with(const struct sae_buf *buf, const char *word)
{
    return buf->len >= strlen(word) && strncasecmp(buf->data, word, strlen(word)) == 0;
}

static bool is_blank(const struct sae_buf *buf)
{
    return strspn(sae_buf_text(buf), " \t") == buf->len;
}

/* The first of comma, semicolon and tab that occurs most often outside quotes. */
static char judge_delimiter(const struct sae_buf *head)
{
    static const char delimiters[] = {',', ';', '\t'};
    size_t best = 0, best_count = 0;

    for (size_t i = 0; i < sizeof(delimiters); i++) {
        size_t count = 0;
        bool quoted = false;

        for (size_t at = 0; at < head->len; at++) {
            quoted = quoted != (head->data[at] == '"');
            count += !quoted && head->data[at] == delimiters[i] ? 1U : 0U;
        }
        if (count > best_count) {
            best = i;
            best_count = count;
        }
    }
    return delimiters[best];
}

static void end_head(struct sae_csv *csv)
{
    char delimiter = judge_delimiter(&csv->head);

    csv_set_delim(&csv->parser, (unsigned char)delimiter);
    if (delimiter == '\t') {
        csv_set_space_func(&csv->parser, is_space_only);
    }
    csv->head_done = true;
    push(csv, sae_buf_text(&csv->head), csv->head.len);
    sae_buf_done(&csv->head);
}

/* True for a line in front of the header that is no header. */
static bool passes_over(struct sae_csv *csv)
{
    bool first = !csv->first_done;

    csv->first_done = true;
    return is_blank(&csv->head) || (first && (starts_with(&csv->head, "#TYPE") ||
                                              starts_with(&csv->head, "sep=")));
}

/* One byte up to the end of the header. The first line may be one to pass over, which
 * ends at its newline whatever quotes it holds. */
static void take_head(struct sae_csv *csv, char c)
{
    bool newline = c == '\r' || c == '\n';

    if (newline && passes_over(csv)) {
        sae_buf_clear(&csv->head);
        csv->head_quoted = false;
        count_line(csv, c);
        return;
    }
    csv->after_cr = false;
    csv->head_quoted = csv->head_quoted != (c == '"');
    sae_buf_add(&csv->head, &c, 1);
    if (sae_buf_status(&csv->head) != SAE_OK) {
        csv->row_line = csv->line;
        fail_size(csv, sae_buf_status(&csv->head));
    } else if (newline && !csv->head_quoted) {
        end_head(csv);
    }
}

enum sae_status sae_csv_feed(struct sae_csv *csv, const char *data, size_t len,
                             struct sae_err *err)
{
    size_t at = 0;

    if (csv->status != SAE_OK) {
        return sae_fail(err, csv->status, "the table was given up before");
    }
    csv->err = err;
    while (at < len && !csv->head_done && csv->status == SAE_OK) {
        take_head(csv, data[at++]);
    }
    if (at < len && csv->status == SAE_OK) {
        push(csv, data + at, len - at);
    }
    csv->err = NULL;
    return csv->status;
}

enum sae_status sae_csv_finish(struct sae_csv *csv, struct sae_err *err)
{
    if (csv->status != SAE_OK) {
        return sae_fail(err, csv->status, "the table was given up before");
    }
    csv->err = err;
    if (!csv->head_done && !passes_over(csv)) {
        end_head(csv);
    }
    if (csv->status == SAE_OK && csv_fini(&csv->parser, on_cell, on_row, csv) != 0) {
        fail_quote(csv, "the input ends inside quotes");
    }
    csv->err = NULL;
    return csv->status;
}
