/* SPDX-License-Identifier: MIT */
/* The other layers, Graph: security defaults and Conditional Access, which an application
 * need not be allowed to read. */
#include "policies.h"

/* ---- security defaults and Conditional Access -------------------------------------- */

START_TEST(security_defaults_block)
{
    answers(PLAIN, NONE, "{\"isEnabled\":true}", NONE);
    is_read();
    ck_assert_int_eq(got.blocks, 1);
    ck_assert_str_eq(value_of("security defaults", "", "isEnabled"), "true");
    sae_policies_done(&got);
    answers(PLAIN, NONE, OFF, NONE);
    is_read();
    ck_assert_int_eq(got.blocks, 0);
    ck_assert_str_eq(value_of("security defaults", "", "isEnabled"), "false");
}
END_TEST

#define REPORT "enabledForReportingButNotEnforced"

static const struct {
    const char *rule;
    int64_t blocks;
    const char *state, *types; /* "not there": not watched */
} rules[] = {
    {RULE("r", "1", "enabled", "\"exchangeActiveSync\",\"other\"", "\"block\""), 1,
     "enabled", "exchangeActiveSync+other"},
    {RULE("r", "1", "enabled", "\"other\",\"exchangeActiveSync\"", "\"block\""), 1,
     "enabled", "exchangeActiveSync+other"},
    {RULE("r", "1", "enabled", "\"other\"", "\"block\""), 1, "enabled", "other"},
    {RULE("r", "1", "enabled", "\"all\"", "\"block\""), 1, "enabled", "all"},
    {RULE("r", "1", "enabled", "\"exchangeActiveSync\"", "\"block\""), 0, "enabled",
     "exchangeActiveSync"},
    {RULE("r", "1", REPORT, "\"other\"", "\"block\""), 0, REPORT, "other"},
    {RULE("r", "1", "disabled", "\"other\"", "\"block\""), 0, "disabled", "other"},
    {RULE("r", "1", "somethingNew", "\"other\"", "\"block\""), 0, "somethingNew",
     "other"},
    {RULE("r", "1", "enabled", "\"browser\",\"mobileAppsAndDesktopClients\"",
          "\"block\""),
     0, "not there", "not there"},
    {RULE("r", "1", "enabled", "\"other\"", "\"mfa\""), 0, "not there", "not there"},
    {RULE("r", "1", "enabled", "\"other\"", ""), 0, "not there", "not there"},
    {"{\"displayName\":\"r\",\"id\":\"1\",\"state\":\"enabled\",\"grantControls\":null}",
     0, "not there", "not there"},
    {"{\"displayName\":\"r\",\"id\":\"1\",\"state\":\"enabled\"}", 0, "not there",
     "not there"},
    {"{\"displayName\":\"r\",\"id\":\"1\",\"state\":\"enabled\","
     "\"grantControls\":{\"authenticationStrength\":{}}}",
     0, "not there", "not there"},
};

START_TEST(only_an_enforced_rule_that_blocks_other_clients_counts)
{
    char text[1024];

    snprintf(text, sizeof(text), "{\"value\":[%s]}", rules[_i].rule);
    answers(PLAIN, NONE, OFF, text);
    is_read();
    ck_assert_int_eq(got.blocks, rules[_i].blocks);
    ck_assert_str_eq(value_of("conditional access", "r", "state"), rules[_i].state);
    ck_assert_str_eq(value_of("conditional access", "r", "clientAppTypes"),
                     rules[_i].types);
    ck_assert(!got.partial);
}
END_TEST

START_TEST(rules_are_read_to_the_last_page)
{
    answers(PLAIN, NONE, OFF,
            "{\"@odata.nextLink\":\"" RULES "?$skiptoken=2\",\"value\":[" RULE(
                "a b", "2", "enabled", "\"other\"", "\"block\"") "]}");
    answer_text("{\"@odata.nextLink\":null,\"value\":[" RULE(
        "a b", "1", "disabled", "\"other\"", "\"block\"") "]}");
    is_read();
    ck_assert_str_eq(script.asked[4].url, RULES "?$skiptoken=2");
    ck_assert_int_eq(got.blocks, 1);
    ck_assert_str_eq(value_of("conditional access", "a?b", "state"), "disabled");
    ck_assert_str_eq(value_of("conditional access", "a?b#2", "state"), "enabled");
}
END_TEST

