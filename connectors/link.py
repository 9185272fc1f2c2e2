"""Link: the Redis that nodes share. It may be down, slow or empty at any time, and nobody fails or waits for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PATIENCE = 0.05
"""Seconds that Redis may take: what it is asked for spares a call that takes about as long."""

REST = 5.0
"""Seconds that it is left alone after it failed."""

PENDING = 64
"""Pieces of work in the background at once; what comes beyond is not done."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Link:
    """Asks Redis, and leaves it alone for a while when it fails; then one caller tries, and the others go on without it meanwhile."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._patience = patience
        pool = BlockingConnectionPool.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
            max_connections=32,
            timeout=patience,
        )
        self.redis = Redis.from_pool(pool)
        self._resting_until: float | None = None
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def resting(self) -> bool:
        """Left alone now, because it failed."""
        return self._resting_until is not None and monotonic() < self._resting_until

    async def ask(self, work: Callable[[Redis], Awaitable[T]], times: int = 2) -> T | None:
        """What `work` gives within so many times the link's patience, None where Redis does not."""
        if self.resting:
            return None
        if self._resting_until is not None:
            self._resting_until = monotonic() + REST
        try:
            async with asyncio.timeout(times * self._patience):
                found = await work(self.redis)
        except (RedisError, OSError, TimeoutError) as error:
            if self._resting_until is None:
                _log.warning(
                    "Redis does not answer (%s): it is left alone for %.0f s, and everything goes on without", type(error).__name__, REST
                )
            self._resting_until = monotonic() + REST
            return None
        if self._resting_until is not None:
            _log.info("Redis answers again")
            self._resting_until = None
        return found

    def begin(self, work: Callable[[Redis], Awaitable[T]], times: int = 2) -> asyncio.Task[T | None]:
        """The same as a task, which goes on where its caller is cancelled."""
        task = asyncio.get_running_loop().create_task(self.ask(work, times))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def later(self, work: Callable[[Redis], Awaitable[object]]) -> None:
        """Do `work` in the background, perhaps not at all."""
        if not self.resting and len(self._background) < PENDING:
            self.begin(work, 4)

    async def settled(self) -> None:
        """Wait until what is done in the background is done."""
        while self._background:
            await asyncio.wait(tuple(self._background))

    async def aclose(self) -> None:
        """Wait a moment for what is done in the background, and hang up."""
        if self._background:
            await asyncio.wait(tuple(self._background), timeout=4 * self._patience)
        await self.redis.aclose()
