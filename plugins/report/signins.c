/* SPDX-License-Identifier: MIT */
/* signins: every sign-in that is held, oldest first. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codes.h"
#include "collect/log.h"
#include "report/report.h"

struct signin_walk {
    const struct sae_query *query;
    char key[SAE_NAME + 1]; /* of the mailbox asked for, "" if it is none that we know */
    size_t rows;
};

/* A mailbox may be asked for by any of its names. */
static bool is_of(const struct signin_walk *walk, const struct sae_signin_line *line)
{
    const char *const names[] = {line->shown, line->upn, line->mail, line->mailbox,
                                 line->key};

    return (walk->key[0] != '\0' && strcmp(walk->key, line->mailbox) == 0) ||
           sae_query_wants(walk->query, names, 5);
}

static bool has_state(const char *state, const struct sae_code *code)
{
    if (state == NULL || strcmp(state, sae_code_class_word(code->kind)) == 0) {
        return true;
    }
    if (strcmp(state, "failed") == 0) {
        return code->kind != SAE_CODE_SUCCESS;
    }
    return strcmp(state, "right") == 0 && code->kind != SAE_CODE_SUCCESS &&
           (code->password == SAE_PASSWORD_YES ||
            code->password == SAE_PASSWORD_PROBABLY);
}

static void put_line(struct sae_table *table, const struct sae_signin_line *line,
                     const struct sae_code *code)
{
    char time[SAE_TIME_TEXT], address[SAE_ADDRESS_TEXT];
    char country[] = {(char)(line->country >> 8), (char)(line->country & 0xff), '\0'};

    sae_table_cell(table, sae_time_format(time, sizeof(time), line->time));
    sae_table_cell(table, line->shown[0] != '\0' ? line->shown : line->key);
    sae_table_cell(table, line->mail[0] == '\0' ? NULL : line->mail);
    sae_table_cell(table,
                   line->address.len == 0
                       ? NULL
                       : sae_address_text(address, sizeof(address), &line->address));
    sae_table_cell(table, line->country == 0 ? NULL : country);
    sae_table_number(table, line->code);
    sae_table_cell(table, code->text);
    sae_table_cell(table, sae_password_word(code->password));
    sae_table_cell(table, line->agent[0] == '\0' ? NULL : line->agent);
}

static enum sae_status put_signin(void *arg, const struct sae_signin_line *line,
                                  struct sae_err *err)
{
    struct signin_walk *walk = arg;
    const struct sae_query *query = walk->query;
    const struct sae_code *code = sae_code_find(line->code);

    (void)err;
    walk->rows++;
    if ((!query->has_source || sae_net_has(&query->source, &line->address)) &&
        has_state(query->state, code) && is_of(walk, line)) {
        put_line(query->table, line, code);
    }
    return SAE_OK;
}

/* For people: up to where the list proves anything. Nothing found is not proof. */
static void say_span(const struct sae_query *query, const struct sae_log *log,
                     int64_t horizon)
{
    int64_t begin = log->from > horizon ? log->from : horizon;
    char from[SAE_TIME_TEXT], to[SAE_TIME_TEXT];

    if (query->table->format != SAE_TABLE_TEXT) {
        return;
    }
    if (log->to <= begin) {
        fputs("No stretch of the log is proven complete: there may have been more.\n",
              query->table->out);
        return;
    }
    fprintf(
        query->table->out,
        "The log held is complete from %s to %s%s: outside there may have been more.\n",
        sae_time_format(from, sizeof(from), begin),
        sae_time_format(to, sizeof(to), log->to),
        log->unparsed > 0 ? " but for rows that could not be read" : "");
}

enum sae_status sae_report_signins(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"time", 20, false},    {"user", 32, false},    {"mailbox", 32, false},
        {"address", 24, false}, {"country", 7, false},  {"code", 7, true},
        {"meaning", 53, false}, {"password", 8, false}, {"agent", 0, false}};
    struct signin_walk walk = {.query = query};
    struct sae_history *history = NULL;
    struct sae_log log = {0};
    enum sae_status status = sae_report_open(query, &history, err);

    if (status == SAE_OK) {
        status = sae_log_load(query->tenant, history, &log, err);
    }
    if (status == SAE_OK && query->mailbox != NULL) {
        status = sae_history_find_mailbox(history, query->mailbox, walk.key, err);
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
        status = sae_history_each_signin(history, query->since, INT64_MAX, put_signin,
                                         &walk, err);
    }
    if (status == SAE_OK && walk.rows == 0 && log.end == 0) {
        status =
            sae_fail(err, SAE_E_INCOMPLETE,
                     "no sign-ins are held and the log was never read completely: see "
                     "signins in smtp_auth_report metrics");
    }
    if (status == SAE_OK) {
        say_span(query, &log, sae_history_horizon(history));
    }
    sae_history_close(history);
    return status;
}
