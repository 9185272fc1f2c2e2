"""Reads a database in pages by keyset: nothing stays open between two pages, and a page that is not wanted any more is interrupted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, closing
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select

from connectors.definition import Definition
from connectors.errors import CursorLost, DefinitionInvalid, Problem, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Batch, Collection, Connector, Item, Key, Query, Spoiled, Supports
from connectors.registry import Surroundings
from connectors.sql import positions
from connectors.sql.conditions import Clause
from connectors.sql.database import Database, UnfitValue, open_database
from connectors.sql.definition import VISIBILITY, SqlConnection, SqlSection
from connectors.sql.passwords import Password
from connectors.sql.positions import Value
from connectors.sql.selects import read_select
from connectors.sql.sqlite import LONGEST_VALUE, Undecodable
from connectors.sql.statements import Layout, Statements
from connectors.sql.workers import Job, Workers
from store.ordering import Order

_KEYLESS = 100
_PARAMETERS = 500
_LONGEST_WAIT = 1.0

_T = TypeVar("_T")

Row = tuple[Any, ...]


async def open_connector(definition: Definition, surroundings: Surroundings) -> Connector:
    """Make the connector of a definition of kind `sql`. Raises DefinitionInvalid; the database is first touched by a read."""
    connection: SqlConnection = definition.connection
    busy = min(_LONGEST_WAIT, connection.statement_timeout / 2)
    zone, problems, statements = ZoneInfo(definition.timezone), [], {}
    password = Password(definition.credentials, surroundings.keeper)
    database = open_database(definition, surroundings, password, busy)
    sections: dict[Collection, SqlSection] = dict(definition.sections())  # type: ignore[arg-type]
    for collection, section in sections.items():
        select_text = None
        if section.select_file is not None:
            try:
                select_text = read_select(surroundings.directory, section.select_file, section.binds)
            except ValueError as error:
                problems.append(Problem(f"{collection}.select_file", section.select_file, str(error), "mend the file or its name"))
                continue
        statements[collection] = Statements(collection, section, zone, database.dialect, select_text)
    if problems:
        raise DefinitionInvalid(tuple(problems))
    workers = Workers(definition.name, definition.limits.concurrency, connection.statement_timeout)
    return SqlConnector(
        database, password, workers, sections, statements, row_cap=connection.row_cap, scoped=definition.mode == "live", busy=busy
    )


class SqlConnector:
    """One database. `scoped`: rows are narrowed to the caller's visibility keys where the definition names their column."""

    def __init__(
        self,
        database: Database,
        password: Password,
        workers: Workers,
        sections: Mapping[Collection, SqlSection],
        statements: Mapping[Collection, Statements],
        *,
        row_cap: int,
        scoped: bool,
        busy: float,
    ) -> None:
        self._database, self._password, self._workers = database, password, workers
        self._sections, self._statements = sections, statements
        self._row_cap, self._scoped, self._busy = row_cap, scoped, busy
        self.supports: Mapping[Collection, Supports] = {each: self._supported(section) for each, section in sections.items()}

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield pages. A read without text, order and ids also tells deleted rows as `gone`; other reads leave them out."""
        statements = self._statements.get(query.collection)
        if statements is None:
            raise SourceUnavailable("not_offered")
        if query.ids is not None:
            async with aclosing(self._fetch(statements, query, query.ids)) as fetched:
                async for batch in fetched:
                    yield batch
            return
        clauses = statements.conditions(query, scoped=self._scoped)
        if clauses is None:
            yield Batch(())
            return
        mark, layout = statements.mark(query), statements.layout(query)
        after: tuple[Value, ...] | None = None
        collation: Value = None
        if query.cursor is not None:
            *position, collation = positions.decode(mark, query.cursor, layout.keys + layout.dated + 1)
            after = tuple(position)
        limit = max(1, min(query.limit, self.supports[query.collection].max_batch))
        total: int | None = None
        first, more = True, True
        while more:
            page = _Page(
                self._database, statements, query, clauses, after, limit, counting=first and self._sections[query.collection].count
            )
            found = await self._run(page.read)
            if None not in (collation, found.collation) and found.collation != collation:
                raise CursorLost("cursor")  # what comes after a key in the order of today may have come before it
            collation = collation if found.collation is None else found.collation
            if first:
                total, first = found.total, False
            more = found.more
            after = _position(found.rows[-1], layout) if found.rows else after
            items, gone, spoiled = _sorted_out(found.rows, layout)
            spoiled += [Spoiled(None, "identifier")] * found.keyless
            cursor = positions.encode(mark, (*after, collation)) if more and after is not None else None
            yield Batch(items, cursor, gone=gone, total=total, spoiled=spoiled)

    async def aclose(self) -> None:
        """Interrupt what runs and end the threads."""
        await self._workers.aclose(self._busy + 1)

    async def _run(self, work: Callable[[Job], _T]) -> _T:
        """Do a piece of work in a thread, once more where the password was changed meanwhile."""
        await self._password.learn()
        try:
            return await self._workers.run(work)
        except SourceRefused:
            if not await self._password.learn_again():
                raise
        return await self._workers.run(work)

    async def _fetch(self, statements: Statements, query: Query, ids: Sequence[Key]) -> AsyncGenerator[Batch, None]:
        mark, layout = statements.mark(query), statements.layout(query)
        wanted = [key for key in dict.fromkeys(ids) if (len(key) if isinstance(key, tuple) else 1) == layout.keys]
        at = 0
        if query.cursor is not None:
            (start,) = positions.decode(mark, query.cursor, 1)
            if not isinstance(start, int) or not 0 < start < len(wanted):
                raise CursorLost("cursor")
            at = start
        step = max(1, min(query.limit, self.supports[query.collection].max_ids))
        while True:
            part = wanted[at : at + step]
            rows = await self._run(_Fetch(self._database, statements, query, part, self._row_cap).read) if part else []
            at += step
            items, _, spoiled = _sorted_out(rows, layout)
            kept = {item.key: item for item in items if item.key in part}
            cursor = positions.encode(mark, (at,)) if at < len(wanted) else None
            yield Batch(tuple(kept.values()), cursor, spoiled=[each for each in spoiled if each.key in part])
            if cursor is None:
                return

    def _supported(self, section: SqlSection) -> Supports:
        most = min(section.max_batch, self._row_cap)
        return Supports(
            text=section.text is not None,
            ids=True,
            since=section.since is not None,
            total=section.count,
            filters=frozenset(section.filters) - (frozenset() if self._scoped else {VISIBILITY}),
            orders=frozenset({Order.NEWEST}) if section.orders.newest is not None else frozenset(),
            max_batch=most,
            max_ids=max(1, min(most, _PARAMETERS // len(section.key_columns()))),
        )


class _Found(NamedTuple):
    """A page: its rows, whether there are more, the total where it was counted, how many rows have no key, the collation of the key."""

    rows: Sequence[Row]
    more: bool
    total: int | None
    keyless: int
    collation: str | None


class _Page:
    """One page, read in a thread."""

    def __init__(
        self,
        database: Database,
        statements: Statements,
        query: Query,
        clauses: Sequence[Clause],
        after: tuple[Value, ...] | None,
        limit: int,
        *,
        counting: bool,
    ) -> None:
        self._database, self._counted = database, statements.count(clauses) if counting else None
        plain = query.text is None and query.order is None
        self._keyless = statements.keyless().limit(_KEYLESS) if plain and after is None and query.since is None else None
        self._pages = tuple(statements.pages(query, clauses, after, tombstones=plain))
        self._limit, self._collation, self._resumed = limit, statements.collation().limit(1), after is not None

    def read(self, job: Job) -> _Found:
        """Ask the database."""
        with self._database.connected(job) as connection:
            counted = None if self._counted is None else connection.execute(self._counted).scalar_one()
            keyless = 0 if self._keyless is None else len(connection.execute(self._keyless).all())
            rows: list[Row] = []
            more = any(_take(connection, statement, rows, self._limit) for statement in self._pages)
            collation = rows[0][-2] if rows else connection.execute(self._collation).scalar() if self._resumed else None
            return _Found(rows, more, counted, keyless, collation)


class _Fetch:
    """Rows by their keys, read in a thread."""

    def __init__(self, database: Database, statements: Statements, query: Query, ids: Sequence[Key], cap: int) -> None:
        self._database, self._statements, self._query, self._ids, self._cap = database, statements, query, ids, cap

    def read(self, job: Job) -> list[Row]:
        """The rows. Ids that the key's type cannot hold (letters for a number) are asked once more, as texts."""
        try:
            return self._read(job, exactly=False)
        except UnfitValue:
            return self._read(job, exactly=True)

    def _read(self, job: Job, *, exactly: bool) -> list[Row]:
        rows: list[Row] = []
        with self._database.connected(job) as connection:
            if _take(connection, self._statements.by_ids(self._query, self._ids, exactly=exactly), rows, self._cap):
                raise SourceTimeout("row_cap")
        return rows


