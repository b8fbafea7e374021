# SPDX-License-Identifier: MIT
"""Writes the Zabbix template, smtp_auth_zabbix.yaml, to standard output.

    python3 zabbix/template.py >zabbix/smtp_auth_zabbix.yaml

Names, meanings and limits come from the one table of metrics (shared/measure/metrics.c), what to
do next from docs/runbook.md. UUIDs are derived from names, so that they never change. The format
is that of Zabbix 6.0, which newer servers import, too.
"""
import re
import sys

sys.dont_write_bytecode = True
from table import first_steps, metrics, uuid, yaml  # noqa: E402

ONE = "SMTP AUTH tenant"
ALL = "SMTP AUTH tenants"
GROUP = "SMTP AUTH"
APPLICATIONS = {"uuid": "a571c0d144b14fd4a87a9d9b2aa9fcd6", "name": "Templates/Applications"}
RUNBOOK = "/smtp-auth/runbook.md"
MASTER = 'smtp_auth_zabbix["{$SMTP_AUTH.TENANT}","--config","{$SMTP_AUTH.CONFIG}"]'
LIST = 'smtp_auth_zabbix["--discover","--config","{$SMTP_AUTH.CONFIG}"]'
SEVERITY = {"WARN": "WARNING", "CRIT": "HIGH"}
UNITS = {"SECONDS": "s", "DAYS": "!days", "RATE": "!/h"}
CONFIG_MACRO = {"macro": "{$SMTP_AUTH.CONFIG}", "value": "/etc/smtp-auth/smtp-auth.conf",
                "description": "The configuration, on the machine where the external check runs."}


METRICS = metrics()
STEPS = first_steps()


# ---- items -----------------------------------------------------------------------------


def tags(**values):
    return [{"tag": tag, "value": value} for tag, value in sorted(values.items())]


def jsonpath(path, otherwise=None):
    step = {"type": "JSONPATH", "parameters": [path], "error_handler": "DISCARD_VALUE"}
    if otherwise is not None:
        step.update(error_handler="CUSTOM_VALUE", error_handler_params=otherwise)
    return step


def dependent(host, key, name, path, about, component, kind=None, **more):
    item = {"uuid": uuid(host, key), "name": name, "type": "DEPENDENT", "key": key, "delay": "0",
            "description": about, "tags": tags(component=component),
            "preprocessing": [path if isinstance(path, dict) else jsonpath(path)],
            "master_item": {"key": MASTER if host == ONE else LIST}}
    if kind in ("FLOAT", "TEXT"):
        item["value_type"] = kind
    if kind == "TEXT":
        item.update(trends="0", history="7d")
    item.update(more)
    return item


def external(host, key, name, delay, about):
    return {"uuid": uuid(host, "master"), "name": name, "type": "EXTERNAL", "key": key, "delay": delay,
            "history": "1h", "trends": "0", "value_type": "TEXT", "description": about,
            "tags": tags(component="raw")}


def metric_item(metric):
    more = {}
    if metric.kind in UNITS:
        more["units"] = UNITS[metric.kind]
    if metric.kind == "BOOL":
        more["valuemap"] = {"name": "SMTP AUTH yes or no"}
    about = metric.help[0].upper() + metric.help[1:] + "."
    if not metric.limits:
        about += " No built-in limit."
    return dependent(ONE, "smtp_auth." + metric.name, "SMTP AUTH: " + metric.name, "$.metrics." + metric.name,
                     about + "\nNo value means not known, never 0.", metric.group,
                     "FLOAT" if metric.kind in UNITS else None, **more)


ERROR_TEXT = "smtp_auth_zabbix gave no document: is it among the external scripts, and complete?"


