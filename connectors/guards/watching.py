"""Watched: every batch that a source gives, or fails to give, is told to those who keep account of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from connectors.errors import SourceError, SourceTimeout
from connectors.guards.steps import STEP
from connectors.protocol import Batch, Connector, Query


@dataclass(frozen=True, slots=True)
class Call:
    """One batch asked of a source: the seconds it took, the items it brought, the error that it ended with instead."""

    seconds: float
    items: int = 0
    failure: SourceError | None = None


Observer = Callable[[Call], None]
"""Takes note of a call; called in the loop's thread, and must not raise."""


class Watched:
    """Tells `observers` of every call.

    A call that is cancelled after `patience` seconds or more counts as late; one that is cancelled earlier tells nothing about the source.
    """

    def __init__(self, inner: Connector, observers: Sequence[Observer], *, patience: float) -> None:
        self._inner, self._observers, self._patience = inner, observers, patience
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        async with aclosing(self._inner.read(query)) as batches:
            while True:
                started = monotonic()
                if (step := STEP.get()) is not None:
                    step.attempts += 1
                try:
                    batch = await anext(batches, None)
                except SourceError as error:
                    self._tell(Call(monotonic() - started, failure=error))
                    raise
                except asyncio.CancelledError:
                    waited = monotonic() - started
                    if waited >= self._patience:
                        self._tell(Call(waited, failure=SourceTimeout("timeout")))
                    raise
                if batch is None:
                    if step is not None:
                        step.attempts -= 1
                    return
                self._tell(Call(monotonic() - started, len(batch.items)))
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()

    def _tell(self, call: Call) -> None:
        for observer in self._observers:
            observer(call)
