/* SPDX-License-Identifier: MIT */
#include "fetch/credential.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/token/assertion.h"
#include "fetch/token/certificate.h"
#include "fetch/token/secret.h"

enum {
    SECRET_MOST = 4096,
    FEDERATED_MOST = 16384 /* bytes of a federated token */
};

#define ASSERTION_TYPE "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

static const struct {
    enum sae_key key;
    const char *name;
} kinds[] = {
    [SAE_CREDENTIAL_SECRET] = {SAE_KEY_CLIENT_SECRET_FILE, "client_secret_file"},
    [SAE_CREDENTIAL_CERTIFICATE] = {SAE_KEY_CERTIFICATE_FILE, "certificate_file"},
    [SAE_CREDENTIAL_FEDERATED] = {SAE_KEY_FEDERATED_TOKEN_FILE, "federated_token_file"},
    [SAE_CREDENTIAL_IDENTITY] = {SAE_KEY_MANAGED_IDENTITY, "managed_identity"},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Says where the key is to be added or removed. */
static enum sae_status SAE_PRINTF(3, 4)
    config_fail(const struct sae_tenant *tenant, struct sae_err *err, const char *fmt,
                ...)
{
    char what[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    return sae_fail(err, SAE_E_CONFIG, "%s, section %s: %s",
                    tenant->file == NULL ? "configuration" : tenant->file, tenant->name,
                    what);
}

static enum sae_status only_kind(const struct sae_tenant *tenant,
                                 enum sae_credential *ret_kind, struct sae_err *err)
{
    size_t found = KINDS;

    for (size_t i = 0; i < KINDS; i++) {
        if (sae_tenant_text(tenant, kinds[i].key) == NULL) {
            continue;
        }
        if (found != KINDS) {
            return config_fail(tenant, err, "%s and %s are both set: remove one of them",
                               kinds[found].name, kinds[i].name);
        }
        found = i;
    }
    if (found == KINDS) {
        return config_fail(tenant, err,
                           "no credential: add client_secret_file, certificate_file, "
                           "federated_token_file or managed_identity");
    }
    *ret_kind = (enum sae_credential)found;
    return SAE_OK;
}

enum sae_status sae_credential_kind(const struct sae_tenant *tenant,
                                    enum sae_credential *ret_kind, struct sae_err *err)
{
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;
    enum sae_status status = only_kind(tenant, &kind, err);

    if (status != SAE_OK) {
        return status;
    }
    if (sae_tenant_text(tenant, SAE_KEY_CERTIFICATE_KEY_FILE) != NULL &&
        kind != SAE_CREDENTIAL_CERTIFICATE) {
        return config_fail(
            tenant, err,
            "certificate_key_file without certificate_file: add the one or "
            "remove the other");
    }
    if (sae_tenant_text(tenant, SAE_KEY_TENANT_ID) == NULL) {
        return config_fail(tenant, err,
                           "tenant_id is missing: add it (the directory id)");
    }
    if (kind != SAE_CREDENTIAL_IDENTITY &&
        sae_tenant_text(tenant, SAE_KEY_CLIENT_ID) == NULL) {
        return config_fail(tenant, err,
                           "client_id is missing: add it (the application id)");
    }
    *ret_kind = kind;
    return SAE_OK;
}

/* As application/x-www-form-urlencoded; what RFC 3986 calls unreserved stays. */
static void add_encoded(struct sae_buf *form, const char *data, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        const char triple[3] = {'%', hex[c >> 4], hex[c & 15]};

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c != '\0' && strchr("-._~", c) != NULL)) {
            sae_buf_add(form, data + i, 1);
        } else {
            sae_buf_add(form, triple, 3);
        }
    }
}

/* Neither secrets nor tokens have blanks, control bytes or letters beyond ASCII; files
 * with a name before the secret, a byte order mark or several lines do. */
static enum sae_status check_word(const struct sae_secret *secret, const char *path,
                                  const char *what, struct sae_err *err)
{
    if (secret->len == 0) {
        return sae_fail(err, SAE_E_FORMAT, "%s is empty: put the %s into it", path, what);
    }
    for (size_t i = 0; i < secret->len; i++) {
        if (secret->data[i] < '!' || secret->data[i] > '~') {
            return sae_fail(
                err, SAE_E_FORMAT,
                "%s: a blank, a second line or a byte that no %s has: the file "
                "must hold nothing else, as plain ASCII",
                path, what);
        }
    }
    return SAE_OK;
}

