"""One run of a harvest: lease, window, batches, sweep, report."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.errors import CursorLost, SourceError
from connectors.protocol import Batch, Collection, Query, reading
from connectors.pushdown import declared_keys
from harvest.errors import AllSpoiled, SweepRefused
from harvest.lease import renewing
from harvest.listing import meet_by_keys
from harvest.mapping import BatchMapper
from harvest.report import Progress, RunReport
from harvest.source import HarvestSource
from store.away import unusable
from store.catalog import Catalog
from store.errors import LeaseHeld, LeaseLost
from store.harvests import NOTHING, Harvests, Run, Step
from store.identity import native_key
from store.natives import Natives
from store.owners import end
from store.replay import Replay
from store.rows import may_be_held
from store.sweeping import Sweeping

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a killed run keeps others away."""

MAX_RESTARTS = 3
"""How often one run begins a list anew because the source has lost the position."""

CLOCK_MARGIN = timedelta(minutes=5)
"""Taken off our own clock where the source does not tell its own: reading twice is cheap, missing a change is not."""

SWEEP_SHARE, SWEEP_LEAST = 0.2, 20
"""A sweep that would delete more than this share, and this many at least, asks first; so does one that would delete everything."""


async def harvest(
    source: HarvestSource,
    catalog: Catalog,
    *,
    progress: Callable[[Progress], None] | None = None,
    confirm: bool = False,
    full: bool = False,
    sweep: bool = False,
    lease: timedelta = LEASE,
) -> RunReport:
    """Copy a source into the catalog, from where the last run stopped, and report; what goes wrong with the source is in the report.

    A source is read in full first, later from the moment on at which the last complete reading began, where it can tell what changed;
    where it cannot, and with `full`, it is read in full and what was not met is deleted, a large part of it only with `confirm`.
    Where only changes are read, the source is asked for its keys alone from time to time, and with `sweep`, to the same end.
    The time is that of the catalog's clock. Raises LeaseHeld where another run is under way.
    """
    clock = catalog.clock
    harvests = Harvests(catalog.database, clock)
    try:
        run = await harvests.begin(source.key, source.binding.version, lease, full=full)
    except LeaseHeld as held:
        raise LeaseHeld(source.name, held.until) from held
    replay = Replay(catalog.database)
    keeps = frozenset(source.sections[Collection.RESOURCES].kept()) if Collection.RESOURCES in source.sections else frozenset()
    rewrite = run.window.since is None and await replay.kept_paths(source.key) != keeps
    sweeps = run.window.since is not None and (sweep or await _is_sweep_due(source, harvests, run))
    reading_of = _Reading(source, catalog, harvests, run, progress, confirm=confirm, rewrite=rewrite, sweeps=sweeps)
    due = source.every
    error: str | None = "internal: see the log of the process that harvests"
    keep = True
    try:
        async with renewing(harvests, run):
            await reading_of.read()
        error = None
    except SourceError as failure:
        error = f"{failure.code}: {failure.reason}; the next run goes on from the last batch"
    except LeaseLost as failure:
        error = str(failure)
    except (AllSpoiled, SweepRefused) as failure:
        error, keep = str(failure), False
    except Exception as failure:
        if (away := unusable(failure)) is not None:
            error = away.en
        raise
    except asyncio.CancelledError:
        error, due = "stopped: the next run goes on from the last batch", timedelta(0)
        raise
    finally:
        window = reading_of.window if keep else None
        try:
            ended = await harvests.finish(run, window, error, clock() + due)
        except Exception:
            end(run.owner)  # the next run of this process need not wait until the lease has run out
            raise
    if error is None:
        if (sweeps and reading_of.swept) or run.window.since is None:
            await harvests.note_swept(source.key, run.window.opened)
        if rewrite:
            await replay.keep_paths(source.key, keeps)
        for collection in source.collections:
            await harvests.forget_met(source.key, collection)
            if collection is not Collection.RESOURCES and reading_of.in_full(collection):
                await replay.keep_paths(source.key, source.sections[collection].kept(), collection)
                await Natives(catalog.database, source.key, collection).forget_gone()
    return RunReport(
        source=source.key,
        name=source.name,
        started=ended.started,
        finished=ended.finished or clock(),
        seen=ended.seen,
        changed=ended.changed,
        gone=ended.gone,
        quarantined=ended.quarantined,
        error=ended.error,
        next_due=ended.next_due or clock(),
        full=run.window.since is None,
        resumed=run.resumed,
        complaints=dict(reading_of.complaints),
    )


