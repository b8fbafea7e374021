/* SPDX-License-Identifier: MIT */
/* What preflight says of the credential itself, before anybody is asked. */
#include "preflight_test.h"

START_TEST(an_end_that_nobody_knows_is_not_in_the_way)
{
    set(SAE_KEY_CREDENTIAL_EXPIRES, NULL);
    then_good(0, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    says(0, "credential", SAE_PREFLIGHT_MISSING,
         "the end of a client secret cannot be read: write credential_expires");
    step_works(CONDITIONAL);
}
END_TEST

START_TEST(a_credential_that_ended_is_no_success)
{
    static const struct {
        const char *day;
        enum sae_preflight_answer answer;
        const char *words;
    } days[] = {
        {"2026-11-22", SAE_PREFLIGHT_WORKS, "ends on 2026-11-22, in 0 days"},
        {"2026-11-21", SAE_PREFLIGHT_FAILS, "ended on 2026-11-21, 1 days ago: renew it"},
        {"2026-11-12", SAE_PREFLIGHT_FAILS, "ended on 2026-11-12, 10 days ago: renew it"},
    };

    set(SAE_KEY_CREDENTIAL_EXPIRES, days[_i].day);
    then_good(0, STEPS);
    went_well(fly());
    says(0, "credential", days[_i].answer, days[_i].words);
    ck_assert_int_eq(got.ready, days[_i].answer == SAE_PREFLIGHT_WORKS);
    step_works(CONDITIONAL);
}
END_TEST

START_TEST(a_credential_without_an_end_says_so)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_CREDENTIAL_EXPIRES, NULL);
    set(SAE_KEY_FEDERATED_TOKEN_FILE, private_file("federated", "a.b.c\n", 0600));
    then_good(0, STEPS);
    went_well(fly());
    says(0, "credential", SAE_PREFLIGHT_WORKS, "has no end");
}
END_TEST

START_TEST(without_a_credential_nothing_is_tried)
{
    set(_i == 0 ? SAE_KEY_CLIENT_SECRET_FILE : SAE_KEY_TENANT_ID, NULL);
    went_well(fly());
    ck_assert(!got.ready);
    ck_assert_uint_eq(got.count, 1);
    says(0, "credential", SAE_PREFLIGHT_FAILS,
         _i == 0 ? "client_secret_file" : "tenant_id");
}
END_TEST

START_TEST(a_certificate_that_cannot_be_read_is_a_failure)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_CREDENTIAL_EXPIRES, NULL);
    set(SAE_KEY_CERTIFICATE_FILE,
        _i == 0 ? path_of("nowhere.pem") : private_file("no.pem", "none", 0600));
    went_well(fly());
    ck_assert(!got.ready);
    ck_assert_uint_eq(got.count, 1);
    says(0, "credential", SAE_PREFLIGHT_FAILS, _i == 0 ? "nowhere.pem" : "no.pem");
}
END_TEST

START_TEST(a_token_of_the_machine_is_not_said_to_be_of_the_login_service)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_CREDENTIAL_EXPIRES, NULL);
    set(SAE_KEY_MANAGED_IDENTITY, "system");
    then_good(0, STEPS);
    went_well(fly());
    ck_assert(got.ready);
    for (int i = TOKEN_EXCHANGE; i <= TOKEN_GRAPH; i++) {
        step_says((enum step)i, SAE_PREFLIGHT_WORKS,
                  "the identity service of this machine, http://169.254.169.254, gives one "
                  "for https://");
    }
}
END_TEST

START_TEST(a_machine_without_an_identity_service_is_told)
{
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_MANAGED_IDENTITY, "system");
    then_answer((struct scripted){.fails = SAE_E_TIMEOUT});
    went_well(fly());
    step_says(TOKEN_EXCHANGE, SAE_PREFLIGHT_FAILS,
              "no answer from http://169.254.169.254 within 20 s: managed_identity works on "
              "machines in Azure only");
    step_says(TOKEN_GRAPH, SAE_PREFLIGHT_UNASKED,
              "not asked: the identity service of this machine does not answer");
}
END_TEST

static Suite *credential_suite(void)
{
    Suite *suite = suite_create("preflight credential");
    TCase *tc = tcase_create("credential");

    tcase_add_checked_fixture(tc, preflight_begin, preflight_end);
    tcase_add_test(tc, an_end_that_nobody_knows_is_not_in_the_way);
    tcase_add_loop_test(tc, a_credential_that_ended_is_no_success, 0, 3);
    tcase_add_test(tc, a_credential_without_an_end_says_so);
    tcase_add_loop_test(tc, without_a_credential_nothing_is_tried, 0, 2);
    tcase_add_loop_test(tc, a_certificate_that_cannot_be_read_is_a_failure, 0, 2);
    tcase_add_test(tc, a_token_of_the_machine_is_not_said_to_be_of_the_login_service);
    tcase_add_test(tc, a_machine_without_an_identity_service_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(credential_suite());
}
