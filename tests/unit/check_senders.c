/* SPDX-License-Identifier: MIT */
/* Who sends, who is new, who fell silent: bounds to the tick and what is not proven. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/senders.h"

#define T (INT64_C(20000) * SAE_DAY + 12345)

static const int64_t daily[] = {100, 101, 102, 103, 104};       /* usual gap 1 */
static const int64_t weekly[] = {100, 107, 114, 121, 128, 135}; /* usual gap 7 */

static const struct sae_senders log_held = {.end = T, .from = T - 40 * SAE_DAY, .to = T};

static struct sae_sender_facts sender(const int64_t *days, size_t count, int64_t last)
{
    return (struct sae_sender_facts){.first = T - 100 * SAE_DAY,
                                     .last = last,
                                     .count = 3,
                                     .days = days,
                                     .day_count = count,
                                     .matched = true,
                                     .listed = true,
                                     .decided = true};
}

static const struct {
    int64_t days[8];
    size_t count;
    int32_t gap;
} gaps[] = {
    {{0}, 0, -1},           {{5}, 1, -1},
    {{5, 6}, 2, -1},        {{5, 6, 7}, 3, -1}, /* two gaps are too few */
    {{5, 6, 7, 8}, 4, 1},   {{0, 1, 2, 9}, 4, 7},
    {{0, 7, 8, 9}, 4, 7},   {{0, 2, 4, 6, 8, 10, 12, 14}, 8, 2},
    {{-4, -3, 0, 3}, 4, 3},
};

START_TEST(the_usual_gap_is_the_ninetieth_percentile)
{
    ck_assert_int_eq(sae_sender_usual_gap(gaps[_i].days, gaps[_i].count), gaps[_i].gap);
}
END_TEST

/* Nearest rank said another way: the smallest gap that at least 90 % do not exceed. */
static int32_t naive_gap(const int64_t *days, size_t count)
{
    for (int32_t gap = 1;; gap++) {
        size_t within = 0;

        for (size_t i = 1; i < count; i++) {
            within += days[i] - days[i - 1] <= gap ? 1 : 0;
        }
        if (10 * within >= 9 * (count - 1)) {
            return gap;
        }
    }
}

START_TEST(any_days_have_the_gap_found_by_hand)
{
    int64_t days[SAE_SENDER_DAYS];

    srand(5);
    for (int round = 0; round < 3000; round++) {
        size_t count = 4 + (size_t)rand() % (SAE_SENDER_DAYS - 3);
        int widest = 1 + rand() % 40;

        days[0] = 20000;
        for (size_t i = 1; i < count; i++) {
            days[i] = days[i - 1] + 1 + rand() % widest;
        }
        ck_assert_int_eq(sae_sender_usual_gap(days, count), naive_gap(days, count));
    }
}
END_TEST

START_TEST(more_days_than_are_kept_are_not_judged)
{
    int64_t days[SAE_SENDER_DAYS + 1];

    for (int i = 0; i <= SAE_SENDER_DAYS; i++) {
        days[i] = i;
    }
    ck_assert_int_eq(sae_sender_usual_gap(days, SAE_SENDER_DAYS), 1);
    ck_assert_int_eq(sae_sender_usual_gap(days, SAE_SENDER_DAYS + 1), -1);
}
END_TEST

static const struct {
    const int64_t *days;
    size_t count;
    int64_t age; /* of the last success */
    bool silent;
} silences[] = {
    {daily, 5, 3 * SAE_DAY - 1, false}, {daily, 5, 3 * SAE_DAY, false},
    {daily, 5, 3 * SAE_DAY + 1, true},  {weekly, 6, 14 * SAE_DAY - 1, false},
    {weekly, 6, 14 * SAE_DAY, false},   {weekly, 6, 14 * SAE_DAY + 1, true},
    {weekly, 3, 39 * SAE_DAY, false}, /* only two gaps: not known */
};

START_TEST(silence_begins_beyond_three_gaps_or_a_fortnight)
{
    struct sae_senders senders = log_held;
    struct sae_sender_facts facts =
        sender(silences[_i].days, silences[_i].count, T - silences[_i].age);
    struct sae_sender_verdict verdict = sae_senders_add(&senders, &facts);

    ck_assert(verdict.silent == silences[_i].silent);
    ck_assert_int_eq(senders.silent, silences[_i].silent ? 1 : 0);
    ck_assert(!senders.silence_unknown);
}
END_TEST

