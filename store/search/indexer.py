"""The indexer: follows the change log by `seq`, and makes the index anew where it must."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

from store.database import Database
from store.search.directory import IndexDirectory
from store.search.feed import Feed
from store.search.writing import IndexWriter

LOOK_EVERY = 0.25
"""Seconds between two looks at the log."""

COMMIT_EVERY = 1.0
"""Seconds after which a long stretch of the log is committed, though more is waiting."""

RETRY_EVERY = 2.0
"""Seconds after a failure, and between two looks at a lock that another process holds."""

BATCH = 1000
"""Rows of the log, or records, taken at once."""

Progress = Callable[[int, int], None]
"""Told how many records a rebuild has read, and of how many."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Indexer:
    """Keeps the index of one node; `directory` is where it lies. One at a time writes: others wait for its lock."""

    def __init__(self, database: Database, directory: Path) -> None:
        self._feed = Feed(database)
        self._directory = IndexDirectory(directory)
        self._thread = ThreadPoolExecutor(1, "indexer")
        self._writer: IndexWriter | None = None

    async def run(self) -> None:
        """Keep the index until cancelled. What fails is logged and tried again: a full disk or a damaged file stops nobody else."""
        try:
            while True:
                try:
                    with self._directory.writing() as mine:
                        while mine:
                            if not await self._step():
                                await asyncio.sleep(LOOK_EVERY)
                # A panic of the engine is no Exception.
                except BaseException as error:
                    if not _survivable(error):
                        raise
                    _log.exception("the search index cannot be written: free space on the disk or see the reason; it is tried again")
                    await self._let_go()
                await asyncio.sleep(RETRY_EVERY)
        finally:
            await self._let_go()
            self._thread.shutdown(wait=False)

    async def catch_up(self) -> None:
        """Bring the index up to the end of the log and return. Raises BlockingIOError where another process keeps it."""
        with self._directory.writing() as mine:
            if not mine:
                raise BlockingIOError("another process keeps this index")
            try:
                while await self._step():
                    pass
            finally:
                await self._let_go()

    async def rebuild(self, progress: Progress | None = None) -> bool:
        """Make the index anew and return True; False where another process keeps it, which is asked to do so."""
        with self._directory.writing() as mine:
            if not mine:
                self._directory.ask_for_rebuild()
                return False
            try:
                await self._make_anew(progress)
            finally:
                await self._let_go()
        return True

    async def _step(self) -> bool:
        """Do the next piece of work; False where there is none."""
        if self._directory.rebuild_asked() or not await self._opened():
            await self._make_anew(None)
            return True
        return await self._follow(self._opened_writer())

    async def _opened(self) -> bool:
        """Open the current index where it is this version's, whole, and not too old for the log."""
        if not self._directory.up_to_date():
            await self._let_go()
            return False
        current = self._directory.current()
        if self._writer is not None:
            if self._writer.path == current and not self._writer.damaged():
                return True
            _log.warning("the search index was damaged or removed while it was in use: it is made anew")
            await self._let_go()
            return False
        if current is None:
            return False
        try:
            self._writer = await self._call(IndexWriter, current)
        except BaseException as error:
            if not _survivable(error):
                raise
            _log.warning("the search index in %s cannot be read (%s): it is made anew", current.name, error)
            return False
        self._directory.tidy()
        return await self._continues(self._writer)

    async def _continues(self, writer: IndexWriter) -> bool:
        """Tell whether the log still holds everything behind the checkpoint."""
        bounds = await self._feed.bounds()
        if not bounds.forgotten <= writer.checkpoint <= bounds.last:
            _log.info("the change log does not go on from where the search index stands: it is made anew")
            await self._let_go()
            return False
        return True

    async def _follow(self, writer: IndexWriter) -> bool:
        """Apply the log to `writer` until its end, or until it is time to commit; False where there was nothing."""
        checkpoint, began = writer.checkpoint, monotonic()
        while monotonic() - began < COMMIT_EVERY:
            changed = await self._feed.changed(checkpoint, BATCH)
            if not changed.ids:
                break
            rows = await self._feed.by_ids(changed.ids)
            await self._call(writer.replace, changed.ids, rows)
            checkpoint = changed.seq
        if checkpoint == writer.checkpoint:
            return False
        await self._call(writer.commit, checkpoint)
        return True

    async def _make_anew(self, progress: Progress | None) -> None:
        """Make a new index from the tables, keep the old one up to date meanwhile, and let the new one take its place."""
        began = monotonic()
        # What changes from here on is in the log: it is gone through once more behind the tables.
        checkpoint = (await self._feed.bounds()).last
        total, done, number = await self._feed.count(), 0, 0
        new = await self._call(IndexWriter, self._directory.fresh())
        followed = monotonic()
        while rows := await self._feed.behind(number, BATCH):
            await self._call(new.add, rows)
            number, done = rows[-1][0], done + len(rows)
            self._directory.tell_progress(done, max(done, total))
            if progress is not None:
                progress(done, max(done, total))
            if self._writer is not None and not self._writer.damaged() and monotonic() - followed > COMMIT_EVERY:
                await self._follow(self._writer)
                followed = monotonic()
        await self._call(new.commit, checkpoint)
        while await self._follow(new):
            pass
        await self._let_go()
        self._directory.switch(new.path)
        self._writer = new
        self._directory.tidy()
        _log.info("the search index was made anew: %d records in %.1f s", done, monotonic() - began)

    def _opened_writer(self) -> IndexWriter:
        if self._writer is None:
            raise AssertionError
        return self._writer

    async def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await self._call(writer.close)

    async def _call(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *given))


def _survivable(error: BaseException) -> bool:
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
