#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# smtp_auth_report replay: how often each detector would have rung, and what is not known.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/report.inc"
need python3

# Days are told by the calendar.
into=$(($(date +%s) % 86400))
if [ "$into" -lt 7800 ] || [ "$into" -gt 86000 ]; then
    skip "it is around midnight (UTC)"
fi

data=$work/data
mkdir -p "$data"
chmod 755 "$work" "$data"

# 45 days, of which 30 are replayed: sprays of 6 users at 35 d, 20 d and 5 d, of which the last
# one comes again after 12 h (the same finding) and after 48 h (a new one); a right password at
# 12 d and at 10 d; one user tried from 12 addresses in 3 countries; a device.
cat >"$work/make.py" <<'END'
import json, sys
sys.path.insert(0, sys.argv[1] + "/tests/e2e")
sys.dont_write_bytecode = True
from exports import *
folder, domain = sys.argv[2], "contoso.example"
write_mailboxes(folder, [mailbox("user%d" % i, False, domain) for i in range(12)])
write_switch(folder, "on", False)
rows = other_apps(45)

def row(ago, name, ip, code=50126, country="FI"):
    rows.append(Row(int(ago), name + "@" + domain, ip, code, country=country))

for ago in (35 * DAY, 20 * DAY, 5 * DAY, 4.5 * DAY, 3 * DAY):
    for i in range(6):
        row(ago - 60 * i - 1800, "user%d" % i, "203.0.113.5", country="VN")
row(12 * DAY - 600, "user7", "203.0.113.9", 50076, "BR")
row(10 * DAY - 600, "user7", "203.0.113.9", 50076, "BR")
for i in range(12):
    row(15 * DAY - 6 * HOUR * i - 600, "user8", "198.51.100.%d" % (10 * i), 50034, ("VN", "BR", "US")[i % 3])
for i in range(60):
    row(8 * DAY - 3000 * i, "user9", "192.0.2.7")
write_signins(folder, rows)
short = [r for r in rows if r.at > NOW - 3 * DAY - HOUR]
write(folder + "/short.json", json.dumps(envelope([graph(r) for r in sorted(short, key=lambda r: -r.at)])) + "\n")
END
python3 "$work/make.py" "$SAE_SRC" "$data"

# conf NAME SIGN-INS [LINE...]
conf() {
    printf '%s\n' "[contoso]" "state_dir = $1" "transport_config = on.json" \
        "mailboxes = mailboxes.csv" "signins = $2" "lookback = 45d" "${@:3}" >"$data/$1.conf"
    mkdir -p "$data/$1"
    chmod 755 "$data/$1"
}
conf main signins.json
conf short short.json
conf off signins.json 'spray_ips = off'
conf none off
collect main
collect short
collect off
collect none

say "What would have rung"
report main replay --since 30d
expect_code 0
expect_quiet
has_line '^detector +rule +certainty +rings +ringing_days +most_at_once +last +days +not_covered$'
has_line '^spray_ips +5/20m +exact +3 +3 +1 +20[0-9T:-]+Z +3[01] +0$'
has_line '^breach_users +- +exact +1 +1 +1 +20[0-9T:-]+Z +3[01] +0$'
has_line '^spread_users +10/7d +exact +1 +1 +1 +20[0-9T:-]+Z +3[01] +0$'
has_line '^stale_devices +20/24h +exact +1 +1 +1 '
has_line '^brute_users +10/10m +exact +0 +0 +0 +- +3[01] +0$'
has_line '^spray_nets +8/60m +exact +0 +0 +0 +- '
has_line '^7[12][0-9] steps of an hour, from 20[0-9T:-]+Z to 20[0-9T:-]+Z\.$'
has_line '^The log held is complete from 20'

say "The time of a ring is the step after what it rests on"
report main replay --since 30d --format json
expect_json 'import calendar, time
last = {r["detector"]: r["last"] for r in rows if r["last"]}
t = calendar.timegm(time.strptime(last["spray_ips"], "%Y-%m-%dT%H:%M:%SZ"))
assert -600 <= t - (time.time() - 3 * 86400 + 1800) < 3600 + 600, t
r = {r["detector"]: r for r in rows}
assert len(r) == 8 and r["foreign_ok"]["rule"] is None and r["foreign_ok"]["rings"] == 0'

