/* SPDX-License-Identifier: MIT */
/* Asking a tenant's services: with a token, as often as they allow, again where that helps.
 *
 * 401: one new token, one more try. 429, and 503 with Retry-After: waits as told, within the
 * budget; without Retry-After 10, 20, 40 s, never more than a third of what is left; eight
 * times at most. 500, 502, 503, 504, a broken connection, a body that ends early: twice again,
 * after 2 and 4 s. All else is final. Sources: the project's reference, "Reliability" 2.2 F14
 * to F20.
 *
 * A document that is not what it should be is asked for twice again, too. A page is judged
 * while it arrives: what is no JSON, or holds an error, is final at once; only one that has
 * no bytes, no end or no list is asked for again. */
#ifndef SAE_CLIENT_H
#define SAE_CLIENT_H

#include "base/json.h"
#include "fetch/cloud.h"
#include "fetch/http.h"
#include "fetch/refusal.h"
#include "fetch/rows.h"

struct sae_client; /* of one tenant and thread */

struct sae_client_setup {
    const struct sae_tenant *tenant;
    const struct sae_budget *budget;
    struct sae_record *record; /* or NULL */
    struct sae_traffic *traffic;
};

/* NULL: out of memory. Errors in the configuration show when a token is asked for. */
struct sae_client *sae_client_new(const struct sae_client_setup *setup) SAE_MUST_CHECK;
void sae_client_free(struct sae_client *client);

const struct sae_tenant *sae_client_tenant(const struct sae_client *client);
/* Ticks that the budget still allows, at least 0. */
int64_t sae_client_left(const struct sae_client *client);

/* True if the run is to end because somebody said so, not because its time is over. */
bool sae_client_stopped(const struct sae_client *client);

/* Only the token, for --preflight: errors as sae_token_get(). */
enum sae_status sae_client_token(struct sae_client *client, enum sae_service service,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* One thing asked. Fields as in struct sae_http_request. */
struct sae_ask {
    enum sae_service service;
    const char *url;
    const char *body;
    size_t body_len;
    const char *const *headers;
    int64_t patience;
    bool slowly; /* Graph's reports: at most 5 requests in 10 s of all our processes */
};

/* A page of rows. */
struct sae_page {
    struct sae_rows_facts facts;
    struct sae_buf link; /* to the next page as it stands there, "" if none */
    bool linked;         /* there is one, even if empty */
    bool more;           /* a warning says that there are more results than were sent */
};

struct sae_page_reader {
    const struct sae_rows_name *names;
    size_t name_count;
    /* Before each try: forget what the last try delivered. */
    enum sae_status (*begin)(void *arg, struct sae_err *err);
    sae_rows_taker take;
    void *arg;
};

/* Rows are delivered as they arrive and count only if SAE_OK is returned: then the body was
 * one envelope that ended properly, without an error inside. The caller owns ret_page->link
 * (sae_buf_done, valid whatever is returned). On failure: SAE_E_DENIED (403), SAE_E_AUTH,
 * SAE_E_THROTTLED, SAE_E_SERVICE (5xx), SAE_E_FORMAT (other statuses, bodies that are not
 * what they should be), SAE_E_NETWORK, SAE_E_TLS, SAE_E_TIMEOUT; *ret_refusal is filled
 * (status 0 if there was no answer to look at). */
enum sae_status sae_client_page(struct sae_client *client, const struct sae_ask *ask,
                                const struct sae_page_reader *reader,
                                struct sae_page *ret_page, struct sae_refusal *ret_refusal,
                                struct sae_err *err) SAE_MUST_CHECK;

/* A small document: one object of at most `most` bytes, through the gate of base/json. On
 * success the caller owns *ret_root (cJSON_Delete). `error`, `@odata.error` or a non-empty
 * `@adminapi.errors` inside a 200 is SAE_E_FORMAT. */
enum sae_status sae_client_json(struct sae_client *client, const struct sae_ask *ask,
                                size_t most, cJSON **ret_root,
                                struct sae_refusal *ret_refusal,
                                struct sae_err *err) SAE_MUST_CHECK;

#endif
