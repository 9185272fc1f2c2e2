"""The index as a serving process sees it: opened, reloaded when a commit is made, asked in threads of its own."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import tantivy

from store.search.directory import IndexDirectory, verify
from store.search.errors import IndexUnavailable
from store.search.view import View

LOOK_EVERY = 0.2
"""Seconds between two looks for a new commit."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class SearchIndex:
    """Answers from the latest commit that it has seen; `directory` is where the indexer keeps it, in this process or in another."""

    def __init__(self, directory: Path, threads: int | None = None) -> None:
        count = threads or os.cpu_count() or 1
        self._directory = IndexDirectory(directory)
        self._threads = ThreadPoolExecutor(count, "search")
        self._turns = asyncio.Semaphore(count)
        self._index: tantivy.Index | None = None
        self._seen: tuple[Path, int, int] | None = None
        self._view: View | None = None

    @property
    def checkpoint(self) -> int | None:
        """How far in the change log the commit has come that is answered from; None while there is none."""
        return self._view.checkpoint if self._view is not None else None

    def holds(self, seq: int) -> bool:
        """Tell whether there is a commit to answer from that has come as far as `seq` in the change log."""
        return self._view is not None and self._view.checkpoint >= seq

    async def run(self) -> None:
        """Follow the indexer's commits until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(LOOK_EVERY)

    async def refresh(self) -> None:
        """Look once for a new commit."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._look)
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            # The indexer will find the damage too; what is open keeps answering.
            _log.warning("the search index cannot be opened now (%s)", error)

    async def ask(self, question: Callable[[View], T]) -> T:
        """Let `question` look at the latest commit, in a thread. Raises IndexUnavailable."""
        async with self._turns:
            view = self._view
            if view is None:
                raise IndexUnavailable("there is no search index yet")
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._threads, question, view)
            except BaseException as error:
                if isinstance(error, asyncio.CancelledError) or not await loop.run_in_executor(self._threads, self._damaged):
                    raise
                _log.exception("the search index cannot be read: it is made anew")
                self._directory.ask_for_rebuild()
                self._view = self._seen = None
                raise IndexUnavailable("the search index cannot be read") from error

    def close(self) -> None:
        """Give the threads back."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        current = self._directory.current()
        if current is None:
            return
        found = (current / "meta.json").stat()
        seen = (current, found.st_ino, found.st_mtime_ns)
        if seen == self._seen:
            return
        if self._index is None or self._seen is None or self._seen[0] != current:
            self._index = tantivy.Index.open(str(current))
            self._index.config_reader("manual")
        self._index.reload()
        self._view = View(self._index.searcher())
        self._seen = seen

    def _damaged(self) -> bool:
        """Tell whether it is the files' fault that a question could not be answered."""
        current = self._directory.current()
        try:
            if current is not None:
                verify(current)
        except (OSError, ValueError, KeyError):
            return True
        return current is None
