/* SPDX-License-Identifier: MIT */
/* Undoing changes: the state of an earlier time, from a random history whose every state
 * is known. */
#include "plugins/report/plan/undo.c"

#include <stdio.h>

#include "folder.h"

enum { OBJECTS = 12, STEPS = 200, WORLDS = 500 };

static const char *const words[] = {"", "false", "true", "?", "absent"};

static struct sae_change change_of(const char *object, int64_t seen, const char *before,
                                   const char *after)
{
    struct sae_change change = {.seen = seen, .mailbox = true};

    snprintf(change.object, sizeof(change.object), "%s", object);
    snprintf(change.before, sizeof(change.before), "%s", before);
    snprintf(change.after, sizeof(change.after), "%s", after);
    return change;
}

static void add(struct sae_undo *undo, const char *object, int64_t seen,
                const char *before, const char *after)
{
    const struct sae_change change = change_of(object, seen, before, after);

    ck_assert_int_eq(sae_undo_add(undo, &change, NULL), SAE_OK);
}

static const struct sae_undo_item *item_of(const struct sae_undo *undo,
                                           const char *object)
{
    for (size_t i = 0; i < undo->count; i++) {
        if (strcmp(undo->item[i].object, object) == 0) {
            return &undo->item[i];
        }
    }
    return NULL;
}

START_TEST(undoing_random_changes_gives_every_earlier_state)
{
    enum sae_undo_value state[STEPS + 1][OBJECTS] = {0};
    struct sae_change log[STEPS];

    srand((unsigned)_i + 1);
    for (int s = 0; s < STEPS; s++) {
        int object = rand() % OBJECTS, value = rand() % 5;
        char name[16];

        memcpy(state[s + 1], state[s], sizeof(state[s]));
        value = value == (int)state[s][object] ? (value + 1) % 5 : value;
        snprintf(name, sizeof(name), "box%d", object);
        log[s] = change_of(name, s, words[state[s][object]], words[value]);
        state[s + 1][object] = (enum sae_undo_value)value;
    }
    for (int back = 0; back <= STEPS; back += 1 + rand() % 20) {
        struct sae_undo undo = {.most = STEPS};

        for (int s = back; s < STEPS; s++) {
            ck_assert_int_eq(sae_undo_add(&undo, &log[s], NULL), SAE_OK);
        }
        sae_undo_join(&undo);
        for (int object = 0; object < OBJECTS; object++) {
            char name[16];
            const struct sae_undo_item *item;

            snprintf(name, sizeof(name), "box%d", object);
            item = item_of(&undo, name);
            if (item == NULL) {
                ck_assert_int_eq(state[back][object], state[STEPS][object]);
                continue;
            }
            ck_assert(!item->broken);
            ck_assert_int_eq(item->before, state[back][object]);
            ck_assert_int_eq(item->after, state[STEPS][object]);
        }
        sae_undo_done(&undo);
    }
}
END_TEST

START_TEST(changes_that_do_not_follow_from_each_other_are_broken)
{
    struct sae_undo undo = {.most = 10};

    add(&undo, "a", 1, "", "false");
    add(&undo, "b", 2, "true", "");
    add(&undo, "a", 3, "true", ""); /* what made it true? */
    add(&undo, "b", 4, "", "true");
    sae_undo_join(&undo);
    ck_assert_uint_eq(undo.count, 2);
    ck_assert(item_of(&undo, "a")->broken);
    ck_assert_int_eq(item_of(&undo, "a")->last, 3);
    ck_assert(!item_of(&undo, "b")->broken);
    ck_assert_int_eq(item_of(&undo, "b")->before, item_of(&undo, "b")->after);
    sae_undo_done(&undo);
}
END_TEST

START_TEST(nothing_to_undo_is_no_item)
{
    struct sae_undo undo = {.most = 10};

    sae_undo_join(&undo);
    ck_assert_uint_eq(undo.count, 0);
    sae_undo_done(&undo);
}
END_TEST

START_TEST(too_many_changes_are_refused_and_not_cut)
{
    struct sae_undo undo = {.most = 2};
    const struct sae_change change = change_of("a", 1, "", "true");
    struct sae_err err = {0};

    ck_assert_int_eq(sae_undo_add(&undo, &change, &err), SAE_OK);
    ck_assert_int_eq(sae_undo_add(&undo, &change, &err), SAE_OK);
    ck_assert_int_eq(sae_undo_add(&undo, &change, &err), SAE_E_LIMIT);
    ck_assert_str_eq(err.text,
                     "no plan: more than 2 changes since that day: choose a later "
                     "one");
    sae_undo_done(&undo);
}
END_TEST

START_TEST(a_value_that_nobody_knows_is_odd)
{
    for (int i = 0; i <= SAE_UNDO_ABSENT; i++) {
        ck_assert_int_eq(sae_undo_value_of(words[i]), i);
    }
    ck_assert_int_eq(sae_undo_value_of("maybe"), SAE_UNDO_ODD);
    ck_assert_int_eq(sae_undo_value_of("False"), SAE_UNDO_ODD);
}
END_TEST

static bool is_slow(void)
{
    return getenv("SAE_VALGRIND") != NULL || getenv("SAE_SANITIZED") != NULL;
}

int main(void)
{
    Suite *suite = suite_create("plan_undo");
    TCase *tests = tcase_create("plan_undo");

    tcase_add_loop_test(tests, undoing_random_changes_gives_every_earlier_state, 0,
                        is_slow() ? WORLDS / 20 : WORLDS);
    tcase_add_test(tests, changes_that_do_not_follow_from_each_other_are_broken);
    tcase_add_test(tests, nothing_to_undo_is_no_item);
    tcase_add_test(tests, too_many_changes_are_refused_and_not_cut);
    tcase_add_test(tests, a_value_that_nobody_knows_is_odd);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
