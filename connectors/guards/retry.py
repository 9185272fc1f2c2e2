"""Retry: what failed on the way is asked once more from where it stood. Every read is idempotent: connectors only read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from connectors.errors import SourceUnavailable
from connectors.protocol import Batch, Connector, Query

TRANSIENT = frozenset({"refused_connection", "unreachable", "reset", "truncated", "busy", "server_error"})
"""Reasons that asking again may cure: no connection, a lost one, 429 and 5xx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How stubborn to be.

    `attempts` for each batch, the first included; `pause` seconds before the second, doubled before each further one. A source that says
    when to come back (Retry-After, RFC 9110 §10.2.3) is taken at its word up to `patience` seconds; beyond, its failure stands.
    """

    attempts: int
    pause: float
    patience: float

    def wait(self, error: SourceUnavailable, failures: int) -> float | None:
        """Seconds to wait after so many failures in a row, None to give up."""
        if failures >= self.attempts or error.reason not in TRANSIENT:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.patience else None
        # Spread, so that callers who failed together do not come back together.
        return self.pause * 2.0 ** (failures - 1) * random.uniform(0.5, 1.5)  # noqa: S311


LIVE_RETRY = Retry(attempts=2, pause=0.1, patience=0.3)
HARVEST_RETRY = Retry(attempts=5, pause=1.0, patience=600.0)


class Retried:
    """Asks again by `retry`; `told` is called whenever it does."""

    def __init__(self, inner: Connector, retry: Retry, told: Callable[[], None] = lambda: None) -> None:
        self._inner, self._retry, self._told = inner, retry, told
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield what the source gives. Raises SourceError."""
        failures = 0
        cursor = query.cursor
        while True:
            try:
                async with aclosing(self._inner.read(query)) as batches:
                    async for batch in batches:
                        failures, cursor = 0, batch.cursor
                        yield batch
            except SourceUnavailable as error:
                failures += 1
                wait = self._retry.wait(error, failures)
                if wait is None:
                    raise
            else:
                return
            self._told()
            await asyncio.sleep(wait)
            query = replace(query, cursor=cursor)

    async def aclose(self) -> None:
        """Close the source."""
        await self._inner.aclose()
