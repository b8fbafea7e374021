# SPDX-License-Identifier: MIT
"""Writes the exports of a small tenant, in every format that the programs read.

    exports.py must DIR DAYS    the five mailboxes and the log of the requirement, all formats
    exports.py golden DIR       a tenant in which everything occurs once, with fixed numbers
    exports.py hostile DIR      sign-ins with names that attack whatever shows them
    exports.py plain DIR        the same log without them
    exports.py crc FILE         writes the right checksum into an edited snapshot

All times are relative to now; all numbers are fixed.
"""
import csv
import io
import json
import sys
import time
import uuid
import zlib

NOW = int(time.time())
MINUTE, HOUR, DAY = 60, 3600, 86400
SMTP, OTHER = "Authenticated SMTP", "Mobile Apps and Desktop clients"
TENANT = "8d1f2c3b-0000-4000-8000-000000000001"
CITIES = {"FI": ("Turku", "Varsinais-Suomi"), "VN": ("Hue", "Thua Thien"), "BR": ("Recife", ""),
          "US": ("Fargo", "North Dakota")}


def guid(text):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, text))


def iso(at, form="%Y-%m-%dT%H:%M:%SZ"):
    return time.strftime(form, time.gmtime(at))


class Row:
    def __init__(self, ago, user, ip, code=0, client=SMTP, country="FI", user_id=None, agent="BAV2ROPC"):
        self.at = NOW - ago
        self.user, self.ip, self.code, self.client = user, ip, code, client
        self.country, self.agent = country, agent
        self.user_id = guid(user) if user_id is None else user_id
        self.id = guid("%d %s %s %d %s" % (ago, user[:200], ip, code, client))


# ---- sign-ins ------------------------------------------------------------------------

def graph(row):
    city, state = CITIES[row.country]
    return {"id": row.id, "createdDateTime": iso(row.at), "userDisplayName": row.user.split("@")[0],
            "userPrincipalName": row.user, "userId": row.user_id,
            "appId": "00000002-0000-0ff1-ce00-000000000000",
            "appDisplayName": "Office 365 Exchange Online", "ipAddress": row.ip,
            "clientAppUsed": row.client, "userAgent": row.agent, "correlationId": guid("c" + row.id),
            "conditionalAccessStatus": "notApplied", "isInteractive": True, "riskState": "none",
            "riskEventTypes": [], "resourceDisplayName": "Office 365 Exchange Online",
            "status": {"errorCode": row.code, "additionalDetails": None,
                       "failureReason": "Other." if row.code == 0 else "Error validating credentials."},
            "deviceDetail": {"deviceId": "", "displayName": None, "isCompliant": None},
            "location": {"city": city, "state": state, "countryOrRegion": row.country,
                         "geoCoordinates": {"altitude": None, "latitude": 60.45, "longitude": 22.27}},
            "appliedConditionalAccessPolicies": []}


def record(row):
    inner = graph(row)
    inner["createdDateTime"] = iso(row.at, "%Y-%m-%dT%H:%M:%S.0000000+00:00")
    inner["authenticationDetails"] = [{"authenticationMethod": "Password", "succeeded": row.code == 0}]
    return {"time": iso(row.at + 90, "%Y-%m-%dT%H:%M:%S.5991020Z"),
            "resourceId": "/tenants/%s/providers/Microsoft.aadiam" % TENANT,
            "operationName": "Sign-in activity", "operationVersion": "1.0", "category": "SignInLogs",
            "tenantId": TENANT, "resultType": str(row.code), "resultSignature": "None", "durationMs": 0,
            "callerIpAddress": row.ip, "identity": inner["userDisplayName"], "Level": 4,
            "location": row.country, "properties": inner}


PORTAL = """Date (UTC)|Request ID|User agent|Correlation ID|User ID|User|Username|User type|Cross tenant access type|\
Incoming token type|Authentication Protocol|Unique token identifier|Original transfer method|Client credential type|\
Token Protection - Sign In Session|Token Protection - Sign In Session StatusCode|Application|Application ID |\
App owner tenant ID|Resource|Resource ID |Resource tenant ID|Resource owner tenant ID|Home tenant ID|Home tenant name|\
IP address|Location|Status|Sign-in error code|Failure reason|Client app|Device ID|Browser|Operating System|Compliant|\
Managed|Join Type|Multifactor authentication result|Multifactor authentication auth method|\
Multifactor authentication auth detail|Authentication requirement|Sign-in identifier|Session ID|\
IP address (seen by resource)|Through Global Secure Access|Global Secure Access IP address|Autonomous system  number|\
Flagged for review|Token issuer type|Incoming token type|Token issuer name|Latency|Conditional Access|\
Managed Identity type|Associated Resource Id|Federated Token Id|Federated Token Issuer""".split("|")


