/* SPDX-License-Identifier: MIT */
#include "fetch/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "fetch/credential.h"
#include "fetch/token/ask.h"
#include "fetch/token/cache.h"

/* A token is not used in the last minutes of its life: it must outlast a request. */
#define MARGIN (5 * SAE_MINUTE)
#define FIRST_PAUSE                                                                      \
    (60 * SAE_SECOND)                /* after a refusal, doubled for each in a row ..    \
                                      */
#define LAST_PAUSE (15 * SAE_MINUTE) /* .. up to this */
#define MOST_PAUSE SAE_HOUR          /* however long the service asks us to wait */

enum { NAMES = 2048, TEXT_BEFORE_TAIL = 288 };

/* What is known about one service's token. */
struct slot {
    bool filled;
    char binding[SAE_TOKEN_BINDING + 1];
    char *path;
    struct sae_kept kept;
};

struct sae_tokens {
    const struct sae_tenant *tenant;
    struct sae_http *http;
    struct slot slots[SAE_SERVICE_COUNT];
};

struct sae_tokens *sae_tokens_new(const struct sae_tenant *tenant, struct sae_http *http)
{
    struct sae_tokens *tokens = calloc(1, sizeof(*tokens));

    if (tokens != NULL) {
        tokens->tenant = tenant;
        tokens->http = http;
    }
    return tokens;
}

void sae_tokens_free(struct sae_tokens *tokens)
{
    if (tokens == NULL) {
        return;
    }
    for (int i = 0; i < SAE_SERVICE_COUNT; i++) {
        free(tokens->slots[i].path);
    }
    explicit_bzero(tokens, sizeof(*tokens));
    free(tokens);
}

static bool has_token(enum sae_service service)
{
    return service == SAE_SERVICE_EXCHANGE || service == SAE_SERVICE_GRAPH;
}

static const char *text_or_none(const struct sae_tenant *tenant, enum sae_key key)
{
    const char *text = sae_tenant_text(tenant, key);

    return text == NULL ? "" : text;
}

/* What a token or a refusal holds for, as a hash: tenant, who we are and how we prove it,
 * what for, and by which host. A value cannot hold a line end. */
static enum sae_status bind_to(const struct sae_tenant *tenant, enum sae_credential kind,
                               enum sae_service service, char ret_binding[],
                               struct sae_err *err)
{
    static const enum sae_key keys[] = {
        SAE_KEY_TENANT_ID,           SAE_KEY_CLIENT_ID,
        SAE_KEY_MANAGED_IDENTITY,    SAE_KEY_CLIENT_SECRET_FILE,
        SAE_KEY_CERTIFICATE_FILE,    SAE_KEY_CERTIFICATE_KEY_FILE,
        SAE_KEY_FEDERATED_TOKEN_FILE};
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct sae_buf names;
    enum sae_status status;

    sae_buf_init(&names, sizeof(keys) / sizeof(keys[0]) * NAMES * 2);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        sae_buf_printf(&names, "%s\n", text_or_none(tenant, keys[i]));
    }
    sae_buf_printf(&names, "%s\n%s\n", sae_cloud_audience(tenant, service),
                   sae_cloud_url(tenant, kind == SAE_CREDENTIAL_IDENTITY
                                             ? SAE_SERVICE_IDENTITY
                                             : SAE_SERVICE_LOGIN));
    status = sae_buf_status(&names);
    if (status == SAE_OK && (EVP_Digest(sae_buf_text(&names), names.len, hash, &len,
                                        EVP_sha256(), NULL) != 1 ||
                             len * 2 != SAE_TOKEN_BINDING)) {
        status = SAE_E_NOMEM;
    }
    sae_buf_done(&names);
    if (status != SAE_OK) {
        return sae_fail(err, status, "cannot hash the names of the credential");
    }
    for (unsigned i = 0; i < len; i++) {
        snprintf(ret_binding + 2 * i, 3, "%02x", hash[i]);
    }
    return SAE_OK;
}

/* ---- what is kept -------------------------------------------------------------- */

/* Tells whether a file of the credential was changed, or another one moved into its
 * place, whatever the clocks say. */
static uint64_t stamp_of(const struct sae_tenant *tenant)
{
    static const enum sae_key keys[] = {
        SAE_KEY_CLIENT_SECRET_FILE, SAE_KEY_CERTIFICATE_FILE,
        SAE_KEY_CERTIFICATE_KEY_FILE, SAE_KEY_FEDERATED_TOKEN_FILE};
    int64_t marks[sizeof(keys) / sizeof(keys[0])][4] = {{0}};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *path = sae_tenant_text(tenant, keys[i]);
        struct stat st;

        if (path != NULL && stat(path, &st) == 0) {
            marks[i][0] = sae_file_mtime(&st);
            marks[i][1] =
                (int64_t)st.st_ctim.tv_sec * SAE_SECOND + st.st_ctim.tv_nsec / 100;
            marks[i][2] = (int64_t)st.st_ino;
            marks[i][3] = (int64_t)st.st_size;
        }
    }
    return sae_hash64(marks, sizeof(marks));
}

/* A clock that was set back makes what is kept worthless: nobody knows how old it is. */
static bool is_refusal(const struct sae_kept *kept, int64_t now)
{
    return kept->token[0] == '\0' && kept->since <= now;
}

