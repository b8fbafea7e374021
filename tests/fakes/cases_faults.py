# SPDX-License-Identifier: MIT
"""selftest.py: every scripted fault at least once."""
import email.utils
import gzip
import json
import re
import socket
import ssl
import time
import urllib.parse

from harness import TENANT


class Script:
    """Puts faults into the world, one at a time."""

    def __init__(self, fake, count, world):
        self.fake, self.count, self.world = fake, count, world
        self.number = 0

    def set(self, **fault):
        self.number += 1
        self.fake.write({**self.world, "faults": [{"id": self.number, **fault}]})

    def exchange(self, name, ask=None, **options):
        self.set(fault=name, service="exchange", **options)
        return (ask or self.fake.invoke)()

    def graph(self, name, **options):
        self.set(fault=name, service="graph", **options)
        return self.fake.signins(x_top=100)

    def link(self, name, **options):
        document = self.exchange(name, **options).json
        return document.get("@odata.nextLink")


def statuses(s):
    count = s.count
    for name in ("401", "429", "500", "502", "503", "418"):
        count.same(name, s.exchange(name).status, int(name))
        count.same(name + " once", s.fake.invoke().status, 200)
        count.same(name + " of Graph", s.graph(name).status, int(name))
    count.same("Retry-After", [s.exchange("429", retry_after=value).headers["Retry-After"]
                               for value in ("17", "0.5")], ["17", "0.5"])
    count.same("none", s.exchange("429").headers["Retry-After"], None)
    count.same("NUL", s.exchange("403nul", bytes=100).body, bytes(100))
    count.true("no P1", "NonPremium" in s.graph("403nop1").code)
    count.true("permission", "Permission" in s.graph("403perm").code)
    count.same("forbidden", s.exchange("403perm").code, "Forbidden")
    count.true("cursor", "Default Expiry" in s.exchange("400cursor").body.decode())
    count.true("cursor of Graph", "Token not found" in s.graph("400cursor").body.decode())
    count.true("filter", "Invalid filter" in s.graph("400filter").body.decode())
    answer = s.exchange("504html")
    count.same("504", (answer.status, answer.headers["Content-Type"]), (504, "text/html"))
    count.true("200", s.exchange("html200").body.startswith(b"<!DOCTYPE"))
    count.same("empty", s.exchange("empty200").body, b"")
    s.set(fault="aadsts", code=7000222, service="login")
    count.same("login", s.fake.login().code, 7000222)
    answer = s.exchange("redirect")
    count.same("redirect", answer.status, 302)
    count.true("to the evil", ":%d/" % s.fake.ports["evil"] in answer.headers["Location"])


def transport(s):
    count = s.count
    for name in ("truncate", "close"):
        count.true(name, s.exchange(name).lost)
    s.set(fault="close", reset=True, service="identity")
    count.true("reset", "reset" in s.fake.ask(s.fake.url("identity", "/")).lost)
    answer = s.exchange("truncate_close")
    count.same("without length", (answer.status, answer.headers["Content-Length"]), (200, None))
    broken = True
    try:
        broken = not json.loads(answer.body)
    except ValueError:
        pass
    count.true("cut", broken)
    begin = time.time()
    lost = s.exchange("silence", lambda: s.fake.invoke(timeout=0.5)).lost
    count.true("silence", lost and 0.4 < time.time() - begin < 3)
    begin = time.time()
    s.set(fault="drip", service="graph", interval=0.001)
    count.same("drip", s.fake.signins(x_top=1).status, 200)
    count.true("slow", time.time() - begin > 1)
    begin = time.time()
    count.same("delay", s.exchange("delay", delay=0.5).status, 200)
    count.true("half a second", time.time() - begin >= 0.5)
    lost = s.exchange("oversize", megabytes=8).lost
    count.true("large, without end", int(re.search(r"IncompleteRead\((\d+)", lost)[1]) > 8_000_000)
    bomb = s.exchange("gzip_bomb", megabytes=50)
    count.true("bomb", len(bomb.body) < 200_000 and len(gzip.decompress(bomb.body)) > 50_000_000)
    s.set(fault="token_large", service="login", bytes=50_000)
    count.same("token", len(s.fake.login().json["access_token"]), 50_000)
    sent = email.utils.parsedate_to_datetime(s.graph("wrong_date", hours=-5).headers["Date"])
    count.true("clock", 17990 < time.time() - sent.timestamp() < 18010)


