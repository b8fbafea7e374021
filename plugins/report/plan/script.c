/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/text.h"
#include "plugins/report/plan/plan.h"
#include "plugins/report/plan/body.h"

/* Users report up to a quarter of an hour until every server knows a new setting. */
enum { SETTLE_MINUTES = 15 };

SAE_PRINTF(2, 3)
static void say(struct sae_buf *out, const char *fmt, ...)
{
    char line[2 * SAE_PLAN_ABOUT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    sae_plan_comment(out, "", line);
}

static const char *switch_word(enum sae_switch value)
{
    return value == SAE_SWITCH_OFF ? "true" : "false";
}

static size_t count_changes(const struct sae_plan_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        count += list->box[i].was != list->box[i].want ? 1 : 0;
    }
    return count;
}

/* Each line of `lines` as a comment. */
static void say_lines(struct sae_buf *out, const char *lines)
{
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");

        say(out, "  %.*s", (int)len, lines);
        lines += len + (lines[len] == '\n' ? 1 : 0);
    }
}

/* ---- the head -----------------------------------------------------------------------
 */

static void say_title(const struct sae_plan *plan, struct sae_buf *out)
{
    const char *name = plan->tenant->name;
    char day[SAE_TIME_TEXT];

    if (plan->kind == SAE_PLAN_CLOSE) {
        say(out, "Tenant %s: SMTP AUTH off for everybody but those who still use it.",
            name);
    } else if (plan->kind == SAE_PLAN_ROLLBACK) {
        say(out,
            "Tenant %s: the way back from smtp_auth_report plan, to what was before it.",
            name);
    } else {
        say(out,
            "Tenant %s: SMTP AUTH as it was, as far as it was read, at the end of %s "
            "UTC.",
            name, sae_date_format(day, sizeof(day), sae_time_day(plan->as_of - 1)));
        say(out,
            "That day is proven by a read before its end, later changes are undone.");
    }
}

static void say_data(const struct sae_plan *plan, struct sae_buf *out)
{
    char now[SAE_TIME_TEXT], a[SAE_TIME_TEXT], b[SAE_TIME_TEXT], span[24];

    say(out, "Written by smtp_auth_report %s at %s. Review it, then run it.", SAE_VERSION,
        sae_time_format(now, sizeof(now), plan->now));
    say(out, "Data: tenant switch of %s, mailboxes of %s",
        sae_time_format(a, sizeof(a), plan->switch_time),
        sae_time_format(b, sizeof(b), plan->mailboxes_time));
    if (plan->log_end != 0) {
        say(out, "Data: sign-ins up to %s, look-back %s",
            sae_time_format(a, sizeof(a), plan->log_end),
            sae_duration_format(span, sizeof(span),
                                sae_tenant_ticks(plan->tenant, SAE_KEY_LOOKBACK) /
                                    SAE_SECOND));
    }
    say(out, "Step 1: %zu mailboxes enabled by name, %zu of them are not yet",
        plan->first.count, count_changes(&plan->first));
    say(out, "Step 2: the tenant switch SmtpClientAuthenticationDisabled from %s to %s",
        switch_word(plan->was), switch_word(plan->want));
    say(out, "Step 3: %zu mailboxes back to null, or as listed", plan->last.count);
    say(out, "Step 4: everything is read back and compared");
}

static void say_usage(const struct sae_plan *plan, struct sae_buf *out)
{
    say(out,
        "Run it in a session of Connect-ExchangeOnline, connected to this tenant only:");
    say(out, "  without -Apply nothing is changed, every change is shown with -WhatIf,");
    say(out,
        "  with -Apply it is done. It may be run again: what is so already is skipped,");
    say(out,
        "  and what somebody changed since this was written is left alone and told.");
    say(out, "Exit code: 0 all as planned, 1 differences remain, 2 stopped before harm.");
    if (plan->kind == SAE_PLAN_CLOSE) {
        say(out, "Before -Apply, keep the way back:");
        say(out, "  smtp_auth_report plan --tenant %s --rollback --output rollback.ps1",
            plan->tenant->name);
        say(out, "Valid for %d days: senders change.", SAE_PLAN_DAYS);
    }
    say(out, "It could not be run where it was written: try it without -Apply first.");
}

/* ---- what the body works on ---------------------------------------------------------
 */

static void put_text(struct sae_buf *out, const char *name, const char *text)
{
    sae_buf_printf(out, "$%s = ", name);
    sae_plan_quote(out, text);
    sae_buf_puts(out, "\n");
}

