/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/history_private.h"

/* Staged rows are appended as they come, to a temporary table; ordering them once at the end
 * is far cheaper than keeping an index over a million random keys. */
enum sae_status sae_history_stage_begin(struct sae_history *h, struct sae_err *err)
{
    h->stage_digest = 0;
    h->stage_same = false;
    return sae_db_exec(
        h,
        "DROP TABLE IF EXISTS temp.stage; DROP TABLE IF EXISTS temp.stage_name;"
        "CREATE TEMP TABLE stage(key TEXT, address TEXT, flag INTEGER, said INTEGER);"
        "CREATE TEMP TABLE stage_name(name TEXT, mailbox TEXT);",
        err);
}

static enum sae_status stage_name(struct sae_history *h, const char *name, size_t len,
                                  const char *key, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "INSERT INTO stage_name(name, mailbox) VALUES(?1, ?2)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_text(st, 1, name, (int)len, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, key, -1, SQLITE_STATIC);
    return sae_db_run(h, st, err);
}

/* What tells this row from another, folded into the digest of the list. */
static void digest_row(struct sae_history *h, const struct sae_mailbox *box)
{
    const char *const texts[] = {box->guid, box->object_id, box->address, box->names};
    uint64_t row = (uint64_t)box->flag;

    for (size_t i = 0; i < 4; i++) {
        row = (row + sae_hash64(texts[i], strlen(texts[i]))) * UINT64_C(0x9e3779b97f4a7c15);
    }
    h->stage_digest += row;
}

static enum sae_status stage_names(struct sae_history *h, const struct sae_mailbox *box,
                                   const char *key, struct sae_err *err)
{
    enum sae_status status = stage_name(h, box->address, strlen(box->address), key, err);
    const char *name = box->names;

    if (status == SAE_OK && box->object_id[0] != '\0') {
        status = stage_name(h, box->object_id, SAE_GUID, key, err);
    }
    while (status == SAE_OK && *name != '\0') {
        size_t len = strcspn(name, "\n");

        if (len != strlen(box->address) || memcmp(name, box->address, len) != 0) {
            status = stage_name(h, name, len, key, err);
        }
        name += len + (name[len] == '\n' ? 1 : 0);
    }
    return status;
}

enum sae_status sae_history_stage_add(struct sae_history *h, const struct sae_mailbox *box,
                                      struct sae_err *err)
{
    const char *key = box->guid[0] != '\0'        ? box->guid
                      : box->object_id[0] != '\0' ? box->object_id
                                                  : box->address;
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT INTO stage(key, address, flag, said) VALUES(?1, ?2, ?3, ?4)", err);
    enum sae_status status;

    if (st == NULL) {
        return SAE_E_IO;
    }
    digest_row(h, box);
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, box->address, -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 3, (int)box->flag);
    sqlite3_bind_int64(st, 4, box->changed);
    status = sae_db_run(h, st, err);
    return status == SAE_OK ? stage_names(h, box, key, err) : status;
}

static enum sae_status count_of(struct sae_history *h, const char *sql, int64_t *ret_count,
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

/* A list that is the stored one, row for row, needs no work. One mailbox listed twice with
 * different flags counts as the more exposed of the two: enabled (1), unknown (3), inherits
 * (0), disabled (2). */
enum sae_status sae_history_stage_count(struct sae_history *h, int64_t *ret_staged,
                                        int64_t *ret_held, struct sae_err *err)
{
    int64_t digest = 0;
    enum sae_status status = count_of(h, "SELECT count(*) FROM mailbox", ret_held, err);

    if (status == SAE_OK) {
        status = sae_history_number(h, "mailbox_digest", &digest, err);
    }
    if (status == SAE_OK && *ret_held > 0 && (uint64_t)digest == h->stage_digest) {
        h->stage_same = true;
        *ret_staged = *ret_held;
        return SAE_OK;
    }
    if (status == SAE_OK) {
        status = sae_db_exec(
            h,
            "DROP TABLE IF EXISTS staged;"
            "CREATE TABLE staged(key TEXT PRIMARY KEY, address TEXT, flag INTEGER,"
            " said INTEGER) WITHOUT ROWID;"
            "INSERT OR IGNORE INTO staged SELECT key, address, flag, said FROM stage"
            " ORDER BY key, CASE flag WHEN 1 THEN 0 WHEN 3 THEN 1 WHEN 0 THEN 2 ELSE 3 END,"
            " address;"
            "DROP TABLE temp.stage;",
            err);
    }
    return status == SAE_OK ? count_of(h, "SELECT count(*) FROM staged", ret_staged, err)
                            : status;
}

static enum sae_status note_changes(struct sae_history *h, int64_t seen, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h,
        "INSERT INTO change(seen, said, mailbox, object, property, before, after, confirmed)"
        " SELECT ?1, coalesce(s.said, 0), 1, s.address, 'SmtpClientAuthenticationDisabled',"
        " CASE m.flag WHEN 0 THEN '' WHEN 1 THEN 'false' WHEN 2 THEN 'true'"
        " WHEN 3 THEN '?' ELSE 'absent' END,"
        " CASE s.flag WHEN 0 THEN '' WHEN 1 THEN 'false' WHEN 2 THEN 'true' ELSE '?' END, 1"
        " FROM staged s LEFT JOIN mailbox m ON m.key = s.key"
        " WHERE m.flag IS NULL OR m.flag <> s.flag",
        err);
    sqlite3_stmt *gone = sae_db_prepare(
        h,
        "INSERT INTO change(seen, said, mailbox, object, property, before, after, confirmed)"
        " SELECT ?1, 0, 1, m.address, 'SmtpClientAuthenticationDisabled',"
        " CASE m.flag WHEN 0 THEN '' WHEN 1 THEN 'false' WHEN 2 THEN 'true' ELSE '?' END,"
        " 'absent', 1 FROM mailbox m LEFT JOIN staged s ON s.key = m.key"
        " WHERE s.key IS NULL",
        err);
    enum sae_status status;

    if (st == NULL || gone == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, seen);
    sqlite3_bind_int64(gone, 1, seen);
    status = sae_db_run(h, st, err);
    return status == SAE_OK ? sae_db_run(h, gone, err) : status;
}

