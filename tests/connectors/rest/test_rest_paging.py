"""Every way of paging: the list comes whole, resumes from anywhere, and never goes round in a circle."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import CursorLost, SourceMalformed
from connectors.protocol import Collection, Query, reading
from connectors.testing import conforms
from tests.connectors.loopback import DEFINITION, Answer, Asked, keys, opened, read, serving

Rows = Sequence[dict[str, Any]]

HEAD = (
    DEFINITION.format(connector="rest")
    + """
[connection]
url = "{url}/api?v=2"
"""
)
TAIL = """
[resources.mapping]
title = "title"
"""


def definition(section: str, max_batch: int = 10) -> str:
    return f'{HEAD}\n[resources]\nidentifier = "id"\nmax_batch = {max_batch}\n{section}\n{TAIL}'


def rows_of(count: int) -> Rows:
    return [{"id": 2**60 + number, "title": f"资源 {number}"} for number in range(count)]


def page(rows: Rows, asked: Asked) -> Any:
    number, size = asked.number("page", 1), asked.number("size", 10)
    return {"total": str(len(rows)), "list": rows[(number - 1) * size : number * size]}


def last_page_repeats(rows: Rows, asked: Asked) -> Any:
    size = asked.number("size", 10)
    number = min(asked.number("page", 1), max(1, -(-len(rows) // size)))
    return {"list": rows[(number - 1) * size : number * size]}


def not_found_after_the_end(rows: Rows, asked: Asked) -> Any:
    found = page(rows, asked)["list"]
    return {"list": found} if found or asked.number("page", 1) == 1 else Answer({"detail": "Invalid page."}, 404)


def small_pages(rows: Rows, asked: Asked) -> Any:
    """Gives three at most, whatever is asked."""
    start = asked.number("from", 0)
    return rows[start : start + min(3, asked.number("size", 10))]


def fixed_pages(rows: Rows, asked: Asked) -> Any:
    number = asked.number("p", 0)
    return {"list": rows[number * 4 : number * 4 + 4]}


def cursor(rows: Rows, asked: Asked) -> Any:
    body = asked.json if asked.body else {}
    given = body.get("page", {})
    start, size = int(given.get("token", "t0")[1:]), int(given.get("size", 10))
    after = start + size
    return {"data": {"rows": rows[start:after]}, "meta": {"next": f"t{after}" if after < len(rows) else ""}}


def more(rows: Rows, asked: Asked) -> Any:
    start, size = asked.number("after", 0), asked.number("size", 10)
    return {"rows": rows[start : start + size], "next": start + size, "more": "true" if start + size < len(rows) else "false"}


def link(rows: Rows, asked: Asked) -> Answer:
    start, size = asked.number("offset", 0), asked.number("size", 10)
    first = f'<{asked.path}?offset=0>; rel="first"'
    following = f'{first}, <?offset={start + size}&size={size}&v=2>; title="a, b"; rel="next last"'
    return Answer(rows[start : start + size], headers=(("Link", following if start + size < len(rows) else first),))


def link_in_body(rows: Rows, asked: Asked) -> Any:
    start, size = asked.number("offset", 0), asked.number("size", 10)
    host = asked.headers["host"]
    after = f"http://{host}/api/rows?offset={start + size}&size={size}" if start + size < len(rows) else None
    return {"results": rows[start : start + size], "next": after}


def everything(rows: Rows, _asked: Asked) -> Any:
    return rows


PAGED = 'items = "list"\npaging = { style = "page", size_param = "size" }\nlist = { path = "rows" }'
STYLES: dict[str, tuple[str, Callable[[Rows, Asked], Any]]] = {
    "page with a total as text": (f'{PAGED}\ntotal = "total"', page),
    "page without total": (PAGED, lambda rows, asked: {"list": page(rows, asked)["list"]}),
    "page whose last one repeats": (PAGED, last_page_repeats),
    "page, 404 after the last": (PAGED, not_found_after_the_end),
    "page of the server's own size": ('items = "list"\npaging = { style = "page", param = "p", first = 0 }\nlist = {}', fixed_pages),
    "offset": ('paging = { style = "offset", param = "from", size_param = "size" }\nlist = { path = "/rows" }', small_pages),
    "cursor in a JSON body": (
        """items = "data.rows"
