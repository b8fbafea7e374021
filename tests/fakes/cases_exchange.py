# SPDX-License-Identifier: MIT
"""selftest.py: the Exchange admin API."""
import copy
import gzip
import json

from harness import ANCHOR, OTHER, TENANT

UPN = ANCHOR.replace("APP:", "UPN:").replace(TENANT, "contoso.onmicrosoft.com")


def reason(answer):
    return answer.json["error"]["innererror"]["internalexception"]["message"]


def cmdlets(fake, count):
    answer = fake.invoke("get-transportCONFIG")
    count.same("transport", answer.status, 200)
    document = answer.json
    count.same("envelope", list(document), ["@odata.context", "adminapi.warnings@odata.type",
                                            "@adminapi.warnings", "value"])
    count.true("context", document["@odata.context"].endswith(
        "$metadata#Collection(Exchange.GenericHashTable)"))
    row = document["value"][0]
    count.same("switch", row["SmtpClientAuthenticationDisabled"], False)
    count.same("annotation", row["Guid@data.type"], "System.Guid")
    count.true("about 12 members", len([n for n in row if "@" not in n]) >= 12)
    count.same("organisation", fake.invoke("Get-OrganizationConfig").json["value"][0]
               ["DefaultAuthenticationPolicy"], "Block")
    count.same("policies", [p["Name"] for p in fake.invoke("Get-AuthenticationPolicy")
                            .json["value"]], ["Block", "Allow"])
    answer = fake.invoke("Get-TransportConfig", parameters={"Identity": "x"})
    count.same("unknown parameter", answer.status, 400)
    count.true("named", "'Identity'" in reason(answer))
    count.same("unknown cmdlet", (fake.invoke("Set-CASMailbox").status,
                                  fake.invoke("Set-CASMailbox").body), (403, bytes(4096)))
    for body in (b"{}", b"[]", b"not json", b'{"CmdletInput":{"CmdletName":"Get-TransportConfig"}}',
                 b'{"CmdletInput":{"CmdletName":"Get-TransportConfig","Parameters":null}}'):
        count.same(body.decode(), fake.invoke(body=body).status, 400)


def doors(fake, count, world):
    path = "/adminapi/%s/" + TENANT + "/InvokeCommand"
    count.same("GET", fake.invoke(body=None, method="GET").status, 405)
    count.same("v1.0", fake.invoke(link=fake.url("exchange", path % "v1.0")).status, 405)
    count.same("no such path", fake.invoke(link=fake.url("exchange", "/adminapi/beta")).status, 404)
    count.same("no token", fake.invoke(headers={"Authorization": None}).status, 401)
    count.same("token for Graph", fake.invoke(
        headers={"Authorization": "Bearer " + fake.token("graph")}).status, 401)
    count.same("token of another tenant", fake.invoke(
        headers={"Authorization": "Bearer " + fake.token("exchange", OTHER)}).status, 401)
    count.same("forged token", fake.invoke(
        headers={"Authorization": "Bearer " + fake.token("exchange")[:-4] + "AAAA"}).status, 401)
    count.same("text/plain", fake.invoke(headers={"Content-Type": "text/plain"}).status, 415)
    for name, status in (("exchange_app", 401), ("exchange_directory", 403)):
        changed = copy.deepcopy(world)
        changed["tenants"][TENANT]["permissions"] = {name: False}
        fake.token("exchange")
        fake.write(changed)
        count.same("roles travel in the token", fake.invoke().status, 200)
        fake.tokens.clear()
        answer = fake.invoke()
        count.same("without " + name, answer.status, status)
        fake.write(world)
        fake.tokens.clear()
    count.same("NUL bytes", (answer.body, answer.headers["Content-Encoding"]),
               (bytes(4096), "gzip"))
    changed = copy.deepcopy(world)
    changed["tenants"][TENANT]["revoked_before"] = 10 ** 6
    fake.write(changed)
    count.same("revoked", fake.invoke().status, 401)
    fake.write(world)


