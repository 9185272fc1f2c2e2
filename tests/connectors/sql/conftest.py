"""Opens connectors over a SQLite file of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from connectors.protocol import Connector
from tests.connectors.sql.databases import SECTION, open_sql

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
