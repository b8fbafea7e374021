# SPDX-License-Identifier: MIT
"""world.json: what exists in the fake tenants. README.md explains every member."""
import datetime
import json
import os
import sys
import threading
import zlib

AUDIENCES = {
    "worldwide": ("https://outlook.office365.com", "https://graph.microsoft.com"),
    "gcc-high": ("https://outlook.office365.us", "https://graph.microsoft.us"),
    "dod": ("https://outlook-dod.office365.us", "https://dod-graph.microsoft.us"),
    "china": ("https://outlook.office365.cn", "https://microsoftgraph.chinacloudapi.cn"),
}
PERMISSIONS = ("exchange_app", "exchange_directory", "audit_log", "policy", "premium")
TICKS = 10_000_000  # in a second, as in the dates of the services


def ticks_of(when):
    """Ticks since 1970 of epoch seconds or of an ISO 8601 date; ValueError if it is neither."""
    if isinstance(when, (int, float)):
        return round(when * TICKS)
    text = when.strip()
    if len(text) == 10:
        text += "T00:00:00Z"
    for sign in ("Z", "z"):
        text = text.replace(sign, "+00:00")
    clock, zone = text[:19], text[19:]
    fraction = ""
    if zone.startswith("."):
        end = next((n for n, c in enumerate(zone) if n and not c.isdigit()), len(zone))
        fraction, zone = zone[1:end], zone[end:]
    if not zone:
        raise ValueError("a date without a zone")
    moment = datetime.datetime.fromisoformat(clock + zone)
    return int(moment.timestamp()) * TICKS + int((fraction + "0000000")[:7])


def iso(ticks, digits=7):
    """2026-11-22T08:14:07.4471523Z, or without a fraction."""
    seconds, rest = divmod(ticks, TICKS)
    clock = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    text = clock.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (".%07d" % rest)[:digits + 1] + "Z" if digits else text + "Z"


def guid(owner, kind, number):
    """The same GUID for the same tenant, kind of object and number, in every run."""
    return "%08x-0000-4000-8000-%012x" % (zlib.crc32((owner + "/" + kind).encode()), number)


def mix(number, salt):
    """An even, repeatable choice: the same number for the same arguments."""
    mask = (1 << 64) - 1
    x = (number * 0x9E3779B97F4A7C15 + (salt + 1) * 0xBF58476D1CE4E5B9) & mask
    x ^= x >> 29
    return ((x * 0x94D049BB133111EB) & mask) >> 33


def overlaid(template, members):
    """`members` over a copy of `template`; the value "absent" takes a member away."""
    row = dict(template)
    for name, value in members.items():
        if value == "absent":
            row.pop(name, None)
        else:
            row[name] = value
    return row


class Tenant:
    """One tenant of the world; unnamed members have the defaults of README.md."""

    def __init__(self, identifier, document):
        self.id = identifier.lower()
        self.document = document
        self.domain = document.get("domain", "contoso.example").lower()
        self.permissions = {name: True for name in PERMISSIONS}
        self.permissions.update(document.get("permissions", {}))
        exchange, graph = AUDIENCES[document.get("cloud", "worldwide")]
        self.audiences = {"exchange": exchange, "graph": graph}
        self.audiences.update(document.get("audiences", {}))

    def get(self, name, default=None):
        return self.document.get(name, default)

    def client(self, identifier):
        for known, client in self.get("clients", {}).items():
            if known.lower() == identifier.lower():
                return client
        return None

    def roles(self, service):
        """What a token says that its bearer may do."""
        names = {"exchange": {"exchange_app": "Exchange.ManageAsApp"},
                 "graph": {"audit_log": "AuditLog.Read.All", "policy": "Policy.Read.All"}}
        return [role for name, role in names[service].items() if self.permissions[name]]


class World:
    """One state of the file."""

    def __init__(self, document):
        self.document = document
        self.faults = document.get("faults", [])
        self.tenants = {key.lower(): Tenant(key, value)
                        for key, value in document.get("tenants", {}).items()}

    def tenant(self, identifier):
        """By its GUID, or by its domain, which Microsoft takes as well."""
        wanted = (identifier or "").lower()
        if wanted in self.tenants:
            return self.tenants[wanted]
        return next((t for t in self.tenants.values() if t.domain == wanted), None)

    def certificate(self, service):
        given = self.document.get("certificate", {})
        return given.get(service, "server") if isinstance(given, dict) else given

    def latency(self, service):
        return self.document.get("latency", {}).get(service, 0)


class WorldFile:
    """Reads the file again whenever it changed."""

    def __init__(self, path, changed):
        self.path, self.changed = path, changed
        self.lock = threading.Lock()
        self.seen = None
        self.world = World({})
        self.current()

    def current(self):
        try:
            stat = os.stat(self.path)
        except FileNotFoundError:
            return self.world
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if mark != self.seen:
            with self.lock:
                if mark != self.seen:
                    self.read(mark)
        return self.world

    def read(self, mark):
        """A file that is being written stays unread: the next request tries again."""
        try:
            with open(self.path, encoding="utf-8") as file:
                world = World(json.load(file))
        except (ValueError, KeyError, AttributeError) as trouble:
            print("world.json:", repr(trouble), file=sys.stderr)
            return
        self.changed(world)
        self.world, self.seen = world, mark
