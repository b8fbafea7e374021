# SPDX-License-Identifier: MIT
"""The exports of one tenant of the world in which the monitoring systems are tried.

    world.py tenant DIR NAME EVENT...   switch, mailboxes, sign-ins, lists; EVENT: expose, flip, busy,
                                        attack, hostile, breach=USER
    world.py age SNAPSHOT SECONDS       the snapshot, that much older, under a right checksum
    world.py numbers SNAPSHOT NAME=N... the snapshot with these metrics changed; NAME= takes one away

A world keeps one "now" (DIR/../now), so that the same sign-ins keep their times.
"""
import json
import os
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
import exports  # noqa: E402
from exports import DAY, HOUR, MINUTE, Row  # noqa: E402

USERS = ["user%02d" % i for i in range(12)]
SENDERS = {"erp": "192.0.2.10", "scan": "192.0.2.11"}


def world_now(folder):
    path = os.path.join(folder, "..", "now")
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(str(exports.NOW))
    with open(path) as file:
        return int(file.read())


def rows_of(domain, events):
    def row(ago, name, ip, code=0, country="FI", **more):
        return Row(ago, name + "@" + domain, ip, code, country=country, **more)

    rows = exports.other_apps(60)
    # Somebody mistypes a password now and then: no attack, but not nothing either.
    rows += [row(20 * MINUTE + i * 7 * HOUR, USERS[i % 5], "198.51.100.%d" % i, 50126) for i in range(3)]
    if "busy" in events:
        for i in range(40):
            rows += [row(30 * MINUTE + i * DAY, name, ip) for name, ip in SENDERS.items()]
    if "attack" in events:
        rows += [row(3 * MINUTE + i * 2, USERS[i % 12], "203.0.113.99", 50053 if i % 12 == 0 else 50126, "VN")
                 for i in range(300)]
    if "hostile" in events:
        rows += [row(4 * MINUTE + i, "dull%d" % i, "203.0.113.7", 50034, "BR", user_id="") for i in range(3)]
    for i, event in enumerate(e for e in events if e.startswith("breach=")):
        rows.append(row(2 * HOUR + i * MINUTE, event[7:], "203.0.113.%d" % (50 + i), 50076, "VN"))
    return rows


def signins(rows, hostile):
    objects = [exports.graph(row) for row in sorted(rows, key=lambda row: -row.at)]
    if hostile:
        dull = [o for o in objects if o["userPrincipalName"].startswith("dull")]
        for entry, name in zip(dull, exports.HOSTILE):
            entry["userPrincipalName"] = entry["userDisplayName"] = entry["userAgent"] = name
    return json.dumps(exports.envelope(objects)) + "\n"


def tenant(folder, name, events):
    domain = name + ".example"
    os.makedirs(folder, exist_ok=True)
    exports.NOW = world_now(folder)
    flags = {"erp": True, "scan": True, "lab": True, "ceo": True, "staff": None}
    if "busy" in events:
        flags.update(erp=False, scan=None, lab="maybe")
    if "expose" in events:
        flags["lab"] = False
    boxes = [exports.mailbox(n, f, domain) for n, f in flags.items()]
    boxes += [exports.mailbox(n, True, domain) for n in USERS]
    setting = {"SmtpClientAuthenticationDisabled": not ("flip" in events or "busy" in events),
               "Name": "Transport Settings"}
    far = exports.iso(exports.NOW + 300 * DAY, "%Y-%m-%d")
    head = "mailbox,owner,device,sources,countries,expires,decision,note".split(",")
    exports.write(folder + "/switch.json", json.dumps(setting) + "\n")
    exports.write(folder + "/mailboxes.csv", exports.table(exports.COLUMNS, [exports.cells(box) for box in boxes]))
    exports.write(folder + "/signins.json", signins(rows_of(domain, events), "hostile" in events))
    exports.write(folder + "/allow_list.csv", exports.table(head, [
        ["erp@" + domain, "ann", "ERP", "192.0.2.0/24", "FI", far, "oauth", "moves in spring"]]))


def replace(path, root):
    """As the collector does: beside the file, then renamed over it, as readable as before."""
    root.pop("crc", None)
    data = json.dumps(root, separators=(",", ":"))[:-1].encode()
    info = os.stat(path)
    with open(path + ".new", "wb") as file:
        file.write(data + b',"crc":"%08x"}' % zlib.crc32(data))
    os.chmod(path + ".new", info.st_mode & 0o7777)
    os.chown(path + ".new", info.st_uid, info.st_gid)
    os.rename(path + ".new", path)


def load(path):
    with open(path) as file:
        return json.load(file)


def age(path, seconds):
    root = load(path)
    root["time"] -= seconds
    for part in root["parts"].values():
        for key in ("time", "attempt"):
            part[key] -= seconds if part[key] > 0 else 0
    replace(path, root)


def numbers(path, pairs):
    root = load(path)
    for pair in pairs:
        name, value = pair.split("=")
        root["metrics"].pop(name, None)
        root["why"].pop(name, None)
        root["at_least"] = [n for n in root["at_least"] if n != name]
        if value:
            root["metrics"][name] = float(value) if "." in value else int(value)
    replace(path, root)


if __name__ == "__main__":
    if sys.argv[1] == "tenant":
        tenant(sys.argv[2], sys.argv[3], sys.argv[4:])
    elif sys.argv[1] == "age":
        age(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "numbers":
        numbers(sys.argv[2], sys.argv[3:])
