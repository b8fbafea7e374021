/* SPDX-License-Identifier: MIT */
/* Text that others chose: what comes out is harmless, and UTF-8 is UTF-8 to the letter.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t len;
    size_t cap;
    const char *shown;
} safe[] = {
    {BYTES(""), 65, ""},
    {BYTES("Ann.O-Hara_9+x:y@example.com"), 65, "Ann.O-Hara_9+x:y@example.com"},
    {BYTES("a b|c<d>e&f'g\"h[i]j{k}l$m%n;o`p\\q/r,s(t)u*v?w!x=y#z~"), 65,
     "a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?q?r?s?t?u?v?w?x?y?z?"},
    {BYTES("a\0b"), 65, "a?b"},
    {BYTES("a\x1b[31m\nb\tc\rd\x7f"), 65, "a??31m?b?c?d?"},
    {BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 65, "???"}, /* one each */
    {BYTES("\xe2\x80\xae"
           "abc"),
     65, "?abc"}, /* bidi override */
    {BYTES("\xc3"), 65, "?"},
    {BYTES("\xc3(\xe2\x82("), 65, "?????"},
    {BYTES("\xff\xfe\x80"), 65, "???"},
    {BYTES("abcdef"), 7, "abcdef"},
    {BYTES("abcdef"), 6, "abcd~"},
    {BYTES("abcdef"), 2, "~"},
    {BYTES("abcdef"), 1, ""},
    {BYTES("ab\xc3\xa4"), 4, "ab?"},
    {BYTES("ab\xc3\xa4"
           "c"),
     4, "ab~"},
    {BYTES("0123456789012345678901234567890123456789012345678901234567890123"), 400,
     "0123456789012345678901234567890123456789012345678901234567890123"},
    {BYTES("0123456789012345678901234567890123456789012345678901234567890123x"), 400,
     "012345678901234567890123456789012345678901234567890123456789012~"},
};

START_TEST(foreign_text_is_shown_in_harmless_letters)
{
    char shown[512];

    memset(shown, 'Z', sizeof(shown));
    ck_assert_ptr_eq(sae_text_safe(shown, safe[_i].cap, safe[_i].bytes, safe[_i].len),
                     shown);
    ck_assert_str_eq(shown, safe[_i].shown);
    ck_assert_int_eq(shown[strlen(safe[_i].shown) + 1], 'Z');
}
END_TEST

START_TEST(no_bytes_whatever_come_out_dangerous)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._+:-?~";
    char bytes[100], shown[80];

    srand(3);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand() % sizeof(bytes), cap = 1 + (size_t)rand() % 70;

        for (size_t i = 0; i < len; i++) {
            bytes[i] = (char)rand();
        }
        sae_text_safe(shown, cap, bytes, len);
        ck_assert_uint_lt(strlen(shown), cap);
        ck_assert_uint_le(strlen(shown), SAE_TEXT_SHOWN);
        ck_assert_uint_eq(strspn(shown, alphabet), strlen(shown));
    }
}
END_TEST

START_TEST(a_message_loses_only_what_is_dangerous)
{
    char text[300];

    for (int c = 1; c < 256; c++) {
        text[c - 1] = (char)c;
    }
    text[255] = '\0';
    sae_text_message(text);
    ck_assert_uint_eq(strlen(text), 255);
    for (int c = 1; c < 256; c++) {
        bool bad = c < 0x20 || c > 0x7e || strchr("|<>&'\"[]{}$%;`\\", c) != NULL;

        ck_assert_int_eq(text[c - 1], bad ? '?' : c);
    }
    text[0] = '\0';
    sae_text_message(text);
    ck_assert_str_eq(text, "");
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    bool valid;
} utf8[] = {
    {BYTES(""), true},
    {BYTES("plain"), true},
    {BYTES("\xc2\x80"), true},
    {BYTES("\xdf\xbf"), true},
    {BYTES("\xe0\xa0\x80"), true},
    {BYTES("\xed\x9f\xbf"), true},
    {BYTES("\xee\x80\x80"), true},
    {BYTES("\xef\xbf\xbf"), true},
    {BYTES("\xf0\x90\x80\x80"), true},
    {BYTES("\xf4\x8f\xbf\xbf"), true},
    {BYTES("\0"), false},
    {BYTES("a\0"), false},
    {BYTES("\x80"), false},
    {BYTES("\xbf"), false},
    {BYTES("\xc0\x80"), false},
    {BYTES("\xc1\xbf"), false},
    {BYTES("\xc2"), false},
    {BYTES("\xc2\x7f"), false},
    {BYTES("\xc2\xc0"), false},
    {BYTES("\xe0\x9f\xbf"), false},
    {BYTES("\xe1\x80"), false},
    {BYTES("\xe1\x80\x7f"), false},
    {BYTES("\xe1\x80\xc0"), false},
    {BYTES("\xed\xa0\x80"), false}, /* surrogates */
    {BYTES("\xed\xbf\xbf"), false},
    {BYTES("\xf0\x8f\xbf\xbf"), false},
    {BYTES("\xf0\x90\x80"), false},
    {BYTES("\xf4\x90\x80\x80"), false}, /* above U+10FFFF */
    {BYTES("\xf5\x80\x80\x80"), false},
    {BYTES("\xff"), false},
    {BYTES("ok\xe2\x82"), false},
};

