# SPDX-License-Identifier: MIT
"""What an operator or administrator does with Zabbix, through its web API (ZABBIX_URL; the
session is kept in the file ZABBIX_SESSION).

    import FILE            imports the templates; prints the answer
    compare FILE           what an import would change
    differences FILE       the same by name, where more than the order of a list changes
    macro TEMPLATE M V     sets a macro of a template
    host NAME TEMPLATE [--proxy P] MACRO=VALUE...
    proxy NAME             an active proxy
    hosts                  the hosts of the tenants
    numbers HOST           METRIC<TAB>VALUE of what the newest document told
    value HOST KEY         the newest value of an item
    empty HOST             keys of items that never had a value
    unsupported HOST       keys of items that are not supported, with the error
    problems HOST          severity<TAB>text of what the page of problems shows
    state HOST             the worst of them: 0 to 3 as a check's
    events [HOST]          how many problems there ever were, text by text
    guest                  lets anybody look at everything without a password
    dashboard HOST         the address of the host's dashboard
    alerts SCRIPT          sends everything of severity warning and above to a script
"""
import json
import os
import sys
import time
import urllib.request

STATES = {2: 1, 3: 3, 4: 2, 5: 2}
RANK = {0: 0, 3: 1, 1: 2, 2: 3}


def in_order(node):
    """The same with every list in one order."""
    if isinstance(node, dict):
        return {key: in_order(value) for key, value in node.items()}
    if isinstance(node, list):
        return sorted((in_order(value) for value in node), key=lambda value: json.dumps(value, sort_keys=True))
    return node


def differences(node):
    """Names of what differs before and after in an answer of configuration.importcompare."""
    if isinstance(node, list):
        for value in node:
            yield from differences(value)
    elif isinstance(node, dict):
        before, after = node.get("before", {}), node.get("after", {})
        if in_order(before) != in_order(after):
            yield (after or before).get("name", "?")
        for key, value in node.items():
            if key not in ("before", "after"):
                yield from differences(value)


