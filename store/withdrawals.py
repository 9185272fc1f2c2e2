"""Withdrawals: records that people take out of every answer, whatever their source goes on to say, until somebody restores them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import Action, Audit, Event
from store.catalog import Catalog
from store.changes import Changes
from store.departures import withdrawals
from store.identity import NodeKind, parse_id
from store.rows import record_of, storable
from store.tables import payloads, records

AT_ONCE = 50
"""Records of one source in one transaction."""

_STEP = 1000
_IN_FORCE = withdrawals.c.restored_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """One withdrawal; `restored_at` is None while it is in force."""

    record: str
    reason: str
    withdrawn_by: str
    withdrawn_at: datetime
    restored_by: str | None
    restored_at: datetime | None


class Withdrawals:
    """Withdraws and restores; both are in the change log, and in the audit log in the same transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._database = catalog.database
        self._audit = Audit(catalog.database, catalog.clock)

    async def withdraw(self, ids: Iterable[str], *, reason: str, by: str) -> list[str]:
        """Withdraw records by global id, also such as the catalog does not hold (of a live source); those that were not withdrawn before.

        An id that a record had earlier names it as well. `reason` is a code of `WITHDRAWAL_REASONS`, `by` the actor for the audit log.
        Raises ValueError for what is no id of a record.
        """
        done: list[str] = []
        for source, keys in _by_source(await self._present(ids)).items():
            for some in _chunks(list(keys)):
                async with self._database.begin_write() as connection:
                    await connection.run_sync(self._database.lock_source, source)
                    taken = await self._withdrawn(connection, [keys[key] for key in some])
                    fresh = [key for key in some if keys[key] not in taken]
                    held = await self._held(connection, source, fresh)
                    await connection.run_sync(self._catalog.take_out, source, fresh, reason)
                    now = self._catalog.clock()
                    rows = [
                        {
                            "record": keys[key], "source": source, "key": key, "reason": reason, "withdrawn_by": by,
                            "withdrawn_at": now, **dict(zip(("body", "native"), held.get(key, (None, None)), strict=True)),
                        }
                        for key in fresh
                    ]  # fmt: skip
                    if rows:
                        await connection.execute(insert(withdrawals), rows)
                    await self._write_down(connection, [keys[key] for key in fresh], Action.RECORDS_WITHDRAWN, by, reason)
                    done += (keys[key] for key in fresh)
        return done

    async def restore(self, ids: Iterable[str], *, by: str) -> list[str]:
        """Show records again as their sources have them now; those that were withdrawn. Raises ValueError for what is no id of a record."""
        done: list[str] = []
        for source, keys in _by_source(await self._present(ids)).items():
            for some in _chunks(list(keys.values())):
                found = select(withdrawals).where(withdrawals.c.record.in_(some), _IN_FORCE)
                async with self._database.begin_read() as connection:
                    bodies = (await connection.scalars(found.with_only_columns(withdrawals.c.body))).all()
                await self._catalog.know(record_of(body) for body in bodies if body is not None)
                async with self._database.begin_write() as connection:
                    await connection.run_sync(self._database.lock_source, source)
                    rows = (await connection.execute(found)).mappings().all()
                    ending = update(withdrawals).where(withdrawals.c.number.in_([row["number"] for row in rows]))
                    await connection.execute(ending.values(restored_by=by, restored_at=self._catalog.clock(), body=None, native=None))
                    back = [(record_of(row["body"]), row["native"]) for row in rows if row["body"] is not None]
                    await connection.run_sync(self._catalog.bring_back, source, back)
                    await self._write_down(connection, [row["record"] for row in rows], Action.RECORDS_RESTORED, by, None)
                    done += (row["record"] for row in rows)
        return done

    async def with_address(self, url: str) -> list[str]:
        """The ids of the records whose content or own page has this address. It looks at every record: for people, not for requests."""
        found: list[str] = []
        after = 0
        while True:
            statement = select(records.c.number, records.c.body).where(records.c.number > after).order_by(records.c.number).limit(_STEP)
            async with self._database.begin_read() as connection:
                rows = (await connection.execute(statement)).all()
            for _, body in rows:
                record = record_of(body)
                if url in (record.url, record.original_url):
                    found.append(record.id)
            if len(rows) < _STEP:
                return found
            after = rows[-1][0]

    async def of_source(self, source: str, *, withdrawn: bool = False) -> list[str]:
        """The ids of all records that the catalog holds of a source (its key), or of those that are withdrawn."""
        statement = (
            select(withdrawals.c.record).where(withdrawals.c.source == source, _IN_FORCE)
            if withdrawn
            else select(records.c.id).where(records.c.source == source)
        )
        async with self._database.begin_read() as connection:
            return list((await connection.scalars(statement)).all())

    async def of_sources(self, sources: Collection[str]) -> frozenset[str]:
        """The ids of all withdrawn records of some sources (their keys)."""
        statement = select(withdrawals.c.record).where(withdrawals.c.source.in_(sorted(sources)), _IN_FORCE)
        async with self._database.begin_read() as connection:
            return frozenset((await connection.scalars(statement)).all())

    async def history(self, record: str) -> list[Withdrawal]:
        """The withdrawals of a record, latest first."""
        named = [withdrawals.c[name] for name in Withdrawal.__dataclass_fields__]
        statement = select(*named).where(withdrawals.c.record == record).order_by(withdrawals.c.number.desc())
        async with self._database.begin_read() as connection:
            return [Withdrawal(**row) for row in (await connection.execute(statement)).mappings()]

    async def _present(self, ids: Iterable[str]) -> list[str]:
        """The ids that the same records have now."""
        log, found = Changes(self._database), list(ids)
        for some in _chunks(list(dict.fromkeys(found))):
            now = await log.aliases(some)
            found = [now.get(each, each) for each in found] if now else found
        return found

    async def _withdrawn(self, connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
        found = select(withdrawals.c.record).where(withdrawals.c.record.in_(ids), _IN_FORCE)
        return set((await connection.scalars(found)).all())

    async def _held(self, connection: AsyncConnection, source: str, keys: Sequence[str]) -> dict[str, tuple[bytes, bytes | None]]:
        named = select(records.c.key, records.c.body, payloads.c.native).outerjoin(payloads, payloads.c.record == records.c.number)
        found = await connection.execute(named.where(records.c.source == source, records.c.key.in_(keys)))
        return {row[0]: (row[1], row[2]) for row in found}

    async def _write_down(self, connection: AsyncConnection, ids: Sequence[str], action: Action, by: str, reason: str | None) -> None:
        """One entry of the audit log for each transaction: of many records it names the first and tells how many they are."""
        if ids:
            detail = {"records": str(len(ids)), **({"reason": reason} if reason is not None else {})}
            await self._audit.append(connection, Event(by, action, ids[0], detail=detail))


def is_record(text: str) -> bool:
    """Tell whether `text` is the id of a record, of whatever source."""
    node = parse_id(text)
    return node is not None and node.kind is NodeKind.RESOURCE and storable(node.key)


def _by_source(ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """By source key, global ids by native key."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for each in ids:
        node = parse_id(each)
        if node is None or not is_record(each):
            raise ValueError(f"{each[:80]!r} is no id of a record: copy it from `id` of a resource")
        found[node.source][node.key] = each
    return found


def _chunks(values: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
