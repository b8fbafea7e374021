/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#include "scan_log.h"
#include "strict_json.h"

static const char rich[] =
    " {\"id\":\"a\\\"b\\\\c\\/\\b\\f\\n\\r\\t\",\"n\" : [0,-0,-1.5e+10,2E-3,1e5 , "
    "10.25],\r\n"
    "\t\"t\":[true,false,null,[],{}, [[ ]] ],\"u\":\"\\u00e9\\ud83d\\ude00\\u20AC\","
    "\"raw\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xed\x9f\xbf\","
    "\"skip1\":{\"a\":[1,{\"b\":\"\\ud800\",\"c\":\"\xc3\xa9\\u0000\"}],\"\":null},"
    "\"skip2\":-12.5E1,\"skip3\":\"long enough to pass the vector loop, \xe2\x82\xac "
    "too\","
    "\"skip4\":false,\"\\u0073kip5\":[[]],\"nul\":\"a\\u0000b\",\"half\":"
    "\"\\udc00x\\ud800\","
    "\"name \xf0\x9f\x98\x80\":\"sixteen bytes or more of plain "
    "text\",\"\":{\"deep\":[{}]},"
    "\"bad\\u0000name\":[1,2,3]} \n";

START_TEST(a_rich_document_arrives_as_written)
{
    char want[2048];
    uint64_t nul = sae_hash64(DOC("a\\u0000b")),
             half = sae_hash64(DOC("\\udc00x\\ud800"));

    snprintf(want, sizeof(want),
             "{ id='a\"b\\c/\b\f\n\r\t n=[ #0 #-0 #-1.5e+10 #2E-3 #1e5 #10.25 end "
             "t=[ true false null [ end { end [ [ end end end "
             "u='\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac "
             "raw='\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xed\x9f\xbf "
             "nul='a?b!%016" PRIx64 " half='?x?!%016" PRIx64
             " name \xf0\x9f\x98\x80='sixteen bytes or more of plain text "
             "={ deep=[ { end end end end ",
             nul, half);
    expect_log(DOC(rich), false, want);
}
END_TEST

START_TEST(every_way_to_cut_gives_the_same_events)
{
    size_t len = sizeof(rich) - 1;
    struct outcome whole = run(rich, len, len, len, false);

    ck_assert_int_eq(whole.status, SAE_OK);
    for (size_t first = 1; first < len; first++) {
        for (size_t piece = 1; piece <= len; piece += 1 + piece / 3 * 2) {
            struct outcome out = run(rich, len, first, piece, false);

            ck_assert_int_eq(out.status, SAE_OK);
            ck_assert_str_eq(out.log, whole.log);
            free(out.log);
        }
    }
    free(whole.log);
}
END_TEST

START_TEST(every_strict_prefix_is_refused_as_unfinished)
{
    for (size_t len = 1; len + 2 < sizeof(rich) - 1; len++) {
        struct outcome out = run(rich, len, len, len, false);

        ck_assert_int_eq(out.status, SAE_E_FORMAT);
        ck_assert_ptr_nonnull(
            strstr(out.err.text, len == 1 ? "ends before" : "ends in the"));
        free(out.log);
    }
    ck_assert_int_eq(verdict("", 0), SAE_E_FORMAT);
}
END_TEST

static const struct {
    const char *doc;
    size_t len;
} good[] = {
    {DOC("{}")},
    {DOC("[]")},
    {DOC("0")},
    {DOC(" -0.0e-0 ")},
    {DOC("\"\"")},
    {DOC("null")},
    {DOC("true\n")},
    {DOC("[1,2]")},
    {DOC("{\"a\":1,\"a\":2}")},
    {DOC("1e999")},
    {DOC("[\"\x7f\"]")},
    {DOC("\"\\uD834\\uDd1E\"")},
    {DOC("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\"")},
    {DOC("\"\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\"")},
    {DOC("12345678901234567890123456789012")},
};

START_TEST(what_rfc_8259_allows_is_accepted)
{
    for (size_t piece = 1; piece < 4; piece++) {
        struct outcome out = run(good[_i].doc, good[_i].len, piece, 1 + piece, false);

        ck_assert_msg(out.status == SAE_OK, "row %d: %s", _i, out.err.text);
        free(out.log);
    }
}
END_TEST