enum sae_status sae_history_stage_commit(struct sae_history *h, int64_t seen,
                                         struct sae_err *err)
{
    enum sae_status status;
    int64_t held = 0;

    if (h->stage_same) {
        return SAE_OK;
    }
    status = count_of(h, "SELECT count(*) FROM mailbox", &held, err);
    if (status == SAE_OK && held > 0) {
        status = note_changes(h, seen, err);
    }
    if (status == SAE_OK) {
        status = sae_db_exec(
            h,
            "DROP TABLE mailbox; ALTER TABLE staged RENAME TO mailbox;"
            "CREATE TABLE staged_name(name TEXT, mailbox TEXT, PRIMARY KEY(name, mailbox))"
            " WITHOUT ROWID;"
            "INSERT OR IGNORE INTO staged_name SELECT name, mailbox FROM stage_name"
            " ORDER BY name, mailbox;"
            "DROP TABLE temp.stage_name; DROP TABLE mailbox_name;"
            "ALTER TABLE staged_name RENAME TO mailbox_name;",
            err);
    }
    return status == SAE_OK ? sae_history_remember(h, "mailbox_digest",
                                                   (int64_t)h->stage_digest, err)
                            : status;
}

enum sae_status sae_history_each_mailbox(struct sae_history *h, int64_t from, int64_t to,
                                         sae_mailbox_taker take, void *arg,
                                         struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT key, address, flag, key IN (SELECT m.mailbox FROM sender_mailbox m"
           " WHERE m.user IN (SELECT user FROM signin WHERE code = 0"
           " AND sec BETWEEN ?1 AND ?2 AND sec * 10000000 + frac >= ?3"
           " AND sec * 10000000 + frac < ?4)) FROM mailbox ORDER BY key",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_mailbox_row out = {
            .key = sae_db_text(st, 0),
            .address = sae_db_text(st, 1),
            .flag = (enum sae_flag)sqlite3_column_int(st, 2),
            .used = sqlite3_column_int(st, 3) != 0,
        };

        status = take(arg, &out, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_find_mailbox(struct sae_history *h, const char *name,
                                         char ret_key[SAE_NAME + 1], struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT min(mailbox), count(*) FROM (SELECT mailbox FROM mailbox_name"
           " WHERE name = ?1 UNION SELECT key FROM mailbox WHERE key = ?1)",
        err);
    char lower[SAE_NAME + 1];
    enum sae_status status;
    bool row;

    ret_key[0] = '\0';
    if (st == NULL) {
        return SAE_E_IO;
    }
    if (!sae_text_copy(lower, sizeof(lower), name, strlen(name))) {
        return SAE_OK;
    }
    sae_text_lower(lower, strlen(lower));
    sae_db_bind(st, 1, lower);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row && sqlite3_column_int(st, 1) == 1) {
        (void)sae_text_copy(ret_key, SAE_NAME + 1, sae_db_text(st, 0),
                            strlen(sae_db_text(st, 0)));
    }
    sqlite3_reset(st);
    return status;
}

const char *sae_flag_word(enum sae_flag flag)
{
    static const char *const words[] = {
        [SAE_FLAG_INHERIT] = "",
        [SAE_FLAG_ENABLED] = "false",
        [SAE_FLAG_DISABLED] = "true",
        [SAE_FLAG_UNKNOWN] = "?",
    };

    return words[flag];
}
