/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "store/history_private.h"

/* Step i brings a history of version i to version i + 1; version 0 is an empty file. A step
 * that was released never changes: what comes later is a further step.
 *
 * Rows: time first, so that a batch is appended rather than scattered (28 times faster than
 * a table keyed by id, measured). */
static const char *const steps[] = {
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
    "CREATE INDEX change_seen ON change(seen);",

    "CREATE TABLE run(id INTEGER PRIMARY KEY, time INTEGER, ms INTEGER, requests INTEGER,"
    " throttled INTEGER, rows INTEGER, late INTEGER, ok INTEGER, error TEXT);",

    "CREATE TABLE mailbox_count(flag INTEGER PRIMARY KEY, count INTEGER);"
    "INSERT INTO mailbox_count SELECT flag, count(*) FROM mailbox GROUP BY flag;",

    "ALTER TABLE mailbox ADD COLUMN row INTEGER;"
    "CREATE TABLE mailbox_list(version TEXT, digest INTEGER, rows BLOB);"
    "DELETE FROM meta WHERE name = 'mailbox_digest';",
};
enum { SCHEMA = sizeof(steps) / sizeof(steps[0]) };

static enum sae_status version_of(struct sae_history *h, int *ret_version,
                                  struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "PRAGMA user_version", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return err == NULL ? SAE_E_IO : err->code;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK) {
        *ret_version = row ? sqlite3_column_int(st, 0) : 0;
    }
    sqlite3_reset(st);
    return status;
}

static enum sae_status upgrade_from(struct sae_history *h, int version, struct sae_err *err)
{
    char mark[64];
    enum sae_status status = sae_history_begin(h, err);

    for (int i = version; i < SCHEMA && status == SAE_OK; i++) {
        status = sae_db_exec(h, steps[i], err);
    }
    if (status == SAE_OK) {
        snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", SCHEMA);
        status = sae_db_exec(h, mark, err);
    }
    /* A history that cannot be brought up to date is closed, which undoes all steps. */
    return status == SAE_OK ? sae_history_commit(h, err) : status;
}

enum sae_status sae_history_upgrade(struct sae_history *h, enum sae_history_mode mode,
                                    struct sae_err *err)
{
    int version = 0;
    enum sae_status status = version_of(h, &version, err);

    if (status != SAE_OK || version == SCHEMA) {
        return status;
    }
    if (version < 0 || version > SCHEMA) {
        return sae_fail(err, SAE_E_FORMAT,
                        "history %s was written by another version of this program, newer "
                        "than this one: install that",
                        sqlite3_db_filename(h->db, "main"));
    }
    if (mode == SAE_HISTORY_READ) {
        return sae_fail(err, SAE_E_FORMAT,
                        "history %s %s: run smtp_auth_collect once, it brings it up to date",
                        sqlite3_db_filename(h->db, "main"),
                        version == 0 ? "is empty"
                                     : "was written by an older version of this program");
    }
    return upgrade_from(h, version, err);
}
