#!/bin/bash
# SPDX-License-Identifier: MIT
# Real Icinga 2 with the committed CheckCommands and services, and the hosts that
# "smtp_auth_report objects icinga2" prints. States and numbers are read back by its REST API,
# notifications from what its command wrote.
# shellcheck disable=SC1091,SC2034,SC2154 # the included files set and use them
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
. "$SAE_SRC/tests/e2e/daemons/icinga.inc"

tenants=(contoso fabrikam northwind)
groups=(health tenant mailboxes signins senders)
calm='0 0 0 0 0'

say "Icinga starts"
world "${tenants[@]}"
authority
node master
port=$(port_of master)
"$SAE_BIN/smtp_auth_report" objects icinga2 --config "$world/smtp-auth.conf" \
    >"$nodes/master/etc/hosts.conf"

# A line for each notification; the lines of the text are joined by /.
cat >"$work/note" <<'SH'
#!/bin/sh
text=$(printf '%s' "$4" | tr '\n' /)
printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$text" >>"$(dirname "$0")/notes/list"
SH
chmod 755 "$work/note"
install -d -o nagios "$work/notes"
cat >"$nodes/master/etc/icinga2.conf" <<CONF
include "base.conf"
const ZoneName = "master"
object Endpoint "master" {}
object Zone "master" { endpoints = [ "master" ] }
object User "ops" {}
object NotificationCommand "note" {
	command = [ "$work/note", "\$notification.type\$", "\$service.name\$", "\$service.state\$", "\$service.output\$" ]
}
template Notification "by-note" { command = "note" }
const SmtpAuthUsers = [ "ops" ]
const SmtpAuthNotification = "by-note"
const SmtpAuthInterval = 0.5
const SmtpAuthTenants = {
	northwind = {
		mailboxes = {
			smtp_auth_warning = [ "mbx_exposed=0", "mbx_unused=0" ]
			smtp_auth_critical = [ "mbx_new=0" ]
		}
	}
}
include "$SAE_SRC/nagios/icinga2/commands.conf"
include "$SAE_SRC/nagios/icinga2/services.conf"
include "hosts.conf"
CONF
start_node master || finish

# true_states TENANT: what the checks say, in the order of the groups.
true_states() {
    local group state states=()
    for group in "${groups[@]}"; do
        state=0
        "$SAE_BIN/check_smtp_auth_$group" --config "$world/smtp-auth.conf" --tenant "$1" \
            >/dev/null || state=$?
        states+=("$state")
    done
    echo "${states[*]}"
}

# sees TENANT STATES: what the checks say, and Icinga soon says the same, for sure.
sees() {
    last=
    expect "the checks say $(true_states "$1") of $1, not $2" [ "$(true_states "$1")" = "$2" ]
    wait_for 20 "$1: $2 (${groups[*]}), Icinga says $(tell states "$1")" looks "$port" "$1" "$2"
}

# was_checked TENANT SINCE: all five checks began after that.
was_checked() {
    look "$port" && [ "$(tell start "$1")" -gt "$2" ]
}

# agrees TENANT: same numbers, same worst state.
agrees() {
    local since
    since=$(date +%s)
    wait_for 20 "Icinga checks $1" was_checked "$1" "$since"
    tell numbers "$1" >"$work/told"
    same_numbers "$1" "$work/told" Icinga
    same_state "$1" "$(tell worst "$1")" Icinga
}

# notes: TYPE SERVICE STATE of every notification since the last forget.
notes() { cut -f 1-3 "$work/notes/list" 2>/dev/null | tr '\t' ' '; }
forget() { rm -f "$work/notes/list"; }

# told TYPE GROUP-TENANT STATE: it was.
told() { notes | grep -qxF "$1 smtp_auth_$2 $3"; }

# expect_told NUMBER: so many in all.
expect_told() {
    last=
    expect "not $1 notifications: $(notes)" [ "$(notes | wc -l)" -eq "$1" ]
}

# What a mail command, a shell or a browser might act on, beside the tree of the checks.
hostile_characters() {
    sed 's/ *\\_\[[A-Z]*\] - //g' "$work/notes/list" | tr -d 'A-Za-z0-9 \t\n.,:@%()_+=/?-'
}

say "three calm tenants"
look "$port"
for tenant in "${tenants[@]}"; do
    sees "$tenant" "$calm"
    agrees "$tenant"
