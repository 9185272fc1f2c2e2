"""The breaker: opens for what keeps failing, lets one call try, and closes with the first that answers."""

import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import SourceError, SourceMalformed, SourceTimeout, SourceUnavailable
from connectors.guards import Breaker, BreakerState, Breaking, Call, Tolerance, Watched
from connectors.protocol import Query, reading
from tests.connectors.guards.shelf import DOCUMENT, ROWS, shelf
from tests.connectors.loopback import RESET, Asked, opened, read, serving

TOLERANCE = Tolerance(window=10, least=4, failures=0.5, cooldown=10.0)
GOOD, LATE, DOWN = Call(0.1, 1), Call(2.5, failure=SourceTimeout("timeout")), Call(0.0, failure=SourceUnavailable("reset"))


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened_by(*calls: Call) -> bool:
    breaker = Breaker("x", TOLERANCE, clock=Clock())
    for call in calls:
        breaker.note(call)
    return breaker.state is BreakerState.OPEN


def test_it_opens_when_half_of_the_latest_calls_failed() -> None:
    assert not opened_by(DOWN, DOWN, DOWN)
    assert opened_by(DOWN, LATE, DOWN, LATE)
    assert opened_by(GOOD, GOOD, DOWN, DOWN)
    assert not opened_by(*[GOOD] * 8, DOWN, DOWN, DOWN)
    assert opened_by(*[GOOD] * 8, *[DOWN] * 5)


def test_a_wrong_answer_is_an_answer() -> None:
    assert not opened_by(*[Call(0.1, failure=SourceMalformed("html"))] * 20)


def test_a_source_that_says_when_to_come_back_is_left_alone_until_then() -> None:
    clock = Clock()
    breaker = Breaker("x", TOLERANCE, clock=clock)
    breaker.note(Call(0.1, failure=SourceUnavailable("busy", retry_after=30.0)))
    with pytest.raises(SourceUnavailable) as refused:
        breaker.admit()
    assert (refused.value.reason, refused.value.retry_after) == ("breaker", 30.0)
    clock.now += 30
    assert breaker.admit()


