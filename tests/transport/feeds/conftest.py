"""A server with one feed, in this process, asked over real sockets; its store is of each kind that the catalog runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from egress import Allow
from federation import Arrangement, Document
from server import create_app, uvicorn_config
from settings import Settings
from store.database import Database
from store.push_secrets import PushSecrets
from store.reader import Reader
from store.record import Record
from store.sources import Sources
from store.tables import quarantine

DEFINITION = """
name = "college"
title = "示例学院推送"
tier = "school"
institution = "4133020001"
connector = "feed"
mode = "push"
connection = { max_row = 2000, max_columns = 50 }

[tables.visibility]
"公开" = "public"
"本校" = "school"

[resources]
identifier = "id"
op = { path = "op", delete = "delete", keep = "keep" }
version = { path = "version", form = "number" }
checks = { title = { longest = 100 } }

[resources.mapping]
title = "title"
summary = "summary"
institution = "school"
visibility = { path = "scope", table = "visibility", default = "public" }

[libraries]
identifier = "id"

[libraries.mapping]
name = "name"
"""

NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"


@dataclass
class House:
    """A running server: `push` sends a body, `held` is what everybody sees, by native key."""

    http: httpx.AsyncClient
    database: Database
    secret: str
    key: str

    async def push(
        self, body: Any, media_type: str = NDJSON, *, secret: str | None = None, lang: str = "en", **params: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret or self.secret}", "content-type": media_type, "accept-language": lang}
        return await self.http.post("/feeds/college", params=params, content=body, headers=headers)

    async def state(self, **params: Any) -> httpx.Response:
        return await self.http.get("/feeds/college", params=params, headers={"authorization": f"Bearer {self.secret}"})

    async def give_up(self, push: str, *, secret: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret or self.secret}"}
        return await self.http.delete("/feeds/college", params={"push": push}, headers=headers)

    async def held(self, keys: frozenset[str] = frozenset({"pub"})) -> dict[str, Record]:
        found = await Reader(self.database, keys).records(sources={self.key}, limit=100_000)
        return {record.key: record for record in found}

    async def until_held(self) -> None:
        """Wait for the first record."""
        for _ in range(1500):
            if await self.held():
                return
            await asyncio.sleep(0.02)
        raise TimeoutError

    async def quarantined(self) -> list[tuple[str | None, str]]:
        async with self.database.begin_read() as connection:
            statement = select(quarantine.c.key, quarantine.c.reason).order_by(quarantine.c.number)
            return [(row.key, row.reason) for row in await connection.execute(statement)]


@asynccontextmanager
async def housed(directory: Path, database_url: str, document: str = DEFINITION) -> AsyncIterator[House]:
    """Serve `document` until the block is left."""
    environment = {"HUIJU_DATA_DIR": str(directory), "HUIJU_PORT": "0", "HUIJU_DATABASE_URL": database_url, "HUIJU_LANG": "en"}
    settings = Settings.from_environment(environment)
    application = create_app(settings, Arrangement(documents=(Document(document, "test", directory),), allow=lambda _: Allow()))
    async with application.router.lifespan_context(application):
        server = uvicorn.Server(uvicorn_config(application, settings))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done(), serving.result()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        database = Database.open(database_url)
        registered = await Sources(database).by_name("college")
        assert registered is not None
        secret = await PushSecrets(database).make(registered.key)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield House(http, database, secret, registered.key)
        server.should_exit = True
        await serving
        await database.aclose()


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with housed(tmp_path, database_url) as served:
        yield served


@pytest.fixture
async def small_house(tmp_path: Path) -> AsyncIterator[House]:
    """The same on SQLite alone, for what the database has no part in."""
    async with housed(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3") as served:
        yield served


@pytest.fixture
def definition() -> str:
    """The definition of the feed, for tests that change it."""
    return DEFINITION


@pytest.fixture
def serve() -> Callable[..., AbstractAsyncContextManager[House]]:
    """`housed`, for tests that need a server of their own."""
    return housed
