/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "collect/run.h"
#include "measure/window.h"

/* ---- what is held ------------------------------------------------------------------- */

/* All streams together cover what each of them covers. */
static void join_stream(struct sae_log *log, const struct sae_stream *stream, bool first)
{
    log->from = first || stream->from > log->from ? stream->from : log->from;
    log->to = first || stream->to < log->to ? stream->to : log->to;
    log->newest = stream->newest > log->newest ? stream->newest : log->newest;
    log->unparsed += stream->unparsed;
    log->lower = log->lower || stream->lower;
}

enum sae_status sae_log_load(const struct sae_tenant *tenant, struct sae_history *history,
                             struct sae_log *ret_log, struct sae_err *err)
{
    const char *list = sae_tenant_source(tenant, SAE_PART_SIGNINS);
    struct sae_part_state part;
    struct sae_log log = {0};
    char entry[SAE_STREAM];
    bool first = true;
    enum sae_status status = sae_history_part_load(history, SAE_PART_SIGNINS, &part, err);

    if (status != SAE_OK || part.time == 0 || strcmp(list, "off") == 0) {
        *ret_log = log;
        return status;
    }
    status = sae_history_number(history, "signins_end", &log.end, err);
    while (status == SAE_OK && sae_stream_next(&list, entry)) {
        struct sae_stream stream;

        status = sae_history_stream_load(history, entry, &stream, err);
        if (status == SAE_OK) {
            join_stream(&log, &stream, first);
            first = false;
        }
    }
    log.to = log.to < log.from ? log.from : log.to;
    *ret_log = log;
    return status;
}

enum sae_status sae_run_log(struct sae_run *run, struct sae_err *err)
{
    return sae_log_load(run->tenant, run->history, &run->log, err);
}

const char *sae_run_why_unproven(const struct sae_run *run, int64_t span, char *why)
{
    int64_t lag = sae_tenant_ticks(run->tenant, SAE_KEY_LAG);
    const struct sae_log *log = &run->log;
    char wanted[24];

    if (sae_part_is_off(&run->snap->parts[SAE_PART_SIGNINS])) {
        return strcmp(run->snap->parts[SAE_PART_SIGNINS].source, "off") == 0
                   ? "sign-ins are off"
                   : "the tenant has no licence for the sign-in log";
    }
    if (log->end == 0) {
        return "sign-ins were never read completely";
    }
    if (log->unparsed > 0) {
        return "some rows of the log could not be read";
    }
    if (log->lower) {
        return strcmp(sae_tenant_source(run->tenant, SAE_PART_SIGNINS), "graph") == 0
                   ? "sign-ins turned up late, and the read that found them did not end"
                   : "the log ends long before its file does: export all client apps up to now";
    }
    if (log->to < log->end - lag) {
        return "the log held ends before the last read";
    }
    if (log->from > log->end - span) {
        snprintf(why, SAE_WHY, "the log held spans %.1f d, not %s",
                 (double)((log->end - log->from) / SAE_MINUTE) / 1440.0,
                 sae_duration_format(wanted, sizeof(wanted), span / SAE_SECOND));
        return why;
    }
    return NULL;
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

enum sae_status sae_run_signins(struct sae_run *run, struct sae_err *err)
{
    const struct sae_log *log = &run->log;
    struct sae_window window = {.end = log->end,
                                .lag = sae_tenant_ticks(run->tenant, SAE_KEY_LAG),
                                .length = sae_tenant_ticks(run->tenant, SAE_KEY_WINDOW)};
    int64_t span = window.lag + window.length;
    struct sae_values *values = &run->snap->values;
    enum sae_status status;
    char why[SAE_WHY];

    if (log->end == 0) {
        return SAE_OK;
    }
    status = sae_history_each_row(run->history, log->end - span, log->end, count_row, &window,
                                  err);
    if (status == SAE_OK) {
        sae_window_measure(&window, sae_run_why_unproven(run, span, why), values);
    }
    sae_window_done(&window);
    if (log->newest != 0) {
        sae_values_set(values, SAE_M_LOG_LAG,
                       (double)((log->end - log->newest) / SAE_SECOND));
    } else {
        sae_values_why(values, SAE_M_LOG_LAG, "no row of any client app is known");
    }
    sae_values_set(values, SAE_M_LOG_COVERED,
                   (double)((log->to - log->from) * 10 / SAE_DAY) / 10.0);
    return status;
}
