/* SPDX-License-Identifier: MIT */
/* Lists of mailboxes that are staged and stored. */
#ifndef SAE_TEST_STAGE_H
#define SAE_TEST_STAGE_H

#include "store.h"

enum { MANY = 3000 }; /* several times the buffer */

static inline struct sae_mailbox box_of(const char *address, enum sae_flag flag)
{
    struct sae_mailbox box = {.names = "", .flag = flag};

    snprintf(box.address, sizeof(box.address), "%s", address);
    return box;
}

static inline void add(struct sae_mailbox box)
{
    OK(try_add(box));
}

static inline void add_many(int first, int count)
{
    char address[64];

    for (int i = first; i < first + count; i++) {
        snprintf(address, sizeof(address), "user%06d@contoso.example", i);
        add(box_of(address, SAE_FLAG_INHERIT));
    }
}

static inline void stage_begin(void)
{
    OK(sae_history_stage_begin(history, &failure));
}

/* What is counted when the list is stored is what a look at the list would count. */
static inline void counts_agree(void)
{
    static const char counted[] = "SELECT flag, count FROM mailbox_count ORDER BY flag";
    char *list = history_dump("SELECT flag, count(*) FROM mailbox GROUP BY flag ORDER BY flag");

    history_says(counted, list);
    free(list);
}

/* Beside the history, as only somebody else could. */
static inline void run_sql(const char *sql)
{
    sqlite3 *db;

    ck_assert_int_eq(sqlite3_open(path_of("state/private/contoso.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Counts and stores what was staged; returns the count. */
static inline int64_t store(int64_t seen)
{
    int64_t staged = -1, held = -1;

    OK(sae_history_begin(history, &failure));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    OK(sae_history_stage_commit(history, seen, &failure));
    OK(sae_history_commit(history, &failure));
    counts_agree();
    return staged;
}

#endif