/* The message of each is "byte `at`: ..." in whatever pieces it comes. */
static const struct {
    const char *doc;
    size_t len;
    unsigned at;
} bad[] = {
    {DOC("{\"a\":1}garbage"), 7},
    {DOC("{} {}"), 3},
    {DOC("\xef\xbb\xbf{}"), 0},
    {DOC("01"), 0},
    {DOC("1."), 0},
    {DOC("[1.]"), 1},
    {DOC("[1e]"), 1},
    {DOC("[1e+]"), 1},
    {DOC("[-]"), 1},
    {DOC("[--1]"), 1},
    {DOC("[1.2.3]"), 1},
    {DOC("[1-2]"), 1},
    {DOC("[1.e5]"), 1},
    {DOC("[-01]"), 1},
    {DOC("+1"), 0},
    {DOC(".5"), 0},
    {DOC("0x10"), 1},
    {DOC("1a"), 1},
    {DOC("NaN"), 0},
    {DOC("-Infinity"), 0},
    {DOC("nulL"), 3},
    {DOC("tru e"), 3},
    {DOC("truee"), 4},
    {DOC("'a'"), 0},
    {DOC("{a:1}"), 1},
    {DOC("[1,]"), 3},
    {DOC("[,1]"), 1},
    {DOC("{,}"), 1},
    {DOC("{\"a\":1,}"), 7},
    {DOC("{\"a\"}"), 4},
    {DOC("{\"a\" 1}"), 5},
    {DOC("{\"a\":}"), 5},
    {DOC("{\"a\"::1}"), 5},
    {DOC("{\"a\":1 \"b\":2}"), 7},
    {DOC("{\"a\",1}"), 4},
    {DOC("[1 2]"), 3},
    {DOC("[1:2]"), 2},
    {DOC("[1}"), 2},
    {DOC("{\"a\":1]"), 6},
    {DOC("]"), 0},
    {DOC("{\"a\":[}"), 6},
    {DOC("[\"a\nb\"]"), 3},
    {DOC("[\"a\0b\"]"), 3},
    {DOC("[\"a\x1f\"]"), 3},
    {DOC("[\0]"), 1},
    {DOC("[1,\v2]"), 3},
    {DOC("[\"\\x\"]"), 3},
    {DOC("[\"\\\0\"]"), 3},
    {DOC("[\"\\u12g4\"]"), 6},
    {DOC("[\"\\u123\"]"), 7},
    {DOC("[\"\\U0041\"]"), 3},
    {DOC("[\"\xff\xfe\"]"), 2},
    {DOC("[\"\x80\"]"), 2},
    {DOC("[\"\xc0\xaf\"]"), 2},
    {DOC("[\"\xc1\xbf\"]"), 2},
    {DOC("[\"\xc3(\"]"), 3},
    {DOC("[\"\xc3\"]"), 3},
    {DOC("[\"\xe2\x82\"]"), 4},
    {DOC("[\"\xe0\x9f\xbf\"]"), 3},
    {DOC("[\"\xed\xa0\x80\"]"), 3},
    {DOC("[\"\xf0\x8f\xbf\xbf\"]"), 3},
    {DOC("[\"\xf4\x90\x80\x80\"]"), 3},
    {DOC("[\"\xf5\x80\x80\x80\"]"), 2},
    {DOC("[\"\xe2\x82\xac\xac\"]"), 5},
    {DOC("{\"\xc3\":1}"), 3},
    {DOC("{\"a\tb\":1}"), 3},
    {DOC("[\"plain text, sixteen bytes\x01\"]"), 27},
    {DOC("[\"plain text, sixteen bytes\xc3\"]"), 28},
};

static void expect_refused_at(const char *doc, size_t len, unsigned at)
{
    char prefix[32];

    snprintf(prefix, sizeof(prefix), "byte %u: ", at);
    for (size_t piece = 1; piece <= len; piece++) {
        struct outcome out = run(doc, len, piece, piece, false);

        ck_assert_int_eq(out.status, SAE_E_FORMAT);
        ck_assert_msg(strncmp(out.err.text, prefix, strlen(prefix)) == 0, "%s: %s",
                      prefix, out.err.text);
        free(out.log);
    }
}

