# SPDX-License-Identifier: MIT
"""For selftest.py: a fake tenant of its own, a client, and counted expectations."""
import atexit
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from tokens import encode

HERE = pathlib.Path(__file__).resolve().parent
TENANT = "8d1f2c3b-0000-4000-8000-000000000001"
OTHER = "8d1f2c3b-0000-4000-8000-000000000002"
CLIENT = "c0000000-0000-4000-8000-000000000001"
SECRET = "s~e.c_r-e t&t"
ANCHOR = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@" + TENANT
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Answer:
    """What came back; `lost` instead of a status if it did not come back whole."""

    def __init__(self, status, headers, body, lost=None):
        self.status, self.headers, self.body, self.lost = status, headers, body, lost

    @property
    def json(self):
        body = self.body
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return json.loads(body)

    @property
    def code(self):
        """AADSTS number or Graph's error code."""
        document = self.json
        return document.get("error_codes", [None])[0] or document["error"].get("code")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Fake:
    """One running fake tenant."""

    def __init__(self, world=None, replay=None):
        self.temporary = tempfile.TemporaryDirectory(prefix="fake-tenant-")
        self.folder = pathlib.Path(self.temporary.name)
        subprocess.run([HERE / "pki.sh", self.folder / "ca"], check=True)
        self.write(world or {})
        self.start(replay)
        self.trust = ssl.create_default_context(cafile=self.folder / "ca/ca.pem")
        self.tokens = {}

    def start(self, replay=None):
        (self.folder / "ports.json").unlink(missing_ok=True)
        command = [HERE / "fake_tenant.py", "--dir", self.folder]
        self.process = subprocess.Popen(command + (["--replay", replay] if replay else []))
        atexit.register(self.process.kill)
        end = time.time() + 10
        while not (self.folder / "ports.json").exists():
            if time.time() > end or self.process.poll() is not None:
                sys.exit("the fake tenant did not start")
            time.sleep(0.02)
        self.ports = json.loads((self.folder / "ports.json").read_text())

    def stop(self):
        self.process.terminate()
        return self.process.wait(5)

    def write(self, world):
        path = self.folder / "world.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(world))
        os.replace(new, path)

    def log(self):
        return [json.loads(line)
                for line in (self.folder / "requests.jsonl").read_text().splitlines()]

    def url(self, service, target=""):
        scheme = "http" if service == "identity" else "https"
        return "%s://localhost:%d%s" % (scheme, self.ports[service], target)

    def ask(self, url, body=None, headers=None, method=None, timeout=10):
        request = urllib.request.Request(url, body, headers or {}, method=method)
        opener = urllib.request.build_opener(
            NoRedirect, urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=self.trust))
        try:
            with opener.open(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            return Answer(answer.code, answer.headers, answer.read())
        except (OSError, http.client.HTTPException) as trouble:
            return Answer(None, {}, b"", repr(trouble))

    def login(self, tenant=TENANT, service="exchange", **form):
        host = {"exchange": "outlook.office365.com", "graph": "graph.microsoft.com"}[service]
        fields = {"grant_type": "client_credentials", "client_id": CLIENT,
                  "scope": "https://%s/.default" % host}
        fields.update(form or {"client_secret": SECRET})
        return self.ask(self.url("login", "/%s/oauth2/v2.0/token" % tenant),
                        urllib.parse.urlencode(fields).encode())

    def token(self, service, tenant=TENANT):
        if (service, tenant) not in self.tokens:
            self.tokens[service, tenant] = self.login(tenant, service).json["access_token"]
        return self.tokens[service, tenant]

    def assertion(self, algorithm="PS256", header=None, certificate="client", **changed):
        """A client assertion like the one that the documents describe."""
        folder = self.folder / "ca"
        key = serialization.load_pem_private_key((folder / "client.key").read_bytes(), None)
        der = x509.load_pem_x509_certificate(
            (folder / (certificate + ".pem")).read_bytes()).public_bytes(serialization.Encoding.DER)
        names = {"PS256": ("x5t#S256", hashlib.sha256), "RS256": ("x5t", hashlib.sha1)}
        member, digest = names[algorithm]
        head = {"alg": algorithm, "typ": "JWT", member: encode(digest(der).digest())}
        head.update(header or {})
        now = int(time.time())
        claims = {"aud": self.url("login", "/%s/oauth2/v2.0/token" % TENANT), "iss": CLIENT,
                  "sub": CLIENT, "jti": str(uuid.uuid4()), "nbf": now, "exp": now + 600}
        claims.update(changed)
        signed = encode(json.dumps(head).encode()) + "." + encode(json.dumps(claims).encode())
        scheme = padding.PKCS1v15() if algorithm == "RS256" else \
            padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return signed + "." + encode(key.sign(signed.encode(), scheme, hashes.SHA256()))

    def invoke(self, cmdlet="Get-CASMailbox", link=None, tenant=TENANT, query="", **options):
        """One InvokeCommand; options: parameters, anchor, body, headers, timeout, method."""
        given = {"ResultSize": "Unlimited"} if cmdlet == "Get-CASMailbox" else {}
        body = options.get("body", json.dumps({"CmdletInput": {
            "CmdletName": cmdlet, "Parameters": options.get("parameters", given)}}).encode())
        headers = {"Authorization": "Bearer " + self.token("exchange", tenant),
                   "Content-Type": "application/json",
                   "X-AnchorMailbox": options.get("anchor", ANCHOR)}
        headers.update(options.get("headers", {}))
        headers = {name: value for name, value in headers.items() if value is not None}
        url = link or self.url("exchange", "/adminapi/beta/%s/InvokeCommand%s" % (tenant, query))
        return self.ask(url, body, headers, options.get("method"), options.get("timeout", 10))

    def get(self, path, link=None, tenant=TENANT, **parameters):
        query = urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)
        query = query.replace("x_", "%24")
        url = link or self.url("graph", path + ("?" + query if query else ""))
        return self.ask(url, headers={"Authorization": "Bearer " + self.token("graph", tenant)})

    def signins(self, link=None, tenant=TENANT, **parameters):
        """Options of the query are given as x_filter=, x_top= .."""
        return self.get("/v1.0/auditLogs/signIns", link, tenant, **parameters)

    def all(self, first, follow):
        """The rows of all pages, and the sizes of the pages."""
        rows, sizes, answer = [], [], first
        while True:
            document = answer.json
            rows += document["value"]
            sizes.append(len(document["value"]))
            if "@odata.nextLink" not in document:
                return rows, sizes
            answer = follow(document["@odata.nextLink"])


class Counter:
    """Counts what holds."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, what, got, wanted):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: %s: %r, not %r" % (what, got, wanted))

    def true(self, what, holds):
        self.same(what, bool(holds), True)