def tenant_items():
    items = [external(ONE, MASTER, "SMTP AUTH: document", "{$SMTP_AUTH.INTERVAL}",
                      "What smtp_auth_zabbix tells of the tenant, as JSON. All other items take their part of it.")]
    items += [metric_item(metric) for metric in METRICS]
    items += [
        dependent(ONE, "smtp_auth.error", "SMTP AUTH: error", jsonpath("$.error", ERROR_TEXT),
                  "Why nothing is known of the tenant; empty if all is well.", "health", "TEXT"),
        dependent(ONE, "smtp_auth.time", "SMTP AUTH: time of the snapshot", "$.time",
                  "When the run began whose numbers these are.", "health", units="unixtime"),
        dependent(ONE, "smtp_auth.unproven", "SMTP AUTH: unproven", "$.unproven",
                  "Metrics with a limit that are not known exactly: they may be an alarm, they are never OK.",
                  "health", "TEXT"),
        dependent(ONE, "smtp_auth.unproven.count", "SMTP AUTH: unproven, how many", "$.unproven_count",
                  "How many metrics with a limit are not known exactly.", "health"),
        dependent(ONE, "smtp_auth.unproven.text", "SMTP AUTH: unproven, why", "$.unproven_text",
                  "Those whose data is not simply too old, and why.", "health", "TEXT"),
        dependent(ONE, "smtp_auth.unjudged", "SMTP AUTH: not judged", "$.unjudged",
                  "Metrics whose limit does not hold for this tenant today: no allow list, sign-ins off, "
                  "retirement far away.", "health", "TEXT"),
        dependent(ONE, "smtp_auth.notices", "SMTP AUTH: notices", "$.notices",
                  "What is a warning without being a number, as a JSON array.", "health", "TEXT"),
        dependent(ONE, "smtp_auth.findings.count", "SMTP AUTH: findings, how many", "$.findings.length()",
                  "Open findings that are listed; accepted ones do not count.", "findings"),
        dependent(ONE, "smtp_auth.findings.more", "SMTP AUTH: findings, not listed", "$.more.findings",
                  "Findings beyond those that the snapshot has room for.", "findings"),
    ]
    for what, words, _, _ in AGES:
        items.append(dependent(
            ONE, "smtp_auth.overdue[%s]" % what, "SMTP AUTH: overdue, %s" % words, "$.overdue." + what,
            "How many times the age that the tenant's configuration allows; 0 if young enough. No value where all "
            "data is too old and this is not about all.", "health", "FLOAT"))
    return items


# ---- triggers --------------------------------------------------------------------------


def macro(metric, level, more=""):
    return "{$SMTP_AUTH.%s.%s%s}" % (metric.name.upper(), level, more)


def last(key):
    return "last(/%s/smtp_auth.%s)" % (ONE, key)


def lists(key, name, yes):
    return 'find(/%s/smtp_auth.%s,,"like","\\"%s\\"")=%d' % (ONE, key, name, yes)


def trigger(host, name, expression, priority, event, about, depends=(), **more):
    made = {"uuid": uuid(host, "trigger", name), "expression": expression, "name": name,
            "event_name": event, "priority": priority, "description": about}
    made.update({key: more[key] for key in ("recovery_mode", "recovery_expression", "opdata", "url") if key in more})
    if more.get("manual_close"):
        made["manual_close"] = "YES"
    made["dependencies"] = [{key: on[key] for key in ("name", "expression", "recovery_expression") if key in on}
                            for on in sorted(depends, key=lambda on: (on["name"], on["expression"]))]
    made["tags"] = more["tags"]
    return made


def availability(name, expression, priority, event, about, depends=(), host=ONE):
    return trigger(host, "SMTP AUTH: " + name, expression, priority, "SMTP AUTH: " + event, about, depends,
                   tags=tags(component="health", scope="availability"), url="{$SMTP_AUTH.RUNBOOK}#data_age")


def answer_triggers(host, key, nobody, failed):
    """Nobody answers, or the answer is that nothing is known."""
    silent = availability("no answer", "nodata(/%s/%s,{$SMTP_AUTH.NODATA})=1" % (host, key), "AVERAGE",
                          nobody, "No document for {$SMTP_AUTH.NODATA}. Numbers and problems of before say nothing "
                          "about now.", host=host)
    error = availability("error", "length(last(/%s/%s))>0" % (host, key), "AVERAGE", failed,
                         "The text says what is wrong and what to do.", [silent], host=host)
    return [silent, error]


BY_HAND = "collect by hand and read what it says: smtp_auth_collect --tenant {$SMTP_AUTH.TENANT}"
AGES = (("all", "all data", "DATA_AGE", "is the collector running? See smtp_auth_report runs"),
        ("signins", "sign-ins", "DATA_AGE", BY_HAND),
        ("posture", "switch and mailboxes", "POSTURE_AGE", BY_HAND))


