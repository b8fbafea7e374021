/* SPDX-License-Identifier: MIT */
/* Who needs SMTP AUTH. Whatever is not proven to be unused, or retired by the
 * administrator, stays. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "collect/smtp_clients.h"
#include "plugins/report/plan/plan.h"
#include "plugins/report/plan/path.h"

enum { NAMED = 3 }; /* examples in a refusal */

/* What is known of one mailbox; several senders may share it. */
struct need {
    char key[SAE_NAME + 1];
    enum sae_plan_fate fate;
    size_t order;
    char about[SAE_PLAN_ABOUT];
};

struct closing {
    struct sae_plan *plan;
    struct sae_history *history;
    struct sae_allowlist list;
    struct sae_allow_index allow;
    bool *matched; /* entries of the allow list that some sender with a mailbox has */
    struct sae_senders senders;
    struct sae_look look;
    struct sae_smtp_clients clients;
    int64_t from; /* begin of the look-back */
    struct need *need;
    size_t count, room;
    int64_t unmatched, enabled;
    char unmatched_names[NAMED * (SAE_SHOWN + 2) + 1];
    struct sae_mailbox_row found; /* the mailbox asked for; key NULL: none */
    char address[SAE_NAME + 1];
};

static void note(struct closing *c, const char *who, const char *what)
{
    char safe[SAE_SHOWN + 1];

    sae_buf_printf(&c->plan->notes, "%s: %s\n",
                   sae_text_safe(safe, sizeof(safe), who, strlen(who)), what);
}

/* ---- the allow list -----------------------------------------------------------------
 */

static const char *decision_of(const struct sae_allow_entry *entry)
{
    return entry->cell[SAE_ALLOW_DECISION];
}

/* One mailbox named twice, under two of its names, with two decisions. */
static enum sae_status check_conflicts(const struct closing *c, struct sae_err *err)
{
    for (size_t i = 1; i < c->allow.count; i++) {
        const struct sae_allow_key *a = &c->allow.key[i - 1], *b = &c->allow.key[i];

        if (strcmp(a->mailbox, b->mailbox) == 0 &&
            strcasecmp(decision_of(a->entry), decision_of(b->entry)) != 0) {
            return sae_fail(
                err, SAE_E_CONFIG,
                "no plan: %.60s and %.60s in the allow list are one mailbox with "
                "two decisions: leave one of the two rows",
                a->entry->cell[SAE_ALLOW_MAILBOX], b->entry->cell[SAE_ALLOW_MAILBOX]);
        }
    }
    return SAE_OK;
}

static enum sae_status read_list(struct closing *c, struct sae_err *err)
{
    const char *path = sae_tenant_text(c->plan->tenant, SAE_KEY_ALLOW_LIST);
    enum sae_status status = SAE_OK;

    if (path != NULL) {
        status = sae_allowlist_read(path, &c->list, err);
        if (status != SAE_OK) {
            return sae_fail_in(
                err, status,
                "no plan: the allow list holds the decisions and cannot be "
                "read");
        }
    }
    c->matched = calloc(c->list.count + 1, sizeof(*c->matched));
    if (c->matched == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    status = sae_allow_index(&c->list, c->history, &c->allow, err);
    return status == SAE_OK ? check_conflicts(c, err) : status;
}

/* ---- who needs it -------------------------------------------------------------------
 */

static enum sae_status add_need(struct closing *c, const char *key,
                                enum sae_plan_fate fate, const char *about,
                                struct sae_err *err)
{
    struct need *need;

