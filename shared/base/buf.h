/* SPDX-License-Identifier: MIT */
/* A growable string with a limit. Appending after a failure does nothing, so a caller may
 * append many times and ask once, at the end, whether everything fitted. The data is always
 * NUL-terminated. Zero-initialised is valid for sae_buf_done(). */
#ifndef SAE_BUF_H
#define SAE_BUF_H

#include <stddef.h>
#include <string.h>

#include "base/err.h"

struct sae_buf {
    char *data;
    size_t len;
    size_t cap; /* never over max + 1 */
    size_t max; /* bytes, terminator not counted */
    enum sae_status status;
};

void sae_buf_init(struct sae_buf *buf, size_t max);
void sae_buf_done(struct sae_buf *buf);
void sae_buf_clear(struct sae_buf *buf);

void sae_buf_add_slowly(struct sae_buf *buf, const char *data, size_t len);

/* Inline because the cells of a large list are put together with it. */
static inline void sae_buf_add(struct sae_buf *buf, const char *data, size_t len)
{
    if (buf->cap - buf->len <= len || len == 0 || buf->status != SAE_OK) {
        sae_buf_add_slowly(buf, data, len);
        return;
    }
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void sae_buf_puts(struct sae_buf *buf, const char *text);
void sae_buf_printf(struct sae_buf *buf, const char *fmt, ...) SAE_PRINTF(2, 3);

/* The text so far ("" when empty), valid until the next change. */
const char *sae_buf_text(const struct sae_buf *buf);

/* SAE_OK, or SAE_E_LIMIT or SAE_E_NOMEM if some append did not fit. */
enum sae_status sae_buf_status(const struct sae_buf *buf) SAE_MUST_CHECK;

/* Hands the string over: the caller frees it, the buffer is empty afterwards. NULL if an
 * append failed. */
char *sae_buf_take(struct sae_buf *buf) SAE_MUST_CHECK;

#endif
