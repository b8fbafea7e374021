/* SPDX-License-Identifier: MIT */
/* The list of mailboxes from Exchange: read page by page to its end, or not at all. */
#include "list_script.h"

/* ---- mailboxes --------------------------------------------------------------------- */

START_TEST(one_page_may_be_all)
{
    answer_text(
        "{\"value\":["
        "{\"PrimarySmtpAddress\":\"a@b.example\"," FLAG "true},"
        "{\"PrimarySmtpAddress\":\"b@b.example\"," FLAG "false},"
        "{\"PrimarySmtpAddress\":\"c@b.example\"," FLAG "null},"
        "{\"PrimarySmtpAddress\":\"d@b.example\"},"
        "{\"PrimarySmtpAddress\":\"e@b.example\"," FLAG "\"True\"},"
        "{\"PrimarySmtpAddress\":\"f@b.example\"," FLAG "\"False\"},"
        "{\"Guid@data.type\":\"System.Guid\","
        "\"Guid\":\"6A0E1001-0000-4000-8000-000000000001\","
        "\"PrimarySmtpAddress\":\"G@b.example\",\"EmailAddresses\":[\"SMTP:g@b.example\","
        "\"smtp:h@b.example\"],\"WhenChangedUTC\":\"2026-10-02T06:11:09.0000000+00:"
        "00\"," FLAG "0}]}");
    boxes_are_read(7);
    ck_assert_int_eq(sunk.flags[0], SAE_FLAG_DISABLED);
    ck_assert_int_eq(sunk.flags[1], SAE_FLAG_ENABLED);
    ck_assert_int_eq(sunk.flags[2], SAE_FLAG_INHERIT);
    ck_assert_int_eq(sunk.flags[3], SAE_FLAG_UNKNOWN);
    ck_assert_int_eq(sunk.flags[4], SAE_FLAG_DISABLED);
    ck_assert_int_eq(sunk.flags[5], SAE_FLAG_ENABLED);
    ck_assert_int_eq(sunk.flags[6], SAE_FLAG_UNKNOWN);
    ck_assert_str_eq(sunk.last, "g@b.example");
    ck_assert_str_eq(sunk.names, "h@b.example\n");
    ck_assert_int_eq(sunk.changed, instant("2026-10-02T06:11:09Z"));
    ck_assert_str_eq(sunk.log, "braaaaaaak");
    ck_assert_uint_eq(script.asked_count, 1);
    ck_assert_str_eq(script.asked[0].url, API SELECT);
    ck_assert_str_eq(script.asked[0].body, BODY);
    ck_assert_int_eq(script.asked[0].patience, 16 * SAE_MINUTE);
    headers_are_complete(0, ANCHOR("APP"));
}
END_TEST

#define NAMELESS "{\"Guid\":\"6a0e1001-0000-4000-8000-000000000001\"," FLAG "true}"

START_TEST(a_row_that_is_known_is_not_read)
{
    answer_text("{\"value\":[" MAILBOX("a", "true") "," MAILBOX("a", "true") ","
                MAILBOX("a", "false") "," MAILBOX("a", "true") "]}");
    sunk.knows = true;
    boxes_are_read(4);
    ck_assert_str_eq(sunk.log, "bra=aak");
}
END_TEST

/* Nobody keeps lists of anything else than mailboxes, so a known row is a mailbox. */
START_TEST(a_row_without_a_name_is_a_mailbox_only_if_it_is_known)
{
    answer_text("{\"value\":[" NAMELESS "," NAMELESS "]}");
    if (_i == 0) {
        boxes_fail(SAE_E_FORMAT, "not a list of mailboxes");
    } else {
        sunk.knows = true;
        boxes_are_read(2);
        ck_assert_str_eq(sunk.log, "bra=k");
    }
}
END_TEST

enum { LONG_BODY = 20000, PAGES = 100 };

START_TEST(one_long_body_may_be_all)
{
    struct sae_buf body;

    sae_buf_init(&body, 8 << 20);
    sae_buf_puts(&body, "{\"value\":[");
    for (int i = 0; i < LONG_BODY; i++) {
        sae_buf_printf(&body, "%s{\"PrimarySmtpAddress\":\"m%d@b.example\"," FLAG "null}",
                       i == 0 ? "" : ",", i);
    }
    sae_buf_puts(&body, "]}");
    answer_text(sae_buf_text(&body));
    boxes_are_read(LONG_BODY);
    sae_buf_done(&body);
}
END_TEST

