/* SPDX-License-Identifier: MIT */
/* What a service says when it refuses, from the body of its answer. */
#ifndef SAE_REFUSAL_H
#define SAE_REFUSAL_H

#include <stdbool.h>

#include "facts.h"
#include "fetch/http.h"

/* For words that only the asker knows. */
struct sae_refusal {
    long status;              /* HTTP; 0: no refusal */
    char code[SAE_SHOWN + 1]; /* error.code, safe; "" if there is none */
    char text[200];           /* the most telling message in the body, safe; or "" */
    bool nul;                 /* the body is NUL bytes (Exchange: a role is missing) */
};

/* Whatever the body is. Order of messages: internalexception, details, error.message (the
 * project's reference, "Exchange" 1.10). */
void sae_refusal_read(const struct sae_http_answer *answer, struct sae_refusal *ret_refusal);

#endif
