#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # live.inc sets and uses them
# --preflight where somebody is silent, where a source cannot be read, where one cmdlet is
# refused, and with the identity of the machine. What it says of a source is what collecting says.
# Not sanitized: waits for minutes; check_preflight_*.c run the same code.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

id=$(tenant_id 1)
machine=d0000000-0000-4000-8000-00000000000d
now=$(date +%s)

# shows [FAULT...]: the world, with these faults.
shows() {
    printf '%s\n' "$@" | jq -sc --arg id "$id" --arg machine "$machine" --argjson now "$now" \
        --argjson clients "$(clients)" '{faults: ., tenants: {($id): {domain: "contoso.example",
            clients: ($clients + {($machine): {managed_identity: true}}), throttle: false,
            mailboxes: {count: 30},
            signins: {generate: {count: 60, from: ($now - 4000), to: ($now - 60)}}}}}' | world fake
}

silent() {
    printf '{"id":"%s","fault":"silence","service":"%s","times":-1}' "$1$RANDOM" "$1"
}

# conf NAME [LINE...]: the tenant contoso.
conf() {
    local name=$1
    shift
    mkdir -p "$data/$name"
    {
        printf '[defaults]\nstate_dir = %s\n' "$name"
        keys fake
        printf '[contoso]\ntenant_id = %s\n' "$id"
        printf '%s\n' "$@"
    } >"$data/$name.conf"
}

login=$(application; printf 'credential_expires = %s' "$(date -d '+200 days' +%F)")

# preflight NAME [OPTION...]
preflight() {
    local name=$1
    shift
    timed "$SAE_BIN/smtp_auth_collect" --config "$data/$name.conf" --preflight "$@"
    expect_quiet
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant contoso
}

# asked SERVICE: how often since mark_requests.
asked() {
    tail -n "+$((mark + 1))" "$work/fake/requests.jsonl" | jq -c "select(.service == \"$1\")" | wc -l
}

mark_requests() {
    mark=$(wc -l <"$work/fake/requests.jsonl")
}

shows
fake_begin fake
conf live "$login"

say "A silent Exchange is asked once, Graph all the same"
shows "$(silent exchange)"
touch "$work/fake/requests.jsonl"
mark_requests
preflight live --tenant contoso
expect_code 3
expect "$ms ms" [ "$ms" -lt 40000 ]
expect "Exchange was asked $(asked exchange) times" [ "$(asked exchange)" -eq 1 ]
expect_text '^SMTP AUTH UNKNOWN - contoso: not ready, 1 thing to do: Get-TransportConfig: no answer from https://localhost:[0-9]+ within 20 s: check firewall and proxy'
expect_text '\[UNKNOWN\] - Get-CASMailbox: not asked: Exchange does not answer'
expect_text '\[UNKNOWN\] - Get-AuthenticationPolicy: not asked: Exchange does not answer'
expect_text '\[OK\] - sign-ins: the log can be read'
expect_text '\[OK\] - Conditional Access: can be read'

say "All services silent: a minute at most, nothing that was not asked is wrong"
shows "$(silent exchange)" "$(silent graph)"
preflight live --all
expect_code 3
expect "$ms ms" [ "$ms" -lt 65000 ]
expect_text '^SMTP AUTH UNKNOWN - 0 ready, 1 not: contoso \(no answer from '
expect_text '^contoso +ok +no +- +- +no +- +Get-TransportConfig: no answer'

say "A silent login service: nothing else is asked"
shows "$(silent login)"
mark_requests
preflight live --all -v
expect_code 3
expect "$ms ms" [ "$ms" -lt 40000 ]
expect "others were asked" [ "$(asked exchange)$(asked graph)" = 00 ]
expect_text 'token for Exchange: no answer from https://localhost:[0-9]+ within 20 s'
expect_text 'token for Graph: not asked: the login service does not answer'
expect_text '^contoso +no +- +- +- +- +- '

