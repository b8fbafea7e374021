/* SPDX-License-Identifier: MIT */
/* Posture in the history: lists that are staged, changes that are confirmed, users that
 * find their mailbox, and how parts and streams stand. */
#include "store.h"

static void begin(void)
{
    OK(sae_history_begin(history, &failure));
}

static void commit(void)
{
    OK(sae_history_commit(history, &failure));
}

/* ---- parts, numbers, streams ---------------------------------------------------------
 */

START_TEST(parts_and_numbers_outlive_the_program)
{
    struct sae_part_state state = {
        .source = "file", .time = 7, .attempt = 9, .ok = false};
    int64_t value = 77;

    OK(sae_history_part_load(history, SAE_PART_MAILBOXES, &state, &failure));
    ck_assert_int_eq(state.time, 0);
    ck_assert_int_eq(state.attempt, 0);
    OK(sae_history_number(history, "n", &value, &failure));
    ck_assert_int_eq(value, 0);
    state = (struct sae_part_state){
        .source = "file", .time = noon(), .attempt = noon() + 1, .code = "format"};
    snprintf(state.text, sizeof(state.text), "%s", "it's odd");
    begin();
    OK(sae_history_part_save(history, SAE_PART_MAILBOXES, &state, &failure));
    OK(sae_history_remember(history, "n", INT64_MIN, &failure));
    commit();
    history_reopen();
    memset(&state, 0, sizeof(state));
    OK(sae_history_part_load(history, SAE_PART_MAILBOXES, &state, &failure));
    ck_assert_str_eq(state.source, "file");
    ck_assert_int_eq(state.time, noon());
    ck_assert_int_eq(state.attempt, noon() + 1);
    ck_assert(!state.ok);
    ck_assert_str_eq(state.code, "format");
    ck_assert_str_eq(state.text, "it's odd");
    OK(sae_history_number(history, "n", &value, &failure));
    ck_assert_int_eq(value, INT64_MIN);
    OK(sae_history_part_load(history, SAE_PART_TENANT, &state, &failure));
    ck_assert_int_eq(state.time, 0);
}
END_TEST

/* Intervals in the order of their reads, and the newest unbroken one after them. */
static const struct {
    int reads[4][2];
    int from, to;
} covers[] = {
    {{{0, 10}}, 0, 10},
    {{{0, 10}, {10, 20}}, 0, 20},
    {{{10, 20}, {0, 10}}, 0, 20},
    {{{0, 10}, {11, 20}}, 11, 20},
    {{{11, 20}, {0, 10}}, 11, 20},
    {{{0, 10}, {20, 30}, {9, 21}}, 0, 30},
    {{{0, 10}, {20, 30}, {40, 50}, {10, 20}}, 40, 50},
    {{{0, 10}, {20, 30}, {40, 50}, {30, 40}}, 20, 50},
    {{{0, 50}, {10, 20}}, 0, 50},
    {{{10, 20}, {0, 50}}, 0, 50},
    {{{10, 20}, {30, 30}}, 10, 20},
};

START_TEST(intervals_that_touch_are_one)
{
    struct sae_stream stream;

    for (int i = 0; i < 4; i++) {
        const int *read = covers[_i].reads[i];

        if (read[1] == 0) {
            break;
        }
        stream = (struct sae_stream){.time = noon() + i,
                                     .newest = i,
                                     .unparsed = 3,
                                     .from = noon() + read[0],
                                     .to = noon() + read[1],
                                     .lower = i == 0};
        OK(sae_history_stream_save(history, "s", &stream, &failure));
        stream.from = noon() + 1000;
        stream.to = noon() + 2000;
        OK(sae_history_stream_save(history, "other", &stream, &failure));
    }
    OK(sae_history_stream_load(history, "s", &stream, &failure));
    ck_assert_int_eq(stream.from, noon() + covers[_i].from);
    ck_assert_int_eq(stream.to, noon() + covers[_i].to);
    ck_assert_int_eq(stream.unparsed, 3);
    OK(sae_history_stream_load(history, "never", &stream, &failure));
    ck_assert_int_eq(stream.time, 0);
    ck_assert_int_eq(stream.from, stream.to);
}
END_TEST

/* ---- mailboxes -----------------------------------------------------------------------
 */

struct box {
    const char *guid, *object_id, *address, *names;
    enum sae_flag flag;
};

