/* SPDX-License-Identifier: MIT */
/* Which slice of the log is asked for next, and what may be claimed: against an oracle that
 * looks at every second by itself. */
#include "fetch/slices.h"
#include "folder.h"

/* ---- the oracle ---------------------------------------------------------------------- */

enum { WORLD = 2 * 3600, HELD = 5 };

/* Seconds since the beginning of a small world. */
struct world {
    struct sae_interval held[HELD];
    struct sae_graph_wish wish;
    bool is_held[WORLD];
    bool settled[WORLD]; /* held, and not to be read again */
    bool read[WORLD];    /* in this run */
    bool claimed[WORLD];
};

static const int64_t epoch = 1000000 * SAE_SECOND;

static int second_of(int64_t time)
{
    if ((time - epoch) % SAE_SECOND != 0) {
        ck_abort_msg("not a whole second");
    }
    return (int)((time - epoch) / SAE_SECOND);
}

static int64_t time_of(int second)
{
    return epoch + second * SAE_SECOND;
}

static int seconds(int64_t ticks)
{
    return (int)(ticks / SAE_SECOND);
}

/* What of `held` is settled: all but the last `overlap` of each unbroken stretch, of which
 * nothing counts from T - lag on. */
static void settle(const struct world *w, const bool *held, bool *settled)
{
    int known = second_of(w->wish.end - w->wish.lag), end = 0;

    for (int at = 0; at < WORLD; at++) {
        for (end = end > at ? end : at; end < WORLD && held[end]; end++) {
        }
        settled[at] = held[at] && at < (end < known ? end : known) -
                                           seconds(w->wish.overlap);
    }
}

static bool is_wanted(const struct world *w, int at)
{
    return at >= second_of(w->wish.begin) && at < second_of(w->wish.end) && !w->settled[at];
}

/* Everything from `from` on that is wanted is read. */
static bool is_read_from(const struct world *w, int from)
{
    for (int at = from; at < WORLD; at++) {
        if (is_wanted(w, at) && !w->read[at]) {
            return false;
        }
    }
    return true;
}

static bool oracle_current(const struct world *w)
{
    int begin = second_of(w->wish.begin), newest = -1;
    int from = second_of(w->wish.end - w->wish.current);

    for (int at = begin; at < WORLD; at++) {
        newest = w->is_held[at] ? at : newest;
    }
    if (newest >= 0) {
        int settled = newest + 1;

        while (settled > 0 && w->is_held[settled - 1] && !w->settled[settled - 1]) {
            settled--;
        }
        from = settled < from ? settled : from;
    }
    return is_read_from(w, from < begin ? begin : from);
}

static int64_t oracle_left(const struct world *w)
{
    int64_t left = 0;

    for (int at = 0; at < WORLD; at++) {
        left += is_wanted(w, at) && !w->read[at] ? SAE_SECOND : 0;
    }
    return left;
}

/* What the next run would find settled must have been settled before or be read now: else a
 * row that comes late is lost for ever. */
static void check_nothing_is_lost(const struct world *w)
{
    static bool held[WORLD], settled[WORLD];

    for (int at = 0; at < WORLD; at++) {
        held[at] = w->is_held[at] || w->claimed[at];
    }
    settle(w, held, settled);
    for (int at = second_of(w->wish.begin); at < WORLD; at++) {
        if (settled[at] && !w->settled[at] && !w->read[at]) {
            ck_abort_msg("second %d would never be read again", at);
        }
    }
}

/* ---- worlds -------------------------------------------------------------------------- */

static int pick(int below)
{
    return rand() % below;
}

/* Held stretches, newest first, some of which touch. */
static void make_held(struct world *w)
{
    int at = WORLD - pick(1200), count = pick(HELD + 1);

    for (int i = 0; i < count; i++) {
        int to = at - (pick(3) == 0 ? 0 : pick(1500)), from = to - 1 - pick(1500);

        if (from < 0) {
            break;
        }
        w->held[w->wish.held_count++] =
            (struct sae_interval){.from = time_of(from), .to = time_of(to)};
        for (int s = from; s < to; s++) {
            w->is_held[s] = true;
        }
        at = from;
    }
    w->wish.held = w->held;
}

