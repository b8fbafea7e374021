/* SPDX-License-Identifier: MIT */
/* Run after run against a service with a log of its own, which loses its place, fails, is
 * slow to show what happened, and ends runs in the middle: what is claimed must have been
 * delivered, and a tenant must cost no more requests than it is worth. */
#include "graph_stub.h"

enum { HELD = 64 };

struct event {
    int64_t time, visible;
    bool delivered;
};

/* The service's side, newest event first. */
static struct {
    struct event *events;
    unsigned count;
    int64_t now;
    unsigned page_most, top_most; /* rows sent, and rows that may be asked for */
    bool no_lt, oldest_first;
    int64_t keep;       /* how long the log is */
    int dead, failing;  /* permille of requests */
    unsigned may_ask;   /* requests until the run's time ends */
    unsigned nonce;
} service;

/* Our side. */
static struct sae_interval held[HELD];
static size_t held_count;
static struct sae_graph_wish wish;
static struct sae_graph_proof proof;
static struct sae_err err;

static bool is_slow(void)
{
    return getenv("SAE_VALGRIND") != NULL || getenv("SAE_SANITIZED") != NULL;
}

static int pick(int below)
{
    return rand() % below;
}

static int64_t pick_time(int64_t below)
{
    return below <= 0 ? 0 : (int64_t)(((uint64_t)rand() << 31 | (uint64_t)rand()) %
                                      (uint64_t)below);
}

/* ---- the service ------------------------------------------------------------------- */

struct question {
    int64_t from, to;
    unsigned top, at;
    bool inclusive;
};

static int64_t time_after(const char *url, const char *mark)
{
    const char *at = strstr(url, mark);
    int64_t time = -1;

    if (at == NULL || !sae_time_parse(at + strlen(mark), 20, &time)) {
        return -1;
    }
    return time;
}

static struct question read_question(const char *url)
{
    struct question q = {0};
    const char *token = strstr(url, "$skiptoken=");
    long long from, to;
    int inclusive;

    if (token != NULL) {
        ck_assert_int_eq(sscanf(token, "$skiptoken=%lld_%lld_%d_%u_%u", &from, &to,
                                &inclusive, &q.top, &q.at), 5);
        q.from = from;
        q.to = to;
        q.inclusive = inclusive != 0;
        return q;
    }
    q.from = time_after(url, "ge%20");
    q.to = time_after(url, "createdDateTime%20lt%20");
    q.inclusive = q.to < 0;
    q.to = q.inclusive ? time_after(url, "createdDateTime%20le%20") : q.to;
    ck_assert_int_eq(sscanf(strstr(url, "$top="), "$top=%u", &q.top), 1);
    if (q.from < 0 || q.to < 0 || strstr(url, "%27SMTP%27") == NULL) {
        ck_abort_msg("not understood: %s", url);
    }
    return q;
}

static const struct event *event_at(unsigned at)
{
    return &service.events[service.oldest_first ? service.count - 1 - at : at];
}

static bool matches(const struct question *q, const struct event *event)
{
    return event->time >= q->from && event->visible <= service.now &&
           event->time >= service.now - service.keep &&
           (event->time < q->to || (q->inclusive && event->time == q->to));
}

static void write_page(struct question q, struct sae_buf *body)
{
    unsigned most = q.top < service.page_most ? q.top : service.page_most, sent = 0;

    most = pick(20) == 0 && service.dead > 0 ? 0 : most; /* empty, but not the last */
    sae_buf_puts(body, "{\"value\":[");
    for (; q.at < service.count && sent < most; q.at++) {
        const struct event *event = event_at(q.at);

        if (matches(&q, event)) {
            sae_buf_puts(body, sent++ == 0 ? "" : ",");
            graph_row(body, (unsigned)(event - service.events), event->time,
                      pick(2) == 0 ? "authenticated smtp" : "SMTP");
        }
    }
    while (q.at < service.count && !matches(&q, event_at(q.at))) {
        q.at++;
    }
    sae_buf_puts(body, "]");
    if (q.at < service.count) {
        sae_buf_printf(
            body,
            ",\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/auditLogs/"
            "signins?$skiptoken=%lld_%lld_%d_%u_%u_%u\"",
            (long long)q.from, (long long)q.to, q.inclusive, q.top,
            q.at - (q.at > 0 && service.dead > 0 ? (unsigned)pick(2) : 0),
            service.nonce++);
    }
    sae_buf_puts(body, "}");
}

static void write_newest(struct sae_buf *body)
{
    sae_buf_puts(body, "{\"value\":[");
    for (unsigned i = 0; i < service.count; i++) {
        if (service.events[i].visible <= service.now) {
            graph_row(body, i, service.events[i].time, "Browser");
            break;
        }
    }
    sae_buf_puts(body, "]}");
}

static struct ending serve(const char *url, struct sae_buf *body)
{
    bool linked = strstr(url, "$skiptoken=") != NULL;
    struct question q;

