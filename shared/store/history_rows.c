/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/history_private.h"

/* ---- reading rows ------------------------------------------------------------------- */

/* The rows of one second, which the table keeps in the order of their hashes. */
struct second {
    struct sae_row *row;
    size_t count, cap;
    bool mixed; /* not in time order */
};

static enum sae_status put(struct second *second, const struct sae_row *row,
                           struct sae_err *err)
{
    if (second->count == second->cap) {
        size_t cap = second->cap == 0 ? 64 : second->cap * 2;
        struct sae_row *more = realloc(second->row, cap * sizeof(*more));

        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        second->row = more;
        second->cap = cap;
    }
    second->mixed = second->mixed ||
                    (second->count > 0 && second->row[second->count - 1].time > row->time);
    second->row[second->count++] = *row;
    return SAE_OK;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const struct sae_row *)a)->time, y = ((const struct sae_row *)b)->time;

    return x < y ? -1 : x > y;
}

static enum sae_status hand_over(struct second *second, sae_row_taker take, void *arg,
                                 struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    if (second->mixed) {
        qsort(second->row, second->count, sizeof(second->row[0]), by_time);
    }
    for (size_t i = 0; i < second->count && status == SAE_OK; i++) {
        status = take(arg, &second->row[i], err);
    }
    second->count = 0;
    second->mixed = false;
    return status;
}

/* Ordered here and not by the database, which would sort a million rows one by one. */
static enum sae_status walk_rows(struct sae_history *h, sqlite3_stmt *st,
                                 struct sae_interval span, sae_row_taker take, void *arg,
                                 struct sae_err *err)
{
    struct second second = {0};
    int64_t now = INT64_MIN;
    enum sae_status status;
    bool more;

    sqlite3_bind_int64(st, 1, span.from / SAE_SECOND);
    sqlite3_bind_int64(st, 2, span.to / SAE_SECOND);
    while ((status = sae_db_step(h, st, &more, err)) == SAE_OK && more) {
        int64_t sec = sqlite3_column_int64(st, 0);
        struct sae_row row = {.time = sec * SAE_SECOND + sqlite3_column_int64(st, 1),
                              .user = sqlite3_column_int64(st, 2),
                              .address = sqlite3_column_int64(st, 3),
                              .country = sqlite3_column_int(st, 4),
                              .code = sqlite3_column_int(st, 5)};

        if (sec > span.to / SAE_SECOND) {
            break;
        }
        if (row.time < span.from || row.time >= span.to) {
            continue;
        }
        if (sec != now) {
            status = hand_over(&second, take, arg, err);
            now = sec;
        }
        status = status == SAE_OK ? put(&second, &row, err) : status;
        if (status != SAE_OK) {
            break;
        }
    }
    if (status == SAE_OK) {
        status = hand_over(&second, take, arg, err);
    }
    sqlite3_reset(st);
    free(second.row);
    return status;
}

/* Whole seconds, of which walk_rows() takes what is in the interval, and where it ends: three
 * comparisons less for each of a million rows. */
#define ROWS "SELECT sec, frac, user, address, country, code FROM signin WHERE sec >= ?1 "

enum sae_status sae_history_each_row(struct sae_history *h, int64_t from, int64_t to,
                                     sae_row_taker take, void *arg, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, ROWS "ORDER BY sec, hash", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    return walk_rows(h, st, (struct sae_interval){from, to}, take, arg, err);
}

enum sae_status sae_history_each_success(struct sae_history *h, int64_t from, int64_t to,
                                         sae_row_taker take, void *arg, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, ROWS "AND sec <= ?2 AND code = 0 ORDER BY sec, hash", err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    return walk_rows(h, st, (struct sae_interval){from, to}, take, arg, err);
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
