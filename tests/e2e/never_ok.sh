#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # lib.inc sets them
# What is missing, broken, stale, hostile or mistyped is never OK and never a crash.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

data=$work/data
conf=$data/c.conf
snapshot=$data/state/contoso.json
mkdir "$data" "$data/state"
chmod 755 "$work" "$data" "$data/state"
exports must "$data" 31
cat >"$conf" <<END
[defaults]
state_dir = state
[contoso]
transport_config = switch_true.json
mailboxes = mailboxes.csv
signins = signins.json
[fabrikam]
transport_config = switch_true.json
mailboxes = mailboxes.csv
signins = off
END

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$conf" --tenant contoso
}

# each CODE TEXT ARGUMENT...: every check ends so, with one line, nothing on stderr.
each() {
    local check want=$1 text=$2
    shift 2
    for check in "${CHECKS[@]}"; do
        run "$SAE_BIN/$check" "$@"
        expect_code "$want"
        expect_text "^SMTP AUTH UNKNOWN - .*($text)"
        expect_one_line
    done
}

# The last output is what the check said of good data, apart from its age.
same_as_good() {
    cmp -s <(sed "$ages" "$work/$check.good") <(sed "$ages" "$work/out")
}
ages='s/_age=[0-9]*//g; s/[0-9]* min old//g'

say "The configuration"
cat >"$work/unknown_key.conf" <<END
[contoso]
mailboxen = a.csv
END
cat >"$work/twice.conf" <<END
[contoso]
[contoso]
END
printf '[contoso]\nmailboxes\n' >"$work/no_equals.conf"
printf '[contoso]\nmax_age = 5 apples\n' >"$work/bad_value.conf"
printf '[../../etc]\n' >"$work/bad_name.conf"
printf 'max_age = 1h\n' >"$work/outside.conf"
printf '[contoso\n' >"$work/bracket.conf"
head -c 100000 /dev/zero >"$work/zeros.conf"
each 3 "$work/none\.conf.*No such file" --config "$work/none.conf" --tenant contoso
each 3 'unknown_key\.conf.*2.*mailboxen' --config "$work/unknown_key.conf" --tenant contoso
each 3 'contoso.*twice\.conf.*2.*already' --config "$work/twice.conf" --tenant contoso
each 3 'no_equals\.conf.*2' --config "$work/no_equals.conf" --tenant contoso
each 3 'bad_value\.conf.*2.*max_age' --config "$work/bad_value.conf" --tenant contoso
each 3 'bad_name\.conf.*1' --config "$work/bad_name.conf" --tenant contoso
each 3 'outside\.conf.*1' --config "$work/outside.conf" --tenant contoso
each 3 'bracket\.conf.*1' --config "$work/bracket.conf" --tenant contoso
each 3 'zeros\.conf' --config "$work/zeros.conf" --tenant contoso
each 3 "$work.*not a regular file" --config "$work" --tenant contoso
each 3 'nobody' --config "$conf" --tenant nobody
each 3 'no snapshot yet.*smtp_auth_collect --tenant contoso' --config "$conf" --tenant contoso
for file in none unknown_key twice no_equals bad_value bad_name outside bracket zeros; do
    run "$SAE_BIN/smtp_auth_collect" --config "$work/$file.conf" --tenant contoso
    expect_code 3
    expect_text "UNKNOWN - .*$file"
    expect_one_line
    run "$SAE_BIN/smtp_auth_report" mailboxes --config "$work/$file.conf" --tenant contoso
    expect_code 3
done
if [ "$(id -u)" -eq 0 ]; then
    cp "$conf" "$work/secret.conf"
    chmod 600 "$work/secret.conf"
    for check in "${CHECKS[@]}"; do
        run as_nobody "$SAE_BIN/$check" --config "$work/secret.conf" --tenant contoso
        expect_code 3
        expect_text 'secret\.conf.*[Pp]ermission denied'
        expect_one_line
    done
else
    say "NOT tried, not root: what an unprivileged user may not read"
fi

say "Options"
collect
expect_code 0
good=("--config" "$conf" "--tenant" contoso)
for check in "${CHECKS[@]}"; do
    run "$SAE_BIN/$check" "${good[@]}"
    cp "$work/out" "$work/$check.good"
    [ "$code" -ne 3 ] || wrong "UNKNOWN with good data"
