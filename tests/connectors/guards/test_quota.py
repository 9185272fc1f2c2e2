"""Places and pace through Redis: they hold for all processes together, come back from the dead, and are nobody's trouble without Redis."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connectors.guards import Bulkhead, Quota
from connectors.link import Link
from connectors.protocol import Query
from tests.connectors.guards.crowd import AT_ONCE
from tests.connectors.guards.shelf import DOCUMENT, shelf
from tests.connectors.loopback import Asked, Upstream, opened, read, serving
from tests.own_redis import RedisServer

PLACES = "huiju:{src1}:places"
Process = asyncio.subprocess.Process


@asynccontextmanager
async def processes(
    redis: RedisServer, upstream: Upstream, count: int, *, times: int, concurrency: int = 2, rate: float = 0.0, lease: float = 30.0
) -> AsyncIterator[list[Process]]:
    """So many processes that ask, begun together."""
    words = [redis.url, upstream.port, times, concurrency, rate, lease]
    command = [sys.executable, "-m", "tests.connectors.guards.crowd", *map(str, words)]
    pipe = asyncio.subprocess.PIPE
    started = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(count)]
    try:
        for each in started:
            assert each.stdout is not None
            assert await each.stdout.readline() == b"ready\n"
        for each in started:
            assert each.stdin is not None
            each.stdin.write(b"\n")
        yield started
    finally:
        for each in started:
            if each.returncode is None:
                each.kill()
            await each.communicate()


async def ended(started: list[Process]) -> None:
    async with asyncio.timeout(60):
        assert [await each.wait() for each in started] == [0] * len(started)


async def test_two_processes_together_have_no_more_calls_under_way_than_there_are_places(redis_server: RedisServer) -> None:
    async with serving() as upstream:

        async def slow(asked: Asked) -> object:
            await asyncio.sleep(0.01)
            return shelf(asked)

        upstream.handler = slow
        async with processes(redis_server, upstream, 2, times=20) as started:
            await ended(started)
        assert len(upstream.asked) == 2 * 20
        assert upstream.most_under_way == 2


async def test_two_processes_together_keep_to_the_rate(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        began: list[float] = []

        def note(asked: Asked) -> object:
            began.append(time.monotonic())
            return shelf(asked)

        upstream.handler = note
        async with processes(redis_server, upstream, 2, times=30, concurrency=8, rate=40.0) as started:
            await ended(started)
        assert len(began) == 60
        assert began[-1] - began[0] > 0.4  # forty at once, twenty more at forty a second; each for itself, all at once


async def test_the_places_of_a_process_that_was_killed_come_back(redis_server: RedisServer) -> None:
    lease = 2.0
    async with serving() as upstream:
        arrived, silence = asyncio.Event(), asyncio.Event()

        async def silent(asked: Asked) -> object:
            if upstream.under_way == 2:
                arrived.set()
            await silence.wait()
            return shelf(asked)

        upstream.handler = silent
        async with processes(redis_server, upstream, 1, times=AT_ONCE, lease=lease) as (process,):
            async with asyncio.timeout(30):
                await arrived.wait()
            process.kill()
            await process.wait()
        link = Link(redis_server.url, patience=10.0)
        quota = Quota(link, "src1", concurrency=2, rate=None, lease=lease)
        async with asyncio.timeout(30):
            assert await quota.enter() is not None
        assert await link.redis.zcard(PLACES) == 1
        await link.aclose()


@pytest.mark.parametrize("trouble", ["silent", "gone"])
async def test_without_redis_each_process_keeps_to_its_own_bounds(redis_server: RedisServer, trouble: str) -> None:
    async with serving() as upstream:

        async def slow(asked: Asked) -> object:
            await asyncio.sleep(0.005)
            return shelf(asked)

        upstream.handler = slow
        async with opened(upstream, DOCUMENT) as connector:
            link = Link(redis_server.url)
            guarded = Bulkhead(connector, concurrency=2, queue=100, quota=Quota(link, "src1", concurrency=2, rate=None, lease=30.0))
            await read(guarded, Query(limit=10))
            await link.settled()
            if trouble == "silent":
                redis_server.fall_silent()
            else:
                redis_server.end()
            async with asyncio.timeout(30):
                for _ in range(20):
                    answers = await asyncio.gather(*(read(guarded, Query(limit=10), 1) for _ in range(5)))
                    assert all(len(batch.items) == 10 for answer in answers for batch in answer)
            assert link.resting
            assert upstream.most_under_way == 2
            if trouble == "silent":
                redis_server.answer_again()
            await link.aclose()


async def test_a_place_that_a_cancelled_caller_was_about_to_get_comes_back(redis_server: RedisServer) -> None:
    link = Link(redis_server.url, patience=10.0)
    quota = Quota(link, "src1", concurrency=1, rate=None, lease=60.0)
    for turns in range(12):
        task = asyncio.create_task(quota.enter())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and (name := task.result()) is not None:
            quota.leave(name)
        await link.settled()
    async with asyncio.timeout(5):
        assert await quota.enter() is not None
    await link.aclose()
