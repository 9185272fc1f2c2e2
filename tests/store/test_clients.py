"""Clients of one account among many: walked, counted, and changed one writer after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from store.clients import Client, Clients, _values, clients
from store.database import Database

MADE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


async def test_ten_thousand_applications_are_walked_page_by_page(database: Database) -> None:
    store = Clients(database)
    rows = [
        _values(Client(id=f"c-{at:05}", name="示例", owner="other" if at % 100 else "me", created_at=MADE + timedelta(seconds=at // 350)))
        for at in range(10_000)
    ]
    async with database.begin_write() as connection:
        await connection.execute(insert(clients), rows)
    assert (await store.count_owned("me"), await store.count_owned("other", disabled=False)) == (100, 9_900)
    walked: list[Client] = []
    while found := await store.owned("me", (walked[-1].created_at or MADE, walked[-1].id) if walked else None, 7):
        walked += found
    assert [each.id for each in walked] == [f"c-{number:05}" for number in range(9_900, -1, -100)]
    assert {each.owner for each in walked} == {"me"}


async def test_writers_do_not_undo_each_other(database: Database) -> None:
    store = Clients(database)
    await store.add(Client(id="c", name="示例", owner="me"))

    def adding(scope: str) -> Callable[[Client], Client]:
        return lambda client: replace(client, scopes=client.scopes | {scope})

    await asyncio.gather(*(store.change("c", adding(scope)) for scope in ("a", "b", "d")))
    assert await store.change("c", lambda client: replace(client, scopes=frozenset()), owner="other") is None
    kept = await store.by_id("c")
    assert kept is not None
    assert kept.scopes == {"a", "b", "d"}
