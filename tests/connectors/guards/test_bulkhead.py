"""The bulkhead: a source has so many of our calls at once, and no more of our callers than may wait."""

import asyncio
import time

import pytest

from connectors.errors import SourceUnavailable
from connectors.guards import Bulkhead
from connectors.protocol import Query
from tests.connectors.guards.shelf import DOCUMENT, shelf
from tests.connectors.loopback import Asked, opened, read, serving


async def test_no_more_calls_are_under_way_than_there_are_places() -> None:
    async with serving() as upstream:

        async def slow(asked: Asked) -> object:
            await asyncio.sleep(0.01)
            return shelf(asked)

        upstream.handler = slow
        async with opened(upstream, DOCUMENT) as connector:
            guarded = Bulkhead(connector, concurrency=3, queue=100)
            answers = await asyncio.gather(*(read(guarded, Query(limit=10)) for _ in range(12)))
            assert all(sum(len(batch.items) for batch in answer) == 23 for answer in answers)
            assert upstream.most_under_way == 3


async def test_a_full_queue_refuses_at_once_and_cancelled_callers_give_their_places_back() -> None:
    async with serving() as upstream:
        gate, full = asyncio.Event(), asyncio.Event()

        async def gated(asked: Asked) -> object:
            if upstream.under_way == 2:
                full.set()
            await gate.wait()
            return shelf(asked)

        upstream.handler = gated
        async with opened(upstream, DOCUMENT) as connector:
            guarded = Bulkhead(connector, concurrency=2, queue=3)
            tasks = [asyncio.create_task(read(guarded, Query(limit=10), 1)) for _ in range(5)]
            await full.wait()
            with pytest.raises(SourceUnavailable, match="saturated"):
                await read(guarded)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            gate.set()
            assert len(await read(guarded, Query(limit=10))) == 3


async def test_calls_begin_at_the_rate() -> None:
    async with serving() as upstream:
        began: list[float] = []

        def note(asked: Asked) -> object:
            began.append(time.monotonic())
            return shelf(asked)

        upstream.handler = note
        async with opened(upstream, DOCUMENT) as connector:
            guarded = Bulkhead(connector, concurrency=8, queue=100, rate=20)
            await asyncio.gather(*(read(guarded, Query(limit=10), 1) for _ in range(30)))
        assert len(began) == 30
        assert began[-1] - began[0] > 0.4  # twenty at once, ten more at twenty a second


async def test_a_caller_who_is_cancelled_while_he_waits_for_the_rate_leaves_no_place_taken() -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            guarded = Bulkhead(connector, concurrency=1, queue=10, rate=2)
            await read(guarded, Query(limit=10), 2)
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await read(guarded)
            assert len(await read(guarded, Query(limit=10), 1)) == 1
