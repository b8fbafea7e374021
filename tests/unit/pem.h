/* SPDX-License-Identifier: MIT */
/* Keys, certificates and PEM files with them, made by OpenSSL. */
#ifndef SAE_TEST_PEM_H
#define SAE_TEST_PEM_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <spawn.h>
#include <sys/wait.h>

#include "login.h"

extern char **environ;

/* By a program that is not watched: valgrind looks for the primes of one RSA key up to a
 * minute. NULL: there is no such program. */
static inline EVP_PKEY *make_rsa_outside(int size)
{
    char bits[12], name[] = "openssl", what[] = "genrsa";
    char *argv[] = {name, what, bits, NULL};
    posix_spawn_file_actions_t actions;
    EVP_PKEY *made = NULL;
    int ends[2];
    pid_t child;

    snprintf(bits, sizeof(bits), "%d", size);
    ck_assert_int_eq(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, name, &actions, NULL, argv, environ) == 0) {
        FILE *output = fdopen(ends[0], "r");

        close(ends[1]);
        made = PEM_read_PrivateKey(output, NULL, NULL, NULL);
        fclose(output);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
    } else {
        close(ends[0]);
        close(ends[1]);
    }
    posix_spawn_file_actions_destroy(&actions);
    ERR_clear_error();
    return made;
}

static inline EVP_PKEY *make_key_here(int kind, int size)
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

static inline EVP_PKEY *make_key(int kind, int size)
{
    EVP_PKEY *made = NULL;

    if (kind == EVP_PKEY_RSA && getenv("SAE_VALGRIND") != NULL) {
        made = make_rsa_outside(size);
    }
    return made != NULL ? made : make_key_here(kind, size);
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
