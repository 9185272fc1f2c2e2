"""A walk over many sources gives every record once, in order, and says who failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.grant import ANONYMOUS
from connectors.definition import Definition, parse_definition
from connectors.errors import SourceError, SourceUnavailable
from connectors.protocol import Batch, Collection, Item, Query, Supports
from resolvers.connection import Connection
from resolvers.context import Context
from resolvers.errors import BadInput, CursorExpired
from resolvers.outcomes import Status
from resolvers.pagination import LIFETIME, Sealer
from resolvers.reaper import Reaper
from resolvers.search import search
from resolvers.sources import OpenSource, Sources, bind
from store.filters import EVERYTHING, ResourceFilter
from store.ordering import Order
from store.record import Record

START = datetime(2024, 1, 1, tzinfo=UTC)
DEFINITION = """
name = "{name}"
title = "来源（示例）"
tier = "provincial"
province = "44"
connector = "rest"
mode = "live"
[limits]
timeout = {timeout}
[connection]
url = "https://lib.example.edu.cn"
[resources]
identifier = "id"
list = {{ path = "/" }}
[resources.mapping]
title = "title"
updated_at = "at"
visibility = "level"
"""


@dataclass
class Shelf:
    """A connector over a list in memory, with the faults of a real source."""

    rows: Sequence[dict[str, Any]]
    batch: int = 10
    ordered: bool = True
    fails: SourceError | None = None
    hangs: bool = False
    fails_after: int | None = None
    supports: dict[Collection, Supports] = field(init=False)
    calls: int = 0

    def __post_init__(self) -> None:
        orders = frozenset({Order.NEWEST}) if self.ordered else frozenset()
        self.supports = {Collection.RESOURCES: Supports(max_batch=self.batch, orders=orders, filters=frozenset({"visibility"}))}

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        rows = sorted(self.rows, key=lambda row: row["at"], reverse=True) if query.order is Order.NEWEST and self.ordered else self.rows
        start = int(query.cursor or 0)
        while True:
            self.calls += 1
            if self.hangs:
                await asyncio.Event().wait()
            if self.fails is not None and (self.fails_after is None or self.calls > self.fails_after):
                raise self.fails
            end = min(start + query.limit, len(rows))
            yield Batch([Item(row["id"], row) for row in rows[start:end]], str(end) if end < len(rows) else None)
            if end >= len(rows):
                return
            start = end

    async def aclose(self) -> None:
        """Nothing is open."""


class Nothing:
    """A catalog without records."""

    async def records(self, *_: object) -> list[Record]:
        return []

    async def count(self, *_: object) -> int:
        return 0


def definition(name: str, timeout: float = 1.0) -> Definition:
    return parse_definition(DEFINITION.format(name=name, timeout=timeout))


def opened(name: str, shelf: Shelf, timeout: float = 1.0) -> OpenSource:
    said = definition(name, timeout)
    key = (name + "aaaaaaaa")[:8]
    return OpenSource(key, said, bind(key, said, version=1, keys_by_name={}), shelf)


def context(*sources: OpenSource, sealer: Sealer | None = None, budget: float = 3.0) -> Context:
    return Context(
        grant=ANONYMOUS,
        reader=Nothing(),  # type: ignore[arg-type]
        index=Nothing(),  # type: ignore[arg-type]
        sources=Sources(sources),
        sealer=sealer or SEALER,
        reaper=Reaper(),
        deadline=asyncio.get_running_loop().time() + budget,
        now=START,
        public_url="http://127.0.0.1",
        catalog=Nothing(),  # type: ignore[arg-type]
        forget=Nothing(),  # type: ignore[arg-type]
    )


SEALER = Sealer([bytes(32)])


def rows(name: str, minutes: Sequence[int], level: str = "public") -> list[dict[str, Any]]:
    return [
        {"id": f"{name}{place}", "title": f"{name} {minute}", "at": (START + timedelta(minutes=minute)).isoformat(), "level": level}
        for place, minute in enumerate(minutes)
    ]


async def page(
    sources: Sequence[OpenSource], first: int, after: str | None = None, order: Order = Order.NEWEST, **more: Any
) -> Connection[Record]:
    return await search(context(*sources, **more), EVERYTHING, order, first, after, None)


async def walk(sources: Sequence[OpenSource], first: int, order: Order = Order.NEWEST, pages: int = 200) -> list[Record]:
    found: list[Record] = []
    after = None
    for _ in range(pages):
        connection = await page(sources, first, after, order)
        found += connection.nodes
        after = connection.page_info.end_cursor
        if not connection.page_info.has_next_page:
            return found
    raise AssertionError("the walk does not end")


_MINUTES = st.lists(st.integers(0, 40), max_size=30)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(_MINUTES, st.integers(1, 12), st.booleans()), min_size=1, max_size=4),
    st.integers(1, 25),
    st.sampled_from([Order.NEWEST, Order.TITLE]),
)
def test_a_walk_gives_every_record_once_in_order_and_full_pages(
    shelves: list[tuple[list[int], int, bool]], first: int, order: Order
) -> None:
    async def run() -> None:
        sources = [
            opened(f"s{number}", Shelf(rows(f"s{number}x", minutes), batch=max(batch, 8), ordered=ordered))
            for number, (minutes, batch, ordered) in enumerate(shelves)
        ]
        total = sum(len(minutes) for minutes, _, _ in shelves)
        found = await walk(sources, first, order)
        assert len({record.id for record in found}) == len(found) == total
        if order is Order.NEWEST:
            assert [record.updated_at for record in found] == sorted((record.updated_at for record in found), reverse=True)
        one = await page(sources, first, order=order)
        assert len(one.nodes) == min(first, total)

    asyncio.run(run())


@settings(max_examples=40)
@given(st.lists(_MINUTES, min_size=1, max_size=3), st.integers(1, 12), st.data())
def test_every_edge_cursor_resumes_just_behind_its_edge(shelves: list[list[int]], first: int, data: st.DataObject) -> None:
    async def run() -> None:
        sources = [opened(f"s{number}", Shelf(rows(f"s{number}x", minutes))) for number, minutes in enumerate(shelves)]
        whole = await walk(sources, 100)
        connection = await page(sources, first)
        if not connection.edges:
            return
        place = data.draw(st.integers(0, len(connection.edges) - 1))
        behind = await page(sources, 100, connection.edges[place].cursor)
        assert [record.id for record in behind.nodes] == [record.id for record in whole[place + 1 : place + 101]]

    asyncio.run(run())


async def test_a_hanging_source_is_an_outcome_and_the_others_answer() -> None:
    hanging = opened("hang", Shelf(rows("h", range(5)), hangs=True), timeout=0.05)
    good = opened("good", Shelf(rows("g", range(5))))
    connection = await page([hanging, good], 10)
    assert len(connection.nodes) == 5
    outcome = {each.source: each for each in connection.outcomes}
    assert outcome["hangaaaa"].status is Status.TIMEOUT
    assert outcome["hangaaaa"].code == "SOURCE_TIMEOUT"
    assert outcome["goodaaaa"].status is Status.OK
    assert not connection.complete
    assert not connection.page_info.has_next_page


async def test_the_budget_of_the_request_holds_over_the_timeouts_of_the_sources() -> None:
    hanging = opened("hang", Shelf([], hangs=True), timeout=20)
    start = asyncio.get_running_loop().time()
    connection = await page([hanging], 10, budget=0.1)
    assert asyncio.get_running_loop().time() - start < 1.0
    assert connection.outcomes[0].status is Status.TIMEOUT


async def test_a_source_that_recovers_is_taken_up_where_it_stood_and_nothing_comes_twice() -> None:
    flaky, good = Shelf(rows("f", range(0, 40, 2))), Shelf(rows("g", range(1, 40, 2)))
    sources = [opened("flaky", flaky), opened("good", good)]
    first = await page(sources, 10)
    flaky.fails = SourceUnavailable("reset")
    second = await page(sources, 10, first.page_info.end_cursor)
    assert [each.status for each in second.outcomes] == [Status.UNAVAILABLE, Status.OK]
    flaky.fails = None
    found = [*first.nodes, *second.nodes]
    after = second.page_info.end_cursor
    for _ in range(10):
        connection = await page(sources, 10, after)
        found += connection.nodes
        after = connection.page_info.end_cursor
        if not connection.page_info.has_next_page:
            break
    assert len(found) == 40
    assert len({record.id for record in found}) == 40


async def test_the_walk_ends_when_only_failing_sources_are_left() -> None:
    sources = [opened("dead", Shelf([], fails=SourceUnavailable("status_5xx")))]
    connection = await page(sources, 10)
    assert not connection.page_info.has_next_page
    assert connection.outcomes[0].code == "SOURCE_UNAVAILABLE"


async def test_a_source_of_which_only_a_part_was_ordered_keeps_saying_so() -> None:
    sources = [opened("long", Shelf(rows("l", range(60)), batch=8, ordered=False)), opened("good", Shelf(rows("g", range(60)), batch=60))]
    after = None
    for _ in range(10):
        connection = await page(sources, 10, after)
        assert not connection.complete
        assert not connection.total_is_exact
        after = connection.page_info.end_cursor


async def test_single_steps_do_not_cost_a_call_each() -> None:
    shelf = Shelf(rows("s", range(100)), batch=100)
    first = await page([opened("step", shelf)], 1)
    shelf.calls = 0
    rest = await page([opened("step", shelf)], 100, first.page_info.end_cursor)
    assert len(rest.nodes) == 99
    assert shelf.calls <= 6


async def test_what_came_before_a_source_broke_off_is_kept() -> None:
    shelf = Shelf(rows("b", range(30)), batch=5, fails=SourceUnavailable("reset"), fails_after=2)
    connection = await page([opened("break", shelf)], 20)
    assert len(connection.nodes) == 10
    assert connection.outcomes[0].status is Status.PARTIAL
    assert connection.outcomes[0].code == "SOURCE_UNAVAILABLE"


async def test_a_source_that_shows_what_it_must_not_is_checked_item_by_item() -> None:
    shelf = Shelf([*rows("p", [1]), *rows("s", [2], level="school")])
    connection = await page([opened("lying", shelf)], 10)
    assert [record.key for record in connection.nodes] == ["p0"]
    assert connection.outcomes[0].status is Status.PARTIAL


async def test_a_bug_in_a_connector_spoils_nobody_elses_answer(caplog: pytest.LogCaptureFixture) -> None:
    broken = Shelf([{"nonsense": True}])
    connection = await page([opened("broken", broken), opened("good", Shelf(rows("g", [1])))], 10)
    assert [record.key for record in connection.nodes] == ["g0"]
    assert "reading failed" in caplog.text


async def test_a_page_asks_every_source_once() -> None:
    shelves = [Shelf(rows(f"c{number}", range(50)), batch=50) for number in range(3)]
    await page([opened(f"c{number}", shelf) for number, shelf in enumerate(shelves)], 50)
    assert [shelf.calls for shelf in shelves] == [1, 1, 1]


async def test_cursors_are_bound_to_the_question_and_expire() -> None:
    now = [0.0]
    sealer = Sealer([bytes(32)], clock=lambda: now[0])
    source = opened("good", Shelf(rows("g", range(30))))
    cursor = (await page([source], 5, sealer=sealer)).page_info.end_cursor
    assert cursor is not None
    assert len(cursor) <= 2000
    with pytest.raises(BadInput):
        await search(context(source, sealer=sealer), ResourceFilter(kinds=("video",)), Order.NEWEST, 5, cursor, None)
    for forged in ("", "x", "AAAA", cursor[:-1], cursor[:-4] + "AAAA", "é" * 10, "a" * 3000):
        with pytest.raises(BadInput):
            await page([source], 5, forged, sealer=sealer)
    with pytest.raises(BadInput):
        await page([source], 5, cursor, sealer=Sealer([b"1" * 32]))
    assert (await page([source], 5, cursor, sealer=Sealer([b"1" * 32, bytes(32)], clock=lambda: now[0]))).nodes
    now[0] = LIFETIME + 1.0
    with pytest.raises(CursorExpired):
        await page([source], 5, cursor, sealer=sealer)


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_first_is_between_1_and_100(first: int) -> None:
    with pytest.raises(BadInput, match="between 1 and 100"):
        await page([], first)