def _take(connection: Connection, statement: Select[Any], rows: list[Row], limit: int) -> bool:
    """Add rows up to `limit` and up to the bytes of a page, but at least one; tell whether some are left."""
    size = 0
    with closing(connection.execute(statement.limit(limit - len(rows) + 1))) as result:
        for row in result:
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if len(rows) >= limit or (rows and size > LONGEST_VALUE):
                return True
            rows.append(tuple(row))
    return False


def _sorted_out(rows: Sequence[Row], layout: Layout) -> tuple[list[Item], list[Key], list[Spoiled]]:
    items: list[Item] = []
    gone: list[Key] = []
    spoiled: list[Spoiled] = []
    for row in rows:
        key = _key(row[: layout.keys])
        if key is None:
            spoiled.append(Spoiled(None, "identifier"))
        elif row[-1]:
            gone.append(key)
        elif any(isinstance(value, Undecodable) for value in row):
            spoiled.append(Spoiled(key, "undecodable"))
        else:
            items.append(Item(key, dict(zip(layout.columns, row, strict=False))))
    return items, gone, spoiled


def _key(values: Row) -> Key | None:
    if any(value is None or isinstance(value, bytes) for value in values) or not any(value != "" for value in values):
        return None
    parts = tuple(value if isinstance(value, str) else str(value) for value in values)
    return parts if len(parts) > 1 else parts[0]


def _position(row: Row, layout: Layout) -> tuple[Value, ...]:
    date = (row[len(layout.columns)],) if layout.dated else ()
    position = (*date, *row[: layout.keys])
    if any(isinstance(value, Undecodable) for value in position):
        raise SourceMalformed("undecodable")  # it could only be sent back as a BLOB, which sorts after every text: rows would be lost
    return position
