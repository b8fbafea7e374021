/* SPDX-License-Identifier: MIT */
/* mailboxes: every mailbox with one verdict and the layers that block it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/intset.h"
#include "collect/attack_load.h"
#include "collect/smtp_clients.h"
#include "collect/run.h"
#include "measure/detect.h"
#include "measure/exposure.h"
#include "report/report.h"

enum { BLOCKS_TEXT = 64 };

struct mailbox_walk {
    const struct sae_query *query;
    struct sae_history *history;
    struct sae_log log;
    enum sae_switch smtp_auth;
    bool use_known;
    int64_t policies;
    bool policies_partial; /* there may be more */

    /* Keys of mailboxes of users who failed within a day, sorted once they are complete.
     */
    char **attacked;
    size_t attacked_count, attacked_room;
    struct sae_intset failing; /* users looked up already */
    struct sae_hits stale;
};

/* ---- attacked -----------------------------------------------------------------------
 */

/* Devices with an old password attack nobody. */
static enum sae_status find_stale(struct mailbox_walk *walk, struct sae_err *err)
{
    struct sae_rule rule = sae_tenant_rule(walk->query->tenant, SAE_KEY_STALE_DEVICES);
    int64_t end = walk->log.end;
    struct sae_events events;
    enum sae_status status;
    bool cut;

    if (rule.number == 0) {
        return SAE_OK;
    }
    status = sae_events_load(walk->history, end - rule.span, end, NULL, &events, &cut, err);
    if (status == SAE_OK) {
        status = sae_detect_stale(&events, rule, &walk->stale, err);
        sae_events_done(&events);
    }
    return status;
}

static enum sae_status keep_attacked(struct mailbox_walk *walk, const char *key,
                                     struct sae_err *err)
{
    if (walk->attacked_count == walk->attacked_room) {
        size_t room = walk->attacked_room == 0 ? 64 : 2 * walk->attacked_room;
        char **more = realloc(walk->attacked, room * sizeof(*more));

        if (more == NULL) {
            return sae_fail(err, SAE_E_NOMEM, "out of memory");
        }
        walk->attacked = more;
        walk->attacked_room = room;
    }
    walk->attacked[walk->attacked_count] = strdup(key);
    if (walk->attacked[walk->attacked_count] == NULL) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    walk->attacked_count++;
    return SAE_OK;
}

static enum sae_status take_failure(void *arg, const struct sae_row *row,
                                    struct sae_err *err)
{
    struct mailbox_walk *walk = arg;
    const struct sae_code *code = sae_code_find(row->code);
    size_t users = sae_intset_count(&walk->failing);
    char key[SAE_NAME + 1];
    enum sae_status status;

