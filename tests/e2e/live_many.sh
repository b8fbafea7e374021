#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # live.inc sets and uses them
# 80 live tenants in one run, one that hangs and one whose token is refused; --preflight of
# ready tenants and of such that lack something.
# Alone: 80 processes side by side, and a limit that must hold.
# Not sanitized: about processes and time; live.sh runs the same code.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

limit=$((15 * slow))
now=$(date +%s)

# --- the world: 80 tenants, and some that lack a permission
lacking=(manage:exchange_app role:exchange_directory audit:audit_log premium:premium policy:policy)
{
    for i in $(seq 80); do
        echo "$(tenant_id "$i") {}"
    done
    for i in "${!lacking[@]}"; do
        echo "$(tenant_id $((100 + i))) {\"permissions\":{\"${lacking[i]#*:}\":false}}"
    done
} | jq -Rnc --argjson now "$now" --argjson clients "$(clients)" '[inputs / " " | {(.[0]): ({
    domain: "contoso.example", clients: $clients, throttle: false, mailboxes: {count: 30},
    signins: {generate: {count: 60, from: ($now - 4000), to: ($now - 60)}}} + (.[1] | fromjson))}]
    | {tenants: add}' >"$work/calm.json"
hanging=$(tenant_id 7)
jq -c --arg id "$hanging" '.faults = [{fault: "silence", service: "exchange", tenant: $id, times: -1}]' \
    "$work/calm.json" >"$work/stormy.json"
world fake <"$work/stormy.json"
fake_begin fake

printf 'no such secret' | tr ' ' - >"$data/wrong"
chmod 600 "$data/wrong"
mkdir "$data/many" "$data/few"
{
    printf '[defaults]\nstate_dir = many\n'
    keys fake
    for i in $(seq 80); do
        printf '[t%02d]\ntenant_id = %s\n' "$i" "$(tenant_id "$i")"
        case $i in
        7) application; printf 'time_limit = %ss\n' "$limit" ;;
        40) application wrong ;;
        *) application ;;
        esac
    done
} >"$data/many.conf"

say "80 tenants, one hangs, one is refused: 78 complete, in time"
timed "$SAE_BIN/smtp_auth_collect" --config "$data/many.conf" --all
expect_code 3
expect_one_line
expect_text '^SMTP AUTH UNKNOWN - 78 complete, 2 failed: t07 \(tenant: .*localhost:[0-9]+.*\), t40 \(.*client secret is wrong.*\)\|tenants=80;;;0 tenants_failed=2;'
expect "$ms ms, the limit of the one that hung was $limit s" [ "$ms" -le $((limit * 1000 + 200)) ]
expect "$(find "$data/many" -maxdepth 1 -name '*.json' | wc -l) snapshots" \
    [ "$(find "$data/many" -maxdepth 1 -name '*.json' | wc -l)" -eq 80 ]
whole=0
for i in $(seq 80); do
    file=$data/many/$(printf 't%02d' "$i").json
    if [ "$(snapshot_metric "$file" collect_ok) $(snapshot_metric "$file" mbx_all)" = "1 30" ]; then
        whole=$((whole + 1))
    fi
done
expect "$whole complete snapshots" [ "$whole" -eq 78 ]
expect "a child is left" [ "$(collectors many.conf)" -eq 0 ]
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/many.conf" --tenant t07
expect_code 3
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/many.conf" --tenant t40
expect_code 3
expect_text 'client secret is wrong'
run "$SAE_BIN/check_smtp_auth_signins" --config "$data/many.conf" --tenant t07
expect "Graph answered the one whose Exchange hung, but: exit $code" [ "$code" -ne 3 ]
run "$SAE_BIN/smtp_auth_report" tenants --config "$data/many.conf"
expect_code 0
no_leak fake

say "The next run asks nobody for a token, and the one that hung is well again"
world fake <"$work/calm.json"
before=$(count_requests fake '.service == "login"')
rm -f "$data/many/private"/*.bucket
timed "$SAE_BIN/smtp_auth_collect" --config "$data/many.conf" --all -v
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - 79 complete, 1 failed: t40 '
# Only some of the 400 lines fit: those of the one that failed come first.
order=$(sed -nE '2,9s/^ *\\_\[([A-Z]+)\] - ([a-z0-9]+): .*/\1 \2/p' "$work/out" | tr '\n' ,)
expect "the lines are $order" [ "$order" = 'UNKNOWN t40,UNKNOWN tenant,UNKNOWN mailboxes,UNKNOWN signins,UNKNOWN policy,OK t01,OK tenant,OK mailboxes,' ]
expect_text '^and [0-9]+ more, all OK'
# t07 had a token for each; t40 waits before it asks again, or asks again for two.
expect "$(($(count_requests fake '.service == "login"') - before)) tokens" \
    [ "$(($(count_requests fake '.service == "login"') - before))" -le 2 ]

# --- preflight
{
    printf '[defaults]\nstate_dir = few\n'
    keys fake
    printf 'credential_expires = %s\n[ready]\ntenant_id = %s\n' "$(date -d '+200 days' +%F)" "$(tenant_id 1)"
    application
    for i in "${!lacking[@]}"; do
        printf '[%s]\ntenant_id = %s\n' "${lacking[i]%:*}" "$(tenant_id $((100 + i)))"
        application
    done
    printf '[secret]\ntenant_id = %s\n' "$(tenant_id 2)"
    application wrong
} >"$data/few.conf"

preflight() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/few.conf" --preflight "$@"
    expect_quiet
}

say "--preflight: ready"
preflight --tenant ready
expect_code 0
expect_text '^SMTP AUTH OK - ready: ready, first run: 30 mailboxes, about [0-9]+ SMTP sign-ins a day'
expect_text 'Get-CASMailbox: 30 mailboxes can be read'
expect_text 'sign-ins: the log can be read, 46 SMTP sign-ins in the last day'

say "--preflight: what is missing, and what to grant"
# lacks TENANT EXIT WORDS
lacks() {
    preflight --tenant "$1"
    expect_code "$2"
    expect_text "$3"
}
lacks manage 3 'not ready, .*grant Exchange.ManageAsApp'
lacks role 3 'not ready, .*no Exchange role: assign Global Reader'
lacks audit 3 'not ready, 1 thing to do: sign-ins: .*grant AuditLog.Read.All'
lacks premium 3 'not ready, 1 thing to do: sign-ins: .*no Entra ID P1'
lacks policy 0 'Conditional Access: .*Policy.Read.All'
lacks secret 3 'not ready, .*the client secret is wrong'

say "--preflight of all: a table"
preflight --all
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - 2 ready, 5 not: manage \(.*\), role \('
expect_text '^tenant +login +switch +mailboxes +policies +sign-ins +access rules +first reason'
expect_text '^ready +ok +ok +ok +ok +ok +ok[[:space:]]*$'
expect_text '^manage +ok +no +no +no +ok +ok +.*ManageAsApp'
expect_text '^audit +ok +ok +ok +ok +no +ok +.*AuditLog'
expect_text '^policy +ok +ok +ok +ok +ok +optional +.*Policy.Read.All'
expect_text '^secret +no +- +- +- +- +- +.*secret is wrong'

say "--preflight measures nothing"
left=$(find "$data/few" -type f ! -name '*.token' ! -name '*.bucket' -printf '%P ')
expect "left: $left" [ -z "$left" ]
no_leak fake
finish
