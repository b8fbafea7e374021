/* SPDX-License-Identifier: MIT */
/* The steps, and the detectors that only look at a day. */
#include "measure/replay.h"

#include <stdlib.h>
#include <string.h>

#include "measure/detect_private.h"
#include "measure/replay_private.h"

int64_t sae_replay_time(const struct sae_replay *replay, size_t step)
{
    return replay->events->end - (int64_t)(replay->steps - step) * replay->step;
}

int64_t sae_replay_back(const struct sae_replay *replay, enum sae_replayed which)
{
    switch (which) {
    case SAE_REPLAY_BREACH:
        return replay->hold + SAE_DAY;
    case SAE_REPLAY_FOREIGN:
        return replay->hold > SAE_LEARN_DAYS * SAE_DAY ? replay->hold
                                                       : SAE_LEARN_DAYS * SAE_DAY;
    case SAE_REPLAY_SPREAD:
        return replay->hold + replay->rule[which].span;
    case SAE_REPLAY_STALE:
        return replay->rule[which].span;
    default:
        return SAE_DAY;
    }
}

struct sae_events sae_replay_view(const struct sae_events *events, int64_t end)
{
    return (struct sae_events){.from = events->from,
                               .end = end,
                               .at = events->at,
                               .count = sae_events_since(events, end),
                               .net = events->net,
                               .net_count = events->net_count};
}

