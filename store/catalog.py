"""Writes of the catalog: a batch becomes records, terms, payloads, change rows and a position in one short transaction."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Table, bindparam, delete, exists, false, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.departures import bury, unbury, withdrawals, withheld
from store.errors import Unstorable
from store.harvests import Applied, Harvests, Step
from store.record import Institution, Library, Record
from store.rows import Row, institution_row, library_row, pack, record_of, record_row, storable, visibility_digest
from store.tables import (
    changes,
    institutions,
    libraries,
    payloads,
    quarantine,
    record_terms,
    records,
    visibility_members,
    visibility_sets,
)
from store.visibility import PUBLIC

TABLES: Mapping[str, Table] = {"resources": records, "libraries": libraries, "institutions": institutions}
"""The table of each collection."""

HIDDEN, SHOWN, LOST = 0, 1, 2
"""What a change means to everybody: nothing, here is a record, here was one."""

WAS_PUBLIC = exists().where(visibility_members.c.key == PUBLIC, visibility_members.c.set_number == records.c.visibility_set)

_TRANSACTION_SECONDS = 0.025
"""Aim for a write transaction on SQLite: half of what sign-in can bear to wait for (behaviour.md, Harvest)."""

_LEAST, _MOST = 50, 250

Native = Mapping[str, Any]
Beside = Callable[[AsyncConnection, Collection[str], Applied | None], Awaitable[None]]
"""What a caller writes beside a batch, in each of its transactions: told the keys of that one, and in the last what the batch changed."""

_Packed = tuple[Row, bytes | None]
"""A row with its packed native item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An item that did not become a record: its native key where it is known, the canonical field at fault, the reason, the item."""

    key: str | None
    reason: str
    field: str | None = None
    native: Native | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch ready to be written."""

    source: str
    collection: str
    rows: Sequence[_Packed]
    gone: Sequence[str]
    quarantined: Sequence[tuple[Quarantined, bytes | None]]
    step: Step | None
    beside: Beside | None


