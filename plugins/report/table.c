/* SPDX-License-Identifier: MIT */
#include "report/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "nagios/perfdata.h"

bool sae_table_format_parse(const char *text, enum sae_table_format *ret_format)
{
    static const char *const names[] = {[SAE_TABLE_TEXT] = "text",
                                        [SAE_TABLE_JSON] = "json",
                                        [SAE_TABLE_CSV] = "csv",
                                        [SAE_TABLE_OPENMETRICS] = "openmetrics"};

    for (int i = 0; i <= SAE_TABLE_OPENMETRICS; i++) {
        if (strcmp(names[i], text) == 0) {
            *ret_format = (enum sae_table_format)i;
            return true;
        }
    }
    return false;
}

enum sae_status sae_table_open(struct sae_table *table, enum sae_table_format format,
                               const char *path, struct sae_err *err)
{
    *table = (struct sae_table){.format = format, .out = stdout};
    if (path == NULL) {
        return SAE_OK;
    }
    table->path = strdup(path);
    if (table->path == NULL || asprintf(&table->temp, "%s.new", path) < 0) {
        table->temp = NULL;
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    unlink(table->temp);
    table->out = fopen(table->temp, "wx");
    return table->out == NULL ? sae_file_fail(table->temp, "cannot create", err) : SAE_OK;
}

static void json_string(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            putc('\\', out);
            putc(*p, out);
        } else if (*p < 0x20 || *p == 0x7f) {
            fprintf(out, "\\u%04x", *p);
        } else {
            putc(*p, out);
        }
    }
    putc('"', out);
}

/* True for UTF-8 without control bytes and without characters that turn the direction of text
 * or do not show at all (U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF). */
static bool is_plain(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (!sae_text_is_utf8(text, strlen(text))) {
        return false;
    }
    for (; *p != '\0'; p++) {
        bool hidden = p[0] == 0xe2 && ((p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) ||
                                                         (p[2] >= 0xaa && p[2] <= 0xae))) ||
                                       (p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf));

        if (*p < 0x20 || *p == 0x7f || hidden ||
            (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)) {
            return false;
        }
    }
    return true;
}

/* A cell that a spreadsheet would run as a formula is no formula of ours: an apostrophe in
 * front makes it text. */
static void csv_string(FILE *out, const char *text)
{
    char safe[SAE_TEXT_SHOWN + 1];
    bool formula;

    if (!is_plain(text)) {
        text = sae_text_safe(safe, sizeof(safe), text, strlen(text));
    }
    formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;

    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    if (formula) {
        putc('\'', out);
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"') {
            putc('"', out);
        }
        putc(*p, out);
    }
    putc('"', out);
}

static void text_cell(struct sae_table *t, const struct sae_table_column *column,
                      const char *text)
{
    bool last = t->cell + 1 == t->count;
    char shown[512];

    snprintf(shown, sizeof(shown), "%s", text == NULL || *text == '\0' ? "-" : text);
    sae_text_message(shown);
    if (column->width == 0 || last) {
        fprintf(t->out, "%s", shown);
    } else {
        fprintf(t->out, "%*s", column->number ? column->width : -column->width, shown);
    }
    fputs(last ? "\n" : "  ", t->out);
}

void sae_table_head(struct sae_table *table, const struct sae_table_column *columns,
                    size_t count)
{
    table->columns = columns;
    table->count = count;
    if (table->format == SAE_TABLE_JSON) {
        fputs("[", table->out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        table->cell = i;
        if (table->format == SAE_TABLE_CSV) {
            fprintf(table->out, "%s%s", i == 0 ? "" : ",", columns[i].name);
        } else {
            text_cell(table, &columns[i], columns[i].name);
        }
    }
    table->cell = 0;
    if (table->format == SAE_TABLE_CSV) {
        fputs("\n", table->out);
    }
}

static void json_cell(struct sae_table *t, const struct sae_table_column *column,
                      const char *text)
{
    fputs(t->cell == 0 ? (t->rows == 0 ? "\n{" : ",\n{") : ",", t->out);
    fprintf(t->out, "\"%s\":", column->name);
    if (text == NULL || (column->number && *text == '\0')) {
        fputs("null", t->out);
    } else if (column->number) {
        fputs(text, t->out);
    } else if (!is_plain(text)) {
        char safe[SAE_TEXT_SHOWN + 1];

        json_string(t->out, sae_text_safe(safe, sizeof(safe), text, strlen(text)));
    } else {
        json_string(t->out, text);
    }
    if (t->cell + 1 == t->count) {
        fputs("}", t->out);
    }
}

void sae_table_cell(struct sae_table *table, const char *text)
{
    const struct sae_table_column *column = &table->columns[table->cell];

    if (table->format == SAE_TABLE_JSON) {
        json_cell(table, column, text);
    } else if (table->format == SAE_TABLE_CSV) {
        if (table->cell > 0) {
            putc(',', table->out);
        }
        csv_string(table->out, text == NULL ? "" : text);
        if (table->cell + 1 == table->count) {
            putc('\n', table->out);
        }
    } else {
        text_cell(table, column, text);
    }
    if (++table->cell == table->count) {
        table->cell = 0;
        table->rows++;
    }
}

void sae_table_number(struct sae_table *table, double value)
{
    char number[SAE_PERF_NUMBER];

    sae_table_cell(table, sae_perf_number(number, sizeof(number), value) ? number : NULL);
}

static enum sae_status finish_file(struct sae_table *table, bool good, bool keep,
                                   struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    good = good && fsync(fileno(table->out)) == 0;
    good = fclose(table->out) == 0 && good;
    if (!good) {
        status = sae_file_fail(table->temp, "cannot write", err);
    } else if (keep && (chmod(table->temp, 0644) != 0 ||
                        rename(table->temp, table->path) != 0)) {
        status = sae_file_fail(table->path, "cannot replace", err);
    }
    if (!keep || status != SAE_OK) {
        unlink(table->temp);
    }
    return status;
}

enum sae_status sae_table_close(struct sae_table *table, bool keep, struct sae_err *err)
{
    enum sae_status status = SAE_OK;
    bool good;

    if (table->out == NULL) {
        free(table->path);
        free(table->temp);
        return SAE_OK;
    }
    if (table->format == SAE_TABLE_JSON && table->columns != NULL) {
        fputs("\n]\n", table->out);
    }
    good = fflush(table->out) == 0 && ferror(table->out) == 0;
    if (table->path != NULL) {
        status = finish_file(table, good, keep, err);
    } else if (!good) {
        status = sae_fail(err, SAE_E_IO, "cannot write to standard output");
    }
    free(table->path);
    free(table->temp);
    return status;
}
