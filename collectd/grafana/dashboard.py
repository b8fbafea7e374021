# SPDX-License-Identifier: MIT
"""A dashboard of Grafana for one store, from the table of panels."""
import metrics
import panels
import rules

TABLE = metrics.table()
EXTRA_HELP = {"unproven": "metrics that have a limit and are absent or only a lower bound",
              "notices": "warnings that are no number: a list that was not understood, no licence"}
GREEN, YELLOW, RED = "green", "orange", "red"
SOURCE = "${datasource}"


def unit_of(panel):
    kinds = {metrics.kind_of(metric) for metric in panel.metrics}
    # Not Grafana's own unit of days, which turns 39 d into weeks.
    return {"seconds": "s", "days": "suffix: d", "bool": "bool_on_off"}.get(
        kinds.pop() if len(kinds) == 1 else "", "short")


def description(panel):
    lines = []
    for metric in panel.metrics:
        lines.append("**%s**: %s." % (metric, TABLE[metric].help if metric in TABLE
                                      else EXTRA_HELP[metric]))
    return "\n\n".join(lines)


def steps(panel):
    """Colours begin where the number is beyond its limit."""
    row = TABLE.get(panel.metrics[0])
    warn, crit = (row.warn, row.crit) if row else ("0", None)
    found = [{"color": GREEN, "value": None}]
    for limit, colour in ((warn, YELLOW), (crit, RED)):
        if limit and "lines" in panel.options:
            beyond = float(limit) + (1 if metrics.kind_of(panel.metrics[0]) == "count" else 0)
            found.append({"color": colour, "value": beyond})
    return found


def switch_words(good):
    def word(text, colour):
        return {"text": text, "color": colour}
    if good:
        words = {"0": word("incomplete", YELLOW), "1": word("complete", GREEN)}
    else:
        words = {"0": word("closed", GREEN), "1": word("OPEN", RED)}
    return [{"type": "value", "options": words}]


def field_config(panel):
    lines = "lines" in panel.options
    defaults = {"unit": unit_of(panel), "noValue": "not known",
                "color": {"mode": "thresholds" if panel.type != "timeseries" else "palette-classic"},
                "thresholds": {"mode": "absolute", "steps": steps(panel)}}
    if metrics.kind_of(panel.metrics[0]) == "bool":
        defaults["mappings"] = switch_words("good" in panel.options)
    if panel.type == "timeseries":
        defaults["min"] = 0
        defaults["custom"] = {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 10,
                              "spanNulls": False, "showPoints": "auto",
                              "lineInterpolation": "stepAfter",
                              "thresholdsStyle": {"mode": "line" if lines else "off"}}
        if panel.title == "Days left":
            del defaults["min"]  # a credential may have ended
    elif panel.type == "state-timeline":
        defaults["custom"] = {"fillOpacity": 80, "lineWidth": 0, "spanNulls": False}
    return {"defaults": defaults, "overrides": []}


def options(panel):
    legend = {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []}
    if panel.type == "stat":
        coloured = "lines" in panel.options or metrics.kind_of(panel.metrics[0]) == "bool"
        return {"colorMode": "background" if coloured else "value",
                "graphMode": "none", "textMode": "auto", "orientation": "auto",
                "justifyMode": "auto", "wideLayout": True,
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if panel.type == "state-timeline":
        return {"legend": legend, "showValue": "auto", "mergeValues": True, "rowHeight": 0.9,
                "alignValue": "left", "tooltip": {"mode": "single", "sort": "none"}}
    return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def build_panel(store, panel, number, x, y):
    now = panel.type == "stat"
    targets = []
    for i, metric in enumerate(panel.metrics):
        legend = "%s" if len(panel.metrics) == 1 else "%s " + metric
        target = {"refId": chr(ord("A") + i), "datasource": {"type": store.source, "uid": SOURCE}}
        target.update(store.target(metric, legend, now))
        targets.append(target)
    built = {"id": number, "type": panel.type, "title": panel.title,
             "description": description(panel),
             "datasource": {"type": store.source, "uid": SOURCE},
             "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
             "interval": "1m", "targets": targets,
             "fieldConfig": field_config(panel), "options": options(panel)}
    if now:  # an older number is no number of now
        built["timeFrom"], built["hideTimeOverride"] = "15m", True
    return built


def place(store):
    x = y = row = 0
    for number, panel in enumerate(panels.PANELS, 1):
        if x + panel.width > 24:
            x, y, row = 0, y + row, 0
        yield build_panel(store, panel, number, x, y)
        x, row = x + panel.width, max(row, panel.height)


def variables(store):
    tenant = {"name": "tenant", "label": "Tenant", "type": "query", "query": store.tenants,
              "definition": store.tenants if isinstance(store.tenants, str)
              else store.tenants["query"],
              "datasource": {"type": store.source, "uid": SOURCE},
              "multi": True, "includeAll": True, "allValue": store.all_tenants, "refresh": 2,
              "regex": "", "sort": 1,
              "hide": 0, "options": [],
              "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}
    return [{"name": "datasource", "label": "Data source", "type": "datasource",
             "query": store.source, "regex": "", "refresh": 1, "hide": 0, "multi": False,
             "includeAll": False, "options": [], "current": {}}, tenant]


def build(store):
    flips = {"name": "Tenant switch flips", "enable": True, "iconColor": RED, "hide": False,
             "datasource": {"type": store.source, "uid": SOURCE}}
    flips.update(store.flips())
    if store.name == "graphite":
        flips["target"] = {"target": flips.pop("target"), "refId": "Anno"}
    return {"uid": "smtp-auth-" + store.name, "id": None,
            "title": "SMTP AUTH exposure (%s)" % store.title,
            "description": "Which mailboxes of Microsoft 365 tenants can still use SMTP AUTH, who "
                           "uses it, who attacks it, and whether that is known.",
            "tags": ["smtp-auth", "microsoft-365", store.name], "editable": False,
            "schemaVersion": 39, "version": 1, "refresh": "1m", "timezone": "browser",
            "time": {"from": "now-24h", "to": "now"}, "graphTooltip": 1, "fiscalYearStartMonth": 0,
            "links": [{"type": "link", "title": "Runbook", "url": rules.RUNBOOK, "icon": "doc",
                       "tags": [], "asDropdown": False, "includeVars": False, "keepTime": False,
                       "targetBlank": True, "tooltip": "what to do when it rings"}],
            "templating": {"list": variables(store)},
            "annotations": {"list": [flips]},
            "panels": list(place(store))}
