# SPDX-License-Identifier: MIT
"""Serves a folder of recorded exchanges (NNNN.json) instead of a world, whatever the tenant."""
import json
import pathlib
import re
import threading
import time

from tokens import encode
from wire import Reply

HOSTS = {"https://exchange.example": "exchange", "https://graph.example": "graph",
         "https://login.example": "login", "http://identity.example": "identity"}
TENANT = re.compile(r"(?i)(/adminapi/[^/]+/)([^/?#]+)(/)")
SPOILED = b'{"value":[{"spoiled":'


def path_of(url):
    """The path without the tenant: the recording calls it by another name."""
    path = re.sub(r"^[a-z]+://[^/]*", "", url).partition("?")[0].lower()
    return TENANT.sub(r"\1*\3", path)


def cmdlet_of(document):
    try:
        return str(document["CmdletInput"]["CmdletName"])
    except (KeyError, TypeError):
        return None


def key_of(service, url, cmdlet):
    return service, path_of(url), (cmdlet or "").lower(), "skiptoken" in url.lower()


class Replay:
    """Answers in recorded order; the last of a kind is given again and again."""

    def __init__(self, folder, ports):
        self.ports, self.lock, self.kinds = ports, threading.Lock(), {}
        for path in sorted(pathlib.Path(folder).glob("[0-9]*.json")):
            exchange = json.loads(path.read_text(encoding="utf-8"))
            if exchange.get("version") != 1:
                raise SystemExit("%s: not a recording that is known here" % path)
            key = key_of(exchange["service"], exchange["url"], cmdlet_of(exchange["request"]))
            self.kinds.setdefault(key, []).append(exchange)

    def describe(self, request, _world):
        request.page = 2 if "skiptoken" in request.target.lower() else 1
        match = TENANT.search(request.path)
        request.tenant = match.group(2) if match else None
        try:
            request.cmdlet = cmdlet_of(json.loads(request.body))
        except ValueError:
            pass

    def answer(self, request, _world):
        if request.service in ("login", "identity"):
            return self.token(request.service)
        key = key_of(request.service, request.target, request.cmdlet)
        with self.lock:
            kind = self.kinds.get(key)
            if not kind:
                return Reply(404, body=b"not recorded", media="text/plain")
            exchange = kind.pop(0) if len(kind) > 1 else kind[0]
        return self.reply(exchange, request)

    @staticmethod
    def token(service):
        life, now = 3599, int(time.time())
        token = ".".join(encode(part) for part in (b'{"typ":"JWT"}', b'{"replayed":true}', b"-"))
        answer = {"token_type": "Bearer", "expires_in": life, "access_token": token}
        if service == "identity":
            answer.update({"expires_in": str(life), "expires_on": str(now + life),
                           "not_before": str(now)})
        return Reply(200, answer, media="application/json")

    def reply(self, exchange, request):
        if not exchange["status"]:
            reply = Reply(200)
            reply.wire = "close"
            return reply
        headers = {name.title(): value for name, value in exchange.get("headers", {}).items()
                   if name.lower() in ("content-type", "retry-after") and value}
        nature, size = exchange.get("nature", "json"), exchange.get("bytes", 0)
        if nature == "json":
            return Reply(exchange["status"], self.translated(exchange["body"], request),
                         headers=headers)
        if nature == "nul":
            headers["Content-Encoding"] = "gzip"
        bodies = {"nul": b"\0" * size, "html": b"<html>".ljust(size), "text": b"text".ljust(size),
                  "spoiled": SPOILED.ljust(size), "empty": b""}
        return Reply(exchange["status"], body=bodies[nature], headers=headers)

    def translated(self, body, request):
        """Links lead back here: to the port that serves them and the tenant that asked."""
        host = request.host.rpartition(":")[0] or request.host
        text = json.dumps(body, ensure_ascii=False)
        for recorded, service in HOSTS.items():
            here = "%s://%s:%d" % (recorded.partition(":")[0], host, self.ports[service])
            text = text.replace(recorded, here)
        if request.tenant:
            text = TENANT.sub(lambda m: m.group(1) + request.tenant + m.group(3), text)
        return json.loads(text)
