#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # lib.inc sets and uses them; '$' is one
# From rows to the alarm: what each detector sees and what it leaves alone, what the first
# line says, how an alarm is accepted and how it comes back.
set -eu
. "$SAE_SRC/tests/e2e/lib.inc"
need python3

# What is accepted until yesterday depends on the date.
into=$(($(date +%s) % 86400))
if [ "$into" -gt 86100 ]; then
    skip "it is nearly midnight (UTC)"
fi

data=$work/data
mkdir -p "$data/split"

cat >"$work/make.py" <<'END'
import json, os, random, sys
sys.path.insert(0, sys.argv[1] + "/tests/e2e")
sys.dont_write_bytecode = True
from exports import *
folder, domain = sys.argv[2], "contoso.example"
COUNTRIES = "VN BR US CN RU IN ID TR UA TH MX AR EG PK BD".split()
CITIES.update({c: ("Town", "") for c in COUNTRIES if c not in CITIES})
USERS = ["user%02d" % i for i in range(12)]
write_mailboxes(folder, [mailbox(n, None, domain) for n in ["printer", "ann", "bob", "scan"] + USERS])
write_switch(folder, "on", False)


def save(name, rows, ago=0):
    """The same time for every file, so that all of them tell of the same day."""
    path = "%s/%s.json" % (folder, name)
    write(path, json.dumps(envelope([graph(row) for row in rows])) + "\n")
    os.utime(path, (NOW - ago, NOW - ago))


def row(ago, name, ip, code=0, country="FI", **more):
    return Row(ago, name if "@" in name else name + "@" + domain, ip, code, country=country, **more)


quiet = other_apps(31) + [row(20 * MINUTE + i * DAY, "printer", "192.0.2.10") for i in range(31)]

# 35 failures in 4 days: 12 addresses twice, 11 once, 15 countries, two hours and a half apart.
spread = [row(30 * MINUTE + i * 9600, "ann", "203.0.113.%d" % (i % 23), 50126, COUNTRIES[i % 23 % 15])
          for i in range(35)]
stale = [row(10 * MINUTE + i * 36 * MINUTE + i * 37 % 5 * 20, "scan", "192.0.2.77", 50126) for i in range(400)]
spray = [row(5 * HOUR + i * 100, n, "203.0.113.99", 50126, "VN") for i, n in enumerate(USERS[:11])]
breach = [row(5 * HOUR + 1150, "user11", "203.0.113.99", 50076, "VN")]
save("quiet", quiet)
save("spread", quiet + spread)
save("stale", quiet + stale)
save("spray", quiet + spray + breach)
save("another", quiet + spray + breach + [row(3 * HOUR, "ann", "198.51.100.7", 50076, "BR")])
save("elsewhere", quiet + spray + breach + [row(3 * HOUR, "user11", "198.51.100.7", 53003, "BR")])
save("again", quiet + spray + breach + [row(3 * HOUR, "user11", "203.0.113.99", 50076, "VN")])

# Everything at once, with equal times, equal counts, more findings than are kept, a user of two
# names, and what is left out.
brute = [row(7 * HOUR + i * 20, "bob", "198.51.100.%d" % (i % 3), 50126 if i % 4 else 50053, "BR") for i in range(12)]
net = [row(8 * HOUR + i * 60, USERS[i], "198.18.7.%d" % (i % 4), 50126, "US") for i in range(9)]
locked = [row(9 * HOUR + i * 30, USERS[i], "198.18.9.%d" % i, 50053, "RU") for i in range(4)]
ties = [row(10 * HOUR, n, "198.18.%d.1" % (40 + i), 50076, "CN") for i, n in enumerate(USERS[3:9])]
ties += [row(10 * HOUR, "guest%02d" % i, "198.18.%d.1" % (100 + i), 50076, "CN") for i in range(20)]
renamed = [row((4 + i) * HOUR, n, "198.18.99.1", 50076, "CN", user_id=guid("one"))
           for i, n in enumerate(("new.name", "old.name", "Old.Name"))]
entry = [row(30 * HOUR + i * 60, "printer", "198.18.77.1", 50126 if i else 0, "TH") for i in range(7)]
outage = [row(6 * HOUR + i, n, "192.0.2.55", 80002) for i, n in enumerate(USERS)]
burst = [row(15 * MINUTE + i, "nobody%d" % (i % 3), "198.18.88.%d" % (i % 2), 50034, "IN") for i in range(30)]
every = sorted(quiet + spread + stale + spray + breach + brute + net + locked + ties + renamed + entry + outage + burst,
               key=lambda r: r.at)
