#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.inc sets and uses them; $ is PowerShell's
# smtp_auth_report plan: the script as text, what it may hold, its ways back, its refusals.
# Without a PowerShell the text is checked line by line: each line of data has one of few
# shapes, and all other lines are the same whatever the tenant holds.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

# make FOLDER DAYS [hostile]: three senders, two of them with a setting of their own, one
# mailbox enabled for nothing; a quarterly sender, too. `hostile`: with names that attack.
make() {
    mkdir -p "$1"
    PYTHONPATH=$SAE_SRC/tests/e2e python3 - "$@" <<'END_OF_PYTHON'
import sys
from exports import *
folder, days, hostile = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
boxes = [mailbox(n, f, "example.net") for n, f in
         (("erp", False), ("scanner", None), ("ups", False), ("camera", False),
          ("quarter", None), ("staff", None), ("ceo", True))]
rows = other_apps(days)
rows += [Row(20 * MINUTE + i * DAY, "erp@example.net", "192.0.2.10") for i in range(days)]
rows += [Row(50 * MINUTE + i * 7 * DAY, "scanner@example.net", "192.0.2.%d" % (11 + i)) for i in range(days // 7)]
rows += [Row(2 * DAY, "ups@example.net", "198.51.100.%d" % i) for i in (1, 2)]
rows += [Row(2 * DAY + 1, "ups@example.net", "203.0.113.%d" % i) for i in (1, 2)]
if days > 80:
    rows.append(Row(80 * DAY, "quarter@example.net", "192.0.2.30"))
if hostile:
    evil = ["'; Remove-Mailbox -Identity 'ceo", "\u2019; Remove-Mailbox -Identity \u2018ceo",
            "#>\r\nRemove-Mailbox ceo\r\n<#", "$(Remove-Mailbox ceo)`n\"", "\u00d1\u0411\u2028Remove-Mailbox"]
    for i, name in enumerate(evil):
        box = mailbox(name, False if i % 2 else None, "example.net")
        boxes.append(box)
        for kind in (0, 1):
            rows.append(Row(3 * DAY + i, name + "@example.net", "192.0.2.%d" % (40 + i + kind),
                            user_id=box["ExternalDirectoryObjectId"]))
        boxes.append(mailbox("unused" + name, False, "example.net"))
write_signins(folder, rows)
write_mailboxes(folder, boxes)
write_switch(folder, "switch", False)
END_OF_PYTHON
    cat >"$1/smtp-auth.conf" <<END_OF_CONF
[contoso]
state_dir = state
transport_config = switch.json
mailboxes = mailboxes_array.json
signins = signins.json
END_OF_CONF
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$1/smtp-auth.conf" --tenant contoso
    expect_code 0
}

plan() {
    run "$SAE_BIN/smtp_auth_report" plan --config "$1/smtp-auth.conf" "${@:2}"
}

# refused WORDS: no plan, nothing on stdout, the words and advice on stderr.
refused() {
    expect_code 3
    expect "something is printed" [ ! -s "$work/out" ]
    expect "no '$1' on stderr" grep -qF -- "$1" "$work/err"
}

# has FIXED-LINE
has() {
    expect "no line: $1" grep -qxF -- "$1" "$work/out"
}

guid() {
    PYTHONPATH=$SAE_SRC/tests/e2e python3 -c 'import sys, exports
print(exports.guid("box %s@example.net" % sys.argv[1]))' "$1"
}

# box NAME WAS WANT: its line.
box() {
    has "    @{ Guid = '$(guid "$1")'; Was = '$2'; Want = '$3' }"
}

# The output: ASCII, data in their shapes, quotes and brackets that match, the body unchanged.
strict() {
    python3 - "$work/out" "$work/body" <<'END_OF_PYTHON'
import re, sys
text = open(sys.argv[1], "rb").read()
assert all(c == 10 or 32 <= c < 127 for c in text), "not ASCII"
lines = text.decode().split("\n")
assert lines.pop() == "" and lines[:2] == ["[CmdletBinding()]", "param([switch]$Apply)"]
end = lines.index("Set-StrictMode -Version 2.0")
shapes = re.compile("^(?:|(?:    )?# [^'\"`$;{}<>|&\\[\\]%\\\\]*"
                    "|\\$(?:tenantName|tenantId|domain|switchWas|switchWant) = '(?:[^']|'')*'"
                    "|\\$validUntil = (?:\\$null|\\[datetime\\]::new\\([0-9, ]+, \\[DateTimeKind\\]::Utc\\))"
                    "|\\$settleMinutes = [0-9]+|\\$(?:first|last|undone) = @\\(|\\)"
                    "|    @{ Guid = '[0-9a-f-]{36}'; "
                    "Was = '(?:null|true|false)'; Want = '(?:null|true|false)' }"
                    "|    '(?:[^']|'')*')$")
for line in lines[2:end]:
    assert shapes.match(line), "odd line: " + line
def bare(line):
    """Without comments and strings; fails if a quote stays open."""
    out, at = "", 0
    while at < len(line):
        if line[at] == "#":
            break
        if line[at] in "'\"":
            close = line.index(line[at], at + 1)
            assert "\n" not in line[at:close]
            at = close
        else:
            out += line[at]
        at += 1
    return out
depth = []
for line in lines:
    for c in bare(line):
        if c in "([{":
            depth.append(c)
        elif c in ")]}":
            assert "([{".index(depth.pop()) == ")]}".index(c), line
assert not depth
body = "\n".join(lines[end:])
try:
    assert open(sys.argv[2]).read() == body, "the body differs"
except FileNotFoundError:
    open(sys.argv[2], "w").write(body)
END_OF_PYTHON
}

parse() {
    if command -v pwsh >/dev/null; then
        expect "PowerShell does not take it" pwsh -NoProfile -Command '
            $problems = $null
            [void][System.Management.Automation.Language.Parser]::ParseFile(
                $args[0], [ref]$null, [ref]$problems)
            exit $problems.Count' "$work/out"
    else
        echo "NOT tried: a PowerShell parser, pwsh is not installed"
    fi
}

data=$work/data
make "$data" 100

say "Before the first run"
plan "$data"
refused 'no history yet: run smtp_auth_collect'

say "Three senders, one setting for nothing, one that sends every quarter"
collect "$data"
plan "$data"
expect_code 0
expect_quiet
expect "odd lines" strict
parse
has "\$tenantName = 'contoso'"
has "\$tenantId = ''"
has "\$domain = 'example.net'"
has "\$switchWas = 'false'"
has "\$switchWant = 'true'"
box erp false false
box scanner null false
box ups false false
box quarter null false
box camera false null
expect "staff or ceo are in it" [ "$(grep -c '@{ Guid' "$work/out")" -eq 5 ]
expect_text '^# Step 1: 4 mailboxes enabled by name, 2 of them are not yet'
expect_text '^    # erp@example.net: 30 sign-ins in the look-back, .* path: relay, for it always'
expect_text '^    # ups@example.net: 4 sign-ins .* path: OAuth, for it comes from 2 networks'
expect_text '^    # quarter@example.net: 0 sign-ins in the look-back, .* path: retire\?'
expect_text '^    # camera@example.net: enabled by name, no sign-in in the look-back'
expect "camera goes before the switch" [ "$(grep -n "$(guid camera)" "$work/out" |
    cut -d: -f1)" -gt "$(grep -n '^\$last' "$work/out" | cut -d: -f1)" ]

say "Steps in the order that cuts nobody off, -WhatIf without -Apply"
order=$(grep -nE "^    (Assert-Tenant|Update-Mailboxes 'Step 1'|Update-Switch|Update-Mailboxes \
'Step 3')|^        Test-Mailboxes \(" "$work/out" | cut -d: -f2 | tr -s ' ' | tr '\n' '|')
expect "the order is $order" [ "$order" = " Assert-Tenant| Update-Mailboxes 'Step 1' \$first|\
 Update-Switch| Update-Mailboxes 'Step 3' \$last| Test-Mailboxes (\$first + \$last)|" ]
expect "a change without -Apply" [ "$(grep -cE '^ +Set-.* -WhatIf ' "$work/out")" -eq 2 ]
expect "other changes" [ "$(grep -cE '^ +Set-' "$work/out")" -eq 4 ]

say "Into a file, atomically; nothing is left of a plan that was refused"
cp "$work/out" "$work/plan.ps1"
plan "$data" --output "$work/file.ps1"
expect_code 0
expect "another text in the file" [ "$(grep -vc '^# Written' "$work/file.ps1")" -eq \
    "$(grep -vc '^# Written' "$work/plan.ps1")" ]
plan "$data" --as-of 1999-01-01 --output "$work/none.ps1"
refused 'the history does not prove what the tenant switch was on 1999-01-01'
expect "a file of a refused plan" [ ! -e "$work/none.ps1" ]
expect "half a file of it" [ ! -e "$work/none.ps1.new" ]

say "What does not go with plan"
plan "$data" --format json
refused 'a plan is text'
plan "$data" --mailbox erp@example.net
refused 'a plan is for the whole tenant'
plan "$data" --since 3d
refused 'a plan is for the whole tenant'
plan "$data" --rollback --as-of 2026-01-01
refused 'one of them'
plan "$data" --as-of tomorrow
refused 'no date YYYY-MM-DD'
plan "$data" --as-of "$(date -u +%F)"
refused 'that day is not over'
run "$SAE_BIN/smtp_auth_report" senders --config "$data/smtp-auth.conf" --rollback
refused 'for plan only'

say "The way back"
plan "$data" --rollback
expect_code 0
expect "odd lines" strict
parse
has "\$switchWas = 'true'"
has "\$switchWant = 'false'"
box camera null false
box scanner false null
box quarter false null
expect "more than that" [ "$(grep -c '@{ Guid' "$work/out")" -eq 3 ]

say "After the switch was flipped: the day before"
python3 -c 'import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE run SET time = time - 2 * 864000000000")
db.commit()' "$data/state/private/contoso.db"
yesterday=$(date -u -d '1 day ago' +%F)
sed -i 's/false/true/' "$data/switch.json"
touch "$data/switch.json"
collect "$data"
plan "$data" --as-of "$yesterday"
refused 'no second read has confirmed it'
collect "$data"
plan "$data" --as-of "$yesterday"
expect_code 0
expect "odd lines" strict
parse
has "\$switchWas = 'true'"
has "\$switchWant = 'false'"
expect "mailboxes in it" [ "$(grep -c '@{ Guid' "$work/out")" -eq 0 ]

say "A log that is too short"
short=$work/short
make "$short" 10
collect "$short"
plan "$short"
refused 'not 30d, so nobody knows who uses SMTP AUTH'

say "Names that attack stay text"
evil=$work/evil
make "$evil" 31 hostile
collect "$evil"
plan "$evil"
expect_code 0
expect "odd lines, or another body" strict
parse
expect "not all of them" [ "$(grep -c '@{ Guid' "$work/out")" -ge 13 ]
expect "code of theirs" [ "$(grep -v '^ *#' "$work/out" | grep -c Remove-Mailbox)" -eq 0 ]

finish
