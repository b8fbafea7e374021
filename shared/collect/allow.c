/* SPDX-License-Identifier: MIT */
#include "collect/allow.h"

#include <stdlib.h>
#include <string.h>

enum { EXPIRING_DAYS = 14 };

static int by_mailbox(const void *a, const void *b)
{
    const struct sae_allow_key *x = a, *y = b;

    return strcmp(x->mailbox, y->mailbox);
}

enum sae_status sae_allow_index(const struct sae_allowlist *list, struct sae_history *history,
                                struct sae_allow_index *ret_index, struct sae_err *err)
{
    struct sae_allow_index index = {.list = list};
    enum sae_status status = SAE_OK;

    index.key = calloc(list->count + 1, sizeof(*index.key));
    if (index.key == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < list->count && status == SAE_OK; i++) {
        struct sae_allow_key *key = &index.key[index.count];

        status = sae_history_find_mailbox(history, list->entry[i].cell[SAE_ALLOW_MAILBOX],
                                          key->mailbox, err);
        key->entry = &list->entry[i];
        index.count += key->mailbox[0] != '\0' ? 1 : 0;
    }
    if (status != SAE_OK) {
        sae_allow_index_done(&index);
        return status;
    }
    qsort(index.key, index.count, sizeof(*index.key), by_mailbox);
    *ret_index = index;
    return SAE_OK;
}

void sae_allow_index_done(struct sae_allow_index *index)
{
    free(index->key);
    *index = (struct sae_allow_index){0};
}

const struct sae_allow_entry *sae_allow_of_mailbox(const struct sae_allow_index *index,
                                                   const char *mailbox)
{
    size_t low = 0, high = index->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(index->key[mid].mailbox, mailbox);

        if (order == 0) {
            return index->key[mid].entry;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const struct sae_allow_entry *sae_allow_of_sender(const struct sae_allow_index *index,
                                                  const struct sae_sender *sender)
{
    const struct sae_allow_entry *entry = NULL;

    if (sender->mailbox != NULL) {
        entry = sae_allow_of_mailbox(index, sender->mailbox);
    }
    if (entry == NULL && index->list != NULL && sender->upn[0] != '\0') {
        entry = sae_allowlist_find(index->list, sender->upn);
    }
    if (entry == NULL && index->list != NULL) {
        entry = sae_allowlist_find(index->list, sender->key);
    }
    return entry;
}

enum sae_listed sae_allow_listed(const struct sae_allow_entry *entry, int64_t today)
{
    if (entry == NULL) {
        return SAE_LISTED_NO;
    }
    if (entry->expires < today) {
        return SAE_LISTED_EXPIRED;
    }
    return entry->expires - today <= EXPIRING_DAYS ? SAE_LISTED_EXPIRING : SAE_LISTED_VALID;
}