    if (code->kind == SAE_CODE_SUCCESS || code->kind == SAE_CODE_INFRA ||
        sae_hits_stale(&walk->stale, (uint32_t)row->user, (uint32_t)row->address)) {
        return SAE_OK;
    }
    if (sae_intset_add(&walk->failing, row->user) != SAE_OK) {
        return sae_fail(err, SAE_E_NOMEM, "out of memory");
    }
    if (sae_intset_count(&walk->failing) == users) {
        return SAE_OK;
    }
    status = sae_history_user_mailbox(walk->history, row->user, key, err);
    return status == SAE_OK && key[0] != '\0' ? keep_attacked(walk, key, err) : status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum sae_status find_attacked(struct mailbox_walk *walk, struct sae_err *err)
{
    int64_t end = walk->log.end;
    enum sae_status status = find_stale(walk, err);

    if (status == SAE_OK) {
        status = sae_history_each_row(walk->history, end - SAE_DAY, end, take_failure,
                                      walk, err);
    }
    if (status == SAE_OK && walk->attacked_count > 0) {
        qsort(walk->attacked, walk->attacked_count, sizeof(*walk->attacked), by_text);
    }
    return status;
}

static bool is_attacked(const struct mailbox_walk *walk, const char *key)
{
    return walk->attacked_count > 0 && bsearch(&key, walk->attacked, walk->attacked_count,
                                               sizeof(*walk->attacked), by_text) != NULL;
}

/* ---- one mailbox --------------------------------------------------------------------
 */

static const char *const setting_words[] = {[SAE_FLAG_INHERIT] = "inherit",
                                            [SAE_FLAG_ENABLED] = "enabled",
                                            [SAE_FLAG_DISABLED] = "disabled",
                                            [SAE_FLAG_UNKNOWN] = "unknown"};

/* The first that fits. */
static const char *verdict_of(const struct mailbox_walk *walk,
                              const struct sae_mailbox_row *row, bool exposed)
{
    if (row->flag == SAE_FLAG_UNKNOWN) {
        return "unknown";
    }
    if (!exposed) {
        return row->used ? "closed-but-used" : "closed";
    }
    if (is_attacked(walk, row->key)) {
        return "exposed-attacked";
    }
    if (row->used) {
        return "exposed-used";
    }
    return walk->use_known ? "exposed-unused" : "exposed";
}

/* Policies are tenant-wide: whom they spare is not known. */
static const char *say_blocks(const struct mailbox_walk *walk, enum sae_flag flag,
                              char text[BLOCKS_TEXT])
{
    const char *own = flag == SAE_FLAG_DISABLED ? "mailbox flag"
                      : flag == SAE_FLAG_INHERIT && walk->smtp_auth == SAE_SWITCH_OFF
                          ? "tenant switch"
                          : "";

    if (walk->policies == 0) {
        return own[0] == '\0' ? NULL : own;
    }
    snprintf(text, BLOCKS_TEXT, "%s%s%s%" PRId64 " %s", own, own[0] == '\0' ? "" : " + ",
             walk->policies_partial ? "at least " : "", walk->policies,
             walk->policies == 1 ? "policy" : "policies");
    return text;
}

static bool has_state(const struct mailbox_walk *walk, const struct sae_mailbox_row *row,
                      bool exposed, const char *verdict)
{
    const char *state = walk->query->state;

    if (state == NULL || strcmp(state, setting_words[row->flag]) == 0) {
        return true;
    }
    if (strcmp(state, "exposed") == 0) {
        return exposed; /* whatever the verdict says beyond that */
    }
    if (strcmp(state, "unused") == 0) {
        return exposed && walk->use_known && !row->used;
    }
    return strcmp(state, verdict) == 0;
}

static enum sae_status put_mailbox(void *arg, const struct sae_mailbox_row *row,
                                   struct sae_err *err)
{
    const struct mailbox_walk *walk = arg;
    struct sae_table *table = walk->query->table;
    bool exposed = sae_is_exposed(row->flag, walk->smtp_auth);
    const char *verdict = verdict_of(walk, row, exposed);
    const char *const names[] = {row->address, row->key};
    char blocks[BLOCKS_TEXT];

    (void)err;
    if (has_state(walk, row, exposed, verdict) &&
        sae_query_wants(walk->query, names, 2)) {
        sae_table_cell(table, row->address);
        sae_table_cell(table, setting_words[row->flag]);
        sae_table_cell(table, exposed ? "yes" : "no");
        sae_table_cell(table, row->used ? "yes" : walk->use_known ? "no" : "unknown");
        sae_table_cell(table, verdict);
        sae_table_cell(table, say_blocks(walk, row->flag, blocks));
        sae_table_cell(table, row->key);
    }
    return SAE_OK;
}

/* ---- together -----------------------------------------------------------------------
 */

/* Whether the log proves what was not used is the collector's verdict. `ret_unused`: the
 * number of unused ones is known, be it because nothing is exposed. */
static bool read_use_known(const struct sae_query *query, bool *ret_unused)
{
    struct sae_snapshot *snap = calloc(1, sizeof(*snap));
    char *path = sae_tenant_snapshot_path(query->tenant);
    bool known =
        snap != NULL && path != NULL &&
        sae_snapshot_read(path, query->tenant->name, query->now, snap, NULL) == SAE_OK &&
        snap->values.certainty[SAE_M_MBX_UNUSED] == SAE_EXACT;

    *ret_unused = known;
    known = known && snap->values.certainty[SAE_M_SENDERS_ALL] == SAE_EXACT;

    free(path);
    free(snap);
    return known;
}

/* A report that cannot be read now leaves open who is unused, whatever the last run knew. */
static void read_clients(struct mailbox_walk *walk, bool *unused_known)
{
    struct sae_smtp_clients clients = {0};
    struct sae_err fault;

    if (sae_smtp_clients_load(walk->query->tenant, walk->history, walk->query->now,
                              &clients, &fault) != SAE_OK) {
        walk->use_known = *unused_known = false;
    }
    sae_smtp_clients_done(&clients);
}

static enum sae_status read_layers(struct mailbox_walk *walk, struct sae_err *err)
{
    struct sae_part_state policy = {0};
    char value[SAE_SHOWN + 1] = "";
    int64_t partial = 0;
    enum sae_status status = sae_history_setting(
        walk->history, "SmtpClientAuthenticationDisabled", value, err);

