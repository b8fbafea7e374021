/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/link.h"
#include "fetch/policy/private.h"

/* ---- what is assumed about the service --------------------------------------------- */

/* Both need Policy.Read.All. */
static const char defaults_path[] =
    "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
static const char conditional_path[] = "/v1.0/identity/conditionalAccess/policies";

/* A Conditional Access policy sees SMTP AUTH as "other"; "all" includes it. Exchange
 * ActiveSync is the other legacy kind, and blocks no SMTP. */
enum { CLIENT_OTHER = 1, CLIENT_ALL = 2, CLIENT_ACTIVESYNC = 4 };
static const struct {
    const char *name;
    unsigned bit;
} clients[] = {{"all", CLIENT_ALL},
               {"exchangeActiveSync", CLIENT_ACTIVESYNC},
               {"other", CLIENT_OTHER}};
enum { CLIENTS = sizeof(clients) / sizeof(clients[0]) };
static const char enforced[] = "enabled"; /* not enabledForReportingButNotEnforced */

#define PATIENCE (2 * SAE_MINUTE)
enum { MOST_PAGES = 10, PAGE_BYTES = 4 << 20 };

static enum sae_status explain(enum sae_status status, const struct sae_refusal *refusal,
                               struct sae_err *err)
{
    if (status != SAE_E_DENIED && status != SAE_E_UNLICENSED) {
        return status;
    }
    if (status == SAE_E_UNLICENSED || strcasestr(refusal->code, "NonPremium") != NULL) {
        return sae_fail(err, SAE_E_UNLICENSED, "the tenant has no Entra ID P1");
    }
    return refusal->text[0] == '\0' ? sae_fail(err, status, "%s", SAE_POLICY_PERMISSION)
                                    : sae_fail(err, status, "%s (Graph: %.120s)",
                                               SAE_POLICY_PERMISSION, refusal->text);
}

static enum sae_status get(struct sae_client *client, const char *url, cJSON **ret_root,
                           struct sae_err *err)
{
    static const char *const headers[] = {"Accept: application/json",
                                          "Accept-Language: en", NULL};
    const struct sae_ask ask = {.service = SAE_SERVICE_GRAPH,
                                .url = url,
                                .headers = headers,
                                .patience = PATIENCE};
    struct sae_refusal refusal = {0};
    enum sae_status status =
        sae_client_json(client, &ask, PAGE_BYTES, ret_root, &refusal, err);

    return status == SAE_OK ? SAE_OK : explain(status, &refusal, err);
}

static const char *graph_url(struct sae_client *client)
{
    return sae_cloud_url(sae_client_tenant(client), SAE_SERVICE_GRAPH);
}

enum sae_status sae_policy_read_defaults(struct sae_client *client,
                                         struct sae_policies *out, struct sae_err *err)
{
    char url[512];
    struct sae_setting *setting;
    cJSON *root = NULL;
    enum sae_status status;
    bool enabled = false;

    snprintf(url, sizeof(url), "%s%s", graph_url(client), defaults_path);
    status = get(client, url, &root, err);
    if (status != SAE_OK) {
        return status;
    }
    if (sae_json_bool(root, "isEnabled", &enabled) != SAE_JSON_OK) {
        status = sae_fail(err, SAE_E_FORMAT, "isEnabled is neither true nor false");
    }
    cJSON_Delete(root);
    if (status != SAE_OK) {
        return status;
    }
    setting = calloc(1, sizeof(*setting));
    if (setting == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    snprintf(setting->name, sizeof(setting->name), "isEnabled");
    snprintf(setting->value, sizeof(setting->value), "%s", enabled ? "true" : "false");
    status = sae_policies_add(out, "security defaults", setting, 1, err);
    out->blocks += status == SAE_OK && enabled ? 1 : 0;
    return status;
}

static bool has_text(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcasecmp(item->valuestring, text) == 0) {
            return true;
        }
    }
    return false;
}

/* A policy without controls to grant (it may set those of a session) blocks nothing. */
static enum sae_status read_block(const cJSON *policy, bool *ret_block,
                                  struct sae_err *err)
{
    const cJSON *grant = NULL, *controls = NULL;
    enum sae_json_answer answer = sae_json_object(policy, "grantControls", &grant);

    *ret_block = false;
    if (answer == SAE_JSON_OK) {
        answer = sae_json_array(grant, "builtInControls", &controls);
    }
    if (answer == SAE_JSON_TYPE) {
        return sae_fail(err, SAE_E_FORMAT, "the controls of a policy are no list");
    }
    *ret_block = answer == SAE_JSON_OK && has_text(controls, "block");
    return SAE_OK;
}

