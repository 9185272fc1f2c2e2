"""What people change about how they sign in, on the pages themselves: a new password, a second factor, recovery codes."""

from __future__ import annotations

import re
from base64 import b32decode
from dataclasses import replace

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import text
from starlette.applications import Starlette

from auth.administration import take_second_factor_away
from auth.pages.securing import PASSWORD, SECOND_FACTOR
from auth.routes import sign_on_routes
from auth.sealing import digest
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action
from store.browser_sessions import BrowserSession
from tests.auth.browser import Application, Page
from tests.auth.conftest import MovedClock
from tests.auth.test_flows import HERE, exchange, sign_in, tokens

OLD, NEW = "huiju-demo", "a-new-password"


async def send(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Fill in the first form of a page."""
    page = Page((await http.get(path)).text)
    return await http.post(page.action, data={**page.fields, **fields})


def shown_secret(page: str) -> bytes:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None, page
    return b32decode(found[1].replace(" ", ""))


def code_of(secret: bytes, clock: MovedClock) -> str:
    return TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(int(clock().timestamp())).decode()


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>((?:[A-Z2-7]{5}-){3}[A-Z2-7]{5})</code>", page)


async def enrol(http: httpx.AsyncClient, clock: MovedClock) -> tuple[bytes, list[str]]:
    """Enrol a second factor on its page; the secret, and the recovery codes that were shown."""
    shown = await http.get(SECOND_FACTOR)
    secret, page = shown_secret(shown.text), Page(shown.text)
    reply = await http.post(page.action, data={**page.fields, "password": OLD, "code": code_of(secret, clock)})
    assert reply.status_code == 200, reply.text
    return secret, codes_on(reply.text)


def another(sign_on: SignOn) -> httpx.AsyncClient:
    """Another browser."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=sign_on_routes(lambda: sign_on))), base_url=HERE)


async def test_a_new_password_ends_what_was_signed_in_with_the_old_one(http: httpx.AsyncClient, sign_on: SignOn) -> None:
    app = Application(HERE)
    async with another(sign_on) as elsewhere:
        await sign_in(elsewhere, "student")
        given = await tokens(elsewhere, app)
        await sign_in(http, "student")
        assert PASSWORD in (await http.get("/oauth/account")).text
        changed = await send(http, PASSWORD, current=OLD, new=NEW, again=NEW)
        assert (changed.status_code, changed.headers["location"]) == (303, "/oauth/account")
        assert (await http.get("/oauth/account")).status_code == 200
        assert (await elsewhere.get("/oauth/account")).status_code == 303
        assert (await exchange(elsewhere, app, grant_type="refresh_token", refresh_token=given["refresh_token"])).status_code == 400
        bearer = {"authorization": f"Bearer {given['access_token']}"}
        assert (await elsewhere.get("/oauth/userinfo", headers=bearer)).status_code == 401
        assert (await sign_in(elsewhere, "student", OLD)).status_code == 401
        assert (await sign_in(elsewhere, "student", NEW)).status_code == 303
    assert [entry.event.actor for entry in await sign_on.audit.events(actions=[Action.PASSWORD_CHANGED])] == ["demo-student"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"current": "guess", "new": NEW, "again": NEW}, 401),
        ({"current": OLD, "new": NEW, "again": NEW + "x"}, 400),
        ({"current": OLD, "new": "short", "again": "short"}, 400),
        ({"current": OLD, "new": "x" * 201, "again": "x" * 201}, 400),
        ({"current": OLD, "new": OLD, "again": OLD}, 400),
        ({"current": OLD, "new": NEW, "again": NEW, "csrf": "guess"}, 403),
    ],
)
async def test_a_change_that_is_wrong_changes_nothing(
    http: httpx.AsyncClient, sign_on: SignOn, fields: dict[str, str], status: int
) -> None:
    await sign_in(http, "student")
    assert (await send(http, PASSWORD, **fields)).status_code == status
    assert (await sign_in(http, "student", OLD)).status_code == 303


