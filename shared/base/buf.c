/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sae_buf_init(struct sae_buf *buf, size_t max)
{
    *buf = (struct sae_buf){.max = max};
}

void sae_buf_done(struct sae_buf *buf)
{
    free(buf->data);
    *buf = (struct sae_buf){0};
}

void sae_buf_clear(struct sae_buf *buf)
{
    buf->len = 0;
    buf->status = SAE_OK;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

static bool reserve(struct sae_buf *buf, size_t more)
{
    size_t cap = buf->cap == 0 ? 128 : buf->cap;
    char *data;

    if (buf->status != SAE_OK) {
        return false;
    }
    if (more > buf->max - buf->len) {
        buf->status = SAE_E_LIMIT;
        return false;
    }
    if (buf->len + more < buf->cap) {
        return true;
    }
    while (cap <= buf->len + more) {
        cap *= 2;
    }
    cap = cap <= buf->max ? cap : buf->max + 1;
    data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->status = SAE_E_NOMEM;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void sae_buf_add_slowly(struct sae_buf *buf, const char *data, size_t len)
{
    if (!reserve(buf, len)) {
        return;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void sae_buf_puts(struct sae_buf *buf, const char *text)
{
    sae_buf_add(buf, text, strlen(text));
}

void sae_buf_printf(struct sae_buf *buf, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0 || !reserve(buf, (size_t)len)) {
        buf->status = len < 0 ? SAE_E_FORMAT : buf->status;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    buf->len += (size_t)len;
}

const char *sae_buf_text(const struct sae_buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

enum sae_status sae_buf_status(const struct sae_buf *buf)
{
    return buf->status;
}

char *sae_buf_take(struct sae_buf *buf)
{
    char *data;

    sae_buf_add(buf, "", 0);
    data = buf->status == SAE_OK ? buf->data : NULL;
    if (data != NULL) {
        *buf = (struct sae_buf){.max = buf->max};
    }
    return data;
}
