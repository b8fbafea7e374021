/* SPDX-License-Identifier: MIT */
/* Shared by the halves of fetch/policy: what Exchange tells, and what Graph does. */
#ifndef SAE_POLICY_PRIVATE_H
#define SAE_POLICY_PRIVATE_H

#include "fetch/policy.h"
#include "fetch/policy/rules.h"

#define SAE_POLICY_PERMISSION "grant Policy.Read.All (optional)"

/* Takes the settings, which were allocated, whatever it returns. */
enum sae_status sae_policies_add(struct sae_policies *out, const char *object,
                                 struct sae_setting *settings, size_t count,
                                 struct sae_err *err) SAE_MUST_CHECK;

/* Makes the set of the rules and counts those that block. */
enum sae_status sae_policies_add_rules(struct sae_policies *out, const char *object,
                                       struct sae_rules *rules,
                                       struct sae_err *err) SAE_MUST_CHECK;

/* Messages are a reason only; who calls says what could not be read. */
enum sae_status sae_policy_read_defaults(struct sae_client *client, struct sae_policies *out,
                                         struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_policy_read_conditional(struct sae_client *client,
                                            struct sae_policies *out,
                                            struct sae_err *err) SAE_MUST_CHECK;

#endif
