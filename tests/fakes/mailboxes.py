# SPDX-License-Identifier: MIT
"""Rows of the Exchange cmdlets, with their annotations, as JSON mode sends them."""
from world import guid, iso, overlaid

GUIDS = {"Guid", "ExchangeGuid", "ExchangeObjectId"}
INT32 = {"MaxRetryCount", "TransportRuleCollectionAddedRecipientsLimit"}
SWITCHES = ("ActiveSyncEnabled", "OWAEnabled", "OWAforDevicesEnabled", "ECPEnabled", "PopEnabled",
            "PopUseProtocolDefaults", "PopSuppressReadReceipt", "PopForceICalForCalendarRetrieval"
            "Option", "ImapEnabled", "ImapUseProtocolDefaults", "ImapSuppressReadReceipt",
            "ImapForceICalForCalendarRetrievalOption", "MAPIEnabled", "EwsEnabled",
            "UniversalOutlookEnabled", "OutlookMobileEnabled", "MacOutlookEnabled",
            "OneWinNativeOutlookEnabled", "ActiveSyncDebugLogging", "ActiveSyncSuppressReadReceipt",
            "HasActiveSyncDevicePartnership", "IsOptimizedForAccessibility", "ShowGalAsDefaultView",
            "PublicFolderClientAccess", "MAPIBlockOutlookRpcHttp", "MAPIBlockOutlookExternal"
            "Connectivity", "IsValid")
EMPTY = ("EwsAllowOutlook", "EwsAllowMacOutlook", "EwsAllowEntourage", "EwsApplicationAccessPolicy",
         "ActiveSyncAllowedDeviceIDs", "ExternalImapSettings", "InternalImapSettings",
         "ExternalPopSettings", "InternalPopSettings", "ExternalSmtpSettings",
         "InternalSmtpSettings", "MAPIBlockOutlookVersions", "MAPIBlockOutlookNonCachedMode")
ALIKE = {**{name: True for name in SWITCHES}, **{name: None for name in EMPTY}}
TRANSPORT = {
    "SmtpClientAuthenticationDisabled": True, "AllowLegacyTLSClients": None,
    "MaxSendSize": "Unlimited", "MaxReceiveSize": "Unlimited", "MaxRecipientEnvelopeLimit": "5000",
    "SafetyNetHoldTime": "2.00:00:00", "JournalingReportNdrTo": "<>", "Rfc2231EncodingEnabled":
    False, "ExternalDsnLanguageDetectionEnabled": True, "TransportRuleCollectionAddedRecipients"
    "Limit": 100, "AdminDisplayName": "", "Name": "Transport Settings",
    "Identity": "Transport Settings", "Guid": "5b1c1a60-0000-4000-8000-0000000000aa",
    "WhenChangedUTC": "2026-10-02T06:11:09.0000000+00:00",
    "ObjectClass": ["top", "container", "msExchTransportSettings"],
}
ORGANIZATION = {
    "DefaultAuthenticationPolicy": None, "OAuth2ClientProfileEnabled": True,
    "PublicFoldersEnabled": "Local", "FocusedInboxOn": None, "SmtpActionableMessagesEnabled": True,
    "IsDehydrated": False, "DefaultMailboxRegion": None, "BlockMoveMessagesForGroupFolders": False,
    "AuditDisabled": False, "Name": "contoso", "Identity": "contoso",
    "Guid": "5b1c1a60-0000-4000-8000-0000000000bb",
    "WhenChangedUTC": "2026-09-12T16:00:01.0000000+00:00",
}
POLICY = {"AllowBasicAuth" + name: False for name in (
    "ActiveSync", "Autodiscover", "Imap", "Mapi", "OfflineAddressBook", "OutlookService", "Pop",
    "ReportingWebServices", "Rest", "Rpc", "Smtp", "WebServices", "Powershell")}
POLICY.update({"AllowLegacyExchangeTokens": None, "AdminDisplayName": "",
               "WhenChangedUTC": "2026-08-01T10:00:00.0000000+00:00"})


