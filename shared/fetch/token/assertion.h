/* SPDX-License-Identifier: MIT */
/* Client assertions: signed JSON web tokens that prove possession of a certificate's key
 * (RFC 7523; algorithm PS256 of RFC 7518, section 3.5). */
#ifndef SAE_ASSERTION_H
#define SAE_ASSERTION_H

#include <stdint.h>

#include "base/buf.h"

struct sae_assertion {
    const char *certificate_file; /* the first certificate in it counts */
    const char *key_file;         /* NULL: the key is in the certificate's file */
    const char *audience;         /* the token endpoint's URL */
    const char *client_id;
    int64_t now; /* wall clock, ticks */
};

/* Appends the token to `out`. Fails as sae_certificate_load() and
 * sae_certificate_valid(). */
enum sae_status sae_assertion_add(const struct sae_assertion *assertion,
                                  struct sae_buf *out,
                                  struct sae_err *err) SAE_MUST_CHECK;

#endif
