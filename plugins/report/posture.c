/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>
#include <stdlib.h>

#include "base/clock.h"
#include "measure/exposure.h"
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

/* ---- mailboxes ---------------------------------------------------------------------- */

struct mailbox_walk {
    const struct sae_query *query;
    enum sae_switch smtp_auth;
    bool use_known;
};

static const char *const setting_words[] = {[SAE_FLAG_INHERIT] = "inherit",
                                            [SAE_FLAG_ENABLED] = "enabled",
                                            [SAE_FLAG_DISABLED] = "disabled",
                                            [SAE_FLAG_UNKNOWN] = "unknown"};

static bool has_state(const struct mailbox_walk *walk, const struct sae_mailbox_row *row,
                      bool exposed)
{
    const char *state = walk->query->state;

    if (state == NULL || strcmp(state, setting_words[row->flag]) == 0) {
        return true;
    }
    return (strcmp(state, "exposed") == 0 && exposed) ||
           (strcmp(state, "unused") == 0 && exposed && walk->use_known && !row->used);
}

static enum sae_status put_mailbox(void *arg, const struct sae_mailbox_row *row,
                                   struct sae_err *err)
{
    const struct mailbox_walk *walk = arg;
    bool exposed = sae_is_exposed(row->flag, walk->smtp_auth);
    const char *const names[] = {row->address, row->key};

    (void)err;
    if (has_state(walk, row, exposed) && sae_query_wants(walk->query, names, 2)) {
        sae_table_cell(walk->query->table, row->address);
        sae_table_cell(walk->query->table, setting_words[row->flag]);
        sae_table_cell(walk->query->table, exposed ? "yes" : "no");
        sae_table_cell(walk->query->table,
                       row->used ? "yes" : walk->use_known ? "no" : "unknown");
        sae_table_cell(walk->query->table, row->key);
    }
    return SAE_OK;
}

/* Whether the log proves what was not used is the collector's verdict. `ret_unused`: the
 * number of unused ones is known, be it because nothing is exposed. */
static bool read_use_known(const struct sae_query *query, bool *ret_unused)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    char *path = sae_tenant_snapshot_path(query->tenant);
    bool known = snap != NULL && path != NULL &&
                 sae_snapshot_read(path, query->tenant->name, query->now, snap, NULL) ==
                     SAE_OK &&
                 snap->values.certainty[SAE_M_MBX_UNUSED] == SAE_EXACT;

    *ret_unused = known;
    known = known && snap->values.certainty[SAE_M_SENDERS_ALL] == SAE_EXACT;

    free(path);
    free(snap);
    return known;
}

enum sae_status sae_report_mailboxes(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {{"mailbox", 40, false},
                                                      {"setting", 8, false},
                                                      {"exposed", 7, false},
                                                      {"used", 7, false},
                                                      {"id", 0, false}};
    struct mailbox_walk walk = {.query = query};
    bool unused_known = false;
    int64_t lookback = sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK), end = 0;
    char value[SAE_SHOWN + 1] = "";
    struct sae_history *history = NULL;
    enum sae_status status = sae_report_open(query, &history, err);

    if (status == SAE_OK) {
        status = sae_history_number(history, "signins_end", &end, err);
    }
    if (status == SAE_OK) {
        status = sae_history_setting(history, "SmtpClientAuthenticationDisabled", value, err);
    }
    if (status == SAE_OK) {
        walk.smtp_auth = strcmp(value, "true") == 0    ? SAE_SWITCH_OFF
                         : strcmp(value, "false") == 0 ? SAE_SWITCH_ON
                                                       : SAE_SWITCH_UNKNOWN;
        walk.use_known = read_use_known(query, &unused_known);
        if (query->state != NULL && strcmp(query->state, "unused") == 0 && !unused_known) {
            status = sae_fail(err, SAE_E_INCOMPLETE,
                              "which mailboxes are unused is not known: see mbx_unused in "
                              "smtp_auth_report metrics");
        }
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, 5);
        status = sae_history_each_mailbox(history, end - lookback, end, put_mailbox, &walk,
                                          err);
    }
    sae_history_close(history);
    return status;
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
