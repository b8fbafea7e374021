/* SPDX-License-Identifier: MIT */
/* Any bytes as a table: the first byte is the size of the pieces. The rows, the status
 * and the message must be the same as for one piece, lines must grow, and rows keep their
 * limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/hash.h"

struct seen {
    uint64_t hash;
    size_t line;
};

static void mix(struct seen *seen, const void *data, size_t len)
{
    uint64_t both[2] = {seen->hash, sae_hash64(data, len)};

    seen->hash = sae_hash64(both, sizeof(both));
}

static enum sae_status take_row(void *arg, const struct sae_csv_cell *cells, size_t count,
                                size_t line, struct sae_err *err)
{
    struct seen *seen = arg;
    size_t total = 0;

    (void)err;
    if (line <= seen->line || count == 0 || count > SAE_CSV_CELLS) {
        abort();
    }
    seen->line = line;
    mix(seen, &line, sizeof(line));
    for (size_t i = 0; i < count; i++) {
        mix(seen, cells[i].text, cells[i].len);
        total += cells[i].len;
    }
    if (total > SAE_CSV_ROW) {
        abort();
    }
    return SAE_OK;
}

static enum sae_status read_table(const char *data, size_t len, size_t step,
                                  struct seen *seen, struct sae_err *err)
{
    struct sae_csv *csv = sae_csv_new(take_row, seen);
    enum sae_status status = SAE_OK;

    if (csv == NULL) {
        abort();
    }
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        status = sae_csv_feed(csv, data + at, step < len - at ? step : len - at, err);
    }
    if (status == SAE_OK) {
        status = sae_csv_finish(csv, err);
    }
    sae_csv_free(csv);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = {0}, pieces = {0};
    struct sae_err whole_err = {0}, pieces_err = {0};
    const char *text = (const char *)data + 1;
    enum sae_status status;

    if (size < 2) {
        return 0;
    }
    status = read_table(text, size - 1, size, &whole, &whole_err);
    if (read_table(text, size - 1, data[0] % 16U + 1U, &pieces, &pieces_err) != status ||
        whole.hash != pieces.hash || strcmp(whole_err.text, pieces_err.text) != 0) {
        abort();
    }
    return 0;
}
