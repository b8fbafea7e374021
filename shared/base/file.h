/* SPDX-License-Identifier: MIT */
/* Opening what others wrote: regular files only, never a device or a pipe that could hang. */
#ifndef SAE_FILE_H
#define SAE_FILE_H

#include <glob.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/* Opens a regular file for reading; the caller closes *ret_fd. SAE_E_MISSING, SAE_E_DENIED
 * (also for anything that is not a regular file) or SAE_E_IO, naming the path. */
enum sae_status sae_file_open(const char *path, int *ret_fd, struct stat *ret_stat,
                              struct sae_err *err) SAE_MUST_CHECK;

/* Reads the rest of `fd` into `buf`; more than buf->max bytes is SAE_E_LIMIT. */
enum sae_status sae_file_read(int fd, const char *path, struct sae_buf *buf,
                              struct sae_err *err) SAE_MUST_CHECK;

/* Both: a whole small file. */
enum sae_status sae_file_load(const char *path, struct sae_buf *buf, struct stat *ret_stat,
                              struct sae_err *err) SAE_MUST_CHECK;

/* Modification time in ticks. */
int64_t sae_file_mtime(const struct stat *st);

/* `path` as seen from the folder of the file `from`: unchanged if absolute. Allocated. */
char *sae_file_beside(const char *from, const char *path) SAE_MUST_CHECK;

/* The files that match `pattern`, sorted; at least one, else SAE_E_MISSING. A folder that is not
 * there holds none, one that cannot be read is SAE_E_DENIED. On success the caller ends
 * *ret_found with globfree(). */
enum sae_status sae_file_glob(const char *pattern, glob_t *ret_found,
                              struct sae_err *err) SAE_MUST_CHECK;

/* What errno says about `path`, as a status with a text. */
enum sae_status sae_file_fail(const char *path, const char *what, struct sae_err *err);

#endif