void sae_replay_note(struct sae_replay *replay, enum sae_replayed which, size_t step,
                     const struct sae_hits *before, const struct sae_hits *now)
{
    uint32_t again = 0;

    for (size_t i = 0, j = 0; i < before->count && j < now->count;) {
        int order = sae_hit_compare(&before->at[i], &now->at[j]);

        again += order == 0 ? 1 : 0;
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    replay->there[which][step] += (uint32_t)now->count;
    replay->rings[which][step] += (uint32_t)now->count - again;
}

enum sae_status sae_replay_pick(const struct sae_events *events, const bool *keep,
                                struct sae_events *ret_events, struct sae_err *err)
{
    struct sae_events picked = *events;
    size_t count = 0;

    for (size_t i = 0; i < events->count; i++) {
        count += keep[i] ? 1 : 0;
    }
    picked.at = malloc((count == 0 ? 1 : count) * sizeof(*picked.at));
    if (picked.at == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    picked.count = 0;
    picked.cap = count;
    for (size_t i = 0; i < events->count; i++) {
        if (keep[i]) {
            picked.at[picked.count++] = events->at[i];
        }
    }
    *ret_events = picked;
    return SAE_OK;
}

/* ---- step by step ------------------------------------------------------------------- */

/* One detector at one step after another. */
struct walk {
    enum sae_replayed which;
    enum sae_status (*find)(const struct sae_events *view, struct sae_rule rule,
                            const struct sae_hits *stale, struct sae_hits *hits,
                            struct sae_err *err);
    struct sae_hits hits; /* of the step before */
    size_t from, to;      /* the rows that it looked at there */
};

static enum sae_status find_stale(const struct sae_events *view, struct sae_rule rule,
                                  const struct sae_hits *stale, struct sae_hits *hits,
                                  struct sae_err *err)
{
    (void)stale;
    return sae_detect_stale(view, rule, hits, err);
}

static enum sae_status find_spray(const struct sae_events *view, struct sae_rule rule,
                                  const struct sae_hits *stale, struct sae_hits *hits,
                                  struct sae_err *err)
{
    (void)stale;
    return sae_detect_spray(view, rule, hits, err);
}

static enum sae_status find_spray_nets(const struct sae_events *view, struct sae_rule rule,
                                       const struct sae_hits *stale, struct sae_hits *hits,
                                       struct sae_err *err)
{
    (void)stale;
    return sae_detect_spray_nets(view, rule, hits, err);
}

/* One finding for each day on which a wave of them began, as the collector names it. */
static enum sae_status find_lockouts(const struct sae_events *view, struct sae_rule rule,
                                     const struct sae_hits *stale, struct sae_hits *hits,
                                     struct sae_err *err)
{
    struct sae_hit hit;
    enum sae_status status = sae_detect_lockouts(view, rule, &hit, err);

    (void)stale;
    if (status == SAE_OK && hit.users >= rule.number) {
        hit.user = (uint32_t)sae_time_day(hit.since);
        status = sae_hits_add(hits, &hit, err);
    }
    return status;
}

/* Where no row came and none left, what was found stays. *ret_same: so it is. */
static enum sae_status take_step(struct sae_replay *replay, struct walk *walk, size_t step,
                                 const struct sae_hits *stale, bool *ret_same,
                                 struct sae_err *err)
{
    int64_t time = sae_replay_time(replay, step);
    struct sae_events view = sae_replay_view(replay->events, time);
    size_t from = sae_events_since(&view, time - sae_replay_back(replay, walk->which));
    struct sae_hits hits = {0};
    enum sae_status status = SAE_OK;

    *ret_same = step > 0 && from == walk->from && view.count == walk->to && *ret_same;
    if (*ret_same) {
        sae_replay_note(replay, walk->which, step, &walk->hits, &walk->hits);
        return SAE_OK;
    }
    if (from < view.count) {
        status = walk->find(&view, replay->rule[walk->which], stale, &hits, err);
    }
    if (status == SAE_OK) {
        sae_replay_note(replay, walk->which, step, &walk->hits, &hits);
    }
    sae_hits_done(&walk->hits);
    walk->hits = hits;
    walk->from = from;
    walk->to = view.count;
    return status;
}

static enum sae_status keep_hits(const struct sae_hits *hits, struct sae_hits *ret_copy,
                                 struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < hits->count && status == SAE_OK; i++) {
        status = sae_hits_add(ret_copy, &hits->at[i], err);
    }
    return status;
}

/* `stale` gets the devices of each step. */
static enum sae_status take_steps(struct sae_replay *replay, struct sae_hits *stale,
                                  struct sae_err *err)
{
    struct walk walks[] = {
        {.which = SAE_REPLAY_STALE, .find = find_stale}, /* first: the next one needs it */
        {.which = SAE_REPLAY_BRUTE, .find = sae_detect_brute},
        {.which = SAE_REPLAY_SPRAY, .find = find_spray},
        {.which = SAE_REPLAY_SPRAY_NETS, .find = find_spray_nets},
        {.which = SAE_REPLAY_LOCKOUTS, .find = find_lockouts},
    };
    size_t count = sizeof(walks) / sizeof(walks[0]);
    enum sae_status status = SAE_OK;

    for (size_t step = 0; step <= replay->steps && status == SAE_OK; step++) {
        bool same = true;

        for (size_t w = 0; w < count && status == SAE_OK; w++) {
            same = w > 1 || same;
            if (replay->rule[walks[w].which].number > 0) {
                status = take_step(replay, &walks[w], step, &walks[0].hits, &same, err);
            }
        }
        if (status == SAE_OK) {
            status = keep_hits(&walks[0].hits, &stale[step], err);
        }
    }
    for (size_t w = 0; w < count; w++) {
        sae_hits_done(&walks[w].hits);
    }
    return status;
}

/* ---- all ---------------------------------------------------------------------------- */

static enum sae_status make_room(struct sae_replay *replay, struct sae_err *err)
{
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        replay->rings[d] = calloc(replay->steps + 2, sizeof(*replay->rings[d]));
        replay->there[d] = calloc(replay->steps + 2, sizeof(*replay->there[d]));
        if (replay->rings[d] == NULL || replay->there[d] == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
    }
    return SAE_OK;
}

enum sae_status sae_replay_run(struct sae_replay *replay, struct sae_err *err)
{
    struct sae_hits *stale = calloc(replay->steps + 1, sizeof(*stale));
    enum sae_status status =
        stale == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : make_room(replay, err);

    if (status == SAE_OK) {
        status = take_steps(replay, stale, err);
    }
    if (status == SAE_OK && replay->rule[SAE_REPLAY_SPREAD].number > 0) {
        status = sae_replay_spread(replay, stale, err);
    }
    if (status == SAE_OK) {
        status = sae_replay_breach(replay, err);
    }
    if (status == SAE_OK) {
        status = sae_replay_foreign(replay, err);
    }
    for (size_t step = 0; stale != NULL && step <= replay->steps; step++) {
        sae_hits_done(&stale[step]);
    }
    free(stale);
    return status;
}

void sae_replay_done(struct sae_replay *replay)
{
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        free(replay->rings[d]);
        free(replay->there[d]);
        replay->rings[d] = replay->there[d] = NULL;
    }
}
