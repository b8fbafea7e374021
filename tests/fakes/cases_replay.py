# SPDX-License-Identifier: MIT
"""selftest.py: recorded exchanges served again, restart, speed."""
import concurrent.futures
import copy
import json
import tempfile
import time
import uuid

from harness import CLIENT, SECRET, TENANT, Fake

EXCHANGE = "https://exchange.example/adminapi/beta/guid-1/InvokeCommand"
GRAPH = "https://graph.example/v1.0/auditLogs/signIns"


def exchanged(number, service, url, status, body, **more):
    cmdlet = more.pop("cmdlet", None)
    request = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": {}}} if cmdlet else None
    return {"version": 1, "number": number, "service": service,
            "method": "POST" if cmdlet else "GET", "url": url, "request": request,
            "status": status, "headers": {"content-type": "application/json"}, "body": body,
            "nature": "json" if body is not None else "empty", "bytes": 0, **more}


def recording():
    box = "Get-CASMailbox"
    transport = {"value": [{"x": 1}]}
    return [
        exchanged(1, "exchange", EXCHANGE, 200, transport, cmdlet="Get-TransportConfig"),
        exchanged(2, "exchange", EXCHANGE + "?%24select=Guid", 200, {
            "@odata.nextLink": EXCHANGE + "?%24skiptoken=text-1", "value": [1]}, cmdlet=box),
        exchanged(3, "exchange", EXCHANGE + "?%24skiptoken=text-1", 200, {"value": [2]},
                  cmdlet=box),
        exchanged(4, "graph", GRAPH + "?%24top=999", 429, None,
                  headers={"content-type": "text/plain", "retry-after": "7"}),
        exchanged(5, "graph", GRAPH + "?%24top=999", 200, {
            "@odata.nextLink": GRAPH.lower() + "?$skiptoken=text-2", "value": []}),
        exchanged(6, "exchange", EXCHANGE, 403, None, cmdlet="Get-OrganizationConfig",
                  nature="nul", bytes=64),
        exchanged(7, "exchange", EXCHANGE, 0, None, cmdlet="Get-AuthenticationPolicy"),
        exchanged(8, "graph", GRAPH.lower() + "?$skiptoken=text-2", 200, None, nature="spoiled",
                  bytes=300),
    ]


def replayed(count):
    with tempfile.TemporaryDirectory() as folder:
        for exchange in recording():
            with open("%s/%04d.json" % (folder, exchange["number"]), "w", encoding="utf-8") as file:
                json.dump(exchange, file)
        fake = Fake(replay=folder)
    count.same("login", fake.login().status, 200)
    count.same("by cmdlet", fake.invoke("get-transportconfig").json["value"], [{"x": 1}])
    page = fake.invoke().json
    count.true("link", page["@odata.nextLink"].startswith(
        fake.url("exchange", "/adminapi/beta/%s/InvokeCommand?" % TENANT)))
    count.same("next page", fake.invoke(link=page["@odata.nextLink"]).json["value"], [2])
    first = fake.signins()
    count.same("in order", (first.status, first.headers["Retry-After"]), (429, "7"))
    count.same("then", [fake.signins().status for _ in range(3)], [200] * 3)
    spoiled = fake.signins(fake.signins().json["@odata.nextLink"])
    count.same("spoiled", (spoiled.status, len(spoiled.body)), (200, 300))
    refused = fake.invoke("Get-OrganizationConfig")
    count.same("NUL", (refused.status, refused.body, refused.headers["Content-Encoding"]),
               (403, bytes(64), "gzip"))
    count.true("no answer", fake.invoke("Get-AuthenticationPolicy").lost)
    count.same("not recorded", fake.get("/v1.0/x").status, 404)
    fake.stop()


def restarted(fake, count):
    """Tokens outlive the process, as the true ones outlive a server; cursors do not."""
    link = fake.invoke().json["@odata.nextLink"]
    begin = time.time()
    count.same("ends by SIGTERM", fake.stop(), 0)
    count.true("at once", time.time() - begin < 1)
    fake.start()
    count.same("token", fake.invoke().status, 200)
    fake.stop()
    fake.start()
    count.same("cursor", fake.invoke(
        link=link.replace(link.split("/")[2], "localhost:%d" % fake.ports["exchange"])).status, 400)


def many(fake, count, world):
    """80 tenants, 12 clients at a time."""
    document = copy.deepcopy(world)
    names = [str(uuid.UUID(int=(0xF << 124) + (4 << 76) + n)) for n in range(80)]
    small = {"clients": {CLIENT: {"secret": SECRET}}, "throttle": False,
             "mailboxes": {"count": 30}, "signins": {"generate": {
                 "count": 100, "from": time.time() - 7200, "to": time.time()}}}
    document["tenants"].update({name: small for name in names})
    fake.write(document)

    def visit(name):
        boxes = fake.invoke(tenant=name, anchor="TID:" + name).json["value"]
        return len(boxes), len(fake.signins(tenant=name).json["value"])
    begin = time.time()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        count.same("all tenants", list(pool.map(visit, names)), [(30, 100)] * 80)
    count.true("in less than 10 s", time.time() - begin < 10)
    fake.write(world)


def run(fake, count, world):
    replayed(count)
    many(fake, count, world)
    restarted(fake, count)
