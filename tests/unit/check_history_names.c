/* SPDX-License-Identifier: MIT */
/* What the numbers of rows stand for: users, their mailboxes, addresses. */
#include "address.h"
#include "stage.h"

static const char object_one[] = "00000000-0000-4000-9000-000000000001";
static const char object_two[] = "00000000-0000-4000-9000-000000000002";

static struct sae_buf seen;

static void seen_begin(void)
{
    sae_buf_init(&seen, 1 << 20);
}

static void seen_is(const char *want)
{
    ck_assert_str_eq(sae_buf_text(&seen), want);
    sae_buf_done(&seen);
}

/* The number that rows have for the user of this key; 0 if none has. */
static int64_t number_of(const char *key)
{
    char sql[512], *text;
    int64_t number;

    snprintf(sql, sizeof(sql), "SELECT id FROM user WHERE key = '%s'", key);
    text = history_dump(sql);
    number = strtoll(text, NULL, 10);
    free(text);
    return number;
}

static struct sae_signin from(const char *id, const char *user, const char *address)
{
    struct sae_signin row = signin_of(id, noon(), user, 50126);

    row.address = sae_address_read(address, strlen(address));
    return row;
}

static void feed_boxes(void)
{
    struct sae_mailbox one = box_of("one@x.example", SAE_FLAG_ENABLED);
    struct sae_mailbox two = box_of("two@x.example", SAE_FLAG_DISABLED);
    struct sae_mailbox six = box_of("six@x.example", SAE_FLAG_UNKNOWN);

    snprintf(one.object_id, sizeof(one.object_id), "%s", object_one);
    one.names = "uno@x.example\nboth@x.example\n";
    two.names = "both@x.example\n";
    stage_begin();
    add(one);
    add(two);
    add(six);
    ck_assert_int_eq(store(noon()), 3);
}

/* ---- users --------------------------------------------------------------------------
 */

START_TEST(a_user_has_key_name_and_a_form_for_people)
{
    struct sae_signin row = signin_of("a", noon(), object_one, 0);
    struct sae_user user;

    snprintf(row.upn, sizeof(row.upn), "ann@x.example");
    snprintf(row.shown, sizeof(row.shown), "Ann@x.example");
    feed_one(signin_of("b", noon(), "bob@x.example", 0));
    feed_one(row);
    OK(sae_history_user(history, number_of(object_one), &user, &failure));
    ck_assert_str_eq(user.key, object_one);
    ck_assert_str_eq(user.upn, "ann@x.example");
    ck_assert_str_eq(user.shown, "Ann@x.example");
    OK(sae_history_user(history, number_of("bob@x.example"), &user, &failure));
    ck_assert_str_eq(user.key, "bob@x.example");
    ck_assert_str_eq(user.upn, "bob@x.example");
}
END_TEST

/* A name as long as any, which differs from the next one in its last letter only. */
START_TEST(the_longest_names_are_told_whole)
{
    char name[SAE_NAME + 1];
    struct sae_user user;

    memset(name, 'w', SAE_NAME);
    name[SAE_NAME] = '\0';
    name[5] = '@';
    for (char last = 'x'; last <= 'y'; last++) {
        name[SAE_NAME - 1] = last;
        feed_one(signin_of(last == 'x' ? "a" : "b", noon(), name, 0));
        OK(sae_history_user(history, number_of(name), &user, &failure));
        ck_assert_str_eq(user.key, name);
        ck_assert_str_eq(user.upn, name);
    }
}
END_TEST

START_TEST(a_number_that_nobody_has_is_nobody)
{
    static const int64_t numbers[] = {0, -1, 2, INT64_MAX};
    struct sae_address address;
    char mailbox[SAE_NAME + 1];
    struct sae_user user;

    feed_boxes();
    feed_one(signin_of("a", noon(), object_one, 0));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        memset(&user, 'x', sizeof(user));
        memset(mailbox, 'x', sizeof(mailbox));
        memset(&address, 'x', sizeof(address));
        OK(sae_history_user(history, numbers[i], &user, &failure));
        OK(sae_history_user_mailbox(history, numbers[i], mailbox, &failure));
        OK(sae_history_address(history, numbers[i], &address, &failure));
        ck_assert_str_eq(user.key, "");
        ck_assert_str_eq(user.upn, "");
        ck_assert_str_eq(user.shown, "");
        ck_assert_str_eq(mailbox, "");
        ck_assert_uint_eq(address.len, 0);
    }
}
END_TEST

/* ---- their mailboxes ----------------------------------------------------------------
 */

static const struct {
    const char *user, *upn, *mailbox;
} belonging[] = {
    {object_one, "", "one@x.example"},              /* by object id */
    {object_one, "two@x.example", "one@x.example"}, /* which comes before the name */
    {object_two, "two@x.example", "two@x.example"}, /* nobody's object id */
    {object_two, "", ""},
    {"uno@x.example", "uno@x.example", "one@x.example"}, /* an alias */
    {"six@x.example", "six@x.example", "six@x.example"},
    {"both@x.example", "both@x.example", ""}, /* of two mailboxes */
    {"none@x.example", "none@x.example", ""},
    {"#0123456789abcdef", "", ""},
};

