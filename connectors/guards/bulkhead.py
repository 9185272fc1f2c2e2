"""Bulkhead: so many calls of one source under way, so many started in a second, so many callers waiting, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiolimiter import AsyncLimiter

from connectors.errors import SourceUnavailable
from connectors.protocol import Batch, Connector, Query


class Bulkhead:
    """Lets `concurrency` batches be on their way at once, `rate` of them begin in a second, and `queue` callers wait for a place.

    Whoever comes to a full queue is refused at once: SourceUnavailable("saturated"). A call that was cancelled keeps its place until it
    has really ended.
    """

    def __init__(self, inner: Connector, *, concurrency: int, queue: int, rate: float | None = None) -> None:
        self._inner, self._queue = inner, queue
        self._places = asyncio.Semaphore(concurrency)
        self._waiting = 0
        self._pace = None if rate is None else AsyncLimiter(max(rate, 1.0), max(1.0, 1.0 / rate))
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        async with aclosing(self._inner.read(query)) as batches:
            while True:
                await self._enter()
                try:
                    batch = await anext(batches, None)
                finally:
                    self._places.release()
                if batch is None:
                    return
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()

    async def _enter(self) -> None:
        if self._places.locked() and self._waiting >= self._queue:
            raise SourceUnavailable("saturated")
        self._waiting += 1
        try:
            await self._places.acquire()
            if self._pace is not None:
                await self._keep_pace(self._pace)
        finally:
            self._waiting -= 1

    async def _keep_pace(self, pace: AsyncLimiter) -> None:
        try:
            await pace.acquire()
        except BaseException:
            self._places.release()
            raise