async def test_a_session_that_was_stolen_is_no_licence_to_guess_the_password(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    await sign_in(http, "student")
    for _ in range(5):
        assert (await send(http, PASSWORD, current="guess", new=NEW, again=NEW)).status_code == 401
    assert "too many attempts" in (await send(http, PASSWORD, current=OLD, new=NEW, again=NEW)).text
    async with another(sign_on) as owner:
        assert (await sign_in(owner, "student")).status_code == 303
    refused = await sign_on.audit.events(actions=[Action.SIGN_IN_REFUSED])
    assert [entry.event.actor for entry in refused] == ["demo-student"] * 5
    clock.pass_by(seconds=3)
    assert (await send(http, PASSWORD, current=OLD, new=NEW, again=NEW)).status_code == 303


async def test_a_second_factor_is_asked_for_from_then_on_and_each_recovery_code_counts_once(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    await sign_in(http, "teacher")
    secret, codes = await enrol(http, clock)
    assert len(set(codes)) == 10
    assert "Recovery codes that are left: 10" in (await http.get(SECOND_FACTOR)).text
    async with another(sign_on) as elsewhere:
        page = Page((await sign_in(elsewhere, "teacher")).text)
        used = await elsewhere.post(page.action, data={**page.fields, "code": code_of(secret, clock)})
        assert used.status_code == 401  # it was used to enrol
        clock.pass_by(seconds=30)
        entered = await elsewhere.post(page.action, data={**page.fields, "code": code_of(secret, clock)})
        assert entered.status_code == 303
    for status in (303, 401):
        async with another(sign_on) as elsewhere:
            page = Page((await sign_in(elsewhere, "teacher")).text)
            assert (await elsewhere.post(page.action, data={**page.fields, "code": codes[0].lower()})).status_code == status
    assert "Recovery codes that are left: 9" in (await http.get(SECOND_FACTOR)).text
    deeds = [entry.event.action for entry in await sign_on.audit.events(subjects=["demo-teacher"])]
    assert deeds == [Action.RECOVERY_CODE_USED, Action.RECOVERY_CODES_MADE, Action.SECOND_FACTOR_ENROLLED]
    async with sign_on.database.begin_read() as connection:
        kept = str((await connection.execute(text("SELECT * FROM recovery_codes"))).all())
    assert not any(each in kept or each.replace("-", "") in kept for each in codes)


async def test_new_codes_replace_the_old_ones_and_a_removed_factor_is_not_asked_for(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    await sign_in(http, "teacher")
    secret, codes = await enrol(http, clock)
    async with another(sign_on) as elsewhere:
        page = Page((await sign_in(elsewhere, "teacher")).text)
        await elsewhere.post(page.action, data={**page.fields, "code": codes[0]})
        assert (await send(http, SECOND_FACTOR, code="000000", remove="remove")).status_code == 401
        renewed = codes_on((await send(http, SECOND_FACTOR, code=codes[1], renew="renew")).text)
        assert len(renewed) == 10
        assert (await send(http, SECOND_FACTOR, code=codes[2], remove="remove")).status_code == 401
        assert (await send(http, SECOND_FACTOR, code=renewed[0], remove="remove")).headers["location"] == SECOND_FACTOR
        assert (await elsewhere.get("/oauth/account")).status_code == 303
        assert (await sign_in(elsewhere, "teacher")).status_code == 303
    assert await sign_on.recovery_codes.left("demo-teacher") == 0
    assert shown_secret((await http.get(SECOND_FACTOR)).text) != secret


@pytest.mark.parametrize("fields", [{"password": "guess"}, {"code": "000000"}, {"ticket": "AAAA"}, {"csrf": "guess"}])
async def test_nobody_enrols_for_somebody_else(http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock, fields: dict[str, str]) -> None:
    await sign_in(http, "teacher")
    shown = await http.get(SECOND_FACTOR)
    page = Page(shown.text)
    right = {"password": OLD, "code": code_of(shown_secret(shown.text), clock)}
    assert (await http.post(page.action, data={**page.fields, **right, **fields})).status_code in (401, 403)
    account = await sign_on.accounts.by_id("demo-teacher")
    assert account is not None
    assert account.totp is None


async def test_an_administrator_without_a_second_factor_is_led_to_one_and_then_has_the_rights(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    led = await sign_in(http, "province_admin")
    assert led.headers["location"] == f"{SECOND_FACTOR}?next=%2Foauth%2Faccount"
    shown = await http.get(led.headers["location"])
    assert "until then your administrator&#x27;s rights are not in force" in shown.text
    assert '<a href="/oauth/account">Not now</a>' in shown.text
    assert "rights are not in force" in (await http.get("/oauth/account")).text
    await enrol(http, clock)
    assert "rights are not in force" not in (await http.get("/oauth/account")).text
    assert (await sign_in(http, "student")).headers["location"] == "/oauth/account"
    await take_second_factor_away(sign_on, "province_admin")
    assert (await sign_in(http, "province_admin")).headers["location"].startswith(SECOND_FACTOR)


async def test_who_has_no_password_here_enrols_soon_after_signing_in_elsewhere(
    http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock
) -> None:
    await sign_on.accounts.add(Account(id="far", name="示例"))
    now = clock()
    session = BrowserSession(
        id="s", account="far", auth_time=now, second_factor=False, device="?", expires_at=now.replace(year=now.year + 1)
    )
    await sign_on.sessions.add(digest("cookie"), session)
    http.cookies.set("__Host-huiju_session", "cookie", domain="huiju.example")
    assert "no password here" in (await http.get(PASSWORD)).text
    clock.pass_by(minutes=11)
    shown = await http.get(SECOND_FACTOR)
    page = Page(shown.text)
    assert "password" not in page.fields
    late = await http.post(page.action, data={**page.fields, "code": code_of(shown_secret(shown.text), clock)})
    assert late.status_code == 401
    assert "sign in again first" in late.text
    clock.pass_by(minutes=-11)
    assert len((await enrol(http, clock))[1]) == 10


@pytest.mark.parametrize("path", [PASSWORD, SECOND_FACTOR])
async def test_the_pages_are_in_both_languages_without_scripts_and_for_who_is_signed_in(
    http: httpx.AsyncClient, sign_on: SignOn, path: str
) -> None:
    assert (await http.get(path)).headers["location"] == f"/oauth/login?next={path.replace('/', '%2F')}"
    await sign_in(http, "student")
    reply = await http.get(path)
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"
    assert "<script" not in reply.text
    assert "style=" not in reply.text
    assert ("<svg" in reply.text) is (path == SECOND_FACTOR)
    chinese = httpx.ASGITransport(Starlette(routes=sign_on_routes(lambda: replace(sign_on, language_of=lambda _: "zh"))))
    async with httpx.AsyncClient(transport=chinese, base_url=HERE, cookies=http.cookies) as reader:
        assert {"<h1>修改密码</h1>", "<h1>二次验证</h1>"} & set(re.findall("<h1>.*?</h1>", (await reader.get(path)).text))
