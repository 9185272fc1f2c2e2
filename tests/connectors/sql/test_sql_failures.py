"""A database that is locked, gone, changed, damaged or slow gives one clear error, holds nobody, and is read again when it is well."""
# ruff: noqa: ASYNC240 - small files of the test's own

import asyncio
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePosixPath

import pytest
from sqlalchemy import text

from connectors.errors import CursorLost, SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Collection, Query, reading
from connectors.sql import positions
from connectors.sql.sqlite import SqliteFile
from connectors.sql.workers import Job
from store.ordering import Order
from tests.connectors.sql.conftest import Open
from tests.connectors.sql.databases import keys_of, open_sql, walk, write_rows

TABLE = "CREATE TABLE resource (id INTEGER PRIMARY KEY, title TEXT)"
WHOLE = Query()
FAST = "statement_timeout = '600ms'"
ENDLESS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 'x' AS title FROM n WHERE id < 0"
FROM_FILE = "select_file = 'rows.sql'\nidentifier = 'id'\nmapping.title = 'title'"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    write_rows(tmp_path / "school.db", TABLE, "INSERT INTO resource VALUES (?, '数控')", [(n,) for n in range(20)])
    return tmp_path / "school.db"


def _endless(path: Path, job: Job, before: Callable[[], None]) -> None:
    with SqliteFile(path.parent, PurePosixPath(path.name), 0.5).connected(job) as connection:
        before()
        connection.execute(text(f"SELECT count(*) FROM ({ENDLESS})"))


async def failure(opened: Open, section: str = "", connection: str = "", query: Query = WHOLE) -> SourceError:
    connector = await (opened(section, connection=connection) if section else opened(connection=connection))
    with pytest.raises(SourceError) as caught:
        await walk(connector, query)
    assert "school" not in str(caught.value)
    return caught.value


async def test_a_held_lock_is_waited_for_less_than_a_statement_may_take(database: Path, opened: Open) -> None:
    connector = await opened(connection="statement_timeout = '1s'")
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(SourceTimeout, match="locked"):
            await walk(connector, Query())
        assert time.monotonic() - started < 0.9
        holder.execute("ROLLBACK")
    assert len(await keys_of(connector, Query())) == 20


async def test_a_read_that_waits_for_a_lock_is_cancelled_at_once(database: Path, opened: Open) -> None:
    connector = await opened(connection="statement_timeout = '30s'")
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        task = asyncio.create_task(walk(connector, Query()))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 0.2
        holder.execute("ROLLBACK")
    assert len(await keys_of(connector, Query())) == 20


async def test_a_file_that_is_removed_is_gone_and_comes_back(database: Path, opened: Open) -> None:
    connector = await opened()
    async with reading(connector, Query(limit=5)) as batches:
        await anext(batches)
        kept = database.rename(database.with_suffix(".kept"))
        with pytest.raises(SourceUnavailable, match="gone"):
            await anext(batches)
    shutil.copyfile(kept, database)
    write_rows(database, "DELETE FROM resource WHERE id > 3")
    assert await keys_of(connector, Query()) == ["0", "1", "2", "3"]


async def test_a_renamed_column_is_a_changed_schema_and_never_a_text(database: Path, opened: Open) -> None:
    write_rows(database, "ALTER TABLE resource RENAME COLUMN title TO title_v2")
    error = await failure(opened)
    assert isinstance(error, SourceMalformed)
    assert error.reason == "schema"
    assert not error.retryable


async def test_a_table_that_is_not_there_is_a_changed_schema(database: Path, opened: Open) -> None:
    write_rows(database, "DROP TABLE resource")
    assert (await failure(opened)).reason == "schema"


async def test_what_is_no_database_is_malformed(database: Path, opened: Open) -> None:
    database.write_bytes(b"<!DOCTYPE html>" * 1000)
    error = await failure(opened)
    assert isinstance(error, SourceMalformed)
    assert error.reason == "not_a_database"


async def test_damaged_pages_are_malformed(database: Path, opened: Open) -> None:
    write_rows(database, "", "INSERT INTO resource VALUES (?, ?)", [(n, "汉" * 500) for n in range(100, 400)])
    with database.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(8192)
        file.write(bytes(size - 8192))
    assert (await failure(opened)).reason == "not_a_database"


async def test_a_value_larger_than_a_page_may_be_is_refused(database: Path, opened: Open) -> None:
    write_rows(database, "UPDATE resource SET title = CAST(zeroblob(30000000) AS TEXT) WHERE id = 3")
    assert (await failure(opened)).reason == "too_large"


async def test_a_statement_that_does_not_end_is_interrupted(database: Path, opened: Open) -> None:
    (database.parent / "rows.sql").write_text(ENDLESS)
    started = time.monotonic()
    error = await failure(opened, FROM_FILE, FAST)
    assert isinstance(error, SourceTimeout)
    assert time.monotonic() - started < 1.5


async def test_cancelled_reads_give_their_threads_back(database: Path, opened: Open) -> None:
    (database.parent / "rows.sql").write_text(ENDLESS)
    connector = await opened(FROM_FILE, connection="statement_timeout = '60s'")
    for _ in range(12):  # three times the threads that there are
        task = asyncio.create_task(walk(connector, Query()))
        await asyncio.sleep(0.02)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 0.2
    (database.parent / "rows.sql").write_text("SELECT id, title FROM resource")
    assert len(await keys_of(await opened(FROM_FILE), Query())) == 20


