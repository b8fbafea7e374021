/* SPDX-License-Identifier: MIT */
/* Runs the detectors over the history: metrics and findings. */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base/hash.h"
#include "base/tally.h"
#include "collect/attack.h"
#include "measure/exposure.h"

/* Sets a metric that rests on the last `span` of the log. */
static void set(struct sae_attack *attack, enum sae_metric metric, int64_t value,
                int64_t span)
{
    struct sae_values *values = &attack->run->snap->values;
    char text[SAE_WHY];
    const char *why = attack->run->events_cut ? "there are more sign-ins than are looked at"
                                  : sae_run_why_unproven(attack->run, span, text);

    sae_values_set_proven(values, metric, (double)value, why == NULL);
    if (why != NULL) {
        sae_values_why(values, metric, why);
    }
}

/* ---- detectors that find one thing after another ------------------------------------ */

typedef enum sae_status (*detector)(struct sae_attack *attack, struct sae_rule rule,
                                    struct sae_hits *hits, struct sae_err *err);

static enum sae_status find_stale(struct sae_attack *attack, struct sae_rule rule,
                                  struct sae_hits *hits, struct sae_err *err)
{
    enum sae_status status = sae_detect_stale(attack->events, rule, hits, err);

    for (size_t i = 0; i < hits->count && status == SAE_OK; i++) {
        status = sae_hits_add(&attack->stale, &hits->at[i], err);
    }
    return status;
}

static enum sae_status find_brute(struct sae_attack *attack, struct sae_rule rule,
                                  struct sae_hits *hits, struct sae_err *err)
{
    return sae_detect_brute(attack->events, rule, &attack->stale, hits, err);
}

static enum sae_status find_spray(struct sae_attack *attack, struct sae_rule rule,
                                  struct sae_hits *hits, struct sae_err *err)
{
    return sae_detect_spray(attack->events, rule, hits, err);
}

static enum sae_status find_spray_nets(struct sae_attack *attack, struct sae_rule rule,
                                       struct sae_hits *hits, struct sae_err *err)
{
    return sae_detect_spray_nets(attack->events, rule, hits, err);
}

static enum sae_status find_spread(struct sae_attack *attack, struct sae_rule rule,
                                   struct sae_hits *hits, struct sae_err *err)
{
    return sae_detect_spread(attack->events, rule, attack->hold, &attack->stale, hits, err);
}

static enum sae_status find_breach(struct sae_attack *attack, struct sae_rule rule,
                                   struct sae_hits *hits, struct sae_err *err)
{
    (void)rule;
    return sae_detect_breach(attack->events, attack->hold, hits, err);
}

/* In this order: what is stale is left out by those behind it. */
static const struct {
    enum sae_metric metric;
    enum sae_key key; /* SAE_KEY_COUNT: it has no rule */
    detector find;
    bool held;    /* looks back beyond `hold` */
    bool by_user; /* the metric counts users, of whom one may have several findings */
} detectors[] = {
    {SAE_M_STALE_DEVICES, SAE_KEY_STALE_DEVICES, find_stale, false, false},
    {SAE_M_BRUTE_USERS, SAE_KEY_BRUTE_USERS, find_brute, false, false},
    {SAE_M_SPRAY_IPS, SAE_KEY_SPRAY_IPS, find_spray, false, false},
    {SAE_M_SPRAY_NETS, SAE_KEY_SPRAY_NETS, find_spray_nets, false, false},
    {SAE_M_SPREAD_USERS, SAE_KEY_SPREAD_USERS, find_spread, true, false},
    {SAE_M_BREACH_USERS, SAE_KEY_COUNT, find_breach, true, true},
};

static enum sae_status tell(struct sae_attack *attack, enum sae_metric metric, bool by_user,
                            const struct sae_hits *hits, int64_t *ret_count,
                            struct sae_err *err)
{
    uint32_t last_user = 0;
    enum sae_status status = SAE_OK;

    *ret_count = 0;
    for (size_t i = 0; i < hits->count && status == SAE_OK; i++) {
        const struct sae_hit *hit = &hits->at[i];
        bool counts = false;

        status = sae_attack_find(attack->run, metric, hit, &counts, err);
        if (counts && (!by_user || hit->user != last_user)) {
            ++*ret_count;
            last_user = hit->user;
        }
    }
    return status;
}

