"""Row-level security: on PostgreSQL a reader's transaction sees no more than its keys open, whatever the statement says."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import func, select, text

from store.catalog import Catalog
from store.database import Database
from store.reader import Reader
from store.record import Record
from store.tables import records
from tests.store.conftest import SOURCE


@pytest.fixture
async def plain(postgres_url: str) -> AsyncIterator[Database]:
    """The database as a role that is no superuser opens it: for those PostgreSQL has no row security."""
    address, role = urlsplit(postgres_url), f"role_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(address._replace(scheme="postgresql").geturl())
    try:
        await connection.execute(f"CREATE ROLE {role} LOGIN")
        await connection.execute(f"ALTER DATABASE {address.path[1:]} OWNER TO {role}")
        await connection.execute(f"ALTER SCHEMA public OWNER TO {role}")
        opened = Database.open(address._replace(netloc=f"{role}@{address.hostname}:{address.port}").geturl())
        try:
            await opened.migrate()
            yield opened
        finally:
            await opened.aclose()
            await connection.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER")
            await connection.execute(f"DROP OWNED BY {role}")
            await connection.execute(f"DROP ROLE {role}")
    finally:
        await connection.close()


async def test_a_statement_that_forgets_the_predicate_shows_no_more(plain: Database, make_record: Callable[..., Record]) -> None:
    visible = ("pub", "member", "r:teacher@s:4133010001", "none")
    written = [make_record(key, visibility=(key,)) for key in visible]
    await Catalog(plain).apply(SOURCE, [(record, None) for record in written])
    everything = select(func.count()).select_from(records)
    for keys, count in ((("pub",), 1), (("pub", "member"), 2), (("pub", "r:teacher@s:4133010001"), 2), ((), 0), (("s:4133010001",), 0)):
        async with plain.begin_read(keys) as connection:
            assert await connection.scalar(everything) == count
            assert await connection.scalar(text("SELECT count(*) FROM records")) == count
    async with plain.begin_read() as connection:  # the catalog's own work
        assert await connection.scalar(everything) == 4
    assert await Reader(plain, frozenset({"pub", "member"})).count() == 2


async def test_keys_of_one_transaction_do_not_stay_on_its_connection(plain: Database, make_record: Callable[..., Record]) -> None:
    await Catalog(plain).apply(SOURCE, [(make_record("1", visibility=("member",)), None)])
    for _ in range(3):
        assert await Reader(plain, frozenset({"pub"})).count() == 0
        async with plain.begin_read() as connection:
            assert await connection.scalar(select(func.count()).select_from(records)) == 1
