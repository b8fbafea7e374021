/* SPDX-License-Identifier: MIT */
#include "measure/detect.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "measure/detect_private.h"

struct sae_rule sae_rule_read(const char *text)
{
    const struct sae_rule off = {0};
    struct sae_cursor cur = sae_cursor_text(text);
    uint64_t number;
    int64_t seconds;

    if (!sae_cursor_decimal(&cur, UINT32_MAX, &number) || !sae_cursor_char(&cur, '/') ||
        !sae_duration_parse(cur.at, &seconds)) {
        return off;
    }
    return (struct sae_rule){.number = (uint32_t)number, .span = seconds * SAE_SECOND};
}

int64_t sae_detect_from(int64_t end, int64_t hold, struct sae_rule spread,
                        struct sae_rule stale)
{
    int64_t back = SAE_DAY; /* failures before a success; the day itself */

    back = spread.number > 0 && spread.span > back ? spread.span : back;
    back += hold;
    back = stale.number > 0 && stale.span > back ? stale.span : back;
    return end - back;
}

uint32_t sae_detect_burst(const struct sae_events *events, int64_t from, int64_t to)
{
    size_t first = sae_events_since(events, from), oldest = first;
    uint32_t most = 0, held = 0;

    for (size_t i = first; i < events->count && events->at[i].time < to; i++) {
        held += sae_event_failed(&events->at[i]) ? 1 : 0;
        for (; events->at[i].time - events->at[oldest].time >= SAE_MINUTE; oldest++) {
            held -= sae_event_failed(&events->at[oldest]) ? 1 : 0;
        }
        most = held > most ? held : most;
    }
    return most;
}

bool sae_detect_unusual(int64_t now, const int64_t *weeks, size_t count)
{
    int64_t worst = 0;

    for (size_t i = 0; i < count; i++) {
        worst = weeks[i] > worst ? weeks[i] : worst;
    }
    return count >= 2 && now >= 20 && now > 3 * worst;
}

/* ---- hits --------------------------------------------------------------------------- */

void sae_hits_done(struct sae_hits *hits)
{
    free(hits->at);
    *hits = (struct sae_hits){0};
}

enum sae_status sae_hits_add(struct sae_hits *hits, const struct sae_hit *hit,
                             struct sae_err *err)
{
    if (hits->count == hits->cap) {
        size_t cap = hits->cap == 0 ? 16 : hits->cap * 2;
        struct sae_hit *at = realloc(hits->at, cap * sizeof(*at));

        if (at == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        hits->at = at;
        hits->cap = cap;
    }
    hits->at[hits->count++] = *hit;
    return SAE_OK;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int sae_hit_compare(const void *a, const void *b)
{
    const struct sae_hit *x = a, *y = b;
    int order = compare(x->user, y->user);

    order = order != 0 ? order : compare(x->address, y->address);
    order = order != 0 ? order : compare(x->net, y->net);
    return order != 0 ? order : compare(x->country, y->country);
}

void sae_hits_sort(struct sae_hits *hits)
{
    if (hits->count > 1) {
        qsort(hits->at, hits->count, sizeof(hits->at[0]), sae_hit_compare);
    }
}

bool sae_hits_stale(const struct sae_hits *hits, uint32_t user, uint32_t address)
{
    const struct sae_hit wanted = {.user = user, .address = address};

    return hits != NULL && hits->count > 0 &&
           bsearch(&wanted, hits->at, hits->count, sizeof(wanted), sae_hit_compare) != NULL;
}

/* ---- accounts ----------------------------------------------------------------------- */

void sae_account_begin(struct sae_account *account, struct sae_hit *hit)
{
    sae_tally_reset(&account->users);
    sae_tally_reset(&account->addresses);
    sae_tally_reset(&account->countries);
    hit->events = 0;
}

enum sae_status sae_account_status(const struct sae_account *account, struct sae_err *err)
{
    enum sae_status status = sae_tally_status(&account->users, err);

    status = status == SAE_OK ? sae_tally_status(&account->addresses, err) : status;
    return status == SAE_OK ? sae_tally_status(&account->countries, err) : status;
}

void sae_account_add(struct sae_account *account, struct sae_hit *hit,
                     const struct sae_event *event)
{
    if (hit->events == 0 || event->time < hit->since) {
        hit->since = event->time;
    }
    if (hit->events == 0 || event->time > hit->until ||
        (event->time == hit->until && event->country > hit->where)) {
        hit->until = event->time;
        hit->where = event->country;
    }
    if (hit->events == 0 || (event->code != hit->code &&
                             sae_code_rank(event->code) > sae_code_rank(hit->code))) {
        hit->code = event->code;
    }
    hit->events++;
    hit->entered = hit->entered || !sae_event_failed(event);
    sae_tally_add(&account->users, event->user);
    hit->users = account->users.distinct;
    if (event->address != 0) {
        sae_tally_add(&account->addresses, event->address);
        hit->addresses = account->addresses.distinct;
    }
    if (event->country != 0) {
        sae_tally_add(&account->countries, event->country);
        hit->countries = account->countries.distinct;
    }
}

void sae_account_done(struct sae_account *account)
{
    sae_tally_done(&account->users);
    sae_tally_done(&account->addresses);
    sae_tally_done(&account->countries);
}

enum sae_status sae_hits_add_group(struct sae_hits *hits, struct sae_account *account,
                                   const struct sae_event_group *group, struct sae_hit hit,
                                   sae_event_filter wanted, const void *arg,
                                   struct sae_err *err)
{
    enum sae_status status;

    sae_account_begin(account, &hit);
    for (size_t i = 0; i < group->count; i++) {
        const struct sae_event *event = sae_group_event(group, i);

        if (wanted(arg, event)) {
            sae_account_add(account, &hit, event);
        }
    }
    status = sae_account_status(account, err);
    return status == SAE_OK ? sae_hits_add(hits, &hit, err) : status;
}
