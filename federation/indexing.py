"""Make the search index of this node anew by command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from federation.federation import INDEX
from settings import Settings
from store.database import Database
from store.search.directory import IndexDirectory
from store.search.indexer import Indexer

LOOK_EVERY = 0.3
"""Seconds between two looks at how far another process has come."""


async def rebuild_index(settings: Settings, progress: Callable[[int, int], None]) -> None:
    """Make the index anew and return when it is the one that is searched; a process that keeps it now is asked to do so.

    `progress` is told how many records were read, and of how many.
    """
    directory = settings.data_dir / INDEX
    directory.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        if await Indexer(database, directory).rebuild(progress):
            return
    finally:
        await database.aclose()
    other = IndexDirectory(directory)
    while other.rebuild_asked():
        if (come := other.progress()) is not None:
            progress(*come)
        await asyncio.sleep(LOOK_EVERY)