/* A hundred pages; links to regional hosts and to the port of back ends among them. */
static char *make_page(size_t number)
{
    static const char *const hosts[] = {"outlook.example", "outlook.example:446",
                                        "eur01.outlook.example:446"};
    struct sae_buf body;

    sae_buf_init(&body, 1 << 16);
    sae_buf_puts(&body, "{" WARNED);
    if (number + 1 < PAGES) {
        sae_buf_printf(&body, LINK("https://%s" API_PATH "?%%24skiptoken=%zu"),
                       hosts[number % 3], number + 1);
    } else {
        sae_buf_clear(&body);
        sae_buf_puts(&body, "{\"@adminapi.warnings\":[],");
    }
    sae_buf_printf(&body, "\"value\":[%s,{\"PrimarySmtpAddress\":\"x%zu@b.example\"}]}",
                   MAILBOX("a", "true"), number);
    return sae_buf_take(&body);
}

START_TEST(a_hundred_pages_are_asked_for_in_the_same_way)
{
    script.make = make_page;
    boxes_are_read(2 * PAGES);
    ck_assert_uint_eq(script.asked_count, PAGES);
    ck_assert_str_eq(script.asked[1].url, API "?%24skiptoken=1");
    ck_assert_str_eq(script.asked[2].url, API "?%24skiptoken=2");
    ck_assert_str_eq(script.asked[3].url,
                     "https://eur01.outlook.example" API_PATH "?%24skiptoken=3");
    for (size_t i = 0; i < PAGES; i++) {
        ck_assert_str_eq(script.asked[i].body, BODY);
        ck_assert_str_eq(script.asked[i].headers, script.asked[0].headers);
        ck_assert_int_eq(script.asked[i].service, SAE_SERVICE_EXCHANGE);
    }
    headers_are_complete(0, ANCHOR("APP"));
    ck_assert_int_eq(strncmp(sunk.log, "braakraakraak", 13), 0);
}
END_TEST

START_TEST(each_read_has_a_connection_id_of_its_own)
{
    answer_text(ONE_BOX);
    answer_text(ONE_BOX);
    ck_assert_int_eq(read_boxes(false), SAE_OK);
    ck_assert_int_eq(read_boxes(false), SAE_OK);
    ck_assert_str_ne(script.asked[0].headers, script.asked[1].headers);
    headers_are_complete(1, ANCHOR("APP"));
}
END_TEST

START_TEST(what_a_broken_try_delivered_is_forgotten)
{
    answer_with((struct answer){
        .status = 200,
        .text = "{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}",
        .broken = "{\"value\":[" MAILBOX("z", "true") "," MAILBOX("y", "true")});
    answer_with((struct answer){.status = 200,
                                .text = "{\"value\":[" MAILBOX("b", "true") "]}",
                                .broken = "{\"value\":[" MAILBOX("x", "true")});
    boxes_are_read(2);
    ck_assert_str_eq(sunk.log, "braarakrarak");
}
END_TEST

START_TEST(what_only_a_broken_try_showed_does_not_count)
{
    answer_with((struct answer){
        .status = 200,
        .text = "{\"value\":[{\"Guid\":\"6a0e1001-0000-4000-8000-000000000001\"," FLAG
                "true}]}",
        .broken = "{\"value\":[" MAILBOX("z", "true")});
    boxes_fail(SAE_E_FORMAT, "not a list of mailboxes");
}
END_TEST

static const struct {
    const char *text;
    const char *says;
} no_lists[] = {
    {"{\"value\":[]}",
     "no mailboxes at all: may the role of the application not see them?"},
    {"{\"value\":[{}]}", "row 1 names no mailbox"},
    {"{\"value\":[{\"PrimarySmtpAddress\":\"a@b.example\"}]}",
     "no SmtpClientAuthenticationDisabled in it: may the role of the application not see "
     "it?"},
    {"{\"value\":[{\"Guid\":\"6a0e1001-0000-4000-8000-000000000001\","
     "\"Name\":\"Transport Settings\"," FLAG "true}]}",
     "not a list of mailboxes"},
    {"{\"value\":[" MAILBOX("a", "true") "],\"error\":{\"code\":\"x\"}}", "an error"},
    {"{\"value\":[" MAILBOX("a", "true") "],\"@adminapi.errors\":[\"x\"]}",
     "errors inside"},
    {"{\"value\":[" MAILBOX("a", "true"), "end"},
    {"{\"value\":[" MAILBOX("a", "true") "]} x", ""},
    {"{\"PrimarySmtpAddress\":\"a@b.example\"," FLAG "true}", "no list of values"},
    {"{\"value\":[{\"PrimarySmtpAddress\":\"a@b.example\"," FLAG "true," FLAG "true}]}",
     "twice"},
    {"{\"value\":[\"a@b.example\"]}", "is not an object"},
};

