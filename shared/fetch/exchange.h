/* SPDX-License-Identifier: MIT */
/* The Exchange admin API (POST InvokeCommand), read only: the tenant's transport
 * configuration, its mailboxes, its organisation configuration and authentication policies.
 * Every answer is read to its last page, or the read fails. What is assumed about the
 * service stands at the top of exchange.c; nobody could check it against a live tenant. */
#ifndef SAE_EXCHANGE_H
#define SAE_EXCHANGE_H

#include "facts.h"
#include "fetch/client.h"
#include "fetch/mailbox.h"

enum sae_status sae_exchange_transport(struct sae_client *client,
                                       struct sae_transport *ret_transport,
                                       struct sae_err *err) SAE_MUST_CHECK;

/* A cmdlet without parameters whose answer is small (at most 1 MiB) and must come whole. On
 * success the caller owns *ret_root (cJSON_Delete), the envelope with the rows in `value`.
 * Refusals are told in plain words, with what to grant. */
enum sae_status sae_exchange_cmdlet(struct sae_client *client, const char *cmdlet,
                                    cJSON **ret_root, struct sae_err *err) SAE_MUST_CHECK;

/* All mailboxes; *ret_rows is how many rows were delivered. With `first_page_only` (for
 * --preflight) one page is enough, and *ret_more says whether it was all. */
enum sae_status sae_exchange_mailboxes(struct sae_client *client,
                                       const struct sae_mailbox_sink *sink,
                                       bool first_page_only, uint64_t *ret_rows,
                                       bool *ret_more, struct sae_err *err) SAE_MUST_CHECK;

#endif
