/* SPDX-License-Identifier: MIT */
/* Single sign-ins as an administrator asks for them: whose they are, in which order, none
 * left out. */
#include "address.h"
#include "store.h"

static struct sae_buf seen;

static enum sae_status write_line(void *arg, const struct sae_signin_line *line,
                                  struct sae_err *err)
{
    char address[SAE_ADDRESS_TEXT];

    (void)arg;
    (void)err;
    sae_buf_printf(&seen, "%d %s %s %s %s %d\n", (int)(line->time - noon()), line->shown,
                   line->mailbox[0] == '\0' ? "-" : line->mailbox,
                   line->mail[0] == '\0' ? "-" : line->mail,
                   line->address.len == 0
                       ? "-"
                       : sae_address_text(address, sizeof(address), &line->address),
                   line->code);
    return SAE_OK;
}

/* What [from, to) ticks around noon hold. */
static void lines_are(int64_t from, int64_t to, const char *want)
{
    sae_buf_init(&seen, 65536);
    OK(sae_history_each_signin(history, noon() + from, noon() + to, write_line, NULL,
                               &failure));
    ck_assert_str_eq(sae_buf_text(&seen), want);
    sae_buf_done(&seen);
}

static void add_mailbox(const char *guid, const char *object, const char *address,
                        const char *names)
{
    struct sae_mailbox box = {.names = names};

    snprintf(box.guid, sizeof(box.guid), "%s", guid);
    snprintf(box.object_id, sizeof(box.object_id), "%s", object);
    snprintf(box.address, sizeof(box.address), "%s", address);
    OK(try_add(box));
}

static void begin_mailboxes(void)
{
    OK(sae_history_stage_begin(history, &failure));
}

static void commit_mailboxes(void)
{
    int64_t staged, held;

    OK(sae_history_begin(history, &failure));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    OK(sae_history_stage_commit(history, noon(), &failure));
    OK(sae_history_commit(history, &failure));
}

START_TEST(rows_come_in_time_order_and_the_interval_is_half_open)
{
    feed_one(signin_of("c", noon() + 7, "c@x.example", 50126));
    feed_one(signin_of("a", noon() + 5, "a@x.example", 0));
    feed_one(signin_of("b", noon() + 6, "b@x.example", 50034));
    lines_are(5, 7, "5 a@x.example - - 192.0.2.7 0\n6 b@x.example - - 192.0.2.7 50034\n");
    lines_are(7, 8, "7 c@x.example - - 192.0.2.7 50126\n");
    lines_are(8, 9, "");
}
END_TEST

START_TEST(a_row_without_address_is_there_too)
{
    struct sae_signin row = signin_of("a", noon(), "a@x.example", 999999);

    row.address = (struct sae_address){0};
    feed_one(row);
    lines_are(0, 1, "0 a@x.example - - - 999999\n");
}
END_TEST

START_TEST(a_user_who_only_failed_belongs_to_a_mailbox_all_the_same)
{
    begin_mailboxes();
    add_mailbox("00000000-0000-4000-8000-000000000001",
                "00000000-0000-4000-9000-000000000001", "one@x.example",
                "uno@x.example\n");
    commit_mailboxes();
    feed_one(signin_of("a", noon(), "00000000-0000-4000-9000-000000000001", 50126));
    feed_one(signin_of("b", noon() + 1, "uno@x.example", 50126));
    feed_one(signin_of("c", noon() + 2, "two@x.example", 50126));
    lines_are(
        0, 3,
        "0 00000000-0000-4000-9000-000000000001 00000000-0000-4000-8000-000000000001"
        " one@x.example 192.0.2.7 50126\n"
        "1 uno@x.example 00000000-0000-4000-8000-000000000001 one@x.example 192.0.2.7"
        " 50126\n"
        "2 two@x.example - - 192.0.2.7 50126\n");
}
END_TEST

START_TEST(a_name_of_two_mailboxes_tells_nothing)
{
    begin_mailboxes();
    add_mailbox("00000000-0000-4000-8000-000000000001", "", "one@x.example",
                "both@x.example\n");
    add_mailbox("00000000-0000-4000-8000-000000000002", "", "two@x.example",
                "both@x.example\n");
    commit_mailboxes();
    feed_one(signin_of("a", noon(), "both@x.example", 50126));
    lines_are(0, 1, "0 both@x.example - - 192.0.2.7 50126\n");
}
END_TEST

