/* SPDX-License-Identifier: MIT */
/* The allow list against the mailboxes that are stored: an entry may name its mailbox by any
 * address, alias, Guid or object id, or name the user itself. */
#ifndef SAE_ALLOW_H
#define SAE_ALLOW_H

#include "config/allowlist.h"
#include "measure/exposure.h"
#include "store/history.h"

struct sae_allow_key {
    char mailbox[SAE_NAME + 1]; /* key of the mailbox */
    const struct sae_allow_entry *entry;
};

struct sae_allow_index {
    const struct sae_allowlist *list;
    struct sae_allow_key *key; /* sorted by mailbox */
    size_t count;
};

/* `list` must outlive the index. Zero-initialised is an index of nothing, valid for done. */
enum sae_status sae_allow_index(const struct sae_allowlist *list, struct sae_history *history,
                                struct sae_allow_index *ret_index,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_allow_index_done(struct sae_allow_index *index);

/* The entry of a mailbox by its key, or NULL. */
const struct sae_allow_entry *sae_allow_of_mailbox(const struct sae_allow_index *index,
                                                   const char *mailbox);

/* The entry of a sender: that of its mailbox, else one that names the user. */
const struct sae_allow_entry *sae_allow_of_sender(const struct sae_allow_index *index,
                                                  const struct sae_sender *sender);

/* What an entry (NULL: none) says on `today`. */
enum sae_listed sae_allow_listed(const struct sae_allow_entry *entry, int64_t today);

#endif
