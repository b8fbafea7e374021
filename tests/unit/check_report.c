/* SPDX-License-Identifier: MIT */
/* Reports: what is rendered, and what hostile text can do: nothing. The
 * readers of Nagios and Icinga 2 are imitated here to look at our output with their eyes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nagios/report.h"

static struct sae_report report;
static struct sae_buf out;

static void setup(void)
{
    sae_report_init(&report, "SMTP AUTH");
    sae_buf_init(&out, (size_t)8 << 20);
}

static void teardown(void)
{
    sae_report_done(&report);
    sae_buf_done(&out);
}

static const char *rendered(int verbosity, enum sae_format format)
{
    sae_buf_clear(&out);
    sae_report_render(&report, verbosity, format, &out);
    ck_assert_int_eq(sae_buf_status(&out), SAE_OK);
    return sae_buf_text(&out);
}

static void add_example(void)
{
    struct sae_range warn, crit;

    ck_assert_int_eq(sae_range_parse("0", &warn, NULL), SAE_OK);
    ck_assert_int_eq(sae_range_parse("0:5", &crit, NULL), SAE_OK);
    sae_report_headline(&report, "contoso: 12 mailboxes exposed (limit 5)");
    sae_report_perf(&report,
                    &(struct sae_perf){.label = "data_age", .value = 4, .uom = "s"});
    sae_report_add(&report, SAE_STATE_WARNING, "12 of 812 mailboxes exposed");
    sae_report_perf(&report, &(struct sae_perf){.label = "mbx_exposed",
                                                .value = 12,
                                                .warn = &warn,
                                                .crit = &crit,
                                                .has_min = true,
                                                .has_max = true,
                                                .max = 812});
    sae_report_add_below(&report, SAE_STATE_CRITICAL, "3 enabled");
    sae_report_perf(&report, &(struct sae_perf){.label = "mbx_enabled", .value = 3});
    sae_report_add_below(&report, SAE_STATE_OK, "9 inherit");
    sae_report_add(&report, SAE_STATE_OK, "tenant switch off");
}

#define LINE_1                                                                           \
    "SMTP AUTH CRITICAL - contoso: 12 mailboxes exposed (limit 5)|data_age=4s "          \
    "mbx_exposed=12;0;5;0;812 mbx_enabled=3\n"

START_TEST(without_verbosity_there_is_one_line)
{
    add_example();
    ck_assert_str_eq(rendered(0, SAE_FORMAT_NAGIOS), LINE_1);
}
END_TEST

START_TEST(with_verbosity_there_is_a_tree_whose_parents_are_as_grave_as_their_children)
{
    add_example();
    ck_assert_str_eq(rendered(1, SAE_FORMAT_NAGIOS),
                     LINE_1 "\\_[CRITICAL] - 12 of 812 mailboxes exposed\n"
                            "  \\_[CRITICAL] - 3 enabled\n"
                            "  \\_[OK] - 9 inherit\n"
                            "\\_[OK] - tenant switch off\n");
}
END_TEST

START_TEST(json_says_the_same)
{
    add_example();
    ck_assert_str_eq(
        rendered(0, SAE_FORMAT_JSON),
        "{\"state\":\"CRITICAL\",\"exit\":2,\"summary\":\"contoso: 12 mailboxes exposed "
        "(limit 5)\",\"checks\":[{\"state\":\"CRITICAL\",\"output\":\"12 of 812 "
        "mailboxes "
        "exposed\",\"perfdata\":[{\"label\":\"mbx_exposed\",\"value\":12,\"uom\":\"\","
        "\"warn\":\"0\",\"crit\":\"5\",\"min\":0,\"max\":812}],\"checks\":[{\"state\":"
        "\"CRITICAL\",\"output\":\"3 enabled\",\"perfdata\":[{\"label\":\"mbx_enabled\","
        "\"value\":3,\"uom\":\"\",\"warn\":null,\"crit\":null,\"min\":null,\"max\":null}]"
        ","
        "\"checks\":[]},{\"state\":\"OK\",\"output\":\"9 inherit\",\"perfdata\":[],"
        "\"checks\":[]}]},{\"state\":\"OK\",\"output\":\"tenant switch "
        "off\",\"perfdata\":[]"
        ",\"checks\":[]}],\"perfdata\":[{\"label\":\"data_age\",\"value\":4,\"uom\":"
        "\"s\","
        "\"warn\":null,\"crit\":null,\"min\":null,\"max\":null},{\"label\":\"mbx_"
        "exposed\","
        "\"value\":12,\"uom\":\"\",\"warn\":\"0\",\"crit\":\"5\",\"min\":0,\"max\":812},"
        "{\"label\":\"mbx_enabled\",\"value\":3,\"uom\":\"\",\"warn\":null,\"crit\":null,"
        "\"min\":null,\"max\":null}]}\n");
}
END_TEST

START_TEST(a_report_without_items_is_unknown)
{
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_UNKNOWN);
    ck_assert_str_eq(rendered(1, SAE_FORMAT_NAGIOS),
                     "SMTP AUTH UNKNOWN - nothing was checked\n");
    sae_report_force(&report, SAE_STATE_OK);
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_OK);
}
END_TEST

START_TEST(the_first_of_the_worst_items_speaks_without_a_headline)
{
    sae_report_add(&report, SAE_STATE_OK, "fine");
    sae_report_add(&report, SAE_STATE_UNKNOWN, "who knows");
    ck_assert_str_eq(rendered(0, SAE_FORMAT_NAGIOS), "SMTP AUTH UNKNOWN - who knows\n");
    sae_report_add(&report, SAE_STATE_WARNING, "first");
    sae_report_add(&report, SAE_STATE_WARNING, "second");
    ck_assert_str_eq(rendered(0, SAE_FORMAT_NAGIOS), "SMTP AUTH WARNING - first\n");
}
END_TEST

START_TEST(a_forced_state_stands_against_the_items)
{
    sae_report_add(&report, SAE_STATE_CRITICAL, "bad");
    sae_report_force(&report, SAE_STATE_UNKNOWN);
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_UNKNOWN);
}
END_TEST

START_TEST(an_item_below_nothing_stands_at_the_top)
{
    sae_report_add_below(&report, SAE_STATE_WARNING, "alone");
    sae_report_add_below(&report, SAE_STATE_OK, "below it");
    ck_assert_str_eq(rendered(1, SAE_FORMAT_NAGIOS), "SMTP AUTH WARNING - alone\n"
                                                     "\\_[WARNING] - alone\n"
                                                     "  \\_[OK] - below it\n");
}
END_TEST

/* What Nagios 4 makes of an output (base/checks.c, parse_check_output): on line 1 the
 * part behind the first | is performance data; of later lines everything behind the next
 * |. */