static const struct {
    const char *text;
    const char *says;
} bad_rules[] = {
    {"{}", "no list of policies in the answer"},
    {"{\"value\":null}", "no list of policies in the answer"},
    {"{\"value\":[7]}", "a policy is no object"},
    {"{\"value\":[{\"grantControls\":7}]}", "the controls of a policy are no list"},
    {"{\"value\":[{\"grantControls\":{\"builtInControls\":\"block\"}}]}", "are no list"},
    {"{\"value\":[{\"grantControls\":{\"builtInControls\":[\"block\"]}}]}",
     "does not say which clients: no clientAppTypes"},
    {"{\"value\":[{\"conditions\":{\"clientAppTypes\":[\"other\"]},"
     "\"grantControls\":{\"builtInControls\":[\"block\"]}}]}",
     "a policy without id or state"},
    {"{\"value\":[" RULE("r", "1", "x", "\"other\"", "\"block\"") "," RULE(
         "r", "1", "x", "\"other\"", "\"block\"") "]}",
     "policy r is there twice"},
    {"{\"@odata.nextLink\":\"\",\"value\":[]}", "the link to the next page is empty"},
    {"{\"@odata.nextLink\":7,\"value\":[]}", "the link to the next page is empty"},
    {"{\"@odata.nextLink\":\"https://evil.example/\",\"value\":[]}", "another host"},
    {"{\"@odata.nextLink\":\"https://eur.graph.example/v1.0/identity/conditionalAccess/"
     "policies?2\",\"value\":[]}",
     "another host"},
    {"{\"@odata.nextLink\":\"" GRAPH "/v1.0/users?2\",\"value\":[]}", "another path"},
};

START_TEST(rules_that_were_not_understood_are_a_failure)
{
    answers(PLAIN, NONE, "{\"isEnabled\":true}", bad_rules[_i].text);
    fails(SAE_E_FORMAT, "Conditional Access could not be read: ");
    ck_assert_msg(strstr(err.text, bad_rules[_i].says) != NULL, "%s", err.text);
}
END_TEST

START_TEST(pages_of_rules_have_a_limit)
{
    answer_text(PLAIN);
    answer_text(NONE);
    answer_text(OFF);
    for (int i = 0; i < 10; i++) {
        answer_text("{\"@odata.nextLink\":\"" RULES "?x\",\"value\":[]}");
    }
    fails(SAE_E_LIMIT, "more than 10 pages of policies");
}
END_TEST

/* ---- what may be missing ----------------------------------------------------------- */

START_TEST(without_the_permission_the_answer_is_partial)
{
    answer_text(PLAIN);
    answer_text("{\"value\":[" POLICY("One", "1", "false") "]}");
    answer_refusal(403, SAE_E_DENIED, "");
    answer_refusal(403, SAE_E_DENIED, "Insufficient privileges");
    is_read();
    ck_assert(got.partial);
    ck_assert_str_eq(got.why,
                     "Conditional Access and security defaults could not be read: "
                     "grant Policy.Read.All (optional)");
    ck_assert_uint_eq(got.set_count, 2);
    ck_assert_int_eq(got.blocks, 1);
}
END_TEST

START_TEST(one_of_two_may_be_refused)
{
    answer_text(PLAIN);
    answer_text(NONE);
    answer_text("{\"isEnabled\":true}");
    answer_refusal(403, SAE_E_DENIED, "Insufficient privileges");
    is_read();
    ck_assert_str_eq(
        got.why,
        "Conditional Access could not be read: grant Policy.Read.All (optional)");
    ck_assert_int_eq(got.blocks, 1);
    sae_policies_done(&got);
    answer_text(PLAIN);
    answer_text(NONE);
    answer_refusal(403, SAE_E_DENIED, "");
    answer_text("{\"value\":[" RULE("r", "1", "enabled", "\"other\"", "\"block\"") "]}");
    is_read();
    ck_assert(got.partial);
    ck_assert_str_eq(
        got.why, "security defaults could not be read: grant Policy.Read.All (optional)");
    ck_assert_int_eq(got.blocks, 1);
    ck_assert_ptr_null(set_of("security defaults"));
    ck_assert_ptr_nonnull(set_of("conditional access"));
}
END_TEST

