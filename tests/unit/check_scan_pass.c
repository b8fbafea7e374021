/* SPDX-License-Identifier: MIT */
/* What the scanner reads quickly (base/scan_pass.c) against the same bytes one by one, which
 * it cannot read quickly. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "scan_log.h"

START_TEST(a_failure_at_a_member_ends_the_scan_there_in_any_pieces)
{
    static const char doc[] = "{\"skip\":1,\"a\":1,\"b\":\"x\",\"c\":[\"y\",\"z\"],\"d\":}";
    static const char *const logs[] = {"", "{ a=", "{ a=#1 b=", "{ a=#1 b='x c=",
                                       "{ a=#1 b='x c=[ ", "{ a=#1 b='x c=[ 'y "};

    for (size_t piece = 1; piece < sizeof(doc); piece++) {
        struct recorder rec = {.fail_after = _i};
        struct sae_scan *scan;
        enum sae_status status = SAE_OK;
        struct sae_err err = {0};

        sae_buf_init(&rec.log, 1000);
        scan = sae_scan_new(&handler, &rec, false);
        ck_assert_ptr_nonnull(scan);
        for (size_t at = 0; at < sizeof(doc) - 1 && status == SAE_OK; at += piece) {
            size_t left = sizeof(doc) - 1 - at;

            status = feed_copy(scan, doc + at, left < piece ? left : piece, &err);
        }
        ck_assert_int_eq(status, SAE_E_INCOMPLETE);
        ck_assert_str_eq(err.text, "the reader had enough");
        ck_assert_str_eq(sae_buf_text(&rec.log), logs[_i]);
        sae_scan_free(scan);
        sae_buf_done(&rec.log);
    }
}
END_TEST

/* As services write: no white space. Members that are wanted stand between others. */
static const char compact[] =
    "{\"value\":[{\"skipa\":\"x\",\"skipb\":true,\"skipc\":null,\"skipd\":false,"
    "\"skipe\":-12.5e3,\"skipi\":-1234567890.5e+10,\"skipf\":[],"
    "\"a\":\"text that is longer than thirty-two bytes are\","
    "\"b\":true,\"c\":false,\"d\":null,\"e\":0.5E-1,\"f\":[],\"g\":[\"one\",\"two\",\"\","
    "\"\\u0074hree\",4,\"five\"],\"skipg\":[\"one\",\"two\"],\"skiph\":{\"a\":1,\"b\":[{}]},"
    "\"skip\\u0069\":\"\xc3\xa9\",\"h\":\"\xc3\xa9 \\\"quoted\\\"\",\"\":\"no name\"},{\"a\":{}}]}";

START_TEST(members_without_white_space_arrive_in_any_pieces)
{
    size_t len = sizeof(compact) - 1;

    expect_log(compact, len, false,
               "{ value=[ { a='text that is longer than thirty-two bytes are b=true "
               "c=false d=null e=#0.5E-1 f=[ end g=[ 'one 'two ' 'three #4 'five end "
               "h='\xc3\xa9 \"quoted\" ='no name end { a={ end end end end ");
    ck_assert_int_eq(verdict(compact, len), SAE_OK);
    for (size_t first = 1; first < len; first++) {
        struct outcome a = run(compact, len, first, len, false);
        struct outcome b = run(compact, len, first, 1, false);

        ck_assert_int_eq(a.status, SAE_OK);
        ck_assert_str_eq(a.log, b.log);
        free(a.log);
        free(b.log);
    }
}
END_TEST

/* From one place of a document to the next; valgrind is slow, and others try every place. */
static size_t stride(void)
{
    return getenv("SAE_VALGRIND") == NULL ? 1 : 11;
}

/* Every byte in turn becomes every other: the quick way must judge as the slow one does. */
START_TEST(a_wrong_byte_gets_the_same_verdict_whole_and_byte_by_byte)
{
    static const char wrong[] = "\"\\{}[]:,- .e0tfn\n\x01\x80\xff";
    size_t len = sizeof(compact) - 1;
    char doc[sizeof(compact)];

    memcpy(doc, compact, sizeof(compact));
    for (size_t at = 0; at < len; at += stride()) {
        for (size_t i = 0; i < sizeof(wrong) - 1; i++) {
            struct outcome whole, bytes;

            doc[at] = wrong[i];
            whole = run(doc, len, len, len, false);
            bytes = run(doc, len, 1, 1, false);
            ck_assert_int_eq(whole.status, bytes.status);
            ck_assert_str_eq(whole.err.text, bytes.err.text);
            ck_assert_str_eq(whole.log, bytes.log);
            free(whole.log);
            free(bytes.log);
        }
        doc[at] = compact[at];
    }
}
END_TEST

#define FORTY "cccccccccccccccccccccccccccccccccccccccc"

