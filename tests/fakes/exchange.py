# SPDX-License-Identifier: MIT
"""The Exchange admin API: POST InvokeCommand, read only, with its cursors."""
import base64
import datetime
import hashlib
import json
import re
import threading
import time
import urllib.parse
import uuid

from mailboxes import Mailboxes, rows_of, selected
from wire import Reply

PATH = re.compile(r"/adminapi/([^/]+)/([^/]+)/([^/]+)")
WARNING = "There are more results available than are currently displayed. To view them, " \
          "increase the value for the ResultSize parameter."
STALE = "Expired or Invalid pagination request. Default Expiry time is 00:30:00"
PARAMETERS = {"get-transportconfig": set(), "get-organizationconfig": set(),
              "get-authenticationpolicy": set(), "get-casmailbox": {"resultsize"}}
SYSTEM = r"SystemMailbox\{bb558c35-97f1-4cb9-8ff7-d53741dc928c\}"
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Forms that clients are known to send; which of them a tenant routes by can be told.
ANCHORS = {"APP": re.compile("APP:" + SYSTEM + "@(" + GUID + ")"),
           "UPN": re.compile("UPN:(?:" + SYSTEM + r"|OAuthUser)@([A-Za-z0-9.-]+)"),
           "TID": re.compile("TID:(" + GUID + ")")}


def warnings(texts):
    return {"adminapi.warnings@odata.type": "#Collection(String)", "@adminapi.warnings": texts}


def invalid_operation(text, kind, details=True, status=400):
    error = {"code": "BadRequest", "message": "Invalid Operation"}
    if details:
        error["details"] = [{"code": "Client", "target": "", "message": "|%s|%s" % (kind, text)}]
    error["innererror"] = {
        "message": "Invalid Operation",
        "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException", "stacktrace": "",
        "internalexception": {"message": text, "type": kind, "stacktrace": ""}}
    error.update(warnings([]))
    return Reply(status, {"error": error}, headers={"X-ExceptionType": kind.rpartition(".")[2]})


def stale_cursor():
    return invalid_operation(STALE, "System.Exception", details=False)


def unauthorized(cmdlet, status=401):
    text = "User is not allowed to call " + (cmdlet or "this")
    return Reply(status, {"error": {
        "code": "Unauthorized" if status == 401 else "Forbidden", "message": text,
        "innererror": {"message": text, "type":
                       "Microsoft.Exchange.Admin.OData.Core.ODataServiceException"}}})


def nul_bytes(count=4096):
    """Access denied, as measured: NUL bytes that are declared to be gzip."""
    return Reply(403, body=b"\0" * count, headers={"Content-Encoding": "gzip"})


def bare(status, headers=()):
    return Reply(status, headers=headers)


class Cursor:
    """Where a list goes on, and for whom."""

    def __init__(self, request, offset, page, names):
        self.tenant, self.offset, self.page, self.names = request.tenant, offset, page, names
        self.body = hashlib.sha256(request.body).hexdigest()
        self.anchor = request.header("X-AnchorMailbox")
        self.asked = request.target  # what page led here
        self.born = time.time()

    def token(self):
        text = "%s|%s|%s|%d|%s" % (self.tenant, self.body, self.anchor, self.offset, self.names)
        digest = hashlib.sha256(text.encode()).digest()
        return base64.b64encode(b"AM0PR04MB0001.eurprd04.prod.outlook.com;" + digest).decode()

    def fits(self, request):
        return (request.path.split("/")[3].lower() == self.tenant
                and request.header("X-AnchorMailbox") == self.anchor
                and hashlib.sha256(request.body).hexdigest() == self.body)


