/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/scan_private.h"

/* Rows of a list are alike: after one member that nobody wants mostly come the same others
 * with the same values, row after row. Such a run is kept as it was written, and where the
 * same bytes come again they are passed over at once. A run that comes differently is cut
 * back to what remained the same, so that what varies drops out of it for good. */

/* Where a run that begins with this name is, or would be. */
static struct sae_scan_run *run_at(struct sae_scan_runs *runs, const unsigned char *member,
                                   size_t name_len)
{
    unsigned key = (unsigned)name_len * 5 + member[1] + member[name_len] * 3U;

    return &runs->run[key % SAE_SCAN_RUNS];
}

static size_t run_length(const struct sae_scan_run *run)
{
    return run->count > 0 ? run->end[run->count - 1] : 0;
}

static size_t same_bytes(const unsigned char *a, const unsigned char *b, size_t len)
{
    size_t same = 0;

    while (same < len && a[same] == b[same]) {
        same++;
    }
    return same;
}

const unsigned char *sae_scan_run_pass(struct sae_scan_runs *runs, const unsigned char *member,
                                       size_t name_len, const unsigned char *end)
{
    struct sae_scan_run *run = run_at(runs, member, name_len);
    size_t len = run_length(run);

    if (len == 0 || (size_t)(end - member) <= len) {
        return NULL;
    }
    if (memcmp(member, run->text, len) != 0) {
        size_t same = same_bytes(member, run->text, len);

        if (same < name_len + 3) { /* another name has this place */
            return NULL;
        }
        while (run->count > 0 && run->end[run->count - 1] > same) {
            run->count--;
        }
        len = run_length(run);
    }
    return len > 0 && member[len] == '"' ? member + len : NULL;
}

struct sae_scan_run *sae_scan_run_note(struct sae_scan_runs *runs, struct sae_scan_run *open,
                                       const unsigned char *member, size_t name_len,
                                       const unsigned char *next)
{
    size_t len = (size_t)(next - member), before;

    if (open == NULL) {
        open = run_at(runs, member, name_len);
        if (open->taken) {
            return NULL;
        }
        open->taken = true;
    }
    before = run_length(open);
    if (open->count == SAE_SCAN_RUN_MEMBERS || len > sizeof(open->text) - before) {
        return NULL;
    }
    memcpy(open->text + before, member, len);
    open->end[open->count++] = (uint16_t)(before + len);
    return open;
}
