/* SPDX-License-Identifier: MIT */
#include "fetch/policy/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "fetch/exchange.h"
#include "fetch/setting.h"

/* What is assumed about Exchange (the project's reference, "Exchange" 6). What is assumed
 * about Graph stands in policy_graph.c. */
static const char default_policy[] = "DefaultAuthenticationPolicy";
static const char basic_smtp[] = "AllowBasicAuthSmtp";
/* By which of a policy's members the organisation may name its default one. */
static const char *const policy_names[] = {"Name", "Identity", "Id", "Guid",
                                           "DistinguishedName"};
enum { POLICY_NAMES = sizeof(policy_names) / sizeof(policy_names[0]) };

enum { MOST_SETTINGS = 256 }; /* watched ones of the organisation */

void sae_policies_done(struct sae_policies *policies)
{
    for (size_t i = 0; i < policies->set_count; i++) {
        free(policies->set[i].settings);
    }
    *policies = (struct sae_policies){0};
}

static enum sae_status no_room(struct sae_err *err)
{
    return sae_fail(err, SAE_E_NOMEM, "out of memory");
}

enum sae_status sae_policies_add(struct sae_policies *out, const char *object,
                                 struct sae_setting *settings, size_t count,
                                 struct sae_err *err)
{
    if (out->set_count == SAE_POLICY_SETS) {
        free(settings);
        return sae_fail(err, SAE_E_LIMIT, "more than %d kinds of policies",
                        SAE_POLICY_SETS);
    }
    out->set[out->set_count++] =
        (struct sae_policy_set){.object = object, .settings = settings, .count = count};
    return SAE_OK;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

    return text == NULL ? "" : text;
}

/* ---- the organisation -------------------------------------------------------------- */

static enum sae_status watch(struct sae_setting *settings, size_t *count,
                             const cJSON *member, struct sae_err *err)
{
    struct sae_setting *setting = &settings[*count];

    if (*count == MOST_SETTINGS) {
        return sae_fail(err, SAE_E_LIMIT, "more than %d settings to watch",
                        MOST_SETTINGS);
    }
    *setting = (struct sae_setting){.of = ""};
    sae_text_safe(setting->name, sizeof(setting->name), member->string,
                  strlen(member->string));
    for (size_t i = 0; i < *count; i++) {
        if (strcasecmp(settings[i].name, setting->name) == 0) {
            return sae_fail(err, SAE_E_FORMAT, "%s is there twice", setting->name);
        }
    }
    (*count)++;
    return sae_setting_value(member, setting->value, err);
}

static enum sae_status read_members(const cJSON *root, struct sae_setting *settings,
                                    size_t *count, char **ret_default,
                                    struct sae_err *err)
{
    const cJSON *object = NULL, *member;
    enum sae_status status =
        sae_setting_object(root, "organisation configurations", &object, err);

    if (status != SAE_OK) {
        return status;
    }
    if (cJSON_GetObjectItem(object, default_policy) == NULL) {
        return sae_fail(err, SAE_E_FORMAT,
                        "no %s in it: may the role of the application not see it?",
                        default_policy);
    }
    cJSON_ArrayForEach(member, object)
    {
        if (status == SAE_OK && (sae_setting_watched(member->string) ||
                                 strcasecmp(member->string, default_policy) == 0)) {
            status = watch(settings, count, member, err);
        }
    }
    if (status == SAE_OK) {
        *ret_default = strdup(text_of(object, default_policy));
        status = *ret_default == NULL ? no_room(err) : SAE_OK;
    }
    return status;
}

/* *ret_default: the default authentication policy as it is named there, "" if none; the
 * caller frees it. */
static enum sae_status read_organization(struct sae_client *client,
                                         struct sae_policies *out, char **ret_default,
                                         struct sae_err *err)
{
    static const char cmdlet[] = "Get-OrganizationConfig";
    struct sae_setting *settings = NULL;
    cJSON *root = NULL;
    size_t count = 0;
    enum sae_status status = sae_exchange_cmdlet(client, cmdlet, &root, err);

