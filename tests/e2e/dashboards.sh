#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2154 # lib.inc sets them; $ is for the files
# Grafana's files are those that the tables of panels and metrics give, and keep the rules.
# Not sanitized: it tries generated files, not our programs.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
grafana=$SAE_SRC/collectd/grafana
lint() { python3 -B "$SAE_SRC/tests/e2e/dashboards.py" "$1" "$SAE_SRC/tests/vectors/metrics.tsv"; }

say "What is committed is what the tables give"
run python3 -B "$grafana/generate.py" "$work/made"
expect_code 0
made=0
while read -r file; do
    made=$((made + 1))
    expect "${file#"$work/made/"} is old: run collectd/grafana/generate.py" \
        cmp -s "$file" "$SAE_SRC/collectd/${file#"$work/made/"}"
done < <(find "$work/made" -type f)
expect "only $made files were made" [ "$made" -ge 11 ]

say "The rules"
run lint "$grafana"
expect_code 0

say "A rule that cannot be broken proves nothing"
# broken FILE SED-SCRIPT TEXT: what the linter says then.
broken() {
    rm -rf "$work/broken"
    cp -r "$work/made/grafana" "$work/broken"
    sed -i "$2" "$work/broken/$1"
    run lint "$work/broken"
    expect_code 1
    expect_text "$3"
}
broken prometheus.json 's/"uid": "${datasource}"/"uid": "P1"/' 'a data source is fixed'
broken influxdb.json 's/"unit": "short"/"unit": ""/' 'unit'
broken graphite.json 's/"timeFrom": "15m"/"timeFrom": "7d"/' 'as if it were of now'
broken graphite.json 's/\.spray_nets,/.spray_ips,/' 'no panel shows spray_nets'
broken influxdb.json 's/ AND \\"instance\\" =~ \/^$tenant$\///' 'asks without .tenant'
broken prometheus.json 's/"x": 20,/"x": 21,/' 'beyond the right edge'
broken prometheus.json 's/ and on (tenant, instance) (smtp_auth_report_time[^"]*"/)"/' 'nobody writes any more'
broken provisioning/alerting/smtp-auth-graphite.yaml 's/"severity": "critical"/"severity": "page"/' 'severity'
broken provisioning/alerting/smtp-auth-influxdb.yaml 's/-crit-breach_users/-crit-x/' 'no critical of breach_users'
broken provisioning/datasources/smtp-auth-influxdb.yaml 's/uid: .*/uid: P1/' 'another uid'
finish
