/* SPDX-License-Identifier: MIT */
#include "measure/groups.h"

#include <stdlib.h>
#include <string.h>

uint32_t sae_key_user(const struct sae_events *events, const struct sae_event *event)
{
    (void)events;
    return event->user;
}

uint32_t sae_key_address(const struct sae_events *events, const struct sae_event *event)
{
    (void)events;
    return event->address;
}

uint32_t sae_key_net(const struct sae_events *events, const struct sae_event *event)
{
    return event->address < events->net_count ? events->net[event->address] : 0;
}

/* ---- groups ------------------------------------------------------------------------- */

/* Radix sort by one byte of the key; events of one key stay in their order. */
static void sort_by_byte(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    size_t place[256] = {0}, before = 0;

    for (size_t i = 0; i < count; i++) {
        place[from[i] >> shift & 0xff]++;
    }
    for (size_t byte = 0; byte < 256; byte++) {
        size_t here = place[byte];

        place[byte] = before;
        before += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[place[from[i] >> shift & 0xff]++] = from[i];
    }
}

static enum sae_status sort(uint64_t *pair, size_t count, uint64_t bits, struct sae_err *err)
{
    uint64_t *other = malloc((count == 0 ? 1 : count) * sizeof(*other));
    uint64_t *from = pair, *to = other;

    if (other == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (unsigned shift = 32; shift < 64; shift += 8) {
        if ((bits >> shift & 0xff) != 0) { /* else that byte is 0 in all keys */
            uint64_t *swap = from;

            sort_by_byte(from, to, count, shift);
            from = to;
            to = swap;
        }
    }
    if (from != pair) {
        memcpy(pair, from, count * sizeof(*pair));
    }
    free(other);
    return SAE_OK;
}

enum sae_status sae_groups_make(struct sae_groups *groups, const struct sae_events *events,
                                int64_t from, sae_key_of key, sae_event_filter wanted,
                                const void *arg, struct sae_err *err)
{
    size_t first = sae_events_since(events, from), room = events->count - first;
    uint64_t bits = 0;

    *groups = (struct sae_groups){.events = events};
    groups->pair = malloc((room == 0 ? 1 : room) * sizeof(*groups->pair));
    if (groups->pair == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = first; i < events->count; i++) {
        const struct sae_event *event = &events->at[i];
        uint64_t of = key(events, event);

        if (of != 0 && wanted(arg, event)) {
            groups->pair[groups->count++] = of << 32 | i;
            bits |= of << 32;
        }
    }
    return sort(groups->pair, groups->count, bits, err);
}

bool sae_groups_next(struct sae_groups *groups, struct sae_event_group *ret_group)
{
    const uint64_t *pair = groups->pair + groups->next;
    size_t left = groups->count - groups->next, count = 0;

    while (count < left && pair[count] >> 32 == pair[0] >> 32) {
        /* They lie scattered over tens of megabytes, and all of them will be looked at. */
        __builtin_prefetch(&groups->events->at[(uint32_t)pair[count]]);
        count++;
    }
    if (count == 0) {
        return false;
    }
    *ret_group = (struct sae_event_group){.events = groups->events,
                                    .key = (uint32_t)(pair[0] >> 32),
                                    .pair = pair,
                                    .count = count};
    groups->next += count;
    return true;
}

void sae_groups_done(struct sae_groups *groups)
{
    free(groups->pair);
    *groups = (struct sae_groups){0};
}