/* The kinds of legacy clients that a policy targets, as bits and in words. */
static enum sae_status read_clients(const cJSON *policy, unsigned *ret_bits,
                                    char ret_words[SAE_SHOWN + 1], struct sae_err *err)
{
    const cJSON *conditions, *types;
    size_t len = 0;

    if (sae_json_object(policy, "conditions", &conditions) != SAE_JSON_OK ||
        sae_json_array(conditions, "clientAppTypes", &types) != SAE_JSON_OK) {
        return sae_fail(
            err, SAE_E_FORMAT,
            "a policy that blocks does not say which clients: no clientAppTypes");
    }
    *ret_bits = 0;
    ret_words[0] = '\0';
    for (size_t i = 0; i < CLIENTS; i++) {
        if (has_text(types, clients[i].name)) {
            *ret_bits |= clients[i].bit;
            len += (size_t)snprintf(ret_words + len, SAE_SHOWN + 1 - len, "%s%s",
                                    len == 0 ? "" : "+", clients[i].name);
        }
    }
    return SAE_OK;
}

/* Which clients is watched beside the state: a rule that lets SMTP out changes no state.
 */
static enum sae_status read_rule(struct sae_rules *rules, const cJSON *policy,
                                 struct sae_err *err)
{
    const char *name = "", *id, *state;
    char words[SAE_SHOWN + 1];
    struct sae_rule *rule;
    unsigned bits = 0;
    bool block = false;
    enum sae_status status = read_block(policy, &block, err);

    if (status == SAE_OK && block) {
        status = read_clients(policy, &bits, words, err);
    }
    if (status != SAE_OK || bits == 0) {
        return status;
    }
    if (sae_json_string(policy, "id", &id) != SAE_JSON_OK ||
        sae_json_string(policy, "state", &state) != SAE_JSON_OK) {
        return sae_fail(err, SAE_E_FORMAT, "a policy without id or state");
    }
    (void)sae_json_string(policy, "displayName", &name);
    status = sae_rules_add(rules, name, id, &rule, err);
    if (status == SAE_OK) {
        sae_rule_set_text(rule, "state", state);
        sae_rule_set_text(rule, "clientAppTypes", words);
        rule->blocks =
            strcmp(state, enforced) == 0 && (bits & (CLIENT_OTHER | CLIENT_ALL)) != 0;
    }
    return status;
}

/* One page; the address of the next one replaces this one's, "" if it was the last. */
static enum sae_status read_rules(struct sae_rules *rules, const char *base,
                                  const cJSON *root, struct sae_buf *url,
                                  struct sae_err *err)
{
    const cJSON *list, *policy, *link;
    enum sae_status status = SAE_OK;

    if (sae_json_array(root, "value", &list) != SAE_JSON_OK) {
        return sae_fail(err, SAE_E_FORMAT, "no list of policies in the answer");
    }
    cJSON_ArrayForEach(policy, list)
    {
        if (status == SAE_OK) {
            status = cJSON_IsObject(policy)
                         ? read_rule(rules, policy, err)
                         : sae_fail(err, SAE_E_FORMAT, "a policy is no object");
        }
    }
    sae_buf_clear(url);
    link = cJSON_GetObjectItem(root, "@odata.nextLink");
    if (status == SAE_OK && link != NULL && !cJSON_IsNull(link)) {
        const char *text = cJSON_GetStringValue(link);

        status = sae_link_check(text == NULL ? "" : text, base, conditional_path, false,
                                url, err);
    }
    return status;
}

static enum sae_status read_pages(struct sae_client *client, struct sae_rules *rules,
                                  struct sae_buf *url, struct sae_err *err)
{
    const char *base = graph_url(client);
    enum sae_status status = SAE_OK;

    sae_buf_puts(url, base);
    sae_buf_puts(url, conditional_path);
    for (int page = 0; status == SAE_OK && url->len > 0; page++) {
        cJSON *root = NULL;

        if (page == MOST_PAGES) {
            return sae_fail(err, SAE_E_LIMIT, "more than %d pages of policies",
                            MOST_PAGES);
        }
        status = get(client, sae_buf_text(url), &root, err);
        if (status == SAE_OK) {
            status = read_rules(rules, base, root, url, err);
        }
        cJSON_Delete(root);
    }
    return status;
}

enum sae_status sae_policy_read_conditional(struct sae_client *client,
                                            struct sae_policies *out, struct sae_err *err)
{
    struct sae_rules rules = {0};
    struct sae_buf url;
    enum sae_status status;

    sae_buf_init(&url, SAE_HTTP_URL);
    status = read_pages(client, &rules, &url, err);
    if (status == SAE_OK) {
        status = sae_policies_add_rules(out, "conditional access", &rules, err);
    }
    sae_buf_done(&url);
    sae_rules_done(&rules);
    return status;
}