START_TEST(what_no_serialiser_writes_is_refused)
{
    expect_refused_at(bad[_i].doc, bad[_i].len, bad[_i].at);
}
END_TEST

/* The same inside a member that nobody reads. */
START_TEST(skipped_members_are_validated_just_as_well)
{
    static const char head[] = "{\"skip\":[";
    char doc[128];
    size_t len = sizeof(head) - 1;

    memcpy(doc, head, len);
    memcpy(doc + len, bad[_i].doc, bad[_i].len);
    len += bad[_i].len;
    memcpy(doc + len, "]}", 2);
    ck_assert_int_eq(verdict(doc, len + 2), SAE_E_FORMAT);
}
END_TEST

static const struct {
    const char *raw; /* between the quotes */
    const char *text;
} spoiled[] = {
    {"\\u0000", "?"},
    {"a\\u0000b", "a?b"},
    {"\\ud800", "?"},
    {"\\udfff", "?"},
    {"\\ud800x", "?x"},
    {"\\ud800\\n", "?\n"},
    {"\\ud800\\ud83d\\ude00", "?\xf0\x9f\x98\x80"},
    {"\\ud800\\u0041", "?A"},
    {"\\ud800\\u0000", "??"},
    {"\\udc00\\ud800", "??"},
    {"\\ud800\xc3\xa9", "?\xc3\xa9"},
    {"\\ud83d\\ude00\\ude00", "\xf0\x9f\x98\x80?"},
    {"more than sixteen plain bytes first \\u0000",
     "more than sixteen plain bytes first ?"},
};

START_TEST(hostile_text_spoils_its_string_only)
{
    const char *raw = spoiled[_i].raw;
    char doc[128], want[128];
    size_t len = (size_t)snprintf(doc, sizeof(doc), "[\"%s\",\"next\"]", raw);

    snprintf(want, sizeof(want), "[ '%s!%016" PRIx64 " 'next end ", spoiled[_i].text,
             sae_hash64(raw, strlen(raw)));
    expect_log(doc, len, false, want);
}
END_TEST

/* ["aaa...<tail>"] with `fill` times a; the caller frees it. */
static char *long_text(size_t fill, const char *tail, size_t *ret_len)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 20);
    sae_buf_puts(&buf, "[\"");
    for (size_t i = 0; i < fill; i++) {
        sae_buf_puts(&buf, "a");
    }
    sae_buf_printf(&buf, "%s\"]", tail);
    *ret_len = buf.len;
    return sae_buf_take(&buf);
}

static const struct {
    size_t fill;
    const char *tail;
    size_t shown; /* 0: not spoiled */
} lengths[] = {
    {SAE_SCAN_TEXT, "", 0},
    {SAE_SCAN_TEXT + 1, "", SAE_SCAN_TEXT},
    {SAE_SCAN_TEXT - 2, "\xc3\xa9", 0},
    {SAE_SCAN_TEXT - 1, "\xc3\xa9", SAE_SCAN_TEXT - 1},
    {SAE_SCAN_TEXT - 1, "\\u00e9", SAE_SCAN_TEXT - 1},
    {SAE_SCAN_TEXT - 3, "\\ud83d\\ude00zz", SAE_SCAN_TEXT - 3},
    {SAE_SCAN_TEXT - 3, "\xe2\x82\xac\xe2\x82\xac", SAE_SCAN_TEXT},
    {SAE_SCAN_TEXT - 1, "\\n", 0},
    {SAE_SCAN_TEXT - 1, "\\n\\n", SAE_SCAN_TEXT},
    {3 * SAE_SCAN_TEXT, "\\\\", SAE_SCAN_TEXT},
};

START_TEST(an_over_long_string_is_cut_between_characters_and_hashed_whole)
{
    static const size_t pieces[] = {1, 7, 64, 1000, 1 << 20};
    size_t len, shown = lengths[_i].shown;
    char *doc = long_text(lengths[_i].fill, lengths[_i].tail, &len), mark[32];

    snprintf(mark, sizeof(mark), "!%016" PRIx64 " end ", sae_hash64(doc + 2, len - 4));
    for (int i = 0; i < COUNT(pieces); i++) {
        struct outcome out = run(doc, len, pieces[i], pieces[i], false);
        const char *at = strchr(out.log, '!');

        ck_assert_int_eq(out.status, SAE_OK);
        if (shown == 0) {
            ck_assert_ptr_null(at);
        } else {
            ck_assert_ptr_nonnull(at);
            ck_assert_str_eq(at, mark);
            ck_assert_uint_eq((size_t)(at - out.log) - strlen("[ '"), shown);
        }
        free(out.log);
    }
    free(doc);
}
END_TEST

