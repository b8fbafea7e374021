#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # the included files set and use them
# A real Nagios Core over three tenants: what it shows and what it sends while things happen to
# them. Then the same through a real NRPE.
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
. "$SAE_SRC/tests/e2e/daemons/nagios.inc"
need_packages nagios4-core nagios-nrpe-server nagios-nrpe-plugin

groups=(tenant mailboxes signins senders health)
world alpha beta gamma

# A service that an administrator wrote, with limits of its own.
mkdir -p "$nagios/etc/objects"
cat >"$nagios/etc/objects/own.cfg" <<'CONF'
define service {
    use                  smtp-auth-service
    host_name            gamma
    service_description  SMTP AUTH limits
    check_command        check_smtp_auth_metric!gamma!fail_per_hour!~:!200
CONF
echo "    _SMTP_AUTH_CONFIG $world/smtp-auth.conf
}" >>"$nagios/etc/objects/own.cfg"
start_nagios

# has_states TENANT STATE STATE STATE STATE STATE: of the five services, settled.
has_states() {
    [ "$(status "$1" state "${groups[@]}" | xargs)" = "${*:2}" ]
}
is_calm() { has_states "$1" 0 0 0 0 0; }
wait_calm() {
    local tenant
    for tenant in "$@"; do
        wait_for 60 "$tenant is calm in Nagios" is_calm "$tenant"
    done
}

# was_checked TENANT SINCE: all five.
was_checked() {
    [ "$(status "$1" last_check "${groups[@]}" | sort -n | head -n 1)" -gt "$2" ]
}

# same TENANT...: what Nagios holds of the five services is what the snapshot says.
same() {
    local tenant since
    since=$(date +%s)
    for tenant in "$@"; do
        wait_for 60 "Nagios checks $tenant" was_checked "$tenant" "$since"
        status "$tenant" performance_data "${groups[@]}" | tr ' ' '\n' |
            sed -E 's/^([a-z_]+)=([-0-9.e]+).*/\1\t\2/' >"$work/told"
        same_numbers "$tenant" "$work/told" Nagios
        same_state "$tenant" "$(worst_of "$tenant")" Nagios
    done
}

# worst_of TENANT: OK, UNKNOWN, WARNING, CRITICAL.
worst_of() {
    status "$1" current_state "${groups[@]}" | tr 0123 0231 | sort -n | tail -n 1 | tr 0231 0123
}

say "All calm"
wait_calm alpha beta gamma
same alpha beta gamma
wait_for 60 "the line of all tenants is OK" is_state 'SMTP AUTH' 'all tenants' 0
wait_for 60 "the limit of our own is kept" is_state gamma limits 0
expect "notified: $(cat "$notified")" [ ! -s "$notified" ]

say "One mailbox becomes exposed, a switch opens, a wave of attacks"
expose alpha
flip beta
attack gamma
wait_for 60 "the mailbox in Nagios" was_told PROBLEM alpha mailboxes 1
wait_for 60 "the switch in Nagios" was_told PROBLEM beta tenant 1
wait_for 60 "the attack in Nagios" was_told PROBLEM gamma signins 1
wait_for 60 "the limit of our own in Nagios" was_told PROBLEM gamma limits 1
expect "the mailbox is not named" grep -q '^PROBLEM|alpha|.*lab@alpha\.example' "$notified"
expect "the attacker is not named" grep -q '^PROBLEM|gamma|.*203\.0\.113\.99' "$notified"
same alpha beta gamma
for tenant in alpha beta gamma; do calm "$tenant"; done
wait_calm alpha beta gamma
wait_for 60 "a recovery for each problem" was_told RECOVERY '.*' '.*' \
    "$(grep '^PROBLEM' "$notified" | cut -d '|' -f 2,3 | sort -u | wc -l)"

say "Names that are commands"
: >"$notified"
hostile alpha
evil="x\$(touch\${IFS}$nagios/rw/ran)\`touch $nagios/rw/ran\`|'\"&<b>%s"
breach beta "$evil"
wait_for 60 "the breach of that user in Nagios" was_told PROBLEM beta signins 1
same alpha beta
expect "alpha is not calm any more" is_calm alpha
expect "something else was notified: $(cut -c1-200 "$notified")" [ "$(wc -l <"$notified")" -eq 1 ]
expect "a name was run as a command" [ ! -e "$nagios/rw/ran" ]
expect "no name in: $(cat "$notified")" grep -q 'x..touch..IFS' "$notified"
calm alpha
calm beta
wait_calm alpha beta

say "A snapshot that cannot be read"
: >"$notified"
corrupt alpha
wait_for 60 "alpha is UNKNOWN in Nagios" has_states alpha 3 3 3 3 3
wait_for 60 "its health is notified" was_told PROBLEM alpha health 1
expect "there are numbers: $(status alpha performance_data signins)" [ -z "$(status alpha performance_data signins)" ]
same_state alpha 3 Nagios
collect alpha
wait_calm alpha
wait_for 60 "the recovery of health" was_told RECOVERY alpha health 1
expect "not exactly two notifications: $(cut -c1-200 "$notified")" [ "$(wc -l <"$notified")" -eq 2 ]

