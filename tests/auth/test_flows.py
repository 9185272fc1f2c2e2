"""What time does to codes, tokens, keys and guessing, with a clock that the test moves."""

from __future__ import annotations

from base64 import b32decode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from starlette.applications import Starlette

from auth.access_tokens import unverified, verified
from auth.account_pages import end_session, withdraw_consent
from auth.administration import add_person, approve_client, close_account
from auth.errors import TokenRefused
from auth.guessing import back_off
from auth.keys import LIFETIMES, KeyRing
from auth.retention import purge
from auth.routes import sign_on_routes
from auth.sealing import Vault
from auth.sign_on import Policy, SignOn, open_sign_on
from store.audit import Action
from store.clients import Client
from store.signing_keys import SigningKeys
from tests.auth.browser import Application, Page
from tests.auth.conftest import MovedClock

HERE = "https://huiju.example"
AUDIENCE = {f"{HERE}/graphql"}


async def sign_in(http: httpx.AsyncClient, username: str, password: str = "huiju-demo") -> httpx.Response:
    page = Page((await http.get("/oauth/login")).text)
    return await http.post(page.action, data={**page.fields, "username": username, "password": password})


async def code(http: httpx.AsyncClient, app: Application, scope: str = "openid resources:read profile:read") -> str:
    reply = await http.get("/oauth/authorize", params=app.authorize(scope))
    if reply.status_code == 200:
        page = Page(reply.text)
        reply = await http.post(page.action, data={**page.fields, "allow": "allow"})
    return httpx.URL(reply.headers["location"]).params["code"]


async def exchange(http: httpx.AsyncClient, app: Application, **form: str) -> httpx.Response:
    return await http.post("/oauth/token", data={"client_id": app.client_id, **form})


async def tokens(http: httpx.AsyncClient, app: Application, scope: str = "openid resources:read profile:read") -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": await code(http, app, scope), "redirect_uri": app.redirect_uri}
    found: dict[str, Any] = (await exchange(http, app, **form, code_verifier=app.verifier)).json()
    return found


@pytest.fixture
def app() -> Application:
    return Application(HERE)


async def test_a_code_is_good_for_a_minute(http: httpx.AsyncClient, app: Application, clock: MovedClock) -> None:
    await sign_in(http, "student")
    given = await code(http, app)
    clock.pass_by(seconds=61)
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": app.redirect_uri, "code_verifier": app.verifier}
    assert (await exchange(http, app, **form)).json()["error"] == "invalid_grant"


async def test_a_replay_after_the_leeway_ends_the_family_and_is_written_down(
    http: httpx.AsyncClient, app: Application, clock: MovedClock, sign_on: SignOn
) -> None:
    await sign_in(http, "student")
    first = (await tokens(http, app))["refresh_token"]
    second = (await exchange(http, app, grant_type="refresh_token", refresh_token=first)).json()["refresh_token"]
    clock.pass_by(seconds=9)
    assert (await exchange(http, app, grant_type="refresh_token", refresh_token=first)).json()["refresh_token"] == second
    clock.pass_by(seconds=2)
    assert (await exchange(http, app, grant_type="refresh_token", refresh_token=first)).json()["error"] == "invalid_grant"
    assert (await exchange(http, app, grant_type="refresh_token", refresh_token=second)).json()["error"] == "invalid_grant"
    assert [entry.event.action for entry in await sign_on.audit.events(limit=1)] == [Action.TOKEN_REPLAYED]


async def test_an_access_token_ends_after_five_minutes(
    http: httpx.AsyncClient, app: Application, clock: MovedClock, sign_on: SignOn
) -> None:
    await sign_in(http, "student")
    token = (await tokens(http, app))["access_token"]
    issuers = {HERE: sign_on.keys}
    assert (await verified(token, issuers, AUDIENCE, clock())).client == "demo-web"
    with pytest.raises(TokenRefused, match="audience"):
        await verified(token, issuers, {"https://elsewhere.example"}, clock())
    with pytest.raises(TokenRefused, match="issuer"):
        await verified(token, {"https://other.example": sign_on.keys}, AUDIENCE, clock())
    clock.pass_by(minutes=5, seconds=31)
    with pytest.raises(TokenRefused, match="expired"):
        await verified(token, issuers, AUDIENCE, clock())


