/* SPDX-License-Identifier: MIT */
/* How long a service asks us to wait. */
#ifndef SAE_RETRY_H
#define SAE_RETRY_H

#include <stdint.h>

/* The value of Retry-After: seconds, whole or with a fraction (Exchange), or an HTTP date,
 * which is compared with `now` (ticks; the server's own clock where it says one). Returns
 * ticks from 1 s to 1 d; -1 if it says nothing usable. */
int64_t sae_retry_after(const char *value, int64_t now);

#endif
