/* SPDX-License-Identifier: MIT */
#include "codes.h"

#include <stddef.h>

/* Short forms for the table. */
#define YES SAE_PASSWORD_YES
#define PROBABLY SAE_PASSWORD_PROBABLY
#define NO SAE_PASSWORD_NO
#define UNKNOWN SAE_PASSWORD_UNKNOWN
#define DOC SAE_EVIDENCE_DOCUMENTED
#define ORDER SAE_EVIDENCE_ORDER
#define TOOLS SAE_EVIDENCE_TOOLS
#define INFERRED SAE_EVIDENCE_INFERRED
#define NONE SAE_EVIDENCE_NONE

#define NO_PASSWORD_ASKED "a token or session ended: no password asked"

/* In ascending order, for the search. The tools are o365spray, MSOLSpray, TeamFiltration,
 * TREVORspray and msspray; "all" means all five. Rows about tokens, consent and browsers
 * are not expected of SMTP and are here so that they are not taken for anything else. */
static const struct sae_code codes[] = {
    {0, SAE_CODE_SUCCESS, YES, DOC, "success"},
    {16000, SAE_CODE_OTHER, UNKNOWN, NONE, "the user must choose an account"},
    {50005, SAE_CODE_CA_BLOCK, YES, ORDER, "password right, platform not allowed"},
    {50013, SAE_CODE_OTHER, UNKNOWN, NONE, "an assertion was invalid: no password asked"},
    {50014, SAE_CODE_NO_USER, NO, DOC, "no such user: a guest that is not complete"},
    {50020, SAE_CODE_NO_USER, NO, DOC,
     "no such user here: the account is of another tenant"},
    {50034, SAE_CODE_NO_USER, NO, DOC, "no such user"},
    /* One number, two meanings (failureReason tells them apart, exports may lack it).
     * After many 50126 it is a sign of an attack, never a proof about the password. */
    {50053, SAE_CODE_LOCKED, UNKNOWN, NONE,
     "account locked, or the address is known as malicious"},
    {50055, SAE_CODE_EXPIRED, YES, TOOLS, "password right, but expired"}, /* all */
    {50056, SAE_CODE_BAD_PASSWORD, NO, DOC, "wrong password: none is in the directory"},
    /* The tools disagree whether this proves anything. */
    {50057, SAE_CODE_DISABLED, UNKNOWN, NONE, "account disabled"},
    {50058, SAE_CODE_OTHER, UNKNOWN, NONE, "the user must sign in again"},
    {50059, SAE_CODE_NO_USER, NO, DOC, "no such user: tenant not found"},
    {50064, SAE_CODE_BAD_PASSWORD, NO, DOC, "wrong password: credentials were not valid"},
    {50072, SAE_CODE_MFA, YES, INFERRED, "password right, must enrol for MFA"},
    {50074, SAE_CODE_MFA, YES, INFERRED, "password right, MFA not passed"},
    {50076, SAE_CODE_MFA, YES, TOOLS, "password right, MFA required"}, /* all */
    {50078, SAE_CODE_MFA, YES, INFERRED, "password right, MFA expired"},
    {50079, SAE_CODE_MFA, YES, TOOLS, "password right, must enrol for MFA"},
    {50097, SAE_CODE_CA_BLOCK, YES, ORDER, "password right, the device must be known"},
    {50105, SAE_CODE_POLICY, YES, INFERRED,
     "password right, user not assigned to the application"},
    {50125, SAE_CODE_RISK, YES, INFERRED,
     "password right, must be changed or registered"},
    {50126, SAE_CODE_BAD_PASSWORD, NO, DOC, "wrong password"},
    {50128, SAE_CODE_NO_USER, NO, DOC, "no such user: domain not found"},
    {50131, SAE_CODE_CA_BLOCK, YES, TOOLS, /* TREVORspray */
     "password right, blocked by conditional access"},
    {50132, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {50133, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {50135, SAE_CODE_RISK, YES, INFERRED,
     "password right, must be changed: account at risk"},
    {50140, SAE_CODE_OTHER, YES, INFERRED, "password right, asked to stay signed in"},
    {50142, SAE_CODE_RISK, YES, INFERRED,
     "password right, must be changed: account at risk"},
    {50144, SAE_CODE_EXPIRED, PROBABLY, INFERRED,
     "password of the local directory expired"},
    {50158, SAE_CODE_MFA, YES, TOOLS, "password right, external challenge not passed"},
    {50173, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {50196, SAE_CODE_OTHER, UNKNOWN, NONE, "the client asks again and again"},
    {51004, SAE_CODE_NO_USER, NO, DOC, "no such user"},
    {53000, SAE_CODE_CA_BLOCK, YES, ORDER, "password right, device not compliant"},
    {53001, SAE_CODE_CA_BLOCK, YES, ORDER, "password right, device not joined"},
    {53002, SAE_CODE_CA_BLOCK, YES, ORDER, "password right, application not approved"},
    {53003, SAE_CODE_CA_BLOCK, YES, ORDER,
     "password right, blocked by conditional access"},
    {53004, SAE_CODE_RISK, YES, INFERRED,
     "password right, MFA enrolment blocked: at risk"},
    {53010, SAE_CODE_RISK, YES, INFERRED,
     "password right, MFA enrolment blocked from there"},
    {53011, SAE_CODE_RISK, YES, INFERRED, "password right, blocked: account at risk"},
    {65001, SAE_CODE_OTHER, PROBABLY, INFERRED, "consent to the application is missing"},
    {65004, SAE_CODE_OTHER, PROBABLY, INFERRED,
     "consent to the application was declined"},
    {70008, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {70043, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {80001, SAE_CODE_INFRA, UNKNOWN, NONE, "outage: no sign-in agent could be reached"},
    {80002, SAE_CODE_INFRA, UNKNOWN, NONE,
     "outage: the sign-in agent did not answer in time"},
    {80005, SAE_CODE_INFRA, UNKNOWN, NONE,
     "outage: the sign-in agent answered something odd"},
    {80007, SAE_CODE_INFRA, UNKNOWN, NONE, "outage: the sign-in agent could not check"},
    {80010, SAE_CODE_INFRA, UNKNOWN, NONE, "outage: the sign-in agent could not decrypt"},
    {80012, SAE_CODE_POLICY, PROBABLY, INFERRED, "outside the hours allowed to the user"},
    {80013, SAE_CODE_INFRA, UNKNOWN, NONE,
     "outage: clocks of agent and directory differ"},
    {80014, SAE_CODE_INFRA, UNKNOWN, NONE, "outage: the sign-in agent was too slow"},
    /* TREVORspray takes it for a valid password of another tenant. */
    {90072, SAE_CODE_NO_USER, UNKNOWN, NONE, "no such user in this tenant"},
    {90094, SAE_CODE_OTHER, PROBABLY, INFERRED, "consent of an administrator is missing"},
    {500133, SAE_CODE_OTHER, UNKNOWN, NONE,
     "an assertion was not of its time: no password asked"},
    {530031, SAE_CODE_CA_BLOCK, YES, TOOLS, /* TREVORspray */
     "password right, blocked by access policy"},
    {530032, SAE_CODE_CA_BLOCK, PROBABLY, INFERRED, "blocked by security policy"},
    {530034, SAE_CODE_RISK, UNKNOWN, NONE, "delegated administrator blocked: at risk"},
    {530035, SAE_CODE_POLICY, PROBABLY, INFERRED, "blocked by security defaults"},
    {700082, SAE_CODE_OTHER, UNKNOWN, NONE, NO_PASSWORD_ASKED},
    {7000112, SAE_CODE_OTHER, UNKNOWN, NONE, "the application is disabled"},
};

const struct sae_code *sae_code_find(int32_t code)
{
    static const struct sae_code other = {-1, SAE_CODE_OTHER, SAE_PASSWORD_UNKNOWN,
                                          SAE_EVIDENCE_NONE, "a code not known here"};
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

const char *sae_code_class_word(enum sae_code_class kind)
{
    static const char *const words[] = {
        [SAE_CODE_SUCCESS] = "success", [SAE_CODE_BAD_PASSWORD] = "bad_password",
        [SAE_CODE_NO_USER] = "no_user", [SAE_CODE_LOCKED] = "locked_or_bad_ip",
        [SAE_CODE_EXPIRED] = "expired", [SAE_CODE_DISABLED] = "disabled",
        [SAE_CODE_MFA] = "mfa",         [SAE_CODE_CA_BLOCK] = "ca_block",
        [SAE_CODE_RISK] = "risk",       [SAE_CODE_POLICY] = "policy",
        [SAE_CODE_INFRA] = "infra",     [SAE_CODE_OTHER] = "other",
    };

    return words[kind];
}

const char *sae_password_word(enum sae_password password)
{
    static const char *const words[] = {
        [SAE_PASSWORD_UNKNOWN] = "unknown",
        [SAE_PASSWORD_NO] = "no",
        [SAE_PASSWORD_PROBABLY] = "probably",
        [SAE_PASSWORD_YES] = "yes",
    };

    return words[password];
}
