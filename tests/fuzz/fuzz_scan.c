/* SPDX-License-Identifier: MIT */
/* Any bytes in any pieces: same events, same verdict and same message as in one piece.
 * The first byte of the input chooses the pieces and the mode. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
    uint64_t hash;
    unsigned events;
    unsigned open;
};

static void note(struct trace *trace, unsigned what, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    trace->events++;
    trace->hash = (trace->hash ^ what) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++) {
        trace->hash = (trace->hash ^ p[i]) * UINT64_C(1099511628211);
    }
}

/* Every fourth name or so is not wanted. */
static bool on_member(void *arg, const char *name, size_t len)
{
    note(arg, 20, name, len);
    if (len > SAE_SCAN_KEY) {
        abort();
    }
    return len == 0 || (name[0] & 3) != 0;
}

static enum sae_status on_value(void *arg, const struct sae_scan_value *value,
                                struct sae_err *err)
{
    struct trace *trace = arg;

    note(trace, value->kind, value->text, value->len);
    note(trace, value->spoiled, &value->hash, sizeof(value->hash));
    if (value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY) {
        trace->open++;
    }
    if (value->len > SAE_SCAN_TEXT || trace->open > SAE_SCAN_DEPTH) {
        abort();
    }
    return value->kind == SAE_SCAN_NUMBER && value->len == 7
               ? sae_fail(err, SAE_E_INCOMPLETE, "seven digits are enough")
               : SAE_OK;
}

static enum sae_status on_end(void *arg, struct sae_err *err)
{
    struct trace *trace = arg;

    (void)err;
    note(trace, 21, "", 0);
    if (trace->open-- == 0) {
        abort();
    }
    return SAE_OK;
}

static enum sae_status run(const uint8_t *data, size_t size, size_t piece, bool many,
                           struct trace *trace, struct sae_err *err)
{
    static const struct sae_scan_handler handler = {on_member, on_value, on_end};
    struct sae_scan *scan = sae_scan_new(&handler, trace, many);
    enum sae_status status = SAE_OK;

    if (scan == NULL) {
        abort();
    }
    for (size_t at = 0, n = piece; at < size && status == SAE_OK; at += n) {
        char *copy;

        n = size - at < piece ? size - at : piece;
        copy = malloc(n);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, data + at, n);
        status = sae_scan_feed(scan, copy, n, err);
        free(copy);
    }
    if (status == SAE_OK) {
        status = sae_scan_finish(scan, err);
    }
    if (sae_scan_finish(scan, NULL) != status || (status == SAE_OK && trace->open != 0)) {
        abort();
    }
    sae_scan_free(scan);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trace whole = {0}, pieces = {0};
    struct sae_err whole_err = {0}, pieces_err = {0};
    enum sae_status status;
    bool many;

    if (size < 2) {
        return 0;
    }
    many = (data[0] & 1) != 0;
    status = run(data + 1, size - 1, size, many, &whole, &whole_err);
    if (run(data + 1, size - 1, (size_t)1 + data[0] / 2, many, &pieces, &pieces_err) !=
            status ||
        whole.hash != pieces.hash || whole.events != pieces.events ||
        strcmp(whole_err.text, pieces_err.text) != 0) {
        abort();
    }
    return 0;
}
