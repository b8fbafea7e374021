#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# smtp_auth_collect --drill: a tenant that is not there rings every alarm, and ends.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/report.inc"
need python3

data=$work/data
mkdir -p "$data/state"
chmod 755 "$work" "$data" "$data/state"
exports must "$data" 31

# conf LINE...: what [defaults] say.
conf() {
    printf '%s\n' "[defaults]" "state_dir = state" "$@" "[contoso]" \
        "transport_config = switch_false.json" "mailboxes = mailboxes.csv" \
        "signins = signins.json" >"$data/smtp-auth.conf"
}
conf

collector() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/smtp-auth.conf" "$@"
}

# check GROUP OPTION...
check() {
    run "$SAE_BIN/check_smtp_auth${1:+_$1}" --config "$data/smtp-auth.conf" "${@:2}"
}

say "Before a drill"
check signins --tenant drill
expect_code 3
expect_text 'drill: no snapshot yet'
collector --tenant contoso
expect_code 0
ls -A "$data/state/private" >"$work/before"

say "A drill rings"
collector --drill
expect_code 0
expect_one_line
expect_text '^SMTP AUTH OK - drill published: a breach, a spray and an opened tenant switch, none of them real'
expect "something is left of the drill" [ "$(ls -A "$data/state/private")" = "$(cat "$work/before")" ]
check signins --tenant drill -v
expect_code 2
expect_metric breach_users 1
expect_metric spray_ips 1
expect_text '^SMTP AUTH CRITICAL - drill: DRILL, not real: right password for drill\.user1@example\.org from ZZ'
expect_text 'WARNING\] - 192\.0\.2\.66: DRILL, not real: 6 users tried'
check tenant --tenant drill -v
expect_code 2
expect_metric tenant_opened 1
expect_text 'DRILL, not real: the tenant switch was opened'
check '' --tenant drill
expect_code 2
check mailboxes --tenant drill
expect_code 1
run "$SAE_BIN/smtp_auth_report" findings --tenant drill --config "$data/smtp-auth.conf" --format json
expect_code 0
expect_json 'assert sorted(r["finding"].split("-")[0] for r in rows) == ["breach_users", "config_changes",
    "spray_ips", "tenant_opened"], rows
assert all(r["text"].startswith("DRILL, not real: ") for r in rows), rows'
expect "a name or address that is not reserved" [ -z "$(grep -oE '[a-z0-9.]+@[a-z.]+|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+' \
    "$data/state/drill.json" | grep -vE '^(drill\.user[0-9]@example\.org|192\.0\.2\.(1|66|99))$')" ]

say "It is nobody's tenant"
check '' --all
expect_no_text 'drill'
collector --all
expect_code 0
expect_no_text 'drill'
collector --tenant drill
expect_code 3
expect_text 'tenant drill has nothing to collect: make it with --drill'
collector --preflight --tenant drill
expect_code 3
expect_text 'make it with --drill'

say "Again, and as another user"
collector --drill
expect_code 0
check signins --tenant drill
expect_code 2
if [ "$(id -u)" -eq 0 ]; then
    run as_nobody "$SAE_BIN/smtp_auth_collect" --config "$data/smtp-auth.conf" --drill
    expect_code 3
    chown -R 65534:65534 "$data/state"
    run as_nobody "$SAE_BIN/smtp_auth_collect" --config "$data/smtp-auth.conf" --drill
    expect_code 0
    collector --drill
    expect_code 0
    expect "the snapshot is not its folder's owner's" [ "$(stat -c %u "$data/state/drill.json")" -eq 65534 ]
else
    say "NOT tried, not root: other users"
fi

say "It goes stale by itself"
exports crc "$data/state/drill.json"
python3 - "$data/state/drill.json" <<'END'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r'"time":(\d+)', lambda m: '"time":%d' % (int(m[1]) - 7 * 3600 if int(m[1]) else 0), text)
open(sys.argv[1], "w").write(text)
END
exports crc "$data/state/drill.json"
check signins --tenant drill
expect_code 3
check tenant --tenant drill
expect_code 3

say "It ends, also one that was killed"
collector --drill
expect_code 0
mkdir "$data/state/private/drill.tmp"
touch "$data/state/private/drill.tmp/transport.json"
collector --drill-end
expect_code 0
expect_one_line
expect_text '^SMTP AUTH OK - no drill any more'
expect "something is left of the drill" [ "$(ls -A "$data/state/private")" = "$(cat "$work/before")" ]
expect "the snapshot is there" [ ! -e "$data/state/drill.json" ]
check signins --tenant drill
expect_code 3
collector --drill-end
expect_code 0
check signins --tenant contoso
expect_not_ok
expect_no_text 'drill'

say "Where there can be none"
conf 'spray_ips = off'
collector --drill
expect_code 3
expect_text 'the drill shows no spray_ips: detectors of section defaults are off or too coarse'
expect "a snapshot all the same" [ ! -e "$data/state/drill.json" ]
conf 'hold = 3d' 'lag = 1h' 'spray_ips = 6/20m' 'countries = FI' 'tenant_id = 8d1f2c3b-0000-4000-8000-000000000001'
collector --drill
expect_code 0
collector --drill-end
printf '%s\n' '[drill]' 'signins = off' >>"$data/smtp-auth.conf"
for option in --drill --drill-end; do
    collector "$option"
    expect_code 3
    expect_text 'the configuration has a tenant drill of its own'
done
for options in "--drill --drill-end" "--drill --all" "--drill-end --tenant contoso" "--drill --fresh" \
    "--drill --preflight" "--drill --check-config" "--drill --record x"; do
    # shellcheck disable=SC2086 # several words
    collector $options
    expect_code 3
    expect_text 'drill and --drill-end stand alone, but for --config'
done

finish
