/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "codes.h"
#include "store/history_private.h"

struct sae_batch_row {
    int64_t sec;
    uint64_t hash;
    int64_t user, address, agent;
    int32_t frac, country, code;
};

/* ---- numbering names ---------------------------------------------------------------- */

static struct sae_slot *slot_of(struct sae_slot **cache, uint64_t hash)
{
    if (*cache == NULL) {
        *cache = calloc(SAE_INTERN_SLOTS, sizeof(**cache));
    }
    return *cache == NULL ? NULL : &(*cache)[hash % SAE_INTERN_SLOTS];
}

/* Runs `find`; if it finds nothing, runs `add` and takes the new row's number. Parameter 1
 * is bound in both. */
static enum sae_status number_of(struct sae_history *h, sqlite3_stmt *find,
                                 sqlite3_stmt *add, int64_t *ret_id, struct sae_err *err)
{
    bool row;
    enum sae_status status = sae_db_step(h, find, &row, err);

    if (status == SAE_OK && row) {
        *ret_id = sqlite3_column_int64(find, 0);
        sqlite3_reset(find);
        return SAE_OK;
    }
    if (status == SAE_OK) {
        status = sae_db_run(h, add, err);
        *ret_id = sqlite3_last_insert_rowid(h->db);
    }
    return status;
}

/* A user's UPN is the lowest of those seen with it: the same whatever came first. */
static enum sae_status keep_lowest_upn(struct sae_history *h, int64_t user,
                                       const struct sae_signin *row, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "UPDATE user SET upn = ?2, shown = ?3 WHERE id = ?1"
                          " AND (upn = '' OR upn > ?2)",
                       err);

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, user);
    sae_db_bind(st, 2, row->upn);
    sae_db_bind(st, 3, row->shown);
    return sae_db_run(h, st, err);
}