START_TEST(an_answer_that_is_no_list_of_mailboxes_is_an_error)
{
    answer_text(no_lists[_i].text);
    boxes_fail(SAE_E_FORMAT, no_lists[_i].says);
}
END_TEST

START_TEST(a_flag_that_only_some_pages_show_is_unknown_elsewhere)
{
    answer_text(
        "{" LINK(API "?2") "\"value\":[{\"PrimarySmtpAddress\":\"a@b.example\"}]}");
    answer_text("{" LINK(API "?3") "\"value\":[{\"Guid\":\"6a0e1001-0000-4000-8000-"
                                   "000000000001\"," FLAG "null}]}");
    answer_text("{\"value\":[]}");
    boxes_are_read(2);
    ck_assert_int_eq(sunk.flags[0], SAE_FLAG_UNKNOWN);
    ck_assert_int_eq(sunk.flags[1], SAE_FLAG_INHERIT);
}
END_TEST

/* ---- links ------------------------------------------------------------------------- */

static const struct {
    const char *link;
    const char *says;
} links[] = {
    {"", "the link to the next page is empty"},
    {"http://outlook.example" API_PATH "?2", "not https"},
    {"https://evil.example" API_PATH "?2", "another host"},
    {"https://eviloutlook.example" API_PATH "?2", "another host"},
    {"https://outlook.example:8443" API_PATH "?2", "another port"},
    {"https://outlook.example/adminapi/beta/contoso.example/InvokeCommand?2",
     "another path"},
    {"https://me@outlook.example" API_PATH "?2", "names a user"},
    {API SELECT, "the pages go in a circle"},
    {"https://outlook.example:446" API_PATH SELECT, "the pages go in a circle"},
};

START_TEST(a_bad_link_ends_the_read)
{
    char text[512];

    snprintf(text, sizeof(text),
             "{\"@odata.nextLink\":\"%s\",\"value\":[" MAILBOX("a", "true") "]}",
             links[_i].link);
    answer_text(text);
    boxes_fail(SAE_E_FORMAT, links[_i].says);
    ck_assert_ptr_nonnull(strstr(err.text, "after page 1: "));
    ck_assert_uint_eq(script.asked_count, 1);
}
END_TEST

