/* SPDX-License-Identifier: MIT */
/* Any bytes in any pieces: same events, same verdict and same message as in one piece; and
 * the same again as rows, but for the questions that rows spare. The first byte of the input
 * chooses the pieces, the mode and what is a row. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
    uint64_t told;  /* hash of what was wanted, */
    uint64_t asked; /* and of all questions */
    unsigned events;
    unsigned open;
    bool alternate; /* rows at every second level, or everywhere */
    struct sae_scan_rows rows;
};

/* How the input is given to the scanner. */
struct way {
    size_t piece;
    bool many;
    bool rows;
    bool alternate;
};

static void mix(uint64_t *hash, unsigned what, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    *hash = (*hash ^ what) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++) {
        *hash = (*hash ^ p[i]) * UINT64_C(1099511628211);
    }
}

static void note(struct trace *trace, unsigned what, const void *bytes, size_t len)
{
    trace->events++;
    mix(&trace->told, what, bytes, len);
}

static void set_row(struct trace *trace)
{
    trace->rows.in_row = !trace->alternate || trace->open % 2 == 0;
}

/* Every fourth name or so is not wanted; outside of rows it is every second, and others. The
 * answer, some of which do not hold for long, stands for the name when its value comes. */
static bool on_member(void *arg, const char *name, size_t len)
{
    struct trace *trace = arg;
    bool wanted =
        len == 0 || (trace->rows.in_row ? (name[0] & 3) != 0 : (name[0] & 4) != 0);
    uint64_t hash = 0;

    if (len > SAE_SCAN_KEY) {
        abort();
    }
    mix(&trace->asked, 20, name, len);
    if (wanted) {
        mix(&hash, 20, name, len);
        trace->rows.answer = (unsigned char)hash;
    }
    return wanted;
}

static enum sae_status on_value(void *arg, const struct sae_scan_value *value,
                                struct sae_err *err)
{
    struct trace *trace = arg;

    note(trace, trace->rows.answer, "", 0);
    note(trace, value->kind, value->text, value->len);
    note(trace, value->spoiled, &value->hash, sizeof(value->hash));
    if (value->kind == SAE_SCAN_OBJECT || value->kind == SAE_SCAN_ARRAY) {
        trace->open++;
        set_row(trace);
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
    set_row(trace);
    return SAE_OK;
}

static struct sae_scan *new_scan(struct way way, struct trace *trace)
{
    static const struct sae_scan_handler handler = {on_member, on_value, on_end};
    struct sae_scan *scan = sae_scan_new(&handler, trace, way.many);

    if (scan == NULL) {
        abort();
    }
    trace->alternate = way.alternate;
    set_row(trace);
    if (way.rows) {
        memset(trace->rows.maybe, 0xff, sizeof(trace->rows.maybe));
        sae_scan_rows(scan, &trace->rows);
    }
    return scan;
}

static enum sae_status run(const uint8_t *data, size_t size, struct way way,
                           struct trace *trace, struct sae_err *err)
{
    struct sae_scan *scan = new_scan(way, trace);
    enum sae_status status = SAE_OK;

    for (size_t at = 0, n = way.piece; at < size && status == SAE_OK; at += n) {
        char *copy;

        n = size - at < way.piece ? size - at : way.piece;
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
    size_t piece = size > 0 ? (size_t)1 + data[0] / 2 : 1;
    struct trace whole = {0};
    struct sae_err whole_err = {0};
    struct way way = {.piece = size};
    enum sae_status status;

    if (size < 2) {
        return 0;
    }
    way.many = (data[0] & 1) != 0;
    way.alternate = (data[0] & 2) != 0;
    status = run(data + 1, size - 1, way, &whole, &whole_err);
    for (int i = 1; i < 4; i++) {
        struct trace other = {0};
        struct sae_err err = {0};

        way.piece = i % 2 == 0 ? size : piece;
        way.rows = i >= 2;
        if (run(data + 1, size - 1, way, &other, &err) != status ||
            other.told != whole.told || other.events != whole.events ||
            (!way.rows && other.asked != whole.asked) ||
            strcmp(err.text, whole_err.text) != 0) {
            abort();
        }
    }
    return 0;
}
