# SPDX-License-Identifier: MIT
"""selftest.py: the token endpoint, certificates of the services, and the identity service."""
import time

from harness import ASSERTION, CLIENT, SECRET, TENANT


def secrets(fake, count):
    answer = fake.login()
    count.same("right secret", answer.status, 200)
    count.same("members", set(answer.json),
               {"token_type", "expires_in", "ext_expires_in", "access_token"})
    count.true("a token of usual length", 1700 < len(answer.json["access_token"]) < 1900)
    count.same("wrong secret", (fake.login(client_secret="x").status,
                                fake.login(client_secret="x").code), (401, 7000215))
    count.same("expired secret", fake.login(client_secret="old").code, 7000222)
    count.same("unknown application", fake.login(client_id="c1", client_secret=SECRET).code, 700016)
    count.same("disabled application", fake.login(client_id="disabled", client_secret=SECRET).code,
               7000112)
    count.same("unknown tenant", (fake.login("nobody.example").status,
                                  fake.login("nobody.example").code), (400, 90002))
    count.same("no credential", fake.login(client_id=CLIENT).code, 7000218)
    count.same("grant type", fake.login(client_secret=SECRET, grant_type="password").code, 70003)
    for scope, number in (("https://outlook.office365.us/.default", 500011),
                          ("https://outlook.office365.com//.default", 500011),
                          ("https://graph.microsoft.com/User.Read", 1002012),
                          ("https://graph.microsoft.com/.default openid", 70011)):
        count.same(scope, fake.login(client_secret=SECRET, scope=scope).code, number)
    url = fake.url("login", "/%s/oauth2/v2.0/token" % TENANT)
    count.same("not a form", fake.ask(url, b"{}", {"Content-Type": "application/json"}).code,
               900144)
    count.same("twice a parameter", fake.ask(url, b"client_id=a&client_id=b").code, 900144)


def assertions(fake, count):
    def present(**changed):
        return fake.login(client_assertion_type=ASSERTION,
                          client_assertion=fake.assertion(**changed))
    count.same("PS256", present().status, 200)
    count.same("RS256", present(algorithm="RS256").status, 200)
    count.same("padded thumbprint", present(header={"x5t#S256": "A" * 43 + "="}).code, 700027)
    count.same("not registered", present(certificate="client-soon").code, 700027)
    count.same("none", present(header={"alg": "none"}).code, 700027)
    now = int(time.time())
    count.same("too late", present(nbf=now - 1200, exp=now - 600).code, 700024)
    count.same("too early", present(nbf=now + 900, exp=now + 1500).code, 700024)
    count.same("too long", present(exp=now + 86400).code, 700024)
    count.same("audience", present(aud="https://login.microsoftonline.com/").code, 700023)
    count.same("subject", present(sub="x").code, 700021)
    used = fake.assertion(jti="same")
    form = {"client_assertion_type": ASSERTION, "client_assertion": used}
    count.same("first use", fake.login(**form).status, 200)
    count.same("second use", fake.login(**form).code, 50012)
    head, claims, signature = fake.assertion().split(".")
    bad = ("B" if signature[0] == "A" else "A") + signature[1:]
    form["client_assertion"] = ".".join((head, claims, bad))
    count.same("signature", fake.login(**form).code, 700027)
    form["client_assertion"] = "federated.text.x"
    count.same("federated", fake.login(**form).status, 200)
    form["client_assertion"] += "\n"
    count.same("federated with its newline", fake.login(**form).code, 700213)


def identity(fake, count):
    def ask(query, **headers):
        return fake.ask(fake.url("identity", "/metadata/identity/oauth2/token?" + query),
                        headers=headers)
    good = "api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com"
    answer = ask(good, Metadata="true")
    count.same("identity", answer.status, 200)
    count.true("strings only", all(isinstance(v, str) for v in answer.json.values()))
    count.same("its token works", fake.ask(
        fake.url("graph", "/v1.0/auditLogs/signIns?%24top=1"),
        headers={"Authorization": "Bearer " + answer.json["access_token"]}).status, 200)
    count.same("user assigned", ask(good + "&client_id=" + CLIENT, Metadata="true").status, 200)
    count.same("unknown", ask(good + "&client_id=x", Metadata="true").status, 400)
    count.same("without header", ask(good).status, 400)
    count.same("slash behind", ask(good + "%2F", Metadata="true").code, 500011)


def certificates(fake, count, world):
    wanted = {"other": "CERTIFICATE_VERIFY_FAILED", "expired": "expired", "wronghost": "mismatch"}
    for name, text in wanted.items():
        fake.write({**world, "certificate": {"graph": name}})
        lost = fake.ask(fake.url("graph", "/")).lost
        count.true("certificate " + name, lost and text in lost)
        count.true("others are well", fake.ask(fake.url("exchange", "/")).status)
    fake.write(world)
    count.same("and again", fake.ask(fake.url("graph", "/")).status, 400)


def run(fake, count, world):
    secrets(fake, count)
    assertions(fake, count)
    identity(fake, count)
    certificates(fake, count, world)