START_TEST(nobody_is_asked_for_a_name_that_cannot_be_wanted)
{
    /* Two bytes that begin with a, three that begin with b, forty that begin with c. */
    struct recorder rec = {.fail_after = -1,
                           .rows.maybe = {['a' % SAE_SCAN_LETTERS] = 1 << 2,
                                          ['b' % SAE_SCAN_LETTERS] = 1 << 3,
                                          ['c' % SAE_SCAN_LETTERS] = UINT64_C(1) << 40}};
    struct sae_scan *scan;

    sae_buf_init(&rec.log, 1000);
    scan = sae_scan_new(&handler, &rec, false);
    ck_assert_ptr_nonnull(scan);
    sae_scan_rows(scan, &rec.rows);
    ck_assert_int_eq(
        sae_scan_feed(scan, DOC("{\"aa\":1,\"a\":2,\"aaa\":3,\"bbb\":4,\"bb\":5,\"\":6,"
                                "\"c\":7,\"" FORTY "\":0,\"Ab\":8,\"d\":[]        }"),
                      NULL),
        SAE_OK);
    ck_assert_int_eq(sae_scan_finish(scan, NULL), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&rec.log), "{ aa=#1 bbb=#4 " FORTY "=#0 Ab=#8 end ");
    sae_scan_free(scan);
    sae_buf_done(&rec.log);
}
END_TEST

/* Read as rows, whole and cut every `step` bytes, and read byte by byte, which knows nothing
 * of rows. */
static void expect_same(const char *doc, size_t len, size_t step)
{
    struct outcome bytes = run(doc, len, 1, 1, true);

    for (size_t first = len; first > 0; first = first > step ? first - step : 0) {
        struct outcome whole = run_as(doc, len, first, len, true, true);

        ck_assert_int_eq(whole.status, bytes.status);
        ck_assert_str_eq(whole.err.text, bytes.err.text);
        ck_assert_str_eq(whole.log, bytes.log);
        free(whole.log);
    }
    free(bytes.log);
}

/* Members that nobody wants come again, with other values, in other places, or not at all. */
static const char alike[] =
    "[{\"skipone\":true,\"skiptwo\":\"x\",\"skipnumber\":12,\"a\":1,\"skiplast\":[]},"
    "{\"skipone\":true,\"skiptwo\":\"x\",\"skipnumber\":12,\"a\":2,\"skiplast\":[]},"
    "{\"skipone\":true,\"skiptwo\":\"y\",\"skipnumber\":12,\"a\":3,\"skiplast\":[]},"
    "{\"skipone\":true,\"skiptwo\":\"x\",\"skipnumber\":123,\"a\":4},"
    "{\"skipone\":true,\"skiptwo\":\"x\",\"skipnumber\":12},"
    "{\"skipone\":true,\"a\":5,\"skiptwo\":\"x\",\"skipone\":true,\"skiptwo\":\"x\"},"
    "{\"skiptwo\":\"x\",\"skipnumber\":12,\"a\":6,\"skipone\":[1],\"skiptwo\":{\"a\":7}},"
    "{\"skipone\":true,\"skiptwo\":\"x\",\"b\":{\"skipone\":true,\"skiptwo\":\"x\",\"c\":8}}]";

START_TEST(members_that_come_again_are_passed_over_and_no_other_is)
{
    size_t len = sizeof(alike) - 1;

    ck_assert_int_eq(verdict(alike, len), SAE_OK);
    expect_same(alike, len, 1);
}
END_TEST

START_TEST(a_wrong_byte_among_members_that_come_again_is_found)
{
    static const char wrong[] = "\"\\{}[]:,- x0t\n\x01\x80";
    size_t len = sizeof(alike) - 1;
    char doc[sizeof(alike)];

    memcpy(doc, alike, sizeof(alike));
    for (size_t at = 0; at < len; at += stride()) {
        doc[at] = wrong[((size_t)_i * 3 + at) % (sizeof(wrong) - 1)];
        expect_same(doc, len, 150);
        doc[at] = alike[at];
    }
}
END_TEST

START_TEST(a_list_that_comes_again_too_deep_is_refused)
{
    static const char members[] = "{\"skipone\":[],\"skiptwo\":1";
    struct sae_buf doc;

    sae_buf_init(&doc, 2000);
    sae_buf_puts(&doc, members);
    for (int depth = 1; depth < SAE_SCAN_DEPTH; depth++) {
        sae_buf_printf(&doc, ",\"d\":%s", members);
    }
    for (int depth = 0; depth < SAE_SCAN_DEPTH; depth++) {
        sae_buf_puts(&doc, "}");
    }
    ck_assert_int_eq(sae_buf_status(&doc), SAE_OK);
    ck_assert_int_eq(verdict(sae_buf_text(&doc), doc.len), SAE_E_LIMIT);
    expect_same(sae_buf_text(&doc), doc.len, 1);
    sae_buf_done(&doc);
}
END_TEST

