/* SPDX-License-Identifier: MIT */
/* Under which of collectd's own types a metric goes: one that can hold all of its values.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectd/types.h"

/* From collectd 5.12's types.db. */
static const struct {
    const char *type;
    bool below_zero, above_one;
} types[] = {{"bool", false, false},
             {"count", false, true},
             {"duration", false, true},
             {"gauge", true, true}};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static int find_type(const char *name)
{
    int i = 0;

    while (i < TYPES && strcmp(types[i].type, name) != 0) {
        i++;
    }
    return i;
}

START_TEST(every_metric_has_a_type_that_holds_its_values)
{
    enum sae_kind kind = sae_metrics[_i].kind;
    int type = find_type(sae_collectd_type((enum sae_metric)_i));

    ck_assert_int_lt(type, TYPES);
    ck_assert(types[type].below_zero || kind != SAE_KIND_DAYS);
    ck_assert(types[type].above_one == (kind != SAE_KIND_BOOL));
}
END_TEST

START_TEST(what_the_plugin_adds_is_no_metric)
{
    ck_assert_int_eq(sae_metric_find(SAE_COLLECTD_UNPROVEN), SAE_METRIC_COUNT);
    ck_assert_int_eq(sae_metric_find(SAE_COLLECTD_NOTICES), SAE_METRIC_COUNT);
}
END_TEST

/* The installed types.db is the same as the table above, where there is one. */
START_TEST(the_types_are_those_of_the_daemon)
{
    FILE *file = fopen("/usr/share/collectd/types.db", "r");
    char line[512], name[64], source[64];
    int found = 0;

    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%63s %63s", name, source) == 2 && find_type(name) < TYPES) {
            const char *limits = strstr(source, ":GAUGE:");
            int type = find_type(name);

            ck_assert_ptr_nonnull(limits);
            ck_assert_str_eq(limits + 7, types[type].below_zero  ? "U:U"
                                         : types[type].above_one ? "0:U"
                                                                 : "0:1");
            found++;
        }
    }
    fclose(file);
    ck_assert_int_eq(found, TYPES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collectd");
    TCase *tests = tcase_create("types");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, every_metric_has_a_type_that_holds_its_values, 0,
                        SAE_METRIC_COUNT);
    tcase_add_test(tests, what_the_plugin_adds_is_no_metric);
    tcase_add_test(tests, the_types_are_those_of_the_daemon);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
