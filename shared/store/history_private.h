/* SPDX-License-Identifier: MIT */
/* Inside the history: the connection, its prepared statements, and thin helpers over them;
 * the list that is being staged. */
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

/* The rows of a list in the order in which they were read (history_list.c). */
struct sae_list {
    uint64_t *row;   /* their digests; NULL: the order is not known, */
    int64_t count;   /* and this is 0 */
    uint64_t digest; /* their sum, whatever the order */
    bool held;       /* there is a list */
};

struct sae_stage_mark {
    int64_t end;     /* bytes of records */
    int64_t count;   /* rows, */
    int64_t known;   /* of which so many, the first, are those of the stored list */
    uint64_t digest; /* sum of their digests */
    uint64_t check;  /* and of those of the records */
};

/* A list that is being staged: records of the rows that are not known in `buf`, and before
 * those in a file without a name (history_stage.c). now.end == written + len. */
struct sae_stage {
    struct sae_list stored; /* what is compared with, */
    struct sae_list loaded; /* and what takes its place, */
    bool replaces;          /* when the transaction is committed */
    int fd; /* -1: none was needed yet */
    char *buf;
    size_t cap, len;
    int64_t written; /* bytes of the file that count */
    struct sae_stage_mark now, kept;
    bool same; /* it is the list that is stored */
};

struct sae_counts {
    int64_t fresh, late;
};

struct sae_history {
    sqlite3 *db;
    char *folder; /* the file's */
    const char *sql[SAE_STATEMENTS]; /* by identity of the literal */
    sqlite3_stmt *statement[SAE_STATEMENTS];
    struct sae_batch_row *batch; /* history_signins.c */
    size_t batch_len;
    int64_t horizon; /* rows from before it are not kept */
    int64_t senders_horizon; /* successes from before it are not even registered */
    int64_t new_from, new_to; /* seconds that new rows fell into, [from, to] */
    bool have_new;
    struct sae_slot *users, *addresses, *agents;
    int64_t late_before;
    struct sae_counts counts, counts_before; /* now; when the transaction began */
    struct sae_stage stage;
};

/* Creates what `h`, just opened, lacks, or says why it cannot be used. */
enum sae_status sae_history_upgrade(struct sae_history *h, enum sae_history_mode mode,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* Puts what was staged into temp.stage(key, address, flag, said, row) and
 * temp.stage_name(name, mailbox), made anew, and its rows into h->stage.loaded. */
enum sae_status sae_stage_load(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;

/* How many mailboxes are stored. */
enum sae_status sae_list_held(struct sae_history *h, int64_t *ret_held,
                              struct sae_err *err) SAE_MUST_CHECK;
/* The rows of the stored list, from the database and into it; an order that this version did
 * not write down is not known. */
enum sae_status sae_list_read(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_list_write(struct sae_history *h, struct sae_err *err) SAE_MUST_CHECK;
/* Begins h->stage.loaded with the rows that are known. */
enum sae_status sae_list_begin(struct sae_stage *stage, struct sae_err *err) SAE_MUST_CHECK;
void sae_list_done(struct sae_list *list);
/* What was loaded is stored now, or is not. */
void sae_list_commit(struct sae_stage *stage);
void sae_list_rollback(struct sae_stage *stage);
void sae_stage_done(struct sae_stage *stage);

/* The prepared form of the literal `sql`, reset; NULL with `err` filled. */
sqlite3_stmt *sae_db_prepare(struct sae_history *h, const char *sql, struct sae_err *err);

/* Runs a prepared statement to its end and resets it. */
enum sae_status sae_db_run(struct sae_history *h, sqlite3_stmt *st,
                           struct sae_err *err) SAE_MUST_CHECK;

/* One step: *ret_row says whether there is a row; at the end the statement is reset. */
enum sae_status sae_db_step(struct sae_history *h, sqlite3_stmt *st, bool *ret_row,
                            struct sae_err *err) SAE_MUST_CHECK;

/* The number that `sql`, a literal without parameters, selects. */
enum sae_status sae_db_count(struct sae_history *h, const char *sql, int64_t *ret_count,
                             struct sae_err *err) SAE_MUST_CHECK;

/* Statements without parameters or results, separated by semicolons. */
enum sae_status sae_db_exec(struct sae_history *h, const char *sql,
                            struct sae_err *err) SAE_MUST_CHECK;

enum sae_status sae_db_fail(struct sae_history *h, struct sae_err *err);

void sae_db_bind(sqlite3_stmt *st, int at, const char *text);

/* The key of the mailbox of user u: the only one with the name that is the user's key, else the
 * only one with the UPN (an object id holds no @, an address does, so one table of names serves
 * both); null if there is none. */
#define SAE_ONLY_MAILBOX(name)                                                            \
    "(SELECT CASE count(*) WHEN 1 THEN min(mailbox) END FROM mailbox_name WHERE name = "  \
    name ")"
#define SAE_MAILBOX_OF_USER                                                               \
    " coalesce(" SAE_ONLY_MAILBOX("u.key") ", " SAE_ONLY_MAILBOX("nullif(u.upn, '')") ") "

/* A condition on rows of signin, ?1 to ?4 of which are an interval of ticks, [from, to). */
#define SAE_IN_SPAN                                                                       \
    " sec BETWEEN ?1 AND ?2 AND (sec > ?1 OR frac >= ?3) AND (sec < ?2 OR frac < ?4) "
void sae_db_bind_span(sqlite3_stmt *st, int64_t from, int64_t to);

/* An address column; none if it is null. */
struct sae_address sae_db_address(sqlite3_stmt *st, int column);

/* The column's text, "" for null. */
const char *sae_db_text(sqlite3_stmt *st, int column);

#endif
