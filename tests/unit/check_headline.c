/* SPDX-License-Identifier: MIT */
/* The first line about the measurement itself: what is not OK, and what to do about it; and
 * how words are cut that are too many for a line. */
#include "sample_snapshot.h"

/* no library: the programs' own source */
#include "plugins/check/judge.c"
#include "plugins/check/headline.c"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const char conf[] = "[defaults]\nmailboxes = m.csv\ntransport_config = t.json\n"
                           "signins = s.json\n[files]\n";

static struct sae_config config;
static struct sae_snapshot *snap;
static struct sae_view view;
static struct sae_limits limits;
static struct sae_err err;
static char text[512];

static void open_sample(void)
{
    scratch_open();
    snap = sample_snapshot();
    ck_assert_msg(sae_config_load(scratch_write("smtp-auth.conf", conf, sizeof(conf) - 1),
                                  &config, &err) == SAE_OK,
                  "%s", err.text);
    for (int p = 0; p < SAE_PART_COUNT; p++) {
        snap->parts[p].ok = true;
        snap->parts[p].time = NOW - SAE_MINUTE;
    }
    snap->note[0] = '\0';
    limits = (struct sae_limits){0};
    sae_values_set(&snap->values, SAE_M_COLLECT_OK, 1);
    sae_values_set(&snap->values, SAE_M_LOG_LAG, 300);
    sae_values_set(&snap->values, SAE_M_ROWS_UNPARSED, 0);
}

static void close_sample(void)
{
    sae_config_done(&config);
    free(snap);
    scratch_close();
}

static const char *health_line(size_t cap)
{
    sae_view_init(&view, sae_config_tenant(&config, "files"), snap, NOW, 0);
    sae_headline(&view, &limits, SAE_GROUP_HEALTH, SAE_STATE_WARNING, text, cap);
    return text;
}

static const char *health(void)
{
    return health_line(sizeof(text));
}

#define YOUNG "all parts read, sign-ins under 2 min old, mailboxes under 2 min old"

START_TEST(what_is_well_is_said_in_one_phrase)
{
    ck_assert_str_eq(health(), YOUNG);
}
END_TEST

START_TEST(a_log_that_stands_still_is_named_first)
{
    sae_values_set(&snap->values, SAE_M_LOG_LAG, 259200);
    ck_assert_str_eq(health(), YOUNG);
    sae_values_set(&snap->values, SAE_M_LOG_LAG, 266400);
    ck_assert_str_eq(health(), "log_lag is 266400 s, limit 259200 (look for newer sign-ins in "
                               "the portal), " YOUNG);
}
END_TEST

START_TEST(unreadable_rows_have_a_next_step)
{
    sae_values_set(&snap->values, SAE_M_ROWS_UNPARSED, 1);
    ck_assert_str_eq(health(), YOUNG ", 1 row unreadable: export again, as JSON");
}
END_TEST

START_TEST(limits_of_the_user_are_named_where_no_words_tell_them)
{
    limits.given = limits.has_warn[SAE_M_LOG_COVERED] = true;
    ck_assert_int_eq(sae_range_parse("31:", &limits.warn[SAE_M_LOG_COVERED], NULL), SAE_OK);
    ck_assert_str_eq(health(), "log_covered is 30.5, limit 31: (see smtp_auth_report runs), "
                               YOUNG);
}
END_TEST

START_TEST(a_failed_part_is_not_told_twice)
{
    snap->parts[SAE_PART_SIGNINS].ok = false;
    sae_values_set(&snap->values, SAE_M_COLLECT_OK, 0);
    ck_assert_str_eq(health(),
                     "signins: last try failed: signins.json: half a row, sign-ins under 2 min "
                     "old, mailboxes under 2 min old: mend that and collect again");
}
END_TEST

