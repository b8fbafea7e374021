# SPDX-License-Identifier: MIT
"""Writes broken copies of a snapshot into a folder, one file each.

    snapshots.py SNAPSHOT FOLDER CUTS FLIPS

cut-NN is truncated, flip-NNN has one bit changed; all others carry a right checksum and say
something that a snapshot cannot say. Files in FOLDER/text are such that a reader may accept:
hostile in their texts only.
"""
import json
import os
import random
import sys
import zlib


def seal(text):
    data = text.encode("utf-8", "surrogatepass")
    return data + b',"crc":"%08x"}' % zlib.crc32(data)


def main():
    with open(sys.argv[1], "rb") as file:
        good = file.read()
    folder, cuts, flips = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    dice = random.Random(7)
    os.makedirs(folder + "/text")

    def write(name, data):
        with open(folder + "/" + name, "wb") as file:
            file.write(data)

    for i in range(cuts):
        write("cut-%02d" % i, good[:(len(good) - 1) * i // max(cuts - 1, 1)])
    for i in range(flips):
        data = bytearray(good)
        data[dice.randrange(len(data) - 1)] ^= 1 << dice.randrange(8)
        write("flip-%03d" % i, bytes(data))

    body = good[:good.rindex(b',"crc"')].decode()
    now = json.loads(good)["time"]

    def edit(name, old, new, check=True):
        assert old in body, (name, old)
        write(name, seal(body.replace(old, new, 1)))

    def change(name, maker):
        root = json.loads(good)
        del root["crc"]
        maker(root)
        write(name, seal(json.dumps(root, separators=(",", ":"))[:-1]))

    write("empty", b"")
    write("zeros", bytes(len(good)))
    write("half-new", good[:len(good) // 2] + bytes(len(good) - len(good) // 2))
    write("twice", good + good)
    write("tail", good + b"x")
    write("no-crc", (body + "}").encode())
    write("brackets", seal('{"version":1,"tenant":' + "[" * 20000))
    write("huge", seal(body + ',"more":"' + "x" * 70000 + '"'))
    write("long", b"x" * 5000000)
    edit("version-2", '"version":1', '"version":2')
    edit("version-text", '"version":1', '"version":"1"')
    edit("version-gone", '"version":1,', '')
    edit("other-tenant", '"tenant":"contoso"', '"tenant":"fabrikam"')
    edit("tenant-number", '"tenant":"contoso"', '"tenant":1')
    edit("tenant-twice", '"tenant":"contoso"', '"tenant":"fabrikam","tenant":"contoso"')
    edit("metrics-gone", '"metrics":{', '"metricz":{')
    edit("metrics-list", '"metrics":{', '"metrics":[],"old":{')
    edit("metrics-twice", '"metrics":{', '"metrics":{},"metrics":{')
    edit("parts-gone", '"parts":{', '"partz":{')
    for name, value in (("nan", "NaN"), ("infinite", "1e999"), ("minus", "-1"), ("text", '"0"'), ("null", "null"),
                        ("true", "true"), ("list", "[0]"), ("hex", "0x0"), ("octal", "00"), ("large", "1e300"),
                        ("half", "0.5"), ("more-than-all", "999999")):
        edit("exposed-" + name, '"mbx_exposed":', '"mbx_exposed":%s,"x":' % value)
    edit("exposed-twice", '"mbx_exposed":', '"mbx_exposed":0,"mbx_exposed":')
    edit("sum-wrong", '"mbx_enabled":', '"mbx_enabled":0,"x":')
    edit("switch-two", '"tenant_enabled":', '"tenant_enabled":2,"x":')
    change("time-text", lambda r: r.update(time="now"))
    change("time-zero", lambda r: r.update(time=0))
    change("time-minus", lambda r: r.update(time=-now))
    change("time-future", lambda r: r.update(time=now + 7200))
    change("time-far", lambda r: r.update(time=2 ** 62))
    for part in ("tenant", "mailboxes", "signins"):
        change("part-gone-" + part, lambda r, p=part: r["parts"].pop(p))
        change("part-future-" + part, lambda r, p=part: r["parts"][p].update(time=now + 7200))
        change("part-text-" + part, lambda r, p=part: r["parts"][p].update(ok="yes"))
    change("findings-object", lambda r: r.update(findings={}))
    change("findings-number", lambda r: r.update(findings=[1]))
    change("findings-many", lambda r: r.update(findings=[{"id": "x"}] * 3000))
    change("lists-gone", lambda r: r.pop("lists"))
    change("lists-text", lambda r: r.update(lists="none"))
    change("exposed-object", lambda r: r["lists"].update(exposed={"mailbox": "x"}))

    evil = "[CRITICAL] \u202e<b>|mbx_exposed=0;;\n\x07`id`$(id)'\""
    change("text/finding", lambda r: r.update(findings=[
        {"id": "senders_new-0123456789ab", "metric": "senders_new", "class": "drift", "who": evil, "from": evil,
         "country": evil, "count": 1, "since": now, "until": now, "text": evil, "runbook": evil}]))
    change("text/exposed", lambda r: r["lists"].update(exposed=[{"mailbox": evil, "why": evil, "used": evil}]))
    change("text/why", lambda r: r.update(why={"mbx_unused": evil, "mbx_exposed": evil}))
    change("text/error", lambda r: r["parts"]["signins"].update(ok=False, error={"code": evil, "text": evil}))


main()
