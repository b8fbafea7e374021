# SPDX-License-Identifier: MIT
"""How each store is asked: for a panel, for the list of tenants, for flips of the switch, and for
what Grafana judges itself. The names in InfluxDB and Graphite are those that collectd makes."""
import metrics
import prometheus_rules
import rules


class Prometheus:
    name, title, source = "prometheus", "Prometheus", "prometheus"
    all_tenants = ".+"
    tenants = {"query": "label_values(smtp_auth_collect_ok, tenant)", "refId": "tenants"}
    # What was written too long ago is not shown as if it were of now.
    fresh = " and on (tenant, instance) (smtp_auth_report_time > time() - %d)" % rules.SILENT

    def series(self, metric):
        text = 'smtp_auth_%s{tenant=~"$tenant"}' % metric
        if metric in ("data_age", "posture_age"):
            return "max by (tenant) (%s + (time() - smtp_auth_report_time))" % text
        return "max by (tenant) (%s%s)" % (text, self.fresh)

    def target(self, metric, legend, now):
        return {"expr": self.series(metric), "legendFormat": legend % "{{tenant}}", "interval": "1m",
                "instant": now, "range": not now, "format": "time_series", "editorMode": "code"}

    def flips(self):
        return {"expr": "changes(smtp_auth_tenant_enabled{tenant=~\"$tenant\"}[2m]) > 0",
                "titleFormat": "tenant switch of {{tenant}} changed", "step": "60s"}

    def judged(self, metric, worst):
        if metric == "report_time":
            return {"expr": "time() - max by (tenant) (max_over_time(smtp_auth_report_time[7d]))",
                    "instant": True}
        alert = rules.NOTICE._replace(metric=metric, below=1 if worst == "min" else None,
                                      times=1 if metric.endswith("_age") else None)
        return {"expr": prometheus_rules.worst(alert), "instant": True}


class Influx:
    name, title, source = "influxdb", "InfluxDB", "influxdb"
    all_tenants = ".*"
    tenants = 'SHOW TAG VALUES FROM "smtp_auth_value" WITH KEY = "instance"'

    def series(self, what, metric, time="", fill="null"):
        unit = "seconds" if metrics.kind_of(metric) == "seconds" else "value"
        return ('SELECT %s("value") FROM "smtp_auth_%s" WHERE "type_instance" = \'%s\''
                ' AND "instance" =~ /^$tenant$/ AND $timeFilter GROUP BY %s"instance" fill(%s)'
                % (what, unit, metric, time, fill))

    def target(self, metric, legend, _now):
        return {"query": self.series("max", metric, "time($__interval), "),
                "alias": legend % "$tag_instance", "rawQuery": True, "resultFormat": "time_series"}

    def flips(self):
        inner = ('SELECT difference("value") AS "change" FROM "smtp_auth_value" WHERE '
                 '"type_instance" = \'tenant_enabled\' AND "instance" =~ /^$tenant$/ AND '
                 '$timeFilter GROUP BY "instance"')
        return {"query": 'SELECT "change" FROM (%s) WHERE "change" != 0 GROUP BY "instance"' % inner,
                "titleColumn": "", "textColumn": "change", "tagsColumn": "instance"}

    def judged(self, metric, _worst):
        if metric == "report_time":  # how often it was told in a quarter of an hour
            query = self.series("count", "unproven", "time(15m), ", "0")
        else:
            query = self.series("last", metric)
        return {"query": query.replace(' AND "instance" =~ /^$tenant$/', ""), "rawQuery": True,
                "resultFormat": "time_series", "alias": "$tag_instance"}


class Graphite:
    name, title, source = "graphite", "Graphite", "graphite"
    all_tenants = "*"
    tenants = "collectd.*.smtp_auth.*"

    def series(self, metric, tenant, how="max"):
        return "groupByNode(collectd.*.smtp_auth.%s.*.%s, 3, '%s')" % (tenant, metric, how)

    def target(self, metric, legend, _now):
        text = self.series(metric, "$tenant")
        if legend != "%s":
            text = "aliasSub(%s, '$', '%s')" % (text, legend % "")
        return {"target": text, "textEditor": True}

    def flips(self):
        return {"target": "removeBelowValue(absolute(derivative(%s)), 1)"
                % self.series("tenant_enabled", "$tenant"), "textEditor": True}

    def judged(self, metric, worst):
        if metric == "report_time":
            text = "summarize(isNonNull(%s), '15min', 'sum')" % self.series("unproven", "*")
        else:
            text = self.series(metric, "*", worst)
        return {"target": text, "textEditor": True}


STORES = [Prometheus(), Influx(), Graphite()]
