/* SPDX-License-Identifier: MIT */
#include "plugins/report/plan/plan.h"

#include "base/clock.h"
#include "report/report.h"

/* Filters would leave a plan half of what it must be. */
static enum sae_status check_query(const struct sae_query *query, struct sae_err *err)
{
    if (query->table->format != SAE_TABLE_TEXT) {
        return sae_fail(err, SAE_E_USAGE, "a plan is text: no other --format");
    }
    if (query->mailbox != NULL || query->has_source || query->since != 0) {
        return sae_fail(
            err, SAE_E_USAGE,
            "a plan is for the whole tenant: no --mailbox, --source or --since");
    }
    if (query->rollback && query->has_as_of) {
        return sae_fail(
            err, SAE_E_USAGE,
            "--rollback undoes plan, --as-of goes back to a day: one of them");
    }
    if (query->has_as_of && query->as_of >= sae_time_day(query->now)) {
        return sae_fail(err, SAE_E_USAGE, "--as-of: that day is not over (UTC)");
    }
    return SAE_OK;
}

/* Nothing is printed before the whole script is made. */
enum sae_status sae_report_plan(const struct sae_query *query, struct sae_err *err)
{
    enum sae_plan_kind kind = query->has_as_of  ? SAE_PLAN_AS_OF
                              : query->rollback ? SAE_PLAN_ROLLBACK
                                                : SAE_PLAN_CLOSE;
    struct sae_history *history = NULL;
    struct sae_plan plan;
    struct sae_buf script;
    enum sae_status status = check_query(query, err);

    if (status == SAE_OK) {
        status = sae_report_open(query, &history, err);
    }
    if (status != SAE_OK) {
        return status;
    }
    sae_plan_init(&plan, kind, query->tenant, query->now);
    sae_buf_init(&script, SAE_PLAN_TEXT);
    plan.as_of = query->has_as_of ? (query->as_of + 1) * SAE_DAY : 0;
    status = sae_plan_make(&plan, history, err);
    if (status == SAE_OK) {
        status = sae_plan_script(&plan, &script, err);
    }
    if (status == SAE_OK) {
        fwrite(sae_buf_text(&script), 1, script.len, query->table->out);
    }
    sae_buf_done(&script);
    sae_plan_done(&plan);
    sae_history_close(history);
    return status;
}
