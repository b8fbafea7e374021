/* SPDX-License-Identifier: MIT */
/* Any bytes as the start of a file: the first byte is the size of the pieces. The text
 * must be the same as for one piece, and well-formed UTF-8 whenever it came from UTF-16.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "fetch/decode.h"

static enum sae_status take(void *arg, const char *data, size_t len, struct sae_err *err)
{
    (void)err;
    sae_buf_add(arg, data, len);
    return SAE_OK;
}

static enum sae_status decode(const char *data, size_t len, size_t step,
                              struct sae_decode *dec, struct sae_buf *out)
{
    enum sae_status status = SAE_OK;

    sae_buf_init(out, 4 * len + 16);
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        status = sae_decode_feed(dec, data + at, step < len - at ? step : len - at, take,
                                 out, NULL);
    }
    if (status == SAE_OK) {
        status = sae_decode_finish(dec, take, out, NULL);
    }
    if (sae_buf_status(out) != SAE_OK) {
        abort();
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sae_decode whole_dec = {0}, pieces_dec = {0};
    struct sae_buf whole, pieces;
    const char *text = (const char *)data + 1;
    enum sae_status status;

    if (size < 2) {
        return 0;
    }
    status = decode(text, size - 1, size, &whole_dec, &whole);
    if (decode(text, size - 1, data[0] % 16U + 1U, &pieces_dec, &pieces) != status ||
        whole.len != pieces.len ||
        memcmp(sae_buf_text(&whole), sae_buf_text(&pieces), whole.len) != 0) {
        abort();
    }
    for (size_t i = 0; i < whole.len; i++) { /* NUL is allowed here */
        whole.data[i] = whole.data[i] == '\0' ? '0' : whole.data[i];
    }
    if (whole_dec.form != SAE_DECODE_UTF8 &&
        !sae_text_is_utf8(sae_buf_text(&whole), whole.len)) {
        abort();
    }
    sae_buf_done(&whole);
    sae_buf_done(&pieces);
    return 0;
}
