/* SPDX-License-Identifier: MIT */
/* Findings that stay for `hold`: what they rest on does not depend on T, so it is looked for
 * once, and each stretch of it is there from the next step on until `hold` after its end. What
 * does depend on T (devices, learned countries) is asked step by step, of the few rows that
 * could matter. */
#include <stdlib.h>

#include "measure/detect_private.h"
#include "measure/groups.h"
#include "measure/replay_private.h"

/* ---- stretches ---------------------------------------------------------------------- */

/* The first step whose T is after `time`; steps + 1: none. */
static int64_t step_after(const struct sae_replay *replay, int64_t time)
{
    int64_t first = sae_replay_time(replay, 0), last = (int64_t)replay->steps;

    if (time < first) {
        return 0;
    }
    return (time - first) / replay->step < last ? (time - first) / replay->step + 1 : last + 1;
}

static int by_key_and_time(const void *a, const void *b)
{
    const struct sae_hit *x = a, *y = b;
    int order = sae_hit_compare(x, y);

    if (order == 0) {
        order = x->since < y->since ? -1 : x->since > y->since;
    }
    return order != 0 ? order : x->until < y->until ? -1 : x->until > y->until;
}

/* A finding is there at T if a tick of [T-hold, T) is in one of its stretches. */
static void note_stretches(struct sae_replay *replay, enum sae_replayed which,
                           struct sae_hits *stretches)
{
    uint32_t *there = replay->there[which], *rings = replay->rings[which];
    int64_t ended = -2; /* the last step at which the finding was there */

    if (stretches->count > 1) {
        qsort(stretches->at, stretches->count, sizeof(stretches->at[0]), by_key_and_time);
    }
    for (size_t i = 0; i < stretches->count; i++) {
        const struct sae_hit *stretch = &stretches->at[i];
        int64_t first = step_after(replay, stretch->since);
        int64_t last = step_after(replay, stretch->until + replay->hold) - 1;

        if (i == 0 || sae_hit_compare(stretch - 1, stretch) != 0) {
            ended = -2;
        }
        if (first > last || last <= ended) {
            continue;
        }
        if (first > ended + 1 || ended < 0) {
            rings[first]++;
        }
        first = first > ended ? first : ended + 1;
        there[first]++; /* a difference, until sum_up() */
        there[last + 1]--;
        ended = last;
    }
}

static void sum_up(struct sae_replay *replay, enum sae_replayed which)
{
    uint32_t *there = replay->there[which];

    for (size_t step = 1; step <= replay->steps; step++) {
        there[step] += there[step - 1];
    }
    there[replay->steps + 1] = 0;
}

enum sae_status sae_replay_breach(struct sae_replay *replay, struct sae_err *err)
{
    struct sae_hits rows = {0};
    enum sae_status status = sae_detect_breach_rows(
        replay->events, sae_replay_time(replay, 0) - replay->hold, &rows, err);

    if (status == SAE_OK) {
        note_stretches(replay, SAE_REPLAY_BREACH, &rows);
        sum_up(replay, SAE_REPLAY_BREACH);
    }
    sae_hits_done(&rows);
    return status;
}

/* ---- spread ------------------------------------------------------------------------- */

/* Users with a device at some step, who are spread as well: their device counts or not,
 * as T has it. Their stretches are taken out. */
static enum sae_status take_owners(const struct sae_replay *replay, const struct sae_hits *stale,
                                   struct sae_hits *stretches, struct sae_tally *owners,
                                   struct sae_err *err)
{
    struct sae_tally devices = {0};
    enum sae_status status;
    size_t kept = 0;

    for (size_t step = 0; step <= replay->steps; step++) {
        for (size_t i = 0; i < stale[step].count; i++) {
            sae_tally_add(&devices, stale[step].at[i].user);
        }
    }
    status = sae_tally_status(&devices, err);
    for (size_t i = 0; i < stretches->count && status == SAE_OK; i++) {
        if (sae_tally_find(&devices, stretches->at[i].user) != NULL) {
            sae_tally_add(owners, stretches->at[i].user);
        } else {
            stretches->at[kept++] = stretches->at[i];
        }
    }
    stretches->count = kept;
    sae_tally_done(&devices);
    return status == SAE_OK ? sae_tally_status(owners, err) : status;
}

static enum sae_status pick_owners(const struct sae_events *events,
                                   const struct sae_tally *owners,
                                   struct sae_events *ret_events, struct sae_err *err)
{
    bool *keep = calloc(events->count + 1, sizeof(*keep));
    enum sae_status status;

    if (keep == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < events->count; i++) {
        keep[i] = sae_event_counts(&events->at[i]) &&
                  sae_tally_find(owners, events->at[i].user) != NULL;
    }
    status = sae_replay_pick(events, keep, ret_events, err);
    free(keep);
    return status;
}

static enum sae_status step_owners(struct sae_replay *replay, const struct sae_hits *stale,
                                   const struct sae_tally *owners, struct sae_err *err)
{
    struct sae_events events = {0};
    struct sae_hits before = {0};
    enum sae_status status = pick_owners(replay->events, owners, &events, err);

    for (size_t step = 0; step <= replay->steps && status == SAE_OK; step++) {
        struct sae_events view = sae_replay_view(&events, sae_replay_time(replay, step));
        struct sae_hits hits = {0};

        status = sae_detect_spread(&view, replay->rule[SAE_REPLAY_SPREAD], replay->hold,
                                   &stale[step], &hits, err);
        if (status == SAE_OK) {
            sae_replay_note(replay, SAE_REPLAY_SPREAD, step, &before, &hits);
        }
        sae_hits_done(&before);
        before = hits;
    }
    sae_hits_done(&before);
    free(events.at);
    return status;
}

