"""What the index is made from: the change log by `seq`, and the records as they stand in the tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select

from store.changes import FORGOTTEN
from store.database import Database
from store.record import Record
from store.search.schema import Found
from store.tables import changes, records, store_facts

_RECORD = msgspec.json.Decoder(Record)


class Changed(NamedTuple):
    """A stretch of the log: the ids of the records that it names, and the `seq` of its end."""

    ids: Collection[str]
    seq: int


class Bounds(NamedTuple):
    """The `seq` up to which the log was forgotten, and that of its end."""

    forgotten: int
    last: int


class Feed:
    """Reads records for the index; nothing of it is shown to anybody without the index's own conditions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bounds(self) -> Bounds:
        """Where the log begins and ends now."""
        async with self._database.begin_read() as connection:
            until = int(await connection.scalar(select(store_facts.c.value).where(store_facts.c.name == FORGOTTEN)) or 0)
            return Bounds(until, int(await connection.scalar(select(func.max(changes.c.seq))) or until))

    async def changed(self, after: int, limit: int) -> Changed:
        """What the next `limit` rows of the log behind `after` name."""
        statement = select(changes.c.seq, changes.c.record).where(changes.c.seq > after).order_by(changes.c.seq).limit(limit)
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(statement)).all()
        return Changed(dict.fromkeys(row.record for row in rows), rows[-1].seq if rows else after)

    async def by_ids(self, ids: Collection[str]) -> list[tuple[int, bytes]]:
        """Numbers and bodies of the records that there are."""
        return await self._rows(select(records.c.number, records.c.body).where(records.c.id.in_(ids)))

    async def behind(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """Numbers and bodies of the next `limit` records by number."""
        statement = select(records.c.number, records.c.body).where(records.c.number > number)
        return await self._rows(statement.order_by(records.c.number).limit(limit))

    async def count(self) -> int:
        """How many records there are."""
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(records)) or 0)

    async def _rows(self, statement: object) -> list[tuple[int, bytes]]:
        async with self._database.begin_read() as connection:
            return [(number, body) for number, body in await connection.execute(statement)]  # type: ignore[call-overload]


def decoded(rows: Sequence[tuple[int, bytes]]) -> list[Found]:
    """The records of `rows`."""
    return [Found(number, _RECORD.decode(body)) for number, body in rows]
