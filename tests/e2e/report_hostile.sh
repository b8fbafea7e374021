#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.inc sets and uses them; '$' is one
# What attackers chose, and how much of it, in the lists of smtp_auth_report.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/report.inc"
need python3

say "Hostile names"
data=$work/data
mkdir "$data"
exports hostile "$data"
cat >"$data/hostile.conf" <<END
[contoso]
state_dir = hostile
transport_config = switch_false.json
mailboxes = mailboxes.csv
signins = signins.json
END
collect hostile
for command in signins attacks findings mailboxes; do
    for format in text csv json; do
        report hostile "$command" --format "$format"
        expect_code 0
        expect_quiet
        expect "bytes that are not plain" [ -z "$(tr -d '\r\n' <"$work/out" | LC_ALL=C tr -d '\040-\176')" ]
        expect_no_text '<img|src=x\||\$\(id\)|`reboot|\$HOST|/C calc|\[2J|W{65}|%s%n|\.\./\.\.'
        [ "$format" != csv ] || expect "a cell that a spreadsheet computes" \
            [ -z "$(grep -E '(^|,)"?[=+@-]' "$work/out")" ]
    done
done
report hostile signins --since 1h --state failed --format json
expect_json 'assert len(rows) == 12 and {r["code"] for r in rows} == {50126}, rows'
report hostile attacks --since 2d --format json
expect_json 'assert sum(r["failures"] for r in rows) == 12, rows'

say "Hostile names of mailboxes, too"
python3 - "$data" <<'END'
import json, sys
folder = sys.argv[1]
body = json.load(open(folder + "/signins.json"))
names = [row["userPrincipalName"] for row in body["value"] if row["status"]["errorCode"] != 0]
boxes = [{"PrimarySmtpAddress": n[:300], "DisplayName": n, "Guid": "00000000-0000-4000-8000-%012d" % i,
          "SmtpClientAuthenticationDisabled": None} for i, n in enumerate(names)]
json.dump(boxes, open(folder + "/boxes.json", "w"))
END
sed 's/= hostile$/= boxes/; s/mailboxes.csv/boxes.json/' "$data/hostile.conf" >"$data/boxes.conf"
collect boxes
for command in signins attacks findings mailboxes; do
    report boxes "$command"
    expect_code 0
    expect "bytes that are not plain" [ -z "$(tr -d '\n' <"$work/out" | LC_ALL=C tr -d '\040-\176')" ]
    expect_no_text '<img|`reboot|\$HOST|\$\(id|\[2J|\|'
    for format in csv json; do
        report boxes "$command" --format "$format"
        expect_code 0
        expect "control bytes in $format" [ -z "$(tr -d '\r\n' <"$work/out" | tr -cd '\000-\037\177')" ]
        [ "$format" != csv ] || expect "a cell that a spreadsheet computes" \
            [ -z "$(grep -E '(^|,)"?[=+@-]' "$work/out")" ]
    done
    expect_json 'pass'
done
report boxes mailboxes --state exposed-attacked --format json
expect_json 'assert 8 <= len(rows) <= 12, len(rows)'

say "A million sign-ins"
if [ -n "${SAE_SANITIZED:-}" ] || [ ! -x /usr/bin/time ]; then
    say "NOT tried: time and memory under a sanitizer say nothing, or there is no /usr/bin/time"
    finish
fi
sql hostile "DELETE FROM signin;
WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 999999)
INSERT INTO signin(sec, hash, frac, user, address, agent, country, code)
SELECT strftime('%s', 'now') - 2592000 + n * 25 / 10, n, n % 10000000, 1 + n * 7919 % 5000,
    1 + n * 104729 % 20000, 1, (65 + n % 5) * 256 + 66, CASE n % 10 WHEN 0 THEN 0 WHEN 1 THEN 50053 ELSE 50126 END
FROM i"
run /usr/bin/time -f '%M %U %S' -o "$work/time" \
    "$SAE_BIN/smtp_auth_report" attacks --since 31d --config "$data/hostile.conf" --format json
read -r kib user system < <(tail -n 1 "$work/time")
printf 'attacks: %s KiB, %s + %s s CPU\n' "$kib" "$user" "$system"
expect "$kib KiB, 32768 are the most" [ "$kib" -le 32768 ]
expect "$user s, 5 are the most" [ "${user%.*}" -lt 5 ]
expect_json 'assert sum(r["failures"] or 0 for r in rows) == 900000 and sum(r["successes"] or 0 for r in rows) == 100000
assert max(r["users"] or 0 for r in rows) == 4500 and max(r["burst"] or 0 for r in rows) in (22, 23), rows'
run /usr/bin/time -f '%M %U %S' -o "$work/time" \
    "$SAE_BIN/smtp_auth_report" signins --since 31d --config "$data/hostile.conf" --format csv
read -r kib user system < <(tail -n 1 "$work/time")
printf 'signins: %s KiB, %s + %s s CPU\n' "$kib" "$user" "$system"
expect "$kib KiB, 32768 are the most" [ "$kib" -le 32768 ]
expect "not all rows" [ "$(wc -l <"$work/out")" -eq 1000001 ]

finish