class Catalog:
    """The only writer of records, libraries and institutions."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock
        self._harvests = Harvests(database, clock)
        self._sets: dict[frozenset[str], int] = {}
        self._room = 100 if database.embedded else 1000

    async def apply(
        self,
        source: str,
        upserts: Sequence[tuple[Record, Native | None]] = (),
        gone: Sequence[str] = (),
        quarantined: Sequence[Quarantined] = (),
        step: Step | None = None,
        beside: Beside | None = None,
    ) -> Applied:
        """Write records with their native items, delete the native keys `gone`, keep what is `quarantined`, and commit `step` with them.

        Content that is there already writes nothing; of two records with one key the later counts; a record that cannot be stored is
        quarantined. On SQLite a large batch becomes several transactions, the last of which holds the step; `beside` writes in each.
        Raises LeaseLost, and what `beside` raises.
        """
        prepared = [(record.key, native, partial(record_row, record)) for record, native in upserts]
        return await self._apply("resources", source, prepared, gone, quarantined, step, beside)

    async def apply_libraries(
        self,
        source: str,
        upserts: Sequence[tuple[Library, Native | None]] = (),
        gone: Sequence[str] = (),
        quarantined: Sequence[Quarantined] = (),
        step: Step | None = None,
        beside: Beside | None = None,
    ) -> Applied:
        """Do the same with libraries; they have neither change rows nor payloads."""
        prepared = [(library.key, native, partial(library_row, library)) for library, native in upserts]
        return await self._apply("libraries", source, prepared, gone, quarantined, step, beside)

    async def apply_institutions(
        self,
        source: str,
        upserts: Sequence[tuple[str, Institution, Native | None]] = (),
        gone: Sequence[str] = (),
        quarantined: Sequence[Quarantined] = (),
        step: Step | None = None,
        beside: Beside | None = None,
    ) -> Applied:
        """Do the same with institutions, each behind its native key."""
        prepared = [(key, native, partial(institution_row, source, key, each)) for key, each, native in upserts]
        return await self._apply("institutions", source, prepared, gone, quarantined, step, beside)

    async def write(
        self,
        collection: str,
        source: str,
        mapped: Sequence[tuple[str, Any, Native | None]],
        gone: Sequence[str] = (),
        quarantined: Sequence[Quarantined] = (),
        step: Step | None = None,
        beside: Beside | None = None,
    ) -> Applied:
        """Do the same with values of any collection, each between its native key and its native item."""
        match collection:
            case "institutions":
                return await self.apply_institutions(source, mapped, gone, quarantined, step, beside)
            case "libraries":
                return await self.apply_libraries(source, [(value, native) for _, value, native in mapped], gone, quarantined, step, beside)
            case _:
                return await self.apply(source, [(value, native) for _, value, native in mapped], gone, quarantined, step, beside)

    async def take_out(self, connection: AsyncConnection, source: str, keys: Sequence[str], reason: str | None = None) -> None:
        """Delete records within a transaction that holds their source; a `reason` stands in their tombstones, in place of the title."""
        await self._write_rows(connection, "resources", source, (), keys, reason)

    async def bring_back(self, connection: AsyncConnection, source: str, restored: Sequence[tuple[Record, bytes | None]]) -> None:
        """Write records again, with their packed native items, within a transaction that holds their source; see `know`."""
        rows = [(record_row(record), native) for record, native in restored]
        await self._write_rows(connection, "resources", source, rows, ())

    async def know(self, restored: Iterable[Record]) -> None:
        """Number the sets of visibility keys of records, before the transaction in which they are written."""
        await self._know_sets(frozenset(record.visibility) for record in restored)

    async def _apply(
        self,
        collection: str,
        source: str,
        upserts: Sequence[tuple[str, Native | None, Callable[[], Row]]],
        gone: Sequence[str],
        quarantined: Sequence[Quarantined],
        step: Step | None,
        beside: Beside | None,
    ) -> Applied:
        rows: dict[str, _Packed] = {}
        spoiled = list(quarantined)
        for key, native, make in upserts:
            try:
                rows[key] = make(), pack(native) if native is not None and collection == "resources" else None
            except Unstorable as error:
                spoiled.append(Quarantined(key=key, field=error.field, reason=str(error), native=native))
        await self._know_sets(row.visibility for row, _ in rows.values() if row.visibility is not None)
        packed = [(each, pack(each.native) if each.native is not None else None) for each in spoiled]
        leaving = [key for key in dict.fromkeys(gone) if key not in rows and storable(key)]
        return await self._write(_Batch(source, collection, list(rows.values()), leaving, packed, step, beside))

    async def _know_sets(self, wanted: Iterable[frozenset[str]]) -> None:
        """Number the sets of visibility keys that this process meets for the first time; sets are never deleted."""
        unknown = {visibility_digest(keys): keys for keys in wanted if keys not in self._sets}
        if not unknown:
            return
        # In the order of their digests: two processes that number the same sets must not wait for each other in a ring.
        digests = sorted(unknown)
        async with self.database.begin_write() as connection:
            adding = self.database.insert(visibility_sets).on_conflict_do_nothing()
            await connection.execute(adding, [{"digest": digest} for digest in digests])
            found = await connection.execute(select(visibility_sets).where(visibility_sets.c.digest.in_(digests)))
            numbers = {unknown[digest]: number for number, digest in found}
            members = [{"key": key, "set_number": number} for keys, number in numbers.items() for key in sorted(keys)]
            if members:
                await connection.execute(self.database.insert(visibility_members).on_conflict_do_nothing(), members)
        self._sets.update(numbers)

    async def _write(self, batch: _Batch) -> Applied:
        """Write a batch in as many transactions as it takes; all hold the lease, the last one commits the position."""
        total = Applied()
        start = removed = 0
        while True:
            rows = batch.rows[start : start + self._room]
            gone = batch.gone[removed : removed + self._room - len(rows)]
            start, removed = start + len(rows), removed + len(gone)
            last = start == len(batch.rows) and removed == len(batch.gone)
            async with self.database.begin_write() as connection:
                began = time.perf_counter()
                await self.database.lock_source(connection, batch.source)
                if batch.step is not None:
                    await self._harvests.hold(connection, batch.step.run)
                total += await self._write_rows(connection, batch.collection, batch.source, rows, gone)
                if batch.step is not None and batch.step.rewrite and batch.collection == "resources":
                    await self._rewrite(connection, batch.source, rows)
                await self._keep_quarantine(connection, batch, rows, gone, last)
                if last:
                    total += Applied(quarantined=len(batch.quarantined))
                    if batch.step is not None:
                        await self._harvests.advance(connection, batch.step, total)
                if batch.beside is not None:
                    await batch.beside(connection, {*(row.key for row, _ in rows), *gone}, total if last else None)
                elapsed = time.perf_counter() - began
            self._adapt(len(rows) + len(gone), elapsed)
            if last:
                return total

    def _adapt(self, written: int, elapsed: float) -> None:
        if self.database.embedded and written >= _LEAST:
            self._room = max(_LEAST, min(_MOST, int(written * _TRANSACTION_SECONDS / elapsed), 2 * self._room))

    async def _write_rows(
        self,
        connection: AsyncConnection,
        collection: str,
        source: str,
        rows: Sequence[_Packed],
        gone: Sequence[str],
        reason: str | None = None,
    ) -> Applied:
        table = TABLES[collection]
        if table is records:
            rows, gone = await self._withhold(connection, source, rows, gone)
        keys = [*(row.key for row, _ in rows), *gone]
        shown = WAS_PUBLIC if table is records else false()
        held = select(table.c.key, table.c.hash, shown).where(table.c.source == source, table.c.key.in_(keys))
        known: dict[str, tuple[bytes, bool]] = {row[0]: (row[1], bool(row[2])) for row in await connection.execute(held)}
        changed = [(row, native) for row, native in rows if row.key not in known or known[row.key][0] != row.columns["hash"]]
        new = [self._columns(row) for row, _ in changed if row.key not in known]
        old = [self._columns(row) for row, _ in changed if row.key in known]
        leaving = [key for key in gone if key in known]
        lost = {key for key in leaving if known[key][1]}
        lost |= {row.key for row, _ in changed if row.key in known and known[row.key][1] and not _public(row)}
        titles = await self._titles(connection, source, lost) if lost else {}
        if new:
            await connection.execute(insert(table), new)
        if old:
            renewed: dict[str, Any] = {name: bindparam(name) for name in old[0] if name not in ("source", "key")}
            named = update(table).where(table.c.source == source, table.c.key == bindparam("old_key")).values(renewed)
            await connection.execute(named, [{"old_key": columns.pop("key"), **columns} for columns in map(_without_source, old)])
        if table is records:
            await self._write_beside(connection, source, changed, leaving, {columns["key"] for columns in new}, lost)
            if titles:
                named_anew = [(identity, None if reason else title) for identity, title in titles.items()]
                await bury(self.database, connection, source, named_anew, self.clock(), reason)
            await unbury(connection, [row.columns["id"] for row, _ in changed if _public(row) and not known.get(row.key, (b"", False))[1]])
        if leaving:
            await connection.execute(delete(table).where(table.c.source == source, table.c.key.in_(leaving)))
        return Applied(changed=len(changed), gone=len(leaving))

    async def _rewrite(self, connection: AsyncConnection, source: str, rows: Sequence[_Packed]) -> None:
        """Write the native items of records whether or not these have changed: more is kept of them now, or less."""
        natives = {row.key: native for row, native in rows if native is not None}
        named = select(records.c.number, records.c.key).where(records.c.source == source, records.c.key.in_(natives))
        numbers = [(number, key) for number, key in await connection.execute(named)]
        if numbers:
            await connection.execute(delete(payloads).where(payloads.c.record.in_([number for number, _ in numbers])))
            await connection.execute(insert(payloads), [{"record": number, "native": natives[key]} for number, key in numbers])

    async def _withhold(
        self, connection: AsyncConnection, source: str, rows: Sequence[_Packed], gone: Sequence[str]
    ) -> tuple[Sequence[_Packed], Sequence[str]]:
        """Leave out what was withdrawn; what would be shown of it is kept beside, for the day when it is restored."""
        numbers = await withheld(connection, source, [*(row.key for row, _ in rows), *gone])
        if not numbers:
            return rows, gone
        kept = [(numbers[row.key], row.columns["body"], native) for row, native in rows if row.key in numbers]
        kept += [(numbers[key], None, None) for key in gone if key in numbers]
        renewing = update(withdrawals).where(withdrawals.c.number == bindparam("of"))
        renewing = renewing.values(body=bindparam("body"), native=bindparam("native"))
        await connection.execute(renewing, [{"of": number, "body": body, "native": native} for number, body, native in kept])
        return [each for each in rows if each[0].key not in numbers], [key for key in gone if key not in numbers]

    async def _titles(self, connection: AsyncConnection, source: str, keys: Collection[str]) -> dict[str, str]:
        """The titles of records as they are before they are written, by id."""
        named = select(records.c.id, records.c.body).where(records.c.source == source, records.c.key.in_(keys))
        return {identity: record_of(body).title for identity, body in await connection.execute(named)}

    async def _write_beside(
        self,
        connection: AsyncConnection,
        source: str,
        changed: Sequence[_Packed],
        leaving: Sequence[str],
        new: Collection[str],
        lost: Collection[str],
    ) -> None:
        """Write what stands beside the records: terms, native items and change rows; everybody saw those of `lost` until now."""
        keys = [*(row.key for row, _ in changed), *leaving]
        if not keys:
            return
        named = select(records.c.key, records.c.number, records.c.id).where(records.c.source == source, records.c.key.in_(keys))
        numbers = {key: (number, identity) for key, number, identity in await connection.execute(named)}
        old = [numbers[row.key][0] for row, _ in changed if row.key not in new]
        if old:
            await connection.execute(delete(record_terms).where(record_terms.c.record.in_(old)))
            await connection.execute(delete(payloads).where(payloads.c.record.in_(old)))
        terms = [
            {"record": numbers[row.key][0], "field": field, "value": value} for row, _ in changed for field, value in sorted(row.terms)
        ]
        if terms:
            await connection.execute(insert(record_terms), terms)
        natives = [{"record": numbers[row.key][0], "native": native} for row, native in changed if native is not None]
        if natives:
            await connection.execute(insert(payloads), natives)
        now = self.clock()
        told = [(row.key, "upsert", SHOWN if _public(row) else LOST if row.key in lost else HIDDEN) for row, _ in changed]
        told += [(key, "delete", LOST if key in lost else HIDDEN) for key in leaving]
        await self.database.lock_numbering(connection)
        await connection.execute(
            insert(changes),
            [{"record": numbers[key][1], "source": source, "op": op, "public": public, "at": now} for key, op, public in told],
        )

    async def _keep_quarantine(
        self, connection: AsyncConnection, batch: _Batch, rows: Sequence[_Packed], gone: Sequence[str], last: bool
    ) -> None:
        """An item that came good, or is gone, leaves the quarantine; one that is bad again is there once."""
        spoiled = batch.quarantined if last else ()
        keys = [*(row.key for row, _ in rows), *(key for key in gone if storable(key)), *(_clean(each.key) for each, _ in spoiled)]
        place = {"source": batch.source, "collection": batch.collection}
        await connection.execute(
            delete(quarantine).filter_by(**place).where(quarantine.c.key.in_([key for key in keys if key is not None]))
        )
        if spoiled:
            now = self.clock()
            kept = [
                {**place, "key": _clean(each.key), "field": each.field, "reason": _clean(each.reason), "native": native, "at": now}
                for each, native in spoiled
            ]
            await connection.execute(insert(quarantine), kept)

    def _columns(self, row: Row) -> dict[str, Any]:
        return {**row.columns, "visibility_set": self._sets[row.visibility]} if row.visibility is not None else row.columns


def _public(row: Row) -> bool:
    return row.visibility is not None and PUBLIC in row.visibility


def _without_source(columns: dict[str, Any]) -> dict[str, Any]:
    del columns["source"]
    return columns


def _clean(text: str | None) -> str | None:
    """Make a text that tells of a bad item storable itself."""
    return None if text is None else text.encode(errors="replace").decode().replace("\0", "\ufffd")[:1000]
