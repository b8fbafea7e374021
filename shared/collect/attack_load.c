/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "collect/attack.h"

struct sae_rule sae_tenant_rule(const struct sae_tenant *tenant, enum sae_key key)
{
    return sae_rule_read(sae_tenant_text(tenant, key));
}

int64_t sae_tenant_detects_from(const struct sae_tenant *tenant, int64_t end)
{
    return sae_detect_from(end, sae_tenant_ticks(tenant, SAE_KEY_HOLD),
                           sae_tenant_rule(tenant, SAE_KEY_SPREAD_USERS),
                           sae_tenant_rule(tenant, SAE_KEY_STALE_DEVICES));
}

/* ---- events ------------------------------------------------------------------------- */

enum { RECENT = 16 };

struct loading {
    struct sae_events *events;
    struct sae_use *use;
    const struct sae_code *recent[RECENT]; /* by code: few are there, and often */
};

static const struct sae_code *code_of(struct loading *loading, int32_t code)
{
    const struct sae_code **recent = &loading->recent[(uint32_t)code % RECENT];

    if (*recent == NULL || (*recent)->code != code) {
        *recent = sae_code_find(code);
    }
    return *recent;
}

static enum sae_status take_row(void *arg, const struct sae_row *row, struct sae_err *err)
{
    struct loading *loading = arg;
    const struct sae_code *code = code_of(loading, row->code);
    struct sae_event event = {.time = row->time,
                              .user = (uint32_t)row->user,
                              .address = (uint32_t)row->address,
                              .code = row->code,
                              .country = (uint16_t)row->country,
                              .kind = (uint8_t)code->kind,
                              .password = (uint8_t)code->password};

    if (loading->use != NULL && row->code == 0 && row->time >= loading->use->from) {
        sae_tally_add(&loading->use->successes, event.user);
    }
    return sae_events_add(loading->events, &event, err);
}

enum sae_status sae_events_load(struct sae_history *history, int64_t from, int64_t end,
                                struct sae_use *use, struct sae_events *ret_events,
                                bool *ret_cut, struct sae_err *err)
{
    struct sae_events events;
    struct loading loading = {.events = &events, .use = use};
    enum sae_status status;
    bool cut = false;

    for (;;) {
        events = (struct sae_events){.from = from, .end = end};
        status = sae_history_each_success(history, 0, from, take_row, &loading, err);
        if (status == SAE_OK) {
            status = sae_history_each_row(history, from, end, take_row, &loading, err);
        }
        if (status != SAE_E_LIMIT || end - from < SAE_MINUTE) {
            break;
        }
        cut = true;
        if (use != NULL) {
            sae_tally_reset(&use->successes);
        }
        from = end - (end - from) / 2;
        sae_events_done(&events);
    }
    if (status == SAE_OK && use != NULL) {
        status = sae_tally_status(&use->successes, err);
    }
    if (status != SAE_OK) {
        sae_events_done(&events);
        return status;
    }
    *ret_events = events;
    *ret_cut = cut;
    return SAE_OK;
}

/* ---- networks ----------------------------------------------------------------------- */

struct place {
    uint64_t net;
    uint32_t address;
};

struct places {
    struct place *at;
    size_t count, cap;
    uint32_t highest;
};

/* /24 or /64. No IPv6 address of a host begins with ff. */
static uint64_t net_of(const struct sae_address *address)
{
    uint64_t net = 0;

    if (address->len == 4) {
        return UINT64_C(0xff) << 56 | (uint64_t)address->bytes[0] << 16 |
               (uint64_t)address->bytes[1] << 8 | address->bytes[2];
    }
    for (int i = 0; i < 8 && address->len == 16; i++) {
        net = net << 8 | address->bytes[i];
    }
    return net;
}

static enum sae_status take_address(void *arg, int64_t number, const struct sae_address *address,
                                    struct sae_err *err)
{
    struct places *places = arg;

