/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth_tenant",
        .about = "Is the tenant switch of SMTP AUTH off, and did anybody touch it?",
        .groups = 1U << SAE_GROUP_TENANT,
    };

    return sae_check_main(&check, argc, argv);
}
