/* SPDX-License-Identifier: MIT */
/* The other layers, Exchange: what is watched, which policies block, and what they are
 * called in every read. */
#include "fetch/policy/rules.h"
#include "policies.h"

/* ---- what is asked ----------------------------------------------------------------- */

START_TEST(four_questions_are_asked)
{
    answers(PLAIN, NONE, OFF, NONE);
    is_read();
    ck_assert_uint_eq(script.asked_count, 4);
    ck_assert_str_eq(script.asked[0].url, API);
    ck_assert_str_eq(script.asked[0].body, "{\"CmdletInput\":{\"CmdletName\":\"Get-"
                                           "OrganizationConfig\",\"Parameters\":{}}}");
    ck_assert_str_eq(script.asked[1].url, API);
    ck_assert_str_eq(script.asked[1].body, "{\"CmdletInput\":{\"CmdletName\":\"Get-"
                                           "AuthenticationPolicy\",\"Parameters\":{}}}");
    ck_assert_int_eq(script.asked[1].service, SAE_SERVICE_EXCHANGE);
    ck_assert_str_eq(script.asked[2].url, DEFAULTS);
    ck_assert_str_eq(script.asked[3].url, RULES);
    for (int i = 2; i < 4; i++) {
        ck_assert_int_eq(script.asked[i].service, SAE_SERVICE_GRAPH);
        ck_assert_ptr_null(script.asked[i].body);
        ck_assert_uint_eq(script.asked[i].most, 4 << 20);
        ck_assert_str_eq(script.asked[i].headers,
                         "Accept: application/json\nAccept-Language: en\n");
    }
    ck_assert_uint_eq(got.set_count, 4);
    ck_assert_int_eq(got.blocks, 0);
    ck_assert(!got.partial);
    ck_assert_str_eq(got.why, "");
    ck_assert_uint_eq(set_of("authentication policy")->count, 0);
    ck_assert_uint_eq(set_of("conditional access")->count, 0);
}
END_TEST

START_TEST(each_kind_can_be_asked_for_alone)
{
    answers(PLAIN, NONE, OFF, NONE);
    ck_assert_int_eq(sae_policy_organization(scripted(), &got, &err), SAE_OK);
    ck_assert_int_eq(sae_policy_authentication(scripted(), &got, &err), SAE_OK);
    ck_assert_int_eq(sae_policy_defaults(scripted(), &got, &err), SAE_OK);
    ck_assert_int_eq(sae_policy_conditional(scripted(), &got, &err), SAE_OK);
    ck_assert_uint_eq(got.set_count, 4);
    answer_text(OFF);
    ck_assert_int_eq(sae_policy_defaults(scripted(), &got, &err), SAE_E_LIMIT);
}
END_TEST

/* ---- the organisation -------------------------------------------------------------- */

START_TEST(what_could_be_the_new_switch_is_watched)
{
    answers(ORGANIZATION(",\"DefaultAuthenticationPolicy\":\"Block <basic>\","
                         "\"SmtpNew\":true,\"BASICThing\":\"False\",\"ALegacyOne\":7,"
                         "\"SmtpX@odata.type\":\"#x\",\"Other\":true"),
            NONE, OFF, NONE);
    is_read();
    ck_assert_uint_eq(set_of("organization")->count, 4);
    ck_assert_str_eq(value_of("organization", "", "DefaultAuthenticationPolicy"),
                     "Block??basic?");
    ck_assert_str_eq(value_of("organization", "", "SmtpNew"), "true");
    ck_assert_str_eq(value_of("organization", "", "BASICThing"), "false");
    ck_assert_str_eq(value_of("organization", "", "ALegacyOne"), "7");
}
END_TEST

START_TEST(no_default_policy_is_a_value)
{
    answers(PLAIN, "{\"value\":[" POLICY("One", "1", "true") "]}", OFF, NONE);
    is_read();
    ck_assert_str_eq(value_of("authentication policy", "One", "default"), "false");
    ck_assert_str_eq(value_of("organization", "", "DefaultAuthenticationPolicy"), "");
}
END_TEST

static const struct {
    const char *text;
    const char *says;
} bad_organizations[] = {
    {ORGANIZATION(""),
     "Get-OrganizationConfig: no DefaultAuthenticationPolicy in it: may"},
    {"{\"value\":[]}", "Get-OrganizationConfig: 0 organisation configurations, not one"},
    {"{\"value\":null}", "Get-OrganizationConfig: no object in it"},
    {ORGANIZATION(",\"DefaultAuthenticationPolicy\":null,\"Smtp\":1,\"SMTP\":2"),
     "SMTP is there twice"},
};

START_TEST(an_organisation_that_was_not_read_is_an_error)
{
    answer_text(bad_organizations[_i].text);
    fails(SAE_E_FORMAT, bad_organizations[_i].says);
}
END_TEST

