# SPDX-License-Identifier: MIT
"""The sign-in log of a tenant: explicit rows and generated ones."""
import bisect
import json
import threading

from world import TICKS, guid, iso, mix, overlaid, ticks_of

EXCHANGE_ONLINE = ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online")
REASONS = {
    50126: "Error validating credentials due to invalid username or password.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user"
           " ID or password.",
    50034: "The user account does not exist in the directory.",
    50055: "The password is expired.", 50057: "The user account is disabled.",
    50076: "Due to a configuration change made by your administrator, or because you moved to a"
           " new location, you must use multi-factor authentication.",
    53003: "Access has been blocked by Conditional Access policies.",
}
CITIES = {"FI": ("Turku", "Varsinais-Suomi", 60.45, 22.27), "DE": ("Ulm", "Bayern", 48.4, 9.99),
          "NL": ("Delft", "Zuid-Holland", 52.01, 4.36), "VN": ("Hue", "Thua Thien", 16.46, 107.59),
          "BR": ("Recife", "Pernambuco", -8.05, -34.88),
          "US": ("Fargo", "North Dakota", 46.9, -96.8)}
APPS = ["Authenticated SMTP"] * 8 + ["SMTP", "IMAP4", "Browser", "Mobile Apps and Desktop clients"]
CODES = [0, 0, 50126, 50126, 50126, 50126, 50053, 50034, 53003, 50076]
SHORTHANDS = ("time", "user", "address", "country", "code", "app", "appears_at", "number")


def template(tenant, identity, ticks, digits):
    """A row with everything that v1.0 sends."""
    number, user = identity
    return {
        "id": guid(tenant.id, "signin", number), "createdDateTime": iso(ticks, digits),
        "userDisplayName": user.partition("@")[0].title(), "userPrincipalName": user.lower(),
        "userId": None, "appId": EXCHANGE_ONLINE[0], "appDisplayName": EXCHANGE_ONLINE[1],
        "ipAddress": "198.51.100.1", "clientAppUsed": APPS[0], "userAgent": "BAV2ROPC",
        "correlationId": guid(tenant.id, "correlation", number),
        "conditionalAccessStatus": "notApplied", "isInteractive": True, "riskDetail": "none",
        "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none",
        "riskEventTypes": [], "riskEventTypes_v2": [], "resourceDisplayName": EXCHANGE_ONLINE[1],
        "resourceId": EXCHANGE_ONLINE[0],
        "status": None,
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "", "browser": "",
                         "isCompliant": False, "isManaged": False, "trustType": ""},
        "location": None, "appliedConditionalAccessPolicies": []}


def status_of(code):
    reason = None if code == 0 else REASONS.get(code, "Sign-in error %d." % code)
    return {"errorCode": code, "failureReason": reason, "additionalDetails": None}


def location_of(country):
    city, state, latitude, longitude = CITIES.get(country, (None, None, None, None))
    return {"city": city, "state": state, "countryOrRegion": country,
            "geoCoordinates": {"altitude": None, "latitude": latitude, "longitude": longitude}}