def age_triggers(error):
    """One problem whatever is too old: everything, or the sign-ins alone, or the posture alone."""
    made = {}
    for what, words, age, step in AGES:
        for level, far in (("CRIT", "far too old"), ("WARN", "too old")):
            worse = made[(what, "CRIT")] if level == "WARN" else error if what == "all" else made[("all", "WARN")]
            bound = "{$SMTP_AUTH.%s.%s}" % (age, level)
            made[(what, level)] = availability(
                "%s %s" % (words, far), "%s>%s" % (last("overdue[%s]" % what), bound), SEVERITY[level],
                "%s %s ({{ITEM.LASTVALUE1}.fmtnum(1)} times the allowed age), numbers that rest on them are not known: %s" %
                (words, far, step),
                "Older than %s times what the tenant's configuration allows (max_age, posture_max_age)." % bound,
                [worse])
    return made


def limit_expression(metric, level, limit):
    key, bound = last(metric.name), macro(metric, level)
    if limit.endswith(":"):  # a lower bound proves nothing where less is worse
        parts = ["%s<%s" % (key, bound), lists("unproven", metric.name, False)]
    else:
        parts = ["%s>%s" % (key, bound)]
    if metric.days[level]:
        parts.append("%s<=%s" % (last("retirement_left"), macro(metric, level, ".DAYS")))
    return " and ".join(parts + [lists("unjudged", metric.name, False)])


def metric_triggers(metric, above):
    """CRIT first: WARN hides behind it. A problem ends when the number is proven to be fine."""
    made = []
    for level in ("CRIT", "WARN"):
        if level not in metric.limits:
            continue
        words = "critical limit" if level == "CRIT" else "limit"
        step = STEPS[metric.name]
        made.append(trigger(
            ONE, "SMTP AUTH: %s beyond its %s" % (metric.name, words),
            limit_expression(metric, level, metric.limits[level]), SEVERITY[level],
            "SMTP AUTH: %s is {ITEM.LASTVALUE1}, %s %s: %s" % (metric.name, words, macro(metric, level), step),
            "%s.\nNow: %s\nThe problem ends when the number is known to be within the limit. Close it by hand only "
            "if the number will never be known again." % (metric.help, step),
            made[-1:] or above, recovery_mode="RECOVERY_EXPRESSION",
            recovery_expression=lists("unproven", metric.name, False), opdata="Now: {ITEM.LASTVALUE1}",
            url="{$SMTP_AUTH.RUNBOOK}#" + metric.name, manual_close=True,
            tags=tags(component=metric.group, metric=metric.name,
                      scope="availability" if metric.group == "health" else "security")))
    return made


def tenant_triggers():
    answers = answer_triggers(
        ONE, "smtp_auth.error", "no answer from smtp_auth_zabbix: is it among the external scripts of this server or "
        "proxy, and is the proxy running?", "nothing is known of the tenant: {ITEM.LASTVALUE1}")
    ages = age_triggers(answers[1])
    rests_on = {"SIGNINS": ages[("signins", "WARN")], "POSTURE": ages[("posture", "WARN")]}
    made = answers + list(ages.values())
    for metric in METRICS:
        if metric.is_age:
            continue
        above = [rests_on[part] for part in sorted(metric.parts)] or [answers[1]]
        if metric.name == "collect_ok":
            above = [rests_on[part] for part in sorted(rests_on)]
        made += metric_triggers(metric, above)
    made.append(availability(
        "numbers not known", "length(%s)>0" % last("unproven.text"), "AVERAGE",
        "numbers with a limit are not known, so not OK: {ITEM.LASTVALUE1}",
        "Too old data is a problem of its own. Item smtp_auth.unproven has all that are not known.", [answers[1]]))
    made.append(availability(
        "notice", last("notices") + '<>"[]"', "WARNING", "{ITEM.LASTVALUE1}",
        "What is a warning without being a number.", [answers[1]]))
    return made, rests_on


# ---- discovery -------------------------------------------------------------------------


def lld_macros(**paths):
    return [{"lld_macro": "{#%s}" % name, "path": "$." + path} for name, path in sorted(paths.items())]


# Gone is what a complete list does not have. From a list that was cut, or that is not there, nobody
# knows: no count, and the last one stands.
FINDING_SCRIPT = """var doc = {};
try {
    doc = JSON.parse(value);
} catch (error) {
    return '{}';
}
if (!Array.isArray(doc.findings)) {
    return '{}';
}
for (var i = 0; i < doc.findings.length; i++) {
    if (doc.findings[i].id === '{#ID}') {
        return JSON.stringify({count: Math.max(doc.findings[i].count, 1)});
    }
}
if (doc.cut === 'all' || (doc.cut === 'others' && '{#CLASS}' !== 'compromise')) {
    return '{}';
}
return JSON.stringify({count: 0});
"""


