/* SPDX-License-Identifier: MIT */
/* One user tried from everywhere, a little at a time: what no count of failures sees. */
#include <stdlib.h>

#include "measure/detect_private.h"

enum { FEW = 2, COUNTRIES = 3 };

struct filter {
    const struct sae_hits *stale;
};

static bool is_spread_fail(const void *arg, const struct sae_event *event)
{
    const struct filter *filter = arg;

    return sae_event_counts(event) && event->address != 0 &&
           !sae_hits_stale(filter->stale, event->user, event->address);
}

/* A span that slides over one user's failures. An address is quiet while at most FEW of the
 * failures in the span are from there. */
struct slide {
    const struct sae_event_group *group;
    uint32_t *before, *after; /* of the same address, by place in the group; own place: none */
    size_t from, to;          /* what lies in the span: [from, to) */
    struct sae_tally addresses, countries;
    uint32_t quiet;
};

static void count_country(struct slide *slide, size_t i,
                          int64_t (*step)(struct sae_tally *tally, uint32_t number))
{
    uint16_t country = sae_group_event(slide->group, i)->country;

    if (country != 0) {
        step(&slide->countries, country);
    }
}

static void enter(struct slide *slide)
{
    size_t i = slide->to++, one = slide->before[i];
    int64_t there = sae_tally_add(&slide->addresses, sae_group_event(slide->group, i)->address);

    if (there <= FEW) {
        slide->quiet += there == 1 ? 1 : 0;
        count_country(slide, i, sae_tally_add);
    } else if (there == FEW + 1) { /* no longer quiet */
        slide->quiet--;
        count_country(slide, one, sae_tally_take);
        count_country(slide, slide->before[one], sae_tally_take);
    }
}

