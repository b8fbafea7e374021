/* SPDX-License-Identifier: MIT */
/* The result codes of sign-ins (status.errorCode, an AADSTS number without its prefix) as
 * data: what class a code is of, what it means in words, whether it says that the password
 * was right, and what that rests on. Microsoft warns that numbers may change; an unknown code
 * is class `other` and is still a failure.
 *
 * Sources: Microsoft's list of AADSTS codes; for "was the password right" the order of the
 * checks (Conditional Access comes after the first factor) and what public password-spray
 * tools treat as proof. Nobody here could verify it against the service. */
#ifndef SAE_CODES_H
#define SAE_CODES_H

#include <stdint.h>

enum sae_code_class {
    SAE_CODE_SUCCESS,
    SAE_CODE_BAD_PASSWORD,
    SAE_CODE_NO_USER,
    SAE_CODE_LOCKED, /* smart lockout, or an address known as malicious */
    SAE_CODE_EXPIRED,
    SAE_CODE_DISABLED,
    SAE_CODE_MFA,
    SAE_CODE_CA_BLOCK,
    SAE_CODE_RISK,
    SAE_CODE_POLICY,
    SAE_CODE_INFRA, /* pass-through agent outage: no attack, no evidence */
    SAE_CODE_OTHER
};

enum sae_password { SAE_PASSWORD_UNKNOWN, SAE_PASSWORD_NO, SAE_PASSWORD_PROBABLY,
                    SAE_PASSWORD_YES };

/* What the answer to "was the password right?" rests on, strongest first. */
enum sae_evidence {
    SAE_EVIDENCE_DOCUMENTED, /* Microsoft's list of codes says it outright */
    SAE_EVIDENCE_ORDER,    /* Microsoft: Conditional Access comes after the first factor */
    SAE_EVIDENCE_TOOLS,    /* public password-spray tools report it as a valid password */
    SAE_EVIDENCE_INFERRED, /* by us, from codes of the same stage; nobody tried */
    SAE_EVIDENCE_NONE      /* nothing says anything about the password */
};

struct sae_code {
    int32_t code;
    enum sae_code_class kind;
    enum sae_password password;
    enum sae_evidence evidence;
    const char *text; /* what it means, for people; never NULL */
};

/* Never NULL: an unknown code gets a row of class `other`, password unknown. */
const struct sae_code *sae_code_find(int32_t code);

/* Which of two versions of one sign-in says more: success over right password over other
 * failure, then the higher code. */
int64_t sae_code_rank(int32_t code);

/* "bad_password", "locked_or_bad_ip", ..: the word for a class. */
const char *sae_code_class_word(enum sae_code_class kind);

/* "yes", "probably", "no", "unknown". */
const char *sae_password_word(enum sae_password password);

#endif