static bool is_good(const struct sae_kept *kept, int64_t now)
{
    return kept->token[0] != '\0' && kept->since <= now && now < kept->until - MARGIN;
}

static bool stands(const struct sae_tenant *tenant, const struct sae_kept *kept,
                   int64_t now)
{
    return is_refusal(kept, now) && now < kept->until &&
           kept->until - now <= MOST_PAUSE && kept->stamp == stamp_of(tenant);
}

static enum sae_status repeat_refusal(const struct sae_kept *kept, int64_t now,
                                      struct sae_err *err)
{
    return sae_fail(err, kept->refusal.code, "%.*s, asked again in %lld s",
                    TEXT_BEFORE_TAIL, kept->refusal.text,
                    (long long)((kept->until - now + SAE_SECOND - 1) / SAE_SECOND));
}

static void empty(struct slot *slot)
{
    explicit_bzero(&slot->kept, sizeof(slot->kept));
    slot->filled = false;
}

static void keep(struct slot *slot)
{
    slot->filled = true;
    (void)sae_kept_write(slot->path, slot->binding, &slot->kept);
}

/* The how manieth refusal in a row it is, if it is one. */
static int64_t next_count(const struct sae_tenant *tenant, const struct slot *slot,
                          int64_t now)
{
    if (slot->filled && is_refusal(&slot->kept, now) &&
        slot->kept.stamp == stamp_of(tenant)) {
        return slot->kept.count < SAE_TOKEN_REFUSALS ? slot->kept.count + 1
                                                     : SAE_TOKEN_REFUSALS;
    }
    return 1;
}

static int64_t pause_of(int64_t count, int64_t told)
{
    int64_t pause = FIRST_PAUSE;

    if (told > 0) {
        return told < MOST_PAUSE ? told : MOST_PAUSE;
    }
    while (--count > 0 && pause < LAST_PAUSE) {
        pause *= 2;
    }
    return pause < LAST_PAUSE ? pause : LAST_PAUSE;
}

/* ---- asking -------------------------------------------------------------------- */

static enum sae_status ask_anew(struct sae_tokens *tokens, enum sae_credential kind,
                                enum sae_service service, int64_t now,
                                struct sae_err *err)
{
    struct slot *slot = &tokens->slots[service];
    int64_t count = next_count(tokens->tenant, slot, now);
    uint64_t stamp = stamp_of(tokens->tenant); /* before the files are read */
    struct sae_token_answer answer = {0};
    struct sae_err why = {0};
    enum sae_status status;

    empty(slot);
    status = sae_token_ask(tokens->tenant, tokens->http, kind, service, slot->kept.token,
                           &answer, &why);
    if (status == SAE_OK) {
        slot->kept.since = now;
        slot->kept.until = now + answer.life;
        keep(slot);
        return SAE_OK;
    }
    if (answer.refused) {
        slot->kept.since = now;
        slot->kept.until = sae_clock_now() + pause_of(count, answer.retry_after);
        slot->kept.refusal = why;
        slot->kept.count = count;
        slot->kept.stamp = stamp;
        keep(slot);
    }
    return sae_fail(err, status, "%s", why.text);
}

static enum sae_status prepare(struct sae_tokens *tokens, enum sae_credential kind,
                               enum sae_service service, struct sae_err *err)
{
    struct slot *slot = &tokens->slots[service];
    enum sae_status status;

    if (slot->path != NULL) {
        return SAE_OK;
    }
    status = bind_to(tokens->tenant, kind, service, slot->binding, err);
    if (status == SAE_OK) {
        slot->path = sae_kept_path(tokens->tenant, service);
    }
    return status == SAE_OK && slot->path == NULL
               ? sae_fail(err, SAE_E_NOMEM, "out of memory")
               : status;
}

enum sae_status sae_token_get(struct sae_tokens *tokens, enum sae_service service,
                              const char **ret_token, struct sae_err *err)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;
    int64_t now = sae_clock_now();
    struct slot *slot = &tokens->slots[service];
    enum sae_status status = sae_credential_kind(tokens->tenant, &kind, err);

    if (status == SAE_OK && !has_token(service)) {
        status = sae_fail(err, SAE_E_USAGE, "no token for %s", sae_service_name(service));
    }
    if (status == SAE_OK) {
        status = prepare(tokens, kind, service, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    if (!slot->filled) {
        slot->filled = sae_kept_read(slot->path, slot->binding, now, &slot->kept);
    }
    if (slot->filled && stands(tokens->tenant, &slot->kept, now)) {
        return repeat_refusal(&slot->kept, now, err);
    }
    if (!slot->filled || !is_good(&slot->kept, now)) {
        status = ask_anew(tokens, kind, service, now, err);
    }
    if (status == SAE_OK) {
        *ret_token = slot->kept.token;
    }
    return status;
}

void sae_token_drop(struct sae_tokens *tokens, enum sae_service service)
{
    struct slot *slot = &tokens->slots[service];

    empty(slot);
    if (slot->path != NULL) {
        sae_kept_remove(slot->path);
    }
}

void sae_token_forget(const struct sae_tenant *tenant)
{
    for (int i = 0; i < SAE_SERVICE_COUNT; i++) {
        char *path = has_token((enum sae_service)i)
                         ? sae_kept_path(tenant, (enum sae_service)i)
                         : NULL;

        if (path != NULL) {
            sae_kept_remove(path);
        }
        free(path);
    }
}
