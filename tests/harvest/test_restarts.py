"""A database that is restarted under a harvest and under readers: nothing is lost, and both go on."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from connectors.protocol import Batch, Collection, Query
from harvest import harvest
from store.catalog import Catalog
from store.database import Database
from store.harvests import Harvests
from store.reader import Reader
from tests.harvest.shelf import KEY, Shelf, items, source_of
from tests.store.server import PostgreSQL

RESOURCES = Collection.RESOURCES


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.remove()


async def test_a_harvest_goes_on_after_its_database_was_restarted_under_it(server: PostgreSQL) -> None:
    database = Database.open(server.url)
    catalog, reader = Catalog(database), Reader(database, frozenset({"pub"}))

    class Interrupting(Shelf):
        """Restarts the database between two of its batches."""

        restarted = False

        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            async for batch in super().read(query):
                yield batch
                if query.cursor is None and not self.restarted and batch.cursor == "30":
                    self.restarted = True
                    await asyncio.to_thread(server.stop)
                    await asyncio.to_thread(server.start)

    try:
        await database.migrate()
        shelf = Interrupting({RESOURCES: items(100)})
        report = await harvest(source_of(shelf), catalog)
        assert shelf.restarted
        assert (report.error, report.seen) == (None, 100)
        assert await reader.count() == 100
    finally:
        await database.aclose()


async def test_a_database_that_is_away_ends_the_run_and_the_next_one_resumes(server: PostgreSQL) -> None:
    database = Database.open(server.url)
    catalog, reader = Catalog(database), Reader(database, frozenset({"pub"}))

    class Stopping(Shelf):
        stopped = False

        async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
            async for batch in super().read(query):
                if batch.cursor == "50" and not self.stopped:
                    self.stopped = True
                    await asyncio.to_thread(server.stop)
                yield batch

    try:
        await database.migrate()
        shelf = Stopping({RESOURCES: items(100)})
        with pytest.raises(Exception, match=r"(?i)connect|closed|terminat"):
            await harvest(source_of(shelf), catalog)
        with pytest.raises(Exception, match=r"(?i)connect"):
            await reader.count()
        await asyncio.to_thread(server.start)
        assert await reader.count() == 40
        report = await harvest(source_of(shelf), catalog)
        assert (report.error, report.resumed, report.seen) == (None, True, 60)
        assert await reader.count() == 100
        assert [run.error is None for run in await Harvests(database).last_runs(KEY)] == [True, False]
    finally:
        await database.aclose()