    if (places->count == places->cap) {
        size_t cap = places->cap == 0 ? 1024 : places->cap * 2;
        struct place *at = realloc(places->at, cap * sizeof(*at));

        if (at == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        places->at = at;
        places->cap = cap;
    }
    places->at[places->count++] =
        (struct place){.net = net_of(address), .address = (uint32_t)number};
    places->highest = (uint32_t)number; /* they come in order */
    return SAE_OK;
}

static int by_net(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->net < y->net ? -1 : x->net > y->net;
}

/* A net's number is that of one of its addresses. */
enum sae_status sae_events_load_nets(struct sae_history *history, struct sae_events *events,
                                     uint32_t **ret_net, struct sae_err *err)
{
    struct places places = {0};
    enum sae_status status = sae_history_each_address(history, take_address, &places, err);
    size_t room = (size_t)places.highest + 1;
    uint32_t *net = status == SAE_OK ? calloc(room, sizeof(*net)) : NULL;

    if (status == SAE_OK && net == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (status == SAE_OK && places.count > 0) {
        qsort(places.at, places.count, sizeof(*places.at), by_net);
        for (size_t i = 0; i < places.count; i++) {
            bool again = i > 0 && places.at[i].net == places.at[i - 1].net;

            net[places.at[i].address] =
                again ? net[places.at[i - 1].address] : places.at[i].address;
        }
    }
    free(places.at);
    if (status == SAE_OK) {
        events->net = *ret_net = net;
        events->net_count = room;
    }
    return status;
}

/* ---- a run -------------------------------------------------------------------------- */

enum sae_status sae_run_load(struct sae_run *run, struct sae_err *err)
{
    int64_t from = sae_tenant_detects_from(run->tenant, run->log.end);

    if (run->log.end == 0) {
        return SAE_OK;
    }
    run->use.from = run->log.end - sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    return sae_events_load(run->history, from, run->log.end, &run->use, &run->events,
                           &run->events_cut, err);
}

/* ---- expected countries ------------------------------------------------------------- */

/* "DE, AT CH": codes of two letters, whatever separates them. */
static bool lists(const char *codes, uint16_t country)
{
    for (const char *at = codes; at != NULL && *at != '\0'; at++) {
        if ((unsigned char)at[0] == country >> 8 && (unsigned char)at[1] == (country & 0xff) &&
            (at == codes || strchr(" ,", at[-1]) != NULL) && strchr(" ,", at[2]) != NULL) {
            return true;
        }
    }
    return false;
}

static void look_up(struct sae_expectation *expect, uint32_t user)
{
    char mailbox[SAE_NAME + 1] = "";
    struct sae_user name;
    struct sae_sender sender = {.key = name.key, .upn = name.upn};
    const struct sae_allow_entry *entry;

    expect->user = user;
    expect->listed = NULL;
    if (expect->allow->list == NULL || expect->allow->list->count == 0) {
        return;
    }
    if (sae_history_user(expect->history, user, &name, &expect->failure) != SAE_OK ||
        sae_history_user_mailbox(expect->history, user, mailbox, &expect->failure) !=
            SAE_OK) {
        return;
    }
    sender.mailbox = mailbox[0] == '\0' ? NULL : mailbox;
    entry = sae_allow_of_sender(expect->allow, &sender);
    if (entry != NULL && entry->expires >= expect->today &&
        entry->cell[SAE_ALLOW_COUNTRIES] != NULL &&
        entry->cell[SAE_ALLOW_COUNTRIES][0] != '\0') {
        expect->listed = entry->cell[SAE_ALLOW_COUNTRIES];
    }
}

enum sae_expect sae_expectation_ask(void *arg, uint32_t user, uint16_t country)
{
    struct sae_expectation *expect = arg;
    const char *all = sae_tenant_text(expect->tenant, SAE_KEY_COUNTRIES);

    if (expect->user != user) {
        look_up(expect, user);
    }
    if (expect->listed == NULL && all == NULL) {
        return SAE_EXPECT_NOTHING;
    }
    return lists(expect->listed, country) || lists(all, country) ? SAE_EXPECT_YES
                                                                 : SAE_EXPECT_NO;
}
