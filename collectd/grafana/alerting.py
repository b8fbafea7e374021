# SPDX-License-Identifier: MIT
"""Alert rules that Grafana judges itself, for one store: one query for each number (A, D), the
last value of each (B, E), and one condition (C)."""
import json

import rules

EXPRESSION = "__expr__"
HALF_HOUR, WEEK = 1800, 7 * 86400


def question(store, ref, metric, worst, seconds):
    model = {"refId": ref, "intervalMs": 60000, "maxDataPoints": 1000}
    model.update(store.judged(metric, worst))
    return {"refId": ref, "datasourceUid": "smtp-auth-" + store.name, "queryType": "",
            "relativeTimeRange": {"from": seconds, "to": 0}, "model": model}


def expression(ref, **model):
    model.update(refId=ref, datasource={"type": EXPRESSION, "uid": EXPRESSION})
    return {"refId": ref, "datasourceUid": EXPRESSION, "model": model,
            "relativeTimeRange": {"from": 0, "to": 0}}


def last(ref, of):
    return expression(ref, type="reduce", expression=of, reducer="last",
                      settings={"mode": "dropNN"})


def condition(store, alert):
    """(mathematics, the second number it needs)"""
    if alert is rules.NOT_WRITTEN:
        return ("$B > %d" % alert.above if store.name == "prometheus" else "$B < 1"), None
    if alert.metric == "collect_ok":  # else nothing stands any more, and "unproven" rings
        return "$B < 1 && $E == 0", "unproven"
    if alert.times:
        return "$B > %d" % (alert.times * rules.OWN_LIMIT), None
    if alert.below is not None:
        return "$B < %g" % alert.below, None
    if alert.days:
        return "$B > %g && $E <= %d" % (alert.above, alert.days), "retirement_left"
    return "$B > %g" % alert.above, None


def build(store, alert):
    math, second = condition(store, alert)
    weekly = alert is rules.NOT_WRITTEN and store.name != "prometheus"
    span = WEEK if weekly else HALF_HOUR
    data = [question(store, "A", alert.metric, "min" if alert.below is not None else "max", span),
            last("B", "A")]
    if second:
        data += [question(store, "D", second, "max", span), last("E", "D")]
    data.append(expression("C", type="math", expression=math))
    tenant = "{{ %s }}: " % ("$labels.tenant" if store.name == "prometheus" else "$labels.instance"
                             if store.name == "influxdb" else "$labels.name")
    summary = alert.summary.replace("%s", "{{ $values.B.Value }}")
    if alert.times and store.name != "prometheus":
        summary = summary.replace("the limit of the tenant", "%d s" % rules.OWN_LIMIT)
    if weekly:
        summary = "nobody has told its numbers for a quarter of an hour: what is shown is old"
    return {"uid": "-".join(("smtp-auth", store.name[:4], alert.severity[:4], alert.metric)),
            "title": "%s (%s)" % (alert.name, alert.severity), "condition": "C", "data": data,
            "for": "15m" if weekly else "0s",
            "noDataState": "Alerting" if alert in (rules.NOT_WRITTEN, rules.UNPROVEN) else "OK",
            "execErrState": "Error",
            "labels": {"severity": alert.severity, "group": alert.group},
            "annotations": {"summary": tenant + summary, "action": alert.action,
                            "runbook_url": "%s#%s" % (rules.RUNBOOK, alert.runbook)},
            "isPaused": False}


def all_alerts():
    return rules.metric_alerts() + [rules.NOTICE, rules.UNPROVEN, rules.NOT_WRITTEN]


def text(store, made_by):
    lines = [made_by, "apiVersion: 1", "groups:", "  - orgId: 1", "    name: smtp-auth-" + store.name,
             "    folder: SMTP AUTH", "    interval: 1m", "    rules:"]
    for alert in all_alerts():
        built = build(store, alert)
        lines.append("      - uid: " + json.dumps(built.pop("uid")))
        for key, value in built.items():
            if key == "data":
                lines.append("        data:")
                lines += ["          - " + json.dumps(item) for item in value]
            else:
                lines.append("        %s: %s" % (key, json.dumps(value)))
    return "\n".join(lines) + "\n"
