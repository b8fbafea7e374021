/* SPDX-License-Identifier: MIT */
/* The administrator's lists: what they say when they are right, which line they name when
 * they are not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/accept.h"
#include "config/allowlist.h"
#include "config/table.h"
#include "scratch.h"

#define HEADER "mailbox,owner,device,sources,countries,expires,decision,note\n"

static struct sae_allowlist list;
static struct sae_accept accepted;
static struct sae_err err;

static enum sae_status read_list(const char *text, size_t len)
{
    memset(&err, 0, sizeof(err));
    return sae_allowlist_read(scratch_write("allow.csv", text, len), &list, &err);
}

static const char *cell(const char *mailbox, enum sae_allow_column column)
{
    const struct sae_allow_entry *entry = sae_allowlist_find(&list, mailbox);

    ck_assert_msg(entry != NULL, "no %s", mailbox);
    return entry->cell[column];
}

static int64_t day_of(const char *date)
{
    int64_t day;

    ck_assert(sae_date_parse(date, strlen(date), &day));
    return day;
}

START_TEST(a_list_says_who_may_send)
{
    static const char text[] =
        HEADER "Printer@Example.com,ann,Canon 3rd floor,192.0.2.0/24 2001:db8::/32,FI "
               "SE,2027-06-30,relay,\n"
               "app@example.com,bob,,203.0.113.7,,,,\"two\nlines, \"\"quoted\"\"\"\n"
               "  scanner@example.com , eve , , , , , OAuth , x \n";

    ck_assert_msg(read_list(text, strlen(text)) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_str_eq(cell("printer@example.com", SAE_ALLOW_MAILBOX),
                     "printer@example.com");
    ck_assert_str_eq(cell("PRINTER@example.COM", SAE_ALLOW_OWNER), "ann");
    ck_assert_str_eq(cell("printer@example.com", SAE_ALLOW_SOURCES),
                     "192.0.2.0/24 2001:db8::/32");
    ck_assert_str_eq(cell("printer@example.com", SAE_ALLOW_COUNTRIES), "FI SE");
    ck_assert_str_eq(cell("printer@example.com", SAE_ALLOW_DECISION), "relay");
    ck_assert_str_eq(cell("app@example.com", SAE_ALLOW_NOTE), "two\nlines, \"quoted\"");
    ck_assert_str_eq(cell("scanner@example.com", SAE_ALLOW_OWNER), "eve");
    ck_assert(sae_allowlist_find(&list, "printer@example.com")->expires ==
              day_of("2027-06-30"));
    ck_assert(sae_allowlist_find(&list, "app@example.com")->expires == INT64_MAX);
    ck_assert_ptr_null(sae_allowlist_find(&list, "printer@example.co"));
    ck_assert_ptr_null(sae_allowlist_find(&list, ""));
    sae_allowlist_done(&list);
}
END_TEST

static int row_count;
static struct vector rows[VECTOR_ROWS];

START_TEST(a_bad_list_names_its_line)
{
    struct vector *row = &rows[_i];
    bool good = strcmp(row->cell[1], "ok") == 0;
    enum sae_status status = read_list(row->cell[0], row->len[0]);

    if (good) {
        ck_assert_msg(status == SAE_OK, "%s\n%s", row->cell[0], err.text);
        ck_assert_uint_eq(list.count, strtoul(row->cell[2], NULL, 10));
    } else {
        ck_assert_msg(status == SAE_E_CONFIG || status == SAE_E_FORMAT, "status %s: %s",
                      sae_status_name(status), row->cell[0]);
        ck_assert_msg(strstr(err.text, row->cell[2]) != NULL &&
                          strstr(err.text, "allow.csv") != NULL,
                      "%s\nsays: %s", row->cell[0], err.text);
        ck_assert_uint_eq(list.count, 0);
    }
    sae_allowlist_done(&list);
}
END_TEST

START_TEST(a_list_that_cannot_be_read_says_so)
{
    ck_assert_int_eq(sae_allowlist_read(scratch_path("absent.csv"), &list, &err),
                     SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(err.text, "absent.csv"));
    ck_assert_int_eq(sae_allowlist_read(scratch_dir, &list, &err), SAE_E_DENIED);
}
END_TEST

START_TEST(every_entry_of_a_long_list_is_found)
{
    enum { MANY = 20000 };
    char *text = malloc(MANY * 40 + 100), *at = text, name[32];

    at += sprintf(at, "%s", HEADER);
    for (int i = 0; i < MANY; i++) { /* not in order */
        at += sprintf(at, "User%d@example.com,,,,,,,\n", i * 7919 % MANY);
    }
    ck_assert_msg(read_list(text, strlen(text)) == SAE_OK, "%s", err.text);
    ck_assert_uint_eq(list.count, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "uSer%d@example.com", i);
        ck_assert_ptr_nonnull(sae_allowlist_find(&list, name));
    }
    snprintf(name, sizeof(name), "user%d@example.com", MANY);
    ck_assert_ptr_null(sae_allowlist_find(&list, name));
    sae_allowlist_done(&list);
    free(text);
}
END_TEST