@pytest.mark.parametrize("how", ["disable", "withdraw", "revoke access", "revoke refresh", "sign out"])
async def test_a_revocation_is_effective_within_a_minute_also_where_nobody_told(
    how: str, http: httpx.AsyncClient, app: Application, clock: MovedClock, sign_on: SignOn, database: Any
) -> None:

    await sign_in(http, "student")
    given = await tokens(http, app)
    other = open_sign_on(database, [b"k" * 32], Policy(public_url=HERE), language_of=lambda _: "en", clock=clock)
    await other.keys.begin()
    bearer = {"authorization": f"Bearer {given['access_token']}"}

    elsewhere = httpx.ASGITransport(Starlette(routes=sign_on_routes(lambda: other)))
    async with httpx.AsyncClient(transport=elsewhere, base_url=HERE) as far:
        assert (await far.get("/oauth/userinfo", headers=bearer)).status_code == 200
        account = "demo-student"
        match how:
            case "disable":
                await close_account(sign_on, "student", disabled=True)
            case "withdraw":
                assert await withdraw_consent(sign_on, account, "demo-web")
            case "sign out":
                await end_session(sign_on, account, (await sign_on.sessions.of(account))[0].id)
            case _:
                kind = how.split()[1]
                reply = await http.post("/oauth/revoke", data={"client_id": "demo-web", "token": given[f"{kind}_token"]})
                assert reply.status_code == 200
        assert (await http.get("/oauth/userinfo", headers=bearer)).status_code == 401
        clock.pass_by(seconds=31)
        assert (await far.get("/oauth/userinfo", headers=bearer)).status_code == 401


async def test_keys_rotate_without_a_token_being_refused(sign_on: SignOn, clock: MovedClock, database: Any) -> None:
    verifier = KeyRing(SigningKeys(database), Vault([b"k" * 32], "signing keys"), clock)
    await verifier.begin()

    async def token(ring: KeyRing) -> str:
        now = int(clock().timestamp())
        claims = {
            "iss": HERE,
            "aud": f"{HERE}/graphql",
            "sub": "a",
            "client_id": "c",
            "jti": "j",
            "scope": "",
            "iat": now,
            "exp": now + 300,
        }
        return await ring.sign(claims, "at+jwt")

    before = await token(sign_on.keys)
    old, new = "", (await sign_on.keys.rotate())[0]
    kids = set()
    for _ in range(40):
        clock.pass_by(seconds=30)
        for ring in (sign_on.keys, verifier):
            fresh = await token(ring)
            for judge in (sign_on.keys, verifier):
                claims = await verified(fresh, {HERE: judge}, AUDIENCE, clock())
                assert claims.subject == "a"
            published = {key["kid"] for key in (await ring.public())["keys"]}

            kid = unverified(fresh)[0]["kid"]
            assert kid in published
            kids.add(kid)
            old = old or kid
    assert kids == {old, new}
    assert {key["kid"] for key in (await sign_on.keys.public())["keys"]} == {new}
    with pytest.raises(TokenRefused):
        await verified(before, {HERE: sign_on.keys}, AUDIENCE, clock())


