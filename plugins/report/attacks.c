/* SPDX-License-Identifier: MIT */
/* attacks: failures day by day (UTC). Rows stream through; of one day at a time the
 * different users, addresses and countries are held, and of one minute the times. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/intset.h"
#include "codes.h"
#include "report/report.h"

enum {
    MOST_COVERED =
        1024, /* newest intervals of a stream; what is older counts as not known */
    COUNTRIES = 65536, /* two letters, the first one the higher byte; 0: not known */
    TOP = 3,
    TOP_TEXT = 64
};
#define BURST (60 * SAE_SECOND)

/* The failures that less than BURST separates from the newest one, oldest first. */
struct recent {
    int64_t *time;
    size_t first, count, cap;
};

struct day {
    int64_t failures, successes, right, outages, burst;
    struct sae_intset users, addresses;
    uint32_t *country; /* failures of each */
};

struct attack_walk {
    struct sae_table *table;
    int64_t number, today; /* the day that is counted, since 1970; that of now */
    bool any;              /* a row was counted into it */
    struct day day;
    struct recent recent;
    struct sae_interval *known; /* what every stream covers, newest first */
    size_t known_count;
    bool unparsed; /* some rows could not be read, so no day is exact */
};

/* ---- what is known ------------------------------------------------------------------
 */

static struct sae_interval overlap(struct sae_interval a, struct sae_interval b)
{
    return (struct sae_interval){.from = a.from > b.from ? a.from : b.from,
                                 .to = a.to < b.to ? a.to : b.to};
}

/* Keeps of what is known what these intervals cover, too. */
static enum sae_status keep_common(struct attack_walk *walk,
                                   const struct sae_interval *other, size_t count,
                                   struct sae_err *err)
{
    size_t most = walk->known_count + count, i = 0, j = 0, n = 0;
    struct sae_interval *both = calloc(most + 1, sizeof(*both));

    if (both == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    while (i < walk->known_count && j < count) {
        struct sae_interval common = overlap(walk->known[i], other[j]);

        if (common.from < common.to) {
            both[n++] = common;
        }
        if (walk->known[i].from > other[j].from) {
            i++;
        } else {
            j++;
        }
    }
    free(walk->known);
    walk->known = both;
    walk->known_count = n;
    return SAE_OK;
}

static enum sae_status keep_stream(struct attack_walk *walk, struct sae_history *history,
                                   const char *stream, struct sae_err *err)
{
    struct sae_interval *held = calloc(MOST_COVERED, sizeof(*held));
    struct sae_stream state;
    size_t count = 0;
    enum sae_status status = held == NULL
                                 ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                 : sae_history_stream_load(history, stream, &state, err);

    if (status == SAE_OK) {
        walk->unparsed = walk->unparsed || state.unparsed > 0;
        status = sae_history_covered(history, stream, MOST_COVERED, held, &count, err);
    }
    if (status == SAE_OK) {
        status = keep_common(walk, held, count, err);
    }
    free(held);
    return status;
}

/* Rows from before the horizon were dropped, whatever was covered. */
static enum sae_status load_known(struct attack_walk *walk, const struct sae_query *query,
                                  struct sae_history *history, struct sae_err *err)
{
    struct sae_interval kept = {.from = sae_history_horizon(history), .to = INT64_MAX};
    const char *list = sae_tenant_source(query->tenant, SAE_PART_SIGNINS);
    char entry[SAE_STREAM];
    enum sae_status status;
    size_t streams = 0;

    walk->known = malloc(sizeof(kept));
    if (walk->known == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    walk->known[0] = kept;
    walk->known_count = 1;
    for (status = SAE_OK; status == SAE_OK && sae_stream_next(&list, entry); streams++) {
        status = keep_stream(walk, history, entry, err);
    }
    walk->known_count = streams == 0 ? 0 : walk->known_count;
    return status;
}

static enum sae_certainty certainty_of(const struct attack_walk *walk, int64_t number)
{
    struct sae_interval day = {.from = number * SAE_DAY, .to = (number + 1) * SAE_DAY};
    bool some = walk->any;

