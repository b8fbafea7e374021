/* SPDX-License-Identifier: MIT */
/* Asking for tokens: what is sent, what is taken for a token, what is tried again. */
#include "token_test.h"

/* ---- what is sent -------------------------------------------------------------- */

START_TEST(a_secret_goes_to_the_login_service)
{
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
    ck_assert_str_eq(sent_url,
                     "https://login.microsoftonline.com/" TENANT_ID "/oauth2/v2.0/token");
    ck_assert_str_eq(sent_body, "client_id=" CLIENT_ID
                                "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
                                "&grant_type=client_credentials&client_secret=s3cret");
    ck_assert_str_eq(sent_service, "login");
    ck_assert_ptr_nonnull(
        strstr(sent_headers, "Content-Type: application/x-www-form-urlencoded\n"));
    ck_assert(!sent_local);
    ck_assert_int_eq(patience, 60 * SAE_SECOND);
}
END_TEST

START_TEST(the_scope_is_that_of_cloud_and_service_wherever_the_host_is)
{
    set(SAE_KEY_CLOUD, "gcc-high");
    set(SAE_KEY_LOGIN_URL, "https://127.0.0.1:8443");
    set(SAE_KEY_EXCHANGE_URL, "https://127.0.0.1:8444");
    then_token("e.y.J", "3599");
    gives(EXCHANGE, "e.y.J");
    ck_assert_str_eq(sent_url, "https://127.0.0.1:8443/" TENANT_ID "/oauth2/v2.0/token");
    ck_assert_ptr_nonnull(
        strstr(sent_body, "&scope=https%3A%2F%2Foutlook.office365.us%2F.default&"));
}
END_TEST

START_TEST(a_federated_token_is_read_for_each_request)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_FEDERATED_TOKEN_FILE, private_file("federated", "first", 0644));
    then_token("one", "1");
    then_token("two", "1");
    gives(GRAPH, "one");
    ck_assert_ptr_nonnull(strstr(sent_body, "&client_assertion=first"));
    private_file("federated", "second", 0644);
    gives(GRAPH, "two");
    ck_assert_ptr_nonnull(strstr(sent_body, "&client_assertion=second"));
}
END_TEST

START_TEST(a_managed_identity_asks_the_machine)
{
    static const char body[] =
        "{\"access_token\":\"e.y.J\",\"refresh_token\":\"\",\"expires_in\":\"86399\","
        "\"expires_on\":\"1795421730\",\"not_before\":\"1795335331\","
        "\"resource\":\"https://graph.microsoft.com\",\"token_type\":\"Bearer\"}";
    const char *url = "http://169.254.169.254/metadata/identity/oauth2/token"
                      "?api-version=2018-02-01&resource=https://graph.microsoft.com";
    char want[512];

    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_CLIENT_ID, NULL);
    set(SAE_KEY_MANAGED_IDENTITY, _i == 0 ? "system" : CLIENT_ID);
    then_answer((struct scripted){.status = 200, .body = body});
    gives(GRAPH, "e.y.J");
    gives(GRAPH, "e.y.J");
    snprintf(want, sizeof(want), "%s%s", url, _i == 0 ? "" : "&client_id=" CLIENT_ID);
    ck_assert_str_eq(sent_url, want);
    ck_assert_str_eq(sent_headers, "Metadata: true\n");
    ck_assert_str_eq(sent_service, "identity");
    ck_assert(sent_local);
    ck_assert(sent_get);
}
END_TEST

START_TEST(only_exchange_and_graph_have_tokens)
{
    const char *token = NULL;

    failed(get(_i == 0 ? SAE_SERVICE_LOGIN : SAE_SERVICE_IDENTITY, &token), SAE_E_USAGE,
           "no token for");
}
END_TEST

START_TEST(faults_of_configuration_and_files_send_nothing)
{
    private_file("secret", "s3cret", 0640);
    is_refused(SAE_E_DENIED, "secret has mode 0640");
    set(SAE_KEY_CLIENT_SECRET_FILE, path_of("nothing"));
    is_refused(SAE_E_MISSING, "client_secret_file");
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    is_refused(SAE_E_CONFIG, "no credential");
    ck_assert_int_ne(access(path_of(GRAPH_FILE), F_OK), 0);
    /* Put right, it works at once. */
    set(SAE_KEY_CLIENT_SECRET_FILE, private_file("secret", "s3cret", 0600));
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
}
END_TEST

