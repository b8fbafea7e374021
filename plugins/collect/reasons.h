/* SPDX-License-Identifier: MIT */
/* Which tenants failed and why, short enough for one line: "fabrikam (token refused), wingtip
 * (mailboxes: too few) and 7 more". */
#ifndef SAE_REASONS_H
#define SAE_REASONS_H

#include <stddef.h>

enum { SAE_REASON = 110, SAE_REASONS_LINE = 390 }; /* most bytes of one, of all */

struct sae_reasons {
    size_t count;
    size_t named; /* those in the line */
    char line[SAE_REASONS_LINE + 24];
};

/* `reason` as the list shows it: without the cmdlet that was refused, of absolute paths the
 * last name, cut with "..". */
char *sae_reason_short(char text[SAE_REASON + 1], const char *reason);

void sae_reasons_add(struct sae_reasons *reasons, const char *tenant, const char *reason);

/* The line. */
const char *sae_reasons_text(struct sae_reasons *reasons);

#endif
