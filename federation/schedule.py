"""The schedule: harvest what is due, one source after another, and know how old each copy is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from federation.arrangement import Arrangement
from federation.federation import Federation
from harvest import HarvestSource, Progress, RunReport, harvest
from resolvers.context import Freshness
from resolvers.sources import OpenSource
from settings import Settings
from store.catalog import Catalog
from store.errors import LeaseHeld
from store.sources import HarvestFacts

LOOK_EVERY = 5.0
"""Seconds between two looks at what is due."""

NEVER_HARVESTED = HarvestFacts()

_log = logging.getLogger(__name__)


class Schedule:
    """Harvests the sources of a federation when they are due."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._tried: set[str] = set()

    @property
    def all_tried(self) -> bool:
        """Every harvested source has been tried once."""
        return all(source.key in self._tried for source in self._federation.harvested())

    async def run(self) -> None:
        """Harvest what is due, and learn what the catalog holds, until cancelled."""
        while True:
            due = await self._learn()
            for source in due:
                try:
                    await harvest_source(self._federation, source)
                except LeaseHeld:
                    _log.info("%s is being harvested by another process", source.name)
                except Exception:  # noqa: BLE001 - one source must not keep the others from being copied
                    _log.exception("%s: the harvest failed", source.name)
                self._tried.add(source.key)
            if due:
                await self._learn()
            await asyncio.sleep(LOOK_EVERY)

    async def _learn(self) -> list[OpenSource]:
        """Look up how old the catalog's copies are; the sources that are due."""
        facts = await self._federation.registry.facts()
        now = datetime.now(UTC)
        due: list[OpenSource] = []
        freshness: dict[str, Freshness] = {}
        for source in self._federation.harvested():
            known = facts.get(source.key, NEVER_HARVESTED)
            every = timedelta(seconds=source.definition.schedule.every)
            stale = known.complete_at is None or now - known.complete_at > 2 * every
            freshness[source.key] = Freshness(known.complete_at, stale, known.last_run)
            next_due = known.last_run.next_due if known.last_run is not None else None
            if next_due is None or next_due <= now:
                due.append(source)
            else:
                self._tried.add(source.key)
        self._federation.freshness = freshness
        return due


async def harvest_source(
    federation: Federation, source: OpenSource, *, confirm: bool = False, progress: Callable[[Progress], None] | None = None
) -> RunReport:
    """Copy one source into the catalog now. Raises LeaseHeld where another process does."""
    taken = HarvestSource.of(source.definition, source.binding, source.connector)
    report = await harvest(taken, Catalog(federation.database), confirm=confirm, progress=progress)
    _log.log(logging.WARNING if report.error else logging.INFO, "%s", report.line())
    return report


async def harvest_now(
    settings: Settings,
    arrangement: Arrangement,
    name: str | None,
    *,
    confirm: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> list[RunReport]:
    """Copy the harvested sources, all or the one of that name, and return. Raises LookupError where there is none, LeaseHeld."""
    async with AsyncExitStack() as stack:
        federation = Federation(settings, arrangement)
        await federation.open(stack)
        return [await harvest_source(federation, source, confirm=confirm, progress=progress) for source in federation.harvested(name)]
