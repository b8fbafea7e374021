#!/bin/bash
# SPDX-License-Identifier: MIT
# The independent witness: Microsoft's own Graph client walks the fake's sign-in log and must
# see every row exactly once, and the rows must compile against Microsoft's own types. What
# the project's client and the fake have both misunderstood shows here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
rows=2500

skip() {
    printf 'SKIPPED, NOT tried: %s\n' "$*"
    exit 77
}

for tool in node npm openssl timeout; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
# The client needs fetch(), which Node has since 18.
node -e 'process.exit(typeof fetch === "function" ? 0 : 1)' || skip "node is older than 18"

work=$(mktemp -d "${TMPDIR:-/tmp}/fake-witness.XXXXXX")
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

mkdir "$work/node"
cd "$work/node"
echo '{"private":true,"type":"commonjs"}' >package.json
timeout 40 npm install --no-audit --no-fund --ignore-scripts --loglevel error \
    @microsoft/microsoft-graph-client@3.0.7 @microsoft/microsoft-graph-types@2.43.1 \
    typescript@7.0.2 >"$work/npm.log" 2>&1 || {
    tail -n 3 "$work/npm.log"
    skip "npm cannot install Microsoft's packages"
}
cp "$here/witness.js" .

"$here/pki.sh" "$work/ca"
now=$(date +%s)
cat >"$work/world.json" <<WORLD
{"tenants": {"8d1f2c3b-0000-4000-8000-000000000001": {
  "clients": {"c0000000-0000-4000-8000-000000000001": {"secret": "s~e.c_r-e t"}},
  "throttle": false,
  "security_defaults": {"isEnabled": true},
  "conditional_access": [{"displayName": "Block legacy",
    "conditions": {"clientAppTypes": ["exchangeActiveSync", "other"]}}],
  "signins": {"generate": {"count": $rows, "from": $((now - 86400)), "to": $now,
    "apps": ["Authenticated SMTP", "SMTP"]}}}}}
WORLD
"$here/fake_tenant.py" --dir "$work" &
server=$!
for _ in $(seq 100); do
    [ ! -e "$work/ports.json" ] || break
    sleep 0.05
done

NODE_EXTRA_CA_CERTS=$work/ca/ca.pem timeout 30 node witness.js "$work/ports.json" "$rows"
if ! timeout 30 node_modules/.bin/tsc --noEmit --strict --module esnext \
    --moduleResolution bundler --types '' page.ts >"$work/tsc.log"; then
    head -n 5 "$work/tsc.log"
    exit 1
fi
# A compiler that accepts everything proves nothing.
sed 's/"clientAppUsed"/"clientApp"/' page.ts >wrong.ts
if node_modules/.bin/tsc --noEmit --strict --module esnext --moduleResolution bundler \
    --types '' wrong.ts >"$work/tsc.log"; then
    echo "a wrong member name was accepted"
    exit 1
fi
echo "Microsoft's types accept a page of sign-ins, the rules and the security defaults"