done
each 3 'bogus' "${good[@]}" --bogus
each 3 '(-q|option q)' "${good[@]}" -q
each 3 '(-w|warning).*(missing|needs|argument|value)|(missing|needs).*(-w|warning)' "${good[@]}" -w
each 3 '(tenant).*(missing|needs|argument|value)|(missing|needs).*tenant' --config "$conf" --tenant
each 3 'xml' "${good[@]}" --format xml
each 3 'tenant' "${good[@]}" --tenant fabrikam
each 3 'word' "${good[@]}" word
each 3 'timeout.*OK' "${good[@]}" -t 5:OK
each 3 'timeout.*OK' "${good[@]}" -t 5:ok
each 3 'timeout.*OK' "${good[@]}" -t 5:0
each 3 '0' "${good[@]}" -t 0
each 3 '1h2m' "${good[@]}" --max-age 1h2m
each 3 'no_such_metric' "${good[@]}" -w no_such_metric=1
for range in 10:5 0x10 1e3 5x 1,5 '' ' ' nan -5 1:2:3 /root:10; do
    each 3 'range|RANGE' "${good[@]}" -w "$range"
    each 3 'range|RANGE' "${good[@]}" -c "$range"
done
each 3 'extra|section|ini' "${good[@]}" --extra-opts=nosuchsection@/dev/null
each 3 'nosuchfile' "${good[@]}" --extra-opts=x@/nosuchfile
run "$SAE_BIN/check_smtp_auth" --config "$conf" --tenant contoso --all
expect_code 3
expect_one_line
for arguments in '' '--all --tenant contoso' '--tenant' '--bogus --all' '--all --format xml' 'contoso'; do
    # shellcheck disable=SC2086 # words
    run "$SAE_BIN/smtp_auth_collect" --config "$conf" $arguments
    expect_code 3
    expect_text '^SMTP AUTH UNKNOWN - '
    expect_one_line
done
for arguments in '' 'nothing' 'mailboxes senders' 'mailboxes --state bogus' 'mailboxes --format openmetrics' \
    'senders --source here' 'changes --since yesterday' 'mailboxes --bogus' 'mailboxes --tenant nobody'; do
    # shellcheck disable=SC2086 # words
    run "$SAE_BIN/smtp_auth_report" --config "$conf" --tenant contoso $arguments
    expect_code 3
    expect "something on stdout" [ ! -s "$work/out" ]
    expect "not one line on stderr" [ "$(wc -l <"$work/err")" -eq 1 ]
done

say "Help and version"
for program in "${CHECKS[@]}" smtp_auth_collect; do
    for option in -h --help -V --version; do
        run "$SAE_BIN/$program" "$option"
        expect_code 3
        expect_text "$program"
        expect_quiet
    done
done

say "Nowhere to write to"
for program in "${CHECKS[@]}" smtp_auth_collect; do
    for arguments in "--config $conf --tenant contoso" "--config $conf --tenant contoso -v --format json" -h -V; do
        # shellcheck disable=SC2086 # words
        {
            run bash -c 'exec "$@" >/dev/full' - "$SAE_BIN/$program" $arguments
            expect_code 3
            run bash -c 'exec "$@" >&-' - "$SAE_BIN/$program" $arguments
            expect_code 3
            run bash -c 'exec "$@" <&- >&- 2>&-' - "$SAE_BIN/$program" $arguments
            expect_code 3
        }
    done
done
for arguments in 'metrics' 'mailboxes' 'senders' 'changes' 'allow-list' 'tenants' '-h' '-V' 'metrics --format openmetrics'; do
    # shellcheck disable=SC2086 # words
    {
        run bash -c 'exec "$@" >/dev/full' - "$SAE_BIN/smtp_auth_report" --config "$conf" --tenant contoso $arguments
        expect_code 3
        run bash -c 'exec "$@" >&-' - "$SAE_BIN/smtp_auth_report" --config "$conf" --tenant contoso $arguments
        expect_code 3
    }
done
for check in "${CHECKS[@]}"; do
    run bash -c 'exec "$@" <&- 2>&-' - "$SAE_BIN/$check" "${good[@]}"
    expect "other output with stdin and stderr closed" same_as_good
done

say "Snapshots that are cut, flipped, hostile"
cuts=50 flips=200
if [ -n "${SAE_SANITIZED:-}" ]; then
    cuts=6 flips=6
fi
cp "$snapshot" "$work/snapshot"
python3 "$SAE_SRC/tests/e2e/snapshots.py" "$work/snapshot" "$work/broken" "$cuts" "$flips"
for file in "$work"/broken/*; do
    [ -f "$file" ] || continue
    cp "$file" "$snapshot"
    name=${file##*/}
    for check in "${CHECKS[@]}"; do
        run "$SAE_BIN/$check" "${good[@]}"
        last="$name: $last"
        expect_code 3
        expect_text '^SMTP AUTH UNKNOWN - contoso: .*snapshot'
        expect_one_line
        if [ -n "${SAE_SANITIZED:-}" ] && [ "$check" = check_smtp_auth_mailboxes ]; then
            break
        fi
    done
    run "$SAE_BIN/smtp_auth_report" metrics "${good[@]}"
    expectations=$((expectations + 1))
    [ "$code" -eq 0 ] || [ "$code" -eq 3 ] || wrong "exit $code"
