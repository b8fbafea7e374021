/* SPDX-License-Identifier: MIT */
/* Answers about policies, and what was made of them. */
#ifndef SAE_TEST_POLICIES_H
#define SAE_TEST_POLICIES_H

#include "fetch/policy.h"
#include "scripted_client.h"

#define DEFAULTS GRAPH "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
#define RULES GRAPH "/v1.0/identity/conditionalAccess/policies"
#define ORGANIZATION(more) "{\"value\":[{\"Name\":\"contoso\"" more "}]}"
#define PLAIN ORGANIZATION(",\"DefaultAuthenticationPolicy\":null")
#define POLICY(name, guid, smtp)                                                         \
    "{\"Name\":\"" name "\",\"Guid\":\"" guid "\",\"AllowBasicAuthSmtp\":" smtp "}"
#define NONE "{\"@odata.context\":\"x\",\"value\":[]}"
#define OFF "{\"id\":\"x\",\"isEnabled\":false}"
#define RULE(name, id, state, types, controls)                                           \
    "{\"displayName\":\"" name "\",\"id\":\"" id "\",\"state\":\"" state "\","           \
    "\"conditions\":{\"clientAppTypes\":[" types "]},"                                   \
    "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[" controls "]}}"

static struct sae_policies got;
static struct sae_err err;

static inline void begin(void)
{
    got = (struct sae_policies){0};
    err = (struct sae_err){0};
    script_begin();
}

static inline void end(void)
{
    sae_policies_done(&got);
    script_end();
}

static inline void answers(const char *organization, const char *policies,
                           const char *defaults, const char *rules)
{
    answer_text(organization);
    answer_text(policies);
    answer_text(defaults);
    answer_text(rules);
}

static inline void is_read(void)
{
    ck_assert_msg(sae_policy_read(scripted(), &got, &err) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(script.next, script.count);
}

static inline void fails(enum sae_status status, const char *text)
{
    enum sae_status is = sae_policy_read(scripted(), &got, &err);

    ck_assert_msg(is == status, "%s: %s", sae_status_name(is), err.text);
    ck_assert_int_eq(err.code, status);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
    ck_assert_uint_eq(got.set_count, 0);
}

static inline const struct sae_policy_set *set_of(const char *object)
{
    for (size_t i = 0; i < got.set_count; i++) {
        if (strcmp(got.set[i].object, object) == 0) {
            return &got.set[i];
        }
    }
    return NULL;
}

static inline const char *value_of(const char *object, const char *of, const char *name)
{
    const struct sae_policy_set *set = set_of(object);
    const char *value = set == NULL ? "no such set" : "not there";

    for (size_t i = 0; set != NULL && i < set->count; i++) {
        if (strcmp(set->settings[i].of, of) == 0 &&
            strcmp(set->settings[i].name, name) == 0) {
            value = set->settings[i].value;
        }
    }
    return value;
}

#endif
