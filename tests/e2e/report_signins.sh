#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.inc sets and uses them; '$' is one
# What smtp_auth_report tells after an alarm: signins, attacks, findings, and one verdict for
# each mailbox.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/report.inc"
need python3

# What is told day by day is not the same in the minutes around midnight.
into=$(($(date +%s) % 86400))
if [ "$into" -lt 600 ] || [ "$into" -gt 86000 ]; then
    skip "it is around midnight (UTC)"
fi

data=$work/data
mkdir -p "$data/main"
chmod 755 "$work" "$data" "$data/main"

# A tenant in which each verdict occurs once, and a month of sign-ins.
cat >"$work/make.py" <<'END'
import json, sys
sys.path.insert(0, sys.argv[1] + "/tests/e2e")
sys.dont_write_bytecode = True
from exports import *
folder, domain = sys.argv[2], "contoso.example"
names = (("attacked", False), ("byname", None), ("used", False), ("unused", False), ("stale", False),
         ("infra", False), ("closedused", True), ("closed", True), ("odd", "maybe"))
write_mailboxes(folder, [mailbox(n, f, domain) for n, f in names])
rows = other_apps(33)

def row(ago, name, ip, code=0, country="FI", **more):
    rows.append(Row(ago, name + "@" + domain, ip, code, country=country, **more))

for i in range(12):
    row(3 * HOUR + i * 7, "attacked", "203.0.113.%d" % i, 50126, "VN")
row(3 * HOUR + 100, "attacked", "203.0.113.99", 50076, "BR")
row(4 * HOUR, "byname", "203.0.113.50", 50053, "VN", user_id="")
row(5 * HOUR, "byname", "203.0.113.50", 123456, "VN", user_id="")
for i in range(30):
    row(6 * HOUR + i * DAY, "used", "192.0.2.10")
row(2 * DAY, "closedused", "2001:db8:9::25")
row(2 * HOUR, "closed", "203.0.113.51", 50126, "BR")
row(2 * HOUR + 5, "nobody", "203.0.113.51", 50034, "BR")
row(90 * MINUTE, "infra", "192.0.2.11", 80002)
for i in range(25):
    row(50 * MINUTE * i + 10 * MINUTE, "stale", "198.51.100.77", 50126)
