/* SPDX-License-Identifier: MIT */
#include "codes.h"

#include <stddef.h>

/* In ascending order, for the search. */
static const struct sae_code codes[] = {
    {0, SAE_CODE_SUCCESS, SAE_PASSWORD_YES},
    {50005, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {50014, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50020, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50034, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50053, SAE_CODE_LOCKED, SAE_PASSWORD_UNKNOWN},
    {50055, SAE_CODE_EXPIRED, SAE_PASSWORD_YES},
    {50056, SAE_CODE_BAD_PASSWORD, SAE_PASSWORD_NO},
    {50057, SAE_CODE_DISABLED, SAE_PASSWORD_UNKNOWN},
    {50059, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50064, SAE_CODE_BAD_PASSWORD, SAE_PASSWORD_NO},
    {50072, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {50074, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {50076, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {50078, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {50079, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {50097, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {50105, SAE_CODE_POLICY, SAE_PASSWORD_YES},
    {50125, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {50126, SAE_CODE_BAD_PASSWORD, SAE_PASSWORD_NO},
    {50128, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {50131, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {50135, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {50142, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {50144, SAE_CODE_EXPIRED, SAE_PASSWORD_PROBABLY},
    {50158, SAE_CODE_MFA, SAE_PASSWORD_YES},
    {51004, SAE_CODE_NO_USER, SAE_PASSWORD_NO},
    {53000, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {53001, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {53002, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {53003, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {53004, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {53010, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {53011, SAE_CODE_RISK, SAE_PASSWORD_YES},
    {80001, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80002, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80005, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80007, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80010, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80012, SAE_CODE_POLICY, SAE_PASSWORD_PROBABLY},
    {80013, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {80014, SAE_CODE_INFRA, SAE_PASSWORD_UNKNOWN},
    {90072, SAE_CODE_NO_USER, SAE_PASSWORD_UNKNOWN},
    {530031, SAE_CODE_CA_BLOCK, SAE_PASSWORD_YES},
    {530032, SAE_CODE_CA_BLOCK, SAE_PASSWORD_PROBABLY},
    {530035, SAE_CODE_POLICY, SAE_PASSWORD_PROBABLY},
};

const struct sae_code *sae_code_find(int32_t code)
{
    static const struct sae_code other = {-1, SAE_CODE_OTHER, SAE_PASSWORD_UNKNOWN};
    size_t low = 0, high = sizeof(codes) / sizeof(codes[0]);

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (codes[mid].code == code) {
            return &codes[mid];
        }
        if (codes[mid].code < code) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return &other;
}

int64_t sae_code_rank(int32_t code)
{
    enum sae_password right = sae_code_find(code)->password;
    int64_t level = 0;

    if (code == 0) {
        level = 2;
    } else if (right == SAE_PASSWORD_YES || right == SAE_PASSWORD_PROBABLY) {
        level = 1;
    }
    return (level << 32) | (uint32_t)code;
}