static struct sae_signin belongs(size_t i)
{
    struct sae_signin row = signin_of("a", noon() + (int64_t)i, belonging[i].user, 50126);

    snprintf(row.upn, sizeof(row.upn), "%s", belonging[i].upn);
    return row;
}

static enum sae_status write_match(void *arg, const struct sae_match *match,
                                   struct sae_err *err)
{
    (void)arg;
    (void)err;
    sae_buf_printf(&seen, "%lld %s %d\n", (long long)match->user, match->mailbox,
                   (int)match->flag);
    return SAE_OK;
}

START_TEST(a_user_belongs_to_a_mailbox_by_object_id_else_by_the_only_name)
{
    const char *want = belonging[_i].mailbox;
    char mailbox[SAE_NAME + 1], line[SAE_NAME + 32] = "";
    int64_t number;

    feed_boxes();
    feed_one(belongs((size_t)_i));
    number = number_of(belonging[_i].user);
    OK(sae_history_user_mailbox(history, number, mailbox, &failure));
    ck_assert_str_eq(mailbox, want[0] == '\0' || strcmp(want, "one@x.example") != 0
                                  ? want
                                  : object_one);
    seen_begin();
    OK(sae_history_each_match(history, write_match, NULL, &failure));
    if (want[0] != '\0') {
        snprintf(line, sizeof(line), "%lld %s %d\n", (long long)number, mailbox,
                 strncmp(want, "one", 3) == 0   ? SAE_FLAG_ENABLED
                 : strncmp(want, "two", 3) == 0 ? SAE_FLAG_DISABLED
                                                : SAE_FLAG_UNKNOWN);
    }
    seen_is(line);
}
END_TEST

START_TEST(all_who_have_a_mailbox_are_matched_in_the_order_of_their_numbers)
{
    char want[512];

    feed_boxes();
    feed_one(signin_of("a", noon(), "uno@x.example", 50126));
    feed_one(signin_of("b", noon(), "none@x.example", 50126));
    feed_one(signin_of("c", noon(), object_one, 50126));
    feed_one(signin_of("d", noon(), "two@x.example", 0));
    snprintf(want, sizeof(want), "1 %s %d\n3 %s %d\n4 two@x.example %d\n", object_one,
             SAE_FLAG_ENABLED, object_one, SAE_FLAG_ENABLED, SAE_FLAG_DISABLED);
    seen_begin();
    OK(sae_history_each_match(history, write_match, NULL, &failure));
    seen_is(want);
}
END_TEST

START_TEST(without_mailboxes_nobody_is_matched)
{
    char mailbox[SAE_NAME + 1];

    feed_one(signin_of("a", noon(), "uno@x.example", 50126));
    OK(sae_history_user_mailbox(history, 1, mailbox, &failure));
    ck_assert_str_eq(mailbox, "");
    seen_begin();
    OK(sae_history_each_match(history, write_match, NULL, &failure));
    seen_is("");
}
END_TEST

/* What the list says now counts, not what it said when the row came. */
START_TEST(a_new_list_of_mailboxes_matches_anew)
{
    char mailbox[SAE_NAME + 1];

    feed_one(signin_of("a", noon(), "both@x.example", 50126));
    feed_boxes();
    stage_begin();
    add(box_of("both@x.example", SAE_FLAG_INHERIT));
    ck_assert_int_eq(store(noon() + SAE_HOUR), 1);
    OK(sae_history_user_mailbox(history, 1, mailbox, &failure));
    ck_assert_str_eq(mailbox, "both@x.example");
}
END_TEST

/* ---- addresses ----------------------------------------------------------------------
 */

static enum sae_status write_address(void *arg, int64_t number,
                                     const struct sae_address *address,
                                     struct sae_err *err)
{
    char text[SAE_ADDRESS_TEXT];

    (void)arg;
    (void)err;
    sae_buf_printf(&seen, "%lld %s\n", (long long)number,
                   sae_address_text(text, sizeof(text), address));
    return SAE_OK;
}

START_TEST(addresses_are_told_by_number_one_by_one_and_all)
{
    static const char *const texts[] = {"203.0.113.9", "2001:db8::25",
                                        "0.0.0.0",     "255.255.255.255",
                                        "::",          "198.51.100.1"};
    char id[2] = "a", text[SAE_ADDRESS_TEXT];
    struct sae_address address;

    seen_begin();
    OK(sae_history_each_address(history, write_address, NULL, &failure));
    seen_is("");
    for (size_t i = 0; i < COUNT(texts); i++, id[0]++) {
        feed_one(from(id, "ann@x.example", texts[i]));
    }
    feed_one(from("y", "bob@x.example", texts[1])); /* known already */
    feed_one(from("z", "bob@x.example", ""));       /* none */
    for (size_t i = 0; i < COUNT(texts); i++) {
        OK(sae_history_address(history, (int64_t)i + 1, &address, &failure));
        ck_assert_str_eq(sae_address_text(text, sizeof(text), &address), texts[i]);
    }
    seen_begin();
    OK(sae_history_each_address(history, write_address, NULL, &failure));
    seen_is("1 203.0.113.9\n2 2001:db8::25\n3 0.0.0.0\n4 255.255.255.255\n5 ::\n"
            "6 198.51.100.1\n");
}
END_TEST

