"""Lists of a repository: whole, resumed from anywhere, told what is gone, and never in a circle."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import CursorLost, SourceMalformed
from connectors.protocol import Batch, Collection, Key, Query
from connectors.testing import conforms
from tests.connectors.loopback import keys, opened, read, serving
from tests.connectors.oaipmh.repository import DC, Entry, Repository, definition, entries

MANNERS: dict[str, tuple[dict[str, Any], str]] = {
    "exact": ({}, ""),
    "no token at the end": ({"last_token": None, "tells_size": False}, ""),
    "a last token that begins anew": ({"last_token": "0!!!"}, ""),
    "the prefix beside the token": ({"wants_prefix": True}, ""),
    "the prefix beside the token, declared": ({"wants_prefix": True}, "token_repeats_prefix = true"),
    "month by month": ({"earliest": "2026-01-10T00:00:00Z"}, 'slice = "30d"'),
    "month by month, by day": ({"granularity": "YYYY-MM-DD", "earliest": "2025-12-24"}, 'slice = "30d"'),
}


def gone(batches: list[Batch]) -> list[Key]:
    return [key for batch in batches for key in batch.gone]


async def walk_whole_and_resume(manner: str, count: int, limit: int, other: int, page: int) -> None:
    options, connection = MANNERS[manner]
    repository = Repository(entries(count, deleted=3), page=page, **options)
    async with serving() as upstream, opened(upstream, definition(connection)) as connector:
        upstream.handler = repository
        whole = await read(connector, Query(limit=limit))
        assert keys(whole) == [each.key for each in repository.entries if each.metadata is not None]
        assert gone(whole) == [each.key for each in repository.entries if each.metadata is None]
        assert all(len(batch.items) <= limit for batch in whole)
        assert [batch.cursor is None for batch in whole] == [False] * (len(whole) - 1) + [True]
        for number, batch in enumerate(whole[:-1], 1):
            assert batch.cursor is not None
            assert len(batch.cursor) < 200
            rest = await read(connector, Query(limit=other, cursor=batch.cursor))
            assert keys(rest) == keys(whole[number:])
            assert gone(rest) == gone(whole[number:])


@pytest.mark.parametrize("manner", MANNERS)
@settings(max_examples=6)
@given(count=st.integers(0, 25), limit=st.integers(1, 8), other=st.integers(1, 8), page=st.integers(1, 9))
def test_resuming_from_any_cursor_equals_an_uninterrupted_read(manner: str, count: int, limit: int, other: int, page: int) -> None:
    asyncio.run(walk_whole_and_resume(manner, count, limit, other, page))


@pytest.mark.parametrize("manner", MANNERS)
async def test_every_manner_conforms(manner: str) -> None:
    options, connection = MANNERS[manner]
    repository = Repository(entries(23, deleted=5), hidden=frozenset(), **options)
    alive = [each for each in repository.entries if each.metadata is not None]
    async with serving() as upstream:
        upstream.handler = repository
        async with opened(upstream, definition(connection)) as connector:

            async def again() -> Any:
                return connector

            report = await conforms(again, Collection.RESOURCES, expected=[each.key for each in alive])
    assert {"resumes", "fetches_by_ids", "reads_since", "loses_foreign_cursors"} <= set(report.checks)
    assert len(report.gone) == 4


async def test_sets_conform() -> None:
    sets = [(f"lib{number}", f"专业教学资源库 {number}（示例）") for number in range(9)]
    async with serving() as upstream:
        upstream.handler = Repository(sets=sets)
        async with opened(upstream, definition()) as connector:

            async def again() -> Any:
                return connector

            report = await conforms(again, Collection.LIBRARIES, expected=[spec for spec, _ in sets])
            upstream.handler = Repository()
            assert keys(await read(connector, Query(collection=Collection.LIBRARIES))) == []
    assert not {"fetches_by_ids", "reads_since"} & set(report.checks)


async def test_a_page_longer_than_the_limit_is_given_in_slices_of_one_call() -> None:
    repository = Repository(entries(9), page=9)
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = repository
        batches = await read(connector, Query(limit=4))
        assert [len(batch.items) for batch in batches] == [4, 4, 1]
        assert {batch.total for batch in batches} == {9}
        assert repository.verbs == ["ListRecords"]


async def test_a_token_is_sent_alone_and_the_prefix_only_after_it_was_asked_for_once() -> None:
    repository = Repository(entries(16))
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = repository
        await read(connector)
        assert [sorted(asked.params) for asked in upstream.asked] == [["metadataPrefix", "verb"]] + [["resumptionToken", "verb"]] * 3
        upstream.asked.clear()
        repository.wants_prefix = True
        await read(connector)
        with_prefix = ["metadataPrefix", "resumptionToken", "verb"]
        told = [sorted(asked.params) for asked in upstream.asked]
        assert told == [["metadataPrefix", "verb"], ["resumptionToken", "verb"], with_prefix, with_prefix, with_prefix]


async def test_the_query_of_the_base_address_and_the_set_are_sent() -> None:
    repository = Repository(entries(9), page=9)
    async with serving() as upstream, opened(upstream, definition('set = "lib1"', url="{url}/?mode=oaipmh&x=%E4%B8%AD")) as connector:
        upstream.handler = repository
        assert len(keys(await read(connector))) == 3
        assert upstream.asked[0].params == {
            "mode": ["oaipmh"],
            "x": ["中"],
            "verb": ["ListRecords"],
            "metadataPrefix": ["oai_dc"],
            "set": ["lib1"],
        }


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
async def test_a_token_that_comes_again_is_a_loop(tokens: list[str]) -> None:
    repository = Repository()
    async with serving() as upstream, opened(upstream, definition()) as connector:

        def turn(_asked: Any) -> Any:
            number = len(upstream.asked)
            return repository.answer(
                f"<ListRecords>{Entry(str(number)).record}<resumptionToken>{tokens[number - 1]}</resumptionToken></ListRecords>"
            )

        upstream.handler = turn
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)
        assert len(upstream.asked) == len(tokens)


@pytest.mark.parametrize("size", ["", ' completeListSize="900"'])
async def test_one_page_under_ever_new_tokens_is_a_loop(size: str) -> None:
    repository = Repository()
    rows = "".join(each.record for each in entries(3))
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: repository.answer(
            f"<ListRecords>{rows}<resumptionToken{size}>{len(upstream.asked)}</resumptionToken></ListRecords>"
        )
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)
        assert len(upstream.asked) == 2


async def test_a_list_that_stops_without_a_token_long_before_its_size_is_not_taken_for_the_whole() -> None:
    whole, stops = Repository(entries(20)), Repository(entries(20)[:8], last_token=None)
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda asked: (stops if asked.params.get("resumptionToken") else whole)(asked)
        with pytest.raises(SourceMalformed, match="ended_early"):
            await read(connector)
        upstream.handler = whole
        cursor = (await read(connector, batches=1))[0].cursor
        upstream.handler = stops
        with pytest.raises(SourceMalformed, match="ended_early"):
            await read(connector, Query(cursor=cursor))
        upstream.handler = whole
        assert len(keys(await read(connector, Query(cursor=cursor)))) == 16


async def test_empty_pages_are_followed_but_not_for_ever() -> None:
    repository = Repository()
    async with serving() as upstream, opened(upstream, definition()) as connector:

        def turn(_asked: Any) -> Any:
            number = len(upstream.asked)
            rows = Entry("one").record if number == 40 else ""
            token = f"<resumptionToken>{number}</resumptionToken>" if number != 50 else "<resumptionToken/>"
            return repository.answer(f"<ListRecords>{rows}{token}</ListRecords>")

        upstream.handler = turn
        assert keys(await read(connector)) == ["one"]
        with pytest.raises(SourceMalformed, match="loop"):
            await read(connector)


async def test_what_was_said_last_of_a_record_on_a_page_holds() -> None:
    twice = [Entry("a"), Entry("b"), Entry("a", metadata=None), Entry("b", metadata=DC.format(title="新")), Entry("b")]
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository(twice, page=9)
        batches = await read(connector)
        assert (keys(batches), gone(batches)) == (["b"], ["a"])


@pytest.mark.parametrize("code", ["badResumptionToken", "badArgument"])
async def test_a_token_that_the_repository_refuses_is_lost(code: str) -> None:
    repository = Repository(entries(9))
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda asked: repository.error(code) if "resumptionToken" in asked.params else repository(asked)
        with pytest.raises(CursorLost):
            await read(connector)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
async def test_a_token_refused_by_status_is_lost_and_one_refused_by_code_beside_a_status_too(status: int) -> None:
    repository = Repository(entries(9))
    async with serving() as upstream, opened(upstream, definition()) as connector:
        for refusal in (repository.answer("nothing", status), repository.answer('<error code="badResumptionToken"/>', status)):
            upstream.handler = lambda asked: refusal if "resumptionToken" in asked.params else repository(asked)  # noqa: B023
            with pytest.raises(CursorLost):
                await read(connector)


async def test_a_token_longer_than_an_address_is_refused() -> None:
    repository = Repository()
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: repository.answer(
            f"<ListRecords>{Entry('a').record}<resumptionToken>{'x' * 9000}</resumptionToken></ListRecords>"
        )
        with pytest.raises(SourceMalformed, match="too_large"):
            await read(connector)


async def test_positions_of_records_and_of_sets_are_not_exchanged() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository(entries(9), sets=[("a", "甲")])
        cursor = (await read(connector, batches=1))[0].cursor
        with pytest.raises(CursorLost):
            await read(connector, Query(collection=Collection.LIBRARIES, cursor=cursor))
