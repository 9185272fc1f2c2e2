"""Breaker: a source that keeps failing is left alone for a while, then tried with one call."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic

from connectors.errors import SourceTimeout, SourceUnavailable
from connectors.guards.watching import Call
from connectors.protocol import Batch, Connector, Query

LONGEST_PAUSE = 60.0
"""Seconds that a source's own Retry-After keeps callers away, at most."""

GRACE = 0.3
"""Seconds that a caller waits for the call that tries whether the source is back: it comes at once, or it costs nobody his time."""

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
    """Asks a breaker before every batch.

    The call that tries a source which has been left alone is nobody's: whoever came with its question has what it brings within `GRACE`
    seconds, and is told that the source is left alone after that, as everybody else is meanwhile. It goes on in the background, for
    `limit` seconds at most, and what it tells decides.
    """

    def __init__(self, inner: Connector, breaker: Breaker, *, limit: float) -> None:
        self._inner, self._breaker, self._limit = inner, breaker, limit
        self._trials: set[asyncio.Task[Batch | None]] = set()
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        while True:
            if self._breaker.admit():
                batch = await self._tried(query)
                if batch is None:
                    return
                yield batch
                if batch.cursor is None:
                    return
                query = replace(query, cursor=batch.cursor)
                continue
            async with aclosing(self._inner.read(query)) as batches:
                async for batch in batches:
                    yield batch
                    if batch.cursor is None:
                        return
                    query = replace(query, cursor=batch.cursor)
                    if self._breaker.state is not BreakerState.CLOSED:
                        break
                else:
                    return

    async def aclose(self) -> None:
        """End what is tried in the background and close the source."""
        trials = tuple(self._trials)
        for task in trials:
            task.cancel()
        await asyncio.gather(*trials, return_exceptions=True)
        await self._inner.aclose()

    async def _tried(self, query: Query) -> Batch | None:
        trial = asyncio.get_running_loop().create_task(self._trial(query))
        self._trials.add(trial)
        trial.add_done_callback(self._concluded)
        done, _ = await asyncio.wait({trial}, timeout=GRACE)
        if not done:
            raise SourceUnavailable("breaker")
        return trial.result()

    async def _trial(self, query: Query) -> Batch | None:
        try:
            async with asyncio.timeout(self._limit), aclosing(self._inner.read(query)) as batches:
                return await anext(batches, None)
        except TimeoutError as error:
            raise SourceTimeout("timeout") from error
        finally:
            self._breaker.release()

    def _concluded(self, trial: asyncio.Task[Batch | None]) -> None:
        self._trials.discard(trial)
        if not trial.cancelled():
            trial.exception()  # taken note of: who waited for it has been told, if anybody did
