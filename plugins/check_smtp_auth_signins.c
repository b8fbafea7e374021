/* SPDX-License-Identifier: MIT */
#include "check/check.h"

int main(int argc, char **argv)
{
    static const struct sae_check check = {
        .program = "check_smtp_auth_signins",
        .about = "How many SMTP AUTH sign-ins fail, of how many users, from where?",
        .groups = 1U << SAE_GROUP_SIGNINS,
    };

    return sae_check_main(&check, argc, argv);
}
