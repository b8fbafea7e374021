# SPDX-License-Identifier: MIT
"""selftest.py: the sign-in log and the policies of Graph."""
import copy
import time

from harness import OTHER, TENANT
from world import iso

SMTP = "(clientAppUsed eq 'Authenticated SMTP' or clientAppUsed eq 'SMTP')"
SECURITY = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
CONDITIONAL = "/v1.0/identity/conditionalAccess/policies"


def stamp(seconds):
    return iso(round(seconds * 10_000_000), 0)


def changed(fake, world, **options):
    document = copy.deepcopy(world)
    document["tenants"][TENANT].update(options)
    fake.write(document)
    return document


def walk(fake, **parameters):
    return fake.all(fake.signins(**parameters), lambda link: fake.signins(link))


def filters(fake, count, now):
    whole = walk(fake)[0]
    count.same("all rows", len(whole), 3003)
    times = [row["createdDateTime"] for row in whole]
    count.true("newest first", all(a[:19] >= b[:19] for a, b in zip(times, times[1:])))
    count.same("each once", len({row["id"] for row in whole}), 3003)
    apps = {"Authenticated SMTP", "SMTP"}
    wanted = [row["id"] for row in whole if row["clientAppUsed"] in apps]
    count.true("others exist", 0 < len(wanted) < 3003)
    got, sizes = walk(fake, x_filter=SMTP, x_top=500)
    count.same("clients", [row["id"] for row in got], wanted)
    count.true("pages", sizes[0] == 500 and len(sizes) > 2)
    middle = stamp(now - 40000)
    early = walk(fake, x_filter="createdDateTime lt %s and %s" % (middle, SMTP))[0]
    late = walk(fake, x_filter="createdDateTime ge %s and %s" % (middle, SMTP))[0]
    count.same("halves", len(early) + len(late), len(wanted))
    count.same("halves join", [row["id"] for row in late + early], wanted)
    zero = [row for row in whole if row["status"]["errorCode"] == 0]
    count.same("successes", len(walk(fake, x_filter="status/errorCode eq 0")[0]), len(zero))
    precedence = "clientAppUsed eq 'IMAP4' or clientAppUsed eq 'SMTP' and status/errorCode eq 0"
    count.same("and before or", len(walk(fake, x_filter=precedence)[0]), len(
        [row for row in whole if row["clientAppUsed"] == "IMAP4"
         or (row["clientAppUsed"] == "SMTP" and row["status"]["errorCode"] == 0)]))
    count.same("none", walk(fake, x_filter="clientAppUsed eq 'smtp'")[0], [])
    for bad in ("createdDateTime ge 'x'", "clientAppUsed ne 'SMTP'", "clientAppUsed in ('SMTP')",
                "createdDateTime ge 2026-13-01", "(clientAppUsed eq 'SMTP'", "not (true)",
                "clientAppUsed eq SMTP", "createdDateTime ge 2026-11-01T00:00:00", "true",
                "startswith(clientAppUsed,'S')", "CreatedDateTime ge 2026-11-01"):
        answer = fake.signins(x_filter=bad)
        count.same(bad, (answer.status, answer.json["error"]["message"]),
                   (400, "Invalid filter clause"))


def options(fake, count, world, now):
    for top, status in ((999, 200), (1000, 400), (0, 400), ("x", 400)):
        count.same("top %s" % top, fake.signins(x_top=top).status, status)
    count.same("select", list(fake.signins(x_select="id,status").json["value"][0]),
               ["id", "status"])
    for bad in ({"x_skip": 1}, {"x_count": "true"}, {"x_orderby": "createdDateTime asc"}):
        count.same(str(bad), fake.signins(**bad).status, 400)
    old = "createdDateTime ge " + stamp(now - 31 * 86400)
    count.same("old date", fake.signins(x_filter=old).status, 200)
    changed(fake, world, refuse_older_days=30, max_top=200)
    count.same("old date refused", fake.signins(x_filter=old).json["error"]["message"],
               "Invalid filter clause")
    count.same("lower limit", fake.signins(x_top=201).status, 400)
    count.same("default follows", len(fake.signins().json["value"]), 200)
    fake.write(world)


