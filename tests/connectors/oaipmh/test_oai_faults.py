"""What a repository does wrong becomes one named error, and tells nothing of what it sent."""

import asyncio
import gzip
from typing import Any

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Collection, Query
from egress import Bounds
from tests.connectors.loopback import HALF, HANG, RESET, Answer, Asked, items, keys, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository, definition, entries

SECRET = "java.lang.NullPointerException at 10.0.0.8"
BOUNDS = Bounds(deadline=0.5, max_bytes=100_000, max_depth=20)
EMPTY = Repository()


def told(body: str, status: int = 200) -> Answer:
    return EMPTY.answer(body, status)


FAULTS: dict[str, tuple[Any, type[SourceError], str]] = {
    "401": (Answer(SECRET.encode(), 401), SourceRefused, "refused"),
    "429": (Answer(SECRET.encode(), 429, (("Retry-After", "30"),)), SourceUnavailable, "busy"),
    "500": (Answer(SECRET.encode(), 500), SourceUnavailable, "server_error"),
    "503 that asks to wait": (Answer(SECRET.encode(), 503, (("Retry-After", "30"),)), SourceUnavailable, "server_error"),
    "400": (Answer(SECRET.encode(), 400), SourceMalformed, "rejected"),
    "404": (Answer(SECRET.encode(), 404), SourceMalformed, "not_found"),
    "reset": (RESET, SourceUnavailable, "reset"),
    "hang": (HANG, SourceTimeout, "timeout"),
    "half a body": (HALF, SourceUnavailable, "truncated"),
    "HTML": (Answer(f"<!DOCTYPE html><p>{SECRET}".encode()), SourceMalformed, "html"),
    "well-formed HTML": (Answer(f"<html><body>{SECRET}</body></html>".encode()), SourceMalformed, "html"),
    "HTML that calls itself so": (Answer(SECRET.encode(), headers=(("Content-Type", "text/html"),)), SourceMalformed, "html"),
    "nothing": (Answer(b""), SourceMalformed, "empty"),
    "text": (Answer(b"broken xml"), SourceMalformed, "malformed"),
    "XML cut short": (Answer(b"<OAI-PMH><ListRecords>"), SourceMalformed, "truncated"),
    "JSON": (Answer({"rows": []}), SourceMalformed, "malformed"),
    "another document": (Answer(b"<rss/>"), SourceMalformed, "shape"),
    "another verb": (told("<ListSets/>"), SourceMalformed, "shape"),
    "entities": (Answer(b'<!DOCTYPE x [<!ENTITY a "b">]><OAI-PMH>&a;</OAI-PMH>'), SourceMalformed, "entities"),
    "too deep": (Answer(b"<a>" * 300 + b"</a>" * 300), SourceMalformed, "too_deep"),
    "too large": (told("示" * 200_000), SourceMalformed, "too_large"),
    "gzip bomb": (Answer(gzip.compress(b" " * 50_000_000), headers=(("Content-Encoding", "gzip"),)), SourceMalformed, "too_large"),
    "GBK": (Answer('<OAI-PMH><error code="数控"/></OAI-PMH>'.encode("gbk")), SourceMalformed, "encoding"),
    "an unknown code": (told(f'<error code="undefinedError">{SECRET}</error>'), SourceMalformed, "error_inside"),
    "an error without a code": (told(f"<error>{SECRET}</error>"), SourceMalformed, "error_inside"),
    "badVerb": (told('<error code="badVerb"/>'), SourceMalformed, "rejected"),
    "badArgument": (told('<error code="badArgument"/>'), SourceMalformed, "rejected"),
    "badResumptionToken without a token": (told('<error code="badResumptionToken"/>'), SourceMalformed, "rejected"),
    "cannotDisseminateFormat": (told('<error code="cannotDisseminateFormat"/>'), SourceMalformed, "schema"),
    "a code beside a status": (told('<error code="cannotDisseminateFormat"/>', 422), SourceMalformed, "schema"),
    "an error beside records": (told('<error code="x"/><ListRecords/><GetRecord/>'), SourceMalformed, "error_inside"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_has_its_name(fault: str) -> None:
    answer, kind, reason = FAULTS[fault]
    async with serving() as upstream, opened(upstream, definition(), bounds=BOUNDS) as connector:
        upstream.handler = lambda _asked: answer
        for query in (Query(), Query(ids=("1", "2"))):
            with pytest.raises(SourceError) as failed:
                await read(connector, query)
            assert (type(failed.value), failed.value.reason) == (kind, reason)
            assert SECRET not in str(failed.value)
            assert "127.0.0.1" not in str(failed.value)
            assert failed.value.retry_after == (30.0 if "30" in dict(getattr(answer, "headers", ())).values() else None)
        upstream.handler = Repository([Entry("1")])
        assert keys(await read(connector)) == ["1"]


async def test_nothing_there_is_an_empty_list() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        for body in ('<error code="noRecordsMatch"/>', "<ListRecords/>"):
            upstream.handler = lambda _asked: told(body)  # noqa: B023
            batches = await read(connector)
            assert [(batch.items, batch.cursor) for batch in batches] == [([], None)]


async def test_what_may_not_be_shown_is_absent_and_never_gone() -> None:
    known = entries(4)
    deleted = Entry("deleted", metadata=None)
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository([*known, deleted], hidden=frozenset({known[2].key}))
        batches = await read(connector, Query(ids=(known[2].key, known[0].key, "deleted", "nothing", "\ud800", ("a", "b"))))
        assert keys(batches) == [known[0].key]
        assert [key for batch in batches for key in batch.gone] == []
        assert all(asked.params["verb"] == ["GetRecord"] for asked in upstream.asked)


async def test_records_are_asked_for_some_at_a_time() -> None:
    known = entries(30)
    repository, together = Repository(known), asyncio.Barrier(3)
    document = definition().replace("catalogue_year", "limits = { concurrency = 3 }\ncatalogue_year")

    async def three_by_three(asked: Asked) -> Answer:
        await together.wait()
        return repository(asked)

    async with serving() as upstream, opened(upstream, document) as connector:
        upstream.handler = three_by_three
        assert keys(await read(connector, Query(ids=tuple(each.key for each in known)))) == [each.key for each in known]
        assert upstream.most_under_way == 3


async def test_another_record_than_the_one_asked_for_is_left_out() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: told(f"<GetRecord>{Entry('other').record}</GetRecord>")
        assert keys(await read(connector, Query(ids=("one",)))) == []


async def test_one_record_that_cannot_be_read_spoils_itself_alone() -> None:
    spoilt = [
        "<record><header><identifier>bare</identifier></header></record>",
        "<record><header><identifier>hollow</identifier></header><metadata/></record>",
        "<record><header><!--Missing identifier--></header></record>",
        '<record><header status="deleted"><identifier> </identifier></header></record>',
        "<record/>",
    ]
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: told(f"<ListRecords>{''.join(spoilt)}{Entry('good').record}</ListRecords>")
        (batch,) = await read(connector)
        assert [item.key for item in batch.items] == ["good"]
        assert sorted((str(each.key), each.reason) for each in batch.spoiled) == [
            ("None", "no_identifier"),
            ("None", "no_identifier"),
            ("None", "no_identifier"),
            ("bare", "no_metadata"),
            ("hollow", "no_metadata"),
        ]
        upstream.handler = lambda asked: told(
            f"<GetRecord>{spoilt[0] if asked.params['identifier'] == ['bare'] else Entry('good').record}</GetRecord>"
        )
        (batch,) = await read(connector, Query(ids=("bare", "good")))
        assert ([item.key for item in batch.items], batch.spoiled[0].key) == (["good"], "bare")


async def test_illegal_control_characters_are_left_out() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository([Entry("a", metadata="<t>数\x0b控&#8;&#x1F;车\x00床</t>")])
        (item,) = items(await read(connector))
        assert item.native["metadata"] == {"{http://www.openarchives.org/OAI/2.0/}t": ["数控车床"]}


async def test_a_declared_encoding_is_read() -> None:
    body = f"<OAI-PMH><ListRecords>{Entry('数控喆').record}</ListRecords></OAI-PMH>".encode("gb18030")
    async with serving() as upstream, opened(upstream, definition('encoding = "GB2312"')) as connector:
        upstream.handler = lambda _asked: Answer(body)
        assert keys(await read(connector)) == ["数控喆"]


async def test_what_is_not_offered_is_named() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        for query in (Query(collection=Collection.LIVE), Query(collection=Collection.LIBRARIES, ids=("a",))):
            with pytest.raises(SourceMalformed, match="not_offered"):
                await read(connector, query)
        assert upstream.asked == []


@pytest.mark.parametrize(
    ("connection", "url", "place"),
    [
        ("", "http://example.com/oai?verb=Identify", "connection.url"),
        ('metadata_prefix = "oai dc"', "http://example.com/oai", "connection.metadata_prefix"),
        ('encoding = "klingon"', "http://example.com/oai", "connection.encoding"),
        ('slice = "1h"', "http://example.com/oai", "connection.slice"),
        ('namespaces = { "a.b" = "http://example.com/" }', "http://example.com/oai", "connection.namespaces"),
        ('granularity = "year"', "http://example.com/oai", "connection.granularity"),
        ("tokens = 1", "http://example.com/oai", "connection.tokens"),
    ],
)
def test_a_connection_that_cannot_work_is_named(connection: str, url: str, place: str) -> None:
    with pytest.raises(DefinitionInvalid) as invalid:
        parse_definition(definition(connection, url))
    assert [problem.place for problem in invalid.value.problems] == [place]


def test_only_the_identifier_of_the_header_names_records() -> None:
    with pytest.raises(DefinitionInvalid, match=r"header\.identifier"):
        parse_definition(definition(url="http://example.com/oai").replace("max_batch", 'identifier = "metadata.id"\nmax_batch'))