static void put_until(const struct sae_plan *plan, struct sae_buf *out)
{
    unsigned year, month, day;
    char text[SAE_TIME_TEXT];

    if (plan->kind != SAE_PLAN_CLOSE) {
        sae_buf_puts(out, "$validUntil = $null\n");
        return;
    }
    sae_date_format(text, sizeof(text), sae_time_day(plan->log_end) + SAE_PLAN_DAYS);
    if (sscanf(text, "%4u-%2u-%2u", &year, &month, &day) == 3) {
        sae_buf_printf(out,
                       "$validUntil = [datetime]::new(%u, %u, %u, 0, 0, 0, "
                       "[DateTimeKind]::Utc)\n",
                       year, month, day);
    }
}

static void put_list(struct sae_buf *out, const char *name,
                     const struct sae_plan_list *list)
{
    sae_buf_printf(out, "$%s = @(\n", name);
    for (size_t i = 0; i < list->count; i++) {
        const struct sae_plan_box *box = &list->box[i];
        char line[SAE_SHOWN + SAE_PLAN_ABOUT + 4];

        snprintf(line, sizeof(line), "%s: %s", box->shown, box->about);
        sae_plan_comment(out, "    ", line);
        sae_buf_puts(out, "    @{ Guid = ");
        sae_plan_quote(out, box->guid);
        sae_buf_printf(out, "; Was = '%s'; Want = '%s' }\n", sae_plan_word(box->was),
                       sae_plan_word(box->want));
    }
    sae_buf_puts(out, ")\n");
}

static void put_undone(struct sae_buf *out, const char *lines)
{
    sae_buf_puts(out, "$undone = @(\n");
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");
        char line[2 * SAE_PLAN_ABOUT];

        snprintf(line, sizeof(line), "%.*s", (int)len, lines);
        sae_buf_puts(out, "    ");
        sae_plan_quote(out, line);
        sae_buf_puts(out, "\n");
        lines += len + (lines[len] == '\n' ? 1 : 0);
    }
    sae_buf_puts(out, ")\n");
}

static void put_data(const struct sae_plan *plan, struct sae_buf *out)
{
    const char *id = sae_tenant_text(plan->tenant, SAE_KEY_TENANT_ID);

    put_text(out, "tenantName", plan->tenant->name);
    put_text(out, "tenantId", id == NULL ? "" : id);
    put_text(out, "domain", plan->domain);
    put_until(plan, out);
    sae_buf_printf(out, "$settleMinutes = %d\n", SETTLE_MINUTES);
    put_text(out, "switchWas", switch_word(plan->was));
    put_text(out, "switchWant", switch_word(plan->want));
    sae_buf_puts(out, "\n");
    say(out, "Step 1: enabled by name, before the tenant switch is touched");
    put_list(out, "first", &plan->first);
    sae_buf_puts(out, "\n");
    say(out, "Step 3: after the tenant switch");
    put_list(out, "last", &plan->last);
    sae_buf_puts(out, "\n");
    say(out, "What this script cannot do");
    put_undone(out, sae_buf_text(&plan->undone));
}

enum sae_status sae_plan_script(const struct sae_plan *plan, struct sae_buf *out,
                                struct sae_err *err)
{
    enum sae_status status = sae_buf_status(&plan->notes);

    if (status == SAE_OK) {
        status = sae_buf_status(&plan->undone);
    }
    sae_buf_puts(out, "[CmdletBinding()]\nparam([switch]$Apply)\n\n");
    say_title(plan, out);
    say_data(plan, out);
    if (plan->notes.len > 0) {
        say(out, "To know:");
        say_lines(out, sae_buf_text(&plan->notes));
    }
    say_usage(plan, out);
    sae_buf_puts(out, "\n");
    put_data(plan, out);
    sae_buf_puts(out, "\n");
    for (size_t i = 0; i < sae_plan_body_count; i++) {
        sae_buf_puts(out, sae_plan_body[i]);
        sae_buf_puts(out, "\n");
    }
    if (status == SAE_OK) {
        status = sae_buf_status(out);
    }
    return status == SAE_OK ? SAE_OK
                            : sae_fail(err, status,
                                       "no plan: its text is larger than %d bytes: "
                                       "choose a later day, or set "
                                       "back what nobody uses in smaller steps first",
                                       SAE_PLAN_TEXT);
}
