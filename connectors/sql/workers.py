"""Blocking statements in a few threads of their own: a caller that is cancelled or out of time leaves at once, and interrupts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from connectors.errors import SourceTimeout, SourceUnavailable

_T = TypeVar("_T")


class Job:
    """One piece of work in a thread. The thread asks `expired` between steps and sets `interrupt` while a statement can run."""

    __slots__ = ("_abandoned", "_deadline", "interrupt")

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._abandoned = False
        self.interrupt: Callable[[], None] | None = None

    def expired(self) -> bool:
        """Nobody waits any more, or nobody may."""
        return self._abandoned or time.monotonic() > self._deadline

    def remaining(self) -> float:
        """Seconds left, above nothing: what a socket may wait."""
        return max(0.001, self._deadline - time.monotonic())

    def abandon(self) -> None:
        """Stop the work from another thread."""
        self._abandoned = True
        interrupt = self.interrupt
        if interrupt is not None:
            interrupt()


class Workers:
    """At most `threads` pieces of work at a time, each of at most `seconds`, the wait for a thread included."""

    def __init__(self, name: str, threads: int, seconds: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"sql {name}")
        self._seconds = seconds
        self._running: dict[Job, Future[Any]] = {}

    async def run(self, work: Callable[[Job], _T]) -> _T:
        """Give what `work` gives. Raises SourceTimeout where it is late, and what it raises."""
        job = Job(self._seconds)
        try:
            future = self._executor.submit(work, job)
        except RuntimeError as error:
            raise SourceUnavailable("closed") from error
        self._running[job] = future
        future.add_done_callback(lambda _: self._running.pop(job, None))
        waiting = asyncio.wrap_future(future)
        try:
            done, _ = await asyncio.wait({waiting}, timeout=self._seconds)
            if not done:
                raise SourceTimeout("statement_timeout")
            if waiting.cancelled():
                raise SourceUnavailable("closed")
            return waiting.result()
        finally:
            if not waiting.done():
                job.abandon()
                waiting.cancel()

    async def aclose(self, grace: float) -> None:
        """Interrupt what runs, and wait `grace` seconds at most for the threads to end."""
        running = [asyncio.wrap_future(future) for future in self._running.values()]
        for job in list(self._running):
            job.abandon()
        self._executor.shutdown(wait=False, cancel_futures=True)
        if running:
            done, late = await asyncio.wait(running, timeout=grace)
            for future in done:
                if not future.cancelled():
                    future.exception()
            for future in late:
                future.cancel()
