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
    bool late;
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

/* A user's UPN is the lowest of those seen with it, and its shown form the lowest of those
 * seen with that UPN: the same whatever came first. */
static enum sae_status keep_lowest_upn(struct sae_history *h, int64_t user,
                                       const struct sae_signin *row, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "UPDATE user SET upn = ?2, shown = ?3 WHERE id = ?1"
                          " AND (CASE upn WHEN '' THEN 1 ELSE 0 END,"
                          " upn, CASE shown WHEN '' THEN 1 ELSE 0 END, shown)"
                          " > (CASE ?2 WHEN '' THEN 1 ELSE 0 END,"
                          " ?2, CASE ?3 WHEN '' THEN 1 ELSE 0 END, ?3)",
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
                    sae_hash64(row->upn, strlen(row->upn)) * 17 +
                    sae_hash64(row->shown, strlen(row->shown));
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
    if (status == SAE_OK) {
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

/* Registers one success of which no row is kept. */
static enum sae_status register_success(struct sae_history *h,
                                        const struct sae_batch_row *row, struct sae_err *err)
{
    static const char *const steps[] = {
        "INSERT INTO sender(user, first, last) VALUES(?1, ?2 * 10000000, ?2 * 10000000)"
        " ON CONFLICT(user) DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last)",
        "INSERT OR IGNORE INTO sender_day(user, day) VALUES(?1, ?2 / 86400)",
        "INSERT INTO sender_origin(user, address, country, last)"
        " VALUES(?1, ?3, ?4, ?2 * 10000000) ON CONFLICT(user, address, country)"
        " DO UPDATE SET last = max(last, excluded.last)",
    };
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == SAE_OK; i++) {
        sqlite3_stmt *st = sae_db_prepare(h, steps[i], err);

        if (st == NULL) {
            return SAE_E_IO;
        }
        sqlite3_bind_int64(st, 1, row->user);
        sqlite3_bind_int64(st, 2, row->sec);
        sqlite3_bind_int64(st, 3, row->address);
        sqlite3_bind_int(st, 4, row->country);
        status = sae_db_run(h, st, err);
    }
    return status;
}

/* Two versions that say the same but for details, such as a country that one export leaves
 * out: which stays must not depend on which came first. */
static enum sae_status compare_details(struct sae_history *h, const struct sae_batch_row *row,
                                       const struct sae_batch_row *held, bool *ret_more,
                                       struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT (?1, coalesce((SELECT bytes FROM address WHERE id = ?2), x''),"
           " (SELECT key FROM user WHERE id = ?3), (SELECT text FROM agent WHERE id = ?4))"
           " > (?5, coalesce((SELECT bytes FROM address WHERE id = ?6), x''),"
           " (SELECT key FROM user WHERE id = ?7), (SELECT text FROM agent WHERE id = ?8))",
        err);
    const struct sae_batch_row *both[2] = {row, held};
    enum sae_status status;
    bool found;

    if (st == NULL) {
        return SAE_E_IO;
    }
    for (int i = 0; i < 2; i++) {
        sqlite3_bind_int(st, 4 * i + 1, both[i]->country);
        sqlite3_bind_int64(st, 4 * i + 2, both[i]->address);
        sqlite3_bind_int64(st, 4 * i + 3, both[i]->user);
        sqlite3_bind_int64(st, 4 * i + 4, both[i]->agent);
    }
    status = sae_db_step(h, st, &found, err);
    if (status == SAE_OK && found) {
        *ret_more = sqlite3_column_int(st, 0) != 0;
    }
    sqlite3_reset(st);
    return status;
}

static bool same_origin(const struct sae_batch_row *a, const struct sae_batch_row *b)
{
    return a->user == b->user && a->address == b->address && a->country == b->country;
}

/* The row is there already: does this version of it say more? */
static enum sae_status says_more(struct sae_history *h, const struct sae_batch_row *row,
                                 bool *ret_more, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT code, frac, user, address, agent, country FROM signin"
                          " WHERE sec = ?1 AND hash = ?2",
                       err);
    struct sae_batch_row held = {.sec = row->sec};
    enum sae_status status;
    int64_t order = 0;
    bool found;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, row->sec);
    sqlite3_bind_int64(st, 2, (int64_t)row->hash);
    status = sae_db_step(h, st, &found, err);
    *ret_more = false;
    if (status == SAE_OK && found) {
        held.code = sqlite3_column_int(st, 0);
        held.frac = sqlite3_column_int(st, 1);
        held.user = sqlite3_column_int64(st, 2);
        held.address = sqlite3_column_int64(st, 3);
        held.agent = sqlite3_column_int64(st, 4);
        held.country = sqlite3_column_int(st, 5);
        order = sae_code_rank(row->code) - sae_code_rank(held.code);
        order = order == 0 ? row->frac - held.frac : order;
        *ret_more = order > 0;
    }
    sqlite3_reset(st);
    if (status == SAE_OK && order == 0 &&
        (!same_origin(row, &held) || row->agent != held.agent)) {
        status = compare_details(h, row, &held, ret_more, err);
    }
    /* Of two versions of a success each counts as seen. */
    if (status == SAE_OK && row->code == 0 && held.code == 0 && !same_origin(row, &held)) {
        status = register_success(h, *ret_more ? &held : row, err);
    }
    return status;
}

void sae_history_count_late(struct sae_history *h, int64_t before)
{
    h->late_before = before;
}

void sae_history_counts(const struct sae_history *h, int64_t *ret_new, int64_t *ret_late)
{
    *ret_new = h->counts.fresh;
    *ret_late = h->counts.late;
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
    if (status == SAE_OK && sqlite3_changes(h->db) > 0) {
        h->counts.fresh++;
        h->counts.late += row->late ? 1 : 0;
    } else if (status == SAE_OK) {
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

    if (row->time < h->horizon && (row->code != 0 || row->time < h->senders_horizon)) {
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
    out->late = row->time < h->late_before;
    out->country = row->country[0] == '\0' ? 0 : row->country[0] << 8 | row->country[1];
    status = number_user(h, row, &out->user, err);
    if (status == SAE_OK) {
        status = number_address(h, &row->address, &out->address, err);
    }
    if (status == SAE_OK) {
        status = number_agent(h, row->agent, &out->agent, err);
    }
    if (status == SAE_OK && row->time < h->horizon) {
        return register_success(h, out, err);
    }
    if (status == SAE_OK && ++h->batch_len == SAE_BATCH) {
        status = store_batch(h, err);
    }
    return status;
}

/* The registry is a function of the successes ever seen, to the second, so it is brought up
 * to date from the time that new rows fell into; doing so twice changes nothing. */
static enum sae_status update_registry(struct sae_history *h, struct sae_err *err)
{
    static const char *const steps[] = {
        "INSERT INTO sender(user, first, last)"
        " SELECT user, min(sec) * 10000000, max(sec) * 10000000 FROM signin"
        " WHERE code = 0 AND sec BETWEEN ?1 AND ?2 GROUP BY user"
        " ON CONFLICT(user) DO UPDATE SET first = min(first, excluded.first),"
        " last = max(last, excluded.last)",
        "INSERT OR IGNORE INTO sender_day(user, day)"
        " SELECT DISTINCT user, sec / 86400 FROM signin"
        " WHERE code = 0 AND sec BETWEEN ?1 AND ?2",
        "INSERT INTO sender_origin(user, address, country, last)"
        " SELECT user, address, country, max(sec) * 10000000 FROM signin"
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