START_TEST(settings_to_watch_have_a_limit)
{
    for (int more = 0; more < 2; more++) {
        struct sae_buf body;

        sae_buf_init(&body, 1 << 16);
        sae_buf_puts(&body, "{\"value\":[{\"DefaultAuthenticationPolicy\":null");
        for (int i = 1; i < 256 + more; i++) {
            sae_buf_printf(&body, ",\"Smtp%d\":1", i);
        }
        sae_buf_puts(&body, "}]}");
        answer_text(sae_buf_text(&body));
        ck_assert_int_eq(sae_policy_organization(scripted(), &got, &err),
                         more == 0 ? SAE_OK : SAE_E_LIMIT);
        sae_buf_done(&body);
    }
    ck_assert_ptr_nonnull(strstr(err.text, "more than 256 settings"));
}
END_TEST

/* ---- authentication policies ------------------------------------------------------- */

START_TEST(policies_that_refuse_basic_smtp_block)
{
    answers(ORGANIZATION(",\"DefaultAuthenticationPolicy\":\"two\""),
            "{\"value\":[" POLICY("One", "1", "false") "," POLICY(
                "Two", "2", "true") "," POLICY("Three", "3", "\"False\"") "]}",
            OFF, NONE);
    is_read();
    ck_assert_int_eq(got.blocks, 2);
    ck_assert_uint_eq(set_of("authentication policy")->count, 6);
    ck_assert_str_eq(value_of("authentication policy", "One", "AllowBasicAuthSmtp"),
                     "false");
    ck_assert_str_eq(value_of("authentication policy", "One", "default"), "false");
    ck_assert_str_eq(value_of("authentication policy", "Two", "AllowBasicAuthSmtp"),
                     "true");
    ck_assert_str_eq(value_of("authentication policy", "Two", "default"), "true");
    ck_assert_str_eq(value_of("authentication policy", "Three", "AllowBasicAuthSmtp"),
                     "false");
}
END_TEST

START_TEST(which_policy_is_the_default_is_not_said_where_it_is_not_known)
{
    answer_text("{\"value\":[" POLICY("One", "1", "false") "]}");
    ck_assert_int_eq(sae_policy_authentication(scripted(), &got, &err), SAE_OK);
    ck_assert_str_eq(value_of("authentication policy", "One", "default"), "not there");
    ck_assert_int_eq(got.blocks, 1);
}
END_TEST

START_TEST(the_default_is_found_by_any_of_its_names)
{
    static const char *const names[] = {"N", "I", "6A0E", "CN=n"};
    char organization[256];

    snprintf(organization, sizeof(organization),
             "{\"value\":[{\"DefaultAuthenticationPolicy\":\"%s\"}]}", names[_i]);
    answers(organization,
            "{\"value\":[{\"Name\":\"n\",\"Identity\":\"i\",\"Guid\":\"6a0e\","
            "\"DistinguishedName\":\"cn=n\",\"AllowBasicAuthSmtp\":true}]}",
            OFF, NONE);
    is_read();
    ck_assert_str_eq(value_of("authentication policy", "n", "default"), "true");
    ck_assert_int_eq(got.blocks, 0);
}
END_TEST

static const struct {
    const char *text;
    const char *says;
} bad_policies[] = {
    {"{\"value\":[{\"Name\":\"One\"}]}",
     "Get-AuthenticationPolicy: One has no AllowBasicAuthSmtp: may the role"},
    {"{\"value\":[" POLICY("One", "1", "null") "]}",
     "AllowBasicAuthSmtp of One is neither true nor false"},
    {"{\"value\":[" POLICY("One", "1", "0") "]}", "is neither true nor false"},
    {"{\"value\":[{\"AllowBasicAuthSmtp\":true}]}", "a policy without name and id"},
    {"{\"value\":[7]}", "a policy is no object"},
    {"{\"value\":{}}", "no list of policies"},
    {"{}", "no list of policies"},
    {"{\"value\":[" POLICY("One", "1", "true") "," POLICY("One", "1", "true") "]}",
     "policy One is there twice"},
    {"{\"value\":[" POLICY("One", "1", "true") "," POLICY("One", "2", "true") "," POLICY(
         "One", "2", "true") "]}",
     "policy One is there twice"},
};

START_TEST(a_policy_that_was_not_read_is_an_error)
{
    answer_text(PLAIN);
    answer_text(bad_policies[_i].text);
    fails(SAE_E_FORMAT, bad_policies[_i].says);
}
END_TEST

START_TEST(what_exchange_refuses_fails_the_read)
{
    answer_refusal(403, SAE_E_DENIED, "");
    fails(SAE_E_DENIED, "Get-OrganizationConfig: the application has no Exchange role");
    answer_text(PLAIN);
    answer_refusal(401, SAE_E_AUTH, "");
    fails(SAE_E_AUTH,
          "Get-AuthenticationPolicy: Exchange does not accept the application");
    answer_text(PLAIN);
    answer_text("{\"@odata.nextLink\":\"" API "?2\",\"value\":[]}");
    fails(SAE_E_INCOMPLETE, "Get-AuthenticationPolicy: the answer is one page of");
}
END_TEST

