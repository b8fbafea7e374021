#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_check.sh BUILD-DIRECTORY [ROUNDS]
# What each check costs beside check_dummy of monitoring-plugins: at most 1.5 times as much.
set -eu
build=$(cd "${1:?the build directory}" && pwd)
rounds=${2:-500}
dummy=/usr/lib/nagios/plugins/check_dummy
[ -x "$dummy" ] || {
    echo "$dummy is missing: apt-get install monitoring-plugins-basic"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/make_sample" "$work/s" >/dev/null
"$build/smtp_auth_collect" --config "$work/s/smtp-auth.conf" --tenant contoso
printf 'Snapshot: %d bytes; %d rounds\n' "$(stat -c %s "$work/s/state/contoso.json")" "$rounds"
set -- "$dummy" 0
for group in _tenant _mailboxes _signins _senders _health ''; do
    set -- "$@" --- "$build/check_smtp_auth$group" --config "$work/s/smtp-auth.conf" --tenant contoso
done
"$build/bench_check" "$rounds" "$@"