    if (status == SAE_OK) {
        walk->smtp_auth = strcmp(value, "true") == 0    ? SAE_SWITCH_OFF
                          : strcmp(value, "false") == 0 ? SAE_SWITCH_ON
                                                        : SAE_SWITCH_UNKNOWN;
        status = sae_history_part_load(walk->history, SAE_PART_POLICY, &policy, err);
    }
    if (status == SAE_OK && policy.time != 0 && !sae_part_is_off(&policy)) {
        status =
            sae_history_number(walk->history, SAE_NUMBER_BLOCKS, &walk->policies, err);
    }
    if (status == SAE_OK) {
        status =
            sae_history_number(walk->history, SAE_NUMBER_BLOCKS_PARTIAL, &partial, err);
        walk->policies_partial = partial != 0;
    }
    return status;
}

/* An empty list must not be taken for an answer that nobody has. */
static enum sae_status check_state(const struct mailbox_walk *walk, bool unused_known,
                                   struct sae_err *err)
{
    const char *state = walk->query->state == NULL ? "" : walk->query->state;

    if ((strcmp(state, "unused") == 0 || strcmp(state, "exposed-unused") == 0) &&
        !unused_known) {
        return sae_fail(err, SAE_E_INCOMPLETE,
                        "which mailboxes are unused is not known: see mbx_unused in "
                        "smtp_auth_report metrics");
    }
    if ((strcmp(state, "exposed-attacked") == 0 || strcmp(state, "exposed-used") == 0 ||
         strcmp(state, "closed-but-used") == 0) &&
        walk->log.end == 0) {
        return sae_fail(
            err, SAE_E_INCOMPLETE,
            "which mailboxes are used or attacked is not known: the sign-in log "
            "was never read completely");
    }
    return SAE_OK;
}

static void close_walk(struct mailbox_walk *walk)
{
    for (size_t i = 0; i < walk->attacked_count; i++) {
        free(walk->attacked[i]);
    }
    free(walk->attacked);
    sae_intset_done(&walk->failing);
    sae_hits_done(&walk->stale);
    sae_history_close(walk->history);
}

enum sae_status sae_report_mailboxes(const struct sae_query *query, struct sae_err *err)
{
    static const struct sae_table_column columns[] = {
        {"mailbox", 40, false}, {"setting", 8, false},  {"exposed", 7, false},
        {"used", 7, false},     {"verdict", 16, false}, {"blocked_by", 26, false},
        {"id", 0, false}};
    struct mailbox_walk walk = {.query = query};
    bool unused_known = false;
    int64_t lookback = sae_tenant_ticks(query->tenant, SAE_KEY_LOOKBACK), end = 0;
    enum sae_status status = sae_report_open(query, &walk.history, err);

    if (status == SAE_OK) {
        status = sae_log_load(query->tenant, walk.history, &walk.log, err);
    }
    if (status == SAE_OK) {
        status = sae_history_number(walk.history, "signins_end", &end, err);
    }
    if (status == SAE_OK) {
        status = read_layers(&walk, err);
    }
    if (status == SAE_OK) {
        walk.use_known = read_use_known(query, &unused_known);
        read_clients(&walk, &unused_known);
        status = check_state(&walk, unused_known, err);
    }
    if (status == SAE_OK && walk.log.end != 0) {
        status = find_attacked(&walk, err);
    }
    if (status == SAE_OK) {
        sae_table_head(query->table, columns, sizeof(columns) / sizeof(columns[0]));
        status = sae_history_each_mailbox(walk.history, end - lookback, end, put_mailbox,
                                          &walk, err);
    }
    close_walk(&walk);
    return status;
}
