/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/owner.h"
#include "store/history_private.h"

enum { BUSY_MS = 2000 };

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

/* A bounded cache, whatever the size of the tenant; large sorts go to temporary files. */
static const char settings_write[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192;"
    "PRAGMA temp_store=FILE; PRAGMA wal_autocheckpoint=2000;"
    "PRAGMA journal_size_limit=16777216;";
static const char settings_read[] = "PRAGMA cache_size=-8192; PRAGMA temp_store=FILE;";

static enum sae_status open_file(struct sae_history *h, const char *path,
                                 enum sae_history_mode mode, struct sae_err *err)
{
    int flags = (mode == SAE_HISTORY_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                SQLITE_OPEN_NOMUTEX; /* one thread at a time */
    enum sae_status status = SAE_OK;

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
    if (status == SAE_OK) { /* sae_history_note_use() */
        status = sae_db_exec(
            h, "CREATE TEMP TABLE in_use(mailbox TEXT PRIMARY KEY) WITHOUT ROWID", err);
    }
    return status;
}

enum sae_status sae_history_open(const char *state_dir, const char *tenant,
                                 enum sae_history_mode mode,
                                 struct sae_history **ret_history, struct sae_err *err)
{
    struct sae_history *h = calloc(1, sizeof(*h));
    enum sae_status status;
    char *path = NULL;

    if (h == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    h->stage.fd = -1;
    if (asprintf(&h->folder, "%s/private", state_dir) < 0) {
        free(h);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (asprintf(&path, "%s/%s.db", h->folder, tenant) < 0) {
        sae_history_close(h);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = open_file(h, path, mode, err);
    if (status == SAE_OK) {
        status = sae_history_upgrade(h, mode, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(h, "horizon", &h->horizon, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(h, "senders_horizon", &h->senders_horizon, err);
    }
    if (status == SAE_OK && mode == SAE_HISTORY_WRITE) {
        status = sae_list_read(h, err);
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
    sae_stage_done(&h->stage);
    free(h->batch);
    free(h->users);
    free(h->addresses);
    free(h->agents);
    free(h->folder);
    free(h);
}