    if (c->count == c->room) {
        size_t room = c->room == 0 ? 64 : 2 * c->room;
        struct need *more = realloc(c->need, room * sizeof(*more));

        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        c->need = more;
        c->room = room;
    }
    need = &c->need[c->count];
    *need = (struct need){.fate = fate, .order = c->count++};
    sae_text_fit(need->key, sizeof(need->key), key);
    sae_text_fit(need->about, sizeof(need->about), about);
    return SAE_OK;
}

static void note_unmatched(struct closing *c, const struct sae_sender *sender)
{
    size_t len = strlen(c->unmatched_names);
    char time[SAE_TIME_TEXT], text[96];

    if (sender->count == 0) {
        snprintf(text, sizeof(text),
                 "sent until %.10s, no mailbox has this name: not kept",
                 sae_time_format(time, sizeof(time), sender->last));
        note(c, sender->shown, text);
        return;
    }
    if (c->unmatched++ < NAMED) {
        snprintf(c->unmatched_names + len, sizeof(c->unmatched_names) - len, "%s%s",
                 len == 0 ? "" : ", ", sender->shown);
    }
}

static enum sae_status take_sender(void *arg, const struct sae_sender *sender,
                                   struct sae_err *err)
{
    struct closing *c = arg;
    const bool silent = sender->count == 0;
    enum sae_status status =
        sae_look(c->history, &c->allow, sender, sae_time_day(c->plan->now), 0,
                 &c->senders, &c->look, err);
    char about[SAE_PLAN_ABOUT], path[SAE_PLAN_ABOUT / 2], time[SAE_TIME_TEXT];
    enum sae_plan_fate fate;

    if (status != SAE_OK) {
        return status;
    }
    if (sender->mailbox == NULL || sender->address == NULL) {
        note_unmatched(c, sender);
        return SAE_OK;
    }
    if (c->look.entry != NULL) {
        c->matched[c->look.entry - c->list.entry] = true;
    }
    fate = sae_plan_fate_of(c->look.decision, silent);
    sae_plan_path(path, sizeof(path), c->look.decision, silent, c->look.origins,
                  c->look.origin_count, c->from);
    snprintf(about, sizeof(about),
             "%" PRId64 " sign-ins in the look-back, last %.10s, %s", sender->count,
             sae_time_format(time, sizeof(time), sender->last), path);
    return add_need(c, sender->mailbox, fate, about, err);
}

static enum sae_status read_senders(struct closing *c, struct sae_err *err)
{
    enum sae_status status = sae_history_each_sender(
        c->history, c->from, c->plan->log_end, take_sender, c, err);

    if (status == SAE_OK && c->unmatched > 0) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "no plan: %" PRId64
                        " senders of the look-back match no mailbox and "
                        "would be cut off: %s: find out whose they are (smtp_auth_report "
                        "senders --state unmatched)",
                        c->unmatched, c->unmatched_names);
    }
    return status;
}

/* Mailboxes that no sender has, but an entry that is still good. */
static enum sae_status read_entries(struct closing *c, struct sae_err *err)
{
    int64_t today = sae_time_day(c->plan->now);
    enum sae_status status = SAE_OK;
    char about[SAE_PLAN_ABOUT], path[SAE_PLAN_ABOUT / 2];

    for (size_t i = 0; i < c->allow.count && status == SAE_OK; i++) {
        const struct sae_allow_entry *entry = c->allow.key[i].entry;

        c->matched[entry - c->list.entry] = true;
        if (entry->expires >= today) {
            sae_plan_path(path, sizeof(path), decision_of(entry), true, NULL, 0, 0);
            snprintf(about, sizeof(about), "on the allow list, no sign-in known, %s",
                     path);
            status = add_need(c, c->allow.key[i].mailbox,
                              sae_plan_fate_of(decision_of(entry), true), about, err);
        }
    }
    for (size_t i = 0; i < c->list.count && status == SAE_OK; i++) {
        const struct sae_allow_entry *entry = &c->list.entry[i];

        if (c->matched[i] || entry->expires < today) {
            continue;
        }
        if (strcasecmp(decision_of(entry), "keep") == 0) {
            status =
                sae_fail(err, SAE_E_CONFIG,
                         "no plan: the allow list keeps %.80s, but no mailbox, or more "
                         "than one, has this name: write its address, or drop the row",
                         entry->cell[SAE_ALLOW_MAILBOX]);
        } else {
            note(c, entry->cell[SAE_ALLOW_MAILBOX],
                 "on the allow list, but no mailbox, or more than one, has this name");
        }
    }
    return status;
}

