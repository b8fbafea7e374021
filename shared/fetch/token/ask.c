/* SPDX-License-Identifier: MIT */
#include "fetch/token/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/json.h"
#include "fetch/token/aadsts.h"
#include "fetch/token/secret.h"

#define PATIENCE (60 * SAE_SECOND)
#define FIRST_WAIT (2 * SAE_SECOND) /* where the service does not say; doubled once */

enum {
    BODY_MOST = 40000,      /* a token of SAE_TOKEN_BYTES and what stands around it */
    FORM_MOST = 65536,      /* a federated token, every byte encoded */
    LIFE_MOST = 1000000000, /* seconds; more is no life of a token */
};

struct ask {
    const struct sae_tenant *tenant;
    struct sae_http *http;
    enum sae_credential kind;
    const char *audience;
    char *url;
    struct sae_buf body; /* of a 200 */
};

/* How one try ended. */
struct outcome {
    bool transient; /* another try may help */
    bool refused;
    int64_t retry_after;
};

static bool is_identity(const struct ask *ask)
{
    return ask->kind == SAE_CREDENTIAL_IDENTITY;
}

static const char *whom(const struct ask *ask)
{
    return is_identity(ask) ? "the identity service of this machine"
                            : "the login service";
}

/* ---- the request ----------------------------------------------------------------- */

static char *make_url(const struct ask *ask)
{
    const char *id = sae_tenant_text(ask->tenant, SAE_KEY_MANAGED_IDENTITY);
    char *url;
    int len;

    if (is_identity(ask)) {
        bool system = strcmp(id, "system") == 0;

        len = asprintf(&url,
                       "%s/metadata/identity/oauth2/token?api-version=2018-02-01"
                       "&resource=%s%s%s",
                       sae_cloud_url(ask->tenant, SAE_SERVICE_IDENTITY), ask->audience,
                       system ? "" : "&client_id=", system ? "" : id);
    } else {
        len = asprintf(&url, "%s/%s/oauth2/v2.0/token",
                       sae_cloud_url(ask->tenant, SAE_SERVICE_LOGIN),
                       sae_tenant_text(ask->tenant, SAE_KEY_TENANT_ID));
    }
    return len < 0 ? NULL : url;
}

/* A new one for each try: assertions are for one use, and federated tokens change. */
static enum sae_status make_form(const struct ask *ask, struct sae_buf *form,
                                 struct sae_err *err)
{
    sae_buf_printf(form,
                   "client_id=%s&scope=https%%3A%%2F%%2F%s%%2F.default"
                   "&grant_type=client_credentials",
                   sae_tenant_text(ask->tenant, SAE_KEY_CLIENT_ID),
                   ask->audience + strlen("https://"));
    return sae_credential_add(ask->tenant, ask->kind, ask->url, sae_clock_now(), form,
                              err);
}

static enum sae_status take_body(void *arg, const char *data, size_t len,
                                 struct sae_err *err)
{
    struct ask *ask = arg;

    sae_buf_add(&ask->body, data, len);
    return sae_buf_status(&ask->body) == SAE_OK
               ? SAE_OK
               : sae_fail(err, sae_buf_status(&ask->body), "%s sends more than %d bytes",
                          whom(ask), BODY_MOST);
}

static enum sae_status send_it(struct ask *ask, struct sae_http_answer *answer,
                               struct sae_err *err)
{
    static const char *const to_login[] = {
        "Content-Type: application/x-www-form-urlencoded", "Accept: application/json",
        NULL};
    static const char *const to_identity[] = {"Metadata: true", NULL};
    struct sae_http_request request = {
        .service =
            sae_service_name(is_identity(ask) ? SAE_SERVICE_IDENTITY : SAE_SERVICE_LOGIN),
        .url = ask->url,
        .headers = is_identity(ask) ? to_identity : to_login,
        .local = is_identity(ask),
        .patience = PATIENCE,
        .most = BODY_MOST,
        .sink = take_body,
        .arg = ask,
    };
    struct sae_buf form;
    enum sae_status status = SAE_OK;