say "A time limit that is shorter holds, and is divided"
shows "$(silent exchange)"
conf short "$login" 'time_limit = 10s'
preflight short --tenant contoso
expect_code 3
expect "$ms ms" [ "$ms" -lt 10000 ]
expect_text 'Get-TransportConfig: no answer from https://localhost:[0-9]+ within 3 s'
expect_text '\[OK\] - sign-ins: the log can be read'

say "Silence is silence, however close its end comes to that of the patience"
shows "$(silent login)"
conf short "$login" 'time_limit = 1s'
for _ in {1..25}; do
    preflight short --tenant contoso -v
    expect_text 'token for Exchange: no answer from https://localhost:[0-9]+ within 1 s'
    expect_text 'token for Graph: not asked'
done

say "A service that asks to wait is neither well nor wrong"
shows '{"id":"wait","fault":"429","retry_after":"300","service":"exchange","times":-1}'
preflight live --tenant contoso
expect_code 3
expect "$ms ms" [ "$ms" -lt 20000 ]
expect_text '^SMTP AUTH UNKNOWN - contoso: not known whether it is ready, Get-TransportConfig: exchange asks to wait 300 s: not known, ask again'
expect_text 'Get-CASMailbox: not asked: Exchange asks us to wait'

say "One cmdlet that the role does not include"
for cmdlet in "Get-CASMailbox Recipients" "Get-TransportConfig Configuration" "Get-OrganizationConfig Configuration" \
    "Get-AuthenticationPolicy Configuration"; do
    shows "{\"id\":\"$cmdlet\",\"fault\":\"403nul\",\"service\":\"exchange\",\"cmdlet\":\"${cmdlet% *}\",\"times\":-1}"
    preflight live --tenant contoso
    expect_code 3
    expect_text "^SMTP AUTH UNKNOWN - contoso: not ready, 1 thing to do: ${cmdlet% *}: the Exchange roles of the application do not include this cmdlet: assign View-Only ${cmdlet#* }, or Global Reader"
done
shows '{"id":"none","fault":"403nul","service":"exchange","times":-1}'
preflight live --tenant contoso
expect_text 'not ready, 4 things to do: Get-TransportConfig: the application has no Exchange role: assign Global Reader'

say "A token of the machine"
shows
conf machine "managed_identity = $machine"
preflight machine --tenant contoso
expect_code 0
expect_text 'token for Exchange: the identity service of this machine, http://localhost:[0-9]+, gives one for https://outlook.office365.com'

say "Sources that this version does not read: as collecting says"
for source in hunting loganalytics; do
    conf "$source" "$login" "signins = $source"
    preflight "$source" --tenant contoso
    expect_code 3
    words=$(printf '%s' "$out" | sed -n 's/.*1 thing to do: sign-ins: \(.*\)$/\1/p' | head -n 1)
    expect "no words" [ -n "$words" ]
    collect "$source"
    expect_code 3
    expect_text "$words"
done

say "A source that is off"
conf off "$login" 'signins = off'
preflight off --all -v
expect_code 0
expect_text 'sign-ins: off: no sign-ins are read'
expect_text '^contoso +ok +ok +ok +ok +off +ok'

say "Files that are there, or not"
conf files "transport_config = $data/transport.json" "mailboxes = $data/boxes.json" "signins = $data/log-*.json"
preflight files --all -v
expect_code 3
expect_text '^SMTP AUTH UNKNOWN - 0 ready, 1 not: contoso \(tenant switch: .*transport.json: cannot open: No such file'
expect_text '^contoso +ok +no +no +- +no +- '
expect_text 'sign-ins: .*log-\*.json: no such file'
echo '{"SmtpClientAuthenticationDisabled":true}' >"$data/transport.json"
: >"$data/boxes.json"
echo '[]' >"$data/log-1.json"
preflight files --tenant contoso
expect_code 3
expect_text 'not ready, 1 thing to do: mailboxes: .*boxes.json: is empty'
collect files
expect_code 3
echo '[]' >"$data/boxes.json"
preflight files --tenant contoso
expect_code 0
expect_text '^SMTP AUTH OK - contoso: ready'
expect_text 'sources: none is a service: nothing to log in to'
no_leak fake
finish
