#!/bin/bash
# SPDX-License-Identifier: MIT
# The definitions for Icinga 2 and its Director against what they are about: the options of the
# programs, the table of services, the real "icinga2 daemon -C". No daemon is started.
# shellcheck disable=SC1091,SC2034,SC2154 # the included files set and use them
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/daemons/daemon.inc"
. "$SAE_SRC/tests/e2e/daemons/icinga.inc"
defs=$SAE_SRC/nagios
generate=$defs/icinga2/generate.py

say "what was committed is what --help says today"
run python3 "$generate" commands "$SAE_BIN"
expect "commands.conf is old: generate.py commands" cmp "$work/out" "$defs/icinga2/commands.conf"
run python3 "$generate" basket "$SAE_BIN"
expect "smtp-auth.json is old: generate.py basket" cmp "$work/out" "$defs/director/smtp-auth.json"

say "the printed hosts"
mkdir "$work/etc"
cat >"$work/etc/smtp-auth.conf" <<'CONF'
[contoso]
signins = off
[Fabrikam.9_-x]
signins = off
[broken]
nonsense = 1
CONF
run "$SAE_BIN/smtp_auth_report" objects icinga2 --config "$work/etc/smtp-auth.conf"
expect_code 0
expect_quiet
expect_text '^object Host "contoso" \{'
expect_text '^object Host "Fabrikam.9_-x" \{'
expect_text '^object Host "broken" \{'
cp "$work/out" "$work/hosts.conf"
run "$SAE_BIN/smtp_auth_report" objects icinga2 --config "$work/etc/smtp-auth.conf" --tenant contoso
expect_code 0
expect "another tenant, too" [ "$(grep -c '^object Host' "$work/out")" -eq 1 ]

say "Icinga understands all of it"
authority
node master
cp "$work/hosts.conf" "$nodes/master/etc/hosts.conf"
mkdir "$nodes/master/etc/zones.d/master"
cat >"$nodes/master/etc/icinga2.conf" <<CONF
include "base.conf"
const ZoneName = "master"
object Endpoint "master" {}
object Endpoint "satellite-a" {}
object Zone "master" { endpoints = [ "master" ] }
object Zone "satellite-a" { endpoints = [ "satellite-a" ], parent = "master" }
object User "icingaadmin" {}
object User "ann" {}
object NotificationCommand "mail" { command = [ "/bin/true" ] }
template Notification "mail-service-notification" { command = "mail" }
template Notification "mail-host-notification" { command = "mail" }
const SmtpAuthSatellites = { "satellite-a" = [ "contoso" ] }
const SmtpAuthTenants = {
	contoso = {
		users = [ "ann" ]
		signins = { smtp_auth_warning = [ "fail_per_hour=100" ], smtp_auth_critical = [ "fail_per_hour=500", "breach_users=0" ] }
	}
}
CONF
cat >"$nodes/master/etc/zones.d/master/all.conf" <<CONF
include "$defs/icinga2/commands.conf"
include "$defs/icinga2/services.conf"
include "$defs/icinga2/zones.conf"
include "$nodes/master/etc/hosts.conf"
CONF
chown -R nagios:nagios "$nodes"
dirs_of master
run icinga2 daemon -C -c "$nodes/master/etc/icinga2.conf" "${dirs[@]}"
expect_code 0
expect_no_text 'warning|critical'
expect_text 'Instantiated 18 Services'
expect_text 'Instantiated 4 Hosts'

say "beside Debian's stock configuration: two includes and the hosts"
if [ -f /etc/icinga2/conf.d/templates.conf ]; then
    node stock
    cp -r /etc/icinga2/conf.d "$nodes/stock/etc/conf.d"
    cat >"$nodes/stock/etc/icinga2.conf" <<CONF
include "base.conf"
const ZoneName = "stock"
object Endpoint "stock" {}
object Zone "stock" { endpoints = [ "stock" ] }
include <plugins>
include_recursive "conf.d"
include "$defs/icinga2/commands.conf"
include "$defs/icinga2/services.conf"
include "$nodes/master/etc/hosts.conf"
CONF
    chown -R nagios:nagios "$nodes"
    dirs_of stock
    run icinga2 daemon -C -c "$nodes/stock/etc/icinga2.conf" "${dirs[@]}"
    expect_code 0
    expect_no_text 'warning|critical'
    # Nobody to tell: refused, not silent.
    sed -i 's/^object User "icingaadmin"/object User "somebody"/' "$nodes/stock/etc/conf.d/users.conf"
    run icinga2 daemon -C -c "$nodes/stock/etc/icinga2.conf" "${dirs[@]}"
    expect_code 1
    expect_text "User 'icingaadmin'.* does not exist|'icingaadmin'"
else
    echo "NOT tried: there is no /etc/icinga2/conf.d"
fi