def override(name, step, macro_name, pattern, **operation):
    return {"name": name, "step": str(step),
            "filter": {"conditions": [{"macro": macro_name, "value": pattern, "formulaid": "A"}]},
            "operations": [dict({"operationobject": "TRIGGER_PROTOTYPE"}, **operation)]}


def findings_rule(rests_on):
    item = "smtp_auth.finding[{#ID}]"
    about = ("{#TEXT}\nWho: {#WHO}, from: {#FROM} {#COUNTRY}, class: {#CLASS}.\nIt ends when it is accepted (a line "
             "{#ID},YYYY-MM-DD,you,why in the accept file of the tenant), or when it is gone.")
    prototypes = []
    for part, words in (("SIGNINS", "sign-ins"), ("POSTURE", "settings")):
        prototypes.append(trigger(
            ONE, "SMTP AUTH: finding {#ID} in the " + words, "last(/%s/%s)>0" % (ONE, item), "WARNING",
            "SMTP AUTH: {#TEXT}", about, [rests_on[part]], url="{$SMTP_AUTH.RUNBOOK}#{#RUNBOOK}",
            opdata="Count: {ITEM.LASTVALUE1}",
            tags=tags(component="findings", finding="{#ID}", metric="{#METRIC}", scope="security",
                      **{"class": "{#CLASS}"})))
    return {
        "uuid": uuid(ONE, "discovery", "findings"), "name": "SMTP AUTH: findings", "type": "DEPENDENT",
        "key": "smtp_auth.findings", "delay": "0", "lifetime": "14d",
        "description": "Each open finding is a problem of its own, named by its id.",
        "item_prototypes": [dependent(
            ONE, item, "SMTP AUTH: finding {#ID}", "$.count",
            "Events of this finding, 0 when it is accepted or gone.", "findings", history="7d",
            trigger_prototypes=sorted(prototypes, key=lambda of: of["name"]), preprocessing=[{"type": "JAVASCRIPT", "parameters": [FINDING_SCRIPT]}, jsonpath("$.count")])],
        "master_item": {"key": MASTER},
        "lld_macro_paths": lld_macros(ID="id", METRIC="metric", CLASS="class", LEVEL="level", PART="part", WHO="who",
                                      FROM="from", COUNTRY="country", TEXT="text", RUNBOOK="runbook"),
        "preprocessing": [jsonpath("$.findings")],
        "overrides": [
            override("of the settings", 1, "{#PART}", "^posture$", operator="LIKE", value="in the sign-ins",
                     discover="NO_DISCOVER"),
            override("of the sign-ins", 2, "{#PART}", "^signins$", operator="LIKE", value="in the settings",
                     discover="NO_DISCOVER"),
            override("critical", 3, "{#LEVEL}", "^critical$", operator="LIKE", value="finding", severity="HIGH"),
            override("within the limits", 4, "{#LEVEL}", "^info$", operator="LIKE", value="finding",
                     severity="INFO"),
        ]}


def senders_rule():
    def prototype(key, name, path, about, **more):
        steps = [jsonpath("$.senders"), jsonpath("$[?(@.id=='{#ID}')].%s.first()" % path)]
        return dependent(ONE, "smtp_auth.sender.%s[{#ID}]" % key, "SMTP AUTH: sender {#USER}: " + name, steps[0],
                         about, "senders", **dict(more, preprocessing=steps))

    return {
        "uuid": uuid(ONE, "discovery", "senders"), "name": "SMTP AUTH: senders", "type": "DEPENDENT",
        "key": "smtp_auth.senders", "delay": "0",
        "description": "The most urgent senders, named by their ids. What is wrong with one is a finding.",
        "item_prototypes": [
            prototype("count", "sign-ins", "count", "Successful SMTP sign-ins of this sender in the look-back."),
            prototype("last", "last sign-in", "last", "When this sender last succeeded.", units="unixtime")],
        "master_item": {"key": MASTER},
        "lld_macro_paths": lld_macros(ID="id", USER="user"),
        "preprocessing": [jsonpath("$.senders")]}


