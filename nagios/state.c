/* SPDX-License-Identifier: MIT */
#include "nagios/state.h"

#include <stddef.h>
#include <strings.h>

enum { STATE_COUNT = 4 };

static const char *const names[STATE_COUNT] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

static int rank(enum sae_state state)
{
    switch (state) {
    case SAE_STATE_OK:
        return 0;
    case SAE_STATE_WARNING:
        return 2;
    case SAE_STATE_CRITICAL:
        return 3;
    case SAE_STATE_UNKNOWN:
        break;
    }
    return 1;
}

enum sae_state sae_state_worse(enum sae_state a, enum sae_state b)
{
    return rank(b) > rank(a) ? b : a;
}

const char *sae_state_name(enum sae_state state)
{
    return (unsigned)state < STATE_COUNT ? names[state] : names[SAE_STATE_UNKNOWN];
}

bool sae_state_parse(const char *text, enum sae_state *ret_state)
{
    for (int i = 0; i < STATE_COUNT; i++) {
        if (strcasecmp(text, names[i]) == 0 || (text[0] == '0' + i && text[1] == '\0')) {
            *ret_state = (enum sae_state)i;
            return true;
        }
    }
    return false;
}
