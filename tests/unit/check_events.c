/* SPDX-License-Identifier: MIT */
/* What is kept of the sign-ins: everything since `from`, and of older ones who succeeded
 * where for the first time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/events.h"

enum { FROM = 1000, END = 2000, GOOD = 0, BAD = 50126, OUTAGE = 80005 };

static struct sae_events events;
static struct sae_err failure;

static void setup(void)
{
    events = (struct sae_events){.from = FROM, .end = END};
}

static void teardown(void)
{
    sae_events_done(&events);
}

static struct sae_event row(int64_t time, uint32_t user, uint32_t address,
                            uint16_t country, int32_t code)
{
    const struct sae_code *meaning = sae_code_find(code);

    return (struct sae_event){.time = time,
                              .user = user,
                              .address = address,
                              .code = code,
                              .country = country,
                              .kind = (uint8_t)meaning->kind,
                              .password = (uint8_t)meaning->password};
}

/* How many rows are kept by now. Without ck_assert, which writes to a file each time. */
static size_t add(int64_t time, uint32_t user, uint32_t address, uint16_t country,
                  int32_t code)
{
    struct sae_event event = row(time, user, address, country, code);

    if (sae_events_add(&events, &event, &failure) != SAE_OK) {
        ck_abort_msg("%s", failure.text);
    }
    return events.count;
}

START_TEST(rows_from_the_beginning_on_are_all_kept)
{
    ck_assert_uint_eq(add(FROM, 1, 1, 1, BAD), 1);
    ck_assert_uint_eq(add(FROM, 1, 1, 1, BAD), 2);
    ck_assert_uint_eq(add(FROM, 1, 1, 1, GOOD), 3);
    ck_assert_uint_eq(add(FROM + 1, 1, 1, 1, GOOD), 4);
    ck_assert_uint_eq(add(END - 1, 1, 0, 0, OUTAGE), 5);
}
END_TEST

START_TEST(a_row_is_kept_as_it_came)
{
    struct sae_event old = row(FROM - 1, UINT32_MAX, UINT32_MAX, UINT16_MAX, GOOD);
    struct sae_event new = row(FROM, UINT32_MAX, 0, 0x4445, INT32_MIN);

    ck_assert_int_eq(sae_events_add(&events, &old, &failure), SAE_OK);
    ck_assert_int_eq(sae_events_add(&events, &new, &failure), SAE_OK);
    ck_assert_uint_eq(events.count, 2);
    for (int i = 0; i < 2; i++) {
        const struct sae_event *want = i == 0 ? &old : &new;

        ck_assert_int_eq(events.at[i].time, want->time);
        ck_assert_uint_eq(events.at[i].user, want->user);
        ck_assert_uint_eq(events.at[i].address, want->address);
        ck_assert_uint_eq(events.at[i].country, want->country);
        ck_assert_int_eq(events.at[i].code, want->code);
        ck_assert_uint_eq(events.at[i].kind, want->kind);
        ck_assert_uint_eq(events.at[i].password, want->password);
    }
}
END_TEST

START_TEST(rows_from_the_end_on_are_not_taken)
{
    ck_assert_uint_eq(add(END - 1, 1, 1, 1, BAD), 1);
    ck_assert_uint_eq(add(END, 1, 1, 1, BAD), 1);
    ck_assert_uint_eq(add(END, 2, 2, 2, GOOD), 1);
    ck_assert_uint_eq(add(INT64_MAX, 3, 3, 3, GOOD), 1);
}
END_TEST

START_TEST(older_failures_are_forgotten)
{
    ck_assert_uint_eq(add(INT64_MIN, 1, 1, 1, BAD), 0);
    ck_assert_uint_eq(add(FROM - 1, 1, 1, 1, BAD), 0);
    ck_assert_uint_eq(add(FROM - 1, 1, 1, 1, OUTAGE), 0);
    ck_assert_uint_eq(add(FROM - 1, 1, 1, 1, 50076), 0);
}
END_TEST

START_TEST(of_older_successes_the_first_from_each_place_is_kept)
{
    ck_assert_uint_eq(add(FROM - 9, 1, 1, 1, GOOD), 1);
    ck_assert_uint_eq(add(FROM - 9, 1, 1, 1, GOOD), 1);
    ck_assert_uint_eq(add(FROM - 8, 1, 1, 1, GOOD), 1);
    ck_assert_uint_eq(add(FROM - 8, 2, 1, 1, GOOD), 2); /* another user */
    ck_assert_uint_eq(add(FROM - 7, 1, 2, 1, GOOD), 3); /* address */
    ck_assert_uint_eq(add(FROM - 7, 1, 1, 2, GOOD), 4); /* country */
    ck_assert_uint_eq(add(FROM - 7, 2, 1, 1, GOOD), 4);
    ck_assert_uint_eq(add(FROM - 1, 1, 0, 0, GOOD), 5);
    ck_assert_uint_eq(add(FROM - 1, 1, 0, 0, GOOD), 5);
    ck_assert_uint_eq(add(FROM, 1, 1, 1, GOOD), 6);
    ck_assert_int_eq(events.at[0].time, FROM - 9);
    ck_assert_int_eq(events.at[1].time, FROM - 8);
}
END_TEST

START_TEST(with_the_oldest_beginning_nothing_is_forgotten)
{
    events.from = INT64_MIN;
    for (size_t i = 1; i <= 3; i++) {
        ck_assert_uint_eq(add(INT64_MIN, 1, 1, 1, BAD), 2 * i - 1);
        ck_assert_uint_eq(add(INT64_MIN, 1, 1, 1, GOOD), 2 * i);
    }
}
END_TEST