def tenants_rule():
    host = {"uuid": uuid(ALL, "host prototype"), "host": "smtp-auth-{#TENANT}", "name": "SMTP AUTH {#TENANT}",
            "group_links": [{"group": {"name": GROUP}}], "templates": [{"name": ONE}],
            "macros": [{"macro": "{$SMTP_AUTH.CONFIG}", "value": "{#CONFIG}"},
                       {"macro": "{$SMTP_AUTH.TENANT}", "value": "{#TENANT}"}],
            "custom_interfaces": "YES", "interfaces": [{}]}
    return {"uuid": uuid(ALL, "discovery", "tenants"), "name": "SMTP AUTH: tenants", "type": "DEPENDENT",
            "key": "smtp_auth.tenants", "delay": "0",
            "description": "A host for each tenant of the configuration.", "host_prototypes": [host],
            "master_item": {"key": LIST}, "preprocessing": [jsonpath("$.data")]}


# ---- templates -------------------------------------------------------------------------


def macros(extra):
    made = [{"macro": "{$SMTP_AUTH.NODATA}", "value": "15m",
             "description": "No document for so long is a problem. Longer than the interval."},
            {"macro": "{$SMTP_AUTH.RUNBOOK}", "value": RUNBOOK,
             "description": "Where people find the runbook: triggers link to its sections."}]
    return sorted([CONFIG_MACRO] + made + extra, key=lambda of: of["macro"].strip("{$}"))


def limit_macros():
    made = [{"macro": "{$SMTP_AUTH.INTERVAL}", "value": "1m", "description": "How often the document is read."},
            {"macro": "{$SMTP_AUTH.TENANT}", "description": "The tenant, a section of the configuration."}]
    for metric in METRICS:
        for level, limit in metric.limits.items():
            unit = ", times the age that the tenant's configuration allows" if metric.is_age else ""
            value = {"max_age": "1", "4 max_age": "4"}.get(limit, limit.rstrip(":"))
            side = "under" if limit.endswith(":") else "over"
            made.append({"macro": macro(metric, level), "value": value,
                         "description": "%s %s this is %s%s." % (metric.name, side, SEVERITY[level], unit)})
            if metric.days[level]:
                made.append({"macro": macro(metric, level, ".DAYS"), "value": str(metric.days[level]),
                             "description": "The limit holds with so many days or fewer to the retirement."})
    return made


PALETTE = ["1A7C11", "F63100", "2774A4", "A54F10", "FC6EA3", "6C59DC", "AC8C14", "611F27"]
GRAPHS = (("exposure", ("mbx_exposed", "mbx_enabled", "mbx_inherit", "mbx_unused", "tenant_enabled")),
          ("failed sign-ins", ("fail_per_hour", "fail_users", "fail_ips")),
          ("attacks", ("breach_users", "foreign_ok", "brute_users", "spray_ips", "lockouts")),
          ("senders", ("senders_all", "senders_undecided", "senders_silent", "senders_new")))


def graphs():
    return [{"uuid": uuid(ONE, "graph", name), "name": "SMTP AUTH: " + name,
             "graph_items": [dict({"sortorder": str(i)} if i else {}, color=PALETTE[i],
                                  item={"host": ONE, "key": "smtp_auth." + key}) for i, key in enumerate(keys)]}
            for name, keys in GRAPHS]


TILES = (("Tenant switch open", "tenant_enabled"), ("Exposed mailboxes", "mbx_exposed"),
         ("Unused, but open", "mbx_unused"), ("Passwords known", "breach_users"), ("Failures per hour", "fail_per_hour"),
         ("Open findings", "findings.count"), ("Days to retirement", "retirement_left"),
         ("Age of sign-ins", "data_age"))


def widget(kind, name, x, y, width, height, *fields):
    """Numbers that are Zabbix's own are left out, as it does."""
    place = {"x": (x, 0), "y": (y, 0), "width": (width, 1), "height": (height, 2)}
    return dict({"type": kind, "name": name}, **{key: str(n) for key, (n, usual) in place.items() if n != usual},
                fields=[{"type": of, "name": field, "value": value} for of, field, value in fields])


