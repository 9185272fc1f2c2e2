"""The schedule: harvest what is due, a few sources side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from federation.arrangement import Arrangement
from federation.federation import Federation, prepare
from harvest import HarvestSource, Progress, Replayed, RunReport, harvest
from resolvers.sources import OpenSource
from settings import Settings
from store.catalog import Catalog
from store.errors import LeaseHeld
from store.harvests import Runs
from store.orders import Switch, read_orders
from store.pushes import Pushes

LOOK_EVERY = 5.0
"""Seconds between two looks at what is due."""

AT_ONCE = 4
"""Sources that are harvested side by side: one that hangs must not keep the others from being copied."""

_log = logging.getLogger(__name__)


class Schedule:
    """Harvests the sources of a federation when they are due."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._going: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, float] = {}

    async def run(self) -> None:
        """Harvest what is due until cancelled; runs under way are stopped then, and give their leases back."""
        try:
            while True:
                try:
                    await self._start_what_is_due()
                except Exception:  # noqa: BLE001 - whatever the database says, it may answer the next time
                    _log.exception("what is due cannot be looked up now")
                if self._going:
                    await asyncio.wait(self._going.values(), timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(LOOK_EVERY)
        finally:
            going = list(self._going.values())
            for task in going:
                task.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def _start_what_is_due(self) -> None:
        """Start the sources that have waited longest, as many as there is room for."""
        self._stop_what_may_not_go_on()
        if len(self._going) >= AT_ONCE or Switch.READ_ONLY in (await read_orders(self._federation.database)).on:
            return
        runs = await self._federation.registry.runs()
        now, moment = datetime.now(UTC), asyncio.get_running_loop().time()
        waiting = {source.key: _due_at(runs.get(source.key, Runs())) for source in self._federation.harvested()}
        for source in self._federation.pushed():
            if await Pushes(self._federation.database, source.key).outdated(source.binding.version):
                waiting[source.key] = now
        due = [
            source
            for source in sorted((each for each in self._federation.copied() if each.key in waiting), key=lambda each: waiting[each.key])
            if waiting[source.key] <= now
            and source.definition.may_be_harvested(now)
            and source.key not in self._going
            and self._resting.get(source.key, 0.0) <= moment
        ]
        for source in due[: AT_ONCE - len(self._going)]:
            self._going[source.key] = asyncio.create_task(self._harvest(source))

    def _stop_what_may_not_go_on(self) -> None:
        """A run ends with its hours, and goes on at its last batch when they come again."""
        now = datetime.now(UTC)
        for source in self._federation.harvested():
            if source.key in self._going and not source.definition.may_be_harvested(now):
                self._going[source.key].cancel()

    async def _harvest(self, source: OpenSource) -> None:
        try:
            await harvest_source(self._federation, source)
        except LeaseHeld:
            _log.info("%s is being harvested by another process", source.name)
        except Exception:  # noqa: BLE001 - one source must not keep the others from being copied
            _log.exception("%s: the harvest failed", source.name)
        finally:
            # Whatever came of it, and whether or not that could be written down: no source is asked again at once.
            self._resting[source.key] = asyncio.get_running_loop().time() + LOOK_EVERY
            del self._going[source.key]


def _due_at(runs: Runs) -> datetime:
    last = runs.last_run
    return last.next_due or last.started if last is not None else datetime.min.replace(tzinfo=UTC)


async def harvest_source(
    federation: Federation,
    source: OpenSource,
    *,
    confirm: bool = False,
    full: bool = False,
    sweep: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> RunReport:
    """Copy one source into the catalog now. Raises LeaseHeld where another process does."""
    taken = HarvestSource.of(source.definition, source.binding, source.connector)
    report = await harvest(taken, federation.catalog, confirm=confirm, full=full, sweep=sweep, progress=progress)
    _log.log(logging.WARNING if report.error else logging.INFO, "%s", report.line())
    return report


async def harvest_now(
    settings: Settings,
    arrangement: Arrangement,
    name: str | None,
    *,
    confirm: bool = False,
    full: bool = False,
    sweep: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> list[RunReport]:
    """Copy the harvested sources, all or the one of that name, and return. Raises LookupError where there is none, LeaseHeld."""
    async with opened(settings, arrangement) as federation:
        return [
            await harvest_source(federation, source, confirm=confirm, full=full, sweep=sweep, progress=progress)
            for source in federation.harvested(name)
        ]


async def replay_now(
    settings: Settings, arrangement: Arrangement, name: str | None, how: Callable[[HarvestSource, Catalog], Awaitable[Replayed]]
) -> list[Replayed]:
    """Map once more what is stored of harvested sources, by `remap` or `retry_quarantined`. Raises LookupError, LeaseHeld, NothingKept."""
    async with opened(settings, arrangement) as federation:
        return [
            await how(HarvestSource.of(source.definition, source.binding, source.connector), federation.catalog)
            for source in federation.harvested(name)
        ]


@asynccontextmanager
async def opened(settings: Settings, arrangement: Arrangement) -> AsyncIterator[Federation]:
    """A federation for one deed."""
    async with AsyncExitStack() as stack:
        await prepare(settings, arrangement)
        federation = Federation(settings, arrangement)
        await federation.open(stack)
        yield federation