    if (status != SAE_OK) {
        return status;
    }
    settings = calloc(MOST_SETTINGS, sizeof(*settings));
    status = settings == NULL ? no_room(err)
                              : read_members(root, settings, &count, ret_default, err);
    cJSON_Delete(root);
    if (status != SAE_OK) {
        free(settings);
        return sae_fail_in(err, status, "%s", cmdlet);
    }
    return sae_policies_add(out, "organization", settings, count, err);
}

enum sae_status sae_policy_organization(struct sae_client *client,
                                        struct sae_policies *out, struct sae_err *err)
{
    char *name = NULL;
    enum sae_status status = read_organization(client, out, &name, err);

    free(name);
    return status;
}

/* ---- authentication policies ------------------------------------------------------- */

static bool is_default(const cJSON *policy, const char *name)
{
    for (size_t i = 0; i < POLICY_NAMES && name[0] != '\0'; i++) {
        if (strcasecmp(text_of(policy, policy_names[i]), name) == 0) {
            return true;
        }
    }
    return false;
}

static enum sae_status read_policy(struct sae_rules *rules, const cJSON *policy,
                                   const char *default_name, struct sae_err *err)
{
    const char *name = text_of(policy, "Name"), *id = text_of(policy, "Guid");
    const cJSON *allowed = cJSON_GetObjectItem(policy, basic_smtp);
    struct sae_rule *rule;
    enum sae_status status;

    name = name[0] == '\0' ? text_of(policy, "Identity") : name;
    id = id[0] == '\0' ? text_of(policy, "Identity") : id;
    status = sae_rules_add(rules, name, id[0] == '\0' ? name : id, &rule, err);
    if (status != SAE_OK) {
        return status;
    }
    if (allowed == NULL) {
        return sae_fail(err, SAE_E_FORMAT,
                        "%s has no %s: may the role of the application not see it?",
                        rule->of, basic_smtp);
    }
    status = sae_rule_set(rule, basic_smtp, allowed, err);
    if (status == SAE_OK && strcmp(rule->setting[0].value, "true") != 0 &&
        strcmp(rule->setting[0].value, "false") != 0) {
        return sae_fail(err, SAE_E_FORMAT, "%s of %s is neither true nor false",
                        basic_smtp, rule->of);
    }
    rule->blocks = strcmp(rule->setting[0].value, "false") == 0;
    if (status == SAE_OK && default_name != NULL) {
        sae_rule_set_text(rule, "default",
                          is_default(policy, default_name) ? "true" : "false");
    }
    return status;
}

/* No policies is a usual answer, but it must be an answer: with a list, or with the
 * context that every envelope names. */
static enum sae_status read_policies(struct sae_rules *rules, const cJSON *root,
                                     const char *default_name, struct sae_err *err)
{
    const cJSON *list = cJSON_GetObjectItem(root, "value"), *policy;
    enum sae_status status = SAE_OK;

    if (list == NULL || cJSON_IsNull(list)) {
        return cJSON_GetObjectItem(root, "@odata.context") != NULL
                   ? SAE_OK
                   : sae_fail(err, SAE_E_FORMAT, "no list of policies in it");
    }
    if (!cJSON_IsArray(list)) {
        return sae_fail(err, SAE_E_FORMAT, "no list of policies in it");
    }
    cJSON_ArrayForEach(policy, list)
    {
        if (status == SAE_OK) {
            status = cJSON_IsObject(policy)
                         ? read_policy(rules, policy, default_name, err)
                         : sae_fail(err, SAE_E_FORMAT, "a policy is no object");
        }
    }
    return status;
}

enum sae_status sae_policies_add_rules(struct sae_policies *out, const char *object,
                                       struct sae_rules *rules, struct sae_err *err)
{
    struct sae_setting *settings = NULL;
    size_t count = 0;
    enum sae_status status = sae_rules_settings(rules, &settings, &count, err);

    if (status == SAE_OK) {
        status = sae_policies_add(out, object, settings, count, err);
    }
    for (size_t i = 0; i < rules->count && status == SAE_OK; i++) {
        out->blocks += rules->rule[i].blocks ? 1 : 0;
    }
    return status;
}