def portal(row):
    city, state = CITIES[row.country]
    cell = {"Date (UTC)": iso(row.at), "Request ID": row.id, "User agent": row.agent, "User ID": row.user_id,
            "User": row.user.split("@")[0], "Username": row.user, "User type": "Member",
            "Application": "Office 365 Exchange Online", "Resource tenant ID": TENANT, "Home tenant ID": TENANT,
            "IP address": row.ip if ":" in row.ip else row.ip + ":51000",
            "Location": "%s, %s, %s" % (city, state, row.country),
            "Status": "Success" if row.code == 0 else "Failure",
            "Sign-in error code": "" if row.code == 0 else str(row.code), "Client app": row.client,
            "Autonomous system  number": "64500", "Latency": "121"}
    return [cell.get(name, "") for name in PORTAL]


ANALYTICS = ["TenantId", "TimeGenerated [UTC]", "ResourceId", "Category", "ResultType", "Location",
             "AppDisplayName", "ClientAppUsed", "ConditionalAccessPolicies", "CreatedDateTime [UTC]", "Id",
             "IPAddress", "IsInteractive", "LocationDetails", "Status", "UserId", "UserPrincipalName", "UserAgent"]


def analytics(row):
    def stamp(at):
        hour = int(iso(at, "%H"))
        return "%d/%d/%s, %d:%s.000 %s" % (int(iso(at, "%m")), int(iso(at, "%d")), iso(at, "%Y"),
                                           hour % 12 or 12, iso(at, "%M:%S"), "PM" if hour > 11 else "AM")
    return [guid("workspace"), stamp(row.at), "/tenants/%s/providers/Microsoft.aadiam" % TENANT, "SignInLogs",
            str(row.code), row.country, "Office 365 Exchange Online", row.client, "[]", stamp(row.at), row.id,
            row.ip, "TRUE", json.dumps({"city": "Turku", "countryOrRegion": row.country}, indent=2),
            json.dumps({"errorCode": row.code}, indent=2), row.user_id, row.user, row.agent]


def table(header, rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, before=""):
    out = io.StringIO()
    out.write(before)
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows([header] + rows)
    return out.getvalue()


def envelope(objects):
    return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns", "value": objects}


def write(path, text, encoding="utf-8"):
    with open(path, "wb") as file:
        file.write(text.encode(encoding))


def utf16(text):
    return "\ufeff" + text


def write_signins(folder, rows):
    rows = sorted(rows, key=lambda row: -row.at)
    objects = [graph(row) for row in rows]
    write(folder + "/signins.json", json.dumps(envelope(objects)) + "\n")
    write(folder + "/signins_array.json", utf16(json.dumps(objects, indent=4)) + "\n")
    write(folder + "/signins_lines.json", "".join(json.dumps(o) + "\n" for o in objects))
    write(folder + "/signins_pages.json", "".join(
        json.dumps(envelope(objects[i:i + 50])) + "\n" for i in range(0, len(objects), 50)))
    write(folder + "/signins_records.json", json.dumps({"records": [record(row) for row in rows]}) + "\n")
    write(folder + "/signins_record_lines.json", "".join(json.dumps(record(row)) + "\n" for row in rows))
    write(folder + "/signins_portal.csv", utf16(table(PORTAL, [portal(row) for row in rows])))
    write(folder + "/signins_analytics.csv", table(ANALYTICS, [analytics(row) for row in rows]))
    write(folder + "/signins_utf16.csv", utf16(table(PORTAL, [portal(row) for row in rows], "\t")), "utf-16-le")


# ---- mailboxes, tenant switch --------------------------------------------------------

COLUMNS = ["Identity", "Name", "DisplayName", "PrimarySmtpAddress", "EmailAddresses", "Guid",
           "ExternalDirectoryObjectId", "SmtpClientAuthenticationDisabled", "ImapEnabled", "PopEnabled"]


