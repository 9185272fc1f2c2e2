"""What a process learns of the store while it runs: how old each copy is, whether every source has been tried, what was withdrawn."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from federation.federation import Federation
from resolvers.context import Freshness
from store.changes import Changes
from store.harvests import Runs
from store.orders import read_orders
from store.search.blocking import Blocklist
from store.withdrawals import Withdrawals

LOOK_EVERY = 1.0
"""Seconds between two looks: what one process writes is known to all others in that time."""

_log = logging.getLogger(__name__)


class Following:
    """Keeps a federation's `freshness`, `blocked` and `withdrawn` true by reading what any process has written."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._tried: set[str] = set()
        self.indexed = False

    @property
    def all_tried(self) -> bool:
        """Every harvested source has been tried once, by whichever process."""
        return all(source.key in self._tried for source in self._federation.harvested())

    async def run(self) -> None:
        """Look again and again until cancelled; a store that does not answer leaves what was known."""
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - whatever the database says, the next look may succeed
                _log.exception("the store cannot be followed now")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Read the orders, the runs of every harvested and pushed source, the blocked terms, and the withdrawn records of live sources."""
        self._federation.orders = await read_orders(self._federation.database)
        runs = await self._federation.registry.runs()
        now = datetime.now(UTC)
        freshness: dict[str, Freshness] = {}
        for source in self._federation.copied():
            known = runs.get(source.key, Runs())
            every = timedelta(seconds=source.definition.schedule.every)
            stale = known.complete_at is None or now - known.complete_at > 2 * every
            freshness[source.key] = Freshness(known.complete_at, stale, known.last_run)
            if known.ended_at is not None:
                self._tried.add(source.key)
        self._federation.freshness = freshness
        self._federation.blocked = await Blocklist(self._federation.database).all()
        await self._look_at_index()
        live = [source.key for source in self._federation.sources if source.live]
        self._federation.withdrawn = await Withdrawals(self._federation.catalog).of_sources(live)

    async def _look_at_index(self) -> None:
        """Whether everything that the first harvests gave can be searched: once it could, the index is never far behind."""
        if not self.indexed and self.all_tried:
            latest = await Changes(self._federation.database).latest()
            await self._federation.index.refresh()
            self.indexed = self._federation.index.holds(latest)
