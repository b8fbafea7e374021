/* SPDX-License-Identifier: MIT */
/* How the collector proves who it is: a client secret or a certificate from a file, a
 * federated token file, or the machine's managed identity. Secrets and keys are read at the
 * moment they are needed and wiped afterwards; a file that group or others may touch is
 * refused with its path and mode (federated token files exempt: Kubernetes chooses theirs).
 * No message ever holds a byte of a secret. */
#ifndef SAE_CREDENTIAL_H
#define SAE_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"

enum sae_credential {
    SAE_CREDENTIAL_SECRET,
    SAE_CREDENTIAL_CERTIFICATE,
    SAE_CREDENTIAL_FEDERATED,
    SAE_CREDENTIAL_IDENTITY
};

/* Which one the tenant has. SAE_E_CONFIG, naming the key to add or to remove, unless it is
 * exactly one and tenant_id is there, and client_id unless it is a managed identity. */
enum sae_status sae_credential_kind(const struct sae_tenant *tenant,
                                    enum sae_credential *ret_kind,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* Appends "&client_secret=.." or "&client_assertion_type=..&client_assertion=.." (form
 * encoded) to `form`. `token_url` is the audience of an assertion, `now` the wall clock. Not
 * for a managed identity. The caller wipes the buffer (explicit_bzero). */
enum sae_status sae_credential_add(const struct sae_tenant *tenant,
                                   enum sae_credential kind, const char *token_url,
                                   int64_t now, struct sae_buf *form,
                                   struct sae_err *err) SAE_MUST_CHECK;

/* The last day (since 1970) on which the credential works: credential_expires if given, else
 * that of the certificate. SAE_E_MISSING, saying what to do, if it cannot be known (a client
 * secret's end cannot be read). *ret_endless: it has no end (federated, managed identity). */
enum sae_status sae_credential_end(const struct sae_tenant *tenant, int64_t *ret_day,
                                   bool *ret_endless, struct sae_err *err) SAE_MUST_CHECK;

#endif
