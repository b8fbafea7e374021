/* SPDX-License-Identifier: MIT */
/* What smtp_auth_collect can do with tenants. Each fills the report; a failure is one of the
 * command itself, for the headline. */
#ifndef SAE_COMMAND_H
#define SAE_COMMAND_H

#include "base/buf.h"
#include "config/config.h"
#include "fetch/record.h"
#include "nagios/report.h"

enum { SAE_AT_ONCE = 8 }; /* tenants */

struct sae_command {
    const struct sae_tenant **tenants; /* in the order of the configuration, at least one */
    size_t count;
    bool all; /* not by name */
    bool fresh;
    const char *record; /* folder, or NULL */
};

/* Measures and publishes, each tenant in a process of its own. */
enum sae_status sae_command_collect(const struct sae_command *cmd, struct sae_report *report,
                                    struct sae_err *err) SAE_MUST_CHECK;

/* First contact: what works, and what is to be done. For several tenants, or --all, a table
 * is appended to `table`. */
enum sae_status sae_command_preflight(const struct sae_command *cmd,
                                      struct sae_report *report, struct sae_buf *table,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* Whether the configuration is right, without asking anybody. */
void sae_command_check(const struct sae_config *config, const char *path,
                       struct sae_report *report);

/* Publishes a made-up tenant `drill` with one breach, one spray and one flip of the tenant
 * switch; takes it away again. Both refuse where a tenant has that name. */
enum sae_status sae_command_drill(const struct sae_config *config, struct sae_report *report,
                                  struct sae_err *err) SAE_MUST_CHECK;
enum sae_status sae_command_drill_end(const struct sae_config *config,
                                      struct sae_report *report,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* ---- for the commands: the crew, and the folder of --record --------------------------- */

/* A tenant's time_limit, in ticks: a crew's `limit`, whose arg points to a struct whose
 * first member is a const struct sae_command *. */
int64_t sae_command_limit(void *arg, size_t job);

/* In the parent, before the crew. One tenant: *ret_record is its recording; several: the
 * folder is made, and *ret_record is NULL as it is without --record. */
enum sae_status sae_command_record_open(const struct sae_command *cmd,
                                        struct sae_record **ret_record,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* In the child: the recording of this tenant. `common` is what the parent opened. */
enum sae_status sae_command_record_of(const struct sae_command *cmd,
                                      const struct sae_tenant *tenant,
                                      struct sae_record *common,
                                      struct sae_record **ret_record,
                                      struct sae_err *err) SAE_MUST_CHECK;

/* Ends a recording (may be NULL) in the child; the first trouble that it had. */
enum sae_status sae_command_record_done(struct sae_record *record,
                                        struct sae_err *err) SAE_MUST_CHECK;

/* In the parent, afterwards: where it is; or that it is empty, and `why`, which is UNKNOWN. */
enum sae_state sae_command_record_words(const struct sae_command *cmd,
                                        const struct sae_tenant *tenant, const char *why,
                                        char *text, size_t cap);

#endif
