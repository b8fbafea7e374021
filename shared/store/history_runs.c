/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "store/history_private.h"

enum sae_status sae_history_run_add(struct sae_history *h, const struct sae_run_line *run,
                                    struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "INSERT INTO run(time, ms, requests, throttled, \"rows\", late, ok, error)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        err);
    /* Pruning goes by the log's time: without a log nothing else would drop a run. */
    sqlite3_stmt *drop = sae_db_prepare(
        h, "DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?1", err);
    enum sae_status status;

    if (st == NULL || drop == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, run->time);
    sqlite3_bind_int64(st, 2, run->ms);
    sqlite3_bind_int64(st, 3, run->requests);
    sqlite3_bind_int64(st, 4, run->throttled);
    sqlite3_bind_int64(st, 5, run->rows);
    sqlite3_bind_int64(st, 6, run->late);
    sqlite3_bind_int(st, 7, run->ok ? 1 : 0);
    sae_db_bind(st, 8, run->error);
    status = sae_db_run(h, st, err);
    if (status == SAE_OK) {
        sqlite3_bind_int64(drop, 1, SAE_RUNS_HELD);
        status = sae_db_run(h, drop, err);
    }
    return status;
}

enum sae_status sae_history_each_run(struct sae_history *h, int64_t after,
                                     sae_run_taker take, void *arg, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT time, ms, requests, throttled, \"rows\", late, ok, error FROM run"
           " WHERE time > ?1 ORDER BY time, id",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, after);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_run_line run = {.time = sqlite3_column_int64(st, 0),
                                   .ms = sqlite3_column_int64(st, 1),
                                   .requests = sqlite3_column_int64(st, 2),
                                   .throttled = sqlite3_column_int64(st, 3),
                                   .rows = sqlite3_column_int64(st, 4),
                                   .late = sqlite3_column_int64(st, 5),
                                   .ok = sqlite3_column_int(st, 6) != 0};

        sae_text_fit(run.error, sizeof(run.error), sae_db_text(st, 7));
        status = take(arg, &run, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}
