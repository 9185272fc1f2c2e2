"""Nobody waits for a loser, and what one level names costs one call per source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from resolvers.gate import Gate
from resolvers.reaper import Reaper


async def _stubborn(ended: asyncio.Event) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.shield(ended.wait())


async def test_a_slow_clean_up_does_not_hold_the_caller_and_counts_until_it_ends() -> None:
    reaper, ended = Reaper(bound=2), asyncio.Event()
    for _ in range(2):
        task: asyncio.Task[object] = asyncio.ensure_future(_stubborn(ended))
        await asyncio.sleep(0)
        reaper.reap("slow", task)
    await asyncio.sleep(0)
    assert reaper.saturated("slow")
    assert not reaper.saturated("other")
    ended.set()
    await reaper.aclose()
    assert not reaper.saturated("slow")


async def test_a_task_that_failed_before_it_was_reaped_leaves_no_warning() -> None:
    async def fails() -> object:
        raise ValueError

    task = asyncio.ensure_future(fails())
    await asyncio.wait([task])
    Reaper().reap("x", task)


async def test_lists_of_one_request_go_on_together() -> None:
    gate, order = Gate(grace=5), list[str]()

    async def one(name: str, turns: int) -> None:
        async with gate.level():
            for _ in range(turns):
                await asyncio.sleep(0)
            order.append(f"{name} ready")
        order.append(f"{name} on")

    await asyncio.gather(one("quick", 1), one("slow", 20))
    assert order == ["quick ready", "slow ready", "slow on", "quick on"] or order == ["quick ready", "slow ready", "quick on", "slow on"]


async def test_a_list_waits_for_the_others_no_longer_than_the_grace() -> None:
    gate, never = Gate(grace=0.05), asyncio.Event()

    async def hanging() -> None:
        async with gate.level():
            await never.wait()

    task = asyncio.ensure_future(hanging())
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        async with gate.level():
            pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_leaving_a_reading_early_runs_the_connectors_finally() -> None:
    from connectors.protocol import Batch, Query, reading

    closed = []

    class Endless:
        async def read(self, _query: Query) -> AsyncGenerator[Batch, None]:
            try:
                while True:
                    yield Batch([])
            finally:
                closed.append(True)

        async def aclose(self) -> None:
            """Nothing is open."""

    async with reading(Endless(), Query()) as batches:  # type: ignore[arg-type]
        async for _ in batches:
            break
    assert closed == [True]