def mailbox(name, flag, domain):
    address = "%s@%s" % (name, domain)
    return dict(zip(COLUMNS, [name, name, name.title(), address, ["SMTP:" + address, "smtp:%s@old.example" % name],
                              guid("box " + address), guid(address), flag, False, False]))


def cells(box):
    box = dict(box, EmailAddresses=" ".join(box["EmailAddresses"]))
    return ["" if v is None else str(v) for v in box.values()]


def write_mailboxes(folder, boxes):
    rows, quoted = [cells(box) for box in boxes], csv.QUOTE_ALL
    kind = "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"
    write(folder + "/mailboxes.csv", table(COLUMNS, rows, quoting=quoted))
    write(folder + "/mailboxes_type.csv", table(COLUMNS, rows, quoting=quoted, before=kind))
    write(folder + "/mailboxes_semicolon.csv", utf16(table(COLUMNS, rows, ";")))
    write(folder + "/mailboxes_utf16.csv", utf16(table(COLUMNS, rows, "\t", before=kind)), "utf-16-le")
    write(folder + "/mailboxes_array.json", utf16(json.dumps(boxes, indent=4)) + "\r\n", "utf-16-le")
    write(folder + "/mailboxes_envelope.json", json.dumps({"@adminapi.warnings": [], "value": boxes}) + "\n")
    write(folder + "/mailboxes_twice.csv", table(COLUMNS, rows + rows[:2]))


def write_switch(folder, name, disabled):
    setting = {"AllowLegacyTLSClients": None, "MaxSendSize": "Unlimited",
               "SmtpClientAuthenticationDisabled": disabled, "Name": "Transport Settings"}
    text = "\r\n\r\n" + "".join("%-33s: %s\r\n" % (k, "" if v is None else v) for k, v in setting.items()) + "\r\n"
    write(folder + "/%s.json" % name, json.dumps(setting, indent=4) + "\n")
    write(folder + "/%s_array.json" % name, utf16(json.dumps([setting])) + "\n")
    write(folder + "/%s_envelope.json" % name, json.dumps({"@adminapi.warnings": [], "value": [setting]}) + "\n")
    write(folder + "/%s_list.txt" % name, utf16(text), "utf-16-le")


# ---- tenants -------------------------------------------------------------------------

def other_apps(ago_days):
    """Somebody reads mail every six hours: proves what the log spans."""
    return [Row(5 * MINUTE + i * 6 * HOUR, "reader@example.net", "198.51.100.9", client=OTHER, agent="Mozilla/5.0")
            for i in range(ago_days * 4 + 1)]


def must(folder, days):
    boxes = [mailbox(n, f, "example.net") for n, f in
             (("ceo", True), ("scanner", False), ("printer", None), ("staff", None), ("lab", None))]
    rows = other_apps(days)
    rows += [Row(20 * MINUTE + i * DAY, "printer@example.net", "192.0.2.10") for i in range(days)]
    for i, (user, ip, code, country) in enumerate((
            ("ceo@example.net", "203.0.113.5", 50126, "VN"), ("lab@example.net", "203.0.113.5", 50126, "VN"),
            ("ceo@example.net", "203.0.113.5", 50053, "VN"), ("nobody@example.net", "2001:db8:9::25", 50034, "BR"),
            ("printer@example.net", "192.0.2.10", 50126, "FI"))):
        rows.append(Row(25 * MINUTE + i, user, ip, code, country=country))
    # An outage of the pass-through agent is nobody's wrong password.
    rows.append(Row(26 * MINUTE, "staff@example.net", "192.0.2.11", 80002))
    write_signins(folder, rows)
    write_mailboxes(folder, boxes)
    write_switch(folder, "switch_false", False)
    write_switch(folder, "switch_true", True)


