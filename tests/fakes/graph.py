# SPDX-License-Identifier: MIT
"""Microsoft Graph: the sign-in log, security defaults and Conditional Access, read only."""
import collections
import datetime
import hashlib
import math
import re
import threading
import time
import urllib.parse
import uuid

import odata
from signins import Logs, rendered
from wire import Reply
from world import TICKS, guid, overlaid

SIGNINS = "/v1.0/auditlogs/signins"
DEFAULTS = "/v1.0/policies/identitysecuritydefaultsenforcementpolicy"
CONDITIONAL = "/v1.0/identity/conditionalaccess/policies"
MEDIA = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;" \
        "charset=utf-8"
POLICY = {
    "templateId": None, "displayName": "Policy", "createdDateTime": "2024-01-10T10:00:00.123Z",
    "modifiedDateTime": None, "state": "enabled", "sessionControls": None,
    "conditions": {
        "clientAppTypes": ["all"], "userRiskLevels": [], "signInRiskLevels": [],
        "servicePrincipalRiskLevels": [], "insiderRiskLevels": None, "platforms": None,
        "locations": None, "devices": None, "clientApplications": None,
        "authenticationFlows": None,
        "applications": {"includeApplications": ["All"], "excludeApplications": [],
                         "includeUserActions": [], "applicationFilter": None,
                         "includeAuthenticationContextClassReferences": []},
        "users": {"includeUsers": ["All"], "excludeUsers": [], "includeGroups": [],
                  "excludeGroups": [], "includeRoles": [], "excludeRoles": [],
                  "includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None}},
    "grantControls": {"operator": "OR", "builtInControls": ["block"], "termsOfUse": [],
                      "customAuthenticationFactors": [], "authenticationStrength": None},
}


def error(status, code, message, headers=()):
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    number = str(uuid.uuid4())
    return Reply(status, {"error": {"code": code, "message": message, "innerError": {
        "date": stamp, "request-id": number, "client-request-id": number}}},
        media="application/json", headers=headers)


def throttled(wait):
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return error(429, "UnknownError", "Too Many Requests", headers)


def not_premium():
    return error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                 "Neither tenant is B2C or tenant doesn't have premium license")


def missing_permission(name="AuditLog.Read.All"):
    return error(403, "Authentication_MSGraphPermissionMissing",
                 "Calling principal does not have required MSGraph permissions " + name)


def dead_token():
    return error(400, "", "Token not found: token is either invalid or expired")


def bad_filter():
    return error(400, "BadRequest", "Invalid filter clause")


class Window:
    """At most so many requests in so many seconds, of one app in one tenant."""

    def __init__(self):
        self.lock = threading.Lock()
        self.times = collections.defaultdict(collections.deque)

    def wait(self, key, most, span):
        """0, or whole seconds until the next may come."""
        now = time.monotonic()
        with self.lock:
            recent = self.times[key]
            while recent and recent[0] <= now - span:
                recent.popleft()
            if len(recent) < most:
                recent.append(now)
                return 0
            return max(1, math.ceil(recent[0] + span - now))


class Search:
    """The frozen answer of one query, page by page."""

    def __init__(self, tenant_id, parameters, rows):
        self.tenant_id, self.parameters, self.rows = tenant_id, parameters, rows


class Graph:
    """GET only."""

    def __init__(self, mint):
        self.mint = mint
        self.logs, self.window = Logs(), Window()
        self.lock = threading.Lock()
        self.pages = {}  # skip token: (search, offset, page, when, requests so far, came from)
        self.requests = collections.Counter()

    def describe(self, request, world):
        claims = self.mint.read(request.bearer()) if request.bearer() else None
        request.tenant = claims["tid"] if claims else None
        token = request.parameters().get("$skiptoken")
        held = self.pages.get(token)
        request.page = held[2] if held else 1 if token is None else None

    def answer(self, request, world):
        path = request.path.lower()
        if path not in (SIGNINS, DEFAULTS, CONDITIONAL):
            return error(400, "BadRequest", "Resource not found for the segment '%s'."
                         % path.rpartition("/")[2])
        if request.method != "GET" or request.body:
            return error(405, "Request_BadRequest", "Specified HTTP method is not allowed for "
                                                    "the request target.")
        tenant = world.tenant(request.tenant)
        claims, why = self.mint.check(request, tenant, "graph")
        if claims is None:
            return self.unauthorized(why)
        if tenant.get("permissions_live"):
            claims["roles"] = tenant.roles("graph")
        if path == SIGNINS:
            return self.signins(request, tenant, claims)
        return self.policies(request, tenant, claims, path)

    @staticmethod
    def unauthorized(why):
        texts = {"missing": "Access token is empty.",
                 "audience": "Access token validation failure. Invalid audience.",
                 "expired": "Lifetime validation failed, the token is expired."}
        return error(401, "InvalidAuthenticationToken",
                     texts.get(why, "Access token validation failure."),
                     {"WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.'
                                          'microsoftonline.com/common/oauth2/authorize"'})

    def limited(self, tenant, claims, what, default, silent=False):
        limit = tenant.get("throttle", {})
        if limit is False:
            return None
        most, span = limit.get(what, default)
        wait = self.window.wait((tenant.id, claims["appid"], what), most, span)
        return throttled(None if silent else wait) if wait else None

    def signins(self, request, tenant, claims):
        refused = self.limited(tenant, claims, "auditLogs", (5, 10))
        if refused:
            return refused
        if "AuditLog.Read.All" not in claims["roles"]:
            return missing_permission()
        if not tenant.permissions["premium"]:
            return not_premium()
        self.requests[tenant.id] += 1
        asked = self.query(request)
        if isinstance(asked, Reply):
            return asked
        top = self.top(asked, tenant)
        if isinstance(top, Reply):
            return top
        if "$skiptoken" in asked:
            return self.next_page(request, tenant, asked, top)
        return self.first_page(request, tenant, asked, top)

    @staticmethod
    def query(request):
        """The options by name, or what is wrong with them."""
        pairs = urllib.parse.parse_qsl(request.query, keep_blank_values=True)
        asked = dict(pairs)
        known = {"$filter", "$top", "$skiptoken", "$select", "$orderby"}
        if len(asked) != len(pairs) or set(asked) - known:
            return error(400, "BadRequest", "Query option is not supported.")
        if asked.get("$orderby", "createdDateTime desc") != "createdDateTime desc":
            return error(400, "BadRequest", "Unsupported orderby.")
        return asked

    @staticmethod
    def top(asked, tenant):
        most = tenant.get("max_top", 999)
        if "$top" not in asked:
            return min(1000, most)
        if not re.fullmatch("[0-9]{1,6}", asked["$top"]) or int(asked["$top"]) < 1:
            return error(400, "BadRequest", "Invalid value for $top.")
        if int(asked["$top"]) > most:
            return error(400, "BadRequest", "The limit of '%d' for Top query has been exceeded. "
                         "The value from the incoming request is '%s'." % (most, asked["$top"]))
        return int(asked["$top"])

    def first_page(self, request, tenant, asked, top):
        try:
            *wish, oldest_named = odata.parse(asked.get("$filter", ""))
        except odata.BadFilter:
            return bad_filter()
        now = time.time()
        days = tenant.get("refuse_older_days")
        if days and oldest_named is not None and oldest_named < (now - days * 86400) * TICKS:
            return bad_filter()
        oldest = round((now - tenant.get("retention_days", 30) * 86400) * TICKS)
        rows = self.logs.of(tenant).search(wish, now, oldest)
        search = Search(tenant.id, {k: v for k, v in asked.items() if k != "$skiptoken"}, rows)
        return self.page(request, tenant, (search, 0, 1, None), top)

    def next_page(self, request, tenant, asked, top):
        with self.lock:
            held = self.pages.get(asked["$skiptoken"])
        if held is None:
            return dead_token()
        search, offset, page, when, count, before = held
        life, requests = tenant.get("skiptoken_life", 300), tenant.get("skiptoken_requests")
        if (search.tenant_id != tenant.id or time.monotonic() - when > life
                or (requests is not None and self.requests[tenant.id] - count > requests)):
            return dead_token()
        if {k: v for k, v in asked.items() if k != "$skiptoken"} != search.parameters:
            return error(400, "BadRequest", "Invalid Skip Token, skip token does not belong to "
                                            "this query.")
        return self.page(request, tenant, (search, offset, page, before), top)

    def page(self, request, tenant, place, top):
        search, offset, page, before = place
        first = max(0, offset - 1) if tenant.get("repeat_rows") else offset
        rows = [rendered(entry) for entry in search.rows[first:offset + top]]
        if "$select" in search.parameters and tenant.get("select", True):
            names = search.parameters["$select"].split(",")
            rows = [{name: row[name] for name in names if name in row} for row in rows]
        document = {"@odata.context": request.base + "/v1.0/$metadata#auditLogs/signIns"}
        if offset + top < len(search.rows):
            document["@odata.nextLink"] = self.link(request, search, offset + top, page + 1)
        document["value"] = rows
        reply = self.reply(document, tenant)
        reply.options["previous"] = before
        return reply

    def link(self, request, search, offset, page):
        text = "%s|%r|%d" % (search.tenant_id, sorted(search.parameters.items()), offset)
        token = hashlib.sha256(text.encode()).hexdigest()
        held = (search, offset, page, time.monotonic(), self.requests[search.tenant_id],
                request.base + request.target)
        with self.lock:
            self.pages[token] = held
            while len(self.pages) > 20000:
                self.pages.pop(next(iter(self.pages)))
        # As the service does: path in lower case, blanks as +, commas as %2c.
        parts = [name + "=" + re.sub("%[0-9A-F]{2}", lambda m: m.group().lower(),
                                     urllib.parse.quote_plus(value, safe=""))
                 for name, value in search.parameters.items()]
        return "%s/v1.0/auditLogs/signins?%s" % (
            request.base, "&".join(parts + ["$skiptoken=" + token]))

    @staticmethod
    def reply(document, tenant):
        number = str(uuid.uuid4())
        reply = Reply(200, document, media=MEDIA, headers={
            "request-id": number, "client-request-id": number, "OData-Version": "4.0"})
        reply.compressible = tenant.get("gzip", True)
        return reply

    def policies(self, request, tenant, claims, path):
        if path == CONDITIONAL:
            refused = self.limited(tenant, claims, "conditionalAccess", (1, 1), silent=True)
            if refused:
                return refused
        if "Policy.Read.All" not in claims["roles"]:
            if path == CONDITIONAL:
                return error(403, "AccessDenied", "You cannot perform the requested operation, "
                             "required scopes are missing in the token.")
            return error(403, "Authorization_RequestDenied",
                         "Insufficient privileges to complete the operation.")
        if set(request.parameters()) - {"$select"}:
            return error(400, "BadRequest", "Query option is not supported.")
        document = self.conditional(request, tenant) if path == CONDITIONAL else \
            self.security_defaults(request, tenant)
        return self.reply(document, tenant)

    @staticmethod
    def security_defaults(request, tenant):
        return overlaid({
            "@odata.context": request.base + "/v1.0/$metadata#policies/identitySecurityDefaults"
                                             "EnforcementPolicy/$entity",
            "id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults",
            "description": "Security defaults is a set of basic identity security mechanisms.",
            "isEnabled": False}, tenant.get("security_defaults", {}))

    @staticmethod
    def conditional(request, tenant):
        rows = []
        for number, given in enumerate(tenant.get("conditional_access", [])):
            row = overlaid({"id": guid(tenant.id, "conditional", number), **POLICY}, given)
            row["conditions"] = overlaid(POLICY["conditions"], given.get("conditions", {}))
            rows.append(row)
        return {"@odata.context": request.base + "/v1.0/$metadata#identity/conditionalAccess/"
                                                 "policies", "value": rows}