static void stage(const struct box *boxes, int count, int64_t seen)
{
    int64_t staged, held;

    begin();
    OK(sae_history_stage_begin(history, &failure));
    for (int i = 0; i < count; i++) {
        struct sae_mailbox box = {.names = boxes[i].names == NULL ? "" : boxes[i].names,
                                  .flag = boxes[i].flag};

        snprintf(box.guid, sizeof(box.guid), "%s",
                 boxes[i].guid == NULL ? "" : boxes[i].guid);
        snprintf(box.object_id, sizeof(box.object_id), "%s",
                 boxes[i].object_id == NULL ? "" : boxes[i].object_id);
        snprintf(box.address, sizeof(box.address), "%s", boxes[i].address);
        OK(try_add(box));
    }
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    OK(sae_history_stage_commit(history, seen, &failure));
    commit();
}

static const char boxes_sql[] = "SELECT key, address, flag FROM mailbox ORDER BY key";
static const char changes_sql[] = "SELECT seen, object, \"before\", \"after\", confirmed"
                                  " FROM change ORDER BY seen, object";

START_TEST(a_list_replaces_the_stored_one_and_notes_what_changed)
{
    const struct box first[] = {{.address = "a@x", .flag = SAE_FLAG_INHERIT},
                                {.address = "b@x", .flag = SAE_FLAG_DISABLED},
                                {.address = "c@x", .flag = SAE_FLAG_ENABLED}};
    const struct box second[] = {{.address = "a@x", .flag = SAE_FLAG_ENABLED},
                                 {.address = "b@x", .flag = SAE_FLAG_DISABLED},
                                 {.address = "d@x", .flag = SAE_FLAG_UNKNOWN}};

    stage(first, 3, 1);
    history_says(boxes_sql, "a@x a@x 0\nb@x b@x 2\nc@x c@x 1\n");
    history_says(changes_sql, "");
    stage(second, 3, 2);
    history_says(boxes_sql, "a@x a@x 1\nb@x b@x 2\nd@x d@x 3\n");
    history_says(changes_sql, "2 a@x  false 1\n2 c@x false absent 1\n2 d@x absent ? 1\n");
    stage(second, 3, 3);
    history_says("SELECT count(*) FROM change", "3\n");
}
END_TEST

START_TEST(what_is_staged_and_not_committed_changes_nothing)
{
    const struct box first[] = {{.address = "a@x", .flag = SAE_FLAG_INHERIT}};
    struct sae_mailbox box = {.address = "b@x", .names = ""};
    int64_t staged = 0, held = 0;

    stage(first, 1, 1);
    begin();
    OK(sae_history_stage_begin(history, &failure));
    OK(try_add(box));
    OK(try_add(box));
    OK(sae_history_stage_count(history, &staged, &held, &failure));
    ck_assert_int_eq(staged, 1);
    ck_assert_int_eq(held, 1);
    sae_history_rollback(history);
    history_says(boxes_sql, "a@x a@x 0\n");
    stage(first, 1, 2);
    history_says(boxes_sql, "a@x a@x 0\n");
}
END_TEST

START_TEST(a_mailbox_listed_twice_counts_once_with_the_riskier_flag)
{
    static const enum sae_flag order[] = {SAE_FLAG_ENABLED, SAE_FLAG_UNKNOWN,
                                          SAE_FLAG_INHERIT, SAE_FLAG_DISABLED};
    const enum sae_flag a = order[_i / 4], b = order[_i % 4];
    const struct box boxes[] = {{.address = "a@x", .flag = a},
                                {.address = "a@x", .flag = b}};
    char want[32];

    stage(boxes, 2, 1);
    snprintf(want, sizeof(want), "a@x a@x %d\n",
             (int)order[_i / 4 < _i % 4 ? _i / 4 : _i % 4]);
    history_says(boxes_sql, want);
}
END_TEST

START_TEST(the_key_is_guid_then_object_id_then_address)
{
    const struct box boxes[] = {{.guid = "g1", .object_id = "o1", .address = "a@x"},
                                {.guid = "g1", .object_id = "o1", .address = "a2@x"},
                                {.object_id = "o2", .address = "a@x"},
                                {.address = "a@x"}};

    stage(boxes, 4, 1);
    history_says("SELECT key FROM mailbox ORDER BY key", "a@x\ng1\no2\n");
}
END_TEST

