"""The record cache: what is fresh is given, what is missing is asked, what is stale stands in, and nobody sees more than he may."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cache import Cached, Kept, Memory, Namespace, Remote, Shelf, Windows
from connectors.errors import SourceError, SourceRefused
from connectors.guards import Health
from connectors.protocol import Collection, Connector, Query
from connectors.pruning import pruner
from connectors.testing import conforms
from federation.accounts import Account
from federation.guarding import keep
from store.identity import native_key
from tests.connectors.guards.shelf import DOCUMENT, ROWS, definition, shelf
from tests.connectors.loopback import RESET, Answer, Asked, Upstream, keys, opened, read, serving

NOW = "connectors.cache.cached.time"
WINDOWS = Windows(lists=30, records=60, absent=10, stale=600)
SECTION = definition().section(Collection.RESOURCES)
assert SECTION is not None
KEPT = {Collection.RESOURCES: Kept(pruner(SECTION), shared=True)}


class Clock:
    """Seconds that pass when they are told to."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(NOW, clock)
    return clock


@asynccontextmanager
async def keeping(
    windows: Windows = WINDOWS, remote: Remote | None = None, generation: Mapping[str, int] | None = None
) -> AsyncIterator[tuple[Upstream, Connector]]:
    counts = generation if generation is not None else {}
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            namespace = Namespace("src1", 1, lambda: counts.get("src1", 0))
            yield upstream, Cached(connector, Shelf(Memory(1_000_000), remote), namespace, windows, KEPT)


async def test_a_cached_source_conforms() -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            document = definition('[cache]\nlists = "1m"\nrecords = "1m"\nstale = "1h"\nabsent = "10s"')

            async def opener() -> Connector:
                return keep(connector, document, Shelf(Memory(1_000_000)), Namespace("src1", 1, lambda: 0), Account("shelf", Health()), 3.0)

            report = await conforms(opener, expected=[str(row["id"]) for row in ROWS], limit=4)
    assert {"resumes", "fetches_by_ids", "stops_early", "closes"} <= set(report.checks)


async def test_a_definition_that_asks_for_nothing_gets_no_cache() -> None:
    async with serving() as upstream, opened(upstream, DOCUMENT) as connector:
        account = Account("shelf", Health())
        assert keep(connector, definition(), Shelf(Memory(1)), Namespace("src1", 1, lambda: 0), account, 3.0) is connector


async def test_a_page_is_asked_for_once_within_its_window(clock: Clock) -> None:
    async with keeping() as (upstream, cached):
        first = await read(cached, Query(limit=10))
        assert keys(await read(cached, Query(limit=10))) == keys(first)
        assert len(upstream.asked) == 3
        clock.now += 31
        await read(cached, Query(limit=10), 1)
        assert len(upstream.asked) == 4


async def test_only_the_missing_ids_are_fetched(clock: Clock) -> None:
    async with keeping() as (upstream, cached):
        await read(cached, Query(ids=("100", "101")))
        found = await read(cached, Query(ids=("101", "102", "100", "103")))
        assert sorted(keys(found)) == ["100", "101", "102", "103"]
        assert [asked.params["ids"] for asked in upstream.asked] == [["100,101"], ["102,103"]]
        clock.now += 61
        await read(cached, Query(ids=("100",)))
        assert len(upstream.asked) == 3


async def test_an_absent_id_is_remembered_shortly(clock: Clock) -> None:
    async with keeping() as (upstream, cached):
        for _ in range(3):
            assert keys(await read(cached, Query(ids=("7",)))) == []
        assert len(upstream.asked) == 1
        clock.now += 11
        await read(cached, Query(ids=("7",)))
        assert len(upstream.asked) == 2


@pytest.mark.parametrize("query", [Query(limit=10), Query(ids=("100", "105"), limit=10)], ids=["page", "ids"])
async def test_while_the_source_fails_a_copy_stands_in_and_tells_its_age(clock: Clock, query: Query) -> None:
    async with keeping() as (upstream, cached):
        (good, *_) = await read(cached, query, 1)
        upstream.handler = lambda _: RESET
        clock.now += 300
        (copy,) = await read(cached, query, 1)
        assert keys([copy]) == keys([good])
        assert copy.as_of is not None
        assert copy.as_of.timestamp() == Clock.now
        clock.now += 400
        with pytest.raises(SourceError):
            await read(cached, query, 1)
        upstream.handler = shelf
        (fresh,) = await read(cached, query, 1)
        assert fresh.as_of is None


async def test_a_silent_source_is_waited_for_no_longer_than_a_copy_may_wait(clock: Clock) -> None:
    async with keeping(replace(WINDOWS, patience=0.05)) as (upstream, cached):
        await read(cached, Query(limit=10), 1)
        clock.now += 300
        silence = asyncio.Event()

        async def silent(_asked: Asked) -> Any:
            await silence.wait()
            return RESET

        upstream.handler = silent
        async with asyncio.timeout(2):
            (copy,) = await read(cached, Query(limit=10), 1)
        assert copy.as_of is not None
        silence.set()