def dashboard():
    def item(key):
        return {"host": ONE, "key": "smtp_auth." + key}

    widgets = [widget("ITEM", name, i % 4 * 6, i // 4 * 2, 6, 2, ("INTEGER", "decimal_places", "0"),
                      ("INTEGER", "show", "2"), ("ITEM", "itemid", item(key)))
               for i, (name, key) in enumerate(TILES)]
    widgets += [widget("GRAPH_CLASSIC", name.capitalize(), i % 2 * 12, 4 + i // 2 * 5, 12, 5,
                       ("INTEGER", "source_type", "0"),
                       ("GRAPH", "graphid", {"host": ONE, "name": "SMTP AUTH: " + name}))
                for i, (name, _) in enumerate(GRAPHS)]
    widgets += [widget("PLAIN_TEXT", name, i * 12, 14, 12, 3, ("INTEGER", "show_lines", "3"),
                       ("ITEM", "itemids", item(key)))
                for i, (name, key) in enumerate((("What is wrong", "error"), ("What is not known", "unproven.text")))]
    return {"uuid": uuid(ONE, "dashboard"), "name": "SMTP AUTH",
            "pages": [{"widgets": sorted(widgets, key=lambda of: of["name"])}]}


def settle(templates, triggers):
    """Where Zabbix itself puts triggers: below their item, and apart only if they look at several."""
    items = {(template["template"], item["key"]): item for template in templates for item in template["items"]}
    apart = []
    for made in sorted(triggers, key=lambda of: of["name"]):
        looks_at = set(re.findall(r"/([^/]+)/([^,)]+)[,)]", made["expression"] + made.get("recovery_expression", "")))
        if len(looks_at) == 1:
            items[looks_at.pop()].setdefault("triggers", []).append(made)
        else:
            apart.append(made)
    return apart


def export():
    triggers, rests_on = tenant_triggers()
    one = {"uuid": uuid(ONE), "template": ONE, "name": ONE,
           "description": "One tenant of Microsoft 365: who can use SMTP AUTH, who does, who attacks it. Linked by "
                          "discovery; by hand set {$SMTP_AUTH.TENANT}. The host needs an interface (any), the server "
                          "or proxy smtp_auth_zabbix among its external scripts. Made by zabbix/template.py.",
           "groups": [{"name": APPLICATIONS["name"]}], "items": tenant_items(),
           "discovery_rules": [findings_rule(rests_on), senders_rule()],
           "tags": tags(**{"class": "security", "target": "smtp-auth"}), "macros": macros(limit_macros()),
           "dashboards": [dashboard()],
           "valuemaps": [{"uuid": uuid(ONE, "valuemap"), "name": "SMTP AUTH yes or no",
                          "mappings": [{"value": "0", "newvalue": "no"}, {"value": "1", "newvalue": "yes"}]}]}
    many = {"uuid": uuid(ALL), "template": ALL, "name": ALL,
            "description": "A host for each tenant that the configuration of smtp_auth_collect names. Link it to one "
                           "host of the server or proxy that has the snapshots; the host needs an interface (any). "
                           "Made by zabbix/template.py.",
            "groups": [{"name": APPLICATIONS["name"]}],
            "items": [external(ALL, LIST, "SMTP AUTH: list of tenants", "{$SMTP_AUTH.DISCOVERY}",
                               "The tenants of the configuration, as JSON."),
                      dependent(ALL, "smtp_auth.tenants.error", "SMTP AUTH: error of the configuration",
                                jsonpath("$.error", ERROR_TEXT),
                                "Why the tenants are not known; empty if all is well.", "health", "TEXT"),
                      dependent(ALL, "smtp_auth.tenants.count", "SMTP AUTH: tenants", "$.count",
                                "Tenants of the configuration.", "health")],
            "discovery_rules": [tenants_rule()], "tags": tags(**{"class": "security", "target": "smtp-auth"}),
            "macros": macros([{"macro": "{$SMTP_AUTH.DISCOVERY}", "value": "10m",
                               "description": "How often the list of tenants is read."}])}
    many["macros"] = [dict(m, value="1h") if m["macro"] == "{$SMTP_AUTH.NODATA}" else m for m in many["macros"]]
    triggers += answer_triggers(
        ALL, "smtp_auth.tenants.error", "no list of tenants: is smtp_auth_zabbix among the external scripts of this "
        "server or proxy?", "the tenants are not known: {ITEM.LASTVALUE1}")
    return {"zabbix_export": {
        "version": "6.0", "date": "2026-11-22T00:00:00Z",
        "groups": [{"uuid": uuid("group", GROUP), "name": GROUP}, APPLICATIONS], "templates": [one, many],
        "triggers": settle([one, many], triggers), "graphs": graphs()}}


if __name__ == "__main__":
    sys.stdout.write("# SPDX-License-Identifier: MIT\n# Made by zabbix/template.py from the table of metrics.\n" +
                     "\n".join(yaml(export())) + "\n")
