/* SPDX-License-Identifier: MIT */
/* Asking for one access token, over the wire: client credentials at the login service, or
 * the machine's identity service; again where that helps. Wire facts: the project's
 * reference, "Sign-ins" 7.1 to 7.4. */
#ifndef SAE_TOKEN_ASK_H
#define SAE_TOKEN_ASK_H

#include "fetch/credential.h"
#include "fetch/http.h"
#include "fetch/token/cache.h"

enum { SAE_TOKEN_TRIES = 3 };

struct sae_token_answer {
    int64_t life;        /* ticks that the token lives from now on, at most a day */
    bool refused;        /* the service said no, or asks to wait: worth keeping */
    int64_t retry_after; /* ticks; -1: not said */
};

/* Writes `ret_token` only on success, *ret_answer always. Statuses: fetch/token.h. */
enum sae_status sae_token_ask(const struct sae_tenant *tenant, struct sae_http *http,
                              enum sae_credential kind, enum sae_service service,
                              char ret_token[SAE_TOKEN_BYTES + 1],
                              struct sae_token_answer *ret_answer,
                              struct sae_err *err) SAE_MUST_CHECK;

#endif