/* ---- who is who ----------------------------------------------------------------------
 */

#define OBJECT "6a0e0001-0000-4000-8000-000000000001"

static const struct box known[] = {
    {.guid = "g1", .object_id = OBJECT, .address = "a@x", .names = "a@x\nalias@x\n"},
    {.guid = "g2", .address = "b@x", .names = "b@x\nshared@x\n"},
    {.guid = "g3", .address = "c@x", .names = "c@x\nshared@x\n"},
};

static void finds(const char *name, const char *want)
{
    char key[SAE_NAME + 1];

    OK(sae_history_find_mailbox(history, name, key, &failure));
    ck_assert_str_eq(key, want);
}

START_TEST(a_name_finds_the_only_mailbox_that_has_it)
{
    char huge[1000];

    stage(known, COUNT(known), 1);
    finds("a@x", "g1");
    finds("ALIAS@X", "g1");
    finds(OBJECT, "g1");
    finds("G2", "g2");
    finds("shared@x", "");
    finds("nobody@x", "");
    finds("", "");
    finds("a@x%", "");
    memset(huge, 'x', sizeof(huge));
    huge[999] = '\0';
    finds(huge, "");
}
END_TEST

static const struct {
    const char *user, *upn, *mailbox;
} matches[] = {
    {OBJECT, "b@x", "g1"},                                 /* the object id decides */
    {"6a0e0001-0000-4000-8000-000000000009", "b@x", "g2"}, /* unknown: the UPN */
    {"6a0e0001-0000-4000-8000-000000000009", "shared@x", "-"},
    {"6a0e0001-0000-4000-8000-000000000009", "", "-"},
    {"alias@x", "alias@x", "g1"},
    {"shared@x", "shared@x", "-"},
    {"nobody@x", "nobody@x", "-"},
    {"#0123456789abcdef", "", "-"},
};

START_TEST(a_sender_is_matched_by_object_id_else_by_the_only_address)
{
    struct sae_signin row = signin_of("r", noon(), matches[_i].user, 0);
    char want[32];

    snprintf(row.upn, sizeof(row.upn), "%s", matches[_i].upn);
    stage(known, COUNT(known), 1);
    feed_one(row);
    begin();
    OK(sae_history_match(history, &failure));
    commit();
    snprintf(want, sizeof(want), "%s\n", matches[_i].mailbox);
    history_says("SELECT m.mailbox FROM sender s LEFT JOIN sender_mailbox m USING (user)",
                 want);
}
END_TEST

struct used {
    int used, all;
};

static enum sae_status see_mailbox(void *arg, const struct sae_mailbox_row *row,
                                   struct sae_err *err)
{
    struct used *seen = arg;

    (void)err;
    seen->all++;
    seen->used += row->used ? 1 : 0;
    return SAE_OK;
}

START_TEST(a_mailbox_is_used_if_its_user_succeeded_in_the_interval)
{
    struct used seen = {0, 0}, later = {0, 0};

    stage(known, COUNT(known), 1);
    feed_one(signin_of("r1", noon(), OBJECT, 0));
    feed_one(signin_of("r2", noon(), "b@x", 50126));
    begin();
    OK(sae_history_match(history, &failure));
    commit();
    OK(sae_history_each_mailbox(history, noon(), noon() + 1, see_mailbox, &seen,
                                &failure));
    ck_assert_int_eq(seen.all, 3);
    ck_assert_int_eq(seen.used, 1);
    OK(sae_history_each_mailbox(history, noon() + 1, noon() + SAE_DAY, see_mailbox,
                                &later, &failure));
    ck_assert_int_eq(later.used, 0);
}
END_TEST

/* ---- settings
 * ---------------------------------------------------------------------------------------
 */

/* One read of a setting called "S"; NULL: it was not in the answer. */
static void read_setting(const char *value, int64_t seen)
{
    struct sae_setting settings[2] = {{.name = "Other", .value = "x"}, {.name = "S"}};

    snprintf(settings[1].value, sizeof(settings[1].value), "%s",
             value == NULL ? "" : value);
    begin();
    OK(sae_history_settings_read(history, "tenant", seen, 0, settings,
                                 value == NULL ? 1 : 2, &failure));
    commit();
}

/* Values of successive reads, and the changes that stay: "before>after", ? if
 * unconfirmed. */
