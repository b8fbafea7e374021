/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "store/history_private.h"

enum sae_status sae_history_each_change(struct sae_history *h, int64_t after,
                                        sae_change_taker take, void *arg,
                                        struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT seen, said, object, property, before, after, confirmed, mailbox"
           " FROM change"
           " WHERE seen > ?1 ORDER BY seen, id",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    sqlite3_bind_int64(st, 1, after);
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_change change = {.seen = sqlite3_column_int64(st, 0),
                                    .said = sqlite3_column_int64(st, 1),
                                    .confirmed = sqlite3_column_int(st, 6) != 0,
                                    .mailbox = sqlite3_column_int(st, 7) != 0};

        snprintf(change.object, sizeof(change.object), "%s", sae_db_text(st, 2));
        snprintf(change.property, sizeof(change.property), "%s", sae_db_text(st, 3));
        snprintf(change.before, sizeof(change.before), "%s", sae_db_text(st, 4));
        snprintf(change.after, sizeof(change.after), "%s", sae_db_text(st, 5));
        status = take(arg, &change, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_switch_closed(struct sae_history *h, int64_t *ret_closed,
                                          struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT seen, after FROM change WHERE mailbox = 0 AND object = 'tenant'"
           " AND property = 'SmtpClientAuthenticationDisabled' AND confirmed = 1"
           " ORDER BY seen DESC, id DESC LIMIT 1",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK) {
        bool closed = row && strcmp(sae_db_text(st, 1), "true") == 0;

        *ret_closed = closed ? sqlite3_column_int64(st, 0) : 0;
    }
    sqlite3_reset(st);
    return status;
}
