/* SPDX-License-Identifier: MIT */
/* Sign-ins in the history: a set, whatever the order, the number of runs and the format
 * that they came in; and what a history that cannot be used says. */
#include <signal.h>

#include "codes.h"
#include "store.h"

static const char rows_sql[] =
    "SELECT s.sec, s.hash, s.frac, u.key, u.upn, u.shown, hex(a.bytes), g.text, "
    "s.country,"
    " s.code FROM signin s JOIN user u ON u.id = s.user LEFT JOIN address a"
    " ON a.id = s.address JOIN agent g ON g.id = s.agent ORDER BY s.sec, s.hash";
static const char senders_sql[] =
    "SELECT u.key, s.first, s.last, (SELECT group_concat(day) FROM (SELECT day FROM"
    " sender_day d WHERE d.user = s.user ORDER BY day)), (SELECT group_concat(o) FROM"
    " (SELECT hex(coalesce(a.bytes, '')) || '/' || country || '/' || last AS o FROM"
    " sender_origin o LEFT JOIN address a ON a.id = o.address WHERE o.user = s.user"
    " ORDER BY 1)) FROM sender s JOIN user u ON u.id = s.user ORDER BY u.key";

/* ---- one sign-in in several versions -------------------------------------------------
 */

START_TEST(the_same_sign_in_with_and_without_fraction_is_one_row)
{
    int64_t second = noon() - SAE_HOUR;

    feed_one(signin_of("r1", _i == 0 ? second : second + 4471523, "u@x.example", 50126));
    feed_one(signin_of("r1", _i == 0 ? second + 4471523 : second, "u@x.example", 50126));
    feed_one(signin_of("r2", second, "u@x.example", 50126));
    history_says("SELECT frac FROM signin ORDER BY frac", "0\n4471523\n");
}
END_TEST

/* Pairs of codes, and the one that stays. */
static const int versions[][3] = {{50126, 0, 0},           {50053, 50126, 50126},
                                  {53003, 50126, 53003},   {53003, 0, 0},
                                  {50076, 53003, 53003},   {50126, 999999, 999999},
                                  {530032, 50053, 530032}, {50144, 999999, 50144}};

START_TEST(of_two_versions_the_higher_rank_stays)
{
    const int *version = versions[_i / 2];
    bool turned = _i % 2 != 0;
    char want[32];

    feed_one(signin_of("r1", noon() - 9, "u@x.example", version[turned ? 1 : 0]));
    feed_one(signin_of("r1", noon() - 9, "u@x.example", version[turned ? 0 : 1]));
    snprintf(want, sizeof(want), "%d\n", version[2]);
    history_says("SELECT code FROM signin", want);
    history_says("SELECT count(*) FROM sender", version[2] == 0 ? "1\n" : "0\n");
}
END_TEST

START_TEST(versions_in_one_batch_count_like_versions_in_two)
{
    struct sae_signin rows[] = {signin_of("r1", noon() - 9, "u@x.example", 50126),
                                signin_of("r1", noon() - 9, "u@x.example", 0),
                                signin_of("r1", noon() - 9, "u@x.example", 50053)};

    feed(rows, 3);
    history_says("SELECT code FROM signin", "0\n");
}
END_TEST

/* ---- order ----------------------------------------------------------------------------
 */

static uint32_t dice_state;

static unsigned dice(unsigned sides)
{
    dice_state = dice_state * 1664525U + 1013904223U;
    return (dice_state >> 8) % sides;
}

/* Few ids, users, addresses and days, so that every kind of collision occurs. */
static struct sae_signin random_row(void)
{
    static const int codes[] = {0, 0, 50126, 50126, 50053, 53003, 50076, 700000};
    char id[16], user[64];
    unsigned which = dice(3000);
    int64_t time = noon() - (int64_t)(which * 7919 % 40) * SAE_DAY - which * SAE_SECOND;
    struct sae_signin row;

    snprintf(id, sizeof(id), "r%u", which);
    snprintf(user, sizeof(user), "user%u@x.example", which % 40);
    row = signin_of(id, time + (dice(3) == 0 ? 4471523 : 0), user, codes[dice(8)]);
    if (which % 3 == 0) {
        snprintf(row.user, sizeof(row.user), "6a0e0001-0000-4000-8000-%012u", which % 7);
        snprintf(row.shown, sizeof(row.shown), dice(2) == 0 ? "User%u" : "uSER%u",
                 which % 7);
    }
    row.address.bytes[3] = (unsigned char)dice(4);
    row.address.len = dice(5) == 0 ? 0 : 4;
    if (row.address.len == 0) {
        memset(row.address.bytes, 0, sizeof(row.address.bytes));
    }
    snprintf(row.country, sizeof(row.country), "%s", dice(2) == 0 ? "" : "SE");
    snprintf(row.agent, sizeof(row.agent), "agent %u", dice(3));
    return row;
}

