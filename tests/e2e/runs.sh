#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# How runs of the collector behave: again, in another order, killed, two at once, as root for
# somebody else, on a full disk, in another environment.
# Alone: it measures how long a run takes to end.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

data=$work/data
mkdir "$data"
chmod 755 "$work" "$data"
exports must "$data" 31

# conf NAME SIGN-INS: a configuration with a state directory of its own.
conf() {
    mkdir -p "$data/$1"
    cat >"$data/$1.conf" <<END
[defaults]
state_dir = $1
[contoso]
transport_config = switch_false.json
mailboxes = mailboxes.csv
signins = $2
END
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant contoso
}

# The snapshot is whole: some check believes it.
valid() {
    "$SAE_BIN/smtp_auth_report" metrics --config "$data/$1.conf" --tenant contoso >"$work/valid" 2>&1 &&
        grep -q mbx_all "$work/valid"
}

say "The same data again, and in another order"
python3 - "$data" <<'END'
import json, sys
rows = json.load(open(sys.argv[1] + "/signins.json"))["value"]
for name, part in (("part1", rows[1::2]), ("part2", rows[::2][::-1]), ("part3", rows[10:60]),
                   ("mixed", rows[60::-1] + rows[30:] + rows[30:90])):
    open("%s/%s.json" % (sys.argv[1], name), "w").write(json.dumps(part) + "\n")
lines = open(sys.argv[1] + "/mailboxes.csv", newline="").read().splitlines(True)
open(sys.argv[1] + "/turned.csv", "w", newline="").write("".join(lines[:1] + lines[:0:-1]))
END
conf once signins.json
collect once
expect_code 0
metrics "$data/once/contoso.json" >"$work/once"
sed 's/.*"findings"/"findings"/; s/,"crc".*//' "$data/once/contoso.json" >"$work/once.lists"
for i in 1 2 3; do
    collect once
    expect_code 0
    expect "other numbers in run $((i + 1))" cmp -s "$work/once" <(metrics "$data/once/contoso.json")
    expect "other lists in run $((i + 1))" cmp -s "$work/once.lists" \
        <(sed 's/.*"findings"/"findings"/; s/,"crc".*//' "$data/once/contoso.json")
done
conf order mixed.json
sed -i 's/mailboxes.csv/turned.csv/' "$data/order.conf"
collect order
expect_code 0
expect "other numbers in another order" cmp -s "$work/once" <(metrics "$data/order/contoso.json")
conf glob 'part?.json'
collect glob
expect_code 0
expect "other numbers from a glob" cmp -s "$work/once" <(metrics "$data/glob/contoso.json")
# File by file, as an administrator adds them over the days.
conf grow part1.json
collect grow
sed -i 's/part1/part2/' "$data/grow.conf"
collect grow
expect_code 0
expect_text '5 mailboxes, 1 sender'

say "The environment changes nothing"
for check in "${CHECKS[@]}"; do
    run env -i "$SAE_BIN/$check" --config "$data/once.conf" --tenant contoso -vv
    sed 's/[0-9]* s\b//; s/_age=[0-9]*//g; s/[0-9]* min old//g' "$work/out" >"$work/scrubbed"
    run env LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu http_proxy=http://127.0.0.1:1/ \
        https_proxy=http://127.0.0.1:1/ HOME=/nonexistent TMPDIR=/nonexistent COLUMNS=3 POSIXLY_CORRECT=1 \
        SSLKEYLOGFILE="$work/keys" SQLITE_TMPDIR=/nonexistent \
        "$SAE_BIN/$check" --config "$data/once.conf" --tenant contoso -vv
    expect "another output" cmp -s "$work/scrubbed" \
        <(sed 's/[0-9]* s\b//; s/_age=[0-9]*//g; s/[0-9]* min old//g' "$work/out")
done
conf env1 signins.json
conf env2 signins.json
run env -i "$SAE_BIN/smtp_auth_collect" --config "$data/env1.conf" --tenant contoso
expect_code 0
run env LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu http_proxy=http://127.0.0.1:1/ HOME=/nonexistent \
    TMPDIR=/nonexistent "$SAE_BIN/smtp_auth_collect" --config "$data/env2.conf" --tenant contoso