    for (size_t i = 0; i < walk->known_count; i++) {
        struct sae_interval common = overlap(walk->known[i], day);

        if (common.from == day.from && common.to == day.to) {
            return walk->unparsed ? SAE_AT_LEAST : SAE_EXACT;
        }
        some = some || common.from < common.to;
    }
    return some ? SAE_AT_LEAST : SAE_ABSENT;
}

/* ---- one day ------------------------------------------------------------------------
 */

/* Takes the country with most failures out; 0: none is left. */
static uint32_t take_top(uint32_t *country, char name[3])
{
    uint32_t most = 0;
    int top = 0;

    for (int c = 1; c < COUNTRIES; c++) {
        if (country[c] > most) {
            most = country[c];
            top = c;
        }
    }
    name[0] = (char)(top >> 8);
    name[1] = (char)(top & 0xff);
    name[2] = '\0';
    country[top] = 0;
    return most;
}

static int64_t count_countries(const struct day *day)
{
    int64_t n = 0;

    for (int c = 1; c < COUNTRIES; c++) {
        n += day->country[c] > 0 ? 1 : 0;
    }
    return n;
}

static const char *say_top(struct day *day, char text[TOP_TEXT])
{
    size_t len = 0;

    text[0] = '\0';
    for (int i = 0; i < TOP && day->failures > 0; i++) {
        char name[3];
        uint32_t failures = take_top(day->country, name);

        if (failures > 0) {
            len += (size_t)snprintf(text + len, TOP_TEXT - len, "%s%s:%" PRIu32,
                                    i == 0 ? "" : " ", name, failures);
        }
    }
    return text[0] == '\0' ? NULL : text;
}

static void put_counts(struct sae_table *table, struct day *day)
{
    const int64_t counts[] = {day->failures,
                              (int64_t)sae_intset_count(&day->users),
                              (int64_t)sae_intset_count(&day->addresses),
                              day->failures == 0 ? 0 : count_countries(day),
                              day->burst,
                              day->successes,
                              day->right,
                              day->outages};
    char top[TOP_TEXT];

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        sae_table_number(table, (double)counts[i]);
    }
    sae_table_cell(table, say_top(day, top));
}

static void forget_day(struct attack_walk *walk)
{
    struct day *day = &walk->day;

    if (walk->any) {
        memset(day->country, 0, COUNTRIES * sizeof(*day->country));
    }
    sae_intset_done(&day->users);
    sae_intset_done(&day->addresses);
    *day = (struct day){.country = day->country};
    walk->any = false;
}

/* What is not known is empty, never 0. */
static void put_day(struct attack_walk *walk)
{
    static const char *const words[] = {
        [SAE_ABSENT] = "not known", [SAE_EXACT] = "exact", [SAE_AT_LEAST] = "at least"};
    enum sae_certainty certainty = certainty_of(walk, walk->number);
    char date[SAE_TIME_TEXT];

    sae_table_cell(walk->table, sae_date_format(date, sizeof(date), walk->number));
    sae_table_cell(walk->table, words[certainty]);
    if (certainty != SAE_ABSENT) {
        put_counts(walk->table, &walk->day);
    } else {
        for (int i = 0; i < 9; i++) {
            sae_table_cell(walk->table, NULL);
        }
    }
    forget_day(walk);
}

/* Ends the days before `number`. Days to come are shown only where a wrong clock put
 * rows. */
static void go_to(struct attack_walk *walk, int64_t number)
{
    while (walk->number < number) {
        if (walk->any || walk->number <= walk->today) {
            put_day(walk);
            walk->number++;
        } else {
            walk->number = number;
        }
    }
}

/* ---- rows ---------------------------------------------------------------------------
 */

static enum sae_status remember_time(struct recent *recent, int64_t time,
                                     struct sae_err *err)
{
    while (recent->count > 0 && recent->time[recent->first] <= time - BURST) {
        recent->first++;
        recent->count--;
    }
    if (recent->first + recent->count == recent->cap) {
        size_t cap = recent->count * 2 < 1024 ? 1024 : recent->count * 2;
        int64_t *more;

        if (recent->count > 0) {
            memmove(recent->time, recent->time + recent->first,
                    recent->count * sizeof(*recent->time));
        }
        recent->first = 0;
        more = realloc(recent->time, cap * sizeof(*more));
        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        recent->time = more;
        recent->cap = cap;
    }
    recent->time[recent->first + recent->count++] = time;
    return SAE_OK;
}

/* A burst over midnight belongs to the day in which it ends. */
static enum sae_status count_failure(struct attack_walk *walk, const struct sae_row *row,
                                     const struct sae_code *code, struct sae_err *err)
{
    struct day *day = &walk->day;
    enum sae_status status;

    day->failures++;
    day->right +=
        code->password == SAE_PASSWORD_YES || code->password == SAE_PASSWORD_PROBABLY ? 1
                                                                                      : 0;
    day->country[row->country & (COUNTRIES - 1)]++;
    if (sae_intset_add(&day->users, row->user) != SAE_OK ||
        (row->address != 0 && sae_intset_add(&day->addresses, row->address) != SAE_OK)) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = remember_time(&walk->recent, row->time, err);
    if (status == SAE_OK && (int64_t)walk->recent.count > day->burst) {
        day->burst = (int64_t)walk->recent.count;
    }
    return status;
}

static enum sae_status count_row(void *arg, const struct sae_row *row,
                                 struct sae_err *err)
{
    struct attack_walk *walk = arg;
    const struct sae_code *code = sae_code_find(row->code);
    int64_t number = sae_time_day(row->time);
    bool failed = code->kind != SAE_CODE_SUCCESS && code->kind != SAE_CODE_INFRA;

