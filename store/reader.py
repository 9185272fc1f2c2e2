"""The narrowed reader: the only way to records, libraries and institutions; it shows what the caller's keys open and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, Table, func, literal_column, or_, select

from store.conditions import among, resource_conditions
from store.database import Database
from store.filters import EVERYTHING, ResourceFilter
from store.identity import MAX_KEY_BYTES, library_id, resource_id
from store.ordering import Order
from store.record import Institution, Library, Record
from store.rows import cut_title, storable
from store.tables import TEXT, institutions, libraries, records, visibility_members

SortKey = tuple[Any, str]
"""Where a walk stands: the value of its order, ascending (the negated `newest_key`, the `title_key`, a name), then the id."""

_T = TypeVar("_T", Record, Library, Institution)
_RECORD = msgspec.json.Decoder(Record)
_LIBRARY = msgspec.json.Decoder(Library)
_INSTITUTION = msgspec.json.Decoder(Institution)


class Reader:
    """Reads on behalf of one caller, who holds the visibility keys `keys`; every statement carries the predicate."""

    def __init__(self, database: Database, keys: frozenset[str]) -> None:
        self._database = database
        self._keys = keys

    async def records(
        self,
        wanted: ResourceFilter = EVERYTHING,
        sources: Collection[str] | None = None,
        order: Order = Order.NEWEST,
        after: SortKey | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> list[Record]:
        """The next `limit` records behind `after`, or from `offset` on, of the source keys `sources` (None: of all).

        NEWEST and RELEVANCE walk by (-newest_key, id), TITLE by (title_key, id), both ascending and exact.
        """
        statement = self._walked(select(records.c.body), sources, order).where(*resource_conditions(wanted))
        column: ColumnElement[Any] = records.c.title_key if order is Order.TITLE else records.c.newest
        if order is Order.TITLE:
            statement = statement.order_by(column, records.c.id)
            if after is not None:
                statement = statement.where(*_behind(column, cut_title(after[0]), records.c.id, after[1]))
        else:
            statement = statement.order_by(column.desc(), records.c.id)
            if after is not None:
                newest, last = -after[0], after[1]
                statement = statement.where(column <= newest, or_(column < newest, records.c.id > last))
        return await self._read(statement.limit(limit).offset(offset or None), _RECORD)

    async def count(self, wanted: ResourceFilter = EVERYTHING, sources: Collection[str] | None = None) -> int:
        """How many records `records` walks through."""
        return await self._count(self._of(records, select(func.count()), sources).where(*resource_conditions(wanted)))

    async def by_ids(self, ids: Collection[str]) -> dict[str, Record]:
        """Records by global id; ids that do not exist and ids that the caller may not see are missing alike."""
        found = await self._read(self._of(records, select(records.c.body)).where(among(records.c.id, ids)), _RECORD)
        return {record.id: record for record in found}

    async def by_numbers(self, numbers: Collection[int]) -> dict[int, Record]:
        """Records by their number in the catalog, as the search index names them; what the caller may not see is missing."""
        statement = self._of(records, select(records.c.number, records.c.body)).where(records.c.number.in_(numbers))
        async with self._database.begin_read() as connection:
            found = (await connection.execute(statement)).all()
        return {number: _RECORD.decode(body) for number, body in found}

    async def by_keys(self, keys: Iterable[tuple[str, str]]) -> list[Record]:
        """Records by pairs of source key and native key, in no order; absent ones are missing."""
        ids = [resource_id(source, key) for source, key in keys if _may_exist(key)]
        return list((await self.by_ids(ids)).values())

    async def libraries(
        self,
        wanted: ResourceFilter = EVERYTHING,
        names: Collection[str] | None = None,
        sources: Collection[str] | None = None,
        after: SortKey | None = None,
        limit: int = 20,
    ) -> list[Library]:
        """Libraries by (name, id). Of `wanted`, tiers, provinces and institutions apply; `names` are parts of a name, any of them."""
        statement = self._libraries(select(libraries.c.body), wanted, names, sources).order_by(libraries.c.name, libraries.c.id)
        if after is not None:
            statement = statement.where(*_behind(libraries.c.name, after[0], libraries.c.id, after[1]))
        return await self._read(statement.limit(limit), _LIBRARY)

    async def count_libraries(
        self, wanted: ResourceFilter = EVERYTHING, names: Collection[str] | None = None, sources: Collection[str] | None = None
    ) -> int:
        """How many libraries `libraries` walks through."""
        return await self._count(self._libraries(select(func.count()), wanted, names, sources))

    async def libraries_by_ids(self, ids: Collection[str]) -> dict[str, Library]:
        """Libraries by global id."""
        found = await self._read(self._of(libraries, select(libraries.c.body)).where(among(libraries.c.id, ids)), _LIBRARY)
        return {library.id: library for library in found}

    async def libraries_by_keys(self, keys: Iterable[tuple[str, str]]) -> list[Library]:
        """Libraries by pairs of source key and native key, in no order."""
        ids = [library_id(source, key) for source, key in keys if _may_exist(key)]
        return list((await self.libraries_by_ids(ids)).values())

    async def library_sizes(self, ids: Collection[str]) -> dict[str, int]:
        """How many records of each library (global ids) the caller sees; a library without any is missing."""
        statement = self._of(records, select(records.c.library, func.count())).where(among(records.c.library, ids))
        async with self._database.begin_read(self._keys) as connection:
            found = await connection.execute(statement.group_by(records.c.library))
            return {row[0]: row[1] for row in found}

    async def institutions(
        self,
        provinces: Collection[str] | None = None,
        codes: Collection[str] | None = None,
        names: Collection[str] | None = None,
        after: str | None = None,
        limit: int = 20,
    ) -> list[Institution]:
        """Institutions by code, each once, behind the code `after`; `names` are parts of a name, any of them. They have no secrets."""
        statement = self._institutions(select(institutions.c.body), provinces, codes, names).order_by(institutions.c.code)
        if after is not None:
            statement = statement.where(institutions.c.code > after)
        return await self._read(statement.limit(limit), _INSTITUTION)

    async def count_institutions(
        self,
        provinces: Collection[str] | None = None,
        codes: Collection[str] | None = None,
        names: Collection[str] | None = None,
    ) -> int:
        """How many institutions `institutions` walks through."""
        return await self._count(self._institutions(select(func.count()), provinces, codes, names))

    async def institutions_by_codes(self, codes: Collection[str]) -> dict[str, Institution]:
        """Institutions by 学校（机构）标识码."""
        found = await self._read(self._institutions(select(institutions.c.body), None, codes, None), _INSTITUTION)
        return {institution.code: institution for institution in found}

    def _of(self, table: Table, statement: Select[Any], sources: Collection[str] | None = None) -> Select[Any]:
        opened = select(visibility_members.c.set_number).where(visibility_members.c.key.in_(sorted(self._keys)))
        statement = statement.select_from(table).where(table.c.visibility_set.in_(opened))
        return statement if sources is None else statement.where(table.c.source.in_(sorted(sources)))

    def _walked(self, statement: Select[Any], sources: Collection[str] | None, order: Order) -> Select[Any]:
        if not self._database.embedded or sources is None or (len(sources) == 1 and order is not Order.TITLE):
            return self._of(records, statement, sources)
        # The unary plus keeps SQLite from collecting and sorting all records of the sources: it walks the order and passes over others
        # (sqlite.org/optoverview.html, 7.1).
        return self._of(records, statement).where(literal_column("+records.source", TEXT).in_(sorted(sources)))

    def _libraries(
        self, statement: Select[Any], wanted: ResourceFilter, names: Collection[str] | None, sources: Collection[str] | None
    ) -> Select[Any]:
        statement = self._of(libraries, statement, sources)
        for column, values in (
            (libraries.c.tier, wanted.tiers),
            (libraries.c.province, wanted.provinces),
            (libraries.c.institution, wanted.institutions),
        ):
            if values is not None:
                statement = statement.where(among(column, values))
        return statement if names is None else statement.where(self._part_of(libraries.c.name, names))

    def _institutions(
        self, statement: Select[Any], provinces: Collection[str] | None, codes: Collection[str] | None, names: Collection[str] | None
    ) -> Select[Any]:
        other = institutions.alias()
        earlier = select(other.c.code).where(
            other.c.code == institutions.c.code,
            or_(other.c.source < institutions.c.source, (other.c.source == institutions.c.source) & (other.c.key < institutions.c.key)),
        )
        statement = statement.select_from(institutions).where(~earlier.exists())
        if provinces is not None:
            statement = statement.where(among(institutions.c.province, provinces))
        if codes is not None:
            statement = statement.where(among(institutions.c.code, codes))
        return statement if names is None else statement.where(self._part_of(institutions.c.name, names))

    def _part_of(self, column: ColumnElement[str], names: Collection[str]) -> ColumnElement[bool]:
        position = func.instr if self._database.embedded else func.strpos
        return or_(False, *(position(column, name) > 0 for name in names if storable(name)))

    async def _read(self, statement: Select[Any], decoder: msgspec.json.Decoder[_T]) -> list[_T]:
        async with self._database.begin_read(self._keys) as connection:
            bodies: Sequence[bytes] = (await connection.scalars(statement)).all()
        return [decoder.decode(body) for body in bodies]

    async def _count(self, statement: Select[Any]) -> int:
        async with self._database.begin_read(self._keys) as connection:
            return int(await connection.scalar(statement) or 0)


def _may_exist(key: str) -> bool:
    return storable(key) and 0 < len(key.encode()) <= MAX_KEY_BYTES


def _behind(column: ColumnElement[Any], value: str, identity: ColumnElement[str], last: str) -> tuple[ColumnElement[bool], ...]:
    return column >= value, or_(column > value, identity > last)