static void shuffle(struct sae_signin *rows, size_t count)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = dice((unsigned)i + 1);
        struct sae_signin held = rows[i];

        rows[i] = rows[j];
        rows[j] = held;
    }
}

START_TEST(rows_in_any_order_and_number_of_runs_are_the_same_history)
{
    static const size_t batches[] = {1, 2, 7, 1, 2, 7};
    size_t count = getenv("SAE_VALGRIND") == NULL ? 5000 : 500;
    struct sae_signin *rows = calloc(count, sizeof(*rows));
    char *want = NULL, *senders = NULL;

    ck_assert_ptr_nonnull(rows);
    dice_state = 20261122;
    for (size_t i = 0; i < count; i++) {
        rows[i] = random_row();
    }
    for (int round = 0; round < COUNT(batches); round++) {
        size_t step = (count + batches[round] - 1) / batches[round];
        char *got, *got_senders;

        history_renew();
        shuffle(rows, count);
        for (size_t at = 0; at < count; at += step) {
            feed(rows + at, step < count - at ? step : count - at);
        }
        if (round >= 3) { /* everything once more */
            shuffle(rows, count);
            feed(rows, count);
        }
        got = history_dump(rows_sql);
        got_senders = history_dump(senders_sql);
        if (round == 0) {
            want = got;
            senders = got_senders;
            ck_assert_uint_gt(strlen(want), 1000);
            continue;
        }
        ck_assert_msg(strcmp(got, want) == 0, "round %d: other rows", round);
        ck_assert_msg(strcmp(got_senders, senders) == 0, "round %d: other senders",
                      round);
        free(got);
        free(got_senders);
    }
    free(rows);
    free(want);
    free(senders);
}
END_TEST

/* ---- reading rows ---------------------------------------------------------------------
 */

struct seen {
    struct sae_row rows[16];
    size_t count;
};

static enum sae_status see_row(void *arg, const struct sae_row *row, struct sae_err *err)
{
    struct seen *seen = arg;

    if (seen->count == 16) {
        return sae_fail(err, SAE_E_LIMIT, "too many");
    }
    seen->rows[seen->count++] = *row;
    return SAE_OK;
}

START_TEST(an_interval_holds_its_beginning_and_not_its_end)
{
    struct seen seen = {.count = 0};

    feed_one(signin_of("before", noon() - 1, "u@x.example", 1));
    feed_one(signin_of("second", noon() + 5, "v@x.example", 50126));
    feed_one(signin_of("first", noon(), "u@x.example", 0));
    feed_one(signin_of("end", noon() + SAE_SECOND, "u@x.example", 1));
    OK(sae_history_each_row(history, noon(), noon() + SAE_SECOND, see_row, &seen,
                            &failure));
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_int_eq(seen.rows[0].time, noon());
    ck_assert_int_eq(seen.rows[1].time, noon() + 5);
    ck_assert_int_eq(seen.rows[1].code, 50126);
    ck_assert_int_ne(seen.rows[0].user, seen.rows[1].user);
    ck_assert_int_eq(seen.rows[0].address, seen.rows[1].address);
    ck_assert_int_eq(seen.rows[0].country, 'F' << 8 | 'I');
}
END_TEST

START_TEST(a_taker_that_fails_ends_the_walk)
{
    struct seen seen = {.count = 16};

    feed_one(signin_of("a", noon(), "u@x.example", 0));
    ck_assert_int_eq(
        sae_history_each_row(history, 0, noon() + 1, see_row, &seen, &failure),
        SAE_E_LIMIT);
    ck_assert_str_eq(failure.text, "too many");
    seen.count = 0;
    OK(sae_history_each_row(history, 0, noon() + 1, see_row, &seen, &failure));
    ck_assert_uint_eq(seen.count, 1);
}
END_TEST

/* ---- pruning -------------------------------------------------------------------------
 */

