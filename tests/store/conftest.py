"""What tests of the store share: a migrated database, and records that differ where a test wants them to."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from store.database import Database
from store.identity import resource_id
from store.record import Record

SOURCE = "abcdefgh"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.aclose()


@pytest.fixture
def make_record() -> Callable[..., Record]:
    def make(key: str, *, source: str = SOURCE, **fields: Any) -> Record:
        fixed = {"title": f"数控车床 {key}", "kind": "video", "tier": "school", "access": "public", "visibility": ("pub",)}
        return Record(id=resource_id(source, key), source=source, key=key, **{**fixed, **fields})

    return make
