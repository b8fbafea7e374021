/* SPDX-License-Identifier: MIT */
/* The small parts of smtp_auth_collect: what it says while it works, the reasons in its one
 * line, and what it takes out of its environment. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* no library: the programs' own source */
#include "plugins/collect/environment.c"
#include "plugins/collect/progress.c"
#include "plugins/collect/reasons.c"

#define LONG_NAME "a-tenant-with-a-name-that-is-very-long-but-is-still-allowed-1234"

static const struct {
    struct sae_progress progress;
    const char *text;
} progress_table[] = {
    {{"contoso", 12.4, 30, 48211, 4 * SAE_MINUTE},
     "contoso sign-ins 12 of 30 days, 48,211 rows, about 4 min left"},
    {{"contoso", 12.99, 30, 999, -1}, "contoso sign-ins 12 of 30 days, 999 rows"},
    {{"contoso", 0, 30, 0, -1}, "contoso sign-ins 0 of 30 days, 0 rows"},
    {{"contoso", 29, 30, 1000, 59 * SAE_SECOND},
     "contoso sign-ins 29 of 30 days, 1,000 rows, under a minute left"},
    {{"contoso", 29, 30, 1234567, SAE_MINUTE},
     "contoso sign-ins 29 of 30 days, 1,234,567 rows, about 1 min left"},
    {{"contoso", 29, 30, 100000, SAE_MINUTE + 1},
     "contoso sign-ins 29 of 30 days, 100,000 rows, about 2 min left"},
    {{"contoso", 1, 30, 5, 2 * SAE_HOUR},
     "contoso sign-ins 1 of 30 days, 5 rows, about 2 h left"},
    {{"contoso", 1, 30, 5, 2 * SAE_HOUR - 1},
     "contoso sign-ins 1 of 30 days, 5 rows, about 120 min left"},
    {{"contoso", 0.05, 0.125, 12, 0},
     "contoso sign-ins 1 of 3 hours, 12 rows, under a minute left"},
    {{"contoso", 31, 30, 12, 0}, "contoso sign-ins 30 of 30 days, 12 rows, under a minute left"},
    {{"contoso", -1, 30, 12, -5}, "contoso sign-ins 0 of 30 days, 12 rows"},
    {{LONG_NAME, 12, 30, UINT64_MAX, INT64_MAX},
     "a-tenant-with-a-name-tha sign-ins 12 of 30 days, 18,446,744,073,709,551,615 row"},
};

START_TEST(progress_is_said_in_one_line_that_never_wraps)
{
    char text[SAE_PROGRESS_LINE + 1];

    ck_assert_str_eq(sae_progress_text(text, &progress_table[_i].progress),
                     progress_table[_i].text);
}
END_TEST

START_TEST(progress_that_is_no_number_is_harmless)
{
    struct sae_progress progress = {"x", 0.0 / 0.0, 0.0 / 0.0, 1, -1};
    char text[SAE_PROGRESS_LINE + 1];

    ck_assert_ptr_nonnull(strstr(sae_progress_text(text, &progress), ", 1 rows"));
}
END_TEST

static const char *const reason_table[][2] = {
    {"token refused", "token refused"},
    {"", ""},
    {"mailboxes: /var/lib/exports/contoso/mailboxes.csv: no such file",
     "mailboxes: mailboxes.csv: no such file"},
    {"/etc/smtp-auth/smtp-auth.conf:12: unknown key", "smtp-auth.conf:12: unknown key"},
    {"cannot read /a/b, /c/d and /e/", "cannot read b, d and /e/"},
    {"https://login.example/x and and/or", "https://login.example/x and and/or"},
    {"/ is full", "/ is full"},
    {"tenant: Get-TransportConfig: token refused", "tenant: token refused"},
    {"1234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890123456789012345678901234567890",
     "1234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890123456789012345678901234567890"},
    {"1234567890123456789012345678901234567890123456789012345678901234567890"
     "12345678901234567890123456789012345678901",
     "1234567890123456789012345678901234567890123456789012345678901234567890"
     "12345678901234567890123456789012345678.."},
};

START_TEST(a_reason_is_short_and_names_files_without_their_folders)
{
    char text[SAE_REASON + 1];

    ck_assert_str_eq(sae_reason_short(text, reason_table[_i][0]), reason_table[_i][1]);
}
END_TEST

START_TEST(reasons_are_listed_with_their_tenants)
{
    struct sae_reasons reasons = {0};

    ck_assert_str_eq(sae_reasons_text(&reasons), "");
    sae_reasons_add(&reasons, "fabrikam", "token refused");
    ck_assert_str_eq(sae_reasons_text(&reasons), "fabrikam (token refused)");
    sae_reasons_add(&reasons, "wingtip", "too few");
    ck_assert_str_eq(sae_reasons_text(&reasons), "fabrikam (token refused), wingtip (too few)");
    ck_assert_uint_eq(reasons.count, 2);
}
END_TEST

START_TEST(reasons_that_do_not_fit_are_counted)
{
    struct sae_reasons reasons = {0};
    char reason[200];

    memset(reason, 'r', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    for (int i = 0; i < 1024; i++) {
        sae_reasons_add(&reasons, i < 1000 ? LONG_NAME : "t", i < 1000 ? reason : "short");
    }
    ck_assert_uint_eq(reasons.count, 1024);
    ck_assert_uint_le(strlen(sae_reasons_text(&reasons)), SAE_REASONS_LINE + 14);
    ck_assert_str_eq(reasons.line + strlen(reasons.line) - 14, " and 1022 more");
    ck_assert_uint_eq(strlen(sae_reasons_text(&reasons)), strlen(reasons.line));
}
END_TEST

START_TEST(what_would_redirect_libraries_is_taken_out_of_the_environment)
{
    static const char *const names[] = {
        "http_proxy",      "HTTPS_PROXY",     "https_proxy",    "ALL_PROXY",
        "all_proxy",       "NO_PROXY",        "no_proxy",       "SSLKEYLOGFILE",
        "SSL_CERT_FILE",   "SSL_CERT_DIR",    "OPENSSL_CONF",   "OPENSSL_MODULES",
        "OPENSSL_ENGINES", "CURL_CA_BUNDLE",  "CURL_HOME",      "NETRC",
        "RES_OPTIONS",     "LOCALDOMAIN",     "HOSTALIASES",    "SQLITE_TMPDIR"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        setenv(names[i], "/nonexistent", 1);
    }
    setenv("TMPDIR", "/nonexistent", 1);
    sae_environment_clear();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_msg(getenv(names[i]) == NULL, "%s is still there", names[i]);
    }
    ck_assert_str_eq(getenv("TMPDIR"), "/nonexistent");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collector");
    TCase *tests = tcase_create("collector");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, progress_is_said_in_one_line_that_never_wraps, 0,
                        (int)(sizeof(progress_table) / sizeof(progress_table[0])));
    tcase_add_test(tests, progress_that_is_no_number_is_harmless);
    tcase_add_loop_test(tests, a_reason_is_short_and_names_files_without_their_folders, 0,
                        (int)(sizeof(reason_table) / sizeof(reason_table[0])));
    tcase_add_test(tests, reasons_are_listed_with_their_tenants);
    tcase_add_test(tests, reasons_that_do_not_fit_are_counted);
    tcase_add_test(tests, what_would_redirect_libraries_is_taken_out_of_the_environment);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
