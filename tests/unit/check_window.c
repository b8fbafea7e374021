/* SPDX-License-Identifier: MIT */
/* The counts of the newest window: bounds to the tick, and any rows against a naive
 * count. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/window.h"

enum { BAD_PASSWORD = 50126, AGENT_DOWN = 80005, END = 1000000 };

static struct sae_err err;

static struct sae_window window_of(int64_t lag, int64_t length)
{
    return (struct sae_window){.end = END, .lag = lag, .length = length};
}

static void add(struct sae_window *window, int64_t time, int32_t code)
{
    struct sae_window_row row = {time, 1, 1, 1, code};

    ck_assert_int_eq(sae_window_add(window, &row, &err), SAE_OK);
}

static const struct {
    int64_t lag, length, time;
    int newest, settled;
} bounds[] = {
    /* [T-window, T) */
    {100, 1000, END - 1001, 0, 1},
    {100, 1000, END - 1000, 1, 1},
    {100, 1000, END - 999, 1, 1},
    {100, 1000, END - 1, 1, 0},
    {100, 1000, END, 0, 0},
    {100, 1000, END + 1, 0, 0},
    /* [T-lag-window, T-lag) */
    {100, 1000, END - 1101, 0, 0},
    {100, 1000, END - 1100, 0, 1},
    {100, 1000, END - 1099, 0, 1},
    {100, 1000, END - 101, 1, 1},
    {100, 1000, END - 100, 1, 0},
    {100, 1000, END - 99, 1, 0},
    /* windows that do not meet */
    {1000, 100, END - 100, 1, 0},
    {1000, 100, END - 101, 0, 0},
    {1000, 100, END - 1000, 0, 0},
    {1000, 100, END - 1001, 0, 1},
    {1000, 100, END - 1100, 0, 1},
    {1000, 100, END - 1101, 0, 0},
    /* no lag: both are the same */
    {0, 10, END - 10, 1, 1},
    {0, 10, END - 11, 0, 0},
    {0, 10, END, 0, 0},
};

START_TEST(a_window_holds_its_first_tick_and_not_its_end)
{
    struct sae_window window = window_of(bounds[_i].lag, bounds[_i].length);

    add(&window, bounds[_i].time, BAD_PASSWORD);
    ck_assert_int_eq(window.newest.failed, bounds[_i].newest);
    ck_assert_int_eq(window.settled.failed, bounds[_i].settled);
    ck_assert_uint_eq(sae_intset_count(&window.newest.users), (size_t)bounds[_i].newest);
    ck_assert_uint_eq(sae_intset_count(&window.settled.users),
                      (size_t)bounds[_i].settled);
    sae_window_done(&window);
}
END_TEST

static struct sae_values measured(const struct sae_window *window)
{
    struct sae_values values = {0};

    sae_window_measure(window, NULL, &values);
    return values;
}

START_TEST(each_count_is_the_larger_of_the_two_windows)
{
    struct sae_window window = window_of(1000, 100);
    struct sae_values values;

    /* Settled: three failures of one user. Newest: two failures of two users, a success.
     */
    for (int64_t user = 1; user <= 2; user++) {
        struct sae_window_row row = {END - 5, user, user, 0, BAD_PASSWORD};

        ck_assert_int_eq(sae_window_add(&window, &row, &err), SAE_OK);
    }
    add(&window, END - 1, 0);
    for (int i = 0; i < 3; i++) {
        add(&window, END - 1050, AGENT_DOWN);
    }
    values = measured(&window);
    ck_assert_double_eq(values.value[SAE_M_FAIL_EVENTS], 3);
    ck_assert_double_eq(values.value[SAE_M_FAIL_USERS], 2);
    ck_assert_double_eq(values.value[SAE_M_FAIL_IPS], 2);
    ck_assert_double_eq(values.value[SAE_M_FAIL_COUNTRIES], 1);
    ck_assert_double_eq(values.value[SAE_M_OK_EVENTS], 1);
    ck_assert_double_eq(values.value[SAE_M_FAIL_INFRA], 3);
    sae_window_done(&window);
}
END_TEST

