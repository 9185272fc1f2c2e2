"""A certified OpenID provider as that of a province."""

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from auth.brokering import open_upstream, read_upstream
from auth.sign_on import SignOn
from egress import Allow, Client
from tests.auth.browser import ONCE, Page
from tests.auth.peers import INSTALLED, node

CALLBACK = "https://huiju.example/oauth/upstream/certified/callback"
DEFINITION = """
name = "certified"
title = "示例省身份认证"
kind = "oidc"
issuer = "{issuer}"
client_id = "huiju"
client_secret = "a-secret-of-the-peers-test"
scope = "openid profile"
province = "33"
profile = {{ role = "role", institution = "school" }}
roles = {{ T = "teacher" }}
"""


def signed_in(elsewhere: httpx.Client, address: str, name: str) -> str:
    """Go through the provider's own pages as `name`; where it sends the browser at the end."""
    reply = elsewhere.get(address)
    for _ in range(12):
        if reply.status_code in (302, 303):
            target = urljoin(str(reply.url), reply.headers["location"])
            if target.startswith(CALLBACK):
                return target
            reply = elsewhere.get(target)
            continue
        page = Page(reply.text)
        fields = {**page.fields, **({"login": name, "password": "x"} if "login" in page.fields else {})}
        reply = elsewhere.post(urljoin(str(reply.url), page.action), data=fields)
    raise AssertionError(reply.text)


@INSTALLED
async def test_a_certified_provider_signs_people_of_its_province_in(http: httpx.AsyncClient, sign_on: SignOn) -> None:
    with node("provider.mjs", CALLBACK) as (_, told):
        issuer = told.readline().strip()
        port = urlsplit(issuer).port
        assert port is not None
        async with Client(allow=Allow([("127.0.0.1", port)])) as client:
            upstream = open_upstream(read_upstream(DEFINITION.format(issuer=issuer)), client)
            sign_on.upstreams["certified"] = upstream  # type: ignore[index]
            left = await http.get("/oauth/upstream/certified")
            with httpx.Client(limits=ONCE) as elsewhere:
                back = signed_in(elsewhere, left.headers["location"], "teacher-1")
            assert parse_qs(urlsplit(back).query)["iss"] == [issuer]
            arrived = await http.get(back)
            assert arrived.headers["location"] == "/oauth/account", arrived.text
    account = await sign_on.accounts.by_identity(issuer, "teacher-1")
    assert account is not None
    assert (account.roles, account.province, account.institution) == (frozenset({"teacher"}), "33", "4133010001")
