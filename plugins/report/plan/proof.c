/* SPDX-License-Identifier: MIT */
/* What a plan must know before it is made. Each refusal says what to do. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "collect/log.h"
#include "collect/run.h"
#include "plugins/report/plan/plan.h"

static enum sae_status check_age(const struct sae_plan *plan, enum sae_part part,
                                 const char *what, int64_t time, struct sae_err *err)
{
    int64_t limit = sae_tenant_max_age(plan->tenant, part);
    char most[24];

    if (time > plan->now + SAE_MINUTE) {
        return sae_fail(
            err, SAE_E_STALE,
            "no plan: the data of %s are from the future: set the clock right", what);
    }
    if (plan->now - time > limit) {
        return sae_fail(err, SAE_E_STALE,
                        "no plan: the data of %s are %.1f h old, %s at most: run "
                        "smtp_auth_collect --tenant %s with fresh sources first",
                        what, (double)((plan->now - time) / SAE_MINUTE) / 60.0,
                        sae_duration_format(most, sizeof(most), limit / SAE_SECOND),
                        plan->tenant->name);
    }
    return SAE_OK;
}

static enum sae_status check_part(struct sae_plan *plan, struct sae_history *history,
                                  enum sae_part part, int64_t *ret_time,
                                  struct sae_err *err)
{
    static const char *const words[] = {
        [SAE_PART_TENANT] = "the tenant switch", [SAE_PART_MAILBOXES] = "the mailboxes"};
    struct sae_part_state state;
    enum sae_status status = sae_history_part_load(history, part, &state, err);

    if (status != SAE_OK) {
        return status;
    }
    if (state.time == 0 || strcmp(sae_tenant_source(plan->tenant, part), "off") == 0) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "no plan: %s %s never read completely (%.120s): see to it that "
                        "smtp_auth_collect --tenant %s reads everything",
                        words[part], part == SAE_PART_TENANT ? "was" : "were",
                        state.text[0] == '\0' ? "no run yet" : state.text,
                        plan->tenant->name);
    }
    *ret_time = state.time;
    return check_age(plan, part, words[part], state.time, err);
}

/* ---- the switch ---------------------------------------------------------------------
 */

static enum sae_status note_unsettled(void *arg, const struct sae_change *change,
                                      struct sae_err *err)
{
    bool *unsettled = arg;

    (void)err;
    *unsettled = *unsettled || (!change->mailbox && !change->confirmed &&
                                strcmp(change->object, "tenant") == 0 &&
                                strcmp(change->property, SAE_PLAN_PROPERTY) == 0);
    return SAE_OK;
}

/* Known, and read twice with one answer. */
static enum sae_status check_switch(struct sae_plan *plan, struct sae_history *history,
                                    struct sae_err *err)
{
    char value[SAE_SHOWN + 1] = "";
    bool unsettled = false;
    enum sae_status status = sae_history_setting(history, SAE_PLAN_PROPERTY, value, err);

    if (status == SAE_OK) {
        status = sae_history_each_change(history, -1, note_unsettled, &unsettled, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    plan->was = strcmp(value, "true") == 0    ? SAE_SWITCH_OFF
                : strcmp(value, "false") == 0 ? SAE_SWITCH_ON
                                              : SAE_SWITCH_UNKNOWN;
    if (plan->was == SAE_SWITCH_UNKNOWN) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "no plan: the tenant switch %s is neither true nor false: look at it "
            "with Get-TransportConfig",
            SAE_PLAN_PROPERTY);
    }
    if (unsettled) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "no plan: the tenant switch changed and no second read has confirmed "
            "it: run smtp_auth_collect --tenant %s once more",
            plan->tenant->name);
    }
    plan->want = plan->was;
    return SAE_OK;
}

/* ---- which tenant -------------------------------------------------------------------
 */

