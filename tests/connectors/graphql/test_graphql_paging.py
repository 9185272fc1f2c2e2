"""Connections, lists and single answers: the list comes whole, resumes from anywhere, and never goes round in a circle."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import CursorLost, SourceMalformed
from connectors.protocol import Collection, Query, Spoiled
from connectors.testing import conforms
from tests.connectors.graphql.library import Library, definition, rows_of
from tests.connectors.loopback import Answer, keys, opened, read, serving

RELAY = 'field = "resources"\ntypes = { after = "Cursor" }\narguments = { scopes = ["OPEN"] }\n'
STYLES = {
    "relay by edges": RELAY + 'total = "totalCount"',
    "relay by nodes": RELAY + 'paging = { style = "relay", items = "nodes" }',
    "rows of an object": 'field = "list"\ntotal = "total"\npaging = { style = "list", items = "rows" }',
    "a plain list": 'field = "plain"\npaging = { style = "list" }',
    "everything": 'field = "all"\npaging = { style = "none" }',
}


async def walk_whole_and_resume(style: str, count: int, limit: int, other: int) -> None:
    rows = rows_of(count)
    async with serving() as upstream, opened(upstream, definition(STYLES[style])) as connector:
        upstream.handler = Library(rows)
        whole = await read(connector, Query(limit=limit))
        assert keys(whole) == [row["id"] for row in rows]
        assert all(len(batch.items) <= limit for batch in whole)
        assert [batch.cursor is None for batch in whole] == [False] * (len(whole) - 1) + [True]
        assert len(upstream.asked) <= len(whole)
        if "total = " in STYLES[style]:
            assert len(upstream.asked) == max(1, -(-count // min(limit, 10)))
        for number, batch in enumerate(whole[:-1], 1):
            for size in (limit, other):
                rest = await read(connector, Query(limit=size, cursor=batch.cursor))
                assert keys(rest) == keys(whole[number:])
                assert all(len(each.items) <= size for each in rest)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=6)
@given(count=st.integers(0, 25), limit=st.integers(1, 12), other=st.integers(1, 12))
def test_resuming_from_any_cursor_equals_an_uninterrupted_read(style: str, count: int, limit: int, other: int) -> None:
    asyncio.run(walk_whole_and_resume(style, count, limit, other))


@pytest.mark.parametrize("style", STYLES)
async def test_every_style_conforms(style: str) -> None:
    rows = rows_of(23)
    ids = '\nids = { field = "nodes", on = "Resource" }'
    async with serving() as upstream, opened(upstream, definition(STYLES[style] + ids)) as connector:
        upstream.handler = Library(rows)

        async def again() -> Any:
            return connector

        report = await conforms(again, Collection.RESOURCES, expected=[row["id"] for row in rows])
    assert "fetches_by_ids" in report.checks


@pytest.mark.parametrize("style", ["relay by edges", "relay by nodes", "rows of an object", "everything"])
async def test_a_list_that_fits_one_page_costs_one_call(style: str) -> None:
    async with serving() as upstream, opened(upstream, definition(STYLES[style])) as connector:
        upstream.handler = Library(rows_of(3))
        (batch,) = await read(connector)
        assert len(batch.items) == 3
        assert batch.total == (None if style == "relay by nodes" else 3)
        assert len(upstream.asked) == 1


async def test_no_page_is_asked_for_ahead() -> None:
    async with serving() as upstream, opened(upstream, definition(STYLES["relay by edges"])) as connector:
        upstream.handler = Library(rows_of(25))
        await read(connector, Query(limit=5), batches=2)
        assert len(upstream.asked) == 2


def connection(nodes: list[Any], more: Any, cursor: Any) -> Any:
    edges = [{"node": node} for node in nodes]
    return {"data": {"resources": {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": cursor}}}}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([connection([{"id": "1"}], True, "a"), connection([{"id": "2"}], True, "a")], "loop"),
        ([connection([{"id": "1"}], True, "a"), connection([{"id": "1"}], True, "b")], "loop"),
        ([connection([{"id": "1"}], True, None)], "shape"),
        ([connection([{"id": "1"}], True, "")], "shape"),
        ([connection([{"id": "1"}], None, "a")], "shape"),
        ([{"data": {"resources": {"edges": [], "pageInfo": None}}}], "shape"),
        ([{"data": {"resources": {"edges": None}}}], "shape"),
        ([{"data": {"resources": []}}], "shape"),
    ],
)
async def test_pages_that_lead_nowhere_are_malformed(answers: list[Any], reason: str) -> None:
    async with serving() as upstream, opened(upstream, definition(RELAY)) as connector:
        upstream.handler = lambda _asked: answers[len(upstream.asked) - 1]
        with pytest.raises(SourceMalformed, match=reason):
            await read(connector)
        assert len(upstream.asked) == len(answers)


async def test_null_nodes_are_left_out_and_told() -> None:
    async with serving() as upstream, opened(upstream, definition(RELAY)) as connector:
        upstream.handler = lambda _asked: connection([{"id": "1"}, None, 7, {"id": None}], False, "a")
        (batch,) = await read(connector)
        assert keys([batch]) == ["1"]
        assert batch.spoiled == [Spoiled(None, "null"), Spoiled(None, "not_an_object"), Spoiled(None, "no_identifier")]
        upstream.handler = lambda _asked: {"data": {"resources": {"edges": [None, 1], "pageInfo": {"hasNextPage": False}}}}
        (batch,) = await read(connector)
        assert batch.spoiled == [Spoiled(None, "null")] * 2


async def test_an_empty_page_ends_the_list_whatever_it_promises() -> None:
    async with serving() as upstream, opened(upstream, definition(RELAY)) as connector:
        upstream.handler = lambda _asked: connection([], True, "a")
        (batch,) = await read(connector)
        assert batch.cursor is None


async def test_a_cursor_that_the_source_refuses_is_lost() -> None:
    refusal = {"data": None, "errors": [{"message": "Invalid cursor", "path": ["resources"]}]}
    for status in (200, 400):
        async with serving() as upstream, opened(upstream, definition(RELAY)) as connector:
            upstream.handler = lambda asked, status=status: (
                Answer(refusal, status) if "after" in asked.json["variables"] else connection([{"id": "1"}], True, "a")
            )
            with pytest.raises(CursorLost):
                await read(connector)
