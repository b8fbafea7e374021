/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <string.h>

const char *sae_part_name(enum sae_part part)
{
    static const char *const names[SAE_PART_COUNT] = {
        [SAE_PART_TENANT] = "tenant",
        [SAE_PART_MAILBOXES] = "mailboxes",
        [SAE_PART_SIGNINS] = "signins",
        [SAE_PART_POLICY] = "policy",
    };

    return names[part];
}

bool sae_part_is_off(const struct sae_part_state *state)
{
    return strcmp(state->source, "off") == 0 || strcmp(state->source, "unlicensed") == 0;
}
