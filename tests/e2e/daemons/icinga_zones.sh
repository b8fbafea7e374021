#!/bin/bash
# SPDX-License-Identifier: MIT
# A real Icinga 2 master with two satellites, nagios/icinga2/zones.conf: each tenant's collector
# and checks run on one satellite. One satellite is killed. With SAE_ICINGA_LONG=1 the kill comes
# when the master is older than 5 minutes: before, it does not judge satellites it cannot reach.
# shellcheck disable=SC1091,SC2034,SC2154 # the included files set and use them
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
. "$SAE_SRC/tests/e2e/daemons/icinga.inc"
calm='0 0 0 0 0'

say "a master, two satellites"
world contoso fabrikam northwind
chown -R nagios:nagios "$world"
authority
for name in master satellite-a satellite-b; do
    node "$name"
done
for name in master satellite-a satellite-b; do
    cat >"$nodes/$name/etc/icinga2.conf" <<CONF
include "base.conf"
const ZoneName = NodeName
const SmtpAuthCollect = [ "$SAE_BIN/smtp_auth_collect" ]
object Endpoint "master" { host = "127.0.0.1", port = $(port_of master) }
object Endpoint "satellite-a" { host = "127.0.0.1", port = $(port_of satellite-a) }
object Endpoint "satellite-b" { host = "127.0.0.1", port = $(port_of satellite-b) }
object Zone "master" { endpoints = [ "master" ] }
object Zone "satellite-a" { endpoints = [ "satellite-a" ], parent = "master" }
object Zone "satellite-b" { endpoints = [ "satellite-b" ], parent = "master" }
object Zone "global-smtp-auth" { global = true }
CONF
done

install -d -o nagios "$work/notes"
cat >"$work/note" <<'SH'
#!/bin/sh
printf '%s %s\n' "$1" "$2" >>"$(dirname "$0")/notes/list"
SH
chmod 755 "$work/note"
zones=$nodes/master/etc/zones.d
mkdir -p "$zones/master" "$zones/global-smtp-auth"
cp "$SAE_SRC/nagios/icinga2/commands.conf" "$zones/global-smtp-auth/"
"$SAE_BIN/smtp_auth_report" objects icinga2 --config "$world/smtp-auth.conf" \
    >"$zones/master/hosts.conf"
cat >"$zones/master/services.conf" <<CONF
object User "ops" {}
object NotificationCommand "note" {
	command = [ "$work/note", "\$notification.type\$", "\$service.name\$ on \$host.name\$" ]
}
template Notification "by-note" { command = "note" }
const SmtpAuthUsers = [ "ops" ]
const SmtpAuthNotification = "by-note"
const SmtpAuthHostNotification = "by-note"
const SmtpAuthInterval = 1
const SmtpAuthCollectInterval = 2
const SmtpAuthSatellites = {
	"satellite-a" = [ "contoso", "fabrikam" ]
	"satellite-b" = [ "northwind" ]
}
include "$SAE_SRC/nagios/icinga2/services.conf"
include "$SAE_SRC/nagios/icinga2/zones.conf"
CONF
for name in satellite-a satellite-b master; do
    start_node "$name" || finish
done
master_started=$SECONDS
port=$(port_of master)

# ran_on NODE TENANT: all its services and its collector were last run there.
ran_on() { look "$port" && [ "$(tell nodes "$2")" = "$1" ]; }

wait_for 30 "contoso belongs to satellite-a" ran_on satellite-a contoso
wait_for 30 "fabrikam belongs to satellite-a" ran_on satellite-a fabrikam
wait_for 30 "northwind belongs to satellite-b" ran_on satellite-b northwind
# A satellite that is asked before it has the commands answers that they do not exist; Icinga asks
# again when the time for the check is over, a minute later.
for tenant in contoso fabrikam northwind; do
    wait_for 40 "$tenant is calm" looks "$port" "$tenant" "$calm"
done

say "the satellite's own collector sees that a mailbox was opened"
echo expose >>"$world/contoso/events"
write_tenant contoso
wait_for 30 "the mailbox of contoso" looks "$port" contoso '0 0 2 0 0'

# connected NODE true|false
connected() {
    api "$port" "objects/endpoints/$1?attrs=connected" | grep -q "\"connected\":$2"
}
is_up() { api "$port" "objects/hosts/$1?attrs=state" | grep -q '"state":0'; }
is_told() { grep -qx "$1" "$work/notes/list"; }

# ended TENANT: when its signins service was last checked.
ended() { tell end "$1" signins | cut -d . -f 1; }

# goes_on TENANT SINCE: checked after that.
goes_on() {
    look "$port" && [ "$(ended "$1")" -gt "$2" ]
}

if [ "${SAE_ICINGA_LONG:-}" = 1 ]; then
    say "waiting until the master is older than 5 minutes"
    sleep $((315 - SECONDS + master_started))
fi
for name in satellite-a satellite-b; do
    wait_for 20 "$name is up" is_up "$name"
done
: >"$work/notes/list"

say "satellite-a is killed: one notification, its tenants are not checked, the other's are"
killed=$(date +%s)
stop satellite-a KILL
wait_for 10 "the master notices" connected satellite-a false
wait_for 20 "the lost satellite rings" is_told 'PROBLEM  on satellite-a'
wait_for 20 "northwind is checked" goes_on northwind $((killed + 3))
wait_for 20 "northwind is calm" looks "$port" northwind "$calm"
if [ "${SAE_ICINGA_LONG:-}" = 1 ]; then
    for tenant in contoso fabrikam; do
        wait_for 60 "$tenant is unknown" looks "$port" "$tenant" '3 3 3 3 3'
        tell output "$tenant" signins
    done
    echo "$(($(date +%s) - killed)) s after the kill"
else
    # The last states stay, as old as they are: what tells is the satellite's own host.
    expect "contoso was checked" [ "$(ended contoso)" -le $((killed + 1)) ]
    expect "contoso is $(tell states contoso)" [ "$(tell states contoso)" = '0 0 2 0 0' ]
fi
last=
expect "not one notification: $(cat "$work/notes/list")" \
    [ "$(cat "$work/notes/list")" = 'PROBLEM  on satellite-a' ]

say "it comes back"
back=$(date +%s)
start_node satellite-a
wait_for 60 "contoso is checked again" goes_on contoso "$back"
wait_for 60 "fabrikam is checked again" goes_on fabrikam "$back"
wait_for 30 "contoso as before" looks "$port" contoso '0 0 2 0 0'
wait_for 30 "contoso belongs to satellite-a" ran_on satellite-a contoso
wait_for 20 "the end is told" is_told 'RECOVERY  on satellite-a'
echo "$(($(date +%s) - back)) s after the start"
expect "northwind was moved" ran_on satellite-b northwind

for name in master satellite-a satellite-b; do
    stop "$name"
done
finish
