#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # filters of jq; live.inc sets and uses them
# A live tenant of 2,500 mailboxes and 5,000 sign-ins: exact numbers, what a later run asks
# for, rows that appear late, changes, SIGTERM, progress.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

id=$(tenant_id 1)
now=$(date +%s)

late=0
# tenant [FILTER]: the world, changed by the filter on the tenant; with so many late rows.
tenant() {
    jq -nc --arg id "$id" --argjson now "$now" --argjson late "$late" --argjson clients "$(clients)" '{tenants: {($id): ({
        domain: "contoso.example", clients: $clients,
        transport: {SmtpClientAuthenticationDisabled: true},
        authentication_policies: [{Name: "Block basic", AllowBasicAuthSmtp: false},
                                  {Name: "Printers", AllowBasicAuthSmtp: true}],
        security_defaults: {isEnabled: false},
        conditional_access: [{conditions: {clientAppTypes: ["exchangeActiveSync", "other"]}},
                             {state: "disabled", conditions: {clientAppTypes: ["other"]}}],
        mailboxes: {count: 2496, explicit: [
            {PrimarySmtpAddress: "odd@contoso.example", SmtpClientAuthenticationDisabled: "maybe"},
            {PrimarySmtpAddress: "bare@contoso.example"},
            {PrimarySmtpAddress: "number@contoso.example", SmtpClientAuthenticationDisabled: 1},
            {PrimarySmtpAddress: "open@contoso.example", SmtpClientAuthenticationDisabled: false}]},
        signins: {explicit: [range($late) | {number: ., time: ($now - 2400 - . * 10), code: 50126,
            user: "late\(.)@contoso.example", address: "192.0.2.\(.)", country: "NL"}],
            generate: {count: 5000, from: ($now - 26 * 3600), to: ($now + 1800), users: 60,
            addresses: 80, countries: ["FI", "FI", "DE", "VN", "BR", "US"],
            codes: [0, 0, 50126, 50126, 50126, 50053, 50034, 53003, 80002]}}
        } | '"${1:-.}"')}}'
}

collect() {
    timed "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant contoso "$@"
}

check() {
    run "$SAE_BIN/check_smtp_auth_$1" --config "$data/live.conf" --tenant contoso
}

snapshot=$data/state/contoso.json
database=$data/state/private/contoso.db

# as_counted: the numbers are those that are counted from the world's own data.
as_counted() {
    local t name value
    t=$(query "$database" "SELECT value FROM meta WHERE name = 'signins_end'")
    expect "T is not within the run" [ "$((t / 10000000))" -ge "$begun" ]
    "$fakes/oracle.py" "$work/fake/world.json" "$id" "$t" >"$work/oracle"
    while read -r name value; do
        expect "$name is $(snapshot_metric "$snapshot" "$name"), not $value" \
            [ "$(snapshot_metric "$snapshot" "$name")" = "$value" ]
    done < <(jq -r '.metrics | to_entries[] | "\(.key) \(.value)"' "$work/oracle")
    expect "a lower bound: $(jq -c .at_least "$snapshot")" [ "$(jq -c .at_least "$snapshot")" = '[]' ]
    expect "$(query "$database" 'SELECT count(*) FROM signin') rows, not $(jq .rows "$work/oracle")" \
        [ "$(query "$database" "SELECT count(*) FROM signin WHERE sec * 10000000 + frac < $t")" = "$(jq .rows "$work/oracle")" ]
}

tenant | world fake
fake_begin fake
mkdir "$data/state"
{
    printf '[defaults]\nstate_dir = state\n'
    keys fake
    printf '[contoso]\ntenant_id = %s\n' "$id"
    application
    printf 'credential_expires = %s\n' "$(date -d '+200 days' +%F)"
} >"$data/live.conf"

say "2,500 mailboxes in 3 pages, 5,000 sign-ins: exact numbers"
begun=$(date +%s)
collect -v
expect_code 0
expect_quiet
expect_text '^SMTP AUTH OK - contoso: complete, 2500 mailboxes, 60 senders, 29.9 days of sign-ins held'
as_counted
expect "not 3 pages of mailboxes" [ "$(count_requests fake '.cmdlet == "Get-CASMailbox" and .status == 200')" -eq 3 ]
expect "not one token for each service" [ "$(count_requests fake '.service == "login"')" -eq 2 ]
expect "refused by the pace of the log" [ "$(count_requests fake '.status == 429 and (.path | test("signIns"; "i"))')" -eq 0 ]
expect "the fewest rows were expected to be some" [ "$(jq .rows "$work/oracle")" -gt 3000 ]
for pair in mbx_all=2500 mbx_unknown=3 mbx_disabled=832 mbx_enabled=833 mbx_inherit=832; do
    expect "${pair%=*} is $(snapshot_metric "$snapshot" "${pair%=*}")" \
        [ "$(snapshot_metric "$snapshot" "${pair%=*}")" = "${pair#*=}" ]
done
check mailboxes
expect_code 1
expect_metric mbx_exposed 836
expect_text '836 exposed of 2500'
check tenant
expect_code 0
expect_metric tenant_enabled 0
expect_metric policy_blocks 2
check signins
expect_metric fail_events "$(jq .metrics.fail_events "$work/oracle")"
expect "no failures in the window" [ "$(metric fail_events)" -gt 0 ]
check health
expect_metric collect_ok 1
expect_metric rows_unparsed 0
expect_code 0
no_leak fake

