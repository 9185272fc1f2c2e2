"""Opens connectors over a SQLite file of the test's own, or over a database of its own on a real server."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import Connector
from tests.connectors.sql.databases import SECTION, open_sql
from tests.connectors.sql.servers import Place
from tests.needs import service

Open = Callable[..., Awaitable[Connector]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens connectors over tmp_path/school.db, and closes them."""
    async with AsyncExitStack() as stack:

        async def open_connector(section: str = SECTION, *, connection: str = "", mode: str = "live") -> Connector:
            connector = await open_sql(tmp_path, section, connection=connection, mode=mode)
            stack.push_async_callback(connector.aclose)
            return connector

        yield open_connector


def _database(place: Place, options: str) -> Iterator[Place]:
    name = f"test_{uuid.uuid4().hex}"
    place.write(f"CREATE DATABASE {name} {options}")
    try:
        yield replace(place, database=name)
    finally:
        place.write(f"DROP DATABASE {name}" + (" WITH (FORCE)" if place.scheme == "postgresql" else ""))


@pytest.fixture
def mysql() -> Iterator[Place]:
    """A MySQL or MariaDB database of this test's own; dropped afterwards."""
    yield from _database(Place.of("mysql", service("HUIJU_TEST_MYSQL_URL"), "mysql"), "CHARACTER SET utf8mb4")


@pytest.fixture
def postgresql() -> Iterator[Place]:
    """A PostgreSQL database of this test's own; dropped afterwards."""
    yield from _database(Place.of("postgresql", service("HUIJU_TEST_POSTGRES_URL")), "TEMPLATE template0 ENCODING 'UTF8'")


@pytest.fixture(params=["mysql", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """A database of this test's own on each kind of server."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def reached(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Connector]]]:
    """Opens connectors over a Place, and closes them."""
    async with AsyncExitStack() as stack:

        async def open_connector(place: Place, section: str = SECTION, **others: Any) -> Connector:
            connector = await place.open(tmp_path, section, **others)
            stack.push_async_callback(connector.aclose)
            return connector

        yield open_connector