def paging(fake, count):
    def follow(link, **options):
        return fake.invoke(link=link, headers={"Prefer": "odata.maxpagesize=700"}, **options)
    first = fake.invoke(headers={"Prefer": "odata.maxpagesize=700"})
    count.same("preference", first.headers["Preference-Applied"], "odata.maxpagesize=700")
    rows, sizes = fake.all(first, follow)
    count.same("pages", sizes, [700, 700, 700, 401])
    count.same("each once", len({row["Guid"] for row in rows}), 2501)
    kinds = [json.dumps(row.get("SmtpClientAuthenticationDisabled", "absent"))
             for row in rows[1:6]]
    count.same("flags", kinds, ["true", "false", "null", '"absent"', '"True"'])
    count.same("explicit row", rows[0]["PrimarySmtpAddress"], "scanner@contoso.example")
    link = first.json["@odata.nextLink"]
    count.true("link", "/InvokeCommand?%24skiptoken=" in link)
    count.same("warning", len(first.json["@adminapi.warnings"]), 1)
    stale = {
        "changed body": follow(link, parameters={"ResultSize": "unlimited"}),
        "changed anchor": follow(link, anchor="TID:" + TENANT),
        "no anchor": follow(link, anchor=None),
        "invented": follow(link[:-12] + "AAAAAAAAAA%3D"),
        "more query": follow(link + "&%24select=Guid"),
    }
    for what, answer in stale.items():
        count.same(what, answer.status, 400)
        count.true(what, reason(answer).startswith("Expired or Invalid pagination request"))
    count.same("GET", fake.invoke(link=link, body=None, method="GET").status, 405)
    first = fake.invoke(anchor=None)
    count.same("page 1 without anchor", first.status, 200)
    count.same("but no further", fake.invoke(link=first.json["@odata.nextLink"],
                                             anchor=None).status, 400)
    first = fake.invoke(anchor=UPN)
    count.same("UPN", fake.invoke(link=first.json["@odata.nextLink"], anchor=UPN).status, 200)
    first = fake.invoke(link=fake.url("exchange", "/adminapi/beta/contoso.example/InvokeCommand"))
    count.same("domain instead of GUID", first.status, 200)
    count.same("breaks paging", fake.invoke(link=first.json["@odata.nextLink"]).status, 400)
    for size in ("0", "1001", "x"):
        count.same("page size " + size, fake.invoke(
            headers={"Prefer": "odata.maxpagesize=" + size}).status, 400)


def variants(fake, count, world):
    answer = fake.invoke(query="?%24select=Guid,SmtpClientAuthenticationDisabled")
    count.same("select", list(answer.json["value"][0]),
               ["Guid@data.type", "Guid@odata.type", "Guid", "SmtpClientAuthenticationDisabled"])
    row = fake.invoke(link=answer.json["@odata.nextLink"]).json["value"][0]
    count.true("select stays", "PrimarySmtpAddress" not in row)
    count.same("wrong case", fake.invoke(query="?%24select=guid").json["value"][0], {})
    answer = fake.invoke(headers={"Accept-Encoding": "gzip, deflate"})
    count.same("gzip", answer.headers["Content-Encoding"], "gzip")
    count.same("as it was", len(json.loads(gzip.decompress(answer.body))["value"]), 1000)
    count.same("ResultSize 1", len(fake.invoke(parameters={"ResultSize": 1}).json["value"]), 1)
    count.same("ResultSize 0", fake.invoke(parameters={"ResultSize": 0}).json["value"], [])
    count.same("ResultSize x", fake.invoke(parameters={"ResultSize": "all"}).status, 400)
    for options, wanted in (({"single_body": True}, [2501]), ({"page_limit": 900}, [900, 900, 701]),
                            ({"repeat_rows": True}, [1000, 1001, 502])):
        changed = copy.deepcopy(world)
        changed["tenants"][TENANT].update(options)
        fake.write(changed)
        count.same(str(options), fake.all(fake.invoke(), lambda link: fake.invoke(link=link))[1],
                   wanted)
    for options in ({"cursor_life": -1}, {"anchor_forms": ["TID"]}):
        changed = copy.deepcopy(world)
        changed["tenants"][TENANT].update(options)
        fake.write(changed)
        link = fake.invoke().json["@odata.nextLink"]
        count.same(str(options), fake.invoke(link=link).status, 400)
    changed = copy.deepcopy(world)
    changed["tenants"][TENANT]["regional"] = "eur"
    fake.write(changed)
    link = fake.invoke().json["@odata.nextLink"]
    count.true("regional host", link.startswith("https://eur.localhost:"))
    count.same("goes on", fake.invoke(link=link.replace("eur.", "", 1)).status, 200)
    changed["tenants"][TENANT] = {**world["tenants"][TENANT], "anchor_forms": ["TID"]}
    fake.write(changed)
    link = fake.invoke(anchor="TID:" + TENANT).json["@odata.nextLink"]
    count.same("the other form", fake.invoke(link=link, anchor="TID:" + TENANT).status, 200)
    fake.write(world)


def run(fake, count, world):
    cmdlets(fake, count)
    doors(fake, count, world)
    paging(fake, count)
    variants(fake, count, world)
