"""Single-flight: equal questions are one call, nobody gets another's answer, and nobody's leaving costs another his."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import SourceUnavailable
from connectors.guards import Shared
from connectors.protocol import Batch, Collection, Item, Query, Supports, reading
from tests.connectors.guards.shelf import DOCUMENT, shelf
from tests.connectors.loopback import Asked, opened, read, serving

WHO = (frozenset({"pub"}), frozenset({"pub", "member"}), frozenset({"pub", "p:33"}), frozenset({"pub", "p:44"}))
LENGTH = 3
"""Batches of the whole list."""


class Scripted:
    """Says in every item to whom and for what it was given; each call takes as many turns of the loop as the script says, or fails."""

    supports: ClassVar[Mapping[Collection, Supports]] = {Collection.RESOURCES: Supports(text=True)}

    def __init__(self, turns: list[int], failing: frozenset[int]) -> None:
        self.turns, self.failing = turns, failing
        self.reads = self.under_way = 0

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        number = self.reads
        self.reads += 1
        self.under_way += 1
        try:
            for place in range(LENGTH):
                for _ in range(self.turns[(number + place) % len(self.turns)]):
                    await asyncio.sleep(0)
                if number in self.failing and place == 1:
                    raise SourceUnavailable("reset")
                item = Item(str(place), {"for": query.keys, "text": query.text})
                yield Batch([item], str(place + 1) if place + 1 < LENGTH else None)
        finally:
            self.under_way -= 1

    async def aclose(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Caller:
    """Comes at a turn, asks as somebody for something, wants so many batches, and may be cancelled at a turn."""

    comes: int
    keys: frozenset[str]
    text: str
    wants: int
    cancelled: int | None
    got: list[Batch] = field(default_factory=list, compare=False)


callers = st.lists(
    st.builds(
        Caller,
        comes=st.integers(0, 12),
        keys=st.sampled_from(WHO),
        text=st.sampled_from(["护理", "数控"]),
        wants=st.integers(1, LENGTH),
        cancelled=st.none() | st.integers(0, 25),
        got=st.builds(list),
    ),
    min_size=1,
    max_size=12,
)


async def play(crowd: list[Caller], source: Scripted) -> None:
    shared = Shared(source)
    before = asyncio.all_tasks()

    async def ask(caller: Caller) -> None:
        for _ in range(caller.comes):
            await asyncio.sleep(0)
        async with reading(shared, Query(keys=caller.keys, text=caller.text)) as batches:
            async for batch in batches:
                caller.got.append(batch)
                if len(caller.got) == caller.wants:
                    return

    async def cancel(task: asyncio.Task[None], turn: int) -> None:
        for _ in range(turn):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [asyncio.create_task(ask(caller)) for caller in crowd]
    cancelling = [
        asyncio.create_task(cancel(task, caller.cancelled))
        for task, caller in zip(tasks, crowd, strict=True)
        if caller.cancelled is not None
    ]
    async with asyncio.timeout(10):
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*cancelling)
    for caller, end in zip(crowd, ends, strict=True):
        natives = [item.native for batch in caller.got for item in batch.items]
        assert all(native == {"for": caller.keys, "text": caller.text} for native in natives)
        assert [item.key for batch in caller.got for item in batch.items] == [str(place) for place in range(len(caller.got))]
        if isinstance(end, asyncio.CancelledError):
            assert caller.cancelled is not None, "somebody else's cancellation reached this caller"
        elif isinstance(end, SourceUnavailable):
            assert end.reason == "reset"
            assert source.failing
        else:
            assert end is None
            assert len(caller.got) == caller.wants
    assert source.reads <= len(crowd)
    await shared.aclose()
    assert source.under_way == 0
    assert asyncio.all_tasks() == before


@settings(max_examples=200)
@given(
    crowd=callers,
    turns=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    failing=st.frozensets(st.integers(0, 6), max_size=2),
)
def test_whatever_the_order_everybody_gets_his_own_answer_and_all_of_it(
    crowd: list[Caller], turns: list[int], failing: frozenset[int]
) -> None:
    asyncio.run(play(crowd, Scripted(turns, failing)))


async def test_a_crowd_with_one_question_is_one_call() -> None:
    async with serving() as upstream:

        async def slow(asked: Asked) -> object:
            await asyncio.sleep(0.05)
            return shelf(asked)

        upstream.handler = slow
        async with opened(upstream, DOCUMENT) as connector:
            shared = Shared(connector)
            answers = await asyncio.gather(*(read(shared, Query(limit=10)) for _ in range(64)))
            assert len(upstream.asked) == 3  # the three pages of the list
            assert all(answer == answers[0] for answer in answers)
            await read(shared, Query(limit=10), 1)
            assert len(upstream.asked) == 4


async def test_who_sees_more_is_another_question() -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            shared = Shared(connector)
            await asyncio.gather(*(read(shared, Query(keys=keys), 1) for keys in WHO))
            assert len(upstream.asked) == len(WHO)


async def test_the_first_to_ask_may_leave_and_the_others_keep_the_call() -> None:
    async with serving() as upstream:
        gate, arrived = asyncio.Event(), asyncio.Event()

        async def gated(asked: Asked) -> object:
            arrived.set()
            await gate.wait()
            return shelf(asked)

        upstream.handler = gated
        async with opened(upstream, DOCUMENT) as connector:
            shared = Shared(connector)
            first, second = (asyncio.create_task(read(shared, Query(limit=10), 1)) for _ in range(2))
            await arrived.wait()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            gate.set()
            (batch,) = await second
            assert len(batch.items) == 10
            assert len(upstream.asked) == 1


async def test_when_the_last_has_left_the_call_is_given_up() -> None:
    source = Scripted([10_000], frozenset())
    shared = Shared(source)
    tasks = [asyncio.create_task(read(shared)) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert source.under_way == 1
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for _ in range(5):
        await asyncio.sleep(0)
    assert source.under_way == 0
