"""Pushes: who is pushing to a source, how far each push has come, and the receipts of what it brought."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import LeaseHeld, LeaseLost, PushRefused
from store.harvests import INTERRUPTED, Run, Window
from store.owners import is_dead, new_owner
from store.tables import NUMBER, TEXT, Instant, harvest_runs, harvest_states, metadata, quarantine

pushes = Table(
    "pushes",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("source", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("snapshot", Boolean, nullable=False),
    Column("state", String(9), nullable=False),
    Column("version", Integer, nullable=False),
    Column("run", NUMBER, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("began", Instant, nullable=False),
    Column("finished", Instant),
    UniqueConstraint("source", "name"),
)
"""`name` is the client's own; `version` is that of the definition which its rows were mapped by; `parts` counts those received whole."""
Index("pushes_source", pushes.c.source, pushes.c.number)

push_parts = Table(
    "push_parts",
    metadata,
    Column("push", NUMBER, ForeignKey("pushes.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""A part that was received whole: the digest of its bytes and what became of it, JSON."""

push_receipts = Table(
    "push_receipts",
    metadata,
    Column("push", NUMBER, ForeignKey("pushes.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What became of each row of a part, in order, as packed lists of rows."""

OPEN, COMPLETE, ABANDONED = "open", "complete", "abandoned"

_GIVEN_UP = "its sender has given it up"

BETWEEN_PARTS = timedelta(minutes=5)
"""How long a push of several parts keeps others away while its next part is awaited."""

KEPT_PUSHES = 10
"""Receipts of this many pushes of a source are kept."""

_CHUNKS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push that may write a part now: it holds the lease of its source through `run`."""

    number: int
    name: str
    collection: str
    snapshot: bool
    part: int
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that was received before: the digest of its bytes, its summary as JSON."""

    push: int
    part: int
    digest: bytes
    summary: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PushState:
    """How far a push has come."""

    name: str
    collection: str
    snapshot: bool
    state: str
    parts: int
    began: datetime
    finished: datetime | None


class Pushes:
    """The pushes to one source, by its immutable key."""

    def __init__(self, database: Database, source: str, clock: Clock = utc_now) -> None:
        self._database = database
        self._source = source
        self._clock = clock

    async def begin(self, name: str, part: int, *, collection: str, snapshot: bool, version: int, lease: timedelta) -> Push | Part:
        """Take the lease of the source for a part of the push `name`, the first of which begins it.

        A part that was received before is given back as it was. Raises LeaseHeld where somebody else pushes or harvests the source, and
        PushRefused where the part does not follow on what is known of this push.
        """
        now = self._clock()
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, self._source)
            known = (await connection.execute(select(pushes).filter_by(source=self._source, name=name))).one_or_none()
            if known is not None and part <= known.parts:
                return await self._received(connection, known.number, part)
            if known is not None:
                await self._refuse_what_does_not_follow(connection, known, part, collection=collection, snapshot=snapshot)
            elif part != 1:
                raise PushRefused("order", 1)
            await connection.execute(self._database.insert(harvest_states).values(source=self._source).on_conflict_do_nothing())
            owner = new_owner()
            await self._take(connection, owner, lease, None if known is None else _idle(known.number), now)
            if known is None:
                number, run = await self._open(connection, name, collection=collection, snapshot=snapshot, version=version, now=now)
                began = now
            else:
                number, run, began, version = known.number, known.run, known.began, known.version
        window = Window(opened=began, version=version, collection=collection)
        held = Run(number=run, source=self._source, owner=owner, lease=lease, started=began, window=window, resumed=part > 1)
        return Push(number=number, name=name, collection=collection, snapshot=snapshot, part=part, run=held)

    def keep_receipt(self, connection: Connection, push: Push, chunk: int, body: bytes) -> None:
        """Write down what became of some rows, in the transaction that wrote them."""
        connection.execute(insert(push_receipts).values(push=push.number, part=push.part, chunk=chunk, body=body))

    async def forget_receipt(self, push: Push) -> None:
        """Drop what was written down of a part that did not come to its end: it comes again."""
        async with self._database.begin_write() as connection:
            await connection.execute(delete(push_receipts).filter_by(push=push.number, part=push.part))

    async def receipts(self, push: int, part: int) -> AsyncIterator[bytes]:
        """What became of the rows of a part, chunk by chunk."""
        after = -1
        while True:
            statement = select(push_receipts.c.chunk, push_receipts.c.body).filter_by(push=push, part=part)
            some = statement.where(push_receipts.c.chunk > after).order_by(push_receipts.c.chunk).limit(_CHUNKS)
            async with self._database.begin_read() as connection:
                found = (await connection.execute(some)).all()
            for row in found:
                yield row.body
            if len(found) < _CHUNKS:
                return
            after = found[-1].chunk

    async def receive(self, push: Push, digest: bytes, summary: bytes) -> None:
        """A part came whole: keep its summary, and wait for the next one. Raises LeaseLost."""
        async with self._database.begin_write() as connection:
            await self._keep_part(connection, push, digest, summary)
            await self._give_back(connection, push, owner=_idle(push.number), until=self._clock() + BETWEEN_PARTS)

    async def complete(self, push: Push, digest: bytes, summary: bytes, next_due: datetime) -> None:
        """The last part came whole, and everything was done: the push is over. Raises LeaseLost."""
        now = self._clock()
        async with self._database.begin_write() as connection:
            await self._keep_part(connection, push, digest, summary)
            await self._give_back(connection, push, owner=None, until=None)
            await connection.execute(update(pushes).where(pushes.c.number == push.number).values(state=COMPLETE, finished=now))
            await connection.execute(
                update(harvest_runs).where(harvest_runs.c.number == push.run.number).values(finished=now, error=None, next_due=next_due)
            )

    async def pause(self, push: Push) -> None:
        """A part broke off: it may come again at once, and others wait as between parts. A lease that was lost stays lost."""
        async with self._database.begin_write() as connection:
            mine = _lease(self._source).where(harvest_states.c.lease_owner == push.run.owner)
            await connection.execute(mine.values(lease_owner=_idle(push.number), lease_until=self._clock() + BETWEEN_PARTS))

    async def give_up(self, push: Push, error: str, next_due: datetime) -> None:
        """End a push that will not be gone on with."""
        now = self._clock()
        async with self._database.begin_write() as connection:
            mine = _lease(self._source).where(harvest_states.c.lease_owner == push.run.owner)
            await connection.execute(mine.values(lease_owner=None, lease_until=None))
            await connection.execute(update(pushes).where(pushes.c.number == push.number).values(state=ABANDONED, finished=now))
            ended = update(harvest_runs).where(harvest_runs.c.number == push.run.number, harvest_runs.c.finished.is_(None))
            await connection.execute(ended.values(finished=now, error=error, next_due=next_due))

    async def abandon(self, name: str) -> bool:
        """End an open push whose sender will not go on with it; False where there is none of that name.

        Raises LeaseHeld while a part of it is coming in, and PushRefused where it is complete.
        """
        now = self._clock()
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, self._source)
            known = (await connection.execute(select(pushes).filter_by(source=self._source, name=name))).one_or_none()
            if known is None or known.state != OPEN:
                if known is not None and known.state == COMPLETE:
                    raise PushRefused("complete")
                return known is not None
            await self._take(connection, new_owner(), timedelta(), _idle(known.number), now)
            await connection.execute(_lease(self._source).values(lease_owner=None, lease_until=None))
            await connection.execute(update(pushes).where(pushes.c.number == known.number).values(state=ABANDONED, finished=now))
            ended = update(harvest_runs).where(harvest_runs.c.number == known.run, harvest_runs.c.finished.is_(None))
            await connection.execute(ended.values(finished=now, error=_GIVEN_UP, next_due=now))
        return True

    async def forget_older(self) -> None:
        """Drop the receipts of older pushes, a few at a time."""
        newest = select(pushes.c.number).filter_by(source=self._source).order_by(pushes.c.number.desc()).offset(KEPT_PUSHES).limit(1)
        old = select(pushes.c.number).where(pushes.c.source == self._source, pushes.c.number <= newest.scalar_subquery())
        first = select(push_receipts.c.push, push_receipts.c.part, push_receipts.c.chunk).where(push_receipts.c.push.in_(old)).limit(1)
        while True:
            async with self._database.begin_write() as connection:
                found = (await connection.execute(first)).one_or_none()
                if found is None:
                    return
                some = delete(push_receipts).filter_by(push=found.push, part=found.part)
                await connection.execute(some.where(push_receipts.c.chunk < found.chunk + _CHUNKS))

    async def state(self, name: str) -> PushState | None:
        """How far a push has come; None where there is none of that name."""
        columns = [pushes.c[name] for name in PushState.__dataclass_fields__]
        async with self._database.begin_read() as connection:
            row = (await connection.execute(select(*columns).filter_by(source=self._source, name=name))).one_or_none()
        return None if row is None else PushState(**row._asdict())

    async def part(self, name: str, part: int) -> Part | None:
        """A part that was received whole."""
        async with self._database.begin_read() as connection:
            number = await connection.scalar(select(pushes.c.number).filter_by(source=self._source, name=name))
            row = (await connection.execute(select(push_parts).filter_by(push=number, part=part))).one_or_none()
        return None if row is None else Part(**row._asdict())

    async def outdated(self, version: int) -> bool:
        """Tell whether rows were pushed under another version of the definition and not been mapped anew since."""
        async with self._database.begin_read() as connection:
            if await connection.scalar(select(harvest_states.c.version).filter_by(source=self._source)) == version:
                return False
            other = select(pushes.c.number).where(pushes.c.source == self._source, pushes.c.version != version).limit(1)
            return await connection.scalar(other) is not None

    async def _received(self, connection: AsyncConnection, number: int, part: int) -> Part:
        row = (await connection.execute(select(push_parts).filter_by(push=number, part=part))).one()
        return Part(**row._asdict())

    async def _refuse_what_does_not_follow(
        self, connection: AsyncConnection, known: Row[Any], part: int, *, collection: str, snapshot: bool
    ) -> None:
        if known.state == COMPLETE:
            raise PushRefused("complete")
        finished = await connection.scalar(select(harvest_runs.c.finished).where(harvest_runs.c.number == known.run))
        if known.state == ABANDONED or finished is not None:
            raise PushRefused("abandoned")
        if (known.collection, known.snapshot) != (collection, snapshot):
            raise PushRefused("settings")
        if part != known.parts + 1:
            raise PushRefused("order", known.parts + 1)

    async def _take(self, connection: AsyncConnection, owner: str, lease: timedelta, idle: str | None, now: datetime) -> None:
        holder = await connection.scalar(select(harvest_states.c.lease_owner).filter_by(source=self._source))
        free = or_(harvest_states.c.lease_owner.is_(None), harvest_states.c.lease_until <= now, harvest_states.c.lease_owner == idle)
        if holder is not None and is_dead(holder):
            free = or_(free, harvest_states.c.lease_owner == holder)
        # A reading of the stored rows that was left open goes by marks of its own, which a snapshot replaces: it begins anew.
        values = {"lease_owner": owner, "lease_until": now + lease, "run_started": None, "collection": None, "cursor": None}
        taken = await connection.execute(_lease(self._source).where(free).values(**values))
        if not taken.rowcount:
            until = await connection.scalar(select(harvest_states.c.lease_until).filter_by(source=self._source))
            raise LeaseHeld(self._source, until or now)

    async def _open(
        self, connection: AsyncConnection, name: str, *, collection: str, snapshot: bool, version: int, now: datetime
    ) -> tuple[int, int]:
        await connection.execute(
            update(pushes).where(pushes.c.source == self._source, pushes.c.state == OPEN).values(state=ABANDONED, finished=now)
        )
        unfinished = update(harvest_runs).where(harvest_runs.c.source == self._source, harvest_runs.c.finished.is_(None))
        await connection.execute(unfinished.values(finished=now, error=INTERRUPTED, next_due=now))
        # What cannot be told by a key can only be found anew.
        await connection.execute(delete(quarantine).filter_by(source=self._source, collection=collection, key=None))
        zero = dict.fromkeys(("seen", "changed", "gone", "quarantined"), 0)
        begun = insert(harvest_runs).values(source=self._source, started=now, **zero).returning(harvest_runs.c.number)
        run: int = (await connection.execute(begun)).scalar_one()
        named = {"source": self._source, "name": name, "collection": collection, "snapshot": snapshot, "version": version}
        opened = insert(pushes).values(**named, state=OPEN, run=run, parts=0, began=now).returning(pushes.c.number)
        return (await connection.execute(opened)).scalar_one(), run

    async def _keep_part(self, connection: AsyncConnection, push: Push, digest: bytes, summary: bytes) -> None:
        await connection.execute(insert(push_parts).values(push=push.number, part=push.part, digest=digest, summary=summary))
        await connection.execute(update(pushes).where(pushes.c.number == push.number).values(parts=push.part))

    async def _give_back(self, connection: AsyncConnection, push: Push, *, owner: str | None, until: datetime | None) -> None:
        mine = _lease(self._source).where(harvest_states.c.lease_owner == push.run.owner)
        if not (await connection.execute(mine.values(lease_owner=owner, lease_until=until))).rowcount:
            raise LeaseLost(f"another run has taken over the source {self._source}: this push stops")


async def last_complete(connection: AsyncConnection) -> dict[str, datetime | None]:
    """By the key of every source that was ever pushed, when its last complete push ended."""
    statement = select(pushes.c.source, func.max(pushes.c.finished).filter(pushes.c.state == COMPLETE)).group_by(pushes.c.source)
    return {row[0]: row[1] for row in await connection.execute(statement)}


def _lease(source: str) -> Any:
    return update(harvest_states).where(harvest_states.c.source == source)


def _idle(push: int) -> str:
    """Who holds the lease between two parts."""
    return f"push {push}"
