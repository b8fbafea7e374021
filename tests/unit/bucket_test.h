/* SPDX-License-Identifier: MIT */
/* The count of requests that processes share, and time that passes only where a test lets
 * it. */
#ifndef SAE_TEST_BUCKET_H
#define SAE_TEST_BUCKET_H

#include <glob.h>
#include <sys/wait.h>

#include "client_test.h"
#include "fetch/bucket.h"

#define ABOUT_SPAN (SAE_BUCKET_SPAN - SAE_SECOND) /* a test takes a moment itself */

static struct sae_bucket bucket;

static inline void bucket_begin(void)
{
    client_begin();
    sae_bucket_open(&bucket, &tenant);
}

static inline void bucket_end(void)
{
    sae_bucket_close(&bucket);
    client_end();
}

static inline enum sae_status turn(void)
{
    why = (struct sae_err){0};
    return sae_bucket_wait(&bucket, &the_http, &why);
}

/* The path of the one file; NULL: there is none. Good until the next call. */
static inline const char *bucket_file(void)
{
    static char path[512];
    char pattern[512];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/*.bucket", path_of("state/private"));
    path[0] = '\0';
    if (glob(pattern, 0, NULL, &found) == 0) {
        ck_assert_uint_eq(found.gl_pathc, 1);
        snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
    }
    globfree(&found);
    return path[0] == '\0' ? NULL : path;
}

static inline void shift(struct sae_bucket_state *state, int64_t ticks)
{
    for (int i = 0; i < SAE_BUCKET_REQUESTS; i++) {
        state->asked[i] -= state->asked[i] > 0 ? ticks : 0;
    }
    state->not_before -= ticks;
}

/* Where time passes, what was noted lies further back; nobody wakes up to the tick. */
static inline void let_time_pass(int64_t ticks)
{
    struct sae_bucket_state state;
    const char *path = bucket_file();
    FILE *file = path == NULL ? NULL : fopen(path, "r+");

    ticks += SAE_SECOND / 2;
    shift(&bucket.own, ticks);
    if (file != NULL && fread(&state, sizeof(state), 1, file) == 1) {
        shift(&state, ticks);
        rewind(file);
        ck_assert_uint_eq(fwrite(&state, sizeof(state), 1, file), 1);
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* Takes turns until one must wait, at most `most`; how many it got. */
static inline int turns(int most)
{
    int got = 0;

    pauses = 0;
    pause_says = SAE_E_TIMEOUT;
    while (got < most && turn() == SAE_OK) {
        got++;
    }
    pause_says = SAE_OK;
    return got;
}

/* What a child process made of it. */
static inline int in_a_child(int (*what)(void))
{
    pid_t child = fork();
    int status = 0;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        _exit(what());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