static struct sae_values measured(const struct sae_senders *senders, const char *why)
{
    struct sae_values values = {0};

    sae_senders_measure(senders, why, true, &values);
    return values;
}

static const struct {
    int64_t last, from, to; /* ago */
    unsigned accepted;
    int silent;
    bool exact;
} proofs[] = {
    /* the log reaches back to the last success */
    {5 * SAE_DAY, 5 * SAE_DAY, 0, 0, 1, true},
    /* it does not, but is itself longer than what is let pass */
    {300 * SAE_DAY, 40 * SAE_DAY, 0, 0, 1, true},
    {5 * SAE_DAY, 3 * SAE_DAY + 1, 0, 0, 1, true},
    /* neither: perhaps it sent while nobody looked */
    {5 * SAE_DAY, 3 * SAE_DAY, 0, 0, 0, false},
    {300 * SAE_DAY, 2 * SAE_DAY, 0, 0, 0, false},
    /* accepted: proves nothing and spoils nothing */
    {5 * SAE_DAY, 5 * SAE_DAY, 0, SAE_DRIFT_SILENT, 0, true},
    {300 * SAE_DAY, 2 * SAE_DAY, 0, SAE_DRIFT_SILENT, 0, true},
    {300 * SAE_DAY, 40 * SAE_DAY, 0, SAE_DRIFT_SILENT, 0, true},
    /* no log at all */
    {5 * SAE_DAY, 0, 0, 0, 0, false},
    {0, 0, 0, 0, 0, false},
};

START_TEST(silence_must_be_proven_by_log)
{
    struct sae_senders senders = {
        .end = T, .from = T - proofs[_i].from, .to = T - proofs[_i].to};
    struct sae_sender_facts facts = sender(daily, 5, T - proofs[_i].last);
    struct sae_values values;

    facts.accepted = proofs[_i].accepted;
    sae_senders_add(&senders, &facts);
    values = measured(&senders, NULL);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_SILENT], proofs[_i].silent);
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_SILENT],
                     proofs[_i].exact ? SAE_EXACT : SAE_AT_LEAST);
    ck_assert(proofs[_i].exact || values.why[SAE_M_SENDERS_SILENT][0] != '\0');
}
END_TEST

static const struct {
    int64_t age; /* of the first success */
    bool is_new;
} firsts[] = {{7 * SAE_DAY + 1, false},
              {7 * SAE_DAY, true},
              {7 * SAE_DAY - 1, true},
              {1, true},
              {0, false},
              {-1, false}};

/* The switch was closed at `closed`: who only inherits is refused since, not silent. */
static const struct {
    int64_t closed;
    bool inherits;
    int64_t last; /* days ago */
    bool refused, silent;
} switches[] = {
    {0, true, 20, false, true},                /* it is open */
    {T - 18 * SAE_DAY, true, 20, true, false}, /* closed after the last success */
    {T - 18 * SAE_DAY, false, 20, false, true}, /* enabled by name: broken or moved */
    {T - 22 * SAE_DAY, true, 20, false, true}, /* still sent after it was closed */
    {T - SAE_DAY, true, 2, true, false},       /* refused long before it would be silent */
};

START_TEST(a_sender_that_the_closed_switch_refuses_is_not_called_silent)
{
    struct sae_senders senders = log_held;
    struct sae_sender_facts facts = sender(daily, 5, T - switches[_i].last * SAE_DAY);
    struct sae_sender_verdict verdict;
    struct sae_values values = {0};

    senders.closed = switches[_i].closed;
    facts.inherits = switches[_i].inherits;
    verdict = sae_senders_add(&senders, &facts);
    ck_assert(verdict.refused == switches[_i].refused);
    ck_assert(verdict.silent == switches[_i].silent);
    sae_senders_measure(&senders, NULL, true, &values);
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_SILENT], SAE_EXACT);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_SILENT], switches[_i].silent ? 1 : 0);
}
END_TEST