/* Mailboxes that the report of SMTP AUTH clients names: what stays there may have sent before
 * the look-back, or where the log does not see. */
static enum sae_status read_clients(struct closing *c, struct sae_err *err)
{
    enum sae_status status = sae_smtp_clients_load(c->plan->tenant, c->history, c->plan->now,
                                                   &c->clients, err);
    char about[SAE_PLAN_ABOUT], path[SAE_PLAN_ABOUT / 2];

    if (status != SAE_OK) {
        return sae_fail_in(err, status,
                           "no plan: the report of SMTP AUTH clients cannot be read");
    }
    for (size_t i = 0; i < c->clients.count && status == SAE_OK; i++) {
        const struct sae_smtp_client *client = &c->clients.at[i];
        const struct sae_allow_entry *entry;
        const char *decision;

        if (client->messages == 0) {
            continue;
        }
        if (!client->matched) {
            note(c, client->address,
                 "in the report of SMTP AUTH clients, no mailbox has this address: not kept");
            continue;
        }
        entry = sae_allow_of_mailbox(&c->allow, client->key);
        decision = entry == NULL ? "" : decision_of(entry);
        sae_plan_path(path, sizeof(path), decision, false, NULL, 0, 0);
        snprintf(about, sizeof(about),
                 "%" PRId64 " messages in the report of SMTP AUTH clients (%s), %s",
                 client->messages, sae_auth_word(client), path);
        status = add_need(c, client->key, sae_plan_fate_of(decision, false), about, err);
    }
    return status;
}

static int by_key(const void *a, const void *b)
{
    const struct need *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* One need for each mailbox: that of whoever stays, else the first, which used it last.
 */
static void join_needs(struct closing *c)
{
    size_t kept = 0;

    if (c->count == 0) {
        return;
    }
    qsort(c->need, c->count, sizeof(*c->need), by_key);
    for (size_t i = 1; i < c->count; i++) {
        struct need *last = &c->need[kept], *need = &c->need[i];

        if (strcmp(last->key, need->key) != 0) {
            c->need[++kept] = *need;
        } else if (last->fate != SAE_PLAN_STAYS && need->fate == SAE_PLAN_STAYS) {
            *last = *need;
        }
    }
    c->count = kept + 1;
}

static const struct need *need_of(const struct closing *c, const char *key)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(c->need[mid].key, key);

        if (order == 0) {
            return &c->need[mid];
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

/* ---- their mailboxes ----------------------------------------------------------------
 */

static enum sae_status make_box(const struct sae_mailbox_row *row, enum sae_flag want,
                                const char *about, struct sae_plan_box *ret_box,
                                struct sae_err *err)
{
    struct sae_plan_box box = {.was = row->flag, .want = want};

    sae_text_safe(box.shown, sizeof(box.shown), row->address, strlen(row->address));
    if (row->flag == SAE_FLAG_UNKNOWN) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "no plan: the flag of %s is neither true, false nor blank: read the "
            "mailboxes anew",
            box.shown);
    }
    if (!sae_plan_is_guid(row->key)) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "no plan: %s has no Guid, and no other name is sure to mean this "
                        "mailbox: read the mailboxes with their Guid",
                        box.shown);
    }
    sae_text_fit(box.guid, sizeof(box.guid), row->key);
    sae_text_fit(box.about, sizeof(box.about), about);
    *ret_box = box;
    return SAE_OK;
}

static enum sae_status take_found(void *arg, const struct sae_mailbox_row *row,
                                  struct sae_err *err)
{
    struct closing *c = arg;

    (void)err;
    c->found = *row;
    sae_text_fit(c->address, sizeof(c->address), row->address);
    return SAE_OK;
}

/* A mailbox that somebody closed by name is not opened by a plan to close. */
static enum sae_status keep_one(struct closing *c, const struct need *need,
                                struct sae_err *err)
{
    struct sae_plan_box box;
    enum sae_status status;