START_TEST(nobody_is_asked_for_a_name_that_is_too_long)
{
    for (size_t n = SAE_SCAN_KEY; n <= SAE_SCAN_KEY + 1; n++) {
        char doc[400], want[400];
        int len = snprintf(doc, sizeof(doc), "{\"%0*d\":[1],\"b\":2}", (int)n, 0);

        snprintf(want, sizeof(want), "{ %0*d=[ #1 end b=#2 end ", (int)n, 0);
        expect_log(doc, (size_t)len, false, n <= SAE_SCAN_KEY ? want : "{ b=#2 end ");
    }
}
END_TEST

START_TEST(depth_32_is_accepted_and_33_refused)
{
    static const char *const open[] = {"[", "{\"skip\":"};
    static const char *const close[] = {"]", "}"};

    for (unsigned depth = SAE_SCAN_DEPTH; depth <= SAE_SCAN_DEPTH + 1; depth++) {
        for (int kind = 0; kind < 2; kind++) {
            struct sae_buf doc;

            sae_buf_init(&doc, 4096);
            for (unsigned i = 0; i < depth; i++) {
                sae_buf_puts(&doc, open[kind]);
            }
            sae_buf_puts(&doc, kind == 0 ? "" : "1");
            for (unsigned i = 0; i < depth; i++) {
                sae_buf_puts(&doc, close[kind]);
            }
            ck_assert_int_eq(verdict(doc.data, doc.len),
                             depth == SAE_SCAN_DEPTH ? SAE_OK : SAE_E_LIMIT);
            sae_buf_done(&doc);
        }
    }
}
END_TEST

START_TEST(a_number_of_33_bytes_is_refused_in_any_pieces)
{
    static const char doc[] = "[123456789012345678901234567890.12]";

    for (size_t piece = 1; piece < sizeof(doc); piece++) {
        struct outcome out = run(doc, sizeof(doc) - 1, piece, piece, false);

        ck_assert_int_eq(out.status, SAE_E_LIMIT);
        ck_assert_str_eq(out.err.text, "byte 1: a number longer than 32 bytes");
        free(out.log);
    }
}
END_TEST

START_TEST(many_documents_follow_each_other)
{
    expect_log(DOC("{\"a\":1}\n[2]\t3 \"four\"\r\n null"), true,
               "{ a=#1 end [ #2 end #3 'four null ");
    expect_log(DOC(" \n"), true, "");
    expect_log(DOC("1"), true, "#1 ");
}
END_TEST

START_TEST(many_documents_must_be_separated_and_whole)
{
    static const char *const docs[] = {"{}{}", "1\"a\"", "[]1",
                                       "{} {", "{},{}",  "nulltrue"};
    struct outcome out =
        run(docs[_i], strlen(docs[_i]), strlen(docs[_i]), strlen(docs[_i]), true);

    ck_assert_int_eq(out.status, SAE_E_FORMAT);
    free(out.log);
}
END_TEST

START_TEST(a_failure_of_the_reader_ends_the_scan_and_is_repeated)
{
    struct recorder rec = {.fail_after = 2};
    struct sae_err err = {0}, again = {0};
    struct sae_scan *scan;

    sae_buf_init(&rec.log, 1000);
    scan = sae_scan_new(&handler, &rec, false);
    ck_assert_ptr_nonnull(scan);
    ck_assert_int_eq(sae_scan_feed(scan, DOC("[1,2,3]"), &err), SAE_E_INCOMPLETE);
    ck_assert_str_eq(err.text, "the reader had enough");
    ck_assert_str_eq(sae_buf_text(&rec.log), "[ #1 ");
    ck_assert_int_eq(sae_scan_feed(scan, DOC("]"), &again), SAE_E_INCOMPLETE);
    ck_assert_str_eq(again.text, err.text);
    ck_assert_int_eq(sae_scan_finish(scan, NULL), SAE_E_INCOMPLETE);
    sae_scan_free(scan);
    sae_buf_done(&rec.log);
}
END_TEST

