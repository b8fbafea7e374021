/* SPDX-License-Identifier: MIT */
/* Can the files that are named as sources be opened, and is something in them? Whether it is
 * what it should be, the readers in fetch/ say. */
#ifndef SAE_PREFLIGHT_FILES_H
#define SAE_PREFLIGHT_FILES_H

#include "config/config.h"

/* Of a part that is read from files; `works` (cap bytes) says in words that it can be. */
enum sae_status sae_look_at(const struct sae_tenant *tenant, enum sae_part part, char *works,
                            size_t cap, struct sae_err *err) SAE_MUST_CHECK;

#endif
