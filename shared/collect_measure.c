/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base/cursor.h"
#include "base/text.h"
#include "collect_private.h"
#include "measure/exposure.h"
#include "measure/finding.h"
#include "measure/window.h"

static const char flag_property[] = "SmtpClientAuthenticationDisabled";

/* ---- findings ----------------------------------------------------------------------- */

static bool comes_before(const struct sae_finding *a, const struct sae_finding *b)
{
    int x = sae_finding_urgency(a->kind), y = sae_finding_urgency(b->kind);

    if (a->accepted != b->accepted) {
        return b->accepted;
    }
    return x != y ? x < y : a->since > b->since;
}

bool sae_run_find(struct sae_run *run, struct sae_finding *finding, const char *key)
{
    struct sae_snapshot *snap = run->snap;
    size_t at = snap->finding_count;

    sae_finding_id(finding->id, sizeof(finding->id), run->tenant->name, finding->metric, key);
    snprintf(finding->runbook, sizeof(finding->runbook), "%s", finding->metric);
    finding->accepted =
        sae_accept_covers(&run->accept, finding->id, sae_time_day(run->now));
    if (snap->finding_count == SAE_LIST_FINDINGS) {
        snap->finding_more++;
        if (!comes_before(finding, &snap->findings[at - 1])) {
            return finding->accepted;
        }
        at--;
    } else {
        snap->finding_count++;
    }
    while (at > 0 && comes_before(finding, &snap->findings[at - 1])) {
        snap->findings[at] = snap->findings[at - 1];
        at--;
    }
    snap->findings[at] = *finding;
    return finding->accepted;
}

static struct sae_finding change_finding(enum sae_metric metric, const char *kind,
                                         const struct sae_change *change)
{
    struct sae_finding finding = {
        .count = 1, .since = change->seen, .until = change->seen};

    snprintf(finding.metric, sizeof(finding.metric), "%s", sae_metrics[metric].name);
    snprintf(finding.kind, sizeof(finding.kind), "%s", kind);
    sae_text_safe(finding.who, sizeof(finding.who), change->object, strlen(change->object));
    return finding;
}

/* ---- changes ------------------------------------------------------------------------ */

struct change_counts {
    struct sae_run *run;
    int64_t tenant_end, mailboxes_end, hold;
    int64_t opened, closed, config, fresh;
};

/* (end - span, end]: a change is seen at the very time of the read that saw it. */
static bool within(int64_t seen, int64_t end, int64_t span)
{
    return seen > end - span && seen <= end;
}

static void take_setting(struct change_counts *c, const struct sae_change *change,
                         const char *key)
{
    struct sae_finding finding = change_finding(SAE_M_CONFIG_CHANGES, "change", change);

    if (!change->confirmed) {
        return;
    }
    if (within(change->seen, c->tenant_end, 7 * SAE_DAY)) {
        snprintf(finding.text, sizeof(finding.text), "%s changed from %s to %s", change->property,
                 change->before[0] == '\0' ? "null" : change->before,
                 change->after[0] == '\0' ? "null" : change->after);
        c->config += sae_run_find(c->run, &finding, key) ? 0 : 1;
    }
    if (strcmp(change->property, flag_property) != 0 ||
        !within(change->seen, c->tenant_end, SAE_DAY)) {
        return;
    }
    if (strcmp(change->after, "false") == 0) {
        finding = change_finding(SAE_M_TENANT_OPENED, "change", change);
        snprintf(finding.text, sizeof(finding.text),
                 "the tenant switch was opened: find out who did it, close it again");
        c->opened += sae_run_find(c->run, &finding, key) ? 0 : 1;
    } else if (strcmp(change->after, "true") == 0) {
        finding = change_finding(SAE_M_TENANT_CLOSED, "change", change);
        snprintf(finding.text, sizeof(finding.text),
                 "the tenant switch was closed: senders that only inherit are refused now");
        c->closed += sae_run_find(c->run, &finding, key) ? 0 : 1;
    }
}

