#!/bin/bash
# SPDX-License-Identifier: MIT
# What smtp_auth_zabbix prints, whatever happens, and that the template fits the table of metrics.
# No Zabbix is needed here; daemons/zabbix.sh tries both in a real one.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # world.inc sets and uses them
set -eu
. "$SAE_SRC/tests/e2e/daemons/world.inc"
template=$SAE_SRC/zabbix/smtp_auth_zabbix.yaml

# document ARGUMENT...: without any environment. One JSON object on one line, small, and no more.
document() {
    run env -i "$SAE_BIN/smtp_auth_zabbix" "$@"
    expect_code 0
    expect_one_line
    expect "it has ${#out} bytes" [ "${#out}" -lt 60000 ]
    if [[ $out =~ ^\{(\"tenant\":\"[^\"\\]*\",)?\"error\":\"[^\"\\]+\"\}$'\n'$ ]]; then
        return
    fi
    expect "it is no JSON object with an error" python3 -c 'import json, sys
root = json.load(open(sys.argv[1]))
sys.exit(not isinstance(root.get("error"), str))' "$work/out"
}

# member PATH: of the last document, as JSON.
member() {
    python3 -c 'import json, sys
node = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."):
    node = node[int(name) if isinstance(node, list) else name]
print(json.dumps(node, ensure_ascii=False))' "$work/out" "$1"
}

expect_member() {
    expect "$1 is $(member "$1"), not $2" [ "$(member "$1")" = "$2" ]
}

# An error, and not one number.
expect_failure() {
    expect_text "\"error\":\"[^\"]*$1"
    expect_no_text '"metrics"'
}

of() {
    document "$1" --config "$world/smtp-auth.conf"
}

say 'The numbers are those of everybody else'
world contoso fabrikam
busy contoso
breach contoso user03
of contoso
expect_member error '""'
python3 -c 'import json, sys
for pair in json.load(open(sys.argv[1]))["metrics"].items():
    print("%s\t%s" % pair)' "$work/out" >"$work/told"
same_numbers contoso "$work/told" smtp_auth_zabbix
of contoso
expect "no finding" [ "$(member findings)" != '[]' ]
expect_text '"metric":"breach_users","class":"compromise",[^}]*"level":"critical","part":"signins"'
expect_member cut '"none"'
expect_member senders.0.user '"erp@contoso.example"'
accept_all contoso
of contoso
expect_member findings '[]'
expect_member metrics.breach_users 0

say 'What is not proven'
of fabrikam
expect_member unproven '[]'
expect_text '"unjudged":\[.*"credential_left"'
set_numbers fabrikam mbx_exposed=
of fabrikam
expect_member unproven '["mbx_exposed"]'
expect_member unproven_count 1
expect_member unproven_text '"mbx_exposed"'
expect_no_text '"mbx_exposed":0'
calm fabrikam
age fabrikam "$stale"
of fabrikam
expect_member unproven_text '""'
expect "old data proves nothing" [ "$(member unproven_count)" -gt 20 ]
expect_no_text '"(mbx_exposed|fail_per_hour)":[0-9]'
expect_text '"overdue":\{"all":1\.[0-9]+\}'

say 'Whatever is wrong is told'
calm fabrikam
document
expect_failure 'no tenant'
document contoso
expect_failure 'cannot open'
document contoso --config
expect_failure 'lacks its argument'
document contoso fabrikam
expect_failure 'one tenant only'
of nobody
expect_failure 'has no tenant nobody'
expect_member tenant '"nobody"'
document '' --config "$world/smtp-auth.conf"
expect_failure 'has no tenant'
for hostile in '$(id)' '../contoso' $'a\nb\x1b[31m' '"},"error":""' "';|&<img src=x>" --bogus '-' \
    "$(head -c 5000 /dev/zero | tr '\0' x)" $'\xff\xfe'; do
    of "$hostile"
    expect_failure .
    expect_no_text '[<>$;|&'"'"']'
done
document contoso --config /dev/zero
expect_failure 'not a regular file'
echo bogus >"$work/bad.conf"
document contoso --config "$work/bad.conf"
expect_failure 'bad.conf line 1'
document --discover --config "$work/bad.conf"
expect_failure 'bad.conf line 1'
expect_no_text '"data"'
: >"$work/empty.conf"
document --discover --config "$work/empty.conf"
expect_failure 'names no tenant'
chmod 600 "$(snapshot_of contoso)"
if [ "$(id -u)" = 0 ]; then
    run as_nobody "$SAE_BIN/smtp_auth_zabbix" contoso --config "$world/smtp-auth.conf"
    expect_code 0
    expect_one_line
    expect_failure 'permission|may not|group'
fi
chmod 644 "$(snapshot_of contoso)"

say 'Broken and hostile snapshots'
cp "$(snapshot_of contoso)" "$work/good"
mkdir "$work/broken"
python3 -B "$SAE_SRC/tests/e2e/snapshots.py" "$work/good" "$work/broken" 8 20
for file in "$work"/broken/*; do
    [ -f "$file" ] || continue
    cp "$file" "$(snapshot_of contoso)"
    of contoso
    expect_failure snapshot
done
for file in "$work"/broken/text/*; do
    cp "$file" "$(snapshot_of contoso)"
    of contoso
    expect_no_text '[<>$;|&`'"'"']'
done
no_snapshot contoso
of contoso
expect_failure 'no snapshot'
cp "$work/good" "$(snapshot_of contoso)"

say 'The fullest snapshot'
python3 -B - "$(snapshot_of contoso)" "$SAE_SRC/tests/e2e/daemons" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[2])
import world
root = world.load(sys.argv[1])
long = "x" * 64
root["findings"] = [{"id": "brute_users-%012x" % i, "metric": "brute_users", "class": "attack", "who": long,
                     "from": long, "country": "VN", "count": 4000000000, "since": 1, "until": 2,
                     "text": "y" * 239, "runbook": long[:63]} for i in range(25)]
root["more_findings"] = 4
root["lists"]["exposed"] = root["lists"]["attackers"] = []
root["lists"]["senders"] = [{"id": "%012x" % i, "user": long, "mailbox": long, "first": 1, "last": 2,
                             "count": 4000000000, "days": 4000000000, "gap": 99999, "listed": False,
                             "decision": "", "new": False, "silent": False, "countries": long} for i in range(100)]
root["why"] = {name: "z" * 95 for name in list(root["metrics"]) + ["credential_left"]}
root["at_least"] = [name for name in root["metrics"] if not name.startswith("mbx_")]
root["time"] = 1795000000
for part in root["parts"].values():
    part["time"] = part["attempt"] = 1795000000
world.replace(sys.argv[1], root)
PYTHON
expect "it is not full" [ "$(stat -c %s "$(snapshot_of contoso)")" -gt 53000 ]
of contoso
expect_member error '""'
expect_member more.findings 4
expect_member cut '"others"'
expect_text '"id":"brute_users-000000000018"'

say 'Closed and full descriptors'
for how in '>&-' '>/dev/full' '<&-' '<&- >&-'; do
    run bash -c "'$SAE_BIN/smtp_auth_zabbix' fabrikam --config '$world/smtp-auth.conf' $how"
    expect_code 0
    expect_quiet
done
run bash -c "'$SAE_BIN/smtp_auth_zabbix' fabrikam --config '$world/smtp-auth.conf' 2>&-"
expect_code 0
expect_member error '""'

say 'The list of tenants'
document --discover --config "$world/smtp-auth.conf"
expect_member error '""'
expect_member count 2
expect_member data.1 "{\"{#TENANT}\": \"fabrikam\", \"{#CONFIG}\": \"$world/smtp-auth.conf\"}"
printf '\n[tailspin]\nwindow = never\n' >>"$world/smtp-auth.conf"
document --discover --config "$world/smtp-auth.conf"
expect_member count 3
of tailspin
expect_failure 'line [0-9]'

say 'As a user parameter'
if [ -x /usr/sbin/zabbix_agentd ]; then
    version "$(/usr/sbin/zabbix_agentd -V | head -n 1)"
    {
        printf 'Hostname=tests\nServer=127.0.0.1\nLogType=console\n'
        sed "s|/usr/lib/zabbix/externalscripts|$SAE_BIN|" "$SAE_SRC/zabbix/userparameter_smtp_auth.conf"
    } >"$work/agent.conf"
    for words in '"fabrikam"' '"--discover"'; do
        run env -i /usr/sbin/zabbix_agentd -c "$work/agent.conf" \
            -t "smtp_auth_zabbix[$words,\"--config\",\"$world/smtp-auth.conf\"]"
        expect_text '\[t\|\{.*"error":"".*\}\]'
    done
else
    printf 'NOT tried: zabbix-agent is not installed\n'
fi

say 'The template'
last=
python3 -B "$SAE_SRC/zabbix/template.py" >"$work/template.yaml"
expect 'it is not fresh: python3 zabbix/template.py' cmp -s "$work/template.yaml" "$template"
"$SAE_BIN/smtp_auth_report" metrics --config "$world/smtp-auth.conf" --tenant fabrikam --format json |
    python3 -c 'import json, sys
print("\n".join(row["metric"] for row in json.load(sys.stdin)))' >"$work/metrics"
while read -r metric; do
    expect "no item reads $metric" grep -qx " *- \$.metrics.$metric" "$template"
    expect "no item is called $metric" grep -qx " *key: smtp_auth.$metric" "$template"
done <"$work/metrics"
expect 'an item reads what is no metric' \
    [ "$(grep -c '\$\.metrics\.' "$template")" = "$(wc -l <"$work/metrics")" ]

# limit METRIC LEVEL VALUE: the macro of that limit has it, and a trigger looks at it.
limit() {
    local macro
    macro="{\$SMTP_AUTH.${1^^}.$2}"
    expect "$macro is not $3" grep -qxF -A 1 "        - macro: '$macro'" "$template"
    expect "$macro is not $3" grep -qxF "          value: '$3'" \
        <(grep -xF -A 1 "        - macro: '$macro'" "$template")
    expect "no trigger looks at $macro" grep -qF "$macro" <(grep '^ *expression:' "$template")
}

while IFS=$'\t' read -r metric _ warn crit; do
    case $metric:$warn in
        \#*) ;;
        *_age:*)
            if [ "$warn" = max_age ] && [ "$crit" = '4 max_age' ]; then
                limit "$metric" WARN 1
                limit "$metric" CRIT 4
            fi
            ;;
        *)
            [ "$warn" = - ] || limit "$metric" WARN "${warn%:}"
            [ "$crit" = - ] || limit "$metric" CRIT "${crit%:}"
            ;;
    esac
done <"$SAE_SRC/tests/vectors/metrics.tsv"
grep -oE '\buuid: .*' "$template" | tr -d "'" | cut -d ' ' -f 2 | sort >"$work/uuids"
expect 'a UUID is there twice' [ -z "$(uniq -d "$work/uuids")" ]
expect 'a UUID is not of version 4' \
    [ "$(grep -cxE '[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}' "$work/uuids")" = "$(wc -l <"$work/uuids")" ]
finish
