/* SPDX-License-Identifier: MIT */
/* Which mailboxes can use SMTP AUTH, and which of them for no reason. Pure: mailboxes in,
 * one at a time, metrics out.
 *
 * Rule (Set-CASMailbox, Set-TransportConfig): the mailbox's own flag wins; a blank one
 * follows the tenant. What is not known counts as exposed. */
#ifndef SAE_EXPOSURE_H
#define SAE_EXPOSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "facts.h"
#include "measure/metrics.h"

/* What the allow list says about a mailbox. */
enum sae_listed {
    SAE_LISTED_NO,
    SAE_LISTED_VALID,
    SAE_LISTED_EXPIRING, /* within 14 d */
    SAE_LISTED_EXPIRED
};

struct sae_exposure {
    enum sae_switch smtp_auth;
    int64_t by_flag[SAE_FLAG_UNKNOWN + 1];
    int64_t exposed, unused, unlisted, expired, expiring;
};

bool sae_is_exposed(enum sae_flag flag, enum sae_switch smtp_auth);

/* Counts one mailbox; true if it is exposed. `used`: a success in the look-back is known. */
bool sae_exposure_add(struct sae_exposure *exposure, enum sae_flag flag, bool used,
                      enum sae_listed listed);

/* Counts `count` mailboxes with that flag that nobody is known to use and that are not on the
 * allow list. */
void sae_exposure_add_rest(struct sae_exposure *exposure, enum sae_flag flag, int64_t count);

/* Sets the metrics of the mailboxes. `why_not_unused` is NULL if the log proves what was not
 * used, else the reason why it does not; `has_list`: an allow list was read. */
void sae_exposure_measure(const struct sae_exposure *exposure, const char *why_not_unused,
                          bool has_list, struct sae_values *values);

#endif