/* Newly exposed by name: stays for `hold` as a finding, a day in the metric. */
static void take_flag(struct change_counts *c, const struct sae_change *change,
                      const char *key)
{
    struct sae_finding finding = change_finding(SAE_M_MBX_NEW, "compromise", change);

    if (strcmp(change->after, "false") != 0 ||
        !within(change->seen, c->mailboxes_end, c->hold)) {
        return;
    }
    snprintf(finding.text, sizeof(finding.text),
             "newly enabled by name: ask its owner, set it back or put it on the allow list");
    if (!sae_run_find(c->run, &finding, key) &&
        within(change->seen, c->mailboxes_end, SAE_DAY)) {
        c->fresh++;
    }
}

static enum sae_status take_change(void *arg, const struct sae_change *change,
                                   struct sae_err *err)
{
    struct change_counts *c = arg;
    char key[2 * SAE_NAME];

    (void)err;
    snprintf(key, sizeof(key), "%s %s %lld", change->object, change->property,
             (long long)change->seen);
    if (strcmp(change->object, "tenant") == 0) {
        take_setting(c, change, key);
    } else {
        take_flag(c, change, key);
    }
    return SAE_OK;
}

static enum sae_status measure_changes(struct sae_run *run, struct sae_err *err)
{
    int64_t hold = sae_tenant_ticks(run->tenant, SAE_KEY_HOLD);
    struct change_counts c = {.run = run,
                              .tenant_end = run->snap->parts[SAE_PART_TENANT].time,
                              .mailboxes_end = run->snap->parts[SAE_PART_MAILBOXES].time,
                              .hold = hold > SAE_DAY ? hold : SAE_DAY};
    struct sae_values *values = &run->snap->values;
    int64_t oldest = c.tenant_end < c.mailboxes_end ? c.tenant_end : c.mailboxes_end;
    int64_t span = c.hold > 7 * SAE_DAY ? c.hold : 7 * SAE_DAY;
    enum sae_status status =
        sae_history_each_change(run->history, oldest - span, take_change, &c, err);

    if (status == SAE_OK && c.tenant_end != 0) {
        sae_values_set(values, SAE_M_TENANT_OPENED, (double)c.opened);
        sae_values_set(values, SAE_M_TENANT_CLOSED, (double)c.closed);
        sae_values_set(values, SAE_M_CONFIG_CHANGES, (double)c.config);
    }
    if (status == SAE_OK && c.mailboxes_end != 0) {
        sae_values_set(values, SAE_M_MBX_NEW, (double)c.fresh);
    }
    return status;
}

/* ---- the log that is held ----------------------------------------------------------- */

struct log_state {
    int64_t end;      /* T of sign-ins; 0: never read */
    int64_t from, to; /* what every stream covers */
    int64_t newest, unparsed;
    bool lower, any;
};

static enum sae_status join_stream(struct sae_run *run, const char *entry, void *arg,
                                   struct sae_err *err)
{
    struct log_state *log = arg;
    struct sae_stream stream;
    enum sae_status status = sae_history_stream_load(run->history, entry, &stream, err);

    if (status == SAE_OK) {
        log->from = !log->any || stream.from > log->from ? stream.from : log->from;
        log->to = !log->any || stream.to < log->to ? stream.to : log->to;
        log->newest = stream.newest > log->newest ? stream.newest : log->newest;
        log->unparsed += stream.unparsed;
        log->lower = log->lower || stream.lower;
        log->any = true;
    }
    return status;
}

static enum sae_status load_log(struct sae_run *run, struct log_state *log,
                                struct sae_err *err)
{
    enum sae_status status;

    if (run->snap->parts[SAE_PART_SIGNINS].time == 0) {
        return SAE_OK;
    }
    status = sae_history_number(run->history, "signins_end", &log->end, err);
    if (status == SAE_OK) {
        status = sae_run_each_stream(run, join_stream, log, err);
    }
    log->to = log->to < log->from ? log->from : log->to;
    return status;
}