def links(fake, count, world):
    link = fake.signins(x_filter=SMTP, x_top=2).json["@odata.nextLink"]
    count.true("lower case", "/v1.0/auditLogs/signins?$filter=" in link and "%27smtp" not in link)
    count.same("link", fake.signins(link).status, 200)
    count.same("again", fake.signins(link).status, 200)
    count.same("filter changed", fake.signins(link.replace("SMTP", "POP3")).status, 400)
    count.same("of another tenant", fake.signins(link, OTHER).status, 400)
    dead = fake.signins(link[:-4] + "0000")
    count.same("invented", (dead.status, dead.json["error"]["code"], dead.json["error"]["message"]),
               (400, "", "Token not found: token is either invalid or expired"))
    changed(fake, world, skiptoken_life=-1)
    count.same("too old", fake.signins(link).status, 400)
    changed(fake, world, skiptoken_requests=1)
    link = fake.signins(x_top=3).json["@odata.nextLink"]
    count.same("next request", fake.signins(link).status, 200)
    link = fake.signins(x_top=4).json["@odata.nextLink"]
    fake.signins(x_top=1)
    count.same("one between", fake.signins(link).status, 400)
    fake.write(world)


def late_rows(fake, count, world, now):
    document = copy.deepcopy(world)
    rows = document["tenants"][TENANT]["signins"]["explicit"]
    before = len(walk(fake)[0])
    rows.append({"id": "late", "time": now - 600, "user": "a@contoso.example", "code": 50126,
                 "appears_at": time.time() + 0.7})
    rows.append({"id": "late", "time": now - 600, "user": "a@contoso.example", "code": 53003,
                 "appears_at": time.time() + 1.5})
    fake.write(document)
    count.same("not yet", len(walk(fake)[0]), before)
    time.sleep(0.8)
    seen = {row["id"]: row["status"]["errorCode"] for row in walk(fake)[0]}
    count.same("late", (len(seen), seen.get("late")), (before + 1, 50126))
    time.sleep(0.8)
    seen = {row["id"]: row["status"]["errorCode"] for row in walk(fake)[0]}
    count.same("amended", (len(seen), seen.get("late")), (before + 1, 53003))
    fake.write(world)


def doors(fake, count, world):
    count.same("no token", fake.ask(fake.url("graph", "/v1.0/auditLogs/signIns")).status, 401)
    count.same("token for Exchange", fake.ask(
        fake.url("graph", "/v1.0/auditLogs/signIns"),
        headers={"Authorization": "Bearer " + fake.token("exchange")}).status, 401)
    count.same("security defaults", fake.get(SECURITY).json["isEnabled"], True)
    count.same("conditional access", [p["displayName"] for p in fake.get(CONDITIONAL)
                                      .json["value"]], ["Block legacy"])
    fake.tokens.clear()
    changed(fake, world, permissions={"audit_log": False, "policy": False})
    answer = fake.signins()
    count.same("permission", (answer.status, answer.code),
               (403, "Authentication_MSGraphPermissionMissing"))
    count.same("policies", fake.get(SECURITY).status, 403)
    fake.tokens.clear()
    changed(fake, world, permissions={"premium": False})
    answer = fake.signins()
    count.same("premium", (answer.status, answer.code),
               (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"))
    fake.write(world)


def throttling(fake, count, world):
    changed(fake, world, throttle={})
    answers = [fake.signins(x_top=1) for _ in range(7)]
    count.same("five in ten seconds", [a.status for a in answers], [200] * 5 + [429] * 2)
    count.true("Retry-After", 1 <= int(answers[6].headers["Retry-After"]) <= 10)
    count.same("other tenant", fake.signins(tenant=OTHER, x_top=1).status, 200)
    time.sleep(1)
    answers = [fake.get(CONDITIONAL) for _ in range(2)]
    count.same("one a second", [a.status for a in answers], [200, 429])
    count.same("without Retry-After", answers[1].headers["Retry-After"], None)
    fake.write(world)


def run(fake, count, world):
    now = world["tenants"][TENANT]["signins"]["generate"]["to"]
    filters(fake, count, now)
    options(fake, count, world, now)
    links(fake, count, world)
    late_rows(fake, count, world, now)
    doors(fake, count, world)
    throttling(fake, count, world)
