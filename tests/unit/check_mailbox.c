/* SPDX-License-Identifier: MIT */
/* Three states of a flag, and the many ways in which PowerShell writes a mailbox. */
#include <strings.h>

#include "fetch/exchange_private.h"
#include "fetch/mailbox.h"
#include "folder.h"

enum { MOST = 8 };

static struct {
    struct sae_mailbox boxes[MOST];
    char names[MOST][512];
    size_t count;
    struct sae_rows_facts facts;
    struct sae_err err;
} got;

static enum sae_status take(void *arg, const struct sae_rows_row *row,
                            struct sae_err *err)
{
    struct sae_mailbox *box = &got.boxes[got.count];
    enum sae_status status = sae_mailbox_read(row, arg, box, err);

    if (status == SAE_OK) {
        ck_assert_uint_lt(got.count, MOST);
        snprintf(got.names[got.count], sizeof(got.names[0]), "%s", box->names);
        box->names = NULL;
        box->row = sae_mailbox_digest(row);
        got.count++;
    }
    return status;
}

static enum sae_status read_text(const char *text)
{
    struct sae_rows *rows;
    struct sae_buf names;
    enum sae_status status;

    sae_buf_init(&names, SAE_ROWS_ROW);
    rows = sae_rows_new(sae_mailbox_names, sae_mailbox_name_count, take, &names);
    ck_assert_ptr_nonnull(rows);
    memset(&got, 0, sizeof(got));
    status = sae_rows_feed(rows, text, strlen(text), &got.err);
    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &got.facts, &got.err);
    }
    sae_rows_free(rows);
    sae_buf_done(&names);
    return status;
}

static void is_read(const char *text, size_t count)
{
    ck_assert_msg(read_text(text) == SAE_OK, "%s", got.err.text);
    ck_assert_uint_eq(got.count, count);
}

static const char *const formats[] = {"casmailbox_ps51.csv", "casmailbox_envelope.json",
                                      "casmailbox_ps51.json"};

START_TEST(every_export_gives_the_same_mailboxes)
{
    static const enum sae_flag flags[] = {SAE_FLAG_ENABLED, SAE_FLAG_DISABLED,
                                          SAE_FLAG_INHERIT};
    char *text = fixture(formats[_i]);

    is_read(text, 3);
    for (int i = 0; i < 3; i++) {
        char guid[SAE_GUID + 1];

        ck_assert_int_eq(got.boxes[i].flag, flags[i]);
        snprintf(guid, sizeof(guid), "6a0e1001-0000-4000-8000-00000000000%d", i + 1);
        ck_assert_str_eq(got.boxes[i].guid, guid);
        snprintf(guid, sizeof(guid), "6a0e0001-0000-4000-8000-00000000000%d", i + 1);
        ck_assert_str_eq(got.boxes[i].object_id, guid);
    }
    ck_assert_str_eq(got.boxes[0].address, "scanner@contoso.example");
    ck_assert_str_eq(got.names[0], "scan@contoso.example\n");
    ck_assert_int_eq(got.boxes[0].changed, instant("2026-11-20T08:00:00Z"));
    ck_assert_str_eq(got.names[2], "");
    ck_assert_int_eq(got.boxes[1].changed, 0);
    ck_assert_uint_ne(got.facts.fields & sae_mailbox_flag_field, 0);
    free(text);
}
END_TEST

static const struct {
    const char *value;
    enum sae_flag flag;
} flags[] = {
    {"true", SAE_FLAG_DISABLED},     {"false", SAE_FLAG_ENABLED},
    {"null", SAE_FLAG_INHERIT},      {"\"\"", SAE_FLAG_INHERIT},
    {"\"True\"", SAE_FLAG_DISABLED}, {"\"False\"", SAE_FLAG_ENABLED},
    {"\"WAHR\"", SAE_FLAG_UNKNOWN},  {"\"$null\"", SAE_FLAG_UNKNOWN},
    {"\"0\"", SAE_FLAG_UNKNOWN},     {"7", SAE_FLAG_UNKNOWN},
    {"0", SAE_FLAG_UNKNOWN},         {"{}", SAE_FLAG_UNKNOWN},
    {"\" \"", SAE_FLAG_UNKNOWN},     {"\"\\u0000\"", SAE_FLAG_UNKNOWN},
};