done
expect_told 0
expect "other arguments: $(tell command northwind mailboxes)" [ "$(tell command northwind mailboxes)" = \
    "--config $world/smtp-auth.conf --critical mbx_new=0 --tenant northwind --verbose --warning mbx_exposed=0 --warning mbx_unused=0" ]

say "a mailbox is opened, the switch flips, a breach under a hostile name, an attack"
expose contoso
flip fabrikam
# shellcheck disable=SC2016 # nothing of it may be expanded
breach northwind '[OK] <img src=x>|a=1;\c$(id)'
wait_for 20 "the breach rings" told PROBLEM signins-northwind CRITICAL
attack northwind
hostile northwind
sees contoso '0 0 2 0 0'
sees fabrikam '0 2 1 0 0'
sees northwind '0 0 0 2 0'
for tenant in "${tenants[@]}"; do
    agrees "$tenant"
done
wait_for 20 "the mailbox rings" told PROBLEM mailboxes-contoso CRITICAL
wait_for 20 "the switch rings" told PROBLEM tenant-fabrikam CRITICAL
wait_for 20 "the mailbox that inherits rings" told PROBLEM mailboxes-fabrikam WARNING
# The switch may have been seen between the two reads, as a WARNING first.
expect "something else rings: $(notes)" [ "$(notes | cut -d ' ' -f 2 | sort -u | wc -l)" -eq 4 ]
expect "the hostile name is not shown" grep -q 'img?src' "$work/notes/list"
expect "a hostile name came through: $(hostile_characters)" [ -z "$(hostile_characters)" ]

say "calm again"
for tenant in "${tenants[@]}"; do
    calm "$tenant"
    sees "$tenant" "$calm"
done
wait_for 20 "the switch is told to be closed" told RECOVERY tenant-fabrikam OK
wait_for 20 "the end of the attack" told RECOVERY signins-northwind OK
forget

say "a corrupt snapshot, then none"
corrupt contoso
no_snapshot fabrikam
sees contoso '3 3 3 3 3'
sees fabrikam '3 3 3 3 3'
wait_for 20 "the corrupt one rings" told PROBLEM health-contoso UNKNOWN
wait_for 20 "the missing one rings" told PROBLEM health-fabrikam UNKNOWN
expect_told 2
expect "no service is shown as unreachable" grep -q '"last_reachable":false' "$work/services.json"
collect contoso
collect fabrikam
sees contoso "$calm"
sees fabrikam "$calm"
wait_for 20 "contoso is seen again" told RECOVERY health-contoso OK
wait_for 20 "fabrikam is seen again" told RECOVERY health-fabrikam OK
forget

say "the collector stopped, for three tenants: three notifications, not fifteen"
for tenant in "${tenants[@]}"; do
    # shellcheck disable=SC2154 # world.inc
    age "$tenant" "$stale"
done
for tenant in "${tenants[@]}"; do
    sees "$tenant" '1 3 3 3 3'
    agrees "$tenant"
    wait_for 20 "$tenant rings" told PROBLEM "health-$tenant" WARNING
done
sleep 2
expect_told 3
for tenant in "${tenants[@]}"; do
    collect "$tenant"
    sees "$tenant" "$calm"
done
forget

say "an alarm on fresh data rings whatever health says"
set_numbers contoso rows_unparsed=3
set_numbers fabrikam collect_ok=
sees contoso '1 0 0 0 0'
sees fabrikam '3 0 0 0 0'
set_numbers contoso breach_users=1
set_numbers fabrikam breach_users=1
sees contoso '1 0 0 2 0'
sees fabrikam '3 0 0 2 0'
wait_for 20 "the breach while health warns" told PROBLEM signins-contoso CRITICAL
wait_for 20 "the breach while health is unknown" told PROBLEM signins-fabrikam CRITICAL

say "breach A, accepted, breach B: a second notification"
breach northwind user02
sees northwind '0 0 0 2 0'
wait_for 20 "breach A rings" told PROBLEM signins-northwind CRITICAL
accept_all northwind
sees northwind "$calm"
wait_for 20 "A is accepted" told RECOVERY signins-northwind OK
forget
breach northwind user03
sees northwind '0 0 0 2 0'
wait_for 20 "breach B rings" told PROBLEM signins-northwind CRITICAL
expect "not B rings" grep -q "user03" "$work/notes/list"
expect_told 1

stop master
finish
