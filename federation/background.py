"""What exactly one process does for all: harvest by schedule, keep the search index, and forget what is too old."""

from __future__ import annotations

import asyncio
import logging

from auth.retention import purge
from federation.federation import Federation
from federation.schedule import Schedule
from store.changes import Changes
from store.database import Database
from store.harvests import Harvests
from store.search.indexer import Indexer

TIDY_EVERY = 3600.0
"""Seconds between two looks for what is too old."""

_log = logging.getLogger(__name__)


async def work_in_background(federation: Federation) -> None:
    """Keep the catalog and its index current until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(Schedule(federation).run())
        group.create_task(_tidy(federation))
        group.create_task(Indexer(federation.database, federation.index_directory).run())


async def tidy(database: Database) -> dict[str, int]:
    """Forget what is too old; how many rows of each kind they were."""
    log = Changes(database)
    return {
        "changes": await log.forget(),
        "tombstones": await log.forget_tombstones(),
        "runs": await Harvests(database).prune(),
        **await purge(database),
    }


async def _tidy(federation: Federation) -> None:
    while True:
        try:
            await tidy(federation.database)
        except Exception:  # noqa: BLE001 - whatever the database says, there is another hour
            _log.exception("what is too old cannot be forgotten now")
        await asyncio.sleep(TIDY_EVERY)
