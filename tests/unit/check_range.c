/* SPDX-License-Identifier: MIT */
/* Ranges and states. The vectors are shared with the fuzzer and with people who port
 * them. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nagios/range.h"
#include "nagios/state.h"

enum { ROWS = 256, COLUMN = 160 };

struct row {
    char input[COLUMN], text[COLUMN], samples[COLUMN];
};

static struct row rows[ROWS];
static int row_count;

static void read_column(char column[COLUMN], char **at)
{
    size_t len = strcspn(*at, "\t\n");

    if (len >= COLUMN) {
        fprintf(stderr, "range.tsv: a column is too long\n");
        exit(1);
    }
    memcpy(column, *at, len);
    column[len] = '\0';
    *at += len + ((*at)[len] == '\t' ? 1 : 0);
}

static void load_rows(void)
{
    FILE *file = fopen(SAE_TEST_DIR "/vectors/range.tsv", "r");
    char line[3 * COLUMN];

    if (file == NULL) {
        perror(SAE_TEST_DIR "/vectors/range.tsv");
        exit(1);
    }
    while (fgets(line, sizeof(line), file) != NULL && row_count < ROWS) {
        char *at = line;

        if (line[0] == '#') {
            continue;
        }
        read_column(rows[row_count].input, &at);
        read_column(rows[row_count].text, &at);
        read_column(rows[row_count].samples, &at);
        if (strcmp(rows[row_count].input, "(empty)") == 0) {
            rows[row_count].input[0] = '\0';
        }
        row_count++;
    }
    fclose(file);
}

static void check_samples(const struct sae_range *range, const char *input, char *samples)
{
    for (char *sample = strtok(samples, " "); sample != NULL;
         sample = strtok(NULL, " ")) {
        char *equals = strchr(sample, '=');

        ck_assert_ptr_nonnull(equals);
        *equals = '\0';
        ck_assert_msg(sae_range_alerts(range, strtod(sample, NULL)) == (equals[1] == '1'),
                      "range %s, value %s", input, sample);
    }
}

START_TEST(a_range_means_what_the_vectors_say)
{
    struct row *row = &rows[_i];
    struct sae_range range, again;
    struct sae_err err = {0};
    enum sae_status status = sae_range_parse(row->input, &range, &err);

    if (strcmp(row->text, "!") == 0) {
        ck_assert_msg(status == SAE_E_USAGE, "accepted: '%s'", row->input);
        ck_assert_str_ne(err.text, "");
        return;
    }
    ck_assert_msg(status == SAE_OK, "refused: '%s': %s", row->input, err.text);
    ck_assert_str_eq(range.text, row->text);
    ck_assert_int_eq(sae_range_parse(range.text, &again, NULL), SAE_OK);
    ck_assert_str_eq(again.text, row->text);
    ck_assert(again.start == range.start && again.end == range.end);
    ck_assert_str_ne(row->samples, "");
    check_samples(&range, row->input, row->samples);
}
END_TEST

static struct sae_range parsed(const char *text)
{
    struct sae_range range;

    ck_assert_int_eq(sae_range_parse(text, &range, NULL), SAE_OK);
    return range;
}

START_TEST(a_refused_range_leaves_the_result_alone)
{
    struct sae_range range = parsed("5");

    ck_assert_int_eq(sae_range_parse("6x", &range, NULL), SAE_E_USAGE);
    ck_assert_str_eq(range.text, "5");
}
END_TEST

START_TEST(an_expanded_tilde_is_explained)
{
    struct sae_range range;
    struct sae_err err;

    ck_assert_int_eq(sae_range_parse("/root:10", &range, &err), SAE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "unquoted ~"));
    ck_assert_int_eq(sae_range_parse("10:5", &range, &err), SAE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "starts above its end"));
    ck_assert_int_eq(sae_range_parse("a|b\n[OK]", &range, &err), SAE_E_USAGE);
    ck_assert_ptr_null(strpbrk(err.text, "|\n[]"));
}
END_TEST

START_TEST(a_value_that_is_no_number_always_alerts)
{
    static const char *const texts[] = {"10", "10:", "~:", "@10", "@~:"};
    struct sae_range range = parsed(texts[_i]);

    ck_assert(sae_range_alerts(&range, NAN));
}
END_TEST

static const struct {
    const char *range;
    double lower;
    bool alerts;
} bounds[] = {
    {"10", 11, true},    {"10", 10, false},  {"10", 9, false},     {"10", -5, false},
    {"10:", 5, false},   {"10:", 10, false}, {"~:10", 10.5, true}, {"~:10", 10, false},
    {"@10", 5, false},   {"@10", 11, false}, {"@10:", 10, true},   {"@10:", 9.9, false},
    {"@~:", -99, true},  {"~:", 1e9, false}, {"5:10", 11, true},   {"5:10", 4, false},
    {"@5:10", 6, false}, {"0", 1, true},     {"0", 0, false},
};

/* A lower bound of 9 with range "10:" would alert now, but not once the true value is 10.
 */
