/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "collect_private.h"
#include "measure/finding.h"
#include "measure/senders.h"

enum { ORIGINS = 64 };

struct sender_walk {
    struct sae_run *run;
    struct sae_senders senders;
    bool mailboxes_known;
};

/* An entry may name the sender's mailbox by any of its names, or the user itself. */
static enum sae_status find_entry(struct sender_walk *walk, const struct sae_sender *sender,
                                  const struct sae_allow_entry **ret_entry,
                                  struct sae_err *err)
{
    const struct sae_allowlist *list = &walk->run->allow;
    const char *const names[] = {sender->upn, sender->key,
                                 sender->address == NULL ? "" : sender->address,
                                 sender->mailbox == NULL ? "" : sender->mailbox};

    *ret_entry = NULL;
    for (size_t i = 0; i < 4 && *ret_entry == NULL; i++) {
        if (names[i][0] != '\0') {
            *ret_entry = sae_allowlist_find(list, names[i]);
        }
    }
    for (size_t i = 0; i < list->count && *ret_entry == NULL && sender->mailbox != NULL; i++) {
        char key[SAE_NAME + 1];
        enum sae_status status = sae_history_find_mailbox(
            walk->run->history, list->entry[i].cell[SAE_ALLOW_MAILBOX], key, err);

        if (status != SAE_OK) {
            return status;
        }
        if (strcmp(key, sender->mailbox) == 0) {
            *ret_entry = &list->entry[i];
        }
    }
    return SAE_OK;
}

static void name_countries(const struct sae_origin *origins, size_t count, char *text,
                           size_t cap)
{
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char country[4] = {(char)(origins[i].country >> 8), (char)(origins[i].country & 0xff)};
        size_t len = strlen(text);

        if (country[0] != '\0' && strstr(text, country) == NULL && len + 4 < cap) {
            snprintf(text + len, cap - len, "%s%s", len == 0 ? "" : " ", country);
        }
    }
}

static struct sae_finding finding_of(enum sae_metric metric, const struct sae_sender *sender)
{
    struct sae_finding finding = {.count = (uint32_t)sender->count,
                                  .since = sender->first,
                                  .until = sender->last};

    snprintf(finding.metric, sizeof(finding.metric), "%s", sae_metrics[metric].name);
    snprintf(finding.kind, sizeof(finding.kind), "drift");
    snprintf(finding.who, sizeof(finding.who), "%s", sender->shown);
    return finding;
}

/* Silence is the one drift that nothing but acceptance ends, so it is asked for first. */
static bool silence_accepted(struct sender_walk *walk, const struct sae_sender *sender)
{
    char id[SAE_FINDING_ID];

    sae_finding_id(id, sizeof(id), walk->run->tenant->name, "senders_silent", sender->key);
    return sae_accept_covers(&walk->run->accept, id, sae_time_day(walk->run->now));
}

static void find_drift(struct sender_walk *walk, const struct sae_sender *sender,
                       const struct sae_sender_verdict *verdict)
{
    struct sae_finding finding;

    if (verdict->silent) {
        finding = finding_of(SAE_M_SENDERS_SILENT, sender);
        snprintf(finding.text, sizeof(finding.text),
                 "sent every %d d, silent for %d d: broken, moved or retired? ask its owner",
                 verdict->gap, (int)((walk->senders.end - sender->last) / SAE_DAY));
        (void)sae_run_find(walk->run, &finding, sender->key);
    }
    if (verdict->is_new && walk->senders.to - walk->senders.from >= 14 * SAE_DAY) {
        finding = finding_of(SAE_M_SENDERS_NEW, sender);
        snprintf(finding.text, sizeof(finding.text),
                 "first success ever seen: a new device, or somebody else? ask its owner");
        (void)sae_run_find(walk->run, &finding, sender->key);
    }
    if (verdict->counts && sender->mailbox == NULL && walk->mailboxes_known) {
        finding = finding_of(SAE_M_SENDERS_UNMATCHED, sender);
        snprintf(finding.text, sizeof(finding.text),
                 "signs in with SMTP AUTH but no mailbox has this name");
        (void)sae_run_find(walk->run, &finding, sender->key);
    }
}

