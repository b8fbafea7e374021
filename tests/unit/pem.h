/* SPDX-License-Identifier: MIT */
/* Keys, certificates and PEM files with them, made by OpenSSL. */
#ifndef SAE_TEST_PEM_H
#define SAE_TEST_PEM_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "login.h"

static inline EVP_PKEY *make_key(int kind, int size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(kind, NULL);
    EVP_PKEY *made = NULL;

    ck_assert_int_eq(EVP_PKEY_keygen_init(context), 1);
    if (kind == EVP_PKEY_RSA) {
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(context, size), 1);
    } else {
        ck_assert_int_eq(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, size), 1);
    }
    ck_assert_int_eq(EVP_PKEY_keygen(context, &made), 1);
    EVP_PKEY_CTX_free(context);
    return made;
}

static inline X509 *make_certificate(EVP_PKEY *of, int64_t from, int64_t until)
{
    X509 *made = X509_new();

    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 7);
    ASN1_TIME_set(X509_getm_notBefore(made), (time_t)(from / SAE_SECOND));
    ASN1_TIME_set(X509_getm_notAfter(made), (time_t)(until / SAE_SECOND));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               (const unsigned char *)"collector", -1, -1, 0);
    X509_set_pubkey(made, of);
    ck_assert_int_gt(X509_sign(made, of, EVP_sha256()), 0);
    return made;
}

/* A PEM file comes about in a BIO: certificates, keys, save(). */
static inline void put_valid(BIO *pem, EVP_PKEY *of, int64_t from, int64_t until)
{
    X509 *made = make_certificate(of, from, until);

    ck_assert_int_eq(PEM_write_bio_X509(pem, made), 1);
    X509_free(made);
}

static inline void put_certificate(BIO *pem, EVP_PKEY *of)
{
    put_valid(pem, of, noon() - SAE_DAY, noon() + 90 * SAE_DAY);
}

static inline void put_key(BIO *pem, EVP_PKEY *what)
{
    ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(pem, what, NULL, NULL, 0, NULL, NULL),
                     1);
}

static inline const char *save(BIO *pem, const char *name, mode_t mode)
{
    char *data = NULL;
    long len = BIO_get_mem_data(pem, &data);

    write_bytes(name, data, (size_t)len, noon());
    ck_assert_int_eq(chmod(path_of(name), mode), 0);
    BIO_free(pem);
    return path_of(name);
}

#endif