static void read_as_nagios(const char *text, struct sae_buf *long_text,
                           struct sae_buf *perf)
{
    bool in_perf = false;
    int number = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        size_t bar = in_perf ? 0 : strcspn(text, "|\n");

        sae_buf_add(long_text, text, bar < len ? bar : (in_perf ? 0 : len));
        sae_buf_puts(long_text, "\n");
        if (in_perf || bar < len) {
            size_t from = in_perf ? 0 : bar + 1;

            sae_buf_puts(perf, perf->len > 0 ? " " : "");
            sae_buf_add(perf, text + from, len - from);
            in_perf = number > 0;
        }
        text += len + (text[len] == '\n' ? 1 : 0);
        number++;
    }
}

/* What Icinga 2 takes as performance data (lib/icinga/pluginutility.cpp,
 * ParseCheckOutput): on every line what is behind the first | if a = follows. */
static void read_as_icinga(const char *text, struct sae_buf *perf)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        const char *bar = memchr(text, '|', len);
        const char *end = text + len;

        if (bar != NULL && memchr(bar, '=', (size_t)(end - bar)) != NULL) {
            sae_buf_puts(perf, perf->len > 0 ? " " : "");
            sae_buf_add(perf, bar + 1, (size_t)(end - bar) - 1);
        }
        text = end + (*end == '\n' ? 1 : 0);
    }
}

/* The labels of performance data, each followed by a comma (perfdatavalue.cpp). */
static void read_labels(const char *perf, struct sae_buf *labels)
{
    while (*perf != '\0') {
        char quote = *perf == '\'' ? '\'' : '\0';
        size_t len;

        perf += quote != '\0' ? 1 : 0;
        len = quote != '\0' ? strcspn(perf, "'") : strcspn(perf, "=");
        sae_buf_add(labels, perf, len);
        sae_buf_puts(labels, ",");
        perf += strcspn(perf + len, " ") + len;
        perf += *perf == ' ' ? 1 : 0;
    }
}

static const char *const hostile[] = {
    "x|evil=1;2;3",
    "|",
    "a\nSMTP AUTH OK - all is well",
    "a\r\n[OK]",
    "a\nb|evil=0\nevil2=1",
    "\\_[OK] - fine",
    "[OK]",
    "bob\\c",
    "\\n\\012|",
    "it's \"quoted\" 'evil'=1",
    "`id`; $(id) ${IFS}",
    "%s%n%n%n%b",
    "<img src=//evil/x>",
    "\x1b[31mred\x1b[0m",
    "\xe2\x80\xae gnp.exe \xc2\x85 \xe2\x80\xa8",
    "\xc0\xaf\xff\xfe",
    "{HOST.NAME} {$SECRET} {#LLD}",
    "\x7f\x01\x02\t",
};