START_TEST(a_flag_is_open_closed_inherited_or_unknown)
{
    char text[256];

    snprintf(text, sizeof(text),
             "{\"PrimarySmtpAddress\":\"a@b.example\","
             "\"SmtpClientAuthenticationDisabled\":%s}\n",
             flags[_i].value);
    is_read(text, 1);
    ck_assert_int_eq(got.boxes[0].flag, flags[_i].flag);
}
END_TEST

START_TEST(a_list_where_a_flag_should_be_is_not_inherit)
{
    is_read("{\"PrimarySmtpAddress\":\"a@b.example\","
            "\"SmtpClientAuthenticationDisabled\":[]}",
            1);
    ck_assert_int_eq(got.boxes[0].flag, SAE_FLAG_UNKNOWN);
}
END_TEST

START_TEST(a_row_without_the_flag_is_unknown_not_inherited)
{
    is_read("[{\"PrimarySmtpAddress\":\"a@b.example\"},"
            "{\"PrimarySmtpAddress\":\"c@b.example\","
            "\"SmtpClientAuthenticationDisabled\":null}]",
            2);
    ck_assert_int_eq(got.boxes[0].flag, SAE_FLAG_UNKNOWN);
    ck_assert_int_eq(got.boxes[1].flag, SAE_FLAG_INHERIT);
}
END_TEST

static const char *const identities[][2] = {
    {"\"PrimarySmtpAddress\":\"A@B.example\",\"UserPrincipalName\":\"u@b.example\"",
     "a@b.example"},
    {"\"UserPrincipalName\":\"U@b.example\",\"Identity\":\"Ann\"", "u@b.example"},
    {"\"Identity\":\"Ann Rao\"", "ann rao"},
    {"\"Name\":\"N\",\"DisplayName\":\"D\"", "n"},
    {"\"Guid\":\"6A0E1001-0000-4000-8000-000000000001\"",
     "6a0e1001-0000-4000-8000-000000000001"},
    {"\"ExternalDirectoryObjectId\":\"6A0E1001-0000-4000-8000-000000000001\"",
     "6a0e1001-0000-4000-8000-000000000001"},
};

START_TEST(a_mailbox_is_called_by_the_best_name_it_has)
{
    char text[256];

    snprintf(text, sizeof(text), "{%s,\"SmtpClientAuthenticationDisabled\":null}",
             identities[_i][0]);
    is_read(text, 1);
    ck_assert_str_eq(got.boxes[0].address, identities[_i][1]);
}
END_TEST

START_TEST(a_row_that_names_no_mailbox_is_an_error)
{
    static const char *const rows[] = {
        "[{\"PrimarySmtpAddress\":\"a@b.example\"},{}]",
        "[{\"PrimarySmtpAddress\":\"a@b.example\"},{\"PrimarySmtpAddress\":\"\"}]",
        ("[{\"Guid\":\"6A0E1001-0000-4000-8000-000000000001\"},"
         "{\"Guid\":\"00000000-0000-0000-0000-000000000000\"}]"),
        "PrimarySmtpAddress,SmtpClientAuthenticationDisabled\na@b.example,\n,True\n"};

    ck_assert_int_eq(read_text(rows[_i]), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(got.err.text, "row 2 names no mailbox"));
}
END_TEST

START_TEST(a_row_that_does_not_fit_its_header_is_an_error)
{
    ck_assert_int_eq(read_text("PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"
                               "a@b.example,\nc@b.example\n"),
                     SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(got.err.text, "line 3"));
    ck_assert_int_eq(read_text("PrimarySmtpAddress,SmtpClientAuthenticationDisabled\n"
                               "a@b.example,,x\n"),
                     SAE_E_FORMAT);
}
END_TEST

START_TEST(a_name_that_cannot_be_kept_is_shown_safe)
{
    is_read("[{\"PrimarySmtpAddress\":\"a\\u0000<b>@c.example\"}]", 1);
    ck_assert_str_ne(got.boxes[0].address, "");
    ck_assert_ptr_null(strpbrk(got.boxes[0].address, "<>"));
}
END_TEST