async def test_who_guesses_waits_and_the_owner_elsewhere_does_not(http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock) -> None:
    for _ in range(5):
        assert (await sign_in(http, "student", "guess")).status_code == 401
    assert (await sign_in(http, "student")).status_code == 429

    transport = httpx.ASGITransport(Starlette(routes=sign_on_routes(lambda: sign_on)), client=("198.51.100.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as owner:
        assert (await sign_in(owner, "student")).status_code == 303
    clock.pass_by(seconds=3)
    assert (await sign_in(http, "student")).status_code == 303


def test_the_back_off_doubles_within_a_bound() -> None:
    assert [back_off(count) for count in (0, 4)] == [timedelta()] * 2
    assert [back_off(count).total_seconds() for count in (5, 6, 7)] == [2, 4, 8]
    assert back_off(10**6) == timedelta(minutes=15)


async def test_an_administrators_second_factor_counts_once(http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock) -> None:

    added = await add_person(sign_on, "chief", "示例", frozenset({"province_admin"}), province="33")
    assert added.password is not None
    assert added.authenticator is not None
    secret = b32decode(parse_qs(urlsplit(added.authenticator).query)["secret"][0])
    page = Page((await sign_in(http, "chief", added.password)).text)
    assert "ticket" in page.fields
    right = TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(int(clock().timestamp())).decode()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert (await http.post(page.action, data={**page.fields, "code": wrong})).status_code == 401
    assert (await http.post(page.action, data={**page.fields, "code": right})).status_code == 303
    page = Page((await sign_in(http, "chief", added.password)).text)
    assert (await http.post(page.action, data={**page.fields, "code": right})).status_code == 401
    assert (await http.post(page.action, data={**page.fields, "ticket": "AAAA", "code": right})).status_code == 403
    clock.pass_by(minutes=6)
    assert (await http.post(page.action, data={**page.fields, "code": right})).status_code == 403


async def test_what_ended_a_week_ago_is_purged(http: httpx.AsyncClient, app: Application, sign_on: SignOn, clock: MovedClock) -> None:
    await sign_in(http, "student")
    await tokens(http, app)
    assert (await purge(sign_on.database, clock))["tokens"] == 0
    clock.now += LIFETIMES.family + timedelta(days=8)
    assert await purge(sign_on.database, clock) == {"tokens": 3, "sessions": 1, "clients": 0, "attempts": 0, "pseudonyms": 0}


async def test_an_application_registers_itself_and_waits_for_more(http: httpx.AsyncClient, sign_on: SignOn) -> None:

    wanted = {
        "client_name": "手机应用",
        "redirect_uris": ["com.example.app:/back"],
        "token_endpoint_auth_method": "none",
        "scope": "openid resources:read statistics:read",
    }
    reply = await http.post("/oauth/register", json=wanted)
    assert reply.status_code == 201, reply.text
    told = reply.json()
    assert told["scope"] == "openid resources:read"
    assert told["scope_awaiting_approval"] == "statistics:read"
    place, bearer = httpx.URL(told["registration_client_uri"]).path, {"authorization": f"Bearer {told['registration_access_token']}"}
    assert (await http.get(place)).status_code == 401
    assert (await http.get(place, headers={"authorization": "Bearer guess"})).status_code == 401
    await approve_client(sign_on, told["client_id"], "system")
    assert "statistics:read" in (await http.get(place, headers=bearer)).json()["scope"].split()
    moved = await http.put(place, json={**wanted, "redirect_uris": ["https://evil.example/"]}, headers=bearer)
    assert moved.json()["scope"] == "openid resources:read"  # what was approved was another application
    assert (await http.delete(place, headers=bearer)).status_code == 204
    assert (await http.get(place, headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uris": ["http://evil.example/"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["data:text/html,x"]},
        {"redirect_uris": ["https://*.example/"]},
        {"redirect_uris": ["https://a.example/#x"]},
        {"redirect_uris": ["https://user@a.example/"]},
        {"redirect_uris": ["http://127.0.0.1/*"]},
        {"redirect_uris": []},
        {"redirect_uris": "https://a.example/"},
        {"redirect_uris": [f"https://a.example/{number}" for number in range(20)]},
        {"scope": "everything"},
        {"client_name": "<" * 100},
        {"client_name": "\u202e"},
        {"client_name": ""},
        {"grant_types": ["password"]},
        {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
    ],
)
async def test_no_registration_opens_what_must_stay_shut(http: httpx.AsyncClient, changed: dict[str, Any]) -> None:
    reply = await http.post("/oauth/register", json={"client_name": "x", "redirect_uris": ["https://a.example/"], **changed})
    assert reply.status_code == 400
    assert reply.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


async def test_one_address_cannot_fill_the_register(http: httpx.AsyncClient, clock: MovedClock) -> None:
    wanted = {"client_name": "x", "redirect_uris": ["https://a.example/"]}
    replies = [(await http.post("/oauth/register", json=wanted)).status_code for _ in range(21)]
    assert replies == [201] * 20 + [429]
    assert (await http.post("/oauth/register", content=b"[" * 40_000)).status_code == 413


async def test_a_client_learns_about_its_own_tokens_only(http: httpx.AsyncClient, app: Application, sign_on: SignOn) -> None:
    basic = ("demo-service", "huiju-demo-secret")
    own = (await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=basic)).json()["access_token"]
    await sign_in(http, "student")
    foreign = await tokens(http, app)
    assert (await http.post("/oauth/introspect", data={"token": own}, auth=basic)).json()["active"] is True
    for token in (foreign["access_token"], foreign["refresh_token"], "nonsense"):
        assert (await http.post("/oauth/introspect", data={"token": token}, auth=basic)).json() == {"active": False}
        await http.post("/oauth/revoke", data={"token": token}, auth=basic)
    assert (await http.get("/oauth/userinfo", headers={"authorization": f"Bearer {foreign['access_token']}"})).status_code == 200
    assert (await http.post("/oauth/introspect", data={"token": "x", "client_id": "demo-web"})).status_code == 401
    await http.post("/oauth/revoke", data={"token": own}, auth=basic)
    await http.post("/oauth/revoke", data={"token": foreign["refresh_token"], "client_id": "demo-web"})
    revoked = await sign_on.audit.events(actions=[Action.TOKENS_REVOKED])
    assert [(entry.event.actor, entry.event.subject) for entry in revoked] == [
        ("client:demo-web", "demo-student"),
        ("client:demo-service", "demo-service"),
    ]


async def test_signing_out_goes_back_to_registered_addresses_only(http: httpx.AsyncClient, app: Application, sign_on: SignOn) -> None:
    await sign_on.clients.add(
        Client(id="out", name="out", redirect_uris=("https://a.example/back",), post_logout_redirect_uris=("https://a.example/bye",))
    )
    await sign_in(http, "student")
    hint = (await tokens(http, app))["id_token"]
    asked = await http.get("/oauth/logout", params={"client_id": "out", "post_logout_redirect_uri": "https://a.example/bye"})
    assert asked.status_code == 200  # nobody proved that the person wants it: the page asks
    page = Page(asked.text)
    done = await http.post(page.action, data=page.fields)
    assert done.headers["location"].startswith("https://a.example/bye")
    await sign_in(http, "student")
    hint = (await tokens(http, app))["id_token"]
    away = await http.get("/oauth/logout", params={"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example/"})
    assert (away.status_code, "location" in away.headers) == (200, False)
    assert (await http.get("/oauth/account")).status_code == 303  # signed out all the same


async def test_a_person_sees_and_ends_sign_ins_and_applications(http: httpx.AsyncClient, app: Application, sign_on: SignOn) -> None:
    await sign_in(http, "student")
    given = await tokens(http, app)
    shown = await http.get("/oauth/account")
    assert "示例网页应用" in shown.text
    csrf = Page(shown.text).fields["csrf"]
    assert (await http.post("/oauth/account", data={"client": "demo-web"})).status_code == 403
    assert (await http.post("/oauth/account", data={"csrf": csrf, "client": "demo-web"})).status_code == 303
    assert "示例网页应用" not in (await http.get("/oauth/account")).text
    assert (await exchange(http, app, grant_type="refresh_token", refresh_token=given["refresh_token"])).status_code == 400


async def test_failed_sign_ins_are_written_down_for_accounts_and_not_for_invented_names(http: httpx.AsyncClient, sign_on: SignOn) -> None:
    await sign_in(http, "student", "guess")
    await sign_in(http, "nobody-of-this-name", "guess")
    refused = await sign_on.audit.events(actions=[Action.SIGN_IN_REFUSED])
    assert [entry.event.actor for entry in refused] == ["demo-student"]


async def test_addresses_in_the_audit_log_are_pseudonyms_that_come_to_mean_nothing(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    async def told() -> str:
        await sign_in(http, "student")
        return (await sign_on.audit.events(actions=[Action.SIGNED_IN], limit=1))[0].event.detail["from"]

    first = await told()
    assert await told() == first
    clock.pass_by(days=1)
    assert await told() != first
    assert (await purge(sign_on.database, clock))["pseudonyms"] == 0
    clock.pass_by(days=184)
    assert (await purge(sign_on.database, clock))["pseudonyms"] == 1
    clock.pass_by(days=-185)
    assert await told() != first  # with the salt of the day gone, nobody makes the pseudonym again
    await sign_on.audit.verify()
