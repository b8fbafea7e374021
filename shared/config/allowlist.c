/* SPDX-License-Identifier: MIT */
#include "config/allowlist.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "base/clock.h"
#include "base/text.h"
#include "config/table.h"

const char *const sae_allow_columns[SAE_ALLOW_COLUMNS] = {
    [SAE_ALLOW_MAILBOX] = "mailbox",   [SAE_ALLOW_OWNER] = "owner",
    [SAE_ALLOW_DEVICE] = "device",     [SAE_ALLOW_SOURCES] = "sources",
    [SAE_ALLOW_COUNTRIES] = "countries", [SAE_ALLOW_EXPIRES] = "expires",
    [SAE_ALLOW_DECISION] = "decision", [SAE_ALLOW_NOTE] = "note",
};

static bool is_decision(const char *text)
{
    static const char *const decisions[] = {"", "oauth", "relay", "hve", "keep", "retire"};

    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
        if (strcasecmp(text, decisions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_net(const char *word, size_t len)
{
    struct sae_net net;

    return sae_net_read(word, len, &net);
}

static bool is_country(const char *word, size_t len)
{
    return len == 2 && word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'A' && word[1] <= 'Z';
}

static bool each_word(const char *text, bool (*valid)(const char *word, size_t len))
{
    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (len > 0 && !valid(text, len)) {
            return false;
        }
        text += len + (text[len] == ' ' ? 1 : 0);
    }
    return true;
}

static enum sae_status check_row(char *const *cells, int64_t *ret_expires,
                                 struct sae_err *err)
{
    const char *expires = cells[SAE_ALLOW_EXPIRES];

    if (cells[SAE_ALLOW_MAILBOX][0] == '\0') {
        return sae_fail(err, SAE_E_CONFIG, "no mailbox");
    }
    if (!each_word(cells[SAE_ALLOW_SOURCES], is_net)) {
        return sae_fail(err, SAE_E_CONFIG,
                        "sources are addresses or networks such as 192.0.2.0/24, separated "
                        "by blanks");
    }
    if (!each_word(cells[SAE_ALLOW_COUNTRIES], is_country)) {
        return sae_fail(err, SAE_E_CONFIG,
                        "countries are ISO codes such as FI SE, separated by blanks");
    }
    *ret_expires = INT64_MAX;
    if (expires[0] != '\0' && !sae_date_parse(expires, strlen(expires), ret_expires)) {
        return sae_fail(err, SAE_E_CONFIG, "expires is %.20s, not a date YYYY-MM-DD",
                        expires);
    }
    if (!is_decision(cells[SAE_ALLOW_DECISION])) {
        return sae_fail(err, SAE_E_CONFIG,
                        "decision is %.20s, but must be oauth, relay, hve, keep, retire or "
                        "empty",
                        cells[SAE_ALLOW_DECISION]);
    }
    return SAE_OK;
}

static enum sae_status take_row(void *arg, char *const *cells, struct sae_err *err)
{
    struct sae_allowlist *list = arg;
    struct sae_allow_entry *more, *entry;
    enum sae_status status;
    int64_t expires;

    status = check_row(cells, &expires, err);
    if (status != SAE_OK) {
        return status;
    }
    if ((list->count & (list->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = list->count == 0 ? 1 : list->count * 2;

        more = realloc(list->entry, room * sizeof(*more));
        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        list->entry = more;
    }
    entry = &list->entry[list->count++];
    *entry = (struct sae_allow_entry){.expires = expires};
    for (int c = 0; c < SAE_ALLOW_COLUMNS; c++) {
        entry->cell[c] = strdup(cells[c]);
        if (entry->cell[c] == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
    }
    sae_text_lower(entry->cell[SAE_ALLOW_MAILBOX], strlen(entry->cell[SAE_ALLOW_MAILBOX]));
    return SAE_OK;
}

static int by_mailbox(const void *a, const void *b)
{
    const struct sae_allow_entry *x = a, *y = b;

    return strcmp(x->cell[SAE_ALLOW_MAILBOX], y->cell[SAE_ALLOW_MAILBOX]);
}

static enum sae_status sort_entries(struct sae_allowlist *list, const char *path,
                                    struct sae_err *err)
{
    if (list->count > 0) {
        qsort(list->entry, list->count, sizeof(*list->entry), by_mailbox);
    }
    for (size_t i = 1; i < list->count; i++) {
        if (by_mailbox(&list->entry[i - 1], &list->entry[i]) == 0) {
            return sae_fail(err, SAE_E_CONFIG, "%s: %s is there twice", path,
                            list->entry[i].cell[SAE_ALLOW_MAILBOX]);
        }
    }
    return SAE_OK;
}

enum sae_status sae_allowlist_read(const char *path, struct sae_allowlist *ret_list,
                                   struct sae_err *err)
{
    struct sae_allowlist list = {0};
    enum sae_status status =
        sae_table_read(path, sae_allow_columns, SAE_ALLOW_COLUMNS, take_row, &list, err);

    if (status == SAE_OK) {
        status = sort_entries(&list, path, err);
    }
    if (status != SAE_OK) {
        sae_allowlist_done(&list);
        return status;
    }
    *ret_list = list;
    return SAE_OK;
}

void sae_allowlist_done(struct sae_allowlist *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (int c = 0; c < SAE_ALLOW_COLUMNS; c++) {
            free(list->entry[i].cell[c]);
        }
    }
    free(list->entry);
    *list = (struct sae_allowlist){0};
}

const struct sae_allow_entry *sae_allowlist_find(const struct sae_allowlist *list,
                                                 const char *name)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcasecmp(list->entry[mid].cell[SAE_ALLOW_MAILBOX], name);

        if (order == 0) {
            return &list->entry[mid];
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}
