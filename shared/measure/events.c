/* SPDX-License-Identifier: MIT */
#include "measure/events.h"

#include <stdlib.h>

static enum sae_status append(struct sae_events *events, const struct sae_event *event,
                              struct sae_err *err)
{
    size_t cap = events->cap == 0 ? 1024 : events->cap * 2;
    struct sae_event *at;

    if (events->count == SAE_EVENTS_MOST) {
        return sae_fail(err, SAE_E_LIMIT, "over %d sign-ins to look at", SAE_EVENTS_MOST);
    }
    if (events->count == events->cap) {
        at = realloc(events->at, cap * sizeof(*at));
        if (at == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        events->at = at;
        events->cap = cap;
    }
    events->at[events->count++] = *event;
    return SAE_OK;
}

/* Was the user not seen yet, at this address or in this country? Both are noted. */
static enum sae_status note_place(struct sae_events *events, const struct sae_event *event,
                                  bool *ret_new)
{
    size_t before = sae_intset_count(&events->seen_at) + sae_intset_count(&events->seen_in);
    enum sae_status status =
        sae_intset_add(&events->seen_at, (int64_t)((uint64_t)event->user << 32 | event->address));

    if (status == SAE_OK) {
        status = sae_intset_add(&events->seen_in,
                                (int64_t)((uint64_t)event->user << 16 | event->country));
    }
    *ret_new =
        sae_intset_count(&events->seen_at) + sae_intset_count(&events->seen_in) > before;
    return status;
}

enum sae_status sae_events_add(struct sae_events *events, const struct sae_event *event,
                               struct sae_err *err)
{
    enum sae_status status;
    bool is_new;

    if (event->time >= events->end) {
        return SAE_OK;
    }
    if (event->time >= events->from) {
        return append(events, event, err);
    }
    if (sae_event_failed(event)) {
        return SAE_OK;
    }
    status = note_place(events, event, &is_new);
    if (status != SAE_OK) {
        return sae_fail(err, status, "out of memory");
    }
    return is_new ? append(events, event, err) : SAE_OK;
}

void sae_events_done(struct sae_events *events)
{
    free(events->at);
    sae_intset_done(&events->seen_at);
    sae_intset_done(&events->seen_in);
    *events = (struct sae_events){0};
}

size_t sae_events_since(const struct sae_events *events, int64_t time)
{
    size_t low = 0, high = events->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (events->at[mid].time < time) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}
