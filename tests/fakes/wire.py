# SPDX-License-Identifier: MIT
"""HTTP over TLS as the fake speaks it: one thread for each connection, keep-alive, and every
way in which an answer can go wrong. What is answered is decided elsewhere."""
import gzip
import hashlib
import http.server
import json
import select
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import traceback
import urllib.parse
import zlib

LARGEST_BODY = 4 << 20
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;" \
            "IEEE754Compatible=false;charset=utf-8"


class Request:
    """One request as it arrived; tenant, cmdlet, page and token are filled in by its service."""

    def __init__(self, service, method, target, headers, body):
        self.service, self.method, self.target = service, method, target
        self.headers, self.body = headers, body
        self.path, _, self.query = target.partition("?")
        self.host = headers.get("Host", "")
        self.base = ("http://" if service == "identity" else "https://") + self.host
        self.tenant = self.cmdlet = self.page = self.token_id = None

    def header(self, name):
        return self.headers.get(name, "")

    def parameters(self):
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))

    def bearer(self):
        scheme, _, token = self.header("Authorization").partition(" ")
        return token if scheme == "Bearer" else ""

    def media_type(self):
        return self.header("Content-Type").partition(";")[0].strip().lower()


class Reply:
    """An answer: `document` (JSON) or `body`; `wire` names a way of sending it wrongly."""

    def __init__(self, status, document=None, body=b"", media=JSON_TYPE, headers=()):
        self.status, self.document, self.body = status, document, body
        self.headers = {"Content-Type": media}
        self.headers.update(headers)
        self.compressible = document is not None
        self.wire, self.options = None, {}

    def payload(self):
        if self.document is None:
            return self.body
        return json.dumps(self.document, separators=(",", ":"), ensure_ascii=False).encode()


def wants_gzip(request):
    offers = [part.strip().lower() for part in request.header("Accept-Encoding").split(",")]
    return any(offer.partition(";")[0] == "gzip" and "q=0" not in offer.replace("q=0.", "")
               for offer in offers)