    sae_secret_buf(&form, FORM_MOST);
    if (!is_identity(ask)) {
        status = make_form(ask, &form, err);
        request.body = sae_buf_text(&form);
        request.body_len = form.len;
    }
    if (status == SAE_OK) {
        status = sae_http_send(ask->http, &request, answer, err);
    }
    sae_secret_buf_done(&form);
    return status;
}

/* ---- the answer ------------------------------------------------------------------ */

/* A number, or its digits in a text (identity service). */
static bool take_life(const cJSON *root, int64_t *ret_life)
{
    const char *text;
    int64_t seconds = 0;

    if (sae_json_string(root, "expires_in", &text) == SAE_JSON_OK) {
        struct sae_cursor cur = sae_cursor_text(text);
        uint64_t value = 0;

        if (!sae_cursor_decimal(&cur, LIFE_MOST, &value) || !sae_cursor_at_end(&cur)) {
            return false;
        }
        seconds = (int64_t)value;
    } else if (sae_json_int(root, "expires_in", 1, LIFE_MOST, &seconds) != SAE_JSON_OK) {
        return false;
    }
    *ret_life = seconds * SAE_SECOND < SAE_DAY ? seconds * SAE_SECOND : SAE_DAY;
    return seconds > 0;
}

/* What is wrong with a document that should hold a token; NULL: nothing. */
static const char *fault_of(const cJSON *root, const char **ret_token, int64_t *ret_life)
{
    const char *type;

    if (sae_json_string(root, "access_token", ret_token) != SAE_JSON_OK) {
        return "access_token is missing";
    }
    if (!sae_token_is(*ret_token)) {
        return "access_token is not what a token can be";
    }
    if (!take_life(root, ret_life)) {
        return "expires_in is not a number of seconds";
    }
    switch (sae_json_string(root, "token_type", &type)) {
    case SAE_JSON_MISSING:
        return NULL;
    case SAE_JSON_OK:
        return strcasecmp(type, "Bearer") == 0 ? NULL : "token_type is not Bearer";
    default:
        return "token_type is not a text";
    }
}

static enum sae_status take_token(const struct ask *ask, char *ret_token,
                                  int64_t *ret_life, struct sae_err *err)
{
    cJSON *root = NULL;
    const char *token = NULL, *fault;
    int64_t life = 0;
    enum sae_status status =
        sae_json_parse(sae_buf_text(&ask->body), ask->body.len, BODY_MOST, &root, err);

    if (status != SAE_OK) {
        return sae_fail_in(err, status, "no token: the answer of %s is not JSON",
                           whom(ask));
    }
    fault = fault_of(root, &token, &life);
    if (fault != NULL) {
        status = sae_fail(err, SAE_E_FORMAT, "no token in the answer of %s: %s",
                          whom(ask), fault);
    } else {
        memcpy(ret_token, token, strlen(token) + 1);
        *ret_life = life;
    }
    sae_secret_forget(root);
    return status;
}

static bool is_transient(const struct ask *ask, long status)
{
    /* 404 and 410: the identity service is being started or updated. */
    return status == 429 || (status >= 500 && status <= 599) ||
           (is_identity(ask) && (status == 404 || status == 410));
}

static enum sae_status say_busy(const struct ask *ask,
                                const struct sae_http_answer *answer,
                                struct outcome *outcome, struct sae_err *err)
{
    outcome->transient = true;
    if (answer->retry_after > 0 && (answer->status == 429 || answer->status == 503)) {
        outcome->refused = true;
        return sae_fail(err, SAE_E_THROTTLED, "%s asks us to wait %lld s (HTTP %ld)",
                        whom(ask), (long long)(answer->retry_after / SAE_SECOND),
                        answer->status);
    }
    if (answer->status == 429) {
        outcome->refused = true;
        return sae_fail(err, SAE_E_THROTTLED, "%s asks us to wait (HTTP %ld)", whom(ask),
                        answer->status);
    }
    return sae_fail(err, SAE_E_SERVICE, "%s fails (HTTP %ld)", whom(ask), answer->status);
}

/* Only what looks like the service's own word counts as a refusal: a proxy or a wrong
 * host may say anything. */
