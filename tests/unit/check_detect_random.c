/* SPDX-License-Identifier: MIT */
/* Any sign-ins: each detector says what its definition says, in whatever order equal
 * times come, and also when what is older than it looks was forgotten. SAE_SEED=number
 * for other sequences, SAE_ROUNDS=number for more of them, SAE_TALLY=1 to see how many
 * find something. What differs is printed as a test for check_detect.c. */
#include "detect_world.h"

enum {
    EVENTS_MOST = 24,
    ADDRESSES = 10,
    NETS = 3,
    SEED = 20261122,
    MANY = 10000,
    LARGE = 14
};

enum profile { ANYTHING, DEVICE, GUESSING, SPREADING, TRAVEL, SPRAYING, PROFILES };

/* How often each detector found something: a test that finds nothing proves nothing. */
struct tally {
    unsigned worlds, hits[DETECTORS];
};

static uint64_t state;

/* How many times as large worlds are, and whether users and addresses have numbers that
 * are far apart: what counts and sorts works in another way then. */
static int64_t scale = 1;
static bool is_far;

static uint64_t next(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    return world_mix(state);
}

static int64_t pick(int64_t below)
{
    return (int64_t)(next() % (uint64_t)below);
}

static bool once_in(int64_t times)
{
    return pick(times) == 0;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* ---- rules ------------------------------------------------------------------------- */

static int64_t some_span(void)
{
    static const int64_t spans[] = {1,
                                    2,
                                    3,
                                    5,
                                    10,
                                    100,
                                    20 * SAE_MINUTE,
                                    SAE_MINUTE,
                                    SAE_HOUR,
                                    6 * SAE_HOUR,
                                    SAE_DAY - 1,
                                    SAE_DAY,
                                    SAE_DAY + 1,
                                    2 * SAE_DAY,
                                    7 * SAE_DAY};

    return spans[pick(sizeof(spans) / sizeof(spans[0]))];
}

static struct sae_rule some_rule(int64_t most)
{
    if (scale > 1 && once_in(2)) {
        most *= 5;
    }
    return (struct sae_rule){.number = once_in(30) ? 0 : (uint32_t)(1 + pick(most)),
                             .span = some_span()};
}

static void make_rules(enum profile profile)
{
    int64_t nets;

    world.rule = some_rule(profile == SPRAYING || profile == ANYTHING ? 4 : 6);
    world.spread = some_rule(profile == SPREADING ? 4 : 6);
    world.stale = some_rule(6);
    if (profile == DEVICE) {
        world.stale.number = (uint32_t)(1 + pick(4));
        world.stale.span = once_in(3) ? world.stale.span : SAE_DAY;
    } else if (once_in(2)) {
        world.stale.number = 0;
    }
    world.hold = once_in(2) ? 7 * SAE_DAY : some_span();
    if (once_in(6)) {
        world.hold = 8 * SAE_DAY + pick(3) - 1;
    }
    world.apart = once_in(3) ? 1 + pick(3) : some_span() + pick(3) - 1;
    world.apart = world.apart > 0 ? world.apart : 1;
    world.burst_from = T - (once_in(3) ? SAE_DAY : pick(SAE_DAY));
    world.burst_to = once_in(2) ? T : world.burst_from + pick(SAE_DAY);
    nets = once_in(profile == SPRAYING ? 3 : 2) ? NETS : 1;
    for (uint32_t i = 1; i < ADDRESSES * scale && i < WORLD_NETS; i++) {
        world.net[i] = once_in(10) ? 0 : (uint32_t)(1 + pick(nets));
    }
    for (int i = 0; i < WORLD_USERS; i++) {
        world.listed[i] = once_in(profile == TRAVEL ? 4 : 2) ? (uint32_t)next() & 62 : 0;
    }
}

/* ---- times ------------------------------------------------------------------------- */

/* Where something begins or ends for some detector. */
static int64_t some_bound(void)
{
    const int64_t day_span = world.rule.span;
    const int64_t bounds[] = {T,
                              T - day_span,
                              T - SAE_DAY,
                              T - SAE_DAY + day_span,
                              T - world.hold,
                              T - world.hold - SAE_DAY,
                              T - world.hold - world.spread.span,
                              T - world.spread.span,
                              T - world.stale.span,
                              T - 7 * SAE_DAY,
                              world.burst_from,
                              world.burst_to,
                              sae_detect_from(T, world.hold, world.spread, world.stale)};

    return bounds[pick(sizeof(bounds) / sizeof(bounds[0]))] + pick(3) - 1;
}

/* A distance at which something changes. */
static int64_t some_step(enum profile profile)
{
    const int64_t steps[] = {0, world.rule.span, world.spread.span, SAE_DAY, 1};
    const int64_t step = profile == SPREADING ? world.spread.span : world.rule.span;

    switch (pick(10)) {
    case 0:
        return steps[pick(sizeof(steps) / sizeof(steps[0]))] + pick(3) - 1;
    case 1:
        return step + pick(3) - 1;
    case 2:
        return step / 2 + pick(3) - 1;
    default:
        return step / (1 + pick(16)) * pick(2);
    }
}

static int64_t some_begin(enum profile profile)
{
    bool is_today = profile == SPRAYING || profile == ANYTHING || once_in(2);

    return once_in(3) ? some_bound() : T - 1 - pick(is_today ? SAE_DAY : world.hold);
}

/* Mostly not far from the one before; sometimes the clock jumps. */
static int64_t some_time(enum profile profile, int64_t before)
{
    switch (pick(12)) {
    case 0:
        return before;
    case 1:
        return some_bound();
    case 2:
        return once_in(2) ? T - pick(3 * SAE_DAY) : before + pick(3) - 1;
    case 3:
        return once_in(6) ? T - pick(30 * SAE_DAY) : before - some_step(profile);
    default:
        return before + some_step(profile);
    }
}

/* ---- rows -------------------------------------------------------------------------- */

enum { PLAIN_CODES = 12 };

/* Success, bad passwords, lockout, no user, right ones, outage, others. */
static int32_t some_code(enum profile profile)
{
    static const int32_t codes[PROFILES][PLAIN_CODES] = {
        {0, 0, 50126, 50126, 50056, 50053, 50053, 50076, 50034, 80005, 4711, 80012},
        {0, 50126, 50126, 50126, 50126, 50126, 50126, 50126, 50126, 50056, 50126, 50076},
        {0, 0, 0, 50126, 50126, 50126, 50126, 50053, 50076, 53003, 50144, 80005},
        {50126, 50126, 50126, 50126, 50126, 50126, 50126, 50053, 50053, 50034, 80005, 0},
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50126, 50076},
        {0, 50126, 50126, 50126, 50126, 50126, 50053, 50053, 50034, 50034, 80005, 0}};

    if (once_in(200)) {
        return 50055; /* the rarer ones, so that no profile is pure */
    }
    return codes[profile][pick(PLAIN_CODES)];
}