/* ---- names ------------------------------------------------------------------------- */

#define LONG60 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static const char *const orders[] = {
    "{\"value\":[" POLICY("P q", "b", "true") "," POLICY("P<q", "a", "false") "," POLICY(
        "P>q", "c", "\"TRUE\"") "," POLICY("P", "d", "false") "]}",
    "{\"value\":[" POLICY("P", "d", "false") "," POLICY(
        "P>q", "c", "\"TRUE\"") "," POLICY("P<q", "a", "false") "," POLICY("P q", "b",
                                                                           "true") "]}"};

START_TEST(policies_whose_names_look_alike_stay_apart_in_any_order)
{
    answer_text(orders[_i]);
    ck_assert_int_eq(sae_policy_authentication(scripted(), &got, &err), SAE_OK);
    ck_assert_str_eq(value_of("authentication policy", "P?q", "AllowBasicAuthSmtp"),
                     "false");
    ck_assert_str_eq(value_of("authentication policy", "P?q#2", "AllowBasicAuthSmtp"),
                     "true");
    ck_assert_str_eq(value_of("authentication policy", "P?q#3", "AllowBasicAuthSmtp"),
                     "true");
    ck_assert_str_eq(value_of("authentication policy", "P", "AllowBasicAuthSmtp"),
                     "false");
    ck_assert_uint_eq(set_of("authentication policy")->count, 4);
    ck_assert_str_eq(set_of("authentication policy")->settings[0].of, "P");
}
END_TEST

START_TEST(long_names_stay_apart)
{
    answer_text("{\"value\":[" POLICY(LONG60 "aaaaaa", "1", "true") "," POLICY(
        LONG60 "aaaaab", "2", "true") "," POLICY(LONG60 "bb", "3",
                                                 "true") "," POLICY(LONG60 "bb", "4",
                                                                    "true") "]}");
    ck_assert_int_eq(sae_policy_authentication(scripted(), &got, &err), SAE_OK);
    ck_assert_uint_eq(got.set[0].count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_le(strlen(got.set[0].settings[i].of), SAE_SHOWN);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(got.set[0].settings[i].of, got.set[0].settings[k].of);
        }
    }
}
END_TEST

START_TEST(a_policy_without_a_name_is_called_by_its_id)
{
    answer_text("{\"value\":[" POLICY("", "6a0e", "true") "]}");
    ck_assert_int_eq(sae_policy_authentication(scripted(), &got, &err), SAE_OK);
    ck_assert_str_eq(got.set[0].settings[0].of, "6a0e");
}
END_TEST

START_TEST(policies_have_a_limit)
{
    struct sae_rules rules = {0};
    struct sae_setting *settings;
    struct sae_rule *rule;
    char id[16];
    size_t count;

    for (int i = 0; i < SAE_RULES; i++) {
        snprintf(id, sizeof(id), "%d", i);
        ck_assert_int_eq(sae_rules_add(&rules, LONG60 "abcdefghij", id, &rule, &err),
                         SAE_OK);
        sae_rule_set_text(rule, "state", "x");
    }
    ck_assert_int_eq(sae_rules_add(&rules, "x", "x", &rule, &err), SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 1000 policies"));
    ck_assert_int_eq(sae_rules_settings(&rules, &settings, &count, &err), SAE_OK);
    ck_assert_uint_eq(count, SAE_RULES);
    ck_assert_ptr_nonnull(strstr(settings[SAE_RULES - 1].of, "#1000"));
    free(settings);
    sae_rules_done(&rules);
}
END_TEST

static Suite *policy_suite(void)
{
    Suite *suite = suite_create("policy");
    TCase *tc = tcase_create("policy");

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, four_questions_are_asked);
    tcase_add_test(tc, each_kind_can_be_asked_for_alone);
    tcase_add_test(tc, what_could_be_the_new_switch_is_watched);
    tcase_add_test(tc, no_default_policy_is_a_value);
    tcase_add_loop_test(tc, an_organisation_that_was_not_read_is_an_error, 0,
                        COUNT(bad_organizations));
    tcase_add_test(tc, settings_to_watch_have_a_limit);
    tcase_add_test(tc, policies_that_refuse_basic_smtp_block);
    tcase_add_test(tc, which_policy_is_the_default_is_not_said_where_it_is_not_known);
    tcase_add_loop_test(tc, the_default_is_found_by_any_of_its_names, 0, 4);
    tcase_add_loop_test(tc, a_policy_that_was_not_read_is_an_error, 0,
                        COUNT(bad_policies));
    tcase_add_test(tc, what_exchange_refuses_fails_the_read);
    tcase_add_loop_test(tc, policies_whose_names_look_alike_stay_apart_in_any_order, 0,
                        COUNT(orders));
    tcase_add_test(tc, long_names_stay_apart);
    tcase_add_test(tc, a_policy_without_a_name_is_called_by_its_id);
    tcase_add_test(tc, policies_have_a_limit);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(policy_suite());
}
