"""Watched: every batch that a source gives, or fails to give, is told to those who keep account of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from connectors.errors import SourceError, SourceTimeout
from connectors.guards.steps import STEP, Step
from connectors.protocol import Batch, Connector, Query
from egress.spans import Span, calling


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
    Where the work is traced, each call is a span that names the source.
    """

    def __init__(self, inner: Connector, observers: Sequence[Observer], *, patience: float, name: str = "") -> None:
        self._inner, self._observers, self._patience, self._name = inner, observers, patience, name
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        async with aclosing(self._inner.read(query)) as batches:
            while (batch := await self._called(batches)) is not None:
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()

    async def _called(self, batches: AsyncGenerator[Batch, None]) -> Batch | None:
        """The next batch, None after the last: one call."""
        started = monotonic()
        step = STEP.get() or Step()
        step.attempts += 1
        with calling("call") as span:
            if span is not None:
                span.note(source=self._name, attempt=step.attempts)
            try:
                batch = await anext(batches, None)
            except SourceError as error:
                self._tell(Call(monotonic() - started, failure=error), span)
                raise
            except asyncio.CancelledError:
                waited = monotonic() - started
                if waited >= self._patience:
                    self._tell(Call(waited, failure=SourceTimeout("timeout")), span)
                raise
            if batch is None:
                step.attempts -= 1
                if span is not None:
                    span.discard()
                return None
            self._tell(Call(monotonic() - started, len(batch.items)), span)
            return batch

    def _tell(self, call: Call, span: Span | None) -> None:
        if span is not None:
            span.note(outcome=call.failure.code if call.failure is not None else "OK", rows=call.items)
        for observer in self._observers:
            observer(call)
