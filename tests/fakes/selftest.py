#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Tries the fake tenant itself: what it refuses, and that every fault is one."""
import sys

sys.dont_write_bytecode = True

import time  # noqa: E402

import cases_exchange  # noqa: E402
import cases_faults  # noqa: E402
import cases_graph  # noqa: E402
import cases_login  # noqa: E402
import cases_replay  # noqa: E402
from harness import CLIENT, OTHER, SECRET, TENANT, Counter, Fake  # noqa: E402


def world():
    now = int(time.time())
    client = {"secret": SECRET, "expired_secrets": ["old"], "certificates": ["client.pem"],
              "federated": ["federated.text.x"], "managed_identity": True}
    return {
        "identity": {"tenant": TENANT, "client_id": CLIENT},
        "tenants": {
            TENANT: {
                "clients": {CLIENT: client, "disabled": {"secret": SECRET, "disabled": True}},
                "throttle": False,
                "transport": {"SmtpClientAuthenticationDisabled": False},
                "organization": {"DefaultAuthenticationPolicy": "Block"},
                "authentication_policies": [{"Name": "Block"}, {"Name": "Allow",
                                                                "AllowBasicAuthSmtp": True}],
                "security_defaults": {"isEnabled": True},
                "conditional_access": [{"displayName": "Block legacy", "conditions": {
                    "clientAppTypes": ["exchangeActiveSync", "other"]}}],
                "mailboxes": {
                    "explicit": [{"PrimarySmtpAddress": "scanner@contoso.example",
                                  "SmtpClientAuthenticationDisabled": False}],
                    "count": 2500,
                    "generate": {"flags": [True, False, None, "absent", "True"]}},
                "signins": {
                    "explicit": [{"time": now - n * 60, "user": "ann@contoso.example",
                                  "address": "192.0.2.1", "code": 0} for n in (20, 30, 40)],
                    "generate": {"count": 3000, "from": now - 86400, "to": now}}},
            OTHER: {"clients": {CLIENT: {"secret": SECRET}}, "domain": "fabrikam.example",
                    "throttle": False}}}


def main():
    begin, count, made = time.time(), Counter(), world()
    fake = Fake(made)
    try:
        for cases in (cases_login, cases_exchange, cases_graph, cases_faults, cases_replay):
            cases.run(fake, count, made)
    finally:
        fake.stop()
    count.same("no defect of the fake itself", [line for line in fake.log()
                                                if line["fault"] == "DEFECT"], [])
    print("%d passed, %d failed in %.1f s" % (count.passed, count.failed, time.time() - begin))
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