static void leave(struct slide *slide)
{
    size_t i = slide->from++, one = slide->after[i];
    int64_t there =
        sae_tally_take(&slide->addresses, sae_group_event(slide->group, i)->address);

    if (there < FEW) {
        slide->quiet -= there == 0 ? 1 : 0;
        count_country(slide, i, sae_tally_take);
    } else if (there == FEW) { /* quiet again */
        slide->quiet++;
        count_country(slide, one, sae_tally_add);
        count_country(slide, slide->after[one], sae_tally_add);
    }
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Moves the span to [begin, begin + span). */
static void slide_to(struct slide *slide, int64_t begin, int64_t span)
{
    const struct sae_event_group *group = slide->group;

    while (slide->to < group->count &&
           sae_group_event(group, slide->to)->time < begin + span) {
        enter(slide);
    }
    while (slide->from < slide->to && sae_group_event(group, slide->from)->time < begin) {
        leave(slide);
    }
}

/* Where the span has to begin for its contents to change next; INT64_MAX: never. */
static int64_t next_change(const struct slide *slide, int64_t span)
{
    const struct sae_event_group *group = slide->group;
    int64_t next = INT64_MAX;

    if (slide->to < group->count) {
        next = sae_group_event(group, slide->to)->time - span + 1;
    }
    if (slide->from < slide->to) {
        next = smaller(next, sae_group_event(group, slide->from)->time + 1);
    }
    return next;
}

static bool is_hit(const struct slide *slide, struct sae_rule rule)
{
    return slide->quiet >= rule.number && slide->countries.distinct >= COUNTRIES;
}

/* True if some span hits; *ret_begin is that of the one with most quiet addresses. */
static bool find_span(struct slide *slide, struct sae_rule rule, int64_t first, int64_t last,
                      int64_t *ret_begin)
{
    uint32_t most = 0;

    for (int64_t begin = first; begin <= last; begin = next_change(slide, rule.span)) {
        slide_to(slide, begin, rule.span);
        if (is_hit(slide, rule) && slide->quiet > most) {
            most = slide->quiet;
            *ret_begin = begin;
        }
    }
    return most > 0;
}

static enum sae_status link_addresses(struct slide *slide, struct sae_err *err)
{
    const struct sae_event_group *group = slide->group;
    struct sae_tally last = {0};
    enum sae_status status;

    for (size_t i = 0; i < group->count; i++) {
        int64_t *place = sae_tally_value(&last, sae_group_event(group, i)->address);
        size_t one = *place == 0 ? i : (size_t)*place - 1;

        slide->before[i] = (uint32_t)one;
        slide->after[i] = (uint32_t)i;
        slide->after[one] = (uint32_t)i;
        *place = (int64_t)i + 1;
    }
    status = sae_tally_status(&last, err);
    sae_tally_done(&last);
    return status;
}

static void start(struct slide *slide, const struct sae_event_group *group)
{
    sae_tally_reset(&slide->addresses);
    sae_tally_reset(&slide->countries);
    slide->group = group;
    slide->from = slide->to = 0;
    slide->quiet = 0;
}

static enum sae_status describe(struct slide *slide, struct sae_interval span,
                                struct sae_account *account, struct sae_hits *hits,
                                struct sae_err *err)
{
    const struct sae_event_group *group = slide->group;
    struct sae_hit hit = {.user = group->key};
    enum sae_status status;

    start(slide, group);
    slide_to(slide, span.from, span.to - span.from);
    sae_account_begin(account, &hit);
    for (size_t i = slide->from; i < slide->to; i++) {
        const struct sae_event *event = sae_group_event(group, i);

        if (*sae_tally_value(&slide->addresses, event->address) <= FEW) {
            sae_account_add(account, &hit, event);
        }
    }
    status = sae_account_status(account, err);
    return status == SAE_OK ? sae_hits_add(hits, &hit, err) : status;
}

/* What is looked for in one user's failures. */
struct search {
    struct sae_rule rule;
    struct sae_interval ends; /* of spans: (from, to] */
    int64_t apart;            /* ends_of: what lies so near is one */
    struct sae_account account;
    enum sae_status (*judge)(struct search *search, struct slide *slide,
                             struct sae_hits *hits, struct sae_err *err);
};

static enum sae_status widest_of(struct search *search, struct slide *slide,
                                 struct sae_hits *hits, struct sae_err *err)
{
    struct sae_rule rule = search->rule;
    struct sae_interval span = {0};

    if (!find_span(slide, rule, search->ends.from + 1 - rule.span,
                   search->ends.to - rule.span, &span.from)) {
        return SAE_OK;
    }
    span.to = span.from + rule.span;
    return describe(slide, span, &search->account, hits, err);
}

/* Joins a stretch of ends with the user's newest one, or adds it. */
static enum sae_status add_stretch(const struct search *search, struct sae_hit stretch,
                                   struct sae_hits *hits, struct sae_err *err)
{
    struct sae_hit *newest = hits->count > 0 ? &hits->at[hits->count - 1] : NULL;

    if (newest != NULL && newest->user == stretch.user &&
        stretch.since - newest->until <= search->apart) {
        newest->until = stretch.until;
        return SAE_OK;
    }
    return sae_hits_add(hits, &stretch, err);
}

static enum sae_status ends_of(struct search *search, struct slide *slide,
                               struct sae_hits *hits, struct sae_err *err)
{
    int64_t span = search->rule.span, last = search->ends.to - span, next;
    enum sae_status status = SAE_OK;

    for (int64_t begin = search->ends.from + 1 - span; begin <= last && status == SAE_OK;
         begin = next) {
        slide_to(slide, begin, span);
        next = next_change(slide, span);
        if (is_hit(slide, search->rule)) {
            struct sae_hit stretch = {.user = slide->group->key,
                                      .since = begin + span,
                                      .until = smaller(next - 1, last) + span};

            status = add_stretch(search, stretch, hits, err);
        }
    }
    return status;
}

static enum sae_status judge(struct search *search, struct slide *slide,
                             const struct sae_event_group *group, struct sae_hits *hits,
                             struct sae_err *err)
{
    enum sae_status status;

    start(slide, group);
    status = link_addresses(slide, err);
    if (status == SAE_OK) {
        status = search->judge(search, slide, hits, err);
    }
    status = status == SAE_OK ? sae_tally_status(&slide->addresses, err) : status;
    return status == SAE_OK ? sae_tally_status(&slide->countries, err) : status;
}

static enum sae_status each_user(const struct sae_events *events, struct search *search,
                                 const struct sae_hits *stale, struct sae_hits *hits,
                                 struct sae_err *err)
{
    const struct filter filter = {.stale = stale};
    struct sae_groups groups = {0};
    struct sae_event_group group;
    struct slide slide = {0};
    enum sae_status status =
        sae_groups_make(&groups, events, search->ends.from + 1 - search->rule.span,
                        sae_key_user, is_spread_fail, &filter, err);

    if (status == SAE_OK) {
        slide.before = malloc((groups.count + 1) * sizeof(*slide.before));
        slide.after = malloc((groups.count + 1) * sizeof(*slide.after));
        if (slide.before == NULL || slide.after == NULL) {
            status = sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
    }
    while (status == SAE_OK && sae_groups_next(&groups, &group)) {
        if (group.count >= search->rule.number) {
            status = judge(search, &slide, &group, hits, err);
        }
    }
    free(slide.before);
    free(slide.after);
    sae_tally_done(&slide.addresses);
    sae_tally_done(&slide.countries);
    sae_groups_done(&groups);
    sae_account_done(&search->account);
    return status;
}

enum sae_status sae_detect_spread(const struct sae_events *events, struct sae_rule rule,
                                  int64_t hold, const struct sae_hits *stale,
                                  struct sae_hits *hits, struct sae_err *err)
{
    struct search search = {.rule = rule,
                            .ends = {.from = events->end - hold, .to = events->end},
                            .judge = widest_of};

    return rule.number == 0 ? SAE_OK : each_user(events, &search, stale, hits, err);
}

enum sae_status sae_detect_spread_ends(const struct sae_events *events, struct sae_rule rule,
                                       int64_t from, int64_t apart, struct sae_hits *hits,
                                       struct sae_err *err)
{
    struct search search = {.rule = rule,
                            .ends = {.from = from, .to = events->end},
                            .apart = apart,
                            .judge = ends_of};

    return rule.number == 0 ? SAE_OK : each_user(events, &search, NULL, hits, err);
}
