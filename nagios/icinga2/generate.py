#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes what Icinga must know about the options of our programs, from their --help.

    generate.py commands BIN   CheckCommand objects (nagios/icinga2/commands.conf)
    generate.py basket BIN     the same for the Director (nagios/director/smtp-auth.json)
    generate.py options BIN    COMMAND<TAB>--OPTION, one line each, for the test

BIN is the folder of the built programs. The outputs are committed; tests/e2e/icinga_objects.sh
fails when they are not what this prints.
"""
import json
import re
import subprocess
import sys

CHECKS = ["smtp_auth", "smtp_auth_health", "smtp_auth_tenant", "smtp_auth_mailboxes",
          "smtp_auth_signins", "smtp_auth_senders"]
COLLECT = "smtp_auth_collect"
REPEATABLE = {"warning", "critical"}
LEFT_OUT = {"help", "version"}  # they answer a person and end with UNKNOWN
TIMEOUT = {COLLECT: 1800}  # seconds: key time_limit is 25 min
CHECK_TIMEOUT = 30  # a check gives up after 10 s itself

RUNBOOK = "/smtp-auth/runbook.md"
# Group, section of the runbook. The test compares with plugins/report/objects/objects.c.
SERVICES = [("health", "when-the-monitor-is-blind-health"), ("tenant", "tenant_opened"),
            ("mailboxes", "mbx_exposed"), ("signins", "breach_users"),
            ("senders", "senders_silent")]
TYPES = "Icinga\\Module\\Director\\DataType\\DataType"


class Option:
    def __init__(self, program, name, arg):
        self.name, self.arg, self.help = name, arg, ""
        # The collector takes several tenants, a check one.
        self.repeats = name in REPEATABLE or (program == COLLECT and name == "tenant")
        self.required = name == "tenant" and program not in ("smtp_auth", COLLECT)
        self.macro = "$smtp_auth_%s$" % name.replace("-", "_")


def options(bin_dir, program):
    """The options in the order of --help, and what the program is about."""
    path = "%s/%s%s" % (bin_dir, "" if program == COLLECT else "check_", program)
    text = subprocess.run([path, "--help"], stdout=subprocess.PIPE, check=False,
                          universal_newlines=True).stdout
    about, _, rest = text.partition("\n\nOptions:\n")
    found = []
    for line in rest.split("\n\n")[0].split("\n"):
        head = re.match(r"  (?:-\w,|   ) --([a-z-]+)(?:=(\S+))?(?:\s+(.*))?$", line)
        if head:
            found.append(Option(program, head[1], head[2]))
            line = head[3] or ""
        if found:
            found[-1].help = (found[-1].help + " " + line.strip()).strip()
    if not found:
        sys.exit("%s --help shows no options" % path)
    return [option for option in found if option.name not in LEFT_OUT], \
        " ".join(about.split("\n\n", 1)[1].split())


def attributes(option):
    """The entry of `arguments`, for both systems."""
    if option.arg is None:
        entry = {"set_if": option.macro}
    elif option.name == "extra-opts":  # its argument may not stand apart
        entry = {"value": "--extra-opts=" + option.macro, "skip_key": True}
    else:
        entry = {"value": option.macro}
    if option.required:
        entry["required"] = True
    if option.repeats:
        entry["repeat_key"] = True
    entry["description"] = option.help
    return entry


def say(value):
    if value is True:
        return "true"
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


def commands(bin_dir):
    print("""/* SPDX-License-Identifier: MIT */
/* Written by nagios/icinga2/generate.py from the --help of the programs; do not edit.
 *
 * A check reads one file and is done in a millisecond. smtp_auth_collect asks the services and
 * may take minutes; where it runs on a timer of its own, no service is needed for it. */

if (!globals.contains("SmtpAuthCollect")) {
	/* To run it as its own user: [ "/usr/bin/sudo", "-n", "-u", "smtp-auth",
	 * "/usr/bin/smtp_auth_collect" ]; see docs/icinga.md. */
	const SmtpAuthCollect = [ "/usr/bin/smtp_auth_collect" ]
}""")
    for program in CHECKS + [COLLECT]:
        found, about = options(bin_dir, program)
        where = "SmtpAuthCollect" if program == COLLECT else \
            '[ PluginContribDir + "/check_%s" ]' % program
        print('\n/* %s */\nobject CheckCommand "%s" {\n\tcommand = %s\n\n\targuments = {'
              % (about, program, where))
        for option in found:
            print('\t\t"--%s" = {' % option.name)
            for key, value in attributes(option).items():
                print("\t\t\t%s = %s" % (key, say(value)))
            print("\t\t}")
        print("\t}\n\n\ttimeout = %ds\n}" % TIMEOUT.get(program, CHECK_TIMEOUT))


def datafields(names):
    fields = {}
    for number, (name, option) in enumerate(sorted(names.items()), 1):
        kind = "Boolean" if option.arg is None else \
            "Array" if option.name in REPEATABLE else "String"
        fields[str(number)] = {
            "varname": name, "caption": "SMTP AUTH " + option.name.replace("-", " "),
            "description": option.help, "datatype": TYPES + kind, "format": None,
            "settings": {"visibility": "visible"} if kind == "String" else {}}
    return fields


def service_template(name, **more):
    return {"object_name": name, "object_type": "template", "fields": [], "imports": [],
            "vars": {}, **more}


def basket(bin_dir):
    found = {program: options(bin_dir, program)[0] for program in CHECKS + [COLLECT]}
    names = {}
    for program_options in found.values():
        for option in program_options:
            names.setdefault(option.macro.strip("$"), option)
    fields = datafields(names)
    number_of = {field["varname"]: int(number) for number, field in fields.items()}
    root = {"Command": {}, "ServiceTemplate": {}, "Datafield": fields}
    for program, program_options in found.items():
        root["Command"][program] = {
            "object_name": program, "object_type": "object", "methods_execute": "PluginCheck",
            "command": "/usr/bin/" + COLLECT if program == COLLECT
                       else "PluginContribDir + /check_" + program,
            "timeout": str(TIMEOUT.get(program, CHECK_TIMEOUT)), "disabled": False, "imports": [],
            "vars": {}, "zone": None,
            "arguments": {"--" + o.name: attributes(o) for o in program_options},
            "fields": [{"datafield_id": number_of[o.macro.strip("$")],
                        "is_required": "y" if o.required else "n", "var_filter": None}
                       for o in program_options]}
    templates = root["ServiceTemplate"]
    templates["smtp-auth"] = service_template(
        "smtp-auth", check_interval="60", retry_interval="60", max_check_attempts="1",
        vars={"smtp_auth_verbose": True})
    own = {"signins": {"enable_flapping": False},
           "health": {"max_check_attempts": "3", "retry_interval": "300"}}
    for group, section in SERVICES:
        templates["smtp-auth-" + group] = service_template(
            "smtp-auth-" + group, check_command="smtp_auth_" + group, imports=["smtp-auth"],
            display_name="SMTP AUTH " + group, notes_url=RUNBOOK + "#" + section,
            **own.get(group, {}))
    print(json.dumps(root, indent=4))


def main():
    what, bin_dir = sys.argv[1:]
    if what == "options":
        for program in CHECKS + [COLLECT]:
            for option in options(bin_dir, program)[0]:
                print("%s\t--%s" % (program, option.name))
    else:
        {"commands": commands, "basket": basket}[what](bin_dir)


main()
