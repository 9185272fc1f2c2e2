"""How one source is: what its latest calls told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from connectors.guards.breaker import Breaker, BreakerState
from connectors.guards.watching import Call

REMEMBERED = 200
"""Calls that figures are made of."""

TROUBLED = 0.1
"""Share of failed calls from which a source is degraded."""


class HealthState(StrEnum):
    """In a word: answers, answers with failures, does not answer, or has not been asked."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """The code of an error of the source, and when it happened."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One call: when it ended, the seconds that it took, and the code of the error that it ended with, None where it succeeded."""

    at: datetime
    seconds: float
    code: str | None


class Health:
    """Figures over the latest calls of a source in this process; an observer of Watched. Latencies are seconds of calls that succeeded."""

    def __init__(self, breaker: Breaker | None = None) -> None:
        self._breaker = breaker
        self._calls: deque[Heard] = deque(maxlen=REMEMBERED)
        self._kept: Callable[[], tuple[int, int]] | None = None
        self.last_success_at: datetime | None = None
        self.last_failure: Failure | None = None

    def note(self, call: Call) -> None:
        """Take a call into account."""
        now = datetime.now(UTC)
        self._calls.append(Heard(now, call.seconds, call.failure.code if call.failure is not None else None))
        if call.failure is None:
            self.last_success_at = now
        else:
            self.last_failure = Failure(call.failure.code, now)

    def count_copies(self, counted: Callable[[], tuple[int, int]]) -> None:
        """Learn from `counted` how often the cache had what was asked, and had not."""
        self._kept = counted

    def latest(self, count: int) -> list[Heard]:
        """The latest calls, the newest first."""
        return list(islice(reversed(self._calls), count))

    @property
    def breaker(self) -> BreakerState | None:
        """The state of its breaker, None for a source that has none."""
        return self._breaker.state if self._breaker is not None else None

    @property
    def error_rate(self) -> float | None:
        """The share of calls that failed, 0 to 1; None where there were none."""
        return sum(heard.code is not None for heard in self._calls) / len(self._calls) if self._calls else None

    @property
    def state(self) -> HealthState:
        """The source in a word."""
        rate = self.error_rate
        if self.breaker not in (None, BreakerState.CLOSED) or rate == 1.0:
            return HealthState.DOWN
        if rate is None:
            return HealthState.UNKNOWN
        return HealthState.DEGRADED if rate >= TROUBLED else HealthState.UP

    @property
    def cache_hit_rate(self) -> float | None:
        """The share of pages and records that the cache had, 0 to 1; None for a source without one, or that was not asked."""
        hits, misses = self._kept() if self._kept is not None else (0, 0)
        return hits / (hits + misses) if hits + misses else None

    def latency(self, share: float) -> float | None:
        """Seconds within which this share of the calls succeeded; None where none did."""
        good = sorted(heard.seconds for heard in self._calls if heard.code is None)
        return good[min(int(share * len(good)), len(good) - 1)] if good else None
