/* SPDX-License-Identifier: MIT */
/* The commands of smtp_auth_report. Each writes one table. */
#ifndef SAE_REPORT_COMMANDS_H
#define SAE_REPORT_COMMANDS_H

#include "address.h"
#include "config/config.h"
#include "report/table.h"
#include "store/history.h"
#include "store/snapshot.h"

struct sae_query {
    const struct sae_config *config;
    const char *config_file;         /* as given; NULL: the built-in path */
    const struct sae_tenant *tenant; /* NULL: all (metrics, tenants and objects only) */
    const char *state;   /* NULL: every */
    const char *mailbox; /* NULL: every; compared without ASCII case */
    bool has_source;
    struct sae_net source;
    int64_t since; /* 0: ever */
    bool rollback, has_as_of; /* plan only */
    int64_t as_of;            /* a day number */
    const char *set[SAE_KEY_COUNT]; /* replay only: KEY=VALUE */
    size_t set_count;
    const char *system; /* objects only */
    int64_t now;
    struct sae_table *table;
};

typedef enum sae_status (*sae_report_command)(const struct sae_query *query,
                                              struct sae_err *err);

/* From the configuration. */
enum sae_status sae_report_objects(const struct sae_query *query, struct sae_err *err);

/* From the snapshot. */
enum sae_status sae_report_metrics(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_tenants(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_findings(const struct sae_query *query, struct sae_err *err);

/* From the history. */
enum sae_status sae_report_mailboxes(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_attacks(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_signins(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_changes(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_senders(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_allow_list(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_runs(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_replay(const struct sae_query *query, struct sae_err *err);
enum sae_status sae_report_plan(const struct sae_query *query, struct sae_err *err);

/* Opens the tenant's history for reading; explains who may. */
enum sae_status sae_report_open(const struct sae_query *query,
                                struct sae_history **ret_history,
                                struct sae_err *err) SAE_MUST_CHECK;

/* True if one of the names is the mailbox asked for, or none was asked for. */
bool sae_query_wants(const struct sae_query *query, const char *const *names, size_t count);

#endif
