/* SPDX-License-Identifier: MIT */
/* The contents of a file that may hold a secret or a key: read into one piece of memory
 * that never moves, so that no copy is left behind, and wiped at the end. */
#ifndef SAE_SECRET_H
#define SAE_SECRET_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/json.h"

struct sae_secret {
    char *data; /* terminated; may hold NUL bytes before */
    size_t len;
    size_t room; /* bytes to wipe */
    mode_t mode; /* of the file as it was read */
    uid_t uid;   /* likewise */
};

/* Reads a regular file of at most `max` bytes; SAE_E_LIMIT if it is larger. Valid for
 * sae_secret_done() whatever it returns. */
enum sae_status sae_secret_load(const char *path, size_t max,
                                struct sae_secret *ret_secret,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_secret_done(struct sae_secret *secret);

/* SAE_E_DENIED, with path and mode, if the file's mode has any bit for group or others.
 */
enum sae_status sae_secret_alone(const struct sae_secret *secret, const char *path,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* Takes blanks and line ends away at the end, and at the beginning too. */
void sae_secret_trim(struct sae_secret *secret);

/* A buffer that has all its `max` bytes from the beginning, so that it never moves, and
 * one that is wiped before it is freed. */
void sae_secret_buf(struct sae_buf *buf, size_t max);
void sae_secret_buf_done(struct sae_buf *buf);

/* cJSON_Delete() that wipes the texts which are members of the root. NULL is nothing. */
void sae_secret_forget(cJSON *root);

#endif
