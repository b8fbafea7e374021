#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154 # live.inc sets and uses them
# --record: nothing of a tenant is in the folder that somebody may send with a bug report, and
# the folder tells the same story when it is served again.
set -eu
. "$SAE_SRC/tests/e2e/live.inc"

id=$(tenant_id 1)
now=$(date +%s)
jq -nc --arg id "$id" --argjson now "$now" --argjson clients "$(clients)" '
    {tenants: {($id): {domain: "fabrikam-secret.example", clients: $clients, throttle: false,
    page_limit: 100,
    organization: {Name: "fabrikam-secret", DefaultAuthenticationPolicy: "Robert Policy"},
    authentication_policies: [{Name: "Robert Policy", AllowBasicAuthSmtp: false}],
    conditional_access: [{displayName: "Block Robert", conditions: {clientAppTypes: ["other"],
        users: {includeUsers: ["All"], excludeUsers: ["7e57ab1e-0000-4000-8000-00000000beef"]}}}],
    mailboxes: {count: 260, explicit: [
        {PrimarySmtpAddress: "Robert.Mustermann@fabrikam-secret.example", DisplayName: "Robert Mustermann",
         SmtpClientAuthenticationDisabled: false},
        {PrimarySmtpAddress: "odd@fabrikam-secret.example", SmtpClientAuthenticationDisabled: "maybe"}]},
    signins: {explicit: [{time: ($now - 1800), user: "robert.mustermann@fabrikam-secret.example",
            address: "203.0.113.77", code: 50126}, {time: ($now - 1860), user: 7, address: "2001:db8:77::9",
            userAgent: "Robert printer/9", code: 0}],
        generate: {count: 300, from: ($now - 7000), to: ($now - 60)}}}}}' | world fake
fake_begin fake

# conf NAME FAKE
conf() {
    mkdir -p "$data/$1.d"
    {
        printf '[defaults]\nstate_dir = %s.d\nlookback = 150m\n' "$1"
        keys "$2"
        printf '[robert]\ntenant_id = %s\n' "$id"
        application
    } >"$data/$1.conf"
}

collect() {
    run "$SAE_BIN/smtp_auth_collect" --config "$data/$1.conf" --tenant robert "${@:2}"
}

# clean FOLDER: no name, address, GUID or secret of the world is in it, nor anything like one.
clean() {
    python3 -B - "$work/fake/world.json" "$fakes" "$1" "$secret" "$client" >"$work/found" <<'PYTHON'
import json, pathlib, re, sys
world, fakes, folder, secret, client = sys.argv[1:]
sys.path.insert(0, fakes)
import mailboxes, signins, world as w
wanted = {secret, client, "robert", "mustermann", "fabrikam", "eyj", "bearer ", "beef"}
for tenant in w.World(json.load(open(world))).tenants.values():
    boxes = mailboxes.Mailboxes(tenant)
    wanted.add(tenant.id)
    for box in map(boxes.row, range(len(boxes))):
        for name in ("PrimarySmtpAddress", "UserPrincipalName", "Guid", "ExternalDirectoryObjectId"):
            wanted.add(box[name])
        wanted.update(address.partition(":")[2] for address in box["EmailAddresses"])
    everything = lambda *_: True
    for entry in signins.SignInLog(tenant).search((everything, 0, 1 << 62), 1e12, 0):
        row = signins.rendered(entry)
        wanted.update((row["userPrincipalName"], row["userId"], row["ipAddress"], row["id"],
                       row["correlationId"]))
files = sorted(pathlib.Path(folder).rglob("*"))
text = "\n".join(str(file.relative_to(folder)) + "\n" + file.read_text()
                 for file in files if file.is_file()).lower()
print(len(wanted), "looked for in", len(files), "files,", len(text), "bytes", file=sys.stderr)
assert len(wanted) > 1500 and len(text) > 100_000
for word in sorted(wanted):
    at = text.find(word.lower())
    if at >= 0:
        print(word, "in:", text[max(0, at - 60):at + 60].replace("\n", " "))
for kind in (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
             r"\b(?!198\.1[89]\.)(?:\d{1,3}\.){3}\d{1,3}\b", r"[a-z0-9._-]+@(?!example\b|host|odata\.|data\.)[a-z0-9-]+\.[a-z]{2,}"):
    for found in sorted(set(re.findall(kind, text)))[:5]:
        print("like one of a tenant:", found)
PYTHON
}

say "What is recorded names nobody"
conf live fake
collect live --record "$data/record" -v
expect_code 0
expect_text 'recorded in '
run "$SAE_BIN/smtp_auth_report" metrics --config "$data/live.conf" --tenant robert --format json
expect "the detectors look back 14 d, whatever the look-back: $(jq -c '.[] | select(.metric == "log_covered")' "$work/out")" \
    jq -e '.[] | select(.metric == "log_covered") | .value >= 13.9' "$work/out"
expect "the folder is $(stat -c %a "$data/record")" [ "$(stat -c %a "$data/record")" = 700 ]
expect "open to others: $(find "$data/record" -type f -perm /077)" [ -z "$(find "$data/record" -type f -perm /077)" ]
clean "$data/record" || wrong "the recording could not be searched"
expect "found: $(head -n 5 "$work/found")" [ ! -s "$work/found" ]
expect "$(find "$data/record" -name '[0-9]*.json' | wc -l) exchanges" \
    [ "$(find "$data/record" -name '[0-9]*.json' | wc -l)" -ge 9 ]

