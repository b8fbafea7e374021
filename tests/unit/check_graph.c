/* SPDX-License-Identifier: MIT */
/* The sign-in log, page by page: what counts as read, and how a run ends. */
#include "graph_script.h"

/* ---- pages ------------------------------------------------------------------------- */

START_TEST(the_question_has_the_time_and_both_names_of_the_client)
{
    wish.end += 1;
    ck_assert_int_eq(READ(((struct step[]){{LIST(""), {0}}})), SAE_OK);
    ck_assert_str_eq(urls[0],
                     HOST "/v1.0/auditLogs/signIns?$filter=createdDateTime%20ge%20"
                          "2026-11-22T10:45:00Z%20and%20createdDateTime%20lt%20"
                          "2026-11-22T12:00:01Z%20and%20(clientAppUsed%20eq%20"
                          "%27Authenticated%20SMTP%27%20or%20clientAppUsed%20eq%20"
                          "%27SMTP%27)&$top=999");
    ck_assert(asked(1, "lt%202026-11-22T10:45:01Z")); /* rounded outwards: no gap */
    ck_assert_int_eq(claims[0].from, claims[1].to);
}
END_TEST

START_TEST(pages_are_followed_and_the_slice_is_claimed_after_the_last)
{
    const struct step steps[] = {
        {LINKED(GOOD "," GOOD, "a"), {0}}, {LINKED("", "b"), {0}}, {LIST(GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(proof.current && proof.all);
    ck_assert_uint_eq(rows_taken, 3);
    ck_assert_uint_eq(proof.rows, 3);
    ck_assert_uint_eq(pages_taken, 2); /* a page without rows need not be kept */
    ck_assert_str_eq(urls[1], LINK "a");
    ck_assert_str_eq(urls[2], LINK "b");
    ck_assert_int_eq(claims[0].from, noon() - wish.current);
    ck_assert_int_eq(claims[0].to, noon() - wish.lag);
    ck_assert_int_eq(claims[claim_count - 1].from, wish.begin);
    ck_assert_int_eq(progress_all, 30 * SAE_DAY);
    ck_assert_int_eq(proof.newest, instant("2026-11-22T11:30:00.1234567Z"));
}
END_TEST

START_TEST(sign_ins_of_other_client_apps_are_passed_over)
{
    const struct step steps[] = {
        {LIST(ROW("1", "2026-11-22T11:30:00Z", "Browser") ",{\"category\":\"AuditLogs\"},"
              GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert_uint_eq(rows_taken, 1);
    ck_assert_uint_eq(proof.unparsed, 1); /* but what is no sign-in is not passed over */
}
END_TEST

/* The filter let it pass, so it may be one of ours; without a filter most rows are not. */
START_TEST(a_row_whose_client_app_is_blank_counts_as_unread)
{
    const struct step steps[] = {
        {LIST(ROW("1", "2026-11-22T11:30:00Z", "") "," GOOD), {0}}};

    newest.body = LIST(ROW("2", "2026-11-22T11:40:00Z", ""));
    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert_uint_eq(rows_taken, 1);
    ck_assert_uint_eq(proof.unparsed, 1);
    ck_assert_int_eq(proof.newest, instant("2026-11-22T11:40:00Z"));
}
END_TEST

START_TEST(what_is_newer_than_the_lag_is_not_claimed)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 15 * SAE_MINUTE};

    wish.held = &held;
    wish.held_count = 1;
    wish.overlap = 0;
    ck_assert_int_eq(READ(((struct step[]){{LIST(GOOD), {0}}})), SAE_OK);
    ck_assert_uint_eq(url_count, 1);
    ck_assert_uint_eq(claim_count, 0);
    ck_assert_uint_eq(rows_taken, 1);
}
END_TEST

static const struct {
    const char *body;
    enum sae_status status;
    const char *words;
} bad[] = {
    {"{}", SAE_E_FORMAT, "no value list"},
    {"[" GOOD "]", SAE_E_FORMAT, "no value list"},
    {LIST("") "\n" LIST(""), SAE_E_FORMAT, "no value list"},
    {LIST(GOOD) "\n" GOOD, SAE_E_FORMAT, "no value list"},
    {"{\"value\":null}", SAE_E_FORMAT, "no value list"},
    {"id,createdDateTime,clientAppUsed,resultType\n", SAE_E_FORMAT, "no value list"},
    {LIST("{\"id\":\"1\",\"createdDateTime\":\"2026-11-22T11:30:00Z\"}"), SAE_E_FORMAT,
     "id, time, error code or client app is missing"},
    {LIST("{\"colour\":\"red\"}"), SAE_E_FORMAT, "is missing in all rows"},
    {LIST(ODD), SAE_E_FORMAT, "1 of 1 rows have no readable"},
    {LIST(TEN(TEN(GOOD)) "," ODD "," ODD), SAE_E_FORMAT, "2 of 102 rows"},
    {LIST(ROW("1", "2026-11-22T12:01:00.0000001Z", "SMTP")), SAE_E_STALE,
     "row 1 of the sign-in log"},
    {LIST(ROW("1", "2026-11-22T12:01:01Z", "Browser")), SAE_E_STALE, "from the future"},
    {LIST(ROW("1", "11/22/2026 11:30:00", "SMTP") "," GOOD), SAE_E_FORMAT,
     "two different"},
    {"{\"@odata.nextLink\":\"https://evil.example/v1.0/auditLogs/signIns\",\"value\":[]}",
     SAE_E_FORMAT, "another host"},
    {"{\"@odata.nextLink\":\"" HOST "/v1.0/users\",\"value\":[]}", SAE_E_FORMAT,
     "another path"},
    {"{\"@odata.nextLink\":\"\",\"value\":[]}", SAE_E_FORMAT, "is empty"},
};

START_TEST(what_is_no_page_of_a_sign_in_log_is_an_error)
{
    const struct step steps[] = {{bad[_i].body, {0}}};

    ck_assert_int_eq(READ(steps), bad[_i].status);
    ck_assert_msg(says(bad[_i].words), "%s", err.text);
    ck_assert_uint_eq(rows_taken, 0);
    ck_assert_uint_eq(claim_count, 0);
    ck_assert(!proof.current && !proof.all);
}
END_TEST

START_TEST(clocks_may_differ_by_a_minute)
{
    const struct step steps[] = {{LIST(ROW("1", "2026-11-22T12:01:00Z", "SMTP")), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert_uint_eq(rows_taken, 1);
}
END_TEST

START_TEST(a_few_odd_rows_are_counted)
{
    const struct step steps[] = {
        {LINKED(TEN(TEN(GOOD)) "," ODD, "a"), {0}}, {LIST(TEN(TEN(GOOD)) "," ODD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert_uint_eq(proof.unparsed, 2);
    begin();
    ck_assert_int_eq(READ(((struct step[]){{LIST(TEN(GOOD) "," ODD), {0}}})), SAE_OK);
    ck_assert_uint_eq(proof.unparsed, 1);
    ck_assert_uint_eq(proof.rows, 10);
}
END_TEST

START_TEST(a_page_has_a_limit)
{
    struct sae_buf body;
    struct step steps[4];

    sae_buf_init(&body, 8 << 20);
    sae_buf_puts(&body, "{\"value\":[");
    for (int i = 0; i < 5001; i++) {
        sae_buf_puts(&body, i == 0 ? GOOD : "," GOOD);
    }
    sae_buf_puts(&body, "]}");
    for (int i = 0; i < COUNT(steps); i++) {
        steps[i] = (struct step){.body = sae_buf_text(&body)};
    }
    ck_assert_int_eq(READ(steps), SAE_E_LIMIT);
    ck_assert(says("more than 5000 rows"));
    ck_assert_uint_eq(url_count, 4); /* asking for less was tried */
    ck_assert_uint_eq(rows_taken, 0);
    sae_buf_done(&body);
}
END_TEST

START_TEST(a_slice_has_a_limit)
{
    endless = 1;
    wish.current = SAE_MINUTE; /* as short as a slice can be */
    ck_assert_int_eq(read_log(NULL, 0), SAE_E_LIMIT);
    ck_assert_msg(says("more than 20000 pages of sign-ins in one slice"), "%s", err.text);
    ck_assert_uint_eq(endless, 20001);
    ck_assert_uint_eq(claim_count, 0);
}
END_TEST

/* ---- the newest row ---------------------------------------------------------------- */

START_TEST(the_newest_row_may_be_of_any_client_app)
{
    newest.body = LIST(ROW("9", "2026-11-22T11:59:00Z", "Browser"));
    ck_assert_int_eq(READ(((struct step[]){{LIST(GOOD), {0}}})), SAE_OK);
    ck_assert_int_eq(proof.newest, instant("2026-11-22T11:59:00Z"));
    ck_assert_uint_eq(proof.rows, 1);
}
END_TEST

START_TEST(a_row_from_after_the_run_began_is_no_news)
{
    newest.body = LIST(ROW("9", "2026-11-22T12:09:00Z", "Browser"));
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert_int_eq(proof.newest, noon());
    begin();
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert_int_eq(proof.newest, 0);
}
END_TEST

START_TEST(an_odd_newest_row_does_not_count)
{
    newest.body = LIST(ODD);
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert_uint_eq(proof.unparsed, 0);
    ck_assert_int_eq(proof.newest, 0);
}
END_TEST

/* The log has it, the filter did not bring it: it counts, and nothing is complete. */
START_TEST(a_newest_row_that_the_filter_does_not_bring_is_taken_and_told)
{
    newest.body = LIST(ROW("9", "2026-11-22T11:30:00Z", "SMTP"));
    ck_assert_int_eq(READ(((struct step[]){{LIST(GOOD), {0}}})), SAE_OK);
    ck_assert_uint_eq(rows_taken, 2);
    ck_assert_uint_eq(proof.unparsed, 1);
    begin();
    newest.body = LIST(GOOD);
    ck_assert_int_eq(READ(((struct step[]){{LIST(GOOD), {0}}})), SAE_OK);
    ck_assert_uint_eq(rows_taken, 1);
    ck_assert_uint_eq(proof.unparsed, 0);
}
END_TEST

START_TEST(a_newest_row_from_outside_of_what_is_read_is_not_waited_for)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 15 * SAE_MINUTE};

    wish.held = &held;
    wish.held_count = 1;
    newest.body = LIST(ROW("9", "2026-11-20T11:30:00Z", "SMTP"));
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert_uint_eq(proof.unparsed, 0);
    begin();
    newest.body = LIST(ROW("9", "2026-11-22T12:00:00Z", "SMTP"));
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert_uint_eq(proof.unparsed, 0);
    ck_assert_uint_eq(rows_taken, 0);
}
END_TEST

static const struct {
    enum sae_status status;
    bool fatal;
} firsts[] = {
    {SAE_E_SERVICE, false}, {SAE_E_FORMAT, false},  {SAE_E_NETWORK, false},
    {SAE_E_AUTH, true},     {SAE_E_THROTTLED, true}, {SAE_E_TLS, true},
    {SAE_E_CONFIG, true},   {SAE_E_TIMEOUT, true},
};

START_TEST(without_the_newest_row_the_log_is_read_unless_all_would_fail)
{
    newest = (struct step){.end = {firsts[_i].status, 0, 0, 0}};
    ck_assert_int_eq(read_log(NULL, 0), firsts[_i].fatal ? firsts[_i].status : SAE_OK);
    ck_assert(proof.current == !firsts[_i].fatal);
    ck_assert_int_eq(url_count > 0, !firsts[_i].fatal);
}
END_TEST

/* ---- the end of a run -------------------------------------------------------------- */

START_TEST(time_that_ends_before_the_present_is_known_is_an_error)
{
    const struct step steps[] = {{LINKED(TEN(GOOD), "a"), {0}},
                                 {NULL, {SAE_E_TIMEOUT, 0, "", "time limit reached"}}};
    const struct step told[] = {{NULL, {SAE_E_TIMEOUT, 0, "", "told to stop"}}};

    ck_assert_int_eq(READ(steps), SAE_E_TIMEOUT);
    ck_assert_msg(says("time limit reached after 10 rows"), "%s", err.text);
    ck_assert(!proof.current);
    ck_assert_uint_eq(proof.rows, 10);
    ck_assert_uint_eq(claim_count, 0);
    begin();
    told_to_stop = true;
    ck_assert_int_eq(READ(told), SAE_E_TIMEOUT);
    ck_assert_msg(says("told to stop after 0 rows"), "%s", err.text);
}
END_TEST

START_TEST(time_that_ends_in_the_past_is_no_error)
{
    const struct step steps[] = {{LIST(GOOD), {0}}, {NULL, {SAE_E_TIMEOUT, 0, "", ""}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(proof.current && !proof.all);
    ck_assert_uint_eq(claim_count, 1);
}
END_TEST

START_TEST(a_signal_in_the_past_is_an_error)
{
    const struct step steps[] = {{LIST(GOOD), {0}}, {NULL, {SAE_E_TIMEOUT, 0, "", ""}}};

    told_to_stop = true;
    ck_assert_int_eq(READ(steps), SAE_E_TIMEOUT);
    ck_assert(proof.current && !proof.all);
    ck_assert_uint_eq(claim_count, 1);
}
END_TEST

START_TEST(a_failure_in_the_past_is_one_though_the_present_is_known)
{
    const struct step steps[] = {{LIST(GOOD), {0}},
                                 {NULL, {SAE_E_THROTTLED, 429, "", ""}}};

    ck_assert_int_eq(READ(steps), SAE_E_THROTTLED);
    ck_assert(proof.current && !proof.all);
    ck_assert_uint_eq(proof.rows, 1);
}
END_TEST

START_TEST(what_cannot_be_kept_ends_the_run)
{
    const struct step steps[] = {{LINKED(GOOD, "a"), {0}}};

    page_answer = SAE_E_SERVICE; /* whatever it is, it is not the service's */
    ck_assert_int_eq(READ(steps), SAE_E_SERVICE);
    ck_assert_uint_eq(url_count, 1);
    begin();
    claim_answer = SAE_E_IO;
    ck_assert_int_eq(read_log(NULL, 0), SAE_E_IO);
    ck_assert_uint_eq(url_count, 1);
}
END_TEST

/* ---- before the first run ---------------------------------------------------------- */

static enum sae_status probe(const struct step *steps, unsigned count, uint64_t *rows,
                             int64_t *span, bool *more)
{
    script = steps;
    script_len = count;
    return sae_graph_probe(&client, noon(), rows, span, more, &err);
}

START_TEST(one_page_of_the_last_day_tells_how_much_there_will_be)
{
    const struct step steps[] = {
        {LINKED(GOOD "," ROW("2", "2026-11-22T11:00:00Z", "SMTP"), "a"), {0}}};
    int64_t span = 0;
    uint64_t rows = 0;
    bool more = false;

    ck_assert_int_eq(probe(steps, 1, &rows, &span, &more), SAE_OK);
    ck_assert_uint_eq(rows, 2);
    ck_assert_int_eq(span, 30 * SAE_MINUTE + 1234567);
    ck_assert(more);
    ck_assert(asked(0, "ge%202026-11-21T12:00:00Z") && asked(0, "$top=999"));
    ck_assert_int_eq(probe(NULL, 0, &rows, &span, &more), SAE_OK);
    ck_assert(rows == 0 && span == 0 && !more);
}
END_TEST

START_TEST(the_probe_too_asks_as_the_service_allows)
{
    const struct step steps[] = {
        {NULL, {SAE_E_FORMAT, 400, "BadRequest", "$top is too large"}},
        {NULL, {SAE_E_FORMAT, 400, "BadRequest", "Invalid filter clause"}},
        {LIST(GOOD), {0}}};
    const struct step no = {NULL, {SAE_E_DENIED, 403, "Authorization_RequestDenied", ""}};
    int64_t span = 7;
    uint64_t rows = 0;
    bool more;

    ck_assert_int_eq(probe(steps, 3, &rows, &span, &more), SAE_OK);
    ck_assert_uint_eq(rows, 1);
    ck_assert_int_eq(span, 0);
    ck_assert(asked(2, "$top=500") && asked(2, "%20le%20"));
    begin();
    ck_assert_int_eq(probe(&no, 1, &rows, &span, &more), SAE_E_DENIED);
    ck_assert(says("grant AuditLog.Read.All"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph");
    TCase *tests = tcase_create("graph");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, the_question_has_the_time_and_both_names_of_the_client);
    tcase_add_test(tests, pages_are_followed_and_the_slice_is_claimed_after_the_last);
    tcase_add_test(tests, sign_ins_of_other_client_apps_are_passed_over);
    tcase_add_test(tests, a_row_whose_client_app_is_blank_counts_as_unread);
    tcase_add_test(tests, what_is_newer_than_the_lag_is_not_claimed);
    tcase_add_loop_test(tests, what_is_no_page_of_a_sign_in_log_is_an_error, 0,
                        COUNT(bad));
    tcase_add_test(tests, clocks_may_differ_by_a_minute);
    tcase_add_test(tests, a_few_odd_rows_are_counted);
    tcase_add_test(tests, a_page_has_a_limit);
    tcase_add_test(tests, a_slice_has_a_limit);
    tcase_add_test(tests, the_newest_row_may_be_of_any_client_app);
    tcase_add_test(tests, a_newest_row_that_the_filter_does_not_bring_is_taken_and_told);
    tcase_add_test(tests, a_newest_row_from_outside_of_what_is_read_is_not_waited_for);
    tcase_add_test(tests, a_row_from_after_the_run_began_is_no_news);
    tcase_add_test(tests, an_odd_newest_row_does_not_count);
    tcase_add_loop_test(tests,
                        without_the_newest_row_the_log_is_read_unless_all_would_fail, 0,
                        COUNT(firsts));
    tcase_add_test(tests, time_that_ends_before_the_present_is_known_is_an_error);
    tcase_add_test(tests, time_that_ends_in_the_past_is_no_error);
    tcase_add_test(tests, a_signal_in_the_past_is_an_error);
    tcase_add_test(tests, a_failure_in_the_past_is_one_though_the_present_is_known);
    tcase_add_test(tests, what_cannot_be_kept_ends_the_run);
    tcase_add_test(tests, one_page_of_the_last_day_tells_how_much_there_will_be);
    tcase_add_test(tests, the_probe_too_asks_as_the_service_allows);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
