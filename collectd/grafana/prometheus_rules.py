# SPDX-License-Identifier: MIT
"""The rules of Prometheus: what collectd calls a number gets the name that smtp_auth_report
gives it, and what rings."""
import json

import metrics
import rules

EXTRAS = ["unproven", "notices"] + [
    row.name + "_max" for row in metrics.table().values() if row.warn == "max_age"]
# Of a tenant without a readable snapshot collectd's plugin goes on telling these.
BLIND = ["collect_ok", "unproven", "notices"] + [
    row.name for row in metrics.table().values() if row.warn == "max_age"]


def collectd(type_match, of="%s"):
    series = '{__name__=~"collectd_smtp_auth_.+",type%s}' % type_match
    return 'label_replace(%s, "tenant", "$1", "smtp_auth", "(.+)")' % (of % series)


def recording(name):
    expr = "max by (tenant, instance) (%s)" % collectd('="%s"' % name)
    if name == "notices":  # told by whoever could read the snapshot, as in the text file
        expr += " and on (tenant, instance) " + collectd('!~"%s"' % "|".join(BLIND))
    return name, expr


def recordings():
    """(name, expression) of the series as smtp_auth_report writes them."""
    pairs = [recording(name) for name in list(metrics.table()) + EXTRAS]
    written = collectd('="collect_ok"', "timestamp(%s)")
    return pairs + [("report_time", "max by (tenant, instance) (%s)" % written)]


def worst(alert, selector=""):
    """The number that is judged: of several sources that tell of a tenant the worst."""
    series = "smtp_auth_%s%s" % (alert.metric, selector)
    if alert.times:  # frozen in the file that was written: older by now
        series = "%s + (time() - smtp_auth_report_time%s)" % (series, selector)
    return "%s by (tenant) (%s)" % ("min" if alert.below is not None else "max", series)


def expression(alert):
    number = worst(alert)
    if alert is rules.ABSENT:
        return "absent(smtp_auth_report_time)"
    if alert is rules.NOT_WRITTEN:
        return "time() - max by (tenant) (max_over_time(smtp_auth_report_time[7d])) > %d" % alert.above
    if alert is rules.NO_SNAPSHOT:
        return number + " < 1 unless on (tenant) smtp_auth_notices"
    if alert.metric == "collect_ok":
        return number + " < 1 and on (tenant) smtp_auth_notices"
    if alert.times:
        own = "max by (tenant) (smtp_auth_%s_max)" % alert.metric
        usual = "max by (tenant) (smtp_auth_%s) * 0 + %d" % (alert.metric, rules.OWN_LIMIT)
        limit = "(%s or on (tenant) %s)" % (own, usual)
        return "%s > on (tenant) %s" % (number, limit + (" * 4" if alert.times == 4 else ""))
    if alert.below is not None:
        text = "%s < %g" % (number, alert.below)
    else:
        text = "%s > %g" % (number, alert.above)
    if alert.days:
        text += " and on (tenant) min by (tenant) (smtp_auth_retirement_left) <= %d" % alert.days
    return text


def yaml_alert(alert):
    tenant = "" if alert is rules.ABSENT else "{{ $labels.tenant }}: "
    summary = alert.summary.replace("%s", "{{ $value }}")
    lines = ["      - alert: " + alert.name,
             "        expr: " + json.dumps(expression(alert)),
             "        labels: {severity: %s, group: %s}" % (alert.severity, alert.group),
             "        annotations:",
             "          summary: " + json.dumps(tenant + summary),
             "          action: " + json.dumps(alert.action),
             "          runbook_url: " + json.dumps("%s#%s" % (rules.RUNBOOK, alert.runbook))]
    return lines


def text(made_by):
    alerts = rules.metric_alerts()
    lines = [made_by, "groups:",
             "  # The numbers of collectd's write_prometheus under the names that smtp_auth_report",
             "  # gives them, so that rules and dashboards are the same for both roads.",
             "  - name: smtp-auth-collectd", "    rules:"]
    for name, expr in recordings():
        lines += ["      - record: smtp_auth_" + name, "        expr: " + json.dumps(expr)]
    for group in dict.fromkeys(alert.group for alert in alerts):
        if group != "health":
            lines += ["  - name: smtp-auth-" + group, "    rules:"]
            for alert in alerts:
                lines += yaml_alert(alert) if alert.group == group else []
    lines += ["  - name: smtp-auth-health", "    rules:"]
    for alert in [a for a in alerts if a.group == "health"] + [
            rules.NOTICE, rules.UNPROVEN, rules.NO_SNAPSHOT, rules.NOT_WRITTEN, rules.ABSENT]:
        lines += yaml_alert(alert)
    return "\n".join(lines) + "\n"
