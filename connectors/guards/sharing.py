"""Single-flight: equal questions that are asked at the same time are one call of the source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from connectors.errors import SourceUnavailable
from connectors.guards.steps import STEP
from connectors.protocol import Batch, Connector, Query

_Question = tuple[int, Query]

PATIENCE = 2.0
"""Seconds that closing waits for calls to end."""


class Shared:
    """Answers equal queries that are on their way by one read of the source.

    Equal is the whole `Query`, the caller's visibility keys with it, asked of one connector with its one set of credentials: whatever the
    source may see is part of it, and what is added to `Query` later is so by itself. A read can be joined until its first batch arrives:
    nobody is given what had been answered before he asked.

    The read belongs to nobody: a caller who is cancelled leaves it to the others, and when the last has left it is cancelled.
    `generation` grows when what was given before is not to be given any more: who asks after that joins no read from before.
    """

    def __init__(self, inner: Connector, generation: Callable[[], int] = lambda: 0) -> None:
        self._inner, self._generation = inner, generation
        self._joinable: dict[_Question, _Stream] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        question = self._generation(), query
        stream = self._joinable.get(question)
        if stream is None:
            stream = self._joinable[question] = _Stream(self._inner, question, self._joinable)
            self._running.add(stream.task)
            stream.task.add_done_callback(self._running.discard)
        elif (step := STEP.get()) is not None:
            step.shared = True
        stream.join()
        try:
            number = 0
            while (batch := await stream.batch(number)) is not None:
                number += 1
                yield batch
        finally:
            stream.leave()

    async def aclose(self) -> None:
        """End what is on its way and close the source."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=PATIENCE)
        await self._inner.aclose()


class _Stream:
    """One read on behalf of many: batches are fetched when the first of them wants one more, and kept for the others."""

    def __init__(self, inner: Connector, question: _Question, joinable: dict[_Question, _Stream]) -> None:
        self._question, self._joinable = question, joinable
        self._batches: list[Batch] = []
        self._wanted = 1
        self._readers = 0
        self._failure: Exception | None = None
        self._ended = False
        self._more: asyncio.Future[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self.task = asyncio.get_running_loop().create_task(self._run(inner))

    def join(self) -> None:
        self._readers += 1

    def leave(self) -> None:
        """One reader has what it wants, or is gone; after the last the read ends."""
        self._readers -= 1
        if not self._readers:
            self._close_to_others()
            self.task.cancel()

    async def batch(self, number: int) -> Batch | None:
        """The batch of this number, None after the last. Raises what the read raised."""
        while number >= len(self._batches):
            if self._ended:
                if self._failure is not None:
                    raise self._failure
                return None
            self._want(number + 1)
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self._batches[number]

    async def _run(self, inner: Connector) -> None:
        try:
            async with aclosing(inner.read(self._question[1])) as batches:
                async for batch in batches:
                    self._batches.append(batch)
                    self._tell()
                    if batch.cursor is None:
                        break
                    while self._wanted <= len(self._batches):
                        self._more = asyncio.get_running_loop().create_future()
                        await self._more
        except asyncio.CancelledError:
            self._failure = SourceUnavailable("closed")
            raise
        except Exception as error:  # noqa: BLE001 - raised in every reader
            self._failure = error
        finally:
            self._ended = True
            self._tell()

    def _want(self, batches: int) -> None:
        self._wanted = max(self._wanted, batches)
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _tell(self) -> None:
        self._close_to_others()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def _close_to_others(self) -> None:
        if self._joinable.get(self._question) is self:
            del self._joinable[self._question]
