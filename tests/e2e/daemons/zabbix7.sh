#!/bin/bash
# SPDX-License-Identifier: MIT
# The same template, which has the format of 6.0, in a real Zabbix 7.0 server. Debian 12 has it
# among its backports only; it is unpacked beside the installed one, for this run.
# shellcheck disable=SC1091,SC2154 # zabbix.inc sets and uses them
set -eu
. "$SAE_SRC/tests/e2e/daemons/zabbix.inc"
need_packages zabbix-frontend-php postgresql-15
need apt-get dpkg-deb

packages=(zabbix-server-pgsql zabbix-frontend-php)
libraries=(libevent-core-2.1-7 libevent-extra-2.1-7 libevent-pthreads-2.1-7)

# apt OPTION...: with a list of sources of its own, nothing of the machine's is changed.
apt_aside() {
    apt-get -q -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/nonexistent \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root "$@"
}

fetch_zabbix() {
    local mirror key=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(apt-get indextargets --format "\$(SITE)" 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/deb" "$zroot"
    printf 'deb [signed-by=%s] %s %s main\n' "$key" "$mirror" bookworm-backports >"$work/apt/sources.list"
    apt_aside update &&
        cd "$work/apt/deb" &&
        apt_aside download "${packages[@]/%//bookworm-backports}" &&
        apt-get -q -o APT::Sandbox::User=root download "${libraries[@]}" &&
        for deb in ./*.deb; do dpkg-deb -x "$deb" "$zroot"; done
}

zroot=$work/root
fetch_zabbix >"$work/apt.log" 2>&1 ||
    skip "Zabbix 7.0 cannot be had: $(grep -v '^$' "$work/apt.log" | tail -n 1)"
cd /

say 'Import, discovery'
world contoso fabrikam
start_zabbix
import_template
hurry
discover
wait_for 90 "discovery makes a host for each tenant" \
    api_says $'smtp-auth-contoso\nsmtp-auth-fabrikam' hosts
for tenant in contoso fabrikam; do
    wait_for 90 "$tenant has values" api_has '^fail_per_hour' numbers "smtp-auth-$tenant"
    same "$tenant"
done

say 'Findings'
breach contoso user03
wait_for 90 "breach A is a problem" api_has '^4.*user03@' problems smtp-auth-contoso
same contoso
accept_all contoso
wait_for 90 "breach A is resolved" api_says '' problems smtp-auth-contoso
breach contoso user05
wait_for 90 "breach B is a problem" api_has '^4.*user05@' problems smtp-auth-contoso
same contoso

say 'Every item, every trigger'
run env ZABBIX_URL="$url" ZABBIX_SESSION="$zabbix/session" python3 -B "$SAE_SRC/tests/e2e/daemons/zabbix_walk.py" smtp-auth-fabrikam fabrikam \
    "$world/smtp-auth.conf" "$(snapshot_of fabrikam)"
printf '%s\n' "$out"
expect_code 0
finish