    if (number < walk->number) { /* the minute before the first day */
        return failed ? remember_time(&walk->recent, row->time, err) : SAE_OK;
    }
    go_to(walk, number);
    walk->any = true;
    if (code->kind == SAE_CODE_SUCCESS) {
        walk->day.successes++;
        return SAE_OK;
    }
    if (!failed) {
        walk->day.outages++;
        return SAE_OK;
    }
    return count_failure(walk, row, code, err);
}

static void walk_done(struct attack_walk *walk)
{
    forget_day(walk);
    free(walk->day.country);
    free(walk->recent.time);
    free(walk->known);
}

enum sae_status sae_report_attacks(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"day", 10, false},   {"certainty", 9, false},    {"failures", 8, true},
        {"users", 6, true},   {"addresses", 9, true},     {"countries", 9, true},
        {"burst", 6, true},   {"successes", 9, true},     {"right_passwords", 15, true},
        {"outages", 7, true}, {"top_countries", 0, false}};
    struct attack_walk walk = {.table = query->table, .today = sae_time_day(query->now)};
    struct sae_history *history = NULL;
    enum sae_status status;
    int64_t since = query->since;

    if (query->mailbox != NULL || query->has_source) {
        return sae_fail(
            err, SAE_E_USAGE,
            "attacks counts whole days: for one mailbox or network use signins");
    }
    if (since == 0) {
        since = query->now - sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK);
    }
    walk.number = sae_time_day(since);
    walk.day.country = calloc(COUNTRIES, sizeof(*walk.day.country));
    status = walk.day.country == NULL ? sae_fail(err, SAE_E_NOMEM, "out of memory")
                                      : sae_report_open(query, &history, err);
    if (status == SAE_OK) {
        status = load_known(&walk, query, history, err);
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
        /* The first day is counted from its beginning; its first burst may have begun
         * before. */
        status = sae_history_each_row(history, walk.number * SAE_DAY - BURST, INT64_MAX,
                                      count_row, &walk, err);
    }
    if (status == SAE_OK) {
        go_to(&walk, (walk.number > walk.today ? walk.number : walk.today) + 1);
    }
    walk_done(&walk);
    sae_history_close(history);
    return status;
}
