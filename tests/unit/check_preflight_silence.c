/* SPDX-License-Identifier: MIT */
/* Preflight where somebody does not answer: who is asked nevertheless, what is said of the
 * lines that nobody could answer, and how long a question may take. */
#include "preflight_test.h"

static void then_silent(void)
{
    then_answer((struct scripted){.fails = SAE_E_TIMEOUT});
}

static void unasked(enum step first, enum step end_step, const char *words)
{
    for (int i = (int)first; i < (int)end_step; i++) {
        step_says((enum step)i, SAE_PREFLIGHT_UNASKED, words);
    }
}

START_TEST(a_silent_exchange_is_asked_once_and_graph_all_the_same)
{
    enum step step = (enum step)_i;
    char words[160];

    then_good(0, step);
    then_silent();
    then_good(SIGNINS, STEPS);
    went_well(fly());
    ck_assert(!got.ready);
    snprintf(words, sizeof(words),
             "no answer from https://outlook.office365.com within %d s: %s",
             step == MAILBOXES ? 30 : 20,
             step == TRANSPORT ? "check firewall and proxy"
                               : "ask again, collecting waits longer");
    step_says(step, SAE_PREFLIGHT_FAILS, words);
    unasked(step + 1, SIGNINS, "not asked: Exchange does not answer");
    step_works(SIGNINS);
    step_works(CONDITIONAL);
}
END_TEST

START_TEST(a_silent_graph_is_asked_once)
{
    then_good(0, SIGNINS);
    then_silent();
    went_well(fly());
    step_works(AUTHENTICATION);
    step_says(SIGNINS, SAE_PREFLIGHT_FAILS, "no answer from https://graph.microsoft.com");
    unasked(DEFAULTS, STEPS, "not asked: Graph does not answer");
}
END_TEST

START_TEST(a_silent_login_is_asked_once)
{
    then_silent();
    went_well(fly());
    step_says(TOKEN_EXCHANGE, SAE_PREFLIGHT_FAILS,
              "no answer from https://login.microsoftonline.com");
    unasked(TOKEN_GRAPH, TRANSPORT, "not asked: the login service does not answer");
    unasked(TRANSPORT, STEPS, "not tried: there is no token");
}
END_TEST

/* ---- how long ----------------------------------------------------------------------- */

static int64_t longest;

static void look_at_the_clock(int64_t ticks)
{
    int64_t given = the_setup.budget->end - sae_clock_monotonic();

    (void)ticks;
    longest = given > longest ? given : longest;
}

START_TEST(a_question_has_a_patience_of_its_own)
{
    static const struct {
        enum step step;
        int64_t limit, most; /* seconds */
    } questions[] = {{TRANSPORT, 1500, 20}, {MAILBOXES, 1500, 30}, {SIGNINS, 1500, 20},
                     {TRANSPORT, 9, 3},     {MAILBOXES, 9, 3},     {SIGNINS, 60, 20}};
    enum step step = questions[_i].step;
    int64_t most = questions[_i].most * SAE_SECOND;

    budget.end = sae_clock_monotonic() + questions[_i].limit * SAE_SECOND;
    while_paused = look_at_the_clock;
    longest = 0;
    then_good(0, step);
    then_answer((struct scripted){.status = 500});
    then_good(step, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    ck_assert_int_le(longest, most);
    ck_assert_int_gt(longest, most - SAE_SECOND);
}
END_TEST

START_TEST(what_is_asked_late_ends_with_the_time_limit)
{
    budget.end = 0;
    went_well(fly());
    ck_assert(!got.ready);
    says(0, "credential", SAE_PREFLIGHT_WORKS, "ends on");
    unasked(0, STEPS, "not asked: time limit reached");
}
END_TEST

static volatile sig_atomic_t stop;

static void stop_now(int64_t ticks)
{
    (void)ticks;
    stop = 1;
    pause_says = SAE_E_TIMEOUT;
}

START_TEST(who_is_told_to_stop_blames_nobody)
{
    stop = 0;
    budget.stop = &stop;
    while_paused = stop_now;
    then_good(0, TRANSPORT);
    then_answer((struct scripted){.status = 500});
    went_well(fly());
    ck_assert(!got.ready);
    step_says(TRANSPORT, SAE_PREFLIGHT_UNASKED,
              "not known: Exchange did not answer before the end");
    unasked(MAILBOXES, STEPS, "not asked: told to stop");
}
END_TEST

START_TEST(an_answer_that_never_got_better_is_told)
{
    pause_says = SAE_E_TIMEOUT;
    then_good(0, TRANSPORT);
    then_answer((struct scripted){.status = 500});
    then_good(SIGNINS, STEPS);
    went_well(fly());
    step_says(TRANSPORT, SAE_PREFLIGHT_FAILS,
              "exchange answers HTTP 500, and nothing better within 20 s");
    unasked(MAILBOXES, SIGNINS, "not asked: Exchange fails");
}
END_TEST

/* The end of a patience shows as either, whichever clock is first. */
START_TEST(a_silence_that_was_seen_before_is_one)
{
    pause_says = SAE_E_TIMEOUT;
    then_good(0, TRANSPORT);
    then_answer((struct scripted){.fails = SAE_E_NETWORK});
    then_good(SIGNINS, STEPS);
    went_well(fly());
    step_says(TRANSPORT, SAE_PREFLIGHT_FAILS,
              "no answer from https://outlook.office365.com within 20 s");
    unasked(MAILBOXES, SIGNINS, "not asked: Exchange does not answer");
}
END_TEST

/* ---- who asks to wait --------------------------------------------------------------- */

START_TEST(who_asks_to_wait_is_neither_well_nor_wrong)
{
    left = 20 * SAE_SECOND;
    then_good(0, TRANSPORT);
    then_answer((struct scripted){.status = 429, .retry_after = 3600});
    then_good(SIGNINS, STEPS);
    went_well(fly());
    ck_assert(!got.ready);
    step_says(TRANSPORT, SAE_PREFLIGHT_UNASKED,
              "exchange asks to wait 3600 s: not known, ask again in some minutes");
    unasked(MAILBOXES, SIGNINS, "not asked: Exchange asks us to wait");
    ck_assert_ptr_null(strstr(got.line[TRANSPORT + 1].text, "Get-TransportConfig"));
    step_works(SIGNINS);
    step_works(CONDITIONAL);
}
END_TEST

static Suite *silence_suite(void)
{
    Suite *suite = suite_create("preflight silence");
    TCase *tc = tcase_create("silence");

    tcase_add_checked_fixture(tc, preflight_begin, preflight_end);
    tcase_add_loop_test(tc, a_silent_exchange_is_asked_once_and_graph_all_the_same,
                        TRANSPORT, AUTHENTICATION + 1);
    tcase_add_test(tc, a_silent_graph_is_asked_once);
    tcase_add_test(tc, a_silent_login_is_asked_once);
    tcase_add_loop_test(tc, a_question_has_a_patience_of_its_own, 0, 6);
    tcase_add_test(tc, what_is_asked_late_ends_with_the_time_limit);
    tcase_add_test(tc, who_is_told_to_stop_blames_nobody);
    tcase_add_test(tc, an_answer_that_never_got_better_is_told);
    tcase_add_test(tc, a_silence_that_was_seen_before_is_one);
    tcase_add_test(tc, who_asks_to_wait_is_neither_well_nor_wrong);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(silence_suite());
}