START_TEST(utf8_is_what_the_standard_says)
{
    char *copy = malloc(utf8[_i].len + 1);

    memcpy(copy, utf8[_i].bytes, utf8[_i].len);
    ck_assert(sae_text_is_utf8(copy, utf8[_i].len) == utf8[_i].valid);
    free(copy);
}
END_TEST

START_TEST(every_two_bytes_are_judged_right)
{
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const char pair[2] = {(char)a, (char)b};
            bool ascii = a > 0 && a < 0x80 && b > 0 && b < 0x80;
            bool two = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;

            ck_assert_msg(sae_text_is_utf8(pair, 2) == (ascii || two), "%02x %02x", a, b);
        }
    }
}
END_TEST

START_TEST(only_ascii_letters_change_their_case)
{
    char text[256];

    for (int c = 0; c < 256; c++) {
        text[c] = (char)c;
    }
    sae_text_lower(text, 200); /* and no further than told */
    for (int c = 0; c < 256; c++) {
        bool upper = c >= 'A' && c <= 'Z';

        ck_assert_int_eq(text[c], (char)(upper ? c + 32 : c));
    }
    memcpy(text, "ABC", 3);
    sae_text_lower(text, 2);
    ck_assert_int_eq(memcmp(text, "abC", 3), 0);
}
END_TEST

START_TEST(every_length_becomes_lower_case_and_no_byte_more)
{
    for (size_t len = 0; len <= 40; len++) {
        for (size_t from = 0; from < 9; from++) {
            char text[64];

            memset(text, 'Q', sizeof(text));
            sae_text_lower(text + from, len);
            for (size_t i = 0; i < sizeof(text); i++) {
                ck_assert_int_eq(text[i], i >= from && i < from + len ? 'q' : 'Q');
            }
        }
    }
}
END_TEST

START_TEST(a_copy_fits_whole_or_is_refused)
{
    char copy[4] = "old";

    ck_assert(sae_text_copy(copy, sizeof(copy), "abcdef", 3));
    ck_assert_str_eq(copy, "abc");
    ck_assert(!sae_text_copy(copy, sizeof(copy), "abcdef", 4));
    ck_assert_str_eq(copy, "");
    ck_assert(sae_text_copy(copy, sizeof(copy), NULL, 0));
    ck_assert_str_eq(copy, "");
    ck_assert(!sae_text_copy(copy, sizeof(copy), "a\0b", 3));
    ck_assert_str_eq(copy, "");
    ck_assert(sae_text_copy(copy, 1, "", 0));
    ck_assert(!sae_text_copy(copy, 1, "a", 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, foreign_text_is_shown_in_harmless_letters, 0, COUNT(safe));
    tcase_add_test(tests, no_bytes_whatever_come_out_dangerous);
    tcase_add_test(tests, a_message_loses_only_what_is_dangerous);
    tcase_add_loop_test(tests, utf8_is_what_the_standard_says, 0, COUNT(utf8));
    tcase_add_test(tests, every_two_bytes_are_judged_right);
    tcase_add_test(tests, only_ascii_letters_change_their_case);
    tcase_add_test(tests, every_length_becomes_lower_case_and_no_byte_more);
    tcase_add_test(tests, a_copy_fits_whole_or_is_refused);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
