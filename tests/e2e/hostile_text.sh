#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.inc sets and uses them; '$' is one
# Names that attackers choose are counted, change nothing else, and are never shown raw.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

for kind in hostile plain; do
    mkdir -p "$work/$kind/json" "$work/$kind/csv"
    exports "$kind" "$work/$kind"
    for form in json csv; do
        file=signins.json
        [ "$form" = json ] || file=signins_portal.csv
        cat >"$work/$kind/$form.conf" <<END
[defaults]
state_dir = $form
[contoso]
transport_config = switch_false.json
mailboxes = mailboxes.csv
signins = $file
END
    done
done

# Nothing but printable ASCII and line ends (and tabs in none of ours), no markup, no shell.
clean() {
    ! LC_ALL=C grep -qP '[^\x20-\x7e\n]' "$1"
}

# What only the hostile names contain.
raw='<img|src=x|\$\(id\)|`reboot`|\$HOST|calc|\[2J|\(id\)>|W{65}|%s%n%x@|\.\./\.\.'

judge() {
    expect "control or non-ASCII bytes shown" clean "$1"
}

say "Counted, and nothing else changes"
for form in json csv; do
    for kind in plain hostile; do
        run "$SAE_BIN/smtp_auth_collect" --config "$work/$kind/$form.conf" --tenant contoso -v
        judge "$work/out"
        expect_quiet
        printf '%s\n' "$code" >"$work/$kind/$form.code"
        metrics "$work/$kind/$form/contoso.json" >"$work/$kind/$form.metrics"
        judge "$work/$kind/$form/contoso.json"
        for check in "${CHECKS[@]}"; do
            run "$SAE_BIN/$check" --config "$work/$kind/$form.conf" --tenant contoso
            sed -E 's/(_age|log_lag)=[0-9]*//g' "$work/out" >"$work/$kind/$form.$check"
        done
    done
    expect "another exit code of the collector" cmp -s "$work/plain/$form.code" "$work/hostile/$form.code"
    expect "other metrics ($form): $(diff <(tr , '\n' <"$work/plain/$form.metrics") \
        <(tr , '\n' <"$work/hostile/$form.metrics") | tr '\n' ' ')" \
        cmp -s "$work/plain/$form.metrics" "$work/hostile/$form.metrics"
    for check in "${CHECKS[@]}"; do
        expect "$check says something else ($form)" cmp -s "$work/plain/$form.$check" "$work/hostile/$form.$check"
    done
    run "$SAE_BIN/check_smtp_auth_signins" --config "$work/hostile/$form.conf" --tenant contoso
    expect_metric fail_users 12
    expect_metric fail_events 12
done

# all CONFIG: every output that there is.
all() {
    local check format command
    for check in "${CHECKS[@]}"; do
        for format in nagios json; do
            run "$SAE_BIN/$check" --config "$1" --tenant contoso -vv --format "$format"
            judge "$work/out"
            expect_no_text "$raw"
            expect_quiet
            if [ "$format" = nagios ]; then
                # All perfdata is after the first bar of the first line.
                expect "another bar" [ "$(tr -cd '|' <"$work/out" | wc -c)" -le 1 ]
                expect "a bar below the first line" [ -z "$(sed -n '2,$s/|/&/p' "$work/out")" ]
            fi
        done
    done
    for command in metrics mailboxes senders changes allow-list tenants; do
        for format in text csv json openmetrics; do
            [ "$format" != openmetrics ] || [ "$command" = metrics ] || continue
            run "$SAE_BIN/smtp_auth_report" "$command" --config "$1" --tenant contoso --format "$format"
            expect_code 0
            tr -d '\r' <"$work/out" >"$work/judged"
            judge "$work/judged"
            expect_no_text "$raw"
            if [ "$format" = csv ]; then
                expect "a cell that a spreadsheet computes" [ -z "$(grep -E '(^|,)"?[=+@-]' "$work/out")" ]
            fi
        done
    done
}

say "Names that failed are shown nowhere raw"
all "$work/hostile/json.conf"
# The same outputs of the same names: under valgrind once is enough.
[ -n "${SAE_VALGRIND:-}" ] || all "$work/hostile/csv.conf"

# Names of this tenant's own users and mailboxes: what is markup, shell or control must not
# pass; csv and json carry them in full, but no control byte.
all_sent() {
    local check format command
    for check in "${CHECKS[@]}"; do
        run "$SAE_BIN/$check" --config "$1" --tenant contoso -vv
        judge "$work/out"
        expect_no_text '[<>`$\\;&"'"'"']img|`reboot|\$HOST|\$\(id|\[2J|%s%n'
        expect "another bar" [ "$(tr -cd '|' <"$work/out" | wc -c)" -le 1 ]
        expect_quiet
    done
    for command in mailboxes senders changes allow-list; do
        run "$SAE_BIN/smtp_auth_report" "$command" --config "$1" --tenant contoso --format text
        expect_code 0
        judge "$work/out"
        expect_no_text '<img|`reboot|\$HOST|\$\(id|\[2J|\|'
        for format in csv json; do
            run "$SAE_BIN/smtp_auth_report" "$command" --config "$1" --tenant contoso --format "$format"
            expect_code 0
            expect "control bytes in $format" [ -z "$(tr -d '\r\n' <"$work/out" | tr -cd '\000-\037\177')" ]
        done
        python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" || wrong "not JSON"
    done
}

say "Names that succeeded, and mailboxes of such names"
python3 - "$work/hostile" <<'END'
import csv, json, sys
folder = sys.argv[1]
body = json.load(open(folder + "/signins.json"))
names = []
for row in body["value"]:
    if row["status"]["errorCode"] != 0:
        row["status"]["errorCode"] = 0
        names.append(row["userPrincipalName"])
open(folder + "/sent.json", "w").write(json.dumps(body) + "\n")
boxes = [{"PrimarySmtpAddress": n[:300], "DisplayName": n, "Guid": "00000000-0000-4000-8000-%012d" % i,
          "SmtpClientAuthenticationDisabled": None} for i, n in enumerate(names)]
open(folder + "/boxes.json", "w").write(json.dumps(boxes) + "\n")
END
sed 's/= json/= sent/; s/signins.json/sent.json/; s/mailboxes.csv/boxes.json/' "$work/hostile/json.conf" \
    >"$work/hostile/sent.conf"
mkdir "$work/hostile/sent"
run "$SAE_BIN/smtp_auth_collect" --config "$work/hostile/sent.conf" --tenant contoso -vv
judge "$work/out"
expect_text '12 mailboxes, 13 senders'
judge "$work/hostile/sent/contoso.json"
all_sent "$work/hostile/sent.conf"

say "A snapshot with such texts"
python3 "$SAE_SRC/tests/e2e/snapshots.py" "$work/plain/json/contoso.json" "$work/broken" 0 0
for file in "$work"/broken/text/*; do
    cp "$file" "$work/plain/json/contoso.json"
    for check in "${CHECKS[@]}"; do
        run "$SAE_BIN/$check" --config "$work/plain/json.conf" --tenant contoso -vv
        last="${file##*/}: $last"
        judge "$work/out"
        expect_no_text '<b>|`id`|\$\(id\)|\[CRITICAL\] \?|mbx_exposed=0;;'
        expect "another bar" [ "$(tr -cd '|' <"$work/out" | wc -c)" -le 1 ]
    done
    for format in text csv json openmetrics; do
        run "$SAE_BIN/smtp_auth_report" metrics --config "$work/plain/json.conf" --tenant contoso --format "$format"
        judge "$work/out"
        expect_no_text '<b>|`id`|\$\(id\)'
    done
done

finish
