#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""What a tenant of the world measures, counted the slow and simple way from the world's own
data and the definitions of the metrics: what a collector must arrive at.

    oracle.py WORLD TENANT-ID T [SEEN]      T: ticks of 100 ns; SEEN: epoch seconds, which late
                                            rows are there (default: at T)

Prints one JSON object. Default settings: window 1h, lag 15m, lookback 30d.
"""
import sys

sys.dont_write_bytecode = True

import ipaddress  # noqa: E402
import json  # noqa: E402

from mailboxes import Mailboxes, rows_of  # noqa: E402
from signins import SignInLog, rendered  # noqa: E402
from world import TICKS, World, ticks_of  # noqa: E402

WINDOW, LAG, LOOKBACK = 3600 * TICKS, 900 * TICKS, 30 * 86400 * TICKS
INFRASTRUCTURE = {80001, 80002, 80005, 80007, 80010, 80013, 80014}


def user(row):
    return row.get("userId") or row["userPrincipalName"].lower()


def smtp_rows(tenant, end, seen):
    """{id: (ticks, row)} of all SMTP sign-ins of the look-back before `end`."""
    found = SignInLog(tenant).search(
        (lambda ticks, app, code: (app or "").lower() in ("authenticated smtp", "smtp"),
         0, end), seen, end - LOOKBACK)
    rows = [rendered(entry) for entry in found]
    return {row["id"]: (ticks_of(row["createdDateTime"]), row) for row in rows
            if end - LOOKBACK <= ticks_of(row["createdDateTime"]) < end}


def count_window(rows, begin, end):
    inside = [row for ticks, row in rows if begin <= ticks < end]
    failed = [row for row in inside if row["status"]["errorCode"] != 0]
    return {
        "fail_events": len(failed), "ok_events": len(inside) - len(failed),
        "fail_users": len({user(row) for row in failed}),
        "fail_ips": len({ipaddress.ip_address(row["ipAddress"]) for row in failed}),
        "fail_countries": len({row["location"]["countryOrRegion"] for row in failed}),
        "fail_infra": sum(row["status"]["errorCode"] in INFRASTRUCTURE for row in failed)}


def flag(box):
    """A member that is not there is no answer; null and blank are one."""
    value = box.get("SmtpClientAuthenticationDisabled", "not there")
    if value is None or value == "":
        return "mbx_inherit"
    if isinstance(value, bool):
        return "mbx_disabled" if value else "mbx_enabled"
    return "mbx_unknown"


def count_mailboxes(tenant, closed, successful):
    boxes = Mailboxes(tenant)
    boxes = [boxes.row(position) for position in range(len(boxes))]
    kinds = [flag(box) for box in boxes]
    exposed = [box for box, kind in zip(boxes, kinds) if kind in ("mbx_enabled", "mbx_unknown")
               or (kind == "mbx_inherit" and not closed)]
    owners = {box["ExternalDirectoryObjectId"] for box in boxes}
    out = {name: kinds.count(name)
           for name in ("mbx_enabled", "mbx_disabled", "mbx_inherit", "mbx_unknown")}
    out.update({
        "mbx_all": len(boxes), "mbx_exposed": len(exposed),
        "senders_unmatched": len(successful - owners),
        "mbx_unused": sum(box["ExternalDirectoryObjectId"] not in successful
                          for box in exposed)})
    if successful - owners:
        del out["mbx_unused"]  # a sender whom nobody knows may be any of them
    return out


def measure(tenant, end, seen):
    closed = rows_of(tenant, "get-transportconfig")[0]["SmtpClientAuthenticationDisabled"]
    rows = list(smtp_rows(tenant, end, seen).values())
    newest = count_window(rows, end - WINDOW, end)
    settled = count_window(rows, end - LAG - WINDOW, end - LAG)
    out = {name: max(newest[name], settled[name]) for name in newest}
    out["fail_per_hour"] = out["fail_events"]
    successful = {user(row) for _, row in rows if row["status"]["errorCode"] == 0}
    out["senders_all"] = len(successful)
    out["tenant_enabled"] = 0 if closed else 1
    out.update(count_mailboxes(tenant, closed, successful))
    return out, len(rows)


def main():
    path, identifier, end = sys.argv[1:4]
    with open(path, encoding="utf-8") as file:
        tenant = World(json.load(file)).tenant(identifier)
    seen = float(sys.argv[4]) if len(sys.argv) > 4 else int(end) / TICKS
    metrics, rows = measure(tenant, int(end), seen)
    print(json.dumps({"metrics": metrics, "rows": rows}, sort_keys=True))


if __name__ == "__main__":
    main()