static const struct {
    const char *reads[6];
    int count;
    const char *changes;
} stories[] = {
    {{"true"}, 1, ""},
    {{"true", "true"}, 2, ""},
    {{"true", "false"}, 2, "2 true>false 0\n"},
    {{"true", "false", "false"}, 3, "2 true>false 1\n"},
    {{"true", "false", "true"}, 3, ""},
    {{"true", "false", "true", "false"}, 4, "4 true>false 0\n"},
    {{"true", "false", ""}, 3, "3 true> 0\n"},
    {{"true", "false", "", ""}, 4, "3 true> 1\n"},
    {{"a", "b", "b", "c", "c"}, 5, "2 a>b 1\n4 b>c 1\n"},
    {{"a", "b", "b", "a", "a"}, 5, "2 a>b 1\n4 b>a 1\n"},
    {{"a", NULL}, 2, "2 a>absent 0\n"},
    {{"a", NULL, NULL}, 3, "2 a>absent 1\n"},
    {{"a", NULL, "a"}, 3, ""},
    {{NULL, "a"}, 2, "2 absent>a 0\n"},
    {{NULL, "a", "a"}, 3, "2 absent>a 1\n"},
    {{NULL, "a", NULL, NULL}, 4, ""},
};

START_TEST(a_change_of_a_setting_is_confirmed_or_taken_back_by_the_next_read)
{
    for (int i = 0; i < stories[_i].count; i++) {
        read_setting(stories[_i].reads[i], i + 1);
    }
    history_says("SELECT seen, \"before\" || '>' || \"after\", confirmed FROM change"
                 " WHERE property = 'S' ORDER BY seen",
                 stories[_i].changes);
    history_says("SELECT count(*) FROM change WHERE property <> 'S'", "0\n");
}
END_TEST

START_TEST(the_value_last_read_is_remembered)
{
    char value[SAE_SHOWN + 1];

    OK(sae_history_setting(history, "S", value, &failure));
    ck_assert_str_eq(value, "");
    read_setting("true", 1);
    read_setting("false", 2);
    history_reopen();
    OK(sae_history_setting(history, "S", value, &failure));
    ck_assert_str_eq(value, "false");
}
END_TEST

static enum sae_status see_change(void *arg, const struct sae_change *change,
                                  struct sae_err *err)
{
    int64_t *last = arg;

    (void)err;
    ck_assert_int_gt(change->seen, *last);
    *last = change->seen;
    return SAE_OK;
}

START_TEST(changes_come_oldest_first_and_after_the_given_time)
{
    int64_t last = 2;

    for (int i = 1; i <= 5; i++) {
        read_setting(i % 2 == 0 ? "b" : "a", 2 * i);
        read_setting(i % 2 == 0 ? "b" : "a", 2 * i + 1);
    }
    OK(sae_history_each_change(history, 4, see_change, &last, &failure));
    ck_assert_int_eq(last, 10);
}
END_TEST

static Suite *posture_suite(void)
{
    Suite *suite = suite_create("posture");
    TCase *tc = tcase_create("posture");

    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_test(tc, parts_and_numbers_outlive_the_program);
    tcase_add_loop_test(tc, intervals_that_touch_are_one, 0, COUNT(covers));
    tcase_add_test(tc, a_list_replaces_the_stored_one_and_notes_what_changed);
    tcase_add_test(tc, what_is_staged_and_not_committed_changes_nothing);
    tcase_add_loop_test(tc, a_mailbox_listed_twice_counts_once_with_the_riskier_flag, 0,
                        16);
    tcase_add_test(tc, the_key_is_guid_then_object_id_then_address);
    tcase_add_test(tc, a_name_finds_the_only_mailbox_that_has_it);
    tcase_add_loop_test(tc, a_sender_is_matched_by_object_id_else_by_the_only_address, 0,
                        COUNT(matches));
    tcase_add_test(tc, a_mailbox_is_used_if_its_user_succeeded_in_the_interval);
    tcase_add_loop_test(tc,
                        a_change_of_a_setting_is_confirmed_or_taken_back_by_the_next_read,
                        0, COUNT(stories));
    tcase_add_test(tc, the_value_last_read_is_remembered);
    tcase_add_test(tc, changes_come_oldest_first_and_after_the_given_time);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(posture_suite());
}
