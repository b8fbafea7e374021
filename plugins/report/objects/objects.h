/* SPDX-License-Identifier: MIT */
/* smtp_auth_report objects SYSTEM: the definitions that a monitoring system needs for
 * every configured tenant, so that a new customer is one section and one command. One writer
 * for each system; all walk the same configuration and the same table of services. */
#ifndef SAE_REPORT_OBJECTS_H
#define SAE_REPORT_OBJECTS_H

#include <stdio.h>

#include "measure/metrics.h"
#include "report/report.h"

/* Where a browser finds docs/runbook.md: the administrator's web server has it there. */
#define SAE_RUNBOOK_URL "/smtp-auth/runbook.md"

/* A service of every tenant.
 *
 * All depend on the one with `is_health`. What that must mean: it alone tells that the
 * tenant is blind (a stale part, a snapshot that cannot be read), so UNKNOWN of the others
 * is shown, never sent, and a blind tenant is one notification. Their WARNING and CRITICAL
 * rest on fresh data alone and are always sent, whatever the state of health: it is a
 * warning for weeks when only a credential runs out. None is ever left unexecuted, else an
 * old OK would stay. */
struct sae_service {
    const char *name;    /* "signins" */
    const char *program; /* "check_smtp_auth_signins" */
    const char *runbook; /* section of docs/runbook.md */
    bool is_attack;      /* one attempt, no flap detection, a reminder every 30 minutes */
    bool is_health;
};
enum { SAE_SERVICES = SAE_GROUP_COUNT };
/* In the order of enum sae_group. */
extern const struct sae_service sae_services[SAE_SERVICES];

/* The systems, separated by a blank ("nagios nrpe icinga2 collectd"). */
extern const char sae_objects_systems[];

/* The tenants to write: starts with *next 0; NULL after the last. */
const struct sae_tenant *sae_objects_tenant(const struct sae_query *query, size_t *next);

/* The comment before the definitions: the command that wrote them and what they need. Its first
 * line begins with `begins`, the next with `goes_on`; those in `needs` are the caller's. */
void sae_objects_head(const struct sae_query *query, FILE *out, const char *begins,
                      const char *goes_on, const char *needs);

/* query->config_file is NULL where the built-in path holds, else absolute and free of all
 * that any system would take for more than a part of a path. So is a tenant's name. */
void sae_objects_nagios(const struct sae_query *query, FILE *out);
void sae_objects_nrpe(const struct sae_query *query, FILE *out);
void sae_objects_icinga2(const struct sae_query *query, FILE *out);
void sae_objects_collectd(const struct sae_query *query, FILE *out);

#endif
