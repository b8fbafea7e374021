# SPDX-License-Identifier: MIT
"""Asks Prometheus, InfluxDB and Graphite as Grafana would.

    metrics.py serve PORT FILE                 FILE over HTTP: /text as node_exporter tells it, /open as
                                               OpenMetrics
    metrics.py numbers STORE URL TENANT        METRIC<TAB>VALUE as that store has it
    metrics.py panels STORE URL JSON DIR       runs each query of the dashboard for all tenants and for one,
                                               compares with DIR/numbers.TENANT; prints what differs
    metrics.py draw URL JSON SECONDS           a page with the dashboard and what Prometheus has of that time
    metrics.py states STORE URL YAML           TENANT STATE by Grafana's provisioned rules, 0 to 3
"""
import http.server
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request

EXTRA = ("unproven", "notices", "report_time", "lower_bound", "data_age_max", "posture_age_max")
AGES = ("data_age", "posture_age", "log_lag")
STATES = {"unknown": 1, "warning": 2, "critical": 3}
NAGIOS = {0: 0, 1: 3, 2: 1, 3: 2}


def ask(url, path, **parameters):
    with urllib.request.urlopen(url + path + "?" + urllib.parse.urlencode(parameters), timeout=20) as answer:
        return json.load(answer)


def serve(port, path):
    kinds = {"/text": "text/plain; version=0.0.4; charset=utf-8",
             "/open": "application/openmetrics-text; version=1.0.0; charset=utf-8"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open(path, "rb") as file:
                body = file.read()
            self.send_response(200)
            self.send_header("Content-Type", kinds[self.path])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


# ---- a query -> {tenant: last number} ------------------------------------------------------

def prometheus(url, model, tenant):
    expr = model["expr"].replace("$tenant", tenant).replace("$__interval", "10s")
    return {row["metric"].get("tenant", ""): float(row["value"][1])
            for row in ask(url, "/api/v1/query", query=expr)["data"]["result"]}


def influxdb(url, model, tenant):
    query = model["query"].replace("$tenant", tenant).replace("$__interval", "5s")
    query = query.replace("$timeFilter", "time > now() - 20s")
    answer = ask(url, "/query", db="collectd", q=query, epoch="s")
    if "error" in answer["results"][0]:
        raise SystemExit("%s: %s" % (query, answer["results"][0]["error"]))
    found = {}
    for series in answer["results"][0].get("series", []):
        known = [row[1] for row in series["values"] if row[1] is not None]
        if known:
            found[series["tags"]["instance"]] = known[-1]
    return found


def graphite(url, model, tenant):
    target = model["target"].replace("$tenant", tenant)
    found = {}
    for series in ask(url, "/render", target=target, format="json", **{"from": "-20s"}):
        known = [point[0] for point in series["datapoints"] if point[0] is not None]
        if known:
            found[series["target"].split(" ")[0]] = known[-1]
    return found


STORES = {"prometheus": prometheus, "influxdb": influxdb, "graphite": graphite}


def numbers(store, url, tenant):
    found = {}
    if store == "prometheus":
        query = '{__name__=~"smtp_auth_.+",tenant="%s"}' % tenant
        for row in ask(url, "/api/v1/query", query=query)["data"]["result"]:
            found[row["metric"]["__name__"][len("smtp_auth_"):]] = row["value"][1]
    elif store == "influxdb":
        query = ('SELECT last("value") FROM /^smtp_auth_/ WHERE "instance" = \'%s\' AND time > now() - 10s'
                 ' GROUP BY "type_instance"' % tenant)
        for series in ask(url, "/query", db="collectd", q=query)["results"][0].get("series", []):
            found[series["tags"]["type_instance"]] = series["values"][-1][1]
    else:
        target = "collectd.*.smtp_auth.%s.*.*" % tenant
        for series in ask(url, "/render", target=target, format="json", **{"from": "-10s"}):
            known = [point[0] for point in series["datapoints"] if point[0] is not None]
            if known:
                found[series["target"].rsplit(".", 1)[1]] = known[-1]
    for name in sorted(found):
        if name not in EXTRA:
            print("%s\t%s" % (name, found[name]))


# ---- panels ------------------------------------------------------------------------------

def truth_of(folder):
    """tenant -> metric -> number"""
    truth = {}
    for name in os.listdir(folder):
        if name.startswith("numbers."):
            with open(os.path.join(folder, name)) as file:
                truth[name[len("numbers."):]] = {
                    line.split("\t")[0]: float(line.split("\t")[1]) for line in file}
    return truth


def differences(metric, told, truth, tenants):
    for tenant in tenants:
        true = truth[tenant].get(metric)
        if (true is None) != (tenant not in told):
            yield "%s of %s is %s, but should be %s" % (metric, tenant, told.get(tenant), true)
        elif true is not None and abs(told[tenant] - true) > (120 if metric in AGES else 1e-6):
            yield "%s of %s is %s, but should be %s" % (metric, tenant, told[tenant], true)


def panels(store, url, path, folder):
    sys.path.insert(0, os.path.join(os.environ["SAE_SRC"], "collectd/grafana"))
    from panels import PANELS
    truth = truth_of(folder)
    one = sorted(truth)[0]
    with open(path) as file:
        dashboard = json.load(file)
    every = next(v["allValue"] for v in dashboard["templating"]["list"] if v["name"] == "tenant")
    count = 0
    for panel, row in zip(dashboard["panels"], PANELS):
        choices = [([one], one), (sorted(truth), every)]  # of one: the first query is proof enough
        for target, metric in zip(panel["targets"], row.metrics):
            for tenants, variable in choices:
                told = STORES[store](url, target, variable)
                count += 1
                for difference in differences(metric, told, truth, tenants):
                    print("%s: panel %s: %s" % (store, panel["title"], difference))
                if variable == one and set(told) - {one}:
                    print("%s: panel %s: asked for %s, got %s" % (store, panel["title"], one, sorted(told)))
            choices = choices[-1:]
    print("%d queries of the %s dashboard" % (count, store), file=sys.stderr)


# ---- what Grafana would judge -------------------------------------------------------------

def holds(mathematics, values):
    def comparison(text):
        ref, sign, number = re.match(r"\$(\w) (>|<|==|<=) (\S+)$", text).groups()
        value, number = values[ref], float(number)
        return {">": value > number, "<": value < number, "==": value == number, "<=": value <= number}[sign]
    return all(comparison(part) for part in mathematics.split(" && "))


def states(store, url, path):
    import yaml
    with open(path) as file:
        group = yaml.load(file, Loader=yaml.CSafeLoader)["groups"][0]
    worst = {}
    for rule in group["rules"]:
        series, mathematics = {}, ""
        for item in rule["data"]:
            model = item["model"]
            if model.get("type") == "math":
                mathematics = model["expression"]
            elif model.get("type") == "reduce":
                series[item["refId"]] = series[model["expression"]]
            else:
                series[item["refId"]] = STORES[store](url, model, ".*")
        used = re.findall(r"\$(\w)", mathematics)
        for tenant in set.intersection(*(set(series[ref]) for ref in used)):
            state = 0
            if holds(mathematics, {ref: series[ref][tenant] for ref in used}) and rule["for"] == "0s":
                state = STATES[rule["labels"]["severity"]]
            worst[tenant] = max(worst.get(tenant, 0), state)
    for tenant in worst:
        print(tenant, NAGIOS[worst[tenant]])


def draw(url, path, seconds):
    with open(path) as file:
        dashboard = json.load(file)
    end = time.time()
    start, data = end - float(seconds), {}
    for panel in dashboard["panels"]:
        data[panel["id"]] = []
        for target in panel["targets"]:
            expr = target["expr"].replace("$tenant", ".+")
            answer = ask(url, "/api/v1/query_range", query=expr, start=start, end=end, step=1)
            for row in answer["data"]["result"]:
                name = target["legendFormat"].replace("{{tenant}}", row["metric"]["tenant"])
                data[panel["id"]].append({"name": name, "points": [
                    [at * 1000, float(value)] for at, value in row["values"]]})
    panels = {"dashboard": dashboard, "data": data, "from": start * 1000, "to": end * 1000}
    print('<!doctype html><meta charset=utf-8><link rel=stylesheet href=bundle.css>'
          '<body style="margin:0;background:#111217"><div id=root></div><script>'
          'window.process={env:{NODE_ENV:"production"}};window.__PANELS__=%s</script>'
          '<script src=bundle.js></script>' % json.dumps(panels))


COMMANDS = {"draw": draw, "serve": serve, "numbers": numbers, "panels": panels, "states": states}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
