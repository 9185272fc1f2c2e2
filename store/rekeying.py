"""Rekeying: a source gives its records other identifiers; the records stay the same, and their old ids lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import SYSTEM, Action, Audit, Event
from store.catalog import HIDDEN, LOST, SHOWN, WAS_PUBLIC, Catalog
from store.departures import aliases, bury, unbury, withdrawals, withheld
from store.harvests import Harvests
from store.identity import native_key, resource_id
from store.rows import record_of, record_row, storable
from store.tables import changes, records

AT_ONCE = 50
"""Records in one transaction."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many records have another id now, and how many old ids lead to one, whether the catalog holds it or its source alone."""

    moved: int = 0
    aliases: int = 0


class Rekeying:
    """Changes the native keys of one source (its key); every step may be repeated."""

    def __init__(self, catalog: Catalog, source: str) -> None:
        self._catalog = catalog
        self._database = catalog.database
        self._source = source

    async def rekey(self, keys: Mapping[str, str], *, by: str = SYSTEM) -> Rekeyed:
        """Give records their new native keys, by their old ones. A reading of the source that was left open begins anew.

        Raises ValueError for a key that cannot be one, before anything is written; LeaseHeld while the source is harvested.
        """
        pairs = [(old, new) for old, new in keys.items() if old != new]
        for key in (each for pair in pairs for each in pair):
            if not storable(key):
                raise ValueError(f"the key {key!r} holds what no database keeps")
            resource_id(self._source, key)
        ids = {resource_id(self._source, old) for old, _ in pairs}
        if taken := next((new for _, new in pairs if resource_id(self._source, new) in ids), None):
            raise ValueError(f"{taken!r} is an old key and a new one: change them in two steps")
        if len({new for _, new in pairs}) < len(pairs):
            raise ValueError("two old keys have the same new key: a record has one id")
        moved = 0
        for start in range(0, len(pairs), AT_ONCE):
            moved += await self._step(dict(pairs[start : start + AT_ONCE]), by)
        return Rekeyed(moved, len(pairs))

    async def _step(self, keys: Mapping[str, str], by: str) -> int:
        ids = {resource_id(self._source, old): resource_id(self._source, new) for old, new in keys.items()}
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, self._source)
            await Harvests(self._database, self._catalog.clock).begin_anew(connection, self._source)
            there = select(records.c.key).where(records.c.source == self._source, records.c.key.in_(keys.values()))
            copied = set((await connection.scalars(there)).all())
            await self._drop(connection, [old for old, new in keys.items() if new in copied])
            moved = await self._move(connection, {old: new for old, new in keys.items() if new not in copied})
            await self._withhold(connection, keys)
            for old, new in ids.items():
                await connection.execute(update(aliases).where(aliases.c.record == old).values(record=new))
            insertion = self._database.insert(aliases)
            insertion = insertion.on_conflict_do_update(index_elements=["old"], set_={"record": insertion.excluded["record"]})
            await connection.execute(insertion, [{"old": old, "record": new} for old, new in ids.items()])
            detail = {"rekeyed": str(len(ids))}
            audit = Audit(self._database, self._catalog.clock)
            await audit.append(connection, Event(by, Action.SOURCE_CHANGED, self._source, detail=detail))
        return moved

    async def _drop(self, connection: AsyncConnection, old: Sequence[str]) -> None:
        """A harvest was quicker: the record is there under its new key already."""
        if old:
            await connection.run_sync(self._catalog.take_out, self._source, old)

    async def _move(self, connection: AsyncConnection, keys: Mapping[str, str]) -> int:
        named = select(records.c.number, records.c.id, records.c.key, records.c.body, WAS_PUBLIC)
        found = (await connection.execute(named.where(records.c.source == self._source, records.c.key.in_(keys)))).all()
        now = self._catalog.clock()
        told: list[dict[str, object]] = []
        titles: list[tuple[str, str | None]] = []
        for number, identity, key, body, public in found:
            record = record_of(body)
            moved = replace(record, id=resource_id(self._source, keys[key]), key=keys[key])
            columns = record_row(moved).columns
            await connection.execute(update(records).where(records.c.number == number).values(columns))
            told.append({"record": identity, "source": self._source, "op": "delete", "public": LOST if public else HIDDEN, "at": now})
            told.append({"record": moved.id, "source": self._source, "op": "upsert", "public": SHOWN if public else HIDDEN, "at": now})
            if public:
                titles.append((identity, record.title))
        if told:
            await connection.run_sync(bury, self._database, self._source, titles, now, None)
            await connection.run_sync(unbury, [resource_id(self._source, keys[row.key]) for row in found])
            await connection.run_sync(self._database.lock_numbering)
            await connection.execute(insert(changes), told)
        return len(found)

    async def _withhold(self, connection: AsyncConnection, keys: Mapping[str, str]) -> None:
        """What is withdrawn stays so under its new key."""
        for key, number in (await connection.run_sync(withheld, self._source, list(keys))).items():
            new = keys[key]
            identity = resource_id(self._source, new)
            reason = await connection.scalar(select(withdrawals.c.reason).where(withdrawals.c.number == number))
            await connection.run_sync(self._catalog.take_out, self._source, [new], reason or "")
            await connection.execute(delete(withdrawals).where(withdrawals.c.record == identity, withdrawals.c.restored_at.is_(None)))
            record = await connection.scalar(select(withdrawals.c.body).where(withdrawals.c.number == number))
            body = None
            if record is not None:
                body = record_row(replace(record_of(record), id=identity, key=new)).columns["body"]
            moving = update(withdrawals).where(withdrawals.c.number == number)
            await connection.execute(moving.values(record=identity, key=new, body=body))


def pairs_of(rows: Iterable[Sequence[str]]) -> dict[str, str]:
    """Read a table of old and new keys: its first row names the columns, `old` and `new`, or `old.1`, `old.2` … for composite keys.

    Raises ValueError that names the row.
    """
    reading = iter(rows)
    header = [name.strip().lower() for name in next(reading, ())]
    places = {side: [place for place, name in enumerate(header) if name.partition(".")[0] == side] for side in ("old", "new")}
    if not all(places.values()):
        raise ValueError("the first row names the columns: write old,new (or old.1,old.2,new for a key of several parts)")
    found: dict[str, str] = {}
    for number, row in enumerate(reading, 2):
        if not any(row):
            continue
        parts = {side: tuple(row[place] for place in some if place < len(row)) for side, some in places.items()}
        if any(len(parts[side]) < len(places[side]) or not all(parts[side]) for side in parts):
            raise ValueError(f"row {number} lacks a key: write both, old and new")
        old, new = (native_key(parts[side] if len(parts[side]) > 1 else parts[side][0]) for side in ("old", "new"))
        if found.setdefault(old, new) != new:
            raise ValueError(f"row {number} gives {old!r} a second new key")
    return found
