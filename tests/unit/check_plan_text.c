/* SPDX-License-Identifier: MIT */
/* Foreign text in a script: whatever it is, it stays text. The path of a sender in words.
 */
#include "plugins/report/plan/path.c"
#include "plugins/report/plan/text.c"

#include <stdlib.h>

#include "folder.h"

/* What PowerShell makes of one string in single quotes, whichever of its five quotes are
 * used; false unless the string is the whole text. */
static bool read_string(const char *text, char *ret, size_t cap)
{
    size_t len = 0;

    if (*text++ != '\'') {
        return false;
    }
    while (*text != '\0' && len + 1 < cap) {
        size_t quote = *text == '\''                                 ? 1
                       : is_typographic_quote(text, length_of(text)) ? 3
                                                                     : 0;

        if (quote == 0) {
            ret[len++] = *text++;
        } else if (text[quote] == '\'' || is_typographic_quote(text + quote, 3)) {
            ret[len++] = '\'';
            text += quote + (text[quote] == '\'' ? 1 : 3);
        } else {
            ret[len] = '\0';
            return text[quote] == '\0';
        }
    }
    return false;
}

static void is_quoted_as(const char *text, const char *want)
{
    struct sae_buf out;
    char back[512];

    sae_buf_init(&out, 4096);
    sae_plan_quote(&out, text);
    ck_assert_int_eq(sae_buf_status(&out), SAE_OK);
    ck_assert_msg(read_string(sae_buf_text(&out), back, sizeof(back)),
                  "no one string: %s", sae_buf_text(&out));
    ck_assert_str_eq(back, want);
    for (const char *p = sae_buf_text(&out); *p != '\0'; p++) {
        ck_assert_msg(*p >= 0x20 && *p < 0x7f, "byte %#x in %s", (unsigned char)*p,
                      sae_buf_text(&out));
    }
    sae_buf_done(&out);
}

START_TEST(every_byte_that_is_no_printable_ascii_becomes_a_question_mark)
{
    const char text[] = {'a', (char)_i, 'b', '\0'};
    char want[] = {'a', '?', 'b', '\0'};

    if (_i >= 0x20 && _i < 0x7f) {
        want[1] = (char)_i;
    }
    is_quoted_as(text, want);
}
END_TEST

static const char *const quoting[][2] = {
    {"", ""},
    {"'", "'"},
    {"''", "''"},
    {"o'neill@contoso.example", "o'neill@contoso.example"},
    {"'; Remove-Mailbox -Identity 'x", "'; Remove-Mailbox -Identity 'x"},
    {"\xe2\x80\x98; Remove-Mailbox \xe2\x80\x99", "'; Remove-Mailbox '"},
    {"\xe2\x80\x9a\xe2\x80\x9b", "''"},
    {"\xe2\x80\x97\xe2\x80\x9c", "??"}, /* next to the four quotes */
    {"'\xe2\x80\x98'\xe2\x80\x99", "''''"},
    {"\xc3\x91\xd0\x91", "??"}, /* 0x91 is a quote in Windows-1252 */
    {"a\nb\r\nc\x1b[2J", "a?b??c?[2J"},
    {"\xe2\x80\xa8\xe2\x80\xa9\xc2\x85", "???"}, /* line and paragraph separators, NEL */
    {"\xe2\x80", "??"},                          /* a quote that is cut off */
    {"\xe2\x80'", "??"
                  "'"},
    {"\x91\x92", "??"},
    {"\xf0\x9f\x94\x92", "?"},
    {"$(id)`n\"#>", "$(id)`n\"#>"}, /* mean nothing between single quotes */
};

START_TEST(a_quoted_text_is_one_string_whatever_it_holds)
{
    is_quoted_as(quoting[_i][0], quoting[_i][1]);
}
END_TEST

START_TEST(random_bytes_are_one_string)
{
    char text[65], back[512];
    struct sae_buf out;

    srand(7);
    sae_buf_init(&out, 4096);
    for (int i = 0; i < 20000; i++) {
        static const char parts[] = "'\xe2\x80\x98\x99\x9a\x9b;\n\"$`#<>\xc3\x91z";
        size_t len = (size_t)(rand() % 64);

        for (size_t k = 0; k < len; k++) {
            text[k] = parts[(size_t)rand() % (sizeof(parts) - 1)];
        }
        text[len] = '\0';
        sae_buf_clear(&out);
        sae_plan_quote(&out, text);
        ck_assert(read_string(sae_buf_text(&out), back, sizeof(back)));
    }
    sae_buf_done(&out);
}
END_TEST

START_TEST(a_comment_is_one_line_that_nothing_ends)
{
    struct sae_buf out;
    char text[200];

    sae_buf_init(&out, 4096);
    sae_plan_comment(&out, "  ", "a#>b\nRemove-Mailbox\r'\xe2\x80\xa8`$(id)");
    ck_assert_str_eq(sae_buf_text(&out), "  # a#?b?Remove-Mailbox?\?\?\?\?\?\?(id)\n");
    for (int c = 1; c < 256; c++) {
        snprintf(text, sizeof(text), "a%cb", c);
        sae_buf_clear(&out);
        sae_plan_comment(&out, "", text);
        ck_assert_uint_eq(strcspn(sae_buf_text(&out), "\n"), out.len - 1);
        ck_assert_ptr_null(strstr(sae_buf_text(&out), "#>"));
    }
    sae_buf_done(&out);
}
END_TEST

