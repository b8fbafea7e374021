# SPDX-License-Identifier: MIT
"""The one table of metrics (metrics.c beside this) and the runbook, for what generates files for
Zabbix, Prometheus and Grafana."""
import collections
import functools
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

Row = collections.namedtuple(
    "Row", "name group kind parts needs warn crit warn_days crit_days help")


def field(text):
    strings = re.findall(r'"([^"]*)"', text)
    if strings:
        return "".join(strings)
    return None if text.strip() == "NULL" else text.strip()


@functools.lru_cache(maxsize=None)
def table():
    """Name -> Row, in the order of the table."""
    with open(os.path.join(TOP, "shared/measure/metrics.c")) as file:
        source = file.read()
    rows = {}
    for body in re.findall(r'\[SAE_M_\w+\]\s*=\s*\{(.*?"\s*)\},', source, re.S):
        fields = [field(part) for part in re.findall(r'(?:"[^"]*"|[^,"])+', body)]
        row = Row(*fields)
        row = row._replace(group=row.group[len("SAE_GROUP_"):].lower(),
                           kind=row.kind[len("SAE_KIND_"):].lower(),
                           warn_days=int(row.warn_days), crit_days=int(row.crit_days))
        rows[row.name] = row
    if len(rows) != len(re.findall(r"\[SAE_M_\w+\]", source)):
        sys.exit("a row of metrics.c was not understood")
    return rows


def kind_of(metric):
    """"count" for what is told besides the table."""
    rows = table()
    return rows[metric].kind if metric in rows else "count"


def first_steps():
    """Section of docs/runbook.md -> the one thing to do now, as plain words."""
    with open(os.path.join(TOP, "docs/runbook.md")) as file:
        text = file.read()
    steps = {}
    for name, step in re.findall(r"^## (\w+)\n+\*\*Now: (.*?)\*\*", text, re.M | re.S):
        step = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", step).replace("`", "")
        steps[name] = " ".join(step.split())
    return steps