static void make_world(struct world *w)
{
    int end = WORLD - pick(300);

    memset(w, 0, sizeof(*w));
    w->wish.end = time_of(end);
    w->wish.begin = time_of(pick(end));
    w->wish.current = (1 + pick(1200)) * SAE_SECOND;
    w->wish.lag = pick(300) * SAE_SECOND;
    w->wish.overlap = pick(900) * SAE_SECOND;
    make_held(w);
    settle(w, w->is_held, w->settled);
}

static void mark(bool *marks, struct sae_interval span)
{
    for (int at = second_of(span.from); at < second_of(span.to); at++) {
        marks[at] = true;
    }
}

static void check_slice(const struct world *w, struct sae_interval slice, int above)
{
    int from = second_of(slice.from), to = second_of(slice.to);

    ck_assert_int_lt(from, to);
    ck_assert_int_le(to, above);
    for (int at = from; at < to; at++) {
        if (!is_wanted(w, at) || w->read[at]) {
            ck_abort_msg("second %d is read for nothing", at);
        }
    }
}

static void check_claim(const struct world *w, struct sae_interval claim)
{
    ck_assert_int_lt(claim.from, claim.to);
    ck_assert_int_le(claim.to, w->wish.end - w->wish.lag);
    for (int at = second_of(claim.from); at < second_of(claim.to); at++) {
        if (!w->read[at]) {
            ck_abort_msg("second %d is claimed, but was not read", at);
        }
    }
}

/* One slice as the service lets it happen. */
static void step(struct world *w, struct sae_slices *slices, struct sae_interval slice)
{
    struct sae_interval claim;

    if (pick(5) == 0 &&
        sae_slices_crowded(slices, slice, slice.to - pick(2) * (slice.to - slice.from) / 3,
                           (unsigned)(1 + pick(40)))) {
        return;
    }
    if (pick(25) == 0 && sae_slices_halve(slices, slice)) {
        return;
    }
    mark(w->read, slice);
    if (sae_slices_read(slices, slice, (unsigned)(1 + pick(pick(2) == 0 ? 1 : 12)),
                        (uint64_t)pick(1000), 999, &claim)) {
        check_claim(w, claim);
        mark(w->claimed, claim);
    }
    check_nothing_is_lost(w);
}

static void check_standing(const struct world *w, const struct sae_slices *slices)
{
    ck_assert_msg(sae_slices_left(slices) == oracle_left(w), "%lld ticks left, not %lld",
                  (long long)sae_slices_left(slices), (long long)oracle_left(w));
    if (sae_slices_current(slices) != oracle_current(w)) {
        ck_abort_msg("current is %d", sae_slices_current(slices));
    }
}

START_TEST(any_world_is_read_newest_first_once_and_claimed_rightly)
{
    static struct world w;
    int rounds = getenv("SAE_VALGRIND") == NULL ? 1000 : 40;

    srand(7);
    for (int i = 0; i < rounds; i++) {
        struct sae_slices slices;
        struct sae_interval slice;
        int above = WORLD, stop = pick(4) == 0 ? pick(10) : WORLD;

        make_world(&w);
        sae_slices_begin(&slices, &w.wish);
        check_standing(&w, &slices);
        while (stop-- > 0 && sae_slices_next(&slices, &slice)) {
            check_slice(&w, slice, above);
            step(&w, &slices, slice);
            check_standing(&w, &slices);
            above = w.read[second_of(slice.from)] ? second_of(slice.from) : above;
        }
        if (stop > 0) {
            ck_assert(is_read_from(&w, 0));
            ck_assert_int_eq(slices.claim_to, 0);
        }
    }
}
END_TEST

/* ---- by example ---------------------------------------------------------------------- */

static struct sae_graph_wish wish;
static struct sae_slices slices;

static void first_run(void)
{
    wish = (struct sae_graph_wish){.end = noon(),
                                   .begin = noon() - 30 * SAE_DAY,
                                   .current = 75 * SAE_MINUTE,
                                   .lag = 15 * SAE_MINUTE,
                                   .overlap = 2 * SAE_HOUR};
    sae_slices_begin(&slices, &wish);
}

static struct sae_interval next(void)
{
    struct sae_interval slice = {0};

    ck_assert(sae_slices_next(&slices, &slice));
    return slice;
}

static int64_t next_length(void)
{
    struct sae_interval slice = next();

    return slice.to - slice.from;
}

static bool has_read(unsigned pages, uint64_t rows)
{
    struct sae_interval claim;

    return sae_slices_read(&slices, next(), pages, rows, 999, &claim);
}