START_TEST(a_success_that_alerts_is_named)
{
    limits.given = limits.has_crit[SAE_M_COLLECT_OK] = true;
    ck_assert_int_eq(sae_range_parse("0", &limits.crit[SAE_M_COLLECT_OK], NULL), SAE_OK);
    ck_assert_str_eq(health(),
                     "collect_ok is 1, limit 0 (see smtp_auth_report runs), " YOUNG);
}
END_TEST

START_TEST(a_credential_is_named_once)
{
    limits.given = limits.has_warn[SAE_M_CREDENTIAL_LEFT] = true;
    ck_assert_int_eq(sae_range_parse("60:", &limits.warn[SAE_M_CREDENTIAL_LEFT], NULL), SAE_OK);
    sae_values_set(&snap->values, SAE_M_CREDENTIAL_LEFT, 20);
    ck_assert_str_eq(health(), "all parts read, 20 days to the end of the credential: renew it, "
                               "sign-ins under 2 min old, mailboxes under 2 min old");
    sae_values_set(&snap->values, SAE_M_CREDENTIAL_LEFT, 40);
    ck_assert_str_eq(health(), "credential_left is 40, limit 60: (renew it), " YOUNG);
}
END_TEST

/* ---- cuts --------------------------------------------------------------------------- */

static const struct {
    size_t cap;
    const char *from, *to;
} cuts[] = {
    {20, "short enough, really", "short enough~"},
    {21, "short enough, really", "short enough, really"},
    {12, "(a b) (c d) (e f)", "(a b) (c~"},
    {13, "not allowed to call Get-TransportConfig", "not allowed~"},
    {12, "not allowed to call", "not allowe~"},
    {8, "Get-TransportConfig", "Get-Tr~"},
    {8, "a Get-TransportConfig", "a Get-~"},
    {4, "a, b", "a~"},
    {2, "ab", "~"},
    {1, "a", ""},
    {8, "", ""},
};

START_TEST(a_cut_is_marked_and_falls_between_words)
{
    char got[64];

    sae_check_cut(got, cuts[_i].cap, cuts[_i].from);
    ck_assert_str_eq(got, cuts[_i].to);
}
END_TEST

#define ROLE "Get-TransportConfig: the application has no Exchange role: assign Global Reader, " \
             "or a role group with View-Only Recipients (Exchange: User is not allowed to call " \
             "Get-TransportConfig)"

START_TEST(a_reason_that_is_cut_says_so)
{
    snap->parts[SAE_PART_TENANT].ok = false;
    snprintf(snap->parts[SAE_PART_TENANT].text, 200, "%s", ROLE);
    ck_assert_ptr_nonnull(strstr(health(), "(Exchange: User is not~, sign-ins under"));
    sae_headline(&view, &limits, SAE_GROUP_TENANT, SAE_STATE_OK, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "or a role group with View-Only~"));
    ck_assert_str_eq(text + strlen(text) - 10, "View-Only~");
}
END_TEST

START_TEST(a_phrase_that_is_cut_says_so)
{
    ck_assert_str_eq(health_line(40), "all parts read, sign-ins under 2 min~");
}
END_TEST

static Suite *headline_suite(void)
{
    Suite *suite = suite_create("headline");
    TCase *tc = tcase_create("headline");

    tcase_add_checked_fixture(tc, open_sample, close_sample);
    tcase_add_test(tc, what_is_well_is_said_in_one_phrase);
    tcase_add_test(tc, a_log_that_stands_still_is_named_first);
    tcase_add_test(tc, unreadable_rows_have_a_next_step);
    tcase_add_test(tc, limits_of_the_user_are_named_where_no_words_tell_them);
    tcase_add_test(tc, a_failed_part_is_not_told_twice);
    tcase_add_test(tc, a_success_that_alerts_is_named);
    tcase_add_test(tc, a_credential_is_named_once);
    tcase_add_loop_test(tc, a_cut_is_marked_and_falls_between_words, 0, COUNT(cuts));
    tcase_add_test(tc, a_reason_that_is_cut_says_so);
    tcase_add_test(tc, a_phrase_that_is_cut_says_so);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(headline_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
