/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "collect/attack.h"

struct sae_rule sae_attack_rule(const struct sae_run *run, enum sae_key key)
{
    return sae_rule_read(sae_tenant_text(run->tenant, key));
}

/* ---- events ------------------------------------------------------------------------- */

struct loading {
    struct sae_events *events;
    const struct sae_code *code; /* of the last row: mostly the next one's too */
};

static enum sae_status take_row(void *arg, const struct sae_row *row, struct sae_err *err)
{
    struct loading *loading = arg;
    const struct sae_code *code = loading->code->code == row->code
                                      ? loading->code
                                      : sae_code_find(row->code);
    struct sae_event event = {.time = row->time,
                              .user = (uint32_t)row->user,
                              .address = (uint32_t)row->address,
                              .code = row->code,
                              .country = (uint16_t)row->country,
                              .kind = (uint8_t)code->kind,
                              .password = (uint8_t)code->password};

    loading->code = code;
    return sae_events_add(loading->events, &event, err);
}

/* Where there are too many rows, the newest are looked at. */
static enum sae_status load_events(struct sae_attack *attack, struct sae_err *err)
{
    const struct sae_run *run = attack->run;
    int64_t end = run->log.end;
    int64_t from = sae_detect_from(end, attack->hold, sae_attack_rule(run, SAE_KEY_SPREAD_USERS),
                                   sae_attack_rule(run, SAE_KEY_STALE_DEVICES));
    struct loading loading = {.events = &attack->events, .code = sae_code_find(0)};
    enum sae_status status;

    for (;;) {
        attack->events = (struct sae_events){.from = from, .end = end};
        status = sae_history_each_row(run->history, 0, end, take_row, &loading, err);
        if (status != SAE_E_LIMIT || end - from < SAE_MINUTE) {
            return status;
        }
        attack->cut = true;
        from = end - (end - from) / 2;
        sae_events_done(&attack->events);
    }
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
static enum sae_status load_nets(struct sae_attack *attack, struct sae_err *err)
{
    struct places places = {0};
    enum sae_status status =
        sae_history_each_address(attack->run->history, take_address, &places, err);
    size_t room = (size_t)places.highest + 1;

    if (status == SAE_OK) {
        attack->net = calloc(room, sizeof(*attack->net));
        status = attack->net == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
    }
    if (status == SAE_OK && places.count > 0) {
        qsort(places.at, places.count, sizeof(*places.at), by_net);
        for (size_t i = 0; i < places.count; i++) {
            bool again = i > 0 && places.at[i].net == places.at[i - 1].net;

            attack->net[places.at[i].address] =
                again ? attack->net[places.at[i - 1].address] : places.at[i].address;
        }
        attack->events.net = attack->net;
        attack->events.net_count = room;
    }
    free(places.at);
    return status;
}

enum sae_status sae_attack_load(struct sae_attack *attack, struct sae_err *err)
{
    enum sae_status status = load_events(attack, err);

    return status == SAE_OK ? load_nets(attack, err) : status;
}

void sae_attack_done(struct sae_attack *attack)
{
    sae_events_done(&attack->events);
    sae_hits_done(&attack->stale);
    free(attack->net);
    attack->net = NULL;
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
    struct sae_run *run = expect->run;
    char mailbox[SAE_NAME + 1] = "";
    struct sae_user name;
    struct sae_sender sender = {.key = name.key, .upn = name.upn};
    const struct sae_allow_entry *entry;

    expect->user = user;
    expect->listed = NULL;
    if (sae_history_user(run->history, user, &name, &expect->failure) != SAE_OK ||
        sae_history_user_mailbox(run->history, user, mailbox, &expect->failure) != SAE_OK) {
        return;
    }
    sender.mailbox = mailbox[0] == '\0' ? NULL : mailbox;
    entry = sae_allow_of_sender(&run->allow, &sender);
    if (entry != NULL && entry->cell[SAE_ALLOW_COUNTRIES] != NULL &&
        entry->cell[SAE_ALLOW_COUNTRIES][0] != '\0') {
        expect->listed = entry->cell[SAE_ALLOW_COUNTRIES];
    }
}

enum sae_expect sae_attack_expect(void *arg, uint32_t user, uint16_t country)
{
    struct sae_expectation *expect = arg;
    const char *all = sae_tenant_text(expect->run->tenant, SAE_KEY_COUNTRIES);

    if (expect->user != user) {
        look_up(expect, user);
    }
    if (expect->listed == NULL && all == NULL) {
        return SAE_EXPECT_NOTHING;
    }
    return lists(expect->listed, country) || lists(all, country) ? SAE_EXPECT_YES
                                                                 : SAE_EXPECT_NO;
}