def test_one_call_tries_and_what_it_tells_decides() -> None:
    clock = Clock()
    breaker = Breaker("x", TOLERANCE, clock=clock)
    for _ in range(4):
        breaker.note(DOWN)
    clock.now += TOLERANCE.cooldown
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.admit()
    with pytest.raises(SourceUnavailable):
        breaker.admit()
    breaker.note(DOWN)
    breaker.release()
    assert breaker.state is BreakerState.OPEN
    clock.now += TOLERANCE.cooldown
    assert breaker.admit()
    breaker.note(GOOD)
    breaker.release()
    assert breaker.state is BreakerState.CLOSED
    assert not breaker.admit()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["ask", "good", "fail", "cancel", "wait"]), st.floats(0, 15)),
        max_size=80,
    )
)
def test_in_any_order_one_probe_at_a_time_and_no_call_while_open(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    breaker = Breaker("x", TOLERANCE, clock=clock)
    under_way: deque[bool] = deque()
    for step, amount in steps:
        state = breaker.state
        match step:
            case "wait":
                clock.now += amount
            case "ask":
                try:
                    under_way.append(breaker.admit())
                except SourceUnavailable:
                    assert state is BreakerState.OPEN or True in under_way
                else:
                    assert state is not BreakerState.OPEN
                    assert sum(under_way) <= 1
            case _ if under_way:
                probing = under_way.popleft()
                if step != "cancel":
                    breaker.note(GOOD if step == "good" else DOWN)
                if probing:
                    breaker.release()
    while under_way:
        if under_way.popleft():
            breaker.release()
    # Whatever went before: one interval later one call may go, and its answer closes the breaker.
    clock.now += TOLERANCE.cooldown
    assert breaker.state is not BreakerState.OPEN
    probing = breaker.admit()
    breaker.note(GOOD)
    if probing:
        breaker.release()
    assert breaker.state is BreakerState.CLOSED


async def test_a_dead_server_is_asked_no_more_and_found_again() -> None:
    clock = Clock()
    async with serving() as upstream:
        upstream.handler = lambda _: RESET
        async with opened(upstream, DOCUMENT) as connector:
            breaker = Breaker("shelf", TOLERANCE, clock=clock)
            guarded = Breaking(Watched(connector, (breaker.note,), patience=2.0), breaker, limit=2.0)
            reasons = []
            for _ in range(20):
                with pytest.raises(SourceError) as failed:
                    await read(guarded)
                reasons.append(failed.value.reason)
            assert reasons == ["reset"] * 4 + ["breaker"] * 16
            assert len(upstream.asked) == 4
            upstream.handler = shelf
            clock.now += TOLERANCE.cooldown
            assert len(await read(guarded, Query(limit=10))) == 3
            assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize(("patience", "state"), [(0.02, BreakerState.OPEN), (60.0, BreakerState.CLOSED)], ids=["late", "impatient"])
async def test_a_silent_server_is_late_when_its_time_was_used_up_and_not_because_a_caller_gave_up(
    patience: float, state: BreakerState
) -> None:
    async with serving() as upstream:
        silence = asyncio.Event()

        async def silent(_asked: object) -> object:
            await silence.wait()
            return RESET

        upstream.handler = silent
        async with opened(upstream, DOCUMENT) as connector:
            breaker = Breaker("shelf", TOLERANCE)
            guarded = Breaking(Watched(connector, (breaker.note,), patience=patience), breaker, limit=2.0)
            for _ in range(4):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await read(guarded)
            assert breaker.state is state
        silence.set()


async def test_who_comes_first_after_the_pause_does_not_pay_for_a_source_that_still_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.guards.breaker.GRACE", 0.05)
    clock = Clock()
    async with serving() as upstream:
        upstream.handler = lambda _: RESET
        async with opened(upstream, DOCUMENT) as connector:
            breaker = Breaker("shelf", TOLERANCE, clock=clock)
            guarded = Breaking(Watched(connector, (breaker.note,), patience=0.2), breaker, limit=0.5)
            for _ in range(4):
                with pytest.raises(SourceError):
                    await read(guarded)
            gate, arrived = asyncio.Event(), asyncio.Event()

            async def late(asked: Asked) -> object:
                arrived.set()
                await gate.wait()
                return shelf(asked)

            upstream.handler = late
            clock.now += TOLERANCE.cooldown
            for _ in range(3):  # the first tries, the others come while he does
                with pytest.raises(SourceUnavailable, match="breaker"):
                    await read(guarded)
            await arrived.wait()
            assert (len(upstream.asked), breaker.state) == (5, BreakerState.HALF_OPEN)
            # In its own time it opens the breaker again, though nobody waits for it.
            async with asyncio.timeout(5):
                while breaker.state is not BreakerState.OPEN:  # noqa: ASYNC110 - nothing tells when
                    await asyncio.sleep(0.01)
            # And where the source answers after all, late, the next caller finds it well.
            arrived.clear()
            clock.now += TOLERANCE.cooldown
            with pytest.raises(SourceUnavailable, match="breaker"):
                await read(guarded)
            await arrived.wait()
            gate.set()
            async with asyncio.timeout(5):
                while breaker.state is not BreakerState.CLOSED:  # noqa: ASYNC110 - nothing tells when
                    await asyncio.sleep(0.01)
            assert len(await read(guarded, Query(limit=10))) == 3
            assert len(upstream.asked) == 9
            await guarded.aclose()


async def test_a_caller_who_leaves_does_not_end_the_call_that_tries() -> None:
    clock = Clock()
    async with serving() as upstream:
        gate, arrived = asyncio.Event(), asyncio.Event()

        async def gated(asked: Asked) -> object:
            arrived.set()
            await gate.wait()
            return shelf(asked)

        upstream.handler = gated
        async with opened(upstream, DOCUMENT) as connector:
            breaker = Breaker("shelf", TOLERANCE, clock=clock)
            for _ in range(4):
                breaker.note(DOWN)
            clock.now += TOLERANCE.cooldown
            guarded = Breaking(Watched(connector, (breaker.note,), patience=5.0), breaker, limit=5.0)
            first = asyncio.create_task(read(guarded))
            await arrived.wait()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            gate.set()
            async with asyncio.timeout(5):
                while breaker.state is not BreakerState.CLOSED:  # noqa: ASYNC110 - nothing tells when
                    await asyncio.sleep(0.01)
            await guarded.aclose()


async def test_a_walk_that_meets_an_open_breaker_goes_on_from_where_it_stood() -> None:
    clock = Clock()
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            breaker = Breaker("shelf", TOLERANCE, clock=clock)
            guarded = Breaking(Watched(connector, (breaker.note,), patience=2.0), breaker, limit=2.0)
            async with reading(guarded, Query(limit=10)) as batches:
                found = [(await anext(batches)).items]
                for _ in range(8):
                    breaker.note(DOWN)
                clock.now += TOLERANCE.cooldown
                found += [batch.items async for batch in batches]  # the second batch tries, and the third is an everyday one
            assert [item.key for items in found for item in items] == [str(row["id"]) for row in ROWS]
            await guarded.aclose()