    service.now += 2 * SAE_SECOND;
    if (service.may_ask-- == 0) {
        service.may_ask = 0;
        return (struct ending){SAE_E_TIMEOUT, 0, "", "time limit reached"};
    }
    if (strstr(url, "filter") == NULL && !linked) {
        write_newest(body);
        return (struct ending){0};
    }
    q = read_question(url);
    if (linked && pick(1000) < service.dead) {
        return (struct ending){SAE_E_FORMAT, 400, "",
                               "Token not found: token is either invalid or expired"};
    }
    if (pick(1000) < service.failing) {
        return (struct ending){SAE_E_SERVICE, 504, "", ""};
    }
    if (q.top > service.top_most) {
        return (struct ending){SAE_E_FORMAT, 400, "BadRequest",
                               "The limit for Top query has been exceeded"};
    }
    if ((!q.inclusive && service.no_lt) ||
        (!linked && q.from < service.now - service.keep)) {
        return (struct ending){SAE_E_FORMAT, 400, "BadRequest", "Invalid filter clause"};
    }
    write_page(q, body);
    return (struct ending){0};
}

static int newer_first(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    return x->time > y->time ? -1 : x->time < y->time;
}

/* `count` events of [from, to); some of them in bursts of an hour. */
static void make_events(unsigned count, int64_t from, int64_t to, bool bursts,
                        int64_t latest)
{
    int64_t burst = from;

    memset(&service, 0, sizeof(service));
    service.events = calloc(count + 1, sizeof(*service.events));
    service.count = count;
    service.page_most = service.top_most = 999;
    service.keep = 1000 * SAE_DAY;
    service.may_ask = 1000000;
    for (unsigned i = 0; i < count; i++) {
        struct event *event = &service.events[i];

        burst = pick(100) == 0 ? from + pick_time(to - from - SAE_HOUR) : burst;
        event->time = bursts ? burst + pick_time(SAE_HOUR) : from + pick_time(to - from);
        event->visible = event->time + pick_time(pick(5) == 0 ? latest : latest / 50);
    }
    qsort(service.events, count, sizeof(*service.events), newer_first);
}

/* ---- our side ---------------------------------------------------------------------- */

static enum sae_status take_page(void *arg, const struct sae_signin *rows, size_t count,
                                 struct sae_err *fault)
{
    (void)arg;
    (void)fault;
    for (size_t i = 0; i < count; i++) {
        unsigned number = service.count;

        if (sscanf(rows[i].upn, "%u@", &number) != 1 || number >= service.count ||
            rows[i].time != service.events[number].time) {
            ck_abort_msg("not a row of ours");
        }
        service.events[number].delivered = true;
    }
    return SAE_OK;
}

/* Everything of [from, to) that could be seen when the run began is there. */
static void check_delivered(int64_t from, int64_t to, const char *what)
{
    for (unsigned i = 0; i < service.count; i++) {
        const struct event *event = &service.events[i];

        if (event->time >= from && event->time < to && event->visible <= wish.end &&
            !event->delivered) {
            ck_abort_msg("event %u is missing, though %s", i, what);
        }
    }
}

/* Joins what touches, newest first, as the history does. */
static enum sae_status take_claim(void *arg, struct sae_interval claim,
                                  struct sae_err *fault)
{
    size_t kept = 0;

    (void)arg;
    (void)fault;
    ck_assert_int_lt(claim.from, claim.to);
    ck_assert_int_le(claim.to, wish.end - wish.lag);
    check_delivered(claim.from, claim.to, "its slice is claimed");
    for (size_t i = 0; i < held_count; i++) {
        if (held[i].from <= claim.to && claim.from <= held[i].to) {
            claim.from = claim.from < held[i].from ? claim.from : held[i].from;
            claim.to = claim.to > held[i].to ? claim.to : held[i].to;
        } else {
            held[kept++] = held[i];
        }
    }
    held_count = kept;
    ck_assert_uint_lt(held_count, HELD);
    while (kept > 0 && held[kept - 1].from < claim.from) {
        held[kept] = held[kept - 1];
        kept--;
    }
    held[kept] = claim;
    held_count++;
    return SAE_OK;
}

static enum sae_status run(int64_t now)
{
    const struct sae_graph_sink sink = {.page = take_page, .covered = take_claim};
    struct sae_interval before[HELD];

    memcpy(before, held, sizeof(before));
    wish = first_wish(now);
    wish.held = before;
    wish.held_count = held_count;
    service.now = now;
    requests = 0;
    return sae_graph_signins(&client, &wish, &sink, &proof, &err);
}

static void check_proof(enum sae_status status)
{
    int64_t begin = wish.begin;

    if (begin < service.now - service.keep + SAE_HOUR) {
        begin = service.now - service.keep + SAE_HOUR; /* sought to the hour */
    }
    if (proof.current) {
        check_delivered(wish.end - wish.current, wish.end, "the present is known");
    }
    if (proof.all) {
        ck_assert_int_eq(status, SAE_OK);
        check_delivered(begin, wish.end, "all is read");
    }
    ck_assert(status != SAE_OK || proof.current);
}

static void begin(void)
{
    held_count = 0;
    err = (struct sae_err){0};
}

static void end(void)
{
    free(service.events);
    service.events = NULL;
}

