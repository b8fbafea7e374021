/* SPDX-License-Identifier: MIT */
/* replay: how often each detector would have rung, with the rules of the configuration or with
 * others. T goes over the log that is held in steps of an hour; rows are taken as if each had
 * been there on time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collect/attack_load.h"
#include "collect/log.h"
#include "config/keys.h"
#include "measure/replay.h"
#include "report/report.h"

enum { MOST_DAYS = 400 };

static const struct {
    enum sae_metric metric;
    enum sae_key key; /* SAE_KEY_COUNT: it has no rule */
} detectors[SAE_REPLAY_COUNT] = {
    [SAE_REPLAY_BREACH] = {SAE_M_BREACH_USERS, SAE_KEY_COUNT},
    [SAE_REPLAY_FOREIGN] = {SAE_M_FOREIGN_OK, SAE_KEY_COUNT},
    [SAE_REPLAY_SPREAD] = {SAE_M_SPREAD_USERS, SAE_KEY_SPREAD_USERS},
    [SAE_REPLAY_BRUTE] = {SAE_M_BRUTE_USERS, SAE_KEY_BRUTE_USERS},
    [SAE_REPLAY_SPRAY] = {SAE_M_SPRAY_IPS, SAE_KEY_SPRAY_IPS},
    [SAE_REPLAY_SPRAY_NETS] = {SAE_M_SPRAY_NETS, SAE_KEY_SPRAY_NETS},
    [SAE_REPLAY_LOCKOUTS] = {SAE_M_LOCKOUTS, SAE_KEY_LOCKOUTS},
    [SAE_REPLAY_STALE] = {SAE_M_STALE_DEVICES, SAE_KEY_STALE_DEVICES},
};

struct replaying {
    const struct sae_query *query;
    struct sae_tenant tenant; /* a copy, with what --set says; its values belong to others */
    struct sae_history *history;
    struct sae_log log;
    struct sae_allowlist list;
    struct sae_allow_index allow;
    struct sae_events events;
    uint32_t *net; /* by address */
    int64_t known; /* from here on the log proves what it holds; INT64_MAX: nowhere */
    struct sae_replay replay;
};

/* ---- what is replayed --------------------------------------------------------------- */

static bool is_replayed(enum sae_key key)
{
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        if (key != SAE_KEY_COUNT && detectors[d].key == key) {
            return true;
        }
    }
    return key == SAE_KEY_HOLD || key == SAE_KEY_COUNTRIES;
}

/* NAME=VALUE, as the configuration would take it. */
static enum sae_status set_value(struct replaying *replaying, const char *text,
                                 struct sae_err *err)
{
    const char *value = strchr(text, '=');
    size_t len = value == NULL ? strlen(text) : (size_t)(value - text);
    char name[32];
    enum sae_key key;

    snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1),
             text);
    key = sae_key_find(name);
    if (len >= sizeof(name) || !is_replayed(key)) {
        return sae_fail(err, SAE_E_USAGE,
                        "--set %.60s: replay knows lockouts, brute_users, spray_ips, "
                        "spray_nets, spread_users, stale_devices, hold and countries",
                        text);
    }
    if (value == NULL || !sae_keys[key].valid(value + 1)) {
        return sae_fail(err, SAE_E_USAGE, "--set %s is %.60s, but must be %s", name,
                        value == NULL ? "without a value" : value + 1, sae_keys[key].want);
    }
    if (replaying->tenant.value[key] != replaying->query->tenant->value[key]) {
        return sae_fail(err, SAE_E_USAGE, "--set %s is there twice", name);
    }
    replaying->tenant.value[key] = (char *)value + 1;
    return SAE_OK;
}

static enum sae_status set_values(struct replaying *replaying, struct sae_err *err)
{
    const struct sae_query *query = replaying->query;
    struct sae_replay *replay = &replaying->replay;
    enum sae_status status = SAE_OK;

    replaying->tenant = *query->tenant;
    for (size_t i = 0; i < query->set_count && status == SAE_OK; i++) {
        status = set_value(replaying, query->set[i], err);
    }
    for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
        if (detectors[d].key != SAE_KEY_COUNT) {
            replay->rule[d] = sae_tenant_rule(&replaying->tenant, detectors[d].key);
        }
    }
    replay->hold = sae_tenant_ticks(&replaying->tenant, SAE_KEY_HOLD);
    return status;
}

