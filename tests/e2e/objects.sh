#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # lib.inc sets them
# The definitions for Nagios and NRPE: as in the examples, valid for the real nagios4 beside
# Debian's own objects, and the same tenants, commands and sections wherever they are named.
# objects.sh --update writes the examples anew.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"

shipped=$SAE_SRC/nagios/objects
report=$SAE_BIN/smtp_auth_report
conf=$work/smtp-auth.conf
cat >"$conf" <<'CONF'
[contoso]
tenant_id = 6a0e1001-0000-4000-8000-000000000001
client_id = 6a0e1001-0000-4000-8000-000000000002
client_secret_file = /etc/smtp-auth/contoso.secret

[fabrikam]
transport_config = fabrikam/transport.json
mailboxes = fabrikam/mailboxes.csv
signins = fabrikam/signins.json
CONF

# Without what --config adds, as for the usual path; programs where they usually are.
usual() {
    sed -E -e '/_SMTP_AUTH_CONFIG/d' -e "s| --config '?$conf'?||" \
        -e 's|=/[^ ]*/(check_smtp_auth)|=/usr/lib/nagios/plugins/\1|'
}

say "As in the examples"
for system in nagios nrpe; do
    run "$report" objects "$system" --config "$conf"
    expect_code 0
    expect_quiet
    usual <"$work/out" >"$work/$system.cfg"
    if [ "${1:-}" = --update ]; then
        cp "$work/$system.cfg" "$shipped/example_$system.cfg"
    fi
    expect "not as in nagios/objects/example_$system.cfg (objects.sh --update)" \
        diff -u "$shipped/example_$system.cfg" "$work/$system.cfg"
done

say "--config shows up wherever a check is started, as a full path"
(cd "$work" && "$report" objects nagios --config smtp-auth.conf) >"$work/relative" 2>&1
expect "another path than the full one" \
    [ "$(grep -c "_SMTP_AUTH_CONFIG    $conf\$" "$work/relative")" -eq "$(grep -c '^define service {' "$work/relative")" ]
run "$report" objects nrpe --config "$conf"
expect "a line without --config" \
    [ "$(grep -c -- "--config '$conf'" "$work/out")" -eq "$(grep -c '^command' "$work/out")" ]
mkdir "$work/a b"
for name in "a b/c.conf" "a;b.conf" "it's.conf" "x\$(id).conf" 'a!b.conf'; do
    cp "$conf" "$work/$name"
    for system in nagios nrpe; do
        run "$report" objects "$system" --config "$work/$name"
        expect_code 3
        expect "something was written: $out" [ -z "$out" ]
        expect "no reason: $(cat "$work/err")" grep -q 'move or link the file' "$work/err"
    done
done

say "One tenant, and what is no system"
run "$report" objects nagios --config "$conf" --tenant fabrikam
expect_code 0
expect_text 'host_name +fabrikam'
expect_no_text 'contoso|all tenants'
run "$report" objects nrpe --config "$conf" --tenant nobody
expect_code 3
for words in objects "objects nagios nrpe" "objects zabbix" "objects nagios --format json" \
    "objects nagios --state open"; do
    # shellcheck disable=SC2086 # words
    run "$report" $words --config "$conf"
    expect_code 3
    expect "something was written: $out" [ -z "$out" ]
done

say "No tenant: what is there stays there"
echo '[defaults]' >"$work/empty.conf"
cp "$work/nagios.cfg" "$work/kept.cfg"
run "$report" objects nagios --config "$work/empty.conf" --output "$work/kept.cfg"
expect_code 3
expect "the definitions were replaced" cmp "$work/nagios.cfg" "$work/kept.cfg"

say "A section with a fault is watched, too: its checks say what is wrong"
printf '\n[broken]\nno_such_key = 1\n' >>"$conf"
run "$report" objects nagios --config "$conf" --output "$work/all.cfg"
expect_code 0
expect "broken has not its five services" [ "$(grep -c '!broken$' "$work/all.cfg")" -eq 5 ]

say "What is named exists"
grep -ohE 'runbook\.md#[a-z_-]+' "$shipped"/example_nagios.cfg | sort -u | sed 's/.*#//' >"$work/sections"
expect "not one section for each group: $(cat "$work/sections")" [ "$(wc -l <"$work/sections")" -eq 5 ]
while read -r section; do
    expect "docs/runbook.md has no section $section" \
        eval "sed -n 's/^## //p' '$SAE_SRC/docs/runbook.md' | tr 'A-Z ' 'a-z-' | tr -d :, | grep -qx -- '$section'"
