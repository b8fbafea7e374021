#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # lib.inc sets them
# 100,000 mailboxes and 100,000 sign-ins from files in bounded memory; tests/bench has ten
# times as many.
# Alone: it measures the time of the largest exports.
# Not sanitized: it measures memory.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
[ -x /usr/bin/time ] || skip "/usr/bin/time is not installed"
most=65536

"$SAE_BIN/make_sample" "$work/s" --mailboxes 100000 --big-signins 100000
measured() {
    run /usr/bin/time -f '%M %e %U %S' -o "$work/time" "$@"
    read -r kib wall user system < <(tail -n 1 "$work/time")
    printf '%-8s %-42s %s KiB, %s s wall, %s + %s s CPU\n' "$1" "${*:2:2}" "$kib" "$wall" "$user" "$system" |
        sed "s|$SAE_BIN/||"
    expect "$kib KiB, $most are the most" [ "$kib" -le "$most" ]
}

for _ in first second; do
    measured "$SAE_BIN/smtp_auth_collect" --config "$work/s/smtp-auth.conf" --tenant contoso
    expect_code 0
    expect_text 'complete, 100000 mailboxes'
done
for command in mailboxes senders allow-list changes; do
    measured "$SAE_BIN/smtp_auth_report" "$command" --config "$work/s/smtp-auth.conf" --tenant contoso
    expect_code 0
done
measured "$SAE_BIN/check_smtp_auth" --config "$work/s/smtp-auth.conf" --tenant contoso
expect_metric mbx_all 100000
expect "the snapshot has $(stat -c %s "$work/s/state/contoso.json") bytes" \
    [ "$(stat -c %s "$work/s/state/contoso.json")" -le 60000 ]

finish
