/* SPDX-License-Identifier: MIT */
/* The sign-in log of a service that refuses, loses its place or cannot manage. */
#include "graph_script.h"

static const char *const dead[] = {
    "Token not found: token is either invalid or expired",
    "Invalid Skip Token, skip token is null",
    "Skip Token is null",
    "The SkipToken is not valid",
    "?token?not?found?",
};

START_TEST(a_lost_place_is_sought_from_the_start_of_the_slice)
{
    const struct step steps[] = {{LINKED(GOOD, "a"), {0}},
                                 {NULL, {SAE_E_FORMAT, 400, "", dead[_i]}},
                                 {LINKED(GOOD, "b"), {0}},
                                 {LIST(GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert_str_eq(urls[0], urls[2]);
    ck_assert_str_eq(urls[3], LINK "b");
    ck_assert_uint_eq(rows_taken, 3);
    ck_assert_int_eq(claims[0].from, noon() - wish.current);
}
END_TEST

START_TEST(a_place_that_is_lost_again_and_again_is_an_error)
{
    const struct step lose = {NULL, {SAE_E_FORMAT, 400, "UnknownError", dead[1]}};
    const struct step steps[] = {lose, lose, lose, lose, lose, lose};

    ck_assert_int_eq(READ(steps), SAE_E_INCOMPLETE);
    ck_assert_msg(says("the service lost its place 6 times"), "%s", err.text);
    ck_assert_uint_eq(url_count, 6);
    ck_assert_str_eq(urls[0], urls[2]);
    ck_assert(asked(3, "ge%202026-11-22T11:22:30Z")); /* half as long */
    ck_assert_uint_eq(claim_count, 0);
}
END_TEST

START_TEST(each_slice_may_lose_its_place)
{
    const struct step lose = {NULL, {SAE_E_FORMAT, 400, "", dead[0]}},
                      good = {LIST(GOOD), {0}};
    const struct step steps[] = {lose, lose, good, lose, lose, good, lose, lose, good};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(proof.all);
}
END_TEST

START_TEST(a_link_that_comes_again_is_a_lost_place)
{
    const struct step loop[] = {{LINKED(GOOD, "a"), {0}}, {LINKED(GOOD, "a"), {0}}};
    struct step steps[12];

    for (int i = 0; i < COUNT(steps); i++) {
        steps[i] = loop[i % 2];
    }
    ck_assert_int_eq(READ(steps), SAE_E_INCOMPLETE);
    ck_assert(says("went in a circle 6 times"));
    ck_assert_uint_eq(claim_count, 0);
}
END_TEST

START_TEST(pages_are_as_large_as_the_service_allows)
{
    const struct step steps[] = {
        {NULL,
         {SAE_E_FORMAT, 400, "BadRequest",
          "The limit of 500 for Top query has been "
          "exceeded"}},
        {NULL, {SAE_E_FORMAT, 400, "BadRequest", "Invalid page size specified: 500"}},
        {LIST(GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(asked(0, "$top=999") && asked(1, "$top=500") && asked(2, "$top=100"));
    ck_assert(asked(3, "$top=100"));
}
END_TEST

START_TEST(a_refused_page_size_of_100_is_an_error)
{
    const struct step no = {NULL, {SAE_E_FORMAT, 400, "BadRequest", "$top is wrong"}};
    const struct step steps[] = {no, no, no};

    ck_assert_int_eq(READ(steps), SAE_E_FORMAT);
    ck_assert_uint_eq(url_count, 3);
}
END_TEST

static const struct step no_filter = {
    NULL, {SAE_E_FORMAT, 400, "BadRequest", "Invalid filter clause"}};

START_TEST(a_service_without_lt_is_asked_with_le)
{
    const struct step steps[] = {no_filter, {LIST(GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(asked(0, "%20lt%20") && asked(1, "%20le%20") && asked(2, "%20le%20"));
}
END_TEST

START_TEST(a_service_without_our_filter_is_an_error)
{
    const struct step steps[] = {no_filter, no_filter};

    ck_assert_int_eq(READ(steps), SAE_E_FORMAT);
    ck_assert(says("Invalid filter clause"));
    ck_assert(!proof.current);
}
END_TEST

START_TEST(a_log_that_ends_before_30_days_is_read_to_its_end)
{
    log_begin = noon() - 30 * SAE_DAY + 10 * SAE_MINUTE;
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert(proof.current && proof.all);
    ck_assert_int_ge(claims[claim_count - 1].from, log_begin);
    ck_assert_int_le(claims[claim_count - 1].from, log_begin + SAE_HOUR);
    for (unsigned i = 0; i < url_count; i++) {
        ck_assert(asked(i, "%20lt%20"));
    }
}
END_TEST

START_TEST(a_pause_from_before_the_log_began_ends_with_the_log)
{
    struct sae_interval held = {noon() - 40 * SAE_DAY,
                                noon() - 29 * SAE_DAY - SAE_HOUR * 12};

    wish.held = &held;
    wish.held_count = 1;
    log_begin = noon() - 29 * SAE_DAY - 10 * SAE_MINUTE;
    ck_assert_int_eq(read_log(NULL, 0), SAE_OK);
    ck_assert(proof.current && proof.all);
}
END_TEST

START_TEST(a_log_that_never_answered_has_not_ended)
{
    wish.current = 30 * SAE_DAY; /* the first slice looks back as far as any */
    log_begin = noon();
    ck_assert_int_eq(read_log(NULL, 0), SAE_E_FORMAT);
    ck_assert_uint_eq(url_count, 2);
    ck_assert(!proof.current && !proof.all);
}
END_TEST

START_TEST(a_log_of_a_week_is_an_error_in_the_past)
{
    log_begin = noon() - 7 * SAE_DAY;
    ck_assert_int_eq(read_log(NULL, 0), SAE_E_FORMAT);
    ck_assert(proof.current && !proof.all);
}
END_TEST

static const enum sae_status heavy[] = {SAE_E_SERVICE, SAE_E_NETWORK, SAE_E_LIMIT};

START_TEST(what_is_too_much_is_asked_for_in_smaller_pieces)
{
    const struct step no = {NULL,
                            {heavy[_i], heavy[_i] == SAE_E_SERVICE ? 504 : 0, 0, 0}};
    const struct step steps[] = {no, no, no, {LIST(GOOD), {0}}};

    ck_assert_int_eq(READ(steps), SAE_OK);
    ck_assert(asked(1, "$top=499") && asked(2, "$top=249") && asked(3, "$top=124"));
    ck_assert(asked(1, "ge%202026-11-22T11:22:30Z"));
    ck_assert(asked(2, "ge%202026-11-22T11:41:15Z"));
    ck_assert_int_le(claims[claim_count - 1].from, wish.begin);
}
END_TEST

START_TEST(what_stays_too_much_is_an_error)
{
    const struct step no = {NULL, {heavy[_i], 0, 0, 0}};
    const struct step steps[] = {no, no, no, no};

    ck_assert_int_eq(READ(steps), heavy[_i]);
    ck_assert_uint_eq(url_count, 4);
    ck_assert(!proof.current);
}
END_TEST

static const struct {
    long http;
    const char *code;
    enum sae_status status;
    const char *words;
} refusals[] = {
    {403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", SAE_E_UNLICENSED,
     "no Entra ID P1 or P2 (or Directory.Read.All is missing)"},
    {400, "AadPremiumLicenseRequired", SAE_E_UNLICENSED, "export them from the portal"},
    {403, "Authentication_MSGraphPermissionMissing", SAE_E_DENIED,
     "grant AuditLog.Read.All (application) and admin consent, docs/app-registration.md"},
    {403, "Authorization_RequestDenied", SAE_E_DENIED,
     "it said Authorization_RequestDenied"},
    {403, "", SAE_E_DENIED, "Graph refuses the sign-in log"},
};

START_TEST(a_refusal_says_what_to_grant_or_to_buy)
{
    const struct step no = {NULL,
                            {refusals[_i].http == 403 ? SAE_E_DENIED : SAE_E_FORMAT,
                             refusals[_i].http, refusals[_i].code,
                             "Neither tenant is B2C or tenant has no premium license"}};

    if (refusals[_i].http == 403) {
        newest = no; /* the first question is enough */
        ck_assert_int_eq(read_log(NULL, 0), refusals[_i].status);
        ck_assert_uint_eq(url_count, 0);
        ck_assert_msg(says(refusals[_i].words), "%s", err.text);
        begin();
    }
    ck_assert_int_eq(read_log(&no, 1), refusals[_i].status);
    ck_assert_uint_eq(url_count, 1);
    ck_assert_msg(says(refusals[_i].words), "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_refusals");
    TCase *tests = tcase_create("graph_refusals");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_loop_test(tests, a_lost_place_is_sought_from_the_start_of_the_slice, 0,
                        COUNT(dead));
    tcase_add_test(tests, a_place_that_is_lost_again_and_again_is_an_error);
    tcase_add_test(tests, each_slice_may_lose_its_place);
    tcase_add_test(tests, a_link_that_comes_again_is_a_lost_place);
    tcase_add_test(tests, pages_are_as_large_as_the_service_allows);
    tcase_add_test(tests, a_refused_page_size_of_100_is_an_error);
    tcase_add_test(tests, a_service_without_lt_is_asked_with_le);
    tcase_add_test(tests, a_service_without_our_filter_is_an_error);
    tcase_add_test(tests, a_log_that_ends_before_30_days_is_read_to_its_end);
    tcase_add_test(tests, a_pause_from_before_the_log_began_ends_with_the_log);
    tcase_add_test(tests, a_log_that_never_answered_has_not_ended);
    tcase_add_test(tests, a_log_of_a_week_is_an_error_in_the_past);
    tcase_add_loop_test(tests, what_is_too_much_is_asked_for_in_smaller_pieces, 0,
                        COUNT(heavy));
    tcase_add_loop_test(tests, what_stays_too_much_is_an_error, 0, COUNT(heavy));
    tcase_add_loop_test(tests, a_refusal_says_what_to_grant_or_to_buy, 0,
                        COUNT(refusals));
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