def links(s):
    count, fake = s.count, s.fake
    evil = ":%d/" % fake.ports["evil"]
    good = urllib.parse.urlsplit(fake.invoke().json["@odata.nextLink"])
    foreign = urllib.parse.urlsplit(s.link("foreign_link"))
    count.same("foreign", (foreign.port, foreign.path), (fake.ports["evil"], good.path))
    count.same("http", s.link("http_link")[:7], "http://")
    user = urllib.parse.urlsplit(s.link("userinfo_link"))
    count.same("user", (user.port, bool(user.username)), (fake.ports["evil"], True))
    count.true("begins well", user.netloc.startswith("localhost"))
    loop = s.link("loop_link", times=-1)
    count.same("loop", fake.invoke(link=loop).json["@odata.nextLink"], loop)
    second = s.link("two_loop", times=-1)
    first = fake.invoke(link=second).json["@odata.nextLink"]
    count.same("two", fake.invoke(link=first).json["@odata.nextLink"], second)
    count.same("empty", s.link("empty_link"), "")
    count.same("none", s.link("no_link"), None)
    count.true("long", len(s.link("long_link")) > 65536)
    page = s.exchange("empty_page").json
    count.same("no rows", page["value"], [])
    count.same("but more", len(fake.invoke(link=page["@odata.nextLink"]).json["value"]), 1000)
    fake.ask("https://localhost" + evil, headers={"Authorization": "Bearer x"})
    last = fake.log()[-1]
    count.same("evil is logged", (last["service"], last["had_authorization"]), ("evil", True))


def bodies(s):
    count = s.count
    count.same("error", list(s.exchange("error_in_200").json), ["error"])
    errors = s.exchange("adminapi_errors").json
    count.same("errors", (len(errors["@adminapi.errors"]), len(errors["value"])), (1, 1000))
    s.set(fault="warning_last_page", service="exchange", cmdlet="Get-TransportConfig")
    count.same("warning", len(s.fake.invoke("Get-TransportConfig").json["@adminapi.warnings"]), 1)
    count.true("absent", "value" not in s.exchange("value_missing").json)
    count.same("null", s.exchange("value_null").json["value"], None)
    count.same("nothing", s.exchange("value_empty").json["value"], [])
    count.true("UTF-8", b"\xff\xfe" in s.exchange("badutf8").body)
    count.true("twice", s.exchange("double_member").body.count(b'"twice"'))
    count.true("mark", s.exchange("bom").body.startswith(b"\xef\xbb\xbf"))
    count.true("behind", s.exchange("trailing").body.endswith(b"]}{}"))
    count.same("members", s.exchange("members", members={"value": "absent", "x": 1}).json["x"], 1)


def choice(s):
    """Which requests meet a fault, and how often."""
    fake, count = s.fake, s.count
    s.set(fault="500", service="exchange", page=2, times=2, after=1)
    got = []
    for _ in range(5):
        first = fake.invoke()
        got.append((first.status, fake.invoke(link=first.json["@odata.nextLink"]).status))
    count.same("second page, after one, twice", got,
               [(200, 200), (200, 500), (200, 500), (200, 200), (200, 200)])
    s.set(fault="500", cmdlet="get-transportconfig", tenant=TENANT, times=-1)
    count.same("cmdlet", [fake.invoke(c).status for c in ("Get-TransportConfig",
                                                          "Get-OrganizationConfig")], [500, 200])
    s.set(fault="500", path_contains="auditlogs")
    count.same("path", (fake.invoke().status, fake.signins().status), (200, 500))
    fault = {"id": "kept", "fault": "503", "service": "exchange", "times": 1}
    fake.write({**s.world, "faults": [fault]})
    statuses_seen = [fake.invoke().status]
    fake.write({**s.world, "other": 1, "faults": [fault]})
    statuses_seen.append(fake.invoke().status)
    fake.write({**s.world, "faults": [{**fault, "id": "new"}]})
    statuses_seen.append(fake.invoke().status)
    count.same("counters", statuses_seen, [503, 200, 503])
    lines = [line for line in fake.log() if line["fault"] == "503"]
    count.same("logged", (lines[-1]["status"], lines[-1]["cmdlet"], lines[-1]["page"]),
               (503, "Get-CASMailbox", 1))


def handshakes(s):
    """A client that connects and says nothing holds up nobody."""
    idle = [socket.create_connection(("127.0.0.1", s.fake.ports["exchange"])) for _ in range(20)]
    begin = time.time()
    s.count.same("others are served", s.fake.invoke("Get-TransportConfig").status, 200)
    s.count.true("at once", time.time() - begin < 1)
    for connection in idle:
        connection.close()
    with socket.create_connection(("127.0.0.1", s.fake.ports["exchange"])) as raw:
        with s.fake.trust.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while received.count(b"HTTP/1.1 404") < 2:
                received += tls.recv(4096) or b"HTTP/1.1 404 end"
            s.count.true("kept alive", b"end" not in received)
            s.count.true("TLS 1.2 or newer", tls.version() >= "TLSv1.2")
    s.count.true("plain HTTP gets nothing", not_served(s.fake.ports["exchange"]))
    last = s.fake.log()[-1]
    s.count.same("and is told", (last["fault"], last["path"], last["had_authorization"]),
                 ("PLAINTEXT", "/plain", True))


def not_served(port):
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n")
        try:
            return not raw.recv(100).startswith(b"HTTP")
        except (OSError, ssl.SSLError):
            return True


def run(fake, count, world):
    script = Script(fake, count, world)
    for part in (statuses, transport, links, bodies, choice, handshakes):
        part(script)
    fake.write(world)
