#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_scale.sh BUILD-DIRECTORY [MAILBOXES [SIGN-INS]]
# Wall, CPU and memory of two runs over a large tenant from files (default: a million of
# each; 3 GB of disk below TMPDIR). Fails where a run takes more than 64 MiB.
set -eu
build=$(cd "${1:?the build directory}" && pwd)
mailboxes=${2:-1000000}
signins=${3:-1000000}
[ -x /usr/bin/time ] || {
    echo "/usr/bin/time is missing: apt-get install time"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
result=0

"$build/make_sample" "$work/s" --mailboxes "$mailboxes" --big-signins "$signins"
for run in first second; do
    /usr/bin/time -o "$work/time" -f '%M %e %U %S' \
        "$build/smtp_auth_collect" --config "$work/s/smtp-auth.conf" --tenant contoso || result=1
    read -r kib wall user system < <(tail -n 1 "$work/time")
    printf '%-6s run: %s s wall, %s + %s s CPU, %s KiB\n' "$run" "$wall" "$user" "$system" "$kib"
    [ "$kib" -le 65536 ] || result=1
done
du -k "$work"/s/*.json "$work"/s/*.csv "$work"/s/state/private/*.db | sed "s|$work/s/||"
exit "$result"
