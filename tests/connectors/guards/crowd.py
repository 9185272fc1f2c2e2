"""`python -m tests.connectors.guards.crowd REDIS PORT TIMES CONCURRENCY RATE LEASE`: one process of several that ask one source.

It says so when it is ready, begins at a line on its standard input, and asks TIMES times, eight at once, behind a bulkhead with a quota.
"""

from __future__ import annotations

import asyncio
import sys

from connectors.guards import Bulkhead, Quota
from connectors.link import Link
from connectors.protocol import Query
from tests.connectors.guards.shelf import DOCUMENT
from tests.connectors.loopback import Upstream, opened, read

AT_ONCE = 8


async def ask(redis: str, port: int, times: int, concurrency: int, rate: float | None, lease: float) -> None:
    """Ask the source that listens on `port`; its rate is None where it has none."""
    link = Link(redis, patience=10.0)
    async with opened(Upstream(port=port), DOCUMENT) as connector:
        quota = Quota(link, "src1", concurrency=concurrency, rate=rate, lease=lease)
        guarded = Bulkhead(connector, concurrency=concurrency, queue=1000, rate=rate, quota=quota)
        left = times

        async def one() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await read(guarded, Query(limit=10), 1)

        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    await link.aclose()


if __name__ == "__main__":
    _, redis, port, times, concurrency, rate, lease = sys.argv
    asyncio.run(ask(redis, int(port), int(times), int(concurrency), float(rate) or None, float(lease)))
