/* SPDX-License-Identifier: MIT */
/* A list of mailboxes is the stored one at nearly every read, in the same order. So of the
 * stored list the digests of its rows are kept, in order: as long as a new list has the same
 * ones, nothing of it needs to be read, written or compared further. */
#include <stdlib.h>
#include <string.h>

#include "store/history_private.h"

enum { DIGEST = sizeof(uint64_t) };

void sae_list_done(struct sae_list *list)
{
    free(list->row);
    *list = (struct sae_list){.row = NULL};
}

/* Two versions of this program may read a row differently, so each believes its own only. */
enum sae_status sae_list_read(struct sae_history *h, struct sae_err *err)
{
    struct sae_list *list = &h->stage.stored;
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT digest, rows, (SELECT coalesce(sum(count), 0) FROM mailbox_count)"
           " FROM mailbox_list WHERE version = '" SAE_VERSION "'",
        err);
    enum sae_status status;
    size_t size = 0;
    bool row;

    sae_list_done(list);
    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        list->held = true;
        list->digest = (uint64_t)sqlite3_column_int64(st, 0);
        size = (size_t)sqlite3_column_bytes(st, 1);
    }
    if (size > 0 && size == (uint64_t)sqlite3_column_int64(st, 2) * DIGEST) {
        list->row = malloc(size);
        if (list->row == NULL) {
            status = sae_fail(err, SAE_E_NOMEM, "out of memory");
        } else {
            memcpy(list->row, sqlite3_column_blob(st, 1), size);
            list->count = (int64_t)(size / DIGEST);
        }
    }
    sqlite3_reset(st);
    return status;
}

/* The rows that are known; those of the records follow. */
enum sae_status sae_list_begin(struct sae_stage *stage, struct sae_err *err)
{
    struct sae_list *list = &stage->loaded;
    size_t known = (size_t)stage->now.known * DIGEST;

    sae_list_done(list);
    list->row = malloc((size_t)stage->now.count * DIGEST + 1);
    if (list->row == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (known > 0) {
        memcpy(list->row, stage->stored.row, known);
    }
    list->count = stage->now.count;
    list->digest = stage->now.digest;
    list->held = true;
    return SAE_OK;
}

/* A mailbox that was listed twice is stored once, so that its rows would not be found again. */
static enum sae_status forget_duplicates(struct sae_history *h, struct sae_err *err)
{
    struct sae_list *list = &h->stage.loaded;
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT coalesce(sum(count), 0) FROM mailbox_count", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row && sqlite3_column_int64(st, 0) != list->count) {
        free(list->row);
        list->row = NULL;
        list->count = 0;
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_list_write(struct sae_history *h, struct sae_err *err)
{
    const struct sae_list *list = &h->stage.loaded;
    enum sae_status status = forget_duplicates(h, err);
    sqlite3_stmt *st;

    if (status == SAE_OK) {
        status = sae_db_exec(h, "DELETE FROM mailbox_list", err);
    }
    if (status != SAE_OK) {
        return status;
    }
    st = sae_db_prepare(h, "INSERT INTO mailbox_list(version, digest, rows)"
                           " VALUES('" SAE_VERSION "', ?1, ?2)",
                        err);
    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, (int64_t)list->digest);
    sqlite3_bind_blob64(st, 2, list->row, (uint64_t)list->count * DIGEST, SQLITE_STATIC);
    h->stage.replaces = true;
    return sae_db_run(h, st, err);
}

void sae_list_commit(struct sae_stage *stage)
{
    if (stage->replaces) {
        sae_list_done(&stage->stored);
        stage->stored = stage->loaded;
        stage->loaded = (struct sae_list){.row = NULL};
        stage->replaces = false;
    }
}

void sae_list_rollback(struct sae_stage *stage)
{
    sae_list_done(&stage->loaded);
    stage->replaces = false;
}