class Generated:
    """Rows that are a function of their number; times rise with it."""

    def __init__(self, tenant, spec):
        self.tenant, self.spec, self.count = tenant, spec, spec.get("count", 0)
        self.begin = ticks_of(spec.get("from", 0))
        self.step = max(1, (ticks_of(spec.get("to", 0)) - self.begin) // max(1, self.count))
        self.apps = spec.get("apps", APPS)
        self.codes = spec.get("codes", CODES)
        self.salt = spec.get("seed", 0) * 16
        self.times = [self.begin + n * self.step + mix(n, self.salt) % self.step
                      for n in range(self.count)]

    def pick(self, values, number, salt):
        return values[mix(number, self.salt + salt) % len(values)]

    def app(self, number):
        return self.pick(self.apps, number, 1)

    def code(self, number):
        return self.pick(self.codes, number, 2)

    def appears(self, number):
        """Epoch seconds before which the row is not there."""
        every = self.spec.get("late_every", 0)
        late = self.spec.get("late_by", 0) if every and number % every == 0 else 0
        return self.times[number] / TICKS + late

    def user(self, number):
        """(object id, name); numbered users are the tenant's generated mailboxes."""
        users = self.spec.get("users", 20)
        if isinstance(users, list):
            name = self.pick(users, number, 3)
            return guid(self.tenant.id, "named/" + name, 0), name
        chosen = mix(number, self.salt + 3) % users
        spec = self.spec
        name = "%s%d@%s" % (spec.get("user_prefix", "user"), chosen,
                            spec.get("domain", self.tenant.domain))
        return guid(self.tenant.id, "user", chosen), name

    def address(self, number):
        addresses = self.spec.get("addresses", 50)
        if isinstance(addresses, list):
            return self.pick(addresses, number, 4)
        chosen = mix(number, self.salt + 4) % addresses
        if chosen % 5 == 4:
            return "2001:db8:%x::%x" % (chosen >> 8, chosen & 255)
        return "198.51.%d.%d" % (100 + (chosen >> 8) % 100, chosen & 255)

    def row(self, number):
        object_id, name = self.user(number)
        ticks = self.times[number]
        digits = 7 if number % 3 else 0
        if not digits:
            ticks -= ticks % TICKS
        row = template(self.tenant, (number + (self.salt << 20), name), ticks, digits)
        row["userId"], row["ipAddress"] = object_id, self.address(number)
        row["clientAppUsed"] = self.app(number)
        row["status"] = status_of(self.code(number))
        row["location"] = location_of(self.pick(
            self.spec.get("countries", ["FI", "DE", "VN", "BR"]), number, 5))
        return row


class Explicit:
    """Rows as the world gives them; of two with one id, the later in the list that is visible
    already is the true one, as the service amends rows."""

    def __init__(self, tenant, listed):
        self.rows = [self.row(tenant, number, given) for number, given in enumerate(listed)]

    @staticmethod
    def row(tenant, number, given):
        """(appears at, ticks, row)"""
        given = dict(given)
        short = {name: given.pop(name) for name in SHORTHANDS if name in given}
        number = short.get("number", number)
        user = short.get("user", given.get("userPrincipalName", "user0@" + tenant.domain))
        object_id = guid(tenant.id, "named/" + str(user), 0)
        if isinstance(user, int):
            object_id = guid(tenant.id, "user", user)
            user = "user%d@%s" % (user, tenant.domain)
        when = short.get("time", given.get("createdDateTime"))
        ticks = ticks_of(when)
        row = template(tenant, ((1 << 40) + number, str(user)), ticks, 7)
        row["userId"] = object_id
        row["ipAddress"] = short.get("address", row["ipAddress"])
        row["clientAppUsed"] = short.get("app", row["clientAppUsed"])
        row["status"] = status_of(short.get("code", 0))
        row["location"] = location_of(short.get("country", "FI"))
        return short.get("appears_at", 0), ticks, overlaid(row, given)

    def visible(self, now):
        """[(ticks, row)], one for each id"""
        latest = {}
        for appears, ticks, row in self.rows:
            if appears <= now:
                latest[row.get("id")] = (ticks, row)
        return list(latest.values())


class SignInLog:
    """What can be searched."""

    def __init__(self, tenant):
        given = tenant.get("signins", [])
        if isinstance(given, list):
            given = {"explicit": given}
        self.explicit = Explicit(tenant, given.get("explicit", []))
        specs = given.get("generate", [])
        self.generated = [Generated(tenant, spec)
                          for spec in (specs if isinstance(specs, list) else [specs])]

    def search(self, wish, now, oldest):
        """[(ticks, generator or None, number or row)] newest first."""
        test, low, high = wish
        low = max(low, oldest)
        found = []
        for ticks, row in self.explicit.visible(now):
            code = (row.get("status") or {}).get("errorCode")
            if low <= ticks <= high and test(ticks, row.get("clientAppUsed"), code):
                found.append((ticks, None, row))
        for source in self.generated:
            # A row may be shown up to a second earlier than it is generated (no fraction).
            first = bisect.bisect_left(source.times, low)
            last = bisect.bisect_right(source.times, high + TICKS)
            for number in range(first, last):
                ticks = source.times[number]
                if number % 3 == 0:
                    ticks -= ticks % TICKS
                if (low <= ticks <= high and source.appears(number) <= now
                        and test(ticks, source.app(number), source.code(number))):
                    found.append((ticks, source, number))
        found.sort(key=lambda entry: -entry[0])
        return found


def rendered(entry):
    _, source, what = entry
    return what if source is None else source.row(what)


class Logs:
    """The logs of all tenants, built again only when their description changes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}

    def of(self, tenant):
        mark = json.dumps([tenant.get("signins"), tenant.domain], sort_keys=True)
        with self.lock:
            held = self.known.get(tenant.id)
        if held is None or held[0] != mark:
            held = (mark, SignInLog(tenant))
            with self.lock:
                self.known[tenant.id] = held
        return held[1]
