# SPDX-License-Identifier: MIT
"""Access tokens: look like a JWT, are signed with a key of this folder, so that they outlive
the process, and mean nothing to the client."""
import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
import time

LENGTH = 1800


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Mint:
    """Issues tokens and reads them again. Numbers count from 1 in each tenant."""

    def __init__(self, folder):
        self.lock = threading.Lock()
        self.counts_path = folder + "/tokens.json"
        self.key = self.own_key(folder + "/token.key")
        self.counts = {}
        if os.path.exists(self.counts_path):
            with open(self.counts_path, encoding="utf-8") as file:
                self.counts = json.load(file)

    @staticmethod
    def own_key(path):
        if not os.path.exists(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(descriptor, secrets.token_bytes(32))
            os.close(descriptor)
        with open(path, "rb") as file:
            return file.read()

    def next_number(self, tenant_id):
        with self.lock:
            self.counts[tenant_id] = self.counts.get(tenant_id, 0) + 1
            with open(self.counts_path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.counts, file)
            os.replace(self.counts_path + ".new", self.counts_path)
            return self.counts[tenant_id]

    def issue(self, tenant, service, client_id, length=None):
        """Returns (token, its number, seconds that it lives). Roles travel in the token: one
        granted later needs a new token."""
        life = tenant.get("expires_in", 3599)
        number = self.next_number(tenant.id)
        claims = {"aud": tenant.audiences[service], "tid": tenant.id, "appid": client_id,
                  "roles": tenant.roles(service), "n": number, "exp": int(time.time()) + life}
        if service == "exchange" and tenant.permissions["exchange_directory"]:
            claims["wids"] = ["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]  # Global Reader
        length = length or tenant.get("token_length", LENGTH)
        bare = len(json.dumps({**claims, "xms_pad": ""}))
        room = (length - 44 - 40) * 3 // 4 - bare
        claims["xms_pad"] = secrets.token_hex(max(0, room) // 2 + 1)
        head = encode(b'{"typ":"JWT","alg":"RS256","kid":"fake"}')
        signed = head + "." + encode(json.dumps(claims).encode())
        return signed + "." + self.signature(signed), number, life

    def signature(self, signed):
        return encode(hmac.new(self.key, signed.encode(), hashlib.sha256).digest())

    def read(self, token):
        """The claims, or None if we never issued it."""
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(signature.encode(),
                                                 self.signature(signed).encode()):
            return None
        return json.loads(decode(signed.partition(".")[2]))

    def check(self, request, tenant, service):
        """(claims, None), or (None, why not): "missing", "invalid", "audience", "tenant",
        "expired", "revoked". Notes the number of a token that is ours."""
        token = request.bearer()
        if not token:
            return None, "missing"
        claims = self.read(token)
        if claims is None:
            return None, "invalid"
        request.token_id = claims["n"]
        owner = tenant.id if tenant else None
        if claims["aud"] not in (tenant.audiences[service] if tenant else claims["aud"],):
            return None, "audience"
        if claims["tid"] != owner:
            return None, "tenant"
        if claims["exp"] <= time.time():
            return None, "expired"
        if claims["n"] < tenant.get("revoked_before", 0):
            return None, "revoked"
        return claims, None
