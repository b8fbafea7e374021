# SPDX-License-Identifier: MIT
"""Scripted faults: which request meets one, and what happens to it then. The names are
explained in README.md."""
import email.utils
import json
import re
import threading
import time

import exchange
import graph
import login
from wire import Reply

HTML = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>The service is " \
       b"unavailable</h1><p>{\"not\": json}</p></body></html>"
MATCHED = ("service", "cmdlet", "tenant", "path_contains", "page", "method")


class FaultBook:
    """Counts how often each fault was met. A count outlives a change of the world as long as
    its fault stands there unchanged; a new "id" starts it again."""

    def __init__(self):
        self.lock = threading.Lock()
        self.met = {}
        self.faults = []

    def adopt(self, world):
        keys = [json.dumps(fault, sort_keys=True) for fault in world.faults]
        with self.lock:
            self.met = {key: self.met.get(key, 0) for key in keys}
            self.faults = list(zip(keys, world.faults))

    def pick(self, request):
        """The first fault that wants this request, or None."""
        with self.lock:
            for key, fault in self.faults:
                if not wanted(fault, request):
                    continue
                self.met[key] += 1
                number = self.met[key] - fault.get("after", 0)
                if number > 0 and (fault.get("times", 1) < 0 or number <= fault.get("times", 1)):
                    return fault
        return None


def wanted(fault, request):
    for name in MATCHED:
        if name not in fault:
            continue
        given = fault[name]
        if name == "path_contains":
            if given.lower() not in (request.path + "?" + request.query).lower():
                return False
        elif str(getattr(request, name) or "").lower() != str(given).lower():
            return False
    return True


def status_body(fault, request):
    """An error as the service itself would word it."""
    status = int(fault["fault"][:3])
    if request.service in ("login", "identity"):
        return login.refusal(fault.get("code", 90033)).document
    if request.service == "graph":
        code = {401: "InvalidAuthenticationToken", 403: "Forbidden"}.get(status, "UnknownError")
        return graph.error(status, code, fault.get("message", "")).document
    return None


def plain_status(fault, request):
    """401, 429, 500, 503 and every other status, with the service's body or `body`."""
    status = int(fault["fault"])
    document, body = status_body(fault, request), b""
    if status == 429 and request.service == "graph":
        document = graph.throttled(None).document
    elif status == 429:
        document, body = None, b"The maximum number of concurrent requests per tenant is exceeded."
    if "body" in fault:
        document, body = None, fault["body"].encode()
    media = fault.get("media", "text/plain" if document is None else "application/json")
    headers = dict(fault.get("headers", {}))
    if "retry_after" in fault:
        headers["Retry-After"] = str(fault["retry_after"])
    if "retry_date" in fault:
        headers["Retry-After"] = email.utils.formatdate(time.time() + fault["retry_date"],
                                                        usegmt=True)
    return Reply(status, document, body, media, headers)


def redirect(fault, request, ports):
    target = "https://%s:%d%s" % (fault.get("host", "127.0.0.1"), ports["evil"], request.target)
    return Reply(fault.get("status", 302), headers={"Location": fault.get("location", target)})


def wire_fault(fault, _request):
    reply = Reply(200)
    reply.wire = fault["fault"]
    return reply


INSTEAD = {
    "403nul": lambda fault, _: exchange.nul_bytes(fault.get("bytes", 4096)),
    "403nop1": lambda fault, _: graph.not_premium(),
    "403perm": lambda fault, request: exchange.unauthorized(request.cmdlet, 403)
    if request.service == "exchange"
    else graph.missing_permission(fault.get("permission", "AuditLog.Read.All")),
    "400cursor": lambda fault, request: graph.dead_token() if request.service == "graph"
    else exchange.stale_cursor(),
    "400filter": lambda fault, _: graph.bad_filter(),
    "504html": lambda fault, _: Reply(504, body=HTML, media="text/html"),
    "html200": lambda fault, _: Reply(200, body=HTML, media="text/html"),
    "empty200": lambda fault, _: Reply(200),
    "aadsts": lambda fault, _: login.refusal(fault["code"]),
    "error_in_200": lambda fault, _: Reply(200, {
        fault.get("member", "error"): {"code": "InternalServerError", "message": fault.get(
            "message", "The service had trouble.")}}),
    "close": wire_fault, "silence": wire_fault,
}


def instead(fault, request, ports):
    """The answer to a request that its service never sees, or None."""
    name = fault["fault"]
    if re.fullmatch("[1-5][0-9][0-9]", name):
        reply = plain_status(fault, request)
    elif name == "redirect":
        reply = redirect(fault, request, ports)
    elif name in INSTEAD:
        reply = INSTEAD[name](fault, request)
    else:
        return None
    reply.options.update(fault)
    return reply


def swap_link(change):
    """A fault that does something to the link of a page; where there is none it makes one."""
    def apply(fault, reply, request, ports):
        if reply.document is None or "value" not in reply.document:
            return
        here = request.base + request.target
        document = dict(reply.document)
        link = document.pop("@odata.nextLink", None)
        context = {"@odata.context": document.pop("@odata.context", "")}
        link = change(fault, link, here, {**ports, "previous": reply.options.get("previous")})
        reply.document = {**context, **({} if link is None else {"@odata.nextLink": link}),
                          **document}
    return apply


def other_host(link, host):
    return re.sub(r"^https?://[^/]*", host, link)


def foreign(fault, link, here, ports):
    return other_host(link or here, "https://%s:%d" % (fault.get("host", "localhost"),
                                                       ports["evil"]))


def userinfo(_fault, link, here, ports):
    """Our own host stands before the @ only."""
    own = re.match(r"https?://([^/]*)", link or here).group(1).replace(":", "%3A")
    return other_host(link or here, "https://%s@127.0.0.1:%d" % (own, ports["evil"]))


def long_link(fault, link, here, _ports):
    link = link or here
    return link + ("&" if "?" in link else "?") + "pad=" + "x" * fault.get("bytes", 65536)


def add_errors(fault, reply, _request, _ports):
    reply.document["@adminapi.errors"] = [fault.get("message", "A server is in maintenance.")]


def add_warning(_fault, reply, _request, _ports):
    if "@odata.nextLink" not in reply.document:
        reply.document["@adminapi.warnings"] = [exchange.WARNING]


def set_value(value):
    def apply(_fault, reply, _request, _ports):
        reply.document.pop("value", None)
        if value != "absent":
            reply.document["value"] = value
    return apply


def empty_page(_fault, reply, request, _ports):
    """No rows, and the next page to be had behind this one's own link."""
    reply.document["value"] = []
    reply.document["@odata.nextLink"] = request.base + request.target


def encoded(change):
    """A fault in the bytes."""
    def apply(_fault, reply, _request, _ports):
        reply.body, reply.document = change(reply.payload()), None
    return apply


def bad_utf8(body):
    """Into the last text of the first row, or of whatever is there."""
    position = body.rfind(b'"', 0, body.find(b"}", body.find(b'"value"')))
    return body[:position] + b"\xff\xfe\xc0" + body[position:]


def double_member(body):
    return body.replace(b'"value":[{', b'"value":[{"SmtpClientAuthenticationDisabled":true,'
                        b'"id":"twice","SmtpClientAuthenticationDisabled":false,', 1)


def on_wire(fault, reply, _request, _ports):
    reply.wire = fault["fault"]


def wrong_date(fault, reply, _request, _ports):
    reply.options["date_offset"] = fault.get("hours", -3) * 3600


def large_token(fault, reply, _request, _ports):
    if "access_token" in (reply.document or {}):
        reply.document["access_token"] += "x" * max(
            0, fault.get("bytes", 100_000) - len(reply.document["access_token"]))


def members(fault, reply, _request, _ports):
    """Members of the answer itself; "absent" takes one away."""
    for name, value in fault.get("members", {}).items():
        reply.document.pop(name, None)
        if value != "absent":
            reply.document[name] = value


CHANGES = {
    "foreign_link": swap_link(foreign), "userinfo_link": swap_link(userinfo),
    "http_link": swap_link(lambda fault, link, here, ports:
                           (link or here).replace("https://", "http://", 1)),
    "loop_link": swap_link(lambda fault, link, here, ports: here),
    "two_loop": swap_link(lambda fault, link, here, ports: ports["previous"] or link),
    "empty_link": swap_link(lambda fault, link, here, ports: ""),
    "no_link": swap_link(lambda fault, link, here, ports: None),
    "long_link": swap_link(long_link),
    "adminapi_errors": add_errors, "warning_last_page": add_warning,
    "value_missing": set_value("absent"), "value_null": set_value(None),
    "value_empty": set_value([]), "empty_page": empty_page,
    "badutf8": encoded(bad_utf8), "double_member": encoded(double_member),
    "bom": encoded(lambda body: b"\xef\xbb\xbf" + body),
    "trailing": encoded(lambda body: body + b"{}"),
    "truncate": on_wire, "truncate_close": on_wire, "drip": on_wire, "oversize": on_wire,
    "gzip_bomb": on_wire, "wrong_date": wrong_date, "token_large": large_token,
    "members": members, "delay": lambda *_: None,
}


def change(fault, reply, request, ports):
    """Spoils a good answer."""
    reply.options.update(fault)
    if fault["fault"] not in CHANGES:
        raise ValueError("unknown fault " + fault["fault"])
    if reply.document is not None or fault["fault"] in ("wrong_date", "delay"):
        CHANGES[fault["fault"]](fault, reply, request, ports)


def pause(fault):
    if "delay" in fault:
        time.sleep(fault["delay"])
