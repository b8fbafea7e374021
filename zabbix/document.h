/* SPDX-License-Identifier: MIT */
/* What Zabbix is told, as JSON: one document for a tenant, from which dependent items take
 * their numbers, and one list of tenants for discovery. Members:
 *
 *   tenant, error ("" if all is well; otherwise nothing but these two), time
 *   metrics           NAME: number, for every metric that is known
 *   at_least          names of those that are lower bounds
 *   unproven, unproven_count
 *                     metrics with a limit that are not known exactly: never OK
 *   unproven_text     those of them whose data is not simply too old, with their reasons
 *   unjudged          metrics whose built-in limit does not hold here and now
 *   why               NAME: reason, for every metric that is not known exactly
 *   overdue           how many times the allowed age the data has, 0 if it is young enough:
 *                     "all" where sign-ins and posture are too old; only where not, "signins"
 *                     and "posture", so that no item falls back when everything is too old
 *   notices           what is a warning without being a number
 *   findings          those that nobody accepted; "level" says which limit their metric is
 *                     beyond (critical, warning, info), "part" what they rest on
 *   senders           the most urgent ones
 *   more              how many findings and senders are not listed
 *   cut               of which findings some may not be listed: "none", "all", or "others",
 *                     all classes but compromise; from these, nothing is known to be gone
 *
 * Never longer than SAE_ZABBIX_BYTES: Zabbix keeps 65,535 characters of a text. */
#ifndef SAE_ZABBIX_DOCUMENT_H
#define SAE_ZABBIX_DOCUMENT_H

#include "config/config.h"
#include "view.h"

enum { SAE_ZABBIX_BYTES = 59000 };

/* All of them are allocated, or NULL: out of memory. */
char *sae_zabbix_document(const struct sae_view *view) SAE_MUST_CHECK;

/* Why there is no document. `tenant` is what was asked for, any bytes, NULL for none. */
char *sae_zabbix_failure(const char *tenant, const char *why) SAE_MUST_CHECK;

/* {"error":"","count":N,"data":[{"{#TENANT}":..,"{#CONFIG}":..},..]}; `path` is that of the
 * configuration. No "data" in a failure: Zabbix then keeps the hosts that it has. */
char *sae_zabbix_discovery(const struct sae_config *config, const char *path) SAE_MUST_CHECK;

#endif
