/* SPDX-License-Identifier: MIT */
/* Somebody who knows a password, or got in. */
#include <stdlib.h>

#include "measure/detect_private.h"

enum { BEFORE_ENTRY = 5 }; /* failures that make a success from a new address suspicious */

static bool is_any(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return sae_event_counts(event) || !sae_event_failed(event);
}

static bool is_success(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return !sae_event_failed(event);
}

/* A row becomes a hit of its own; those of the same kind are put together in the end. */
static enum sae_status add_row(struct sae_hits *rows, const struct sae_event *event,
                               struct sae_hit key, struct sae_err *err)
{
    key.events = 1;
    key.since = key.until = event->time;
    key.code = event->code;
    key.entered = !sae_event_failed(event);
    key.users = 1;
    key.addresses = event->address;
    key.countries = key.where = event->country;
    return sae_hits_add(rows, &key, err);
}

static int by_key_and_time(const void *a, const void *b)
{
    const struct sae_hit *x = a, *y = b;
    int order = sae_hit_compare(x, y);

    if (order == 0) {
        order = x->since < y->since ? -1 : x->since > y->since;
    }
    return order != 0 ? order : x->code < y->code ? -1 : x->code > y->code;
}

/* Puts rows[0..count) of one key together. */
static enum sae_status join(const struct sae_hit *rows, size_t count, struct sae_hits *hits,
                            struct sae_account *account, struct sae_err *err)
{
    struct sae_hit hit = rows[0], dummy = {0};
    enum sae_status status;

    sae_account_begin(account, &dummy);
    for (size_t i = 0; i < count; i++) {
        hit.entered = hit.entered || rows[i].entered;
        if (rows[i].until > hit.until ||
            (rows[i].until == hit.until && rows[i].where > hit.where)) {
            hit.until = rows[i].until;
            hit.where = rows[i].where;
        }
        if (rows[i].addresses != 0) {
            sae_tally_add(&account->addresses, rows[i].addresses);
        }
        if (rows[i].countries != 0) {
            sae_tally_add(&account->countries, rows[i].countries);
        }
    }
    hit.events = (uint32_t)count;
    hit.addresses = account->addresses.distinct;
    hit.countries = account->countries.distinct;
    status = sae_account_status(account, err);
    return status == SAE_OK ? sae_hits_add(hits, &hit, err) : status;
}

static enum sae_status join_all(struct sae_hits *rows, struct sae_hits *hits,
                                struct sae_err *err)
{
    struct sae_account account = {0};
    enum sae_status status = SAE_OK;
    size_t to;

    if (rows->count > 1) {
        qsort(rows->at, rows->count, sizeof(rows->at[0]), by_key_and_time);
    }
    for (size_t from = 0; from < rows->count && status == SAE_OK; from = to) {
        to = from + 1;
        while (to < rows->count && sae_hit_compare(&rows->at[from], &rows->at[to]) == 0) {
            to++;
        }
        status = join(&rows->at[from], to - from, hits, &account, err);
    }
    sae_account_done(&account);
    return status;
}

/* ---- breaches ----------------------------------------------------------------------- */

/* One user's rows, walked in time order. */
struct breach_walk {
    const struct sae_event_group *group;
    struct sae_tally first; /* by address: time of the first success there, and one */
    size_t from, to;        /* rows of the 24 h before the one looked at, [from, to) */
    uint32_t failed;        /* failures among them */
};

static void look_back(struct breach_walk *walk, int64_t time)
{
    const struct sae_event_group *group = walk->group;

    while (walk->to < group->count && sae_group_event(group, walk->to)->time < time) {
        walk->failed += sae_event_failed(sae_group_event(group, walk->to++)) ? 1 : 0;
    }
    while (walk->from < walk->to &&
           sae_group_event(group, walk->from)->time < time - SAE_DAY) {
        walk->failed -= sae_event_failed(sae_group_event(group, walk->from++)) ? 1 : 0;
    }
}

static bool is_known(struct breach_walk *walk, const struct sae_event *event)
{
    const int64_t *first = sae_tally_find(&walk->first, event->address);

    return event->address != 0 && first != NULL && *first <= event->time;
}

static void note_success(struct breach_walk *walk, const struct sae_event *event)
{
    int64_t *first;

    if (!sae_event_failed(event) && event->address != 0) {
        first = sae_tally_value(&walk->first, event->address);
        *first = *first == 0 ? event->time + 1 : *first;
    }
}