midnight = (NOW // DAY - 9) * DAY
for i in range(10):  # a burst over midnight
    row(NOW - (midnight - 20 + 4 * i), "unused", "203.0.113.7", 50126, "VN")
for at in (20, 30):
    row(NOW - midnight - at, "unused", "203.0.113.8", 50126, "US")
row(NOW - midnight + 40, "unused", "203.0.113.8", 50126, "US")
row(NOW - midnight + 39, "unused", "203.0.113.8", 50126, "US")
for i, country in enumerate(CITIES):  # more countries than are named
    row(NOW - midnight + 2 * DAY - 60 * i, "closed", "203.0.113.9", 50126, country)
write_signins(folder, rows)
write_switch(folder, "on", False)
write_switch(folder, "off", True)
short = [r for r in other_apps(3)]
write(folder + "/short.json", json.dumps(envelope([graph(r) for r in sorted(short, key=lambda r: -r.at)])) + "\n")

days = {}
infra, right = (80001, 80002), (50076,)
smtp = sorted((r for r in rows if r.client == SMTP), key=lambda r: r.at)
recent = []
for r in smtp:
    d = days.setdefault(iso(r.at, "%Y-%m-%d"), dict(failures=0, users=set(), addresses=set(), countries={}, burst=0,
                                                   successes=0, right_passwords=0, outages=0))
    if r.code == 0:
        d["successes"] += 1
    elif r.code in infra:
        d["outages"] += 1
    else:
        recent = [t for t in recent if t > r.at - 60] + [r.at]
        d["failures"] += 1
        d["users"].add(r.user)
        d["addresses"].add(r.ip)
        d["countries"][r.country] = d["countries"].get(r.country, 0) + 1
        d["burst"] = max(d["burst"], len(recent))
        d["right_passwords"] += r.code in right
for d in days.values():
    top = sorted(d["countries"].items(), key=lambda c: (-c[1], c[0]))[:3]
    d.update(users=len(d["users"]), addresses=len(d["addresses"]), countries=len(d["countries"]),
             top_countries=" ".join("%s:%d" % c for c in top) or None)
json.dump(days, open(folder + "/days.expected", "w"))
json.dump([[iso(r.at), r.user, r.ip, r.country, r.code] for r in smtp], open(folder + "/rows.expected", "w"))
END
python3 "$work/make.py" "$SAE_SRC" "$data"

# conf NAME SWITCH SIGN-INS: NAME.conf with a state directory of its own.
conf() {
    cat >"$data/$1.conf" <<END
[contoso]
state_dir = $1
transport_config = $2.json
mailboxes = mailboxes.csv
signins = $3
accept = accepted.csv
END
}
conf main on signins.json
conf closed off signins.json
conf short on short.json
conf both on signins.json,short.json
conf none on off
printf 'finding,until,by,note\n' >"$data/accepted.csv"

say "Before the first run"
for command in signins attacks mailboxes; do
    report main "$command"
    expect_says 'no history yet: run smtp_auth_collect'
done
report main findings
expect_says 'no snapshot yet: run smtp_auth_collect'
for name in main closed short both none; do
    collect "$name"
done

say "signins: every row, in time order, in words"
report main signins --format json
expect_code 0
expect_quiet
expect_json 'want = json.load(open(data + "/rows.expected"))
got = [[r["time"], r["user"], r["address"], r["country"], r["code"]] for r in rows]
assert sorted(got) == sorted(want), (len(got), len(want))
assert [r["time"] for r in rows] == [w[0] for w in want]'
expect_json 'by = {r["code"]: (r["meaning"], r["password"]) for r in rows}
assert by == {0: ("success", "yes"), 50126: ("wrong password", "no"), 50034: ("no such user", "no"),
    50076: ("password right, MFA required", "yes"),
    50053: ("account locked, or the address is known as malicious", "unknown"),
    80002: ("outage: the sign-in agent did not answer in time", "unknown"),
    123456: ("a code not known here", "unknown")}, by'
expect_json 'box = {r["user"].split("@")[0]: r["mailbox"] for r in rows}
assert box.pop("nobody") is None
assert all(box[name] == name + "@contoso.example" for name in box) and len(box) == 8, box
assert {r["agent"] for r in rows} == {"BAV2ROPC"}'
report main signins --since 6h
has_line '^time +user +mailbox +address +country +code  meaning +password  agent$'
has_line '^20[0-9T:-]+Z  byname@contoso.example +byname@contoso.example +203\.0\.113\.50 +VN +123456  a code not known here +unknown   BAV2ROPC$'
has_line '^The log held is complete from 20[0-9T:-]+Z to 20[0-9T:-]+Z: outside there may have been more\.$'
report main signins --since 6h --format csv
has_line '^time,user,mailbox,address,country,code,meaning,password,agent$'
has_line '^20[0-9T:-]+Z,byname@contoso\.example,byname@contoso\.example,203\.0\.113\.50,VN,50053,"account locked, or the address is known as malicious",unknown,BAV2ROPC$'

say "signins: filters"
report main signins --since 3h --format json
expect_json 'assert all(r["user"][:6] in ("closed", "nobody", "infra@", "stale@") for r in rows) and len(rows) == 7, rows'
for name in USED@contoso.example used@old.example; do
    report main signins --mailbox "$name" --format json
    expect_json 'assert len(rows) == 30 and {r["mailbox"] for r in rows} == {"used@contoso.example"}'
done
report main signins --source 203.0.113.48/29 --format json
expect_json 'assert sorted(r["code"] for r in rows) == [50034, 50053, 50126, 123456], rows'
report main signins --state right --format json
expect_json 'assert [r["code"] for r in rows] == [50076], rows'
report main signins --state infra --format json
expect_json 'assert [r["code"] for r in rows] == [80002], rows'
report main signins --state other --format json
expect_json 'assert [r["code"] for r in rows] == [123456], rows'
report main signins --state failed --since 4h --mailbox attacked@contoso.example --format json
expect_json 'assert len(rows) == 13, rows'
report main signins --since 1s --format json
expect_code 0
expect_json 'assert rows == []'
report main signins --state bogus
expect_says 'signins knows success failed right bad_password'

say "attacks: what was, day by day"
report main attacks --since 30d --format json
expect_code 0
expect_quiet
expect_json 'want = json.load(open(data + "/days.expected"))
assert len(rows) == 31, len(rows)
assert [r["day"] for r in rows] == sorted(r["day"] for r in rows)
for r in rows:
    day = dict(failures=0, users=0, addresses=0, countries=0, burst=0, successes=0, right_passwords=0, outages=0,
               top_countries=None)
    day.update(want.get(r["day"], {}))
    certainty = r.pop("certainty")
    name = r.pop("day")
    assert r == day, (name, r, day)
    assert certainty in ("exact", "at least"), (name, certainty)
    r["certainty"] = certainty
assert [r["certainty"] for r in rows] == ["exact"] * 30 + ["at least"], rows'
expect_json 'assert max(r["burst"] for r in rows[:-3]) == 12, [r["burst"] for r in rows]'
report main attacks --since 2d
has_line '^day +certainty +failures +users +addresses +countries +burst +successes +right_passwords +outages  top_countries$'
has_line '^20[0-9-]+  at least  +[0-9]'
report main attacks --since "$(date -u -d '12 days ago' +%F)" --format csv
expect "not a head and 13 days" [ "${#lines[@]}" -eq 14 ]
# The first day's burst began in the day before, which is not shown.
report main attacks --since "$(date -u -d '9 days ago' +%F)" --format json
expect_json 'assert rows[0]["burst"] == 12 and rows[0]["failures"] == 7, rows[0]'
report main attacks --mailbox used@contoso.example
expect_says 'for one mailbox or network use signins'
report main attacks --source 192.0.2.1
expect_says 'for one mailbox or network use signins'

say "attacks: what is not known is not 0"
report main attacks --since 40d --format json
expect_json 'assert len(rows) == 41
assert [r["certainty"] for r in rows[:6]] == ["not known"] * 6, rows[:8]
assert all(r[c] is None for r in rows[:6] for c in r if c not in ("day", "certainty")), rows[0]
assert rows[7]["certainty"] in ("exact", "at least")'
report both attacks --format json
expect_json 'assert [r["certainty"] for r in rows[-3:]] == ["exact", "exact", "at least"], rows[-3:]
assert all(r["certainty"] != "exact" for r in rows[:-4])
assert any(r["certainty"] == "at least" and r["failures"] == 7 for r in rows), rows'
report none attacks --since 3d --format json
expect_json 'assert len(rows) == 4
assert all(r["certainty"] == "not known" and r["failures"] is None for r in rows), rows'
report none signins
expect_says 'no sign-ins are held and the log was never read completely'
cp -r "$data/main" "$work/kept"
sql main "UPDATE stream SET unparsed = 1"
report main attacks --format json
expect_json 'assert not any(r["certainty"] == "exact" for r in rows)'
sql main "UPDATE stream SET unparsed = 0;
UPDATE covered SET ends = (strftime('%s', 'now', 'start of day', '-6 days')) * 10000000;
INSERT INTO covered SELECT stream, (strftime('%s', 'now', 'start of day', '-4 days') + 3600) * 10000000,
    (strftime('%s', 'now')) * 10000000 FROM covered"
report main attacks --since 8d --format json
expect_json 'assert [r["certainty"] for r in rows] == ["exact"] * 2 + ["at least"] * 3 + ["exact"] * 3 + ["at least"], rows'
sql main "DELETE FROM signin WHERE sec < strftime('%s', 'now', 'start of day', '-4 days') + 7200"
report main attacks --since 8d --format json
expect_json 'assert [r["certainty"] for r in rows] == ["exact"] * 2 + ["not known"] * 2 + ["at least"] + ["exact"] * 3 + ["at least"], rows
assert rows[2]["successes"] is None and rows[0]["successes"] == 0'
# What was pruned is not known, whatever was covered once.
sql main "INSERT OR REPLACE INTO meta(name, value)
    VALUES('horizon', (strftime('%s', 'now', 'start of day', '-2 days') + 60) * 10000000)"
report main attacks --since 8d --format json
expect_json 'assert [r["certainty"] for r in rows] == ["not known"] * 4 + ["at least"] * 3 + ["exact", "at least"], rows'
rm -r "$data/main"
mv "$work/kept" "$data/main"

say "mailboxes: one verdict each"
verdicts() {
    expect_json 'got = {r["mailbox"].split("@")[0]: (r["verdict"], r["blocked_by"]) for r in rows}
want = '"$1"'
assert got == want, got'
}
report main mailboxes --format json
verdicts '{"attacked": ("exposed-attacked", None), "byname": ("exposed-attacked", None), "used": ("exposed-used", None),
    "unused": ("exposed-unused", None), "stale": ("exposed-unused", None), "infra": ("exposed-unused", None),
    "closedused": ("closed-but-used", "mailbox flag"), "closed": ("closed", "mailbox flag"), "odd": ("unknown", None)}'
