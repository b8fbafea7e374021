/* SPDX-License-Identifier: MIT */
/* The stored list known again: what is known need not be said, and what is stored in the end is
 * what would be stored if nothing had been known. */
#include "stage.h"

static bool knows(const char *address)
{
    struct sae_mailbox box = box_of(address, SAE_FLAG_INHERIT);

    return sae_history_stage_known(history, row_of(&box));
}

static void store_list(const char *const *addresses, int64_t seen)
{
    int64_t count = 0;

    stage_begin();
    for (; addresses[count] != NULL; count++) {
        add(box_of(addresses[count], SAE_FLAG_INHERIT));
    }
    ck_assert_int_eq(store(seen), count);
}

static const char *const abc[] = {"a@x", "b@x", "c@x", NULL};

START_TEST(rows_are_known_in_the_order_of_the_stored_list_up_to_the_first_that_is_not)
{
    stage_begin();
    ck_assert(!knows("a@x"));
    store_list(abc, 1);
    if (_i == 1) {
        history_reopen();
    }
    stage_begin();
    ck_assert(!knows("b@x"));
    ck_assert(knows("a@x"));
    ck_assert(!knows("c@x"));
    ck_assert(knows("b@x"));
    add(box_of("new@x", SAE_FLAG_INHERIT));
    ck_assert(!knows("c@x"));
    add(box_of("c@x", SAE_FLAG_INHERIT));
    ck_assert_int_eq(store(2), 4);
    history_says("SELECT address, row FROM mailbox ORDER BY row",
                 "a@x 0\nb@x 1\nnew@x 2\nc@x 3\n");
    history_says("SELECT name, mailbox FROM mailbox_name ORDER BY name",
                 "a@x a@x\nb@x b@x\nc@x c@x\nnew@x new@x\n");
}
END_TEST

START_TEST(a_list_that_is_known_to_its_end_may_go_on)
{
    store_list(abc, 1);
    stage_begin();
    ck_assert(knows("a@x") && knows("b@x") && knows("c@x"));
    ck_assert(!knows("c@x"));
    add(box_of("d@x", SAE_FLAG_INHERIT));
    ck_assert_int_eq(store(2), 4);
}
END_TEST

/* Silence is not a row: what the stored list goes on with is not in the new one. */
START_TEST(a_list_that_ends_where_the_stored_one_goes_on_is_shorter)
{
    store_list(abc, 1);
    stage_begin();
    ck_assert(knows("a@x") && knows("b@x"));
    ck_assert_int_eq(store(2), 2);
    history_says("SELECT address FROM mailbox", "a@x\nb@x\n");
    history_says("SELECT object, after FROM change", "c@x absent\n");
}
END_TEST

START_TEST(what_is_rewound_is_known_again_and_what_was_kept_stays)
{
    store_list(abc, 1);
    stage_begin();
    ck_assert(knows("a@x"));
    OK(sae_history_stage_keep(history, &failure));
    ck_assert(knows("b@x"));
    add(box_of("odd@x", SAE_FLAG_INHERIT));
    ck_assert(!knows("c@x"));
    OK(sae_history_stage_rewind(history, &failure));
    ck_assert(knows("b@x") && knows("c@x"));
    ck_assert_int_eq(store(2), 3);
    history_says("SELECT count(*) FROM change", "0\n");
}
END_TEST

START_TEST(what_is_rolled_back_is_not_known)
{
    int64_t staged, held;

    store_list(abc, 1);
    stage_begin();
    add(box_of("z@x", SAE_FLAG_INHERIT));
    OK(sae_history_begin(history, &failure));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    OK(sae_history_stage_commit(history, 2, &failure));
    sae_history_rollback(history);
    OK(sae_history_begin(history, &failure));
    OK(sae_history_commit(history, &failure)); /* of something else */
    stage_begin();
    ck_assert(!knows("z@x"));
    ck_assert(knows("a@x") && knows("b@x") && knows("c@x"));
    ck_assert_int_eq(store(3), 3);
    history_says("SELECT address FROM mailbox", "a@x\nb@x\nc@x\n");
}
END_TEST

/* One version of this program may read a row otherwise than another, and a list is known by
 * all of its rows or not at all. */
static const char *const unknown[] = {
    "UPDATE mailbox_list SET version = '0.0.1'",
    "DELETE FROM mailbox_list",
    "UPDATE mailbox_list SET rows = NULL",
    "UPDATE mailbox_list SET rows = ''",
    "UPDATE mailbox_list SET rows = substr(rows, 1, 16)",
    "UPDATE mailbox_list SET rows = substr(rows, 1, 23)",
};

