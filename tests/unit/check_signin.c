/* SPDX-License-Identifier: MIT */
/* One sign-in in the formats of many exports: it must be the same sign-in. */
#include "address.h"
#include "base/hash.h"
#include "base/text.h"
#include "fetch/signin.h"
#include "folder.h"

enum { MOST = 16 };

static struct {
    struct sae_signin signins[MOST];
    char tenant[SAE_GUID + 1];
    size_t count;
    int answers[SAE_SIGNIN_AMBIGUOUS + 1];
    struct sae_rows_facts facts;
    struct sae_err err;
} got;

static enum sae_status take(void *arg, const struct sae_rows_row *row,
                            struct sae_err *err)
{
    struct sae_signin signin;
    struct sae_signin_tenants tenants;
    enum sae_signin_answer answer = sae_signin_read(row, &signin, &tenants);
    const char *tenant = tenants.id[0];

    (void)arg;
    (void)err;
    got.answers[answer]++;
    if (tenant[0] != '\0') {
        snprintf(got.tenant, sizeof(got.tenant), "%s", tenant);
    }
    if (answer == SAE_SIGNIN_SMTP) {
        ck_assert_uint_lt(got.count, MOST);
        got.signins[got.count++] = signin;
    }
    return SAE_OK;
}

/* Reads a body in pieces of `step` bytes. */
static enum sae_status read_text(const char *text, size_t step)
{
    size_t len = strlen(text);
    struct sae_rows *rows =
        sae_rows_new(sae_signin_names, sae_signin_name_count, take, NULL);
    enum sae_status status = SAE_OK;

    ck_assert_ptr_nonnull(rows);
    memset(&got, 0, sizeof(got));
    for (size_t at = 0; at < len && status == SAE_OK; at += step) {
        status =
            sae_rows_feed(rows, text + at, step < len - at ? step : len - at, &got.err);
    }
    if (status == SAE_OK) {
        status = sae_rows_finish(rows, &got.facts, &got.err);
    }
    sae_rows_free(rows);
    return status;
}

static void is_address(const struct sae_signin *signin, const char *want)
{
    char text[SAE_ADDRESS_TEXT];

    ck_assert_str_eq(sae_address_text(text, sizeof(text), &signin->address), want);
}

/* ---- the formats ---------------------------------------------------------------------
 */

static const char *const formats[] = {"graph_page.json",
                                      "graph_array.json",
                                      "graph_lines.json",
                                      "powershell.json",
                                      "diagnostic_records.json",
                                      "diagnostic_lines.json",
                                      "portal.csv",
                                      "analytics.csv"};

START_TEST(every_export_gives_the_same_sign_ins)
{
    static const size_t steps[] = {65536, 1, 7, 100};
    static const char first[] = "0f6a1c52-7f3e-4a55-9b0d-3c1f5e0a1100",
                      second[] = "5c8e2d31-2c0b-4f7b-8e07-77aa10b21100";
    char *text = fixture(formats[_i]);
    const char *start = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;

    for (int s = 0; s < COUNT(steps); s++) {
        const struct sae_signin *a = &got.signins[0], *b = &got.signins[1];

        ck_assert_msg(read_text(start, steps[s]) == SAE_OK, "%s: %s", formats[_i],
                      got.err.text);
        ck_assert_uint_eq(got.count, 2);
        ck_assert_int_eq(got.answers[SAE_SIGNIN_OTHER], 1);
        ck_assert_int_eq(got.answers[SAE_SIGNIN_UNPARSED], 0);
        ck_assert_int_eq(got.answers[SAE_SIGNIN_NOT],
                         strncmp(formats[_i], "diagnostic", 10) == 0 ? 1 : 0);
        ck_assert_uint_eq(got.facts.fields & sae_signin_needed, sae_signin_needed);
        ck_assert_str_eq(got.tenant, "8d1f2c3b-0000-4000-8000-000000000001");
        ck_assert_uint_eq(a->id, sae_hash64(first, sizeof(first) - 1));
        ck_assert_int_eq(a->time, instant("2026-11-22T08:14:07.447Z"));
        ck_assert_int_eq(a->code, 50126);
        ck_assert_str_eq(a->user, "6a0e0001-0000-4000-8000-000000000002");
        ck_assert_str_eq(a->upn, "scan2@contoso.example");
        ck_assert_str_eq(a->shown, "scan2@contoso.example");
        ck_assert_str_eq(a->country, "VN");
        ck_assert_str_eq(a->agent, "BAV2ROPC");
        is_address(a, "2001:db8:9::25");
        ck_assert_uint_eq(b->id, sae_hash64(second, sizeof(second) - 1));
        ck_assert_int_eq(b->code, 0);
        ck_assert_int_eq(b->time, instant("2026-11-22T08:14:05Z"));
        ck_assert_str_eq(b->country, "FI");
        is_address(b, "198.51.100.77");
    }
    free(text);
}
END_TEST

