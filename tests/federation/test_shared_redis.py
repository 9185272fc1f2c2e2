"""A node with Redis beside it: that falls silent, ends and comes back, and no request fails or loses a source for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.loopback import Asked, serving
from tests.federation.nodes import REST, Node, node
from tests.own_redis import RedisServer

MORE = '[cache]\nlists = "1ms"\nrecords = "1ms"\n[limits]\nconcurrency = 3'


def rows(asked: Asked) -> Any:
    return {"total": 1, "list": [{"id": 1, "title": "护理"}]}


async def crowd(served: Node, count: int) -> None:
    """So many different questions, eight at once, each answered in full."""

    async def ask(number: int) -> None:
        page = (await served.data(f"{{ search(first: {1 + number % 50}) {{ nodes {{ title }} outcomes {{ status }} }} }}"))["search"]
        assert page == {"nodes": [{"title": "护理"}], "outcomes": [{"status": "OK"}]}

    for first in range(0, count, 8):
        await asyncio.gather(*(ask(number) for number in range(first, first + 8)))


@pytest.mark.parametrize("trouble", ["silent", "gone", "emptied"])
async def test_no_request_fails_whatever_becomes_of_redis(tmp_path: Path, redis_server: RedisServer, trouble: str) -> None:
    async with serving() as upstream:
        upstream.handler = rows
        sources = {"source0": REST.format(name="source0", url=upstream.url, more=MORE)}
        allowed = f"127.0.0.1/32:{upstream.port}"
        async with node(tmp_path, sources, HUIJU_ALLOW_PRIVATE=allowed, HUIJU_REDIS_URL=redis_server.url) as served:
            await crowd(served, 16)
            if trouble == "silent":
                redis_server.fall_silent()
            elif trouble == "gone":
                redis_server.end()
            else:
                await asyncio.to_thread(redis_server.empty)
            await crowd(served, 64)
            if trouble == "silent":
                redis_server.answer_again()
            await crowd(served, 16)
        assert upstream.most_under_way <= 3
