/* SPDX-License-Identifier: MIT */
/* Questions that may be asked five times in ten seconds: the client takes turns, and
 * keeps quiet as long as it was told to, across runs. */
#include "bucket_test.h"

static enum sae_status ask_as(bool slowly)
{
    const struct sae_ask ask = graph_ask(slowly);
    cJSON *root = NULL;
    enum sae_status status;

    why = (struct sae_err){0};
    status = sae_client_json(client, &ask, 4096, &root, &refusal, &why);
    cJSON_Delete(root);
    return status;
}

static void then_answers(int times)
{
    then_times(times, (struct scripted){.status = 200, .body = "{}"});
}

START_TEST(only_slow_questions_take_turns)
{
    then_answers(7);
    for (int i = 0; i < 5; i++) {
        went_well(ask_as(true));
    }
    went_well(ask_as(false));
    ck_assert_int_eq(pauses, 0);
    while_paused = let_time_pass;
    went_well(ask_as(true));
    ck_assert_int_eq(pauses, 1);
}
END_TEST

START_TEST(each_try_takes_a_turn)
{
    then_times(2, (struct scripted){.status = 500});
    then_answers(1);
    went_well(ask_as(true));
    ck_assert_int_eq(turns(9), 2);
}
END_TEST

START_TEST(a_service_that_asks_to_wait_is_not_asked_by_the_next_run_either)
{
    then_answer((struct scripted){.status = _i == 0 ? 429 : 503, .retry_after = 7200});
    failed(ask_as(true), SAE_E_THROTTLED, "graph asks to wait 7200 s");
    new_client();
    failed(ask_as(true), SAE_E_THROTTLED, "graph asked to wait for another 71");
    ck_assert_int_eq(refusal.status, 0);
    ck_assert_int_eq(sent, 1);
    then_answers(1);
    went_well(ask_as(false)); /* other limits hold for other questions */
}
END_TEST

START_TEST(the_last_wait_that_is_asked_for_counts_too)
{
    while_paused = let_time_pass;
    then_times(9, (struct scripted)BUSY(1000));
    failed(ask_as(true), SAE_E_THROTTLED, "graph answers HTTP 429");
    left = 500 * SAE_SECOND;
    failed(ask_as(true), SAE_E_THROTTLED, "graph asked to wait for another 99");
}
END_TEST

START_TEST(a_failure_blocks_nobody)
{
    then_times(3, (struct scripted){.status = 503});
    failed(ask_as(true), SAE_E_SERVICE, "graph answers HTTP 503");
    then_answer((struct scripted)BUSY(7200));
    failed(ask_as(false), SAE_E_THROTTLED, "graph asks to wait 7200 s");
    ck_assert_int_eq(turns(9), 2);
}
END_TEST

static Suite *slow_suite(void)
{
    Suite *suite = suite_create("client slow");
    TCase *tc = tcase_create("slow");

    tcase_add_checked_fixture(tc, bucket_begin, bucket_end);
    tcase_add_test(tc, only_slow_questions_take_turns);
    tcase_add_test(tc, each_try_takes_a_turn);
    tcase_add_loop_test(
        tc, a_service_that_asks_to_wait_is_not_asked_by_the_next_run_either, 0, 2);
    tcase_add_test(tc, the_last_wait_that_is_asked_for_counts_too);
    tcase_add_test(tc, a_failure_blocks_nobody);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(slow_suite());
}