/* One step for each hour of T since --since, the newest at the end of the log. */
static enum sae_status set_steps(struct replaying *replaying, struct sae_err *err)
{
    const struct sae_query *query = replaying->query;
    int64_t end = replaying->log.end, since = query->since;
    char text[SAE_TIME_TEXT];

    if (end == 0) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "the log was never read completely: see signins in smtp_auth_report "
                        "metrics");
    }
    if (since == 0) {
        since = end - sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK);
    }
    if (end - since < SAE_HOUR) {
        return sae_fail(err, SAE_E_USAGE,
                        "nothing to replay: --since must be an hour before the end of the "
                        "log, which is %s",
                        sae_time_format(text, sizeof(text), end));
    }
    if ((end - since) / SAE_DAY >= MOST_DAYS) {
        return sae_fail(err, SAE_E_USAGE, "--since: at most %dd before the end of the log",
                        MOST_DAYS);
    }
    replaying->replay.step = SAE_HOUR;
    replaying->replay.steps = (size_t)((end - since) / SAE_HOUR);
    return SAE_OK;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum sae_status load_events(struct replaying *replaying, struct sae_err *err)
{
    const struct sae_replay *replay = &replaying->replay;
    const struct sae_log *log = &replaying->log;
    int64_t first = log->end - (int64_t)replay->steps * replay->step;
    int64_t from = sae_detect_from(first, replay->hold, replay->rule[SAE_REPLAY_SPREAD],
                                   replay->rule[SAE_REPLAY_STALE]);
    bool cut = false;
    enum sae_status status = sae_events_load(replaying->history, from, log->end, NULL,
                                             &replaying->events, &cut, err);

    if (status == SAE_OK) {
        status =
            sae_events_load_nets(replaying->history, &replaying->events, &replaying->net, err);
    }
    if (status == SAE_OK) {
        replaying->known = later(log->from, sae_history_horizon(replaying->history));
        replaying->known =
            cut ? later(replaying->known, replaying->events.from) : replaying->known;
        if (log->unparsed > 0 || log->lower || log->to <= log->from) {
            replaying->known = INT64_MAX;
        }
    }
    return status;
}

static enum sae_status load(struct replaying *replaying, struct sae_err *err)
{
    const struct sae_query *query = replaying->query;
    const char *path = sae_tenant_text(query->tenant, SAE_KEY_ALLOW_LIST);
    enum sae_status status = sae_report_open(query, &replaying->history, err);

    if (status == SAE_OK) {
        status = sae_log_load(query->tenant, replaying->history, &replaying->log, err);
    }
    if (status == SAE_OK) {
        status = set_steps(replaying, err);
    }
    if (status == SAE_OK && path != NULL) {
        status = sae_allowlist_read(path, &replaying->list, err);
    }
    if (status == SAE_OK) {
        status = sae_allow_index(&replaying->list, replaying->history, &replaying->allow, err);
    }
    return status == SAE_OK ? load_events(replaying, err) : status;
}

static enum sae_status run(struct replaying *replaying, struct sae_err *err)
{
    struct sae_expectation lists = {.tenant = &replaying->tenant,
                                    .history = replaying->history,
                                    .allow = &replaying->allow,
                                    .today = sae_time_day(replaying->query->now)};
    struct sae_expected expected = {.ask = sae_expectation_ask, .arg = &lists};
    enum sae_status status;

    replaying->replay.events = &replaying->events;
    replaying->replay.expected = &expected;
    status = sae_replay_run(&replaying->replay, err);
    replaying->replay.expected = NULL;
    if (status == SAE_OK && lists.failure.code != SAE_OK) {
        status = sae_fail(err, lists.failure.code, "%s", lists.failure.text);
    }
    return status;
}

/* ---- what it says ------------------------------------------------------------------- */

struct sum {
    uint32_t rings, ringing_days, most;
    uint32_t days, not_covered; /* days with a step; of them those that are not proven */
    int64_t last;
};

/* Does the log hold all that the detector looked at? */
static bool is_covered(const struct replaying *replaying, enum sae_replayed which, int64_t time)
{
    int64_t lag = sae_tenant_ticks(replaying->query->tenant, SAE_KEY_LAG);

    return replaying->known != INT64_MAX && time - lag <= replaying->log.to &&
           time - sae_replay_back(&replaying->replay, which) >= replaying->known;
}

static struct sum sum_up(const struct replaying *replaying, enum sae_replayed which)
{
    const struct sae_replay *replay = &replaying->replay;
    int64_t day = INT64_MIN, rung = INT64_MIN, missed = INT64_MIN;
    struct sum sum = {0};

