"""The change log as everybody may read it, and how long it is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.catalog import HIDDEN, SHOWN
from store.clock import Clock, utc_now
from store.database import Database
from store.departures import aliases, tombstones, withdrawals
from store.tables import changes, store_facts

KEPT = timedelta(days=30)
"""How long changes are kept: a reader who comes back later has to read the whole catalog again."""

TOMBSTONES_KEPT = 3 * KEPT
"""How long tombstones are kept: whatever the log still tells of a record, its tombstone must be there."""

FORGOTTEN = "changes_forgotten"
"""The fact that tells the highest `seq` which was deleted."""

_STEP = 2000


class LogForgotten(LookupError):
    """Changes behind the position were deleted: nobody can go on from there."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record that everybody could see and nobody sees any longer; `reason` where people withdrew it, which hides the title too."""

    id: str
    title: str | None
    withdrawn_at: datetime
    reason: str | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One public change: `record` (its global id) is to be seen from `at` on, or was until then."""

    seq: int
    record: str
    shown: bool
    at: datetime


class Changes:
    """Reads the log for everybody, and forgets its old end."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def public(self, after: int | None, limit: int) -> list[Change]:
        """The next public changes behind the position `after`, from the oldest on without one. Raises LogForgotten."""
        named = select(changes.c.seq, changes.c.record, changes.c.public, changes.c.at).where(changes.c.public != HIDDEN)
        statement = named.where(changes.c.seq > (after or 0)).order_by(changes.c.seq).limit(limit)
        async with self._database.begin_read() as connection:
            if after is not None and after < await _forgotten(connection):
                raise LogForgotten(after)
            return [Change(row.seq, row.record, row.public == SHOWN, row.at) for row in await connection.execute(statement)]

    async def latest(self) -> int:
        """The position of the newest change, 0 where there is none."""
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(select(func.max(changes.c.seq))) or await _forgotten(connection))

    async def waiting_since(self, seq: int) -> datetime | None:
        """When the oldest change behind the position `seq` was made; None where there is none."""
        statement = select(changes.c.at).where(changes.c.seq > seq).order_by(changes.c.seq).limit(1)
        async with self._database.begin_read() as connection:
            found: datetime | None = await connection.scalar(statement)
            return found

    async def tombstones(self, ids: Collection[str]) -> dict[str, Tombstone]:
        """The tombstones of records, by global id; records without one are missing."""
        named = select(tombstones, aliases.c.record.label("now")).outerjoin(aliases, aliases.c.old == tombstones.c.record)
        async with self._database.begin_read() as connection:
            found = await connection.execute(named.where(tombstones.c.record.in_(ids)))
            return {row.record: Tombstone(row.record, row.title, row.at, row.reason, row.now) for row in found}

    async def aliases(self, ids: Collection[str]) -> dict[str, str]:
        """The present ids of records that had others once, by those."""
        async with self._database.begin_read() as connection:
            found = await connection.execute(select(aliases.c.old, aliases.c.record).where(aliases.c.old.in_(ids)))
            return {row[0]: row[1] for row in found}

    async def known_as(self, ids: Collection[str]) -> tuple[str, ...]:
        """Every id that the records of `ids` have or had, these included."""
        present = list(dict.fromkeys((await self.aliases(ids)).values()))
        before = select(aliases.c.old).where(aliases.c.record.in_([*ids, *present]))
        async with self._database.begin_read() as connection:
            return tuple(dict.fromkeys((*ids, *present, *(await connection.scalars(before)).all())))

    async def forget(self, kept: timedelta = KEPT) -> int:
        """Delete changes older than `kept`, a few at a time; how many they were."""
        oldest = self._clock() - kept
        # By place, not by time: a clock that stepped back must not leave holes behind which somebody stands.
        first = select(func.min(changes.c.seq)).where(changes.c.at >= oldest)
        total = 0
        while True:
            async with self._database.begin_write() as connection:
                until = await connection.scalar(first) or int(await connection.scalar(select(func.max(changes.c.seq))) or 0) + 1
                some = select(changes.c.seq).where(changes.c.seq < until).order_by(changes.c.seq).limit(_STEP)
                going = (await connection.scalars(some)).all()
                if going:
                    await connection.execute(delete(changes).where(changes.c.seq <= going[-1]))
                    fact = self._database.insert(store_facts).values(name=FORGOTTEN, value=str(going[-1]))
                    await connection.execute(fact.on_conflict_do_update(index_elements=["name"], set_={"value": str(going[-1])}))
            total += len(going)
            if len(going) < _STEP:
                return total

    async def forget_tombstones(self, kept: timedelta = TOMBSTONES_KEPT) -> int:
        """Delete tombstones older than `kept`, except of records that people keep withdrawn; how many they were."""
        in_force = exists().where(withdrawals.c.record == tombstones.c.record, withdrawals.c.restored_at.is_(None))
        old = select(tombstones.c.record).where(tombstones.c.at < self._clock() - kept, ~in_force).limit(_STEP)
        total = 0
        while True:
            async with self._database.begin_write() as connection:
                going = (await connection.execute(delete(tombstones).where(tombstones.c.record.in_(old)))).rowcount
            total += going
            if going < _STEP:
                return total


async def _forgotten(connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(store_facts.c.value).where(store_facts.c.name == FORGOTTEN)) or 0)
