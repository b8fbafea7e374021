/* SPDX-License-Identifier: MIT */
/* Preflight asks what collecting will use: sources that are files are looked at, those that
 * this version does not read fail, and one that is off is said to be. */
#include "preflight_test.h"

static void from_files(void)
{
    set(SAE_KEY_TRANSPORT_CONFIG, private_file("transport.json", "{}", 0600));
    set(SAE_KEY_MAILBOXES, private_file("boxes.csv", "a,b", 0600));
    set(SAE_KEY_SIGNINS, private_file("log.json", "[]", 0600));
}

START_TEST(files_need_no_log_in)
{
    from_files();
    went_well(fly());
    ck_assert(got.ready);
    ck_assert_uint_eq(got.count, 4);
    says(0, "sources", SAE_PREFLIGHT_WORKS, "none is a service: nothing to log in to");
    says(1, "tenant switch", SAE_PREFLIGHT_WORKS,
         "transport.json can be opened and is not empty");
    says(2, "mailboxes", SAE_PREFLIGHT_WORKS, "boxes.csv can be opened and is not empty");
    says(3, "sign-ins", SAE_PREFLIGHT_WORKS, "1 file can be opened");
    ck_assert_str_eq(got.line[1].group, "switch");
    ck_assert_str_eq(got.line[2].group, "mailboxes");
    ck_assert_str_eq(got.line[3].group, "sign-ins");
}
END_TEST

START_TEST(a_file_that_is_not_there_or_empty_is_no_source)
{
    static const struct {
        enum sae_key key;
        const char *name;
        const char *words;
        size_t line;
    } files[] = {
        {SAE_KEY_TRANSPORT_CONFIG, "gone.json", "gone.json: cannot open: No such file", 1},
        {SAE_KEY_TRANSPORT_CONFIG, "empty.json", "empty.json: is empty", 1},
        {SAE_KEY_MAILBOXES, "gone.csv", "gone.csv: cannot open: No such file", 2},
        {SAE_KEY_MAILBOXES, "empty.csv", "empty.csv: is empty", 2},
        {SAE_KEY_MAILBOXES, "", "not a regular file", 2},
        {SAE_KEY_SIGNINS, "gone.*", "gone.*: no such file", 3},
        {SAE_KEY_SIGNINS, "empty.*", "empty.csv: is empty", 3},
        {SAE_KEY_SIGNINS, "manifest.json", "no sign-in file but a manifest", 3},
    };

    from_files();
    private_file("empty.json", "", 0600);
    private_file("empty.csv", "", 0600);
    private_file("manifest.json", "{}", 0600);
    set(files[_i].key, path_of(files[_i].name));
    went_well(fly());
    ck_assert(!got.ready);
    for (size_t i = 0; i < got.count; i++) {
        says(i, got.line[i].what,
             i == files[_i].line ? SAE_PREFLIGHT_FAILS : SAE_PREFLIGHT_WORKS,
             i == files[_i].line ? files[_i].words : "");
    }
}
END_TEST

START_TEST(every_entry_of_the_log_is_looked_at)
{
    char list[800];

    from_files();
    private_file("one.json", "[]", 0600);
    private_file("two.json", "[]", 0600);
    private_file("manifest.json", "{}", 0600);
    snprintf(list, sizeof(list), "%s", path_of("[mot]*.json"));
    set(SAE_KEY_SIGNINS, list);
    went_well(fly());
    says(3, "sign-ins", SAE_PREFLIGHT_WORKS, "3 files can be opened");
    strncat(list, ",", sizeof(list) - strlen(list) - 1);
    strncat(list, path_of("gone.json"), sizeof(list) - strlen(list) - 1);
    set(SAE_KEY_SIGNINS, list);
    went_well(fly());
    says(3, "sign-ins", SAE_PREFLIGHT_FAILS, "gone.json: no such file");
}
END_TEST

START_TEST(an_empty_log_is_one_if_its_manifest_says_so)
{
    from_files();
    set(SAE_KEY_SIGNINS, private_file("none.json", "", 0600));
    private_file("manifest.json",
                 "{\"version\":1,\"time\":\"2026-11-22T11:00:00Z\",\"rows\":{\"none.json\":0},"
                 "\"from\":\"2026-11-21T11:00:00Z\",\"to\":\"2026-11-22T11:00:00Z\"}",
                 0600);
    went_well(fly());
    says(3, "sign-ins", SAE_PREFLIGHT_WORKS, "1 file can be opened");
}
END_TEST

static const char *const unread[] = {"hunting", "loganalytics"};

static void is_not_read(size_t line, const char *source)
{
    char words[120];

    snprintf(words, sizeof(words),
             "source %s: this version reads sign-ins from graph or from files", source);
    ck_assert(!got.ready);
    says(line, "sign-ins", SAE_PREFLIGHT_FAILS, words);
    ck_assert_str_eq(got.line[line].text, words);
    ck_assert_str_eq(got.estimate, "");
}

START_TEST(a_source_that_this_version_does_not_read_fails)
{
    set(SAE_KEY_SIGNINS, unread[_i]);
    then_good(0, SIGNINS);
    then_good(DEFAULTS, STEPS);
    went_well(fly());
    is_not_read(SIGNINS + 1, unread[_i]);
    step_works(AUTHENTICATION);
    step_works(CONDITIONAL);
}
END_TEST

START_TEST(nobody_is_asked_for_a_source_that_is_not_read)
{
    from_files();
    set(SAE_KEY_SIGNINS, unread[_i]);
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    went_well(fly());
    ck_assert_uint_eq(got.count, 3);
    is_not_read(2, unread[_i]);
}
END_TEST

START_TEST(files_are_looked_at_without_a_credential_too)
{
    from_files();
    set(SAE_KEY_SIGNINS, "graph");
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    went_well(fly());
    ck_assert(!got.ready);
    ck_assert_uint_eq(got.count, 3);
    says(0, "credential", SAE_PREFLIGHT_FAILS, "client_secret_file");
    says(2, "mailboxes", SAE_PREFLIGHT_WORKS, "boxes.csv can be opened");
}
END_TEST

static Suite *sources_suite(void)
{
    Suite *suite = suite_create("preflight sources");
    TCase *tc = tcase_create("sources");

    tcase_add_checked_fixture(tc, preflight_begin, preflight_end);
    tcase_add_test(tc, files_need_no_log_in);
    tcase_add_loop_test(tc, a_file_that_is_not_there_or_empty_is_no_source, 0, 8);
    tcase_add_test(tc, every_entry_of_the_log_is_looked_at);
    tcase_add_test(tc, an_empty_log_is_one_if_its_manifest_says_so);
    tcase_add_loop_test(tc, a_source_that_this_version_does_not_read_fails, 0, 2);
    tcase_add_loop_test(tc, nobody_is_asked_for_a_source_that_is_not_read, 0, 2);
    tcase_add_test(tc, files_are_looked_at_without_a_credential_too);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(sources_suite());
}
