/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum sae_status sae_file_fail(const char *path, const char *what, struct sae_err *err)
{
    enum sae_status code = SAE_E_IO;

    if (errno == ENOENT || errno == ENOTDIR) {
        code = SAE_E_MISSING;
    } else if (errno == EACCES || errno == EPERM || errno == ELOOP || errno == EROFS) {
        code = SAE_E_DENIED;
    } else if (errno == ENOMEM) {
        code = SAE_E_NOMEM;
    }
    return sae_fail(err, code, "%s: %s: %s", path, what, strerror(errno));
}

enum sae_status sae_file_open(const char *path, int *ret_fd, struct stat *ret_stat,
                              struct sae_err *err)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return sae_file_fail(path, "cannot open", err);
    }
    if (fstat(fd, ret_stat) != 0) {
        enum sae_status status = sae_file_fail(path, "cannot look at", err);

        close(fd);
        return status;
    }
    if (!S_ISREG(ret_stat->st_mode)) {
        close(fd);
        return sae_fail(err, SAE_E_DENIED, "%s: not a regular file", path);
    }
    *ret_fd = fd;
    return SAE_OK;
}

enum sae_status sae_file_read(int fd, const char *path, struct sae_buf *buf,
                              struct sae_err *err)
{
    char chunk[16384];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return sae_file_fail(path, "cannot read", err);
        }
        if (n == 0) {
            break;
        }
        sae_buf_add(buf, chunk, (size_t)n);
        if (sae_buf_status(buf) != SAE_OK) {
            return sae_fail(err, sae_buf_status(buf), "%s: larger than %zu bytes", path,
                            buf->max);
        }
    }
    sae_buf_add(buf, "", 0);
    return sae_buf_status(buf);
}

enum sae_status sae_file_load(const char *path, struct sae_buf *buf, struct stat *ret_stat,
                              struct sae_err *err)
{
    struct stat st;
    int fd;
    enum sae_status status = sae_file_open(path, &fd, &st, err);

    if (status != SAE_OK) {
        return status;
    }
    status = sae_file_read(fd, path, buf, err);
    close(fd);
    if (status == SAE_OK && ret_stat != NULL) {
        *ret_stat = st;
    }
    return status;
}

int64_t sae_file_mtime(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * SAE_SECOND + st->st_mtim.tv_nsec / 100;
}

static int is_trouble(const char *path, int number)
{
    (void)path;
    return number != ENOENT && number != ENOTDIR;
}

enum sae_status sae_file_glob(const char *pattern, glob_t *ret_found, struct sae_err *err)
{
    switch (glob(pattern, 0, is_trouble, ret_found)) {
    case 0:
        return SAE_OK;
    case GLOB_NOMATCH:
        return sae_fail(err, SAE_E_MISSING, "%s: no such file", pattern);
    case GLOB_NOSPACE:
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    default:
        return sae_fail(err, SAE_E_DENIED, "%s: cannot read the folder", pattern);
    }
}

char *sae_file_beside(const char *from, const char *path)
{
    const char *slash = strrchr(from, '/');
    char *joined;

    if (path[0] == '/' || slash == NULL) {
        return strdup(path);
    }
    if (asprintf(&joined, "%.*s/%s", (int)(slash - from), from, path) < 0) {
        return NULL;
    }
    return joined;
}
