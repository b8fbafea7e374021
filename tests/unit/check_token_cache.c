/* SPDX-License-Identifier: MIT */
/* Keeping tokens and refusals: for how long, for whom, and what is not trusted. */
#include "token_test.h"

static bool is_there(const char *name)
{
    struct stat st;

    return lstat(path_of(name), &st) == 0;
}

/* Keeps a token of an hour, and starts a new run. */
static void keep_one(void)
{
    then_token("one", "3600");
    gives(GRAPH, "one");
    new_run();
}

static void is_kept(void)
{
    gives(GRAPH, "one");
}

/* ---- life ---------------------------------------------------------------------- */

START_TEST(a_token_is_asked_for_once)
{
    then_token("one", "3600");
    gives(GRAPH, "one");
    gives(GRAPH, "one");
    new_run();
    gives(GRAPH, "one");
    ck_assert_int_eq(sent, 1);
}
END_TEST

START_TEST(a_kept_token_is_for_its_owner_alone)
{
    mode_t before = umask(0);

    keep_one();
    umask(before);
    ck_assert_uint_eq(mode_of(GRAPH_FILE), 0600);
    ck_assert(!is_there(GRAPH_FILE ".tmp"));
}
END_TEST

START_TEST(each_service_has_its_own)
{
    then_token("one", "3600");
    then_token("two", "3600");
    gives(GRAPH, "one");
    gives(EXCHANGE, "two");
    new_run();
    gives(GRAPH, "one");
    gives(EXCHANGE, "two");
}
END_TEST

START_TEST(a_token_is_used_until_five_minutes_before_its_end)
{
    keep_one();
    let_pass(3600 - 300 - 5);
    is_kept();
    let_pass(5);
    is_asked_anew();
}
END_TEST

START_TEST(a_short_token_is_used_once)
{
    then_token("one", "\"300\"");
    gives(GRAPH, "one");
    is_asked_anew();
}
END_TEST

START_TEST(no_token_is_kept_longer_than_a_day)
{
    then_token("one", "604800");
    gives(GRAPH, "one");
    let_pass(86400 - 300 - 5);
    is_kept();
    let_pass(5);
    is_asked_anew();
}
END_TEST

START_TEST(a_dropped_token_is_gone_for_every_run)
{
    then_token("one", "3600");
    gives(GRAPH, "one");
    sae_token_drop(tokens, GRAPH);
    ck_assert(!is_there(GRAPH_FILE));
    is_asked_anew();
    new_run();
    gives(GRAPH, "two");
}
END_TEST

START_TEST(forgetting_removes_all_that_is_kept)
{
    then_token("one", "3600");
    then_token("two", "3600");
    gives(GRAPH, "one");
    gives(EXCHANGE, "two");
    write_text(GRAPH_FILE ".tmp", "half", noon());
    sae_token_forget(&tenant);
    ck_assert(!is_there(GRAPH_FILE));
    ck_assert(!is_there(GRAPH_FILE ".tmp"));
    ck_assert(!is_there("state/private/contoso.exchange.token"));
}
END_TEST

/* ---- whose it is --------------------------------------------------------------- */

START_TEST(a_token_is_bound_to_what_it_was_asked_with)
{
    keep_one();
    set(changes[_i].key, changes[_i].value);
    is_asked_anew();
}
END_TEST

START_TEST(a_token_is_bound_to_the_credential)
{
    keep_one();
    set(SAE_KEY_CLIENT_SECRET_FILE, private_file("another", "other", 0600));
    is_asked_anew();
    new_run();
    set(SAE_KEY_CLIENT_SECRET_FILE, NULL);
    set(SAE_KEY_MANAGED_IDENTITY, "system");
    is_asked_anew();
    new_run();
    set(SAE_KEY_MANAGED_IDENTITY, CLIENT_ID);
    is_asked_anew();
    new_run();
    set(SAE_KEY_IDENTITY_URL, "http://127.0.0.1:8080");
    is_asked_anew();
}
END_TEST

START_TEST(where_graph_is_does_not_matter_to_the_token)
{
    keep_one();
    set(SAE_KEY_GRAPH_URL, "https://127.0.0.1:8443");
    is_kept();
}
END_TEST

/* ---- what is not trusted ------------------------------------------------------- */

START_TEST(a_file_that_others_may_touch_is_not_used)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0644};

    keep_one();
    ck_assert_int_eq(chmod(path_of(GRAPH_FILE), modes[_i]), 0);
    is_asked_anew();
    ck_assert_uint_eq(mode_of(GRAPH_FILE), 0600);
}
END_TEST

START_TEST(a_link_is_not_followed_but_replaced)
{
    keep_one();
    ck_assert_int_eq(rename(path_of(GRAPH_FILE), path_of("elsewhere")), 0);
    ck_assert_int_eq(symlink(path_of("elsewhere"), path_of(GRAPH_FILE)), 0);
    ck_assert_int_eq(symlink(path_of("victim"), path_of(GRAPH_FILE ".tmp")), 0);
    is_asked_anew();
    ck_assert(!is_there("victim"));
    new_run();
    gives(GRAPH, "two");
    ck_assert_uint_eq(mode_of(GRAPH_FILE), 0600);
}
END_TEST

static void trust_nothing(const char *name, cJSON *value)
{
    tamper(name, value);
    is_asked_anew();
}

START_TEST(a_file_that_is_not_what_it_should_be_is_not_used)
{
    static const char *const names[] = {"version", "binding", "since", "until", "token"};

    keep_one();
    if (_i < COUNT(names)) {
        trust_nothing(names[_i], NULL);
    } else if (_i < 2 * COUNT(names)) {
        trust_nothing(names[_i - COUNT(names)], cJSON_CreateTrue());
    } else {
        trust_nothing("token", cJSON_CreateString("a b"));
    }
}
END_TEST