class Exchange:
    """POST /adminapi/beta/{tenant}/InvokeCommand"""

    def __init__(self, mint):
        self.mint = mint
        self.lock = threading.Lock()
        self.cursors = {}

    def describe(self, request, world):
        match = PATH.fullmatch(request.path)
        if match:
            tenant = world.tenant(match.group(2))
            request.tenant = tenant.id if tenant else match.group(2).lower()
        try:
            request.cmdlet = str(json.loads(request.body)["CmdletInput"]["CmdletName"])
        except (ValueError, KeyError, TypeError):
            pass
        cursor = self.cursor(request)
        request.page = cursor.page if cursor else None if "skiptoken" in request.query else 1

    def cursor(self, request):
        if not request.query.startswith("%24skiptoken="):
            return None
        with self.lock:
            return self.cursors.get(urllib.parse.unquote(request.query[13:]))

    def answer(self, request, world):
        match = PATH.fullmatch(request.path)
        if not match or match.group(3) != "InvokeCommand":
            return bare(404)
        if request.method != "POST" or match.group(1) != "beta":
            return bare(405, {"Allow": "POST" if match.group(1) == "beta" else "GET"})
        tenant = world.tenant(match.group(2))
        claims, _ = self.mint.check(request, tenant, "exchange")
        if claims is None:
            return bare(401, {"WWW-Authenticate": 'Bearer client_id="00000002-0000-0ff1-ce00-'
                                                  '000000000000", error="invalid_token"'})
        if tenant.get("permissions_live"):
            claims["roles"] = tenant.roles("exchange")
            claims["wids"] = ["now"] if tenant.permissions["exchange_directory"] else []
        if "Exchange.ManageAsApp" not in claims["roles"]:
            return unauthorized(request.cmdlet)
        if not claims.get("wids"):
            return nul_bytes()
        return self.invoke(request, tenant)

    def invoke(self, request, tenant):
        """After the door: the body is looked at."""
        if request.media_type() != "application/json":
            return bare(415)
        try:
            given = json.loads(request.body.decode("utf-8"))["CmdletInput"]
            parameters = given["Parameters"]
            if set(given) - {"CmdletName", "Parameters"} or not isinstance(parameters, dict):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            return invalid_operation("The parameters in the request payload are invalid.",
                                     "Microsoft.Exchange.Admin.OData.Core.ODataServiceException")
        known = PARAMETERS.get((request.cmdlet or "").lower())
        if known is None:
            return nul_bytes()  # a cmdlet that this principal does not have
        for name in parameters:
            if name.lower() not in known:
                return invalid_operation(
                    "A parameter cannot be found that matches parameter name '%s'." % name,
                    "System.Management.Automation.ParameterBindingException")
        if request.cmdlet.lower() == "get-casmailbox":
            return self.mailbox_page(request, tenant, parameters)
        if request.query:
            names = self.select(request)
            if names is None:
                return stale_cursor()
            return self.page(request, tenant, rows_of(tenant, request.cmdlet.lower()), names)
        return self.page(request, tenant, rows_of(tenant, request.cmdlet.lower()), None)

    @staticmethod
    def select(request):
        """The names of a $select, which must be all of the query; else None."""
        asked = urllib.parse.parse_qsl(request.query, keep_blank_values=True)
        if len(asked) != 1 or asked[0][0] != "$select":
            return None
        return set(asked[0][1].split(","))

    @staticmethod
    def page_size(request, tenant):
        """What Prefer asks for, 1000 without; None if that is no page size."""
        size = 1000
        for part in re.split("[,;]", request.header("Prefer")):
            name, _, value = part.strip().partition("=")
            if name == "odata.maxpagesize":
                if not value.isdigit() or not 1 <= int(value) <= 1000:
                    return None
                size = int(value)
        return min(size, tenant.get("page_limit", 1000))

    @staticmethod
    def result_size(parameters):
        """Unlimited is None; ValueError if it is neither that nor a number."""
        value = next(iter(parameters.values()), None)
        if value is None or (isinstance(value, str) and value.lower() == "unlimited"):
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError
        return value

    def mailbox_page(self, request, tenant, parameters):
        size = self.page_size(request, tenant)
        try:
            most = self.result_size(parameters)
        except ValueError:
            size = None
        if size is None:
            return invalid_operation("Cannot process argument transformation.", "System.Management"
                                     ".Automation.ParameterBindingArgumentTransformationException")
        cursor, offset, names = None, 0, None
        if "skiptoken" in request.query.lower():
            cursor = self.cursor(request)
            if cursor is None or not self.alive(cursor, tenant) or not cursor.fits(request):
                return stale_cursor()
            offset, names = cursor.offset, cursor.names
        elif request.query:
            names = self.select(request)
            if names is None:
                return bare(400)
        return self.list(request, tenant, cursor, (offset, size, most), names)

    @staticmethod
    def alive(cursor, tenant):
        """A cursor lives on the server that the anchor chose: no anchor, no server."""
        forms = tenant.get("anchor_forms", list(ANCHORS))
        known = (ANCHORS[form].fullmatch(cursor.anchor) for form in forms)
        owners = [match.group(1).lower() for match in known if match]
        alias = tenant.domain.partition(".")[0] + ".onmicrosoft.com"
        life = tenant.get("cursor_life", 1800)
        return (any(owner in (tenant.id, tenant.domain, alias) for owner in owners)
                and time.time() - cursor.born <= life)

    def list(self, request, tenant, cursor, extent, names):
        offset, size, most = extent
        boxes = Mailboxes(tenant)
        if most is None and tenant.get("single_body"):
            size = len(boxes)
        elif most is not None:
            size = min(size, most)
        end = min(len(boxes), offset + size)
        first = max(0, offset - 1) if tenant.get("repeat_rows") else offset
        rows = [boxes.row(position) for position in range(first, end)]
        reply = self.page(request, tenant, rows, names)
        if end < len(boxes) and size > 0:
            if tenant.get("select_lost"):
                names = None
            self.link(request, reply, Cursor(request, end, request.page + 1, names), tenant)
        reply.options["previous"] = request.base + cursor.asked if cursor else None
        return reply

    def link(self, request, reply, cursor, tenant):
        token = cursor.token()
        with self.lock:
            self.cursors[token] = cursor
            if len(self.cursors) > 100_000:
                now = time.time()
                self.cursors = {key: value for key, value in self.cursors.items()
                                if now - value.born < tenant.get("cursor_life", 1800)}
        base = request.base
        region = "https://%s." % tenant.get("regional")
        if tenant.get("regional") and not base.startswith(region):
            base = base.replace("https://", region, 1)
        address = base + request.path + "?%24skiptoken=" + urllib.parse.quote(token, "")
        head = {"@odata.context": reply.document.pop("@odata.context"), "@odata.nextLink": address}
        reply.document = {**head, **reply.document, "@adminapi.warnings": [WARNING],
                          "value": reply.document["value"]}

    @staticmethod
    def page(request, tenant, rows, names):
        if names is not None:
            rows = [selected(row, names) for row in rows]
        context = "%s/adminapi/beta/%s/$metadata#Collection(Exchange.GenericHashTable)" % (
            request.base, tenant.id)
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=16)
        headers = {"OData-Version": "4.0", "request-id": str(uuid.uuid4()),
                   "X-CalculatedBETarget": "AM0PR04MB0001.eurprd04.prod.outlook.com",
                   "Rate-Limit-Limit": "30000", "Rate-Limit-Remaining": "29997",
                   "Rate-Limit-Reset": ahead.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
        if "odata.maxpagesize" in request.header("Prefer"):
            headers["Preference-Applied"] = request.header("Prefer")
        reply = Reply(200, {"@odata.context": context, **warnings([]), "value": rows},
                      headers=headers)
        reply.compressible = tenant.get("gzip", True)
        return reply
