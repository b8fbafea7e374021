/* SPDX-License-Identifier: MIT */
/* One user's password: guessed at, or old in a device. */
#include <stdlib.h>

#include "measure/detect_private.h"

static bool is_guess(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return event->kind == SAE_CODE_BAD_PASSWORD || event->kind == SAE_CODE_LOCKED;
}

/* ---- stale devices ------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* Interquartile range at most half the median. */
static enum sae_status is_regular(const struct sae_event_group *group, bool *ret_regular,
                                  struct sae_err *err)
{
    size_t gaps = group->count - 1;
    int64_t *gap = malloc((gaps == 0 ? 1 : gaps) * sizeof(*gap));

    *ret_regular = false;
    if (gap == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < gaps; i++) {
        gap[i] = sae_group_event(group, i + 1)->time - sae_group_event(group, i)->time;
    }
    if (gaps > 0) {
        qsort(gap, gaps, sizeof(*gap), by_size);
        *ret_regular = gap[(gaps - 1) / 2] > 0 &&
                       2 * (gap[3 * (gaps - 1) / 4] - gap[(gaps - 1) / 4]) <=
                           gap[(gaps - 1) / 2];
    }
    free(gap);
    return SAE_OK;
}

static bool is_one_device(const struct sae_event_group *group, uint32_t number)
{
    uint32_t address = sae_group_event(group, 0)->address;
    bool same = address != 0 && group->count >= number;

    for (size_t i = 0; i < group->count && same; i++) {
        const struct sae_event *event = sae_group_event(group, i);

        same = event->kind == SAE_CODE_BAD_PASSWORD && event->address == address;
    }
    return same;
}

static enum sae_status find_devices(struct sae_groups *groups, uint32_t number,
                                    struct sae_hits *hits, struct sae_err *err)
{
    struct sae_account account = {0};
    struct sae_event_group group;
    enum sae_status status = SAE_OK;

    while (status == SAE_OK && sae_groups_next(groups, &group)) {
        struct sae_hit hit = {.user = group.key,
                              .address = sae_group_event(&group, 0)->address};
        bool regular = false;

        if (is_one_device(&group, number)) {
            status = is_regular(&group, &regular, err);
        }
        if (status == SAE_OK && regular) {
            status = sae_hits_add_group(hits, &account, &group, hit, is_guess, NULL, err);
        }
    }
    sae_account_done(&account);
    return status;
}

/* Devices at an address from which somebody else fails as well are none. */
static enum sae_status drop_shared(const struct sae_events *events, int64_t from,
                                   struct sae_hits *hits, struct sae_err *err)
{
    struct sae_tally owner = {0};
    enum sae_status status;
    size_t kept = 0;

    for (size_t i = 0; i < hits->count; i++) {
        int64_t *user = sae_tally_value(&owner, hits->at[i].address);

        *user = *user == 0 ? (int64_t)hits->at[i].user : -1;
    }
    status = sae_tally_status(&owner, err);
    for (size_t i = sae_events_since(events, from);
         i < events->count && status == SAE_OK && hits->count > 0; i++) {
        const struct sae_event *event = &events->at[i];
        int64_t *user =
            sae_event_counts(event) ? sae_tally_find(&owner, event->address) : NULL;

        if (user != NULL && *user != event->user) {
            *user = -1;
        }
    }
    for (size_t i = 0; i < hits->count && status == SAE_OK; i++) {
        if (*sae_tally_find(&owner, hits->at[i].address) == hits->at[i].user) {
            hits->at[kept++] = hits->at[i];
        }
    }
    hits->count = kept;
    sae_tally_done(&owner);
    return status;
}

enum sae_status sae_detect_stale(const struct sae_events *events, struct sae_rule rule,
                                 struct sae_hits *hits, struct sae_err *err)
{
    int64_t from = events->end - rule.span;
    struct sae_groups groups = {0};
    enum sae_status status;

    if (rule.number == 0) {
        return SAE_OK;
    }
    status = sae_groups_make(&groups, events, from, sae_key_user, is_guess, NULL, err);
    if (status == SAE_OK) {
        status = find_devices(&groups, rule.number, hits, err);
    }
    sae_groups_done(&groups);
    return status == SAE_OK ? drop_shared(events, from, hits, err) : status;
}

/* ---- brute force -------------------------------------------------------------------- */

static bool is_attack_guess(const void *stale, const struct sae_event *event)
{
    return is_guess(NULL, event) && !sae_hits_stale(stale, event->user, event->address);
}

/* Are `number` of the group's events, which are in time order, in one span? */
static bool has_burst(const struct sae_event_group *group, struct sae_rule rule)
{
    for (size_t last = rule.number - 1; last < group->count; last++) {
        const struct sae_event *newest = sae_group_event(group, last);
        const struct sae_event *oldest = sae_group_event(group, last + 1 - rule.number);

        if (newest->time - oldest->time < rule.span) {
            return true;
        }
    }
    return false;
}

enum sae_status sae_detect_brute(const struct sae_events *events, struct sae_rule rule,
                                 const struct sae_hits *stale, struct sae_hits *hits,
                                 struct sae_err *err)
{
    struct sae_account account = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    enum sae_status status;

    if (rule.number == 0) {
        return SAE_OK;
    }
    status = sae_groups_make(&groups, events, events->end - SAE_DAY, sae_key_user,
                             is_attack_guess, stale, err);
    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        struct sae_hit hit = {.user = group.key};

        if (has_burst(&group, rule) || group.count >= 3 * (size_t)rule.number) {
            status =
                sae_hits_add_group(hits, &account, &group, hit, is_attack_guess, stale, err);
        }
    }
    sae_groups_done(&groups);
    sae_account_done(&account);
    return status;
}
