/* SPDX-License-Identifier: MIT */
/* Events put together by what they have in common. */
#ifndef SAE_GROUPS_H
#define SAE_GROUPS_H

#include <stdbool.h>

#include "base/tally.h"
#include "measure/events.h"

/* What a group has in common; 0 makes no group. */
typedef uint32_t (*sae_key_of)(const struct sae_events *events, const struct sae_event *event);
uint32_t sae_key_user(const struct sae_events *events, const struct sae_event *event);
uint32_t sae_key_address(const struct sae_events *events, const struct sae_event *event);
uint32_t sae_key_net(const struct sae_events *events, const struct sae_event *event);

/* True for events that are to be looked at. */
typedef bool (*sae_event_filter)(const void *arg, const struct sae_event *event);

struct sae_groups {
    const struct sae_events *events;
    uint64_t *pair; /* key in the upper half, place of the event in the lower */
    size_t count, next;
};

/* One group: its events in time order. */
struct sae_event_group {
    const struct sae_events *events;
    uint32_t key;
    const uint64_t *pair;
    size_t count;
};

static inline const struct sae_event *sae_group_event(const struct sae_event_group *group, size_t i)
{
    return &group->events->at[(uint32_t)group->pair[i]];
}

/* Groups of the wanted events at or after `from`, in ascending order of their keys. */
enum sae_status sae_groups_make(struct sae_groups *groups, const struct sae_events *events,
                                int64_t from, sae_key_of key, sae_event_filter wanted,
                                const void *arg, struct sae_err *err) SAE_MUST_CHECK;
bool sae_groups_next(struct sae_groups *groups, struct sae_event_group *ret_group);
void sae_groups_done(struct sae_groups *groups);

#endif