say "A failed run can be recorded, and one that only asks"
jq -c '.faults = [{fault: "403nul", service: "exchange", cmdlet: "Get-CASMailbox", times: -1},
    {fault: "403perm", service: "graph", path_contains: "signIns", times: -1}]' "$work/fake/world.json" |
    world fake
collect live --fresh --record "$data/failed"
expect_code 3
grep -rliE 'robert|fabrikam|eyj|8d1f2c3b|c0000000' "$data/failed" >"$work/found" || true
expect "names in: $(head -n 3 "$work/found")" [ ! -s "$work/found" ]
run "$SAE_BIN/smtp_auth_collect" --config "$data/live.conf" --tenant robert --preflight --record "$data/asked"
expect_code 3
grep -rliE 'robert|fabrikam|eyj|8d1f2c3b|c0000000' "$data/asked" >"$work/found" || true
expect "names in: $(head -n 3 "$work/found")" [ ! -s "$work/found" ]

say "Of several tenants no folder is named like a section of the configuration"
{
    cat "$data/live.conf"
    printf '[fabrikam]\ntenant_id = %s\n' "$id"
    application
} >"$data/several.conf"
run "$SAE_BIN/smtp_auth_collect" --config "$data/several.conf" --tenant fabrikam --tenant robert --fresh \
    --record "$data/several" -v
expect_code 3
expect_text 'robert: '
expect_text 'recorded in .*/data/several/tenant-1'
expect_text 'recorded in .*/data/several/tenant-2'
expect "$(grep -nE 'robert: |fabrikam: |recorded in' "$work/out")" \
    [ "$(grep -oE '(robert|fabrikam):|tenant-[12]$' "$work/out" | tail -n 4 | tr '\n' ' ')" = "robert: tenant-1 fabrikam: tenant-2 " ]
expect "$(ls "$data/several")" [ "$(cd "$data/several" && echo *)" = "tenant-1 tenant-2" ]
for folder in tenant-1 tenant-2; do
    expect "$folder is $(stat -c %a "$data/several/$folder")" [ "$(stat -c %a "$data/several/$folder")" = 700 ]
    expect "nothing in $folder" [ -e "$data/several/$folder/0001.json" ]
done
(cd "$data/several" && find . && grep -rhiE . .) | grep -iE 'robert|fabrikam|8d1f2c3b|c0000000' >"$work/found" || true
expect "names: $(head -n 3 "$work/found")" [ ! -s "$work/found" ]

run "$SAE_BIN/smtp_auth_collect" --config "$data/several.conf" --all --preflight --record "$data/table" -v
expect_code 3
expect_text 'recorded in .*/data/table/tenant-2'

say "A folder that stays empty is told as that, and why"
printf 'another' >"$data/other-secret"
chmod 600 "$data/other-secret"
mkdir "$data/refused.d"
{
    printf '[defaults]\nstate_dir = refused.d\nlookback = 150m\n'
    keys fake
    printf '[robert]\ntenant_id = %s\n' "$id"
    application other-secret
} >"$data/refused.conf"
collect refused --record "$data/rec5" -v
expect_text 'recorded in .*/rec5'
collect refused --fresh --record "$data/rec6" -v
expect_code 3
expect "asked: $(ls "$data/rec6")" [ -z "$(ls "$data/rec6")" ]
expect_text '\[UNKNOWN\] - nothing recorded in .*/rec6: nothing was asked, a refused login is asked again after 1 to 15 minutes, by --fresh too: wait, or use --preflight'
expect "says recorded" [ "$(grep -cF -- '- recorded in ' "$work/out")" -eq 0 ]
collect refused --preflight --record "$data/rec7" -v
expect_code 3
expect_text 'recorded in .*/rec7'
rm "$data/other-secret"
collect refused --preflight --record "$data/rec8" -v
expect_text '\[UNKNOWN\] - nothing recorded in .*/rec8: nothing was asked, see what fails first'

say "The recording served again gives the same mailboxes"
fake_begin replay --replay "$data/record"
conf again replay
collect again
expect_code 0
run "$SAE_BIN/check_smtp_auth_mailboxes" --config "$data/again.conf" --tenant robert
for name in mbx_all mbx_enabled mbx_disabled mbx_inherit mbx_unknown mbx_exposed tenant_enabled policy_blocks; do
    expect "$name is $(snapshot_metric "$data/again.d/robert.json" $name)" \
        [ "$(snapshot_metric "$data/again.d/robert.json" $name)" = "$(snapshot_metric "$data/live.d/robert.json" $name)" ]
done
expect "not 262 mailboxes" [ "$(snapshot_metric "$data/again.d/robert.json" mbx_all)" = 262 ]
expect_metric mbx_unknown 1
fake_end

say "The failed recording fails again, in the same words"
fake_begin replay --replay "$data/failed"
conf worse replay
collect worse
expect_code 3
expect_text 'mailboxes: Get-CASMailbox: the application has no Exchange role'

say "A folder with something in it is left alone"
collect live --record "$data/record"
expect_code 3
expect_text '/data/record: there are files in it, --record needs a new or an empty folder'
no_leak fake
finish