static const struct {
    long http;
    enum sae_status code;
} troubles[] = {{500, SAE_E_SERVICE}, {429, SAE_E_THROTTLED}, {0, SAE_E_NETWORK},
                {401, SAE_E_AUTH},    {400, SAE_E_FORMAT},    {0, SAE_E_TLS}};

START_TEST(trouble_never_makes_fewer_blocks)
{
    answer_text(PLAIN);
    answer_text(NONE);
    answer_refusal(troubles[_i].http, troubles[_i].code, "");
    fails(troubles[_i].code, "security defaults could not be read: scripted failure");
}
END_TEST

START_TEST(a_missing_licence_is_said)
{
    answer_text(PLAIN);
    answer_text(NONE);
    answer_text(OFF);
    answer_refusal(403, SAE_E_UNLICENSED, "");
    is_read();
    ck_assert_str_eq(
        got.why, "Conditional Access could not be read: the tenant has no Entra ID P1");
}
END_TEST

START_TEST(the_end_of_our_time_is_a_failure)
{
    answer_text(PLAIN);
    answer_text(NONE);
    answer_refusal(0, SAE_E_TIMEOUT, "");
    fails(SAE_E_TIMEOUT, "security defaults could not be read: scripted failure");
    answer_text(PLAIN);
    answer_text(NONE);
    answer_text(OFF);
    answer_refusal(0, SAE_E_TIMEOUT, "");
    fails(SAE_E_TIMEOUT, "Conditional Access could not be read: scripted failure");
}
END_TEST

START_TEST(alone_a_refusal_is_a_failure_in_the_words_of_graph)
{
    answer_refusal(403, SAE_E_DENIED, "Insufficient privileges");
    ck_assert_int_eq(sae_policy_defaults(scripted(), &got, &err), SAE_E_DENIED);
    ck_assert_str_eq(err.text,
                     "security defaults could not be read: grant Policy.Read.All "
                     "(optional) (Graph: Insufficient privileges)");
    answer_refusal(403, SAE_E_DENIED, "");
    ck_assert_int_eq(sae_policy_conditional(scripted(), &got, &err), SAE_E_DENIED);
    ck_assert_str_eq(
        err.text,
        "Conditional Access could not be read: grant Policy.Read.All (optional)");
    answer_text("{\"isEnabled\":\"true\"}");
    ck_assert_int_eq(sae_policy_defaults(scripted(), &got, &err), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "isEnabled is neither true nor false"));
    answer_text("{}");
    ck_assert_int_eq(sae_policy_defaults(scripted(), &got, &err), SAE_E_FORMAT);
    ck_assert_uint_eq(got.set_count, 0);
}
END_TEST

static Suite *policy_suite(void)
{
    Suite *suite = suite_create("policy of Graph");
    TCase *tc = tcase_create("policy of Graph");

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, security_defaults_block);
    tcase_add_loop_test(tc, only_an_enforced_rule_that_blocks_other_clients_counts, 0,
                        COUNT(rules));
    tcase_add_test(tc, rules_are_read_to_the_last_page);
    tcase_add_loop_test(tc, rules_that_were_not_understood_are_a_failure, 0,
                        COUNT(bad_rules));
    tcase_add_test(tc, pages_of_rules_have_a_limit);
    tcase_add_test(tc, without_the_permission_the_answer_is_partial);
    tcase_add_test(tc, one_of_two_may_be_refused);
    tcase_add_loop_test(tc, trouble_never_makes_fewer_blocks, 0,
                        COUNT(troubles));
    tcase_add_test(tc, a_missing_licence_is_said);
    tcase_add_test(tc, the_end_of_our_time_is_a_failure);
    tcase_add_test(tc, alone_a_refusal_is_a_failure_in_the_words_of_graph);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(policy_suite());
}