random.seed(7)
edges = [every[0], every[-1]]


def mixed(rows):
    return random.sample(rows, len(rows))


save("every", every[::-1])
save("upwards", every)
save("twice", mixed(every + every))
for i in range(5):
    save("split/part%d" % (4 - i), mixed(every[len(every) * i // 5:len(every) * (i + 1) // 5]))
save("odd", mixed(every[1::2] + edges))
save("even", mixed(every[0::2] + edges))
# One after the other into one history: the past, then the present, then what came late.
late = [r for i, r in enumerate(every) if i % 3 == 1] + edges
save("past", mixed([r for r in every[:len(every) // 2] if r not in late] + edges[:1]), 2 * DAY)
save("present", [r for r in every[len(every) // 4:] if r not in late] + edges)
save("late", mixed(late))

# Three names that nobody would give himself, each with a right password.
NAMES = ["[OK] <img src=x>|a=1;\\c$(id)", "a\0b@example.net", "W" * 65536 + "@example.net"]
save("hostile", quiet + [row(2 * DAY + i * 60, "dull@x", "203.0.113.%d" % i, 50076, "VN", user_id="")
                         for i in range(3)])
body = json.load(open(folder + "/hostile.json"))
for i, entry in enumerate(body["value"][-3:]):
    entry["userPrincipalName"] = entry["userDisplayName"] = entry["userAgent"] = NAMES[i]
write(folder + "/hostile.json", json.dumps(body) + "\n")
os.utime(folder + "/hostile.json", (NOW, NOW))

# Successes from elsewhere: the printer's after a month at home, ann's without a past.
abroad = [row(DAY, "printer", "198.51.100.20", country="VN")]
save("abroad", quiet + abroad)
save("young", other_apps(31) + [row(i * DAY + HOUR, "ann", "192.0.2.30") for i in range(3)] +
     [row(i * HOUR + HOUR, "ann", "198.51.100.20", country="VN") for i in range(2)])

short = [Row(i * 10 * MINUTE, "reader@example.net", "198.51.100.9", client=OTHER) for i in range(19)]
save("short", short)
save("short_hit", short + [row(HOUR, "ann", "203.0.113.9", 50076, "VN")])
save("outage", quiet + [row(3 * HOUR + i * 60, USERS[i % 12], "192.0.2.55", 80002) for i in range(20)] +
     [row(2 * HOUR + i * 3600, "ann", "203.0.113.%d" % i, 80002, COUNTRIES[i % 15]) for i in range(23)] +
     [row(5 * HOUR + i, "bob", "192.0.2.56", 80007) for i in range(40)] +
     [row(100 * MINUTE, "bob", "198.51.100.1")])
END
python3 "$work/make.py" "$SAE_SRC" "$data"

# conf NAME SIGN-INS [LINE...]: NAME.conf with a history of its own.
conf() {
    {
        printf '[contoso]\nstate_dir = %s.state\n' "$1"
        printf 'transport_config = on.json\nmailboxes = mailboxes.csv\nsignins = %s\n' "$2"
        printf '%s\n' "${@:3}"
    } >"$data/$1.conf"
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant contoso
    expect_code 0
}

# signins NAME OPTION...
signins() {
    run "$SAE_BIN/check_smtp_auth_signins" --config "$data/$1.conf" --tenant contoso "${@:2}"
}

mailboxes() {
    run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/$1.conf" --tenant contoso
}

findings() {
    run "$SAE_BIN/smtp_auth_report" findings --config "$data/$1.conf" "${@:2}"
    expect_code 0
    expect_quiet
}

# try NAME SIGN-INS [LINE...]: collected and checked.
try() {
    conf "$@"
    collect "$1"
    signins "$1"
    expect_quiet
}

# expect_metrics NAME=VALUE...
expect_metrics() {
    local pair
    for pair in "$@"; do
        expect_metric "${pair%%=*}" "${pair#*=}"
    done
}

# ids METRIC: of the findings in the JSON that was just written; '': all of them.
ids() {
    python3 -c 'import json, sys
for r in json.load(open(sys.argv[1])):
    if r["finding"].startswith(sys.argv[2]):
        print(r["finding"])' "$work/out" "$1"
}

all_quiet=(lockouts=0 brute_users=0 spray_ips=0 spray_nets=0 spread_users=0 breach_users=0
    stale_devices=0)

say "A quiet month"
try quiet quiet.json
expect_code 0
expect_metrics "${all_quiet[@]}" foreign_ok=0 fail_burst=0 fail_per_hour=0
findings quiet --format json
expect "a finding of nothing" [ -z "$(ids '')" ]

say "35 failures in 4 days: no volume, yet an attack"
try spread spread.json
expect_code 2
expect_metrics spread_users=1 lockouts=0 brute_users=0 spray_ips=0 spray_nets=0 breach_users=0 \
    foreign_ok=0 stale_devices=0 fail_per_hour=1 fail_burst=1
expect_text '^SMTP AUTH CRITICAL - contoso: [0-9]+ failures for ann@contoso\.example, one or two each from 23 addresses in 15 countries: .*close SMTP AUTH for it'
expect_one_line
for limit in fail_per_hour=60 lockouts=2 brute_users=0 spray_ips=0 spray_nets=0 fail_burst=1; do
    signins spread -w "$limit"
    expect_code 0
done
signins spread -v
expect_no_text '\[(WARNING|UNKNOWN)\] - [a-z_]+ is '
expect "not exactly one metric alarms" \
    [ "$(grep -cE '\[CRITICAL\] - [a-z_]+ is ' "$work/out")" -eq 1 ]
findings spread --format json
expect "not exactly one finding" [ "$(ids '' | wc -l)" -eq 1 ]

say "An old password in one device is no attack"
try stale stale.json
expect_code 1
expect_text '^SMTP AUTH WARNING - contoso: stale device: 40 wrong passwords for scan@contoso\.example at regular times, all from 192\.0\.2\.77: give the device there the new password,'
expect_metrics stale_devices=1 lockouts=0 brute_users=0 spray_ips=0 spray_nets=0 spread_users=0 breach_users=0 \
    foreign_ok=0
mailboxes stale
expect_metric mbx_attacked 0
findings stale --format json
expect "not exactly one finding" [ "$(ids '' | wc -l)" -eq 1 ]

say "Sprayed from one address, and one password was right"
accepting='accept = accepted.csv'
printf 'finding,until,by,note\n' >"$data/accepted.csv"
try spray spray.json "$accepting"
expect_code 2
expect_metrics spray_ips=1 breach_users=1 spray_nets=0 lockouts=0 brute_users=0 spread_users=0 foreign_ok=0 \
    stale_devices=0
expect_text '^SMTP AUTH CRITICAL - contoso: right password for user11@contoso\.example from VN, blocked \(password right, MFA required\): reset it, '
signins spray -v
expect_text 'user11@contoso\.example: right password .*\(finding breach_users-[0-9a-f]{12}\)'
expect_text '203\.0\.113\.99: 12 users tried from 203\.0\.113\.99, 12 failures: see who with smtp_auth_report signins --source 203\.0\.113\.99 '
expect_text '203\.0\.113\.99 VN: 12 failed sign-ins of 12 users in 24 h'
mailboxes spray
expect_metric mbx_attacked 12

say "Accepted, it is OK"
findings spray --format json
cp "$work/out" "$work/found"
spray_id=$(ids spray_ips)
breach_id=$(ids breach_users)
expect "not exactly two findings" [ "$(ids '' | wc -l)" -eq 2 ]
accept() {
    printf 'finding,until,by,note\n' >"$data/accepted.csv"
    for id in "$spray_id" "$breach_id"; do
        printf '%s,%s,carl,a test of ours\n' "$id" "$(date -u -d "$1" +%F)" >>"$data/accepted.csv"
    done
}
accept today
collect spray
signins spray
expect_code 0
expect_metrics spray_ips=0 breach_users=0 spread_users=0
expect_text '^SMTP AUTH OK - '
expect_no_text 'user11|right password|203\.0\.113\.99'
signins spray -v
expect_code 0
expect_text '\[OK\] - accepted: user11@contoso\.example: right password'
expect_text '\[OK\] - accepted: 203\.0\.113\.99: 12 users tried'
findings spray --format json --state accepted
expect "accepting changed an id" [ "$(ids '')" = "$breach_id
$spray_id" ]
# What happens again is the same finding still.
try again again.json "$accepting"
expect_code 0
expect_metrics spray_ips=0 breach_users=0

say "The next breach is an alarm of its own"
try another another.json "$accepting"
expect_code 2
expect_metrics spray_ips=0 breach_users=1
expect_text '^SMTP AUTH CRITICAL - contoso: right password for ann@contoso\.example from BR, blocked'
try elsewhere elsewhere.json "$accepting"
expect_code 2
expect_metrics spray_ips=0 breach_users=1
expect_text '^SMTP AUTH CRITICAL - contoso: right password for user11@contoso\.example from BR, blocked'
findings elsewhere --format json --state open
expect "not one open finding, or the accepted one" \
    [ "$(ids breach_users | grep -vcx "$breach_id")" -eq 1 ]
# The same history, one row more.
conf spray elsewhere.json "$accepting"
collect spray
signins spray
expect_code 2
expect_metrics spray_ips=0 breach_users=1

say "Accepted until yesterday is not accepted"
conf spray spray.json "$accepting"
rm -rf "$data/spray.state"
accept yesterday
collect spray
signins spray
expect_code 2
expect_metrics spray_ips=1 breach_users=1
expect_text 'right password for user11@contoso\.example from VN'

say "Late, twice, in another order, in pieces: the same"
# told NAME: what the snapshot says, without when it was collected.
told() {
    python3 -c 'import json, sys
snap = json.load(open(sys.argv[1]))
json.dump([snap[k] for k in ("metrics", "at_least", "findings", "more_findings", "lists")], sys.stdout, indent=1)' \
        "$data/$1.state/contoso.json" >"$work/$1.told"
}
same() {
    told "$1"
    expectations=$((expectations + 1))
    cmp -s "$work/every.told" "$work/$1.told" ||
        wrong "$1: $(diff "$work/every.told" "$work/$1.told" | head -n 20 | tr '\n' ' ')"
}
try every every.json
expect_code 2
expect_text '[(]and at least [0-9]+ more[)]'
expect_metrics lockouts=4 brute_users=1 spray_ips=1 spray_nets=1 spread_users=1 breach_users=29 foreign_ok=1 \
    stale_devices=1 fail_burst=30
told every
expect "too few findings to compare" grep -qE '^ [1-9][0-9]*,$' "$work/every.told"
expect "another name" grep -q 'new\.name@' "$work/every.told"
expect "two names" [ "$(grep -cE '"who": "(new|old|Old)\.' "$work/every.told")" -eq 1 ]
expect "no attackers to compare" grep -q '"from": "198.18.88.0"' "$work/every.told"
for name in upwards twice; do
    try $name $name.json
    same $name
done
try split 'split/part*.json'
same split
try halves 'odd.json, even.json'
same halves
for step in past present late late every; do
    mkdir -p "$data/steps"
    cp -p "$data/$step.json" "$data/steps/now.json"
    try steps steps/now.json
    [ $step != past ] || expect "nothing came later" [ "$(metric spray_ips)" != 1 ]
done
same steps
for step in late present past; do
    cp -p "$data/$step.json" "$data/steps/now.json"
    conf back steps/now.json
    collect back
done
cp -p "$data/late.json" "$data/steps/now.json"
try back steps/now.json
same back

say "Names that attack whoever reads of them"
try hostile hostile.json
expect_code 2
expect_metric breach_users 3
python3 - "$data/quiet.state/contoso.json" "$data/hostile.state/contoso.json" <<'END' ||
import json, sys
plain, hostile = (json.load(open(path)) for path in sys.argv[1:])
assert hostile["metrics"].pop("breach_users") == 3 and plain["metrics"].pop("breach_users") == 0
assert plain["metrics"] == hostile["metrics"], (plain["metrics"], hostile["metrics"])
assert plain["at_least"] == hostile["at_least"] and plain["lists"] == hostile["lists"]
assert len({f["id"] for f in hostile["findings"]}) == 3, hostile["findings"]
END
    wrong "three names changed something else"
expectations=$((expectations + 1))

clean() {
    expect "bytes that are not plain" [ -z "$(tr -d '\r\n' <"$work/out" | LC_ALL=C tr -d '\040-\176')" ]
    expect_no_text '<img|\[OK\] [<?]|\|a=1|\$\(id|src=x>|W{65}'
    expect_quiet
}
for verbose in '' -v -vv; do
    for check in check_smtp_auth_signins check_smtp_auth; do
        run "$SAE_BIN/$check" --config "$data/hostile.conf" --tenant contoso ${verbose:+$verbose}
        expect_code 2
        clean
        expect "not exactly one bar" [ "$(tr -cd '|' <"$work/out" | wc -c)" -eq 1 ]
        [[ ${lines[0]} == *'|'* ]] || wrong "the bar is not on the first line"
        expect_metric breach_users 3
    done
done
expect_text '^SMTP AUTH CRITICAL - contoso: '
signins hostile --format json
clean
expect "not JSON, or not CRITICAL" python3 -c 'import json, sys
assert "CRITICAL" in json.dumps(json.load(open(sys.argv[1])))' "$work/out"
for format in text json csv; do
    findings hostile --format "$format"
    clean
    [ "$format" != csv ] || expect "a cell that a spreadsheet computes" \
        [ -z "$(grep -E '(^|,)"?[=+@-]' "$work/out")" ]
    expect "not three findings" [ "$(grep -oE 'breach_users-[0-9a-f]{12}' "$work/out" | sort -u | wc -l)" -eq 3 ]
done

say "Successes from where nobody is expected: listed, listed by mailbox, learned"
foreign() {
    try "$1" "$2" "${@:4}"
    expect_metric foreign_ok "$3"
}
foreign learned abroad.json 1
expect_code 2
expect_text 'CRITICAL - contoso: 1 sign-in of printer@contoso\.example succeeded from VN, where it is not expected: ask the owner'
expect_metrics "${all_quiet[@]}"
foreign all abroad.json 0 'countries = FI, VN'
expect_code 0
foreign one abroad.json 30 'countries = VN' 'hold = 30d'
expect_code 2
foreign few abroad.json 1 'countries = FI'
expect_code 2
until=$(date -u -d '300 days' +%F)
for list in 'FI:1' 'FI VN:0' 'VN:7'; do
    printf 'mailbox,owner,device,sources,countries,expires,decision,note\nprinter@contoso.example,bob,Printer,,%s,%s,,\n' \
        "${list%:*}" "$until" >"$data/allowed.csv"
    foreign "list${list#*:}" abroad.json "${list#*:}" 'allow_list = allowed.csv'
    # What is listed for all is expected of the mailbox as well.
    foreign "both${list#*:}" abroad.json 0 'allow_list = allowed.csv' 'countries = FI VN'
    expect_code 0
done
foreign young young.json ''
expect_code 0
signins young -c foreign_ok=0
expect_code 3
expect_text 'foreign_ok not known: no country is listed, and the log held is too short to learn any'
foreign young_listed young.json 2 'countries = FI'
expect_code 2
foreign young_quiet quiet.json 0 'countries = FI'
expect_code 0

say "A detector that is off"
off=()
for name in lockouts brute_users spray_ips spray_nets spread_users stale_devices; do
    off+=("$name = off")
done
for log in quiet spread stale; do
    try "off_$log" $log.json "${off[@]}"
    expect_code 0
    expect_metrics lockouts= brute_users= spray_ips= spray_nets= spread_users= stale_devices= breach_users=0 \
        foreign_ok=0
    for name in lockouts brute_users spray_ips spray_nets spread_users stale_devices; do
        signins "off_$log" -w $name=0
        expect_code 3
        expect_text "$name not known: its detector is off"
    done
done
try off_spray spray.json 'spray_ips = off'
expect_code 2
expect_metrics spray_ips= spray_nets=0 breach_users=1
# What is no stale device any more is guessed at.
try off_device stale.json 'stale_devices = off'
expect_code 1
expect_metrics stale_devices= brute_users=1
expect_text 'WARNING - contoso: 40 wrong passwords or lockouts for scan@contoso\.example from 1 address:'
mailboxes off_device
expect_metric mbx_attacked 1
try other_rule spray.json 'spray_ips = 13/20m' 'lockouts = 1/30m'
expect_metrics spray_ips=0 lockouts=0
try other_span spray.json 'spray_ips = 12/19m'
expect_metric spray_ips 0

say "A log of three hours proves no quiet day, but an attack in it"
try short short.json
expect_code 3
expect_metrics brute_users=0 spray_ips=0 spread_users=0 breach_users=0
expect_text 'UNKNOWN - contoso: .*the log held spans 0\.1 d, not'
for name in lockouts brute_users spray_ips spray_nets spread_users breach_users stale_devices; do
    signins short -w $name=0
    expect_code 3
    expect_text "$name is at least 0, the log held spans 0\\.1 d, not"
    signins quiet -w $name=0
    expect_code 0
done
signins short -w fail_burst=0
expect_code 0
try short_hit short_hit.json
expect_code 2
expect_metric breach_users 1
expect_text 'CRITICAL - contoso: right password for ann@contoso\.example from VN'
signins short_hit -v
expect_text '\[CRITICAL\] - breach_users is at least 1, limit 0'

say "An outage of our own agents is nobody's attack"
try outage outage.json
expect_code 0
expect_metrics "${all_quiet[@]}" foreign_ok=0
mailboxes outage
expect_metric mbx_attacked 0
findings outage --format json
expect "a finding of an outage" [ -z "$(ids '' | grep -v '^senders_new-')" ]

finish
