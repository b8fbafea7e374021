# SPDX-License-Identifier: MIT
"""What rings, for Prometheus and for Grafana: the limits of the table of metrics, and what says
that a tenant is not known. Severities: warning, critical, unknown (somebody is blind)."""
import collections

import metrics

RUNBOOK = "/smtp-auth/runbook.md"
OWN_LIMIT = 36 * 3600  # of an age whose tenant's own limit is not told (as of exported files)
SILENT = 900           # three turns of the collector's timer

# `above` / `below`: rings beyond that number. `times`: of the tenant's own limit. `days`: only
# with that many days or fewer to the retirement.
Alert = collections.namedtuple(
    "Alert", "name metric severity above below times days summary action runbook group")


def camel(name):
    return "SmtpAuth" + "".join(word.capitalize() for word in name.split("_"))


def metric_alert(row, severity, limit, days, step):
    above = below = times = None
    if limit.endswith("max_age"):
        times = 4 if limit.startswith("4") else 1
        beyond = "beyond %s the limit of the tenant" % ("4 times" if times == 4 else "")
    elif limit.endswith(":"):
        below, beyond = float(limit[:-1]), "below " + limit[:-1]
    else:
        above, beyond = float(limit), "over " + limit
    summary = "%s is %%s, %s: %s" % (row.name, " ".join(beyond.split()), row.help)
    if days:
        summary += " (rings with %d days or fewer to the retirement)" % days
    return Alert(camel(row.name), row.name, severity, above, below, times, days, summary, step,
                 row.name, row.group)


def metric_alerts():
    """Warning and critical of every metric that has a limit."""
    steps, alerts = metrics.first_steps(), []
    for row in metrics.table().values():
        for severity, limit, days in (("warning", row.warn, row.warn_days),
                                      ("critical", row.crit, row.crit_days)):
            if limit:
                alerts.append(metric_alert(row, severity, limit, days, steps[row.name]))
    return alerts


def plain(name, metric, severity, summary, action, runbook, **limit):
    row = dict(above=None, below=None, times=None, days=0)
    row.update(limit)
    return Alert(name, metric, severity, row["above"], row["below"], row["times"], row["days"],
                 summary, action, runbook, "health")


NOTICE = plain("SmtpAuthNotice", "notices", "warning",
               "%s warnings that are no number: a list that was not understood, or no licence "
               "for the log", "read them: check_smtp_auth_health --tenant NAME",
               "when-the-monitor-is-blind-health", above=0)
UNPROVEN = plain("SmtpAuthUnproven", "unproven", "unknown",
                 "%s metrics that have a limit are not known exactly: their silence is no OK",
                 "see which and why: smtp_auth_report metrics --tenant NAME",
                 "when-the-monitor-is-blind-health", above=0)
NO_SNAPSHOT = plain("SmtpAuthNoSnapshot", "collect_ok", "unknown",
                    "no readable snapshot: nothing is known of this tenant",
                    "run smtp_auth_collect --tenant NAME as smtp-auth and read its line",
                    "when-the-monitor-is-blind-health", below=1)
NOT_WRITTEN = plain("SmtpAuthNotWritten", "report_time", "unknown",
                    "nobody has told its numbers for %s s: what is shown is old, or gone",
                    "is the timer that writes the file running, or collectd, and does the scrape "
                    "succeed? A tenant taken out of the configuration rings for 7 days: silence it",
                    "when-the-monitor-is-blind-health", above=SILENT)
ABSENT = plain("SmtpAuthAbsent", "report_time", "unknown",
               "no tenant is measured at all",
               "does the scrape reach node_exporter or collectd, and is the file written or the "
               "plugin loaded?", "when-the-monitor-is-blind-health")
