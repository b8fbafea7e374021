#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # live.inc sets and uses them
# Names that nobody resolves: a name server that never answers costs no more than the time
# limit, and only what needs the name; one that says that there is no such name is believed.
# Alone: it measures how long a dead name server holds a run up.
# Not sanitized: about time; the other live scripts run the same code.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"
need unshare ip
unshare -rnm true 2>/dev/null || skip "no namespaces of users, networks and mounts here"

# A network of its own, in which the only name server is ours.
if [ -z "${SAE_INSIDE:-}" ]; then
    rm -rf "$work"
    SAE_INSIDE=1 exec unshare -rnm "$0"
fi
ip link set lo up
cat >"$work/names.py" <<'PYTHON'
"""A name server: silent, or (argument "none") one that knows no name."""
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
while True:
    question, client = server.recvfrom(512)
    if sys.argv[1] == "none":
        server.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], client)
PYTHON
echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
printf '127.0.0.1 localhost\n' >"$work/hosts"
printf 'hosts: files dns\n' >"$work/nsswitch.conf"
for file in resolv.conf hosts nsswitch.conf; do
    target=$(readlink -f "/etc/$file")
    [ -e "$target" ] || skip "/etc/$file is not there"
    mount --bind "$work/$file" "$target" || skip "cannot mount over /etc/$file"
done

now=$(date +%s)
jq -nc --arg one "$(tenant_id 1)" --argjson now "$now" --argjson clients "$(clients)" '
    {tenants: {($one): {clients: $clients, throttle: false, mailboxes: {count: 12},
    signins: {generate: {count: 100, from: ($now - 4000), to: ($now - 60)}}}}}' | world fake
fake_begin fake
limit=$((4 * slow))

# conf NAME LINES
conf() {
    mkdir -p "$data/$1.d"
    {
        printf '[defaults]\nstate_dir = %s.d\ntime_limit = %ss\nlookback = 75m\nhold = 1h\nspread_users = off\nstale_devices = off\n' "$1" "$limit"
        keys fake
        printf '[t]\ntenant_id = %s\n%s\n' "$(tenant_id 1)" "$2"
        application
    } >"$data/$1.conf"
}

collect() {
    forget_pace "$1.d"
    timed "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant t --fresh
    expect "$ms ms, the limit was $limit s" [ "$ms" -le $((limit * 1000 + 200)) ]
    expect_one_line
}

nameserver() {
    python3 "$work/names.py" "$1" &
    fake_pids+=("$!")
    sleep 0.3
}

nameserver silent
say "A name server that never answers: Exchange"
conf exchange ''
collect exchange
expect_code 0
steady "$data/exchange.d/t.json" >"$work/before"
conf exchange 'exchange_url = https://outlook.nowhere.test'
collect exchange
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - t: not complete, tenant: Get-TransportConfig: (time limit reached after: )?the name of outlook.nowhere.test is not resolved in time: the name server does not answer'
expect "took only $ms ms: was the name server asked?" [ "$ms" -ge $((limit * 850)) ]
expect "a failed try changed the numbers" cmp -s "$work/before" <(steady "$data/exchange.d/t.json")
expect "sign-ins suffered as well" [ "$(jq .parts.signins.ok "$data/exchange.d/t.json")" = true ]
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/exchange.conf" --tenant t
expect_code 1
expect_text 'last try of mailboxes failed'

say "A name server that never answers: Graph, and everything"
conf graph 'graph_url = https://graph.nowhere.test'
collect graph
expect_code 3
expect_text 'signins: .*the name of graph.nowhere.test is not resolved in time: the name server does not answer'
expect "mailboxes suffered as well" [ "$(snapshot_metric "$data/graph.d/t.json" mbx_all)" = 12 ]
run "$SAE_BIN/check_smtp_auth_signins" --config "$data/graph.conf" --tenant t
expect_code 3
conf all 'login_url = https://login.nowhere.test'
collect all
expect_code 3
expect_text 'the name of login.nowhere.test is not resolved in time: the name server does not answer'
for kind in tenant mailboxes signins senders; do
    run "$SAE_BIN/check_smtp_auth_$kind" --config "$data/all.conf" --tenant t
    expect_code 3
done
conf proxy "proxy = http://proxy.nowhere.test:3128"
collect proxy
expect_code 3
expect_text 'the name of the proxy proxy.nowhere.test:3128 is not resolved in time: the name server does not answer'
expect "a collector is left" [ "$(collectors exchange.conf)" -eq 0 ]
fake_end

say "No such name"
nameserver none
limit=$((20 * slow))
conf nxdomain 'exchange_url = https://outlook.nowhere.test'
collect nxdomain
expect_code 3
expect_text 'tenant: Get-TransportConfig: the name of outlook.nowhere.test cannot be resolved: check DNS and proxy'
expect "sign-ins suffered as well" [ "$(jq .parts.signins.ok "$data/nxdomain.d/t.json")" = true ]
conf noproxy "proxy = http://proxy.nowhere.test:3128"
collect noproxy
expect_code 3
expect_text 'the name of the proxy proxy.nowhere.test:3128 cannot be resolved: check proxy and DNS'
no_leak fake
finish