static enum sae_status run_detector(struct sae_attack *attack, size_t d, struct sae_err *err)
{
    enum sae_key key = detectors[d].key;
    struct sae_rule rule = {.number = 1, .span = SAE_DAY};
    struct sae_hits hits = {0};
    int64_t count = 0;
    enum sae_status status;

    if (key != SAE_KEY_COUNT) {
        rule = sae_tenant_rule(attack->run->tenant, key);
    }
    if (rule.number == 0) {
        sae_values_why(&attack->run->snap->values, detectors[d].metric,
                       "its detector is off");
        return SAE_OK;
    }
    status = detectors[d].find(attack, rule, &hits, err);
    if (status == SAE_OK) {
        status = tell(attack, detectors[d].metric, detectors[d].by_user, &hits, &count, err);
    }
    if (status == SAE_OK) {
        int64_t day = rule.span > SAE_DAY && key == SAE_KEY_STALE_DEVICES ? rule.span : SAE_DAY;

        set(attack, detectors[d].metric, count,
            detectors[d].held ? attack->hold + rule.span : day);
    }
    sae_hits_done(&hits);
    return status;
}

/* ---- the others --------------------------------------------------------------------- */

static enum sae_status measure_lockouts(struct sae_attack *attack, struct sae_err *err)
{
    struct sae_rule rule = sae_tenant_rule(attack->run->tenant, SAE_KEY_LOCKOUTS);
    struct sae_hit hit;
    bool counts = true;
    enum sae_status status = sae_detect_lockouts(attack->events, rule, &hit, err);

    if (rule.number == 0) {
        sae_values_why(&attack->run->snap->values, SAE_M_LOCKOUTS, "its detector is off");
        return status;
    }
    if (status == SAE_OK && hit.users >= rule.number) {
        status = sae_attack_find(attack->run, SAE_M_LOCKOUTS, &hit, &counts, err);
    }
    if (status == SAE_OK) {
        set(attack, SAE_M_LOCKOUTS, counts ? hit.users : 0, SAE_DAY);
    }
    return status;
}

static enum sae_status measure_foreign(struct sae_attack *attack, struct sae_err *err)
{
    struct sae_expectation lists = {.tenant = attack->run->tenant,
                                    .history = attack->run->history,
                                    .allow = &attack->run->allow,
                                    .today = sae_time_day(attack->run->now)};
    struct sae_expected expected = {.ask = sae_expectation_ask, .arg = &lists};
    struct sae_hits hits = {0};
    bool known = false, any = false;
    int64_t count = 0;
    enum sae_status status = sae_detect_foreign(attack->events, attack->hold, &expected,
                                                &hits, &known, err);

    if (status == SAE_OK && lists.failure.code != SAE_OK) {
        status = sae_fail(err, lists.failure.code, "%s", lists.failure.text);
    }
    for (size_t i = 0; i < hits.count && status == SAE_OK; i++) {
        bool counts = false;

        status = sae_attack_find(attack->run, SAE_M_FOREIGN_OK, &hits.at[i], &counts, err);
        count += counts ? hits.at[i].events : 0;
    }
    for (size_t i = sae_events_since(attack->events, attack->events->end - attack->hold);
         i < attack->events->count && !any; i++) {
        any = !sae_event_failed(&attack->events->at[i]);
    }
    if (status == SAE_OK && (known || !any)) {
        set(attack, SAE_M_FOREIGN_OK, count, attack->hold);
    } else if (status == SAE_OK) {
        sae_values_why(&attack->run->snap->values, SAE_M_FOREIGN_OK,
                       "no country is listed, and the log held is too short to learn any");
    }
    sae_hits_done(&hits);
    return status;
}

static void measure_burst(struct sae_attack *attack)
{
    const struct sae_tenant *tenant = attack->run->tenant;
    int64_t lag = sae_tenant_ticks(tenant, SAE_KEY_LAG);
    int64_t window = sae_tenant_ticks(tenant, SAE_KEY_WINDOW), end = attack->events->end;
    uint32_t newest = sae_detect_burst(attack->events, end - window, end);
    uint32_t settled = sae_detect_burst(attack->events, end - lag - window, end - lag);

    set(attack, SAE_M_FAIL_BURST, newest > settled ? newest : settled, lag + window);
}

