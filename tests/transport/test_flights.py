"""A crowd with one question: executed once, and nobody depends on whoever was first."""

import asyncio
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport.flights import Flights

caller = st.tuples(st.integers(0, 10), st.sampled_from(["a", "b", "c"]), st.none() | st.integers(0, 20), st.booleans())


@settings(max_examples=150)
@given(crowd=st.lists(caller, min_size=1, max_size=12), turns=st.integers(0, 8))
def test_whatever_the_order_everybody_gets_the_answer_to_his_own_question(
    crowd: list[tuple[int, str, int | None, bool]], turns: int
) -> None:
    asyncio.run(_play(crowd, turns))


async def _play(crowd: list[tuple[int, str, int | None, bool]], turns: int) -> None:
    flights: Flights[str] = Flights()
    executed = 0

    async def ask(comes: int, key: Hashable, fails: bool) -> str:
        for _ in range(comes):
            await asyncio.sleep(0)

        async def execute() -> str:
            nonlocal executed
            executed += 1
            for _ in range(turns):
                await asyncio.sleep(0)
            if fails:
                raise ValueError(key)
            return f"answer to {key}"

        return await flights.share(key, execute)

    async def cancel(task: asyncio.Task[str], turn: int) -> None:
        for _ in range(turn):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [asyncio.create_task(ask(comes, key, fails)) for comes, key, _, fails in crowd]
    cancelling = [asyncio.create_task(cancel(task, each[2])) for task, each in zip(tasks, crowd, strict=True) if each[2] is not None]
    async with asyncio.timeout(10):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*cancelling)
    for (_, key, cancelled, fails), end in zip(crowd, ends, strict=True):
        if isinstance(end, asyncio.CancelledError):
            assert cancelled is not None
        elif isinstance(end, ValueError):
            assert fails
        else:
            assert end == f"answer to {key}"
    assert executed <= len(crowd)
    assert not flights._under_way


async def test_sixty_four_at_once_are_one_execution() -> None:
    flights: Flights[bytes] = Flights()
    executed = 0

    async def execute() -> bytes:
        nonlocal executed
        executed += 1
        await asyncio.sleep(0.01)
        return b"answer"

    assert await asyncio.gather(*(flights.share("key", execute) for _ in range(64))) == [b"answer"] * 64
    assert executed == 1


async def test_whoever_comes_late_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transport.flights.WINDOW", -1.0)
    flights: Flights[int] = Flights()
    executed = 0

    async def execute() -> int:
        nonlocal executed
        executed += 1
        await asyncio.sleep(0.01)
        return executed

    await asyncio.gather(*(flights.share("key", execute) for _ in range(3)))
    assert executed == 3