START_TEST(a_list_has_a_most_of_rows)
{
    size_t room = (size_t)SAE_TABLE_ROWS * 20 + 200;
    char *text = malloc(room), *at = text;

    at += sprintf(at, "finding,until,by,note\n");
    for (int i = 0; i <= SAE_TABLE_ROWS; i++) {
        at += sprintf(at, "x,2026-12-31,,\n");
    }
    ck_assert_int_eq(sae_accept_read(scratch_text("accept.csv", text), &accepted, &err),
                     SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "more than 50000 rows"));
    at[-strlen("x,2026-12-31,,\n")] = '\0';
    ck_assert_int_eq(sae_accept_read(scratch_text("accept.csv", text), &accepted, &err),
                     SAE_OK);
    ck_assert_uint_eq(accepted.count, SAE_TABLE_ROWS);
    sae_accept_done(&accepted);
    free(text);
}
END_TEST

START_TEST(a_cell_has_a_limit)
{
    char text[1400];
    int at = snprintf(text, sizeof(text), HEADER "a@b,");

    memset(text + at, 'x', 1023);
    snprintf(text + at + 1023, 16, ",,,,,,\n");
    ck_assert_msg(read_list(text, strlen(text)) == SAE_OK, "%s", err.text);
    sae_allowlist_done(&list);
    snprintf(text + at + 1023, 16, "x,,,,,,\n");
    ck_assert_int_eq(read_list(text, strlen(text)), SAE_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.text, "line 2: owner is too long or not UTF-8"));
}
END_TEST

START_TEST(an_accepted_finding_counts_to_the_end_of_its_day)
{
    static const char text[] = "\xef\xbb\xbf"
                               "until;finding;note;by\r\n"
                               "2026-12-31;mbx_new-0123456789ab;;ann\r\n"
                               "2026-06-30;mbx_new-ba9876543210;;ann\r\n";
    int64_t last = day_of("2026-12-31");

    ck_assert_msg(sae_accept_read(scratch_text("accept.csv", text), &accepted, &err) ==
                      SAE_OK,
                  "%s", err.text);
    ck_assert_uint_eq(accepted.count, 2);
    ck_assert(sae_accept_covers(&accepted, "mbx_new-0123456789ab", last - 100));
    ck_assert(sae_accept_covers(&accepted, "mbx_new-0123456789ab", last));
    ck_assert(!sae_accept_covers(&accepted, "mbx_new-0123456789ab", last + 1));
    ck_assert(!sae_accept_covers(&accepted, "mbx_new-ba9876543210", last));
    ck_assert(!sae_accept_covers(&accepted, "mbx_new-0123456789a", last));
    ck_assert(!sae_accept_covers(&accepted, "MBX_NEW-0123456789AB", last));
    sae_accept_done(&accepted);
    ck_assert(!sae_accept_covers(&accepted, "mbx_new-0123456789ab", last));
}
END_TEST

static const struct {
    const char *text, *words;
} bad_accepts[] = {
    {"", "empty, not even a header line"},
    {"finding,until,by\n", "no column note in its first line"},
    {"finding,until,by,note\nx,31.12.2026,,\n",
     "line 2: until is 31.12.2026, not a date"},
    {"finding,until,by,note\nx,,,\n", "line 2: until is , not a date"},
    {"finding,until,by,note\n\n,2026-12-31,,\n", "line 3: finding must be an id"},
    {"finding,until,by,note\nx,2026-12-31,\n", "line 2: 3 cells, but the header has 4"},
    {"finding,until,by,note\n"
     "0123456789012345678901234567890123456789012345678901234567890123,2026-12-31,,\n",
     "line 2: finding must be an id"},
    {"finding,until,by,note\nx,2026-12-31,\"\n", "accept.csv"},
};

START_TEST(a_bad_acceptance_names_its_line)
{
    const char *path = scratch_text("accept.csv", bad_accepts[_i].text);

    ck_assert_int_ne(sae_accept_read(path, &accepted, &err), SAE_OK);
    ck_assert_msg(strstr(err.text, bad_accepts[_i].words) != NULL &&
                      strstr(err.text, "accept.csv") != NULL,
                  "%s", err.text);
    ck_assert_uint_eq(accepted.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allowlist");
    TCase *tests = tcase_create("allowlist");
    SRunner *runner;
    int failed;

    row_count = vectors_load("allowlist", rows);
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, scratch_open, scratch_close);
    tcase_add_test(tests, a_list_says_who_may_send);
    tcase_add_loop_test(tests, a_bad_list_names_its_line, 0, row_count);
    tcase_add_test(tests, a_list_that_cannot_be_read_says_so);
    tcase_add_test(tests, every_entry_of_a_long_list_is_found);
    tcase_add_test(tests, a_list_has_a_most_of_rows);
    tcase_add_test(tests, a_cell_has_a_limit);
    tcase_add_test(tests, an_accepted_finding_counts_to_the_end_of_its_day);
    tcase_add_loop_test(tests, a_bad_acceptance_names_its_line, 0,
                        (int)(sizeof(bad_accepts) / sizeof(bad_accepts[0])));
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 && row_count > 30 ? EXIT_SUCCESS : EXIT_FAILURE;
}
