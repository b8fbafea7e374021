#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_live.sh BUILD-DIRECTORY [PAIRS [MAILBOXES]]
# What it costs to read a large tenant's mailboxes over HTTPS (default: 11 pairs, 100000
# mailboxes), beside `curl -o /dev/null` that walks the same pages: nginx serves them on
# loopback, small rows and full ones, in pages of a thousand and in one body. The two run in
# turn, so that what else the machine does falls on both. Prints, never judges. 600 MB of disk
# below TMPDIR.
set -eu
build=$(cd "${1:?the build directory}" && pwd)
pairs=${2:-11}
mailboxes=${3:-100000}
here=$(cd "$(dirname "$0")" && pwd)
fakes=$here/../fakes
PATH=$PATH:/usr/sbin

skip() {
    printf 'SKIPPED, NOT measured: %s\n' "$*"
    exit 77
}
for tool in nginx curl openssl python3; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
python3 -c 'import cryptography' 2>/dev/null || skip "Python's cryptography is not installed"

umask 077
work=$(mktemp -d)
pids=()
# shellcheck disable=SC2317 # called by the trap
stop() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

tenant=8d1f2c3b-0000-4000-8000-000000000001
client=c0000000-0000-4000-8000-000000000001
sets=(small-pages small-body full-pages full-body)

# A port for each set; somebody may take one before nginx does, which then says so.
mapfile -t ports < <(python3 - "${#sets[@]}" <<'EOF'
import socket
import sys

taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print("\n".join(str(one.getsockname()[1]) for one in taken))
EOF
)

# wait_for FILE WHAT
wait_for() {
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        [ ! -e "$1" ] || return 0
        sleep 0.02
    done
    echo "$2 did not start"
    exit 1
}

begin_login() {
    "$fakes/pki.sh" "$work/ca"
    printf 's~e.c_r-e-t' >"$work/secret"
    printf '{"tenants": {"%s": {"clients": {"%s": {"secret": "%s"}}}}}' \
        "$tenant" "$client" "$(cat "$work/secret")" >"$work/world.json"
    "$fakes/fake_tenant.py" --dir "$work" 2>"$work/fake.err" &
    pids+=("$!")
    wait_for "$work/ports.json" "the fake login service"
    login=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["login"])' \
        "$work/ports.json")
}

# A question (POST) is answered with the file of the page that the link names.
server_block() {
    cat <<EOF
    server {
        listen 127.0.0.1:$2 ssl http2;
        location /adminapi/ { error_page 405 =200 \$uri; rewrite ^ /$1/\$page last; }
        location /$1/ { root $work/pages; error_page 405 =200 \$uri; }
    }
EOF
}

write_nginx_conf() {
    local at
    cat <<EOF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.err;
events { worker_connections 64; }
http {
    access_log off; types { application/json json; }
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
    uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    keepalive_requests 100000; open_file_cache max=1000; output_buffers 2 256k;
    ssl_certificate $work/ca/server.pem; ssl_certificate_key $work/ca/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    map \$args \$page { ~skiptoken=(\d+) p\$1.json; default p0000.json; }
EOF
    for at in "${!sets[@]}"; do
        server_block "${sets[at]}" "${ports[at]}"
    done
    echo '}'
}

begin_nginx() {
    local at url page
    for at in "${!sets[@]}"; do
        url=https://localhost:${ports[at]}/adminapi/beta/$tenant/InvokeCommand
        page=1000
        [[ ${sets[at]} != *-body ]] || page=$mailboxes
        "$here/live_pages.py" "$work/pages/${sets[at]}" "$url" "${sets[at]%-*}" "$mailboxes" \
            "$page"
    done
    chmod -R a+rX "$work/pages"
    chmod a+x "$work"
    write_nginx_conf >"$work/nginx.conf"
    nginx -e "$work/nginx.err" -c "$work/nginx.conf" -p "$work" &
    pids+=("$!")
    wait_for "$work/nginx.pid" "nginx: $(cat "$work/nginx.err" 2>/dev/null)"
}

# configure SET PORT: the tenant switch comes from a file, so that only mailboxes are read.
configure() {
    [ -e "$work/transport.json" ] ||
        echo '{"SmtpClientAuthenticationDisabled":true}' >"$work/transport.json"
    mkdir -p "$work/state-$1"
    cat >"$work/$1.conf" <<EOF
[bench]
state_dir = state-$1
tenant_id = $tenant
client_id = $client
client_secret_file = secret
credential_expires = 2099-01-01
login_url = https://localhost:$login
exchange_url = https://localhost:$2
ca_file = ca/ca.pem
transport_config = transport.json
mailboxes = exchange
signins = off
EOF
}

begin_login
begin_nginx
for at in "${!sets[@]}"; do
    configure "${sets[at]}" "${ports[at]}"
    python3 "$here/bench_live.py" "$build/smtp_auth_collect" "$work/${sets[at]}.conf" \
        "$work/ca/ca.pem" "https://localhost:${ports[at]}/${sets[at]}/" \
        "$work/pages/${sets[at]}" "$pairs" "${sets[at]}"
done
