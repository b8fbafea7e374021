/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "report/report.h"

static enum sae_status put_run(void *arg, const struct sae_run_line *run, struct sae_err *err)
{
    const struct sae_query *query = arg;
    char time[SAE_TIME_TEXT];

    (void)err;
    sae_table_cell(query->table, sae_time_format(time, sizeof(time), run->time));
    sae_table_number(query->table, (double)run->ms);
    sae_table_number(query->table, (double)run->requests);
    sae_table_number(query->table, (double)run->throttled);
    sae_table_number(query->table, (double)run->rows);
    sae_table_number(query->table, (double)run->late);
    sae_table_cell(query->table, run->ok ? "yes" : "no");
    sae_table_cell(query->table, run->error[0] == '\0' ? NULL : run->error);
    return SAE_OK;
}

enum sae_status sae_report_runs(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"time", 20, false},    {"ms", 8, true},   {"requests", 8, true},
        {"throttled", 9, true}, {"rows", 9, true}, {"late", 9, true},
        {"ok", 3, false},       {"error", 0, false}};
    struct sae_history *history = NULL;
    enum sae_status status = sae_report_open(query, &history, err);

    if (status == SAE_OK) {
        sae_table_head(query->table, columns, 8);
        status = sae_history_each_run(history, query->since == 0 ? -1 : query->since,
                                      put_run, (void *)query, err);
    }
    sae_history_close(history);
    return status;
}
