/* SPDX-License-Identifier: MIT */
/* What a stream of sign-ins covers, slice by slice. */
#include "store.h"

static void cover(const char *stream, int from, int to)
{
    OK(sae_history_begin(history, &failure));
    OK(sae_history_cover(history, stream, noon() + from, noon() + to, &failure));
    OK(sae_history_commit(history, &failure));
}

/* Slices in the order of their reads, and what is covered then, newest first. */
static const struct {
    int reads[4][2];
    int covered[4][2];
} stories[] = {
    {{{0, 0}}, {{0, 0}}},
    {{{0, 10}}, {{0, 10}}},
    {{{5, 5}}, {{0, 0}}},
    {{{9, 3}}, {{0, 0}}},
    {{{20, 30}, {0, 10}}, {{20, 30}, {0, 10}}},
    {{{0, 10}, {20, 30}}, {{20, 30}, {0, 10}}},
    {{{20, 30}, {10, 20}, {0, 10}}, {{0, 30}}},
    {{{20, 30}, {0, 10}, {10, 19}}, {{20, 30}, {0, 19}}},
    {{{20, 30}, {0, 10}, {40, 50}, {5, 45}}, {{0, 50}}},
    {{{20, 30}, {0, 10}, {15, 15}}, {{20, 30}, {0, 10}}},
    {{{0, 50}, {10, 20}}, {{0, 50}}},
};

START_TEST(slices_that_touch_are_one_and_the_newest_comes_first)
{
    struct sae_interval got[4];
    size_t count = 77, want = 0;

    for (int i = 0; i < 4; i++) {
        if (stories[_i].reads[i][0] != 0 || stories[_i].reads[i][1] != 0) {
            cover("graph", stories[_i].reads[i][0], stories[_i].reads[i][1]);
            cover("other", -100, -90);
        }
        want += stories[_i].covered[i][1] != 0 ? 1 : 0;
    }
    OK(sae_history_covered(history, "graph", 4, got, &count, &failure));
    ck_assert_uint_eq(count, want);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(got[i].from, noon() + stories[_i].covered[i][0]);
        ck_assert_int_eq(got[i].to, noon() + stories[_i].covered[i][1]);
    }
}
END_TEST

START_TEST(of_many_intervals_the_newest_come)
{
    struct sae_interval got[3] = {{0, 0}, {0, 0}, {-1, -1}};
    size_t count = 0;

    for (int i = 0; i < 10; i++) {
        cover("graph", 10 * i, 10 * i + 5);
    }
    OK(sae_history_covered(history, "graph", 2, got, &count, &failure));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(got[0].from, noon() + 90);
    ck_assert_int_eq(got[1].from, noon() + 80);
    ck_assert_int_eq(got[2].from, -1);
}
END_TEST

START_TEST(a_stream_saved_without_an_interval_covers_what_it_did)
{
    struct sae_stream stream = {
        .time = noon(), .newest = noon() - 5, .unparsed = 3, .lower = true};

    OK(sae_history_stream_save(history, "graph", &stream, &failure));
    OK(sae_history_stream_load(history, "graph", &stream, &failure));
    ck_assert_int_eq(stream.from, stream.to);
    cover("graph", 0, 10);
    cover("graph", 20, 30);
    stream = (struct sae_stream){.time = noon() + 1, .newest = noon() - 4, .unparsed = 2};
    OK(sae_history_stream_save(history, "graph", &stream, &failure));
    OK(sae_history_stream_load(history, "graph", &stream, &failure));
    ck_assert_int_eq(stream.time, noon() + 1);
    ck_assert_int_eq(stream.newest, noon() - 4);
    ck_assert_int_eq(stream.unparsed, 2);
    ck_assert(!stream.lower);
    OK(sae_history_stream_doubt(history, "other", &failure));
    OK(sae_history_stream_load(history, "graph", &stream, &failure));
    ck_assert(!stream.lower);
    OK(sae_history_stream_doubt(history, "graph", &failure));
    OK(sae_history_stream_load(history, "graph", &stream, &failure));
    ck_assert(stream.lower);
    ck_assert_int_eq(stream.from, noon() + 20);
    ck_assert_int_eq(stream.to, noon() + 30);
}
END_TEST

START_TEST(what_is_rolled_back_is_not_covered)
{
    struct sae_interval got[2];
    size_t count = 0;

    cover("graph", 0, 10);
    OK(sae_history_begin(history, &failure));
    OK(sae_history_cover(history, "graph", noon() + 10, noon() + 20, &failure));
    sae_history_rollback(history);
    OK(sae_history_covered(history, "graph", 2, got, &count, &failure));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(got[0].to, noon() + 10);
}
END_TEST

static Suite *streams_suite(void)
{
    Suite *suite = suite_create("history_streams");
    TCase *tc = tcase_create("history_streams");

    tcase_add_checked_fixture(tc, history_setup, history_teardown);
    tcase_add_loop_test(tc, slices_that_touch_are_one_and_the_newest_comes_first, 0,
                        COUNT(stories));
    tcase_add_test(tc, of_many_intervals_the_newest_come);
    tcase_add_test(tc, a_stream_saved_without_an_interval_covers_what_it_did);
    tcase_add_test(tc, what_is_rolled_back_is_not_covered);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return run_suite(streams_suite());
}
