#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # the included files set and use them
# The pages of a real Nagios for a tenant under attack, as its own web server shows them, and
# their picture: SAE_SHOTS/nagios.png (SAE_SHOTS is the work folder if nobody names another).
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
. "$SAE_SRC/tests/e2e/daemons/nagios.inc"
need_packages nagios4-core nagios4-cgi apache2-bin chromium
need curl
shots=${SAE_SHOTS:-$work}
mkdir -p "$shots"

write_web() {
    local modules=/usr/lib/apache2/modules name
    cat >"$nagios/etc/cgi.cfg" <<CONF
main_config_file=$nagios/etc/nagios.cfg
physical_html_path=/usr/share/nagios4/htdocs
url_html_path=/nagios4
use_authentication=0
default_user_name=nagiosadmin
authorized_for_all_services=*
authorized_for_all_hosts=*
authorized_for_system_information=*
escape_html_tags=1
refresh_rate=30
result_limit=100
enable_page_tour=0
CONF
    {
        cat <<CONF
ServerRoot /etc/apache2
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile $nagios/apache.pid
ErrorLog $nagios/apache-error.log
DefaultRuntimeDir $nagios/tmp
Mutex file:$nagios/tmp default
User nagios
Group nagios
CONF
        for name in mpm_prefork authz_core alias cgi mime dir env; do
            echo "LoadModule ${name}_module $modules/mod_$name.so"
        done
        cat <<CONF
TypesConfig /etc/mime.types
SetEnv NAGIOS_CGI_CONFIG $nagios/etc/cgi.cfg
ScriptAlias /nagios4/cgi-bin /usr/lib/cgi-bin/nagios4
ScriptAlias /cgi-bin/nagios4 /usr/lib/cgi-bin/nagios4
Alias /nagios4/stylesheets /etc/nagios4/stylesheets
Alias /nagios4 /usr/share/nagios4/htdocs
Alias /smtp-auth $SAE_SRC/docs
<Directory />
    Options +ExecCGI +FollowSymLinks
    Require all granted
</Directory>
CONF
    } >"$nagios/etc/apache.conf"
}

page() { curl -fsS "http://127.0.0.1:$port/$1"; }
# shows TEXT PAGE
shows() { page "$2" | grep -F -- "$1" >/dev/null; }

shot() {
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --hide-scrollbars --disable-lcd-text --user-data-dir="$work/chromium" --window-size="$3" \
        --virtual-time-budget=5000 --screenshot="$2" "$1" >"$work/chromium.log" 2>&1
}

world contoso fabrikam northwind
start_nagios
port=$(free_port)
write_web
start apache2 nagios /usr/sbin/apache2 -f "$nagios/etc/apache.conf" -DFOREGROUND
version "$(/usr/sbin/apache2 -v | sed -n 1p), $(chromium --version 2>/dev/null | head -n 1)"
status_page="cgi-bin/nagios4/status.cgi?host=all"
signins_page="cgi-bin/nagios4/extinfo.cgi?type=2&host=contoso&service=SMTP+AUTH+signins"

expose fabrikam
attack contoso
hostile northwind
wait_for 60 "Nagios knows of the attack" is_state contoso signins 2
wait_for 60 "Nagios knows of the mailbox" is_state fabrikam mailboxes 2
wait_for 60 "Nagios knows of all tenants" is_state 'SMTP AUTH' 'all tenants' 2
wait_for 60 "the list of services shows it" shows 'SMTP AUTH CRITICAL - contoso' "$status_page"
wait_for 60 "the page of the service shows who" shows '203.0.113.99 VN: 300 failed' "$signins_page"
expect "no link to the runbook" shows 'smtp-auth/runbook.md#breach_users' "$signins_page"
expect "the runbook is not where the link leads" shows '## breach_users' smtp-auth/runbook.md
expect "a name became a tag" [ "$(page "$status_page" | grep -c '<img src=x')" -eq 0 ]

expect "no picture" shot "http://127.0.0.1:$port/$status_page" "$shots/nagios.png" 1180,830
expect "the picture cannot be made smaller" python3 -B "$SAE_SRC/tests/e2e/daemons/png.py" "$shots/nagios.png"
expect "the picture has only $(stat -c %s "$shots/nagios.png" 2>/dev/null) bytes" \
    [ "$(stat -c %s "$shots/nagios.png" 2>/dev/null || echo 0)" -gt 20000 ]
finish
