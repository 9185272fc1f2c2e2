"""Lists that shift while they are read by number, from real servers: what is there all the time is given, and no walk goes in circles."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import CursorLost, SourceMalformed
from connectors.overlapping import MOST_BACK, Overlapping
from connectors.protocol import Collection, Key, Query, reading
from connectors.testing import conforms
from tests.connectors.loopback import DEFINITION, Asked, Upstream, keys, opened, read, serving

SIZE = 4
HEAD = (
    DEFINITION
    + '\n[connection]\nurl = "{{url}}"\n[resources]\nidentifier = "id"\nmax_batch = 4\n{section}\n[resources.mapping]\ntitle = "id"\n'
)


def by_page(asked: Asked) -> tuple[int, int]:
    size = asked.number("size", SIZE)
    return size * (asked.number("page", 1) - 1), size


def by_offset(asked: Asked) -> tuple[int, int]:
    return asked.number("offset", 0), asked.number("size", SIZE)


def by_variables(asked: Asked) -> tuple[int, int]:
    """The document says `offset: $name` and `limit: $name`."""
    named = dict(re.findall(r"(\w+): \$(\w+)", asked.json["query"]))
    variables = asked.json["variables"]
    return variables[named["offset"]], variables[named["limit"]]


REST = 'items = "list"\nlist = {{}}\n{total}paging = {{ style = "{style}", size_param = "size" }}'
GRAPHQL = 'field = "rows"\n{total}paging = {{ style = "list", items = "list" }}'

STYLES: dict[str, tuple[str, str, Callable[[Asked], tuple[int, int]]]] = {
    "page": ("rest", REST.format(style="page", total=""), by_page),
    "page, counted": ("rest", REST.format(style="page", total='total = "total"\n'), by_page),
    "offset": ("rest", REST.format(style="offset", total=""), by_offset),
    "list of GraphQL, counted": ("graphql", GRAPHQL.format(total='total = "total"\n'), by_variables),
}


Change = Callable[[int, list[int]], None]
"""Called behind each answer with the number of requests so far and the rows."""


class Moving:
    """A list of rows behind a server, which `change` changes."""

    def __init__(self, upstream: Upstream, style: str, rows: list[int], change: Change) -> None:
        kind, section, self._place = STYLES[style]
        self.document = HEAD.format(connector=kind, section=section)
        self.rows, self._change, self._graphql, self._counted = rows, change, kind == "graphql", "counted" in style
        self._upstream = upstream
        upstream.handler = self._answer

    def _answer(self, asked: Asked) -> Any:
        start, size = self._place(asked)
        found: dict[str, Any] = {"list": [{"id": str(row)} for row in self.rows[start : start + size]]}
        if self._counted:
            found["total"] = len(self.rows)
        self._change(len(self._upstream.asked), self.rows)
        return {"data": {"rows": found}} if self._graphql else found


async def walked(style: str, rows: list[int], change: Change, cut: int = 1000) -> tuple[list[Key], list[int], int]:
    """The keys that harvests give, the rows at their end, the requests they took; the first one is stopped after `cut` batches."""
    async with serving() as upstream:
        moving = Moving(upstream, style, rows, change)
        async with opened(upstream, moving.document) as inner:
            connector = Overlapping(inner)
            found: list[Key] = []
            failures: list[str] = []
            cursor: str | None = None
            for _ in range(6):
                try:
                    async with reading(connector, Query(cursor=cursor)) as batches:
                        async for batch in batches:
                            found += keys([batch])
                            cursor, cut = batch.cursor, cut - 1
                            if cursor is None:
                                assert set(failures) <= {"ended_early", "loop"}
                                return found, moving.rows, len(upstream.asked)
                            if cut == 0:
                                break
                except CursorLost:
                    found, cursor = [], None  # a harvest begins the list anew
                except SourceMalformed as error:  # of a few rows one is a large part; the next run goes on
                    failures.append(error.reason)
            raise AssertionError("the list is never read to its end")


def texts(rows: list[int]) -> set[str]:
    return {str(row) for row in rows}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("deleted", [1, 3, 4, 9], ids=lambda count: f"{count} deleted")
async def test_rows_deleted_in_front_of_a_walk_take_none_with_them(style: str, deleted: int) -> None:
    def change(asked: int, rows: list[int]) -> None:
        if asked == 3:
            del rows[:deleted]

    found, left, _ = await walked(style, list(range(30)), change)
    assert texts(left) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("inserted", [1, 4, 9], ids=lambda count: f"{count} inserted")
async def test_rows_inserted_in_front_of_a_walk_are_given_in_the_same_walk(style: str, inserted: int) -> None:
    def change(asked: int, rows: list[int]) -> None:
        if asked == 3:
            rows[:0] = range(100, 100 + inserted)

    found, left, _ = await walked(style, list(range(30)), change)
    assert set(found) == texts(left)


@pytest.mark.parametrize("style", STYLES)
async def test_a_row_that_is_changed_and_so_moves_to_the_front_is_not_passed_by(style: str) -> None:
    def change(asked: int, rows: list[int]) -> None:
        if asked == 4:
            rows.remove(25)
            rows.insert(0, 25)

    found, left, _ = await walked(style, list(range(30)), change)
    assert sorted(found) == sorted(texts(left))


@pytest.mark.parametrize("style", STYLES)
async def test_one_deleted_for_each_appended_leaves_the_total_as_it_is_and_loses_nothing(style: str) -> None:
    def change(asked: int, rows: list[int]) -> None:
        if asked < 8:
            rows.append(100 + asked)
            del rows[0]

    found, left, _ = await walked(style, list(range(30)), change)
    assert texts(left) <= set(found)


@pytest.mark.parametrize("style", STYLES)
async def test_a_list_that_stands_still_costs_each_page_twice_and_its_first_one_once_more(style: str) -> None:
    found, left, asked = await walked(style, list(range(20)), lambda _asked, _rows: None)
    assert (len(found), set(found)) == (20, texts(left))
    pages = 5 if "counted" in style else 6  # without a total an empty page is the end
    assert asked == 2 * pages


async def test_a_list_of_one_page_costs_one_request() -> None:
    assert (await walked("page, counted", [1, 2, 3], lambda _asked, _rows: None))[2] == 1


@pytest.mark.parametrize("style", [style for style in STYLES if "counted" in style])  # others take two pages that repeat for the end
@pytest.mark.parametrize("going", [True, False], ids=["going", "coming"])
@settings(max_examples=12)
@given(count=st.integers(0, 30), shifts=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=12), cut=st.integers(1, 12))
def test_whatever_comes_or_goes_in_front_what_is_there_all_the_time_is_given(
    style: str, going: bool, count: int, shifts: list[tuple[int, int]], cut: int
) -> None:
    """Rows are deleted or inserted at the front, and appended, also while the walk is resumed."""
    first = list(range(count))

    def change(asked: int, rows: list[int]) -> None:
        if asked <= len(shifts):
            front, appended = shifts[asked - 1]
            rows[: front if going else 0] = [] if going else range(1000 * asked, 1000 * asked + front)
            rows += range(1000 * asked + 500, 1000 * asked + 500 + appended)

    found, left, asked = asyncio.run(walked(style, list(first), change, cut))
    assert texts(first) & texts(left) <= set(found)
    assert asked < 200


async def test_a_list_that_has_shifted_too_far_is_read_anew() -> None:
    def change(asked: int, rows: list[int]) -> None:
        if asked == 16:
            del rows[: (MOST_BACK + 1) * SIZE]

    async with serving() as upstream:
        moving = Moving(upstream, "page, counted", list(range(60)), change)
        async with opened(upstream, moving.document) as inner:
            with pytest.raises(CursorLost):
                await read(Overlapping(inner))


@pytest.mark.parametrize("style", STYLES)
async def test_the_positions_of_a_list_that_stands_still_conform(style: str) -> None:
    async with serving() as upstream:
        moving = Moving(upstream, style, list(range(14)), lambda _asked, _rows: None)
        async with opened(upstream, moving.document) as inner:

            async def again() -> Any:
                return Overlapping(inner)

            report = await conforms(again, Collection.RESOURCES, expected=texts(moving.rows))
    assert "loses_foreign_cursors" in report.checks
