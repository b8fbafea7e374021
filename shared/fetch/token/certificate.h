/* SPDX-License-Identifier: MIT */
/* A certificate and its private key out of PEM files. The first certificate of a file
 * counts. Keys are RSA of at least 2048 bits and not encrypted; a file with a key in it
 * is refused if group or others may touch it. */
#ifndef SAE_CERTIFICATE_H
#define SAE_CERTIFICATE_H

#include <stdint.h>

#include "base/err.h"

struct x509_st;
struct evp_pkey_st;

enum { SAE_CERTIFICATE_FILE = 65536 }; /* bytes of a PEM file, a chain included */

struct sae_certificate {
    struct x509_st *certificate; /* X509 of OpenSSL */
    struct evp_pkey_st *key;     /* EVP_PKEY of OpenSSL */
};

/* `key_file` NULL: the key is in the certificate's file. SAE_E_MISSING, SAE_E_DENIED,
 * SAE_E_LIMIT, SAE_E_FORMAT: a file, named. SAE_E_CONFIG: key and certificate do not
 * belong together, or the key is of a kind that does not do. Valid for
 * sae_certificate_done() whatever it returns. */
enum sae_status sae_certificate_load(const char *certificate_file, const char *key_file,
                                     struct sae_certificate *ret_pair,
                                     struct sae_err *err) SAE_MUST_CHECK;
void sae_certificate_done(struct sae_certificate *pair);

/* SAE_E_AUTH unless it is valid at `now`: that saves a request that can only be refused,
 * and says why in better words. */
enum sae_status sae_certificate_valid(const struct sae_certificate *pair,
                                      const char *path, int64_t now,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* The day (since 1970) on which the certificate in the file ends. */
enum sae_status sae_certificate_end(const char *path, int64_t *ret_day,
                                    struct sae_err *err) SAE_MUST_CHECK;

#endif
