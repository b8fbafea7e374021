/* SPDX-License-Identifier: MIT */
/* Which answers are asked for again, how often and after what wait; and what is said when
 * it does not help. No pause is waited for. */
#include "client_test.h"

#define DOCUMENT "{\"a\":[1,2,3]}"
#define REFUSAL                                                                          \
    "{\"error\":{\"code\":\"UnknownError\",\"message\":\"<b>it</b> | broke\\r\\n\"}}"

static cJSON *root;

static enum sae_status ask_as(bool slowly)
{
    const struct sae_ask ask = graph_ask(slowly);

    cJSON_Delete(root);
    root = NULL;
    why = (struct sae_err){0};
    return sae_client_json(client, &ask, 4096, &root, &refusal, &why);
}

static enum sae_status ask(void)
{
    return ask_as(false);
}

static void begin(void)
{
    client_begin();
    root = NULL;
}

static void end(void)
{
    cJSON_Delete(root);
    client_end();
}

static void then_document(void)
{
    then_answer((struct scripted){.status = 200, .body = DOCUMENT});
}

static void is_the_document(enum sae_status status)
{
    went_well(status);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "a")), 3);
    ck_assert_int_eq(refusal.status, 0);
}

/* ---- one question -------------------------------------------------------------------
 */

START_TEST(an_answer_is_asked_for_once_with_what_the_asker_says)
{
    static const char *const headers[] = {"Accept: application/json", "X-One: two", NULL};
    const struct sae_ask ask_it = {.service = SAE_SERVICE_EXCHANGE,
                                   .url = URL,
                                   .body = "{\"x\":1} and more",
                                   .body_len = 7,
                                   .headers = headers,
                                   .patience = 17 * SAE_SECOND};

    then_document();
    is_the_document(sae_client_json(client, &ask_it, 4096, &root, &refusal, &why));
    ck_assert_int_eq(pauses, 0);
    ck_assert_int_eq(tokens_asked, 1);
    ck_assert_int_eq(token_for, SAE_SERVICE_EXCHANGE);
    ck_assert_str_eq(sent_url, URL);
    ck_assert_str_eq(sent_body, "{\"x\":1}");
    ck_assert_str_eq(sent_headers, "Accept: application/json\nX-One: two\n");
    ck_assert_str_eq(sent_service, "exchange");
    ck_assert_str_eq(sent_bearer, "token-0");
    ck_assert_int_eq(patience, 17 * SAE_SECOND);
    ck_assert_uint_eq(sent_most, 4096);
    ck_assert(!sent_local);
}
END_TEST

START_TEST(proxy_certificates_budget_and_counts_reach_the_wire)
{
    set(SAE_KEY_CA_FILE, "/etc/ssl/own.pem");
    set(SAE_KEY_PROXY, "http://proxy.example:3128");
    new_client();
    ck_assert_str_eq(the_setup.ca_file, "/etc/ssl/own.pem");
    ck_assert_str_eq(the_setup.proxy, "http://proxy.example:3128");
    ck_assert_ptr_eq(the_setup.budget, &budget);
    ck_assert_ptr_eq(the_setup.traffic, &traffic);
    ck_assert_ptr_eq(sae_client_tenant(client), &tenant);
}
END_TEST

START_TEST(only_a_stop_is_a_stop)
{
    left = 0;
    ck_assert_int_eq(sae_client_left(client), 0);
    ck_assert(!sae_client_stopped(client));
    stopped = 1;
    ck_assert(sae_client_stopped(client));
    budget.stop = NULL;
    ck_assert(!sae_client_stopped(client));
}
END_TEST

/* ---- tokens -------------------------------------------------------------------------
 */

START_TEST(a_token_that_is_not_taken_is_replaced_once_and_at_once)
{
    then_answer((struct scripted){.status = 401});
    then_document();
    is_the_document(ask());
    ck_assert_int_eq(tokens_dropped, 1);
    ck_assert_str_eq(sent_bearer, "token-1");
    ck_assert_int_eq(pauses, 1);
    ck_assert_int_eq(paused[0], 0);
}
END_TEST

