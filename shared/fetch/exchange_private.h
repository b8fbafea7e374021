/* SPDX-License-Identifier: MIT */
/* Shared by the readers of the Exchange admin API: one call of a cmdlet, and the assumptions
 * about the service that exchange.c makes at its top. */
#ifndef SAE_EXCHANGE_PRIVATE_H
#define SAE_EXCHANGE_PRIVATE_H

#include "fetch/exchange.h"

enum {
    SAE_EXCHANGE_ANCHORS = 2, /* forms of X-AnchorMailbox, most trusted first */
    SAE_EXCHANGE_HEADERS = 8,
    SAE_EXCHANGE_ROWS = 1000,    /* of a page that is full */
    SAE_EXCHANGE_EMPTY = 10,     /* pages without a mailbox, one after another */
    SAE_EXCHANGE_PAGES = 100000  /* of one list: a hundred million mailboxes */
};

/* The query, cmdlet and body that ask for all mailboxes. */
extern const char sae_exchange_list_cmdlet[];
extern const char sae_exchange_list_body[];
extern const char sae_exchange_list_select[];

struct sae_exchange_call {
    struct sae_client *client;
    const char *base;
    const char *tenant_id;
    char path[96];
    struct sae_buf url; /* to ask next */
    char anchor[160];
    char connection[64];
    const char *headers[SAE_EXCHANGE_HEADERS];
};

/* sae_exchange_call_done() is valid whatever is returned. The call must stay where it is. */
enum sae_status sae_exchange_call_init(struct sae_exchange_call *call,
                                       struct sae_client *client,
                                       struct sae_err *err) SAE_MUST_CHECK;
void sae_exchange_call_done(struct sae_exchange_call *call);

/* Goes (back) to the first page of `query` ("" or "?..") with that form of the anchor. */
enum sae_status sae_exchange_call_first(struct sae_exchange_call *call, const char *query,
                                        size_t anchor, struct sae_err *err) SAE_MUST_CHECK;

/* Borrows the call's strings and `body`. */
struct sae_ask sae_exchange_call_ask(const struct sae_exchange_call *call, const char *body);

/* What a refusal means and what to do; other failures speak for themselves. Returns the
 * status, which may be another one than `status`. */
enum sae_status sae_exchange_explain(enum sae_status status,
                                     const struct sae_refusal *refusal, struct sae_err *err);

/* The service does not know any more where in the list the link leads to. */
bool sae_exchange_place_lost(enum sae_status status, const struct sae_refusal *refusal);

#endif
