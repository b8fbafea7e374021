#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the collector, the checks and two reports on a sample tenant, in a directory of its
# own that is removed at the end. Needs no privilege and touches nothing else. Where the
# programs are may be said in the environment.
set -eu

: "${SAE_PROGRAM_DIR:=/usr/bin}"
: "${SAE_PLUGIN_DIR:=/usr/lib/nagios/plugins}"
: "${SAE_SUPPORT_DIR:=/usr/lib/smtp-auth}"

show() {
    code=0
    printf '\n$ %s\n' "$(printf '%s' "$*" | sed "s|$work|DIR|g; s|[^ ]*/||")"
    "$@" || code=$?
    printf '  exit code %d\n' "$code"
}

# A demo that shows nothing must not look like one that worked.
need() {
    for program in "$@"; do
        if [ ! -x "$program" ]; then
            printf 'demo: %s is missing\n' "$program" >&2
            exit 1
        fi
    done
}

need "$SAE_PROGRAM_DIR/smtp_auth_collect" "$SAE_PROGRAM_DIR/smtp_auth_report" \
    "$SAE_SUPPORT_DIR/make_sample"
for group in _tenant _mailboxes _signins _senders _health ''; do
    need "$SAE_PLUGIN_DIR/check_smtp_auth$group"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/smtp-auth-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

"$SAE_SUPPORT_DIR/make_sample" "$work/sample"
[ -d "$work/sample/state" ] || mkdir -m 0750 "$work/sample/state"
set -- --config "$work/sample/smtp-auth.conf" --tenant contoso
printf 'A sample tenant, made just now. DIR is a temporary directory.\n'

show "$SAE_PROGRAM_DIR/smtp_auth_collect" "$@"
for group in _tenant _mailboxes _signins _senders _health ''; do
    show "$SAE_PLUGIN_DIR/check_smtp_auth$group" "$@"
done
show "$SAE_PROGRAM_DIR/smtp_auth_report" metrics "$@"
show "$SAE_PROGRAM_DIR/smtp_auth_report" senders "$@"
