/* SPDX-License-Identifier: MIT */
/* All sign-ins are read in one go, for the detectors and for the count of successes: against
 * an oracle that knows nothing of seconds, batches or the database. */
#include <check.h>

#include "collect/attack_load.h"
#include "store.h"

enum { ROWS = 1500, USERS = 6, SPAN = 40 };

/* Around whole seconds, where intervals are cut, several in one second. */
struct fact {
    int64_t time; /* ticks after noon */
    int user, code;
};

static struct fact facts[ROWS];
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

static int64_t draw_time(void)
{
    return (int64_t)draw(SPAN) * SAE_SECOND + (int64_t)draw(5) - 2 +
           (draw(3) == 0 ? (int64_t)draw(SAE_SECOND) : 0);
}

static void draw_facts(uint64_t from)
{
    static const int codes[] = {0, 0, 50126, 50053, 999999};

    seed = from;
    for (int i = 0; i < ROWS; i++) {
        facts[i] = (struct fact){.time = draw_time(),
                                 .user = (int)draw(USERS),
                                 .code = codes[draw(5)]};
    }
}

static void feed_fact(int i)
{
    char id[16], user[32];
    struct sae_signin row;

    snprintf(id, sizeof(id), "id%d", i);
    snprintf(user, sizeof(user), "user%d@x.example", facts[i].user);
    row = signin_of(id, noon() + facts[i].time, user, facts[i].code);
    row.address.bytes[3] = (unsigned char)facts[i].user;
    OK(sae_history_signin_add(history, &row, &failure));
}

/* Feeds them in another order, some twice, in `batches` transactions. */
static void feed_all(int stride, int batches)
{
    for (int b = 0; b < batches; b++) {
        OK(sae_history_begin(history, &failure));
        for (int i = b; i < ROWS; i += batches) {
            feed_fact((int)((int64_t)i * stride % ROWS));
        }
        for (int i = 0; i < 50; i++) { /* read again */
            feed_fact((int)draw(ROWS));
        }
        OK(sae_history_signins_flush(history, &failure));
        OK(sae_history_commit(history, &failure));
    }
}

static bool within(const struct fact *fact, int64_t from, int64_t to)
{
    return fact->time >= from && fact->time < to;
}

static int64_t successes_of(const char *upn, int64_t from, int64_t to)
{
    int user = upn[4] - '0';
    int64_t count = 0;

    for (int i = 0; i < ROWS; i++) {
        count += facts[i].user == user && facts[i].code == 0 && within(&facts[i], from, to);
    }
    return count;
}

struct span {
    int64_t from, to;
    int seen;
};

static enum sae_status take_sender(void *arg, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    struct span *span = arg;

    (void)err;
    ck_assert_int_eq(sender->count, successes_of(sender->upn, span->from, span->to));
    span->seen++;
    return SAE_OK;
}

/* What is loaded of [from, to) when the look-back begins at `since`. */
static void load_is_right(int64_t since, int64_t from, int64_t to)
{
    struct sae_use use = {.from = noon() + since};
    struct sae_events events;
    struct span span = {.from = since, .to = to};
    size_t wanted = 0, found = 0;
    bool cut;

    OK(sae_events_load(history, noon() + from, noon() + to, &use, &events, &cut, &failure));
    ck_assert(!cut);
    for (int i = 0; i < ROWS; i++) {
        wanted += within(&facts[i], from, to) ? 1 : 0;
    }
    for (size_t i = 0; i < events.count; i++) {
        ck_assert(i == 0 || events.at[i - 1].time <= events.at[i].time);
        ck_assert_int_lt(events.at[i].time, noon() + to);
        found += events.at[i].time >= noon() + from ? 1 : 0;
    }
    ck_assert_uint_eq(found, wanted);
    OK(sae_history_each_counted_sender(history, &use.successes, take_sender, &span,
                                       &failure));
    ck_assert_int_eq(span.seen, USERS);
    OK(sae_history_each_sender(history, noon() + since, noon() + to, take_sender, &span,
                               &failure));
    ck_assert_int_eq(span.seen, 2 * USERS);
    sae_events_done(&events);
    sae_tally_done(&use.successes);
}

START_TEST(one_reading_counts_what_an_oracle_counts)
{
    static const struct {
        int stride, batches;
    } ways[] = {{1, 1}, {ROWS - 1, 7}, {77, 3}};

    for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
        history_renew();
        draw_facts(11);
        feed_all(ways[w].stride, ways[w].batches);
        seed = 5;
        for (int i = 0; i < 60; i++) {
            int64_t to = draw_time(), from = draw_time(), since = draw_time();

            load_is_right(since < to ? since : to, from < to ? from : to, to);
        }
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("loading");
    Suite *suite = suite_create("load");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, history_setup, history_teardown);
    tcase_add_test(cases, one_reading_counts_what_an_oracle_counts);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