START_TEST(a_rate_is_failures_by_the_hour)
{
    struct sae_window window = {.end = SAE_DAY, .length = 20 * SAE_MINUTE};

    for (int i = 0; i < 7; i++) {
        add(&window, SAE_DAY - 1, BAD_PASSWORD);
    }
    ck_assert_double_eq(measured(&window).value[SAE_M_FAIL_PER_HOUR], 21);
    sae_window_done(&window);
    window = (struct sae_window){.end = SAE_DAY, .length = 2 * SAE_HOUR};
    add(&window, SAE_DAY - 1, BAD_PASSWORD);
    ck_assert_double_eq(measured(&window).value[SAE_M_FAIL_PER_HOUR], 0.5);
    sae_window_done(&window);
}
END_TEST

START_TEST(an_empty_window_is_an_exact_zero)
{
    struct sae_window window = window_of(1, 1);
    struct sae_values values = measured(&window);

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        bool ours = m >= SAE_M_FAIL_PER_HOUR && m <= SAE_M_FAIL_INFRA;

        ck_assert_int_eq(values.certainty[m], ours ? SAE_EXACT : SAE_ABSENT);
        ck_assert_double_eq(values.value[m], 0);
    }
    sae_window_done(&window);
}
END_TEST

START_TEST(a_log_that_proves_too_little_gives_lower_bounds)
{
    struct sae_window window = window_of(0, 100);
    struct sae_values values = {0};

    add(&window, END - 1, BAD_PASSWORD);
    sae_window_measure(&window, "the log ends early", &values);
    for (int m = SAE_M_FAIL_PER_HOUR; m <= SAE_M_FAIL_INFRA; m++) {
        ck_assert_int_eq(values.certainty[m], SAE_AT_LEAST);
        ck_assert_str_eq(values.why[m], "the log ends early");
    }
    sae_window_done(&window);
}
END_TEST

START_TEST(a_row_without_address_or_country_counts_without_them)
{
    struct sae_window window = window_of(0, 100);
    struct sae_window_row row = {END - 1, 5, 0, 0, BAD_PASSWORD};
    struct sae_values values;

    ck_assert_int_eq(sae_window_add(&window, &row, &err), SAE_OK);
    values = measured(&window);
    ck_assert_double_eq(values.value[SAE_M_FAIL_EVENTS], 1);
    ck_assert_double_eq(values.value[SAE_M_FAIL_USERS], 1);
    ck_assert_double_eq(values.value[SAE_M_FAIL_IPS], 0);
    ck_assert_double_eq(values.value[SAE_M_FAIL_COUNTRIES], 0);
    sae_window_done(&window);
}
END_TEST

enum { ROWS = 4000, ROUNDS = 30, VALUES = 60 };

/* How many different values `pick` gives for the failed rows of [from, to); 0 does not
 * count unless `zero_counts`. */
static int64_t naive_distinct(const struct sae_window_row *rows, int64_t from, int64_t to,
                              int pick, bool zero_counts)
{
    bool seen[VALUES] = {0};
    int64_t count = 0;

    for (int i = 0; i < ROWS; i++) {
        int64_t value = pick == 0   ? rows[i].user
                        : pick == 1 ? rows[i].address
                                    : rows[i].country;

        if (rows[i].time >= from && rows[i].time < to && rows[i].code != 0 &&
            (value != 0 || zero_counts) && !seen[value]) {
            seen[value] = true;
            count++;
        }
    }
    return count;
}

static int64_t naive_rows(const struct sae_window_row *rows, int64_t from, int64_t to,
                          int what)
{
    int64_t count = 0;

    for (int i = 0; i < ROWS; i++) {
        bool infra = rows[i].code == AGENT_DOWN;
        bool match = what == 0   ? rows[i].code != 0
                     : what == 1 ? rows[i].code == 0
                                 : infra;

        count += rows[i].time >= from && rows[i].time < to && match ? 1 : 0;
    }
    return count;
}

static double larger(int64_t a, int64_t b)
{
    return (double)(a > b ? a : b);
}