START_TEST(a_list_that_is_not_well_known_is_read_anew)
{
    store_list(abc, 1);
    run_sql(unknown[_i]);
    history_reopen();
    stage_begin();
    ck_assert(!knows("a@x"));
    store_list(abc, 2);
    history_reopen();
    if (_i < 2) { /* of the others the sum still says that they are the same */
        stage_begin();
        ck_assert(knows("a@x"));
    }
    history_says("SELECT address FROM mailbox", "a@x\nb@x\nc@x\n");
}
END_TEST

START_TEST(no_digest_is_that_of_a_list_that_is_not_known)
{
    struct sae_mailbox box = box_of("other@x", SAE_FLAG_INHERIT);

    store_list(abc, 1);
    run_sql("DELETE FROM mailbox_list");
    history_reopen();
    stage_begin();
    OK(sae_history_stage_add(history, &box, &failure)); /* the digest is 0 */
    ck_assert_int_eq(store(2), 1);
    history_says("SELECT address FROM mailbox", "other@x\n");
}
END_TEST

START_TEST(a_mailbox_that_the_history_lost_is_an_error_and_not_a_shorter_list)
{
    int64_t staged, held;

    store_list(abc, 1);
    run_sql("DELETE FROM mailbox WHERE address = 'b@x'");
    stage_begin();
    ck_assert(knows("a@x") && knows("b@x"));
    add(box_of("new@x", SAE_FLAG_INHERIT));
    OK(sae_history_begin(history, &failure));
    ck_assert_int_eq(sae_history_stage_count(history, &staged, &held, &failure), SAE_E_IO);
    ck_assert_ptr_nonnull(strstr(failure.text, "lost mailboxes"));
    sae_history_rollback(history);
}
END_TEST

START_TEST(rows_of_a_list_with_a_mailbox_twice_are_not_known_but_their_sum_is)
{
    struct sae_mailbox twice = box_of("a@x", SAE_FLAG_ENABLED);

    for (int64_t i = 1; i <= 2; i++) {
        stage_begin();
        ck_assert(!knows("a@x"));
        add(box_of("a@x", SAE_FLAG_INHERIT));
        add(twice);
        ck_assert_int_eq(store(i), 1);
        history_reopen();
    }
    history_says("SELECT address, flag FROM mailbox", "a@x 1\n");
    history_says("SELECT count(*) FROM change", "0\n");
}
END_TEST

/* ---- any lists ------------------------------------------------------------------------ */

enum { BOXES = 40, READS = 60 };

struct world {
    struct {
        int id, flag, address, names;
    } box[BOXES + 1];
    int count, last; /* and the last id given */
    bool twice;     /* one of them */
    bool forgetful; /* nothing is ever known */
    long known;
    struct sae_buf log;
};

static void stage_one(struct world *w, int i)
{
    struct sae_mailbox box = {.flag = (enum sae_flag)w->box[i].flag};
    char names[64];

    snprintf(box.guid, sizeof(box.guid), "g%d", w->box[i].id);
    snprintf(box.object_id, sizeof(box.object_id), "o%d", w->box[i].id);
    snprintf(box.address, sizeof(box.address), "a%d@x", w->box[i].address);
    snprintf(names, sizeof(names), "n%d@x\nm%d@x\n", w->box[i].names, w->box[i].names / 3);
    box.names = names;
    box.row = row_of(&box);
    if (sae_history_stage_known(history, box.row)) {
        w->known++;
    } else {
        OK(sae_history_stage_add(history, &box, &failure));
    }
}

static void put_box(struct world *w, int at, int id, int flag)
{
    memmove(&w->box[at + 1], &w->box[at], (size_t)(w->count - at) * sizeof(w->box[0]));
    w->box[at].id = w->box[at].address = w->box[at].names = id;
    w->box[at].flag = flag;
    w->count++;
}

static void drop_box(struct world *w, int at)
{
    w->count--;
    memmove(&w->box[at], &w->box[at + 1], (size_t)(w->count - at) * sizeof(w->box[0]));
}

/* One mailbox comes twice for a while. */
static void drop_second(struct world *w)
{
    for (int i = 0; i < w->count; i++) {
        for (int k = i + 1; k < w->count; k++) {
            if (w->box[k].id == w->box[i].id) {
                drop_box(w, k);
            }
        }
    }
    w->twice = false;
}