say "A second run reads only what is new"
lines_before=$(wc -l <"$work/fake/requests.jsonl")
held=$(query "$database" "SELECT max(ends) FROM covered")
forget_pace state
begun=$(date +%s)
collect
expect_code 0
tail -n +$((lines_before + 1)) "$work/fake/requests.jsonl" >"$work/second.jsonl"
expect "something else than the log was asked: $(jq -r .path "$work/second.jsonl" | sort -u | tr '\n' ' ')" \
    [ "$(jq -r 'select(.path | test("signIns"; "i") | not) | .path' "$work/second.jsonl" | wc -l)" -eq 0 ]
expect "$(wc -l <"$work/second.jsonl") requests" [ "$(wc -l <"$work/second.jsonl")" -le 3 ]
since=$(jq -r 'select(.query | test("filter")) | .query' "$work/second.jsonl" | sed -n '1s/.*ge%20\([0-9T:-]*Z\).*/\1/p')
expect "asked since $since, held until $((held / 10000000)), overlap 2 h" \
    [ "$(date -d "$since" +%s)" -eq $((held / 10000000 - 7200)) ]
as_counted

say "Rows that appear late are found"
late=12
tenant | world fake
forget_pace state
before=$(snapshot_metric "$snapshot" fail_users)
begun=$(date +%s)
collect
expect_code 0
as_counted
expect "no more users fail than before" [ "$(snapshot_metric "$snapshot" fail_users)" -ge $((before + 12)) ]
run "$SAE_BIN/smtp_auth_report" runs --config "$data/live.conf" --tenant contoso
expect_code 0
expect "not three runs" [ "${#lines[@]}" -eq 4 ]
expect_text ' 12  yes '

say "The posture is read again when it is due, and a change is seen"
tenant '.transport.SmtpClientAuthenticationDisabled = false' | world fake
forget_pace state
collect
expect_metric tenants_failed 0
check tenant
expect_metric tenant_enabled 0
forget_pace state
begun=$(date +%s)
collect --fresh
expect_code 0
as_counted
check tenant
expect_code 1
expect_metric tenant_enabled 1
# A change waits for the read that confirms it, which is due at once.
forget_pace state
collect
check tenant
expect_code 2
expect_metric tenant_opened 1
expect_text 'opened within 24 h'

say "A list that shrinks is believed when the next read agrees"
tenant '.mailboxes.count = 1000' | world fake
steady "$snapshot" >"$work/before"
forget_pace state
collect --fresh
expect_code 3
expect_text 'mailboxes: the list shrank from 2500 to 1004 mailboxes: believed when the next read agrees'
check mailboxes
expect_metric mbx_all 2500
expect_text 'last try of mailboxes failed'
forget_pace state
collect
expect_code 0
check mailboxes
expect_metric mbx_all 1004

# stopped NAME CONDITION: a first run that gets SIGTERM once the fake has answered so.
stopped() {
    local i begin
    rm -rf "${data:?}/$1"
    mkdir "$data/$1"
    sed "s/^state_dir.*/state_dir = $1/" "$data/live.conf" >"$data/$1.conf"
    lines_before=$(wc -l <"$work/fake/requests.jsonl")
    "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant contoso >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    for ((i = 0; i < 400; i++)); do
        tail -n +$((lines_before + 1)) "$work/fake/requests.jsonl" >"$work/third.jsonl"
        [ -z "$(jq -c "select($2)" "$work/third.jsonl")" ] || break
        sleep 0.02
    done
    sleep 0.3
    kill -TERM "$pid" 2>/dev/null || true
    begin=$(date +%s%N)
    code=0
    wait "$pid" || code=$?
    last="SIGTERM after $2"
    mapfile lines <"$work/out"
    out=${lines[*]}
    expect "it took too long to end" [ $((($(date +%s%N) - begin) / 1000000)) -le $((500 * slow)) ]
    expect_code 3
    expect_one_line
    expect_text '^SMTP AUTH UNKNOWN - contoso: .*told to stop'
    expect "nothing published" [ -s "$data/$1/contoso.json" ]
}

say "SIGTERM while mailboxes are read: one line, no half list, the rest is published"
tenant | jq -c '.latency = {exchange: 0.6}' | world fake
stopped first '.cmdlet == "Get-CASMailbox" and .page == 1'
expect "half a list of mailboxes" [ -z "$(snapshot_metric "$data/first/contoso.json" mbx_all)" ]
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/first.conf" --tenant contoso
expect_code 3
run "$SAE_BIN/check_smtp_auth_tenant" --config "$data/first.conf" --tenant contoso
expect_metric tenant_enabled 0

say "SIGTERM while the past of the log is read: pages are kept and published"
tenant '.signins.generate.count = 20000' | world fake
stopped second '.page == 2 and (.query | test("filter"))'
kept=$(query "$data/second/private/contoso.db" 'SELECT count(*) FROM signin')
expect "$kept rows kept" [ "$kept" -gt 900 ]
expect "mailboxes" [ "$(snapshot_metric "$data/second/contoso.json" mbx_all)" = 2500 ]
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/second.conf" --tenant contoso
expect_code 1
expect_metric mbx_unused ''

say "Progress on a terminal only"
if command -v script >/dev/null; then
    rm -rf "${data:?}/second"
    mkdir "$data/second"
    tenant '.throttle = false' | world fake
    script -qec "'$SAE_BIN/smtp_auth_collect' --config '$data/second.conf' --tenant contoso" \
        "$work/typescript" >/dev/null </dev/null || true
    expect "no progress" grep -aqE $'\rcontoso sign-ins [0-9]+ of 30 days, [0-9,]+ rows' "$work/typescript"
    expect "no result" grep -aq 'SMTP AUTH OK - contoso: complete' "$work/typescript"
else
    say "NOT tried: script is not installed"
fi
no_leak fake
finish