/* NULL if the log proves what happened in [end - span, end - lag), else why not. */
static const char *why_unproven(const struct sae_run *run, const struct log_state *log,
                                int64_t span, char *why, size_t cap)
{
    int64_t lag = sae_tenant_ticks(run->tenant, SAE_KEY_LAG);
    char wanted[32];

    if (log->end == 0) {
        return "sign-ins were never read completely";
    }
    if (log->unparsed > 0) {
        return "some rows of the log could not be read";
    }
    if (log->lower) {
        return "the log ends long before its file does: export all client apps up to now";
    }
    if (log->from <= log->end - span && log->to >= log->end - lag) {
        return NULL;
    }
    if (log->to < log->end - lag) {
        return "the log held ends before the last read";
    }
    snprintf(why, cap, "the log held spans %.1f d, not %s",
             (double)((log->end - log->from) / SAE_HOUR) / 24.0,
             sae_duration_format(wanted, sizeof(wanted), span / SAE_SECOND));
    return why;
}

/* ---- sign-ins ----------------------------------------------------------------------- */

static enum sae_status count_row(void *arg, const struct sae_row *row, struct sae_err *err)
{
    struct sae_window_row counted = {.time = row->time,
                                     .user = row->user,
                                     .address = row->address,
                                     .country = row->country,
                                     .code = row->code};

    return sae_window_add(arg, &counted, err);
}

static enum sae_status list_source(void *arg, const struct sae_source *source,
                                   struct sae_err *err)
{
    struct sae_snapshot *snap = arg;
    struct sae_attacker_line *line = &snap->attackers[snap->attacker_count++];

    (void)err;
    sae_address_text(line->from, sizeof(line->from), &source->address);
    line->country[0] = (char)(source->country >> 8);
    line->country[1] = (char)(source->country & 0xff);
    line->failed = (uint32_t)source->failed;
    line->users = (uint32_t)source->users;
    return SAE_OK;
}

static enum sae_status measure_signins(struct sae_run *run, const struct log_state *log,
                                       struct sae_err *err)
{
    struct sae_window window = {.end = log->end,
                                .lag = sae_tenant_ticks(run->tenant, SAE_KEY_LAG),
                                .length = sae_tenant_ticks(run->tenant, SAE_KEY_WINDOW)};
    struct sae_values *values = &run->snap->values;
    enum sae_status status;
    int64_t total = 0;
    char why[SAE_WHY];

    if (log->end == 0) {
        return SAE_OK;
    }
    status = sae_history_each_row(run->history, log->end - window.lag - window.length,
                                  log->end, count_row, &window, err);
    if (status == SAE_OK) {
        sae_window_measure(&window,
                           why_unproven(run, log, window.lag + window.length, why,
                                        sizeof(why)),
                           values);
        status = sae_history_each_source(run->history, log->end - SAE_DAY, log->end,
                                         SAE_LIST_ATTACKERS, list_source, run->snap, &total,
                                         err);
        run->snap->attacker_more = (size_t)total - run->snap->attacker_count;
    }
    sae_window_done(&window);
    if (log->newest != 0) {
        int64_t lag = log->end - log->newest;

        sae_values_set(values, SAE_M_LOG_LAG, (double)(lag / SAE_SECOND));
    }
    sae_values_set(values, SAE_M_LOG_COVERED,
                   (double)((log->to - log->from) * 10 / SAE_DAY) / 10.0);
    return status;
}

/* ---- mailboxes ---------------------------------------------------------------------- */

struct exposure_walk {
    struct sae_run *run;
    struct sae_exposure exposure;
    struct sae_allow_key {
        char key[SAE_NAME + 1];
        const struct sae_allow_entry *entry;
    } *listed; /* the allow list by mailbox key, sorted */
    size_t listed_count;
    bool use_known;
};

static int by_key(const void *a, const void *b)
{
    const struct sae_allow_key *x = a, *y = b;

    return strcmp(x->key, y->key);
}

static enum sae_status resolve_list(struct exposure_walk *walk, struct sae_err *err)
{
    const struct sae_allowlist *list = &walk->run->allow;
    enum sae_status status = SAE_OK;