report closed mailboxes --format json
verdicts '{"attacked": ("exposed-attacked", None), "byname": ("closed", "tenant switch"), "used": ("exposed-used", None),
    "unused": ("exposed-unused", None), "stale": ("exposed-unused", None), "infra": ("exposed-unused", None),
    "closedused": ("closed-but-used", "mailbox flag"), "closed": ("closed", "mailbox flag"), "odd": ("unknown", None)}'
report short mailboxes --format json
verdicts '{"attacked": ("exposed", None), "byname": ("exposed", None), "used": ("exposed", None),
    "unused": ("exposed", None), "stale": ("exposed", None), "infra": ("exposed", None),
    "closedused": ("closed", "mailbox flag"), "closed": ("closed", "mailbox flag"), "odd": ("unknown", None)}'
report main mailboxes --state exposed-attacked --format json
expect_json 'assert sorted(r["mailbox"][:6] for r in rows) == ["attack", "byname"], rows'
report main metrics --format json
expect_json 'assert [r["value"] for r in rows if r["metric"] == "mbx_attacked"] == [2], rows'
report main mailboxes --state closed-but-used --format json
expect_json 'assert [r["mailbox"] for r in rows] == ["closedused@contoso.example"], rows'
report main mailboxes --state closed --format json
expect_json 'assert [r["mailbox"] for r in rows] == ["closed@contoso.example"], rows'
report main mailboxes --state exposed --format json
expect_json 'assert len(rows) == 7, rows'
report main mailboxes --state unknown --format json
expect_json 'assert [r["mailbox"] for r in rows] == ["odd@contoso.example"], rows'
report main mailboxes --state exposed-unused --format json
expect_json 'assert len(rows) == 3, rows'
report short mailboxes --state exposed-unused
expect_says 'which mailboxes are unused is not known: see mbx_unused'
for state in exposed-attacked exposed-used closed-but-used; do
    report none mailboxes --state "$state"
    expect_says 'which mailboxes are used or attacked is not known'