class Zabbix:
    def __init__(self):
        self.url = os.environ["ZABBIX_URL"] + "/api_jsonrpc.php"
        self.token = None
        session = os.environ["ZABBIX_SESSION"]  # a login costs more than all else
        if not os.path.exists(session):
            version = self.call("apiinfo.version", {})
            token = self.call("user.login", {"username": "Admin", "password": "zabbix"})
            with open(session + ".new", "w") as file:
                json.dump([version, token], file)
            os.rename(session + ".new", session)
        with open(session) as file:
            version, self.token = json.load(file)
        self.version = tuple(int(n) for n in version.split(".")[:2])

    def call(self, method, params):
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        if self.token:
            body["auth"] = self.token
        request = urllib.request.Request(self.url, json.dumps(body).encode(),
                                         {"Content-Type": "application/json-rpc"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        result = json.loads(text)
        if "error" in result:
            raise SystemExit("%s: %s" % (method, result["error"]))
        return result["result"]

    def rules(self):
        both = {"createMissing": True, "updateExisting": True}
        every = dict(both, deleteMissing=True)
        rules = {key: every for key in ("items", "triggers", "discoveryRules", "valueMaps", "templateDashboards",
                                        "graphs", "httptests")}
        rules["templates"] = both
        rules["templateLinkage"] = {"createMissing": True, "deleteMissing": True}
        for key in ("groups",) if self.version < (6, 2) else ("host_groups", "template_groups"):
            rules[key] = both
        return rules

    def transfer(self, method, path):
        with open(path) as file:
            return self.call(method, {"format": "yaml", "source": file.read(), "rules": self.rules()})

    def host_id(self, name):
        found = self.call("host.get", {"filter": {"host": name}, "output": ["hostid"]})
        if not found:
            raise SystemExit("no host " + name)
        return found[0]["hostid"]

    def items(self, host, **more):
        return self.call("item.get", dict(
            {"hostids": self.host_id(host), "output": ["key_", "lastvalue", "lastclock", "state", "error"]}, **more))

    def numbers(self, host):
        items = [item for item in self.items(host) if item["key_"].startswith("smtp_auth.")]
        newest = max((int(item["lastclock"]) for item in items if item["key_"] == "smtp_auth.error"), default=0)
        for item in items:
            name = item["key_"][len("smtp_auth."):]
            if name in NAMES and newest > 0 and int(item["lastclock"]) >= newest - 1:
                yield name, item["lastvalue"]

    def triggers(self, host, **more):
        return self.call("trigger.get", dict(
            {"hostids": self.host_id(host), "output": ["description", "priority", "value", "state", "error"],
             "expandDescription": True}, **more))

    def shown(self, host):
        """As Monitoring, Problems: without those that depend on another problem."""
        shown = self.triggers(host, filter={"value": 1}, skipDependent=True, selectLastEvent=["name", "severity"])
        return [(int(t["lastEvent"]["severity"]), t["lastEvent"]["name"]) for t in shown if t["lastEvent"]]

    def state(self, host):
        return max((STATES.get(severity, 0) for severity, _ in self.shown(host)), key=RANK.get, default=0)


def metric_names():
    with open(os.path.join(os.environ["SAE_SRC"], "tests/vectors/metrics.tsv")) as file:
        return {line.split("\t")[0] for line in file if line[0] != "#"}


NAMES = metric_names()


def add_host(api, name, template, *more):
    more = list(more)
    host = {"host": name, "interfaces": [{"type": 1, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "",
                                          "port": "10050"}]}
    if more[:1] == ["--proxy"]:
        proxy = api.call("proxy.get", {"filter": {"host" if api.version < (7, 0) else "name": more[1]}})[0]["proxyid"]
        host.update({"proxy_hostid": proxy} if api.version < (7, 0) else {"monitored_by": 1, "proxyid": proxy})
        more = more[2:]
    group = api.call("hostgroup.get", {"filter": {"name": "SMTP AUTH"}})[0]["groupid"]
    found = api.call("template.get", {"filter": {"host": template}})[0]["templateid"]
    host.update(groups=[{"groupid": group}], templates=[{"templateid": found}],
                macros=[dict(zip(("macro", "value"), pair.split("=", 1))) for pair in more])
    api.call("host.create", host)


def set_macro(api, template, macro, value):
    found = api.call("template.get", {"filter": {"host": template}})[0]["templateid"]
    ids = api.call("usermacro.get", {"hostids": found, "filter": {"macro": macro}})
    api.call("usermacro.update", {"hostmacroid": ids[0]["hostmacroid"], "value": value})


def add_proxy(api, name):
    api.call("proxy.create", {"host": name, "status": 5} if api.version < (7, 0) else
             {"name": name, "operating_mode": 0})


def send_alerts(api, script):
    media = {"name": "script", "type": 1, "exec_path": script, "maxattempts": 1}
    if api.version < (6, 4):
        media["exec_params"] = "{ALERT.SUBJECT}\n"
    else:
        media["parameters"] = [{"sortorder": 0, "value": "{ALERT.SUBJECT}"}]
    media_id = api.call("mediatype.create", media)["mediatypeids"][0]
    api.call("user.update", {"userid": "1", "medias": [{"mediatypeid": media_id, "sendto": ["ops"], "active": 0,
                                                        "severity": 63, "period": "1-7,00:00-24:00"}]})
    send = {"operationtype": 0, "opmessage_usr": [{"userid": "1"}]}
    text = {"default_msg": 0, "mediatypeid": media_id, "message": "-"}
    api.call("action.create", {
        "name": "all", "eventsource": 0, "esc_period": "1h",
        "filter": {"evaltype": 0, "conditions": [{"conditiontype": 4, "operator": 5, "value": "2"}]},
        "operations": [dict(send, opmessage=dict(text, subject="PROBLEM {HOST.HOST} {EVENT.NAME}"))],
        "recovery_operations": [dict(send, opmessage=dict(text, subject="RESOLVED {HOST.HOST} {EVENT.NAME}"))]})


def admit_guest(api):
    guest = api.call("user.get", {"filter": {"username": "guest"}})[0]["userid"]
    guests = api.call("usergroup.get", {"filter": {"name": "Guests"}})[0]["usrgrpid"]
    admin = api.call("role.get", {"filter": {"name": "Super admin role"}})[0]["roleid"]
    api.call("user.update", {"userid": guest, "roleid": admin, "usrgrps": [{"usrgrpid": guests}]})


def dashboard(api, host):
    template = api.call("template.get", {"filter": {"host": "SMTP AUTH tenant"}})[0]["templateid"]
    found = api.call("templatedashboard.get", {"templateids": template})[0]["dashboardid"]
    return "zabbix.php?action=host.dashboard.view&hostid=%s&dashboardid=%s&from=now-2m&to=now&kiosk=1" % (
        api.host_id(host), found)


def main(command, *words):
    api = Zabbix()
    if command == "import":
        print(json.dumps(api.transfer("configuration.import", words[0])))
    elif command == "compare":
        print(json.dumps(api.transfer("configuration.importcompare", words[0])))
    elif command == "differences":
        print("\n".join(differences(api.transfer("configuration.importcompare", words[0]))))
    elif command == "macro":
        set_macro(api, *words)
    elif command == "host":
        add_host(api, *words)
    elif command == "proxy":
        add_proxy(api, *words)
    elif command == "hosts":
        found = api.call("host.get", {"output": ["host"], "search": {"host": "smtp-auth-"}, "startSearch": True})
        print("\n".join(sorted(host["host"] for host in found)))
    elif command == "numbers":
        for name, value in api.numbers(words[0]):
            print("%s\t%s" % (name, value))
    elif command == "value":
        print("".join(item["lastvalue"] for item in api.items(words[0], filter={"key_": words[1]})))
    elif command == "empty":
        print("\n".join(item["key_"] for item in api.items(words[0]) if item["lastclock"] == "0"))
    elif command == "unsupported":
        print("\n".join(item["key_"] + ": " + item["error"] for item in api.items(words[0]) if item["state"] == "1"))
    elif command == "problems":
        print("\n".join("%d\t%s" % problem for problem in api.shown(words[0])))
    elif command == "state":
        print(api.state(words[0]))
    elif command == "events":
        params = {"source": 0, "object": 0, "value": 1, "output": ["name"], "sortfield": "eventid"}
        if words:
            params["hostids"] = api.host_id(words[0])
        print("\n".join(event["name"] for event in api.call("event.get", params)))
    elif command == "guest":
        admit_guest(api)
    elif command == "dashboard":
        print(dashboard(api, words[0]))
    elif command == "alerts":
        send_alerts(api, words[0])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