static void check_labels(const char *text)
{
    struct sae_buf body, perf, icinga, labels;

    sae_buf_init(&body, 1 << 20);
    sae_buf_init(&perf, 1 << 20);
    sae_buf_init(&icinga, 1 << 20);
    sae_buf_init(&labels, 1 << 20);
    read_as_nagios(text, &body, &perf);
    read_as_icinga(text, &icinga);
    ck_assert_str_eq(sae_buf_text(&perf), sae_buf_text(&icinga));
    read_labels(sae_buf_text(&perf), &labels);
    ck_assert_str_eq(sae_buf_text(&labels), "good,with blank,");
    ck_assert_ptr_null(strpbrk(sae_buf_text(&body), "|<>&'\"{}$%;`"));
    sae_buf_done(&body);
    sae_buf_done(&perf);
    sae_buf_done(&icinga);
    sae_buf_done(&labels);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

START_TEST(hostile_text_adds_no_label_no_line_and_no_state)
{
    const char *evil = hostile[_i];
    const char *text;

    sae_report_done(&report);
    sae_report_init(&report, "SMTP AUTH");
    sae_report_headline(&report, "contoso: %s", evil);
    sae_report_perf(&report, &(struct sae_perf){.label = "good", .value = 1});
    sae_report_perf(&report, &(struct sae_perf){.label = "with blank", .value = 2});
    sae_report_perf(&report, &(struct sae_perf){.label = evil, .value = 3});
    sae_report_perf(&report, &(struct sae_perf){.label = "x", .value = 3, .uom = evil});
    sae_report_add(&report, SAE_STATE_CRITICAL, "user %s", evil);
    sae_report_add_below(&report, SAE_STATE_WARNING, "%s", evil);
    text = rendered(3, SAE_FORMAT_NAGIOS);
    check_labels(text);
    ck_assert_uint_eq(count_of(text, "\n"), 3);
    ck_assert_uint_eq(count_of(text, "\\_["), 2);
    ck_assert_uint_eq(count_of(text, "["), 2);
    ck_assert_uint_eq(count_of(text, "\\"), 2);
    for (const char *p = text; *p != '\0'; p++) {
        ck_assert(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
    }
    text = rendered(0, SAE_FORMAT_JSON);
    ck_assert_uint_eq(count_of(text, "\n"), 1);
    ck_assert_ptr_null(strpbrk(text, "\\|<>&'$%;`"));
    ck_assert_uint_eq(count_of(text, "\"label\":"), 2);
}
END_TEST

START_TEST(a_hostile_service_name_is_made_safe)
{
    sae_report_done(&report);
    sae_report_init(&report, "A|b=1\nC");
    ck_assert_str_eq(rendered(0, SAE_FORMAT_NAGIOS),
                     "A?b=1?C UNKNOWN - nothing was checked\n");
}
END_TEST

START_TEST(line_1_ends_at_512_bytes_and_the_data_follow)
{
    char text[3000];
    const char *line;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    sae_report_headline(&report, "%s", text);
    sae_report_add(&report, SAE_STATE_OK, "%s", text);
    sae_report_perf(&report, &(struct sae_perf){.label = "good", .value = 1});
    line = rendered(0, SAE_FORMAT_NAGIOS);
    ck_assert_uint_eq(strcspn(line, "|"), SAE_REPORT_LINE);
    ck_assert_int_eq(strncmp(line + SAE_REPORT_LINE - 3, "...|good=1\n", 11), 0);
    ck_assert_ptr_nonnull(strstr(rendered(1, SAE_FORMAT_NAGIOS), "xxx...\n"));
}
END_TEST

START_TEST(the_whole_text_ends_at_4_kilobytes_and_says_how_much_is_missing)
{
    enum { ITEMS = 1000 };
    size_t shown, more = 0;
    const char *text, *last;

    for (int i = 0; i < ITEMS; i++) {
        sae_report_add(&report, i == 900 ? SAE_STATE_CRITICAL : SAE_STATE_OK, "item %d",
                       i);
    }
    text = rendered(1, SAE_FORMAT_NAGIOS);
    ck_assert_uint_le(strlen(text), SAE_REPORT_TEXT);
    ck_assert_uint_gt(strlen(text), SAE_REPORT_TEXT - 100);
    shown = count_of(text, "\\_[");
    last = strstr(text, "\nand ");
    ck_assert_ptr_nonnull(last);
    ck_assert_int_eq(sscanf(last, " and %zu more", &more), 1);
    ck_assert_uint_eq(shown + more, ITEMS);
    ck_assert_ptr_nonnull(strstr(last, " more, 1 of them not OK\n"));
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_CRITICAL);
}
END_TEST

START_TEST(what_does_not_fit_is_said_to_be_ok_only_if_it_is_known)
{
    for (int i = 0; i < SAE_REPORT_ITEMS; i++) {
        sae_report_add(&report, i == 0 ? SAE_STATE_CRITICAL : SAE_STATE_OK, "item");
    }
    ck_assert_ptr_nonnull(strstr(rendered(1, SAE_FORMAT_NAGIOS), " more, all OK\n"));
    sae_report_add(&report, SAE_STATE_CRITICAL, "not kept");
    ck_assert_ptr_nonnull(strstr(rendered(1, SAE_FORMAT_NAGIOS), " more\n"));
}
END_TEST

START_TEST(the_text_never_exceeds_its_limit_whatever_the_length_of_the_items)
{
    for (int i = 0; i < 60; i++) {
        sae_report_add(&report, SAE_STATE_WARNING, "%0*d", _i, i);
    }
    ck_assert_uint_le(strlen(rendered(1, SAE_FORMAT_NAGIOS)), SAE_REPORT_TEXT);
}
END_TEST

START_TEST(items_beyond_the_limit_are_counted_and_judged)
{
    for (int i = 0; i < SAE_REPORT_ITEMS + 5; i++) {
        sae_report_add(&report, SAE_STATE_OK, "x");
    }
    sae_report_add_below(&report, SAE_STATE_CRITICAL, "the needle");
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_CRITICAL);
    ck_assert_ptr_nonnull(
        strstr(rendered(0, SAE_FORMAT_JSON), "],\"more\":6,\"perfdata\":["));
    ck_assert_uint_eq(count_of(sae_buf_text(&out), "CRITICAL"), 1);
}
END_TEST