done
report main mailboxes
has_line '^mailbox +setting +exposed +used +verdict +blocked_by +id$'
has_line '^closedused@contoso.example +disabled +no +yes +closed-but-used +mailbox flag +[0-9a-f-]{36}$'
policies() {
    sql closed "INSERT OR REPLACE INTO part(name, source, time, attempt, ok, code, text)
        VALUES('policy', 'exchange', 1, 1, 1, '', '');
    INSERT OR REPLACE INTO meta(name, value) VALUES('policy_blocks', $1), ('policy_partial', $2)"
    report closed mailboxes --format json
}
policies 1 0
expect_json 'assert {r["blocked_by"] for r in rows} == {"1 policy", "tenant switch + 1 policy", "mailbox flag + 1 policy"}'
policies 2 1
expect_json 'assert {r["blocked_by"] for r in rows} == {"at least 2 policies", "tenant switch + at least 2 policies",
    "mailbox flag + at least 2 policies"}'

say "findings: from the snapshot, whoever reads it"
# The snapshot with a breach, a device that is accepted, and one that names no time.
python3 - "$data/main/contoso.json" <<'END'
import json, sys
snap = json.load(open(sys.argv[1]))
snap.pop("crc")
def finding(kind, name, **more):
    return dict({"id": name, "metric": "mbx_new", "class": kind, "who": "ann.rao@contoso.example", "from": "", "country": "",
                 "count": 1, "since": 0, "until": 0, "text": "reset it", "runbook": "mbx_new", "accepted": False}, **more)
T = snap["time"]
snap["findings"] = [
    finding("compromise", "breach_users-0123456789ab", since=T - 7200, until=T - 3600, count=3, country="VN",
            **{"from": "203.0.113.9", "text": "right password for ann.rao from VN, blocked: reset it"}),
    finding("attack", "spray_ips-0123456789ab", who="203.0.113.0/24", since=T - 864000, until=T - 777600),
    finding("device", "stale_devices-0123456789ab", who="[OK] <img src=x>|a=1;\\c$(id)", accepted=True)]