/* ---- one row -------------------------------------------------------------------------
 */

/* A Graph row; NULL leaves the member out, else its value as JSON. */
static enum sae_signin_answer read_row(const char *id, const char *time, const char *code,
                                       const char *client, const char *more)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 20);
    sae_buf_printf(
        &buf, "[{%s%s,%s%s,%s%s,%s%s,%s}]",
        id == NULL ? "\"a\":1" : "\"id\":", id == NULL ? "" : id,
        time == NULL ? "\"b\":1" : "\"createdDateTime\":", time == NULL ? "" : time,
        code == NULL ? "\"c\":1" : "\"status\":", code == NULL ? "" : code,
        client == NULL ? "\"d\":1" : "\"clientAppUsed\":", client == NULL ? "" : client,
        more == NULL ? "\"e\":1" : more);
    ck_assert_msg(read_text(sae_buf_text(&buf), 65536) == SAE_OK, "%s", got.err.text);
    sae_buf_done(&buf);
    for (int a = 0; a <= SAE_SIGNIN_AMBIGUOUS; a++) {
        if (got.answers[a] == 1) {
            return (enum sae_signin_answer)a;
        }
    }
    ck_abort_msg("no answer");
    return SAE_SIGNIN_NOT;
}

#define ID "\"r1\""
#define TIME "\"2026-11-22T08:14:07Z\""
#define CODE "{\"errorCode\":50126}"
#define SMTP "\"Authenticated SMTP\""

