# SPDX-License-Identifier: MIT
"""The token endpoint and the identity service of an Azure machine (IMDS)."""
import datetime
import hashlib
import json
import os
import re
import threading
import time
import urllib.parse
import uuid

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

import tokens
from wire import Reply

BEARER_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# AADSTS number: (status, error, text); texts as far as the reference knows them
REFUSALS = {
    70011: (400, "invalid_scope", "The provided request must include a 'scope' input parameter."
            " The provided value for the input parameter 'scope' is not valid."),
    1002012: (400, "invalid_scope", "The provided value for scope is not valid. Client credential"
              " flows must have a scope value with /.default suffixed to the resource identifier"
              " (application ID URI)."),
    500011: (400, "invalid_resource", "The resource principal was not found in the tenant."),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type."),
    900144: (400, "invalid_request", "The request body must contain the following parameter:"),
    90002: (400, "invalid_request", "Tenant not found. Check to make sure you have the correct"
            " tenant ID and are signing into the correct cloud."),
    700016: (400, "unauthorized_client", "Application was not found in the directory."),
    7000112: (401, "unauthorized_client", "Application is disabled."),
    7000215: (401, "invalid_client", "Invalid client secret provided."),
    7000222: (401, "invalid_client", "The provided client secret keys for app are expired."),
    7000218: (401, "invalid_client", "The request body must contain the following parameter:"
              " 'client_assertion' or 'client_secret'."),
    700027: (401, "invalid_client", "The certificate with identifier used to sign the client"
             " assertion is not registered on application, or the signature is invalid."),
    700024: (401, "invalid_client", "Client assertion is not within its valid time range."),
    700023: (401, "invalid_client", "Client assertion audience claim does not match Realm"
             " issuer."),
    700021: (401, "invalid_client", "Client assertion application identifier doesn't match"
             " 'client_id' parameter."),
    50027: (400, "invalid_request", "JWT token is invalid or malformed."),
    50012: (401, "invalid_client", "Authentication failed: the assertion was used before."),
    700213: (401, "invalid_client", "No matching federated identity record found for presented"
             " assertion."),
}


class Refused(Exception):
    """Ends a login with an AADSTS number."""

    def __init__(self, number, detail=""):
        super().__init__(number)
        self.number, self.detail = number, detail


def refusal(number, detail=""):
    """The body of an AADSTS error."""
    status, error, text = REFUSALS.get(number, (400, "invalid_request", "Refused."))
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    described = "AADSTS%d: %s%s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s" % (
        number, text, " " + detail if detail else "", trace, correlation, stamp)
    return Reply(status, {"error": error, "error_description": described,
                          "error_codes": [number], "timestamp": stamp, "trace_id": trace,
                          "correlation_id": correlation,
                          "error_uri": "https://login.microsoftonline.com/error?code=%d" % number},
                 media="application/json; charset=utf-8")


