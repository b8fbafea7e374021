/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "report/report.h"

enum sae_status sae_report_open(const struct sae_query *query,
                                struct sae_history **ret_history, struct sae_err *err)
{
    enum sae_status status =
        sae_history_open(sae_tenant_text(query->tenant, SAE_KEY_STATE_DIR),
                         query->tenant->name, SAE_HISTORY_READ, ret_history, err);

    if (status == SAE_E_DENIED) {
        return sae_fail_in(err, status,
                           "the history is private: run this as the collector's user "
                           "(runuser -u smtp-auth)");
    }
    if (status == SAE_E_MISSING) {
        return sae_fail(err, status, "no history yet: run smtp_auth_collect --tenant %s",
                        query->tenant->name);
    }
    return status;
}

bool sae_query_wants(const struct sae_query *query, const char *const *names, size_t count)
{
    bool wanted = query->mailbox == NULL;

    for (size_t i = 0; i < count && !wanted; i++) {
        wanted = names[i] != NULL && strcasecmp(names[i], query->mailbox) == 0;
    }
    return wanted;
}

/* ---- changes ------------------------------------------------------------------------ */

static enum sae_status put_change(void *arg, const struct sae_change *change,
                                  struct sae_err *err)
{
    const struct sae_query *query = arg;
    const char *const names[] = {change->object};
    char time[SAE_TIME_TEXT];

    (void)err;
    if (!sae_query_wants(query, names, 1)) {
        return SAE_OK;
    }
    sae_table_cell(query->table, sae_time_format(time, sizeof(time), change->seen));
    sae_table_cell(query->table, change->said == 0
                                     ? NULL
                                     : sae_time_format(time, sizeof(time), change->said));
    sae_table_cell(query->table, change->object);
    sae_table_cell(query->table, change->property);
    sae_table_cell(query->table, change->before[0] == '\0' ? "null" : change->before);
    sae_table_cell(query->table, change->after[0] == '\0' ? "null" : change->after);
    sae_table_cell(query->table, change->confirmed ? "yes" : "not yet");
    return SAE_OK;
}

enum sae_status sae_report_changes(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"seen", 20, false},     {"said", 20, false},  {"object", 32, false},
        {"property", 32, false}, {"before", 8, false}, {"after", 8, false},
        {"confirmed", 0, false}};
    struct sae_history *history = NULL;
    enum sae_status status = sae_report_open(query, &history, err);

    if (status == SAE_OK) {
        sae_table_head(query->table, columns, 7);
        status = sae_history_each_change(history, query->since == 0 ? -1 : query->since,
                                         put_change, (void *)query, err);
    }
    sae_history_close(history);
    return status;
}
