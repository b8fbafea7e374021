/* SPDX-License-Identifier: MIT */
#include "fetch/token/certificate.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "fetch/token/secret.h"

enum { KEY_BITS = 2048 }; /* NIST SP 800-131A */

/* A key that needs a pass phrase is refused: nobody is there to type one. */
static int no_pass_phrase(char *text, int size, int writing, void *arg)
{
    bool *asked = arg;

    (void)text;
    (void)size;
    (void)writing;
    *asked = true;
    return -1;
}

/* A file with a key in it must be its owner's alone, whatever it is meant to be. */
static enum sae_status load_pem(const char *path, struct sae_secret *pem,
                                struct sae_err *err)
{
    enum sae_status status = sae_secret_load(path, SAE_CERTIFICATE_FILE, pem, err);

    if (status == SAE_OK && memmem(pem->data, pem->len, "PRIVATE KEY-----", 16) != NULL) {
        status = sae_secret_alone(pem, path, err);
    }
    return status;
}

static enum sae_status parse_certificate(const struct sae_secret *pem, const char *path,
                                         X509 **ret_certificate, struct sae_err *err)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    bool asked = false;
    X509 *certificate =
        bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, no_pass_phrase, &asked);

    BIO_free(bio);
    ERR_clear_error();
    if (certificate == NULL) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "%s: no certificate in PEM form (out of a .pfx: openssl pkcs12 -in "
            "OLD.pfx -nodes -out NEW.pem)",
            path);
    }
    *ret_certificate = certificate;
    return SAE_OK;
}

static enum sae_status parse_key(const struct sae_secret *pem, const char *path,
                                 EVP_PKEY **ret_key, struct sae_err *err)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    bool asked = false;
    EVP_PKEY *key =
        bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, &asked);

    BIO_free(bio);
    ERR_clear_error();
    if (key == NULL && asked) {
        return sae_fail(
            err, SAE_E_CONFIG,
            "%s: the private key is encrypted, and nobody is there to type its "
            "pass phrase: store it without (openssl pkey -in OLD -out NEW)",
            path);
    }
    if (key == NULL) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "%s: no private key in PEM form that can be read: put it there, or "
            "name its file in certificate_key_file",
            path);
    }
    *ret_key = key;
    return SAE_OK;
}

static enum sae_status check_kind(EVP_PKEY *key, const char *path, struct sae_err *err)
{
    if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
        return sae_fail(err, SAE_E_CONFIG,
                        "%s: the key is not RSA, only RSA keys of %d bits or more do",
                        path, KEY_BITS);
    }
    if (EVP_PKEY_bits(key) < KEY_BITS) {
        return sae_fail(err, SAE_E_CONFIG,
                        "%s: the key has %d bits, RSA keys of %d bits or more do", path,
                        EVP_PKEY_bits(key), KEY_BITS);
    }
    return SAE_OK;
}

static bool time_of(const ASN1_TIME *time, int64_t *ret_time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 &&
           sae_time_make((unsigned)tm.tm_year + 1900U, (unsigned)tm.tm_mon + 1U,
                         (unsigned)tm.tm_mday, (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
                         (unsigned)tm.tm_sec, ret_time);
}

static enum sae_status check_pair(const X509 *certificate, const char *certificate_file,
                                  const EVP_PKEY *key, const char *key_file,
                                  struct sae_err *err)
{
    bool match = X509_check_private_key(certificate, key) == 1;

    ERR_clear_error();
    if (!match) {
        return sae_fail(
            err, SAE_E_CONFIG,
            "the private key in %s does not belong to the first certificate in "
            "%s",
            key_file, certificate_file);
    }
    return SAE_OK;
}

/* The key out of a file of its own. */
static enum sae_status load_key(const char *path, EVP_PKEY **ret_key, struct sae_err *err)
{
    struct sae_secret pem;
    enum sae_status status = sae_secret_load(path, SAE_CERTIFICATE_FILE, &pem, err);

    if (status == SAE_OK) {
        status = sae_secret_alone(&pem, path, err);
    }
    if (status == SAE_OK) {
        status = parse_key(&pem, path, ret_key, err);
    }
    sae_secret_done(&pem);
    return status;
}

enum sae_status sae_certificate_load(const char *certificate_file, const char *key_file,
                                     struct sae_certificate *ret_pair,
                                     struct sae_err *err)
{
    const char *key_path = key_file == NULL ? certificate_file : key_file;
    struct sae_secret pem;
    enum sae_status status;

    *ret_pair = (struct sae_certificate){0};
    status = load_pem(certificate_file, &pem, err);
    if (status == SAE_OK) {
        status = parse_certificate(&pem, certificate_file, &ret_pair->certificate, err);
    }
    if (status == SAE_OK) {
        status = key_file == NULL ? parse_key(&pem, key_path, &ret_pair->key, err)
                                  : load_key(key_path, &ret_pair->key, err);
    }
    sae_secret_done(&pem);
    if (status == SAE_OK) {
        status = check_kind(ret_pair->key, key_path, err);
    }
    if (status == SAE_OK) {
        status = check_pair(ret_pair->certificate, certificate_file, ret_pair->key,
                            key_path, err);
    }
    return status;
}

void sae_certificate_done(struct sae_certificate *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
    *pair = (struct sae_certificate){0};
}

enum sae_status sae_certificate_valid(const struct sae_certificate *pair,
                                      const char *path, int64_t now, struct sae_err *err)
{
    char clock[SAE_TIME_TEXT], text[SAE_TIME_TEXT];
    int64_t from, until;

    if (!time_of(X509_get0_notBefore(pair->certificate), &from) ||
        !time_of(X509_get0_notAfter(pair->certificate), &until)) {
        return sae_fail(err, SAE_E_FORMAT, "%s: the certificate has no readable end",
                        path);
    }
    sae_time_format(clock, sizeof(clock), now);
    if (now > until) {
        return sae_fail(err, SAE_E_AUTH,
                        "the certificate in %s ended %s (now %s): make a new one and "
                        "register it for the application",
                        path, sae_time_format(text, sizeof(text), until), clock);
    }
    if (now < from) {
        return sae_fail(err, SAE_E_AUTH,
                        "the certificate in %s begins %s, the clock of this machine says "
                        "%s: check it",
                        path, sae_time_format(text, sizeof(text), from), clock);
    }
    return SAE_OK;
}

enum sae_status sae_certificate_end(const char *path, int64_t *ret_day,
                                    struct sae_err *err)
{
    struct sae_secret pem;
    X509 *certificate = NULL;
    enum sae_status status = load_pem(path, &pem, err);
    int64_t until;

    if (status == SAE_OK) {
        status = parse_certificate(&pem, path, &certificate, err);
    }
    sae_secret_done(&pem);
    if (status == SAE_OK && !time_of(X509_get0_notAfter(certificate), &until)) {
        status =
            sae_fail(err, SAE_E_FORMAT, "%s: the certificate has no readable end", path);
    }
    if (status == SAE_OK) {
        *ret_day = sae_time_day(until);
    }
    X509_free(certificate);
    return status;
}
