"""A person's own applications: what they can do with theirs, and with nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from auth import own_clients
from auth.administration import NotDone, approve_client
from auth.keys import LIFETIMES
from auth.own_clients import Because, Kind, NotChanged, State, kind_of, state_of
from auth.own_data import delete_own_account, export_own_data
from auth.retention import purge
from auth.server.client_metadata import Unfit
from auth.sign_on import SignOn
from store.audit import Action
from store.clients import Client, clients
from tests.auth.conftest import MovedClock

ME, OTHER = "demo-developer", "demo-national-admin"
BACK = "https://a.example/back"


async def registered(sign_on: SignOn, account: str = ME, **changed: Any) -> tuple[Client, str | None]:
    said = {"name": "示例应用", "kind": Kind.CONFIDENTIAL, "redirect_uris": [BACK], "scopes": ["openid", "resources:read"], **changed}
    return await own_clients.register(sign_on, account, **said)


async def token_status(http: httpx.AsyncClient, client: Client, secret: str | None) -> int:
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": secret or ""}
    return (await http.post("/oauth/token", data=form)).status_code


async def why(doing: Any) -> Because:
    with pytest.raises(NotChanged) as refused:
        await doing
    return refused.value.because


@pytest.mark.parametrize("kind", list(Kind))
async def test_an_application_has_a_secret_where_it_can_keep_one(sign_on: SignOn, kind: Kind) -> None:
    client, secret = await registered(sign_on, kind=kind)
    assert (secret is None) == (kind is Kind.PUBLIC)
    kept = await sign_on.clients.by_id(client.id)
    assert kept is not None
    assert (kind_of(kept), kept.owner, kept.approved) == (kind, ME, False)
    assert (secret or "-").encode() not in (kept.secret or b"")


async def test_what_is_not_public_awaits_an_administrator(sign_on: SignOn) -> None:
    client, _ = await registered(sign_on, scopes=["resources:read", "statistics:read", "audit:read"])
    assert client.scopes == {"resources:read"}
    assert state_of(client) is State.AWAITING_APPROVAL
    approved = await approve_client(sign_on, client.id, OTHER, frozenset({"statistics:read"}))
    assert approved.requested == {"audit:read"}
    widened = await own_clients.change(sign_on, ME, client.id, scopes=["resources:read", "statistics:read", "students:read"])
    assert (widened.scopes, widened.requested) == ({"resources:read", "statistics:read"}, {"students:read"})
    renamed = await own_clients.change(sign_on, ME, client.id, name="另一个名字")
    assert (renamed.scopes, renamed.approved) == ({"resources:read"}, False)
    assert renamed.requested == {"statistics:read", "students:read"}


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["data:text/html,x"]}, "redirect_uris"),
        ({"redirect_uris": ["http://evil.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://user@a.example/"]}, "redirect_uris"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": [f"{BACK}/{number}" for number in range(11)]}, "redirect_uris"),
        ({"scopes": ["everything"]}, "scope"),
        ({"name": "\u202e"}, "client_name"),
        ({"name": "长" * 81}, "client_name"),
        ({"name": " "}, "client_name"),
    ],
)
async def test_the_rules_are_those_of_registration(sign_on: SignOn, changed: dict[str, Any], member: str) -> None:
    with pytest.raises(Unfit) as refused:
        await registered(sign_on, **changed)
    assert refused.value.member == member
    client, _ = await registered(sign_on)
    with pytest.raises(Unfit):
        await own_clients.change(sign_on, ME, client.id, **changed)
    assert await sign_on.clients.by_id(client.id) == client


async def test_the_old_secret_is_good_beside_the_new_one_for_a_day(http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock) -> None:
    client, first = await registered(sign_on, kind=Kind.SERVICE)
    _, second = await own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)
    assert [await token_status(http, client, each) for each in (first, second, "guess")] == [200, 200, 401]
    clock.now += LIFETIMES.secret_overlap
    assert [await token_status(http, client, each) for each in (first, second)] == [401, 200]


async def test_a_secret_that_leaked_ends_at_once(http: httpx.AsyncClient, sign_on: SignOn) -> None:
    client, first = await registered(sign_on, kind=Kind.SERVICE)
    _, second = await own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)
    _, third = await own_clients.rotate_secret(sign_on, ME, client.id, end_previous=True)
    assert [await token_status(http, client, each) for each in (first, second, third)] == [401, 401, 200]


async def test_what_is_revoked_gets_no_token_and_stays_revoked(http: httpx.AsyncClient, sign_on: SignOn, clock: MovedClock) -> None:
    client, secret = await registered(sign_on, kind=Kind.SERVICE)
    _, again = await own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)
    ended = await own_clients.revoke(sign_on, ME, client.id)
    assert state_of(ended) is State.REVOKED
    assert [await token_status(http, client, each) for each in (secret, again)] == [401, 401]
    clock.pass_by(hours=1)
    assert await own_clients.revoke(sign_on, ME, client.id) == ended
    assert await why(own_clients.change(sign_on, ME, client.id, name="x")) is Because.REVOKED
    assert await why(own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)) is Because.REVOKED
    with pytest.raises(NotDone):
        await approve_client(sign_on, client.id, OTHER)
    assert [each.event.action for each in await sign_on.audit.events(subjects=[f"client:{client.id}"])].count(Action.CLIENT_REVOKED) == 1
    clock.pass_by(days=91)
    assert (await purge(sign_on.database, clock))["clients"] == 1
    assert await sign_on.clients.by_id(client.id) is None


async def test_anothers_application_is_as_absent_as_one_that_never_was(sign_on: SignOn) -> None:
    client, _ = await registered(sign_on)
    for identifier in (client.id, "demo-web", "c-nothing", "' OR 1=1 --"):
        for doing in (
            own_clients.change(sign_on, OTHER, identifier, name="mine"),
            own_clients.rotate_secret(sign_on, OTHER, identifier, end_previous=True),
            own_clients.revoke(sign_on, OTHER, identifier),
        ):
            assert await why(doing) is Because.NOT_FOUND
    assert await sign_on.clients.owned(OTHER) == []
    assert await sign_on.clients.by_id(client.id) == client


async def test_nobody_fills_the_register_or_the_log(sign_on: SignOn, clock: MovedClock) -> None:
    client, _ = await registered(sign_on)
    for _ in range(own_clients.REGISTRATIONS - 1):
        await registered(sign_on)
    assert await why(registered(sign_on)) is Because.TOO_OFTEN
    await registered(sign_on, OTHER)  # who is somebody else
    clock.pass_by(minutes=31)
    for _ in range(own_clients.MOST - own_clients.REGISTRATIONS):
        await registered(sign_on)
        clock.pass_by(minutes=31)
    assert await why(registered(sign_on)) is Because.TOO_MANY
    await own_clients.revoke(sign_on, ME, client.id)
    await registered(sign_on)


async def test_changes_are_bounded_and_a_revocation_is_not(sign_on: SignOn) -> None:
    client, _ = await registered(sign_on)
    for number in range(own_clients.CHANGES):
        await own_clients.change(sign_on, ME, client.id, name=f"名称 {number}")
    assert await why(own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)) is Because.TOO_OFTEN
    assert (await own_clients.revoke(sign_on, ME, client.id)).disabled


async def test_two_writers_do_not_undo_each_other(sign_on: SignOn) -> None:
    client, _ = await registered(sign_on, scopes=["resources:read", "statistics:read"])
    await asyncio.gather(
        own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False),
        own_clients.change(sign_on, ME, client.id, scopes=["resources:read", "statistics:read", "students:read"]),
        approve_client(sign_on, client.id, OTHER, frozenset({"statistics:read"})),
        own_clients.change(sign_on, ME, client.id, scopes=["resources:read", "statistics:read", "students:read"]),
    )
    kept = await sign_on.clients.by_id(client.id)
    assert kept is not None
    assert (kept.previous_secret, kept.scopes, kept.requested) == (client.secret, {"resources:read", "statistics:read"}, {"students:read"})


async def test_no_secret_is_kept_or_written_down(sign_on: SignOn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client, secret = await registered(sign_on)
    _, other = await own_clients.rotate_secret(sign_on, ME, client.id, end_previous=False)
    await own_clients.revoke(sign_on, ME, client.id)
    told = str(await sign_on.audit.events()) + caplog.text + await export_own_data(sign_on, ME)
    async with sign_on.database.begin_read() as connection:
        told += str((await connection.execute(select(clients))).all())
    assert secret
    assert other
    assert secret not in told
    assert other not in told
    assert BACK not in str(await sign_on.audit.events())


async def test_with_the_account_go_its_applications(sign_on: SignOn) -> None:
    client, _ = await registered(sign_on)
    others, _ = await registered(sign_on, OTHER)
    assert client.id in await export_own_data(sign_on, ME)
    await delete_own_account(sign_on, ME)
    assert await sign_on.clients.by_id(client.id) is None
    assert await sign_on.clients.by_id(others.id) == replace(others)
