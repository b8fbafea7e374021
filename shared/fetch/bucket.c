/* SPDX-License-Identifier: MIT */
#include "fetch/bucket.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/owner.h"

#define MOST_BLOCK SAE_DAY

/* The service's clock and ours do not tick together: a little more than it asks. */
#define MARGIN (SAE_SECOND / 5)

int64_t sae_bucket_step(struct sae_bucket_state *state, int64_t now)
{
    int64_t oldest = state->asked[0];

    if (state->not_before > now && state->not_before <= now + MOST_BLOCK) {
        return state->not_before - now;
    }
    if (oldest > 0 && oldest <= now && now < oldest + SAE_BUCKET_SPAN + MARGIN) {
        return oldest + SAE_BUCKET_SPAN + MARGIN - now;
    }
    memmove(&state->asked[0], &state->asked[1], sizeof(state->asked) - sizeof(oldest));
    state->asked[SAE_BUCKET_REQUESTS - 1] = now;
    return 0;
}

/* The limit is that of the application in the tenant, whatever sections name it. */
static char *path_of(const struct sae_tenant *tenant)
{
    const char *id = sae_tenant_text(tenant, SAE_KEY_TENANT_ID);
    const char *client = sae_tenant_text(tenant, SAE_KEY_CLIENT_ID);
    char *name = NULL, *path = NULL;

    if (asprintf(&name, "%s %s", id == NULL ? "" : id, client == NULL ? "" : client) < 0) {
        return NULL;
    }
    if (asprintf(&path, "%s/private/%016" PRIx64 ".bucket",
                 sae_tenant_text(tenant, SAE_KEY_STATE_DIR),
                 sae_hash64(name, strlen(name))) < 0) {
        path = NULL;
    }
    free(name);
    return path;
}

void sae_bucket_open(struct sae_bucket *bucket, const struct sae_tenant *tenant)
{
    struct sae_owner owner = {0};
    char *path = path_of(tenant);

    *bucket = (struct sae_bucket){.fd = -1};
    if (path != NULL && sae_owner_of(path, &owner, NULL) == SAE_OK) {
        bucket->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (bucket->fd >= 0 && geteuid() == 0) {
            (void)!sae_owner_apply(bucket->fd, path, &owner, false, NULL);
        }
    }
    sae_owner_done(&owner);
    free(path);
}

void sae_bucket_close(struct sae_bucket *bucket)
{
    if (bucket->fd >= 0) {
        close(bucket->fd);
    }
    bucket->fd = -1;
}

static void load(struct sae_bucket *bucket)
{
    struct sae_bucket_state state;

    if (bucket->fd >= 0 && pread(bucket->fd, &state, sizeof(state), 0) == sizeof(state)) {
        bucket->own = state;
    }
}

static void save(struct sae_bucket *bucket)
{
    if (bucket->fd >= 0 && pwrite(bucket->fd, &bucket->own, sizeof(bucket->own), 0) !=
                               (ssize_t)sizeof(bucket->own)) {
        close(bucket->fd); /* a full disk: count for ourselves */
        bucket->fd = -1;
    }
}

/* Each holds the lock for the blink of an eye. */
static void lock(const struct sae_bucket *bucket, int how)
{
    if (bucket->fd >= 0) {
        (void)flock(bucket->fd, how);
    }
}

enum sae_status sae_bucket_wait(struct sae_bucket *bucket, struct sae_http *http,
                                struct sae_err *err)
{
    for (;;) {
        enum sae_status status;
        int64_t wait;

        lock(bucket, LOCK_EX);
        load(bucket);
        wait = sae_bucket_step(&bucket->own, sae_clock_monotonic());
        if (wait == 0) {
            save(bucket);
        }
        lock(bucket, LOCK_UN);
        if (wait == 0) {
            return SAE_OK;
        }
        if (wait > SAE_BUCKET_SPAN + MARGIN && wait > sae_http_left(http)) {
            return sae_fail(err, SAE_E_THROTTLED,
                            "graph asked to wait for another %lld s, longer than the "
                            "time limit leaves",
                            (long long)(wait / SAE_SECOND));
        }
        status = sae_http_pause(http, wait, err);
        if (status != SAE_OK) {
            return status;
        }
    }
}

void sae_bucket_block(struct sae_bucket *bucket, int64_t ticks)
{
    lock(bucket, LOCK_EX);
    load(bucket);
    bucket->own.not_before = sae_clock_monotonic() + ticks;
    save(bucket);
    lock(bucket, LOCK_UN);
}