START_TEST(a_quiet_month_is_four_slices)
{
    first_run();
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE);
    ck_assert(!sae_slices_current(&slices));
    ck_assert(has_read(1, 0));
    ck_assert(sae_slices_current(&slices));
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(has_read(1, 3));
    ck_assert_int_eq(next_length(), 320 * SAE_HOUR);
    ck_assert(has_read(1, 40));
    ck_assert_int_eq(next().from, wish.begin);
    ck_assert(has_read(1, 40));
    ck_assert(!sae_slices_next(&slices, &(struct sae_interval){0}));
    ck_assert_int_eq(sae_slices_left(&slices), 0);
}
END_TEST

START_TEST(the_next_slice_is_as_long_as_five_pages_should_be)
{
    first_run();
    ck_assert(has_read(20, 999));
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4);
    ck_assert(has_read(5, 999));
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4);
    ck_assert(has_read(1, 999)); /* one page full: could be five */
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE / 4 * 5);
}
END_TEST

START_TEST(slices_do_not_grow_before_a_crowd_is_passed)
{
    int64_t crowd = noon() - 10 * SAE_HOUR;

    first_run();
    ck_assert(has_read(1, 0));
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(sae_slices_crowded(&slices, next(), crowd, 20));
    while (next().to > crowd) {
        ck_assert_int_eq(next_length(), (10 * SAE_HOUR - 75 * SAE_MINUTE) / 4);
        ck_assert(has_read(1, 0));
    }
    ck_assert_int_eq(next_length(), 4 * (10 * SAE_HOUR - 75 * SAE_MINUTE));
}
END_TEST

START_TEST(no_slice_is_shorter_than_a_minute)
{
    first_run();
    ck_assert(sae_slices_crowded(&slices, next(), noon() - SAE_SECOND, 20));
    ck_assert_int_eq(next_length(), SAE_MINUTE);
    ck_assert(sae_slices_is_shortest(next()));
    ck_assert(!sae_slices_crowded(&slices, next(), next().from, 20));
    ck_assert(!sae_slices_halve(&slices, next()));
    (void)has_read(1000, 999);
    ck_assert_int_eq(next_length(), SAE_MINUTE);
}
END_TEST

START_TEST(what_the_service_could_not_manage_is_approached_slowly)
{
    first_run();
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 20 * SAE_HOUR);
    ck_assert(sae_slices_halve(&slices, next()));
    ck_assert_int_eq(next_length(), 10 * SAE_HOUR);
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 10 * SAE_HOUR);
    (void)has_read(1, 0);
    ck_assert_int_eq(next_length(), 15 * SAE_HOUR);
}
END_TEST

START_TEST(a_run_every_five_minutes_is_one_slice)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 140 * SAE_MINUTE);
    ck_assert(sae_slices_read(&slices, next(), 1, 10, 999, &claim));
    ck_assert_int_eq(claim.from, noon() - 140 * SAE_MINUTE);
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
    ck_assert(!sae_slices_next(&slices, &claim));
}
END_TEST

START_TEST(an_overlap_in_pieces_is_claimed_with_its_last_piece)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert(sae_slices_crowded(&slices, next(), next().from, 10));
    ck_assert(!sae_slices_read(&slices, next(), 5, 999, 999, &claim));
    ck_assert(!sae_slices_current(&slices));
    ck_assert(sae_slices_read(&slices, next(), 5, 999, 999, &claim));
    ck_assert_int_eq(claim.from, noon() - 140 * SAE_MINUTE);
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
    ck_assert(sae_slices_current(&slices));
}
END_TEST

START_TEST(a_slice_that_just_touches_what_is_held_is_not_claimed_yet)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 20 * SAE_MINUTE};
    struct sae_interval claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    wish.lag = 0;
    sae_slices_begin(&slices, &wish);
    slices.length = 20 * SAE_MINUTE;
    ck_assert_int_eq(next().from, held.to);
    ck_assert(!sae_slices_read(&slices, next(), 5, 999, 999, &claim));
}
END_TEST

