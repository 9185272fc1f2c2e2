"""Metrics in the Prometheus format: what is counted, under which bounded labels, and the page that tells them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
COSTS = (1, 10, 50, 100, 500, 1000, 2500, 5000)


class Metrics:
    """The instruments of one process. Labels are names of sources, codes and kinds: nothing that a caller can make more of.

    With `shared`, the directory that all processes of this server write to, the page adds them up.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        registry = self._registry = CollectorRegistry()
        self.source_calls = Counter("huiju_source_calls", "Batches asked of a source, by outcome", ["source", "outcome"], registry=registry)
        self.source_seconds = Histogram(
            "huiju_source_seconds", "Seconds of a batch asked of a source", ["source"], buckets=SECONDS, registry=registry
        )
        self.source_retries = Counter("huiju_source_retries", "Calls of a source made again", ["source"], registry=registry)
        self.breaker = Gauge(
            "huiju_source_breaker",
            "Breaker of a source: 0 closed, 1 half-open, 2 open; the worst process",
            ["source"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.cache = Counter("huiju_cache", "Pages and records looked up in the record cache", ["source", "result"], registry=registry)
        self.operations = Counter("huiju_operations", "GraphQL operations, by kind and result", ["kind", "result"], registry=registry)
        self.operation_seconds = Histogram(
            "huiju_operation_seconds", "Seconds of a GraphQL operation", ["kind"], buckets=SECONDS, registry=registry
        )
        self.operation_cost = Histogram("huiju_operation_cost", "Cost of a GraphQL operation", buckets=COSTS, registry=registry)
        self.errors = Counter("huiju_errors", "Errors told to callers, by code", ["code"], registry=registry)
        self.harvest_age = Gauge(
            "huiju_harvest_age_seconds",
            "Seconds since the end of a source's last complete harvest or push",
            ["source"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.harvest_interval = Gauge(
            "huiju_harvest_interval_seconds",
            "Seconds between two harvests of a source by its schedule",
            ["source"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.quarantined = Gauge(
            "huiju_harvest_quarantined",
            "Items that the latest harvest or push could not make records of",
            ["source"],
            registry=registry,
            multiprocess_mode="livemax",
        )

        self.index_lag = Gauge(
            "huiju_index_lag_seconds",
            "Age of the oldest change that cannot be searched yet, 0 where all can",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def page(self) -> bytes:
        """The text that is scraped: of all processes together where they share a directory."""
        if self._shared is None:
            return generate_latest(self._registry)
        _forget_the_dead(self._shared)
        together = CollectorRegistry()
        MultiProcessCollector(together, path=str(self._shared))  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_the_dead(directory: Path) -> None:
    """Take out the gauges of processes that have ended: a breaker that was open in one of them is no news."""
    for left in directory.glob("gauge_live*_*.db"):
        try:
            os.kill(int(left.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            left.unlink(missing_ok=True)


def metrics_route(metrics: Metrics, look: Callable[[], Awaitable[None]] | None = None) -> Route:
    """`/metrics`; `look` brings gauges up to date before they are told."""

    async def tell(_request: Request) -> Response:
        if look is not None:
            await look()
        return Response(metrics.page(), 200, {"cache-control": "no-store"}, CONTENT_TYPE_LATEST)

    return Route("/metrics", tell)
