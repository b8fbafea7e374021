/* SPDX-License-Identifier: MIT */
/* Who and where a row's numbers stand for. */
#include "base/text.h"
#include "store/history_private.h"

enum sae_status sae_history_user_mailbox(struct sae_history *h, int64_t user,
                                         char ret_mailbox[SAE_NAME + 1], struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT" SAE_MAILBOX_OF_USER "FROM user u WHERE u.id = ?1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    ret_mailbox[0] = '\0';
    sqlite3_bind_int64(st, 1, user);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        sae_text_fit(ret_mailbox, SAE_NAME + 1, sae_db_text(st, 0));
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_each_match(struct sae_history *h, sae_match_taker take, void *arg,
                                       struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(
        h, "SELECT u.id, b.key, b.flag FROM user u JOIN mailbox b ON b.key ="
           SAE_MAILBOX_OF_USER "ORDER BY u.id",
        err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_match match = {.user = sqlite3_column_int64(st, 0),
                                  .mailbox = sae_db_text(st, 1),
                                  .flag = (enum sae_flag)sqlite3_column_int(st, 2)};

        status = take(arg, &match, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_user(struct sae_history *h, int64_t user,
                                 struct sae_user *ret_user, struct sae_err *err)
{
    sqlite3_stmt *st =
        sae_db_prepare(h, "SELECT key, upn, shown FROM user WHERE id = ?1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    *ret_user = (struct sae_user){0};
    sqlite3_bind_int64(st, 1, user);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        sae_text_fit(ret_user->key, sizeof(ret_user->key), sae_db_text(st, 0));
        sae_text_fit(ret_user->upn, sizeof(ret_user->upn), sae_db_text(st, 1));
        sae_text_fit(ret_user->shown, sizeof(ret_user->shown), sae_db_text(st, 2));
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_address(struct sae_history *h, int64_t number,
                                    struct sae_address *ret_address, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "SELECT bytes FROM address WHERE id = ?1", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    *ret_address = (struct sae_address){0};
    sqlite3_bind_int64(st, 1, number);
    status = sae_db_step(h, st, &row, err);
    if (status == SAE_OK && row) {
        *ret_address = sae_db_address(st, 0);
    }
    sqlite3_reset(st);
    return status;
}

enum sae_status sae_history_each_address(struct sae_history *h, sae_address_taker take,
                                         void *arg, struct sae_err *err)
{
    sqlite3_stmt *st = sae_db_prepare(h, "SELECT id, bytes FROM address ORDER BY id", err);
    enum sae_status status;
    bool row;

    if (st == NULL) {
        return SAE_E_IO;
    }
    while ((status = sae_db_step(h, st, &row, err)) == SAE_OK && row) {
        struct sae_address address = sae_db_address(st, 1);

        status = take(arg, sqlite3_column_int64(st, 0), &address, err);
        if (status != SAE_OK) {
            break;
        }
    }
    sqlite3_reset(st);
    return status;
}