static void compare(const struct sae_window *w, const struct sae_window_row *rows,
                    const struct sae_values *values)
{
    const int64_t to = w->end, from = to - w->length;
    const int64_t old_to = to - w->lag, old_from = old_to - w->length;
    const enum sae_metric sets[] = {SAE_M_FAIL_USERS, SAE_M_FAIL_IPS,
                                    SAE_M_FAIL_COUNTRIES};
    const enum sae_metric sums[] = {SAE_M_FAIL_EVENTS, SAE_M_OK_EVENTS, SAE_M_FAIL_INFRA};

    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq(values->value[sets[i]],
                            larger(naive_distinct(rows, from, to, i, i == 0),
                                   naive_distinct(rows, old_from, old_to, i, i == 0)));
        ck_assert_double_eq(
            values->value[sums[i]],
            larger(naive_rows(rows, from, to, i), naive_rows(rows, old_from, old_to, i)));
    }
    ck_assert_double_eq(values->value[SAE_M_FAIL_PER_HOUR],
                        values->value[SAE_M_FAIL_EVENTS] * (double)SAE_HOUR /
                            (double)w->length);
}

static void fill(struct sae_window_row *rows, int64_t span)
{
    static const int32_t codes[] = {0, BAD_PASSWORD, AGENT_DOWN, 50053, 4711};

    for (int i = 0; i < ROWS; i++) {
        rows[i] =
            (struct sae_window_row){END - span + rand() % (span + 100), rand() % VALUES,
                                    rand() % VALUES, rand() % VALUES, codes[rand() % 5]};
    }
}

START_TEST(any_rows_in_any_order_are_counted_as_by_hand)
{
    static struct sae_window_row rows[ROWS];
    int rounds = getenv("SAE_VALGRIND") == NULL ? ROUNDS : 5;

    srand(11);
    for (int round = 0; round < rounds; round++) {
        struct sae_window one = window_of(rand() % 3000, 1 + rand() % 3000);
        struct sae_window two = window_of(one.lag, one.length);
        struct sae_values values, again;

        fill(rows, 1 + rand() % 9000);
        for (int i = 0; i < ROWS; i++) {
            ck_assert_int_eq(sae_window_add(&one, &rows[i], &err), SAE_OK);
        }
        values = measured(&one);
        compare(&one, rows, &values);
        for (int i = ROWS - 1; i > 0; i--) { /* shuffled */
            int k = rand() % (i + 1);
            struct sae_window_row row = rows[i];

            rows[i] = rows[k];
            rows[k] = row;
        }
        for (int i = 0; i < ROWS; i++) {
            ck_assert_int_eq(sae_window_add(&two, &rows[i], &err), SAE_OK);
        }
        again = measured(&two);
        ck_assert_int_eq(memcmp(&values, &again, sizeof(values)), 0);
        sae_window_done(&one);
        sae_window_done(&two);
    }
}
END_TEST

START_TEST(hundreds_of_thousands_of_users_are_all_counted)
{
    int64_t many = getenv("SAE_VALGRIND") == NULL ? 300000 : 30000;
    struct sae_window window = window_of(0, END);
    struct sae_values values;

    for (int64_t i = 0; i < many; i++) {
        struct sae_window_row row = {END - 1 - i % 1000, i << 20, -i - 1, (int32_t)i,
                                     50126};

        ck_assert_int_eq(sae_window_add(&window, &row, &err), SAE_OK);
    }
    values = measured(&window);
    ck_assert_double_eq(values.value[SAE_M_FAIL_USERS], (double)many);
    ck_assert_double_eq(values.value[SAE_M_FAIL_IPS], (double)many);
    ck_assert_double_eq(values.value[SAE_M_FAIL_COUNTRIES], (double)many - 1);
    ck_assert_double_eq(values.value[SAE_M_FAIL_EVENTS], (double)many);
    sae_window_done(&window);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("window");
    TCase *tests = tcase_create("window");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_window_holds_its_first_tick_and_not_its_end, 0,
                        (int)(sizeof(bounds) / sizeof(bounds[0])));
    tcase_add_test(tests, each_count_is_the_larger_of_the_two_windows);
    tcase_add_test(tests, a_rate_is_failures_by_the_hour);
    tcase_add_test(tests, an_empty_window_is_an_exact_zero);
    tcase_add_test(tests, a_log_that_proves_too_little_gives_lower_bounds);
    tcase_add_test(tests, a_row_without_address_or_country_counts_without_them);
    tcase_add_test(tests, any_rows_in_any_order_are_counted_as_by_hand);
    tcase_add_test(tests, hundreds_of_thousands_of_users_are_all_counted);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