/* ---- the sample of sources ---------------------------------------------------------- */

struct source {
    struct sae_hit hit;
    struct sae_address address;
};

static int by_failures(const struct sae_hit *x, const struct sae_hit *y)
{
    if (x->events != y->events) {
        return x->events > y->events ? -1 : 1;
    }
    if (x->users != y->users) {
        return x->users > y->users ? -1 : 1;
    }
    return x->since < y->since ? -1 : x->since > y->since;
}

/* In the end by the address itself: its number depends on which row came first. */
static bool comes_before(const struct source *a, const struct source *b)
{
    int order = by_failures(&a->hit, &b->hit);

    if (order == 0) {
        order = (int)a->address.len - (int)b->address.len;
    }
    return (order != 0 ? order
                       : memcmp(a->address.bytes, b->address.bytes, a->address.len)) < 0;
}

/* Keeps the `SAE_LIST_ATTACKERS` worst of them in order. */
static void insert(struct source *worst, size_t *count, const struct source *source)
{
    size_t at = *count < SAE_LIST_ATTACKERS ? (*count)++ : SAE_LIST_ATTACKERS;

    for (; at > 0 && comes_before(source, &worst[at - 1]); at--) {
        if (at < SAE_LIST_ATTACKERS) {
            worst[at] = worst[at - 1];
        }
    }
    if (at < SAE_LIST_ATTACKERS) {
        worst[at] = *source;
    }
}

static void list_source(struct sae_snapshot *snap, const struct source *source)
{
    struct sae_attacker_line *line = &snap->attackers[snap->attacker_count++];

    sae_address_text(line->from, sizeof(line->from), &source->address);
    line->country[0] = (char)(source->hit.where >> 8);
    line->country[1] = (char)(source->hit.where & 0xff);
    line->failed = source->hit.events;
    line->users = source->hit.users;
}

static enum sae_status list_sources(struct sae_attack *attack, struct sae_err *err)
{
    struct sae_snapshot *snap = attack->run->snap;
    struct source worst[SAE_LIST_ATTACKERS];
    struct sae_hits hits = {0};
    size_t count = 0;
    enum sae_status status = sae_detect_sources(attack->events, &hits, err);

    for (size_t i = 0; i < hits.count && status == SAE_OK; i++) {
        struct source source = {.hit = hits.at[i]};

        if (count == SAE_LIST_ATTACKERS &&
            by_failures(&source.hit, &worst[count - 1].hit) > 0) {
            continue;
        }
        status = sae_history_address(attack->run->history, source.hit.address,
                                     &source.address, err);
        if (status == SAE_OK) {
            insert(worst, &count, &source);
        }
    }
    for (size_t i = 0; i < count && status == SAE_OK; i++) {
        list_source(snap, &worst[i]);
    }
    snap->attacker_more = hits.count - snap->attacker_count;
    sae_hits_done(&hits);
    return status;
}

/* ---- attacked mailboxes ------------------------------------------------------------- */

struct targets {
    enum sae_switch smtp_auth;
    struct sae_tally users;  /* those that are attacked */
    struct sae_intset boxes; /* hashes of the keys of those that are exposed */
};

static enum sae_status take_match(void *arg, const struct sae_match *match,
                                  struct sae_err *err)
{
    struct targets *targets = arg;
    enum sae_status status = SAE_OK;

    if (sae_tally_find(&targets->users, (uint32_t)match->user) != NULL &&
        sae_is_exposed(match->flag, targets->smtp_auth)) {
        status = sae_intset_add(&targets->boxes,
                                (int64_t)sae_hash64(match->mailbox, strlen(match->mailbox)));
    }
    return status == SAE_OK ? SAE_OK : sae_fail(err, status, "out of memory");
}

static enum sae_status measure_attacked(struct sae_attack *attack, struct sae_err *err)
{
    const struct sae_events *events = attack->events;
    size_t first = sae_events_since(events, events->end - SAE_DAY);
    struct targets targets = {.smtp_auth = sae_run_switch(attack->run)};
    enum sae_status status;

