/* SPDX-License-Identifier: MIT */
/* One sender looked at from all sides: what the history holds of it, what the allow list says,
 * and the verdict. Snapshot and reports see senders through this alone. */
#ifndef SAE_LOOK_H
#define SAE_LOOK_H

#include "collect/allow.h"
#include "measure/senders.h"

enum { SAE_LOOK_ORIGINS = 128, SAE_LOOK_COUNTRIES = 60 };

struct sae_look {
    const struct sae_allow_entry *entry; /* NULL: not on the list */
    bool listed;                         /* by an entry that has not expired */
    const char *decision;                /* never NULL */
    bool elsewhere; /* within 7 d used from an address that the entry does not list */
    size_t day_count;
    struct sae_origin origins[SAE_LOOK_ORIGINS]; /* newest first */
    size_t origin_count;
    char countries[SAE_LOOK_COUNTRIES]; /* blank separated, newest first */
    struct sae_sender_verdict verdict;
};

/* Judges the sender and counts it in `senders`. `accepted`: SAE_DRIFT_ bits. */
enum sae_status sae_look(struct sae_history *history, const struct sae_allow_index *allow,
                         const struct sae_sender *sender, int64_t today,
                         unsigned accepted, struct sae_senders *senders,
                         struct sae_look *ret_look, struct sae_err *err) SAE_MUST_CHECK;

#endif