    for (size_t step = 1; step <= replay->steps; step++) {
        int64_t time = sae_replay_time(replay, step), today = sae_time_day(time);

        sum.days += today != day ? 1 : 0;
        day = today;
        if (!is_covered(replaying, which, time) && missed != today) {
            sum.not_covered++;
            missed = today;
        }
        if (replay->rings[which][step] > 0) {
            sum.rings += replay->rings[which][step];
            sum.ringing_days += rung != today ? 1 : 0;
            rung = today;
            sum.last = time;
        }
        if (replay->there[which][step] > sum.most) {
            sum.most = replay->there[which][step];
        }
    }
    return sum;
}

static void put_rule(struct replaying *replaying, enum sae_replayed which)
{
    enum sae_key key = detectors[which].key;

    sae_table_cell(replaying->query->table, sae_metrics[detectors[which].metric].name);
    sae_table_cell(replaying->query->table,
                   key == SAE_KEY_COUNT ? NULL : replaying->tenant.value[key]);
}

static void put_detector(struct replaying *replaying, enum sae_replayed which)
{
    bool off =
        detectors[which].key != SAE_KEY_COUNT && replaying->replay.rule[which].number == 0;
    struct sum sum = sum_up(replaying, which);
    struct sae_table *table = replaying->query->table;
    bool known = sum.not_covered < sum.days || sum.rings > 0 || sum.most > 0;
    char time[SAE_TIME_TEXT];

    put_rule(replaying, which);
    sae_table_cell(table, off                      ? "off"
                          : sum.not_covered == 0 ? "exact"
                          : known                ? "at least"
                                                 : "not known");
    if (off || !known) {
        for (int i = 0; i < 4; i++) {
            sae_table_cell(table, NULL);
        }
    } else {
        sae_table_number(table, sum.rings);
        sae_table_number(table, sum.ringing_days);
        sae_table_number(table, sum.most);
        sae_table_cell(table, sum.rings == 0
                                  ? NULL
                                  : sae_time_format(time, sizeof(time), sum.last));
    }
    sae_table_number(table, sum.days);
    sae_table_number(table, sum.not_covered);
}

/* For people: nothing found where nothing was looked at is not quiet. */
static void say_span(const struct replaying *replaying)
{
    const struct sae_replay *replay = &replaying->replay;
    FILE *out = replaying->query->table->out;
    char from[SAE_TIME_TEXT], to[SAE_TIME_TEXT];

    if (replaying->query->table->format != SAE_TABLE_TEXT) {
        return;
    }
    fprintf(out, "%zu steps of an hour, from %s to %s.\n", replay->steps,
            sae_time_format(from, sizeof(from), sae_replay_time(replay, 1)),
            sae_time_format(to, sizeof(to), replaying->log.end));
    if (replaying->known == INT64_MAX || replaying->known >= replaying->log.to) {
        fputs("No stretch of the log is proven complete: no day counts as quiet.\n", out);
        return;
    }
    fprintf(out,
            "The log held is complete from %s to %s. A day that lacks a part of what a "
            "detector looks back on is not covered, and not counted as quiet.\n",
            sae_time_format(from, sizeof(from), replaying->known),
            sae_time_format(to, sizeof(to), replaying->log.to));
}

static void close_replay(struct replaying *replaying)
{
    sae_replay_done(&replaying->replay);
    sae_events_done(&replaying->events);
    free(replaying->net);
    sae_allow_index_done(&replaying->allow);
    sae_allowlist_done(&replaying->list);
    sae_history_close(replaying->history);
}

enum sae_status sae_report_replay(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"detector", 13, false}, {"rule", 8, false},      {"certainty", 9, false},
        {"rings", 6, true},      {"ringing_days", 12, true}, {"most_at_once", 12, true},
        {"last", 20, false},     {"days", 5, true},       {"not_covered", 11, true}};
    struct replaying replaying = {.query = query};
    enum sae_status status;

    if (query->mailbox != NULL || query->has_source) {
        return sae_fail(err, SAE_E_USAGE,
                        "replay runs the detectors over all sign-ins: leave out --mailbox "
                        "and --source");
    }
    status = set_values(&replaying, err);
    if (status == SAE_OK) {
        status = load(&replaying, err);
    }
    if (status == SAE_OK) {
        status = run(&replaying, err);
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
        for (int d = 0; d < SAE_REPLAY_COUNT; d++) {
            put_detector(&replaying, (enum sae_replayed)d);
        }
        say_span(&replaying);
    }
    close_replay(&replaying);
    return status;
}
