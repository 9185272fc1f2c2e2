"""Signing on while a harvest runs in another process: it waits for no source, because no lock is held while one is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from connectors.protocol import Batch, Collection, Query
from harvest import harvest
from store.catalog import Catalog
from store.database import Database
from tests.auth.browser import Application
from tests.auth.test_flows import HERE, exchange, sign_in, tokens
from tests.harvest.shelf import Shelf, items, source_of


@dataclass
class Pausing(Shelf):
    """Gives a batch only when it is told to go on, and says when it is waited for."""

    waited_for: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        async for batch in super().read(query):
            yield batch
            self.waited_for.set()
            await self.go_on.wait()


async def test_a_person_signs_in_and_renews_while_a_harvest_waits_for_its_source(http: httpx.AsyncClient, tmp_path: Path) -> None:
    shelf, app = Pausing({Collection.RESOURCES: items(30)}), Application(HERE)
    elsewhere = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    harvesting = asyncio.create_task(harvest(source_of(shelf), Catalog(elsewhere)))
    try:
        await asyncio.wait([harvesting, waiting := asyncio.create_task(shelf.waited_for.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert waiting.done()
        assert (await sign_in(http, "teacher")).status_code == 303
        given = await tokens(http, app)
        renewed = await exchange(http, app, grant_type="refresh_token", refresh_token=given["refresh_token"])
        assert renewed.status_code == 200
        assert not harvesting.done()
    finally:
        shelf.go_on.set()
        report = await harvesting
        await elsewhere.aclose()
    assert (report.seen, report.error) == (30, None)
