/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth_health",
        .about = "Is the measurement itself complete and fresh? Other checks of a tenant should depend on this one.",
        .groups = 1U << SAE_GROUP_HEALTH,
    };

    return sae_check_main(&check, argc, argv);
}
