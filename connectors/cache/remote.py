"""The second level: Redis, shared by all nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from connectors.link import Link


class Remote:
    """Entries by key in Redis. Reads are one MGET; writes are done in the background."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that are there, none where Redis is not."""
        if not keys:
            return {}
        found = await self._link.ask(lambda redis: redis.mget(keys))
        return {key: value for key, value in zip(keys, found, strict=True) if isinstance(value, bytes)} if found is not None else {}

    def put_many(self, entries: Mapping[str, bytes], seconds: float) -> None:
        """Keep entries for `seconds`, later and perhaps not at all."""
        if not entries:
            return

        async def write(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipeline:
                for key, entry in entries.items():
                    pipeline.set(key, entry, px=max(1, int(seconds * 1000)))
                await pipeline.execute()

        self._link.later(write)
