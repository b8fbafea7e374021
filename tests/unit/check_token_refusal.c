/* SPDX-License-Identifier: MIT */
/* Refusals are kept for a while, so that a wrong secret is not tried again and again, and
 * end at once when somebody does something about it. */
#include "fetch/token/cache.h"
#include "token_test.h"

static void then_refuse(void)
{
    then_answer((struct scripted){.status = 401, .body = WRONG_SECRET});
}

START_TEST(a_refusal_is_not_provoked_again_at_once)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    ck_assert_ptr_null(strstr(why.text, "asked again"));
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    new_run();
    is_refused(SAE_E_AUTH, "login refused (AADSTS7000215): the client secret is wrong");
    failed(SAE_E_AUTH, SAE_E_AUTH, ", asked again in 60 s");
    ck_assert_int_eq(sent, 1);
    ck_assert_uint_eq(mode_of(GRAPH_FILE), 0600);
}
END_TEST

START_TEST(one_service_s_refusal_is_not_the_other_s)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    then_token("two", "3600");
    gives(EXCHANGE, "two");
}
END_TEST

START_TEST(refusals_are_kept_without_a_folder_too)
{
    set(SAE_KEY_STATE_DIR, path_of("nowhere"));
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    is_refused(SAE_E_AUTH, "asked again in 60 s");
}
END_TEST

/* What is kept says that it was refused so often, just now. */
static int64_t pause_after(int64_t count)
{
    const char *at;

    tamper("count", cJSON_CreateNumber((double)count));
    tamper("until",
           cJSON_CreateNumber((double)(sae_clock_now() / (SAE_SECOND / 1000)) - 1));
    new_run();
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    new_run();
    is_refused(SAE_E_AUTH, "asked again in ");
    at = strstr(why.text, "again in ");
    return strtoll(at + strlen("again in "), NULL, 10);
}

START_TEST(refusals_in_a_row_are_tried_less_and_less_often)
{
    static const int64_t pauses_after[] = {120, 240, 480, 900, 900};

    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    for (int i = 0; i < COUNT(pauses_after); i++) {
        int64_t got = pause_after(i + 1);

        ck_assert_msg(got >= pauses_after[i] - 1 && got <= pauses_after[i],
                      "%lld, not %lld s", (long long)got, (long long)pauses_after[i]);
    }
    ck_assert_int_ge(pause_after(SAE_TOKEN_REFUSALS), 899);
}
END_TEST

START_TEST(the_service_says_how_long_a_refusal_stands)
{
    then_answer((struct scripted){
        .status = 401, .body = WRONG_SECRET, .retry_after = _i == 0 ? 600 : 100000});
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    new_run();
    is_refused(SAE_E_AUTH, _i == 0 ? "asked again in 600 s" : "asked again in 3600 s");
}
END_TEST

START_TEST(a_new_secret_ends_a_refusal_at_once)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    if (_i == 0) { /* written anew */
        private_file("secret", "better", 0600);
    } else { /* moved into place, with an old time of its own */
        private_file("other", "better", 0600);
        ck_assert_int_eq(rename(path_of("other"), path_of("secret")), 0);
    }
    new_run();
    is_asked_anew();
}
END_TEST

START_TEST(with_a_new_secret_refusals_are_counted_anew)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    tamper("count", cJSON_CreateNumber(5));
    private_file("secret", "other", 0600);
    new_run();
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    is_refused(SAE_E_AUTH, "asked again in 60 s");
}
END_TEST

START_TEST(a_corrected_configuration_ends_a_refusal_at_once)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    new_run();
    set(changes[_i].key, changes[_i].value);
    is_asked_anew();
}
END_TEST

START_TEST(a_refusal_ends_and_a_token_follows)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    tamper("until",
           cJSON_CreateNumber((double)(sae_clock_now() / (SAE_SECOND / 1000)) - 1));
    new_run();
    is_asked_anew();
    new_run();
    gives(GRAPH, "two");
}
END_TEST

START_TEST(a_refusal_from_the_future_is_not_believed)
{
    double now = (double)(sae_clock_now() / (SAE_SECOND / 1000));

    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    if (_i == 0) { /* the clock was set back */
        tamper("since", cJSON_CreateNumber(now + 600e3));
        tamper("until", cJSON_CreateNumber(now + 660e3));
    } else { /* longer than any refusal is kept */
        tamper("until", cJSON_CreateNumber(now + 3700e3));
    }
    new_run();
    is_asked_anew();
}
END_TEST

START_TEST(a_refusal_without_text_is_not_believed)
{
    static const char *const names[] = {"refused", "code", "count", "files"};

    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    tamper(names[_i], NULL);
    new_run();
    is_asked_anew();
}
END_TEST

START_TEST(a_kept_text_is_made_safe_again)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    tamper("refused", cJSON_CreateString("<b>|x\n"));
    new_run();
    is_refused(SAE_E_AUTH, "?b??x?, asked again in");
}
END_TEST

START_TEST(being_told_to_wait_is_kept_too)
{
    for (int i = 0; i < 3; i++) {
        then_answer((struct scripted){.status = 429, .retry_after = 30});
    }
    is_refused(SAE_E_THROTTLED, "asks us to wait 30 s (HTTP 429)");
    new_run();
    is_refused(SAE_E_THROTTLED, "(HTTP 429), asked again in 30 s");
}
END_TEST

START_TEST(a_failing_service_is_asked_again_by_the_next_run)
{
    for (int i = 0; i < 3; i++) {
        then_answer((struct scripted){.status = 500});
    }
    is_refused(SAE_E_SERVICE, "HTTP 500");
    is_asked_anew();
}
END_TEST

START_TEST(forgetting_ends_a_refusal)
{
    then_refuse();
    is_refused(SAE_E_AUTH, "AADSTS7000215");
    sae_token_forget(&tenant);
    new_run();
    is_asked_anew();
}
END_TEST

static Suite *token_refusal_suite(void)
{
    Suite *suite = suite_create("token_refusal");
    TCase *tc = tcase_create("token_refusal");

    tcase_add_checked_fixture(tc, token_begin, token_end);
    tcase_add_test(tc, a_refusal_is_not_provoked_again_at_once);
    tcase_add_test(tc, one_service_s_refusal_is_not_the_other_s);
    tcase_add_test(tc, refusals_are_kept_without_a_folder_too);
    tcase_add_test(tc, refusals_in_a_row_are_tried_less_and_less_often);
    tcase_add_loop_test(tc, the_service_says_how_long_a_refusal_stands, 0, 2);
    tcase_add_loop_test(tc, a_new_secret_ends_a_refusal_at_once, 0, 2);
    tcase_add_test(tc, with_a_new_secret_refusals_are_counted_anew);
    tcase_add_loop_test(tc, a_corrected_configuration_ends_a_refusal_at_once, 0,
                        COUNT(changes));
    tcase_add_test(tc, a_refusal_ends_and_a_token_follows);
    tcase_add_loop_test(tc, a_refusal_from_the_future_is_not_believed, 0, 2);
    tcase_add_loop_test(tc, a_refusal_without_text_is_not_believed, 0, 4);
    tcase_add_test(tc, a_kept_text_is_made_safe_again);
    tcase_add_test(tc, being_told_to_wait_is_kept_too);
    tcase_add_test(tc, a_failing_service_is_asked_again_by_the_next_run);
    tcase_add_test(tc, forgetting_ends_a_refusal);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(token_refusal_suite());
}