static const struct {
    const char *id, *time, *code, *client;
    enum sae_signin_answer answer;
} rows[] = {
    {ID, TIME, CODE, SMTP, SAE_SIGNIN_SMTP},
    {ID, TIME, CODE, "\"SMTP\"", SAE_SIGNIN_SMTP},
    {ID, TIME, CODE, "\"authenticated smtp\"", SAE_SIGNIN_SMTP},
    {ID, TIME, CODE, "\"Other clients\"", SAE_SIGNIN_OTHER},
    {ID, TIME, CODE, "\"IMAP4\"", SAE_SIGNIN_OTHER},
    {ID, TIME, CODE, "\"SMTP \"", SAE_SIGNIN_OTHER},
    {ID, TIME, CODE, "\"\"", SAE_SIGNIN_BLANK},
    {ID, TIME, CODE, "null", SAE_SIGNIN_BLANK},
    {ID, TIME, CODE, "7", SAE_SIGNIN_UNPARSED},
    {ID, TIME, CODE, "[\"SMTP\"]", SAE_SIGNIN_UNPARSED},
    {ID, TIME, CODE, NULL, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":\"50126\"}", SMTP, SAE_SIGNIN_SMTP},
    {ID, TIME, "{\"errorCode\":2147483647}", SMTP, SAE_SIGNIN_SMTP},
    {ID, TIME, "{\"errorCode\":2147483648}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":-1}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":50126.5}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":\"\"}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":null}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":false}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{\"errorCode\":{}}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "{}", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, "\"Success\"", SMTP, SAE_SIGNIN_UNPARSED},
    {ID, TIME, NULL, SMTP, SAE_SIGNIN_UNPARSED},
    {NULL, TIME, CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {"\"\"", TIME, CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {"null", TIME, CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {"17", TIME, CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {"\"a\\u0000b\"", TIME, CODE, SMTP, SAE_SIGNIN_SMTP},
    {ID, NULL, CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {ID, "null", CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {ID, "\"\"", CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {ID, "1795335331", CODE, SMTP, SAE_SIGNIN_UNPARSED},
    {ID, "\"2026-11-22T08:14:07\"", CODE, SMTP, SAE_SIGNIN_AMBIGUOUS},
    {ID, "\"3/12/2026 7:22:01 AM\"", CODE, SMTP, SAE_SIGNIN_AMBIGUOUS},
    {ID, "\"/Date(1795335331123)/\"", CODE, SMTP, SAE_SIGNIN_SMTP},
};

START_TEST(a_row_counts_is_passed_over_or_is_odd)
{
    ck_assert_int_eq(
        read_row(rows[_i].id, rows[_i].time, rows[_i].code, rows[_i].client, NULL),
        rows[_i].answer);
}
END_TEST

static const struct {
    const char *category;
    enum sae_signin_answer answer;
} categories[] = {
    {"SignInLogs", SAE_SIGNIN_SMTP}, {"NonInteractiveUserSignInLogs", SAE_SIGNIN_SMTP},
    {"AuditLogs", SAE_SIGNIN_NOT},   {"ProvisioningLogs", SAE_SIGNIN_NOT},
    {"RiskyUsers", SAE_SIGNIN_NOT},
};

START_TEST(other_logs_of_a_diagnostic_export_are_passed_over)
{
    char more[64];

    snprintf(more, sizeof(more), "\"category\":\"%s\"", categories[_i].category);
    ck_assert_int_eq(read_row(ID, TIME, CODE, SMTP, more), categories[_i].answer);
    if (categories[_i].answer == SAE_SIGNIN_NOT) {
        ck_assert_int_eq(read_row(NULL, NULL, NULL, NULL, more), SAE_SIGNIN_NOT);
    }
}
END_TEST

START_TEST(a_blank_code_is_a_success_only_where_the_portal_says_so)
{
    static const char *const words[] = {"Success", "success", "Failure", "Interrupted",
                                        ""};
    char text[256];

    snprintf(text, sizeof(text),
             "Request ID,Date (UTC),Client app,Sign-in error code,Status\n"
             "r,2026-11-22T08:14:07Z,Authenticated SMTP,,%s\n",
             words[_i]);
    ck_assert_int_eq(read_text(text, 65536), SAE_OK);
    ck_assert_int_eq(got.answers[SAE_SIGNIN_SMTP], _i < 2 ? 1 : 0);
    ck_assert_int_eq(got.answers[SAE_SIGNIN_UNPARSED], _i < 2 ? 0 : 1);
    if (_i < 2) {
        ck_assert_int_eq(got.signins[0].code, 0);
    }
}
END_TEST

START_TEST(a_row_without_the_code_is_no_success_whatever_the_portal_says)
{
    ck_assert_int_eq(read_text("Request ID,Date (UTC),Client app,Status\n"
                               "r,2026-11-22T08:14:07Z,Authenticated SMTP,Success\n",
                               65536),
                     SAE_OK);
    ck_assert_int_eq(got.answers[SAE_SIGNIN_UNPARSED], 1);
}
END_TEST

static const char *const addresses[][2] = {
    {"203.0.113.5", "203.0.113.5"},
    {"203.0.113.5:51000", "203.0.113.5"},
    {"[2001:db8::1]:443", "2001:db8::1"},
    {"[2001:DB8:0:0::1]", "2001:db8::1"},
    {"2001:0db8:0000::0001", "2001:db8::1"},
    {"::ffff:203.0.113.5", "203.0.113.5"},
    {"", ""},
    {"unknown", ""},
    {"203.0.113.500", ""},
};

START_TEST(an_address_is_canonical_without_port_and_brackets)
{
    char more[128];

    snprintf(more, sizeof(more), "\"ipAddress\":\"%s\"", addresses[_i][0]);
    ck_assert_int_eq(read_row(ID, TIME, CODE, SMTP, more), SAE_SIGNIN_SMTP);
    is_address(&got.signins[0], addresses[_i][1]);
}
END_TEST

static const char *const countries[][2] = {
    {"\"location\":{\"countryOrRegion\":\"fi\"}", "FI"},
    {"\"location\":{\"countryOrRegion\":null}", ""},
    {"\"location\":{\"countryOrRegion\":\"Finland\"}", ""},
    {"\"location\":{\"countryOrRegion\":\"1A\"}", ""},
    {"\"location\":\"Turku, Varsinais-Suomi, FI\"", "FI"},
    {"\"location\":\"A, B\"", ""},
    {"\"location\":\"SE\"", "SE"},
    {"\"location\":\"\"", ""},
    {"\"location\":{}", ""},
};

START_TEST(a_country_is_two_letters_or_none)
{
    ck_assert_int_eq(read_row(ID, TIME, CODE, SMTP, countries[_i][0]), SAE_SIGNIN_SMTP);
    ck_assert_str_eq(got.signins[0].country, countries[_i][1]);
}
END_TEST

/* ---- users ---------------------------------------------------------------------------
 */

static const struct {
    const char *members, *user, *upn;
} users[] = {
    {"\"userId\":\"6A0E0001-0000-4000-8000-00000000000A\",\"userPrincipalName\":\"A@B."
     "example\"",
     "6a0e0001-0000-4000-8000-00000000000a", "a@b.example"},
    {"\"userId\":\"00000000-0000-0000-0000-000000000000\","
     "\"userPrincipalName\":\"Ann@B.Example\"",
     "ann@b.example", "ann@b.example"},
    {"\"userId\":\"\",\"userPrincipalName\":\"ann@b.example\"", "ann@b.example",
     "ann@b.example"},
    {"\"userId\":null,\"userPrincipalName\":\"ann@b.example\"", "ann@b.example",
     "ann@b.example"},
    {"\"userId\":\"not a guid\",\"userPrincipalName\":\"ann@b.example\"", "ann@b.example",
     "ann@b.example"},
    {"\"userId\":\"6a0e0001-0000-4000-8000-00000000000a\"",
     "6a0e0001-0000-4000-8000-00000000000a", ""},
    {"\"userPrincipalName\":\"[OK] <img src=x>|a=1;\\\\c$(id)\"",
     "[ok] <img src=x>|a=1;\\c$(id)", "[ok] <img src=x>|a=1;\\c$(id)"},
};

START_TEST(a_user_is_its_object_id_else_its_lower_case_name)
{
    ck_assert_int_eq(read_row(ID, TIME, CODE, SMTP, users[_i].members), SAE_SIGNIN_SMTP);
    ck_assert_str_eq(got.signins[0].user, users[_i].user);
    ck_assert_str_eq(got.signins[0].upn, users[_i].upn);
}
END_TEST

static void read_name(const char *name, struct sae_signin *signin)
{
    struct sae_buf buf;

    sae_buf_init(&buf, 1 << 20);
    sae_buf_printf(&buf, "\"userPrincipalName\":\"%s\"", name);
    ck_assert_int_eq(read_row(ID, TIME, CODE, SMTP, sae_buf_text(&buf)), SAE_SIGNIN_SMTP);
    sae_buf_done(&buf);
    *signin = got.signins[0];
}

START_TEST(hostile_names_are_told_apart_and_shown_safe)
{
    static char large[5][65537]; /* 64 KB, 64 KB with another end, 4096, 321, 320 */
    const char *names[] = {"a\\u0000b",
                           "a\\u0000c",
                           "\\ud800",
                           "\\udc00x",
                           "",
                           large[0],
                           large[1],
                           large[2],
                           large[3],
                           large[4],
                           "[OK] <img src=x>|a=1;\\\\c$(id)",
                           "\xc3\xa4\xc3\xb6@x.example",
                           "x`id`'\\\"{}%s%n\\r\\n"};
    struct sae_signin seen[COUNT(names)];

    for (int i = 0; i < 5; i++) {
        static const size_t lengths[] = {65535, 65535, 4096, 321, 320};

        memset(large[i], 'x', lengths[i]);
    }
    large[1][65534] = 'y';
    for (int i = 0; i < COUNT(names); i++) {
        read_name(names[i], &seen[i]);
        ck_assert_uint_eq(strspn(seen[i].shown,
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789@._+:?~-"),
                          strlen(seen[i].shown));
        ck_assert_uint_le(strlen(seen[i].shown), SAE_TEXT_SHOWN);
        ck_assert_str_ne(seen[i].user, "");
        for (int j = 0; j < i; j++) {
            ck_assert_msg(strcmp(seen[i].user, seen[j].user) != 0, "%d counts as %d", i,
                          j);
        }
    }
    ck_assert_uint_eq(strlen(seen[9].upn), 320);
    ck_assert_str_eq(seen[8].upn, "");
    ck_assert_int_eq(seen[8].user[0], '#');
    ck_assert_int_eq(seen[0].user[0], '#');
}
END_TEST

START_TEST(the_same_hostile_name_is_the_same_user)
{
    struct sae_signin first, second;

    read_name("a\\u0000b", &first);
    read_name("a\\u0000b", &second);
    ck_assert_str_eq(first.user, second.user);
}
END_TEST

START_TEST(a_guid_is_lower_case_without_braces_and_never_zero)
{
    char guid[SAE_GUID + 1];

    sae_guid_read("{6A0E0001-0000-4000-8000-00000000000A}", 38, guid);
    ck_assert_str_eq(guid, "6a0e0001-0000-4000-8000-00000000000a");
    sae_guid_read("00000000-0000-0000-0000-000000000000", 36, guid);
    ck_assert_str_eq(guid, "");
    sae_guid_read("6a0e0001-0000-4000-8000_00000000000a", 36, guid);
    ck_assert_str_eq(guid, "");
    sae_guid_read("6a0e0001-0000-4000-8000-00000000000\0", 36, guid);
    ck_assert_str_eq(guid, "");
    sae_guid_read("6a0e0001-0000-4000-8000-00000000000ab", 37, guid);
    ck_assert_str_eq(guid, "");
}
END_TEST

START_TEST(every_byte_at_every_place_of_a_guid_is_judged)
{
    static const char good[] = "6a0E0001-0b00-4c00-8D00-00000000000f";
    char text[SAE_GUID + 1], guid[SAE_GUID + 1];

    for (size_t at = 0; at < SAE_GUID; at++) {
        for (int c = 0; c < 256; c++) {
            bool dash = good[at] == '-';
            bool fits = dash ? c == '-' : (c > 0 && strchr("0123456789abcdefABCDEF", c) != NULL);

            memcpy(text, good, sizeof(text));
            text[at] = (char)c;
            sae_guid_read(text, SAE_GUID, guid);
            ck_assert_msg((guid[0] != '\0') == fits, "byte %d at %zu", c, at);
            ck_assert_msg(!fits || strcasecmp(guid, text) == 0, "byte %d at %zu", c, at);
            ck_assert_ptr_null(strpbrk(guid, "ABCDEF"));
        }
    }
}
END_TEST

static Suite *signin_suite(void)
{
    Suite *suite = suite_create("signin");
    TCase *tc = tcase_create("signin");

    tcase_add_loop_test(tc, every_export_gives_the_same_sign_ins, 0, COUNT(formats));
    tcase_add_loop_test(tc, a_row_counts_is_passed_over_or_is_odd, 0, COUNT(rows));
    tcase_add_loop_test(tc, other_logs_of_a_diagnostic_export_are_passed_over, 0,
                        COUNT(categories));
    tcase_add_loop_test(tc, a_blank_code_is_a_success_only_where_the_portal_says_so, 0,
                        5);
    tcase_add_test(tc, a_row_without_the_code_is_no_success_whatever_the_portal_says);
    tcase_add_loop_test(tc, an_address_is_canonical_without_port_and_brackets, 0,
                        COUNT(addresses));
    tcase_add_loop_test(tc, a_country_is_two_letters_or_none, 0, COUNT(countries));
    tcase_add_loop_test(tc, a_user_is_its_object_id_else_its_lower_case_name, 0,
                        COUNT(users));
    tcase_add_test(tc, hostile_names_are_told_apart_and_shown_safe);
    tcase_add_test(tc, the_same_hostile_name_is_the_same_user);
    tcase_add_test(tc, a_guid_is_lower_case_without_braces_and_never_zero);
    tcase_add_test(tc, every_byte_at_every_place_of_a_guid_is_judged);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(signin_suite());
}