START_TEST(a_sender_is_new_for_seven_days)
{
    struct sae_senders senders = log_held;
    struct sae_sender_facts facts = sender(daily, 5, T - SAE_DAY);

    facts.first = T - firsts[_i].age;
    ck_assert(sae_senders_add(&senders, &facts).is_new == firsts[_i].is_new);
    ck_assert_int_eq(senders.fresh, firsts[_i].is_new ? 1 : 0);
    facts.accepted = SAE_DRIFT_NEW;
    sae_senders_add(&senders, &facts);
    ck_assert_int_eq(senders.fresh, firsts[_i].is_new ? 1 : 0);
}
END_TEST

START_TEST(nobody_is_new_before_the_history_spans_a_fortnight)
{
    struct sae_senders senders = {.end = T, .from = T - 14 * SAE_DAY + 1, .to = T};
    struct sae_values values = measured(&senders, NULL);

    ck_assert(!sae_senders_know_new(&senders));
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_NEW], SAE_ABSENT);
    ck_assert_str_ne(values.why[SAE_M_SENDERS_NEW], "");
    senders.from--;
    values = measured(&senders, NULL);
    ck_assert(sae_senders_know_new(&senders));
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_NEW], SAE_EXACT);
}
END_TEST

START_TEST(only_senders_of_the_look_back_count)
{
    struct sae_senders senders = log_held;
    struct sae_sender_facts facts = sender(daily, 5, T - SAE_DAY);
    struct sae_values values;

    facts.matched = facts.listed = facts.decided = false;
    ck_assert(sae_senders_add(&senders, &facts).counts);
    facts.accepted = SAE_DRIFT_UNMATCHED;
    sae_senders_add(&senders, &facts);
    facts.count = 0;
    facts.accepted = 0;
    ck_assert(!sae_senders_add(&senders, &facts).counts);
    facts = sender(daily, 5, T - SAE_DAY);
    sae_senders_add(&senders, &facts);
    values = measured(&senders, NULL);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_ALL], 3);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_UNMATCHED], 1);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_UNLISTED], 2);
    ck_assert_double_eq(values.value[SAE_M_SENDERS_UNDECIDED], 2);
    ck_assert_int_eq(senders.without_mailbox, 2);
}
END_TEST

START_TEST(a_log_shorter_than_the_look_back_gives_lower_bounds)
{
    static const enum sae_metric lower[] = {SAE_M_SENDERS_ALL, SAE_M_SENDERS_UNMATCHED,
                                            SAE_M_SENDERS_UNDECIDED,
                                            SAE_M_SENDERS_UNLISTED};
    struct sae_senders senders = log_held;
    struct sae_values values = measured(&senders, "the log spans 3 of 30 days");

    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(values.certainty[lower[i]], SAE_AT_LEAST);
        ck_assert_str_eq(values.why[lower[i]], "the log spans 3 of 30 days");
    }
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_SILENT], SAE_EXACT);
}
END_TEST

START_TEST(without_an_allow_list_nobody_is_unlisted)
{
    struct sae_senders senders = log_held;
    struct sae_values values = {0};

    sae_senders_measure(&senders, NULL, false, &values);
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_UNLISTED], SAE_ABSENT);
    ck_assert_int_eq(values.certainty[SAE_M_SENDERS_UNDECIDED], SAE_EXACT);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    Suite *suite = suite_create("senders");
    TCase *tests = tcase_create("senders");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, the_usual_gap_is_the_ninetieth_percentile, 0, COUNT(gaps));
    tcase_add_test(tests, any_days_have_the_gap_found_by_hand);
    tcase_add_test(tests, more_days_than_are_kept_are_not_judged);
    tcase_add_loop_test(tests, silence_begins_beyond_three_gaps_or_a_fortnight, 0,
                        COUNT(silences));
    tcase_add_loop_test(tests, silence_must_be_proven_by_log, 0, COUNT(proofs));
    tcase_add_loop_test(tests, a_sender_that_the_closed_switch_refuses_is_not_called_silent, 0,
                        sizeof(switches) / sizeof(switches[0]));
    tcase_add_loop_test(tests, a_sender_is_new_for_seven_days, 0, COUNT(firsts));
    tcase_add_test(tests, nobody_is_new_before_the_history_spans_a_fortnight);
    tcase_add_test(tests, only_senders_of_the_look_back_count);
    tcase_add_test(tests, a_log_shorter_than_the_look_back_gives_lower_bounds);
    tcase_add_test(tests, without_an_allow_list_nobody_is_unlisted);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
