/* SPDX-License-Identifier: MIT */
#include "collect/smtp_clients.h"

#include <stdlib.h>
#include <string.h>

struct loading {
    struct sae_history *history;
    struct sae_smtp_clients *clients;
};

static void free_one(struct sae_smtp_client *client)
{
    free(client->key);
    free(client->address);
}

static enum sae_status grow(struct sae_smtp_clients *clients, struct sae_err *err)
{
    size_t cap = clients->cap == 0 ? 64 : 2 * clients->cap;
    struct sae_smtp_client *at = realloc(clients->at, cap * sizeof(*at));

    if (at == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    clients->at = at;
    clients->cap = cap;
    return SAE_OK;
}

static enum sae_status take_row(void *arg, const struct sae_smtp_client_row *row,
                                struct sae_err *err)
{
    struct loading *loading = arg;
    struct sae_smtp_clients *clients = loading->clients;
    char mailbox[SAE_NAME + 1];
    struct sae_smtp_client client = {.messages = row->messages, .auth = row->auth};
    enum sae_status status =
        sae_history_find_mailbox(loading->history, row->sender, mailbox, err);

    if (status == SAE_OK && clients->count == clients->cap) {
        status = grow(clients, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    client.matched = mailbox[0] != '\0';
    client.key = strdup(client.matched ? mailbox : row->sender);
    client.address = strdup(row->sender);
    if (client.key == NULL || client.address == NULL) {
        free_one(&client);
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    clients->at[clients->count++] = client;
    return SAE_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct sae_smtp_client *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->address, y->address);
}

/* One sender has a row for each protocol, perhaps for each of its addresses. */
static void join(struct sae_smtp_clients *clients)
{
    size_t kept = 0;

    if (clients->count == 0) {
        return;
    }
    qsort(clients->at, clients->count, sizeof(*clients->at), by_key);
    for (size_t i = 1; i < clients->count; i++) {
        struct sae_smtp_client *last = &clients->at[kept], *next = &clients->at[i];

        if (strcmp(last->key, next->key) == 0) {
            last->messages += next->messages;
            last->auth |= next->auth;
            free_one(next);
        } else {
            clients->at[++kept] = *next;
        }
    }
    clients->count = kept + 1;
}

static enum sae_status note_use(const struct sae_smtp_clients *clients,
                                struct sae_history *history, struct sae_err *err)
{
    enum sae_status status = SAE_OK;

    for (size_t i = 0; i < clients->count && status == SAE_OK; i++) {
        if (clients->at[i].matched && clients->at[i].messages > 0) {
            status = sae_history_note_use(history, clients->at[i].key, err);
        }
    }
    return status;
}

enum sae_status sae_smtp_clients_load(const struct sae_tenant *tenant,
                                      struct sae_history *history, int64_t now,
                                      struct sae_smtp_clients *ret_clients,
                                      struct sae_err *err)
{
    const char *pattern = sae_tenant_text(tenant, SAE_KEY_SMTP_CLIENTS);
    const struct sae_budget forever = {.end = INT64_MAX};
    const struct sae_files_env env = {.budget = &forever, .now = now};
    struct sae_smtp_clients clients = {0};
    struct loading loading = {.history = history, .clients = &clients};
    enum sae_status status = SAE_OK;

    if (pattern != NULL) {
        status = sae_files_smtp_clients(pattern, &env, take_row, &loading, err);
    }
    if (status == SAE_OK) {
        join(&clients);
        status = note_use(&clients, history, err);
    }
    if (status != SAE_OK) {
        sae_smtp_clients_done(&clients);
        return status;
    }
    *ret_clients = clients;
    return SAE_OK;
}

void sae_smtp_clients_done(struct sae_smtp_clients *clients)
{
    for (size_t i = 0; i < clients->count; i++) {
        free_one(&clients->at[i]);
    }
    free(clients->at);
    *clients = (struct sae_smtp_clients){0};
}

static int compare_key(const void *key, const void *client)
{
    return strcmp(key, ((const struct sae_smtp_client *)client)->key);
}

const struct sae_smtp_client *sae_smtp_clients_of(const struct sae_smtp_clients *clients,
                                                  const struct sae_sender *sender)
{
    const char *key = sender->mailbox != NULL ? sender->mailbox : sender->upn;

    return clients->count == 0 ? NULL
                               : bsearch(key, clients->at, clients->count,
                                         sizeof(*clients->at), compare_key);
}

const char *sae_auth_word(const struct sae_smtp_client *client)
{
    switch (client == NULL ? 0 : client->auth) {
    case SAE_AUTH_BASIC:
        return "basic";
    case SAE_AUTH_OAUTH:
        return "oauth";
    case SAE_AUTH_BASIC | SAE_AUTH_OAUTH:
        return "both";
    default:
        return "unknown";
    }
}
