"""The database: two starts at once, transactions, moments, addresses."""

import asyncio
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text

from store import accounts, attempts, audit, browser_sessions, clients, consents, signing_keys, tokens  # noqa: F401 - their tables
from store.database import Database
from store.errors import DatabaseRefused, SchemaTooNew
from store.tables import harvest_states, metadata, store_facts

ROOT = Path(__file__).parents[2]

_START = """
import asyncio, sys
from store.database import Database

async def main():
    database = Database.open(sys.argv[1])
    await database.migrate()
    await database.set_fact(sys.argv[2], "here")
    await database.aclose()

asyncio.run(main())
"""


async def test_processes_that_start_together_on_an_empty_database_all_find_its_tables(database_url: str) -> None:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _START, database_url, f"process {number}", cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for number in range(3)
    ]
    for process in started:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    database = Database.open(database_url)
    assert [await database.fact(f"process {number}") for number in range(3)] == ["here"] * 3
    await database.aclose()


async def test_the_migrations_make_the_tables_that_the_code_expects(database: Database) -> None:
    async with database.begin_write() as connection:
        missing = await connection.run_sync(
            lambda plain: compare_metadata(
                MigrationContext.configure(plain, opts={"include_name": _is_ours, "compare_type": True}), metadata
            )
        )
    assert missing == []


async def test_a_database_of_a_later_version_is_left_alone(database: Database) -> None:
    async with database.begin_write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="run that version"):
        await database.migrate()


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.begin_write() as connection:
            await connection.execute(insert(store_facts).values(name="demo", value="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await database.fact("demo") is None


async def test_a_fact_is_kept_and_replaced(database: Database) -> None:
    await database.set_fact("demo", "1")
    await database.set_fact("demo", "2")
    assert await database.fact("demo") == "2"


async def test_a_read_sees_one_moment_while_others_write(database: Database) -> None:
    await database.set_fact("demo", "before")
    async with database.begin_read() as connection:
        value = select(store_facts.c.value)
        assert await connection.scalar(value) == "before"
        await database.set_fact("demo", "after")
        assert await connection.scalar(value) == "before"
    assert await database.fact("demo") == "after"


async def test_writers_of_one_process_take_turns(database: Database) -> None:
    await database.set_fact("count", "0")

    async def count() -> None:
        async with database.begin_write() as connection:
            if not database.embedded:
                await connection.execute(text("LOCK TABLE store_facts"))
            value = await connection.scalar(select(store_facts.c.value))
            await asyncio.sleep(0)
            await connection.execute(store_facts.update().values(value=str(int(value) + 1)))

    await asyncio.gather(*(count() for _ in range(20)))
    assert await database.fact("count") == "20"


async def test_moments_come_back_aware_in_utc_and_order_as_moments(database: Database) -> None:
    here = datetime(2024, 5, 17, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    later = datetime(2024, 5, 17, 0, 30, 1, tzinfo=UTC)
    async with database.begin_write() as connection:
        await connection.execute(insert(harvest_states), [{"source": "a", "since": here}, {"source": "b", "since": later}])
    async with database.begin_read() as connection:
        found = (await connection.execute(select(harvest_states.c.source, harvest_states.c.since).order_by(harvest_states.c.since))).all()
    assert [tuple(row) for row in found] == [("a", here), ("b", later)]
    assert all(row.since.utcoffset() == timedelta(0) for row in found)


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="make it aware"):
        async with database.begin_write() as connection:
            await connection.execute(insert(harvest_states).values(source="a", since=datetime(2024, 5, 17)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "url", ["", "mysql://root:secret@localhost/huiju", "sqlite:///plain.db", "sqlite+aiosqlite://", "postgresql://huiju:secret@localhost/x"]
)
def test_an_address_of_another_kind_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(DatabaseRefused, match="write sqlite") as refused:
        Database.open(url)
    assert "secret" not in str(refused.value)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name in metadata.tables


async def test_what_fails_inside_of_a_write_leaves_nothing_behind(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(store_facts).values(name="half", value="done"))
        raise LookupError("the other half")

    with pytest.raises(LookupError, match="the other half"):
        await database.write(work)
    assert await database.fact("half") is None


async def test_who_is_cancelled_inside_of_a_write_leaves_when_it_has_ended(database: Database) -> None:
    """Whoever comes next must not meet a transaction that still goes on."""
    if not database.embedded:
        pytest.skip("on PostgreSQL the driver itself ends the transaction of a task that is cancelled")
    begun, go_on = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        begun.set()
        go_on.wait()
        connection.execute(insert(store_facts).values(name="cancelled", value="kept"))

    writing = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait)
    writing.cancel()
    await asyncio.wait([writing], timeout=0.05)
    assert not writing.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.fact("cancelled") == "kept"


async def test_sqlite_syncs_to_the_disk_what_is_answered_for_and_leaves_that_to_checkpoints_for_batches(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    await database.migrate()
    full, normal = 2, 1
    async with database.begin_write() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == full
    assert await database.write(lambda connection: connection.scalar(text("PRAGMA synchronous"))) == normal
    await database.aclose()
