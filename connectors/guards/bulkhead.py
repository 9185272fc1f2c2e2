"""Bulkhead: so many calls of one source under way, so many started in a second, so many callers waiting, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiolimiter import AsyncLimiter

from connectors.errors import SourceUnavailable
from connectors.guards.quota import Quota
from connectors.protocol import Batch, Connector, Query


class Bulkhead:
    """Lets `concurrency` batches be on their way at once, `rate` of them begin in a second, and `queue` callers wait for a place.

    Whoever comes to a full queue is refused at once: SourceUnavailable("saturated"). A call that was cancelled keeps its place until it
    has really ended. These are the bounds of this process; with a `quota` they hold for all processes together too.
    """

    def __init__(self, inner: Connector, *, concurrency: int, queue: int, rate: float | None = None, quota: Quota | None = None) -> None:
        self._inner, self._queue, self._quota = inner, queue, quota
        self._places = asyncio.Semaphore(concurrency)
        self._waiting = 0
        self._pace = None if rate is None else AsyncLimiter(max(rate, 1.0), max(1.0, 1.0 / rate))
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        async with aclosing(self._inner.read(query)) as batches:
            while True:
                place = await self._enter()
                try:
                    batch = await anext(batches, None)
                finally:
                    self._leave(place)
                if batch is None:
                    return
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()

    async def _enter(self) -> str | None:
        """Wait for a place: its name in the quota."""
        if self._places.locked() and self._waiting >= self._queue:
            raise SourceUnavailable("saturated")
        self._waiting += 1
        try:
            await self._places.acquire()
            try:
                if self._pace is not None:
                    await self._pace.acquire()
                return await self._quota.enter() if self._quota is not None else None
            except BaseException:
                self._places.release()
                raise
        finally:
            self._waiting -= 1

    def _leave(self, place: str | None) -> None:
        self._places.release()
        if place is not None and self._quota is not None:
            self._quota.leave(place)
