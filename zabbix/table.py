# SPDX-License-Identifier: MIT
"""What the template is made of and into: the table of metrics, UUIDs, YAML."""
import hashlib
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT + "/shared/measure")
from metrics import first_steps, table  # noqa: E402


def uuid(*names):
    """A version 4 UUID as far as its bits can tell."""
    digits = list(hashlib.sha256("/".join(names).encode()).hexdigest()[:32])
    digits[12] = "4"
    digits[16] = "89ab"[int(digits[16], 16) % 4]
    return "".join(digits)


# ---- the table -------------------------------------------------------------------------


class Metric:
    def __init__(self, row):
        self.name, self.group, self.kind, self.warn, self.help = row.name, row.group, row.kind.upper(), row.warn, row.help
        self.parts = {"SIGNINS" if part == "SIGNINS" else "POSTURE" for part in row.parts.split(" | ") if part != "0"}
        self.days = {"WARN": row.warn_days, "CRIT": row.crit_days}
        self.is_age = row.warn == "max_age"
        self.limits = {level: limit for level, limit in (("WARN", row.warn), ("CRIT", row.crit)) if limit}


def metrics():
    return [Metric(row) for row in table().values()]


# ---- YAML ------------------------------------------------------------------------------


def scalar(text):
    if "\n" in text:
        return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if re.fullmatch(r"[A-Za-z_$/][\w $/.()-]*[\w)]", text) and text.upper() not in ("YES", "NO", "TRUE", "FALSE", "NULL"):
        return text
    return "'%s'" % text.replace("'", "''")


def yaml(value, indent=""):
    lines = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                lines.append("%s%s: %s" % (indent, key, scalar(inner)))
            elif inner:
                lines.append("%s%s:" % (indent, key))
                lines += yaml(inner, indent + "  ")
    else:
        for inner in value:
            made = [indent + "  " + scalar(inner)] if isinstance(inner, str) else yaml(inner, indent + "  ")
            made = made or [indent + "  {}"]
            lines.append(indent + "- " + made[0][len(indent) + 2:])
            lines += made[1:]
    return lines
