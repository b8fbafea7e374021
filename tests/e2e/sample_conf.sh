#!/bin/sh
# SPDX-License-Identifier: MIT
# The configuration that is installed: valid as it is, and every value that it shows as built
# in is one that the programs accept.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect_valid() {
    line=$("$SAE_BIN/smtp_auth_collect" --config "$1" --check-config 2>&1) || {
        printf 'FAILED: %s: %s\n' "$2" "$line"
        exit 1
    }
    printf '%s: %s\n' "$2" "$line"
}

expect_valid "$SAE_SRC/plugins/smtp-auth.conf" 'as installed'

# Up to the examples of tenants, with every "#key = value" switched on.
sed -e '/^# ---- An example/,$d' -e '/^#include/d' -e 's/^#\([a-z_]* = .\)/\1/' \
    "$SAE_SRC/plugins/smtp-auth.conf" >"$work/all.conf"
grep -q '^state_dir = ' "$work/all.conf"
cat >>"$work/all.conf" <<'END'

[contoso]
tenant_id = 3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e5f
client_id = 3d0f6c4e-7a55-4c1b-9e0d-0a1b2c3d4e60
client_secret_file = /nonexistent
END
expect_valid "$work/all.conf" 'with all built-in values written out'

# The example of a tenant from files.
sed -n '/^#\[contoso\]/,/^$/s/^#//p' "$SAE_SRC/plugins/smtp-auth.conf" >"$work/example.conf"
grep -q '^\[contoso\]' "$work/example.conf"
expect_valid "$work/example.conf" 'the example of a tenant from files'
