/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collect/smtp_clients.h"
#include "collect/log.h"
#include "collect/look.h"
#include "report/report.h"

enum { SOURCES_TEXT = 700 };

struct sender_walk {
    const struct sae_query *query;
    struct sae_history *history;
    struct sae_senders senders;
    struct sae_look look;
    struct sae_allowlist list;
    struct sae_allow_index allow;
    bool *printed; /* entries of the allow list that some sender has */
    struct sae_smtp_clients clients;
    bool *told; /* those of them that some sender is */
    struct sae_tally agents; /* of the newest success, by user */
};

static enum sae_status open_walk(struct sender_walk *walk, const struct sae_query *query,
                                 struct sae_err *err)
{
    const char *path = sae_tenant_text(query->tenant, SAE_KEY_ALLOW_LIST);
    struct sae_log log;
    enum sae_status status;

    *walk = (struct sender_walk){.query = query};
    status = sae_report_open(query, &walk->history, err);
    if (status == SAE_OK) {
        status = sae_log_load(query->tenant, walk->history, &log, err);
    }
    if (status == SAE_OK) {
        walk->senders = (struct sae_senders){.end = log.end, .from = log.from, .to = log.to};
    }
    if (status == SAE_OK) {
        status = sae_history_switch_closed(walk->history, &walk->senders.closed, err);
    }
    if (status == SAE_OK && path != NULL) {
        status = sae_allowlist_read(path, &walk->list, err);
    }
    if (status == SAE_OK) {
        status = sae_allow_index(&walk->list, walk->history, &walk->allow, err);
    }
    if (status == SAE_OK) {
        status = sae_smtp_clients_load(query->tenant, walk->history, query->now,
                                       &walk->clients, err);
    }
    if (status == SAE_OK) {
        walk->printed = calloc(walk->list.count + 1, sizeof(*walk->printed));
        walk->told = calloc(walk->clients.count + 1, sizeof(*walk->told));
        status = walk->printed == NULL || walk->told == NULL
                     ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                     : SAE_OK;
    }
    return status;
}

static void close_walk(struct sender_walk *walk)
{
    free(walk->printed);
    free(walk->told);
    sae_smtp_clients_done(&walk->clients);
    sae_tally_done(&walk->agents);
    sae_allow_index_done(&walk->allow);
    sae_allowlist_done(&walk->list);
    sae_history_close(walk->history);
}