static enum sae_status number_user(struct sae_history *h, const struct sae_signin *row,
                                   int64_t *ret_id, struct sae_err *err)
{
    uint64_t hash = sae_hash64(row->user, strlen(row->user)) * 31 +
                    sae_hash64(row->upn, strlen(row->upn));
    struct sae_slot *slot = slot_of(&h->users, hash);
    sqlite3_stmt *find, *add;
    enum sae_status status;

    if (slot != NULL && slot->hash == hash && slot->id != 0) {
        *ret_id = slot->id;
        return SAE_OK;
    }
    find = sae_db_prepare(h, "SELECT id FROM user WHERE key = ?1", err);
    add = sae_db_prepare(h, "INSERT INTO user(key, upn, shown) VALUES(?1, ?2, ?3)", err);
    if (find == NULL || add == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(find, 1, row->user);
    sae_db_bind(add, 1, row->user);
    sae_db_bind(add, 2, row->upn);
    sae_db_bind(add, 3, row->shown);
    status = number_of(h, find, add, ret_id, err);
    if (status == SAE_OK && row->upn[0] != '\0') {
        status = keep_lowest_upn(h, *ret_id, row, err);
    }
    if (status == SAE_OK && slot != NULL) {
        *slot = (struct sae_slot){.hash = hash, .id = *ret_id};
    }
    return status;
}

static enum sae_status number_address(struct sae_history *h, const struct sae_address *address,
                                      int64_t *ret_id, struct sae_err *err)
{
    uint64_t hash = sae_hash64(address->bytes, address->len);
    struct sae_slot *slot = slot_of(&h->addresses, hash);
    sqlite3_stmt *find, *add;
    enum sae_status status;

    if (address->len == 0) {
        *ret_id = 0;
        return SAE_OK;
    }
    if (slot != NULL && slot->hash == hash && slot->id != 0) {
        *ret_id = slot->id;
        return SAE_OK;
    }
    find = sae_db_prepare(h, "SELECT id FROM address WHERE bytes = ?1", err);
    add = sae_db_prepare(h, "INSERT INTO address(bytes) VALUES(?1)", err);
    if (find == NULL || add == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_blob(find, 1, address->bytes, address->len, SQLITE_TRANSIENT);
    sqlite3_bind_blob(add, 1, address->bytes, address->len, SQLITE_TRANSIENT);
    status = number_of(h, find, add, ret_id, err);
    if (status == SAE_OK && slot != NULL) {
        *slot = (struct sae_slot){.hash = hash, .id = *ret_id};
    }
    return status;
}

static enum sae_status number_agent(struct sae_history *h, const char *agent,
                                    int64_t *ret_id, struct sae_err *err)
{
    uint64_t hash = sae_hash64(agent, strlen(agent));
    struct sae_slot *slot = slot_of(&h->agents, hash);
    sqlite3_stmt *find, *add;
    enum sae_status status;

    if (slot != NULL && slot->hash == hash && slot->id != 0) {
        *ret_id = slot->id;
        return SAE_OK;
    }
    find = sae_db_prepare(h, "SELECT id FROM agent WHERE text = ?1", err);
    add = sae_db_prepare(h, "INSERT INTO agent(text) VALUES(?1)", err);
    if (find == NULL || add == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind(find, 1, agent);
    sae_db_bind(add, 1, agent);
    status = number_of(h, find, add, ret_id, err);
    if (status == SAE_OK && slot != NULL) {
        *slot = (struct sae_slot){.hash = hash, .id = *ret_id};
    }
    return status;
}

/* ---- storing rows ------------------------------------------------------------------- */

static void bind_row(sqlite3_stmt *st, const struct sae_batch_row *row)
{
    sqlite3_bind_int64(st, 1, row->sec);
    sqlite3_bind_int64(st, 2, (int64_t)row->hash);
    sqlite3_bind_int(st, 3, row->frac);
    sqlite3_bind_int64(st, 4, row->user);
    sqlite3_bind_int64(st, 5, row->address);
    sqlite3_bind_int64(st, 6, row->agent);
    sqlite3_bind_int(st, 7, row->country);
    sqlite3_bind_int(st, 8, row->code);
}

/* The row is there already: does this version of it say more? */
static enum sae_status says_more(struct sae_history *h, const struct sae_batch_row *row,
                                 bool *ret_more, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT code, frac FROM signin WHERE sec = ?1 AND hash = ?2", err);
    enum sae_status status;
    bool found;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, row->sec);
    sqlite3_bind_int64(st, 2, (int64_t)row->hash);
    status = sae_db_step(h, st, &found, err);
    *ret_more = false;
    if (status == SAE_OK && found) {
        int64_t held = sae_code_rank(sqlite3_column_int(st, 0));
        int64_t rank = sae_code_rank(row->code);

        *ret_more = rank > held || (rank == held && row->frac > sqlite3_column_int(st, 1));
    }
    sqlite3_reset(st);
    return status;
}

static void note_new(struct sae_history *h, int64_t sec)
{
    h->new_from = !h->have_new || sec < h->new_from ? sec : h->new_from;
    h->new_to = !h->have_new || sec > h->new_to ? sec : h->new_to;
    h->have_new = true;
}

static enum sae_status store_row(struct sae_history *h, const struct sae_batch_row *row,
                                 struct sae_err *err)
{
    sqlite3_stmt *add = sae_db_prepare(
        h, "INSERT OR IGNORE INTO signin(sec, hash, frac, user, address, agent, country, code)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        err);
    enum sae_status status;
    bool more = true;

    if (add == NULL) {
        return SAE_E_IO;
    }
    bind_row(add, row);
    status = sae_db_run(h, add, err);
    if (status == SAE_OK && sqlite3_changes(h->db) == 0) {
        status = says_more(h, row, &more, err);
        if (status == SAE_OK && more) {
            sqlite3_stmt *replace = sae_db_prepare(
                h, "UPDATE signin SET frac = ?3, user = ?4, address = ?5, agent = ?6,"
                   " country = ?7, code = ?8 WHERE sec = ?1 AND hash = ?2",
                err);

            if (replace == NULL) {
                return SAE_E_IO;
            }
            bind_row(replace, row);
            status = sae_db_run(h, replace, err);
        }
    }
    if (status == SAE_OK && more) {
        note_new(h, row->sec);
    }
    return status;
}

static int by_time(const void *a, const void *b)
{
    const struct sae_batch_row *x = a, *y = b;

    if (x->sec != y->sec) {
        return x->sec < y->sec ? -1 : 1;
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static enum sae_status store_batch(struct sae_history *h, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    qsort(h->batch, h->batch_len, sizeof(*h->batch), by_time);
    for (size_t i = 0; i < h->batch_len && status == SAE_OK; i++) {
        status = store_row(h, &h->batch[i], err);
    }
    h->batch_len = 0;
    return status;
}

enum sae_status sae_history_signin_add(struct sae_history *h, const struct sae_signin *row,
                                       struct sae_err *err)
{
    struct sae_batch_row *out;
    enum sae_status status;

    if (row->time < h->horizon) {
        return SAE_OK;
    }
    if (h->batch == NULL) {
        h->batch = calloc(SAE_BATCH, sizeof(*h->batch));
        if (h->batch == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
    }
    out = &h->batch[h->batch_len];
    out->sec = row->time / SAE_SECOND;
    out->frac = (int32_t)(row->time % SAE_SECOND);
    out->hash = row->id;
    out->code = row->code;
    out->country = row->country[0] == '\0' ? 0 : row->country[0] << 8 | row->country[1];
    status = number_user(h, row, &out->user, err);
    if (status == SAE_OK) {
        status = number_address(h, &row->address, &out->address, err);
    }
    if (status == SAE_OK) {
        status = number_agent(h, row->agent, &out->agent, err);
    }
    if (status == SAE_OK && ++h->batch_len == SAE_BATCH) {
        status = store_batch(h, err);
    }
    return status;
}

/* The registry is a function of the rows ever held, so it is brought up to date from the
 * time that new rows fell into; doing so twice changes nothing. */
static enum sae_status update_registry(struct sae_history *h, struct sae_err *err)
{
    static const char *const steps[] = {
        "INSERT INTO sender(user, first, last)"
        " SELECT user, min(sec * 10000000 + frac), max(sec * 10000000 + frac) FROM signin"
        " WHERE code = 0 AND sec BETWEEN ?1 AND ?2 GROUP BY user"
        " ON CONFLICT(user) DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last)",
        "INSERT OR IGNORE INTO sender_day(user, day)"
        " SELECT DISTINCT user, sec / 86400 FROM signin"
        " WHERE code = 0 AND sec BETWEEN ?1 AND ?2",
        "INSERT INTO sender_origin(user, address, country, last)"
        " SELECT user, address, country, max(sec * 10000000 + frac) FROM signin"
        " WHERE code = 0 AND sec BETWEEN ?1 AND ?2 GROUP BY user, address, country"
        " ON CONFLICT(user, address, country)"
        " DO UPDATE SET last = max(last, excluded.last)",
    };
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == SAE_OK; i++) {
        sqlite3_stmt *st = sae_db_prepare(h, steps[i], err);

        if (st == NULL) {
            return SAE_E_IO;
        }
        sqlite3_bind_int64(st, 1, h->new_from);
        sqlite3_bind_int64(st, 2, h->new_to);
        status = sae_db_run(h, st, err);
    }
    h->have_new = false;
    return status;
}

enum sae_status sae_history_signins_flush(struct sae_history *h, struct sae_err *err)
{
    enum sae_status status = h->batch_len == 0 ? SAE_OK : store_batch(h, err);

    if (status == SAE_OK && h->have_new) {
        status = update_registry(h, err);
    }
    return status;
}

void sae_history_signins_drop(struct sae_history *h)
{
    h->batch_len = 0;
    h->have_new = false;
}

/* ---- reading rows ------------------------------------------------------------------- */

static int64_t floor_second(int64_t time)
{
    return time / SAE_SECOND;
}

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
           " WHERE s.sec BETWEEN ?1 AND ?2 AND s.code <> 0"
           " GROUP BY s.address ORDER BY failed DESC, a.bytes",
        err);
    enum sae_status status;
    int64_t total = 0;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, floor_second(from));
    sqlite3_bind_int64(st, 2, floor_second(to) - 1);
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
        "DELETE FROM covered WHERE ends < ?3",
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
        sqlite3_bind_int64(st, 1, floor_second(rows_before));
        sqlite3_bind_int64(st, 2, senders_before);
        sqlite3_bind_int64(st, 3, rows_before);
        status = sae_db_run(h, st, err);
    }
    if (status == SAE_OK) {
        status = sae_history_remember(h, "horizon", rows_before, err);
    }
    if (status == SAE_OK) {
        h->horizon = rows_before;
        free(h->users);
        free(h->addresses);
        h->users = h->addresses = NULL;
    }
    return status;
}