START_TEST(after_a_pause_the_present_comes_first)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() - 3 * SAE_DAY};

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 75 * SAE_MINUTE);
    ck_assert(has_read(1, 0));
    ck_assert(!sae_slices_current(&slices)); /* not before the pause is filled */
    while (sae_slices_next(&slices, &(struct sae_interval){0})) {
        ck_assert(!sae_slices_current(&slices));
        (void)has_read(1, 0);
    }
    ck_assert(sae_slices_current(&slices));
}
END_TEST

START_TEST(what_a_clock_set_back_wrote_is_not_believed)
{
    struct sae_interval held = {noon() - 30 * SAE_DAY, noon() + SAE_DAY}, claim;

    first_run();
    wish.held = &held;
    wish.held_count = 1;
    sae_slices_begin(&slices, &wish);
    ck_assert_int_eq(next_length(), 135 * SAE_MINUTE);
    ck_assert(sae_slices_read(&slices, next(), 1, 0, 999, &claim));
    ck_assert_int_eq(claim.to, noon() - 15 * SAE_MINUTE);
}
END_TEST

START_TEST(slices_touch_where_the_run_did_not_begin_on_a_second)
{
    struct sae_interval slice;
    int64_t to;

    first_run();
    wish.end += 1234567;
    wish.begin += 7654321;
    sae_slices_begin(&slices, &wish);
    to = wish.end;
    while (sae_slices_next(&slices, &slice)) {
        ck_assert_int_eq(slice.to, to);
        to = slice.from;
        (void)has_read(7, 1);
    }
    ck_assert_int_eq(to, wish.begin);
}
END_TEST

/* The log goes back 29 days and 7 hours, though 30 days are asked for. */
START_TEST(the_end_of_the_log_is_found_to_the_hour)
{
    struct sae_interval slice;
    int64_t log_end = noon() - 29 * SAE_DAY - 7 * SAE_HOUR, to = noon();
    int asked = 0;

    first_run();
    while (sae_slices_next(&slices, &slice)) {
        ck_assert_int_lt(asked++, 20);
        if (slice.from < log_end) {
            ck_assert(sae_slices_refuse(&slices, slice));
        } else {
            (void)has_read(1, 0);
            to = slice.from;
        }
    }
    ck_assert_int_ge(to, log_end);
    ck_assert_int_le(to, log_end + SAE_HOUR);
}
END_TEST

START_TEST(a_log_of_less_than_a_month_has_not_ended)
{
    first_run();
    (void)has_read(1, 0);
    ck_assert(!sae_slices_refuse(&slices, next()));
    ck_assert(!sae_slices_refuse(&slices, (struct sae_interval){noon() - 29 * SAE_DAY,
                                                                noon() - SAE_DAY}));
    ck_assert(sae_slices_refuse(&slices, (struct sae_interval){noon() - 29 * SAE_DAY - 1,
                                                               noon() - SAE_DAY}));
}
END_TEST

START_TEST(nothing_wanted_is_nothing_to_read)
{
    first_run();
    wish.begin = wish.end;
    sae_slices_begin(&slices, &wish);
    ck_assert(!sae_slices_next(&slices, &(struct sae_interval){0}));
    ck_assert_int_eq(sae_slices_left(&slices), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slices");
    TCase *tests = tcase_create("slices");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, any_world_is_read_newest_first_once_and_claimed_rightly);
    tcase_add_test(tests, a_quiet_month_is_four_slices);
    tcase_add_test(tests, the_next_slice_is_as_long_as_five_pages_should_be);
    tcase_add_test(tests, slices_do_not_grow_before_a_crowd_is_passed);
    tcase_add_test(tests, no_slice_is_shorter_than_a_minute);
    tcase_add_test(tests, what_the_service_could_not_manage_is_approached_slowly);
    tcase_add_test(tests, a_run_every_five_minutes_is_one_slice);
    tcase_add_test(tests, an_overlap_in_pieces_is_claimed_with_its_last_piece);
    tcase_add_test(tests, a_slice_that_just_touches_what_is_held_is_not_claimed_yet);
    tcase_add_test(tests, after_a_pause_the_present_comes_first);
    tcase_add_test(tests, what_a_clock_set_back_wrote_is_not_believed);
    tcase_add_test(tests, slices_touch_where_the_run_did_not_begin_on_a_second);
    tcase_add_test(tests, the_end_of_the_log_is_found_to_the_hour);
    tcase_add_test(tests, a_log_of_less_than_a_month_has_not_ended);
    tcase_add_test(tests, nothing_wanted_is_nothing_to_read);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