/* ---- what is claimed --------------------------------------------------------------- */

static void make_service(int64_t now, int64_t days)
{
    make_events((unsigned)pick(3000), now - 35 * SAE_DAY, now + days * SAE_DAY,
                pick(2) == 0, 2 * SAE_HOUR);
    service.page_most = 3 + (unsigned)pick(30);
    service.top_most = pick(3) == 0 ? 100 + (unsigned)pick(900) : 1000;
    service.no_lt = pick(4) == 0;
    service.oldest_first = pick(4) == 0;
    service.keep = pick(3) == 0 ? 30 * SAE_DAY - pick_time(12 * SAE_HOUR) : service.keep;
    service.dead = pick(2) == 0 ? 0 : pick(60);
    service.failing = pick(2) == 0 ? 0 : pick(60);
}

START_TEST(what_is_claimed_was_delivered_whatever_the_service_does)
{
    int rounds = is_slow() ? 30 : 150, all = 0, failed = 0, ended = 0;

    srand(11);
    for (int i = 0; i < rounds; i++) {
        int64_t now = noon() + pick_time(SAE_SECOND);

        begin();
        make_service(now, 5);
        for (int r = 0; r < 8; r++) {
            enum sae_status status;

            service.may_ask = pick(3) == 0 ? 1 + (unsigned)pick(60) : 100000;
            status = run(now);
            if (status != SAE_OK && status != SAE_E_TIMEOUT && status != SAE_E_SERVICE &&
                status != SAE_E_INCOMPLETE) {
                ck_abort_msg("%s", err.text);
            }
            check_proof(status);
            all += proof.all;
            failed += status != SAE_OK;
            ended += status == SAE_OK && !proof.all;
            now += pick(4) == 0 ? pick_time(3 * SAE_DAY) : 5 * SAE_MINUTE;
        }
        end();
    }
    /* All that can happen did happen. */
    ck_assert_int_gt(all, rounds);
    ck_assert(failed > rounds / 20 || is_slow());
    ck_assert(ended > rounds / 20 || is_slow());
}
END_TEST

/* ---- what it costs ----------------------------------------------------------------- */

static const struct {
    unsigned events;
    bool bursts;
    unsigned most;
} tenants[] = {
    {0, false, 8},    {10, false, 8},    {300, false, 8},       {300, true, 8},
    {5000, false, 14}, {5000, true, 14}, {20000, false, 40},
};

START_TEST(the_first_30_days_of_a_tenant_cost_a_handful_of_requests)
{
    for (int seed = is_slow() ? 9 : 0; seed < 10; seed++) {
        srand((unsigned)seed);
        begin();
        make_events(tenants[_i].events, noon() - 30 * SAE_DAY, noon(), tenants[_i].bursts,
                    0);
        ck_assert_int_eq(run(noon()), SAE_OK);
        check_proof(SAE_OK);
        ck_assert(proof.all);
        ck_assert_msg(requests <= tenants[_i].most, "%u requests", requests);
        ck_assert_int_eq(run(noon() + 5 * SAE_MINUTE), SAE_OK);
        ck_assert_msg(requests <= 3 + tenants[_i].events / 5000, "%u requests", requests);
        ck_assert(proof.all);
        end();
    }
}
END_TEST

/* As many pages of fewer rows, where rows take long. */
static void make_pages(unsigned events, unsigned rows, int64_t from, int64_t to)
{
    unsigned less = is_slow() ? 10 : 1;

    make_events(events / less, from, to, false, 0);
    service.page_most = rows / less;
}

/* 60000 sign-ins in three days of an otherwise quiet month: 61 pages. */
START_TEST(an_attack_is_read_in_pieces_without_much_being_read_twice)
{
    srand(3);
    make_pages(60000, 999, noon() - 9 * SAE_DAY, noon() - 6 * SAE_DAY);
    ck_assert_int_eq(run(noon()), SAE_OK);
    check_proof(SAE_OK);
    ck_assert_msg(requests < 110, "%u requests", requests);
    end();
}
END_TEST

/* A run that ends early has not read for nothing. */
START_TEST(an_attacked_tenant_is_read_in_several_runs)
{
    int64_t now = noon();
    int runs = 0;

    srand(4);
    make_pages(30000, 200, noon() - 30 * SAE_DAY, noon()); /* 150 pages */
    do {
        service.may_ask = 40;
        ck_assert_int_eq(run(now), SAE_OK);
        check_proof(SAE_OK);
        now += 5 * SAE_MINUTE;
        ck_assert_int_lt(runs++, 12);
    } while (!proof.all);
    ck_assert_int_gt(runs, 3);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_world");
    TCase *tests = tcase_create("graph_world");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_is_claimed_was_delivered_whatever_the_service_does);
    tcase_add_loop_test(tests, the_first_30_days_of_a_tenant_cost_a_handful_of_requests,
                        0, COUNT(tenants));
    tcase_add_test(tests, an_attack_is_read_in_pieces_without_much_being_read_twice);
    tcase_add_test(tests, an_attacked_tenant_is_read_in_several_runs);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