static void list_sender(struct sender_walk *walk, const struct sae_sender *sender,
                        const struct sae_sender_verdict *verdict, size_t day_count,
                        const struct sae_allow_entry *entry, bool listed,
                        const struct sae_origin *origins, size_t origin_count)
{
    struct sae_snapshot *snap = walk->run->snap;
    struct sae_sender_line *line;

    if (snap->sender_count == SAE_LIST_SENDERS) {
        snap->sender_more++;
        return;
    }
    line = &snap->senders[snap->sender_count++];
    sae_sender_id(line->id, sizeof(line->id), walk->run->tenant->name, sender->key);
    snprintf(line->user, sizeof(line->user), "%s", sender->shown);
    if (sender->address != NULL) {
        sae_text_safe(line->mailbox, sizeof(line->mailbox), sender->address,
                      strlen(sender->address));
    }
    line->first = sender->first;
    line->last = sender->last;
    line->count = (uint32_t)sender->count;
    line->days = (uint32_t)day_count;
    line->gap = verdict->gap;
    line->listed = listed;
    line->silent = verdict->silent;
    line->is_new = verdict->is_new;
    if (entry != NULL) {
        snprintf(line->decision, sizeof(line->decision), "%s",
                 entry->cell[SAE_ALLOW_DECISION]);
    }
    name_countries(origins, origin_count, line->countries, sizeof(line->countries));
}

static enum sae_status take_sender(void *arg, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    struct sender_walk *walk = arg;
    int64_t today = sae_time_day(walk->run->now);
    const struct sae_allow_entry *entry = NULL;
    struct sae_origin origins[ORIGINS];
    int64_t days[SAE_SENDER_DAYS];
    size_t day_count = 0, origin_count = 0;
    struct sae_sender_verdict verdict;
    enum sae_status status;
    bool listed;

    status = sae_history_sender_days(walk->run->history, sender->user, SAE_SENDER_DAYS, days,
                                     &day_count, err);
    if (status == SAE_OK) {
        status = sae_history_sender_origins(walk->run->history, sender->user, ORIGINS,
                                            origins, &origin_count, err);
    }
    if (status == SAE_OK) {
        status = find_entry(walk, sender, &entry, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    listed = entry != NULL && entry->expires >= today;
    verdict = sae_senders_add(
        &walk->senders,
        &(struct sae_sender_facts){
            .first = sender->first,
            .last = sender->last,
            .count = sender->count,
            .days = days,
            .day_count = day_count,
            .matched = sender->mailbox != NULL,
            .listed = listed,
            .decided = entry != NULL && entry->cell[SAE_ALLOW_DECISION][0] != '\0',
            .silence_accepted = silence_accepted(walk, sender),
        });
    find_drift(walk, sender, &verdict);
    list_sender(walk, sender, &verdict, day_count, entry, listed, origins, origin_count);
    return SAE_OK;
}

enum sae_status sae_run_measure_senders(struct sae_run *run, int64_t end, int64_t from,
                                        int64_t to, const char *why_lower,
                                        struct sae_err *err)
{
    struct sender_walk walk = {
        .run = run,
        .senders = {.end = end, .from = from, .to = to},
        .mailboxes_known = run->snap->parts[SAE_PART_MAILBOXES].time != 0};
    int64_t lookback = sae_tenant_ticks(run->tenant, SAE_KEY_LOOKBACK);
    enum sae_status status = sae_history_each_sender(run->history, end - lookback, end,
                                                     take_sender, &walk, err);

    if (status == SAE_OK) {
        sae_senders_measure(&walk.senders, why_lower, run->has_allow, &run->snap->values);
    }
    return status;
}
