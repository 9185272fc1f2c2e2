"""What sign-on keeps, on both databases: used once also when two come at once, unique where it must be, gone when it ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.account_removal import remove_account
from store.accounts import Account, Accounts
from store.attempts import Attempts
from store.audit import Audit
from store.browser_sessions import BrowserSession, BrowserSessions
from store.clients import Client, Clients
from store.consents import Consents
from store.database import Database
from store.errors import NameTaken
from store.signing_keys import SigningKey, SigningKeys
from store.tokens import Code, Family, Replayed, Tokens

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LEEWAY, MONTH = timedelta(seconds=10), timedelta(days=30)
CODE = Code(
    family="f1",
    client="web",
    account="a1",
    session="s1",
    redirect_uri="https://a.example/back",
    scopes=frozenset({"openid", "resources:read"}),
    challenge="c" * 43,
    nonce=None,
    resource=None,
    auth_time=NOW,
    second_factor=True,
    expires_at=NOW + timedelta(seconds=60),
)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def tokens(database: Database, clock: Clock) -> Tokens:
    await Accounts(database, clock).add(Account(id="a1", username="li", name="示例", roles=frozenset({"teacher"}), province="33"))
    await Clients(database, clock).add(Client(id="web", name="示例", redirect_uris=("https://a.example/back",), scopes=CODE.scopes))
    return Tokens(database, clock)


async def test_of_many_who_redeem_one_code_one_wins_and_the_family_ends(tokens: Tokens) -> None:
    await tokens.keep_code(b"code", CODE)

    async def redeem(number: int) -> Code | Replayed | None:
        try:
            return await tokens.redeem(b"code", lambda _: True, lifetime=MONTH, refresh=f"r{number}".encode())
        except Replayed as replayed:
            return replayed

    found = await asyncio.gather(*(redeem(number) for number in range(8)))
    assert [type(each) for each in found].count(Code) == 1
    assert [type(each) for each in found].count(Replayed) == 7
    assert await tokens.families_of("a1") == []


async def test_a_code_that_is_not_accepted_is_used_up(tokens: Tokens, clock: Clock) -> None:
    await tokens.keep_code(b"code", CODE)
    assert await tokens.redeem(b"code", lambda _: False, lifetime=MONTH, refresh=None) is None
    with pytest.raises(Replayed):
        await tokens.redeem(b"code", lambda _: True, lifetime=MONTH, refresh=None)
    assert await tokens.redeem(b"unknown", lambda _: True, lifetime=MONTH, refresh=None) is None


async def test_tabs_that_refresh_at_once_share_one_successor(tokens: Tokens, clock: Clock) -> None:
    await tokens.keep_code(b"code", CODE)
    assert await tokens.redeem(b"code", lambda code: code == CODE, lifetime=MONTH, refresh=b"r1") == CODE
    found = await asyncio.gather(*(tokens.refresh(b"r1", b"r2", "web", LEEWAY) for _ in range(6)))
    assert {type(each) for each in found} == {Family}
    assert await tokens.refresh(b"r2", b"r3", "other", LEEWAY) is None
    clock.now += LEEWAY * 2
    with pytest.raises(Replayed):
        await tokens.refresh(b"r1", b"r2", "web", LEEWAY)
    assert await tokens.refresh(b"r2", b"r3", "web", LEEWAY) is None


async def test_standing_follows_account_client_family_and_token(tokens: Tokens, database: Database, clock: Clock) -> None:
    await tokens.keep_code(b"code", CODE)
    await tokens.redeem(b"code", lambda _: True, lifetime=MONTH, refresh=b"r1")

    async def stands() -> bool:
        return await tokens.standing(account="a1", client="web", family="f1", jti="j1") is not None

    assert await stands()
    accounts, clients = Accounts(database, clock), Clients(database, clock)
    await accounts.disable("a1")
    assert not await stands()
    await accounts.disable("a1", disabled=False)
    client = await clients.by_id("web")
    assert client is not None
    await tokens.revoke_token("j1", NOW + MONTH)
    assert not await stands()
    assert await tokens.standing(account="a1", client="web", family="f1", jti="j2") is not None
    await tokens.revoke(account="a1", client="web")
    assert await tokens.standing(account="a1", client="web", family="f1", jti="j2") is None


async def test_names_and_identities_mean_one_account(tokens: Tokens, database: Database) -> None:
    accounts = Accounts(database)
    with pytest.raises(NameTaken):
        await accounts.add(Account(id="a2", username="li", name="示例"))
    await accounts.link("a1", "https://id.example", "u1")
    with pytest.raises(NameTaken):
        await accounts.add(Account(id="a3", name="示例"), ("https://id.example", "u1"))
    assert await accounts.by_id("a3") is None
    found = await accounts.by_identity("https://id.example", "u1")
    assert found is not None
    assert found.id == "a1"


async def test_an_account_leaves_with_everything_that_hangs_on_it(tokens: Tokens, database: Database, clock: Clock) -> None:
    await tokens.keep_code(b"code", CODE)
    await tokens.redeem(b"code", lambda _: True, lifetime=MONTH, refresh=b"r1")
    await Accounts(database).link("a1", "https://id.example", "u1")
    await Consents(database, clock).give("a1", "web", CODE.scopes)
    session = BrowserSession(id="s1", account="a1", auth_time=NOW, second_factor=True, device="?", expires_at=NOW + MONTH)
    await BrowserSessions(database, clock).add(b"cookie", session)
    await remove_account(database, "a1", Audit(database, clock))
    assert await Accounts(database).by_identity("https://id.example", "u1") is None
    assert await Consents(database, clock).of("a1") == {}
    assert await BrowserSessions(database, clock).find(b"cookie") is None
    assert await tokens.refresh(b"r1", b"r2", "web", LEEWAY) is None
    assert [entry.event.actor for entry in await Audit(database).events()] == ["a1"]


async def test_processes_that_start_together_have_one_signing_key(database: Database) -> None:
    keys = SigningKeys(database)
    made = [SigningKey(kid=f"k{each}", algorithm="ES256", sealed=b"x", public="{}", signs_from=NOW) for each in range(5)]
    await asyncio.gather(*(keys.begin(lambda key=key: key) for key in made))  # type: ignore[misc]
    first = await keys.believed(NOW)
    assert len(first) == 1
    successor = SigningKey(kid="new", algorithm="ES256", sealed=b"x", public="{}", signs_from=NOW + LEEWAY)
    await keys.rotate(successor, NOW + MONTH)
    assert [key.kid for key in await keys.believed(NOW)] == [first[0].kid, "new"]
    assert [key.kid for key in await keys.believed(NOW + MONTH)] == ["new"]


async def test_attempts_are_counted_at_once_and_forgotten_after_a_while(database: Database, clock: Clock) -> None:
    attempts = Attempts(database, timedelta(minutes=30), clock)
    assert sorted(await asyncio.gather(*(attempts.add(b"k") for _ in range(10)))) == list(range(1, 11))
    assert await attempts.of(b"k") == (10, NOW)
    clock.now += timedelta(minutes=31)
    assert await attempts.of(b"k") == (0, None)
    assert await attempts.add(b"k") == 1
