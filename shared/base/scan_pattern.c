/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/scan_private.h"

/* Rows of a list are alike: the same members in the same order, most of them wanted by nobody
 * and with the same value row after row. So one row is learned as it was written. Where the
 * next ones have the same bytes, members that nobody wants are passed over many at a time,
 * and of the others the name is known without a look for its end. A value that comes
 * differently drops out of what is compared for good. */

static size_t same_bytes(const unsigned char *a, const unsigned char *b, size_t len)
{
    size_t same = 0;

    while (len - same >= SAE_SCAN_STEP && memcmp(a + same, b + same, SAE_SCAN_STEP) == 0) {
        same += SAE_SCAN_STEP;
    }
    while (same < len && a[same] == b[same]) {
        same++;
    }
    return same;
}

/* From the last member, behind which the row may end, back to the first. */
static void settle(struct sae_scan_pattern *pattern)
{
    unsigned stop = pattern->count - 1;

    for (unsigned i = pattern->count; i-- > 0;) {
        stop = pattern->member[i].same ? stop : i;
        pattern->member[i].stop = (unsigned char)stop;
    }
}

void sae_scan_pattern_begin(struct sae_scan_pattern *pattern)
{
    bool misfit = pattern->count == 0 || pattern->strangers > pattern->count / 4;

    if (misfit) {
        pattern->count = 0;
        pattern->len = 0;
    } else if (pattern->learns) {
        settle(pattern);
    }
    pattern->learns = misfit;
    pattern->strangers = 0;
    pattern->next = 0;
}

const struct sae_scan_pattern_member *
sae_scan_pattern_follow_part(struct sae_scan_pattern *pattern, const unsigned char **p,
                             const unsigned char *end)
{
    struct sae_scan_pattern_member *at = &pattern->member[pattern->next];
    const struct sae_scan_pattern_member *stop = &pattern->member[at->stop];
    size_t from = at->name, most = stop->value - from, room = (size_t)(end - *p) - 1, same;

    most = most < room ? most : room;
    same = same_bytes(*p, pattern->text + from, most);
    while (at < stop && at->end - from < same) { /* so the quote of the next is here, too */
        at++;
    }
    *p += at->name - from;
    pattern->next = (unsigned)(at - pattern->member);
    if (same < at->value - from) {
        return NULL;
    }
    if (same < most) {
        at->same = false;
        settle(pattern);
    }
    pattern->next++;
    return at;
}

static void learn(struct sae_scan_pattern *pattern, const unsigned char *name, size_t value,
                  size_t end, bool unwanted, unsigned char answer)
{
    struct sae_scan_pattern_member *member = &pattern->member[pattern->count];
    size_t room = SAE_SCAN_PATTERN_BYTES - pattern->len;

    if (pattern->count == SAE_SCAN_PATTERN_MEMBERS || value > room) {
        return;
    }
    end = end > room ? value : end;
    memcpy(pattern->text + pattern->len, name, end);
    *member = (struct sae_scan_pattern_member){.name = (uint16_t)pattern->len,
                                               .value = (uint16_t)(pattern->len + value),
                                               .end = (uint16_t)(pattern->len + end),
                                               .same = end > value,
                                               .unwanted = unwanted,
                                               .answer = answer};
    pattern->len += end;
    pattern->next = ++pattern->count;
}

/* Where a row leaves members out, those behind them are found again; one that is not in the
 * pattern is a stranger. */
static void find(struct sae_scan_pattern *pattern, const unsigned char *name, size_t len)
{
    for (unsigned i = pattern->next; i < pattern->count; i++) {
        const struct sae_scan_pattern_member *member = &pattern->member[i];

        if ((size_t)(member->value - member->name) == len &&
            memcmp(pattern->text + member->name, name, len) == 0) {
            pattern->next = i + 1;
            return;
        }
    }
    pattern->strangers++;
}

void sae_scan_pattern_note(struct sae_scan_pattern *pattern, const unsigned char *name,
                           const unsigned char *value, const unsigned char *end,
                           bool unwanted, unsigned char answer)
{
    if (pattern->learns) {
        learn(pattern, name, (size_t)(value - name), (size_t)(end - name), unwanted,
              answer);
    } else {
        find(pattern, name, (size_t)(value - name));
    }
}