static enum sae_status say_refused(const struct ask *ask,
                                   const struct sae_http_answer *answer,
                                   struct outcome *outcome, struct sae_err *err)
{
    const struct sae_buf *body = &answer->body;
    struct sae_aadsts refusal;
    bool told = sae_aadsts_read(sae_buf_text(body), body->len, &refusal);

    if (is_transient(ask, answer->status) &&
        !(told && is_identity(ask) && answer->status < 429)) {
        return say_busy(ask, answer, outcome, err);
    }
    if (told && strcmp(refusal.error, "temporarily_unavailable") == 0) {
        return say_busy(ask, answer, outcome, err);
    }
    if (told && answer->status >= 400 && answer->status <= 499) {
        outcome->refused = true;
        outcome->transient = is_transient(ask, answer->status);
        return sae_aadsts_fail(ask->tenant, &refusal, is_identity(ask), sae_clock_now(),
                               err);
    }
    return sae_fail(
        err, SAE_E_FORMAT,
        "%s answers HTTP %ld%s%s, neither a token nor a reason: check %s and the "
        "proxy",
        whom(ask), answer->status, answer->type[0] == '\0' ? "" : " ", answer->type,
        is_identity(ask) ? "identity_url" : "login_url");
}

static enum sae_status try_once(struct ask *ask, char *ret_token, int64_t *ret_life,
                                struct outcome *ret_outcome, struct sae_err *err)
{
    struct sae_http_answer answer = {.retry_after = -1};
    enum sae_status status;

    *ret_outcome = (struct outcome){.retry_after = -1};
    sae_buf_clear(&ask->body);
    status = send_it(ask, &answer, err);
    ret_outcome->retry_after = answer.retry_after;
    if (status == SAE_E_NETWORK) {
        ret_outcome->transient = true;
        if (is_identity(ask)) {
            (void)sae_fail_in(err, status,
                              "managed_identity works on machines in Azure only");
        }
    } else if (status == SAE_OK && answer.status == 200) {
        status = take_token(ask, ret_token, ret_life, err);
    } else if (status == SAE_OK) {
        status = say_refused(ask, &answer, ret_outcome, err);
    }
    sae_http_answer_done(&answer);
    return status;
}

/* False: not as long as the run may take. Half of what is left must stay for the use of
 * the token. */
static bool wait_of(const struct ask *ask, const struct outcome *outcome, int tries,
                    int64_t *ret_wait)
{
    *ret_wait =
        outcome->retry_after >= 0 ? outcome->retry_after : FIRST_WAIT << (tries - 1);
    return *ret_wait <= sae_http_left(ask->http) / 2;
}

static enum sae_status try_often(struct ask *ask, char *ret_token, int64_t *ret_life,
                                 struct outcome *ret_outcome, struct sae_err *err)
{
    enum sae_status status;
    int64_t wait;

    for (int tries = 1;; tries++) {
        status = try_once(ask, ret_token, ret_life, ret_outcome, err);
        if (status == SAE_OK || !ret_outcome->transient || tries == SAE_TOKEN_TRIES ||
            !wait_of(ask, ret_outcome, tries, &wait)) {
            return status;
        }
        status = sae_http_pause(ask->http, wait, err);
        if (status != SAE_OK) {
            return sae_fail_in(err, status, "waiting for a token");
        }
    }
}

enum sae_status sae_token_ask(const struct sae_tenant *tenant, struct sae_http *http,
                              enum sae_credential kind, enum sae_service service,
                              char ret_token[SAE_TOKEN_BYTES + 1],
                              struct sae_token_answer *ret_answer, struct sae_err *err)
{
    struct ask ask = {.tenant = tenant,
                      .http = http,
                      .kind = kind,
                      .audience = sae_cloud_audience(tenant, service)};
    struct outcome outcome = {.retry_after = -1};
    enum sae_status status;

    *ret_answer = (struct sae_token_answer){.retry_after = -1};
    ask.url = make_url(&ask);
    if (ask.url == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    sae_secret_buf(&ask.body, BODY_MOST);
    status = try_often(&ask, ret_token, &ret_answer->life, &outcome, err);
    ret_answer->refused = status != SAE_OK && outcome.refused;
    ret_answer->retry_after = outcome.retry_after;
    sae_secret_buf_done(&ask.body);
    free(ask.url);
    return status;
}
