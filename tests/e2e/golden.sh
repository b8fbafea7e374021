#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# Every output of every program on a small fixed tenant, as reviewed in tests/golden; what
# grows with the clock is masked. golden.sh --update writes the files anew: review the diff.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

golden=$SAE_SRC/tests/golden
tenant=$work/tenant
mkdir "$tenant" "$tenant/state" "$work/new"
exports golden "$tenant"
conf=(--config "$tenant/smtp-auth.conf")
file=

# into NAME: what show prints from here on.
into() {
    file=$work/new/$1.txt
    : >"$file"
}

mask() {
    sed -E -e "s|$tenant|DIR|g" -e "s|$SAE_BIN/||g" -e 's|/[^ ]*/smtp-auth\.conf|CONF|g' \
        -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]+(\.[0-9]+)?Z/TIME/g' \
        -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DATE/g' -e 's/\b1[0-9]{9}(\.[0-9]+)?\b/EPOCH/g' \
        -e 's/\b(data_age|posture_age|log_lag|time)=[0-9.]+/\1=N/g' \
        -e 's/^(smtp_auth_(data_age|posture_age|log_lag)\{[^}]*\}) [0-9.]+/\1 N/' \
        -e 's/\b(data_age|posture_age|log_lag)  +[0-9.]+  /\1 N  /' \
        -e 's/\b(data_age|posture_age|log_lag)(_seconds)?(\{[^}]*\})?( is|,|  +| ) *[0-9.]+/\1\2\3\4 N/g' \
        -e 's/("(data_age|posture_age|log_lag|time)",?[^{}]*"value":)[0-9.]+/\1N/g' \
        -e 's/"(data_age|posture_age|log_lag)":[0-9.]+/"\1":N/g' \
        -e 's/\b(tenant_closed|tenant_opened|config_changes|mbx_new)-[0-9a-f]{12}/\1-HASH/g' \
        -e 's/(under )?\b[0-9]+ (s|min) old/N old/g' -e 's/ +$//' \
        -e 's/\b(tenant_opened|tenant_closed|config_changes|mbx_new)-[0-9a-f]{12}/\1-HASH/g'
}

show() {
    run "${@/#check_/$SAE_BIN/check_}"
    {
        printf '$ %s\n' "$*"
        cat "$work/out"
        sed 's/^/stderr: /' "$work/err"
        printf '= exit %d\n\n' "$code"
    } | mask >>"$file"
}

collect=$SAE_BIN/smtp_auth_collect
report=$SAE_BIN/smtp_auth_report

into collect
show "$collect" "${conf[@]}" --check-config
show "$collect" "${conf[@]}" --tenant contoso
show "$collect" "${conf[@]}" --all
show "$collect" "${conf[@]}" --all -v
show "$collect" "${conf[@]}" --all --format json
show "$collect" "${conf[@]}" --tenant nobody
show "$collect" "${conf[@]}"

for check in "${CHECKS[@]}"; do
    into "$check"
    show "$check" "${conf[@]}" --tenant contoso
    show "$check" "${conf[@]}" --tenant contoso -v
    show "$check" "${conf[@]}" --tenant contoso -vv
    show "$check" "${conf[@]}" --tenant contoso --format json
    show "$check" "${conf[@]}" --tenant fabrikam
    show "$check" "${conf[@]}" --tenant contoso -w no_such_metric=1
    show "$check" "${conf[@]}" --tenant contoso -c '~:9' -w @5:3
done
into check_smtp_auth_all
show check_smtp_auth "${conf[@]}" --all
show check_smtp_auth "${conf[@]}" --all -v
show check_smtp_auth "${conf[@]}" --all --format json

for command in metrics mailboxes senders changes allow-list tenants; do
    into "report_$command"
    for format in text csv json; do
        show "$report" "$command" "${conf[@]}" --tenant contoso --format "$format"
    done
done
into report_filters
show "$report" metrics "${conf[@]}" --format openmetrics
show "$report" tenants "${conf[@]}"
show "$report" mailboxes "${conf[@]}" --tenant contoso --state exposed
show "$report" mailboxes "${conf[@]}" --tenant contoso --state unused
show "$report" mailboxes "${conf[@]}" --tenant contoso --mailbox ERP@contoso.example
show "$report" senders "${conf[@]}" --tenant contoso --state silent
show "$report" senders "${conf[@]}" --tenant contoso --source 2001:db8:9::/64
show "$report" senders "${conf[@]}" --tenant contoso --since 7d
show "$report" changes "${conf[@]}" --tenant contoso --since 1h
show "$report" mailboxes "${conf[@]}" --tenant fabrikam
show "$report" mailboxes "${conf[@]}"
show "$report" mailboxes "${conf[@]}" --tenant contoso --state bogus
show "$report" bogus "${conf[@]}"

say "A change between two runs"
into change
sed -i 's/: false/: true/' "$tenant/switch.json"
sed -i '/"hr"/s/"","False","False"/"False","False","False"/' "$tenant/mailboxes.csv"
show "$collect" "${conf[@]}" --tenant contoso
show "$collect" "${conf[@]}" --tenant contoso
show "$report" changes "${conf[@]}" --tenant contoso
show check_smtp_auth_tenant "${conf[@]}" --tenant contoso -v
show check_smtp_auth_mailboxes "${conf[@]}" --tenant contoso -v

into help
for program in "${PROGRAMS[@]}"; do
    show "$SAE_BIN/$program" --help
    show "$SAE_BIN/$program" -V
done

if [ "${1:-}" = --update ]; then
    mkdir -p "$golden"
    rm -f "$golden"/*.txt
    cp "$work/new"/*.txt "$golden/"
    say "Written: $golden. Review the difference before it is kept."
    exit 0
fi
for new in "$work/new"/*.txt; do
    name=${new##*/}
    expect "$name is not as in tests/golden (golden.sh --update)" \
        diff -u "$golden/$name" "$new"
done
expect "other files than those in tests/golden" diff <(ls "$golden") <(ls "$work/new")
finish
