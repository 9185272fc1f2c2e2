"""What tests of harvests share: an empty catalog on each database."""

from collections.abc import AsyncIterator

import pytest

from store.catalog import Catalog
from store.database import Database


@pytest.fixture
async def catalog(database_url: str) -> AsyncIterator[Catalog]:
    database = Database.open(database_url)
    try:
        await database.migrate()
        yield Catalog(database)
    finally:
        await database.aclose()
