#!/bin/sh
# SPDX-License-Identifier: MIT
# Rules of the house that no compiler checks. Prints every breach, fails if there is one.
set -eu

cd "${SAE_SRC:-$(dirname "$0")/..}"
breaches=$(mktemp)
trap 'rm -f "$breaches"' EXIT

# Reads lines and keeps each as a breach of the rule named.
breach() {
    sed "s|^|$1: |" >>"$breaches"
}

# find in the tree, without build directories and what git keeps.
files() {
    find . -path ./.git -prune -o -path './build*' -prune -o -type f "$@" -print | sort
}

sources() {
    files \( -name '*.c' -o -name '*.h' \)
}

scripts() {
    files \( -name '*.sh' -o -path './plugins/debian/p*' -o -path ./.ci/run \)
}

need_tools() {
    for tool in shellcheck mandoc; do
        if ! command -v "$tool" >/dev/null; then
            echo "SKIPPED: $tool is not installed"
            exit 77
        fi
    done
}

check_tools() {
    scripts | xargs shellcheck -f gcc 2>&1 | breach shellcheck
    (cd plugins/man && mandoc -Tlint ./*.[0-9] 2>&1) | breach mandoc
}

check_length() {
    { sources && scripts; } | while read -r file; do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt 500 ]; then
            echo "$file has $lines lines, 500 are the most"
        fi
    done | breach length
}

check_licence() {
    { sources && scripts; } | while read -r file; do
        if ! head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT'; then
            echo "$file does not start with the SPDX line"
        fi
    done | breach licence
}

# Functions without a limit, without an error, or with a shell.
check_banned() {
    banned='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|strtod|system|popen|gets'
    find shared nagios plugins zabbix collectd \( -name '*.c' -o -name '*.h' \) -exec \
        grep -nE "(^|[^A-Za-z0-9_>.\"])($banned) ?\\(" {} + |
        grep -vE '^[^:]*:[0-9]*: *(/?\*|//)' | breach 'banned function'
}

# Marks of unfinished work, and paths of somebody's machine. The words are split so that
# this file does not contain them.
check_words() {
    unfinished='TO''DO|FIX''ME|XX''X'
    machine='/ho''me/[a-z]|/wo''rk/|/tm''p/[a-z_]*/'
    files -type f ! -name '*.json' ! -name '*.tsv' ! -name '*.csv' ! -path './tests/data/*' \
        -size -300k >"$breaches.files"
    xargs grep -nIE "\\b($unfinished)\\b" <"$breaches.files" | breach unfinished
    xargs grep -nIE "$machine" <"$breaches.files" | breach 'machine path'
    rm -f "$breaches.files"
}

# includes ROOM PATTERN: files of the room may not include what matches the pattern.
includes() {
    if [ -e "$1" ]; then
        grep -rnE "^ *# *include *\"($2)" "$1" --include='*.c' --include='*.h' |
            breach 'include direction'
    fi
}

# base <- config <- facts <- fetch, store, measure <- collect; the plugin API stands alone.
check_rooms() {
    outside='nagios/|plugins/|zabbix/|collectd/|tests/'
    includes shared/base "config/|facts|fetch/|store/|measure/|collect|$outside"
    includes shared/config "fetch/|store/|measure/|collect|$outside"
    includes shared/fetch "store/|measure/|collect\\.h|$outside"
    includes shared/store "fetch/|collect\\.h|$outside"
    includes shared/measure "fetch/|store/history|collect\\.h|$outside"
    includes nagios 'config/|facts|fetch/|store/|measure/|collect|plugins/|tests/'
    # What shows numbers sees the configuration, the snapshot and the metrics.
    for room in zabbix collectd shared/view.c shared/view.h; do
        includes "$room" 'fetch/|store/history|measure/[^m]|collect/|collect\.h|nagios/|plugins/|tests/'
    done
    grep -rlE '^ *# *include *<collectd' . --include='*.[ch]' 2>/dev/null |
        grep -v '^\./collectd/smtp_auth\.c$' | breach 'collectd headers' || true
}

# names FILE PATTERN: the first member of each row of a table in C.
names() {
    tr '\n' ' ' <"$1" | grep -oE "\{\"[a-z_]+\", *($2)" | cut -d '"' -f 2
}

# Every key and every metric is explained where a user looks for it, and nothing else is.
check_documented() {
    page=plugins/man/smtp-auth.conf.5
    names shared/config/keys.c '"|NULL' | while read -r key; do
        grep -qE "^#$key =" plugins/smtp-auth.conf || echo "$key is not in smtp-auth.conf"
        grep -qE "^\.It Cm .*\b$key\b" $page || echo "$key is not in $page"
    done | breach documentation
    names shared/measure/metrics.c SAE_GROUP >"$breaches.metrics"
    while read -r metric; do
        grep -qE "^\.It Cm $metric( |$)" $page || echo "$metric is not in $page"
        grep -qF "| \`$metric\` |" README.md || echo "$metric is not in README.md"
    done <"$breaches.metrics" | breach documentation
    sed -n '/^\.Sh METRICS/,$s/^\.It Cm \([a-z_]*\).*/\1/p' $page |
        grep -vxF -f "$breaches.metrics" | sed "s|$| is in $page, but is no metric|" |
        breach documentation
    rm -f "$breaches.metrics"
}

# A check links sae_nagios and sae_read only: those two archives must be complete in themselves.
check_archives() {
    if [ -f "${SAE_BIN:-}/libsae_read.a" ]; then
        nm "$SAE_BIN/libsae_read.a" "$SAE_BIN/libsae_nagios.a" 2>/dev/null | awk '
            NF == 3 { have[$3] = 1 }
            $1 == "U" { want[$2] = 1 }
            END {
                for (name in want) {
                    if (!(name in have) && name ~ /^(sae_|sqlite3_|csv_|EVP_)/) {
                        print name, "is needed by sae_read or sae_nagios, but not in them"
                    }
                }
            }' | breach archives
    fi
}

need_tools
check_tools || true
check_length
check_licence
check_banned || true
check_words || true
check_rooms || true
check_documented || true
check_archives

if [ -s "$breaches" ]; then
    cat "$breaches"
    printf '%d breaches\n' "$(wc -l <"$breaches")"
    exit 1
fi
echo "No breach in $({ sources && scripts; } | wc -l) files."
