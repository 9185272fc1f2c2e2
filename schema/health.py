"""The health of a source, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry

from connectors.guards import Health
from connectors.guards.health import REMEMBERED
from resolvers.context import Context
from resolvers.search import check_first
from schema.enums import BreakerPosition, HealthWord
from schema.fields import resolved
from schema.scalars import DateTime


def _latency(share: float) -> Callable[[Health, Context], int | None]:
    def read(health: Health, _context: Context) -> int | None:
        seconds = health.latency(share)
        return round(seconds * 1000) if seconds is not None else None

    return read


@strawberry.type(description="The latest failure of a source.")
class SourceFailure:
    code: str = resolved(text="SOURCE_TIMEOUT, SOURCE_UNAVAILABLE, SOURCE_REFUSED or SOURCE_MALFORMED.")
    at: DateTime = resolved(text="When it happened.")


def _calls(health: Health, _context: Context, last: int = 20) -> Any:
    check_first(last, REMEMBERED, "last")
    return health.latest(last)


@strawberry.type(description="One request that was made of a source.")
class SourceCall:
    at: DateTime = resolved(text="When it ended.")
    latency_ms: int = resolved(lambda heard, _: round(heard.seconds * 1000), text="Milliseconds that it took.")
    code: str | None = resolved(text="How it failed; null where it succeeded.")


@strawberry.type(description="How a source is, by the latest 200 requests that the answering process made of it.")
class SourceHealth:
    state: HealthWord = resolved(lambda health, _: HealthWord(health.state), text="In a word.")
    breaker: BreakerPosition | None = resolved(
        lambda health, _: BreakerPosition(health.breaker) if health.breaker is not None else None,
        text="Whether it is asked now; null for a source that is not asked live.",
    )
    latency_p50: int | None = resolved(_latency(0.5), text="Milliseconds of the median request that succeeded.")
    latency_p95: int | None = resolved(_latency(0.95), text="Milliseconds that 95 % of them took at most.")
    error_rate: float | None = resolved(text="The share of requests that failed, 0 to 1.")
    last_success_at: DateTime | None = resolved(text="When it last answered.")
    last_failure: SourceFailure | None = resolved(text="When and how it last failed.")
    cache_hit_rate: float | None = resolved(text="The share of what was looked up that its cache had, 0 to 1; null without a cache.")
    calls: list[SourceCall] = resolved(_calls, text="The latest requests of them, the newest first; at most 200.")