    walk->listed = calloc(list->count + 1, sizeof(*walk->listed));
    if (walk->listed == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < list->count && status == SAE_OK; i++) {
        struct sae_allow_key *out = &walk->listed[walk->listed_count];

        status = sae_history_find_mailbox(walk->run->history,
                                          list->entry[i].cell[SAE_ALLOW_MAILBOX], out->key,
                                          err);
        out->entry = &list->entry[i];
        walk->listed_count += out->key[0] != '\0' ? 1 : 0;
    }
    qsort(walk->listed, walk->listed_count, sizeof(*walk->listed), by_key);
    return status;
}

static enum sae_listed listed_as(const struct exposure_walk *walk, const char *key)
{
    int64_t today = sae_time_day(walk->run->now);
    const struct sae_allow_key *found;
    size_t low = 0, high = walk->listed_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(walk->listed[mid].key, key);

        if (order == 0) {
            found = &walk->listed[mid];
            if (found->entry->expires < today) {
                return SAE_LISTED_EXPIRED;
            }
            return found->entry->expires - today <= 14 ? SAE_LISTED_EXPIRING
                                                       : SAE_LISTED_VALID;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return SAE_LISTED_NO;
}

/* Enabled by name before inherited: those stay open when the switch is closed. */
static void list_exposed(struct exposure_walk *walk, const struct sae_mailbox_row *row)
{
    static const char *const why[] = {[SAE_FLAG_INHERIT] = "inherit",
                                      [SAE_FLAG_ENABLED] = "enabled",
                                      [SAE_FLAG_DISABLED] = "disabled",
                                      [SAE_FLAG_UNKNOWN] = "unknown"};
    struct sae_snapshot *snap = walk->run->snap;
    struct sae_exposed_line line;
    size_t at = snap->exposed_count;
    bool last = row->flag == SAE_FLAG_INHERIT;

    sae_text_safe(line.mailbox, sizeof(line.mailbox), row->address, strlen(row->address));
    snprintf(line.why, sizeof(line.why), "%s", why[row->flag]);
    snprintf(line.used, sizeof(line.used), "%s",
             row->used ? "yes" : walk->use_known ? "no" : "unknown");
    if (snap->exposed_count == SAE_LIST_EXPOSED) {
        snap->exposed_more++;
        if (last || strcmp(snap->exposed[at - 1].why, "inherit") != 0) {
            return;
        }
        at--;
    } else {
        snap->exposed_count++;
    }
    while (!last && at > 0 && strcmp(snap->exposed[at - 1].why, "inherit") == 0) {
        snap->exposed[at] = snap->exposed[at - 1];
        at--;
    }
    snap->exposed[at] = line;
}

static enum sae_status take_mailbox(void *arg, const struct sae_mailbox_row *row,
                                    struct sae_err *err)
{
    struct exposure_walk *walk = arg;

    (void)err;
    if (sae_exposure_add(&walk->exposure, row->flag, row->used,
                         listed_as(walk, row->key))) {
        list_exposed(walk, row);
    }
    return SAE_OK;
}

static enum sae_status read_switch(struct sae_run *run, enum sae_switch *ret_switch,
                                   struct sae_err *err)
{
    char value[SAE_SHOWN + 1] = "";
    enum sae_status status =
        sae_history_setting(run->history, flag_property, value, err);

    *ret_switch = SAE_SWITCH_UNKNOWN;
    if (status == SAE_OK && run->snap->parts[SAE_PART_TENANT].time != 0) {
        if (strcmp(value, "true") == 0) {
            *ret_switch = SAE_SWITCH_OFF;
        } else if (strcmp(value, "false") == 0) {
            *ret_switch = SAE_SWITCH_ON;
        }
    }
    return status;
}

static enum sae_status measure_mailboxes(struct sae_run *run, const struct log_state *log,
                                         enum sae_switch smtp_auth, struct sae_err *err)
{
    struct exposure_walk walk = {.run = run, .exposure = {.smtp_auth = smtp_auth}};
    int64_t lookback = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    double unmatched = run->snap->values.value[SAE_M_SENDERS_UNMATCHED];
    const char *why_not;
    enum sae_status status;
    char why[SAE_WHY];

