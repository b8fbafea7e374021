/* SPDX-License-Identifier: MIT */
/* The four states of a check. Their numbers are the exit codes of the Nagios plugin API.
 */
#ifndef SAE_STATE_H
#define SAE_STATE_H

#include <stdbool.h>

enum sae_state {
    SAE_STATE_OK = 0,
    SAE_STATE_WARNING = 1,
    SAE_STATE_CRITICAL = 2,
    SAE_STATE_UNKNOWN = 3
};

/* The graver of two states in the order OK < UNKNOWN < WARNING < CRITICAL: what is proven
 * outranks what could not be measured (max_state_alt of the Monitoring Plugins). */
enum sae_state sae_state_worse(enum sae_state a, enum sae_state b);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN"; any other value is "UNKNOWN". */
const char *sae_state_name(enum sae_state state);

/* Whole text as a name in any case, or as one digit 0 to 3. */
bool sae_state_parse(const char *text, enum sae_state *ret_state);

#endif
