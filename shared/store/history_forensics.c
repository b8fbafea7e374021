/* SPDX-License-Identifier: MIT */
/* What an administrator asks after the alarm: single sign-ins, and whose they are. */
#include "store/history_private.h"

enum sae_status sae_history_each_signin(struct sae_history *h, int64_t from, int64_t to,
                                        sae_signin_taker take, void *arg,
                                        struct sae_err *err)
{
    /* Names are looked up row by row, so that rows come as they are read: nothing is
     * sorted but those of one second. Outer joins: no row is ever left out. */
    sqlite3_stmt *st = sae_db_prepare(
        h,
        "SELECT s.sec * 10000000 + s.frac, u.key, u.upn, u.shown, b.key, b.address, "
        "a.bytes,"
        " s.country, s.code, g.text FROM signin s LEFT JOIN user u ON u.id = s.user"
        " LEFT JOIN address a ON a.id = s.address LEFT JOIN agent g ON g.id = s.agent"
        " LEFT JOIN mailbox b ON b.key =" SAE_MAILBOX_OF_USER
        " WHERE" SAE_IN_SPAN "ORDER BY s.sec, s.frac, s.hash",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sae_db_bind_span(st, from, to);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_signin_line line = {
            .time = sqlite3_column_int64(st, 0),
            .key = sae_db_text(st, 1),
            .upn = sae_db_text(st, 2),
            .shown = sae_db_text(st, 3),
            .mailbox = sae_db_text(st, 4),
            .mail = sae_db_text(st, 5),
            .address = sae_db_address(st, 6),
            .country = sqlite3_column_int(st, 7),
            .code = sqlite3_column_int(st, 8),
            .agent = sae_db_text(st, 9),
        };

        status = take(arg, &line, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

int64_t sae_history_horizon(const struct sae_history *h)
{
    return h->horizon;
}