    if (run->snap->parts[SAE_PART_MAILBOXES].time == 0) {
        return SAE_OK;
    }
    why_not = why_unproven(run, log, lookback, why, sizeof(why));
    if (why_not == NULL && unmatched > 0) {
        why_not = "some successful users match no mailbox";
    }
    walk.use_known = why_not == NULL;
    status = resolve_list(&walk, err);
    if (status == SAE_OK) {
        status = sae_history_each_mailbox(run->history, log->end - lookback, log->end,
                                          take_mailbox, &walk, err);
    }
    if (status == SAE_OK) {
        /* Nothing exposed, nothing unused: no log is needed to prove that. */
        sae_exposure_measure(&walk.exposure, walk.exposure.exposed == 0 ? NULL : why_not,
                             run->has_allow, &run->snap->values);
    }
    free(walk.listed);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------- */

static void measure_health(struct sae_run *run, const struct log_state *log)
{
    struct sae_values *values = &run->snap->values;
    int64_t today = sae_time_day(run->now), day;
    bool ok = true, assumed;

    for (int p = 0; p < SAE_PART_COUNT; p++) {
        ok = ok && run->snap->parts[p].ok;
    }
    sae_values_set(values, SAE_M_COLLECT_OK, ok ? 1 : 0);
    if (log->end != 0) {
        sae_values_set(values, SAE_M_ROWS_UNPARSED, (double)log->unparsed);
    }
    if (sae_tenant_next_phase(run->tenant, today, &day, &assumed)) {
        sae_values_set(values, SAE_M_RETIREMENT_LEFT, (double)(day - today));
    }
}

/* A metric that is absent for the part's sake says what the part says. */
static void explain_absence(struct sae_run *run)
{
    struct sae_snapshot *snap = run->snap;

    for (int m = 0; m < SAE_METRIC_COUNT; m++) {
        const struct sae_metric_row *row = &sae_metrics[m];

        if (snap->values.certainty[m] != SAE_ABSENT || snap->values.why[m][0] != '\0') {
            continue;
        }
        for (int p = 0; p < SAE_PART_COUNT; p++) {
            if ((row->parts & 1U << p) != 0 && snap->parts[p].time == 0) {
                char why[SAE_WHY];

                snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1,
                         strcmp(snap->parts[p].source, "off") == 0 ? "source is off"
                                                                   : snap->parts[p].text);
                sae_values_why(&snap->values, (enum sae_metric)m, why);
                break;
            }
        }
        if ((row->needs & SAE_NEEDS_LIST) != 0 && run->allow_fault.code != SAE_OK) {
            char why[SAE_WHY];

            snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, run->allow_fault.text);
            sae_values_why(&snap->values, (enum sae_metric)m, why);
        }
    }
}

enum sae_status sae_run_measure(struct sae_run *run, struct sae_err *err)
{
    int64_t lookback = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    struct log_state log = {0};
    enum sae_switch smtp_auth = SAE_SWITCH_UNKNOWN;
    enum sae_status status;
    char why[SAE_WHY];

    status = sae_history_begin(run->history, err);
    if (status == SAE_OK) {
        status = sae_history_match(run->history, err);
    }
    if (status == SAE_OK) {
        status = sae_history_commit(run->history, err);
    }
    if (status == SAE_OK) {
        status = read_switch(run, &smtp_auth, err);
    }
    if (smtp_auth != SAE_SWITCH_UNKNOWN) {
        sae_values_set(&run->snap->values, SAE_M_TENANT_ENABLED,
                       smtp_auth == SAE_SWITCH_ON ? 1 : 0);
    }
    if (status == SAE_OK) {
        status = measure_changes(run, err);
    }
    if (status == SAE_OK) {
        status = load_log(run, &log, err);
    }
    if (status == SAE_OK) {
        status = measure_signins(run, &log, err);
    }
    if (status == SAE_OK && log.end != 0) {
        status = sae_run_measure_senders(run, log.end, log.from, log.to,
                                         why_unproven(run, &log, lookback, why, sizeof(why)),
                                         err);
    }
    if (status == SAE_OK) {
        status = measure_mailboxes(run, &log, smtp_auth, err);
    }
    measure_health(run, &log);
    explain_absence(run);
    return status;
}