done

say "Something else where the snapshot should be"
instead() {
    run "$SAE_BIN/check_smtp_auth_health" "${good[@]}"
    each 3 "$1" "${good[@]}"
    rm -rf "$snapshot"
}
rm "$snapshot"
mkdir "$snapshot"
instead 'not a (plain |regular )?file|[Ii]s a directory|contoso\.json'
mkfifo "$snapshot"
instead 'not a (plain |regular )?file|contoso\.json'
ln -s contoso.json "$snapshot"
instead 'contoso\.json|symbolic'
ln -s /dev/zero "$snapshot"
instead 'not a (plain |regular )?file|contoso\.json'
ln -s /etc/passwd "$snapshot"
instead 'snapshot'
cp "$work/snapshot" "$snapshot"
if [ "$(id -u)" -eq 0 ]; then
    chmod 640 "$snapshot"
    group=$(stat -c %G "$snapshot")
    for check in "${CHECKS[@]}"; do
        run as_nobody "$SAE_BIN/$check" "${good[@]}"
        expect_code 3
        expect_text "UNKNOWN - .*group $group"
        expect_one_line
    done
    chmod 644 "$snapshot"
    for check in "${CHECKS[@]}"; do
        run as_nobody "$SAE_BIN/$check" "${good[@]}"
        expect "another user is told something else" same_as_good
    done
fi

say "Old data"
sleep 1.1
for check in "${CHECKS[@]}"; do
    run "$SAE_BIN/$check" "${good[@]}" --max-age 1s
    case $check in
    *_health) expect_code 2 ;; # only health grows beyond UNKNOWN
    check_smtp_auth) expect_code 2 ;;
    *) expect_code 3 ;;
    esac
    expect_text 'old'
    expect_one_line
done
touch -d '3 days ago' "$data"/*.csv "$data"/*.json
cp "$work/snapshot" "$snapshot"
collect
expect_one_line
for check in "${CHECKS[@]}"; do
    run "$SAE_BIN/$check" "${good[@]}"
    case $check in
    *_health | check_smtp_auth) expect_code 1 ;;
    *)
        expect_code 3
        expect_text '3 d old'
        ;;
    esac
    expect_text 'old'
    expect_one_line
done

say "The collector stopped ten days ago"
touch "$data"/*.csv "$data"/*.json
python3 - "$work/snapshot" "$snapshot" <<'END'
import json, sys, zlib
root = json.load(open(sys.argv[1]))
del root["crc"]
root["time"] -= 864000
for part in root["parts"].values():
    for name in ("time", "attempt"):
        part[name] -= 864000 if part[name] else 0
text = json.dumps(root, separators=(",", ":"))[:-1].encode()
open(sys.argv[2], "wb").write(text + b',"crc":"%08x"}' % zlib.crc32(text))
END
for check in "${CHECKS[@]}"; do
    run "$SAE_BIN/$check" "${good[@]}"
    case $check in
    *_health | check_smtp_auth) expect_code 2 ;;
    *) expect_code 3 ;;
    esac
    expect_text '10 d old'
    expect_text 'collector'
    expect_one_line
done

say "The configuration points elsewhere"
sed 's/^state_dir = .*/state_dir = nowhere/' "$conf" >"$data/nowhere.conf"
each 3 'no snapshot yet' --config "$data/nowhere.conf" --tenant contoso
each 3 'no snapshot yet' --config "$conf" --tenant fabrikam
cp "$work/snapshot" "$data/state/fabrikam.json"
each 3 'snapshot.*another tenant' --config "$conf" --tenant fabrikam
run "$SAE_BIN/check_smtp_auth" --config "$conf" --all
expect_not_ok

say "Sources that cannot be what they should"
for pair in 'mailboxes.csv:/dev/null' 'mailboxes.csv:switch_true.json' 'mailboxes.csv:signins.json' \
    'switch_true.json:mailboxes.csv' 'switch_true.json:/dev/null' 'signins.json:mailboxes.csv' \
    'signins.json:/dev/null' 'signins.json:none.json' 'mailboxes.csv:none.csv' 'mailboxes.csv:.'; do
    sed "s|${pair%%:*}|${pair#*:}|" "$conf" >"$data/wrong.conf"
    rm -rf "$data/state"
    mkdir "$data/state"
    run "$SAE_BIN/smtp_auth_collect" --config "$data/wrong.conf" --tenant contoso
    last="$pair: $last"
    expect_code 3
    expect_text '^SMTP AUTH UNKNOWN - contoso: '
    expect_one_line
    run "$SAE_BIN/check_smtp_auth" --config "$data/wrong.conf" --tenant contoso
    expect_not_ok
    expect_one_line
done

finish