/* ---- what is a token ----------------------------------------------------------- */

static const struct {
    const char *body, *words;
} no_tokens[] = {
    {"", "is not JSON"},
    {"<html></html>", "is not JSON"},
    {"[]", "is not JSON"},
    {"{\"access_token\":\"x\",\"expires_in\":3599", "is not JSON"},
    {"{\"expires_in\":3599}", "access_token is missing"},
    {"{\"access_token\":null,\"expires_in\":3599}", "access_token is missing"},
    {"{\"access_token\":{},\"expires_in\":3599}", "access_token is missing"},
    {"{\"access_token\":\"\",\"expires_in\":3599}", "not what a token can be"},
    {"{\"access_token\":\"a b\",\"expires_in\":3599}", "not what a token can be"},
    {"{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":3599}", "not what a token can be"},
    {"{\"access_token\":\"\xc3\xa9\",\"expires_in\":3599}", "not what a token can be"},
    {"{\"access_token\":\"a\\u007f\",\"expires_in\":3599}", "not what a token can be"},
    {"{\"access_token\":\"x\"}", "expires_in is not a number of seconds"},
    {"{\"access_token\":\"x\",\"expires_in\":null}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":0}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":\"0\"}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":-1}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":1.5}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":1e12}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":\"36 00\"}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":\"1h\"}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":\"\"}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":true}", "expires_in is not"},
    {"{\"access_token\":\"x\",\"expires_in\":9,\"token_type\":\"mac\"}", "not Bearer"},
    {"{\"access_token\":\"x\",\"expires_in\":9,\"token_type\":7}", "not a text"},
    {WRONG_SECRET, "access_token is missing"},
};

