#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # live.inc sets and uses them
# Whatever a live service does: the right words, in time, complete data or none, no token to
# anybody else. A table of faults, each with a tenant of its own; eight runs at a time.
# Alone: every run has its time limit, and is told when it is over.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

fake_begin fake
world expired <<<'{"certificate":"expired"}'
fake_begin expired
for name in wrong old disabled; do
    printf '%s' "$name" >"$data/$name"
done
chmod 600 "$data"/{wrong,old,disabled}
printf '%s' "$secret" >"$data/open"
printf 'federated.text.x\n' >"$data/federated"
disabled=c0000000-0000-4000-8000-000000000002
machine=c0000000-0000-4000-8000-000000000003

names=()
declare -A when=() exits=() parts=() words=() faults=() members=() lines_of=() limits=() ids=()

# fault NAME first|after EXIT PARTS WORDS [FAULT...]: the tenant NAME meets the faults in its
# first run, or after a good one. PARTS fail (t m s p: tenant, mailboxes, signins, policy).
# FAULT: members in JSON. Before it may stand: limit=SECONDS tenant=MEMBERS config=LINES
# login=LINES (of the credential) id=TENANT.
fault() {
    local name=$1
    names+=("$name")
    when[$name]=$2 exits[$name]=$3 parts[$name]=$4 words[$name]=$5
    ids[$name]=$(tenant_id ${#names[@]})
    limits[$name]=$((${limit:-8} * slow))
    members[$name]=${tenant:-}
    lines_of[$name]="tenant_id = ${id:-${ids[$name]}}"$'\n'"${login:-$(application)}"$'\n'"${config:-}"
    shift 5
    faults[$name]=
    while [ $# -gt 0 ]; do
        faults[$name]+="{$1,\"tenant\":\"${ids[$name]}\",\"id\":\"$name $#\"},"
        shift
    done
}

now=$(date +%s)
few=$(jq -nc --argjson now "$now" '
    {explicit: [{time: ($now - 1800), user: 1, address: "203.0.113.7", code: 0},
    ([31, "203.0.113.11", "DE"], [32, "203.0.113.12", "FI"], [33, "203.0.113.12", "DE"]
     | {time: ($now - .[0] * 60), user: 2, address: .[1], country: .[2], code: 50126}),
    {time: ($now - 2040), user: 3, address: "2001:db8::1", country: "VN", code: 50053},
    {time: ($now - 2100), user: "ghost@contoso.example", address: "203.0.113.14", country: "BR",
     code: 50034}] | to_entries | map(.value + {number: .key})}')
many="\"signins\":{\"generate\":{\"count\":2500,\"from\":$((now - 3600)),\"to\":$((now - 1500)),\"apps\":[\"SMTP\"]}}"

transport='"service":"exchange","cmdlet":"Get-TransportConfig"'
boxes='"service":"exchange","cmdlet":"Get-CASMailbox"'
log='"service":"graph","path_contains":"signIns"'
slice='"service":"graph","path_contains":"filter"'
always='"times":-1'

say "The table"
fault good first 0 - 'complete, 25 mailboxes, 1 sender'
limit=20 tenant=$many fault good-long first 0 - 'complete, 25 mailboxes'

# --- the slow ones first: each is tried often, at the pace that Graph allows
limit=40 tenant=$many fault log-cursor-always first 3 s 'lost its place [0-9]+ times' "\"fault\":\"400cursor\",$slice,\"page\":2,$always"
limit=40 tenant=$many fault log-loop after 3 s 'went in a circle [0-9]+ times' "\"fault\":\"loop_link\",$slice,$always"
limit=75 fault 500-log-patient first 3 s 'signins: graph answers HTTP 500' "\"fault\":\"500\",$log,$always"
limit=20 tenant=$many fault log-cursor-once after 0 - complete "\"fault\":\"400cursor\",$slice,\"page\":2"

# --- what services may do, and still all is well
for may in '"regional":"eur"' '"select_lost":true' '"repeat_rows":true' '"anchor_forms":["UPN"]' \
    '"single_body":true' '"gzip":false' '"max_top":500' '"select":false'; do
    name=${may%%:*}
    tenant=$may fault "may-${name//\"/}" first 0 - complete
done

# --- 401, 403
fault 401-first after 0 - complete '"fault":"401","service":"exchange"' '"fault":"401","service":"graph"'
fault 401-paging first 0 - complete "\"fault\":\"401\",$boxes,\"page\":2"
limit=20 tenant=$many fault 401-log-paging after 0 - complete "\"fault\":\"401\",$slice,\"page\":2"
fault 401-always first 3 tmp 'does not accept the application: grant Exchange.ManageAsApp' \
    "\"fault\":\"401\",\"service\":\"exchange\",$always"
fault 401-log-always after 3 s 'signins: Graph refuses the token' "\"fault\":\"401\",$log,$always"
fault 403nul first 3 tmp 'no Exchange role: assign Global Reader' "\"fault\":\"403nul\",\"service\":\"exchange\",$always"
fault 403nul-boxes after 3 m 'Get-CASMailbox.*no Exchange role' "\"fault\":\"403nul\",$boxes,$always"
fault 403nul-paging after 3 m 'no Exchange role' "\"fault\":\"403nul\",$boxes,\"page\":2,$always"
fault 403perm-exchange after 3 tmp 'no Exchange role' "\"fault\":\"403perm\",\"service\":\"exchange\",$always"
fault 403nop1 first 3 s 'no Entra ID P1 or P2' "\"fault\":\"403nop1\",$log,$always"
fault 403perm-log first 3 s 'grant AuditLog.Read.All' "\"fault\":\"403perm\",$log,$always"
fault 403perm-log-after after 3 s 'grant AuditLog.Read.All' "\"fault\":\"403perm\",$log,$always"
tenant='"permissions":{"exchange_app":false}' fault no-manage first 3 tmp 'grant Exchange.ManageAsApp'
tenant='"permissions":{"exchange_directory":false}' fault no-role first 3 tmp 'no Exchange role: assign'
tenant='"permissions":{"audit_log":false}' fault no-audit first 3 s 'AuditLog.Read.All'
tenant='"permissions":{"premium":false}' fault no-premium first 3 s 'no Entra ID P1'

tenant='"permissions":{"policy":false}' fault no-policy first 0 - complete
rules='"authentication_policies":[{"Name":"Block"}],"conditional_access":[{"conditions":{"clientAppTypes":["exchangeActiveSync","other"]}}]'
tenant=$rules fault rules-500 after 3 p 'policy: security defaults could not be read: .*HTTP 500' "\"fault\":\"500\",\"service\":\"graph\",\"path_contains\":\"policies\",$always"

# --- 429, 5xx
fault 429-seconds first 0 - complete "\"fault\":\"429\",\"retry_after\":\"2\",$log" "\"fault\":\"429\",\"retry_after\":\"1\",$boxes"
fault 429-fraction after 0 - complete "\"fault\":\"429\",\"retry_after\":\"0.5\",$log" "\"fault\":\"429\",\"retry_after\":\"0.5\",$boxes,\"page\":2"
fault 429-date first 0 - complete "\"fault\":\"429\",\"retry_date\":2,$log" "\"fault\":\"429\",\"retry_date\":2,$transport"
fault 429-zero after 0 - complete "\"fault\":\"429\",\"retry_after\":\"0\",$log" "\"fault\":\"429\",\"retry_after\":\"0\",$transport"
fault 429-huge first 3 m 'asks to wait 86400 s, longer than the time limit leaves' "\"fault\":\"429\",\"retry_after\":\"99999999\",$boxes,$always"
fault 429-huge-log after 3 s 'asks to wait 3600 s, longer than the time limit leaves' "\"fault\":\"429\",\"retry_after\":\"3600\",$log,$always"
fault 429-text first 0 - complete "\"fault\":\"429\",\"retry_after\":\"soon\",$log"
fault 429-silent after 0 - complete "\"fault\":\"429\",$log" "\"fault\":\"429\",$boxes,\"page\":3"
limit=4 fault 429-always first 3 s '429' "\"fault\":\"429\",$log,$always"
limit=12 fault 429-always-boxes after 3 m '429' "\"fault\":\"429\",$boxes,$always"
fault 429-login first 0 - complete '"fault":"429","service":"login","retry_after":"1"'
fault 429-login-long first 3 tmsp 'login service asks us to wait 600 s' "\"fault\":\"429\",\"service\":\"login\",\"retry_after\":\"600\",$always"
for status in 500 503 504html; do
    fault "$status" after 0 - complete "\"fault\":\"$status\",$boxes,\"page\":2"
    fault "$status-log" first 0 - complete "\"fault\":\"$status\",$slice"
    fault "$status-always" first 3 m "HTTP ${status:0:3}" "\"fault\":\"$status\",$boxes,$always"
    fault "$status-log-always" after 3 s "HTTP ${status:0:3}" "\"fault\":\"$status\",$log,$always"
done
fault 503-told first 0 - complete "\"fault\":\"503\",\"retry_after\":\"1\",$transport" "\"fault\":\"503\",\"retry_after\":\"1\",$slice"
fault 500-login after 0 - complete '"fault":"500","service":"login"'
fault 500-login-always first 3 tmsp 'login service fails \(HTTP 500\)' "\"fault\":\"500\",\"service\":\"login\",$always"

# --- the wire
for how in truncate truncate_close close reset; do
    quoted="\"fault\":\"$how\""
    [ "$how" != reset ] || quoted='"fault":"close","reset":true'
    fault "$how" after 0 - complete "$quoted,$boxes,\"page\":2"
    limit=20 tenant=$many fault "$how-log" first 0 - complete "$quoted,$slice,\"page\":2"
    fault "$how-always" first 3 m 'Get-CASMailbox, after page 1: .*(broke|ends in the middle)' "$quoted,$boxes,\"page\":2,$always"
    tenant=$many fault "$how-log-always" after 3 s 'signins: .*(broke|ends in the middle)' "$quoted,$slice,\"page\":2,$always"
done
waited='(waiting for localhost:[0-9]+: time limit reached|localhost:[0-9]+ does not answer)'
for how in silence drip; do
    limit=4 fault "$how" first 3 mp "after page 1: .*$waited" "\"fault\":\"$how\",$boxes,\"page\":2,$always"
    limit=4 fault "$how-transport" after 3 tmp "Get-TransportConfig: .*$waited" "\"fault\":\"$how\",$transport,$always"
    limit=4 fault "$how-log" after 3 s "time limit reached after 0 rows of the sign-in log.*$waited" "\"fault\":\"$how\",$log,$always"
    limit=4 fault "$how-login" first 3 tmsp "Get-TransportConfig: .*$waited" "\"fault\":\"$how\",\"service\":\"login\",$always"
done

# --- links
for how in foreign:'another (host|port)' http:'not https' userinfo:'names a user' long:'over 16384 bytes' empty:'is empty'; do
    fault "${how%%:*}-link" after 3 m "link to the next page .*${how#*:}" "\"fault\":\"${how%%:*}_link\",$boxes,$always"
    tenant=$many fault "${how%%:*}-link-log" first 3 s "link to the next page .*${how#*:}" "\"fault\":\"${how%%:*}_link\",$slice,$always"
done
fault foreign-name first 3 m 'another host' "\"fault\":\"foreign_link\",\"host\":\"127.0.0.1\",$boxes"
fault loop first 3 m 'in a circle' "\"fault\":\"loop_link\",$boxes,\"page\":2,$always"
fault two-loop after 3 m 'in a circle' "\"fault\":\"two_loop\",$boxes,\"page\":3,$always"
fault no-link after 3 m 'more results than it sent' "\"fault\":\"no_link\",$boxes"
fault empty-page first 3 m 'in a circle' "\"fault\":\"empty_page\",$boxes,\"page\":2,$always"
fault cursor-once after 0 - complete "\"fault\":\"400cursor\",$boxes,\"page\":2"
fault cursor-twice first 3 m 'ended early twice' "\"fault\":\"400cursor\",$boxes,\"page\":3,$always"
fault redirect first 3 m 'redirects \(HTTP 302\), which is not followed' "\"fault\":\"redirect\",$boxes,$always"
fault redirect-log after 3 s 'redirect' "\"fault\":\"redirect\",\"status\":307,$log,$always"
fault redirect-login first 3 tmsp 'HTTP 302' "\"fault\":\"redirect\",\"service\":\"login\",$always"

# --- bodies
# body FAULT WORDS: an answer of that kind from each of three.
body() {
    fault "$1-boxes" after 3 m "Get-CASMailbox: .*($2)" "\"fault\":\"$1\",$boxes,$always"
    limit=12 fault "$1-log" first 3 s "signins: .*($2)" "\"fault\":\"$1\",$slice,$always"
    fault "$1-transport" first 3 t "Get-TransportConfig: .*($2)" "\"fault\":\"$1\",$transport,$always"
}
body html200 'something else than JSON: is a proxy in between'
body empty200 'answers with nothing'
body error_in_200 'is an error, not data'
body adminapi_errors 'has errors inside|is an error, not data'
body badutf8 'not UTF-8'
body trailing 'no white space after a value|something follows the end'
body double_member 'twice'
body value_missing 'row 1 names no mailbox|no list of values|no SmtpClientAuthenticationDisabled'
body value_null 'row 1 names no mailbox|no list of values|no object'
fault html200-once first 0 - complete "\"fault\":\"html200\",$transport"
fault warning-last-page after 3 m 'more results than it sent' "\"fault\":\"warning_last_page\",$boxes,$always"
fault no-boxes after 3 m 'no mailboxes at all' "\"fault\":\"value_empty\",$boxes,$always"
fault oversize first 3 m 'names no mailbox' "\"fault\":\"oversize\",$boxes,$always"
fault oversize-transport after 3 t 'sends more than 1048576 bytes' "\"fault\":\"oversize\",$transport,$always"
limit=3 fault gzip-bomb first 3 mp 'Get-CASMailbox: .*time limit reached' "\"fault\":\"gzip_bomb\",$boxes,$always"
limit=3 fault gzip-bomb-log after 3 s 'signins: time limit reached' "\"fault\":\"gzip_bomb\",$log,$always"
fault token-large first 3 tmsp 'sends more than 40000 bytes' "\"fault\":\"token_large\",\"service\":\"login\",$always"
fault wrong-date after 3 tmp 'clock .*differs by 1[0-9]{4} s' "\"fault\":\"wrong_date\",\"service\":\"exchange\",$always"

# --- TLS and the way there
config='exchange_url = https://localhost:1' fault refused-port after 3 tmp 'cannot connect to localhost:1'
config="ca_file = $work/ca/other-ca.pem" fault wrong-ca first 3 tmsp 'certificate or TLS of localhost'
config="exchange_url = https://wrong.localhost:$(port fake exchange)" fault wrong-host after 3 tmp 'certificate or TLS of wrong.localhost'
config="exchange_url = https://localhost:$(port expired exchange)" fault expired-certificate first 3 tmp 'certificate or TLS of localhost.*expired'
config="ca_file = $work/nowhere.pem" fault no-ca first 3 tmsp 'ca_file'

# --- credentials
login=$(application wrong) fault wrong-secret after 3 tmsp 'the client secret is wrong'
login=$(application old) fault expired-secret first 3 tmsp 'the client secret has expired'
login=$(application open) fault open-secret first 3 tmsp 'open.*0644'
login=$(application none) fault no-secret first 3 tmsp 'none.*No such file'
login=$(application secret "$(tenant_id 7)") fault unknown-app first 3 tmsp 'the application is not known in this tenant'
id=$(tenant_id 77777) fault unknown-tenant first 3 tmsp 'no such tenant: check tenant_id'

login=$(application disabled "$disabled") fault disabled-app first 3 tmsp 'the application is disabled in this tenant'
login=$(printf 'client_id = %s\ncertificate_file = %s\ncertificate_key_file = %s' "$client" "$work/ca/client.pem" "$work/ca/client.key") \
    fault certificate first 0 - complete
login=$(printf 'client_id = %s\ncertificate_file = %s\ncertificate_key_file = %s' "$client" "$work/ca/client-soon.pem" "$work/ca/client.key") \
    fault foreign-certificate first 3 tmsp 'the certificate is not registered for the application'
login=$(printf 'client_id = %s\nfederated_token_file = federated' "$client") fault federated first 0 - complete
login=$(printf 'client_id = %s\nfederated_token_file = wrong' "$client") fault wrong-federated first 3 tmsp 'federated credential'
tenant="\"clients\":{\"$machine\":{\"managed_identity\":true}}" \
    login=$(printf 'client_id = %s\nmanaged_identity = %s' "$machine" "$machine") fault identity first 0 - complete
login=$(printf 'client_id = %s\nmanaged_identity = %s' "$client" "$client") fault no-identity first 3 tmsp 'identity'
login=$(printf 'client_id = %s\nmanaged_identity = system' "$client") fault system-identity first 3 tmsp 'identity'
login="client_id = $client" fault no-credential first 3 tmsp 'no credential: add client_secret_file'
login=$(application; printf 'managed_identity = system\n') fault two-credentials first 3 tmsp 'both set: remove one of them'

# --- the runs
# conf NAME LINES: a state directory and configuration for the tenant NAME.
conf() {
    mkdir -p "$data/$1.d"
    {
        printf '[defaults]\nstate_dir = %s.d\ntime_limit = %ss\nlookback = 75m\nhold = 1h\nspread_users = off\nstale_devices = off\n' "$1" "${limits[$1]}"
        keys fake
        printf '[t]\n%s\n' "$2"
    } >"$data/$1.conf"
}

# shellcheck disable=SC2317 # called by run_all
# job NAME OPTION...: one run; exit code, milliseconds and output are kept.
job() {
    local begin code=0
    begin=$(date +%s%N)
    "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant t "${@:2}" \
        >"$work/$1.out" 2>"$work/$1.err" </dev/null || code=$?
    echo "$code $((($(date +%s%N) - begin) / 1000000))" >"$work/$1.end"
}

# run_all NAME...: their runs, eight at a time or more, with $options.
run_all() {
    export -f job
    export data work SAE_BIN options
    # shellcheck disable=SC2016,SC2086 # for the inner shell
    printf '%s\n' "$@" | xargs -P $((8 + 4 * (slow - 1))) -I{} bash -c 'job "$1" $options' - {}
}

# recall NAME: the output of its run, as that of run.
recall() {
    cp "$work/$1.out" "$work/out"
    cp "$work/$1.err" "$work/err"
    read -r code ms <"$work/$1.end"
    last="$1 (${ms} ms)"
    mapfile lines <"$work/out"
    out=${lines[*]}
}

check() {
    run "$SAE_BIN/check_smtp_auth_$2" --config "$data/$1.conf" --tenant t
    last="$1: $last"
}

for name in "${names[@]}"; do
    jq -nc --arg id "${ids[$name]}" --argjson few "$few" --argjson more "{${members[$name]}}" \
        --arg one "$client" --arg two "$disabled" --arg secret "$secret" '
        {($id): ({domain: "contoso.example", throttle: false, page_limit: 10, mailboxes: {count: 25},
        clients: {($one): {secret: $secret, expired_secrets: ["old"], certificates: ["client.pem"],
                           federated: ["federated.text.x"]},
                  ($two): {secret: "disabled", disabled: true}},
        signins: $few} + $more)}'
done | jq -sc '{tenants: add}' >"$work/calm.json"
jq -c ".faults = [$(printf '%s' "${faults[@]}" | sed 's/,$//')]" "$work/calm.json" >"$work/stormy.json"

begun=()
for name in "${names[@]}"; do
    if [ "${when[$name]}" = after ]; then
        begun+=("$name")
        conf "$name" "tenant_id = ${ids[$name]}"$'\n'"$(application)"
    fi
done
say "${#begun[@]} good runs"
world fake <"$work/calm.json"
options=
run_all "${begun[@]}"
for name in "${begun[@]}"; do
    recall "$name"
    expect_code 0
    expect_text '^SMTP AUTH OK - t: complete, 25 mailboxes, '
    steady "$data/$name.d/t.json" >"$work/$name.before"
    # An hour later, as it were.
    rm -f "$data/$name.d/private"/*.{bucket,token}
done

say "${#names[@]} runs, most of them with a fault"
for name in "${names[@]}"; do
    conf "$name" "${lines_of[$name]}"
done
world fake <"$work/stormy.json"
options=--fresh
run_all "${names[@]}"

# what_failed NAME: the letters of the parts whose last try failed.
what_failed() {
    jq -r '[.parts | to_entries[] | select(.value.ok | not) | .key[0:1]] | join("")
        | if . == "" then "-" else . end' "$data/$1.d/t.json"
}

# checks_of PARTS: the checks that rest on them.
checks_of() {
    case $1 in *[tm]*) echo mailboxes ;; esac
    case $1 in *[tp]*) echo tenant ;; esac
    case $1 in *s*) printf 'signins\nsenders\n' ;; esac
}

# first_line: of the last check, without what grows with the clock and without the addition.
first_line() {
    sed -E '1!d; s/, last try of [a-z]+ failed: [^|]*//; s/, last try of .*[|]/|/; s/ as of .* ago//
            s/log_lag=[0-9]+s//' "$work/out"
}

say "What they say, and how long it took"
for name in "${names[@]}"; do
    recall "$name"
    expect_code "${exits[$name]}"
    expect_one_line
    expect_text "${words[$name]}"
    expect "$ms ms, the limit was ${limits[$name]} s" [ "$ms" -le $((limits[$name] * 1000 + 200)) ]
    expect "failed: $(what_failed "$name"), not ${parts[$name]}" [ "$(what_failed "$name")" = "${parts[$name]}" ]
done

say "The numbers of a good run"
check good tenant
expect_code 0
check good mailboxes
expect_code 1
for pair in mbx_all=25 mbx_enabled=8 mbx_disabled=9 mbx_inherit=8 mbx_exposed=8 mbx_unused=7; do
    expect_metric "${pair%=*}" "${pair#*=}"
done
# What the detectors look back on is longer than the log that is read here.
run "$SAE_BIN/check_smtp_auth_signins" --config "$data/good.conf" --tenant t -w 60 -c 240
expect_code 0
for pair in fail_events=5 fail_users=3 fail_ips=4 fail_countries=4 ok_events=1; do
    expect_metric "${pair%=*}" "${pair#*=}"
done
for kind in tenant mailboxes signins senders; do
    check good "$kind"
    echo "$code" >"$work/good.$kind"
    first_line >"$work/good.$kind.line"
done

say "OK only with complete data, UNKNOWN after a failed first run, unchanged after a later one"
for name in "${names[@]}"; do
    last=$name
    good=good
    if [ "${members[$name]}" = "$many" ]; then
        good="good-long"
    fi
    if [ "${exits[$name]}" -eq 0 ] && [ "${when[$name]}" = after ]; then
        expect "$name: other numbers than before: $(diff "$work/$name.before" <(steady "$data/$name.d/t.json"))" \
            cmp -s "$work/$name.before" <(steady "$data/$name.d/t.json")
    fi
    if [ "${exits[$name]}" -eq 0 ]; then
        # a permission is missing that only counts rules
        [ "$name" != no-policy ] || continue
        expect "$name: other numbers: $(steady "$data/$name.d/t.json")" \
            [ "$(steady "$data/$name.d/t.json")" = "$(steady "$data/$good.d/t.json")" ]
    elif [ "${when[$name]}" = after ]; then
        expect "$name: a failed try changed: $(diff "$work/$name.before" <(steady "$data/$name.d/t.json"))" \
            cmp -s "$work/$name.before" <(steady "$data/$name.d/t.json")
        for kind in $(checks_of "${parts[$name]}"); do
            check "$name" "$kind"
            expect_text 'last try of [a-z]+ failed: '
            if [ -z "${members[$name]}" ]; then
                expect_code "$(cat "$work/good.$kind")"
                expect "$name: another line" cmp -s "$work/good.$kind.line" <(first_line)
            fi
        done
    else
        for kind in $(checks_of "${parts[$name]}"); do
            check "$name" "$kind"
            case $kind${parts[$name]} in
            mailboxest) expect_not_ok ;; # an unknown switch counts as open
            *) expect_code 3 ;;
            esac
        done
        if [ "${parts[$name]}" = tmsp ]; then
            run "$SAE_BIN/check_smtp_auth" --config "$data/$name.conf" --tenant t
            # a certificate is judged without any data
            [ "$name" = foreign-certificate ] || expect_not_ok
        fi
    fi
done

say "What Graph refuses costs the mailboxes nothing"
check 403perm-log mailboxes
expect_code 1
expect_metric mbx_exposed 8
check 403perm-log signins
expect_code 3
expect_text 'AuditLog.Read.All'

say "No token to anybody else"
no_leak fake
no_leak expired
expect "a token in an error or on the screen" [ -z "$(grep -l 'eyJ' "$work"/*.out "$work"/*.err "$data"/*/t.json)" ]
finish
