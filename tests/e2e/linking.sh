#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # lib.inc sets them
# What only reads a snapshot loads libc and cJSON, nothing else: another library costs every
# check of every service its start, and could open a socket.
# Not sanitized: a sanitizer brings libraries of its own.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need readelf ldd

readers=("${CHECKS[@]}" smtp_auth_zabbix)
[ ! -e "$SAE_BIN/smtp_auth.so" ] || readers+=(smtp_auth.so)
for check in "${readers[@]}"; do
    needed=$(readelf -d "$SAE_BIN/$check" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | sort | tr '\n' ' ')
    expect "$check needs: $needed" [ "$needed" = "libc libcjson " ]
    loaded=$(ldd "$SAE_BIN/$check" | sed 's/^[[:space:]]*//; s/[. ].*//' |
        grep -vE '^(linux-(vdso|gate)|/?lib.*ld-linux|.*/ld-linux|libm$)' | sort | tr '\n' ' ')
    expect "$check loads: $loaded" [ "$loaded" = "libc libcjson " ]
    network=$(nm -D --undefined-only "$SAE_BIN/$check" |
        grep -wE '(socket|connect|getaddrinfo|execve?|execvp|system|popen|fork|dlopen)(@.*)?$' || true)
    expect "$check can: $network" [ -z "$network" ]
done

finish
