#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# smtp_auth_report runs: every column in every format, --since, and a history of an older
# version.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

data=$work/data
mkdir "$data"
exports must "$data" 31
cat >"$data/smtp-auth.conf" <<END
[contoso]
state_dir = state
transport_config = switch_false.json
mailboxes = mailboxes.csv
signins = signins.json
END

# sql STATEMENTS: done to the history's file.
sql() {
    python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.argv[2])' "$data/state/private/contoso.db" "$1"
}

report() {
    run "$SAE_BIN/smtp_auth_report" runs --config "$data/smtp-auth.conf" "$@"
}

# has_line EXTENDED-REGULAR-EXPRESSION, its anchors included.
has_line() {
    expect "the output has no: $1" grep -qE -- "$1" "$work/out"
}

say "Before the first run"
report
expect_code 3
expect "no hint" grep -q 'no history yet: run smtp_auth_collect' "$work/err"

say "Every column"
run "$SAE_BIN/smtp_auth_collect" --config "$data/smtp-auth.conf" --tenant contoso
expect_code 0
now=$(date +%s)
day=86400
sql "DELETE FROM run;
INSERT INTO run(time, ms, requests, throttled, rows, late, ok, error) VALUES
(($now - 2 * $day) * 10000000, 61234, 40, 3, 1200, 17, 0, 'signins: throttled, \"wait\"'),
(($now - 3600) * 10000000, 812, 5, 0, 2, 0, 1, '');"
report
expect_code 0
expect_quiet
expect "not a head and two rows" [ "${#lines[@]}" -eq 3 ]
has_line '^time +ms +requests +throttled +rows +late +ok +error$'
has_line '^20[0-9-]+T[0-9:]+Z +61234 +40 +3 +1200 +17  no   signins: throttled, \?wait\?$'
has_line '^20[0-9-]+T[0-9:]+Z +812 +5 +0 +2 +0  yes  -$'
expect "not the oldest first" grep -q 61234 <<<"${lines[1]}"
report --format csv
has_line '^time,ms,requests,throttled,rows,late,ok,error$'
has_line '^20[0-9-]+T[0-9:]+Z,61234,40,3,1200,17,no,"signins: throttled, ""wait"""$'
has_line '^20[0-9-]+T[0-9:]+Z,812,5,0,2,0,yes,$'
report --format json
expect "other JSON" python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
assert [row.pop("time")[-1:] for row in rows] == ["Z", "Z"]
assert rows == [
    {"ms": 61234, "requests": 40, "throttled": 3, "rows": 1200, "late": 17, "ok": "no",
     "error": "signins: throttled, \"wait\""},
    {"ms": 812, "requests": 5, "throttled": 0, "rows": 2, "late": 0, "ok": "yes",
     "error": None}], rows' "$work/out"

say "--since"
report --since 24h
expect "not a head and one row" [ "${#lines[@]}" -eq 2 ]
has_line ' 812 '
report --since 3d
expect "not a head and two rows" [ "${#lines[@]}" -eq 3 ]
report --since 1s --format json
expect "no empty list" python3 -c 'import json, sys
assert json.load(open(sys.argv[1])) == []' "$work/out"
report --state ok
expect_code 3

say "A history of an older version"
sql "DROP TABLE run; DROP TABLE mailbox_count; DROP TABLE mailbox_list;
    ALTER TABLE mailbox DROP COLUMN row; PRAGMA user_version = 1"
for command in runs changes mailboxes; do
    run "$SAE_BIN/smtp_auth_report" "$command" --config "$data/smtp-auth.conf"
    expect_code 3
    expect "$command does not say what to do" \
        grep -q 'older version of this program: run smtp_auth_collect once' "$work/err"
done
run "$SAE_BIN/smtp_auth_collect" --config "$data/smtp-auth.conf" --tenant contoso
expect_code 0
report
expect_code 0

finish
