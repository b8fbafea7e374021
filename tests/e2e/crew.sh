#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# Many tenants in one run: one that hangs, one that crashes, one that is refused and one that
# somebody else holds cost the others nothing; signals; nothing is left behind.
# Alone: it measures how long children may take to end.
# Not sanitized: about signals and time; check_crew runs the same code.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3 flock
[ -r /proc/locks ] || skip "/proc/locks is not there"

data=$work/data
mkdir "$data"
exports must "$data" 31
limit=4 big=60000
"$SAE_BIN/make_sample" "$work/big" --mailboxes 1200 --big-signins "$big"
mkdir "$data/big"
cp "$work/big"/* "$data/big/"
slow=$(sed -n '/^\(transport_config\|mailboxes\|signins\) /s|= |&big/|p' "$work/big/smtp-auth.conf")
expect "the sample is not as expected: $slow" [ "$(wc -l <<<"$slow")" -eq 3 ]

# conf NAME TENANT...: a configuration with a state directory of its own. Tenants called slow*
# read a big log; what follows a name in parentheses is added to its section, ; is a new line.
conf() {
    local name=$1 tenant
    shift
    mkdir -p "$data/$name"
    {
        printf '[defaults]\nstate_dir = %s\n' "$name"
        for tenant in "$@"; do
            printf '[%s]\n' "${tenant%%(*}"
            if [[ $tenant == slow* ]]; then
                printf '%s\n' "$slow"
            else
                printf 'transport_config = switch_false.json\nsignins = signins.json\n'
                [[ $tenant == *mailboxes* ]] || printf 'mailboxes = mailboxes.csv\n'
            fi
            if [[ $tenant == *'('* ]]; then
                tenant=${tenant#*(}
                tr ';' '\n' <<<"${tenant%)}"
            fi
        done
    } >"$data/$name.conf"
}


# begin NAME ARGUMENT...: in the background, its output as that of run.
begin() {
    last="$*"
    "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" "${@:2}" \
        >"$work/out" 2>"$work/err" </dev/null &
    parent=$!
}

end() {
    code=0
    wait "$parent" 2>/dev/null || code=$?
    lines=()
    mapfile lines <"$work/out"
    out=${lines[*]}
}

# holder NAME TENANT: waits until a process holds the tenant's lock, and says which one.
holder() {
    local lock=$data/$1/private/$2.lock inode pid tries
    for ((tries = 0; tries < 500; tries++)); do
        inode=$(stat -c %i "$lock" 2>/dev/null || echo none)
        pid=$(awk -v end=":$inode" '$2 == "FLOCK" && substr($6, length($6) - length(end) + 1) == end { print $5 }' /proc/locks)
        if [ -n "$pid" ]; then
            echo "$pid"
            return
        fi
        sleep 0.01
    done
    echo "nobody holds $lock" >&2
    return 1
}

alive() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
    [ -n "$state" ] && [ "$state" != Z ]
}

# gone PID: it ends within two seconds.
gone() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        alive "$1" || return 0
        sleep 0.01
    done
    return 1
}

seconds() {
    [[ ${lines[0]:-} =~ \ time=([0-9.]+)s ]] && echo "${BASH_REMATCH[1]}"
}

# expect_within SECONDS: the run took no longer.
expect_within() {
    expect "it took $(seconds) s, $1 are the most" \
        awk -v took="$(seconds)" -v most="$1" 'BEGIN { exit !(took != "" && took <= most) }'
}

published() {
    find "$data/$1" -maxdepth 1 -name '*.json' | wc -l
}

names=()
for i in $(seq -w 1 80); do
    names+=("t$i")
done

say "80 tenants, all well, in the order of the configuration"
conf well "${names[@]}"
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --all
expect_code 0
expect_one_line
expect_text '^SMTP AUTH OK - 80 complete\|tenants=80;;;0 tenants_failed=0;;;0 time='
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --all --format json
expect_code 0
expect "the order is not that of the configuration" diff \
    <(grep -o '"output":"t[0-9]*: ' "$work/out" | grep -o 't[0-9][0-9]') <(printf '%s\n' "${names[@]}")
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --tenant t07 --tenant t03 --tenant t07 -v
expect_code 0
expect_text '^SMTP AUTH OK - 2 complete'
expect "order" [ "$(grep -o 't0[37]: 5 mail' "$work/out" | tr -d '\n')" = "t03: 5 mailt07: 5 mail" ]

say "One hangs, one is refused, one is held by somebody else: 77 complete in time"
names[0]="slow(time_limit = ${limit}s)"
names[19]='t20(mailboxes = nowhere/near/here/missing.csv)'
conf ill "${names[@]}"
mkdir "$data/ill/private"
chmod 700 "$data/ill/private"
echo 2026-01-01T00:00:00Z >"$data/ill/private/t30.lock"
(
    exec 9<"$data/ill/private/t30.lock"
    flock 9
    exec sleep 60
) >/dev/null 2>&1 &
other=$!
begin ill --all
child=$(holder ill slow)
kill -STOP "$child"
end
kill "$other" || true
expect_code 3
expect_one_line
expect_text "^SMTP AUTH UNKNOWN - 77 complete, 3 failed: slow \(hung, killed at its time limit of $limit s"
expect_text ', t20 \(mailboxes: [^ ]*missing.csv: cannot open: No such file'
expect_text ', t30 \(collection running since 2026-01-01T00:00:00Z\)\|'
expect_text '\|tenants=80;;;0 tenants_failed=3;;;0 time='
expect_within "$limit.2"
expect "the one that hung is left" gone "$child"
expect "$(published ill) snapshots" [ "$(published ill)" -eq 78 ]
expect "a snapshot of the one that hung" [ ! -e "$data/ill/slow.json" ]
run "$SAE_BIN/smtp_auth_collect" --config "$data/ill.conf" --tenant slow
expect_code 0

say "The list of those that failed is cut, and says how many more"
for i in $(seq -w 1 80); do
    names[10#$i - 1]="t$i(mailboxes = missing.csv)"
done
conf all-ill "${names[@]}"
run "$SAE_BIN/smtp_auth_collect" --config "$data/all-ill.conf" --all
expect_code 3
expect_one_line
expect_text '^SMTP AUTH UNKNOWN - 0 complete, 80 failed: t01 \(mailboxes: .*\), t02 \(.*\) and [0-9]+ more\|'

say "One that crashes, one that is killed"
conf crash slow1 slow2 well
begin crash --all -v
kill -SEGV "$(holder crash slow1)"
kill -KILL "$(holder crash slow2)"
end
expect_code 3
expect_quiet
expect_text '1 complete, 2 failed: slow1 \(ended by signal 11, please report it\), slow2 \(killed by signal 9: is there enough memory\?\)\|'
expect_text '^._\[UNKNOWN\] - slow1: ended by signal 11'
expect_text '^._\[OK\] - well: 5 mailboxes'
run "$SAE_BIN/smtp_auth_collect" --config "$data/crash.conf" --all
expect_code 0

say "SIGTERM: what is under way ends like at its limit, the rest does not begin"
rm -rf "$data/crash"
conf crash slow1 slow2 slow3 slow4 slow5 slow6 slow7 slow8 late
begin crash --all -v
first=$(holder crash slow1)
kill "$parent"
end
expect_code 3
expect_quiet
expect_text '^SMTP AUTH UNKNOWN - 0 complete, 9 failed: slow1 \((signins|mailboxes|tenant): told to stop.*\), slow2'
expect_text 'late: told to stop before its turn'
expect_within 4
expect "a child is left" gone "$first"
run "$SAE_BIN/smtp_auth_collect" --config "$data/crash.conf" --tenant slow1
expect_code 0

say "SIGINT, and one that does not end: killed after 5 s"
conf deaf slow well
# Not with &: there the shell makes programs deaf to SIGINT.
rm -f "$work/pid"
python3 - "$SAE_BIN/smtp_auth_collect" "$data/deaf.conf" "$work" <<'END' &
import signal, subprocess, sys
program, conf, work = sys.argv[1:]
signal.signal(signal.SIGINT, signal.SIG_DFL)
with open(work + "/out", "w") as out, open(work + "/err", "w") as err:
    child = subprocess.Popen([program, "--config", conf, "--all"], stdout=out, stderr=err)
    open(work + "/pid", "w").write(str(child.pid))
    sys.exit(child.wait())
END
parent=$!
child=$(holder deaf slow)
kill -STOP "$child"
for ((tries = 0; tries < 500; tries++)); do
    [ ! -e "$data/deaf/well.json" ] || break
    sleep 0.05
done
sleep 0.5 # and its process has ended
told=$(date +%s%N)
kill -INT "$(cat "$work/pid")"
end
took=$((($(date +%s%N) - told) / 1000000))
expect_code 3
expect_one_line
expect_text '1 complete, 1 failed: slow \(told to stop, did not end within 5 s, was killed\)'
expect "it took $took ms from the signal on" [ "$took" -ge 4900 ]
expect "it took $took ms from the signal on" [ "$took" -le 5600 ]
expect "a child is left" gone "$child"

say "kill -9 of the parent: nobody is left, the next run works"
conf orphans slow1 slow2
begin orphans --all
one=$(holder orphans slow1)
two=$(holder orphans slow2)
kill -KILL "$parent"
end
expect "a child outlives its parent" gone "$one"
expect "a child outlives its parent" gone "$two"
run "$SAE_BIN/smtp_auth_collect" --config "$data/orphans.conf" --all
expect_code 0

say "A parent that ignored SIGCHLD, and too few processes"
run bash -c 'trap "" CHLD; exec "$@"' - "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --all
expect_code 0
if [ "$(id -u)" -eq 0 ]; then
    conf few t1 t2 t3 t4
    chmod 755 "$work"
    # A user that nobody else is: the limit counts all processes of one.
    chown -R 61234:61234 "$data/few"
    run prlimit --nproc=1 setpriv --reuid=61234 --regid=61234 --clear-groups \
        "$SAE_BIN/smtp_auth_collect" --config "$data/few.conf" --all
    expect_code 3
    expect_text '0 complete, 4 failed: t1 \(cannot start a process: Resource temporarily unavailable\), t2'
else
    say "NOT tried: a limit of processes"
fi

say "A terminal is shown how far it is, and left clean"
cat >"$work/terminal.py" <<'END'
import os, pty, subprocess, sys
leader, follower = pty.openpty()
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=follower)
os.close(follower)
seen = b""
try:
    while True:
        piece = os.read(leader, 4096)
        if not piece:
            break
        seen += piece
except OSError:
    pass
child.wait()
open(sys.argv[1], "wb").write(seen)
END
python3 "$work/terminal.py" "$work/seen" "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --all
expect "no progress" grep -aqE $'\r[0-9]+ of 80 tenants done +\r' "$work/seen"
expect "a line break on the terminal" [ "$(tr -dc '\n' <"$work/seen" | wc -c)" -eq 0 ]
expect "the line is not erased" [ "$(tail -c 81 "$work/seen" | tr -d ' ' | od -An -c | tr -d ' ')" = '\r\r' ]

say "--record: a folder of its own for each tenant, never one with something in it"
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --tenant t01 --record "$data/one" -v
expect_code 0
expect_text '^  ._\[OK\] - nothing recorded in .*/data/one: all sources are files'
expect "not private" [ "$(stat -c %a "$data/one")" = 700 ]
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --tenant t01 --tenant t02 --record "$data/two" -v
expect_code 0
expect_text 'recorded in .*/data/two/tenant-1'
expect_text 'recorded in .*/data/two/tenant-2'
for names in "--tenant t01" "--tenant t01 --tenant t02"; do
    # shellcheck disable=SC2086 # words
    run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" $names --record "$data/two"
    expect_code 3
    expect_one_line
    expect_text '^SMTP AUTH UNKNOWN - .*/data/two: there are files in it, --record needs a new or an empty folder'
done

say "Options that exclude each other"
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --all --preflight --fresh
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - --preflight always asks anew: leave out --fresh'
run "$SAE_BIN/smtp_auth_collect" --config "$data/well.conf" --check-config --preflight
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - --check-config asks nobody: leave out --preflight and --record'

finish