START_TEST(only_a_guid_is_a_guid)
{
    ck_assert(sae_plan_is_guid("6a0e1001-0000-4000-8000-00000000000A"));
    ck_assert(!sae_plan_is_guid(""));
    ck_assert(!sae_plan_is_guid("6a0e1001-0000-4000-8000-00000000000"));
    ck_assert(!sae_plan_is_guid("6a0e1001-0000-4000-8000-0000000000012"));
    ck_assert(!sae_plan_is_guid("6a0e1001-0000-4000-8000-00000000000g"));
    ck_assert(!sae_plan_is_guid("6a0e1001-0000-4000-8000-0000000000'0"));
    ck_assert(!sae_plan_is_guid("scanner@contoso.example"));
}
END_TEST

START_TEST(flags_are_what_powershell_calls_them)
{
    ck_assert_str_eq(sae_plan_word(SAE_FLAG_ENABLED), "false");
    ck_assert_str_eq(sae_plan_word(SAE_FLAG_DISABLED), "true");
    ck_assert_str_eq(sae_plan_word(SAE_FLAG_INHERIT), "null");
}
END_TEST

/* ---- what becomes of a sender ---------------------------------------------------------
 */

static const struct {
    const char *decision;
    bool silent;
    enum sae_plan_fate fate;
} fates[] = {
    {"", false, SAE_PLAN_STAYS},         {"", true, SAE_PLAN_STAYS},
    {"keep", false, SAE_PLAN_STAYS},     {"KEEP", true, SAE_PLAN_STAYS},
    {"oauth", false, SAE_PLAN_STAYS},    {"oauth", true, SAE_PLAN_STAYS},
    {"relay", false, SAE_PLAN_STAYS},    {"relay", true, SAE_PLAN_MOVED},
    {"hve", false, SAE_PLAN_STAYS},      {"Hve", true, SAE_PLAN_MOVED},
    {"retire", false, SAE_PLAN_RETIRES}, {"Retire", true, SAE_PLAN_RETIRES},
};

START_TEST(a_sender_stays_unless_somebody_decided_otherwise)
{
    ck_assert_int_eq(sae_plan_fate_of(fates[_i].decision, fates[_i].silent),
                     fates[_i].fate);
}
END_TEST

static struct sae_origin origin(unsigned char net, unsigned char host, int64_t last)
{
    return (struct sae_origin){.address = {.len = 4, .bytes = {192, 0, net, host}},
                               .last = last};
}

static const char *path_for(const char *decision, bool silent,
                            const struct sae_origin *origins, size_t count)
{
    static char text[SAE_PLAN_ABOUT];

    sae_plan_path(text, sizeof(text), decision, silent, origins, count, 100);
    return text;
}

START_TEST(the_path_is_what_the_list_says_else_a_suggestion_with_a_reason)
{
    const struct sae_origin one[] = {origin(2, 1, 200), origin(2, 9, 150),
                                     origin(7, 1, 99)};
    const struct sae_origin three[] = {origin(2, 1, 200), origin(3, 1, 200),
                                       origin(4, 1, 100), origin(3, 2, 100)};

    ck_assert_str_eq(path_for("OAuth", false, one, 3),
                     "path: OAuth, as the allow list says");
    ck_assert_str_eq(path_for("relay", false, three, 4),
                     "path: relay, as the allow list says");
    ck_assert_str_eq(path_for("retire", true, NULL, 0),
                     "path: retire, as the allow list says");
    ck_assert_ptr_nonnull(
        strstr(path_for("hve", false, one, 3), "HVE (High Volume Email"));
    ck_assert_ptr_nonnull(strstr(path_for("keep", true, NULL, 0), "path: keep, as"));
    ck_assert_ptr_nonnull(
        strstr(path_for("", false, one, 3), "relay, for it always comes"));
    ck_assert_ptr_nonnull(
        strstr(path_for("", false, three, 4), "OAuth, for it comes from 3"));
    ck_assert_ptr_nonnull(strstr(path_for("", false, NULL, 0), "is not known where"));
    ck_assert_ptr_nonnull(strstr(path_for("", true, one, 3), "retire? no sign-in"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan_text");
    TCase *tests = tcase_create("plan_text");

    tcase_add_loop_test(
        tests, every_byte_that_is_no_printable_ascii_becomes_a_question_mark, 1, 256);
    tcase_add_loop_test(tests, a_quoted_text_is_one_string_whatever_it_holds, 0,
                        COUNT(quoting));
    tcase_add_test(tests, random_bytes_are_one_string);
    tcase_add_test(tests, a_comment_is_one_line_that_nothing_ends);
    tcase_add_test(tests, only_a_guid_is_a_guid);
    tcase_add_test(tests, flags_are_what_powershell_calls_them);
    tcase_add_loop_test(tests, a_sender_stays_unless_somebody_decided_otherwise, 0,
                        COUNT(fates));
    tcase_add_test(tests, the_path_is_what_the_list_says_else_a_suggestion_with_a_reason);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