static void change_list(struct world *w)
{
    int at = rand() % w->count;
    int what = rand() % 9;

    if (what <= 1 && w->count < BOXES) {
        put_box(w, rand() % (w->count + 1), ++w->last, rand() % 4);
    } else if (what == 2 && w->count > 1) {
        drop_box(w, at);
    } else if (what == 3) {
        w->box[at].flag = rand() % 4;
    } else if (what == 4) {
        w->box[at].address = rand() % 50;
    } else if (what == 5) {
        w->box[at].names = rand() % 50;
    } else if (what == 6 && w->count < BOXES && !w->twice) { /* perhaps with another flag */
        put_box(w, w->count, w->box[at].id, rand() % 2 == 0 ? w->box[at].flag : 1);
        w->twice = true;
    } else if (what == 7) {
        int other = rand() % w->count;

        w->box[BOXES] = w->box[at];
        w->box[at] = w->box[other];
        w->box[other] = w->box[BOXES];
    }
}

/* In pages, some of which are read in part before they are read whole. */
static void stage_pages(struct world *w)
{
    stage_begin();
    for (int at = 0, n; at < w->count; at += n) {
        n = 1 + rand() % 12;
        n = n < w->count - at ? n : w->count - at;
        if (rand() % 3 == 0) {
            for (int i = 0, most = rand() % (n + 1); i < most; i++) {
                stage_one(w, at + i);
            }
            stage_one(w, rand() % w->count);
            OK(sae_history_stage_rewind(history, &failure));
        }
        for (int i = 0; i < n; i++) {
            stage_one(w, at + i);
        }
        OK(sae_history_stage_keep(history, &failure));
    }
}

static void note_history(struct world *w)
{
    static const char *const dumps[] = {
        "SELECT key, address, flag FROM mailbox ORDER BY key",
        "SELECT name, mailbox FROM mailbox_name ORDER BY name, mailbox",
        "SELECT seen, object, before, after FROM change ORDER BY seen, object, after"};

    for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
        char *text = history_dump(dumps[i]);

        sae_buf_puts(&w->log, text);
        free(text);
    }
}

static void refuse(void)
{
    int64_t staged, held;

    OK(sae_history_begin(history, &failure));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    sae_history_rollback(history);
}

static void live(struct world *w, unsigned seed)
{
    sae_buf_init(&w->log, 8 << 20);
    srand(seed);
    while (w->count < BOXES / 2) {
        put_box(w, w->count, ++w->last, rand() % 4);
    }
    for (int read = 1; read <= READS; read++) {
        if (rand() % 2 == 0) {
            drop_second(w);
        }
        for (int changes = rand() % 4; changes > 0; changes--) {
            change_list(w);
        }
        if (w->forgetful) {
            run_sql("UPDATE mailbox_list SET rows = NULL");
        }
        if (w->forgetful || read % 3 == 0) {
            history_reopen();
        }
        stage_pages(w);
        if (rand() % 5 == 0) {
            refuse();
            stage_pages(w);
        }
        (void)store(read);
        note_history(w);
    }
    ck_assert_int_eq(sae_buf_status(&w->log), SAE_OK);
}

START_TEST(any_lists_are_stored_as_if_nothing_had_been_known)
{
    struct world knowing = {.count = 0}, forgetful = {.forgetful = true};

    live(&knowing, (unsigned)_i);
    history_teardown();
    history_setup();
    live(&forgetful, (unsigned)_i);
    ck_assert_str_eq(sae_buf_text(&knowing.log), sae_buf_text(&forgetful.log));
    ck_assert_int_gt(knowing.known, READS);
    ck_assert_int_eq(forgetful.known, 0);
    sae_buf_done(&knowing.log);
    sae_buf_done(&forgetful.log);
}
END_TEST

static Suite *list_suite(void)
{
    Suite *suite = suite_create("history_list");
    TCase *tc = tcase_create("history_list");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_loop_test(
        tc, rows_are_known_in_the_order_of_the_stored_list_up_to_the_first_that_is_not, 0, 2);
    tcase_add_test(tc, a_list_that_is_known_to_its_end_may_go_on);
    tcase_add_test(tc, a_list_that_ends_where_the_stored_one_goes_on_is_shorter);
    tcase_add_test(tc, what_is_rewound_is_known_again_and_what_was_kept_stays);
    tcase_add_test(tc, what_is_rolled_back_is_not_known);
    tcase_add_loop_test(tc, a_list_that_is_not_well_known_is_read_anew, 0, COUNT(unknown));
    tcase_add_test(tc, no_digest_is_that_of_a_list_that_is_not_known);
    tcase_add_test(tc, a_mailbox_that_the_history_lost_is_an_error_and_not_a_shorter_list);
    tcase_add_test(tc, rows_of_a_list_with_a_mailbox_twice_are_not_known_but_their_sum_is);
    tcase_add_loop_test(tc, any_lists_are_stored_as_if_nothing_had_been_known, 0, 6);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(list_suite());
}