list = { path = "rows", method = "POST", json = { kind = 1 } }
paging = { style = "cursor", param = "page.token", next = "meta.next", size_param = "page.size" }""",
        cursor,
    ),
    "cursor that is a number, with a flag": (
        """items = "rows"
list = { path = "rows" }
paging = { style = "cursor", param = "after", next = "next", more = "more", size_param = "size" }""",
        more,
    ),
    "link in the header": ('list = { path = "rows" }\npaging = { style = "link", size_param = "size" }', link),
    "link in the body": (
        'items = "results"\nlist = { path = "rows" }\npaging = { style = "link", next = "next", size_param = "size" }',
        link_in_body,
    ),
    "none": ('list = { path = "rows" }', everything),
}


async def walk_whole_and_resume(style: str, count: int, limit: int, other: int) -> None:
    section, handler = STYLES[style]
    rows = rows_of(count)
    expected = [str(row["id"]) for row in rows]
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda asked: handler(rows, asked)
        whole = await read(connector, Query(limit=limit))
        assert keys(whole) == expected
        assert all(len(batch.items) <= limit for batch in whole)
        assert [batch.cursor is None for batch in whole] == [False] * (len(whole) - 1) + [True]
        assert len(upstream.asked) <= len(whole)
        if "total = " in section:
            assert len(upstream.asked) == max(1, -(-count // min(limit, 10)))
        for number, batch in enumerate(whole[:-1], 1):
            for size in (limit, other):
                assert batch.cursor is not None
                assert len(batch.cursor) < 160
                rest = await read(connector, Query(limit=size, cursor=batch.cursor))
                assert keys(rest) == keys(whole[number:])
                assert all(len(each.items) <= size for each in rest)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=8)
@given(count=st.integers(0, 35), limit=st.integers(1, 14), other=st.integers(1, 14))
def test_resuming_from_any_cursor_equals_an_uninterrupted_read(style: str, count: int, limit: int, other: int) -> None:
    asyncio.run(walk_whole_and_resume(style, count, limit, other))


@pytest.mark.parametrize("style", STYLES)
async def test_every_style_conforms(style: str) -> None:
    section, handler = STYLES[style]
    rows = rows_of(23)
    async with serving() as upstream:
        upstream.handler = lambda asked: handler(rows, asked)
        async with opened(upstream, definition(section)) as connector:

            async def again() -> Any:
                return connector

            report = await conforms(again, Collection.RESOURCES, expected=[str(row["id"]) for row in rows])
    assert "loses_foreign_cursors" in report.checks


@pytest.mark.parametrize("style", STYLES)
async def test_a_list_that_fits_one_page_costs_one_call_where_the_source_tells_its_end(style: str) -> None:
    section, handler = STYLES[style]
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda asked: handler(rows_of(3), asked)
        assert len(keys(await read(connector, batches=1))) == 3
        assert len(upstream.asked) == 1


async def test_no_page_is_asked_for_ahead() -> None:
    async with serving() as upstream, opened(upstream, definition(STYLES["offset"][0])) as connector:
        upstream.handler = lambda asked: small_pages(rows_of(30), asked)
        for batches in (1, 2, 4):
            upstream.asked.clear()
            await read(connector, batches=batches)
            assert len(upstream.asked) == batches


async def test_pages_longer_than_the_limit_are_given_in_slices_of_one_call() -> None:
    async with serving() as upstream, opened(upstream, definition("list = {}")) as connector:
        upstream.handler = lambda asked: everything(rows_of(9), asked)
        batches = await read(connector, Query(limit=4))
        assert [len(batch.items) for batch in batches] == [4, 4, 1]
        assert [batch.total for batch in batches] == [9, 9, 9]
        assert len(upstream.asked) == 1


async def test_a_short_page_ends_where_the_definition_says_so() -> None:
    section = PAGED.replace('"size" }', '"size", short_page_ends = true }')
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda asked: {"list": page(rows_of(13), asked)["list"]}
        assert len(keys(await read(connector))) == 13
        assert len(upstream.asked) == 2


async def test_the_query_of_the_base_address_stays() -> None:
    async with serving() as upstream, opened(upstream, definition(STYLES["offset"][0])) as connector:
        await read(connector)
        assert upstream.asked[0].path == "/api/rows"
        assert upstream.asked[0].params["v"] == ["2"]


@pytest.mark.parametrize("total", [0, -1, "many", None, True, 2])
async def test_a_total_that_cannot_be_true_neither_ends_the_list_nor_is_told(total: Any) -> None:
    async with serving() as upstream, opened(upstream, definition(f'{PAGED}\ntotal = "total"')) as connector:
        upstream.handler = lambda asked: page(rows_of(15), asked) | {"total": total}
        batches = await read(connector)
        assert len(keys(batches)) == 15
        assert {batch.total for batch in batches[:-1]} == {None}


async def test_a_first_page_given_for_every_number_is_a_loop_where_more_is_promised() -> None:
    async with serving() as upstream, opened(upstream, definition(f'{PAGED}\ntotal = "total"')) as connector:
        upstream.handler = lambda _asked: {"total": "2000", "list": rows_of(10)}
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)
        assert len(upstream.asked) == 3


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
async def test_a_token_that_comes_again_is_a_loop(tokens: list[str]) -> None:
    section = 'items = "rows"\nlist = { path = "rows" }\npaging = { style = "cursor", param = "t", next = "next" }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda _asked: {"rows": [{"id": len(upstream.asked)}], "next": tokens[len(upstream.asked) - 1]}
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)
        assert len(upstream.asked) == len(tokens)


async def test_one_page_under_ever_new_tokens_is_a_loop() -> None:
    section = 'items = "rows"\nlist = { path = "rows" }\npaging = { style = "cursor", param = "t", next = "next" }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda _asked: {"rows": rows_of(3), "next": str(len(upstream.asked))}
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)
        assert len(upstream.asked) == 2


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest",
        "https://127.0.0.1:{port}/rows",
        "//evil.example/rows",
        "http://u:p@127.0.0.1:{port}/",
        "http://[::",
        "file:///etc",
    ],
)
async def test_a_link_to_another_place_is_not_followed(target: str) -> None:
    async with serving() as upstream, opened(upstream, definition(STYLES["link in the header"][0])) as connector:
        header = ("Link", f"<{target.replace('{port}', str(upstream.port))}>; rel=next")
        upstream.handler = lambda _asked: Answer(rows_of(3), headers=(header,))
        with pytest.raises(SourceMalformed, match="foreign_link"):
            await read(connector)
        assert len(upstream.asked) == 1


async def test_a_position_of_another_style_or_list_is_lost() -> None:
    async with serving() as upstream:
        async with opened(upstream, definition(STYLES["offset"][0])) as connector:
            upstream.handler = lambda asked: small_pages(rows_of(9), asked)
            cursor = (await read(connector, batches=1))[0].cursor
        async with opened(upstream, definition(PAGED)) as connector:
            upstream.handler = lambda asked: page(rows_of(9), asked)
            with pytest.raises(CursorLost):
                await read(connector, Query(cursor=cursor))


async def test_a_token_that_the_source_refuses_is_lost() -> None:
    section = 'items = "rows"\nlist = { path = "rows" }\npaging = { style = "cursor", param = "t", next = "next" }'
    for status in (400, 404, 410, 422):
        async with serving() as upstream, opened(upstream, definition(section)) as connector:
            upstream.handler = lambda asked: {"rows": rows_of(2), "next": "n"} if not asked.params.get("t") else Answer({}, status)  # noqa: B023
            with pytest.raises(CursorLost):
                await read(connector)


COUNTED = f'{PAGED}\ntotal = "total"'
STOPS: dict[str, Callable[[Rows, Asked], Any]] = {
    "404": lambda rows, asked: Answer({}, 404),
    "an empty page": lambda rows, asked: {"total": len(rows), "list": []},
    "an empty page without a total": lambda rows, asked: {"list": []},
}


@pytest.mark.parametrize("stop", STOPS)
async def test_a_list_that_ends_long_before_its_own_total_is_not_taken_for_the_whole(stop: str) -> None:
    rows = rows_of(50)
    async with serving() as upstream, opened(upstream, definition(COUNTED)) as connector:
        upstream.handler = lambda asked: page(rows, asked) if asked.number("page", 1) < 3 else STOPS[stop](rows, asked)
        with pytest.raises(SourceMalformed, match="ended_early"):
            await read(connector)
        cursor = (await read(connector, batches=2))[-1].cursor
        with pytest.raises(SourceMalformed, match=r"ended_early|cursor"):
            await read(connector, Query(cursor=cursor))
        upstream.handler = lambda asked: page(rows, asked)
        assert len(keys(await read(connector, Query(cursor=cursor)))) == 30


@pytest.mark.parametrize("stop", STOPS)
async def test_a_list_that_lost_a_few_meanwhile_ends_where_it_ends(stop: str) -> None:
    rows = rows_of(51)
    async with serving() as upstream, opened(upstream, definition(COUNTED)) as connector:
        upstream.handler = lambda asked: page(rows, asked) if asked.number("page", 1) < 6 else STOPS[stop](rows, asked)
        assert len(keys(await read(connector))) == 50


async def test_a_list_of_tokens_that_ends_long_before_its_total_gives_what_it_has_and_goes_on_later() -> None:
    section = 'items = "rows"\nlist = { path = "rows" }\ntotal = "total"\npaging = { style = "cursor", param = "t", next = "next" }'
    async with serving() as upstream, opened(upstream, definition(section)) as connector:
        upstream.handler = lambda _asked: {"rows": rows_of(50)[:10], "total": 50}
        async with reading(connector, Query()) as batches:
            found = [await anext(batches)]
            with pytest.raises(SourceMalformed, match="ended_early"):
                await anext(batches)
        assert len(keys(found)) == 10
        upstream.handler = lambda asked: {
            "rows": rows_of(50)[10:] if asked.params.get("t") else rows_of(50)[:10],
            "total": 50,
            "next": "n"[: not asked.params.get("t")],
        }
        assert len(keys(await read(connector, Query(cursor=found[-1].cursor)))) == 40


async def test_a_source_that_never_tells_its_total_ends_with_an_empty_page_wherever_it_is_resumed() -> None:
    async with serving() as upstream, opened(upstream, definition(COUNTED)) as connector:
        upstream.handler = lambda asked: {"list": page(rows_of(20), asked)["list"]}
        whole = await read(connector)
        assert len(keys(whole)) == 20
        with pytest.raises(CursorLost):
            await read(connector, Query(cursor=whole[1].cursor))


async def test_items_that_appear_again_are_given_once() -> None:
    rows = [{"id": each} for each in [1, 2, 2, 3, 4, 3, 5, 6, 1, 7]]
    async with serving() as upstream, opened(upstream, definition(PAGED, max_batch=4)) as connector:
        upstream.handler = lambda asked: {"list": page(rows, asked)["list"]}
        assert keys(await read(connector)) == ["1", "2", "3", "4", "5", "6", "7"]


async def test_leaving_early_and_cancelling_leave_nothing_behind() -> None:
    arrived = asyncio.Event()

    async def never(_asked: Asked) -> Any:
        arrived.set()
        return await asyncio.Event().wait()

    async with serving() as upstream, opened(upstream, definition(PAGED)) as connector:
        upstream.handler = lambda asked: {"list": page(rows_of(35), asked)["list"]}
        await read(connector, batches=2)
        before = asyncio.all_tasks()
        upstream.handler = never
        task = asyncio.create_task(read(connector))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [each for each in asyncio.all_tasks() - before if "connected" not in repr(each)]