/* Looks at the sender; *ret_wanted says whether the filters let it through. */
static enum sae_status look_at(struct sender_walk *walk, const struct sae_sender *sender,
                               bool *ret_wanted, struct sae_err *err)
{
    const struct sae_query *query = walk->query;
    const char *const names[] = {sender->upn, sender->shown, sender->address, sender->mailbox,
                                 sender->key};
    const struct sae_look *look = &walk->look;
    bool from = !query->has_source;
    enum sae_status status = sae_look(walk->history, &walk->allow, sender,
                                      sae_time_day(query->now), 0, &walk->senders,
                                      &walk->look, err);

    for (size_t i = 0; status == SAE_OK && i < look->origin_count && !from; i++) {
        from = sae_net_has(&query->source, &look->origins[i].address);
    }
    *ret_wanted = from && sender->last > query->since && sae_query_wants(query, names, 5);
    return status;
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

static const char *state_word(const struct sender_walk *walk, const struct sae_sender *sender)
{
    const struct sae_look *look = &walk->look;

    if (look->verdict.refused) {
        return "refused";
    }
    if (look->verdict.silent) {
        return "silent";
    }
    if (look->elsewhere) {
        return "elsewhere";
    }
    if (!look->verdict.counts) {
        return "gone";
    }
    if (look->verdict.is_new) {
        return "new";
    }
    if (sender->mailbox == NULL) {
        return "unmatched";
    }
    if (walk->list.count > 0 && !look->listed) {
        return "unlisted";
    }
    return look->decision[0] != '\0' ? "decided" : "undecided";
}

/* What only the report of SMTP AUTH clients and the origins know. */
static void put_evidence(struct sender_walk *walk, const struct sae_smtp_client *client,
                         const char *agent, const char *nets)
{
    struct sae_table *table = walk->query->table;

    sae_table_cell(table, sae_auth_word(client));
    if (client == NULL) {
        sae_table_cell(table, NULL);
    } else {
        sae_table_number(table, (double)client->messages);
    }
    sae_table_cell(table, agent);
    sae_table_cell(table, nets);
}

static enum sae_status put_details(struct sender_walk *walk, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    const struct sae_smtp_client *client = sae_smtp_clients_of(&walk->clients, sender);
    const int64_t *number = sae_tally_find(&walk->agents, (uint32_t)sender->user);
    char agent[SAE_SHOWN + 1] = "", nets[SOURCES_TEXT];
    enum sae_status status = SAE_OK;

    if (number != NULL) {
        status = sae_history_agent(walk->history, *number, agent, err);
    }
    say_sources(walk->look.origins, walk->look.origin_count, nets, sizeof(nets));
    if (status == SAE_OK) {
        put_evidence(walk, client, agent, nets);
    }
    return status;
}

/* Whether a row of it is printed or filtered out: this sender is known to the log. */
static void note_told(struct sender_walk *walk, const struct sae_sender *sender)
{
    const struct sae_smtp_client *client = sae_smtp_clients_of(&walk->clients, sender);

    if (client != NULL) {
        walk->told[client - walk->clients.at] = true;
    }
}

static enum sae_status put_sender(void *arg, const struct sae_sender *sender,
                                  struct sae_err *err)
{
    struct sender_walk *walk = arg;
    const struct sae_look *look = &walk->look;
    struct sae_table *table = walk->query->table;
    char time[SAE_TIME_TEXT];
    const char *state;
    bool wanted;
    enum sae_status status = look_at(walk, sender, &wanted, err);

    note_told(walk, sender);
    if (status != SAE_OK || !wanted) {
        return status;
    }
    state = state_word(walk, sender);
    if (walk->query->state != NULL && strcmp(walk->query->state, state) != 0) {
        return SAE_OK;
    }
    sae_table_cell(table, sender->shown);
    sae_table_cell(table, sender->address);
    sae_table_cell(table, sae_time_format(time, sizeof(time), sender->first));
    sae_table_cell(table, sae_time_format(time, sizeof(time), sender->last));
    sae_table_number(table, (double)sender->count);
    sae_table_number(table, (double)look->day_count);
    if (look->verdict.gap < 0) {
        sae_table_cell(table, NULL);
    } else {
        sae_table_number(table, look->verdict.gap);
    }
    sae_table_cell(table, look->countries);
    sae_table_cell(table, state);
    sae_table_cell(table, look->decision);
    return put_details(walk, sender, err);
}

/* Somebody whom the report names, and no success that is held: no time, no place. */
static void put_client(struct sender_walk *walk, const struct sae_smtp_client *client)
{
    const struct sae_query *query = walk->query;
    const struct sae_sender sender = {.key = client->address,
                                      .upn = client->address,
                                      .mailbox = client->matched ? client->key : NULL};
    const struct sae_allow_entry *entry = sae_allow_of_sender(&walk->allow, &sender);
    const char *const names[] = {client->address, client->key};

    if (query->has_source || query->since != 0 || !sae_query_wants(query, names, 2) ||
        (query->state != NULL && strcmp(query->state, "reported") != 0)) {
        return;
    }
    sae_table_cell(query->table, client->address);
    sae_table_cell(query->table, client->matched ? client->address : NULL);
    sae_table_cell(query->table, NULL);
    sae_table_cell(query->table, NULL);
    sae_table_number(query->table, 0);
    sae_table_number(query->table, 0);
    sae_table_cell(query->table, NULL);
    sae_table_cell(query->table, "");
    sae_table_cell(query->table, "reported");
    sae_table_cell(query->table, entry == NULL ? "" : entry->cell[SAE_ALLOW_DECISION]);
    put_evidence(walk, client, "", "");
}

enum sae_status sae_report_senders(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"user", 36, false}, {"mailbox", 32, false},  {"first", 20, false},
        {"last", 20, false}, {"count", 7, true},      {"days", 5, true},
        {"gap", 4, true},    {"countries", 9, false}, {"state", 9, false},
        {"decision", 8, false}, {"auth", 7, false},   {"messages", 8, true},
        {"agent", 12, false}, {"nets", 0, false}};
    int64_t lookback = sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK);
    struct sender_walk walk;
    enum sae_status status = open_walk(&walk, query, err);

    if (status == SAE_OK) {
        status = sae_history_last_agents(walk.history, &walk.agents, err);
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
        status = sae_history_each_sender(walk.history, walk.senders.end - lookback,
                                         walk.senders.end, put_sender, &walk, err);
    }
    for (size_t i = 0; status == SAE_OK && i < walk.clients.count; i++) {
        if (!walk.told[i] && walk.clients.at[i].messages > 0) {
            put_client(&walk, &walk.clients.at[i]);
        }
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
static void put_row(struct sae_table *table, const struct sae_sender *sender,
                    const struct sae_look *look)
{
    char sources[SOURCES_TEXT], note[96], first[SAE_TIME_TEXT], last[SAE_TIME_TEXT];

    say_sources(look->origins, look->origin_count, sources, sizeof(sources));
    snprintf(note, sizeof(note), "%" PRId64 " sign-ins seen from %.10s to %.10s",
             sender->count, sae_time_format(first, sizeof(first), sender->first),
             sae_time_format(last, sizeof(last), sender->last));
    sae_table_cell(table, sender->address != NULL  ? sender->address
                          : sender->upn[0] != '\0' ? sender->upn
                                                   : sender->key);
    sae_table_cell(table, "");
    sae_table_cell(table, "");
    sae_table_cell(table, sources);
    sae_table_cell(table, look->countries);
    sae_table_cell(table, "");
    sae_table_cell(table, "");
    sae_table_cell(table, note);
}

static enum sae_status put_observed(void *arg, const struct sae_sender *sender,
                                    struct sae_err *err)
{
    struct sender_walk *walk = arg;
    const struct sae_allow_entry *entry;
    bool wanted;
    enum sae_status status = look_at(walk, sender, &wanted, err);

    if (status != SAE_OK || !wanted || sender->count == 0) {
        return status;
    }
    entry = walk->look.entry;
    if (entry == NULL) {
        put_row(walk->query->table, sender, &walk->look);
    } else if (!walk->printed[entry - walk->list.entry]) {
        walk->printed[entry - walk->list.entry] = true;
        put_entry(walk->query->table, entry);
    }
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
    for (size_t i = 0; status == SAE_OK && i < walk.list.count; i++) {
        if (!walk.printed[i] && query->mailbox == NULL && !query->has_source) {
            put_entry(query->table, &walk.list.entry[i]);
        }
    }
    close_walk(&walk);
    return status;
}