START_TEST(a_lower_bound_alerts_only_if_every_larger_value_does)
{
    struct sae_range range = parsed(bounds[_i].range);

    ck_assert_msg(sae_range_alerts_from(&range, bounds[_i].lower) == bounds[_i].alerts,
                  "range %s from %g", bounds[_i].range, bounds[_i].lower);
    if (bounds[_i].alerts) {
        for (double value = bounds[_i].lower; value < 1e15; value = value * 2 + 1) {
            ck_assert(sae_range_alerts(&range, value));
            value = value < 0 ? 0 : value;
        }
    }
}
END_TEST

START_TEST(a_bound_that_is_no_number_proves_nothing)
{
    struct sae_range range = parsed("10");

    ck_assert(!sae_range_alerts_from(&range, NAN));
}
END_TEST

static const char *const decimals[] = {
    "0",          "1",       "-1",     "0.1",     "0.2",     "0.3",    "1.005",
    "123456.789", "3.14159", "-2.675", "0.00001", "99999.9", "1e0-no", "0.7e-n",
    "4.35",       "2.5",     "10.01",  "8.41",    "1.1",     "0.15",   "1234567890.12345",
    "-0.001",
};

START_TEST(a_decimal_is_the_nearest_double)
{
    double value = 77;

    if (strpbrk(decimals[_i], "en") != NULL) {
        ck_assert(!sae_decimal_parse(decimals[_i], &value));
        ck_assert_double_eq(value, 77);
    } else {
        ck_assert(sae_decimal_parse(decimals[_i], &value));
        ck_assert(value == strtod(decimals[_i], NULL));
    }
}
END_TEST

START_TEST(what_is_proven_is_worse_than_what_is_unknown)
{
    static const enum sae_state order[] = {SAE_STATE_OK, SAE_STATE_UNKNOWN,
                                           SAE_STATE_WARNING, SAE_STATE_CRITICAL};

    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++) {
            ck_assert_int_eq(sae_state_worse(order[a], order[b]), order[a > b ? a : b]);
        }
    }
}
END_TEST

START_TEST(a_state_has_a_name_and_a_digit)
{
    static const char *const names[] = {"OK", "warning", "Critical", "uNKNOWN"};
    static const char *const wrong[] = {"",     "4",   "-1",  "00", "01",
                                        "WARN", "OK ", " OK", "1x"};
    enum sae_state state;
    char digit[2] = "0";

    for (int i = 0; i < 4; i++, digit[0]++) {
        ck_assert(sae_state_parse(names[i], &state) && (int)state == i);
        ck_assert(sae_state_parse(digit, &state) && (int)state == i);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_msg(!sae_state_parse(wrong[i], &state), "accepted: %s", wrong[i]);
    }
    ck_assert_str_eq(sae_state_name(SAE_STATE_CRITICAL), "CRITICAL");
    ck_assert_str_eq(sae_state_name((enum sae_state)7), "UNKNOWN");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("range");
    TCase *tests = tcase_create("range");
    SRunner *runner;
    int failed;

    load_rows();
    tcase_add_loop_test(tests, a_range_means_what_the_vectors_say, 0, row_count);
    tcase_add_test(tests, a_refused_range_leaves_the_result_alone);
    tcase_add_test(tests, an_expanded_tilde_is_explained);
    tcase_add_loop_test(tests, a_value_that_is_no_number_always_alerts, 0, 5);
    tcase_add_loop_test(tests, a_lower_bound_alerts_only_if_every_larger_value_does, 0,
                        (int)(sizeof(bounds) / sizeof(bounds[0])));
    tcase_add_test(tests, a_bound_that_is_no_number_proves_nothing);
    tcase_add_loop_test(tests, a_decimal_is_the_nearest_double, 0,
                        (int)(sizeof(decimals) / sizeof(decimals[0])));
    tcase_add_test(tests, what_is_proven_is_worse_than_what_is_unknown);
    tcase_add_test(tests, a_state_has_a_name_and_a_digit);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 && row_count > 50 ? EXIT_SUCCESS : EXIT_FAILURE;
}