done <"$work/sections"
for file in smtp_auth smtp_auth_nrpe; do
    sed -n 's/^ *command_name *//p' "$shipped/$file.cfg" >"$work/$file.names"
done
expect "the commands through NRPE are others" \
    diff <(grep -v check_smtp_auth_metric "$work/smtp_auth.names") "$work/smtp_auth_nrpe.names"
sed -n 's|^command\[\([^@]*\)@contoso\]=.*|\1|p' "$shipped/example_nrpe.cfg" | sort >"$work/lines"
expect "NRPE is asked for other lines than it has" \
    diff <(sed -n "s/.* -c '\\([^@]*\\)@.*/\\1/p" "$shipped/smtp_auth_nrpe.cfg" | sort) "$work/lines"

say "The real nagios4 takes them beside Debian's own objects"
debian=/etc/nagios4/objects
if ! command -v nagios4 >/dev/null || [ ! -f "$debian/contacts.cfg" ]; then
    echo "NOT tried: nagios4 is not installed"
    finish
fi
verify() {
    {
        for file in "$debian"/{commands,contacts,timeperiods,templates}.cfg "$@"; do
            echo "cfg_file=$file"
        done
        echo "illegal_macro_output_chars=\`~\$&|'\"<>"
        for key in log_file object_cache_file precached_object_file status_file temp_file \
            state_retention_file lock_file command_file query_socket; do
            echo "$key=$work/daemon/$key"
        done
        for key in temp_path check_result_path log_archive_path; do
            echo "$key=$work/daemon"
        done
    } >"$work/nagios.cfg"
    run nagios4 -v "$work/nagios.cfg"
}
mkdir "$work/daemon"
chmod 755 "$work" # nagios4 gives the rights of root away
chmod 777 "$work/daemon"
cp -R "$shipped" "$work/shipped" # nor may it look into the tree
chmod -R a+rX "$work/shipped"
shipped=$work/shipped
for commands in smtp_auth.cfg smtp_auth_nrpe.cfg; do
    verify "$shipped/$commands" "$shipped/smtp_auth_templates.cfg" "$work/all.cfg"
    expect_code 0
    expect_text '^Total Warnings: 0'
    expect_text 'Checked 16 services'
    expect_text 'Checked 12 service dependencies'
    verify "$shipped/$commands" "$shipped/smtp_auth_templates.cfg" "$shipped/example_nagios.cfg"
    expect_code 0
    expect_text '^Total Warnings: 0'
done

say "What the templates make of them"
# resolved SERVICE: the definition as Nagios itself understands it.
resolved() {
    awk -v service="SMTP AUTH $1" '
        /^define service \{/ { text = ""; wanted = 0 }
        { text = text $1 "=" $2 "\n" }
        /service_description/ && index($0, service) { wanted = 1 }
        /^\t}/ && wanted { printf "%s", text; exit }' "$work/daemon/precached_object_file"
}
# is SERVICE NAME=VALUE...
is() {
    local word
    resolved "$1" >"$work/resolved"
    for word in "${@:2}"; do
        expect "$1 has not $word: $(xargs <"$work/resolved")" grep -qx -- "$word" "$work/resolved"
    done
}
run nagios4 -vp "$work/nagios.cfg"
expect_code 0
is signins check_interval=1.000000 max_check_attempts=1 flap_detection_enabled=0 \
    notification_interval=30.000000 notification_options=r,w,c notes_url=/smtp-auth/runbook.md#breach_users
is mailboxes check_interval=5.000000 flap_detection_enabled=0 max_check_attempts=1 notification_options=r,w,c
is health flap_detection_enabled=0 max_check_attempts=3 notification_options=r,w,u,c
is 'all tenants' notifications_enabled=0

# Commands alone, as a package puts them there, need nothing of the administrator's.
cat >"$work/other.cfg" <<'CFG'
define command {
    command_name other
    command_line true
}
define host {
    host_name other
    max_check_attempts 1
    notification_interval 0
    contacts nagiosadmin
}
define service {
    host_name other
    service_description other
    check_command other
    check_period 24x7
    notification_period 24x7
    max_check_attempts 1
    check_interval 1
    retry_interval 1
    notification_interval 0
    contacts nagiosadmin
}
CFG
for commands in smtp_auth.cfg smtp_auth_nrpe.cfg; do
    verify "$shipped/$commands" "$work/other.cfg"
    expect_code 0
    expect_text '^Total Warnings: 0'
done
finish