static void prune(int64_t rows_before, int64_t senders_before)
{
    OK(sae_history_begin(history, &failure));
    OK(sae_history_prune(history, rows_before, senders_before, &failure));
    OK(sae_history_commit(history, &failure));
}

START_TEST(pruning_drops_rows_and_keeps_senders)
{
    struct sae_signin row = signin_of("lone", noon() - 50 * SAE_DAY, "lone@x.example", 1);

    feed_one(signin_of("old", noon() - 50 * SAE_DAY, "old@x.example", 0));
    feed_one(signin_of("gone", noon() - 450 * SAE_DAY, "gone@x.example", 0));
    feed_one(signin_of("new", noon() - SAE_DAY, "new@x.example", 50126));
    row.address.bytes[0] = 10;
    feed_one(row);
    prune(noon() - 35 * SAE_DAY, noon() - 400 * SAE_DAY);
    history_says("SELECT u.key FROM signin s JOIN user u ON u.id = s.user",
                 "new@x.example\n");
    history_says("SELECT u.key FROM sender s JOIN user u ON u.id = s.user",
                 "old@x.example\n");
    history_says("SELECT key FROM user ORDER BY key", "new@x.example\nold@x.example\n");
    history_says("SELECT count(*) FROM sender_day", "1\n");
    history_says("SELECT count(*) FROM sender_origin", "1\n");
    history_says("SELECT hex(bytes) FROM address", "C0000207\n");
}
END_TEST

START_TEST(the_horizon_never_moves_back_and_outlives_the_program)
{
    feed_one(signin_of("keep", noon() - 34 * SAE_DAY, "u@x.example", 1));
    prune(noon() - 35 * SAE_DAY, 0);
    prune(noon() - 60 * SAE_DAY, 0);
    history_reopen();
    feed_one(signin_of("late", noon() - 35 * SAE_DAY - 1, "u@x.example", 1));
    history_says("SELECT count(*) FROM signin", "1\n");
    feed_one(signin_of("edge", noon() - 35 * SAE_DAY, "u@x.example", 1));
    history_says("SELECT count(*) FROM signin", "2\n");
}
END_TEST

START_TEST(a_success_from_before_the_horizon_registers_its_sender_only)
{
    prune(noon() - 35 * SAE_DAY, noon() - 400 * SAE_DAY);
    history_reopen();
    feed_one(signin_of("old", noon() - 60 * SAE_DAY, "u@x.example", 0));
    feed_one(signin_of("failed", noon() - 60 * SAE_DAY, "v@x.example", 50126));
    feed_one(signin_of("ancient", noon() - 401 * SAE_DAY, "w@x.example", 0));
    history_says("SELECT count(*) FROM signin", "0\n");
    history_says("SELECT u.key, (SELECT count(*) FROM sender_day), (SELECT count(*) FROM"
                 " sender_origin) FROM sender s JOIN user u ON u.id = s.user",
                 "u@x.example 1 1\n");
}
END_TEST

START_TEST(a_name_that_was_pruned_can_come_again)
{
    feed_one(signin_of("old", noon() - 50 * SAE_DAY, "u@x.example", 1));
    prune(noon() - 35 * SAE_DAY, noon() - 400 * SAE_DAY);
    history_says("SELECT count(*) FROM user", "0\n");
    feed_one(signin_of("new", noon(), "u@x.example", 1));
    history_says(
        "SELECT u.key, hex(a.bytes), g.text FROM signin s JOIN user u ON u.id ="
        " s.user JOIN address a ON a.id = s.address JOIN agent g ON g.id = s.agent",
        "u@x.example C0000207 BAV2ROPC\n");
}
END_TEST

START_TEST(what_is_rolled_back_was_never_there)
{
    struct sae_signin row = signin_of("r", noon(), "u@x.example", 0);

    OK(sae_history_begin(history, &failure));
    OK(sae_history_signin_add(history, &row, &failure));
    OK(sae_history_signins_flush(history, &failure));
    OK(sae_history_signin_add(history, &row, &failure));
    sae_history_signins_drop(history);
    sae_history_rollback(history);
    feed(NULL, 0);
    history_says("SELECT (SELECT count(*) FROM signin), (SELECT count(*) FROM user),"
                 " (SELECT count(*) FROM sender)",
                 "0 0 0\n");
    feed_one(row);
    history_says("SELECT u.key, hex(a.bytes) FROM signin s JOIN user u ON u.id = s.user"
                 " JOIN address a ON a.id = s.address",
                 "u@x.example C0000207\n");
}
END_TEST

