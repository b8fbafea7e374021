/* SPDX-License-Identifier: MIT */
#include "fetch/token/assertion.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "fetch/token/certificate.h"

enum {
    SALT = 32,            /* RFC 7518, 3.5: as long as the hash */
    LIFE = 600,           /* seconds; the project's reference, "Sign-ins" 7.2 */
    SIGNATURE_MOST = 2048 /* bytes: a key of 16384 bits, the most that OpenSSL takes */
};

/* RFC 4648, section 5, without padding. */
static void add_base64url(struct sae_buf *out, const unsigned char *data, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t at = 0; at < len; at += 3) {
        size_t left = len - at;
        unsigned group = (unsigned)data[at] << 16;
        char text[4];

        group |= left > 1 ? (unsigned)data[at + 1] << 8 : 0;
        group |= left > 2 ? (unsigned)data[at + 2] : 0;
        for (unsigned i = 0; i < 4; i++) {
            text[i] = digits[group >> (18 - 6 * i) & 63];
        }
        sae_buf_add(out, text, left > 2 ? 4 : left + 1);
    }
}

/* `what` of OpenSSL failed, for a reason that its text tells without a byte of the key.
 */
static enum sae_status openssl_fail(const char *what, struct sae_err *err)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return sae_fail(err, SAE_E_IO, "cannot %s: %s", what,
                    reason == NULL ? "OpenSSL gives no reason" : reason);
}

static enum sae_status add_header(struct sae_buf *out, const X509 *certificate,
                                  struct sae_err *err)
{
    unsigned char print[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct sae_buf json;
    enum sae_status status;

    if (X509_digest(certificate, EVP_sha256(), print, &len) != 1) {
        return openssl_fail("hash the certificate", err);
    }
    sae_buf_init(&json, 1024);
    sae_buf_puts(&json, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"");
    add_base64url(&json, print, len);
    sae_buf_puts(&json, "\"}");
    add_base64url(out, (const unsigned char *)sae_buf_text(&json), json.len);
    status = sae_buf_status(&json);
    sae_buf_done(&json);
    return status == SAE_OK ? status : sae_fail(err, status, "assertion too long");
}

/* A random GUID (RFC 9562, version 4). */
static bool make_guid(char text[37])
{
    unsigned char r[16];

    if (RAND_bytes(r, sizeof(r)) != 1) {
        return false;
    }
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    snprintf(text, 37,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0],
             r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12],
             r[13], r[14], r[15]);
    return true;
}

/* Host, GUIDs and numbers: nothing in the claims needs escaping (config/keys.c). */
static enum sae_status add_claims(struct sae_buf *out, const struct sae_assertion *what,
                                  struct sae_err *err)
{
    int64_t now = what->now / SAE_SECOND;
    struct sae_buf json;
    enum sae_status status;
    char guid[37];

    if (!make_guid(guid)) {
        return openssl_fail("make a random number", err);
    }
    sae_buf_init(&json, 4096);
    sae_buf_printf(&json,
                   "{\"aud\":\"%s\",\"iss\":\"%s\",\"sub\":\"%s\",\"jti\":\"%s\","
                   "\"nbf\":%" PRId64 ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
                   what->audience, what->client_id, what->client_id, guid, now, now,
                   now + LIFE);
    add_base64url(out, (const unsigned char *)sae_buf_text(&json), json.len);
    status = sae_buf_status(&json);
    sae_buf_done(&json);
    return status == SAE_OK ? status : sae_fail(err, status, "assertion too long");
}

static bool sign(EVP_MD_CTX *context, EVP_PKEY *key, const char *text, size_t len,
                 unsigned char signature[SIGNATURE_MOST], size_t *size)
{
    EVP_PKEY_CTX *with = NULL;

    return EVP_DigestSignInit(context, &with, EVP_sha256(), NULL, key) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(with, SALT) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(with, EVP_sha256()) == 1 &&
           EVP_DigestSign(context, signature, size, (const unsigned char *)text, len) ==
               1;
}

static enum sae_status add_signature(struct sae_buf *out, size_t from, EVP_PKEY *key,
                                     struct sae_err *err)
{
    unsigned char signature[SIGNATURE_MOST];
    size_t size = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum sae_status status = SAE_OK;

    if (context == NULL || !sign(context, key, sae_buf_text(out) + from, out->len - from,
                                 signature, &size)) {
        status = openssl_fail("sign with the private key", err);
    } else {
        sae_buf_puts(out, ".");
        add_base64url(out, signature, size);
    }
    EVP_MD_CTX_free(context);
    return status;
}

static enum sae_status add_token(const struct sae_assertion *what,
                                 const X509 *certificate, EVP_PKEY *key,
                                 struct sae_buf *out, struct sae_err *err)
{
    size_t from = out->len;
    enum sae_status status = add_header(out, certificate, err);

    if (status != SAE_OK) {
        return status;
    }
    sae_buf_puts(out, ".");
    status = add_claims(out, what, err);
    if (status == SAE_OK && sae_buf_status(out) == SAE_OK) {
        status = add_signature(out, from, key, err);
    }
    if (status == SAE_OK && sae_buf_status(out) != SAE_OK) {
        status = sae_fail(err, sae_buf_status(out), "assertion too long");
    }
    return status;
}

enum sae_status sae_assertion_add(const struct sae_assertion *assertion,
                                  struct sae_buf *out, struct sae_err *err)
{
    struct sae_certificate pair;
    enum sae_status status = sae_certificate_load(assertion->certificate_file,
                                                  assertion->key_file, &pair, err);

    if (status == SAE_OK) {
        status = sae_certificate_valid(&pair, assertion->certificate_file, assertion->now,
                                       err);
    }
    if (status == SAE_OK) {
        status = add_token(assertion, pair.certificate, pair.key, out, err);
    }
    sae_certificate_done(&pair);
    return status;
}
