/* SPDX-License-Identifier: MIT */
/* Inside the history: the connection, its prepared statements, and thin helpers over them. */
#ifndef SAE_HISTORY_PRIVATE_H
#define SAE_HISTORY_PRIVATE_H

#include <sqlite3.h>

#include "store/history.h"

enum {
    SAE_STATEMENTS = 96,
    SAE_BATCH = 8192,       /* rows sorted before they are inserted */
    SAE_INTERN_SLOTS = 16384 /* direct-mapped cache of names already numbered */
};

struct sae_slot {
    uint64_t hash;
    int64_t id;
};

struct sae_history {
    sqlite3 *db;
    const char *sql[SAE_STATEMENTS]; /* by identity of the literal */
    sqlite3_stmt *statement[SAE_STATEMENTS];
    struct sae_batch_row *batch; /* history_signins.c */
    size_t batch_len;
    int64_t horizon; /* rows from before it are not kept */
    int64_t senders_horizon; /* successes from before it are not even registered */
    int64_t new_from, new_to; /* seconds that new rows fell into, [from, to] */
    bool have_new;
    struct sae_slot *users, *addresses, *agents;
    uint64_t stage_digest; /* of the staged list, whatever its order */
    bool stage_same;       /* it is the one that is stored */
};

/* The prepared form of the literal `sql`, reset; NULL with `err` filled. */
sqlite3_stmt *sae_db_prepare(struct sae_history *h, const char *sql, struct sae_err *err);

/* Runs a prepared statement to its end and resets it. */
enum sae_status sae_db_run(struct sae_history *h, sqlite3_stmt *st,
                           struct sae_err *err) SAE_MUST_CHECK;

/* One step: *ret_row says whether there is a row; at the end the statement is reset. */
enum sae_status sae_db_step(struct sae_history *h, sqlite3_stmt *st, bool *ret_row,
                            struct sae_err *err) SAE_MUST_CHECK;

/* Statements without parameters or results, separated by semicolons. */
enum sae_status sae_db_exec(struct sae_history *h, const char *sql,
                            struct sae_err *err) SAE_MUST_CHECK;

enum sae_status sae_db_fail(struct sae_history *h, struct sae_err *err);

void sae_db_bind(sqlite3_stmt *st, int at, const char *text);

/* An interval of ticks, [from, to), as parameters 1 to 4 of
 * "sec BETWEEN ?1 AND ?2 AND sec * 10000000 + frac >= ?3 AND sec * 10000000 + frac < ?4". */
void sae_db_bind_span(sqlite3_stmt *st, int64_t from, int64_t to);

/* An address column; none if it is null. */
struct sae_address sae_db_address(sqlite3_stmt *st, int column);

/* The column's text, "" for null. */
const char *sae_db_text(sqlite3_stmt *st, int column);

#endif