/* A name as the DNS has them, with a dot in it. */
static bool is_domain(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= SAE_PLAN_DOMAIN && text[0] != '.' && text[len - 1] != '.' &&
           strchr(text, '.') != NULL && strstr(text, "..") == NULL &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

/* Ends the walk when it has one. */
static enum sae_status take_domain(void *arg, const struct sae_mailbox_row *row,
                                   struct sae_err *err)
{
    struct sae_plan *plan = arg;
    const char *at = strrchr(row->address, '@');

    (void)err;
    if (at == NULL || !is_domain(at + 1)) {
        return SAE_OK;
    }
    memcpy(plan->domain, at + 1, strlen(at + 1) + 1);
    return SAE_E_LIMIT;
}

/* A domain belongs to one tenant at a time: what the session accepts mail for tells where
 * its cmdlets work, also for a partner who works in the tenant of somebody else. */
static enum sae_status find_domain(struct sae_plan *plan, struct sae_history *history,
                                   struct sae_err *err)
{
    enum sae_status status =
        sae_history_each_mailbox(history, 0, 0, take_domain, plan, err);

    if (plan->domain[0] != '\0') {
        return SAE_OK;
    }
    return status != SAE_OK
               ? status
               : sae_fail(
                     err, SAE_E_INCOMPLETE,
                     "no plan: no mailbox has an address whose domain could tell the "
                     "script that it is connected to the right tenant: read the "
                     "mailboxes with PrimarySmtpAddress");
}

enum sae_status sae_plan_posture(struct sae_plan *plan, struct sae_history *history,
                                 struct sae_err *err)
{
    enum sae_status status =
        check_part(plan, history, SAE_PART_TENANT, &plan->switch_time, err);

    if (status == SAE_OK) {
        status =
            check_part(plan, history, SAE_PART_MAILBOXES, &plan->mailboxes_time, err);
    }
    if (status == SAE_OK) {
        status = check_switch(plan, history, err);
    }
    return status == SAE_OK ? find_domain(plan, history, err) : status;
}

/* ---- sign-ins -----------------------------------------------------------------------
 */

/* The collector's own judge needs a run; this is as much of one as it looks at. */
static enum sae_status ask_judge(const struct sae_plan *plan, struct sae_history *history,
                                 const struct sae_log *log, struct sae_err *err)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    struct sae_run *run = calloc(1, sizeof(*run));
    const char *reason;
    char why[SAE_WHY];
    enum sae_status status = SAE_OK;

    if (snap == NULL || run == NULL) {
        status = sae_fail(err, SAE_E_NOMEM, "out of memory");
    } else {
        status = sae_history_part_load(history, SAE_PART_SIGNINS,
                                       &snap->parts[SAE_PART_SIGNINS], err);
    }
    if (status == SAE_OK) {
        if (strcmp(sae_tenant_source(plan->tenant, SAE_PART_SIGNINS), "off") == 0) {
            snap->parts[SAE_PART_SIGNINS] = (struct sae_part_state){.source = "off"};
        }
        run->tenant = plan->tenant;
        run->snap = snap;
        run->log = *log;
        reason = sae_run_why_unproven(
            run, sae_tenant_ticks(plan->tenant, SAE_KEY_LOOKBACK), why);
        if (reason != NULL) {
            status =
                sae_fail(err, SAE_E_INCOMPLETE,
                         "no plan: %s, so nobody knows who uses SMTP AUTH: collect the "
                         "sign-ins of the whole look-back first",
                         reason);
        }
    }
    free(run);
    free(snap);
    return status;
}

enum sae_status sae_plan_log(struct sae_plan *plan, struct sae_history *history,
                             struct sae_err *err)
{
    struct sae_log log;
    enum sae_status status = sae_log_load(plan->tenant, history, &log, err);

    if (status == SAE_OK) {
        status = ask_judge(plan, history, &log, err);
    }
    if (status == SAE_OK) {
        plan->log_end = log.end;
        status = check_age(plan, SAE_PART_SIGNINS, "the sign-ins", log.end, err);
    }
    return status;
}
