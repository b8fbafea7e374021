/* SPDX-License-Identifier: MIT */
/* What the history keeps of the collector's runs, how many rows a run brought, and how a
 * history of an older version becomes one of this. */
#include "store.h"

/* Closes the history and does something to its file. */
static void alter(const char *sql)
{
    sqlite3 *db;
    char *why = NULL;

    sae_history_close(history);
    history = NULL;
    ck_assert_int_eq(sqlite3_open(path_of("state/private/contoso.db"), &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

/* ---- runs ---------------------------------------------------------------------------- */

static void add_run(struct sae_run_line run)
{
    OK(sae_history_begin(history, &failure));
    OK(sae_history_run_add(history, &run, &failure));
    OK(sae_history_commit(history, &failure));
}

struct runs {
    struct sae_run_line list[8];
    size_t count;
};

static enum sae_status see_run(void *arg, const struct sae_run_line *run,
                               struct sae_err *err)
{
    struct runs *seen = arg;

    if (seen->count == 8) {
        return sae_fail(err, SAE_E_LIMIT, "too many");
    }
    seen->list[seen->count++] = *run;
    return SAE_OK;
}

START_TEST(a_run_is_remembered_with_everything_about_it)
{
    struct sae_run_line run = {.time = noon(), .ms = 1234, .requests = 99,
                               .throttled = 3, .rows = INT64_C(5000000000), .late = 7,
                               .ok = true};
    struct runs seen = {.count = 0};

    add_run(run);
    run = (struct sae_run_line){.time = noon() + 5};
    memset(run.error, 'e', sizeof(run.error) - 1);
    add_run(run);
    history_reopen();
    OK(sae_history_each_run(history, -1, see_run, &seen, &failure));
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_int_eq(seen.list[0].time, noon());
    ck_assert_int_eq(seen.list[0].ms, 1234);
    ck_assert_int_eq(seen.list[0].requests, 99);
    ck_assert_int_eq(seen.list[0].throttled, 3);
    ck_assert_int_eq(seen.list[0].rows, INT64_C(5000000000));
    ck_assert_int_eq(seen.list[0].late, 7);
    ck_assert(seen.list[0].ok);
    ck_assert_str_eq(seen.list[0].error, "");
    ck_assert(!seen.list[1].ok);
    ck_assert_str_eq(seen.list[1].error, run.error);
}
END_TEST

START_TEST(runs_come_oldest_first_and_after_the_given_time)
{
    static const int order[] = {3, 1, 2, 2, 0};
    struct runs seen = {.count = 0};

    for (int i = 0; i < COUNT(order); i++) {
        add_run((struct sae_run_line){.time = noon() + order[i], .ms = i});
    }
    OK(sae_history_each_run(history, noon(), see_run, &seen, &failure));
    ck_assert_uint_eq(seen.count, 4);
    ck_assert_int_eq(seen.list[0].ms, 1);
    ck_assert_int_eq(seen.list[1].ms, 2);
    ck_assert_int_eq(seen.list[2].ms, 3);
    ck_assert_int_eq(seen.list[3].ms, 0);
}
END_TEST

START_TEST(a_taker_that_fails_ends_the_walk)
{
    struct runs seen = {.count = 8};

    add_run((struct sae_run_line){.time = noon()});
    ck_assert_int_eq(sae_history_each_run(history, -1, see_run, &seen, &failure),
                     SAE_E_LIMIT);
    seen.count = 0;
    OK(sae_history_each_run(history, -1, see_run, &seen, &failure));
    ck_assert_uint_eq(seen.count, 1);
}
END_TEST

START_TEST(pruning_drops_runs_from_before_the_rows)
{
    add_run((struct sae_run_line){.time = noon() - 1, .ms = 1});
    add_run((struct sae_run_line){.time = noon(), .ms = 2});
    OK(sae_history_begin(history, &failure));
    OK(sae_history_prune(history, noon(), 0, &failure));
    OK(sae_history_commit(history, &failure));
    history_says("SELECT ms FROM run", "2\n");
}
END_TEST

START_TEST(without_pruning_only_the_newest_runs_are_held)
{
    add_run((struct sae_run_line){.ms = 1});
    add_run((struct sae_run_line){.ms = 2});
    alter("INSERT INTO run(id, ms) VALUES(65536, 3)");
    history_open();
    add_run((struct sae_run_line){.ms = 4});
    history_says("SELECT ms FROM run ORDER BY id", "2\n3\n4\n");
}
END_TEST

/* ---- counts ---------------------------------------------------------------------------- */

static void counts_are(int64_t rows, int64_t late)
{
    int64_t got_rows = -1, got_late = -1;

    sae_history_counts(history, &got_rows, &got_late);
    ck_assert_int_eq(got_rows, rows);
    ck_assert_int_eq(got_late, late);
}

START_TEST(only_rows_that_were_not_there_count)
{
    struct sae_signin twice[2] = {signin_of("b", noon(), "u@x", 50126),
                                  signin_of("b", noon(), "u@x", 0)};

    counts_are(0, 0);
    feed_one(signin_of("a", noon(), "u@x", 50126));
    counts_are(1, 0);
    feed_one(signin_of("a", noon(), "u@x", 50126));
    feed_one(signin_of("a", noon(), "u@x", 0));
    feed_one(signin_of("a", noon() + 5, "u@x", 0));
    counts_are(1, 0);
    feed(twice, 2);
    counts_are(2, 0);
    history_reopen();
    counts_are(0, 0);
}
END_TEST

START_TEST(new_rows_from_before_the_bound_are_late)
{
    feed_one(signin_of("a", noon() - 1, "u@x", 0));
    sae_history_count_late(history, noon());
    feed_one(signin_of("a", noon() - 1, "u@x", 0));
    counts_are(1, 0);
    feed_one(signin_of("b", noon() - 1, "u@x", 0));
    counts_are(2, 1);
    feed_one(signin_of("c", noon(), "u@x", 0));
    counts_are(3, 1);
    sae_history_count_late(history, 0);
    feed_one(signin_of("d", noon() - 1, "u@x", 0));
    counts_are(4, 1);
}
END_TEST

START_TEST(the_bound_is_that_of_the_time_when_a_row_was_added)
{
    struct sae_signin row = signin_of("a", noon() - 1, "u@x", 0);

    OK(sae_history_begin(history, &failure));
    sae_history_count_late(history, noon());
    OK(sae_history_signin_add(history, &row, &failure));
    sae_history_count_late(history, 0);
    row.id++;
    OK(sae_history_signin_add(history, &row, &failure));
    OK(sae_history_signins_flush(history, &failure));
    OK(sae_history_commit(history, &failure));
    counts_are(2, 1);
}
END_TEST

START_TEST(what_is_rolled_back_does_not_count)
{
    struct sae_signin row = signin_of("b", noon(), "u@x", 0);

    sae_history_count_late(history, noon() + 1);
    feed_one(signin_of("a", noon(), "u@x", 0));
    OK(sae_history_begin(history, &failure));
    OK(sae_history_signin_add(history, &row, &failure));
    OK(sae_history_signins_flush(history, &failure));
    counts_are(2, 2);
    sae_history_rollback(history);
    counts_are(1, 1);
    sae_history_rollback(history);
    counts_are(1, 1);
    feed_one(row);
    counts_are(2, 2);
    sae_history_rollback(history);
    counts_are(2, 2);
}
END_TEST

START_TEST(rows_from_before_the_horizon_do_not_count)
{
    OK(sae_history_begin(history, &failure));
    OK(sae_history_prune(history, noon(), noon() - SAE_DAY, &failure));
    OK(sae_history_commit(history, &failure));
    feed_one(signin_of("a", noon() - 1, "u@x", 0));
    feed_one(signin_of("b", noon() - 1, "u@x", 50126));
    counts_are(0, 0);
    history_says("SELECT count(*) FROM sender", "1\n");
}
END_TEST

/* ---- older versions --------------------------------------------------------------------- */

static void reading_fails(const char *words)
{
    struct sae_history *other = NULL;

    ck_assert_int_eq(sae_history_open(path_of("state"), "contoso", SAE_HISTORY_READ, &other,
                                      &failure),
                     SAE_E_FORMAT);
    ck_assert_ptr_null(other);
    ck_assert_msg(strstr(failure.text, words) != NULL, "%s", failure.text);
    ck_assert_ptr_nonnull(strstr(failure.text, "run smtp_auth_collect once"));
}

static const char to_version_1[] =
    "DROP TABLE run; DROP TABLE mailbox_count; DROP TABLE mailbox_list;"
    "ALTER TABLE mailbox DROP COLUMN row; PRAGMA user_version=1";
static const char schema_sql[] = "SELECT sql FROM sqlite_schema ORDER BY name";

START_TEST(an_older_history_is_brought_up_to_date_and_keeps_what_it_has)
{
    char *want = history_dump(schema_sql), *got;

    feed_one(signin_of("a", noon(), "u@x", 0));
    alter(to_version_1);
    history_open();
    got = history_dump(schema_sql);
    ck_assert_str_eq(got, want);
    history_says("PRAGMA user_version", "4\n");
    history_says("SELECT count(*) FROM signin", "1\n");
    add_run((struct sae_run_line){.ms = 1});
    history_reopen();
    history_says("SELECT ms FROM run", "1\n");
    free(want);
    free(got);
}
END_TEST

START_TEST(mailboxes_of_an_older_history_are_counted)
{
    int64_t count[SAE_FLAG_UNKNOWN + 1];

    alter(to_version_1);
    alter("INSERT INTO mailbox VALUES('a', 'a@x', 0, 0), ('b', 'b@x', 1, 0),"
          " ('c', 'c@x', 1, 0), ('d', 'd@x', 3, 0)");
    history_open();
    OK(sae_history_count_mailboxes(history, count, &failure));
    ck_assert_int_eq(count[SAE_FLAG_INHERIT], 1);
    ck_assert_int_eq(count[SAE_FLAG_ENABLED], 2);
    ck_assert_int_eq(count[SAE_FLAG_DISABLED], 0);
    ck_assert_int_eq(count[SAE_FLAG_UNKNOWN], 1);
}
END_TEST

START_TEST(a_reader_of_an_older_history_says_what_to_do)
{
    alter(to_version_1);
    reading_fails("was written by an older version of this program");
    history_says("PRAGMA user_version", "1\n");
}
END_TEST

START_TEST(a_reader_of_an_empty_history_says_what_to_do)
{
    sae_history_close(history);
    history = NULL;
    write_text("state/private/contoso.db", "", noon());
    (void)unlink(path_of("state/private/contoso.db-wal"));
    reading_fails("is empty");
    history_open();
    history_says("PRAGMA user_version", "4\n");
}
END_TEST

START_TEST(a_history_that_cannot_be_brought_up_to_date_stays_as_it_is)
{
    struct sae_history *other = NULL;

    alter("DROP TABLE run; CREATE TABLE run(x); PRAGMA user_version=1");
    ck_assert_int_eq(sae_history_open(path_of("state"), "contoso", SAE_HISTORY_WRITE,
                                      &other, &failure),
                     SAE_E_IO);
    ck_assert_ptr_null(other);
    ck_assert_ptr_nonnull(strstr(failure.text, "table run already exists"));
    history_says("PRAGMA user_version", "1\n");
}
END_TEST

static Suite *runs_suite(void)
{
    Suite *suite = suite_create("history_runs");
    TCase *tc = tcase_create("history_runs");

    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_test(tc, a_run_is_remembered_with_everything_about_it);
    tcase_add_test(tc, runs_come_oldest_first_and_after_the_given_time);
    tcase_add_test(tc, a_taker_that_fails_ends_the_walk);
    tcase_add_test(tc, pruning_drops_runs_from_before_the_rows);
    tcase_add_test(tc, without_pruning_only_the_newest_runs_are_held);
    tcase_add_test(tc, only_rows_that_were_not_there_count);
    tcase_add_test(tc, new_rows_from_before_the_bound_are_late);
    tcase_add_test(tc, the_bound_is_that_of_the_time_when_a_row_was_added);
    tcase_add_test(tc, what_is_rolled_back_does_not_count);
    tcase_add_test(tc, rows_from_before_the_horizon_do_not_count);
    tcase_add_test(tc, an_older_history_is_brought_up_to_date_and_keeps_what_it_has);
    tcase_add_test(tc, mailboxes_of_an_older_history_are_counted);
    tcase_add_test(tc, a_reader_of_an_older_history_says_what_to_do);
    tcase_add_test(tc, a_reader_of_an_empty_history_says_what_to_do);
    tcase_add_test(tc, a_history_that_cannot_be_brought_up_to_date_stays_as_it_is);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(runs_suite());
}
