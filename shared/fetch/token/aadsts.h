/* SPDX-License-Identifier: MIT */
/* Why the login service, or the machine's identity service, gives no token: its error as
 * it stands there, and in plain words with what to do about it. Of its own text nothing
 * is shown but names and numbers; nobody can know what it repeats of our request. */
#ifndef SAE_AADSTS_H
#define SAE_AADSTS_H

#include <stdbool.h>

#include "base/text.h"
#include "config/config.h"

struct sae_aadsts {
    int64_t code;                   /* the number behind "AADSTS"; 0: none */
    char error[SAE_TEXT_SHOWN + 1]; /* OAuth's word, safe ("invalid_client") */
    char text[SAE_TEXT_SHOWN + 1];  /* how the description begins, safe */
};

/* False if the body is no error object of RFC 6749, section 5.2. */
bool sae_aadsts_read(const char *body, size_t len, struct sae_aadsts *ret_refusal);

/* Says it, as SAE_E_AUTH. `now` is shown where the clock may be the cause. `identity`:
 * the machine's identity service refused. */
enum sae_status sae_aadsts_fail(const struct sae_tenant *tenant,
                                const struct sae_aadsts *refusal, bool identity,
                                int64_t now, struct sae_err *err) SAE_MUST_CHECK;

#endif
