/* SPDX-License-Identifier: MIT */
/* Named examples for the detectors. The oracle is held to each of them, too. */
#ifndef SAE_TEST_DETECT_EXAMPLE_H
#define SAE_TEST_DETECT_EXAMPLE_H

#include "detect_world.h"

enum {
    BAD = 50126,
    LOCKED = 50053,
    NO_USER = 50034,
    RIGHT = 50076,
    PROBABLY = 80012,
    OUTAGE = 80005,
    STRANGE = 4711,
    ANN = 1,
    BEN = 2,
    CAM = 3
};

#define DE COUNTRY('D', 'E')
#define US COUNTRY('U', 'S')
#define VN COUNTRY('V', 'N')
#define BR COUNTRY('B', 'R')

static struct outcome found;

/* The rules that a configuration has if it says nothing. */
static inline void example(void)
{
    world_begin();
    world.stale = (struct sae_rule){20, SAE_DAY};
    world.spread = (struct sae_rule){10, 7 * SAE_DAY};
}

/* What is found, in whatever way the rows are fed. */
static inline size_t find(enum detector detector)
{
    for (uint64_t order = 1; order <= 6; order++) {
        if (world_differs(&world, detector, order % 2 == 0, order)) {
            show_difference(&world, detector, order % 2 == 0, order);
            ck_abort_msg("%s differs from its definition", detector_name[detector]);
        }
    }
    world_expect(&world, detector, &found);
    return found.hits.count;
}

/* With a rule of its own. */
static inline size_t find_with(enum detector detector, uint32_t number, int64_t span)
{
    struct sae_rule rule = {number, span};

    *(detector == STALE    ? &world.stale
      : detector == SPREAD ? &world.spread
                           : &world.rule) = rule;
    return find(detector);
}

static inline size_t brute(void)
{
    return find_with(BRUTE, 10, 10 * SAE_MINUTE);
}

static inline size_t spray(void)
{
    return find_with(SPRAY, 5, 20 * SAE_MINUTE);
}

static inline size_t spray_nets(void)
{
    return find_with(SPRAY_NETS, 8, SAE_HOUR);
}

/* The most users; the hit is there even if there are none. */
static inline uint32_t lockouts(void)
{
    find_with(LOCKOUTS, 2, 30 * SAE_MINUTE);
    return found.hits.at[0].users;
}

static inline void is_hit(size_t at, uint32_t user, uint32_t address, uint32_t events)
{
    ck_assert_uint_lt(at, found.hits.count);
    ck_assert_uint_eq(found.hits.at[at].user, user);
    ck_assert_uint_eq(found.hits.at[at].address, address);
    ck_assert_uint_eq(found.hits.at[at].events, events);
}

/* Rows of one user from one address, `step` apart, the first one at `time`. */
static inline void add_row(int count, int64_t time, int64_t step, uint32_t user,
                           uint32_t address, int32_t code)
{
    for (int i = 0; i < count; i++) {
        add(time + i * step, user, address, code, DE);
    }
}

/* As many users, one row each. */
static inline void add_users(uint32_t count, int64_t time, uint32_t first,
                             uint32_t address, int32_t code)
{
    for (uint32_t i = 0; i < count; i++) {
        add(time, first + i, address, code, DE);
    }
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
