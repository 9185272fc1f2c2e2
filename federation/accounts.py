"""Accounts: what is noted of each source, for its health in the schema and for metrics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.cache import Found
from connectors.guards import Breaker, BreakerState, Call, Health, Observer
from store.changes import Changes
from transport.metrics import Metrics

if TYPE_CHECKING:
    from federation.federation import Federation

_LEVEL = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


class Account:
    """One source's: it hears of every call, retry and look into the cache."""

    def __init__(self, name: str, health: Health, metrics: Metrics | None = None, breaker: Breaker | None = None) -> None:
        self._name, self._metrics, self._breaker = name, metrics, breaker
        self._hits = self._misses = 0
        health.count_copies(lambda: (self._hits, self._misses))
        self.observers: tuple[Observer, ...] = (health.note,) if metrics is None else (health.note, self._measure)

    def retried(self) -> None:
        """A call is made again."""
        if self._metrics is not None:
            self._metrics.source_retries.labels(self._name).inc()

    def looked_up(self, found: Found, count: int) -> None:
        """The cache was asked."""
        if found == "hit":
            self._hits += count
        elif found == "miss":
            self._misses += count
        if self._metrics is not None:
            self._metrics.cache.labels(self._name, found).inc(count)

    def _measure(self, call: Call) -> None:
        metrics = self._metrics
        if metrics is None:
            return
        metrics.source_calls.labels(self._name, call.failure.code if call.failure is not None else "OK").inc()
        metrics.source_seconds.labels(self._name).observe(call.seconds)
        if self._breaker is not None:
            metrics.breaker.labels(self._name).set(_LEVEL[self._breaker.state])


async def measure(federation: Federation, metrics: Metrics) -> None:
    """Set the gauges of every copied source and of the search index to what is known now."""
    now = datetime.now(UTC)
    waiting = await Changes(federation.database).waiting_since(federation.index.checkpoint or 0)
    metrics.index_lag.set(max(0.0, (now - waiting).total_seconds()) if waiting is not None else 0.0)
    for source in federation.copied():
        metrics.harvest_interval.labels(source.name).set(source.definition.schedule.every)
        known = federation.freshness.get(source.key)
        if known is None:
            continue
        if known.as_of is not None:
            metrics.harvest_age.labels(source.name).set((now - known.as_of).total_seconds())
        if known.last_run is not None:
            metrics.quarantined.labels(source.name).set(known.last_run.quarantined)
