#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""live_pages.py FOLDER URL full|small MAILBOXES PAGE: the list of mailboxes of a tenant, as
the Exchange admin API sends it, in pages of PAGE rows: FOLDER/p0000.json and so on, each with
a link to the next one below URL. Small rows have what the collector asks for, full ones all
that a mailbox has."""
import hashlib
import json
import os
import sys

DOMAIN = "contoso.example"
FIRST = ("Ada", "Björn", "Chloe", "Dmitri", "Eva", "Farid", "Grace", "Hiro", "Ines", "Jonas")
LAST = ("Abel", "Brandt", "Costa", "Dupont", "Eriksen", "Fischer", "García", "Huang", "Ito")
FLAGS = (None, None, None, None, None, None, True, True, False)
SWITCHES = (
    "ActiveSyncEnabled", "ActiveSyncDebugLogging", "ActiveSyncMailboxPolicyIsDefaulted",
    "ActiveSyncSuppressReadReceipt", "HasActiveSyncDevicePartnership", "OWAEnabled",
    "OWAforDevicesEnabled", "ECPEnabled", "PopEnabled", "PopUseProtocolDefaults",
    "PopForceICalForCalendarRetrievalOption", "PopSuppressReadReceipt", "ImapEnabled",
    "ImapUseProtocolDefaults", "ImapForceICalForCalendarRetrievalOption",
    "ImapSuppressReadReceipt", "MAPIEnabled", "MAPIBlockOutlookNonCachedMode",
    "MAPIBlockOutlookRpcHttp", "MAPIBlockOutlookExternalConnectivity",
    "UniversalOutlookEnabled", "OutlookMobileEnabled", "MacOutlookEnabled",
    "OneWinNativeOutlookEnabled", "ShowGalAsDefaultView", "PublicFolderClientAccess",
    "ExternalImapSettingsEnabled", "InternalPopSettingsEnabled", "IsValid")
NULLS = ("MapiHttpEnabled", "EwsEnabled", "EwsAllowOutlook", "EwsAllowMacOutlook",
         "EwsAllowEntourage", "EwsApplicationAccessPolicy", "EwsAllowList", "EwsBlockList",
         "ActiveSyncDebugLoggingExpiration")


class Mailbox:
    def __init__(self, number):
        self.noise = hashlib.sha256(b"%d" % number).hexdigest()
        first = FIRST[int(self.noise[0:2], 16) % len(FIRST)]
        last = LAST[int(self.noise[2:4], 16) % len(LAST)]
        self.shown = "%s %s" % (first, last)
        plain = self.shown.replace("ö", "oe").replace("í", "i").lower()
        self.alias = "%s%d" % (plain.replace(" ", "."), number)
        self.flag = FLAGS[int(self.noise[4:8], 16) % len(FLAGS)]
        self.bits = int(self.noise[8:16], 16)

    def guid(self, at):
        n = self.noise[at:at + 32]
        return "-".join((n[:8], n[8:12], n[12:16], n[16:20], n[20:32]))

    def small(self):
        return {
            "Identity": self.alias,
            "PrimarySmtpAddress": "%s@%s" % (self.alias, DOMAIN),
            "SmtpClientAuthenticationDisabled": self.flag,
            "Guid@data.type": "System.Guid",
            "Guid@odata.type": "#Guid",
            "Guid": self.guid(0),
        }

    def full(self):
        row = {
            "EmailAddresses@odata.type": "#Collection(String)",
            "EmailAddresses": [
                "SMTP:%s@%s" % (self.alias, DOMAIN),
                "smtp:%s@mail.%s" % (self.alias, DOMAIN),
                "SIP:%s@%s" % (self.alias, DOMAIN),
                "SPO:SPO_%s@SPO_%s" % (self.guid(16), self.guid(20)),
            ],
            "LegacyExchangeDN": "/o=ExchangeLabs/ou=Exchange Administrative Group "
                                "(FYDIBOHF23SPDLT)/cn=Recipients/cn=%s-%s"
                                % (self.noise[:32], self.alias),
            "LinkedMasterAccount": "",
            "SamAccountName": "$%s" % self.noise[:12].upper(),
            "ServerName": "am0pr%02dmb%04d" % (self.bits % 90, self.bits % 9000),
            "DisplayName": self.shown,
            "ActiveSyncAllowedDeviceIDs@odata.type": "#Collection(String)",
            "ActiveSyncAllowedDeviceIDs": [],
            "ActiveSyncBlockedDeviceIDs@odata.type": "#Collection(String)",
            "ActiveSyncBlockedDeviceIDs": [],
            "ActiveSyncMailboxPolicy": "Default",
            "OwaMailboxPolicy": "OwaMailboxPolicy-Default",
            "MAPIBlockOutlookVersions": "",
            "ExternalDirectoryObjectId": self.guid(24),
            "DistinguishedName": "CN=%s,OU=%s,OU=Microsoft Exchange Hosted Organizations,"
                                 "DC=EURPR07A013,DC=PROD,DC=OUTLOOK,DC=COM"
                                 % (self.alias, DOMAIN),
            "WhenChanged@data.type": "System.DateTime",
            "WhenChanged": "2026-%02d-%02dT%02d:07:47.0000000+00:00"
                           % (self.bits % 9 + 1, self.bits % 28 + 1, self.bits % 24),
            "Name": self.shown,
            "Id": self.alias,
            "OriginatingServer": "AM0PR07A13DC004.EURPR07A013.PROD.OUTLOOK.COM",
            "ObjectState": "Unchanged",
        }
        row.update((name, bool(self.bits >> at & 1)) for at, name in enumerate(SWITCHES))
        row.update((name, None) for name in NULLS)
        row.update(self.small())
        return row


def main():
    folder, url, size, mailboxes, page = sys.argv[1:]
    mailboxes, page = int(mailboxes), int(page)
    pages = (mailboxes + page - 1) // page
    os.makedirs(folder, exist_ok=True)
    for number in range(pages):
        body = {"@odata.context": url + "$metadata#Collection(Exchange.GenericHashTable)",
                "adminapi.warnings@odata.type": "#Collection(String)",
                "@adminapi.warnings": []}
        if number + 1 < pages:
            body["@odata.nextLink"] = "%s?%%24skiptoken=%04d" % (url, number + 1)
        rows = range(number * page, min(mailboxes, (number + 1) * page))
        head = json.dumps(body, separators=(",", ":"))[:-1]
        with open("%s/p%04d.json" % (folder, number), "w", encoding="ascii") as out:
            out.write(head + ',"value":[')
            for row in rows:
                out.write("," if row != rows[0] else "")
                json.dump(getattr(Mailbox(row), size)(), out, separators=(",", ":"))
            out.write("]}")


main()