/* Numbers that would fall together if they were packed carelessly. */
static const struct {
    unsigned user, address, country; /* left shifts */
} packings[] = {{0, 0, 0},    {16, 0, 0}, {0, 16, 0}, {18, 8, 8}, {8, 19, 8},
                {18, 19, 11}, {1, 17, 3}, {18, 4, 0}, {0, 19, 0}, {26, 26, 11}};

START_TEST(places_are_not_mistaken_for_one_another)
{
    const uint32_t users = 32, addresses = 32, countries = 32;
    size_t want = 0;

    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < users * addresses * countries; i++) {
            uint32_t user = (i % users + 1) << packings[_i].user;
            uint32_t address = i / users % addresses << packings[_i].address;
            uint32_t country = i / users / addresses << packings[_i].country;

            /* New at this address, or at a known one in a new country. */
            want += round == 0 && (country == 0 || address == 0) ? 1 : 0;
            if (add(FROM - 1, user, address, (uint16_t)country, GOOD) != want) {
                ck_abort_msg("user %u, address %u, country %u: %zu kept, not %zu", user,
                             address, country, events.count, want);
            }
        }
    }
}
END_TEST

START_TEST(memory_is_bounded_by_places_and_not_by_the_month)
{
    int many = getenv("SAE_VALGRIND") == NULL ? 1000000 : 20000;

    for (int i = 0; i < many; i++) {
        add(FROM - 1, 1 + (uint32_t)i % 10, (uint32_t)i % 10, 1, GOOD);
        add(FROM - 1, 1 + (uint32_t)i, (uint32_t)i, 1, BAD);
    }
    ck_assert_uint_eq(events.count, 10);
    ck_assert_uint_le(events.cap, 4096);
}
END_TEST

START_TEST(more_rows_than_the_limit_are_an_error)
{
    struct sae_event one = row(FROM, 1, 1, 1, BAD);

    if (getenv("SAE_VALGRIND") != NULL) {
        return;
    }
    for (int i = 0; i < SAE_EVENTS_MOST; i++) {
        add(FROM, 1 + (uint32_t)i % 3, 1, 1, BAD);
    }
    ck_assert_uint_eq(events.count, SAE_EVENTS_MOST);
    ck_assert_int_eq(sae_events_add(&events, &one, &failure), SAE_E_LIMIT);
    ck_assert_int_eq(failure.code, SAE_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(failure.text, "4000000"));
    ck_assert_uint_eq(events.count, SAE_EVENTS_MOST);
    ck_assert_int_eq(sae_events_add(&events, &one, NULL), SAE_E_LIMIT);
    /* A row that would not be kept needs no room. */
    one.time = END;
    ck_assert_int_eq(sae_events_add(&events, &one, &failure), SAE_OK);
}
END_TEST

START_TEST(since_is_the_first_row_at_or_after_a_time)
{
    static const int64_t times[] = {FROM - 5, FROM, FROM, FROM, FROM + 2, FROM + 9};
    size_t count = sizeof(times) / sizeof(times[0]);

    ck_assert_uint_eq(sae_events_since(&events, 0), 0);
    for (size_t i = 0; i < count; i++) {
        add(times[i], 1, 1, 1, GOOD);
    }
    for (int64_t time = FROM - 7; time < FROM + 12; time++) {
        size_t first = 0;

        while (first < count && times[first] < time) {
            first++;
        }
        ck_assert_uint_eq(sae_events_since(&events, time), first);
    }
    ck_assert_uint_eq(sae_events_since(&events, INT64_MIN), 0);
    ck_assert_uint_eq(sae_events_since(&events, INT64_MAX), count);
}
END_TEST

START_TEST(outages_are_failures_that_do_not_count)
{
    struct sae_event good = row(1, 1, 1, 1, GOOD), bad = row(1, 1, 1, 1, BAD);
    struct sae_event outage = row(1, 1, 1, 1, OUTAGE), strange = row(1, 1, 1, 1, 4711);

    ck_assert(!sae_event_failed(&good));
    ck_assert(!sae_event_counts(&good));
    ck_assert(sae_event_failed(&bad));
    ck_assert(sae_event_counts(&bad));
    ck_assert(sae_event_failed(&outage));
    ck_assert(!sae_event_counts(&outage));
    ck_assert(sae_event_failed(&strange));
    ck_assert(sae_event_counts(&strange));
}
END_TEST

START_TEST(what_is_done_is_empty_and_can_be_done_again)
{
    add(FROM - 1, 1, 1, 1, GOOD);
    add(FROM, 1, 1, 1, GOOD);
    sae_events_done(&events);
    ck_assert_uint_eq(events.count, 0);
    ck_assert_ptr_null(events.at);
    sae_events_done(&events);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = tcase_create("events");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_from_the_beginning_on_are_all_kept);
    tcase_add_test(tests, a_row_is_kept_as_it_came);
    tcase_add_test(tests, rows_from_the_end_on_are_not_taken);
    tcase_add_test(tests, older_failures_are_forgotten);
    tcase_add_test(tests, of_older_successes_the_first_from_each_place_is_kept);
    tcase_add_test(tests, with_the_oldest_beginning_nothing_is_forgotten);
    tcase_add_loop_test(tests, places_are_not_mistaken_for_one_another, 0,
                        (int)(sizeof(packings) / sizeof(packings[0])));
    tcase_add_test(tests, memory_is_bounded_by_places_and_not_by_the_month);
    tcase_add_test(tests, more_rows_than_the_limit_are_an_error);
    tcase_add_test(tests, since_is_the_first_row_at_or_after_a_time);
    tcase_add_test(tests, outages_are_failures_that_do_not_count);
    tcase_add_test(tests, what_is_done_is_empty_and_can_be_done_again);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