async def test_a_source_that_no_longer_lets_us_in_is_not_spoken_for(clock: Clock) -> None:
    async with keeping() as (upstream, cached):
        await read(cached, Query(limit=10), 1)
        clock.now += 300
        upstream.handler = lambda _: Answer("", 403)
        with pytest.raises(SourceRefused):
            await read(cached, Query(limit=10), 1)


async def test_a_page_past_its_time_is_given_while_it_is_read_anew(clock: Clock) -> None:
    async with keeping(Windows(lists=30, refresh=60)) as (upstream, cached):
        await read(cached, Query(limit=10), 1)
        clock.now += 40
        arrived = asyncio.Event()

        def changed(asked: Asked) -> Any:
            arrived.set()
            return {"total": 1, "list": [{"id": 7, "title": "新"}]}

        upstream.handler = changed
        assert len((await read(cached, Query(limit=10), 1))[0].items) == 10
        async with asyncio.timeout(5):
            await arrived.wait()
            while len((await read(cached, Query(limit=10), 1))[0].items) != 1:  # noqa: ASYNC110 - until it is kept
                await asyncio.sleep(0.01)
        await cached.aclose()


async def test_no_copy_is_given_to_whom_none_will_do_and_what_came_is_kept(clock: Clock) -> None:
    async with keeping() as (upstream, cached):
        for _ in range(2):
            await read(cached, Query(limit=10, fresh=True), 1)
            await read(cached, Query(ids=("100",), fresh=True))
        assert len(upstream.asked) == 4
        await read(cached, Query(limit=10), 1)
        assert len(upstream.asked) == 4


async def test_what_was_kept_is_forgotten_by_order(clock: Clock) -> None:
    counts = {"src1": 0}
    async with keeping(generation=counts) as (upstream, cached):
        await read(cached, Query(limit=10), 1)
        counts["src1"] += 1
        await read(cached, Query(limit=10), 1)
        assert len(upstream.asked) == 2


async def test_memory_is_bounded_in_bytes_and_forgets_what_was_used_longest_ago() -> None:
    memory = Memory(10_000)
    for number in range(100):
        memory.put(str(number), b"x" * 800)
        memory.get("0")
        assert memory.size <= 10_000
    assert memory.get("0") is not None
    assert memory.get("1") is None
    assert memory.get("99") is not None
    memory.put("huge", b"x" * 5_000)
    assert memory.get("huge") is None


SECRET = {"100": frozenset({"p:33"}), "101": frozenset({"member"}), "102": frozenset({"pub"})}
WHO = [frozenset({"pub"}), frozenset({"pub", "member"}), frozenset({"pub", "p:33"}), frozenset({"pub", "member", "p:33"})]
question = st.tuples(st.sampled_from(WHO), st.none() | st.sets(st.sampled_from(sorted(SECRET)), min_size=1), st.booleans())


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(question, min_size=1, max_size=12), failing=st.sets(st.integers(0, 11)))
def test_whoever_asked_before_nobody_gets_a_record_that_he_may_not_see(
    asked: list[tuple[frozenset[str], set[str] | None, bool]], failing: set[int]
) -> None:
    asyncio.run(_ask_all(asked, failing))


async def _ask_all(asked: list[tuple[frozenset[str], set[str] | None, bool]], failing: set[int]) -> None:
    """A source that shows each caller what he may see, by the visibility that it is asked with."""
    document = DOCUMENT.replace("all_public = true", "").replace(
        "[resources.mapping]",
        '[resources.filters]\nvisibility = { param = "may", joiner = "comma", '
        'values = { pub = "pub", member = "member", "p:33" = "p:33" } }\n[resources.mapping]\nvisibility = "who"',
    )

    def answer(request: Asked) -> Any:
        if failing_now:
            return RESET
        may = set(request.params.get("may", [""])[0].split(","))
        rows = [{"id": key, "title": key, "who": next(iter(who))} for key, who in SECRET.items() if may & who]
        wanted = set(request.params["ids"][0].split(",")) if "ids" in request.params else set(SECRET)
        return {"list": [row for row in rows if row["id"] in wanted], "total": len(rows)}

    async with serving() as upstream:
        upstream.handler = answer
        async with opened(upstream, document) as connector:
            cached = Cached(connector, Shelf(Memory(100_000)), Namespace("src1", 1, lambda: 0), WINDOWS, KEPT)
            for number, (who, ids, fresh) in enumerate(asked):
                failing_now = number in failing
                query = Query(keys=who, ids=tuple(sorted(ids)) if ids is not None else None, fresh=fresh)
                try:
                    batches = await read(cached, query)
                except SourceError:
                    assert failing_now
                    continue
                shown = {native_key(key) for key in keys(batches)}
                may = {key for key, needed in SECRET.items() if who & needed}
                assert shown == (may if ids is None else may & ids)
