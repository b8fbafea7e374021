#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # live.inc sets and uses them
# kill -9 at any moment of a live run: the snapshot is the old or the new one, the next run
# works, nothing is left behind.
# Alone: it cuts a run at every moment of its time.
# Not sanitized: SIGKILL leaves nothing for a sanitizer to say.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

id=$(tenant_id 1)
now=$(date +%s)

# tenant MAILBOXES: the world; their number tells an old snapshot from a new one.
tenant() {
    jq -nc --arg id "$id" --argjson now "$now" --argjson boxes "$1" --argjson clients "$(clients)" '
        {tenants: {($id): {clients: $clients, throttle: false, page_limit: 20,
        mailboxes: {count: $boxes}, signins: {generate: {
            count: 300, from: ($now - 4000), to: ($now - 60)}}}}}' | world fake
}

tenant 50
fake_begin fake
{
    printf '[defaults]\nstate_dir = state\ntime_limit = 30s\nlookback = 75m\nhold = 1h\nspread_users = off\nstale_devices = off\n'
    keys fake
    printf '[contoso]\ntenant_id = %s\n' "$id"
    application
} >"$data/live.conf"
mkdir "$data/state"
snapshot=$data/state/contoso.json

collect() {
    forget_pace state
    run "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant contoso --fresh
}

# whole: the snapshot is one that a run published, old or new.
whole() {
    local boxes
    "$SAE_BIN/smtp_auth_report" metrics --config "$data/live.conf" --tenant contoso >"$work/valid" 2>&1 ||
        return 1
    boxes=$(snapshot_metric "$snapshot" mbx_all)
    [ "$(snapshot_metric "$snapshot" mbx_enabled)" = $(((boxes + 1) / 3)) ] &&
        { [ "$boxes" = "$old" ] || [ "$boxes" = "$new" ]; }
}

# expect_whole WHERE: after a kill.
expect_whole() {
    last=$1
    expect "$1: a broken snapshot, or one of $(snapshot_metric "$snapshot" mbx_all) mailboxes" whole
    expect "$1: a child is left" nobody
}

# nobody: no collector is left; what was killed with its parent may take a moment.
nobody() {
    local tries
    for ((tries = 0; tries < 50; tries++)); do
        [ "$(collectors live.conf)" -ne 0 ] || return 0
        sleep 0.02
    done
    return 1
}

# expect_tidy: what a good run leaves.
expect_tidy() {
    local left
    left=$(find "$data/state" -type f ! -name '*.bucket' -printf '%P\n' | sort | tr '\n' ' ')
    expect "left over: $left" [ "$left" = "contoso.json private/contoso.db private/contoso.exchange.token \
private/contoso.graph.token private/contoso.lock " ]
}

# again WHERE: the next run works.
again() {
    collect
    expect_code 0
    expect_text '^SMTP AUTH OK - contoso: complete'
    expect "$1: $(snapshot_metric "$snapshot" mbx_all) mailboxes, not $new" \
        [ "$(snapshot_metric "$snapshot" mbx_all)" = "$new" ]
    expect_tidy
}

old=50 new=50
collect
expect_code 0
expect_tidy
points=0

# turn: the world has changed since the last good run.
turn() {
    old=$new
    new=$((old == 50 ? 56 : 50))
    tenant "$new"
}

if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
    say "Killed at every kind of system call, early and late"
    # Each thread and process counts for itself: the numbers reach all of them. The first ones
    # of some calls belong to the loading of libraries.
    for call in pwrite64 write fdatasync rename,renameat,renameat2 unlink,unlinkat ftruncate \
        sendto recvfrom connect clone,clone3 flock fchmod openat read close fcntl; do
        turn
        hits=0
        case $call in
        openat | read | close) numbers=(35 42 50 60 75) ;;
        *) numbers=(1 2 3 5 8 13 40) ;;
        esac
        for n in "${numbers[@]}"; do
            forget_pace state
            # As an hour later: tokens are asked for and written again.
            [ $((n % 2)) -eq 0 ] || rm -f "$data/state/private"/*.token
            code=0
            {
                timeout 60 strace -f -qq -o /dev/null -e trace="$call" \
                    -e inject="$call":signal=SIGKILL:when="$n" \
                    "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant contoso \
                    --fresh >"$work/out" 2>"$work/err" </dev/null || code=$?
            } 2>"$work/told"
            [ "$code" -ne 0 ] || break
            hits=$((hits + 1))
            points=$((points + 1))
            expect_whole "$call $n"
        done
        again "$call, $hits points"
    done
else
    say "NOT tried: strace; killed at random moments instead"
fi

say "Killed at random moments"
RANDOM=7
begin=$(date +%s%N)
collect
whole=$((($(date +%s%N) - begin) / 1000000))
rounds=$((points > 0 ? 30 : 80))
for ((i = 0; i < rounds; i++)); do
    [ $((i % 10)) -ne 0 ] || turn
    forget_pace state
    "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant contoso --fresh \
        >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    moment=$((RANDOM % (whole + 20)))
    sleep "$(printf '0.%03d' $((moment < 999 ? moment : 999)))"
    # The parent, or the child that does the work.
    victim=$pid
    [ $((i % 2)) -eq 0 ] || victim=$(pgrep -P "$pid" | head -n 1) || victim=$pid
    kill -KILL "${victim:-$pid}" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    points=$((points + 1))
    expect_whole "after $moment of $whole ms"
    [ $((i % 10)) -ne 9 ] || again "after $moment of $whole ms"
done

say "Killed in the first run: no snapshot or a whole one"
for moment in 0.02 0.05 0.1 0.15 0.2 0.3; do
    rm -rf "${data:?}/state"
    mkdir "$data/state"
    "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant contoso >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    sleep "$moment"
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    nobody || true
    points=$((points + 1))
    if [ -e "$snapshot" ]; then
        expect_whole "first run, $moment s"
    else
        run "$SAE_BIN/check_smtp_auth" --config "$data/live.conf" --tenant contoso
        expect_code 3
    fi
done
old=$new
again "after first runs"
echo "$points points"
expect "only $points points" [ "$points" -ge 60 ]
no_leak fake
finish
