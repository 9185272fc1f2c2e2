"""What is stored of native items, to be mapped once more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select

from store.database import Database
from store.departures import withdrawals
from store.record import Record
from store.rows import record_of, unpack
from store.tables import payloads, quarantine, records

RESOURCES = "resources"
STEP = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with the kept part of its native item; `number` is its place in the walk."""

    number: int
    record: Record
    native: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An item in quarantine: its native key and its item where they are known, the canonical field at fault, the reason."""

    number: int
    collection: str
    key: str | None
    field: str | None
    reason: str
    native: dict[str, Any] | None
    at: datetime


class Replay:
    """Walks through stored native items of one source (its key)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def natives(self, source: str, after: int, limit: int = STEP) -> list[Kept]:
        """The next records behind a place, with their native items."""
        named = select(records.c.number, records.c.body, payloads.c.native).outerjoin(payloads, payloads.c.record == records.c.number)
        statement = named.where(records.c.source == source, records.c.number > after).order_by(records.c.number).limit(limit)
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(statement)).all()
        return [Kept(number, record_of(body), unpack(native) if native is not None else None) for number, body, native in rows]

    async def withdrawn(self, source: str, after: int, limit: int = STEP) -> list[Kept]:
        """The same of records that people have withdrawn; they are written back where they are."""
        named = select(withdrawals.c.number, withdrawals.c.body, withdrawals.c.native).where(withdrawals.c.body.is_not(None))
        statement = named.where(withdrawals.c.source == source, withdrawals.c.number > after).order_by(withdrawals.c.number).limit(limit)
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(statement)).all()
        return [Kept(number, record_of(body), unpack(native) if native is not None else None) for number, body, native in rows]

    async def quarantined(
        self, source: str, collection: str | None = None, after: int = 0, until: int | None = None, limit: int = STEP
    ) -> list[Spoilt]:
        """The next items in quarantine behind a place and up to another, of one collection or of all."""
        statement = select(quarantine).where(quarantine.c.source == source, quarantine.c.number > after).order_by(quarantine.c.number)
        if collection is not None:
            statement = statement.where(quarantine.c.collection == collection)
        if until is not None:
            statement = statement.where(quarantine.c.number <= until)
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(statement.limit(limit))).mappings().all()
        return [
            Spoilt(
                **{name: row[name] for name in ("number", "collection", "key", "field", "reason", "at")},
                native=unpack(row["native"]) if row["native"] is not None else None,
            )
            for row in rows
        ]

    async def last_quarantined(self, source: str) -> int:
        """The place of the item that came into quarantine last: one that is bad again comes behind it."""
        statement = select(func.max(quarantine.c.number)).where(quarantine.c.source == source)
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def kept_paths(self, source: str, collection: str = RESOURCES) -> frozenset[str] | None:
        """The paths of which every stored native item has kept what there was; None before the first complete reading."""
        found = await self._database.fact(_fact(source, collection))
        return frozenset(orjson.loads(found)) if found is not None else None

    async def keep_paths(self, source: str, paths: Iterable[str], collection: str = RESOURCES) -> None:
        """Remember the same after a reading that has kept them of every item."""
        await self._database.set_fact(_fact(source, collection), orjson.dumps(sorted(set(paths))).decode())


def _fact(source: str, collection: str) -> str:
    return f"kept:{source}" if collection == RESOURCES else f"kept:{source}:{collection}"
