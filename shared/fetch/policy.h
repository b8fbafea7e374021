/* SPDX-License-Identifier: MIT */
/* The other layers that can block a sign-in with SMTP AUTH: authentication policies and the
 * organisation's default one (Exchange), security defaults and Conditional Access (Graph).
 * They never change which mailboxes are exposed: a blocked door is still a door, and each of
 * them can be opened without anybody looking at SMTP AUTH. */
#ifndef SAE_POLICY_H
#define SAE_POLICY_H

#include "facts.h"
#include "fetch/client.h"

enum { SAE_POLICY_SETS = 4 };

/* One kind of setting, completely read. */
struct sae_policy_set {
    const char *object; /* "organization", "authentication policy", "security defaults",
                           "conditional access" */
    struct sae_setting *settings; /* allocated; `of` names the policy */
    size_t count;
};

struct sae_policies {
    struct sae_policy_set set[SAE_POLICY_SETS];
    size_t set_count;
    int64_t blocks; /* policies and rules that block a legacy sign-in, enforced ones only */
    bool partial;   /* some kind could not be read for want of an optional permission */
    char why[160];  /* then: which one, and what to grant */
};

/* Fails if something cannot be read; only what Graph refuses for want of a permission or a
 * licence makes the answer partial. The caller owns *ret_policies on success. */
enum sae_status sae_policy_read(struct sae_client *client, struct sae_policies *ret_policies,
                                struct sae_err *err) SAE_MUST_CHECK;
void sae_policies_done(struct sae_policies *policies);

/* One kind alone, for --preflight. */
enum sae_status sae_policy_organization(struct sae_client *client, struct sae_policies *out,
                                        struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_policy_authentication(struct sae_client *client, struct sae_policies *out,
                                          struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_policy_defaults(struct sae_client *client, struct sae_policies *out,
                                    struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_policy_conditional(struct sae_client *client, struct sae_policies *out,
                                       struct sae_err *err) SAE_MUST_CHECK;

#endif
