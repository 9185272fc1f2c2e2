"""Native items of libraries and institutions, kept to be mapped once more; those of records stand beside the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, LargeBinary, Table, delete, select

from store.database import Database
from store.record import Institution, Library
from store.rows import pack, storable, unpack
from store.tables import TEXT, institutions, libraries, metadata

natives = Table(
    "natives",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("collection", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("native", LargeBinary, nullable=False),
)
"""The mapped part of the native item, as in `payloads`."""

STEP = 100

_HELD: Mapping[str, tuple[Table, type[Any]]] = {"libraries": (libraries, Library), "institutions": (institutions, Institution)}

Held = tuple[str, Any, dict[str, Any]]
"""A native key, the value that the catalog holds, the kept part of the native item."""


class Natives:
    """The kept items of one collection of one source (its key)."""

    def __init__(self, database: Database, source: str, collection: str) -> None:
        self._database = database
        self._place = {"source": source, "collection": collection}
        self._table, self._kind = _HELD[collection]

    async def keep(self, items: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep items by native key, in place of older ones."""
        rows = [{**self._place, "key": key, "native": pack(native)} for key, native in dict(items).items() if storable(key)]
        if rows:
            insert = self._database.insert(natives)
            renewing = insert.on_conflict_do_update(index_elements=list(natives.primary_key), set_={"native": insert.excluded["native"]})
            async with self._database.begin_write() as connection:
                await connection.execute(renewing, rows)

    async def held(self, after: str, limit: int = STEP) -> list[Held]:
        """The next items behind a key, of which the catalog holds something."""
        same = (self._table.c.source == natives.c.source) & (self._table.c.key == natives.c.key)
        mine = [natives.c[name] == value for name, value in self._place.items()]
        statement = select(natives.c.key, self._table.c.body, natives.c.native).join(self._table, same).where(*mine)
        async with self._database.begin_read() as connection:
            rows = await connection.execute(statement.where(natives.c.key > after).order_by(natives.c.key).limit(limit))
            return [(key, msgspec.json.decode(body, type=self._kind), unpack(native)) for key, body, native in rows]

    async def forget_gone(self) -> None:
        """Delete the items of what the catalog does not hold any more."""
        there = select(self._table.c.key).where(self._table.c.source == natives.c.source, self._table.c.key == natives.c.key)
        async with self._database.begin_write() as connection:
            await connection.execute(delete(natives).filter_by(**self._place).where(~there.exists()))
