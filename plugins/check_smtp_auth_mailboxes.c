/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth_mailboxes",
        .about = "Which mailboxes can use SMTP AUTH, and which of them does nobody use?",
        .groups = 1U << SAE_GROUP_MAILBOXES,
    };

    return sae_check_main(&check, argc, argv);
}