START_TEST(an_empty_piece_changes_nothing)
{
    struct recorder rec = {.fail_after = -1};
    struct sae_scan *scan;

    sae_buf_init(&rec.log, 1000);
    scan = sae_scan_new(&handler, &rec, false);
    ck_assert_ptr_nonnull(scan);
    ck_assert_int_eq(sae_scan_feed(scan, NULL, 0, NULL), SAE_OK);
    ck_assert_int_eq(sae_scan_feed(scan, DOC("\"a"), NULL), SAE_OK);
    ck_assert_int_eq(sae_scan_feed(scan, "", 0, NULL), SAE_OK);
    ck_assert_int_eq(sae_scan_feed(scan, DOC("b\""), NULL), SAE_OK);
    ck_assert_int_eq(sae_scan_finish(scan, NULL), SAE_OK);
    ck_assert_int_eq(sae_scan_finish(scan, NULL), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&rec.log), "'ab ");
    sae_scan_free(scan);
    sae_buf_done(&rec.log);
}
END_TEST

START_TEST(mutations_get_the_verdict_of_an_independent_parser)
{
    static const char favourites[] = "\"\\{}[]:,0e-.+u \x01\x80\xc3\xed\xf4tn";
    size_t len = sizeof(rich) - 1, accepted = 0;
    int rounds = getenv("SAE_VALGRIND") != NULL ? 2000 : 20000;
    char doc[sizeof(rich)];
    uint32_t seed = 20251122;

    for (int i = 0; i < rounds; i++) {
        size_t at;
        bool want;

        memcpy(doc, rich, sizeof(rich));
        seed = seed * 1664525 + 1013904223;
        at = (seed >> 8) % len;
        seed = seed * 1664525 + 1013904223;
        doc[at] = (seed >> 30) != 0 ? favourites[(seed >> 8) % (sizeof(favourites) - 1)]
                                    : (char)(seed >> 16);
        want = strict_json(doc, len);
        accepted += want ? 1 : 0;
        ck_assert_msg((verdict(doc, len) == SAE_OK) == want, "byte %zu became %02x", at,
                      (unsigned)(unsigned char)doc[at]);
    }
    /* Otherwise the mutations prove nothing about either verdict. */
    ck_assert_uint_gt(accepted, (size_t)rounds / 10);
    ck_assert_uint_lt(accepted, (size_t)rounds / 10 * 9);
}
END_TEST

static Suite *scan_suite(void)
{
    Suite *suite = suite_create("scan");
    TCase *tc = tcase_create("scan");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_rich_document_arrives_as_written);
    tcase_add_test(tc, every_way_to_cut_gives_the_same_events);
    tcase_add_test(tc, every_strict_prefix_is_refused_as_unfinished);
    tcase_add_loop_test(tc, what_rfc_8259_allows_is_accepted, 0, COUNT(good));
    tcase_add_loop_test(tc, what_no_serialiser_writes_is_refused, 0, COUNT(bad));
    tcase_add_loop_test(tc, skipped_members_are_validated_just_as_well, 0, COUNT(bad));
    tcase_add_loop_test(tc, hostile_text_spoils_its_string_only, 0, COUNT(spoiled));
    tcase_add_loop_test(tc,
                        an_over_long_string_is_cut_between_characters_and_hashed_whole, 0,
                        COUNT(lengths));
    tcase_add_test(tc, nobody_is_asked_for_a_name_that_is_too_long);
    tcase_add_test(tc, depth_32_is_accepted_and_33_refused);
    tcase_add_test(tc, a_number_of_33_bytes_is_refused_in_any_pieces);
    tcase_add_test(tc, many_documents_follow_each_other);
    tcase_add_loop_test(tc, many_documents_must_be_separated_and_whole, 0, 6);
    tcase_add_test(tc, a_failure_of_the_reader_ends_the_scan_and_is_repeated);
    tcase_add_test(tc, an_empty_piece_changes_nothing);
    tcase_add_test(tc, mutations_get_the_verdict_of_an_independent_parser);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(scan_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
