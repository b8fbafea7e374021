#!/bin/bash
# SPDX-License-Identifier: MIT
# A picture of the template's dashboard as Zabbix's own page shows it: $SAE_SHOTS/zabbix.png, which
# is kept as docs/images/zabbix.png.
# shellcheck disable=SC1091,SC2154 # zabbix.inc sets and uses them
set -eu
. "$SAE_SRC/tests/e2e/daemons/zabbix.inc"
need_packages zabbix-server-pgsql zabbix-frontend-php postgresql-15 chromium
picture=${SAE_SHOTS:-$work}/zabbix.png

# shoot ADDRESS FILE SIZE
shoot() {
    timeout 90 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --user-data-dir="$work/chromium" --window-size="$3" --virtual-time-budget=15000 \
        --screenshot="$2" "$1" >"$work/chromium.log" 2>&1
}

say 'A tenant to whom something happens'
world contoso
start_zabbix
import_template
hurry
api guest
discover
wait_for 90 "the tenant has values" api_has '^fail_per_hour' numbers smtp-auth-contoso
sleep 5
busy contoso
sleep 5
expose contoso
sleep 5
attack contoso
wait_for 90 "the attack is a finding" api_has '203.0.113.99' problems smtp-auth-contoso
sleep 5
breach contoso user05
wait_for 90 "the breach is a problem" api_has '^4.*user05@' problems smtp-auth-contoso
sleep 10

say 'Its dashboard'
version "$(chromium --version)"
expect "no picture: $(tail -n 3 "$work/chromium.log" 2>/dev/null)" \
    shoot "$url/$(api dashboard smtp-auth-contoso)" "$picture" 1230,990
expect "it is no picture" [ "$(head -c 4 "$picture" | tail -c 3)" = PNG ]
expect "it is empty" [ "$(stat -c %s "$picture")" -gt 30000 ]
expect "it is too large for the README" [ "$(stat -c %s "$picture")" -lt 200000 ]
finish
