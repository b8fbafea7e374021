/* SPDX-License-Identifier: MIT */
/* The table of metrics against what users rely on: names, groups, built-in thresholds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "measure/metrics.h"
#include "nagios/range.h"
#include "scratch.h"

static struct vector rows[VECTOR_ROWS];
static int row_count;

static void same_range(const char *have, const char *want, const char *name)
{
    ck_assert_msg(strcmp(have == NULL ? "-" : have, want) == 0, "%s: %s instead of %s",
                  name, have, want);
}

START_TEST(a_metric_is_what_users_rely_on)
{
    enum sae_metric metric = sae_metric_find(rows[_i].cell[0]);
    const struct sae_metric_row *row;

    ck_assert_msg(metric != SAE_METRIC_COUNT, "no metric %s", rows[_i].cell[0]);
    row = &sae_metrics[metric];
    ck_assert_str_eq(sae_group_names[row->group], rows[_i].cell[1]);
    same_range(row->warn, rows[_i].cell[2], row->name);
    same_range(row->crit, rows[_i].cell[3], row->name);
}
END_TEST

static bool is_listed(const char *name)
{
    for (int i = 0; i < row_count; i++) {
        if (strcmp(rows[i].cell[0], name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_range_text(const char *text, const char *name)
{
    struct sae_range range;

    if (text != NULL && strcmp(text, "max_age") != 0 && strcmp(text, "4 max_age") != 0) {
        ck_assert_msg(sae_range_parse(text, &range, NULL) == SAE_OK, "%s: %s", name,
                      text);
        ck_assert_str_eq(range.text, text);
    }
}

START_TEST(every_row_is_complete)
{
    const struct sae_metric_row *row = &sae_metrics[_i];

    ck_assert_msg(row->name != NULL && row->help != NULL, "row %d", _i);
    ck_assert_uint_ge(strlen(row->name), 3);
    ck_assert_uint_le(strlen(row->name), 19); /* RRDtool's limit on names */
    ck_assert_uint_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"),
                      strlen(row->name));
    ck_assert_str_ne(row->help, "");
    ck_assert_uint_eq(strcspn(row->help, "|'\"\\\n"), strlen(row->help));
    ck_assert_int_lt(row->group, SAE_GROUP_COUNT);
    ck_assert_int_le(row->kind, SAE_KIND_DAYS);
    ck_assert_uint_lt(row->parts, 1U << SAE_PART_COUNT);
    ck_assert_uint_lt(row->needs, 32);
    check_range_text(row->warn, row->name);
    check_range_text(row->crit, row->name);
    ck_assert_int_eq(sae_metric_find(row->name), _i);
    ck_assert_msg(is_listed(row->name), "%s is not in metrics.tsv", row->name);
    /* Critical with fewer days left than warning. */
    ck_assert_int_le(row->crit_days, row->warn_days);
}
END_TEST

START_TEST(what_a_check_shows_first_stands_first)
{
    int last = -1;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        ck_assert_int_ge((int)sae_metrics[m].group, last);
        last = (int)sae_metrics[m].group;
    }
    ck_assert_int_eq(sae_metrics[SAE_M_TENANT_ENABLED].group, SAE_GROUP_TENANT);
    ck_assert_int_eq(sae_metrics[SAE_M_SENDERS_UNDECIDED].warn_days, 45);
    ck_assert_int_eq(sae_metrics[SAE_M_SENDERS_UNDECIDED].crit_days, 14);
}
END_TEST

START_TEST(an_unknown_name_is_no_metric)
{
    static const char *const names[] = {"", "mbx", "mbx_exposedx", "MBX_EXPOSED",
                                        " mbx_all"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_int_eq(sae_metric_find(names[i]), SAE_METRIC_COUNT);
    }
}
END_TEST

START_TEST(a_value_is_absent_exact_or_a_lower_bound)
{
    static struct sae_values values;
    char reason[300];

    ck_assert_int_eq(values.certainty[SAE_M_MBX_ALL], SAE_ABSENT);
    sae_values_set(&values, SAE_M_MBX_ALL, 5);
    ck_assert_int_eq(values.certainty[SAE_M_MBX_ALL], SAE_EXACT);
    ck_assert_double_eq(values.value[SAE_M_MBX_ALL], 5);
    sae_values_set_proven(&values, SAE_M_MBX_ALL, 6, false);
    ck_assert_int_eq(values.certainty[SAE_M_MBX_ALL], SAE_AT_LEAST);
    sae_values_set_proven(&values, SAE_M_MBX_ALL, 7, true);
    ck_assert_int_eq(values.certainty[SAE_M_MBX_ALL], SAE_EXACT);
    memset(reason, 'r', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    sae_values_why(&values, SAE_M_MBX_NEW, reason);
    ck_assert_uint_eq(strlen(values.why[SAE_M_MBX_NEW]), SAE_WHY - 1);
    ck_assert_str_eq(values.why[SAE_M_MBX_NEW + 1], "");
}
END_TEST

START_TEST(a_reason_of_a_group_is_for_what_is_absent)
{
    static struct sae_values values;

    sae_values_set(&values, SAE_M_MBX_ALL, 5);
    sae_values_set_proven(&values, SAE_M_MBX_EXPOSED, 5, false);
    sae_values_why_group(&values, SAE_GROUP_MAILBOXES, "never read");
    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        bool absent = m != SAE_M_MBX_ALL && m != SAE_M_MBX_EXPOSED &&
                      sae_metrics[m].group == SAE_GROUP_MAILBOXES;

        ck_assert_str_eq(values.why[m], absent ? "never read" : "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    SRunner *runner;
    int failed;

    row_count = vectors_load("metrics", rows);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_metric_is_what_users_rely_on, 0, row_count);
    tcase_add_loop_test(tests, every_row_is_complete, 0, SAE_METRIC_COUNT);
    tcase_add_test(tests, what_a_check_shows_first_stands_first);
    tcase_add_test(tests, an_unknown_name_is_no_metric);
    tcase_add_test(tests, a_value_is_absent_exact_or_a_lower_bound);
    tcase_add_test(tests, a_reason_of_a_group_is_for_what_is_absent);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 && row_count == SAE_METRIC_COUNT ? EXIT_SUCCESS : EXIT_FAILURE;
}