say "arguments, services and basket agree with the programs and with one another"
"$SAE_BIN/smtp_auth_report" objects nagios --config "$work/etc/smtp-auth.conf" >"$work/nagios.cfg"
python3 "$generate" options "$SAE_BIN" >"$work/options"
last=
difference=$(python3 - "$nodes/master/cache/icinga2.debug" "$defs/director/smtp-auth.json" \
    "$work/options" "$SAE_BIN" "$work/nagios.cfg" <<'PYTHON'
import json, os, re, subprocess, sys
debug, basket_path, options_path, bin_dir, nagios_path = sys.argv[1:]

def objects(path):
    """icinga2.debug is a row of netstrings, each an object in JSON."""
    with open(path, "rb") as file:
        data = file.read()
    while data:
        length, _, rest = data.partition(b":")
        yield json.loads(rest[:int(length)])
        data = rest[int(length) + 1:]

real = {}
for o in objects(debug):
    real.setdefault(o["type"], {})[o["properties"].get("__name", o["name"])] = o["properties"]
with open(basket_path) as file:
    basket = json.load(file)
with open(options_path) as file:
    options = [line.split() for line in file]

def complain(*words):
    print(*words, end="; ")

# Counted anew from --help, not by the code that wrote the definitions.
for command in sorted({c for c, _ in options}):
    program = command if command == "smtp_auth_collect" else "check_" + command
    text = subprocess.run([bin_dir + "/" + program, "--help"], stdout=subprocess.PIPE,
                          universal_newlines=True).stdout
    wanted = set(re.findall(r"^ .{5}(--[a-z-]+)", text, re.M)) - {"--help", "--version"}
    mine = [o for c, o in options if c == command]
    if len(wanted) < 7 or sorted(mine) != sorted(wanted):
        complain(command, "has", sorted(wanted), "not", mine)
    for system, where in (("Icinga", real["CheckCommand"]), ("the Director", basket["Command"])):
        arguments = where[command]["arguments"]
        if set(arguments) != wanted:
            complain(system, command, sorted(set(arguments) ^ wanted))
        for name, entry in arguments.items():
            macro = "$smtp_auth_%s$" % name[2:].replace("-", "_")
            if not (entry.get("value") or entry["set_if"]).endswith(macro):
                complain(system, command, name, entry)
    if basket["Command"][command]["arguments"] != real["CheckCommand"][command]["arguments"]:
        complain(command, "differs between Icinga and the Director")
for program in os.listdir(bin_dir):
    if re.match(r"check_smtp_auth[a-z_]*$", program) and program[6:] not in real["CheckCommand"]:
        complain(program, "has no CheckCommand")

# The fields of the basket.
fields = basket["Datafield"]
for command, entry in basket["Command"].items():
    macros = set(re.findall(r"\$(\w+)\$", json.dumps(entry["arguments"])))
    named = {fields[str(f["datafield_id"])]["varname"] for f in entry["fields"]}
    if macros != named:
        complain("fields of", command, macros ^ named)
    if entry["object_name"] != command or entry["object_type"] != "object":
        complain(command, "is not called so")

# The services: the same as those of Nagios, which are written from the programs' own table.
nagios = {}
with open(nagios_path) as file:
    for block in re.findall(r"define service \{(.*?)\}", file.read(), re.S):
        d = dict(re.findall(r"^\s+(\w+)\s+(.*?)\s*$", block, re.M))
        if d["host_name"] == "contoso":
            nagios[d["service_description"].split()[-1]] = d
services = {s["vars"]["smtp_auth_group"]: s for name, s in real["Service"].items()
            if name.startswith("contoso!") and "smtp_auth_group" in s["vars"]}
if sorted(services) != sorted(nagios) or len(nagios) != 5:
    complain("services", sorted(services), sorted(nagios))
for group, s in services.items():
    theirs, template = nagios[group], basket["ServiceTemplate"]["smtp-auth-" + group]
    if "check_" + s["check_command"] != theirs["check_command"].split("!")[0]:
        complain(group, "runs", s["check_command"])
    if s["notes_url"] != theirs["notes_url"]:
        complain(group, "leads to", s["notes_url"], "not", theirs["notes_url"])
    common = dict(basket["ServiceTemplate"]["smtp-auth"], **template)
    for key in ("check_command", "notes_url", "max_check_attempts", "check_interval", "retry_interval"):
        if str(common[key]) != str(s[key]).replace(".0", ""):
            complain(group, key, common[key], "in the basket, not", s[key])
    if s["command_endpoint"] != "satellite-a":
        complain(group, "runs on", s["command_endpoint"])
    notification = real["Notification"]["contoso!smtp_auth_%s-contoso!smtp_auth" % group]
    states = "OK Warning Critical".split() + (["Unknown"] if group == "health" else [])
    if notification["users"] != ["ann"]:
        complain(group, "tells", notification["users"])
    # Bits of Icinga's state filter: OK 1, Warning 2, Critical 4, Unknown 8.
    if notification["states"] not in (states, [1, 2, 4] + [8] * (group == "health")):
        complain(group, "is told in", notification["states"])
    if notification["interval"] != {"signins": 1800, "health": 14400}.get(group, 86400):
        complain(group, "every", notification["interval"])
    depends = "contoso!smtp_auth_%s-contoso!smtp_auth_health" % group
    if (depends in real["Dependency"]) == (group == "health"):
        complain(group, "and health")
s = services["signins"]
if s["max_check_attempts"] != 1 or s["enable_flapping"] is not False:
    complain("an attack may be doubted")
if s["vars"]["smtp_auth_critical"] != ["fail_per_hour=500", "breach_users=0"]:
    complain("thresholds", s["vars"])
PYTHON
) || difference="could not be compared: $difference"
expect "$difference" [ -z "$difference" ]

say "sections of the runbook exist"
for section in $(grep -ohE '/smtp-auth/runbook.md#[a-z_-]+' "$defs/director/smtp-auth.json" | sed 's/.*#//') \
    $(sed -n 's/.*SmtpAuthRunbook + "#\([a-z_]*\)".*/\1/p' "$defs"/icinga2/*.conf); do
    expect "the runbook has no section $section" grep -qiE "^#+ .*${section//-/.*}" "$SAE_SRC/docs/runbook.md"
done

finish