/* Wherever a byte stands in an address, beginning, end and between the steps included. */
START_TEST(an_address_is_what_stands_between_separators_and_has_no_prefix)
{
    enum { LONGEST = 70 };
    static const char separators[] = " ,;{}";
    char word[LONGEST + 1], text[256], expected[LONGEST + 3];

    for (size_t len = 3; len <= LONGEST; len++) {
        for (size_t at = 1; at + 1 < len; at++) {
            memset(word, 'x', len);
            word[len] = '\0';
            word[0] = word[at] = separators[at % 5 == 4 ? 0 : at % 5];
            word[len - 1] = '@';
            snprintf(text, sizeof(text),
                     "{\"PrimarySmtpAddress\":\"a@b.example\",\"EmailAddresses\":\"%s\"}",
                     word);
            is_read(text, 1);
            snprintf(expected, sizeof(expected), "%s\n", word + at + 1);
            ck_assert_str_eq(got.names[0], expected);

            word[0] = 'x';
            word[at] = ':';
            snprintf(text, sizeof(text),
                     "{\"PrimarySmtpAddress\":\"a@b.example\",\"EmailAddresses\":[\"%s\","
                     "\"C%s@\"]}",
                     word, word + at + 1);
            is_read(text, 1);
            snprintf(expected, sizeof(expected), "c%s@\n", word + at + 1);
            ck_assert_str_eq(got.names[0], expected);
        }
    }
}
END_TEST

/* Each word of the list is a name that is read, and UserPrincipalName is the only further one. */
START_TEST(a_live_row_is_read_for_what_was_asked_for_and_the_user)
{
    const char *word = strchr(sae_exchange_list_select, '=') + 1;
    size_t words = 0;

    while (*word != '\0') {
        size_t len = strcspn(word, ","), i = 0;

        while (i < sae_mailbox_live_count &&
               (strlen(sae_mailbox_names[i].name) != len ||
                strncasecmp(sae_mailbox_names[i].name, word, len) != 0)) {
            i++;
        }
        ck_assert_msg(i < sae_mailbox_live_count, "%.*s is not read", (int)len, word);
        words++;
        word += len + (word[len] == ',' ? 1 : 0);
    }
    for (size_t i = 0; i < sae_mailbox_live_count; i++) {
        words += strcmp(sae_mailbox_names[i].name, "userprincipalname") == 0 ? 1 : 0;
    }
    ck_assert_uint_eq(words, sae_mailbox_live_count);
}
END_TEST

/* Two rows, and whether they are the same mailbox read again. */
#define ROW(more) "{\"PrimarySmtpAddress\":\"a@b.example\"," more "}"
#define ID_1 "\"6a0e1001-0000-4000-8000-000000000001\""
#define ID_2 "\"6a0e1001-0000-4000-8000-000000000002\""
#define AUTH "\"SmtpClientAuthenticationDisabled\":"
#define OBJECT "\"ExternalDirectoryObjectId\":"
#define MORE "\"EmailAddresses\":"
#define CHANGED "\"WhenChangedUTC\":"
static const struct {
    const char *one, *other;
    bool same;
} twins[] = {
    {ROW(AUTH "true"), ROW(AUTH "true"), true},
    {ROW(AUTH "true"), "{" AUTH "true,\"PrimarySmtpAddress\":\"a@b.example\"}", true},
    {ROW(AUTH "true"), ROW(AUTH "true,\"PopEnabled\":false"), true},
    {ROW(CHANGED "\"2026-01-01T00:00:00Z\""), ROW(CHANGED "\"2026-02-01T00:00:00Z\""), true},
    {ROW(AUTH "true"), ROW(AUTH "false"), false},
    {ROW(AUTH "null"), ROW(AUTH "false"), false},
    {ROW(AUTH "null"), ROW("\"x\":null"), false},
    {ROW(AUTH "true"), ROW(AUTH "\"True\""), false},
    {ROW(AUTH "\"True\""), ROW(AUTH "\"true\""), false},
    {ROW(AUTH "0"), ROW(AUTH "\"0\""), false},
    {ROW(AUTH "[]"), ROW(AUTH "{}"), false},
    {ROW("\"Guid\":" ID_1), ROW("\"Guid\":" ID_2), false},
    {ROW("\"Guid\":" ID_1), ROW(OBJECT ID_1), false},
    {ROW(OBJECT ID_1), ROW(OBJECT ID_2), false},
    {ROW(MORE "[\"a@b\",\"c@d\"]"), ROW(MORE "[\"a@b\",\"c@e\"]"), false},
    {ROW(MORE "[\"a@b\",\"c@d\"]"), ROW(MORE "[\"a@b\"]"), false},
    {ROW(MORE "[\"a@b\"]"), ROW(MORE "\"a@b\""), false},
    {ROW(MORE "[\"a@b\"]"), ROW("\"UserPrincipalName\":\"a@b\""), false},
    {ROW(MORE "[]"), ROW("\"x\":[]"), false},
    {"{\"PrimarySmtpAddress\":\"a@b\"}", "{\"PrimarySmtpAddress\":\"A@b\"}", false},
    {"{\"Identity\":\"a@b\"}", "{\"Identity\":\"a@c\"}", false},
    {"{\"Identity\":\"a\\u0000b\"}", "{\"Identity\":\"a\\u0000c\"}", false},
    {"{\"Identity\":\"a\\u0000b\"}", "{\"Identity\":\"a?b\"}", false},
};