START_TEST(pages_that_link_to_each_other_are_noticed)
{
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_text("{" LINK(API "?3") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_text("{" LINK("https://outlook.example:446" API_PATH
                         "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    boxes_fail(SAE_E_FORMAT, "the pages go in a circle");
    ck_assert_ptr_nonnull(strstr(err.text, "after page 3"));
}
END_TEST

START_TEST(a_link_that_is_too_long_is_an_error)
{
    char *text = malloc(70000), *at = text;

    ck_assert_ptr_nonnull(text);
    at += sprintf(at,
                  "{\"value\":[" MAILBOX("a", "true") "],\"@odata.nextLink\":\"" API "?");
    memset(at, 'x', 65536);
    memcpy(at + 65536, "\"}", 3);
    answer_text(text);
    boxes_fail(SAE_E_FORMAT, "over 16384 bytes");
    free(text);
}
END_TEST

START_TEST(a_link_of_null_is_none)
{
    answer_text("{\"@odata.nextLink\":null,\"value\":[" MAILBOX("a", "true") "]}");
    boxes_are_read(1);
}
END_TEST

static char *make_endless(size_t number)
{
    struct sae_buf body;

    sae_buf_init(&body, 1 << 12);
    sae_buf_printf(&body, "{" LINK(API "?%zu") "\"value\":[%s]}", number,
                   number % 10 == 0 ? MAILBOX("a", "true") : "");
    return sae_buf_take(&body);
}

START_TEST(a_list_has_a_limit)
{
    if (getenv("SAE_VALGRIND") != NULL) {
        return; /* a hundred thousand pages take too long there */
    }
    script.make = make_endless;
    boxes_fail(SAE_E_LIMIT, "the list has more than 100000 pages");
    ck_assert_ptr_nonnull(strstr(err.text, "after page 100000: "));
}
END_TEST

/* ---- the rest ---------------------------------------------------------------------- */

START_TEST(one_page_is_enough_for_a_first_look)
{
    static const char *const texts[] = {
        "{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}",
        "{" WARNED "\"value\":[" MAILBOX("a", "true") "]}", ONE_BOX};

    for (int i = 0; i < COUNT(texts); i++) {
        answer_text(texts[i]);
        ck_assert_msg(read_boxes(true) == SAE_OK, "%s", err.text);
        ck_assert_uint_eq(rows, 1);
        ck_assert(more == (i < 2));
    }
    ck_assert_uint_eq(script.asked_count, 3);
    answer_text(
        "{" LINK(API "?2") "\"value\":[{\"PrimarySmtpAddress\":\"a@b.example\"}]}");
    ck_assert_int_eq(read_boxes(true), SAE_E_FORMAT);
    answer_text("{\"value\":[]}");
    ck_assert_int_eq(read_boxes(true), SAE_E_FORMAT);
}
END_TEST

START_TEST(a_sink_that_fails_ends_the_read)
{
    sunk.fails = "brak"[_i];
    if (sunk.fails != 'b') {
        answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    }
    boxes_fail(SAE_E_IO, "no room for");
}
END_TEST

START_TEST(a_refusal_of_the_list_says_what_to_grant)
{
    answer_refusal(403, SAE_E_DENIED, "");
    boxes_fail(SAE_E_DENIED,
               "Get-CASMailbox: the application has no Exchange role: assign");
    answer_refusal(401, SAE_E_AUTH, "");
    boxes_fail(SAE_E_AUTH, "grant Exchange.ManageAsApp");
    answer_refusal(0, SAE_E_NETWORK, "");
    boxes_fail(SAE_E_NETWORK, "Get-CASMailbox: scripted failure");
    ck_assert_str_eq(sunk.log, "brbrbr");
    script.tenant.value[SAE_KEY_TENANT_ID] = NULL;
    boxes_fail(SAE_E_CONFIG, "tenant_id is not set");
    ck_assert_uint_eq(script.asked_count, 3);
}
END_TEST

static Suite *list_suite(void)
{
    Suite *suite = suite_create("exchange mailboxes");
    TCase *tc = tcase_create("exchange mailboxes");

    tcase_add_checked_fixture(tc, begin, script_end);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, one_page_may_be_all);
    tcase_add_test(tc, a_row_that_is_known_is_not_read);
    tcase_add_loop_test(tc, a_row_without_a_name_is_a_mailbox_only_if_it_is_known, 0, 2);
    tcase_add_test(tc, one_long_body_may_be_all);
    tcase_add_test(tc, a_hundred_pages_are_asked_for_in_the_same_way);
    tcase_add_test(tc, each_read_has_a_connection_id_of_its_own);
    tcase_add_test(tc, what_a_broken_try_delivered_is_forgotten);
    tcase_add_test(tc, what_only_a_broken_try_showed_does_not_count);
    tcase_add_loop_test(tc, an_answer_that_is_no_list_of_mailboxes_is_an_error, 0,
                        COUNT(no_lists));
    tcase_add_test(tc, a_flag_that_only_some_pages_show_is_unknown_elsewhere);
    tcase_add_loop_test(tc, a_bad_link_ends_the_read, 0, COUNT(links));
    tcase_add_test(tc, pages_that_link_to_each_other_are_noticed);
    tcase_add_test(tc, a_link_that_is_too_long_is_an_error);
    tcase_add_test(tc, a_link_of_null_is_none);
    tcase_add_test(tc, a_list_has_a_limit);
    tcase_add_test(tc, one_page_is_enough_for_a_first_look);
    tcase_add_loop_test(tc, a_sink_that_fails_ends_the_read, 0, 4);
    tcase_add_test(tc, a_refusal_of_the_list_says_what_to_grant);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(list_suite());
}