expect_code 0
expect "another snapshot" cmp -s <(metrics "$data/env1/contoso.json") <(metrics "$data/env2/contoso.json")
expect "the environment's proxy was asked for keys" [ ! -e "$work/keys" ]

say "State directories: modes, owner, group"
modes() {
    stat -c %a "$1"
}
conf open signins.json
chmod 750 "$data/open"
collect open
expect "0750 gives $(modes "$data/open/contoso.json")" [ "$(modes "$data/open/contoso.json")" = 640 ]
expect "private is $(modes "$data/open/private")" [ "$(modes "$data/open/private")" = 700 ]
for file in "$data"/open/private/*; do
    expect "$file is $(modes "$file")" [ "$(modes "$file")" = 600 ]
done
chmod 700 "$data/open"
collect open
expect "0700 gives $(modes "$data/open/contoso.json")" [ "$(modes "$data/open/contoso.json")" = 600 ]
chmod 755 "$data/open"
collect open
expect "0755 gives $(modes "$data/open/contoso.json")" [ "$(modes "$data/open/contoso.json")" = 644 ]
chmod 757 "$data/open"
cp "$data/open/contoso.json" "$work/before"
collect open
expect_code 3
expect_text 'open.*0757'
expect_one_line
expect "a refused directory was written to" cmp -s "$work/before" "$data/open/contoso.json"
chmod 755 "$data/open"
chmod 750 "$data/open/private"
collect open
expect_code 3
expect_text 'private.*0750'
rm -rf "$data/open"
printf x >"$data/open"
collect open
expect_code 3
expect_one_line

if [ "$(id -u)" -eq 0 ]; then
    conf other signins.json
    chmod 750 "$data/other"
    chown 65534:7 "$data/other"
    for i in 1 2; do
        collect other
        expect_code 0
        foreign=$(find "$data/other" ! -user 65534 -printf '%P ')
        expect "not uid 65534's: $foreign" [ -z "$foreign" ]
        expect "the snapshot is of group $(stat -c %g "$data/other/contoso.json")" \
            [ "$(stat -c %g "$data/other/contoso.json")" = 7 ]
        expect "the mode is $(modes "$data/other/contoso.json")" [ "$(modes "$data/other/contoso.json")" = 640 ]
        run as_nobody "$SAE_BIN/smtp_auth_collect" --config "$data/other.conf" --tenant contoso
        expect_code 0
    done
    run as_nobody "$SAE_BIN/smtp_auth_collect" --config "$data/once.conf" --tenant contoso
    expect_code 3
    expect_text '[Pp]ermission denied'
    expect_one_line
    run as_nobody "$SAE_BIN/smtp_auth_report" mailboxes --config "$data/once.conf" --tenant contoso
    expect_code 3
    expect "no reason given" grep -qi 'permission denied' "$work/err"
else
    say "NOT tried, not root: owners of new files"
fi

say "A full disk"
if unshare --mount true 2>/dev/null; then
    conf full signins.json
    "$SAE_BIN/smtp_auth_collect" --config "$data/full.conf" --tenant contoso >"$work/full" || true
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount bash -c '
        state=$1/full
        cp -a "$state" "$1/kept"
        mount -t tmpfs -o size=1m,mode=0755 tmpfs "$state" || exit 77
        cp -a "$1/kept/." "$state/"
        dd if=/dev/zero of="$state/ballast" bs=4k 2>"$1/dd"
        sum=$(cksum <"$state/contoso.json")
        "$2/smtp_auth_collect" --config "$1/full.conf" --tenant contoso
        code=$?
        [ "$sum" = "$(cksum <"$state/contoso.json")" ] || exit 98
        "$2/check_smtp_auth_mailboxes" --config "$1/full.conf" --tenant contoso >&2
        [ $? -eq 1 ] || exit 97
        rm "$state/ballast"
        "$2/smtp_auth_collect" --config "$1/full.conf" --tenant contoso >&2 || exit 96
        exit $code' - "$data" "$SAE_BIN"
    if [ "$code" -eq 77 ]; then
        say "NOT tried: no tmpfs here"
    else
        expect_code 3
        expect_text '^SMTP AUTH UNKNOWN - contoso: .*(full|space)'
        expect "not one line" [ "${#lines[@]}" -eq 1 ]
    fi
else
    say "NOT tried: no mount namespaces here"
fi

if [ -n "${SAE_SANITIZED:-}" ]; then
    big=20000 kills=3
else
    big=60000 kills=30
fi
say "SIGTERM in the middle of a run"
"$SAE_BIN/make_sample" "$work/big" --mailboxes 1200 --big-signins "$big"
cp "$work/big"/* "$data/"
sed '/^state_dir/s/=.*/= big/' "$work/big/smtp-auth.conf" >"$data/big.conf"
conf small signins.json
mkdir "$data/big"
start=$(date +%s%N)
collect big
whole=$((($(date +%s%N) - start) / 1000000))
expect_code 0
cp "$data/big/contoso.json" "$work/before"

