/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth",
        .about = "SMTP AUTH exposure of a tenant as one service, or of all tenants as one.",
        .groups = (1U << SAE_GROUP_COUNT) - 1,
        .all = true,
    };

    return sae_check_main(&check, argc, argv);
}
