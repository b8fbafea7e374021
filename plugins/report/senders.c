/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "config/allowlist.h"
#include "measure/senders.h"
#include "report/report.h"

enum { ORIGINS = 256, SOURCES_TEXT = 700, COUNTRIES_TEXT = 120 };

struct sender_walk {
    const struct sae_query *query;
    struct sae_history *history;
    struct sae_senders senders;
    struct sae_allowlist allow;
    bool *printed; /* entries of the allow list that some sender has */
};

static enum sae_status open_walk(struct sender_walk *walk, const struct sae_query *query,
                                 struct sae_err *err)
{
    const char *path = sae_tenant_text(query->tenant, SAE_KEY_ALLOW_LIST);
    enum sae_status status;

    *walk = (struct sender_walk){.query = query};
    status = sae_report_open(query, &walk->history, err);
    if (status == SAE_OK) {
        status = sae_history_number(walk->history, "signins_end", &walk->senders.end, err);
    }
    if (status == SAE_OK && path != NULL) {
        status = sae_allowlist_read(path, &walk->allow, err);
    }
    if (status == SAE_OK) {
        walk->printed = calloc(walk->allow.count + 1, sizeof(*walk->printed));
        status = walk->printed == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory") : SAE_OK;
    }
    return status;
}

static void close_walk(struct sender_walk *walk)
{
    free(walk->printed);
    sae_allowlist_done(&walk->allow);
    sae_history_close(walk->history);
}

static const struct sae_allow_entry *find_entry(const struct sender_walk *walk,
                                                const struct sae_sender *sender)
{
    const char *const names[] = {sender->upn, sender->key, sender->address, sender->mailbox};
    const struct sae_allow_entry *entry = NULL;

    for (size_t i = 0; i < 4 && entry == NULL; i++) {
        if (names[i] != NULL && names[i][0] != '\0') {
            entry = sae_allowlist_find(&walk->allow, names[i]);
        }
    }
    return entry;
}

static bool matches(const struct sender_walk *walk, const struct sae_sender *sender,
                    const struct sae_origin *origins, size_t count)
{
    const struct sae_query *query = walk->query;
    const char *const names[] = {sender->upn, sender->shown, sender->address, sender->mailbox,
                                 sender->key};
    bool from = !query->has_source;

    for (size_t i = 0; i < count && !from; i++) {
        from = sae_net_has(&query->source, &origins[i].address);
    }
    return from && sender->last > query->since && sae_query_wants(query, names, 5);
}

static void say_countries(const struct sae_origin *origins, size_t count, char *text,
                          size_t cap)
{
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char country[4] = {(char)(origins[i].country >> 8),
                           (char)(origins[i].country & 0xff)};
        size_t len = strlen(text);

        if (country[0] != '\0' && strstr(text, country) == NULL && len + 4 < cap) {
            snprintf(text + len, cap - len, "%s%s", len == 0 ? "" : " ", country);
        }
    }
}

/* How many of the sender's addresses share the net of one of them. */
static size_t neighbours(const struct sae_origin *origins, size_t count,
                         const struct sae_net *net)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        bool again = false;

        for (size_t before = 0; before < i && !again; before++) {
            again = memcmp(&origins[before].address, &origins[i].address,
                           sizeof(origins[i].address)) == 0;
        }
        n += !again && sae_net_has(net, &origins[i].address) ? 1 : 0;
    }
    return n;
}

/* Addresses as networks: three neighbours in a /24 or two in a /64 are one network. */
static void say_sources(const struct sae_origin *origins, size_t count, char *text,
                        size_t cap)
{
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct sae_address *address = &origins[i].address;
        bool old = address->len == 4;
        struct sae_net net = sae_net_around(address, old ? 24 : 64);
        char one[SAE_NET_TEXT];
        size_t len = strlen(text);

        if (address->len == 0) {
            continue;
        }
        if (neighbours(origins, count, &net) < (old ? 3U : 2U)) {
            net = sae_net_around(address, old ? 32 : 128);
        }
        sae_net_text(one, sizeof(one), &net);
        if (strstr(text, one) == NULL && len + SAE_NET_TEXT + 1 < cap) {
            snprintf(text + len, cap - len, "%s%s", len == 0 ? "" : " ", one);
        }
    }
}

/* ---- senders ------------------------------------------------------------------------ */

static const char *state_word(const struct sae_sender_verdict *verdict, bool matched,
                              bool listed, bool decided, bool list_given)
{
    if (verdict->silent) {
        return "silent";
    }
    if (!verdict->counts) {
        return "gone";
    }
    if (verdict->is_new) {
        return "new";
    }
    if (!matched) {
        return "unmatched";
    }
    if (list_given && !listed) {
        return "unlisted";
    }
    return decided ? "decided" : "undecided";
}

static enum sae_status put_sender(void *arg, const struct sae_sender *sender,
                                  struct sae_err *err)
{
    struct sender_walk *walk = arg;
    struct sae_table *table = walk->query->table;
    const struct sae_allow_entry *entry = find_entry(walk, sender);
    bool listed = entry != NULL && entry->expires >= sae_time_day(walk->query->now);
    const char *decision = entry == NULL ? "" : entry->cell[SAE_ALLOW_DECISION];
    char countries[COUNTRIES_TEXT], time[SAE_TIME_TEXT];
    struct sae_origin origins[ORIGINS];
    int64_t days[SAE_SENDER_DAYS];
    size_t day_count = 0, origin_count = 0;
    struct sae_sender_verdict verdict;
    enum sae_status status;
    const char *state;