def golden(folder):
    domain = "contoso.example"
    boxes = [mailbox(n, f, domain) for n, f in
             (("erp", False), ("scan1", False), ("camera", False), ("hr", None), ("ada", None), ("eino", None),
              ("ceo", True), ("cfo", True), ("aino", True), ("helmi", "maybe"))]
    rows = other_apps(40)
    for i in range(39):
        rows.append(Row(20 * MINUTE + i * DAY, "erp@" + domain, "192.0.2.10"))
        if i >= 20:
            rows.append(Row(50 * MINUTE + i * DAY, "camera@" + domain, "192.0.2.12"))
    # At one instant, so that no midnight comes between them.
    rows += [Row(2 * DAY, "label@" + domain, "192.0.2.%d" % i) for i in (13, 14, 15)]
    rows += [Row(3 * HOUR + i * DAY, "scan1@" + domain, "2001:db8:9::25") for i in range(0, 20, 2)]
    for i in range(12):
        rows.append(Row(30 * MINUTE + i * 60, "user%02d@%s" % (i % 4, domain), "203.0.113.%d" % (i % 2), 50126,
                        country="VN"))
    rows += [Row(31 * MINUTE, "ceo@" + domain, "203.0.113.0", 50053, country="BR"),
             Row(32 * MINUTE, "hr@" + domain, "192.0.2.14", 80002)]
    rows += [Row(5 * HOUR + i * HOUR, "ada@" + domain, "198.51.100.77", 50126) for i in range(10)]
    write_signins(folder, rows)
    write_mailboxes(folder, boxes)
    write_switch(folder, "switch", False)
    soon, past, far = iso(NOW + 10 * DAY, "%Y-%m-%d"), iso(NOW - 20 * DAY, "%Y-%m-%d"), iso(NOW + 300 * DAY, "%Y-%m-%d")
    head = "mailbox,owner,device,sources,countries,expires,decision,note".split(",")
    write(folder + "/allow_list.csv", table(head, [
        ["erp@" + domain, "ann", "ERP", "192.0.2.0/24", "FI", far, "oauth", "moves in spring"],
        ["scan1@" + domain, "bob", "Scanner", "2001:db8:9::/64", "FI", soon, "", ""],
        ["camera@" + domain, "bob", "Door camera", "", "", past, "retire", ""]]))
    write(folder + "/smtp-auth.conf", """\
[defaults]
state_dir = state
phases = closing:%s

[contoso]
transport_config = switch.json
mailboxes = mailboxes.csv
signins = signins.json
allow_list = allow_list.csv

[fabrikam]
transport_config = missing.json
mailboxes = mailboxes_envelope.json
signins = off
""" % iso(NOW + 30 * DAY, "%Y-%m-%d"))


HOSTILE = ["[OK] <img src=x>|a=1;\\c$(id)@example.net", "a\u0000b@example.net", "W" * 65536 + "@example.net",
           "\u202eten.elpmaxe@oec", "line\nSMTP AUTH OK - fine|x=0\r\n@example.net", "\x1b[2J\x07bell@example.net",
           "=cmd|' /C calc'!A0", "\ufffe\uffff@example.net", "`reboot`;$HOST$&'\"~@example.net", "%s%n%x@example.net",
           "../../etc/passwd", "\ud800@example.net"]


def hostile(folder, with_them):
    """The names failed; the plain log has as many failures of dull names in their place."""
    must(folder, 31)
    rows = other_apps(31)
    rows += [Row(20 * MINUTE + i * DAY, "printer@example.net", "192.0.2.10") for i in range(31)]
    for i, name in enumerate(HOSTILE):
        row = Row(25 * MINUTE + i, "dull%d@example.net" % i, "203.0.113.5", 50126, country="VN", user_id="")
        if with_them:
            row.user = name
            row.agent = name
        rows.append(row)
    rows.sort(key=lambda row: -row.at)
    write(folder + "/signins.json", json.dumps(envelope([graph(row) for row in rows])) + "\n")
    # A lone surrogate and NUL exist as escapes in JSON only.
    text = table(PORTAL, [portal(row) for row in rows])
    write(folder + "/signins_portal.csv", text.replace("\ud800", "?").replace("\0", ""), "utf-8-sig")


def fix_crc(path):
    with open(path, "rb") as file:
        data = file.read()
    at = data.rindex(b',"crc"')
    with open(path, "wb") as file:
        file.write(data[:at] + b',"crc":"%08x"}' % zlib.crc32(data[:at]))


if __name__ == "__main__":
    if sys.argv[1] == "must":
        must(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "golden":
        golden(sys.argv[2])
    elif sys.argv[1] == "crc":
        fix_crc(sys.argv[2])
    else:
        hostile(sys.argv[2], sys.argv[1] == "hostile")
