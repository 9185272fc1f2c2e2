"""What the store knows of harvests: who holds a source, how far its reading has come, what became of each run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, Update, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import LeaseHeld, LeaseLost
from store.owners import is_dead, new_owner
from store.tables import harvest_runs, harvest_seen, harvest_states, quarantine

INTERRUPTED = "interrupted: the process ended; the next run goes on from the last batch"

RUNS_KEPT = 200
"""Runs of each source that are remembered."""

_PURGE = 2000
_SWEPT = "swept:"
_WINDOW = ("run_started", "window_since", "window_date", "window_version", "collection", "cursor", "sweeping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One reading of a source, which may take several runs.

    `opened` is when it began by our clock, `date` by the source's own; `since` limits it to what changed, None reads everything.
    `collection` and `cursor` say how far it has come; `sweeping`: that collection is read to its end and what is gone is being deleted.
    """

    opened: datetime
    version: int
    since: datetime | None = None
    date: datetime | None = None
    collection: str | None = None
    cursor: str | None = None
    sweeping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that holds the lease of its source. `resumed`: its window was opened by an earlier run."""

    number: int
    source: str
    owner: str
    lease: timedelta
    started: datetime
    window: Window
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a batch brings a run: committed together with what the batch brought.

    `seen` counts items, `met` are their native keys where the reading is a full one; `rewrite`: the native items of records that have not
    changed are written too.
    """

    run: Run
    window: Window
    seen: int = 0
    met: Sequence[str] = ()
    rewrite: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch changed: records written, records deleted, items put into quarantine."""

    changed: int = 0
    gone: int = 0
    quarantined: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(self.changed + other.changed, self.gone + other.gone, self.quarantined + other.quarantined)


NOTHING = Applied()


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestRun:
    """The numbers of a run; `finished` is None while it goes on, `error` None where it came to its end."""

    started: datetime
    finished: datetime | None
    seen: int
    changed: int
    gone: int
    quarantined: int
    error: str | None
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The latest run of a source, when any run last came to an end by itself, and when the last complete one did."""

    last_run: HarvestRun | None = None
    ended_at: datetime | None = None
    complete_at: datetime | None = None


