/* SPDX-License-Identifier: MIT */
/* A list of mailboxes is the stored one at nearly every read, in the same order. So of the
 * stored list the digests of its rows are kept, in order: as long as a new list has the same
 * ones, nothing of it needs to be read, written or compared further. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/history_private.h"

enum { DIGEST = (int)sizeof(uint64_t) };

void sae_list_done(struct sae_list *list)
{
    free(list->row);
    *list = (struct sae_list){.row = NULL};
}

/* Counted when the list is stored: a count at every run would read all of its index. */
enum sae_status sae_list_held(struct sae_history *h, int64_t *ret_held, struct sae_err *err)
{
    return sae_db_count(h, "SELECT coalesce(sum(count), 0) FROM mailbox_count", ret_held, err);
}

/* Between the database and list->row, without a copy in between. */
static enum sae_status move_rows(struct sae_history *h, int64_t rowid, bool write,
                                 struct sae_err *err)
{
    const struct sae_list *list = write ? &h->stage.loaded : &h->stage.stored;
    int size = (int)list->count * DIGEST;
    sqlite3_blob *rows = NULL;
    int code =
        sqlite3_blob_open(h->db, "main", "mailbox_list", "rows", rowid, write ? 1 : 0, &rows);

    if (code == SQLITE_OK) {
        code = write ? sqlite3_blob_write(rows, list->row, size, 0)
                     : sqlite3_blob_read(rows, list->row, size, 0);
    }
    if (code != SQLITE_OK) {
        (void)sae_db_fail(h, err);
    }
    sqlite3_blob_close(rows);
    return code == SQLITE_OK ? SAE_OK : SAE_E_IO;
}

static enum sae_status make_room(struct sae_list *list, int64_t count, struct sae_err *err)
{
    list->row = malloc((size_t)count * DIGEST + 1);
    if (list->row == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    list->count = count;
    return SAE_OK;
}

/* Two versions of this program may read a row differently, so each believes its own only. */
enum sae_status sae_list_read(struct sae_history *h, struct sae_err *err)
{
    struct sae_list *list = &h->stage.stored;
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT rowid, digest, length(rows) FROM mailbox_list"
           " WHERE version = '" SAE_VERSION "'",
        err);
    int64_t rowid = 0, held = 0, size = 0;
    enum sae_status status;

    sae_list_done(list);
    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &list->held, err);
    if (status == SAE_OK && list->held) {
        rowid = sqlite3_column_int64(st, 0);
        list->digest = (uint64_t)sqlite3_column_int64(st, 1);
        size = sqlite3_column_int64(st, 2);
    }
    sqlite3_reset(st);
    if (status == SAE_OK) {
        status = sae_list_held(h, &held, err);
    }
    if (status != SAE_OK || held <= 0 || held > INT_MAX / DIGEST || size != held * DIGEST) {
        return status;
    }
    status = make_room(list, held, err);
    return status == SAE_OK ? move_rows(h, rowid, false, err) : status;
}

/* The rows that are known; those of the records follow. */
enum sae_status sae_list_begin(struct sae_stage *stage, struct sae_err *err)
{
    struct sae_list *list = &stage->loaded;
    enum sae_status status;

    sae_list_done(list);
    status = make_room(list, stage->now.count, err);
    if (status == SAE_OK && stage->now.known > 0) {
        memcpy(list->row, stage->stored.row, (size_t)stage->now.known * DIGEST);
    }
    list->digest = stage->now.digest;
    list->held = true;
    return status;
}

/* A mailbox that was listed twice is stored once, so that its rows would not be found again. */
static enum sae_status forget_duplicates(struct sae_history *h, struct sae_err *err)
{
    struct sae_list *list = &h->stage.loaded;
    int64_t held = 0;
    enum sae_status status = sae_list_held(h, &held, err);

    if (status == SAE_OK && (held != list->count || held > INT_MAX / DIGEST)) {
        free(list->row);
        list->row = NULL;
        list->count = 0;
    }
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
                           " VALUES('" SAE_VERSION "', ?1, zeroblob(?2))",
                        err);
    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, (int64_t)list->digest);
    sqlite3_bind_int64(st, 2, list->count * DIGEST);
    status = sae_db_run(h, st, err);
    h->stage.replaces = status == SAE_OK;
    return status == SAE_OK && list->count > 0
               ? move_rows(h, sqlite3_last_insert_rowid(h->db), true, err)
               : status;
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