    if (attack->run->snap->parts[SAE_PART_MAILBOXES].time == 0) {
        return SAE_OK;
    }
    for (size_t i = first; i < events->count; i++) {
        const struct sae_event *event = &events->at[i];

        if (sae_event_counts(event) &&
            !sae_hits_stale(&attack->stale, event->user, event->address)) {
            sae_tally_add(&targets.users, event->user);
        }
    }
    status = sae_tally_status(&targets.users, err);
    if (status == SAE_OK) {
        status = sae_history_each_match(attack->run->history, take_match, &targets, err);
    }
    if (status == SAE_OK) {
        set(attack, SAE_M_MBX_ATTACKED, (int64_t)sae_intset_count(&targets.boxes), SAE_DAY);
    }
    sae_tally_done(&targets.users);
    sae_intset_done(&targets.boxes);
    return status;
}

/* ---- the tenant's own past ---------------------------------------------------------- */

enum { WEEKS = 4 };

static enum sae_status count_failed(void *arg, const struct sae_row *row, struct sae_err *err)
{
    (void)err;
    *(int64_t *)arg +=
        row->code != 0 && sae_code_find(row->code)->kind != SAE_CODE_INFRA ? 1 : 0;
    return SAE_OK;
}

static int64_t count_in(const struct sae_events *events, int64_t from, int64_t to)
{
    int64_t count = 0;

    for (size_t i = sae_events_since(events, from);
         i < events->count && events->at[i].time < to; i++) {
        count += sae_event_counts(&events->at[i]) ? 1 : 0;
    }
    return count;
}

/* As fail_events, of the newest window and the settled one the larger, but without outages. */
static int64_t count_now(const struct sae_attack *attack, int64_t window)
{
    int64_t end = attack->events->end;
    int64_t settled = end - sae_tenant_ticks(attack->run->tenant, SAE_KEY_LAG);
    int64_t newest = count_in(attack->events, end - window, end);
    int64_t before = count_in(attack->events, settled - window, settled);

    return newest > before ? newest : before;
}

static enum sae_status compare_weeks(struct sae_attack *attack, struct sae_err *err)
{
    struct sae_run *run = attack->run;
    int64_t window = sae_tenant_ticks(run->tenant, SAE_KEY_WINDOW), weeks[WEEKS] = {0};
    int64_t now = count_now(attack, window);
    struct sae_hit hit = {.since = run->log.end - window, .until = run->log.end};
    enum sae_status status = SAE_OK;
    size_t held = 0;
    bool counts;

    for (int week = 1; week <= WEEKS && status == SAE_OK; week++) {
        int64_t to = run->log.end - week * 7 * SAE_DAY;

        if (to - window >= run->log.from) {
            status = sae_history_each_row(run->history, to - window, to, count_failed,
                                          &weeks[held++], err);
        }
    }
    if (status == SAE_OK && sae_detect_unusual(now, weeks, held)) {
        hit.events = (uint32_t)now;
        for (size_t i = 0; i < held; i++) {
            hit.users = (uint32_t)weeks[i] > hit.users ? (uint32_t)weeks[i] : hit.users;
        }
        status = sae_attack_find(run, SAE_M_FAIL_PER_HOUR, &hit, &counts, err);
    }
    return status;
}

static enum sae_status measure_all(struct sae_attack *attack, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (size_t d = 0; d < sizeof(detectors) / sizeof(detectors[0]) && status == SAE_OK; d++) {
        status = run_detector(attack, d, err);
    }
    if (status == SAE_OK) {
        status = measure_lockouts(attack, err);
    }
    if (status == SAE_OK) {
        status = measure_foreign(attack, err);
    }
    if (status == SAE_OK) {
        measure_burst(attack);
        status = measure_attacked(attack, err);
    }
    if (status == SAE_OK) {
        status = list_sources(attack, err);
    }
    return status == SAE_OK ? compare_weeks(attack, err) : status;
}

enum sae_status sae_run_attacks(struct sae_run *run, struct sae_err *err)
{
    struct sae_attack attack = {.run = run,
                                .events = &run->events,
                                .hold = sae_tenant_ticks(run->tenant, SAE_KEY_HOLD)};
    enum sae_status status;
    uint32_t *net = NULL;

    if (run->log.end == 0) {
        return SAE_OK;
    }
    status = sae_events_load_nets(run->history, &run->events, &net, err);
    if (status == SAE_OK) {
        status = measure_all(&attack, err);
    }
    run->events.net = NULL;
    run->events.net_count = 0;
    free(net);
    sae_hits_done(&attack.stale);
    return status;
}
