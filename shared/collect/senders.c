/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "collect/look.h"
#include "collect/run.h"

struct sender_walk {
    struct sae_run *run;
    struct sae_senders senders;
    struct sae_look look;
};

static void find_drift(struct sender_walk *walk, enum sae_metric metric,
                       const struct sae_sender *sender, const char *text)
{
    struct sae_finding finding = sae_run_finding(metric, "drift", sender->shown);

    finding.count = (uint32_t)sender->count;
    finding.since = sender->first;
    finding.until = sender->last;
    snprintf(finding.text, sizeof(finding.text), "%s", text);
    (void)sae_run_find(walk->run, &finding, sender->key);
}

static void find_drifts(struct sender_walk *walk, const struct sae_sender *sender)
{
    const struct sae_sender_verdict *verdict = &walk->look.verdict;
    char text[SAE_FINDING_TEXT];

    if (verdict->silent) {
        snprintf(text, sizeof(text),
                 "sent every %d d, silent for %d d: broken, moved or retired? ask its owner",
                 verdict->gap, (int)((walk->senders.end - sender->last) / SAE_DAY));
        find_drift(walk, SAE_M_SENDERS_SILENT, sender, text);
    }
    if (verdict->is_new && sae_senders_know_new(&walk->senders)) {
        find_drift(walk, SAE_M_SENDERS_NEW, sender,
                   "first success ever seen: a new device, or somebody else? ask its owner");
    }
    if (verdict->counts && sender->mailbox == NULL &&
        walk->run->snap->parts[SAE_PART_MAILBOXES].time != 0) {
        find_drift(walk, SAE_M_SENDERS_UNMATCHED, sender,
                   "signs in with SMTP AUTH but no mailbox has this name");
    }
}

static void list_sender(struct sender_walk *walk, const struct sae_sender *sender)
{
    const struct sae_look *look = &walk->look;
    struct sae_snapshot *snap = walk->run->snap;
    struct sae_sender_line *line;

    if (snap->sender_count == SAE_LIST_SENDERS) {
        snap->sender_more++;
        return;
    }
    line = &snap->senders[snap->sender_count++];
    *line = (struct sae_sender_line){.first = sender->first,
                                     .last = sender->last,
                                     .count = (uint32_t)sender->count,
                                     .days = (uint32_t)look->day_count,
                                     .gap = look->verdict.gap,
                                     .listed = look->listed,
                                     .silent = look->verdict.silent,
                                     .is_new = look->verdict.is_new};
    sae_sender_id(line->id, sizeof(line->id), walk->run->tenant->name, sender->key);
    snprintf(line->user, sizeof(line->user), "%s", sender->shown);
    if (sender->address != NULL) {
        sae_text_safe(line->mailbox, sizeof(line->mailbox), sender->address,
                      strlen(sender->address));
    }
    snprintf(line->decision, sizeof(line->decision), "%.15s", look->decision);
    snprintf(line->countries, sizeof(line->countries), "%s", look->countries);
}

static unsigned accepted_drifts(const struct sae_run *run, const char *key)
{
    unsigned accepted = 0;

    if (run->accept.count > 0) {
        accepted |= sae_run_accepts(run, SAE_M_SENDERS_NEW, key) ? SAE_DRIFT_NEW : 0;
        accepted |= sae_run_accepts(run, SAE_M_SENDERS_SILENT, key) ? SAE_DRIFT_SILENT : 0;
        accepted |=
            sae_run_accepts(run, SAE_M_SENDERS_UNMATCHED, key) ? SAE_DRIFT_UNMATCHED : 0;
    }
    return accepted;
}

static enum sae_status take_sender(void *arg, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    struct sender_walk *walk = arg;
    enum sae_status status = sae_look(walk->run->history, &walk->run->allow, sender,
                                      sae_time_day(walk->run->now),
                                      accepted_drifts(walk->run, sender->key),
                                      &walk->senders, &walk->look, err);

    if (status == SAE_OK) {
        find_drifts(walk, sender);
        list_sender(walk, sender);
    }
    return status;
}

enum sae_status sae_run_senders(struct sae_run *run, struct sae_err *err)
{
    struct sender_walk walk = {
        .run = run,
        .senders = {.end = run->log.end, .from = run->log.from, .to = run->log.to}};
    int64_t lookback = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    enum sae_status status;
    char why[SAE_WHY];

    if (run->log.end == 0) {
        return SAE_OK;
    }
    status = sae_history_switch_closed(run->history, &walk.senders.closed, err);
    if (status != SAE_OK) {
        return status;
    }
    status = sae_history_each_counted_sender(run->history, &run->use.successes, take_sender,
                                             &walk, err);
    if (status == SAE_OK) {
        run->without_mailbox = walk.senders.without_mailbox;
        sae_senders_measure(&walk.senders, sae_run_why_unproven(run, lookback, why),
                            run->has_allow, &run->snap->values);
    }
    /* A list that was not understood may hold the decisions. */
    if (status == SAE_OK && run->allow_fault.code != SAE_OK) {
        run->snap->values.certainty[SAE_M_SENDERS_UNDECIDED] = SAE_ABSENT;
        sae_values_why(&run->snap->values, SAE_M_SENDERS_UNDECIDED, run->allow_fault.text);
    }
    return status;
}