# background MILLISECONDS SIGNAL: a run that gets the signal after that time.
background() {
    local pid
    "$SAE_BIN/smtp_auth_collect" --config "$data/big.conf" --tenant contoso >"$work/out" 2>"$work/err" &
    pid=$!
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
    kill -"$2" "$pid" 2>/dev/null || true
    code=0
    last="$2 after $1 of $whole ms"
    wait "$pid" 2>/dev/null || code=$?
    lines=()
    mapfile lines <"$work/out"
    out=${lines[*]}
}
rm -rf "$data/big"
mkdir "$data/big"
background $((whole / 3)) TERM
expect_code 3
expect_one_line
expect_text '^SMTP AUTH UNKNOWN - contoso: '
if [ -e "$data/big/contoso.json" ]; then
    expect "the first snapshot after SIGTERM is broken" valid big
    run "$SAE_BIN/check_smtp_auth_signins" --config "$data/big.conf" --tenant contoso
    expect_not_ok
fi
collect big
expect_code 0
expect "other numbers after the interrupted run" cmp -s <(metrics "$work/before") <(metrics "$data/big/contoso.json")
background $((whole / 3)) TERM
expect_code 3
expect_one_line
expect "the snapshot after SIGTERM is broken" valid big

say "Killed at $kills moments"
rm -rf "$data/big"
mkdir "$data/big"
RANDOM=42
for ((i = 0; i < kills; i++)); do
    if [ "$i" -eq $((kills / 3)) ]; then
        # From here on there is a snapshot that every kill must leave whole.
        collect big
        expect_code 0
    fi
    background $((RANDOM % (whole + 50))) KILL
    if [ -e "$data/big/contoso.json" ]; then
        expect "a broken snapshot" valid big
    fi
done
collect big
expect_code 0
expect "other numbers after many kills" cmp -s <(metrics "$work/before") <(metrics "$data/big/contoso.json")
left=$(find "$data/big" -type f -printf '%P\n' | sort | tr '\n' ' ')
expect "left over: $left" [ "$left" = "contoso.json private/contoso.db private/contoso.lock " ]

say "Two at once"
"$SAE_BIN/smtp_auth_collect" --config "$data/big.conf" --tenant contoso >"$work/first" 2>&1 &
first=$!
# Held still, so that it is certain that it has not ended when the other one gives up.
tries=0
while [ ! -s "$data/big/private/contoso.lock" ] && [ "$tries" -lt 100 ]; do
    sleep 0.01
    tries=$((tries + 1))
done
sleep 0.05
children=$(cat "/proc/$first/task/$first/children")
# shellcheck disable=SC2086 # numbers
kill -STOP $children
collect big
expect_code 3
expect_text 'collection running since 20[0-9-]*T[0-9:]*Z'
expect_one_line
expect "the snapshot is broken while a run is under way" valid big
# shellcheck disable=SC2086 # numbers
kill -CONT $children
wait "$first" || wrong "the first run failed: $(cat "$work/first")"
collect big
expect_code 0

finish
