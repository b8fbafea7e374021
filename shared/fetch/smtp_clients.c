/* SPDX-License-Identifier: MIT */
#include "fetch/smtp_clients.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cursor.h"
#include "base/file.h"
#include "base/text.h"
#include "fetch/files_private.h"

enum field { SENDER, MESSAGES, PROTOCOL };

/* Assumed: documents and screenshots name the first of each, the others are how exports of
 * the admin center spell such things elsewhere. */
static const struct sae_rows_name names[] = {
    {"sender address", SENDER, SAE_ROWS_CSV, 0},
    {"senderaddress", SENDER, SAE_ROWS_CSV, 0},
    {"sender", SENDER, SAE_ROWS_CSV, 0},
    {"message count", MESSAGES, SAE_ROWS_CSV, 0},
    {"messagecount", MESSAGES, SAE_ROWS_CSV, 0},
    {"messages", MESSAGES, SAE_ROWS_CSV, 0},
    {"total messages", MESSAGES, SAE_ROWS_CSV, 0},
    {"authentication protocol", PROTOCOL, SAE_ROWS_CSV, 0},
    {"authenticationprotocol", PROTOCOL, SAE_ROWS_CSV, 0},
    {"auth protocol", PROTOCOL, SAE_ROWS_CSV, 0},
};

struct reader {
    sae_smtp_client_taker take;
    void *arg;
    uint64_t rows; /* of all files */
};

static bool has_word(const struct sae_cell *cell, const char *word)
{
    size_t len = strlen(word);

    for (size_t at = 0; at + len <= cell->len; at++) {
        if (strncasecmp(cell->text + at, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned read_protocol(const struct sae_cell *cell)
{
    return (has_word(cell, "basic") ? SAE_AUTH_BASIC : 0U) |
           (has_word(cell, "oauth") ? SAE_AUTH_OAUTH : 0U);
}

static bool read_sender(const struct sae_cell *cell, char sender[SAE_NAME + 1])
{
    if (cell->kind != SAE_CELL_TEXT || cell->spoiled ||
        !sae_text_is_utf8(cell->text, cell->len) ||
        memchr(cell->text, '@', cell->len) == NULL ||
        !sae_text_copy(sender, SAE_NAME + 1, cell->text, cell->len)) {
        return false;
    }
    sae_text_lower(sender, strlen(sender));
    return true;
}

static bool read_messages(const struct sae_cell *cell, int64_t *ret_messages)
{
    struct sae_cursor cur = {.at = cell->text, .end = cell->text + cell->len};
    uint64_t messages;

    if (cell->kind != SAE_CELL_TEXT ||
        !sae_cursor_decimal(&cur, UINT64_C(1000000000000), &messages) ||
        !sae_cursor_at_end(&cur)) {
        return false;
    }
    *ret_messages = (int64_t)messages;
    return true;
}

static enum sae_status check_header(bool csv, uint32_t fields, struct sae_err *err)
{
    const uint32_t needed = 1U << SENDER | 1U << MESSAGES;

    if (!csv || (fields & needed) != needed) {
        return sae_fail(err, SAE_E_FORMAT,
                        "needs columns Sender address and Message count, and should have "
                        "Authentication protocol: is it the export of the report SMTP AUTH "
                        "clients?");
    }
    return SAE_OK;
}

/* Whoever cannot be read may be anybody: half a report would leave them out. */
static enum sae_status odd_row(const struct sae_rows_row *row, struct sae_err *err)
{
    return sae_fail(err, SAE_E_FORMAT,
                    "line %zu: no sender address, or no whole number of messages", row->line);
}

static enum sae_status take_row(void *arg, const struct sae_rows_row *row,
                                struct sae_err *err)
{
    struct reader *reader = arg;
    struct sae_smtp_client_row client = {.auth = read_protocol(&row->cell[PROTOCOL])};

    if (!row->ragged && (row->cell[SENDER].kind == SAE_CELL_ABSENT ||
                         row->cell[MESSAGES].kind == SAE_CELL_ABSENT)) {
        return check_header(true, 0, err);
    }
    if (++reader->rows > SAE_SMTP_CLIENTS_MOST) {
        return sae_fail(err, SAE_E_LIMIT, "more than %d rows", SAE_SMTP_CLIENTS_MOST);
    }
    if (row->ragged || !read_sender(&row->cell[SENDER], client.sender) ||
        !read_messages(&row->cell[MESSAGES], &client.messages)) {
        return odd_row(row, err);
    }
    return reader->take(reader->arg, &client, err);
}

static enum sae_status read_file(const char *path, const struct sae_files_env *env,
                                 struct reader *reader, bool *ret_old, struct sae_err *err)
{
    struct sae_source src = {.path = path, .env = env};
    struct sae_rows_facts facts;
    const uint64_t before = reader->rows;
    struct stat st;
    enum sae_status status;

    *ret_old = stat(path, &st) == 0 &&
               sae_file_mtime(&st) < env->now - SAE_SMTP_CLIENTS_DAYS * SAE_DAY;
    if (*ret_old) {
        return SAE_OK;
    }
    status = sae_source_rows(&src, names, sizeof(names) / sizeof(names[0]), take_row, reader,
                             &facts, err);
    if (status == SAE_OK) {
        status = check_header(facts.csv, facts.fields, err);
    } else if (status == SAE_E_FORMAT && reader->rows == before) {
        status = check_header(false, 0, err);
    }
    return sae_source_name(status, path, err);
}

enum sae_status sae_files_smtp_clients(const char *pattern, const struct sae_files_env *env,
                                       sae_smtp_client_taker take, void *arg,
                                       struct sae_err *err)
{
    struct reader reader = {.take = take, .arg = arg};
    enum sae_status status;
    size_t old_ones = 0;
    glob_t found;

    status = sae_file_glob(pattern, &found, err);
    if (status != SAE_OK) {
        return status;
    }
    for (size_t i = 0; i < found.gl_pathc && status == SAE_OK; i++) {
        bool old = false;

        status = read_file(found.gl_pathv[i], env, &reader, &old, err);
        old_ones += old ? 1 : 0;
    }
    if (status == SAE_OK && old_ones == found.gl_pathc) {
        status = sae_fail(err, SAE_E_STALE,
                          "%s: older than %d d: export the report SMTP AUTH clients again",
                          pattern, SAE_SMTP_CLIENTS_DAYS);
    }
    globfree(&found);
    return status;
}