class Harvests:
    """Leases, windows and runs."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, source: str, version: int, lease: timedelta, *, full: bool = False) -> Run:
        """Take the lease of `source` (its key) and start a run. Raises LeaseHeld.

        A window that was left open is taken up again, unless the definition has another `version` now or `full` is asked for;
        a definition that changed is read in full.
        """
        now, owner = self._clock(), new_owner()
        async with self._database.begin_write() as connection:
            await self._take(connection, source, owner, lease)
            await connection.execute(
                update(harvest_runs)
                .where(harvest_runs.c.source == source, harvest_runs.c.finished.is_(None))
                .values(finished=now, error=INTERRUPTED, next_due=now)
            )
            state = (await connection.execute(select(harvest_states).filter_by(source=source))).mappings().one()
            resumed = state["run_started"] is not None and state["window_version"] == version and not full
            window = (
                Window(
                    opened=state["run_started"],
                    version=version,
                    since=state["window_since"],
                    date=state["window_date"],
                    collection=state["collection"],
                    cursor=state["cursor"],
                    sweeping=bool(state["sweeping"]),
                )
                if resumed
                else Window(opened=now, version=version, since=state["since"] if state["version"] == version and not full else None)
            )
            await connection.execute(_state(source).values(**_columns(window)))
            if not resumed:
                # What cannot be told by a key can only be found anew.
                await connection.execute(delete(quarantine).where(quarantine.c.source == source, quarantine.c.key.is_(None)))
            zero = dict.fromkeys(("seen", "changed", "gone", "quarantined"), 0)
            made = await connection.execute(
                insert(harvest_runs).values(source=source, started=now, **zero).returning(harvest_runs.c.number)
            )
            number: int = made.scalar_one()
        return Run(number=number, source=source, owner=owner, lease=lease, started=now, window=window, resumed=resumed)

    async def renew(self, run: Run) -> None:
        """Hold the lease for its full time again. Raises LeaseLost."""
        await self._database.write(lambda connection: self.hold(connection, run))

    async def save(self, step: Step) -> None:
        """Commit a step that brings nothing but a position. Raises LeaseLost."""

        def work(connection: Connection) -> None:
            self.hold(connection, step.run)
            self.advance(connection, step)

        await self._database.write(work)

    def hold(self, connection: Connection, run: Run) -> None:
        """Renew the lease within a transaction. Raises LeaseLost."""
        holding = _state(run.source).where(harvest_states.c.lease_owner == run.owner)
        if not connection.execute(holding.values(lease_until=self._clock() + run.lease)).rowcount:
            raise LeaseLost(f"another run has taken over the source {run.source}: this one stops; look at the other's report")

    def advance(self, connection: Connection, step: Step, applied: Applied = NOTHING) -> None:
        """Write a step within the transaction that writes what it brought."""
        connection.execute(_state(step.run.source).values(**_columns(step.window)))
        self.tally(connection, step, applied)

    def tally(self, connection: Connection, step: Step, applied: Applied) -> None:
        """Write what a step met and brought, and not how far it came: a push has no position in its source."""
        run = step.run
        if step.met:
            marks = [{"source": run.source, "collection": step.window.collection, "key": key} for key in step.met]
            self._database.inserting(harvest_seen, "passes").execute(connection, marks)
        added = {"seen": step.seen, "changed": applied.changed, "gone": applied.gone, "quarantined": applied.quarantined}
        connection.execute(
            update(harvest_runs)
            .where(harvest_runs.c.number == run.number)
            .values({name: harvest_runs.c[name] + more for name, more in added.items()})
        )

    async def _take(self, connection: AsyncConnection, source: str, owner: str, lease: timedelta) -> None:
        """Within a transaction, take the lease of a source. Raises LeaseHeld."""
        now = self._clock()
        await connection.execute(self._database.insert(harvest_states).values(source=source).on_conflict_do_nothing())
        holder = await connection.scalar(select(harvest_states.c.lease_owner).filter_by(source=source))
        free = or_(harvest_states.c.lease_owner.is_(None), harvest_states.c.lease_until <= now)
        if holder is not None and is_dead(holder):
            free = or_(free, harvest_states.c.lease_owner == holder)
        if not await _changes(connection, _state(source).where(free).values(lease_owner=owner, lease_until=now + lease)):
            raise LeaseHeld(source, await connection.scalar(select(harvest_states.c.lease_until).filter_by(source=source)) or now)

    async def begin_anew(self, connection: AsyncConnection, source: str) -> None:
        """Within a transaction, drop the position of a reading that was left open. Raises LeaseHeld while the source is harvested."""
        state = (await connection.execute(select(harvest_states).filter_by(source=source))).mappings().one_or_none()
        if state is None:
            return
        now = self._clock()
        if state["lease_owner"] is not None and state["lease_until"] > now and not is_dead(state["lease_owner"]):
            raise LeaseHeld(source, state["lease_until"])
        await connection.execute(_state(source).values(dict.fromkeys(_WINDOW)))

    @asynccontextmanager
    async def keeping_others_out(self, source: str, lease: timedelta) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Hold the lease of a source without a run; what is given holds it for its full time again. Raises LeaseHeld, LeaseLost."""
        owner = new_owner()
        async with self._database.begin_write() as connection:
            await self._take(connection, source, owner, lease)

        async def renew() -> None:
            async with self._database.begin_write() as connection:
                holding = _state(source).where(harvest_states.c.lease_owner == owner)
                if not await _changes(connection, holding.values(lease_until=self._clock() + lease)):
                    raise LeaseLost(f"a run has taken over the source {source}: this one stops")

        try:
            yield renew
        finally:
            async with self._database.begin_write() as connection:
                held = _state(source).where(harvest_states.c.lease_owner == owner)
                await connection.execute(held.values(lease_owner=None, lease_until=None))

    async def accept(self, source: str, version: int) -> None:
        """Take what is stored for what this version of the definition makes: the next reading need not be a full one."""
        async with self._database.begin_write() as connection:
            await connection.execute(_state(source).where(harvest_states.c.since.is_not(None)).values(version=version))

    async def swept_at(self, source: str) -> datetime | None:
        """When a reading began that last met everything which the source has; None where none ever did."""
        found = await self._database.fact(f"{_SWEPT}{source}")
        return datetime.fromisoformat(found) if found is not None else None

    async def note_swept(self, source: str, began: datetime) -> None:
        """Remember such a reading."""
        await self._database.set_fact(f"{_SWEPT}{source}", began.isoformat())

    async def prune(self, keep: int = RUNS_KEPT) -> int:
        """Forget the oldest runs of each source beyond `keep`; how many they were."""
        ranked = select(
            harvest_runs.c.number,
            func.row_number().over(partition_by=harvest_runs.c.source, order_by=harvest_runs.c.number.desc()).label("place"),
        ).subquery()
        # The last complete run tells how old the copy is, however many have failed since.
        complete = select(func.max(harvest_runs.c.number)).where(harvest_runs.c.error.is_(None)).group_by(harvest_runs.c.source)
        old = select(ranked.c.number).where(ranked.c.place > keep, ranked.c.number.not_in(complete)).limit(_PURGE)
        total = 0
        while True:
            async with self._database.begin_write() as connection:
                going = await _changes(connection, delete(harvest_runs).where(harvest_runs.c.number.in_(old)))
            total += going
            if going < _PURGE:
                return total

    async def forget_met(self, source: str, collection: str) -> None:
        """Drop the marks of a full reading, a few at a time."""
        named = {"source": source, "collection": collection}
        some = select(harvest_seen.c.key).filter_by(**named).limit(_PURGE)
        while True:
            async with self._database.begin_write() as connection:
                if not await _changes(connection, delete(harvest_seen).filter_by(**named).where(harvest_seen.c.key.in_(some))):
                    return

    async def finish(self, run: Run, window: Window | None, error: str | None, next_due: datetime) -> HarvestRun:
        """End a run and give the lease back.

        Without an error the window is complete and `since` moves to its date; with one, `window` is kept for the next run, None drops it.
        """
        async with self._database.begin_write() as connection:
            held = _state(run.source).where(harvest_states.c.lease_owner == run.owner)
            values: dict[str, Any] = {"lease_owner": None, "lease_until": None}
            if window is None or error is None:
                values |= dict.fromkeys(_WINDOW)
            if window is not None and error is None:
                values |= {"since": window.date, "version": window.version}
            await connection.execute(held.values(values))
            ended = update(harvest_runs).where(harvest_runs.c.number == run.number, harvest_runs.c.finished.is_(None))
            await connection.execute(ended.values(finished=self._clock(), error=error, next_due=next_due))
            row = (await connection.execute(select(harvest_runs).where(harvest_runs.c.number == run.number))).mappings().one()
        return _run(row)

    async def last_runs(self, source: str, limit: int = 20) -> list[HarvestRun]:
        """The runs of a source, latest first."""
        statement = select(harvest_runs).filter_by(source=source).order_by(harvest_runs.c.number.desc()).limit(limit)
        async with self._database.begin_read() as connection:
            return [_run(row) for row in (await connection.execute(statement)).mappings()]


