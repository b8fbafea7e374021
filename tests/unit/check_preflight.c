/* SPDX-License-Identifier: MIT */
/* First contact: what each line says, with services that were played, and whether the
 * tenant is ready. The client and the tokens are real, the wire is not. */
#include "preflight_test.h"

/* ---- all is well --------------------------------------------------------------------
 */

START_TEST(a_tenant_that_grants_all_is_ready)
{
    then_good(0, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    ck_assert_uint_eq(got.count, STEPS + 1);
    says(0, "credential", SAE_PREFLIGHT_WORKS, "ends on 2026-12-22, in 30 days");
    ck_assert_str_eq(got.line[0].group, "login");
    for (int i = 0; i < STEPS; i++) {
        step_works((enum step)i);
    }
    ck_assert_str_eq(got.estimate,
                     "first run: 1 mailboxes, about 2 SMTP sign-ins a day, so 30 days of "
                     "log in about 1 min, spread over runs of at most 4m");
}
END_TEST

START_TEST(the_estimate_says_what_is_only_a_beginning)
{
    then_good(TOKEN_EXCHANGE, MAILBOXES);
    then_answer((struct scripted){.status = 200,
                                  .body = "{\"@odata.nextLink\":\"https://"
                                          "outlook.office365.com/adminapi/beta/" TENANT_ID
                                          "/InvokeCommand?2\",\"value\":[" BOX "]}"});
    then_good(ORGANIZATION, SIGNINS);
    then_answer((struct scripted){
        .status = 200,
        .body =
            "{\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/auditLogs/signIns"
            "?2\"," TWO_SIGNINS});
    then_good(DEFAULTS, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    step_says(MAILBOXES, SAE_PREFLIGHT_WORKS, "more than 1 mailboxes can be read");
    step_says(SIGNINS, SAE_PREFLIGHT_WORKS, "more than 2 SMTP sign-ins in the last day");
    ck_assert_str_eq(
        got.estimate,
        "first run: more than 1 mailboxes, about 48 SMTP sign-ins a day, so 30 "
        "days of log in about 1 min, spread over runs of at most 4m");
}
END_TEST

/* What an attack leaves in a page: as many rows as fit, within ten minutes. */
static char *many_signins(void)
{
    struct sae_buf body;

    sae_buf_init(&body, 1 << 20);
    sae_buf_puts(&body,
                 "{\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/auditLogs/"
                 "signIns?2\",\"value\":[");
    for (int i = 0; i < 999; i++) {
        sae_buf_printf(&body,
                       "%s{\"id\":\"%d\",\"createdDateTime\":\"2026-11-22T11:%02d:00Z\","
                       "\"status\":{\"errorCode\":50126},\"clientAppUsed\":\"SMTP\"}",
                       i == 0 ? "" : ",", i, i * 11 / 999);
    }
    sae_buf_puts(&body, "]}");
    return sae_buf_take(&body);
}

START_TEST(the_estimate_grows_with_what_is_going_on)
{
    char *body = many_signins();

    then_good(TOKEN_EXCHANGE, SIGNINS);
    then_answer((struct scripted){.status = 200, .body = body});
    then_good(DEFAULTS, STEPS);
    went_well(fly());
    /* 999 in 10 min are 143856 a day; 30 days of it 4320 pages, at 2 s each. */
    ck_assert_str_eq(
        got.estimate,
        "first run: 1 mailboxes, about 143856 SMTP sign-ins a day, so 30 days "
        "of log in about 144 min, spread over runs of at most 4m");
    free(body);
}
END_TEST

START_TEST(mailboxes_that_nobody_counted_are_not_none)
{
    set(SAE_KEY_TRANSPORT_CONFIG, private_file("transport.json", "{}", 0600));
    set(SAE_KEY_MAILBOXES, private_file("boxes.csv", "a,b", 0600));
    then_good(TOKEN_GRAPH, TRANSPORT);
    then_good(SIGNINS, DEFAULTS);
    went_well(fly());
    ck_assert(got.ready);
    ck_assert_uint_eq(got.count, 5);
    says(1, "token for Graph", SAE_PREFLIGHT_WORKS, "gives one");
    says(4, "sign-ins", SAE_PREFLIGHT_WORKS, "the log can be read");
    ck_assert_str_eq(
        got.estimate,
        "first run: about 2 SMTP sign-ins a day, so 30 days of log in about 1 "
        "min, spread over runs of at most 4m");
}
END_TEST

START_TEST(without_sign_ins_from_graph_there_is_no_estimate)
{
    set(SAE_KEY_SIGNINS, "off");
    then_good(TOKEN_EXCHANGE, SIGNINS);
    then_good(DEFAULTS, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    step_says(SIGNINS, SAE_PREFLIGHT_OFF, "off: no sign-ins are read");
    ck_assert_uint_eq(got.count, STEPS + 1);
    ck_assert_str_eq(got.estimate, "");
}
END_TEST

START_TEST(only_mailboxes_need_neither_graph_nor_policies)
{
    set(SAE_KEY_TRANSPORT_CONFIG, private_file("transport.json", "{}", 0600));
    set(SAE_KEY_SIGNINS, private_file("log.json", "[]", 0600));
    then_good(TOKEN_EXCHANGE, TOKEN_GRAPH);
    then_good(MAILBOXES, ORGANIZATION);
    went_well(fly());
    ck_assert(got.ready);
    ck_assert_uint_eq(got.count, 5);
    says(3, "Get-CASMailbox", SAE_PREFLIGHT_WORKS, "1 mailboxes can be read");
}
END_TEST

/* ---- one thing is not ---------------------------------------------------------------
 */

static const struct {
    enum step step;
    int tries;
    struct scripted answer;
    enum sae_preflight_answer says;
    const char *words;
} troubles[] = {
    {TRANSPORT,
     1,
     {.status = 403},
     SAE_PREFLIGHT_FAILS,
     "the Exchange roles of the application do not include this cmdlet: assign View-Only "
     "Configuration, or Global Reader"},
    {TRANSPORT,
     1,
     {.status = 200, .body = "{\"value\":[{}]}"},
     SAE_PREFLIGHT_FAILS,
     "SmtpClientAuthenticationDisabled"},
    {MAILBOXES,
     1,
     {.status = 403, .body = SAYS("x", "not for you")},
     SAE_PREFLIGHT_FAILS,
     "do not include this cmdlet: assign View-Only Recipients, or Global Reader (Exchange: not "
     "for you)"},
    {MAILBOXES,
     1,
     {.status = 200, .body = "{\"value\":[]}"},
     SAE_PREFLIGHT_FAILS,
     "no mailboxes at all: may the role of the application not see them?"},
    {MAILBOXES,
     3,
     {.fails = SAE_E_NETWORK},
     SAE_PREFLIGHT_FAILS,
     "cannot connect to host"},
    {ORGANIZATION,
     1,
     {.status = 403},
     SAE_PREFLIGHT_FAILS,
     "do not include this cmdlet: assign View-Only Configuration, or Global Reader"},
    {AUTHENTICATION,
     1,
     {.status = 200, .body = "{\"value\":7}"},
     SAE_PREFLIGHT_FAILS,
     "no list of policies in it"},
    {SIGNINS,
     1,
     {.status = 403, .body = SAYS("Denied", "no")},
     SAE_PREFLIGHT_FAILS,
     "grant AuditLog.Read.All (application) and admin consent"},
    {SIGNINS,
     1,
     {.status = 403,
      .body = SAYS("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "no")},
     SAE_PREFLIGHT_FAILS,
     "the tenant has no Entra ID P1 or P2"},
    {SIGNINS, 3, {.status = 503}, SAE_PREFLIGHT_FAILS, "graph answers HTTP 503"},
    {DEFAULTS,
     1,
     {.status = 403, .body = SAYS("Denied", "no")},
     SAE_PREFLIGHT_MISSING,
     "Policy.Read.All"},
    {CONDITIONAL,
     1,
     {.status = 403, .body = SAYS("Denied", "no")},
     SAE_PREFLIGHT_MISSING,
     "Policy.Read.All"},
    {CONDITIONAL,
     1,
     {.status = 403, .body = SAYS("x_NonPremium_y", "no")},
     SAE_PREFLIGHT_MISSING,
     "the tenant has no Entra ID P1"},
    /* What the measurement would fail of is no want of a permission. */
    {DEFAULTS, 3, {.status = 503}, SAE_PREFLIGHT_FAILS, "graph answers HTTP 503"},
    {CONDITIONAL,
     3,
     {.status = 200, .body = "<html>"},
     SAE_PREFLIGHT_FAILS,
     "is a proxy in between?"},
    {CONDITIONAL,
     1,
     {.status = 200, .body = "{}"},
     SAE_PREFLIGHT_FAILS,
     "no list of policies in the answer"},
};

START_TEST(what_does_not_work_is_said_in_its_line_and_the_rest_is_tried)
{
    enum step step = troubles[_i].step;
    bool fails = troubles[_i].says == SAE_PREFLIGHT_FAILS;

    then_good(0, step);
    for (int i = 0; i < troubles[_i].tries; i++) {
        then_answer(troubles[_i].answer);
    }
    then_good(step + 1, STEPS);
    went_well(fly());
    ck_assert_int_eq(got.ready, !fails);
    ck_assert_uint_eq(got.count, STEPS + 1);
    for (int i = 0; i < STEPS; i++) {
        if (i != (int)step) {
            step_works((enum step)i);
        }
    }
    step_says(step, troubles[_i].says, troubles[_i].words);
    ck_assert_str_ne(got.line[step + 1].text, "");
    ck_assert_int_eq(got.estimate[0] == '\0', fails);
}
END_TEST

START_TEST(roles_are_told_only_where_no_cmdlet_works)
{
    then_good(0, TRANSPORT);
    for (int i = TRANSPORT; i <= AUTHENTICATION; i++) {
        then_answer((struct scripted){.status = 403});
    }
    then_good(SIGNINS, STEPS);
    went_well(fly());
    for (int i = TRANSPORT; i <= AUTHENTICATION; i++) {
        step_says((enum step)i, SAE_PREFLIGHT_FAILS,
                  "the application has no Exchange role: assign Global Reader");
    }
}
END_TEST

START_TEST(a_line_does_not_say_its_own_name_twice)
{
    then_good(0, TRANSPORT);
    then_answer((struct scripted){.status = 403});
    then_good(MAILBOXES, STEPS);
    went_well(fly());
    ck_assert_ptr_null(strstr(got.line[TRANSPORT + 1].text, "Get-TransportConfig"));
}
END_TEST

#define WRONG                                                                            \
    "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid "      \
    "client "                                                                            \
    "secret provided.\",\"error_codes\":[7000215]}"

START_TEST(without_a_token_nothing_is_asked)
{
    static const char untried[] = "not tried: there is no token";

    then_answer((struct scripted){.status = 401, .body = WRONG});
    then_answer((struct scripted){.status = 401, .body = WRONG});
    went_well(fly());
    ck_assert(!got.ready);
    ck_assert_uint_eq(got.count, STEPS + 1);
    step_says(TOKEN_EXCHANGE, SAE_PREFLIGHT_FAILS, "the client secret is wrong");
    step_says(TOKEN_GRAPH, SAE_PREFLIGHT_FAILS, "the client secret is wrong");
    for (int i = TRANSPORT; i < STEPS; i++) {
        step_says((enum step)i, SAE_PREFLIGHT_UNASKED, untried);
    }
    ck_assert_str_eq(got.estimate, "");
}
END_TEST

START_TEST(a_token_for_one_service_is_used)
{
    then_good(TOKEN_EXCHANGE, TOKEN_GRAPH);
    then_answer((struct scripted){.status = 401, .body = WRONG});
    then_good(TRANSPORT, SIGNINS);
    if (_i == 1) {
        set(SAE_KEY_SIGNINS, "off"); /* then only access rules need it, and they do */
    }
    went_well(fly());
    ck_assert(!got.ready);
    step_works(MAILBOXES);
    step_says(TOKEN_GRAPH, SAE_PREFLIGHT_FAILS, "the client secret is wrong");
    ck_assert_int_eq(got.line[got.count - 1].answer, SAE_PREFLIGHT_UNASKED);
}
END_TEST

START_TEST(a_refusal_that_was_mended_is_asked_again)
{
    then_answer((struct scripted){.status = 401, .body = WRONG});
    then_answer((struct scripted){.status = 401, .body = WRONG});
    went_well(fly());
    then_good(0, STEPS);
    went_well(fly());
    ck_assert(got.ready);
}
END_TEST

/* ---- trouble of our own -------------------------------------------------------------
 */

START_TEST(a_section_that_is_wrong_is_told_before_anything_is_asked)
{
    (void)sae_fail(&tenant.fault, SAE_E_CONFIG, "line 7: lookback is no duration");
    failed(fly(), SAE_E_CONFIG, "line 7: lookback is no duration");
    ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(a_state_folder_that_cannot_be_had_is_told)
{
    set(SAE_KEY_STATE_DIR, path_of("nowhere/state"));
    failed(fly(), SAE_E_MISSING, "nowhere/state");
    ck_assert_uint_eq(got.count, 0);
}
END_TEST

static Suite *preflight_suite(void)
{
    Suite *suite = suite_create("preflight");
    TCase *tc = tcase_create("preflight");

    tcase_add_checked_fixture(tc, preflight_begin, preflight_end);
    tcase_add_test(tc, a_tenant_that_grants_all_is_ready);
    tcase_add_test(tc, the_estimate_says_what_is_only_a_beginning);
    tcase_add_test(tc, the_estimate_grows_with_what_is_going_on);
    tcase_add_test(tc, mailboxes_that_nobody_counted_are_not_none);
    tcase_add_test(tc, without_sign_ins_from_graph_there_is_no_estimate);
    tcase_add_test(tc, only_mailboxes_need_neither_graph_nor_policies);
    tcase_add_test(tc, roles_are_told_only_where_no_cmdlet_works);
    tcase_add_loop_test(tc, what_does_not_work_is_said_in_its_line_and_the_rest_is_tried,
                        0, COUNT(troubles));
    tcase_add_test(tc, a_line_does_not_say_its_own_name_twice);
    tcase_add_test(tc, without_a_token_nothing_is_asked);
    tcase_add_loop_test(tc, a_token_for_one_service_is_used, 0, 2);
    tcase_add_test(tc, a_refusal_that_was_mended_is_asked_again);
    tcase_add_test(tc, a_section_that_is_wrong_is_told_before_anything_is_asked);
    tcase_add_test(tc, a_state_folder_that_cannot_be_had_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(preflight_suite());
}
