#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # lib.inc sets them
# The numbers that the project promises for three files, and the same numbers from every
# format in which an administrator can export them.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

month=$work/month
mkdir "$month" "$work/short"
exports must "$month" 31
exports must "$work/short" 3

# conf FILE FOLDER SWITCH MAILBOXES SIGN-INS
conf() {
    mkdir -p "$1.state"
    cat >"$1" <<END
[defaults]
state_dir = $1.state
[contoso]
transport_config = $2/$3
mailboxes = $2/$4
signins = $2/$5
END
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$1" --tenant contoso
    expect_code 0
    expect_text '^SMTP AUTH OK - contoso: complete, 5 mailboxes'
    expect_one_line
}

check() {
    run "$SAE_BIN/check_smtp_auth_$2" --config "$1" --tenant contoso "${@:3}"
}

counts() {
    expect_metric mbx_exposed "$1"
    expect_metric mbx_all 5
    expect_metric mbx_enabled 1
    expect_metric mbx_disabled 1
    expect_metric mbx_inherit 3
    expect_metric mbx_unknown 0
}

say "Switch off, five mailboxes, a month of sign-ins"
conf "$work/a" "$month" switch_false.json mailboxes.csv signins.json
collect "$work/a"
check "$work/a" mailboxes
expect_code 1
expect_text '4 exposed of 5'
counts 4
expect_metric mbx_unused 3
expect_one_line
check "$work/a" signins
expect_metric fail_events 6
expect_metric fail_users 5
expect_metric fail_ips 4
expect_metric fail_countries 3
expect_metric fail_infra 1
expect_metric ok_events 1
expect_metric fail_per_hour 6
expect_code 1
check "$work/a" tenant
expect_metric tenant_enabled 1
expect_code 1
check "$work/a" senders
expect_metric senders_all 1
expect_metric senders_unmatched 0
check "$work/a" health
expect_metric collect_ok 1
expect_metric rows_unparsed 0
expect_metric log_covered 31
expect_code 0

say "The switch is on"
conf "$work/b" "$month" switch_true.json mailboxes.csv signins.json
collect "$work/b"
check "$work/b" mailboxes
expect_text '1 exposed of 5'
counts 1
expect_metric mbx_unused 1
check "$work/b" tenant
expect_metric tenant_enabled 0
expect_code 0

say "A log of three days does not say what is unused"
conf "$work/c" "$work/short" switch_false.json mailboxes.csv signins.json
collect "$work/c"
check "$work/c" mailboxes
counts 4
expect_metric mbx_unused ''
expect_code 1
check "$work/c" mailboxes -w mbx_unused=0
expect_code 3
expect_text 'UNKNOWN'

say "Every format gives the same"
same() {
    conf "$work/f" "$month" "$@"
    rm -rf "$work/f.state"
    mkdir "$work/f.state"
    collect "$work/f"
    metrics "$work/f.state/contoso.json" >"$work/metrics"
    expectations=$((expectations + 1))
    cmp -s "$work/expected" "$work/metrics" ||
        wrong "other metrics from $*: $(diff <(tr , '\n' <"$work/expected") \
            <(tr , '\n' <"$work/metrics") | tr '\n' ' ')"
}
metrics "$work/a.state/contoso.json" >"$work/expected"
for file in switch_false_array.json switch_false_envelope.json switch_false_list.txt; do
    same "$file" mailboxes.csv signins.json
done
for file in mailboxes_type.csv mailboxes_semicolon.csv mailboxes_utf16.csv \
    mailboxes_array.json mailboxes_envelope.json mailboxes_twice.csv; do
    same switch_false.json "$file" signins.json
done
for file in signins_array.json signins_lines.json signins_pages.json signins_records.json \
    signins_record_lines.json signins_portal.csv signins_analytics.csv signins_utf16.csv; do
    same switch_false.json mailboxes.csv "$file"
done

say "The same rows from two formats at once count once"
same switch_false.json mailboxes.csv "signins_portal.csv, $month/signins_record_lines.json"

finish