static uint16_t some_country(int64_t countries)
{
    return once_in(12) ? 0 : COUNTRY('U', 'A' + pick(countries));
}

struct mix {
    int64_t users, addresses, countries;
    uint32_t user; /* the first one */
};

static struct mix some_mix(enum profile profile)
{
    static const uint32_t first[] = {1, 1, 1, UINT32_MAX - 6};
    struct mix mix = {1 + pick(4), 2 + pick(ADDRESSES - 1), 1 + pick(5), first[pick(4)]};

    if (profile == GUESSING || profile == SPREADING) {
        mix.users = 1 + pick(2);
    } else if (profile == SPRAYING) {
        mix.users = 2 + pick(4);
        mix.addresses = 3 + pick(ADDRESSES - 2);
    }
    if (profile == SPREADING) {
        mix.addresses = 5 + pick(ADDRESSES - 4);
        mix.countries = 3 + pick(3);
    } else if (profile != SPRAYING && profile != ANYTHING) {
        mix.addresses = 2 + pick(3);
    }
    if (scale > 1) {
        mix.users *= 1 + pick(scale);
        mix.addresses *= 1 + pick(scale);
        mix.user = 1;
    }
    is_far = once_in(8);
    return mix;
}

/* Another number for each, 0 for 0. */
static uint32_t far_away(uint32_t number)
{
    return is_far ? number * UINT32_C(0x9e3779b1) : number;
}

static uint32_t some_user(const struct mix *mix)
{
    return far_away(mix->user + (uint32_t)pick(mix->users));
}

static uint32_t some_address(const struct mix *mix)
{
    return once_in(15) ? 0 : far_away((uint32_t)pick(mix->addresses));
}

