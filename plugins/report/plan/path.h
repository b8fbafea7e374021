/* SPDX-License-Identifier: MIT */
/* What may become of a sender: one line, as the allow list decided, else a suggestion
 * with its reason. */
#ifndef SAE_REPORT_PLAN_PATH_H
#define SAE_REPORT_PLAN_PATH_H

#include "collect/look.h"

enum sae_plan_fate {
    SAE_PLAN_STAYS,  /* keeps SMTP AUTH */
    SAE_PLAN_MOVED,  /* was to go another way, and is silent: needs it no more */
    SAE_PLAN_RETIRES /* the administrator said so */
};

/* A sender in the registry has sent at some time: what nobody decided about stays, for
 * its silence may be shorter than its habit (a quarter, a year). `silent`: no success in
 * the look-back. */
enum sae_plan_fate sae_plan_fate_of(const char *decision, bool silent);

/* The path in words. `since`: the origins that count were seen after it. */
void sae_plan_path(char *text, size_t cap, const char *decision, bool silent,
                   const struct sae_origin *origins, size_t count, int64_t since);

#endif
