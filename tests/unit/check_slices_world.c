/* SPDX-License-Identifier: MIT */
/* Which slice of the log is asked for next, and what may be claimed: against an oracle
 * that looks at every second by itself. */
#include "fetch/graph/slices.h"
#include "folder.h"

/* ---- the oracle -------------------------------------------------------------------- */

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

/* What of `held` is settled: all but the last `overlap` of each unbroken stretch, of
 * which nothing counts from T - lag on. */
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
    return at >= second_of(w->wish.begin) && at < second_of(w->wish.end) &&
           !w->settled[at];
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

/* What the next run would find settled must have been settled before or be read now: else
 * a row that comes late is lost for ever. */
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

/* ---- worlds ------------------------------------------------------------------------ */

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
        sae_slices_crowded(slices, slice,
                           slice.to - pick(2) * (slice.to - slice.from) / 3,
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

int main(void)
{
    Suite *suite = suite_create("slices_world");
    TCase *tests = tcase_create("slices_world");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, any_world_is_read_newest_first_once_and_claimed_rightly);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
