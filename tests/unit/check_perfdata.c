/* SPDX-License-Identifier: MIT */
/* Performance data: numbers, labels, and the shape that Nagios and Icinga 2 both read. */
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nagios/perfdata.h"

static const struct {
    double value;
    const char *text; /* "" if it must be refused */
} numbers[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1, "-1"},
    {431, "431"},
    {0.5, "0.5"},
    {-0.5, "-0.5"},
    {1.25, "1.25"},
    {0.125, "0.125"},
    {0.1, "0.1"},
    {0.3, "0.3"},
    {2.675, "2.675"},
    {1.0006, "1.001"},
    {0.0004, "0"},
    {-0.0004, "0"},
    {0.001, "0.001"},
    {-0.001, "-0.001"},
    {0.9999, "1"},
    {9.9996, "10"},
    {100, "100"},
    {1000000, "1000000"},
    {1e14, "100000000000000"},
    {999999999999999, "999999999999999"},
    {-999999999999999, "-999999999999999"},
    {1e15, ""},
    {-1e15, ""},
    {1e300, ""},
    {NAN, ""},
    {INFINITY, ""},
    {-INFINITY, ""},
};

START_TEST(a_number_has_no_exponent_and_at_most_three_decimals)
{
    char text[SAE_PERF_NUMBER] = "x";

    ck_assert(sae_perf_number(text, sizeof(text), numbers[_i].value) ==
              (numbers[_i].text[0] != '\0'));
    ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

static struct sae_range warn_range, crit_range;

static void parse_ranges(void)
{
    ck_assert_int_eq(sae_range_parse("0:5", &warn_range, NULL), SAE_OK);
    ck_assert_int_eq(sae_range_parse("@10:20", &crit_range, NULL), SAE_OK);
}

static const struct {
    struct sae_perf perf;
    const char *text;
} shapes[] = {
    {{.label = "a", .value = 1}, "a=1"},
    {{.label = "a", .value = 1, .uom = ""}, "a=1"},
    {{.label = "a", .value = 412, .uom = "s"}, "a=412s"},
    {{.label = "a", .value = 99.5, .uom = "%"}, "a=99.5%"},
    {{.label = "a", .value = 1, .warn = &warn_range}, "a=1;5"},
    {{.label = "a", .value = 1, .crit = &crit_range}, "a=1;;@10:20"},
    {{.label = "a", .value = 1, .has_min = true}, "a=1;;;0"},
    {{.label = "a", .value = 1, .has_max = true, .max = 812}, "a=1;;;;812"},
    {{.label = "a", .value = 1, .min = 3, .max = 4}, "a=1"},
    {{.label = "a", .value = 1, .has_min = true, .has_max = true, .max = NAN}, "a=1;;;0"},
    {{.label = "mbx_exposed",
      .value = 12,
      .warn = &warn_range,
      .crit = &crit_range,
      .has_min = true,
      .has_max = true,
      .max = 812},
     "mbx_exposed=12;5;@10:20;0;812"},
    {{.label = "with blank", .value = 1, .uom = "ms"}, "'with blank'=1ms"},
    {{.label = "contoso.example/x-1", .value = -3}, "contoso.example/x-1=-3"},
};

START_TEST(a_datum_drops_its_empty_last_fields)
{
    struct sae_buf buf;

    parse_ranges();
    sae_buf_init(&buf, 256);
    ck_assert(sae_perf_add(&buf, &shapes[_i].perf));
    ck_assert_int_eq(sae_buf_status(&buf), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&buf), shapes[_i].text);
    sae_buf_done(&buf);
}
END_TEST

START_TEST(data_are_separated_by_one_blank)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 256);
    ck_assert(sae_perf_add(&buf, &(struct sae_perf){.label = "a", .value = 1}));
    ck_assert(!sae_perf_add(&buf, &(struct sae_perf){.label = "b", .value = NAN}));
    ck_assert(sae_perf_add(&buf, &(struct sae_perf){.label = "c", .value = 3}));
    ck_assert_str_eq(sae_buf_text(&buf), "a=1 c=3");
    sae_buf_done(&buf);
}
END_TEST

static const struct sae_perf refused[] = {
    {.label = "", .value = 1},
    {.label = NULL, .value = 1},
    {.label = "a=b", .value = 1},
    {.label = "it's", .value = 1},
    {.label = "a|b", .value = 1},
    {.label = "a\nb", .value = 1},
    {.label = "a\tb", .value = 1},
    {.label = "a\"b", .value = 1},
    {.label = "a;b", .value = 1},
    {.label = "a\\b", .value = 1},
    {.label = "[OK]", .value = 1},
    {.label = "a::b", .value = 1},
    {.label = "\xc3\xa4", .value = 1},
    {.label = "a", .value = NAN},
    {.label = "a", .value = INFINITY},
    {.label = "a", .value = 1e15},
    {.label = "a", .value = 1, .uom = "s;1"},
    {.label = "a", .value = 1, .uom = " "},
    {.label = "a", .value = 1, .uom = "1"},
    {.label = "a", .value = 1, .uom = "%%"},
    {.label = "a", .value = 1, .uom = "bits"},
    {.label = "a2345678901234567890123456789012345678901234567890123456789012345",
     .value = 1},
};

START_TEST(a_datum_that_could_be_misread_is_left_out)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 256);
    ck_assert(!sae_perf_is_valid(&refused[_i]));
    ck_assert(!sae_perf_add(&buf, &refused[_i]));
    ck_assert_str_eq(sae_buf_text(&buf), "");
    sae_buf_done(&buf);
}
END_TEST

START_TEST(the_locale_has_no_say)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE",
                                          "C.UTF-8"};
    char text[SAE_PERF_NUMBER];
    size_t i = 0;

    while (i < 3 && setlocale(LC_ALL, locales[i]) == NULL) {
        i++;
    }
    ck_assert(sae_perf_number(text, sizeof(text), 1234567.5));
    ck_assert_str_eq(text, "1234567.5");
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("perfdata");
    TCase *tests = tcase_create("perfdata");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, a_number_has_no_exponent_and_at_most_three_decimals, 0,
                        (int)(sizeof(numbers) / sizeof(numbers[0])));
    tcase_add_loop_test(tests, a_datum_drops_its_empty_last_fields, 0,
                        (int)(sizeof(shapes) / sizeof(shapes[0])));
    tcase_add_test(tests, data_are_separated_by_one_blank);
    tcase_add_loop_test(tests, a_datum_that_could_be_misread_is_left_out, 0,
                        (int)(sizeof(refused) / sizeof(refused[0])));
    tcase_add_test(tests, the_locale_has_no_say);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