async def test_reads_beyond_the_threads_wait_no_longer_than_a_statement_may_take(database: Path, opened: Open) -> None:
    (database.parent / "rows.sql").write_text(ENDLESS)
    connector = await opened(FROM_FILE, connection=FAST)
    started = time.monotonic()
    results = await asyncio.gather(*(walk(connector, Query()) for _ in range(12)), return_exceptions=True)
    assert all(isinstance(each, SourceTimeout) for each in results)
    assert time.monotonic() - started < 2


async def test_closing_interrupts_what_runs(database: Path) -> None:
    (database.parent / "rows.sql").write_text(ENDLESS)
    connector = await open_sql(database.parent, FROM_FILE, connection="statement_timeout = '60s'")
    task = asyncio.create_task(walk(connector, Query()))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await connector.aclose()
    with pytest.raises(SourceError):
        await task
    with pytest.raises(SourceUnavailable, match="closed"):
        await walk(connector, Query())
    assert time.monotonic() - started < 1


async def test_one_key_for_more_rows_than_the_cap_is_refused(database: Path, opened: Open) -> None:
    write_rows(database, "CREATE VIEW doubled AS SELECT 'k' AS id, title FROM resource")
    section = "view = 'doubled'\nidentifier = 'id'\nmapping.title = 'title'"
    error = await failure(opened, section, "row_cap = 5", Query(ids=("k",)))
    assert isinstance(error, SourceTimeout)
    assert error.reason == "row_cap"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id, load_extension('x') AS title FROM resource",
        "SELECT id, title FROM resource WHERE id IN (SELECT writefile('x', 'y'))",
        "WITH x AS (SELECT 1) DELETE FROM resource RETURNING id, title",
    ],
)
async def test_a_select_that_would_do_more_than_read_fails(database: Path, opened: Open, statement: str) -> None:
    (database.parent / "rows.sql").write_text(statement)
    assert not (await failure(opened, FROM_FILE)).retryable
    assert len(await keys_of(await opened(), Query())) == 20


async def test_a_select_that_asks_how_the_database_is_set_up_is_refused(database: Path, opened: Open) -> None:
    (database.parent / "rows.sql").write_text("SELECT name AS id, type AS title FROM pragma_table_info('resource')")
    assert not (await failure(opened, FROM_FILE)).retryable


def test_a_job_given_up_between_two_statements_does_not_start_the_next(database: Path) -> None:
    job = Job(60)
    started = time.monotonic()
    with pytest.raises(SourceTimeout):
        _endless(database, job, job.abandon)
    assert time.monotonic() - started < 1


def test_a_running_statement_is_interrupted_from_outside(database: Path) -> None:
    job = Job(60)
    started = time.monotonic()
    timer = threading.Timer(0.2, lambda: job.interrupt and job.interrupt())
    with pytest.raises(SourceTimeout):
        _endless(database, job, timer.start)
    timer.join()
    assert time.monotonic() - started < 2


async def test_a_write_that_its_owner_did_not_finish_is_left_to_the_owner(tmp_path: Path, opened: Open) -> None:
    directory = tmp_path / "owner"
    directory.mkdir()
    write_rows(directory / "school.db", TABLE, "INSERT INTO resource VALUES (?, '数控')", [(n,) for n in range(20)])
    with closing(sqlite3.connect(directory / "school.db", isolation_level=None)) as owner:
        owner.executescript("PRAGMA cache_size = 5; BEGIN; UPDATE resource SET title = 'half'")
        owner.executemany("INSERT INTO resource VALUES (?, ?)", [(n, "汉" * 500) for n in range(100, 400)])
        for name in ("school.db", "school.db-journal"):
            shutil.copyfile(directory / name, tmp_path / name)
        owner.execute("ROLLBACK")
    before = {name: (tmp_path / name).read_bytes() for name in ("school.db", "school.db-journal")}
    error = await failure(opened)
    assert isinstance(error, SourceUnavailable)
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


@pytest.mark.parametrize("name", ["link", "pipe", "folder"])
async def test_only_plain_files_below_the_directory_are_opened(database: Path, opened: Open, name: str) -> None:
    moved = database.rename(database.with_suffix(".kept"))
    match name:
        case "link":
            database.symlink_to(moved)
        case "pipe":
            os.mkfifo(database)
        case "folder":
            database.mkdir()
    assert isinstance(await failure(opened), SourceRefused)


async def test_nothing_is_written_beside_the_file(database: Path, opened: Open) -> None:
    before = (database.stat().st_mtime_ns, sorted(each.name for each in database.parent.iterdir()))
    connector = await opened()
    await keys_of(connector, Query(limit=3))
    assert (database.stat().st_mtime_ns, sorted(each.name for each in database.parent.iterdir())) == before


async def test_positions_of_another_walk_are_lost(database: Path, opened: Open) -> None:
    connector = await opened("table = 'resource'\nidentifier = 'id'\nmapping.title = 'title'\norders.newest = {column = 'title'}")
    async with reading(connector, Query(limit=5)) as batches:
        cursor = (await anext(batches)).cursor
    assert cursor is not None
    with pytest.raises(CursorLost):
        await walk(connector, Query(order=Order.NEWEST, cursor=cursor))
    with pytest.raises(CursorLost):
        await walk(connector, Query(ids=("1", "2"), cursor=cursor))
    mark = positions.mark_of("x")
    for values in ((2**63,), (float("nan"),), (1, 2)):
        with pytest.raises(CursorLost):
            positions.decode(mark, positions.encode(mark, values), 1)
    assert positions.decode(mark, positions.encode(mark, ("甲", None, b"\0", 0.5)), 4) == ("甲", None, b"\0", 0.5)


async def test_a_collection_that_is_not_defined_is_not_offered(database: Path, opened: Open) -> None:
    assert (await failure(opened, query=Query(collection=Collection.LIBRARIES))).reason == "not_offered"
