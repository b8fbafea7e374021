/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth_senders",
        .about = "Who still sends with SMTP AUTH, who stopped, what is decided about it?",
        .groups = 1U << SAE_GROUP_SENDERS,
    };

    return sae_check_main(&check, argc, argv);
}