say "The collector stops: three tenants, three notifications"
: >"$notified"
for tenant in alpha beta gamma; do age "$tenant" "$stale"; done
for tenant in alpha beta gamma; do
    wait_for 60 "$tenant is blind in Nagios" has_states "$tenant" 3 3 3 3 1
    wait_for 60 "the health of $tenant is notified" was_told PROBLEM "$tenant" health 1
    same_state "$tenant" 1 Nagios
done
sleep 3 # three more checks of each
expect "not exactly three notifications: $(cut -c1-120 "$notified")" [ "$(wc -l <"$notified")" -eq 3 ]
for tenant in alpha beta gamma; do collect "$tenant"; done
wait_calm alpha beta gamma
wait_for 60 "three recoveries" was_told RECOVERY '.*' health 3
expect "not six lines: $(cut -c1-120 "$notified")" [ "$(wc -l <"$notified")" -eq 6 ]

say "An alarm on fresh data is sent whatever health says"
: >"$notified"
set_numbers alpha collect_ok=0
set_numbers beta collect_ok=
wait_for 60 "health warns" has_states alpha 0 0 0 0 1
wait_for 60 "health does not know" has_states beta 0 0 0 0 3
set_numbers alpha collect_ok=0 breach_users=1
set_numbers beta collect_ok= breach_users=1
wait_for 60 "the alarm beside a warning of health" was_told PROBLEM alpha signins 1
wait_for 60 "the alarm beside an unknown health" was_told PROBLEM beta signins 1
collect alpha
collect beta
wait_calm alpha beta

say "Breach A, accepted, then breach B"
: >"$notified"
breach alpha user03
wait_for 60 "breach A" was_told PROBLEM alpha signins 1
accept_all alpha
wait_for 60 "it was accepted" was_told RECOVERY alpha signins 1
wait_calm alpha
breach alpha user07
wait_for 60 "breach B" was_told PROBLEM alpha signins 2
same alpha
expect "not three notifications: $(cut -c1-120 "$notified")" [ "$(wc -l <"$notified")" -eq 3 ]
expect "B is not named" grep -q '^PROBLEM|.*user07@alpha\.example' "$notified"
calm alpha
wait_calm alpha

say "A new customer: one section, one command"
: >"$notified"
add_tenant delta
collect delta
wait_for 60 "it shows in the line of all tenants before it has services" \
    eval "status 'SMTP AUTH' long_plugin_output 'all tenants'  | grep -q delta"
define_tenants
verify_nagios
kill -HUP "$(pid_of nagios4)"
wait_calm delta alpha beta gamma
same delta
expect "notified: $(cat "$notified")" [ ! -s "$notified" ]

say "The same through NRPE"
port=$(free_port)
run "$SAE_BIN/smtp_auth_report" objects nrpe --config "$world/smtp-auth.conf"
expect_code 0
{
    printf '%s\n' "server_address=127.0.0.1" "server_port=$port" "nrpe_user=nagios" \
        "nrpe_group=nagios" "allowed_hosts=127.0.0.1" "dont_blame_nrpe=0" \
        "pid_file=$nagios/nrpe.pid" "log_file=$nagios/nrpe.log"
    sed "s|=/[^ ]*/check_smtp|=$SAE_BIN/check_smtp|" "$work/out"
} >"$nagios/etc/nrpe.cfg"
version "$(/usr/sbin/nrpe --version 2>&1 | grep -m1 Version)"
start nrpe nagios /usr/sbin/nrpe -f -c "$nagios/etc/nrpe.cfg"
ask_nrpe() { /usr/lib/nagios/plugins/check_nrpe -H 127.0.0.1 -p "$port" -c "check_smtp_auth_$1"; }
wait_for 10 "NRPE answers" ask_nrpe health@alpha
run ask_nrpe tenant@beta
expect_code 0
expect_text '^SMTP AUTH OK - beta: tenant switch is off\|'
run ask_nrpe tenant@nobody
expect_code 3
rm "$nagios/etc/objects/own.cfg" # that command is not for NRPE
adapted smtp_auth_nrpe.cfg | sed "s/check_nrpe -u/& -p $port/" >"$nagios/etc/objects/commands.cfg"
verify_nagios
kill -HUP "$(pid_of nagios4)"
attack beta
wait_for 60 "the attack through NRPE" was_told PROBLEM beta signins 1
same alpha beta gamma delta
wait_for 60 "all tenants through NRPE" is_state 'SMTP AUTH' 'all tenants' 2
: >"$notified"
stop nrpe
wait_for 60 "nothing is OK without NRPE" has_states gamma 3 3 3 3 3
for tenant in alpha beta gamma delta; do
    wait_for 60 "the health of $tenant is notified" was_told PROBLEM "$tenant" health 1
done
expect "not exactly four notifications: $(cut -c1-200 "$notified")" [ "$(wc -l <"$notified")" -eq 4 ]
finish
