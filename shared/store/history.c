/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/history_private.h"
#include "store/owner.h"

enum { SCHEMA = 1, BUSY_MS = 2000 };

/* Rows: time first, so that a batch is appended rather than scattered (28 times faster than
 * a table keyed by id, measured). */
static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
    "CREATE TABLE part(name TEXT PRIMARY KEY, source TEXT, time INTEGER, attempt INTEGER,"
    " ok INTEGER, code TEXT, text TEXT) WITHOUT ROWID;"
    "CREATE TABLE user(id INTEGER PRIMARY KEY, key TEXT UNIQUE, upn TEXT, shown TEXT);"
    "CREATE TABLE address(id INTEGER PRIMARY KEY, bytes BLOB UNIQUE);"
    "CREATE TABLE agent(id INTEGER PRIMARY KEY, text TEXT UNIQUE);"
    "CREATE TABLE signin(sec INTEGER, hash INTEGER, frac INTEGER, user INTEGER,"
    " address INTEGER, agent INTEGER, country INTEGER, code INTEGER,"
    " PRIMARY KEY(sec, hash)) WITHOUT ROWID;"
    "CREATE TABLE stream(name TEXT PRIMARY KEY, time INTEGER, newest INTEGER,"
    " unparsed INTEGER, lower INTEGER) WITHOUT ROWID;"
    "CREATE TABLE covered(stream TEXT, begins INTEGER, ends INTEGER,"
    " PRIMARY KEY(stream, begins)) WITHOUT ROWID;"
    "CREATE TABLE sender(user INTEGER PRIMARY KEY, first INTEGER, last INTEGER);"
    "CREATE TABLE sender_day(user INTEGER, day INTEGER, PRIMARY KEY(user, day))"
    " WITHOUT ROWID;"
    "CREATE TABLE sender_origin(user INTEGER, address INTEGER, country INTEGER,"
    " last INTEGER, PRIMARY KEY(user, address, country)) WITHOUT ROWID;"
    "CREATE TABLE sender_mailbox(user INTEGER PRIMARY KEY, mailbox TEXT);"
    "CREATE TABLE mailbox(key TEXT PRIMARY KEY, address TEXT, flag INTEGER, said INTEGER)"
    " WITHOUT ROWID;"
    "CREATE TABLE mailbox_name(name TEXT, mailbox TEXT, PRIMARY KEY(name, mailbox))"
    " WITHOUT ROWID;"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT, settled TEXT) WITHOUT ROWID;"
    "CREATE TABLE change(id INTEGER PRIMARY KEY, seen INTEGER, said INTEGER,"
    " mailbox INTEGER, object TEXT,"
    " property TEXT, before TEXT, after TEXT, confirmed INTEGER);"
    "CREATE INDEX change_seen ON change(seen);"
    "PRAGMA user_version=1;";

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
    sqlite3_bind_int64(st, 3, from);
    sqlite3_bind_int64(st, 4, to);
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

/* SQLite gives the journal files the owner of the database, so the database must have the
 * right one from its first byte. */
static enum sae_status create_file(const char *path, struct sae_err *err)
{
    struct sae_owner owner;
    enum sae_status status = sae_owner_of(path, &owner, err);
    int fd;

    if (status == SAE_OK) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            status = sae_owner_apply(fd, path, &owner, false, err);
            close(fd);
        } else if (errno != EEXIST) {
            status = sae_file_fail(path, "cannot create", err);
        }
    }
    sae_owner_done(&owner);
    return status;
}

static enum sae_status check_schema(struct sae_history *h, enum sae_history_mode mode,
                                    struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "PRAGMA user_version", err);
    enum sae_status status;
    int version = 0;
    bool row;

    if (st == NULL) {
        return err == NULL ? SAE_E_IO : err->code;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        version = sqlite3_column_int(st, 0);
    }
    sqlite3_reset(st);
    if (status != SAE_OK || version == SCHEMA) {
        return status;
    }
    if (version == 0 && mode == SAE_HISTORY_WRITE) {
        status = sae_history_begin(h, err);
        if (status == SAE_OK) {
            status = sae_db_exec(h, schema, err);
        }
        return status == SAE_OK ? sae_history_commit(h, err) : status;
    }
    return sae_fail(err, SAE_E_FORMAT,
                    "history %s was written by another version of this program",
                    sqlite3_db_filename(h->db, "main"));
}

/* A bounded cache, whatever the size of the tenant; large sorts go to temporary files. */
static const char settings_write[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192;"
    "PRAGMA temp_store=FILE; PRAGMA wal_autocheckpoint=2000;"
    "PRAGMA journal_size_limit=16777216;";
static const char settings_read[] = "PRAGMA cache_size=-8192; PRAGMA temp_store=FILE;";

enum sae_status sae_history_open(const char *state_dir, const char *tenant,
                                 enum sae_history_mode mode,
                                 struct sae_history **ret_history, struct sae_err *err)
{
    int flags = (mode == SAE_HISTORY_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                SQLITE_OPEN_NOMUTEX; /* one thread */
    struct sae_history *h = calloc(1, sizeof(*h));
    enum sae_status status = SAE_OK;
    char *path = NULL;

    if (h == NULL || asprintf(&path, "%s/private/%s.db", state_dir, tenant) < 0) {
        free(h);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (mode == SAE_HISTORY_WRITE) {
        status = create_file(path, err);
    } else if (access(path, R_OK) != 0) {
        status = sae_file_fail(path, "cannot read the history", err);
    }
    if (status == SAE_OK && sqlite3_open_v2(path, &h->db, flags, NULL) != SQLITE_OK) {
        status = h->db == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                               : sae_db_fail(h, err);
    }
    if (status == SAE_OK) {
        sqlite3_busy_timeout(h->db, BUSY_MS);
        status =
            sae_db_exec(h, mode == SAE_HISTORY_WRITE ? settings_write : settings_read, err);
    }
    if (status == SAE_OK) {
        status = check_schema(h, mode, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(h, "horizon", &h->horizon, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(h, "senders_horizon", &h->senders_horizon, err);
    }
    free(path);
    if (status != SAE_OK) {
        sae_history_close(h);
        return status;
    }
    *ret_history = h;
    return SAE_OK;
}

void sae_history_close(struct sae_history *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t i = 0; i < SAE_STATEMENTS; i++) {
        sqlite3_finalize(h->statement[i]);
    }
    sqlite3_close(h->db);
    free(h->batch);
    free(h->users);
    free(h->addresses);
    free(h->agents);
    free(h);
}

enum sae_status sae_history_begin(struct sae_history *h, struct sae_err *err)
{
    return sae_db_exec(h, "BEGIN IMMEDIATE", err);
}

enum sae_status sae_history_commit(struct sae_history *h, struct sae_err *err)
{
    return sae_db_exec(h, "COMMIT", err);
}

void sae_history_rollback(struct sae_history *h)
{
    if (sqlite3_get_autocommit(h->db) == 0) {
        (void)sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    }
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
