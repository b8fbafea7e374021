/* SPDX-License-Identifier: MIT */
#include "fetch/token/secret.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static enum sae_status read_all(int fd, const char *path, size_t max,
                                struct sae_secret *secret, struct sae_err *err)
{
    /* One byte more than allowed, to see that there is more; one for the end. */
    while (secret->len <= max) {
        ssize_t n = read(fd, secret->data + secret->len, max + 1 - secret->len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return sae_file_fail(path, "cannot read", err);
        }
        if (n == 0) {
            return SAE_OK;
        }
        secret->len += (size_t)n;
    }
    return sae_fail(err, SAE_E_LIMIT, "%s: larger than %zu bytes", path, max);
}

enum sae_status sae_secret_load(const char *path, size_t max,
                                struct sae_secret *ret_secret, struct sae_err *err)
{
    struct stat st;
    int fd;
    enum sae_status status;

    *ret_secret = (struct sae_secret){0};
    status = sae_file_open(path, &fd, &st, err);
    if (status != SAE_OK) {
        return status;
    }
    ret_secret->mode = st.st_mode;
    ret_secret->uid = st.st_uid;
    ret_secret->data = calloc(1, max + 2);
    if (ret_secret->data == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else {
        ret_secret->room = max + 2;
        status = read_all(fd, path, max, ret_secret, err);
    }
    close(fd);
    return status;
}

void sae_secret_done(struct sae_secret *secret)
{
    if (secret->data != NULL) {
        explicit_bzero(secret->data, secret->room);
        free(secret->data);
    }
    *secret = (struct sae_secret){0};
}

enum sae_status sae_secret_alone(const struct sae_secret *secret, const char *path,
                                 struct sae_err *err)
{
    if ((secret->mode & 0077) != 0) {
        return sae_fail(err, SAE_E_DENIED,
                        "%s has mode %04o: group or others may touch it, refused (chmod "
                        "0600)",
                        path, (unsigned)secret->mode & 07777U);
    }
    return SAE_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void sae_secret_trim(struct sae_secret *secret)
{
    size_t from = 0;

    while (secret->len > 0 && is_blank(secret->data[secret->len - 1])) {
        secret->len--;
    }
    while (from < secret->len && is_blank(secret->data[from])) {
        from++;
    }
    secret->len -= from;
    memmove(secret->data, secret->data + from, secret->len);
    secret->data[secret->len] = '\0';
}

void sae_secret_buf(struct sae_buf *buf, size_t max)
{
    static const char zeros[1024];

    sae_buf_init(buf, max);
    while (buf->len < max && sae_buf_status(buf) == SAE_OK) {
        sae_buf_add(buf, zeros,
                    max - buf->len < sizeof(zeros) ? max - buf->len : sizeof(zeros));
    }
    sae_buf_clear(buf);
}

void sae_secret_buf_done(struct sae_buf *buf)
{
    if (buf->data != NULL) {
        explicit_bzero(buf->data, buf->cap);
    }
    sae_buf_done(buf);
}

static void wipe_texts(cJSON *item)
{
    for (; item != NULL; item = item->next) {
        if (item->valuestring != NULL) {
            explicit_bzero(item->valuestring, strlen(item->valuestring));
        }
    }
}

void sae_secret_forget(cJSON *root)
{
    if (root != NULL) {
        wipe_texts(root->child);
    }
    cJSON_Delete(root);
}