    c->found = (struct sae_mailbox_row){0};
    status = sae_history_mailbox(c->history, need->key, take_found, c, err);
    if (status != SAE_OK || c->found.key == NULL) {
        return status;
    }
    c->found.key = need->key;
    c->found.address = c->address;
    if (c->found.flag == SAE_FLAG_DISABLED) {
        note(c, c->address, "disabled by name already, not opened");
        return SAE_OK;
    }
    if (need->fate != SAE_PLAN_STAYS) {
        if (c->found.flag == SAE_FLAG_INHERIT) {
            note(c, c->address,
                 need->fate == SAE_PLAN_RETIRES
                     ? "not kept, refused from step 2 on: path: retire, as the allow "
                       "list says"
                     : "not kept: silent, and the allow list has another path for it");
        }
        return SAE_OK;
    }
    if (c->found.flag == SAE_FLAG_INHERIT && c->plan->was == SAE_SWITCH_OFF) {
        note(c, c->address, "closed by the tenant switch today, step 1 opens it");
    }
    status = make_box(&c->found, SAE_FLAG_ENABLED, need->about, &box, err);
    return status == SAE_OK ? sae_plan_add(&c->plan->first, &box, err) : status;
}

static enum sae_status take_enabled(void *arg, const struct sae_mailbox_row *row,
                                    struct sae_err *err)
{
    struct closing *c = arg;
    const struct need *need = need_of(c, row->key);
    struct sae_plan_box box;
    enum sae_status status;

    if (++c->enabled > SAE_PLAN_MAILBOXES) {
        return sae_fail(
            err, SAE_E_LIMIT,
            "no plan: more than %d mailboxes are enabled by name: set those that "
            "nobody uses back first (smtp_auth_report mailboxes --state unused)",
            SAE_PLAN_MAILBOXES);
    }
    if (need != NULL && need->fate == SAE_PLAN_STAYS && row->flag == SAE_FLAG_ENABLED) {
        return SAE_OK;
    }
    if (row->flag == SAE_FLAG_ENABLED && !sae_plan_is_guid(row->key)) {
        char safe[SAE_SHOWN + 1];

        sae_buf_printf(
            &c->plan->undone,
            "%s: enabled by name and not needed, but has no Guid, and no other "
            "name is sure to mean this mailbox: set it back to null by hand\n",
            sae_text_safe(safe, sizeof(safe), row->address, strlen(row->address)));
        return SAE_OK;
    }
    status = make_box(row, SAE_FLAG_INHERIT,
                      need != NULL ? need->about
                                   : "enabled by name, no sign-in in the "
                                     "look-back, not on the allow list",
                      &box, err);
    return status == SAE_OK ? sae_plan_add(&c->plan->last, &box, err) : status;
}

enum sae_status sae_plan_close(struct sae_plan *plan, struct sae_history *history,
                               struct sae_err *err)
{
    struct closing *c = calloc(1, sizeof(*c));
    enum sae_status status;

    if (c == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    c->plan = plan;
    c->history = history;
    c->senders = (struct sae_senders){.end = plan->log_end};
    c->from = plan->log_end - sae_tenant_ticks(plan->tenant, SAE_KEY_LOOKBACK);
    plan->want = SAE_SWITCH_OFF;
    status = read_list(c, err);
    if (status == SAE_OK) {
        status = read_senders(c, err);
    }
    if (status == SAE_OK) {
        status = read_clients(c, err);
    }
    if (status == SAE_OK) {
        status = read_entries(c, err);
    }
    if (status == SAE_OK) {
        join_needs(c);
        for (size_t i = 0; i < c->count && status == SAE_OK; i++) {
            status = keep_one(c, &c->need[i], err);
        }
    }
    if (status == SAE_OK) {
        status = sae_history_first_mailboxes(history, false, SAE_PLAN_MAILBOXES + 1,
                                             take_enabled, c, err);
    }
    sae_plan_sort(&plan->first);
    sae_plan_sort(&plan->last);
    free(c->need);
    free(c->matched);
    sae_allow_index_done(&c->allow);
    sae_allowlist_done(&c->list);
    sae_smtp_clients_done(&c->clients);
    free(c);
    return status;
}