START_TEST(all_that_is_read_of_a_row_but_the_time_of_its_change_is_in_its_digest)
{
    uint64_t one;

    is_read(twins[_i].one, 1);
    one = got.boxes[0].row;
    is_read(twins[_i].other, 1);
    ck_assert((one == got.boxes[0].row) == twins[_i].same);
}
END_TEST

static bool knows_all(void *arg, uint64_t digest)
{
    (void)arg;
    return digest != 0;
}

START_TEST(a_row_that_does_not_fit_its_header_is_never_known)
{
    static const struct sae_mailbox_sink sink = {.known = knows_all};
    struct sae_mailbox_reader reader;
    struct sae_rows_row row = {.line = 7};
    struct sae_err err;

    for (size_t i = 0; i < SAE_ROWS_FIELDS; i++) {
        row.cell[i].text = "";
    }
    sae_mailbox_reader_init(&reader, &sink);
    ck_assert_int_eq(sae_mailbox_take(&reader, &row, &err), SAE_OK);
    row.ragged = true;
    ck_assert_int_eq(sae_mailbox_take(&reader, &row, &err), SAE_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "line 7"));
    sae_mailbox_reader_done(&reader);
}
END_TEST

static Suite *mailbox_suite(void)
{
    Suite *suite = suite_create("mailbox");
    TCase *tc = tcase_create("mailbox");

    tcase_add_loop_test(tc, every_export_gives_the_same_mailboxes, 0, COUNT(formats));
    tcase_add_loop_test(tc, a_flag_is_open_closed_inherited_or_unknown, 0, COUNT(flags));
    tcase_add_test(tc, a_list_where_a_flag_should_be_is_not_inherit);
    tcase_add_test(tc, a_row_without_the_flag_is_unknown_not_inherited);
    tcase_add_loop_test(tc, a_mailbox_is_called_by_the_best_name_it_has, 0,
                        COUNT(identities));
    tcase_add_loop_test(tc, a_row_that_names_no_mailbox_is_an_error, 0, 4);
    tcase_add_test(tc, a_row_that_does_not_fit_its_header_is_an_error);
    tcase_add_test(tc, a_name_that_cannot_be_kept_is_shown_safe);
    tcase_add_test(tc, a_live_row_is_read_for_what_was_asked_for_and_the_user);
    tcase_add_test(tc, an_address_is_what_stands_between_separators_and_has_no_prefix);
    tcase_add_loop_test(
        tc, all_that_is_read_of_a_row_but_the_time_of_its_change_is_in_its_digest, 0,
        COUNT(twins));
    tcase_add_test(tc, a_row_that_does_not_fit_its_header_is_never_known);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(mailbox_suite());
}
