#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes dashboards, provisioning and rules from the tables of panels and metrics.

    generate.py        into this source tree
    generate.py DIR    into another directory of the same layout (to compare)
"""
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../shared/measure")]
import alerting  # noqa: E402
import dashboard  # noqa: E402
import prometheus_rules  # noqa: E402
import stores  # noqa: E402
from metrics import TOP  # noqa: E402

MADE_BY = "# SPDX-License-Identifier: MIT\n# Made by collectd/grafana/generate.py, do not edit."
HOSTS = {"prometheus": "http://127.0.0.1:9090", "influxdb": "http://127.0.0.1:8086",
         "graphite": "http://127.0.0.1:8080"}


def data_source(store):
    lines = ["  - uid: smtp-auth-" + store.name, "    name: SMTP AUTH (%s)" % store.title,
             "    type: " + store.source, "    access: proxy", "    url: " + HOSTS[store.name]]
    if store.name == "prometheus":
        lines += ["    jsonData: {timeInterval: 1m, httpMethod: POST}"]
    elif store.name == "influxdb":
        lines += ["    jsonData: {dbName: collectd, httpMode: GET, timeInterval: 1m}"]
    else:
        lines += ["    jsonData: {graphiteVersion: '1.1', graphiteType: default}"]
    return "\n".join([MADE_BY, "apiVersion: 1", "datasources:"] + lines) + "\n"


def provider():
    return "\n".join([
        MADE_BY, "apiVersion: 1", "providers:", "  - name: smtp-auth", "    folder: SMTP AUTH",
        "    type: file", "    disableDeletion: false", "    allowUiUpdates: false",
        "    updateIntervalSeconds: 60",
        "    options: {path: /var/lib/grafana/dashboards/smtp-auth}"]) + "\n"


def files():
    """Path below collectd/ -> contents."""
    made = {"prometheus/smtp-auth.rules.yml": prometheus_rules.text(MADE_BY),
            "grafana/provisioning/dashboards/smtp-auth.yaml": provider()}
    for store in stores.STORES:
        built = dashboard.build(store)
        made["grafana/%s.json" % store.name] = json.dumps(built, indent=1) + "\n"
        where = "grafana/provisioning/%s/smtp-auth-" + store.name + ".yaml"
        made[where % "datasources"] = data_source(store)
        made[where % "alerting"] = alerting.text(store, MADE_BY)
    return made


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(TOP, "collectd")
    for path, contents in files().items():
        path = os.path.join(top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(contents)


if __name__ == "__main__":
    main()
