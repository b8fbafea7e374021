#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154 # the included files set and use them
# The plugin in the real collectd: wrong configuration, chosen tenants, 200 tenants, and 50
# reads with everything that can go wrong under valgrind.
set -eu
. "$SAE_SRC/tests/e2e/daemons/collectd.inc"

say_version
world contoso fabrikam

# How often contoso was read under the host mail.contoso.example.
count_reads() {
    cat "$dir/csv/mail.contoso.example/smtp_auth-contoso/count-unproven"-* 2>/dev/null |
        awk '/^[0-9]/ { n++ } END { print n + 0 }'
}

has_read() {
    [ "$(count_reads)" -ge "$1" ]
}

# read_on TIMES
read_on() {
    local goal
    goal=$(($(count_reads) + $1))
    wait_for 40 "$goal reads" has_read "$goal"
}

# try: one read of a daemon with try.conf.
try() {
    run timeout 60 setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
        env LD_PRELOAD="$sanitizer" ASAN_OPTIONS=detect_leaks=0 \
        collectd -T -C "$work/try.conf"
}

# configured LINES...: one try of a daemon with that in the plugin's block.
configured() {
    put_conf "$work/try.conf" 1
    printf 'LoadPlugin smtp_auth\n<Plugin smtp_auth>\n%s\n</Plugin>\n' "$*" >>"$work/try.conf"
    rm -f "$log"
    try
    cp "$log" "$work/tried"
    tail -n 3 "$log" >>"$work/out"
}

# refused LINES WHY
refused() {
    configured "$1"
    expect "the daemon starts with: $1" [ "$code" -ne 0 ]
    expect "no such reason for: $1" grep -q "smtp_auth plugin: $2" "$work/tried"
}

say "wrong configuration: refused with a reason"
refused 'Snapshot "x"' 'option Snapshot is not known in Plugin smtp_auth'
refused 'Config "smtp-auth.conf"' 'Config needs the full path'
refused 'Config 12' 'Config needs the full path'
refused $'Config "/a"\nConfig "/b"' 'Config /a and Config /b: only one can be'
refused $'<Tenant "a">\nMaxAge 3\n</Tenant>' 'option MaxAge is not known in Tenant'
refused $'<Tenant "a">\nHost ""\n</Tenant>' 'Tenant a: Host needs a name'
refused $'<Tenant "a/b">\n</Tenant>' 'Tenant needs the name of one'
refused $'<Tenant>\nHost "x"\n</Tenant>' 'Tenant needs the name of one'
refused $'<Tenant "a">\n</Tenant>\n<Tenant "a">\n</Tenant>' 'Tenant a is there twice'

say "a configuration that is not there yet does not keep the daemon from starting"
configured "Config \"$world/missing.conf\""
expect_code 0
expect "not logged" grep -q "smtp_auth plugin: configuration: .*missing.conf: cannot open" "$work/tried"
expect "not notified" grep -q 'severity = FAILURE, .*SMTP AUTH configuration' "$work/tried"
rm -f "$log"

say "limits that depend on the tenant"
printf '%s\n' '[live]' '[files]' 'transport_config = a.json' 'mailboxes = a.csv' 'signins = b.json' \
    '[strict]' 'max_age = 10m' 'posture_max_age = 20m' >"$work/limits.conf"
run "$SAE_BIN/smtp_auth_report" objects collectd --config "$work/limits.conf"
expect_code 0
for limits in "live 3600 14400 21600 86400" "files 129600 518400 129600 518400" \
    "strict 600 2400 1200 4800"; do
    # shellcheck disable=SC2086 # words
    set -- $limits
    expect "limits of $1 are not ${limits#* }" [ "${limits#* }" = "$(
        sed -n "/^ *Instance \"$1\"/,/^  <\/Plugin>/s/^ *\(Warning\|Failure\)Max //p" \
            "$work/out" | xargs)" ]
done
run "$SAE_BIN/smtp_auth_report" objects collectd --config "$work/limits.conf" --tenant files
expect_text '^  <Tenant "files">'
expect_no_text 'strict'

say "the snippets that are shipped"
put_conf "$work/try.conf" 1
sed "s|/etc/smtp-auth|$world|" "$SAE_SRC/collectd/smtp_auth.conf" >>"$work/try.conf"
{
    echo 'PluginDir "/usr/lib/collectd"'
    cat "$SAE_SRC/collectd/thresholds.conf"
    sed "s/9103/$(free_port)/; s/2003/$(free_port)/; s/25826/$(free_port)/" \
        "$SAE_SRC/collectd/outputs.conf"
} >>"$work/try.conf"
try
expect_code 0
expect_no_text 'ERROR|not allowed|unknown'
expect "not all of them were loaded" [ "$(grep -cE \
    '"(smtp_auth|threshold|write_prometheus|write_graphite|network)" successfully' "$log")" = 5 ]