class Log:
    """requests.jsonl: a line for each request, written before the client sees the answer, so
    that whoever waited for the client finds its line."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8", buffering=1)
        self.lock = threading.Lock()

    def add(self, request, status, fault):
        line = {"time": round(time.time(), 6), "service": request.service,
                "method": request.method, "path": request.path, "query": request.query,
                "tenant": request.tenant, "cmdlet": request.cmdlet, "page": request.page,
                "status": status, "fault": fault,
                "had_authorization": "Authorization" in request.headers,
                "token_id": request.token_id, "host": request.host,
                "body_sha": hashlib.sha256(request.body).hexdigest() if request.body else None}
        text = json.dumps(line) + "\n"
        with self.lock:
            self.file.write(text)


class Connection(http.server.BaseHTTPRequestHandler):
    """All requests of one connection."""
    protocol_version = "HTTP/1.1"
    timeout = 600
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        if self.server.tls is not None:
            # Here and not in accept(): a client that never shakes hands stops nobody else.
            self.request.settimeout(30)
            self.refuse_plaintext()
            self.request = self.server.tls().wrap_socket(self.request, server_side=True)
        super().setup()

    def refuse_plaintext(self):
        """A client that followed an http:// link here has shown its token to the network: that
        must be seen."""
        if self.request.recv(1, socket.MSG_PEEK) in (b"", b"\x16"):
            return
        lines = self.request.recv(65536).decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        request = Request(self.server.service, method, rest.partition(" ")[0], fields, b"")
        self.server.app.log.add(request, None, "PLAINTEXT")
        raise ConnectionAbortedError

    def finish(self):
        super().finish()
        try:
            self.connection.close()
        except OSError:
            pass

    def log_message(self, *_):
        """Requests are logged by Log."""

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.read_body()
        if body is None:
            return
        request = Request(self.server.service, self.command, self.path, self.headers, body)
        reply, fault = self.decide(request)
        self.server.app.log.add(request, None if reply.wire in ("close", "silence")
                                else reply.status, fault)
        getattr(self, "send_" + (reply.wire or "whole"))(request, reply)
        self.wfile.flush()

    def read_body(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self.send_error(411)
        elif int(length) > LARGEST_BODY:
            self.send_error(413)
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def decide(self, request):
        try:
            return self.server.app.answer(request)
        except Exception:  # a defect of the fake must not look like one of the client
            traceback.print_exc(file=sys.stderr)
            return Reply(500, body=b"the fake tenant failed", media="text/plain"), "DEFECT"

    def head(self, reply, length):
        lines = ["HTTP/1.1 %d %s" % (reply.status, self.responses.get(reply.status, ("",))[0])]
        now = time.time() + reply.options.get("date_offset", 0)
        fields = {"Date": self.date_time_string(now), **reply.headers}
        if length is not None:
            fields["Content-Length"] = str(length)
        if length is None and "Transfer-Encoding" not in fields:
            self.close_connection = True
            fields["Connection"] = "close"
        lines += ["%s: %s" % field for field in fields.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def packed(self, request, reply):
        body = reply.payload()
        if reply.compressible and wants_gzip(request) and "Content-Encoding" not in reply.headers:
            reply.headers["Content-Encoding"] = "gzip"
            reply.headers["Vary"] = "Accept-Encoding"
            body = gzip.compress(body, 1)
        return body

    def send_whole(self, request, reply):
        body = self.packed(request, reply)
        shown = b"" if request.method == "HEAD" else body
        self.wfile.write(self.head(reply, len(body)) + shown)

    def send_truncate(self, request, reply):
        body = self.packed(request, reply)
        self.wfile.write(self.head(reply, len(body)) + body[:len(body) // 2])
        self.close_connection = True

    def send_truncate_close(self, _request, reply):
        body = reply.payload()
        self.wfile.write(self.head(reply, None) + body[:max(1, len(body) * 2 // 3)])
        self.wfile.flush()
        # A proper end of TLS: only the body itself can tell that something is missing.
        self.connection.settimeout(2)
        self.connection.unwrap()

    def send_close(self, _request, reply):
        self.close_connection = True
        if reply.options.get("reset"):
            raw = self.connection
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(raw.detach())

    def send_silence(self, _request, reply):
        """Until the client goes away."""
        self.close_connection = True
        end = time.time() + reply.options.get("seconds", 3600)
        while time.time() < end:
            if select.select([self.connection], [], [], 1)[0] and not self.connection.recv(4096):
                return

    def send_drip(self, _request, reply):
        body = reply.payload()
        self.wfile.write(self.head(reply, len(body)))
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(reply.options.get("interval", 1))

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def send_oversize(self, _request, reply):
        """Rows without end (or `megabytes` of them), never closed."""
        body = reply.payload()
        start = body.find(b'"value":[{')
        opening = body[:start + 9] if start >= 0 else b'{"value":['
        row = b'{"padding":"' + b"x" * 60000 + b'"},'
        reply.headers["Transfer-Encoding"] = "chunked"
        self.wfile.write(self.head(reply, None))
        self.chunk(opening)
        for _ in range(int(reply.options.get("megabytes", 1 << 20) * 17)):
            self.chunk(row)
        self.close_connection = True

    def send_gzip_bomb(self, _request, reply):
        """A list of white space without end (or of `megabytes`)."""
        reply.headers["Content-Encoding"] = "gzip"
        reply.headers["Transfer-Encoding"] = "chunked"
        self.wfile.write(self.head(reply, None))
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        self.chunk(packer.compress(b'{"value":[') + packer.flush(zlib.Z_SYNC_FLUSH))
        spaces = b" " * (1 << 20)
        for _ in range(reply.options.get("megabytes", 1 << 20)):
            self.chunk(packer.compress(spaces) + packer.flush(zlib.Z_SYNC_FLUSH))
        self.chunk(packer.compress(b"]}") + packer.flush())
        self.wfile.write(b"0\r\n\r\n")


class Listener(socketserver.ThreadingTCPServer):
    """One service on a free port of the loopback interface."""
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, app, service, tls):
        super().__init__(("127.0.0.1", 0), Connection)
        self.app, self.service, self.tls = app, service, tls
        self.port = self.server_address[1]

    def handle_error(self, request, client_address):
        """Clients that hang up or do not like the certificate are part of the game."""
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


def tls_context(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(folder + "/" + name + ".pem", folder + "/" + name + ".key")
    return context
