/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "store/history_private.h"

static const char absent[] = "absent";

struct held {
    bool found;
    char value[SAE_SHOWN + 1];   /* as last read */
    char settled[SAE_SHOWN + 1]; /* as two reads in a row agreed */
};

static enum sae_status load_setting(struct sae_history *h, const char *name,
                                    struct held *ret_held, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT value, settled FROM setting WHERE name = ?1", err);
    enum sae_status status;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    status = sae_db_step(h, st, &ret_held->found, err);
    if (status == SAE_OK && ret_held->found) {
        snprintf(ret_held->value, sizeof(ret_held->value), "%s", sae_db_text(st, 0));
        snprintf(ret_held->settled, sizeof(ret_held->settled), "%s", sae_db_text(st, 1));
    }
    sqlite3_reset(st);
    return status;
}

static enum sae_status save_setting(struct sae_history *h, const char *name,
                                    const char *value, const char *settled,
                                    struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT OR REPLACE INTO setting(name, value, settled) VALUES(?1, ?2, ?3)", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    sae_db_bind(st, 2, value);
    sae_db_bind(st, 3, settled);
    return sae_db_run(h, st, err);
}

static enum sae_status add_change(struct sae_history *h, int64_t seen, int64_t said,
                                  const char *name, const char *before, const char *after,
                                  struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT INTO change(seen, said, mailbox, object, property, before, after,"
           " confirmed) VALUES(?1, ?2, 0, 'tenant', ?3, ?4, ?5, 0)",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, seen);
    sqlite3_bind_int64(st, 2, said);
    sae_db_bind(st, 3, name);
    sae_db_bind(st, 4, before);
    sae_db_bind(st, 5, after);
    return sae_db_run(h, st, err);
}

/* The change that waits for a second read: keep it, or take it back. */
static enum sae_status settle_change(struct sae_history *h, const char *name, bool agreed,
                                     struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, agreed ? "UPDATE change SET confirmed = 1 WHERE mailbox = 0"
                    " AND property = ?1 AND confirmed = 0"
                  : "DELETE FROM change WHERE mailbox = 0 AND property = ?1"
                    " AND confirmed = 0",
        err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(st, 1, name);
    return sae_db_run(h, st, err);
}

static enum sae_status read_one(struct sae_history *h, int64_t seen, int64_t said,
                                const char *name, const char *value, bool first_read,
                                struct sae_err *err)
{
    struct held held = {0};
    enum sae_status status = load_setting(h, name, &held, err);
    bool pending;

    if (status != SAE_OK) {
        return status;
    }
    if (!held.found) {
        if (first_read) {
            return save_setting(h, name, value, value, err);
        }
        snprintf(held.value, sizeof(held.value), "%s", absent);
        snprintf(held.settled, sizeof(held.settled), "%s", absent);
    }
    pending = strcmp(held.value, held.settled) != 0;
    if (pending) {
        status = settle_change(h, name, strcmp(value, held.value) == 0, err);
        if (status == SAE_OK && strcmp(value, held.value) == 0) {
            return save_setting(h, name, value, value, err);
        }
    }
    if (status == SAE_OK && strcmp(value, held.settled) != 0) {
        status = add_change(h, seen, said, name, held.settled, value, err);
    }
    return status == SAE_OK ? save_setting(h, name, value, held.settled, err) : status;
}

/* What was watched before and is not in this read any more. */
static enum sae_status read_vanished(struct sae_history *h, int64_t seen,
                                     const struct sae_setting *settings, size_t count,
                                     struct sae_err *err)
{
    enum { MOST = 64 };
    char names[MOST][SAE_SHOWN + 1];
    size_t found = 0;
    sqlite3_stmt *st = sae_db_prepare(h, "SELECT name FROM setting ORDER BY name", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row && found < MOST) {
        bool listed = false;

        for (size_t i = 0; i < count; i++) {
            listed = listed || strcmp(settings[i].name, sae_db_text(st, 0)) == 0;
        }
        if (!listed) {
            snprintf(names[found++], sizeof(names[0]), "%s", sae_db_text(st, 0));
        }
    }
    sqlite3_reset(st);
    for (size_t i = 0; i < found && status == SAE_OK; i++) {
        status = read_one(h, seen, 0, names[i], absent, false, err);
    }
    return status;
}

enum sae_status sae_history_settings_read(struct sae_history *h, int64_t seen, int64_t said,
                                          const struct sae_setting *settings, size_t count,
                                          struct sae_err *err)
{
    enum sae_status status;
    int64_t known = 0;

    status = sae_history_number(h, "settings_read", &known, err);
    for (size_t i = 0; i < count && status == SAE_OK; i++) {
        status = read_one(h, seen, said, settings[i].name, settings[i].value, known == 0, err);
    }
    if (status == SAE_OK) {
        status = read_vanished(h, seen, settings, count, err);
    }
    return status == SAE_OK ? sae_history_remember(h, "settings_read", 1, err) : status;
}

enum sae_status sae_history_setting(struct sae_history *h, const char *name,
                                    char ret_value[SAE_SHOWN + 1], struct sae_err *err)
{
    struct held held = {0};
    enum sae_status status = load_setting(h, name, &held, err);

    if (status == SAE_OK) {
        memcpy(ret_value, held.value, sizeof(held.value));
    }
    return status;
}

enum sae_status sae_history_each_change(struct sae_history *h, int64_t after,
                                        sae_change_taker take, void *arg,
                                        struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT seen, said, object, property, before, after, confirmed, mailbox"
           " FROM change"
           " WHERE seen > ?1 ORDER BY seen, id",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, after);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_change change = {.seen = sqlite3_column_int64(st, 0),
                                    .said = sqlite3_column_int64(st, 1),
                                    .confirmed = sqlite3_column_int(st, 6) != 0,
                                    .mailbox = sqlite3_column_int(st, 7) != 0};

        snprintf(change.object, sizeof(change.object), "%s", sae_db_text(st, 2));
        snprintf(change.property, sizeof(change.property), "%s", sae_db_text(st, 3));
        snprintf(change.before, sizeof(change.before), "%s", sae_db_text(st, 4));
        snprintf(change.after, sizeof(change.after), "%s", sae_db_text(st, 5));
        status = take(arg, &change, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}