static bool is_telling(const struct breach_walk *walk, const struct sae_event *event)
{
    return sae_event_failed(event) ? event->password >= SAE_PASSWORD_PROBABLY
                                   : walk->failed >= BEFORE_ENTRY;
}

static enum sae_status walk_user(struct breach_walk *walk, int64_t from,
                                 struct sae_hits *rows, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    sae_tally_reset(&walk->first);
    walk->from = walk->to = 0;
    walk->failed = 0;
    for (size_t i = 0; i < walk->group->count && status == SAE_OK; i++) {
        const struct sae_event *event = sae_group_event(walk->group, i);
        struct sae_hit key = {.user = event->user, .address = event->address};

        look_back(walk, event->time);
        if (event->time >= from && is_telling(walk, event) && !is_known(walk, event)) {
            status = add_row(rows, event, key, err);
        }
        note_success(walk, event);
    }
    return status == SAE_OK ? sae_tally_status(&walk->first, err) : status;
}

enum sae_status sae_detect_breach_rows(const struct sae_events *events, int64_t from,
                                       struct sae_hits *rows, struct sae_err *err)
{
    struct breach_walk walk = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    enum sae_status status =
        sae_groups_make(&groups, events, INT64_MIN, sae_key_user, is_any, NULL, err);

    walk.group = &group;
    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        status = walk_user(&walk, from, rows, err);
    }
    sae_tally_done(&walk.first);
    sae_groups_done(&groups);
    return status;
}

enum sae_status sae_detect_breach(const struct sae_events *events, int64_t hold,
                                  struct sae_hits *hits, struct sae_err *err)
{
    struct sae_hits rows = {0};
    enum sae_status status = sae_detect_breach_rows(events, events->end - hold, &rows, err);

    if (status == SAE_OK) {
        status = join_all(&rows, hits, err);
    }
    sae_hits_done(&rows);
    return status;
}

/* ---- unexpected countries ----------------------------------------------------------- */

struct foreign_walk {
    const struct sae_expected *expected;
    int64_t from;    /* of the successes that are judged */
    int64_t learned; /* what is older teaches what is expected */
    struct sae_tally countries;
    bool known;
};

static bool is_foreign(struct foreign_walk *walk, const struct sae_event *event)
{
    switch (walk->expected->ask(walk->expected->arg, event->user, event->country)) {
    case SAE_EXPECT_YES:
        walk->known = true;
        return false;
    case SAE_EXPECT_NO:
        walk->known = true;
        return event->country != 0;
    case SAE_EXPECT_NOTHING:
        break;
    }
    walk->known = walk->known || walk->countries.distinct > 0;
    return event->country != 0 && walk->countries.distinct > 0 &&
           sae_tally_find(&walk->countries, event->country) == NULL;
}

static enum sae_status judge_user(struct foreign_walk *walk, const struct sae_event_group *group,
                                  struct sae_hits *rows, struct sae_err *err)
{
    enum sae_status status;

    sae_tally_reset(&walk->countries);
    for (size_t i = 0; i < group->count; i++) {
        const struct sae_event *event = sae_group_event(group, i);

        if (event->time < walk->learned && event->country != 0) {
            sae_tally_add(&walk->countries, event->country);
        }
    }
    status = sae_tally_status(&walk->countries, err);
    for (size_t i = 0; i < group->count && status == SAE_OK; i++) {
        const struct sae_event *event = sae_group_event(group, i);
        struct sae_hit key = {.user = event->user, .country = event->country};

        if (event->time >= walk->from && is_foreign(walk, event)) {
            status = add_row(rows, event, key, err);
        }
    }
    return status;
}

enum sae_status sae_detect_foreign(const struct sae_events *events, int64_t hold,
                                   const struct sae_expected *expected, struct sae_hits *hits,
                                   bool *ret_known, struct sae_err *err)
{
    struct foreign_walk walk = {.expected = expected,
                                .from = events->end - hold,
                                .learned = events->end - SAE_LEARN_DAYS * SAE_DAY};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    struct sae_hits rows = {0};
    enum sae_status status =
        sae_groups_make(&groups, events, INT64_MIN, sae_key_user, is_success, NULL, err);

    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        status = judge_user(&walk, &group, &rows, err);
    }
    if (status == SAE_OK) {
        status = join_all(&rows, hits, err);
    }
    *ret_known = walk.known;
    sae_hits_done(&rows);
    sae_tally_done(&walk.countries);
    sae_groups_done(&groups);
    return status;
}