def annotated(row):
    """Annotations precede their member."""
    out = {}
    for name, value in row.items():
        if value is not None and name in GUIDS:
            out[name + "@data.type"] = "System.Guid"
            out[name + "@odata.type"] = "#Guid"
        elif value is not None and name.startswith("When"):
            out[name + "@data.type"] = "System.DateTime"
        elif isinstance(value, list):
            out[name + "@odata.type"] = "#Collection(String)"
        elif name in INT32:
            out[name + "@data.type"] = "System.Int32"
        out[name] = value
    return out


def selected(row, names):
    """What $select leaves: members in the very same spelling, with their annotations."""
    return {key: value for key, value in row.items() if key.partition("@")[0] in names}


class Mailboxes:
    """The mailboxes of a tenant by position; generated ones come into being when asked for."""

    def __init__(self, tenant):
        self.tenant = tenant
        given = tenant.get("mailboxes", [])
        self.explicit = given if isinstance(given, list) else given.get("explicit", [])
        self.spec = {} if isinstance(given, list) else given.get("generate", {})
        self.generated = 0 if isinstance(given, list) else given.get("count", 0)

    def __len__(self):
        return len(self.explicit) + self.generated

    def row(self, position):
        if position < len(self.explicit):
            members = dict(self.explicit[position])
            number = members.pop("number", 1_000_000 + position)
        else:
            number = position - len(self.explicit)
            members = self.generate(number)
        return annotated(overlaid(self.template(number, members), members))

    def generate(self, number):
        flags = self.spec.get("flags", [True, False, None])
        return {"SmtpClientAuthenticationDisabled": flags[number % len(flags)]}

    def name(self, number):
        return "%s%d" % (self.spec.get("prefix", "user"), number)

    def template(self, number, members):
        name, domain = self.name(number), self.spec.get("domain", self.tenant.domain)
        address = members.get("PrimarySmtpAddress", name + "@" + domain)
        if address is None or address == "absent":
            address = name + "@" + domain
        short = address.partition("@")[0]
        row = {"DisplayName": short.title(), "Name": short, "Identity": short,
               "PrimarySmtpAddress": address, "UserPrincipalName": address.lower(),
               "ExternalDirectoryObjectId": guid(self.tenant.id, "user", number),
               "Guid": guid(self.tenant.id, "mailbox", number),
               "EmailAddresses": ["SMTP:" + address, "smtp:%s@%s.onmicrosoft.com"
                                  % (short, domain.partition(".")[0])],
               "SamAccountName": "$" + short, "LinkedMasterAccount": None,
               "ServerLegacyDN": "/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Servers",
               "LegacyExchangeDN": "/o=ExchangeLabs/ou=Recipients/cn=" + short,
               "ServerName": "am0pr04mb0001", "OwaMailboxPolicy": "OwaMailboxPolicy-Default",
               "ActiveSyncMailboxPolicy": "Default", "PopMessagesRetrievalMimeFormat":
               "BestBodyFormat", "ImapMessagesRetrievalMimeFormat": "BestBodyFormat",
               "ExchangeVersion": "0.20 (15.0.0.0)", "OrganizationId": "EURPR04A001.PROD",
               "ObjectClass": ["top", "person", "organizationalPerson", "user"],
               "ObjectCategory": "EURPR04A001.PROD.OUTLOOK.COM/Configuration/Schema/Person",
               "ActiveSyncBlockedDeviceIDs": []}
        row.update(ALIKE)
        changed = 1_750_000_000 + number % 30_000_000
        row["WhenChangedUTC"] = iso(changed * 10_000_000)[:-1] + "+00:00"
        row["WhenCreatedUTC"] = "2023-02-01T09:00:00.0000000+00:00"
        return row


def rows_of(tenant, cmdlet):
    """All rows of the small cmdlets."""
    if cmdlet == "get-transportconfig":
        given, template = tenant.get("transport", {}), TRANSPORT
    elif cmdlet == "get-organizationconfig":
        given, template = tenant.get("organization", {}), ORGANIZATION
    else:
        given, template = tenant.get("authentication_policies", []), POLICY
    listed = given if isinstance(given, list) else [given]
    rows = []
    for number, members in enumerate(listed):
        row = overlaid(template, members)
        if template is POLICY:
            row.setdefault("Identity", row.get("Name", "Policy %d" % number))
            row.setdefault("Guid", guid(tenant.id, "policy", number))
        rows.append(annotated(row))
    return rows
