#!/bin/bash
# SPDX-License-Identifier: MIT
# The template in a real Zabbix 6.0 server, as an operator sees it through the web API: discovery,
# every item, every trigger, findings, notifications, a proxy.
# shellcheck disable=SC1091,SC2016,SC2154 # zabbix.inc sets and uses them; macros of Zabbix
set -eu
. "$SAE_SRC/tests/e2e/daemons/zabbix.inc"
need_packages zabbix-server-pgsql zabbix-frontend-php postgresql-15

# An alert is a line in this file.
alerts=$zabbix/alert/alerts
notify_by_script() {
    printf '#!/bin/sh\nprintf "%%s\\n" "$1" >>%s\n' "$alerts" >"$zabbix/alert/note"
    chmod 755 "$zabbix/alert/note"
    : >"$alerts"
    chown -R zabbix:zabbix "$zabbix/alert"
    api alerts note
}

# told REGEX: how often.
told() {
    grep -cE -- "$1" "$alerts" || true
}

was_told() {
    [ "$(told "$2")" -ge "$1" ]
}

# has_problems NUMBER HOST
has_problems() {
    [ "$(api problems "$2" | grep -c .)" = "$1" ]
}

# The packages of server and proxy exclude each other, so the proxy is unpacked, not installed.
start_proxy() {
    local folder=$zabbix/proxy
    mkdir -p "$folder/deb"
    if ! (cd "$folder/deb" && apt-get -q download zabbix-proxy-sqlite3 >"$work/download.log" 2>&1 &&
        dpkg-deb -x ./*.deb "$folder/root"); then
        printf 'NOT tried: the proxy, its package cannot be had: %s\n' "$(tail -n 1 "$work/download.log")"
        return 1
    fi
    mkdir -p "$folder/external"
    ln -s "$SAE_BIN/smtp_auth_zabbix" "$folder/external/smtp_auth_zabbix"
    cat >"$folder/proxy.conf" <<CONF
Server=127.0.0.1:$server_port
Hostname=proxy1
ListenIP=127.0.0.1
ListenPort=$(low_port)
SourceIP=127.0.0.1
LogType=console
PidFile=$folder/proxy.pid
SocketDir=$folder
DBName=$folder/proxy.db
ExternalScripts=$folder/external
Timeout=10
ConfigFrequency=1
DataSenderFrequency=1
HeartbeatFrequency=2
StartPollers=2
StartPollersUnreachable=1
StartPreprocessors=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartODBCPollers=0
CONF
    chown -R zabbix:zabbix "$folder"
    api proxy proxy1
    api host proxied 'SMTP AUTH tenant' --proxy proxy1 '{$SMTP_AUTH.TENANT}=fabrikam' \
        "{\$SMTP_AUTH.CONFIG}=$world/smtp-auth.conf"
    start proxy zabbix "$folder/root/usr/sbin/zabbix_proxy" -f -c "$folder/proxy.conf"
    version "$("$folder/root/usr/sbin/zabbix_proxy" -V | head -n 1)"
}

say 'Import, discovery'
tenants=(contoso fabrikam tailspin)
world "${tenants[@]}" northwind
start_zabbix
import_template
hurry
notify_by_script
discover
wait_for 90 "discovery makes a host for each tenant" \
    api_says $'smtp-auth-contoso\nsmtp-auth-fabrikam\nsmtp-auth-northwind\nsmtp-auth-tailspin' hosts
wait_for 90 "the tenants are counted" api_says 4 value smtp-auth smtp_auth.tenants.count
for tenant in "${tenants[@]}" northwind; do
    wait_for 90 "$tenant has values" api_has '^fail_per_hour' numbers "smtp-auth-$tenant"
    same "$tenant"
done

say 'Every item, every trigger (northwind, meanwhile)'
ZABBIX_URL=$url ZABBIX_SESSION=$zabbix/session python3 -B "$SAE_SRC/tests/e2e/daemons/zabbix_walk.py" smtp-auth-northwind northwind \
    "$world/smtp-auth.conf" "$(snapshot_of northwind)" >"$work/walk" 2>&1 &
walk=$!

say 'A proxy, and then nobody answers'
proxied=
if start_proxy; then
    proxied=yes
    wait_for 90 "the proxy brings values" api_has '^fail_per_hour' numbers proxied
    same fabrikam proxied
    rm "$zabbix/proxy/external/smtp_auth_zabbix"
fi

say 'Breach A is accepted, breach B is a new problem'
breach contoso user03
wait_for 90 "breach A is a problem" api_has '^4.*user03@' problems smtp-auth-contoso
same contoso
wait_for 90 "breach A is told" was_told 1 '^PROBLEM smtp-auth-contoso .*user03@'
accept_all contoso
wait_for 90 "breach A is resolved" api_says '' problems smtp-auth-contoso
same contoso
breach contoso user05
wait_for 90 "breach B is a problem" api_has '^4.*user05@' problems smtp-auth-contoso
wait_for 90 "breach A stays away" api_lacks 'user03@' problems smtp-auth-contoso
same contoso
wait_for 90 "breach B is told" was_told 1 '^PROBLEM smtp-auth-contoso .*user05@'
expect "breach A was told $(told 'PROBLEM.*user03@') times" [ "$(told '^PROBLEM .*user03@')" = 1 ]
wait_for 90 "breach A is told to be resolved" was_told 1 '^RESOLVED .*user03@'

say 'What changes, one after another'
expose fabrikam
same fabrikam
flip fabrikam
same fabrikam
wait_for 90 "a problem names the number of exposed mailboxes" api_has 'mbx_exposed is' problems smtp-auth-fabrikam
attack tailspin
hostile tailspin
same tailspin
wait_for 90 "the attack is a finding" api_has '203.0.113.99' problems smtp-auth-tailspin
busy tailspin
same tailspin
wait_for 90 "a sender has a number" api_has '^30$' \
    value smtp-auth-tailspin "smtp_auth.sender.count[$(sed 's/.*"senders":\[{"id":"\([0-9a-f]*\)".*/\1/' \
        "$(snapshot_of tailspin)")]"
wait_for 90 "every item is supported" api_says '' unsupported smtp-auth-tailspin
expect "foreign text became a key" api_lacks '[<>$]|img|\bid\b' unsupported smtp-auth-tailspin
# Discovery may make a host whose item the server reads before the host's macros: once, at first.
complaints=$(grep -v proxied "$work/server.log" | sed -n 's/.* item "\(.*\)" became \(.*supported\).*/\2 \1/p' |
    awk '{ last[substr($0, index($0, "supported") + 10)] = $1 } END { for (i in last) if (last[i] == "not") print i }')
expect "the server complains: $complaints" [ -z "$complaints" ]

say 'The collector stops: 3 tenants, 3 problems'
for tenant in "${tenants[@]}"; do
    calm "$tenant"
done
for tenant in "${tenants[@]}"; do
    wait_for 90 "$tenant is calm" api_says 0 state "smtp-auth-$tenant"
    wait_for 90 "$tenant has no problems" api_says '' problems "smtp-auth-$tenant"
done
sleep 4
before=$(told "^PROBLEM smtp-auth-($(IFS='|'; echo "${tenants[*]}")) ")
for tenant in "${tenants[@]}"; do
    age "$tenant" "$stale"
done
for tenant in "${tenants[@]}"; do
    wait_for 90 "$tenant is too old" api_has '^2.*all data too old' problems "smtp-auth-$tenant"
    wait_for 90 "one problem of $tenant" has_problems 1 "smtp-auth-$tenant"
    same "$tenant"
done
wait_for 90 "3 are told" was_told $((before + 3)) "^PROBLEM smtp-auth-($(IFS='|'; echo "${tenants[*]}")) "
sleep 4
expect "$(told '^PROBLEM smtp-auth-[cft]') problems were told, not $before and 3" \
    [ "$(told "^PROBLEM smtp-auth-($(IFS='|'; echo "${tenants[*]}")) ")" = $((before + 3)) ]
calm fabrikam
wait_for 90 "fabrikam is well again" api_says '' problems smtp-auth-fabrikam

say 'A damaged snapshot, a damaged configuration'
corrupt fabrikam
wait_for 90 "it is a problem" api_has '^3.*snapshot is damaged' problems smtp-auth-fabrikam
wait_for 90 "one problem" has_problems 1 smtp-auth-fabrikam
same_state fabrikam "$(api state smtp-auth-fabrikam)" Zabbix
calm fabrikam
same fabrikam
cp "$world/smtp-auth.conf" "$work/conf"
echo 'bogus' >"$world/smtp-auth.conf"
wait_for 90 "it is a problem" api_has '^3.*tenants are not known' problems smtp-auth
expect "hosts were dropped" [ "$(api hosts | wc -l)" = 4 ]
cp "$work/conf" "$world/smtp-auth.conf"
wait_for 90 "it is a problem no more" api_says '' problems smtp-auth

say 'Every item, every trigger: the result'
wait "$walk" || walked=$?
cat "$work/walk"
expect "the walk failed" [ "${walked:-0}" = 0 ]

if [ -n "$proxied" ]; then
    say 'Nobody answered at the proxy since'
    wait_for 150 "silence is a problem" api_has '^3.*no answer from smtp_auth_zabbix' problems proxied
    ln -s "$SAE_BIN/smtp_auth_zabbix" "$zabbix/proxy/external/smtp_auth_zabbix"
    wait_for 90 "it ends with an answer" api_says '' problems proxied
    same fabrikam proxied
fi
finish