START_TEST(many_addresses_come_in_the_order_of_their_numbers)
{
    enum { SOME = 3000 };
    struct sae_signin *rows = calloc(SOME, sizeof(*rows));
    struct sae_buf want;
    char text[SAE_ADDRESS_TEXT], id[16];

    ck_assert_ptr_nonnull(rows);
    sae_buf_init(&want, 1 << 20);
    for (int i = 0; i < SOME; i++) {
        snprintf(id, sizeof(id), "%d", i);
        snprintf(text, sizeof(text), "10.%d.%d.1", 250 - i % 250, i / 250);
        rows[i] = from(id, "ann@x.example", text);
        sae_buf_printf(&want, "%d %s\n", i + 1, text);
    }
    feed(rows, SOME);
    seen_begin();
    OK(sae_history_each_address(history, write_address, NULL, &failure));
    ck_assert_msg(strcmp(sae_buf_text(&seen), sae_buf_text(&want)) == 0, "another order");
    sae_buf_done(&seen);
    sae_buf_done(&want);
    free(rows);
}
END_TEST

/* ---- all of them --------------------------------------------------------------------
 */

static enum sae_status refuse_match(void *arg, const struct sae_match *match,
                                    struct sae_err *err)
{
    (void)match;
    ++*(int *)arg;
    return sae_fail(err, SAE_E_LIMIT, "enough");
}

static enum sae_status refuse_address(void *arg, int64_t number,
                                      const struct sae_address *address,
                                      struct sae_err *err)
{
    (void)number;
    (void)address;
    ++*(int *)arg;
    return sae_fail(err, SAE_E_LIMIT, "enough");
}

START_TEST(a_taker_that_fails_ends_the_walk)
{
    int calls = 0;

    feed_boxes();
    feed_one(from("a", "uno@x.example", "192.0.2.1"));
    feed_one(from("b", "two@x.example", "192.0.2.2"));
    ck_assert_int_eq(sae_history_each_match(history, refuse_match, &calls, &failure),
                     SAE_E_LIMIT);
    ck_assert_str_eq(failure.text, "enough");
    ck_assert_int_eq(calls, 1);
    failure = (struct sae_err){0};
    ck_assert_int_eq(sae_history_each_address(history, refuse_address, &calls, &failure),
                     SAE_E_LIMIT);
    ck_assert_str_eq(failure.text, "enough");
    ck_assert_int_eq(calls, 2);
    /* And the next one begins at the beginning. */
    seen_begin();
    OK(sae_history_each_address(history, write_address, NULL, &failure));
    seen_is("1 192.0.2.1\n2 192.0.2.2\n");
}
END_TEST

/* An address is looked up while all rows are walked, a user while the addresses are. */
static enum sae_status look_up_meanwhile(void *arg, int64_t number,
                                         const struct sae_address *address,
                                         struct sae_err *err)
{
    struct sae_address again;
    struct sae_user user;
    enum sae_status status = sae_history_user(history, number, &user, err);

    (void)arg;
    status =
        status == SAE_OK ? sae_history_address(history, number, &again, err) : status;
    ck_assert_mem_eq(&again, address, sizeof(again));
    sae_buf_printf(&seen, "%s\n", user.key);
    return status;
}

START_TEST(one_is_looked_up_while_all_are_walked)
{
    feed_one(from("a", "ann@x.example", "192.0.2.1"));
    feed_one(from("b", "bob@x.example", "192.0.2.2"));
    seen_begin();
    OK(sae_history_each_address(history, look_up_meanwhile, NULL, &failure));
    seen_is("ann@x.example\nbob@x.example\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history_names");
    TCase *tests = tcase_create("history_names");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, history_setup, history_teardown);
    tcase_add_test(tests, a_user_has_key_name_and_a_form_for_people);
    tcase_add_test(tests, the_longest_names_are_told_whole);
    tcase_add_test(tests, a_number_that_nobody_has_is_nobody);
    tcase_add_loop_test(tests,
                        a_user_belongs_to_a_mailbox_by_object_id_else_by_the_only_name, 0,
                        (int)COUNT(belonging));
    tcase_add_test(tests,
                   all_who_have_a_mailbox_are_matched_in_the_order_of_their_numbers);
    tcase_add_test(tests, without_mailboxes_nobody_is_matched);
    tcase_add_test(tests, a_new_list_of_mailboxes_matches_anew);
    tcase_add_test(tests, addresses_are_told_by_number_one_by_one_and_all);
    tcase_add_test(tests, many_addresses_come_in_the_order_of_their_numbers);
    tcase_add_test(tests, a_taker_that_fails_ends_the_walk);
    tcase_add_test(tests, one_is_looked_up_while_all_are_walked);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
