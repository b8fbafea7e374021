#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # world.inc sets them
# Numbers in the stores that Grafana draws from: a real collectd feeds Prometheus, InfluxDB and
# Graphite; a second Prometheus reads the text file of smtp_auth_report. All must tell the same
# numbers and the same states; each query of each dashboard and alert rule is asked. The graph of
# an attack is $SAE_SHOTS/graphite.png.
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
need_packages collectd-core prometheus influxdb graphite-carbon graphite-web
[ -f "$SAE_BIN/smtp_auth.so" ] || skip "smtp_auth.so was not built (collectd-dev)"
stores_py() { python3 -B "$SAE_SRC/tests/e2e/daemons/metrics.py" "$@"; }
. "$SAE_SRC/tests/e2e/daemons/metrics.inc"

say "A world of tenants, each with a fault of its own"
world calm busy exposed flipped attacked old broken
busy busy
expose exposed
flip flipped
attack attacked
age old "$stale"
tenants=(calm busy exposed flipped attacked old)

say "The daemons"
start_writer
start_collectd_and_stores
corrupt broken
wait_for 40 "the text file in Prometheus" slowly rings file broken SmtpAuthNoSnapshot
wait_for 40 "collectd's numbers in Prometheus" slowly rings daemon broken SmtpAuthNoSnapshot
wait_for 40 "Graphite's last numbers" slowly in_graphite attacked
wait_for 40 "InfluxDB's last numbers" slowly in_influxdb attacked

say "The same numbers everywhere"
mkdir "$work/truth"
for tenant in "${tenants[@]}"; do
    for road in "prometheus $file_url" "prometheus $daemon_url" "influxdb $influx_url" "graphite $graphite_url"; do
        # shellcheck disable=SC2086 # a store and its address
        stores_py numbers $road "$tenant" >"$work/told"
        same_numbers "$tenant" "$work/told" "${road% *} at ${road##*:}"
    done
    sed -n "s/^smtp_auth_\([a-z_]*\){tenant=\"$tenant\"} /\1\t/p" "$work/smtp-auth.prom" >"$work/truth/numbers.$tenant"
done

say "Each query of each dashboard"
for road in "prometheus $file_url" "prometheus $daemon_url" "influxdb $influx_url" "graphite $graphite_url"; do
    # shellcheck disable=SC2086 # a store and its address
    difference=$(stores_py panels $road "$SAE_SRC/collectd/grafana/${road% *}.json" "$work/truth")
    expect "panels: $difference" [ -z "$difference" ]
done

say "The same worst state, by Prometheus' rules and by Grafana's"
for road in "prometheus $file_url" "influxdb $influx_url" "graphite $graphite_url"; do
    # shellcheck disable=SC2086 # a store and its address
    grafana_states $road >"$work/states.${road% *}"
done
for tenant in "${tenants[@]}" broken; do
    same_state "$tenant" "$(worst_of file "$tenant")" "Prometheus with the text file"
    same_state "$tenant" "$(worst_of daemon "$tenant")" "Prometheus with collectd"
    for store in prometheus influxdb graphite; do
        same_state "$tenant" "$(sed -n "s/^$tenant //p" "$work/states.$store")" "Grafana with $store"
    done
done

say "What rings stops when it is mended"
calm attacked
calm broken
for road in file daemon; do
    wait_for 40 "$road: the attack is over" slowly quiet $road attacked
    wait_for 40 "$road: the snapshot is back" slowly quiet $road broken
done
same_state attacked 0 "the end of the attack"

say "A graph of what collectd told"
expect "no picture" curl -fsG -o "${SAE_SHOTS:-$work}/graphite.png" "$graphite_url/render" -d format=png -d from=-1min \
    -d width=760 -d height=300 -d yMin=0 -d lineWidth=2 --data-urlencode "title=Failed SMTP sign-ins per hour, from collectd" \
    --data-urlencode "target=alias(collectd.*.smtp_auth.attacked.*.fail_per_hour,'attacked')" \
    --data-urlencode "target=threshold(60,'warning','orange')" --data-urlencode "target=threshold(240,'critical','red')"
expect "no PNG" [ "$(head -c 8 "${SAE_SHOTS:-$work}/graphite.png" | tr -dc PNG)" = PNG ]

say "Nobody writes any more"
stop writer
stop collectd
for road in file daemon; do
    wait_for 40 "$road: calm is not calm if nobody tells" slowly rings $road calm SmtpAuthNotWritten
done
finish
