/* SPDX-License-Identifier: MIT */
/* One token, or one refusal, kept on disk in a file that is its owner's alone. It counts
 * only under the binding with which it was written. A file that is not what it should be
 * is as good as none: it is never an error, and the next write replaces it. */
#ifndef SAE_TOKEN_CACHE_H
#define SAE_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "fetch/cloud.h"

enum {
    SAE_TOKEN_BYTES = 16000, /* of an access token */
    SAE_TOKEN_BINDING = 64,  /* hex digits */
    SAE_TOKEN_REFUSALS = 100 /* in a row that are counted */
};

/* No kept thing lives longer. Tokens of managed identities last a day. */
#define SAE_TOKEN_LIFE (26 * SAE_HOUR)

struct sae_kept {
    char token[SAE_TOKEN_BYTES + 1]; /* "": a refusal */
    int64_t since; /* when it was asked for; ticks, on disk whole milliseconds */
    int64_t until; /* when it ends, or when to ask again; likewise */
    /* Of a refusal: */
    struct sae_err refusal; /* SAE_E_AUTH or SAE_E_THROTTLED */
    int64_t count;          /* the how manieth in a row, from 1 */
    uint64_t stamp;         /* what the files of the credential looked like */
};

/* An access token has 1 to SAE_TOKEN_BYTES bytes of printable ASCII without blanks. */
bool sae_token_is(const char *text);

/* Path of the file. Allocated; NULL: out of memory. */
char *sae_kept_path(const struct sae_tenant *tenant,
                    enum sae_service service) SAE_MUST_CHECK;

/* False if there is nothing to be trusted: no such file, not ours, readable by others,
 * damaged, of another binding, from the future, or of a life beyond SAE_TOKEN_LIFE. What
 * is read may have ended. */
bool sae_kept_read(const char *path, const char *binding, int64_t now,
                   struct sae_kept *ret_kept);

/* False if it cannot be written: then it holds for this run only. */
bool sae_kept_write(const char *path, const char *binding, const struct sae_kept *kept);

/* Removes the file and what a killed writer may have left. */
void sae_kept_remove(const char *path);

#endif
