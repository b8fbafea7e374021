/* SPDX-License-Identifier: MIT */
/* Accepted findings: finding,until,by,note. An accepted finding leaves all metrics until the
 * end of that day. */
#ifndef SAE_ACCEPT_H
#define SAE_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sae_accepted {
    char id[64];
    int64_t until; /* day number, the last day that counts */
};

struct sae_accept {
    struct sae_accepted *entry;
    size_t count;
};

/* A bad row names itself and fails the whole list. Zero-initialised is valid for done. */
enum sae_status sae_accept_read(const char *path, struct sae_accept *ret_accept,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_accept_done(struct sae_accept *accept);

/* True if the finding is accepted on `day`. */
bool sae_accept_covers(const struct sae_accept *accept, const char *id, int64_t day);

#endif
