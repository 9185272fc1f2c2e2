"""Writes of the catalog: a batch becomes records, terms, payloads, change rows and a position in one short transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, delete, exists, false, insert, literal, select, update

from store.clock import Clock, utc_now
from store.database import Database
from store.departures import bury, unbury, withdrawals, withheld
from store.errors import Unstorable
from store.harvests import Applied, Harvests, Step
from store.identity import resource_id
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

_LEAST, _MOST = 100, 1000

Native = Mapping[str, Any] | bytes
"""A native item, or what `store.rows.pack` has made of it."""

Beside = Callable[[Connection, Collection[str], Applied | None], None]
"""What a caller writes beside a batch, in each of its transactions: told the keys of that one, and in the last what the batch changed."""

_Packed = tuple[Row, bytes | None]
"""A row with its packed native item."""


class _Known(NamedTuple):
    """What the catalog holds of a native key: the hash of its content, its number if it is a record's, whether everybody sees it."""

    hash: bytes
    number: int
    public: bool


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

    def take_out(self, connection: Connection, source: str, keys: Sequence[str], reason: str | None = None) -> None:
        """Delete records within a transaction that holds their source; a `reason` stands in their tombstones, in place of the title."""
        self._write_rows(connection, "resources", source, (), keys, reason)

    def bring_back(self, connection: Connection, source: str, restored: Sequence[tuple[Record, bytes | None]]) -> None:
        """Write records again, with their packed native items, within a transaction that holds their source; see `know`."""
        rows = [(record_row(record), native) for record, native in restored]
        self._write_rows(connection, "resources", source, rows, ())

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
                rows[key] = make(), _packed(native) if collection == "resources" else None
            except Unstorable as error:
                spoiled.append(Quarantined(key=key, field=error.field, reason=str(error), native=native))
        await self._know_sets(row.visibility for row, _ in rows.values() if row.visibility is not None)
        packed = [(each, _packed(each.native)) for each in spoiled]
        leaving = [key for key in dict.fromkeys(gone) if key not in rows and storable(key)]
        return await self._write(_Batch(source, collection, list(rows.values()), leaving, packed, step, beside))

    async def _know_sets(self, wanted: Iterable[frozenset[str]]) -> None:
        """Number the sets of visibility keys that this process meets for the first time; sets are never deleted."""
        unknown = {visibility_digest(keys): keys for keys in wanted if keys not in self._sets}
        if unknown:
            self._sets.update(await self.database.write(lambda connection: self._number_sets(connection, unknown)))

    def _number_sets(self, connection: Connection, unknown: Mapping[bytes, frozenset[str]]) -> dict[frozenset[str], int]:
        # In the order of their digests: two processes that number the same sets must not wait for each other in a ring.
        digests = sorted(unknown)
        adding = self.database.insert(visibility_sets).on_conflict_do_nothing()
        connection.execute(adding, [{"digest": digest} for digest in digests])
        found = connection.execute(select(visibility_sets).where(visibility_sets.c.digest.in_(digests)))
        numbers = {unknown[digest]: number for number, digest in found}
        members = [{"key": key, "set_number": number} for keys, number in numbers.items() for key in sorted(keys)]
        if members:
            connection.execute(self.database.insert(visibility_members).on_conflict_do_nothing(), members)
        return numbers

    async def _write(self, batch: _Batch) -> Applied:
        """Write a batch in as many transactions as it takes; all hold the lease, the last one commits the position."""
        total = Applied()
        start = removed = 0
        while True:
            rows = batch.rows[start : start + self._room]
            gone = batch.gone[removed : removed + self._room - len(rows)]
            start, removed = start + len(rows), removed + len(gone)
            last = start == len(batch.rows) and removed == len(batch.gone)
            total = await self.database.write(partial(self._write_some, batch, rows, gone, total, last=last))
            if last:
                return total

    def _write_some(
        self, batch: _Batch, rows: Sequence[_Packed], gone: Sequence[str], before: Applied, connection: Connection, *, last: bool
    ) -> Applied:
        """Write rows of a batch in one transaction; what the batch has changed with what it had changed `before`."""
        began = time.perf_counter()
        self.database.lock_source(connection, batch.source)
        if batch.step is not None:
            self._harvests.hold(connection, batch.step.run)
        total = before + self._write_rows(connection, batch.collection, batch.source, rows, gone)
        if batch.step is not None and batch.step.rewrite and batch.collection == "resources":
            self._rewrite(connection, batch.source, rows)
        self._keep_quarantine(connection, batch, rows, gone, last)
        if last:
            total += Applied(quarantined=len(batch.quarantined))
            if batch.step is not None:
                self._harvests.advance(connection, batch.step, total)
        if batch.beside is not None:
            batch.beside(connection, {*(row.key for row, _ in rows), *gone}, total if last else None)
        self._adapt(len(rows) + len(gone), time.perf_counter() - began)
        return total

    def _adapt(self, written: int, elapsed: float) -> None:
        if self.database.embedded and written >= _LEAST:
            self._room = max(_LEAST, min(_MOST, int(written * _TRANSACTION_SECONDS / elapsed), 2 * self._room))

    def _write_rows(
        self,
        connection: Connection,
        collection: str,
        source: str,
        rows: Sequence[_Packed],
        gone: Sequence[str],
        reason: str | None = None,
    ) -> Applied:
        table = TABLES[collection]
        if table is records:
            rows, gone = self._withhold(connection, source, rows, gone)
        known = self._known(connection, table, source, [*(row.key for row, _ in rows), *gone])
        changed = [(row, native) for row, native in rows if row.key not in known or known[row.key].hash != row.columns["hash"]]
        new = [row for row, _ in changed if row.key not in known]
        leaving = [key for key in gone if key in known]
        lost = {key for key in leaving if known[key].public}
        lost |= {row.key for row, _ in changed if row.key in known and known[row.key].public and not _public(row)}
        titles = self._titles(connection, source, lost) if lost else {}
        numbers = {key: each.number for key, each in known.items()}
        if table is records and new:
            numbers.update(zip((row.key for row in new), self.database.numbers(connection, table, len(new)), strict=True))
        self.database.inserting(table).execute(connection, [self._columns(row, numbers.get(row.key)) for row in new])
        old = [self._columns(row, None) for row, _ in changed if row.key in known]
        self.database.updating(table).execute(connection, old)
        if table is records:
            self._write_beside(connection, source, changed, leaving, known, numbers, lost)
            if titles:
                named_anew = [(identity, None if reason else title) for identity, title in titles.items()]
                bury(connection, self.database, source, named_anew, self.clock(), reason)
            shown = (row for row, _ in changed if _public(row) and not (row.key in known and known[row.key].public))
            unbury(connection, [row.columns["id"] for row in shown])
        if leaving:
            connection.execute(delete(table).where(table.c.source == source, table.c.key.in_(leaving)))
        return Applied(changed=len(changed), gone=len(leaving))

    def _rewrite(self, connection: Connection, source: str, rows: Sequence[_Packed]) -> None:
        """Write the native items of records whether or not these have changed: more is kept of them now, or less."""
        natives = {row.key: native for row, native in rows if native is not None}
        named = select(records.c.number, records.c.key).where(records.c.source == source, records.c.key.in_(natives))
        numbers = [(number, key) for number, key in connection.execute(named)]
        if numbers:
            connection.execute(delete(payloads).where(payloads.c.record.in_([number for number, _ in numbers])))
            rewritten = [{"record": number, "native": natives[key]} for number, key in numbers]
            self.database.inserting(payloads).execute(connection, rewritten)

    def _withhold(
        self, connection: Connection, source: str, rows: Sequence[_Packed], gone: Sequence[str]
    ) -> tuple[Sequence[_Packed], Sequence[str]]:
        """Leave out what was withdrawn; what would be shown of it is kept beside, for the day when it is restored."""
        numbers = withheld(connection, source, [*(row.key for row, _ in rows), *gone])
        if not numbers:
            return rows, gone
        kept = [(numbers[row.key], row.columns["body"], native) for row, native in rows if row.key in numbers]
        kept += [(numbers[key], None, None) for key in gone if key in numbers]
        renewing = update(withdrawals).where(withdrawals.c.number == bindparam("of"))
        renewing = renewing.values(body=bindparam("body"), native=bindparam("native"))
        connection.execute(renewing, [{"of": number, "body": body, "native": native} for number, body, native in kept])
        return [each for each in rows if each[0].key not in numbers], [key for key in gone if key not in numbers]

    def _titles(self, connection: Connection, source: str, keys: Collection[str]) -> dict[str, str]:
        """The titles of records as they are before they are written, by id."""
        named = select(records.c.id, records.c.body).where(records.c.source == source, records.c.key.in_(keys))
        return {identity: record_of(body).title for identity, body in connection.execute(named)}

    def _known(self, connection: Connection, table: Table, source: str, keys: Sequence[str]) -> dict[str, _Known]:
        """What is held of native keys of a source."""
        if not keys:
            return {}
        more = (records.c.number, WAS_PUBLIC) if table is records else (literal(0), false())
        held = select(table.c.key, table.c.hash, *more).where(table.c.source == source, table.c.key.in_(keys))
        return {row[0]: _Known(row[1], row[2], bool(row[3])) for row in connection.execute(held)}

    def _write_beside(
        self,
        connection: Connection,
        source: str,
        changed: Sequence[_Packed],
        leaving: Sequence[str],
        known: Mapping[str, _Known],
        numbers: Mapping[str, int],
        lost: Collection[str],
    ) -> None:
        """Write what stands beside the records: terms, native items and change rows; everybody saw those of `lost` until now."""
        if not changed and not leaving:
            return
        old = [numbers[row.key] for row, _ in changed if row.key in known]
        if old:
            connection.execute(delete(record_terms).where(record_terms.c.record.in_(old)))
            connection.execute(delete(payloads).where(payloads.c.record.in_(old)))
        terms = [{"record": numbers[row.key], "field": field, "value": value} for row, _ in changed for field, value in sorted(row.terms)]
        self.database.inserting(record_terms).execute(connection, terms)
        natives = [{"record": numbers[row.key], "native": native} for row, native in changed if native is not None]
        self.database.inserting(payloads).execute(connection, natives)
        told = [(row.columns["id"], "upsert", SHOWN if _public(row) else LOST if row.key in lost else HIDDEN) for row, _ in changed]
        told += [(resource_id(source, key), "delete", LOST if key in lost else HIDDEN) for key in leaving]
        named = {"source": source, "at": self.clock()}
        self.database.lock_numbering(connection)
        self.database.inserting(changes).execute(
            connection, [{"record": identity, "op": op, "public": public, **named} for identity, op, public in told]
        )

    def _keep_quarantine(self, connection: Connection, batch: _Batch, rows: Sequence[_Packed], gone: Sequence[str], last: bool) -> None:
        """An item that came good, or is gone, leaves the quarantine; one that is bad again is there once."""
        spoiled = batch.quarantined if last else ()
        place = {"source": batch.source, "collection": batch.collection}
        if connection.scalar(select(select(quarantine).filter_by(**place).exists())):
            keys = [*(row.key for row, _ in rows), *(key for key in gone if storable(key)), *(_clean(each.key) for each, _ in spoiled)]
            named = [key for key in keys if key is not None]
            connection.execute(delete(quarantine).filter_by(**place).where(quarantine.c.key.in_(named)))
        if spoiled:
            now = self.clock()
            kept = [
                {**place, "key": _clean(each.key), "field": each.field, "reason": _clean(each.reason), "native": native, "at": now}
                for each, native in spoiled
            ]
            connection.execute(insert(quarantine), kept)

    def _columns(self, row: Row, number: int | None) -> dict[str, Any]:
        return {**row.columns, "number": number, "visibility_set": self._sets[row.visibility] if row.visibility is not None else None}


def _packed(native: Native | None) -> bytes | None:
    return native if native is None or isinstance(native, bytes) else pack(native)


def _public(row: Row) -> bool:
    return row.visibility is not None and PUBLIC in row.visibility


def _clean(text: str | None) -> str | None:
    """Make a text that tells of a bad item storable itself."""
    return None if text is None else text.encode(errors="replace").decode().replace("\0", "\ufffd")[:1000]