START_TEST(an_object_id_that_is_nobodys_leaves_the_name)
{
    struct sae_signin row =
        signin_of("a", noon(), "00000000-0000-4000-9000-000000000009", 50126);

    begin_mailboxes();
    add_mailbox("00000000-0000-4000-8000-000000000001",
                "00000000-0000-4000-9000-000000000001", "one@x.example", "");
    commit_mailboxes();
    snprintf(row.upn, sizeof(row.upn), "one@x.example");
    feed_one(row);
    lines_are(
        0, 1,
        "0 00000000-0000-4000-9000-000000000009 00000000-0000-4000-8000-000000000001"
        " one@x.example 192.0.2.7 50126\n");
}
END_TEST

/* Both lists of one user say the same. */
START_TEST(senders_are_matched_by_the_same_rule)
{
    begin_mailboxes();
    add_mailbox("00000000-0000-4000-8000-000000000001",
                "00000000-0000-4000-9000-000000000001", "one@x.example",
                "both@x.example\n");
    add_mailbox("00000000-0000-4000-8000-000000000002",
                "00000000-0000-4000-9000-000000000002", "two@x.example",
                "both@x.example\n");
    commit_mailboxes();
    feed_one(signin_of("a", noon(), "both@x.example", 0));
    feed_one(signin_of("b", noon() + 1, "two@x.example", 0));
    feed_one(signin_of("c", noon() + 2, "00000000-0000-4000-9000-000000000001", 0));
    OK(sae_history_begin(history, &failure));
    OK(sae_history_match(history, &failure));
    OK(sae_history_commit(history, &failure));
    history_says(
        "SELECT u.key, m.mailbox FROM user u LEFT JOIN sender_mailbox m"
        " ON m.user = u.id ORDER BY u.key",
        "00000000-0000-4000-9000-000000000001 00000000-0000-4000-8000-000000000001\n"
        "both@x.example -\n"
        "two@x.example 00000000-0000-4000-8000-000000000002\n");
    lines_are(
        0, 3,
        "0 both@x.example - - 192.0.2.7 0\n"
        "1 two@x.example 00000000-0000-4000-8000-000000000002 two@x.example 192.0.2.7"
        " 0\n"
        "2 00000000-0000-4000-9000-000000000001 00000000-0000-4000-8000-000000000001"
        " one@x.example 192.0.2.7 0\n");
}
END_TEST

static enum sae_status refuse(void *arg, const struct sae_signin_line *line,
                              struct sae_err *err)
{
    (void)line;
    ++*(int *)arg;
    return sae_fail(err, SAE_E_LIMIT, "enough");
}

START_TEST(a_taker_that_fails_ends_the_walk)
{
    int calls = 0;

    feed_one(signin_of("a", noon(), "a@x.example", 0));
    feed_one(signin_of("b", noon() + 1, "b@x.example", 0));
    ck_assert_int_eq(
        sae_history_each_signin(history, noon(), noon() + 9, refuse, &calls, &failure),
        SAE_E_LIMIT);
    ck_assert_int_eq(calls, 1);
    lines_are(0, 1, "0 a@x.example - - 192.0.2.7 0\n");
}
END_TEST

START_TEST(the_horizon_is_where_rows_begin)
{
    ck_assert_int_eq(sae_history_horizon(history), 0);
    OK(sae_history_begin(history, &failure));
    OK(sae_history_prune(history, noon(), 0, &failure));
    OK(sae_history_commit(history, &failure));
    ck_assert_int_eq(sae_history_horizon(history), noon());
    history_reopen();
    ck_assert_int_eq(sae_history_horizon(history), noon());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history_forensics");
    TCase *tests = tcase_create("history_forensics");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, history_setup, history_teardown);
    tcase_add_test(tests, rows_come_in_time_order_and_the_interval_is_half_open);
    tcase_add_test(tests, a_row_without_address_is_there_too);
    tcase_add_test(tests, a_user_who_only_failed_belongs_to_a_mailbox_all_the_same);
    tcase_add_test(tests, a_name_of_two_mailboxes_tells_nothing);
    tcase_add_test(tests, an_object_id_that_is_nobodys_leaves_the_name);
    tcase_add_test(tests, senders_are_matched_by_the_same_rule);
    tcase_add_test(tests, a_taker_that_fails_ends_the_walk);
    tcase_add_test(tests, the_horizon_is_where_rows_begin);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