rm -f "$log"

say "200 tenants"
python3 - "$world" <<'PYTHON'
import re, sys, zlib
world = sys.argv[1]
text = open(world + "/state/contoso.json").read()
with open(world + "/many.conf", "w") as conf:
    conf.write("[defaults]\nstate_dir = state\ncountries = FI\n"
               "transport_config = a.json\nmailboxes = a.csv\nsignins = b.json\n")
    for i in range(200):
        conf.write("[t%d]\n" % i)
        body = text.replace('"tenant":"contoso"', '"tenant":"t%d"' % i, 1)
        body = body[:body.rindex(',"crc"')]
        with open(world + "/state/t%d.json" % i, "w") as file:
            file.write('%s,"crc":"%08x"}' % (body, zlib.crc32(body.encode())) +
                       text[text.rindex("}") + 1:])
PYTHON
chmod 644 "$world/state"/t*.json
put_conf "$work/many.conf" 1
# Of 9000 values a second, one for each tenant is stored.
cat >>"$work/many.conf" <<CONF
LoadPlugin smtp_auth
<Plugin smtp_auth>
  Config "$world/many.conf"
</Plugin>
PluginDir "/usr/lib/collectd"
LoadPlugin match_regex
PostCacheChain "some"
<Chain "some">
  <Rule>
    <Match "regex">
      TypeInstance "^unproven$"
    </Match>
    Target "write"
  </Rule>
  Target "stop"
</Chain>
CONF
start many "$user" /usr/sbin/collectd -f -C "$work/many.conf"
wait_for 20 "the last of 200 tenants" value_is t199 count-unproven 0
wait_for 20 "values of 200 tenants" settle t100
expect "not 200 tenants" [ "$(ctl listval | grep -c 'count-unproven')" = 200 ]
if [ -z "$sanitizer" ]; then
    expect "reading takes longer than a second" \
        [ "$(grep -c 'above its read interval' "$log")" = 0 ]
fi
expect "something was logged about them" [ "$(grep -c 'smtp_auth plugin' "$log")" = 0 ]
stop many
no_fault many
rm -rf "$dir/csv" "$log"

if [ -n "$sanitizer" ]; then
    finish # valgrind and the sanitizers exclude each other
elif ! command -v valgrind >/dev/null; then
    skip "valgrind is not installed: 50 reads under it"
fi
say "50 reads under valgrind, blocks that add up, an interval and a Host of their own"
put_conf "$work/valgrind.conf" 10
cat >>"$work/valgrind.conf" <<CONF
<LoadPlugin smtp_auth>
  Interval 0.1
</LoadPlugin>
<Plugin smtp_auth>
  Config "$world/smtp-auth.conf"
  <Tenant "contoso">
    Host "mail.contoso.example"
  </Tenant>
</Plugin>
<Plugin smtp_auth>
  Config "$world/smtp-auth.conf"
  <Tenant "fabrikam">
  </Tenant>
  <Tenant "forgotten">
  </Tenant>
</Plugin>
CONF
mkdir "$dir/csv"
chown "$user" "$dir" "$dir/csv"
start valgrind "$user" "$(command -v valgrind)" --leak-check=full --show-leak-kinds=all \
    --keep-debuginfo=yes --num-callers=40 --log-file="$dir/valgrind" \
    /usr/sbin/collectd -f -C "$work/valgrind.conf"

read_on 10
expect "no value under the host that was asked for" \
    [ "$(ctl getval mail.contoso.example/smtp_auth-contoso/bool-collect_ok)" = "value=1.000000e+00" ]
expect "contoso under two hosts" is_gone contoso bool-collect_ok
expect "fabrikam is not read" value_is fabrikam bool-collect_ok 1
expect "a tenant that is not configured seems fine" value_is forgotten bool-collect_ok 0
expect "its reason is not logged" grep -q 'forgotten: no such tenant in' "$log"
flip contoso
corrupt fabrikam
read_on 10
wait_for 15 "the switch is told" notified FAILURE 'host = mail.contoso.example, .*was opened'
no_snapshot fabrikam
mv "$world/smtp-auth.conf" "$world/away"
read_on 10
mv "$world/away" "$world/smtp-auth.conf"
collect fabrikam
read_on 20
expect "less than 50 reads" has_read 50
wait_for 15 "fabrikam is read again" value_is fabrikam bool-collect_ok 1
stop valgrind
expect "no clean stop" grep -q 'Exiting normally' "$log"
expect "valgrind did not end" grep -q 'ERROR SUMMARY' "$dir/valgrind"
# Whatever has no frame of ours is the daemon's own.
if grep -q smtp_auth "$dir/valgrind"; then
    wrong "valgrind: $(grep -B 12 -A 12 smtp_auth "$dir/valgrind" | head -n 60)"
else
    echo "valgrind: $(count_reads) reads, no error and no leak with a frame of the plugin"
fi
finish
