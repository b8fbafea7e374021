/* SPDX-License-Identifier: MIT */
/* Policies of one kind while they are collected. An administrator chooses their names, so
 * two may be called alike, or become alike when they are made safe: then the second and later
 * ones, in the order of their ids, get "#2", "#3".., the same in every read. */
#ifndef SAE_POLICY_RULES_H
#define SAE_POLICY_RULES_H

#include "base/json.h"
#include "facts.h"

enum { SAE_RULES = 1000, SAE_RULE_SETTINGS = 2 };

struct sae_rule {
    char of[SAE_SHOWN + 1]; /* its name */
    char id[SAE_SHOWN + 1]; /* safe, for the order */
    uint64_t id_hash;       /* of all of it */
    struct sae_setting setting[SAE_RULE_SETTINGS];
    size_t count;
    bool blocks; /* a legacy sign-in, now */
};

/* Zero-initialised is empty. */
struct sae_rules {
    struct sae_rule *rule;
    size_t count, cap;
};

void sae_rules_done(struct sae_rules *rules);

/* A policy without a name is called by its id. *ret_rule is valid until the next one. */
enum sae_status sae_rules_add(struct sae_rules *rules, const char *name, const char *id,
                              struct sae_rule **ret_rule, struct sae_err *err) SAE_MUST_CHECK;

enum sae_status sae_rule_set(struct sae_rule *rule, const char *name, const cJSON *value,
                             struct sae_err *err) SAE_MUST_CHECK;
void sae_rule_set_text(struct sae_rule *rule, const char *name, const char *value);

/* Orders the rules and tells their names apart; the caller frees *ret_settings. A policy
 * that is there twice is SAE_E_FORMAT. */
enum sae_status sae_rules_settings(struct sae_rules *rules, struct sae_setting **ret_settings,
                                   size_t *ret_count, struct sae_err *err) SAE_MUST_CHECK;

#endif
