/* SPDX-License-Identifier: MIT */
#include "fetch/policy/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "fetch/setting.h"

/* Names that agree so far count as alike, so that "#1000" fits behind them. */
enum { ALIKE = SAE_SHOWN - 5, FIRST_CAP = 16 };

void sae_rules_done(struct sae_rules *rules)
{
    free(rules->rule);
    *rules = (struct sae_rules){0};
}

static enum sae_status make_room(struct sae_rules *rules, struct sae_err *err)
{
    size_t cap = rules->cap == 0 ? FIRST_CAP : rules->cap * 2;
    struct sae_rule *rule;

    if (rules->count == SAE_RULES) {
        return sae_fail(err, SAE_E_LIMIT, "more than %d policies", SAE_RULES);
    }
    if (rules->count < rules->cap) {
        return SAE_OK;
    }
    rule = realloc(rules->rule, cap * sizeof(*rule));
    if (rule == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    rules->rule = rule;
    rules->cap = cap;
    return SAE_OK;
}

enum sae_status sae_rules_add(struct sae_rules *rules, const char *name, const char *id,
                              struct sae_rule **ret_rule, struct sae_err *err)
{
    enum sae_status status;
    struct sae_rule *rule;

    if (id[0] == '\0') {
        return sae_fail(err, SAE_E_FORMAT, "a policy without name and id");
    }
    status = make_room(rules, err);
    if (status != SAE_OK) {
        return status;
    }
    rule = &rules->rule[rules->count++];
    *rule = (struct sae_rule){.id_hash = sae_hash64(id, strlen(id))};
    name = name[0] == '\0' ? id : name;
    sae_text_safe(rule->of, sizeof(rule->of), name, strlen(name));
    sae_text_safe(rule->id, sizeof(rule->id), id, strlen(id));
    *ret_rule = rule;
    return SAE_OK;
}

static struct sae_setting *next_setting(struct sae_rule *rule, const char *name)
{
    struct sae_setting *setting = &rule->setting[rule->count++];

    snprintf(setting->name, sizeof(setting->name), "%s", name);
    return setting;
}

enum sae_status sae_rule_set(struct sae_rule *rule, const char *name, const cJSON *value,
                             struct sae_err *err)
{
    return sae_setting_value(value, next_setting(rule, name)->value, err);
}

void sae_rule_set_text(struct sae_rule *rule, const char *name, const char *value)
{
    sae_setting_text(value, strlen(value), next_setting(rule, name)->value);
}

static int compare(const void *a, const void *b)
{
    const struct sae_rule *x = a, *y = b;
    int order = strncmp(x->of, y->of, ALIKE);

    if (order == 0) {
        order = strcmp(x->id, y->id);
    }
    return order != 0 ? order : (x->id_hash > y->id_hash) - (x->id_hash < y->id_hash);
}

static enum sae_status tell_apart(struct sae_rules *rules, struct sae_err *err)
{
    struct sae_rule *rule = rules->rule;
    size_t alike = 1;

    if (rules->count > 1) {
        qsort(rule, rules->count, sizeof(*rule), compare);
    }
    for (size_t i = 1; i < rules->count; i++) {
        if (compare(&rule[i], &rule[i - 1]) == 0) {
            return sae_fail(err, SAE_E_FORMAT, "policy %s is there twice", rule[i].of);
        }
    }
    for (size_t i = 1; i < rules->count; i++) {
        size_t len = strnlen(rule[i].of, ALIKE);

        /* The one before may have its number already; in order, it is not longer else. */
        alike = strncmp(rule[i].of, rule[i - 1].of, len) == 0 ? alike + 1 : 1;
        if (alike > 1) {
            snprintf(rule[i].of + len, sizeof(rule[i].of) - len, "#%zu", alike);
        }
    }
    return SAE_OK;
}

enum sae_status sae_rules_settings(struct sae_rules *rules,
                                   struct sae_setting **ret_settings, size_t *ret_count,
                                   struct sae_err *err)
{
    enum sae_status status = tell_apart(rules, err);
    struct sae_setting *settings;
    size_t count = 0;

    if (status != SAE_OK) {
        return status;
    }
    settings = calloc(rules->count * SAE_RULE_SETTINGS + 1, sizeof(*settings));
    if (settings == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < rules->count; i++) {
        const struct sae_rule *rule = &rules->rule[i];

        for (size_t s = 0; s < rule->count; s++) {
            settings[count] = rule->setting[s];
            memcpy(settings[count++].of, rule->of, sizeof(rule->of));
        }
    }
    *ret_settings = settings;
    *ret_count = count;
    return SAE_OK;
}
