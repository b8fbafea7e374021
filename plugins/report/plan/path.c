/* SPDX-License-Identifier: MIT */
#include "plugins/report/plan/path.h"

#include <stdio.h>
#include <strings.h>

#include "address.h"

enum sae_plan_fate sae_plan_fate_of(const char *decision, bool silent)
{
    if (strcasecmp(decision, "retire") == 0) {
        return SAE_PLAN_RETIRES;
    }
    if (silent &&
        (strcasecmp(decision, "relay") == 0 || strcasecmp(decision, "hve") == 0)) {
        return SAE_PLAN_MOVED;
    }
    return SAE_PLAN_STAYS;
}

/* How many networks (/24, /64) the addresses are in. */
static size_t count_nets(const struct sae_origin *origins, size_t count, int64_t since)
{
    size_t nets = 0;

    for (size_t i = 0; i < count; i++) {
        const struct sae_address *address = &origins[i].address;
        bool known = origins[i].last < since || address->len == 0;

        for (size_t before = 0; before < i && !known; before++) {
            const struct sae_address *other = &origins[before].address;

            if (origins[before].last >= since && other->len == address->len) {
                struct sae_net net = sae_net_around(other, other->len == 4 ? 24 : 64);

                known = sae_net_has(&net, address);
            }
        }
        nets += known ? 0 : 1;
    }
    return nets;
}

static void suggest(char *text, size_t cap, bool silent, size_t nets)
{
    if (silent) {
        snprintf(text, cap, "path: retire? no sign-in in the look-back, ask its owner");
    } else if (nets == 1) {
        snprintf(
            text, cap,
            "path: relay, for it always comes from one network (HVE if it writes to your "
            "own people only)");
    } else if (nets > 1) {
        snprintf(
            text, cap,
            "path: OAuth, for it comes from %zu networks, so no address can vouch for it",
            nets);
    } else {
        snprintf(text, cap, "path: OAuth, for it is not known where it comes from");
    }
}

void sae_plan_path(char *text, size_t cap, const char *decision, bool silent,
                   const struct sae_origin *origins, size_t count, int64_t since)
{
    static const char *const words[][2] = {
        {"oauth", "path: OAuth, as the allow list says"},
        {"hve",
         "path: HVE (High Volume Email, internal recipients only), as the allow list "
         "says"},
        {"relay", "path: relay, as the allow list says"},
        {"keep",
         "path: keep, as the allow list says, OAuth or relay before the final removal"},
        {"retire", "path: retire, as the allow list says"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(decision, words[i][0]) == 0) {
            snprintf(text, cap, "%s", words[i][1]);
            return;
        }
    }
    suggest(text, cap, silent, count_nets(origins, count, since));
}
