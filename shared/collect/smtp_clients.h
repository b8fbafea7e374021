/* SPDX-License-Identifier: MIT */
/* The report "SMTP AUTH clients" (key `smtp_clients`) against the mailboxes that are stored.
 *
 * The rule: the report may only add use, never take it away. A mailbox that it names with at
 * least one message counts as used wherever that is asked (mbx_unused, the verdicts, the
 * plan), for as long as the file is not older than 90 d. It makes nobody a sender in the sense
 * of the metrics, proves no absence of use, and changes no other number. Senders of it that
 * match no mailbox are shown. A report that cannot be read leaves it unknown who is unused. */
#ifndef SAE_COLLECT_SMTP_CLIENTS_H
#define SAE_COLLECT_SMTP_CLIENTS_H

#include "config/config.h"
#include "fetch/smtp_clients.h"
#include "store/history.h"

/* All of the report that belongs to one mailbox, or to one address without mailbox. */
struct sae_smtp_client {
    char *key;     /* of the mailbox; the address where there is none */
    char *address; /* one of those that the report names */
    bool matched;  /* a mailbox was found */
    int64_t messages;
    unsigned auth;
};

struct sae_smtp_clients {
    struct sae_smtp_client *at; /* in the order of their keys */
    size_t count, cap;
};

/* Reads what the tenant's key names, nothing if it is not set, and tells the history which
 * mailboxes are in use. Zero-initialised is valid for done. */
enum sae_status sae_smtp_clients_load(const struct sae_tenant *tenant,
                                      struct sae_history *history, int64_t now,
                                      struct sae_smtp_clients *ret_clients,
                                      struct sae_err *err) SAE_MUST_CHECK;
void sae_smtp_clients_done(struct sae_smtp_clients *clients);

/* What the report says about the sender; NULL: nothing. */
const struct sae_smtp_client *sae_smtp_clients_of(const struct sae_smtp_clients *clients,
                                                  const struct sae_sender *sender);

/* "basic", "oauth", "both", "unknown". */
const char *sae_auth_word(const struct sae_smtp_client *client);

#endif