/* Bad passwords at gaps that are regular, or nearly so. */
static void add_device(const struct mix *mix)
{
    int64_t gap = 1 + pick(once_in(2) ? 8 : world.stale.span / 4 + 1);
    int64_t time = once_in(3) ? some_bound() : T - 1 - pick(world.stale.span);
    uint32_t user = some_user(mix), address = some_address(mix);
    int64_t wide = once_in(2) ? 1 : gap;

    for (int64_t i = 1 + pick(10 * scale); i > 0; i--) {
        add(time, user, address, once_in(20) ? 50056 : 50126, some_country(2));
        time -= gap + pick(wide) - (once_in(8) ? pick(gap) : 0);
    }
}

static void make_world(uint64_t seed)
{
    enum profile profile;
    struct mix mix;
    size_t most, limit = (size_t)(EVENTS_MOST * scale);
    int64_t time;

    state = seed;
    profile = (enum profile)pick(PROFILES);
    world_begin();
    make_rules(profile);
    mix = some_mix(profile);
    if (profile == DEVICE || once_in(20)) {
        add_device(&mix);
    }
    most = (size_t)((profile == DEVICE ? pick(4) : pick(once_in(4) ? 9 : 25)) * scale);
    most = world.count + most < limit ? world.count + most : limit;
    time = some_begin(profile);
    while (world.count < most) {
        time = some_time(profile, time);
        if (time > T && !once_in(8)) {
            time = some_begin(profile);
        }
        add(time, some_user(&mix), some_address(&mix), some_code(profile),
            some_country(mix.countries));
    }
}

/* ---- comparing --------------------------------------------------------------------- */

static bool has_hit(enum detector detector, const struct outcome *outcome)
{
    return detector == LOCKOUTS ? outcome->hits.at[0].users > 1
           : detector == BURST  ? outcome->burst > 1
                                : outcome->hits.count > 0;
}

static void compare(enum detector detector, const struct sae_events *events,
                    const struct outcome *expected, bool forgetful, uint64_t seed)
{
    static struct outcome got;

    world_detect(&world, events, detector, &got);
    if (!outcomes_are_same(expected, &got)) {
        show_difference(&world, detector, forgetful, seed + (forgetful ? 1 : 0));
        ck_abort_msg("%s differs from its definition, SAE_SEED=%llu",
                     detector_name[detector], (unsigned long long)seed);
    }
}

static void check_world(uint64_t seed, struct tally *tally)
{
    static struct outcome expected;
    struct sae_events all, forgetful;

    make_world(seed);
    world_feed(&world, world_from(&world, false), seed, &all);
    world_feed(&world, world_from(&world, true), seed + 1, &forgetful);
    for (int d = 0; d < DETECTORS; d++) {
        world_expect(&world, (enum detector)d, &expected);
        compare((enum detector)d, &all, &expected, false, seed);
        compare((enum detector)d, &forgetful, &expected, true, seed);
        tally->hits[d] += has_hit((enum detector)d, &expected) ? 1 : 0;
    }
    tally->worlds++;
    sae_events_done(&all);
    sae_events_done(&forgetful);
}

static void check_worlds(uint64_t rounds)
{
    struct tally tally = {0};
    uint64_t seed = number_of("SAE_SEED", SEED);

    for (uint64_t i = 0; i < rounds; i++) {
        check_world(seed + i, &tally);
    }
    for (int d = 0; d < DETECTORS; d++) {
        if (getenv("SAE_TALLY") != NULL) {
            printf("%s: %u of %u\n", detector_name[d], tally.hits[d], tally.worlds);
        }
        ck_assert_msg(tally.worlds < MANY || tally.hits[d] > tally.worlds / 40,
                      "%s found something in %u of %u only", detector_name[d],
                      tally.hits[d], tally.worlds);
        ck_assert(tally.worlds < MANY || d == SOURCES ||
                  tally.hits[d] < tally.worlds / 2);
    }
}

static bool is_slow(void)
{
    return getenv("SAE_VALGRIND") != NULL || getenv("SAE_SANITIZED") != NULL;
}

START_TEST(any_sign_ins_give_what_the_definitions_say)
{
    scale = 1;
    check_worlds(number_of("SAE_ROUNDS", is_slow() ? 500 : 120000));
}
END_TEST

START_TEST(hundreds_of_sign_ins_give_what_the_definitions_say)
{
    scale = LARGE;
    check_worlds(number_of("SAE_ROUNDS", is_slow() ? 160 : 40000) / 80);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("detect_random");
    TCase *tests = tcase_create("detect_random");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, any_sign_ins_give_what_the_definitions_say);
    tcase_add_test(tests, hundreds_of_sign_ins_give_what_the_definitions_say);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
