#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # lib.inc sets and uses them
# The report SMTP AUTH clients of the Exchange admin center: it may add use and nothing else,
# whatever is in it; where it cannot be read nobody is called unused.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
. "$SAE_SRC/tests/e2e/report.inc"
need python3

data=$work/data
mkdir -p "$data"
chmod 755 "$work" "$data"
PYTHONPATH=$SAE_SRC/tests/e2e python3 - "$data" <<'END'
import sys
from exports import *
folder, domain = sys.argv[1], "contoso.example"
write_mailboxes(folder, [mailbox(n, f, domain) for n, f in
    (("logged", False), ("reported", False), ("idle", False), ("moved", False), ("closed", True))])
rows = other_apps(33) + [Row(HOUR + i * DAY, "logged@" + domain, "192.0.2.%d" % (10 + i % 4)) for i in range(31)]
write_signins(folder, rows)
write_switch(folder, "switch", True)
END
cat >"$data/allow.csv" <<'END'
mailbox,owner,device,sources,countries,expires,decision,note
moved@contoso.example,it,,,,2099-01-01,relay,
END
for name in plain with; do
    cat >"$data/$name.conf" <<END
[contoso]
state_dir = $name
transport_config = switch.json
mailboxes = mailboxes_array.json
signins = signins.json
allow_list = allow.csv
END
done
echo 'smtp_clients = clients*.csv' >>"$data/with.conf"

# clients: the report is what comes from standard input.
clients() {
    rm -f "$data"/clients*
    cat >"$data/clients.csv"
    touch -d '2 hours ago' "$data/clients.csv"
}

# numbers NAME: all metrics but ages, and mbx_unused.
numbers() {
    report "$1" metrics --tenant contoso --format csv
    expect_code 0
    grep -vE '_age|mbx_unused|log_lag|retirement' "$work/out" | cut -d, -f1-3 >"$work/$1.numbers"
}

# only_adds_use UNUSED: the report changes mbx_unused (to "" where it is not known), no more.
only_adds_use() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/with.conf" --tenant contoso
    expect_code 0
    numbers with
    expect "another number changed" diff "$work/plain.numbers" "$work/with.numbers"
    report with metrics --tenant contoso --format json
    expect_json "unused = [r for r in rows if r['metric'] == 'mbx_unused'][0]
assert unused['value'] == ($1), unused"
}

collect plain
numbers plain
report plain senders --tenant contoso --format json
expect_json 'assert len(rows) == 1, rows
assert rows[0]["auth"] == "unknown" and rows[0]["messages"] is None, rows
assert rows[0]["nets"] == "192.0.2.0/24" and rows[0]["agent"] == "BAV2ROPC", rows'

clients <<'END'
Sender address,Domain,TLS 1.0,TLS 1.2,Message count,Authentication protocol
Logged@contoso.example,contoso.example,0,100,310,Basic
reported@contoso.example,contoso.example,0,100,12,Basic
reported@contoso.example,contoso.example,0,100,5,OAuth
idle@contoso.example,contoso.example,0,100,0,Basic
moved@contoso.example,contoso.example,0,100,3,OAuth
nobody@contoso.example,contoso.example,0,100,9,
END
only_adds_use 1
report with senders --tenant contoso --format json
expect_json 'told = {r["user"]: (r["auth"], r["messages"], r["state"], r["mailbox"]) for r in rows}
assert told == {
    "logged@contoso.example": ("basic", 310, rows[0]["state"], "logged@contoso.example"),
    "reported@contoso.example": ("both", 17, "reported", "reported@contoso.example"),
    "moved@contoso.example": ("oauth", 3, "reported", "moved@contoso.example"),
    "nobody@contoso.example": ("unknown", 9, "reported", None)}, told'
report with senders --tenant contoso --state reported --mailbox reported@contoso.example
has_line '^reported@contoso.example .* reported .* both +17'
report with mailboxes --tenant contoso --state unused
expect_json_lines=$(wc -l <"$work/out")
has_line '^idle@contoso.example .*exposed-unused'
expect "somebody else is unused" test "$expect_json_lines" -eq 2
report with mailboxes --tenant contoso --format csv
has_line '^reported@contoso.example,enabled,yes,yes,exposed-used,'

# The plan keeps them: also what was to move, and is silent as far as the log shows.
report with plan --tenant contoso
expect_code 0
has_line 'reported@contoso.example.*17 messages in the report of SMTP AUTH clients \(both\)'
has_line 'moved@contoso.example.*3 messages in the report of SMTP AUTH clients'
has_line 'nobody@contoso.example: in the report of SMTP AUTH clients, no mailbox'
report plain plan --tenant contoso
expect_code 0
expect "the plan keeps it without the report" \
    test "$(grep -c 'in the report of SMTP AUTH' "$work/out")" -eq 0

# The same in the encoding of Excel, in pieces.
python3 - "$data" <<'END'
import os, sys, time
os.remove(sys.argv[1] + "/clients.csv")
for name, rows in (("clients1", "reported@contoso.example\t1\r\n"), ("clients2", "moved@contoso.example\t1\r\n")):
    path = "%s/%s.csv" % (sys.argv[1], name)
    with open(path, "wb") as f:
        f.write(("\ufeffSender address,Message count\r\n" + rows.replace("\t", ",")).encode("utf-16-le"))
    os.utime(path, (time.time() - 7200,) * 2)
END
only_adds_use 1

# not_understood WORDS: nobody is called unused, the plan is refused, all else stands.
not_understood() {
    only_adds_use None
    run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/with.conf" --tenant contoso -w mbx_unused=0
    expect_code 3
    expect "the check has no: $1" grep -q -- "$1" "$work/out"
    report with plan --tenant contoso
    expect_says "no plan.*$1"
    report with senders --tenant contoso
    expect_says "$1"
    report with mailboxes --tenant contoso --state unused
    expect_says 'not known'
}

clients <<'END'
Address,Number
reported@contoso.example,12
END
not_understood 'columns Sender address and Message count'
clients <<'END'
Sender address,Message count
reported@contoso.example,12
idle@contoso.example,many
END
not_understood 'line 3'
clients <<'END'
Sender address,Message count
"'; rm -rf /",12
END
not_understood 'line 2'
clients <<'END'
Sender address,Message count
reported@contoso.example,12
END
touch -d '91 days ago' "$data/clients.csv"
not_understood 'older than 90 d'
clients </dev/null
not_understood 'clients.csv'
rm "$data/clients.csv"
not_understood 'no such file'

# Names that attack are shown safely or refused, and change no number.
python3 - "$data" <<'END'
import os, sys, time
path = sys.argv[1] + "/clients.csv"
with open(path, "w") as f:
    f.write('Sender address,Message count\n"[OK] <img src=x>|a=1;\\c$(id)@x.example",7\n"=1+2@x.example",1\n')
os.utime(path, (time.time() - 7200,) * 2)
END
only_adds_use 3
report with senders --tenant contoso
expect_code 0
expect "raw text" test "$(grep -c '[<>$|]' "$work/out")" -eq 0

finish