START_TEST(a_second_401_is_final_whatever_was_in_between)
{
    then_answer((struct scripted){.status = 401});
    if (_i == 1) {
        then_answer((struct scripted)BUSY(3));
    } else if (_i == 2) {
        then_answer((struct scripted){.fails = SAE_E_NETWORK});
    }
    then_answer((struct scripted){.status = 401, .body = REFUSAL});
    failed(ask(), SAE_E_AUTH, "graph answers HTTP 401: ");
    ck_assert_int_eq(tokens_dropped, 1);
    ck_assert_int_eq(refusal.status, 401);
    ck_assert_str_eq(refusal.code, "UnknownError");
}
END_TEST

START_TEST(without_a_token_nothing_is_asked)
{
    token_says = SAE_E_AUTH;
    failed(ask(), SAE_E_AUTH, "the client secret is wrong");
    ck_assert_int_eq(refusal.status, 0);
    failed(sae_client_token(client, SAE_SERVICE_GRAPH, &why), SAE_E_AUTH, "secret");
    token_says = SAE_OK;
    went_well(sae_client_token(client, SAE_SERVICE_GRAPH, &why));
    ck_assert_int_eq(sent, 0);
}
END_TEST

START_TEST(if_there_is_no_new_token_the_login_service_has_the_last_word)
{
    token_says_later = SAE_E_AUTH;
    then_answer((struct scripted){.status = 401, .body = REFUSAL});
    failed(ask(), SAE_E_AUTH, "the client secret is wrong");
    ck_assert_int_eq(refusal.status, 0);
    ck_assert_int_eq(tokens_dropped, 1);
}
END_TEST

/* ---- asked to wait ------------------------------------------------------------------
 */

static const long busy[] = {429, 503};

START_TEST(a_wait_that_the_service_names_is_kept_exactly)
{
    then_answer((struct scripted){.status = busy[_i], .retry_after = 17});
    then_answer((struct scripted){.status = busy[_i], .retry_after = 1800});
    then_document();
    is_the_document(ask());
    ck_assert_int_eq(pauses, 2);
    ck_assert_int_eq(paused[0], 17 * SAE_SECOND);
    ck_assert_int_eq(paused[1], 1800 * SAE_SECOND);
}
END_TEST