    status = sae_history_sender_days(walk->history, sender->user, SAE_SENDER_DAYS, days,
                                     &day_count, err);
    if (status == SAE_OK) {
        status = sae_history_sender_origins(walk->history, sender->user, ORIGINS, origins,
                                            &origin_count, err);
    }
    if (status != SAE_OK || !matches(walk, sender, origins, origin_count)) {
        return status;
    }
    verdict = sae_senders_add(&walk->senders,
                              &(struct sae_sender_facts){.first = sender->first,
                                                         .last = sender->last,
                                                         .count = sender->count,
                                                         .days = days,
                                                         .day_count = day_count});
    state = state_word(&verdict, sender->mailbox != NULL, listed, decision[0] != '\0',
                       walk->allow.count > 0);
    if (walk->query->state != NULL && strcmp(walk->query->state, state) != 0) {
        return SAE_OK;
    }
    say_countries(origins, origin_count, countries, sizeof(countries));
    sae_table_cell(table, sender->shown);
    sae_table_cell(table, sender->address);
    sae_table_cell(table, sae_time_format(time, sizeof(time), sender->first));
    sae_table_cell(table, sae_time_format(time, sizeof(time), sender->last));
    sae_table_number(table, (double)sender->count);
    sae_table_number(table, (double)day_count);
    if (verdict.gap < 0) {
        sae_table_cell(table, NULL);
    } else {
        sae_table_number(table, verdict.gap);
    }
    sae_table_cell(table, countries);
    sae_table_cell(table, state);
    sae_table_cell(table, decision);
    return SAE_OK;
}

enum sae_status sae_report_senders(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"user", 36, false}, {"mailbox", 32, false},  {"first", 20, false},
        {"last", 20, false}, {"count", 7, true},      {"days", 5, true},
        {"gap", 4, true},    {"countries", 9, false}, {"state", 9, false},
        {"decision", 0, false}};
    int64_t lookback = sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK);
    struct sender_walk walk;
    enum sae_status status = open_walk(&walk, query, err);

    if (status == SAE_OK) {
        sae_table_head(query->table, columns, 10);
        status = sae_history_each_sender(walk.history, walk.senders.end - lookback,
                                         walk.senders.end, put_sender, &walk, err);
    }
    close_walk(&walk);
    return status;
}

/* ---- allow list --------------------------------------------------------------------- */

static void put_entry(struct sae_table *table, const struct sae_allow_entry *entry)
{
    for (int c = 0; c < SAE_ALLOW_COLUMNS; c++) {
        sae_table_cell(table, entry->cell[c]);
    }
}

/* A row as observed; what only people know stays blank. */
static enum sae_status put_observed(void *arg, const struct sae_sender *sender,
                                    struct sae_err *err)
{
    struct sender_walk *walk = arg;
    struct sae_table *table = walk->query->table;
    const struct sae_allow_entry *entry = find_entry(walk, sender);
    char sources[SOURCES_TEXT], countries[COUNTRIES_TEXT], note[96];
    char first[SAE_TIME_TEXT], last[SAE_TIME_TEXT];
    struct sae_origin origins[ORIGINS];
    size_t count = 0;
    enum sae_status status;

    if (sender->count == 0) {
        return SAE_OK;
    }
    status = sae_history_sender_origins(walk->history, sender->user, ORIGINS, origins, &count,
                                        err);
    if (status != SAE_OK || !matches(walk, sender, origins, count)) {
        return status;
    }
    if (entry != NULL) {
        bool *printed = &walk->printed[entry - walk->allow.entry];

        if (!*printed) {
            put_entry(table, entry);
        }
        *printed = true;
        return SAE_OK;
    }
    say_sources(origins, count, sources, sizeof(sources));
    say_countries(origins, count, countries, sizeof(countries));
    snprintf(note, sizeof(note), "%" PRId64 " sign-ins seen from %.10s to %.10s",
             sender->count, sae_time_format(first, sizeof(first), sender->first),
             sae_time_format(last, sizeof(last), sender->last));
    sae_table_cell(table, sender->address != NULL  ? sender->address
                          : sender->upn[0] != '\0' ? sender->upn
                                                   : sender->key);
    sae_table_cell(table, "");
    sae_table_cell(table, "");
    sae_table_cell(table, sources);
    sae_table_cell(table, countries);
    sae_table_cell(table, "");
    sae_table_cell(table, "");
    sae_table_cell(table, note);
    return SAE_OK;
}

enum sae_status sae_report_allow_list(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"mailbox", 36, false},  {"owner", 12, false},    {"device", 12, false},
        {"sources", 36, false},  {"countries", 9, false}, {"expires", 10, false},
        {"decision", 8, false},  {"note", 0, false}};
    int64_t lookback = sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK);
    struct sender_walk walk;
    enum sae_status status = open_walk(&walk, query, err);

    if (status == SAE_OK) {
        sae_table_head(query->table, columns, SAE_ALLOW_COLUMNS);
        status = sae_history_each_sender(walk.history, walk.senders.end - lookback,
                                         walk.senders.end, put_observed, &walk, err);
    }
    /* Entries that nobody used stay: the output can replace the list without losing any. */
    for (size_t i = 0; status == SAE_OK && i < walk.allow.count; i++) {
        if (!walk.printed[i] && query->mailbox == NULL && !query->has_source) {
            put_entry(query->table, &walk.allow.entry[i]);
        }
    }
    close_walk(&walk);
    return status;
}
