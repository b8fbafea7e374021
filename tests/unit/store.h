/* SPDX-License-Identifier: MIT */
/* A history in a folder, and what it holds as text. */
#ifndef SAE_TEST_STORE_H
#define SAE_TEST_STORE_H

#include <sqlite3.h>

#include "base/hash.h"
#include "folder.h"
#include "store/history.h"
#include "base/owner.h"

enum { DUMP_MOST = 64 << 20 };

static struct sae_history *history;

#define OK(call)                                                                         \
    do {                                                                                 \
        enum sae_status status_ = (call);                                                \
                                                                                         \
        ck_assert_msg(status_ == SAE_OK, #call ": %s: %s", sae_status_name(status_),     \
                      failure.text);                                                     \
    } while (0)

static struct sae_err failure;

static inline void history_open(void)
{
    OK(sae_owner_prepare(path_of("state"), &failure));
    OK(sae_history_open(path_of("state"), "contoso", SAE_HISTORY_WRITE, &history,
                        &failure));
}

static inline void history_reopen(void)
{
    sae_history_close(history);
    history = NULL;
    history_open();
}

/* A fresh folder with an empty history. */
static inline void history_setup(void)
{
    folder_begin();
    history_open();
}

static inline void history_teardown(void)
{
    sae_history_close(history);
    history = NULL;
    folder_end();
}

/* Starts again with nothing. */
static inline void history_renew(void)
{
    history_teardown();
    history_setup();
}

/* What a query on the file says, rows as lines, cells separated by blanks. The caller
 * frees it. */
static inline char *history_dump(const char *sql)
{
    struct sae_buf buf;
    sqlite3_stmt *st;
    sqlite3 *db;
    char *text;

    sae_buf_init(&buf, DUMP_MOST);
    ck_assert_int_eq(sqlite3_open(path_of("state/private/contoso.db"), &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const unsigned char *cell = sqlite3_column_text(st, i);

            sae_buf_printf(&buf, "%s%s", i == 0 ? "" : " ",
                           cell == NULL ? "-" : (const char *)cell);
        }
        sae_buf_puts(&buf, "\n");
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    text = strdup(sae_buf_text(&buf));
    sae_buf_done(&buf);
    ck_assert_ptr_nonnull(text);
    return text;
}

static inline void history_says(const char *sql, const char *want)
{
    char *text = history_dump(sql);

    ck_assert_str_eq(text, want);
    free(text);
}

/* A row of user "u@x.example" unless `user` says otherwise. */
static inline struct sae_signin signin_of(const char *id, int64_t time, const char *user,
                                          int code)
{
    struct sae_signin row = {
        .time = time, .id = sae_hash64(id, strlen(id)), .code = code};

    snprintf(row.user, sizeof(row.user), "%s", user);
    if (strchr(user, '@') != NULL) {
        snprintf(row.upn, sizeof(row.upn), "%s", user);
    }
    snprintf(row.shown, sizeof(row.shown), "%.64s", user);
    snprintf(row.agent, sizeof(row.agent), "BAV2ROPC");
    snprintf(row.country, sizeof(row.country), "FI");
    row.address = (struct sae_address){.len = 4, .bytes = {192, 0, 2, 7}};
    return row;
}

/* Feeds rows as one batch of its own. */
static inline void feed(const struct sae_signin *rows, size_t count)
{
    OK(sae_history_begin(history, &failure));
    for (size_t i = 0; i < count; i++) {
        OK(sae_history_signin_add(history, &rows[i], &failure));
    }
    OK(sae_history_signins_flush(history, &failure));
    OK(sae_history_commit(history, &failure));
}

static inline void feed_one(struct sae_signin row)
{
    feed(&row, 1);
}

/* As a row of any source has one. */
static inline uint64_t row_of(const struct sae_mailbox *box)
{
    const char *const texts[] = {box->guid, box->object_id, box->address, box->names};
    uint64_t row = 0;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        row = sae_hash_on(row, strlen(texts[i]) << 2 | box->flag, texts[i], strlen(texts[i]));
    }
    return row;
}

/* Stages a mailbox as a reader of rows does. */
static inline enum sae_status try_add(struct sae_mailbox box)
{
    box.row = row_of(&box);
    return sae_history_stage_known(history, box.row)
               ? SAE_OK
               : sae_history_stage_add(history, &box, &failure);
}

#endif