open(sys.argv[1], "w").write(json.dumps(snap, separators=(",", ":"))[:-1] + ',"crc":"00000000"}')
END
exports crc "$data/main/contoso.json"
until=$(date -u -d '14 days' +%F)
report main findings
expect_code 0
expect_quiet
has_line '^breach_users-0123456789ab compromise: ann\.rao@contoso\.example from 203\.0\.113\.9 \(VN\), 3$'
has_line '^  since   20[0-9T:-]+Z, until 20[0-9T:-]+Z$'
has_line '^  meaning right password for ann\.rao from VN, blocked: reset it$'
has_line "^  accept  breach_users-0123456789ab,$until,,\$"
has_line '^stale_devices-0123456789ab device: .*, 1, ACCEPTED$'
expect_no_text "accept  stale_devices"
has_line '^To accept one, add its line to .*/accepted\.csv with your name after the date'
has_line '^3 shown of 3, as collected at 20[0-9T:-]+Z\.$'
expect_no_text '<img|\$\(id|\|a=1|`|\[OK\]'
report main findings --format json
expect_json 'assert [r["finding"] for r in rows] == ["breach_users-0123456789ab", "spray_ips-0123456789ab",
    "stale_devices-0123456789ab"]
assert [r["state"] for r in rows] == ["open", "open", "accepted"]
assert [r["class"] for r in rows] == ["compromise", "attack", "device"]
r = rows[0]
assert (r["who"], r["from"], r["country"], r["count"]) == ("ann.rao@contoso.example", "203.0.113.9", "VN", 3)
assert r["since"][-1] == "Z" and r["until"] > r["since"] and rows[2]["since"] is None
assert r["accept"] == "breach_users-0123456789ab,'"$until"',,"'
expect_no_text '<img|\$\(id|\|a=1|\[OK\]'
report main findings --format csv
has_line '^finding,class,state,who,from,country,count,since,until,text,accept$'
has_line "^breach_users-0123456789ab,compromise,open,ann\.rao@contoso\.example,203\.0\.113\.9,VN,3,20[^,]*Z,20[^,]*Z,\"right password for ann\.rao from VN, blocked: reset it\",\"breach_users-0123456789ab,$until,,\"\$"
expect_no_text '<img|\$\(id|\|a=1|\[OK\]'
filtered() {
    report main findings --format json "${@:2}"
    expect_json 'assert [r["finding"].split("-")[0] for r in rows] == '"$1"', rows'
}
filtered '["breach_users"]' --state compromise
filtered '["breach_users", "spray_ips"]' --state open
filtered '["stale_devices"]' --state accepted
filtered '["breach_users", "stale_devices"]' --since 24h
filtered '["breach_users"]' --since 24h --source 203.0.113.0/24
filtered '["breach_users"]' --mailbox Ann.Rao@contoso.example
filtered '[]' --state drift
report main findings --state bogus
expect_says 'findings knows compromise attack drift change device open accepted'
sed -i 's/"more_findings":0/"more_findings":7/' "$data/main/contoso.json"
exports crc "$data/main/contoso.json"
report main findings
has_line '^7 further findings are not in the snapshot: deal with these first\.$'
has_line '^3 shown of 10,'
report main findings --format json --state compromise
expect_json 'assert [(r["class"], r["count"], r["accept"]) for r in rows[1:]] == [("more", 7, None)], rows'
if [ "$(id -u)" -eq 0 ]; then
    chmod 700 "$data/main/private"
    run as_nobody "$SAE_BIN/smtp_auth_report" findings --config "$data/main.conf"
    expect_code 0
    expect_text '^breach_users-'
    for command in signins attacks mailboxes; do
        run as_nobody "$SAE_BIN/smtp_auth_report" "$command" --config "$data/main.conf"
        expect_says 'the history is private: run this as the collector.s user'
    done
else
    say "NOT tried, not root: what an unprivileged user may not read"
fi

say "findings: the line that accepts one does so"
sql main "DELETE FROM mailbox WHERE address = 'unused@contoso.example';
    DELETE FROM mailbox_list"
collect main
report main findings --format json --state open
expect_json 'assert [r["finding"][:8] for r in rows if "unused@" in r["who"]] == ["mbx_new-"], rows'
id=$(python3 -c 'import json, sys
print(next(r["accept"] for r in json.load(open(sys.argv[1])) if "unused@" in r["who"]))' "$work/out")
printf '%s\n' "$id" >>"$data/accepted.csv"
collect main
report main findings --format json --state accepted
expect_json 'assert [r["finding"] for r in rows] == ["'"${id%%,*}"'"], rows'
sed -i '/^accept = /d' "$data/main.conf"
collect main
report main findings
has_line '^To accept one, name a file with accept = in the configuration'

say "findings: a failed try is said"
mv "$data/on.json" "$data/gone.json"
run "$SAE_BIN/smtp_auth_collect" --config "$data/main.conf" --tenant contoso
expect_code 3
report main findings
expect_code 0
has_line '^The last try of tenant failed: .*on\.json.*No such file'
mv "$data/gone.json" "$data/on.json"

finish