class Certificates:
    """Registered certificates by file, read once."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}

    def load(self, name):
        path = os.path.join(self.folder, name)
        mark = (path, os.stat(path).st_mtime_ns)
        if mark not in self.known:
            with open(path, "rb") as file:
                self.known[mark] = x509.load_pem_x509_certificate(file.read())
        return self.known[mark]

    def find(self, client, header):
        """The registered certificate that an assertion's header names, or None. PS256 goes
        with the SHA-256 thumbprint of the documents, RS256 with the SHA-1 of older clients;
        both are base64url without padding."""
        names = {"PS256": ("x5t#S256", "sha256"), "RS256": ("x5t", "sha1")}
        if header.get("alg") not in names:
            return None
        member, digest = names[header["alg"]]
        for name in client.get("certificates", []):
            certificate = self.load(name)
            der = certificate.public_bytes(serialization.Encoding.DER)
            if header.get(member) == tokens.encode(hashlib.new(digest, der).digest()):
                return certificate
        return None


class Login:
    """POST /{tenant}/oauth2/v2.0/token"""

    def __init__(self, mint, certificates_folder):
        self.mint = mint
        self.certificates = Certificates(certificates_folder)
        self.lock = threading.Lock()
        self.used = {}  # jti: when it may be forgotten

    def describe(self, request, world):
        match = re.fullmatch(r"/([^/]+)/oauth2/v2\.0/token", request.path)
        tenant = world.tenant(match.group(1)) if match else None
        request.tenant = tenant.id if tenant else match.group(1) if match else None
        request.page = 1

    def answer(self, request, world):
        if not re.fullmatch(r"/([^/]+)/oauth2/v2\.0/token", request.path) or request.query:
            return Reply(404, body=b"", media="text/html")
        if request.method != "POST":
            return refusal(900144, "'grant_type'.")
        try:
            return self.grant(request, world)
        except Refused as refused:
            return refusal(refused.number, refused.detail)

    def grant(self, request, world):
        form = self.form(request)
        tenant = world.tenant(request.tenant)
        if tenant is None:
            raise Refused(90002)
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                raise Refused(900144, "'%s'." % name)
        if form["grant_type"] != "client_credentials":
            raise Refused(70003)
        client = tenant.client(form["client_id"])
        if client is None:
            raise Refused(700016)
        if client.get("disabled"):
            raise Refused(7000112)
        self.authenticate(request, form, client)
        return self.token(tenant, self.service(form["scope"], tenant), form["client_id"])

    @staticmethod
    def form(request):
        """Every parameter once; a form in another media type is no form."""
        if request.media_type() != "application/x-www-form-urlencoded":
            raise Refused(900144, "'grant_type'.")
        try:
            pairs = urllib.parse.parse_qsl(request.body.decode("ascii"), keep_blank_values=True,
                                           strict_parsing=True)
        except ValueError:
            raise Refused(900144, "'grant_type'.") from None
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Refused(900144, "(a parameter is repeated).")
        return form

    @staticmethod
    def service(scope, tenant):
        for service, audience in tenant.audiences.items():
            if scope == audience + "/.default":
                return service
        if not re.fullmatch(r"\S+", scope):
            raise Refused(70011, "The scope %s is not valid." % scope)
        if not scope.endswith("/.default"):
            raise Refused(1002012)
        raise Refused(500011, "The resource principal named %s." % scope[:-9])

    def authenticate(self, request, form, client):
        if "client_secret" in form:
            if form["client_secret"] in client.get("expired_secrets", []):
                raise Refused(7000222)
            if not client.get("secret") or form["client_secret"] != client["secret"]:
                raise Refused(7000215)
        elif "client_assertion" not in form:
            raise Refused(7000218)
        elif form.get("client_assertion_type") != BEARER_ASSERTION:
            raise Refused(900144, "'client_assertion_type'.")
        elif form["client_assertion"] not in client.get("federated", []):
            self.check_assertion(request, form, client)

    def check_assertion(self, request, form, client):
        try:
            parts = form["client_assertion"].split(".")
            if len(parts) != 3 or "=" in form["client_assertion"]:
                raise ValueError
            header, claims = (json.loads(tokens.decode(part)) for part in parts[:2])
            signature = tokens.decode(parts[2])
        except ValueError:
            raise Refused(700213 if client.get("federated") else 50027) from None
        certificate = self.certificates.find(client, header)
        if certificate is None or header.get("typ") != "JWT":
            raise Refused(700027, "[Reason - The key was not found.]")
        self.check_signature(certificate, header["alg"], ".".join(parts[:2]), signature)
        self.check_claims(request, form, claims)

    @staticmethod
    def check_signature(certificate, algorithm, signed, signature):
        now = datetime.datetime.utcnow()
        if not certificate.not_valid_before <= now < certificate.not_valid_after:
            raise Refused(700027, "[Reason - The key used is expired.]")
        scheme = padding.PKCS1v15()
        if algorithm == "PS256":
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        try:
            certificate.public_key().verify(signature, signed.encode(), scheme, hashes.SHA256())
        except InvalidSignature:
            raise Refused(700027, "[Reason - The key was found, but use of the key to verify the"
                                  " signature failed.]") from None

    def check_claims(self, request, form, claims):
        now = time.time()
        if claims.get("aud") != request.base + request.path:
            raise Refused(700023)
        if claims.get("iss") != form["client_id"] or claims.get("sub") != form["client_id"]:
            raise Refused(700021)
        begins, ends = claims.get("nbf"), claims.get("exp")
        if not all(isinstance(value, int) for value in (begins, ends)):
            raise Refused(50027)
        # 5 minutes of clock difference are forgiven; an hour of life is not.
        if begins > now + 300 or ends <= now - 300 or ends - begins > 3600 or ends <= begins:
            raise Refused(700024)
        with self.lock:
            self.used = {jti: end for jti, end in self.used.items() if end > now}
            if not isinstance(claims.get("jti"), str) or claims["jti"] in self.used:
                raise Refused(50012)
            self.used[claims["jti"]] = ends + 300

    def token(self, tenant, service, client_id):
        token, _, life = self.mint.issue(tenant, service, client_id)
        return Reply(200, {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life,
                           "access_token": token}, media="application/json; charset=utf-8",
                     headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})


class Identity:
    """GET /metadata/identity/oauth2/token: every value is a string."""

    def __init__(self, mint):
        self.mint = mint

    def describe(self, request, world):
        request.page = 1
        tenant, _ = self.find(request, world)
        request.tenant = tenant.id if tenant else None

    @staticmethod
    def find(request, world):
        """(tenant, client id) of the identity that is asked for."""
        wanted = request.parameters().get("client_id")
        system = world.document.get("identity", {})
        if wanted is None:
            return world.tenant(system.get("tenant")), system.get("client_id")
        for tenant in world.tenants.values():
            client = tenant.client(wanted)
            if client and client.get("managed_identity"):
                return tenant, wanted
        return None, None

    @staticmethod
    def refuse(status, error, text):
        return Reply(status, {"error": error, "error_description": text},
                     media="application/json; charset=utf-8")

    def answer(self, request, world):
        asked = request.parameters()
        if request.path != "/metadata/identity/oauth2/token":
            return self.refuse(404, "not_found", "No such resource.")
        if request.method != "GET":
            return self.refuse(405, "bad_request_102", "Method not allowed.")
        if request.header("Metadata") != "true" or request.header("X-Forwarded-For"):
            return self.refuse(400, "bad_request_102", "Required metadata header not specified")
        if asked.get("api-version") != "2018-02-01":
            return self.refuse(400, "bad_request_103", "Invalid or missing api-version")
        if set(asked) - {"api-version", "resource", "client_id"}:
            return self.refuse(400, "invalid_request", "Unknown parameter")
        tenant, client_id = self.find(request, world)
        if tenant is None:
            return self.refuse(400, "invalid_request", "Identity not found")
        for service, audience in tenant.audiences.items():
            if asked.get("resource") == audience:
                return self.token(tenant, service, client_id or "system")
        return refusal(500011)

    def token(self, tenant, service, client_id):
        token, _, life = self.mint.issue(tenant, service, client_id)
        now = int(time.time())
        return Reply(200, {"access_token": token, "refresh_token": "", "expires_in": str(life),
                           "expires_on": str(now + life), "not_before": str(now),
                           "resource": tenant.audiences[service], "token_type": "Bearer"},
                     media="application/json; charset=utf-8")
