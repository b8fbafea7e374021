/* SPDX-License-Identifier: MIT */
/* Access tokens, one for each service, kept on disk (state_dir/private/TENANT.SERVICE.token,
 * 0600) until shortly before they end, so that a run every few minutes asks for none. What is
 * kept is bound to tenant id, client, scope and login host: change one and it is not used.
 * A refusal is kept too, for a while, so that a wrong secret is not tried every 5 minutes. */
#ifndef SAE_TOKEN_H
#define SAE_TOKEN_H

#include "config/config.h"
#include "fetch/cloud.h"
#include "fetch/http.h"

struct sae_tokens; /* of one tenant and thread */

/* `http` and `tenant` must outlive it. NULL: out of memory. */
struct sae_tokens *sae_tokens_new(const struct sae_tenant *tenant, struct sae_http *http);
void sae_tokens_free(struct sae_tokens *tokens); /* wipes */

/* A token for SAE_SERVICE_EXCHANGE or SAE_SERVICE_GRAPH, borrowed until the next call.
 * SAE_E_AUTH: the login service refuses, in plain words with the fix. SAE_E_CONFIG,
 * SAE_E_DENIED, SAE_E_MISSING: the credential's configuration or file. SAE_E_NETWORK and
 * others as sae_http_send(). Transient failures were tried again before. */
enum sae_status sae_token_get(struct sae_tokens *tokens, enum sae_service service,
                              const char **ret_token, struct sae_err *err) SAE_MUST_CHECK;

/* The service did not take the token: forget it, on disk too. */
void sae_token_drop(struct sae_tokens *tokens, enum sae_service service);

/* For --preflight: forget refusals and tokens on disk. */
void sae_token_forget(const struct sae_tenant *tenant);

#endif