START_TEST(too_many_data_are_unknown_and_not_silently_fewer)
{
    char label[32];

    sae_report_add(&report, SAE_STATE_OK, "fine");
    for (int i = 0; i <= SAE_REPORT_PERF; i++) {
        ck_assert_int_eq(sae_report_state(&report), SAE_STATE_OK);
        snprintf(label, sizeof(label), "n%d", i);
        sae_report_perf(&report, &(struct sae_perf){.label = label, .value = i});
    }
    ck_assert_int_eq(sae_report_state(&report), SAE_STATE_UNKNOWN);
}
END_TEST

START_TEST(labels_units_and_ranges_are_copied)
{
    struct sae_range range;
    char label[] = "good", uom[] = "s";

    ck_assert_int_eq(sae_range_parse("7:", &range, NULL), SAE_OK);
    sae_report_add(&report, SAE_STATE_OK, "fine");
    sae_report_perf(&report, &(struct sae_perf){
                                 .label = label, .value = 1, .uom = uom, .warn = &range});
    memset(&range, 'x', sizeof(range));
    memset(label, 'x', 4);
    memset(uom, 'x', 1);
    ck_assert_str_eq(rendered(0, SAE_FORMAT_NAGIOS), "SMTP AUTH OK - fine|good=1s;7:\n");
}
END_TEST

START_TEST(a_format_has_a_name)
{
    enum sae_format format = SAE_FORMAT_NAGIOS;

    ck_assert(sae_format_parse("json", &format) && format == SAE_FORMAT_JSON);
    ck_assert(sae_format_parse("nagios", &format) && format == SAE_FORMAT_NAGIOS);
    ck_assert(!sae_format_parse("", &format) && !sae_format_parse("JSON", &format));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, without_verbosity_there_is_one_line);
    tcase_add_test(
        tests,
        with_verbosity_there_is_a_tree_whose_parents_are_as_grave_as_their_children);
    tcase_add_test(tests, json_says_the_same);
    tcase_add_test(tests, a_report_without_items_is_unknown);
    tcase_add_test(tests, the_first_of_the_worst_items_speaks_without_a_headline);
    tcase_add_test(tests, a_forced_state_stands_against_the_items);
    tcase_add_test(tests, an_item_below_nothing_stands_at_the_top);
    tcase_add_loop_test(tests, hostile_text_adds_no_label_no_line_and_no_state, 0,
                        (int)(sizeof(hostile) / sizeof(hostile[0])));
    tcase_add_test(tests, a_hostile_service_name_is_made_safe);
    tcase_add_test(tests, line_1_ends_at_512_bytes_and_the_data_follow);
    tcase_add_test(tests,
                   the_whole_text_ends_at_4_kilobytes_and_says_how_much_is_missing);
    tcase_add_test(tests, what_does_not_fit_is_said_to_be_ok_only_if_it_is_known);
    tcase_add_loop_test(
        tests, the_text_never_exceeds_its_limit_whatever_the_length_of_the_items, 1, 520);
    tcase_add_test(tests, items_beyond_the_limit_are_counted_and_judged);
    tcase_add_test(tests, too_many_data_are_unknown_and_not_silently_fewer);
    tcase_add_test(tests, labels_units_and_ranges_are_copied);
    tcase_add_test(tests, a_format_has_a_name);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
