/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "store/history_private.h"

enum sae_status sae_history_match(struct sae_history *h, struct sae_err *err)
{
    return sae_db_exec(h,
                       "DELETE FROM sender_mailbox;"
                       "INSERT INTO sender_mailbox(user, mailbox) SELECT * FROM (SELECT s.user,"
                       SAE_MAILBOX_OF_USER "AS mailbox FROM sender s"
                       " JOIN user u ON u.id = s.user) WHERE mailbox IS NOT NULL;",
                       err);
}

/* Counted here and not by the database, which would sort all successes to group them. */
static enum sae_status count_successes(struct sae_history *h, int64_t from, int64_t to,
                                       struct sae_tally *counts, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT user FROM signin WHERE code = 0 AND" SAE_IN_SPAN, err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        sae_tally_add(counts, (uint32_t)sqlite3_column_int64(st, 0));
    }
    return status == SAE_OK ? sae_tally_status(counts, err) : status;
}

enum sae_status sae_history_each_counted_sender(struct sae_history *h,
                                                const struct sae_tally *successes,
                                                sae_sender_taker take, void *arg,
                                                struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT s.user, u.key, u.upn, u.shown, m.mailbox, b.address, s.first, s.last,"
           " b.flag FROM sender s JOIN user u ON u.id = s.user"
           " LEFT JOIN sender_mailbox m ON m.user = s.user"
           " LEFT JOIN mailbox b ON b.key = m.mailbox"
           " ORDER BY s.last DESC, u.key",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_sender sender = {
            .user = sqlite3_column_int64(st, 0),
            .key = sae_db_text(st, 1),
            .upn = sae_db_text(st, 2),
            .shown = sae_db_text(st, 3),
            .mailbox = (const char *)sqlite3_column_text(st, 4),
            .address = (const char *)sqlite3_column_text(st, 5),
            .first = sqlite3_column_int64(st, 6),
            .last = sqlite3_column_int64(st, 7),
            .flag = sqlite3_column_type(st, 8) == SQLITE_NULL
                        ? SAE_FLAG_UNKNOWN
                        : (enum sae_flag)sqlite3_column_int(st, 8),
        };
        const int64_t *count = sae_tally_find(successes, (uint32_t)sender.user);

        sender.count = count == NULL ? 0 : *count;
        status = take(arg, &sender, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_each_sender(struct sae_history *h, int64_t from, int64_t to,
                                        sae_sender_taker take, void *arg,
                                        struct sae_err *err)
{
    struct sae_tally counts = {0};
    enum sae_status status = count_successes(h, from, to, &counts, err);

    if (status == SAE_OK) {
        status = sae_history_each_counted_sender(h, &counts, take, arg, err);
    }
    sae_tally_done(&counts);
    return status;
}

enum sae_status sae_history_sender_days(struct sae_history *h, int64_t user, size_t most,
                                        int64_t *ret_days, size_t *ret_count,
                                        struct sae_err *err)
{
    /* Newest first, as the limit wants it; turned round below. */
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT day FROM sender_day WHERE user = ?1 ORDER BY day DESC LIMIT ?2", err);
    enum sae_status status;
    size_t count = 0;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, user);
    sqlite3_bind_int64(st, 2, (int64_t)most);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        ret_days[count++] = sqlite3_column_int64(st, 0);
    }
    for (size_t i = 0; i < count / 2; i++) {
        int64_t day = ret_days[i];

        ret_days[i] = ret_days[count - 1 - i];
        ret_days[count - 1 - i] = day;
    }
    sqlite3_reset(st);
    *ret_count = count;
    return status;
}

enum sae_status sae_history_sender_origins(struct sae_history *h, int64_t user, size_t most,
                                           struct sae_origin *ret_origins, size_t *ret_count,
                                           struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT a.bytes, o.country, o.last FROM sender_origin o"
           " LEFT JOIN address a ON a.id = o.address WHERE o.user = ?1"
           " ORDER BY o.last DESC, a.bytes LIMIT ?2",
        err);
    enum sae_status status;
    size_t count = 0;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, user);
    sqlite3_bind_int64(st, 2, (int64_t)most);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        ret_origins[count++] = (struct sae_origin){.address = sae_db_address(st, 0),
                                                   .country = sqlite3_column_int(st, 1),
                                                   .last = sqlite3_column_int64(st, 2)};
    }
    sqlite3_reset(st);
    *ret_count = count;
    return status;
}

enum sae_status sae_history_last_agents(struct sae_history *h, struct sae_tally *ret_agents,
                                        struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT user, agent FROM signin WHERE code = 0 ORDER BY sec, hash", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        *sae_tally_value(ret_agents, (uint32_t)sqlite3_column_int64(st, 0)) =
            sqlite3_column_int64(st, 1);
    }
    sqlite3_reset(st);
    return status == SAE_OK ? sae_tally_status(ret_agents, err) : status;
}

enum sae_status sae_history_agent(struct sae_history *h, int64_t number,
                                  char ret_agent[SAE_SHOWN + 1], struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "SELECT text FROM agent WHERE id = ?1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    ret_agent[0] = '\0';
    sqlite3_bind_int64(st, 1, number);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        sae_text_fit(ret_agent, SAE_SHOWN + 1, sae_db_text(st, 0));
    }
    sqlite3_reset(st);
    return status;
}