static enum sae_status add_secret(const char *path, struct sae_buf *form,
                                  struct sae_err *err)
{
    struct sae_secret secret;
    enum sae_status status = sae_secret_load(path, SECRET_MOST, &secret, err);

    if (status == SAE_OK) {
        status = sae_secret_alone(&secret, path, err);
    }
    if (status == SAE_OK) {
        sae_secret_trim(&secret);
        status = check_word(&secret, path, "client secret", err);
    }
    if (status == SAE_OK) {
        sae_buf_puts(form, "&client_secret=");
        add_encoded(form, secret.data, secret.len);
    }
    sae_secret_done(&secret);
    return status;
}

/* Read at every request: whoever issues the token replaces it all the time. */
static enum sae_status add_federated(const char *path, struct sae_buf *form,
                                     struct sae_err *err)
{
    struct sae_secret token;
    enum sae_status status = sae_secret_load(path, FEDERATED_MOST, &token, err);

    if (status == SAE_OK) {
        sae_secret_trim(&token);
        status = check_word(&token, path, "federated token", err);
    }
    if (status == SAE_OK) {
        add_encoded(form, token.data, token.len);
    }
    sae_secret_done(&token);
    return status;
}

static enum sae_status add_certificate(const struct sae_tenant *tenant,
                                       const char *token_url, int64_t now,
                                       struct sae_buf *form, struct sae_err *err)
{
    const struct sae_assertion assertion = {
        .certificate_file = sae_tenant_text(tenant, SAE_KEY_CERTIFICATE_FILE),
        .key_file = sae_tenant_text(tenant, SAE_KEY_CERTIFICATE_KEY_FILE),
        .audience = token_url,
        .client_id = sae_tenant_text(tenant, SAE_KEY_CLIENT_ID),
        .now = now,
    };

    return sae_assertion_add(&assertion, form, err);
}

enum sae_status sae_credential_add(const struct sae_tenant *tenant,
                                   enum sae_credential kind, const char *token_url,
                                   int64_t now, struct sae_buf *form, struct sae_err *err)
{
    const char *path = sae_tenant_text(tenant, kinds[kind].key);
    enum sae_status status;

    if (kind == SAE_CREDENTIAL_SECRET) {
        status = add_secret(path, form, err);
    } else {
        sae_buf_puts(form, "&client_assertion_type=" ASSERTION_TYPE "&client_assertion=");
        status = kind == SAE_CREDENTIAL_CERTIFICATE
                     ? add_certificate(tenant, token_url, now, form, err)
                     : add_federated(path, form, err);
    }
    if (status != SAE_OK) {
        return status == SAE_E_AUTH ? status
                                    : sae_fail_in(err, status, "%s", kinds[kind].name);
    }
    if (sae_buf_status(form) != SAE_OK) {
        return sae_fail(err, sae_buf_status(form),
                        "the credential does not fit a request");
    }
    return SAE_OK;
}

enum sae_status sae_credential_end(const struct sae_tenant *tenant, int64_t *ret_day,
                                   bool *ret_endless, struct sae_err *err)
{
    const char *expires = sae_tenant_text(tenant, SAE_KEY_CREDENTIAL_EXPIRES);
    enum sae_credential kind = SAE_CREDENTIAL_SECRET;
    enum sae_status status = sae_credential_kind(tenant, &kind, err);

    if (status != SAE_OK) {
        return status;
    }
    if (expires != NULL) {
        if (!sae_date_parse(expires, strlen(expires), ret_day)) {
            return config_fail(tenant, err,
                               "credential_expires is not a date YYYY-MM-DD");
        }
        *ret_endless = false;
        return SAE_OK;
    }
    switch (kind) {
    case SAE_CREDENTIAL_SECRET:
        return sae_fail(
            err, SAE_E_MISSING,
            "the end of a client secret cannot be read: write credential_expires "
            "= YYYY-MM-DD");
    case SAE_CREDENTIAL_CERTIFICATE:
        status = sae_certificate_end(sae_tenant_text(tenant, SAE_KEY_CERTIFICATE_FILE),
                                     ret_day, err);
        if (status == SAE_OK) {
            *ret_endless = false;
        }
        return status == SAE_OK ? status : sae_fail_in(err, status, "certificate_file");
    default:
        *ret_endless = true;
        return SAE_OK;
    }
}
