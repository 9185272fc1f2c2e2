"""Breaker: a source that keeps failing is left alone for a while, then tried with one call."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from connectors.errors import SourceTimeout, SourceUnavailable
from connectors.guards.watching import Call
from connectors.protocol import Batch, Connector, Query

LONGEST_PAUSE = 60.0
"""Seconds that a source's own Retry-After keeps callers away, at most."""

_log = logging.getLogger(__name__)


class BreakerState(StrEnum):
    """Calls go through, are refused, or wait for what one of them tells."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How much failing is too much.

    Of the last `window` calls, once there are `least`, a share of `failures` opens the breaker for `cooldown` seconds. Calls are counted,
    not time: a source that is asked twice an hour is judged like a busy one.
    """

    window: int = 20
    least: int = 5
    failures: float = 0.5
    cooldown: float = 10.0


class Breaker:
    """The state of one source. Told of every call, it says whether the next one may go.

    Late and unavailable count as failures. A source that answers something wrong is there, and what it says of one question is no
    reason to keep others away.
    """

    def __init__(self, name: str, tolerance: Tolerance, *, clock: Callable[[], float] = monotonic) -> None:
        self._name, self._tolerance, self._clock = name, tolerance, clock
        self._sample: deque[bool] = deque(maxlen=tolerance.window)
        self._until: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """Closed, open, or half-open: open for long enough that one call may try."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._until else BreakerState.HALF_OPEN

    def admit(self) -> bool:
        """Let a call go, or raise SourceUnavailable("breaker"). True makes it the probe: `release` when it has ended, however it did."""
        if self._until is None:
            return False
        left = self._until - self._clock()
        if left > 0 or self._probing:
            raise SourceUnavailable("breaker", retry_after=max(left, 0.0))
        self._probing = True
        return True

    def release(self) -> None:
        """The probe has ended; where it told nothing, because it was cancelled, the next call is one."""
        self._probing = False

    def note(self, call: Call) -> None:
        """Take a call into account. An observer of Watched."""
        failed = isinstance(call.failure, SourceTimeout | SourceUnavailable)
        match self.state:
            case BreakerState.CLOSED:
                self._sample.append(failed)
                asked_for = call.failure.retry_after if failed and call.failure is not None else None
                if asked_for:
                    self._open(min(asked_for, LONGEST_PAUSE))
                elif failed and self._too_much():
                    self._open(self._tolerance.cooldown)
            case BreakerState.HALF_OPEN if failed:
                self._open(self._tolerance.cooldown)
            case BreakerState.HALF_OPEN:
                self._until = None
                self._sample.clear()
                _log.info("source %s: answers again", self._name)

    def _too_much(self) -> bool:
        return len(self._sample) >= self._tolerance.least and sum(self._sample) >= self._tolerance.failures * len(self._sample)

    def _open(self, seconds: float) -> None:
        self._until = self._clock() + seconds
        _log.warning("source %s: not asked for %.0f s, because it keeps failing or asked for a pause", self._name, seconds)


class Breaking:
    """Asks a breaker before every batch."""

    def __init__(self, inner: Connector, breaker: Breaker) -> None:
        self._inner, self._breaker = inner, breaker
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        async with aclosing(self._inner.read(query)) as batches:
            while True:
                probing = self._breaker.admit()
                try:
                    batch = await anext(batches, None)
                finally:
                    if probing:
                        self._breaker.release()
                if batch is None:
                    return
                yield batch

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()
