/* SPDX-License-Identifier: MIT */
/* The report "SMTP AUTH clients" of the Exchange admin center, as it exports it: for each
 * sender how many messages, and with which protocol it signed in, over up to 90 days.
 *
 * The names of its columns were never seen in a real export: those of smtp_clients.c are an
 * assumption, and what has none of them is an error that says what was expected. */
#ifndef SAE_FETCH_SMTP_CLIENTS_H
#define SAE_FETCH_SMTP_CLIENTS_H

#include "fetch/files.h"

/* How somebody signed in; bits, 0: not known. */
enum { SAE_AUTH_BASIC = 1, SAE_AUTH_OAUTH = 2 };

enum { SAE_SMTP_CLIENTS_DAYS = 90, SAE_SMTP_CLIENTS_MOST = 50000 };

/* One row of the report. */
struct sae_smtp_client_row {
    char sender[SAE_NAME + 1]; /* an address, lower case */
    int64_t messages;
    unsigned auth;
};

typedef enum sae_status (*sae_smtp_client_taker)(void *arg,
                                                 const struct sae_smtp_client_row *row,
                                                 struct sae_err *err);

/* `pattern` is a file or a glob. Files older than SAE_SMTP_CLIENTS_DAYS are left out; if
 * nothing is left, that is an error. Rows count only if the whole call succeeds. */
enum sae_status sae_files_smtp_clients(const char *pattern, const struct sae_files_env *env,
                                       sae_smtp_client_taker take, void *arg,
                                       struct sae_err *err) SAE_MUST_CHECK;

#endif
