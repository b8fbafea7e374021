#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # the included files set and use them
# The plugin in the real collectd: values by csv and unixsock, states by the notifications of
# its threshold plugin with the blocks that smtp_auth_report writes.
set -eu
. "$SAE_SRC/tests/e2e/daemons/collectd.inc"

say_version
world contoso fabrikam northwind
run "$SAE_BIN/smtp_auth_report" objects collectd --config "$world/smtp-auth.conf"
expect_code 0
expect "collectd/thresholds.conf is not what is printed" cmp -s \
    <(grep -v '^#' "$SAE_SRC/collectd/thresholds.conf") \
    <(sed -n '/^LoadPlugin threshold/,/^$/p' "$work/out" | sed '$d')
put_conf "$work/collectd.conf" 0.25
cat "$work/out" >>"$work/collectd.conf"
start collectd "$user" /usr/sbin/collectd -f -C "$work/collectd.conf"

say "calm: three tenants, two ways to read them"
wait_for 20 "the first values" value_is northwind count-unproven 0
for tenant in contoso fabrikam northwind; do
    agrees_live "$tenant"
    expect "$tenant is not OK" state_is "$tenant" 0
    expect "$tenant has notices" value_is "$tenant" count-notices 0
done
told 0 '[A-Z]*' 'tenant switch'

say "a mailbox becomes exposed, and is closed again"
expose contoso
agrees_live contoso
expect "exposed is OK" state_is contoso 2
told 1 WARNING 'plugin_instance = contoso, .*type_instance = mbx_exposed'
calm contoso
agrees contoso
expect "calm again is not OK" state_is contoso 0

say "the switch opens and closes: told once each, and not at the start"
flip fabrikam
agrees fabrikam
told 1 FAILURE 'message = SMTP AUTH tenant switch of fabrikam was opened'
calm fabrikam
agrees fabrikam
told 1 OKAY 'message = SMTP AUTH tenant switch of fabrikam was closed'
told 2 '[A-Z]*' 'tenant switch of'

say "an attack, and names that others chose"
attack northwind
settle northwind
identifiers northwind >"$work/before"
agrees northwind
told 1 FAILURE 'plugin_instance = northwind, .*type_instance = fail_per_hour'
hostile northwind
agrees northwind
identifiers northwind >"$work/after"
expect "identifiers changed" cmp -s "$work/before" "$work/after"

say "a list that is not understood is no number, but a warning"
busy northwind
echo nonsense >"$world/northwind/allow_list.csv"
collect northwind
expect "a list was expected to be in use" grep -q allow_list "$world/smtp-auth.conf"
wait_for 15 "a notice" value_is northwind count-notices 1
agrees northwind
calm northwind

# blind TENANT CAUSE: it is known that nothing is known; the others are as before.
blind() {
    wait_for 15 "collect_ok 0: $2" value_is "$1" bool-collect_ok 0
    wait_for 15 "numbers of $1 withheld: $2" is_gone "$1" count-mbx_exposed
    expect "no age, $2" [ -n "$(value "$1" duration-data_age)" ]
    expect "little is unproven, $2" [ "$(printf %.0f "$(value "$1" count-unproven)")" -gt 20 ]
    wait_for 15 "state UNKNOWN or worse of $1: $2" state_is "$1" 1
}

# logged TENANT CAUSE: once, however often it was read.
logged() {
    expect "not logged once: $1, $2" [ "$(grep -c "smtp_auth plugin: $1: .*$2" "$log")" = 1 ]
}

# back TENANT: as if nothing had been.
back() {
    collect "$1"
    wait_for 15 "$1 collected again" value_is "$1" bool-collect_ok 1
    wait_for 15 "$1 is OK again" state_is "$1" 0
}

say "no snapshot that could be read"
corrupt contoso
blind contoso "snapshot is damaged: it does not end"
logged contoso "snapshot is damaged: it does not end"
back contoso
no_snapshot contoso
blind contoso "no snapshot yet"
logged contoso "no snapshot yet"
back contoso
cp "$world/state/fabrikam.json" "$world/state/contoso.json"
blind contoso "another tenant"
logged contoso "another tenant"
back contoso
chmod 600 "$world/state/contoso.json"
blind contoso "may not read"
logged contoso "may not read"
agrees fabrikam
rm "$world/state/contoso.json"
back contoso
agrees contoso

say "the collector has stopped"
age contoso 600000
agrees contoso
expect "old, but not CRITICAL" state_is contoso 2
told 1 FAILURE 'plugin_instance = contoso, type = duration, type_instance = data_age'
wait_for 15 "old numbers withheld" is_gone contoso count-mbx_exposed
told 0 FAILURE 'has not been updated'
collect contoso
agrees contoso
age fabrikam "$stale"
agrees fabrikam
expect "stale, but not WARNING" state_is fabrikam 1
expect "stale, but all is proven" [ "$(printf %.0f "$(value fabrikam count-unproven)")" -gt 20 ]
back fabrikam

say "a new tenant without a restart; one that is removed"
add_tenant newco
collect newco
wait_for 15 "the new tenant" value_is newco count-unproven 0
agrees newco
expose newco
agrees newco
expect "limits do not hold for the new tenant" state_is newco 2
sed -i '/^\[newco\]/,$d' "$world/smtp-auth.conf"
wait_for 15 "the removed tenant is gone" is_gone newco count-mbx_exposed
wait_for 15 "it is told once" notified FAILURE \
    'plugin_instance = newco, type = count, type_instance = unproven, .*not been updated'
told 1 FAILURE 'has not been updated'

say "the configuration is away, and back"
mv "$world/smtp-auth.conf" "$world/away"
wait_for 15 "configuration told" notified FAILURE 'message = SMTP AUTH configuration: .*No such file'
blind contoso "no configuration"
mv "$world/away" "$world/smtp-auth.conf"
back contoso
agrees contoso
told 1 OKAY 'message = SMTP AUTH configuration: readable again'

stop collectd
expect "no clean stop" grep -q 'Exiting normally' "$log"
no_fault collectd
finish