say "Other rules"
report main replay --since 30d --set spray_ips=8/20m
has_line '^spray_ips +8/20m +exact +0 +0 +0 +-'
report main replay --since 30d --set spray_ips=6/20m --set hold=1d --set brute_users=off
has_line '^spray_ips +6/20m +exact +3 +3 +1'
has_line '^breach_users +- +exact +2 +2 +1'
has_line '^brute_users +off +off +- +- +- +- +3[01] +0$'
report main replay --since 30d --set spray_ips=6/4m
has_line '^spray_ips +6/4m +exact +0'
report off replay --since 30d
has_line '^spray_ips +off +off +- +- +- +- '
report off replay --since 30d --set spray_ips=5/20m
has_line '^spray_ips +5/20m +exact +3 +3 +1'
report main replay --since 4d
has_line '^spray_ips +5/20m +exact +1 +1 +1'

say "What is not covered is never quiet"
report main replay --since 44d
has_line '^spray_ips +5/20m +exact +4 +4 +1 +20[0-9T:-]+Z +4[45] +0$'
has_line '^spread_users +10/7d +at least +1 .* 1[2-5]$'
report short replay --since 30d
has_line '^spread_users +10/7d +not known +- +- +- +- +3[01] +3[01]$'
has_line '^stale_devices +20/24h +at least +0 +0 +0 +- +3[01] +2[789]$'
has_line '^The log held is complete from 20'
report none replay --since 30d
expect_says 'the log was never read completely: see signins in smtp_auth_report metrics'
report short replay --since 1s
expect_says 'nothing to replay: --since must be an hour before the end of the log'
report main replay --since 401d
expect_says '--since: at most 400d before the end of the log'

say "A log with rows that nobody could read proves no day"
sql short "UPDATE stream SET unparsed = 3"
report short replay --since 2d
has_line '^brute_users +10/10m +not known +- +- +- +- '
has_line '^No stretch of the log is proven complete: no day counts as quiet\.$'

say "What is wrong on the command line"
for wrong in spray=8/20m window=2h =5 "$(printf 'x%.0s' {1..99})=1"; do
    report main replay --set "$wrong"
    expect_says 'replay knows lockouts, brute_users, spray_ips, .* hold and countries'
done
report main replay --set spray_ips
expect_says '--set spray_ips is without a value, but must be NUMBER/DURATION'
report main replay --set spray_ips=20m
expect_says '--set spray_ips is 20m, but must be NUMBER/DURATION such as 5/20m, or off'
report main replay --set hold=5
expect_says '--set hold is 5, but must be a duration'
report main replay --set countries=fi
expect_says '--set countries is fi, but must be ISO codes'
report main replay --set spray_ips=8/20m --set spray_ips=9/20m
expect_says '--set spray_ips is there twice'
report main attacks --set spray_ips=8/20m
expect_says '--set is for replay only'
report main replay --mailbox user1@contoso.example
expect_says 'replay runs the detectors over all sign-ins: leave out --mailbox and --source'
report main replay --state open
expect_says 'replay knows none'
sed 's/= main/= new/' "$data/main.conf" >"$data/new.conf"
mkdir "$data/new"
report new replay
expect_says 'no history yet: run smtp_auth_collect --tenant contoso'

say "A million sign-ins"
if [ -n "${SAE_SANITIZED:-}" ] || [ ! -x /usr/bin/time ]; then
    say "NOT tried: time and memory under a sanitizer say nothing, or there is no /usr/bin/time"
    finish
fi
# The worst: everybody is attacked from everywhere, all the time.
sql main "DELETE FROM signin; DELETE FROM address;
WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 20000)
INSERT OR IGNORE INTO address(id, bytes) SELECT n, randomblob(4) FROM i;
WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 999999)
INSERT INTO signin(sec, hash, frac, user, address, agent, country, code)
SELECT strftime('%s', 'now') - 2592000 + n * 25 / 10, n, n % 10000000, 1 + abs(random()) % 5000,
    1 + abs(random()) % 20000, 1, (65 + abs(random()) % 5) * 256 + 66,
    CASE abs(random()) % 10 WHEN 0 THEN 0 WHEN 1 THEN 50053 ELSE 50126 END
FROM i"
run /usr/bin/time -f '%M %U %S' -o "$work/time" \
    "$SAE_BIN/smtp_auth_report" replay --since 30d --config "$data/main.conf" --format json
expect_code 0
read -r kib user system < <(tail -n 1 "$work/time")
printf 'replay: %s KiB, %s + %s s CPU\n' "$kib" "$user" "$system"
expect "$kib KiB, 131072 are the most" [ "$kib" -le 131072 ]
expect "$user s, 20 are the most" [ "${user%.*}" -lt 20 ]
expect_json 'r = {r["detector"]: r for r in rows}
assert r["spread_users"]["rings"] == 5000 and r["breach_users"]["rings"] > 10000, rows'

finish