START_TEST(a_200_without_a_token_is_no_token)
{
    then_answer((struct scripted){.status = 200, .body = no_tokens[_i].body});
    is_refused(SAE_E_FORMAT, no_tokens[_i].words);
    ck_assert_int_ne(access(path_of(GRAPH_FILE), F_OK), 0);
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(a_token_has_at_most_16000_bytes)
{
    char token[16002], body[16100];

    memset(token, 'x', sizeof(token));
    token[16000 + _i] = '\0';
    snprintf(body, sizeof(body), "{\"access_token\":\"%s\",\"expires_in\":3599}", token);
    then_answer((struct scripted){.status = 200, .body = body});
    if (_i == 0) {
        gives(GRAPH, token);
        new_run();
        gives(GRAPH, token);
    } else {
        is_refused(SAE_E_FORMAT, "not what a token can be");
    }
}
END_TEST

START_TEST(an_answer_without_end_is_cut_off)
{
    char *body = malloc(50001);

    memset(body, ' ', 50000);
    body[50000] = '\0';
    then_answer((struct scripted){.status = 200, .body = body});
    is_refused(SAE_E_LIMIT, "the login service sends more than 40000 bytes");
    free(body);
}
END_TEST

/* ---- refusals and trouble ------------------------------------------------------ */

START_TEST(a_refusal_is_final_and_says_what_to_do)
{
    then_answer((struct scripted){.status = _i, .body = WRONG_SECRET});
    is_refused(SAE_E_AUTH, "login refused (AADSTS7000215): the client secret is wrong");
    ck_assert_ptr_nonnull(strstr(why.text, path_of("secret")));
    ck_assert_int_eq(pauses, 0);
}
END_TEST

static const struct {
    long status;
    const char *body, *type, *words;
} others[] = {
    {302, "", "", "the login service answers HTTP 302, neither a token nor a reason"},
    {403, "<html>", "text/html", "HTTP 403 text/html, neither"},
    {404, "", "text/plain", "HTTP 404 text/plain, neither"},
    {407, "", "", "check login_url and the proxy"},
    {204, "", "", "HTTP 204"},
    {401, "{}", "application/json", "HTTP 401"},
    {302, WRONG_SECRET, "application/json", "HTTP 302"},
};

START_TEST(what_only_a_proxy_would_say_is_no_refusal)
{
    then_answer((struct scripted){
        .status = others[_i].status, .body = others[_i].body, .type = others[_i].type});
    is_refused(SAE_E_FORMAT, others[_i].words);
    /* Not kept: the next run asks again. */
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
}
END_TEST

static const struct {
    struct scripted answer;
    enum sae_status status;
    const char *words;
} troubles[] = {
    {{.status = 429}, SAE_E_THROTTLED, "the login service asks us to wait (HTTP 429)"},
    {{.status = 500}, SAE_E_SERVICE, "the login service fails (HTTP 500)"},
    {{.status = 503, .body = "<html>"},
     SAE_E_SERVICE,
     "the login service fails (HTTP 503)"},
    {{.status = 504}, SAE_E_SERVICE, "HTTP 504"},
    {{.status = 500, .body = WRONG_SECRET}, SAE_E_SERVICE, "HTTP 500"},
    {{.status = 400, .body = "{\"error\":\"temporarily_unavailable\"}"},
     SAE_E_SERVICE,
     "HTTP 400"},
    {{.fails = SAE_E_NETWORK}, SAE_E_NETWORK, "cannot connect to host"},
};

START_TEST(trouble_is_tried_twice_again)
{
    for (int i = 0; i < 3; i++) {
        then_answer(troubles[_i].answer);
    }
    is_refused(troubles[_i].status, troubles[_i].words);
    ck_assert_int_eq(pauses, 2);
    ck_assert_int_eq(paused[0], 2 * SAE_SECOND);
    ck_assert_int_eq(paused[1], 4 * SAE_SECOND);
}
END_TEST

START_TEST(trouble_that_passes_is_not_noticed)
{
    then_answer(troubles[_i].answer);
    then_answer(troubles[_i].answer);
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
}
END_TEST

START_TEST(half_an_answer_does_not_spoil_the_next)
{
    then_answer(
        (struct scripted){.fails = SAE_E_NETWORK, .body = "{\"access_token\":1}"});
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
}
END_TEST

START_TEST(after_trouble_a_refusal_is_final)
{
    then_answer((struct scripted){.status = 503});
    then_answer((struct scripted){.status = 401, .body = WRONG_SECRET});
    is_refused(SAE_E_AUTH, "AADSTS7000215");
}
END_TEST

START_TEST(what_does_not_pass_is_not_tried_again)
{
    static const enum sae_status finals[] = {SAE_E_TLS,    SAE_E_TIMEOUT, SAE_E_STALE,
                                             SAE_E_FORMAT, SAE_E_NOMEM,   SAE_E_LIMIT};

    then_answer((struct scripted){.fails = finals[_i]});
    is_refused(finals[_i], "cannot connect to host");
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(the_service_says_how_long_to_wait)
{
    then_answer((struct scripted){.status = _i, .retry_after = 7});
    then_answer((struct scripted){.status = _i, .retry_after = 8});
    then_token("e.y.J", "3599");
    gives(GRAPH, "e.y.J");
    ck_assert_int_eq(paused[0], 7 * SAE_SECOND);
    ck_assert_int_eq(paused[1], 8 * SAE_SECOND);
}
END_TEST

START_TEST(a_wait_that_the_run_cannot_afford_is_not_begun)
{
    left = 100 * SAE_SECOND;
    then_answer((struct scripted){.status = 429, .retry_after = 51});
    is_refused(SAE_E_THROTTLED, "asks us to wait 51 s (HTTP 429)");
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(the_end_of_the_budget_ends_the_wait)
{
    pause_says = SAE_E_TIMEOUT;
    then_answer((struct scripted){.status = 500});
    is_refused(SAE_E_TIMEOUT, "waiting for a token: time limit reached");
}
END_TEST

/* ---- the machine's identity service -------------------------------------------- */

static void use_identity(void)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_MANAGED_IDENTITY, "system");
}

START_TEST(an_identity_service_that_starts_is_tried_again)
{
    use_identity();
    then_answer((struct scripted){.status = 404, .type = "text/html"});
    then_answer((struct scripted){.status = 410});
    then_token("e.y.J", "\"3599\"");
    gives(GRAPH, "e.y.J");
    ck_assert_int_eq(pauses, 2);
}
END_TEST

START_TEST(an_identity_that_is_not_found_is_said_after_all_tries)
{
    use_identity();
    for (int i = 0; i < 3; i++) {
        then_answer(
            (struct scripted){.status = 404, .body = "{\"error\":\"not_found\"}"});
    }
    is_refused(SAE_E_AUTH,
               "no token from the identity service of this machine (not_found");
}
END_TEST

START_TEST(an_identity_service_that_stays_away_is_said)
{
    use_identity();
    for (int i = 0; i < 3; i++) {
        then_answer((struct scripted){.status = 404});
    }
    is_refused(SAE_E_SERVICE, "the identity service of this machine fails (HTTP 404)");
    for (int i = 0; i < 3; i++) {
        then_answer((struct scripted){.fails = SAE_E_NETWORK});
    }
    is_refused(SAE_E_NETWORK, "managed_identity works on machines in Azure only: cannot");
}
END_TEST

START_TEST(a_machine_without_identity_is_told_so)
{
    use_identity();
    then_answer((struct scripted){.status = 400,
                                  .body = "{\"error\":\"invalid_request\",\"error_"
                                          "description\":\"Identity not found\"}"});
    is_refused(SAE_E_AUTH,
               "(invalid_request: Identity not found): is a managed identity");
    new_run();
    is_refused(SAE_E_AUTH, "asked again in");
}
END_TEST

static Suite *token_suite(void)
{
    Suite *suite = suite_create("token");
    TCase *tc = tcase_create("token");

    tcase_add_checked_fixture(tc, token_begin, token_end);
    tcase_add_test(tc, a_secret_goes_to_the_login_service);
    tcase_add_test(tc, the_scope_is_that_of_cloud_and_service_wherever_the_host_is);
    tcase_add_test(tc, a_federated_token_is_read_for_each_request);
    tcase_add_loop_test(tc, a_managed_identity_asks_the_machine, 0, 2);
    tcase_add_loop_test(tc, only_exchange_and_graph_have_tokens, 0, 2);
    tcase_add_test(tc, faults_of_configuration_and_files_send_nothing);
    tcase_add_loop_test(tc, a_200_without_a_token_is_no_token, 0, COUNT(no_tokens));
    tcase_add_loop_test(tc, a_token_has_at_most_16000_bytes, 0, 2);
    tcase_add_test(tc, an_answer_without_end_is_cut_off);
    tcase_add_loop_test(tc, a_refusal_is_final_and_says_what_to_do, 400, 404);
    tcase_add_loop_test(tc, what_only_a_proxy_would_say_is_no_refusal, 0, COUNT(others));
    tcase_add_loop_test(tc, trouble_is_tried_twice_again, 0, COUNT(troubles));
    tcase_add_loop_test(tc, trouble_that_passes_is_not_noticed, 0, COUNT(troubles));
    tcase_add_test(tc, half_an_answer_does_not_spoil_the_next);
    tcase_add_test(tc, after_trouble_a_refusal_is_final);
    tcase_add_loop_test(tc, what_does_not_pass_is_not_tried_again, 0, 6);
    tcase_add_loop_test(tc, the_service_says_how_long_to_wait, 429, 430);
    tcase_add_loop_test(tc, the_service_says_how_long_to_wait, 503, 504);
    tcase_add_test(tc, a_wait_that_the_run_cannot_afford_is_not_begun);
    tcase_add_test(tc, the_end_of_the_budget_ends_the_wait);
    tcase_add_test(tc, an_identity_service_that_starts_is_tried_again);
    tcase_add_test(tc, an_identity_that_is_not_found_is_said_after_all_tries);
    tcase_add_test(tc, an_identity_service_that_stays_away_is_said);
    tcase_add_test(tc, a_machine_without_identity_is_told_so);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(token_suite());
}
