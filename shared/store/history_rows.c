/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/history_private.h"

/* ---- reading rows ------------------------------------------------------------------- */

enum sae_status sae_history_each_row(struct sae_history *h, int64_t from, int64_t to,
                                     sae_row_taker take, void *arg, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT sec * 10000000 + frac AS time, user, address, agent, country, code"
           " FROM signin WHERE sec BETWEEN ?1 AND ?2 AND sec * 10000000 + frac >= ?3"
           " AND sec * 10000000 + frac < ?4 ORDER BY sec, frac, hash",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_row out = {.time = sqlite3_column_int64(st, 0),
                              .user = sqlite3_column_int64(st, 1),
                              .address = sqlite3_column_int64(st, 2),
                              .agent = sqlite3_column_int64(st, 3),
                              .country = sqlite3_column_int(st, 4),
                              .code = sqlite3_column_int(st, 5)};

        status = take(arg, &out, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_each_source(struct sae_history *h, int64_t from, int64_t to,
                                        unsigned most, sae_source_taker take, void *arg,
                                        int64_t *ret_total, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT a.bytes, max(s.country), count(*) AS failed, count(DISTINCT s.user)"
           " FROM signin s JOIN address a ON a.id = s.address"
           " WHERE s.sec BETWEEN ?1 AND ?2 AND s.sec * 10000000 + s.frac >= ?3"
           " AND s.sec * 10000000 + s.frac < ?4 AND s.code <> 0"
           " GROUP BY s.address ORDER BY failed DESC, a.bytes",
        err);
    enum sae_status status;
    int64_t total = 0;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_source source = {.address = sae_db_address(st, 0),
                                    .country = sqlite3_column_int(st, 1),
                                    .failed = sqlite3_column_int64(st, 2),
                                    .users = sqlite3_column_int64(st, 3)};

        if (total++ < most) {
            status = take(arg, &source, err);
            if (status != SAE_OK) {
                break;
            }
        }
    }
    sqlite3_reset(st);
    *ret_total = total;
    return status;
}

/* ---- pruning ------------------------------------------------------------------------ */

enum sae_status sae_history_prune(struct sae_history *h, int64_t rows_before,
                                  int64_t senders_before, struct sae_err *err)
{
    static const char *const steps[] = {
        "DELETE FROM signin WHERE sec < ?1",
        "DELETE FROM sender WHERE last < ?2",
        "DELETE FROM sender_day WHERE user NOT IN (SELECT user FROM sender)",
        "DELETE FROM sender_origin WHERE user NOT IN (SELECT user FROM sender)",
        "DELETE FROM user WHERE id NOT IN (SELECT user FROM signin)"
        " AND id NOT IN (SELECT user FROM sender)",
        "DELETE FROM address WHERE id NOT IN (SELECT address FROM signin)"
        " AND id NOT IN (SELECT address FROM sender_origin)",
        "DELETE FROM agent WHERE id NOT IN (SELECT agent FROM signin)",
        "DELETE FROM covered WHERE ends < ?3",
        "DELETE FROM run WHERE time < ?3",
    };
    enum sae_status status = SAE_OK;

    if (rows_before <= h->horizon) {
        return SAE_OK;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == SAE_OK; i++) {
        sqlite3_stmt *st = sae_db_prepare(h, steps[i], err);

        if (st == NULL) {
            return SAE_E_IO;
        }
        /* A statement is given only the parameters it names. */
        sqlite3_bind_int64(st, 1, rows_before / SAE_SECOND);
        sqlite3_bind_int64(st, 2, senders_before);
        sqlite3_bind_int64(st, 3, rows_before);
        status = sae_db_run(h, st, err);
    }
    if (status == SAE_OK) {
        status = sae_history_remember(h, "horizon", rows_before, err);
    }
    if (status == SAE_OK && senders_before > h->senders_horizon) {
        status = sae_history_remember(h, "senders_horizon", senders_before, err);
        h->senders_horizon = senders_before;
    }
    if (status == SAE_OK) {
        h->horizon = rows_before;
        free(h->users);
        free(h->addresses);
        free(h->agents);
        h->users = h->addresses = h->agents = NULL;
    }
    return status;
}