enum sae_status sae_replay_spread(struct sae_replay *replay, const struct sae_hits *stale,
                                  struct sae_err *err)
{
    struct sae_hits stretches = {0};
    struct sae_tally owners = {0};
    enum sae_status status = sae_detect_spread_ends(
        replay->events, replay->rule[SAE_REPLAY_SPREAD],
        sae_replay_time(replay, 0) - replay->hold, replay->hold, &stretches, err);

    if (status == SAE_OK) {
        status = take_owners(replay, stale, &stretches, &owners, err);
    }
    if (status == SAE_OK) {
        for (size_t i = 0; i < stretches.count; i++) {
            stretches.at[i].since--; /* ends are in (T-hold, T] */
            stretches.at[i].until--;
        }
        note_stretches(replay, SAE_REPLAY_SPREAD, &stretches);
        sum_up(replay, SAE_REPLAY_SPREAD);
    }
    if (status == SAE_OK && owners.distinct > 0) {
        status = step_owners(replay, stale, &owners, err);
    }
    sae_hits_done(&stretches);
    sae_tally_done(&owners);
    return status;
}

/* ---- unexpected countries ----------------------------------------------------------- */

static bool is_placed_success(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return !sae_event_failed(event) && event->country != 0;
}

static size_t place_of(const struct sae_event_group *group, size_t i)
{
    return (uint32_t)group->pair[i];
}

/* Of a user for whom nothing is listed: what teaches the first country, and what comes from
 * another one until that is learned, too. `first` holds when each country was first seen. */
static void keep_new_countries(const struct sae_event_group *group, struct sae_tally *first,
                               bool *keep)
{
    uint16_t home = sae_group_event(group, 0)->country;
    bool other = false;

    sae_tally_reset(first);
    for (size_t i = 0; i < group->count; i++) {
        const struct sae_event *event = sae_group_event(group, i);
        int64_t *seen = sae_tally_value(first, event->country);

        *seen = *seen == 0 ? event->time : *seen;
        if (event->country != home && event->time < *seen + SAE_LEARN_DAYS * SAE_DAY) {
            keep[place_of(group, i)] = other = true;
        }
    }
    keep[place_of(group, 0)] = other;
}

/* What could be unexpected at some T, and users for whom something is listed. */
static enum sae_status keep_foreign(const struct sae_replay *replay, struct sae_tally *listed,
                                    bool *keep, struct sae_err *err)
{
    const struct sae_expected *expected = replay->expected;
    struct sae_tally first = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    enum sae_status status = sae_groups_make(&groups, replay->events, INT64_MIN, sae_key_user,
                                             is_placed_success, NULL, err);

    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        uint16_t country = sae_group_event(&group, 0)->country;

        if (expected->ask(expected->arg, group.key, country) == SAE_EXPECT_NOTHING) {
            keep_new_countries(&group, &first, keep);
            continue;
        }
        sae_tally_add(listed, group.key);
        for (size_t i = 0; i < group.count; i++) {
            country = sae_group_event(&group, i)->country;
            keep[place_of(&group, i)] =
                expected->ask(expected->arg, group.key, country) == SAE_EXPECT_NO;
        }
    }
    status = status == SAE_OK ? sae_tally_status(&first, err) : status;
    status = status == SAE_OK ? sae_tally_status(listed, err) : status;
    sae_tally_done(&first);
    sae_groups_done(&groups);
    return status;
}

/* Of what was kept: the lists were asked once, they do not change. */
static enum sae_expect ask_kept(void *arg, uint32_t user, uint16_t country)
{
    (void)country;
    return sae_tally_find(arg, user) != NULL ? SAE_EXPECT_NO : SAE_EXPECT_NOTHING;
}

static enum sae_status step_foreign(struct sae_replay *replay, const struct sae_events *events,
                                    struct sae_tally *listed, struct sae_err *err)
{
    const struct sae_expected expected = {.ask = ask_kept, .arg = listed};
    size_t was[3] = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    struct sae_hits before = {0};
    enum sae_status status = SAE_OK;

    for (size_t step = 0; step <= replay->steps && status == SAE_OK; step++) {
        int64_t time = sae_replay_time(replay, step);
        struct sae_events view = sae_replay_view(events, time);
        size_t held = sae_events_since(&view, time - replay->hold);
        size_t learned = sae_events_since(&view, time - SAE_LEARN_DAYS * SAE_DAY);
        struct sae_hits hits = {0};
        bool known;

        if (view.count == was[0] && held == was[1] && learned == was[2]) {
            sae_replay_note(replay, SAE_REPLAY_FOREIGN, step, &before, &before);
            continue;
        }
        was[0] = view.count;
        was[1] = held;
        was[2] = learned;
        status = sae_detect_foreign(&view, replay->hold, &expected, &hits, &known, err);
        if (status == SAE_OK) {
            sae_replay_note(replay, SAE_REPLAY_FOREIGN, step, &before, &hits);
        }
        sae_hits_done(&before);
        before = hits;
    }
    sae_hits_done(&before);
    return status;
}

enum sae_status sae_replay_foreign(struct sae_replay *replay, struct sae_err *err)
{
    bool *keep = calloc(replay->events->count + 1, sizeof(*keep));
    struct sae_events events = {0};
    struct sae_tally listed = {0};
    enum sae_status status = keep == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                          : keep_foreign(replay, &listed, keep, err);

    if (status == SAE_OK) {
        status = sae_replay_pick(replay->events, keep, &events, err);
    }
    free(keep);
    if (status == SAE_OK) {
        status = step_foreign(replay, &events, &listed, err);
    }
    free(events.at);
    sae_tally_done(&listed);
    return status;
}
