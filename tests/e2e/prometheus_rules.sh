#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # world.inc sets them
# What Prometheus is given: the text file of smtp_auth_report, and rules that ring and stop.
# Not sanitized: it tries the rules, not our programs.
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
need promtool
rules=$SAE_SRC/collectd/prometheus/smtp-auth.rules.yml

say "Rules are what Prometheus takes for rules"
run promtool check rules "$rules"
expect_code 0

say "Silence, stopped writers, lost snapshots, collectd's names"
run promtool test rules "$SAE_SRC/collectd/prometheus/smtp-auth.rules.test.yml"
expect_code 0

say "Every limit of the table: inside, beyond, back"
run python3 -B "$SAE_SRC/tests/e2e/prometheus_rules.py" "$SAE_SRC/tests/vectors/metrics.tsv" "$rules"
expect_code 0
cp "$work/out" "$work/limits.json"
run promtool test rules "$work/limits.json"
expect_code 0

say "A test that cannot fail proves nothing"
sed 's/mbx_exposed) > 0/mbx_exposed) > 1/' "$rules" >"$work/wrong.yml"
grep -v '^#' "$SAE_SRC/tests/vectors/metrics.tsv" | grep -w mbx_exposed >"$work/one.tsv"
run python3 -B "$SAE_SRC/tests/e2e/prometheus_rules.py" "$work/one.tsv" "$work/wrong.yml"
cp "$work/out" "$work/wrong.json"
run promtool test rules "$work/wrong.json"
expect_code 1

say "The text file: every tenant, whatever its snapshot"
world contoso fabrikam lost broken
attack fabrikam
no_snapshot lost
corrupt broken
printf '\n[faulty]\nmax_age = never\n' >>"$world/smtp-auth.conf"
file=$work/smtp-auth.prom
expose_all() {
    run "$SAE_BIN/smtp_auth_report" metrics --config "$world/smtp-auth.conf" --format openmetrics --output "$file"
}
# series NAME TENANT: its value in the file.
series() { sed -n "s/^smtp_auth_$1{tenant=\"$2\"} //p" "$file"; }
expose_all
expect_code 0
expect_quiet
run bash -c 'promtool check metrics <"$0" 2>&1' "$file"
expect_code 0
expect "promtool says something" [ -z "$out" ]
expect "the last line is not the end of OpenMetrics" [ "$(tail -n 1 "$file")" = "# EOF" ]
for tenant in lost broken faulty; do
    expect "$tenant is not shown as not collected" [ "$(series collect_ok $tenant)" = 0 ]
    expect "$tenant has numbers" [ -z "$(series mbx_exposed $tenant)$(series notices $tenant)" ]
    expect "of $tenant nothing is unproven" [ "$(series unproven $tenant)" -gt 10 ]
done
expect "contoso is not collected" [ "$(series collect_ok contoso)" = 1 ]
expect "something of contoso is not proven" [ "$(series unproven contoso)" = 0 ]
expect "not now" [ $(($(date +%s) - $(series report_time contoso))) -le 60 ]
for tenant in contoso fabrikam; do
    sed -n "s/^smtp_auth_\([a-z_]*\){tenant=\"$tenant\"} /\1\t/p" "$file" |
        grep -vE '^(unproven|notices|report_time|[a-z]*_age_max)' >"$work/told"
    same_numbers "$tenant" "$work/told" "the text file"
done

say "A lower bound is marked, an old part is gone"
sed -i 's/"at_least":\[\]/"at_least":["fail_per_hour"]/' "$(snapshot_of fabrikam)"
set_numbers fabrikam mbx_all=17
age contoso "$stale"
expose_all
expect "the lower bound is not marked" \
    grep -qxF 'smtp_auth_lower_bound{tenant="fabrikam",metric="fail_per_hour"} 1' "$file"
expect "fail_per_hour is not unproven" [ "$(series unproven fabrikam)" = 1 ]
expect "an old number stands" [ -z "$(series mbx_exposed contoso)" ]
expect "the age is wrong" [ "$(series data_age contoso)" -ge "$stale" ]
expect "the limit of the age is wrong" [ "$(series data_age_max contoso)" = 129600 ]
run bash -c 'promtool check metrics <"$0" 2>&1' "$file"
expect "promtool says something" [ -z "$out" ]

say "A file that cannot be written leaves the old one"
cp "$file" "$work/before"
mv "$world/smtp-auth.conf" "$world/away.conf"
expose_all
expect_code 3
expect "the file changed" cmp -s "$file" "$work/before"
finish