/* ---- files that cannot be used -------------------------------------------------------
 */

static void open_fails(enum sae_history_mode mode, enum sae_status want,
                       const char *words)
{
    struct sae_history *other = NULL;
    struct sae_err err = {0};
    enum sae_status status =
        sae_history_open(path_of("state"), "contoso", mode, &other, &err);

    ck_assert_msg(status == want, "status %s: %s", sae_status_name(status), err.text);
    ck_assert_msg(strstr(err.text, words) != NULL, "'%s' does not say '%s'", err.text,
                  words);
    ck_assert_ptr_null(other);
}

static void close_history(void)
{
    sae_history_close(history);
    history = NULL;
}

START_TEST(a_missing_history_is_not_created_by_a_reader)
{
    close_history();
    ck_assert_int_eq(unlink(path_of("state/private/contoso.db")), 0);
    open_fails(SAE_HISTORY_READ, SAE_E_MISSING, "contoso.db");
    ck_assert_int_ne(access(path_of("state/private/contoso.db"), F_OK), 0);
}
END_TEST

START_TEST(a_reader_sees_what_the_writer_committed)
{
    struct sae_history *reader;
    struct seen seen = {.count = 0};

    feed_one(signin_of("a", noon(), "u@x.example", 0));
    OK(sae_history_open(path_of("state"), "contoso", SAE_HISTORY_READ, &reader,
                        &failure));
    OK(sae_history_each_row(reader, 0, noon() + 1, see_row, &seen, &failure));
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_int_ne(sae_history_remember(reader, "x", 1, &failure), SAE_OK);
    sae_history_close(reader);
}
END_TEST

START_TEST(another_version_of_the_schema_is_refused)
{
    sqlite3 *db;

    close_history();
    ck_assert_int_eq(sqlite3_open(path_of("state/private/contoso.db"), &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    open_fails(_i == 0 ? SAE_HISTORY_WRITE : SAE_HISTORY_READ, SAE_E_FORMAT,
               "another version");
}
END_TEST

START_TEST(a_damaged_history_says_what_to_do)
{
    static const char junk[] =
        "This is no database at all, but it is long enough to look "
        "like the header of one, which has a hundred bytes: here.";

    close_history();
    write_text("state/private/contoso.db", junk, noon());
    open_fails(_i == 0 ? SAE_HISTORY_WRITE : SAE_HISTORY_READ, SAE_E_FORMAT, "damaged");
    open_fails(_i == 0 ? SAE_HISTORY_WRITE : SAE_HISTORY_READ, SAE_E_FORMAT, "move ");
}
END_TEST

START_TEST(a_history_is_its_owners_alone)
{
    struct stat st;

    ck_assert_int_eq(stat(path_of("state/private/contoso.db"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0600);
    ck_assert_int_eq(stat(path_of("state/private"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777U, 0700);
}
END_TEST

static Suite *history_suite(void)
{
    Suite *suite = suite_create("history");
    TCase *tc = tcase_create("history");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_loop_test(tc, the_same_sign_in_with_and_without_fraction_is_one_row, 0, 2);
    tcase_add_loop_test(tc, of_two_versions_the_higher_rank_stays, 0,
                        2 * COUNT(versions));
    tcase_add_test(tc, versions_in_one_batch_count_like_versions_in_two);
    tcase_add_test(tc, rows_in_any_order_and_number_of_runs_are_the_same_history);
    tcase_add_test(tc, an_interval_holds_its_beginning_and_not_its_end);
    tcase_add_test(tc, a_taker_that_fails_ends_the_walk);
    tcase_add_test(tc, pruning_drops_rows_and_keeps_senders);
    tcase_add_test(tc, the_horizon_never_moves_back_and_outlives_the_program);
    tcase_add_test(tc, a_success_from_before_the_horizon_registers_its_sender_only);
    tcase_add_test(tc, a_name_that_was_pruned_can_come_again);
    tcase_add_test(tc, what_is_rolled_back_was_never_there);
    tcase_add_test(tc, a_missing_history_is_not_created_by_a_reader);
    tcase_add_test(tc, a_reader_sees_what_the_writer_committed);
    tcase_add_loop_test(tc, another_version_of_the_schema_is_refused, 0, 2);
    tcase_add_loop_test(tc, a_damaged_history_says_what_to_do, 0, 2);
    tcase_add_test(tc, a_history_is_its_owners_alone);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(history_suite());
}