START_TEST(times_that_cannot_be_are_not_believed)
{
    double now = (double)(sae_clock_now() / (SAE_SECOND / 1000)), hour = 3600e3;
    /* From the future; ended before it began; longer than any token lives. */
    const double times[][2] = {{now + 60e3, now + hour},
                               {now - hour, now - 2 * hour},
                               {now - hour, now + 25.1 * hour},
                               {-1, now + hour},
                               {now - hour, 1e18}};

    keep_one();
    tamper("since", cJSON_CreateNumber(times[_i][0]));
    tamper("until", cJSON_CreateNumber(times[_i][1]));
    is_asked_anew();
}
END_TEST

START_TEST(a_damaged_file_is_replaced)
{
    char text[4096];
    FILE *file;
    size_t len;

    keep_one();
    file = fopen(path_of(GRAPH_FILE), "r");
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    write_bytes(GRAPH_FILE, text, _i == 0 ? 0 : len * (size_t)_i / 8, noon());
    is_asked_anew();
    new_run();
    gives(GRAPH, "two");
}
END_TEST

START_TEST(a_huge_file_is_not_read)
{
    char *text = malloc(100001);

    keep_one();
    memset(text, ' ', 100000);
    text[100000] = '\0';
    write_text(GRAPH_FILE, text, noon());
    free(text);
    is_asked_anew();
}
END_TEST

START_TEST(what_is_no_file_is_no_trouble)
{
    ck_assert_int_eq(_i == 0 ? mkdir(path_of(GRAPH_FILE), 0700)
                             : mkfifo(path_of(GRAPH_FILE), 0600),
                     0);
    then_token("one", "3600");
    gives(GRAPH, "one");
    gives(GRAPH, "one");
}
END_TEST

START_TEST(without_a_folder_the_token_is_good_for_this_run)
{
    set(SAE_KEY_STATE_DIR, path_of("nowhere"));
    then_token("one", "3600");
    gives(GRAPH, "one");
    gives(GRAPH, "one");
    new_run();
    is_asked_anew();
}
END_TEST

START_TEST(a_folder_that_others_can_write_keeps_nothing)
{
    ck_assert_int_eq(chmod(path_of("state/private"), 0777), 0);
    then_token("one", "3600");
    gives(GRAPH, "one");
    ck_assert(!is_there(GRAPH_FILE));
    ck_assert_int_eq(chmod(path_of("state/private"), 0700), 0);
}
END_TEST

START_TEST(as_root_the_file_belongs_to_the_folder_s_owner)
{
    struct stat st;

    if (getuid() != 0) {
        return;
    }
    ck_assert_int_eq(chown(path_of("state/private"), 4711, 4711), 0);
    keep_one();
    ck_assert_int_eq(lstat(path_of(GRAPH_FILE), &st), 0);
    ck_assert_uint_eq(st.st_uid, 4711);
    is_kept();
    new_run();
    ck_assert_int_eq(chown(path_of(GRAPH_FILE), 4712, 4711), 0); /* a stranger's */
    is_asked_anew();
}
END_TEST

static void add_life(Suite *suite)
{
    TCase *tc = tcase_create("life");

    tcase_add_checked_fixture(tc, token_begin, token_end);
    tcase_add_test(tc, a_token_is_asked_for_once);
    tcase_add_test(tc, a_kept_token_is_for_its_owner_alone);
    tcase_add_test(tc, each_service_has_its_own);
    tcase_add_test(tc, a_token_is_used_until_five_minutes_before_its_end);
    tcase_add_test(tc, a_short_token_is_used_once);
    tcase_add_test(tc, no_token_is_kept_longer_than_a_day);
    tcase_add_test(tc, a_dropped_token_is_gone_for_every_run);
    tcase_add_test(tc, forgetting_removes_all_that_is_kept);
    tcase_add_loop_test(tc, a_token_is_bound_to_what_it_was_asked_with, 0,
                        COUNT(changes));
    tcase_add_test(tc, a_token_is_bound_to_the_credential);
    tcase_add_test(tc, where_graph_is_does_not_matter_to_the_token);
    suite_add_tcase(suite, tc);
}

static void add_trust(Suite *suite)
{
    TCase *tc = tcase_create("trust");

    tcase_add_checked_fixture(tc, token_begin, token_end);
    tcase_add_loop_test(tc, a_file_that_others_may_touch_is_not_used, 0, 5);
    tcase_add_test(tc, a_link_is_not_followed_but_replaced);
    tcase_add_loop_test(tc, a_file_that_is_not_what_it_should_be_is_not_used, 0, 11);
    tcase_add_loop_test(tc, times_that_cannot_be_are_not_believed, 0, 5);
    tcase_add_loop_test(tc, a_damaged_file_is_replaced, 0, 8);
    tcase_add_test(tc, a_huge_file_is_not_read);
    tcase_add_loop_test(tc, what_is_no_file_is_no_trouble, 0, 2);
    tcase_add_test(tc, without_a_folder_the_token_is_good_for_this_run);
    tcase_add_test(tc, a_folder_that_others_can_write_keeps_nothing);
    tcase_add_test(tc, as_root_the_file_belongs_to_the_folder_s_owner);
    suite_add_tcase(suite, tc);
}

static Suite *token_cache_suite(void)
{
    Suite *suite = suite_create("token_cache");

    add_life(suite);
    add_trust(suite);
    return suite;
}

int main(void)
{
    return run_suite(token_cache_suite());
}
