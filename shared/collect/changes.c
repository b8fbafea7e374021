/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "collect/run.h"
#include "fetch/setting.h"

static const char flag_property[] = "SmtpClientAuthenticationDisabled";

struct change_counts {
    struct sae_run *run;
    int64_t tenant_end, policy_end, mailboxes_end, hold;
    int64_t opened, closed, config, fresh;
    int64_t refused, listed; /* senders that a closed switch refuses */
};

/* (end - span, end]: a change is seen at the very time of the read that saw it. */
static bool within(int64_t seen, int64_t end, int64_t span)
{
    return seen > end - span && seen <= end;
}

static struct sae_finding finding_of(enum sae_metric metric, const char *kind,
                                     const struct sae_change *change)
{
    struct sae_finding finding = sae_run_finding(metric, kind, change->object);

    finding.since = finding.until = change->seen;
    return finding;
}

/* Changes of policies are in `smtp_auth_report changes`; these two could be the switch that
 * Microsoft flips. */
static bool is_counted(const struct sae_change *change)
{
    return strcmp(change->object, "tenant") == 0 ||
           (strcmp(change->object, "organization") == 0 &&
            sae_setting_watched(change->property));
}

static void say_closed(const struct change_counts *c, const struct sae_change *change,
                       char *text, size_t cap)
{
    char time[SAE_TIME_TEXT];
    int len = snprintf(text, cap, "the tenant switch was closed, seen at %s",
                       sae_time_format(time, sizeof(time), change->seen));

    if (c->refused == 0) {
        snprintf(text + len, cap - (size_t)len, ": no known sender depends on it");
        return;
    }
    snprintf(text + len, cap - (size_t)len,
             ": %lld sender%s that only inherit%s will be refused, %lld of them on the allow "
             "list: enable those that must go on by name",
             (long long)c->refused, c->refused == 1 ? "" : "s", c->refused == 1 ? "s" : "",
             (long long)c->listed);
}

static void take_setting(struct change_counts *c, const struct sae_change *change,
                         const char *key)
{
    struct sae_finding finding = finding_of(SAE_M_CONFIG_CHANGES, "change", change);
    bool tenant = strcmp(change->object, "tenant") == 0;

    if (!change->confirmed || !is_counted(change)) {
        return;
    }
    if (within(change->seen, tenant ? c->tenant_end : c->policy_end, 7 * SAE_DAY)) {
        snprintf(finding.text, sizeof(finding.text), "%s changed from %s to %s", change->property,
                 change->before[0] == '\0' ? "null" : change->before,
                 change->after[0] == '\0' ? "null" : change->after);
        c->config += sae_run_find(c->run, &finding, key) ? 1 : 0;
    }
    if (!tenant || strcmp(change->property, flag_property) != 0 ||
        !within(change->seen, c->tenant_end, SAE_DAY)) {
        return;
    }
    if (strcmp(change->after, "false") == 0) {
        finding = finding_of(SAE_M_TENANT_OPENED, "change", change);
        snprintf(finding.text, sizeof(finding.text),
                 "the tenant switch was opened: find out who did it, close it again");
        c->opened += sae_run_find(c->run, &finding, key) ? 1 : 0;
    } else if (strcmp(change->after, "true") == 0) {
        finding = finding_of(SAE_M_TENANT_CLOSED, "change", change);
        say_closed(c, change, finding.text, sizeof(finding.text));
        c->closed += sae_run_find(c->run, &finding, key) ? 1 : 0;
    }
}

/* Newly exposed by name: stays for `hold` as a finding, a day in the metric. */
static void take_flag(struct change_counts *c, const struct sae_change *change,
                      const char *key)
{
    struct sae_finding finding = finding_of(SAE_M_MBX_NEW, "compromise", change);

    if (strcmp(change->after, "false") != 0 ||
        !within(change->seen, c->mailboxes_end, c->hold)) {
        return;
    }
    snprintf(finding.text, sizeof(finding.text),
             "newly enabled by name: ask its owner, set it back or put it on the allow list");
    if (sae_run_find(c->run, &finding, key) &&
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
    if (change->mailbox) {
        take_flag(c, change, key);
    } else {
        take_setting(c, change, key);
    }
    return SAE_OK;
}

static enum sae_status take_sender(void *arg, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    struct change_counts *c = arg;
    const struct sae_allow_entry *entry = sae_allow_of_sender(&c->run->allow, sender);

    (void)err;
    if (sender->count > 0 && sender->flag == SAE_FLAG_INHERIT) {
        c->refused++;
        c->listed += entry != NULL && entry->expires >= sae_time_day(c->run->now) ? 1 : 0;
    }
    return SAE_OK;
}

/* Only asked where a switch was closed lately. */
static enum sae_status count_refused(struct change_counts *c, struct sae_err *err)
{
    int64_t end = c->run->log.end, closed = 0;
    enum sae_status status = sae_history_switch_closed(c->run->history, &closed, err);

    if (status != SAE_OK || end == 0 || !within(closed, c->tenant_end, SAE_DAY)) {
        return status;
    }
    return sae_history_each_counted_sender(c->run->history, &c->run->use.successes,
                                           take_sender, c, err);
}

/* NULL if the settings of the organisation are known, or nobody wants to know them. */
static const char *why_not_all(const struct sae_run *run)
{
    const struct sae_part_state *policy = &run->snap->parts[SAE_PART_POLICY];

    if (sae_part_is_off(policy)) {
        return NULL;
    }
    if (policy->time == 0) {
        return "the settings of the organisation were never read";
    }
    return run->now - policy->time > sae_tenant_max_age(run->tenant, SAE_PART_POLICY)
               ? "the settings of the organisation were not read lately"
               : NULL;
}

enum sae_status sae_run_changes(struct sae_run *run, struct sae_err *err)
{
    int64_t hold = sae_tenant_ticks(run->tenant, SAE_KEY_HOLD);
    struct change_counts c = {.run = run,
                              .tenant_end = run->snap->parts[SAE_PART_TENANT].time,
                              .policy_end = run->snap->parts[SAE_PART_POLICY].time,
                              .mailboxes_end = run->snap->parts[SAE_PART_MAILBOXES].time,
                              .hold = hold > SAE_DAY ? hold : SAE_DAY};
    struct sae_values *values = &run->snap->values;
    int64_t oldest = c.tenant_end < c.mailboxes_end ? c.tenant_end : c.mailboxes_end;
    int64_t span = c.hold > 7 * SAE_DAY ? c.hold : 7 * SAE_DAY;
    enum sae_status status = count_refused(&c, err);

    if (status == SAE_OK) {
        status = sae_history_each_change(run->history, oldest - span, take_change, &c, err);
    }
    if (status == SAE_OK && c.tenant_end != 0) {
        const char *why = why_not_all(run);

        sae_values_set(values, SAE_M_TENANT_OPENED, (double)c.opened);
        sae_values_set(values, SAE_M_TENANT_CLOSED, (double)c.closed);
        sae_values_set_proven(values, SAE_M_CONFIG_CHANGES, (double)c.config, why == NULL);
        if (why != NULL) {
            sae_values_why(values, SAE_M_CONFIG_CHANGES, why);
        }
    }
    if (status == SAE_OK && c.mailboxes_end != 0) {
        sae_values_set(values, SAE_M_MBX_NEW, (double)c.fresh);
    }
    return status;
}
