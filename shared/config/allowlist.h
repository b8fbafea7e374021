/* SPDX-License-Identifier: MIT */
/* The allow list: who may send with SMTP AUTH, and what was decided about it.
 * mailbox,owner,device,sources,countries,expires,decision,note */
#ifndef SAE_ALLOWLIST_H
#define SAE_ALLOWLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum sae_allow_column {
    SAE_ALLOW_MAILBOX, /* an address, alias, Guid, object id or user name */
    SAE_ALLOW_OWNER,
    SAE_ALLOW_DEVICE,
    SAE_ALLOW_SOURCES,   /* CIDRs, blank separated */
    SAE_ALLOW_COUNTRIES, /* ISO codes, blank separated */
    SAE_ALLOW_EXPIRES,   /* YYYY-MM-DD, the last valid day; empty: never */
    SAE_ALLOW_DECISION,  /* oauth relay hve keep retire, or empty */
    SAE_ALLOW_NOTE,
    SAE_ALLOW_COLUMNS
};

extern const char *const sae_allow_columns[SAE_ALLOW_COLUMNS];

struct sae_allow_entry {
    char *cell[SAE_ALLOW_COLUMNS]; /* mailbox in lower case */
    int64_t expires;               /* day number; INT64_MAX: never */
};

struct sae_allowlist {
    struct sae_allow_entry *entry;
    size_t count;
};

/* One bad row fails the whole list and names itself: a list that is half understood would
 * call the wrong mailboxes unlisted. Zero-initialised is valid for done. */
enum sae_status sae_allowlist_read(const char *path, struct sae_allowlist *ret_list,
                                   struct sae_err *err) SAE_MUST_CHECK;
void sae_allowlist_done(struct sae_allowlist *list);

/* The entry that names `name` (ASCII case ignored), or NULL. */
const struct sae_allow_entry *sae_allowlist_find(const struct sae_allowlist *list,
                                                 const char *name);

#endif
