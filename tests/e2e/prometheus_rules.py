# SPDX-License-Identifier: MIT
"""Writes a promtool test from tests/vectors/metrics.tsv: each limit, inside, beyond, and back.

    prometheus_rules.py VECTORS RULES >TEST
"""
import json
import sys

MAX_AGE = 3600.0


def limits(text):
    """-> (last number inside, first number beyond)"""
    if text.endswith("max_age"):
        edge = MAX_AGE * (4 if text.startswith("4") else 1)
        return edge, edge + 1
    if text.endswith(":"):
        return float(text[:-1]), float(text[:-1]) - 1
    return float(text), float(text) + 1


def is_beyond(text, number):
    inside, beyond = limits(text)
    return number > inside if beyond > inside else number < inside


def series(name, values):
    return {"series": 'smtp_auth_%s{tenant="contoso",instance="a"}' % name,
            "values": " ".join("%gx1" % value for value in values)}


def camel(name):
    return "SmtpAuth" + "".join(word.capitalize() for word in name.split("_"))


def test(name, warn, crit):
    """Each number for two minutes: inside all limits, at them, beyond each, back inside."""
    severities = [(s, text) for s, text in (("warning", warn), ("critical", crit)) if text != "-"]
    numbers = []
    for _, text in severities:
        numbers += limits(text)
    numbers = sorted(set(numbers), reverse=severities[0][1].endswith(":"))
    numbers += numbers[:1]
    extra = {"notices": 0, "report_time": None, name + "_max": MAX_AGE, "retirement_left": 14}
    inputs = [series(name, numbers)]
    for other, value in extra.items():
        if value is not None:
            inputs.append(series(other, [value] * len(numbers)))
    inputs.append({"series": 'smtp_auth_report_time{tenant="contoso",instance="a"}',
                   "values": "0+60x%d" % (2 * len(numbers))})
    checks = []
    for i, number in enumerate(numbers):
        rings = [s for s, text in severities if is_beyond(text, number)]
        checks.append({"expr": 'count by (alertname, tenant, severity) (ALERTS)', "eval_time": "%dm" % (2 * i + 1),
                       "exp_samples": [{"labels": '{alertname="%s",tenant="contoso",severity="%s"}' % (camel(name), s),
                                        "value": 1} for s in rings]})
    return {"name": name, "interval": "1m", "input_series": inputs, "promql_expr_test": checks}


def main():
    tests = []
    with open(sys.argv[1]) as file:
        for line in file:
            if not line.startswith("#"):
                name, _, warn, crit = line.rstrip("\n").split("\t")
                if warn != "-" or crit != "-":
                    tests.append(test(name, warn, crit))
    json.dump({"rule_files": [sys.argv[2]], "evaluation_interval": "1m", "tests": tests}, sys.stdout, indent=1)
    print("%d metrics with a limit" % len(tests), file=sys.stderr)


if __name__ == "__main__":
    main()
