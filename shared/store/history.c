/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/history_private.h"

enum sae_status sae_db_fail(struct sae_history *h, struct sae_err *err)
{
    int code = sqlite3_errcode(h->db) & 0xff;

    switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return sae_fail(err, SAE_E_FORMAT,
                        "history is damaged (%s): move %s away and collect again",
                        sqlite3_errmsg(h->db), sqlite3_db_filename(h->db, "main"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sae_fail(err, SAE_E_BUSY, "history is locked by another program");
    case SQLITE_NOMEM:
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    default:
        return sae_fail(err, SAE_E_IO, "history %s: %s", sqlite3_db_filename(h->db, "main"),
                        sqlite3_errmsg(h->db));
    }
}

sqlite3_stmt *sae_db_prepare(struct sae_history *h, const char *sql, struct sae_err *err)
{
    size_t i = 0;

    while (i < SAE_STATEMENTS && h->sql[i] != NULL && h->sql[i] != sql) {
        i++;
    }
    if (i == SAE_STATEMENTS) {
        sae_fail(err, SAE_E_LIMIT, "history: too many statements");
        return NULL;
    }
    if (h->sql[i] == NULL) {
        if (sqlite3_prepare_v3(h->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &h->statement[i],
                               NULL) != SQLITE_OK) {
            (void)sae_db_fail(h, err);
            return NULL;
        }
        h->sql[i] = sql;
    }
    sqlite3_reset(h->statement[i]);
    return h->statement[i];
}

enum sae_status sae_db_step(struct sae_history *h, sqlite3_stmt *st, bool *ret_row,
                            struct sae_err *err)
{
    int rc = sqlite3_step(st);

    *ret_row = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        enum sae_status status = sae_db_fail(h, err);

        sqlite3_reset(st);
        return status;
    }
    if (rc == SQLITE_DONE) {
        sqlite3_reset(st);
    }
    return SAE_OK;
}

enum sae_status sae_db_run(struct sae_history *h, sqlite3_stmt *st, struct sae_err *err)
{
    bool row = true;
    enum sae_status status = SAE_OK;

    while (row && status == SAE_OK) {
        status = sae_db_step(h, st, &row, err);
    }
    return status;
}

enum sae_status sae_db_count(struct sae_history *h, const char *sql, int64_t *ret_count,
                                struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, sql, err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        *ret_count = sqlite3_column_int64(st, 0);
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_db_exec(struct sae_history *h, const char *sql, struct sae_err *err)
{
    return sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK ? SAE_OK
                                                                   : sae_db_fail(h, err);
}

void sae_db_bind(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

void sae_db_bind_span(sqlite3_stmt *st, int64_t from, int64_t to)
{
    sqlite3_bind_int64(st, 1, from / SAE_SECOND);
    sqlite3_bind_int64(st, 2, to / SAE_SECOND);
    sqlite3_bind_int64(st, 3, from % SAE_SECOND);
    sqlite3_bind_int64(st, 4, to % SAE_SECOND);
}

struct sae_address sae_db_address(sqlite3_stmt *st, int column)
{
    int len = sqlite3_column_bytes(st, column);
    const void *bytes = sqlite3_column_blob(st, column);
    struct sae_address address = {0};

    if (bytes != NULL && (len == 4 || len == 16)) {
        address.len = (unsigned char)len;
        memcpy(address.bytes, bytes, (size_t)len);
    }
    return address;
}

const char *sae_db_text(sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return text == NULL ? "" : text;
}

enum sae_status sae_history_begin(struct sae_history *h, struct sae_err *err)
{
    enum sae_status status = sae_db_exec(h, "BEGIN IMMEDIATE", err);

    if (status == SAE_OK) {
        h->counts_before = h->counts;
    }
    return status;
}

enum sae_status sae_history_commit(struct sae_history *h, struct sae_err *err)
{
    enum sae_status status = sae_db_exec(h, "COMMIT", err);

    if (status == SAE_OK) {
        h->counts_before = h->counts;
        sae_list_commit(&h->stage);
    }
    return status;
}

void sae_history_rollback(struct sae_history *h)
{
    if (sqlite3_get_autocommit(h->db) == 0) {
        (void)sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    }
    h->counts = h->counts_before;
    sae_list_rollback(&h->stage);
    /* Numbers given inside the transaction are gone with it. */
    free(h->users);
    free(h->addresses);
    free(h->agents);
    h->users = h->addresses = h->agents = NULL;
}

enum sae_status sae_history_number(struct sae_history *h, const char *name,
                                   int64_t *ret_value, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "SELECT value FROM meta WHERE name = ?1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK) {
        *ret_value = row ? sqlite3_column_int64(st, 0) : 0;
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_remember(struct sae_history *h, const char *name, int64_t value,
                                     struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    sqlite3_bind_int64(st, 2, value);
    return sae_db_run(h, st, err);
}

enum sae_status sae_history_part_load(struct sae_history *h, enum sae_part part,
                                      struct sae_part_state *ret_state, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT source, time, attempt, ok, code, text FROM part WHERE name = ?1", err);
    struct sae_part_state state = {0};
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, sae_part_name(part));
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        snprintf(state.source, sizeof(state.source), "%s", sae_db_text(st, 0));
        state.time = sqlite3_column_int64(st, 1);
        state.attempt = sqlite3_column_int64(st, 2);
        state.ok = sqlite3_column_int(st, 3) != 0;
        snprintf(state.code, sizeof(state.code), "%s", sae_db_text(st, 4));
        snprintf(state.text, sizeof(state.text), "%s", sae_db_text(st, 5));
    }
    sqlite3_reset(st);
    if (status == SAE_OK) {
        *ret_state = state;
    }
    return status;
}

enum sae_status sae_history_part_save(struct sae_history *h, enum sae_part part,
                                      const struct sae_part_state *state,
                                      struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT OR REPLACE INTO part(name, source, time, attempt, ok, code, text)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, sae_part_name(part));
    sae_db_bind(st, 2, state->source);
    sqlite3_bind_int64(st, 3, state->time);
    sqlite3_bind_int64(st, 4, state->attempt);
    sqlite3_bind_int(st, 5, state->ok ? 1 : 0);
    sae_db_bind(st, 6, state->code);
    sae_db_bind(st, 7, state->text);
    return sae_db_run(h, st, err);
}