/* `default_name` NULL: not known which one is the default. */
static enum sae_status read_authentication(struct sae_client *client,
                                           const char *default_name,
                                           struct sae_policies *out, struct sae_err *err)
{
    static const char cmdlet[] = "Get-AuthenticationPolicy";
    struct sae_rules rules = {0};
    cJSON *root = NULL;
    enum sae_status status = sae_exchange_cmdlet(client, cmdlet, &root, err);

    if (status != SAE_OK) {
        return status;
    }
    status = read_policies(&rules, root, default_name, err);
    cJSON_Delete(root);
    if (status == SAE_OK) {
        status = sae_policies_add_rules(out, "authentication policy", &rules, err);
    }
    sae_rules_done(&rules);
    return status == SAE_OK ? SAE_OK : sae_fail_in(err, status, "%s", cmdlet);
}

enum sae_status sae_policy_authentication(struct sae_client *client,
                                          struct sae_policies *out, struct sae_err *err)
{
    return read_authentication(client, NULL, out, err);
}

/* ---- all together ------------------------------------------------------------------ */

static const char defaults_unread[] = "security defaults could not be read";
static const char conditional_unread[] = "Conditional Access could not be read";

enum sae_status sae_policy_defaults(struct sae_client *client, struct sae_policies *out,
                                    struct sae_err *err)
{
    enum sae_status status = sae_policy_read_defaults(client, out, err);

    return status == SAE_OK ? SAE_OK : sae_fail_in(err, status, "%s", defaults_unread);
}

enum sae_status sae_policy_conditional(struct sae_client *client,
                                       struct sae_policies *out, struct sae_err *err)
{
    enum sae_status status = sae_policy_read_conditional(client, out, err);

    return status == SAE_OK ? SAE_OK : sae_fail_in(err, status, "%s", conditional_unread);
}

/* What the tenant does not grant may stay unread; anything else is a failure, so that a read
 * that went wrong never makes fewer blocks of those that were there. */
static bool is_optional(enum sae_status status)
{
    return status == SAE_E_DENIED || status == SAE_E_UNLICENSED;
}

static void note_unread(struct sae_policies *out, const char *what,
                        enum sae_status status, const struct sae_err *err)
{
    char text[sizeof(out->why) + sizeof(err->text)];

    out->partial = true;
    snprintf(text, sizeof(text), "%s: %s", what,
             status == SAE_E_DENIED ? SAE_POLICY_PERMISSION : err->text);
    sae_text_fit(out->why, sizeof(out->why), text);
}

static enum sae_status read_graph(struct sae_client *client, struct sae_policies *out,
                                  struct sae_err *err)
{
    struct sae_err first = {0}, second = {0};
    enum sae_status defaults = sae_policy_read_defaults(client, out, &first), conditional;

    if (defaults != SAE_OK && !is_optional(defaults)) {
        return sae_fail(err, defaults, "%s: %s", defaults_unread, first.text);
    }
    conditional = sae_policy_read_conditional(client, out, &second);
    if (conditional != SAE_OK && !is_optional(conditional)) {
        return sae_fail(err, conditional, "%s: %s", conditional_unread, second.text);
    }
    if (defaults != SAE_OK && conditional != SAE_OK) {
        note_unread(out, "Conditional Access and security defaults could not be read",
                    defaults, &first);
    } else if (defaults != SAE_OK) {
        note_unread(out, defaults_unread, defaults, &first);
    } else if (conditional != SAE_OK) {
        note_unread(out, conditional_unread, conditional, &second);
    }
    return SAE_OK;
}

enum sae_status sae_policy_read(struct sae_client *client,
                                struct sae_policies *ret_policies, struct sae_err *err)
{
    struct sae_policies out = {0};
    char *default_name = NULL;
    enum sae_status status = read_organization(client, &out, &default_name, err);

    if (status == SAE_OK) {
        status = read_authentication(client, default_name, &out, err);
    }
    if (status == SAE_OK) {
        status = read_graph(client, &out, err);
    }
    free(default_name);
    if (status == SAE_OK) {
        *ret_policies = out;
    } else {
        sae_policies_done(&out);
    }
    return status;
}
