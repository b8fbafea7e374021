/* SPDX-License-Identifier: MIT */
/* A C interface for Nagios plugins.
 *
 * The contract between a monitoring system and a plugin is a process: arguments in, text
 * on stdout, and an exit code (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN). Line 1 is
 * "SERVICE STATE - text|performance data", shown to people and sent as notification; more
 * lines are for those who ask (-v). Nagios, Naemon, Icinga 2, Sensu and others agree on
 * it: https://www.monitoring-plugins.org/doc/guidelines.html
 *   https://icinga.com/docs/icinga-2/latest/doc/05-service-monitoring/
 *
 * No Debian package ships a header for it: the headers of Nagios and Naemon are those of
 * their event broker, for modules loaded into the daemon, and the library of the
 * Monitoring Plugins is not installed. So this directory is one: free of any other code
 * of this project but shared/base, for every plugin, licensed MIT. Compile with -I<root>
 * -I<root>/shared.
 *
 *   nagios/state.h     the states and which one is worse
 *   nagios/range.h     thresholds: strict parsing, does this value raise an alarm?
 *   nagios/perfdata.h  performance data
 *   nagios/report.h    the result: headline, tree, performance data; text or JSON; exit
 * code nagios/options.h   command line, --extra-opts, help, -t SECONDS[:STATE]
 *   nagios/process.h   signals, deadline, descriptors
 *
 * A complete plugin (nagios/example_plugin.c is the same with options):
 *
 *   #include "nagios/plugin_api.h"
 *
 *   int main(int argc, char **argv)
 *   {
 *       struct sae_report report;
 *       struct sae_range warn, crit;
 *       struct sae_err err = {0};
 *       double users;
 *       int code;
 *
 *       sae_plugin_start("USERS");
 *       sae_report_init(&report, "USERS");
 *       if (argc != 4 || !sae_decimal_parse(argv[1], &users)) {
 *           sae_report_headline(&report, "usage: check_users NUMBER WARNING CRITICAL");
 *       } else if (sae_watchdog_start(10, SAE_STATE_UNKNOWN, "USERS", &err) != SAE_OK ||
 *                  sae_range_parse(argv[2], &warn, &err) != SAE_OK ||
 *                  sae_range_parse(argv[3], &crit, &err) != SAE_OK) {
 *           sae_report_headline(&report, "%s", err.text);
 *       } else {
 *           sae_report_add(&report,
 *                          sae_range_alerts(&crit, users)   ? SAE_STATE_CRITICAL
 *                          : sae_range_alerts(&warn, users) ? SAE_STATE_WARNING
 *                                                           : SAE_STATE_OK,
 *                          "%.0f users logged in", users);
 *           sae_report_perf(&report, &(struct sae_perf){.label = "users",
 *                                                       .value = users,
 *                                                       .warn = &warn,
 *                                                       .crit = &crit,
 *                                                       .has_min = true});
 *       }
 *       code = sae_report_finish(&report, 0, SAE_FORMAT_NAGIOS);
 *       sae_report_done(&report);
 *       return code;
 *   }
 */
#ifndef SAE_PLUGIN_API_H
#define SAE_PLUGIN_API_H

#include "nagios/options.h"
#include "nagios/perfdata.h"
#include "nagios/process.h"
#include "nagios/range.h"
#include "nagios/report.h"
#include "nagios/state.h"

#endif
