/* SPDX-License-Identifier: MIT */
/* Lists of mailboxes from Exchange that end before their end. */
#include "list_script.h"

START_TEST(a_warning_of_more_counts_on_the_last_page_only)
{
    answer_text("{" WARNED LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_text("{\"value\":[" MAILBOX("b", "true") "]}");
    boxes_are_read(2);
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_text("{" WARNED "\"value\":[" MAILBOX("b", "true") "]}");
    boxes_fail(SAE_E_INCOMPLETE, "there are more results than it sent");
    ck_assert_ptr_nonnull(strstr(err.text, "after page 2: "));
}
END_TEST

/* A list is cut where a page is full, whatever the words and shape of the warning are. */
static const struct {
    int boxes;
    const char *warnings;
    bool cut;
} ends[] = {
    {1000, "[\"Es gibt weitere Ergebnisse.\"]", true},
    {1000, "[{\"Message\":\"x\"}]", true},
    {1000, "\"x\"", true},
    {999, "[\"Es gibt weitere Ergebnisse.\"]", false},
    {999, "[{\"Message\":\"x\"}]", false},
    {1000, "[]", false},
    {1000, "null", false},
};

START_TEST(a_warning_behind_a_full_page_may_mean_more)
{
    struct sae_buf body;

    sae_buf_init(&body, 1 << 20);
    sae_buf_printf(&body, "{\"@adminapi.warnings\":%s,\"value\":[", ends[_i].warnings);
    for (int i = 0; i < ends[_i].boxes; i++) {
        sae_buf_printf(&body, "%s{\"PrimarySmtpAddress\":\"m%d@b.example\"," FLAG "null}",
                       i == 0 ? "" : ",", i);
    }
    sae_buf_puts(&body, "]}");
    answer_text(sae_buf_text(&body));
    if (ends[_i].cut) {
        boxes_fail(SAE_E_INCOMPLETE, "there are more results than it sent");
    } else {
        boxes_are_read((uint64_t)ends[_i].boxes);
    }
    sae_buf_done(&body);
}
END_TEST

static char *make_empty(size_t number)
{
    char *text;

    ck_assert_int_ge(asprintf(&text, "{" LINK(API "?%zu") "\"value\":[]}", number + 1), 0);
    return text;
}

START_TEST(pages_without_mailboxes_do_not_go_on_for_ever)
{
    script.make = make_empty;
    boxes_fail(SAE_E_INCOMPLETE, "from one page without mailboxes to the next");
    ck_assert_uint_eq(script.asked_count, 10);
}
END_TEST

static const char *const stale[] = {
    "Expired or Invalid pagination request. Default Expiry time is 00:30:00",
    "The skipToken is not valid", "cursor EXPIRED"};

START_TEST(a_lost_place_is_read_again_from_the_start_with_the_other_anchor)
{
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "," MAILBOX(
        "b", "true") "]}");
    answer_refusal(400, SAE_E_FORMAT, stale[_i]);
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_text("{\"value\":[" MAILBOX("c", "true") "]}");
    boxes_are_read(2);
    ck_assert_str_eq(sunk.log, "braakrbrakrak");
    ck_assert_str_eq(script.asked[2].url, API SELECT);
    headers_are_complete(1, ANCHOR("APP"));
    headers_are_complete(2, ANCHOR("UPN"));
    headers_are_complete(3, ANCHOR("UPN"));
    ck_assert_str_eq(script.asked[2].headers, script.asked[3].headers);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(script.asked[i].body, BODY);
    }
}
END_TEST

START_TEST(a_place_lost_twice_is_incomplete)
{
    for (int i = 0; i < 2; i++) {
        answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
        answer_refusal(400, SAE_E_FORMAT, stale[_i]);
    }
    boxes_fail(SAE_E_INCOMPLETE,
               "the list ended early twice: the service lost its place after page 1");
}
END_TEST

START_TEST(other_failures_are_not_tried_again_here)
{
    answer_refusal(400, SAE_E_FORMAT, stale[0]); /* the first page has no place to lose */
    boxes_fail(SAE_E_FORMAT, "Exchange refuses (HTTP 400): Expired");
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_refusal(400, SAE_E_FORMAT, "Parameter problem");
    boxes_fail(SAE_E_FORMAT, "after page 1: Exchange refuses (HTTP 400): Parameter");
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_refusal(500, SAE_E_SERVICE, stale[0]);
    boxes_fail(SAE_E_SERVICE, "after page 1: scripted failure 500");
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_refusal(404, SAE_E_FORMAT, stale[0]);
    boxes_fail(SAE_E_FORMAT, "after page 1: Exchange refuses (HTTP 404): Expired");
    answer_text("{" LINK(API "?2") "\"value\":[" MAILBOX("a", "true") "]}");
    answer_refusal(403, SAE_E_DENIED, "");
    boxes_fail(SAE_E_DENIED, "after page 1: the application has no Exchange role");
}
END_TEST

static Suite *cut_suite(void)
{
    Suite *suite = suite_create("exchange cut");
    TCase *tc = tcase_create("exchange cut");

    tcase_add_checked_fixture(tc, begin, script_end);
    tcase_add_test(tc, a_warning_of_more_counts_on_the_last_page_only);
    tcase_add_loop_test(tc, a_warning_behind_a_full_page_may_mean_more, 0, COUNT(ends));
    tcase_add_test(tc, pages_without_mailboxes_do_not_go_on_for_ever);
    tcase_add_loop_test(tc,
                        a_lost_place_is_read_again_from_the_start_with_the_other_anchor,
                        0, COUNT(stale));
    tcase_add_loop_test(tc, a_place_lost_twice_is_incomplete, 0, COUNT(stale));
    tcase_add_test(tc, other_failures_are_not_tried_again_here);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(cut_suite());
}
