"""The database: SQLite in a file, or PostgreSQL by URL; short transactions, and migrations that two processes may start together."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, event, make_url, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.bulk import Bulk
from store.errors import DatabaseRefused, SchemaTooNew
from store.tables import store_facts

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

BUSY_SECONDS = 15.0
"""How long a write waits for another process's before it fails."""

_MIGRATING, _NUMBERING = 0x4855494A55, 0x4855494A56
"""Keys of PostgreSQL's advisory locks."""

_LAST_NUMBER = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_NEXT_NUMBERS = text("SELECT nextval(pg_get_serial_sequence(:table, 'number')) FROM generate_series(1, :count)")

_NARROW = text("SELECT set_config('huiju.keys', :keys, true)")
_NO_KEY = "\n"

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Database:
    """An engine with its two kinds of transactions. `embedded` tells SQLite from PostgreSQL."""

    def __init__(self, engine: AsyncEngine, writer: Engine | None = None) -> None:
        self.embedded = engine.dialect.name == "sqlite"
        self._engine = engine
        self._writer = writer.execution_options(writes=True) if writer is not None else None
        self._thread = ThreadPoolExecutor(1, "catalog")
        self._writing = engine.execution_options(writes=True)
        self._reading = engine if self.embedded else engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._turn = asyncio.Lock()
        self._bulks: dict[tuple[Table, str], Bulk] = {}

    @classmethod
    def open(cls, url: str) -> Database:
        """Make the engine of `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`; nothing is connected yet. Raises DatabaseRefused."""
        wanted = "write sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
        try:
            address = make_url(url)
        except ArgumentError:
            raise DatabaseRefused(f"this is no database address: {wanted}") from None
        if address.drivername not in _DRIVERS.values():
            raise DatabaseRefused(f"the store does not run on {address.drivername}: {wanted}")
        if address.get_backend_name() == "sqlite":
            if address.database in (None, "", ":memory:"):
                raise DatabaseRefused("the catalog of several processes cannot live in memory: write sqlite+aiosqlite:///PATH")
            # The connection used last comes first: each keeps pages of its own, and as few as do the work should fill up.
            pool = {"pool_size": 8, "max_overflow": 8, "pool_use_lifo": True}
            engine = create_async_engine(address, connect_args={"timeout": BUSY_SECONDS}, **pool)
            given = {"timeout": BUSY_SECONDS, "check_same_thread": False}
            writer = create_engine(address.set(drivername="sqlite"), pool_size=1, connect_args=given)
            # A batch that a power cut takes is read again; whatever else is answered for, a push's receipt too, is on the disk before.
            for each, synchronous in ((engine.sync_engine, "FULL"), (writer, "NORMAL")):
                event.listen(each, "connect", partial(_prepare_sqlite, synchronous))
                event.listen(each, "begin", _begin_sqlite)
            return cls(engine, writer)
        settings = {"jit": "off", "timezone": "UTC", "application_name": "huiju"}
        return cls(create_async_engine(address, pool_pre_ping=True, connect_args={"server_settings": settings}))

    @property
    def engines(self) -> tuple[Engine, ...]:
        """What connects to the database: everything that is told of it (`sqlalchemy.event`) is told by one of these."""
        return (self._engine.sync_engine,) if self._writer is None else (self._engine.sync_engine, self._writer)

    @asynccontextmanager
    async def begin_read(self, keys: Collection[str] | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one moment of the database; with `keys`, PostgreSQL shows it no record that these do not open."""
        async with self._reading.connect() as connection, connection.begin():
            if keys is not None and not self.embedded:
                await connection.execute(_NARROW, {"keys": "\n".join(sorted(keys)) or _NO_KEY})
            yield connection

    @asynccontextmanager
    async def begin_write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes. On SQLite it is the only one (BEGIN IMMEDIATE): keep it under 50 ms."""
        async with AsyncExitStack() as stack:
            if self.embedded:
                await stack.enter_async_context(self._turn)
            connection = await stack.enter_async_context(self._writing.connect())
            await stack.enter_async_context(connection.begin())
            yield connection

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction that writes, statement upon statement; on SQLite in a thread, where none of them waits for the loop.

        Whoever is cancelled meanwhile leaves when the transaction has ended.
        """
        if self._writer is None:
            async with self.begin_write() as connection:
                return await connection.run_sync(work)
        async with self._turn:
            under_way = asyncio.get_running_loop().run_in_executor(self._thread, _transact, self._writer, work)
            try:
                return await asyncio.shield(under_way)
            except asyncio.CancelledError:
                await asyncio.wait([under_way])
                under_way.exception()
                raise

    async def migrate(self) -> None:
        """Bring the tables up to this version; of processes that start together one does it and the others wait. Raises SchemaTooNew."""
        if self.embedded:
            await self._write_ahead()
        async with self.begin_write() as connection:
            if not self.embedded:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATING})
            await connection.run_sync(_upgrade)

    async def fact(self, name: str) -> str | None:
        """A remark that the store keeps about itself, such as `demo`."""
        async with self.begin_read() as connection:
            found: str | None = await connection.scalar(select(store_facts.c.value).where(store_facts.c.name == name))
            return found

    async def facts(self, *names: str) -> dict[str, str]:
        """The remarks whose names begin like one of `names`."""
        begins = or_(*(store_facts.c.name.startswith(name, autoescape=True) for name in names))
        async with self.begin_read() as connection:
            found = await connection.execute(select(store_facts.c.name, store_facts.c.value).where(begins))
            return {row.name: row.value for row in found}

    async def set_fact(self, name: str, value: str) -> None:
        """Keep a remark, in place of an older one."""
        insert = self.insert(store_facts).values(name=name, value=value)
        async with self.begin_write() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    async def ping(self) -> None:
        """Ask the database for an answer; raises what the driver raises."""
        async with self.begin_read() as connection:
            await connection.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
        if self._writer is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.dispose)

    def insert(self, table: Table) -> SqliteInsert | PostgresInsert:
        """An INSERT that can say what happens on a conflict."""
        return sqlite.insert(table) if self.embedded else postgresql.insert(table)

    def inserting(self, table: Table, clash: Literal["fails", "passes", "renews"] = "fails") -> Bulk:
        """An INSERT of many rows into `table`, of all columns that the database does not count itself; `clash`: what a known key does."""
        found = self._bulks.get((table, clash))
        if found is None:
            names = [each.name for each in table.c if each.name != "seq"]
            statement = self.insert(table)
            if clash == "passes":
                statement = statement.on_conflict_do_nothing()
            elif clash == "renews":
                keys = [each.name for each in table.primary_key]
                renewed = {name: statement.excluded[name] for name in names if name not in keys}
                statement = statement.on_conflict_do_update(index_elements=keys, set_=renewed)
            found = self._bulks[table, clash] = Bulk(self._engine.dialect, statement, names)
        return found

    def updating(self, table: Table) -> Bulk:
        """An UPDATE of many rows of `table`, each found by source and native key: of all columns that do not follow from these."""
        found = self._bulks.get((table, "updates"))
        if found is None:
            kept = {"source", "key", "id", "number"}
            renewed: dict[str, Any] = {each.name: bindparam(each.name, type_=each.type) for each in table.c if each.name not in kept}
            named = [table.c[name] == bindparam(name, type_=table.c[name].type) for name in ("source", "key")]
            found = self._bulks[table, "updates"] = Bulk(self._engine.dialect, update(table).where(*named).values(renewed))
        return found

    def numbers(self, connection: Connection, table: Table, count: int) -> Sequence[int]:
        """Take `count` numbers for new rows of `table`, higher than any that a row of it has had."""
        if self.embedded:
            last = int(connection.scalar(_LAST_NUMBER, {"table": table.name}) or 0)
            return range(last + 1, last + 1 + count)
        return connection.scalars(_NEXT_NUMBERS, {"table": table.name, "count": count}).all()

    def lock_source(self, connection: Connection, source: str) -> None:
        """Let nobody else write records of `source` until the transaction ends; on SQLite nobody can."""
        if not self.embedded:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:source))"), {"lock": 0x4855, "source": source})

    def lock_numbering(self, connection: Connection) -> None:
        """Let changes be numbered in the order of commit: held until then, so take it last."""
        if not self.embedded:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NUMBERING})

    async def _write_ahead(self) -> None:
        # The switch to WAL takes the whole file and does not wait its turn (sqlite3_busy_handler): two first starts may meet here.
        loop = asyncio.get_running_loop()
        until = loop.time() + BUSY_SECONDS
        while not await self._switched():
            if loop.time() > until:
                raise TimeoutError("the database file is locked by another program: close that program and start again")
            await asyncio.sleep(0.02)

    async def _switched(self) -> bool:
        async with self._engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:
                raise AssertionError
            try:
                await driver.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                return False
            return True


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _prepare_sqlite(synchronous: str, connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", f"synchronous={synchronous}", "temp_store=MEMORY", "cache_size=-32000", "wal_autocheckpoint=16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaTooNew("this database was made by a later version of Huiju: run that version, or restore a backup") from error
