"""Tokens of sources whose new token ends the old one: all processes share one, and one of them renews it."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import Query
from store.database import Database
from store.vault import Vault
from tests.connectors.credentials.hub import EXCLUSIVE, SECRET, Hub, document, reaching
from tests.connectors.loopback import Asked, keys, read, serving

ROOT = Path(__file__).parents[3]
KEY = os.urandom(32)


@pytest.fixture
async def database(database_url: str) -> Any:
    database = Database.open(database_url)
    await database.migrate()
    await Vault(database, [KEY]).set("aaaaaaaa", "app_secret", SECRET)
    yield database
    await database.aclose()


async def test_processes_that_refresh_at_once_get_one_token(database: Database, database_url: str) -> None:
    hub, pages = Hub(), 0

    def handler(asked: Asked) -> Any:
        nonlocal pages
        pages += asked.path == "/courses"
        if pages in {10, 40}:  # ends for everybody, in the middle of their pages
            pages += 1
            hub.revoke()
        return hub(asked)

    async with serving() as upstream:
        upstream.handler = handler
        arguments = (database_url, KEY.hex(), upstream.url, "8")
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.connectors.credentials.renewer", *arguments), cwd=ROOT, stderr=asyncio.subprocess.PIPE
            )
            for _ in range(3)
        ]
        for process in processes:
            _, errors = await process.communicate()
            assert process.returncode == 0, errors.decode()
    assert len(hub.tokens) == 3


async def test_a_process_that_was_killed_while_it_renewed_keeps_nobody_for_long(database: Database) -> None:
    keeper = Vault(database, [KEY]).of("aaaaaaaa")
    assert await keeper.claim("killed", None, timedelta(seconds=0.5)) is True
    async with serving() as upstream:
        upstream.handler = hub = Hub()
        async with reaching(upstream, document(EXCLUSIVE), keeper) as connector:
            assert len(keys(await read(connector, Query(limit=30)))) == 30
    assert len(hub.tokens) == 1


async def test_a_token_endpoint_that_fails_leaves_the_claim_to_others(database: Database) -> None:
    keeper = Vault(database, [KEY]).of("aaaaaaaa")
    async with serving() as upstream:
        upstream.handler = hub = Hub(token_answer={"success": False})
        async with reaching(upstream, document(EXCLUSIVE), keeper) as connector:
            with pytest.raises(Exception, match="token_unavailable"):
                await read(connector)
        hub.token_answer = None
        async with reaching(upstream, document(EXCLUSIVE), keeper) as connector:
            assert len(keys(await read(connector, Query(limit=30)))) == 30
