# SPDX-License-Identifier: MIT
"""Rules for dashboards and provisioning of Grafana. Prints every breach.

    dashboards.py GRAFANA VECTORS

The rules of grafana/dashboard-linter, as far as they fit numbers that are no counters, and ours:
nothing is bound to one installation, every metric has a panel, every number says what it means.
"""
import json
import os
import re
import sys

import yaml

STORES = {"prometheus": "expr", "influxdb": "query", "graphite": "target"}
UNITS = {"short", "s", "suffix: d", "bool_on_off"}


def walk(node):
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from walk(child)


def head(board, store):
    if board["uid"] != "smtp-auth-" + store or len(board["uid"]) > 40:
        yield "uid is " + board["uid"]
    if board["id"] is not None or board["editable"] is not False:
        yield "has an id, or can be edited although it is provisioned"
    if not board["title"] or not board["description"] or "smtp-auth" not in board["tags"]:
        yield "title, description or tag is missing"
    if board["schemaVersion"] < 36 or "__inputs" in board or "__requires" in board:
        yield "is old, or made for the import dialog only"
    if not board["annotations"]["list"]:
        yield "flips of the switch are not marked"


def variables(board, store):
    by_name = {v["name"]: v for v in board["templating"]["list"]}
    if sorted(by_name) != ["datasource", "tenant"]:
        yield "variables are %s" % sorted(by_name)
    if by_name["datasource"]["query"] != store or by_name["datasource"]["label"] != "Data source":
        yield "the data source cannot be chosen"
    tenant = by_name["tenant"]
    if not (tenant["multi"] and tenant["includeAll"] and tenant["allValue"]) or tenant["refresh"] != 2:
        yield "tenants cannot be chosen, or new ones are not seen"


def sources(board, store):
    for node in walk(board):
        if "datasource" in node and node["datasource"] != {"type": store, "uid": "${datasource}"}:
            yield "a data source is fixed: %s" % node["datasource"]
    for text in re.findall(r"https?://[^\" ]+|localhost|127\.0\.0\.1", json.dumps(board)):
        yield "is bound to " + text


def panel_breaches(panel, store):
    defaults = panel["fieldConfig"]["defaults"]
    if not panel["title"] or len(panel["description"]) < 20:
        yield "no title or no description"
    if defaults.get("unit") not in UNITS:
        yield "unit %s" % defaults.get("unit")
    if not panel["targets"] or "datasource" not in panel:
        yield "nothing is asked"
    if panel.get("interval") != "1m":
        yield "no least interval: finer than the numbers come"
    if "noValue" not in defaults or defaults.get("custom", {}).get("spanNulls", False):
        yield "what is not known is not said, or bridged"
    if panel["type"] == "stat" and panel.get("timeFrom") != "15m":
        yield "an old number is shown as if it were of now"
    if panel["type"] not in ("stat", "timeseries", "state-timeline"):
        yield "type " + panel["type"]
    for target in panel["targets"]:
        text = target.get(STORES[store], "")
        if "$tenant" not in text or "datasource" not in target or not target["refId"]:
            yield "asks without $tenant or data source: " + text
        if store == "prometheus" and "report_time" not in text:
            yield "shows a number that nobody writes any more: " + text


def layout(board):
    used = set()
    for panel in board["panels"]:
        pos = panel["gridPos"]
        if pos["x"] + pos["w"] > 24:
            yield "panel %s is beyond the right edge" % panel["title"]
        for x in range(pos["x"], pos["x"] + pos["w"]):
            for y in range(pos["y"], pos["y"] + pos["h"]):
                if (x, y) in used:
                    yield "panel %s lies on another" % panel["title"]
                    return
                used.add((x, y))
    if len({p["id"] for p in board["panels"]}) != len(board["panels"]):
        yield "two panels have one id"
    if len({p["title"] for p in board["panels"]}) != len(board["panels"]):
        yield "two panels have one title"


def dashboard(path, store, metrics):
    with open(path) as file:
        board = json.load(file)
    for rule in (head(board, store), variables(board, store), sources(board, store), layout(board)):
        yield from rule
    for panel in board["panels"]:
        for breach in panel_breaches(panel, store):
            yield "panel %s: %s" % (panel["title"], breach)
    asked = json.dumps([p["targets"] for p in board["panels"]])
    for metric in metrics:
        if not re.search(r"(smtp_auth_|[.'])%s\b" % metric, asked):
            yield "no panel shows " + metric


def alerting(path, store, metrics):
    with open(path) as file:
        rules = yaml.safe_load(file)["groups"][0]["rules"]
    uids = [rule["uid"] for rule in rules]
    if len(set(uids)) != len(uids) or max(map(len, uids)) > 40:
        yield "a uid twice, or too long"
    for rule in rules:
        refs = [item["refId"] for item in rule["data"]]
        said = rule["annotations"]
        if rule["condition"] not in refs or len(set(refs)) != len(refs):
            yield rule["title"] + ": its condition is not there"
        if rule["labels"]["severity"] not in ("warning", "critical", "unknown"):
            yield rule["title"] + ": severity"
        if not (said["summary"] and said["action"] and "#" in said["runbook_url"]):
            yield rule["title"] + ": what, what to do or where to read is missing"
        for item in rule["data"]:
            if item["datasourceUid"] not in ("smtp-auth-" + store, "__expr__"):
                yield rule["title"] + ": another data source"
            if re.search(r"\$(tenant|datasource)", json.dumps(item)):
                yield rule["title"] + ": variables of a dashboard do not exist here"
    for name, severity in metrics:
        if not any(uid.endswith("-%s-%s" % (severity[:4], name)) for uid in uids):
            yield "no %s of %s" % (severity, name)


def data_source(path, store):
    with open(path) as file:
        (source,) = yaml.safe_load(file)["datasources"]
    if source["uid"] != "smtp-auth-" + store or source["type"] != store:
        yield "the rules look for another uid"


def main():
    grafana, vectors = sys.argv[1:]
    metrics, limits, count = [], [], 0
    with open(vectors) as file:
        for line in file:
            if not line.startswith("#"):
                name, _, warn, crit = line.rstrip("\n").split("\t")
                metrics.append(name)
                limits += [(name, s) for s, text in (("warning", warn), ("critical", crit)) if text != "-"]
    provisioning = os.path.join(grafana, "provisioning/%s/smtp-auth-%s.yaml")
    for store in STORES:
        for path, breaches in (
                (store + ".json", dashboard(os.path.join(grafana, store + ".json"), store, metrics)),
                ("alerting, " + store, alerting(provisioning % ("alerting", store), store, limits)),
                ("data source, " + store, data_source(provisioning % ("datasources", store), store))):
            for breach in breaches:
                print("%s: %s" % (path, breach))
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
