/* SPDX-License-Identifier: MIT */
/* Many users at once: tried from one place, or locked out. */
#include "measure/detect_private.h"

/* ---- lockouts ----------------------------------------------------------------------- */

static bool is_lockout(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return event->kind == SAE_CODE_LOCKED;
}

static uint32_t key_all(const struct sae_events *events, const struct sae_event *event)
{
    (void)events;
    (void)event;
    return 1;
}

/* The span of most users that begins with one of the events, [*ret_from, *ret_to) of them. */
static enum sae_status widest_span(const struct sae_event_group *group, int64_t span,
                                   size_t *ret_from, size_t *ret_to, struct sae_err *err)
{
    struct sae_tally users = {0};
    uint32_t most = 0;
    size_t to = 0;
    enum sae_status status;

    for (size_t from = 0; from < group->count; from++) {
        int64_t begin = sae_group_event(group, from)->time;

        while (to < group->count && sae_group_event(group, to)->time - begin < span) {
            sae_tally_add(&users, sae_group_event(group, to++)->user);
        }
        if (users.distinct > most) {
            most = users.distinct;
            *ret_from = from;
            *ret_to = to;
        }
        sae_tally_take(&users, sae_group_event(group, from)->user);
    }
    status = sae_tally_status(&users, err);
    sae_tally_done(&users);
    return status;
}

enum sae_status sae_detect_lockouts(const struct sae_events *events, struct sae_rule rule,
                                    struct sae_hit *ret_hit, struct sae_err *err)
{
    struct sae_account account = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    size_t from = 0, to = 0;
    enum sae_status status;

    *ret_hit = (struct sae_hit){0};
    if (rule.number == 0) {
        return SAE_OK;
    }
    status = sae_groups_make(&groups, events, events->end - SAE_DAY, key_all, is_lockout, NULL,
                             err);
    if (status == SAE_OK && sae_groups_next(&groups, &group)) {
        status = widest_span(&group, rule.span, &from, &to, err);
    }
    sae_account_begin(&account, ret_hit);
    for (size_t i = from; i < to && status == SAE_OK; i++) {
        sae_account_add(&account, ret_hit, sae_group_event(&group, i));
    }
    status = status == SAE_OK ? sae_account_status(&account, err) : status;
    sae_groups_done(&groups);
    sae_account_done(&account);
    return status;
}

/* ---- sources ------------------------------------------------------------------------ */

static bool has_failed(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return sae_event_failed(event);
}

enum sae_status sae_detect_sources(const struct sae_events *events, struct sae_hits *hits,
                                   struct sae_err *err)
{
    struct sae_account account = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    enum sae_status status = sae_groups_make(&groups, events, events->end - SAE_DAY,
                                             sae_key_address, has_failed, NULL, err);

    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        struct sae_hit hit = {.address = group.key};

        status = sae_hits_add_group(hits, &account, &group, hit, has_failed, NULL, err);
    }
    sae_groups_done(&groups);
    sae_account_done(&account);
    return status;
}

/* ---- sprays ------------------------------------------------------------------------- */

static bool is_fail(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return sae_event_counts(event);
}

static bool is_fail_or_success(const void *arg, const struct sae_event *event)
{
    (void)arg;
    return sae_event_counts(event) || !sae_event_failed(event);
}

struct spray {
    struct sae_rule rule;
    uint32_t addresses; /* how many of them at least */
    struct sae_tally users, places, good;
};

static void reset(struct spray *spray)
{
    sae_tally_reset(&spray->users);
    sae_tally_reset(&spray->places);
    sae_tally_reset(&spray->good);
}

static void count(struct spray *spray, const struct sae_event *event,
                  int64_t (*step)(struct sae_tally *tally, uint32_t number))
{
    if (sae_event_failed(event)) {
        step(&spray->users, event->user);
        step(&spray->places, event->address);
    }
}

static bool has_wave(struct spray *spray, const struct sae_event_group *group)
{
    bool wave = false;
    size_t to = 0;

    for (size_t from = 0; from < group->count && !wave; from++) {
        int64_t begin = sae_group_event(group, from)->time;

        while (to < group->count &&
               sae_group_event(group, to)->time - begin < spray->rule.span) {
            count(spray, sae_group_event(group, to++), sae_tally_add);
        }
        wave = spray->users.distinct >= spray->rule.number &&
               spray->places.distinct >= spray->addresses;
        count(spray, sae_group_event(group, from), sae_tally_take);
    }
    return wave;
}

/* An office or a gateway: more users succeed there than fail, and nobody knows a password
 * without getting in. */
static bool is_excused(struct spray *spray, const struct sae_event_group *group)
{
    bool known = false;

    reset(spray);
    for (size_t i = 0; i < group->count; i++) {
        const struct sae_event *event = sae_group_event(group, i);

        if (sae_event_failed(event)) {
            known = known || event->password >= SAE_PASSWORD_PROBABLY;
            sae_tally_add(&spray->users, event->user);
        } else {
            sae_tally_add(&spray->good, event->user);
        }
    }
    return !known && spray->good.distinct > spray->users.distinct;
}

static enum sae_status judge(struct spray *spray, const struct sae_event_group *group,
                             bool *ret_spray, struct sae_err *err)
{
    enum sae_status status;

    reset(spray);
    *ret_spray = has_wave(spray, group) && !is_excused(spray, group);
    status = sae_tally_status(&spray->users, err);
    status = status == SAE_OK ? sae_tally_status(&spray->places, err) : status;
    return status == SAE_OK ? sae_tally_status(&spray->good, err) : status;
}

static enum sae_status detect(const struct sae_events *events, struct spray *spray,
                              sae_key_of key, struct sae_hits *hits, struct sae_err *err)
{
    struct sae_account account = {0};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    enum sae_status status;

    if (spray->rule.number == 0) {
        return SAE_OK;
    }
    status = sae_groups_make(&groups, events, events->end - SAE_DAY, key, is_fail_or_success,
                             NULL, err);
    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        struct sae_hit hit = {.address = key == sae_key_address ? group.key : 0,
                              .net = key == sae_key_net ? group.key : 0};
        bool found = false;

        if (group.count >= spray->rule.number) {
            status = judge(spray, &group, &found, err);
        }
        if (status == SAE_OK && found) {
            status = sae_hits_add_group(hits, &account, &group, hit, is_fail, NULL, err);
        }
    }
    sae_groups_done(&groups);
    sae_account_done(&account);
    sae_tally_done(&spray->users);
    sae_tally_done(&spray->places);
    sae_tally_done(&spray->good);
    return status;
}

enum sae_status sae_detect_spray(const struct sae_events *events, struct sae_rule rule,
                                 struct sae_hits *hits, struct sae_err *err)
{
    struct spray spray = {.rule = rule};

    return detect(events, &spray, sae_key_address, hits, err);
}

enum sae_status sae_detect_spray_nets(const struct sae_events *events, struct sae_rule rule,
                                      struct sae_hits *hits, struct sae_err *err)
{
    struct spray spray = {.rule = rule, .addresses = 3};

    return detect(events, &spray, sae_key_net, hits, err);
}
