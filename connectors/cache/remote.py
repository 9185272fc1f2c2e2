"""The second level: Redis, shared by all nodes. It may be down, slow or empty at any time, and no answer fails or waits for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import monotonic

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PATIENCE = 0.05
"""Seconds that Redis may take: it is asked to spare a call that takes about as long."""

REST = 5.0
"""Seconds that it is left alone after it failed."""

PENDING = 64
"""Writes under way at once; what comes beyond is not kept."""

_log = logging.getLogger(__name__)


class Remote:
    """Entries by key in Redis. Reads are one MGET; writes are done in the background."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            max_connections=32,
        )
        self._resting_until = 0.0
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def resting(self) -> bool:
        """Left alone now, because it failed."""
        return monotonic() < self._resting_until

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that are there, none where Redis is not."""
        if self.resting or not keys:
            return {}
        try:
            async with asyncio.timeout(2 * PATIENCE):
                found = await self._redis.mget(keys)
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)
            return {}
        return {key: value for key, value in zip(keys, found, strict=True) if isinstance(value, bytes)}

    def put_many(self, entries: Mapping[str, bytes], seconds: float) -> None:
        """Keep entries for `seconds`, later and perhaps not at all."""
        if not entries or self.resting or len(self._writing) >= PENDING:
            return
        task = asyncio.get_running_loop().create_task(self._write(entries, seconds))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def aclose(self) -> None:
        """Wait for what is being written, and hang up."""
        if self._writing:
            await asyncio.wait(tuple(self._writing), timeout=4 * PATIENCE)
        await self._redis.aclose()

    async def _write(self, entries: Mapping[str, bytes], seconds: float) -> None:
        try:
            async with asyncio.timeout(4 * PATIENCE), self._redis.pipeline(transaction=False) as pipeline:
                for key, entry in entries.items():
                    pipeline.set(key, entry, px=max(1, int(seconds * 1000)))
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        if not self.resting:
            _log.warning("the shared cache does not answer (%s) and is left alone for %.0f s", type(error).__name__, REST)
        self._resting_until = monotonic() + REST
