/* SPDX-License-Identifier: MIT */
/* How fast Graph's reports may be asked: 5 requests in 10 s for one application in one tenant
 * (Microsoft's throttling limits, "Microsoft Entra activity reports"). Kept in a file that all
 * our processes for that application and tenant share. */
#ifndef SAE_BUCKET_H
#define SAE_BUCKET_H

#include <stdint.h>

#include "config/config.h"
#include "fetch/http.h"

enum { SAE_BUCKET_REQUESTS = 5 };
#define SAE_BUCKET_SPAN (10 * SAE_SECOND)

/* What the file holds: monotonic ticks, so that a changed clock does not matter; times that
 * lie ahead of now are of another boot and do not count. */
struct sae_bucket_state {
    int64_t asked[SAE_BUCKET_REQUESTS]; /* oldest first */
    int64_t not_before;
};

/* Ticks to wait before the next request may go out at `now`; if 0, notes that it does. */
int64_t sae_bucket_step(struct sae_bucket_state *state, int64_t now);

struct sae_bucket {
    int fd; /* -1: the file cannot be had, this process counts for itself */
    struct sae_bucket_state own;
};

void sae_bucket_open(struct sae_bucket *bucket, const struct sae_tenant *tenant);
void sae_bucket_close(struct sae_bucket *bucket);

/* Waits for its turn. SAE_E_TIMEOUT: the budget ended. SAE_E_THROTTLED: an earlier answer
 * forbade to ask before a time that lies beyond the budget. */
enum sae_status sae_bucket_wait(struct sae_bucket *bucket, struct sae_http *http,
                                struct sae_err *err) SAE_MUST_CHECK;

/* The service said: nothing for `ticks`. */
void sae_bucket_block(struct sae_bucket *bucket, int64_t ticks);

#endif