START_TEST(what_is_written_otherwise_is_not_learned)
{
    static const char blank[] = "[{\"skipone\":true ,\"skiptwo\":1,\"a\":2},"
                                "{\"skipone\":true \"skiptwo\":1,\"a\":2}]";

    ck_assert_int_eq(verdict(blank, sizeof(blank) - 1), SAE_E_FORMAT);
    expect_same(blank, sizeof(blank) - 1, 1);
}
END_TEST

START_TEST(what_is_skipped_is_not_learned_from)
{
    static const char inside[] = "[{\"skipone\":true},"
                                 "{\"b\":1,\"c\":2,\"skip\":{\"a\":3,\"b\":4},\"d\":5},"
                                 "{\"a\":6,\"b\":7},{\"a\":8,\"b\":9}]";

    ck_assert_int_eq(verdict(inside, sizeof(inside) - 1), SAE_OK);
    expect_same(inside, sizeof(inside) - 1, 1);
}
END_TEST

/* `members` of them in each row, one of seven wanted. */
static void read_rows_alike(int members, const char *value)
{
    struct sae_buf doc;

    sae_buf_init(&doc, 1 << 20);
    for (int row = 0; row < 5; row++) {
        for (int i = 0; i < members; i++) {
            sae_buf_printf(&doc, "%s\"%s%d\":\"%s\"", i == 0 ? "{" : ",",
                           i % 7 == 0 ? "" : "skip", i, value);
        }
        sae_buf_puts(&doc, "}\n");
    }
    ck_assert_int_eq(sae_buf_status(&doc), SAE_OK);
    expect_same(sae_buf_text(&doc), doc.len, doc.len / 5);
    sae_buf_done(&doc);
}

START_TEST(rows_with_more_than_is_learned_are_read_right)
{
    static const char forty[] = FORTY, long_value[] = FORTY FORTY FORTY FORTY FORTY;

    read_rows_alike(400, "x");
    read_rows_alike(60, long_value);
    read_rows_alike(127, forty);
    read_rows_alike(128, forty);
    read_rows_alike(129, forty);
}
END_TEST

/* Rows that have hardly anything in common, and more in them than is learned. */
START_TEST(rows_of_any_length_that_are_not_alike_are_read_right)
{
    struct sae_buf doc;
    struct outcome a, b;

    sae_buf_init(&doc, 1 << 20);
    srand(11);
    for (int row = 0; row < 80; row++) {
        int from = rand() % 90, to = from + rand() % 300;

        sae_buf_puts(&doc, "{");
        for (int i = from; i < to; i++) {
            sae_buf_printf(&doc, "\"skip%d%s\":%s,", i % 97, i % 3 == 0 ? "long" : "",
                           rand() % 50 == 0 ? "null" : "\"the same value every time\"");
            if (rand() % 20 == 0) {
                sae_buf_printf(&doc, "\"%d\":%d,", i, row);
            }
        }
        sae_buf_puts(&doc, "\"end\":0}\n");
    }
    ck_assert_int_eq(sae_buf_status(&doc), SAE_OK);
    a = run_as(sae_buf_text(&doc), doc.len, doc.len, doc.len, true, true);
    b = run(sae_buf_text(&doc), doc.len, 1, 1, true);
    ck_assert_int_eq(a.status, SAE_OK);
    ck_assert_int_eq(b.status, SAE_OK);
    ck_assert_str_eq(a.log, b.log);
    free(a.log);
    free(b.log);
    sae_buf_done(&doc);
}
END_TEST

static Suite *scan_pass_suite(void)
{
    Suite *suite = suite_create("scan_pass");
    TCase *tc = tcase_create("scan_pass");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_failure_at_a_member_ends_the_scan_there_in_any_pieces, 0, 6);
    tcase_add_test(tc, members_without_white_space_arrive_in_any_pieces);
    tcase_add_test(tc, a_wrong_byte_gets_the_same_verdict_whole_and_byte_by_byte);
    tcase_add_test(tc, members_that_come_again_are_passed_over_and_no_other_is);
    tcase_add_loop_test(tc, a_wrong_byte_among_members_that_come_again_is_found, 0, 5);
    tcase_add_test(tc, a_list_that_comes_again_too_deep_is_refused);
    tcase_add_test(tc, what_is_written_otherwise_is_not_learned);
    tcase_add_test(tc, what_is_skipped_is_not_learned_from);
    tcase_add_test(tc, rows_with_more_than_is_learned_are_read_right);
    tcase_add_test(tc, rows_of_any_length_that_are_not_alike_are_read_right);
    tcase_add_test(tc, nobody_is_asked_for_a_name_that_cannot_be_wanted);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(scan_pass_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