async def latest(connection: AsyncConnection) -> dict[str, Runs]:
    """What is known of the runs of each source, by its key."""
    newest = select(func.max(harvest_runs.c.number)).group_by(harvest_runs.c.source)
    ended = func.max(case((harvest_runs.c.error.is_distinct_from(INTERRUPTED), harvest_runs.c.finished)))
    complete = func.max(case((harvest_runs.c.error.is_(None), harvest_runs.c.finished)))
    whole = select(harvest_runs.c.source, ended, complete).group_by(harvest_runs.c.source)
    moments = {row[0]: (row[1], row[2]) for row in await connection.execute(whole)}
    found = await connection.execute(select(harvest_runs).where(harvest_runs.c.number.in_(newest)))
    return {row["source"]: Runs(_run(row), *moments[row["source"]]) for row in found.mappings()}


def _run(row: Any) -> HarvestRun:
    return HarvestRun(**{name: row[name] for name in HarvestRun.__dataclass_fields__})


def _state(source: str) -> Update:
    return update(harvest_states).where(harvest_states.c.source == source)


def _columns(window: Window) -> dict[str, Any]:
    return {
        "run_started": window.opened,
        "window_since": window.since,
        "window_date": window.date,
        "window_version": window.version,
        "collection": window.collection,
        "cursor": window.cursor,
        "sweeping": window.sweeping,
    }


async def _changes(connection: AsyncConnection, statement: Any) -> int:
    result: CursorResult[Any] = await connection.execute(statement)
    return result.rowcount