class _Reading:
    """A window on its way, batch by batch."""

    def __init__(
        self,
        source: HarvestSource,
        catalog: Catalog,
        harvests: Harvests,
        run: Run,
        progress: Callable[[Progress], None] | None,
        *,
        confirm: bool,
        rewrite: bool,
        sweeps: bool,
    ) -> None:
        self.swept = True
        self.window = run.window
        self.complaints: Counter[str] = Counter()
        self._source = source
        self._catalog = catalog
        self._harvests = harvests
        self._run = run
        self._progress = progress
        self._confirm = confirm
        self._rewrite = rewrite
        self._sweeps = sweeps
        self._seen = self._seen_before = 0
        self._applied = NOTHING

    async def read(self) -> None:
        """Read what is left of the window. Raises AllSpoiled, SweepRefused and what the source raises."""
        collections = self._source.collections
        if self.window.collection in collections:
            collections = collections[collections.index(Collection(self.window.collection)) :]
        for collection in collections:
            if self.window.collection != collection:
                self.window = replace(self.window, collection=collection, cursor=None, sweeping=False)
                await self._harvests.save(Step(run=self._run, window=self.window))
            if not self.window.sweeping:
                await self._read_collection(collection)
            if self.in_full(collection) or (self._sweeps and await self._listed(collection)):
                await self._sweep(collection)
        # Of all collections: one of them may have been read by a run that was killed since.
        spoiled = {each: await self._sweeping(each).fruitless() for each in self._source.collections if self.in_full(each)}
        if any(spoiled.values()):
            raise AllSpoiled(self._source.name, {name: count for name, count in spoiled.items() if count})
        self.window = replace(self.window, date=self._date())

    def _date(self, told: datetime | None = None) -> datetime:
        return self.window.date or told or self.window.opened - CLOCK_MARGIN

    def in_full(self, collection: Collection) -> bool:
        """Whether everything of a collection is read, not what changed alone."""
        return self.window.since is None or not self._source.connector.supports[collection].since

    async def _read_collection(self, collection: Collection) -> None:
        self._seen_before = self._seen
        section = self._source.sections[collection]
        mapper = BatchMapper(collection, section, self._source.binding)
        limit = min(section.max_batch, self._source.connector.supports[collection].max_batch)
        keys = declared_keys(section)
        since = None if self.in_full(collection) else self.window.since
        restarts = 0
        try:
            while not self.window.sweeping:
                if self.window.cursor is None:
                    # Only here, where the position says that the list is read from its start: marks forgotten under any other position
                    # would be missed by the sweep of a run that resumes there, and records deleted that are in the list.
                    await self._harvests.forget_met(self._source.key, collection)
                query = Query(collection=collection, since=since, cursor=self.window.cursor, limit=limit, keys=keys)
                try:
                    async with reading(self._source.connector, query) as batches:
                        async for batch in batches:
                            await self._take(collection, batch, mapper)
                    # A generator that ends after a batch with a cursor has nothing behind it.
                    await self._arrive()
                except CursorLost:
                    restarts += 1
                    if restarts > MAX_RESTARTS:
                        raise
                    self.window = replace(self.window, cursor=None)
                    await self._harvests.save(Step(run=self._run, window=self.window))
        finally:
            self.complaints.update({f"{collection}.{name}": count for name, count in mapper.complaints.items()})

    async def _take(self, collection: Collection, batch: Batch, mapper: BatchMapper) -> None:
        now = self._catalog.clock()
        self.window = replace(self.window, date=self._date(batch.date), cursor=batch.cursor, sweeping=batch.cursor is None)
        mapped, spoiled = mapper.map(batch, now)
        gone = [native_key(key) for key in batch.gone]
        met = [*(key for key, _, _ in mapped), *(each.key for each in spoiled if each.key is not None)] if self.in_full(collection) else ()
        seen = len(batch.items) + len(batch.spoiled)
        step = Step(run=self._run, window=self.window, seen=seen, met=[key for key in met if may_be_held(key)], rewrite=self._rewrite)
        self._seen += seen
        if collection is not Collection.RESOURCES:
            # Before the batch: should the process be killed between, items are kept of which the catalog holds nothing.
            kept = [(key, native) for key, _, native in mapped]
            await Natives(self._catalog.database, self._source.key, collection).keep(kept)
        self._applied += await self._catalog.write(collection, self._source.key, mapped, gone, spoiled, step)
        self._tell(collection, batch.total)

    async def _arrive(self) -> None:
        if not self.window.sweeping:
            self.window = replace(self.window, cursor=None, sweeping=True)
            await self._harvests.save(Step(run=self._run, window=self.window))

    async def _listed(self, collection: Collection) -> bool:
        whole = await meet_by_keys(self._source, collection, self._catalog, self._run, self.window)
        self.swept = self.swept and whole
        return whole

    async def _sweep(self, collection: Collection) -> None:
        """Delete what a reading to the end did not meet."""
        sweeping = self._sweeping(collection)
        if await sweeping.fruitless():
            return
        if await sweeping.nameless():
            _log.warning("%s: %s without a key could not be read, so nothing that is missing is deleted", self._source.name, collection)
            return
        unmet, total = await sweeping.unmet()
        # An empty list is a source that has lost its database more often than one that has closed.
        much = unmet >= SWEEP_LEAST and unmet > SWEEP_SHARE * total
        if (much or 0 < unmet == total) and not self._confirm:
            raise SweepRefused(self._source.name, collection, unmet, total)
        while keys := await sweeping.unmet_keys():
            self._applied += await self._catalog.write(collection, self._source.key, (), keys, (), Step(run=self._run, window=self.window))
            self._tell(collection, None)
        await sweeping.forget_spoiled(self.window.opened)

    def _sweeping(self, collection: Collection) -> Sweeping:
        return Sweeping(self._catalog.database, self._source.key, collection)

    def _tell(self, collection: Collection, total: int | None) -> None:
        if self._progress is not None:
            done = self._applied
            self._progress(
                Progress(
                    name=self._source.name,
                    collection=collection,
                    seen=self._seen,
                    seen_before=self._seen_before,
                    changed=done.changed,
                    gone=done.gone,
                    quarantined=done.quarantined,
                    total=total,
                )
            )


async def _is_sweep_due(source: HarvestSource, harvests: Harvests, run: Run) -> bool:
    if source.sweep_every is None:
        return False
    last = await harvests.swept_at(source.key)
    return last is None or last + source.sweep_every <= run.window.opened
