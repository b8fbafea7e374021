/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/history_private.h"

/* A list that is the stored one, row for row, needs no work. One mailbox listed twice with
 * different flags counts as the more exposed of the two: enabled (1), unknown (3), inherits
 * (0), disabled (2). */
enum sae_status sae_history_stage_count(struct sae_history *h, int64_t *ret_staged,
                                        int64_t *ret_held, struct sae_err *err)
{
    enum sae_status status = sae_list_held(h, ret_held, err);

    h->stage.same = status == SAE_OK && *ret_held > 0 && h->stage.now.count > 0 &&
                    h->stage.stored.held &&
                    h->stage.stored.digest == h->stage.now.digest;
    if (h->stage.same) {
        *ret_staged = *ret_held;
        return SAE_OK;
    }
    if (status == SAE_OK) {
        status = sae_stage_load(h, err);
    }
    if (status == SAE_OK) {
        status = sae_db_exec(
            h,
            "DROP TABLE IF EXISTS staged;"
            "CREATE TABLE staged(key TEXT PRIMARY KEY, address TEXT, flag INTEGER,"
            " said INTEGER, row INTEGER) WITHOUT ROWID;"
            "INSERT OR IGNORE INTO staged SELECT key, address, flag, said, row FROM stage"
            " ORDER BY key, CASE flag WHEN 1 THEN 0 WHEN 3 THEN 1 WHEN 0 THEN 2 ELSE 3 END,"
            " address;"
            "DROP TABLE temp.stage;",
            err);
    }
    return status == SAE_OK ? sae_db_count(h, "SELECT count(*) FROM staged", ret_staged, err)
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

    if (h->stage.same) {
        return SAE_OK;
    }
    status = sae_list_held(h, &held, err);
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
            "ALTER TABLE staged_name RENAME TO mailbox_name;"
            "CREATE INDEX mailbox_flag ON mailbox(flag);"
            "DELETE FROM mailbox_count;"
            "INSERT INTO mailbox_count SELECT flag, count(*) FROM mailbox GROUP BY flag;",
            err);
    }
    return status == SAE_OK ? sae_list_write(h, err) : status;
}

/* ---- reading ------------------------------------------------------------------------ */

/* Columns: key, address, flag, used. */
static enum sae_status walk(struct sae_history *h, sqlite3_stmt *st, sae_mailbox_taker take,
                            void *arg, struct sae_err *err)
{
    enum sae_status status;
    bool row;

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

enum sae_status sae_history_note_use(struct sae_history *h, const char *mailbox,
                                     struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "INSERT OR IGNORE INTO temp.in_use(mailbox) VALUES(?1)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, mailbox);
    return sae_db_run(h, st, err);
}

/* Mailboxes of which a matched user had a success, ?1 to ?4 are the interval; and those that
 * somebody else says are in use. */
#define USED                                                                              \
    "key IN (SELECT m.mailbox FROM sender_mailbox m"                                      \
    " WHERE m.user IN (SELECT s.user FROM sender s"                                       \
    " WHERE s.last >= ?1 * 10000000 + ?3 AND (s.last < ?2 * 10000000 + ?4"                \
    " OR EXISTS(SELECT 1 FROM signin i WHERE i.user = s.user AND code = 0 AND" SAE_IN_SPAN \
    "))) UNION SELECT mailbox FROM temp.in_use)"

enum sae_status sae_history_each_mailbox(struct sae_history *h, int64_t from, int64_t to,
                                         sae_mailbox_taker take, void *arg,
                                         struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT key, address, flag, " USED " FROM mailbox ORDER BY key", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    return walk(h, st, take, arg, err);
}

enum sae_status sae_history_each_used_mailbox(struct sae_history *h, int64_t from, int64_t to,
                                              sae_mailbox_taker take, void *arg,
                                              struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT key, address, flag, 1 FROM mailbox WHERE " USED " ORDER BY key", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    return walk(h, st, take, arg, err);
}

enum sae_status sae_history_first_mailboxes(struct sae_history *h, bool inherit, size_t most,
                                            sae_mailbox_taker take, void *arg,
                                            struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, inherit ? "SELECT key, address, flag, 0 FROM mailbox WHERE flag = 0"
                     " ORDER BY key LIMIT ?1"
                   : "SELECT key, address, flag, 0 FROM mailbox WHERE flag IN (1, 3)"
                     " ORDER BY key LIMIT ?1",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, (int64_t)most);
    return walk(h, st, take, arg, err);
}

enum sae_status sae_history_mailbox(struct sae_history *h, const char *key,
                                    sae_mailbox_taker take, void *arg, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT key, address, flag, 0 FROM mailbox WHERE key = ?1", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, key);
    return walk(h, st, take, arg, err);
}

enum sae_status sae_history_count_mailboxes(struct sae_history *h,
                                            int64_t ret_by_flag[SAE_FLAG_UNKNOWN + 1],
                                            struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT flag, count FROM mailbox_count", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    memset(ret_by_flag, 0, (SAE_FLAG_UNKNOWN + 1) * sizeof(*ret_by_flag));
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        int flag = sqlite3_column_int(st, 0);

        ret_by_flag[flag >= 0 && flag < SAE_FLAG_UNKNOWN ? flag : SAE_FLAG_UNKNOWN] +=
            sqlite3_column_int64(st, 1);
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