START_TEST(a_wait_beyond_the_time_limit_is_not_begun)
{
    left = SAE_MINUTE;
    then_answer((struct scripted){.status = busy[_i], .retry_after = 61});
    failed(ask(), SAE_E_THROTTLED,
           "graph asks to wait 61 s, longer than the time limit leaves");
    ck_assert_int_eq(refusal.status, busy[_i]);
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(who_does_not_say_how_long_is_waited_for_10_20_40_s)
{
    then_times(3, (struct scripted)BUSY(0));
    then_document();
    is_the_document(ask());
    ck_assert_int_eq(pauses, 3);
    waited_about(0, 10);
    waited_about(1, 20);
    waited_about(2, 40);
}
END_TEST

START_TEST(a_wait_of_our_own_takes_a_third_of_what_is_left)
{
    left = 15 * SAE_SECOND;
    then_answer((struct scripted)BUSY(0));
    then_answer((struct scripted){.status = 503});
    then_answer((struct scripted){.status = 503});
    then_document();
    is_the_document(ask());
    ck_assert_int_eq(paused[0], 5 * SAE_SECOND);
    waited_about(1, 2);
    waited_about(2, 4);
    left = 3 * SAE_SECOND;
    then_answer((struct scripted){.status = 500});
    then_document();
    is_the_document(ask());
    ck_assert_int_eq(paused[3], SAE_SECOND);
}
END_TEST

START_TEST(those_who_failed_together_do_not_come_back_together)
{
    int64_t least = INT64_MAX, most = 0;

    for (int i = 0; i < 15; i++) {
        then_answer((struct scripted)BUSY(0));
        then_document();
        is_the_document(ask());
        least = paused[i] < least ? paused[i] : least;
        most = paused[i] > most ? paused[i] : most;
    }
    ck_assert_int_gt(most - least, SAE_SECOND / 100);
}
END_TEST

START_TEST(the_ninth_request_to_wait_is_final)
{
    then_times(9, (struct scripted)BUSY(1));
    failed(ask(), SAE_E_THROTTLED, "graph answers HTTP 429");
    ck_assert_int_eq(pauses, 8);
    ck_assert_int_eq(refusal.status, 429);
}
END_TEST

/* ---- what may pass ------------------------------------------------------------------
 */

static const struct {
    struct scripted answer;
    enum sae_status status;
    const char *words;
} passing[] = {
    {{.status = 500}, SAE_E_SERVICE, "graph answers HTTP 500"},
    {{.status = 502, .body = "<html>"}, SAE_E_SERVICE, "graph answers HTTP 502"},
    {{.status = 503, .body = REFUSAL}, SAE_E_SERVICE, "graph answers HTTP 503: ?b?it"},
    {{.status = 504}, SAE_E_SERVICE, "graph answers HTTP 504"},
    {{.fails = SAE_E_NETWORK}, SAE_E_NETWORK, "cannot connect to host"},
    {{.fails = SAE_E_NETWORK, .body = DOCUMENT}, SAE_E_NETWORK, "cannot connect to host"},
    {{.status = 200, .body = "{\"a\":[1,2"}, SAE_E_FORMAT, "answer of graph: "},
    {{.status = 200, .body = ""}, SAE_E_FORMAT, "graph answers with nothing"},
};

START_TEST(what_may_pass_is_tried_twice_more)
{
    then_times(3, passing[_i].answer);
    failed(ask(), passing[_i].status, passing[_i].words);
    ck_assert_int_eq(pauses, 2);
    waited_about(0, 2);
    waited_about(1, 4);
    ck_assert_int_eq(refusal.status,
                     passing[_i].answer.status == 200 ? 0 : passing[_i].answer.status);
    ck_assert_ptr_null(root);
}
END_TEST

START_TEST(what_passed_leaves_no_trace_in_the_answer)
{
    then_times(2, passing[_i].answer);
    then_document();
    is_the_document(ask());
}
END_TEST

START_TEST(waits_and_failures_are_counted_apart)
{
    then_answer((struct scripted){.status = 500});
    then_times(2, (struct scripted)BUSY(5));
    then_answer((struct scripted){.fails = SAE_E_NETWORK});
    then_answer((struct scripted){.status = 401});
    then_answer((struct scripted)BUSY(0));
    then_document();
    is_the_document(ask());
    waited_about(0, 2);
    ck_assert_int_eq(paused[1], 5 * SAE_SECOND);
    ck_assert_int_eq(paused[2], 5 * SAE_SECOND);
    waited_about(3, 4);
    ck_assert_int_eq(paused[4], 0);
    waited_about(5, 40);
}
END_TEST

static const struct {
    struct scripted answer;
    const char *words;
} late[] = {
    {{.status = 503}, "time limit reached after: graph answers HTTP 503"},
    {BUSY(9), "time limit reached after: graph answers HTTP 429"},
    {{.status = 401}, "time limit reached after: graph answers HTTP 401"},
    {{.fails = SAE_E_NETWORK}, "time limit reached after: cannot connect to host"},
};

START_TEST(the_time_limit_does_not_hide_what_was_wrong_before)
{
    pause_says = SAE_E_TIMEOUT;
    then_answer(late[_i].answer);
    failed(ask(), SAE_E_TIMEOUT, late[_i].words);
    ck_assert_int_eq(refusal.status, late[_i].answer.status);
}
END_TEST

/* ---- what is final ------------------------------------------------------------------
 */

static const struct {
    long status;
    enum sae_status code;
    const char *words;
} final[] = {
    {201, SAE_E_FORMAT, "graph answers HTTP 201: "},
    {204, SAE_E_FORMAT, "graph answers HTTP 204: "},
    {206, SAE_E_FORMAT, "graph answers HTTP 206: "},
    {301, SAE_E_FORMAT, "graph answers with a redirect (HTTP 301), not followed"},
    {302, SAE_E_FORMAT, "graph answers with a redirect (HTTP 302), not followed"},
    {308, SAE_E_FORMAT, "graph answers with a redirect (HTTP 308), not followed"},
    {400, SAE_E_FORMAT, "graph answers HTTP 400: ?b?it?/b? ? broke"},
    {403, SAE_E_DENIED, "graph answers HTTP 403: "},
    {404, SAE_E_FORMAT, "graph answers HTTP 404: "},
    {407, SAE_E_FORMAT, "graph answers HTTP 407: "},
    {410, SAE_E_FORMAT, "graph answers HTTP 410: "},
    {501, SAE_E_SERVICE, "graph answers HTTP 501: "},
};

START_TEST(a_refusal_is_final_and_its_words_are_kept)
{
    then_answer((struct scripted){.status = final[_i].status, .body = REFUSAL});
    failed(ask(), final[_i].code, final[_i].words);
    ck_assert_int_eq(refusal.status, final[_i].status);
    ck_assert_str_eq(refusal.code, "UnknownError");
    ck_assert_ptr_nonnull(strstr(refusal.text, "broke"));
    ck_assert_int_eq(pauses, 0);
}
END_TEST

START_TEST(a_refusal_without_a_message_shows_its_code)
{
    then_answer(
        (struct scripted){.status = 400, .body = "{\"error\":{\"code\":\"Bad\"}}"});
    failed(ask(), SAE_E_FORMAT, "graph answers HTTP 400: Bad");
    then_answer((struct scripted){.status = 400, .body = "?"});
    failed(ask(), SAE_E_FORMAT, "graph answers HTTP 400");
    ck_assert_str_eq(why.text, "graph answers HTTP 400");
}
END_TEST

START_TEST(trouble_that_asking_again_cannot_mend_is_final)
{
    static const enum sae_status codes[] = {SAE_E_TLS,     SAE_E_LIMIT, SAE_E_STALE,
                                            SAE_E_TIMEOUT, SAE_E_NOMEM, SAE_E_FORMAT};

    for (int i = 0; i < COUNT(codes); i++) {
        then_answer((struct scripted){.fails = codes[i]});
        failed(ask(), codes[i], "cannot connect to host");
        ck_assert_int_eq(refusal.status, 0);
    }
    ck_assert_int_eq(pauses, 0);
}
END_TEST

/* ---- documents ----------------------------------------------------------------------
 */

#define PROXY "graph answers with something else than JSON: is a proxy in between?"
#define IS_ERROR "the answer of graph is an error, not data"

static const struct {
    const char *body, *words;
} no_documents[] = {
    {"<html>blocked</html>", PROXY},
    {"[]", PROXY},
    {"7", PROXY},
    {" \r\n", PROXY},
    {"{\"a\":1}{\"a\":2}", "answer of graph: "},
    {"{\"a\":1} x", "answer of graph: "},
    {"{\"a\":\"\xff\"}", "answer of graph: "},
    {"{\"a\":1,\"a\":2}", "answer of graph: "},
    {"{\"a\":1,\"error\":{\"code\":\"x\"}}", IS_ERROR},
    {"{\"error\":\"x\"}", IS_ERROR},
    {"{\"@odata.error\":{}}", IS_ERROR},
    {"{\"value\":[],\"@adminapi.errors\":[\"x\"]}", IS_ERROR},
    {"{\"value\":[],\"@adminapi.errors\":{}}", IS_ERROR},
};

START_TEST(what_is_no_document_is_no_answer)
{
    then_times(3, (struct scripted){.status = 200, .body = no_documents[_i].body});
    failed(ask(), SAE_E_FORMAT, no_documents[_i].words);
    ck_assert_ptr_null(root);
    ck_assert_int_eq(refusal.status, 0);
}
END_TEST

START_TEST(members_for_errors_may_be_empty)
{
    then_answer((struct scripted){.status = 200,
                                  .body = "\r\n{\"error\":null,\"@odata.error\":null,"
                                          "\"@adminapi.errors\":[],\"a\":[1,2,3]}\n"});
    is_the_document(ask());
    then_answer((struct scripted){.status = 200,
                                  .body = "{\"@adminapi.errors\":null,\"a\":[1,2,3]}"});
    is_the_document(ask());
}
END_TEST

START_TEST(a_document_that_is_too_large_is_refused_at_once)
{
    char body[5000];

    memset(body, ' ', sizeof(body));
    memcpy(body, DOCUMENT, strlen(DOCUMENT));
    body[4096] = '\0';
    then_answer((struct scripted){.status = 200, .body = body});
    is_the_document(ask());
    body[4096] = ' ';
    body[4097] = '\0';
    then_answer((struct scripted){.status = 200, .body = body});
    failed(ask(), SAE_E_LIMIT, "answer of graph: too large");
}
END_TEST

static void add_answers(TCase *tc)
{
    tcase_add_test(tc, an_answer_is_asked_for_once_with_what_the_asker_says);
    tcase_add_test(tc, proxy_certificates_budget_and_counts_reach_the_wire);
    tcase_add_test(tc, only_a_stop_is_a_stop);
    tcase_add_test(tc, a_token_that_is_not_taken_is_replaced_once_and_at_once);
    tcase_add_loop_test(tc, a_second_401_is_final_whatever_was_in_between, 0, 3);
    tcase_add_test(tc, without_a_token_nothing_is_asked);
    tcase_add_test(tc, if_there_is_no_new_token_the_login_service_has_the_last_word);
    tcase_add_loop_test(tc, what_is_no_document_is_no_answer, 0, COUNT(no_documents));
    tcase_add_test(tc, members_for_errors_may_be_empty);
    tcase_add_test(tc, a_document_that_is_too_large_is_refused_at_once);
}

static Suite *client_suite(void)
{
    Suite *suite = suite_create("client");
    TCase *tc = tcase_create("client");

    tcase_add_checked_fixture(tc, begin, end);
    add_answers(tc);
    tcase_add_loop_test(tc, a_wait_that_the_service_names_is_kept_exactly, 0,
                        COUNT(busy));
    tcase_add_loop_test(tc, a_wait_beyond_the_time_limit_is_not_begun, 0, COUNT(busy));
    tcase_add_test(tc, who_does_not_say_how_long_is_waited_for_10_20_40_s);
    tcase_add_test(tc, a_wait_of_our_own_takes_a_third_of_what_is_left);
    tcase_add_test(tc, those_who_failed_together_do_not_come_back_together);
    tcase_add_test(tc, the_ninth_request_to_wait_is_final);
    tcase_add_loop_test(tc, what_may_pass_is_tried_twice_more, 0, COUNT(passing));
    tcase_add_loop_test(tc, what_passed_leaves_no_trace_in_the_answer, 0, COUNT(passing));
    tcase_add_test(tc, waits_and_failures_are_counted_apart);
    tcase_add_loop_test(tc, the_time_limit_does_not_hide_what_was_wrong_before, 0,
                        COUNT(late));
    tcase_add_loop_test(tc, a_refusal_is_final_and_its_words_are_kept, 0, COUNT(final));
    tcase_add_test(tc, a_refusal_without_a_message_shows_its_code);
    tcase_add_test(tc, trouble_that_asking_again_cannot_mend_is_final);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(client_suite());
}
