"""Each row of the table of failures, and errors as GraphQL tells them: named, and without a word of what the source sent."""

from typing import Any

import pytest

from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout, SourceUnavailable
from connectors.protocol import Query
from egress import Bounds
from tests.connectors.graphql.library import definition
from tests.connectors.loopback import HALF, HANG, RESET, Answer, keys, opened, read, serving

SECTION = 'field = "resources"\nids = { field = "nodes" }'
SECRET = "relation resources does not exist at 10.0.0.8"
BOUNDS = Bounds(deadline=0.5, max_bytes=100_000, max_depth=20)
GOOD = {"data": {"resources": {"edges": [{"node": {"id": 1}}], "pageInfo": {"hasNextPage": False}}}}


def failed(code: str | None = None, *, data: Any = None, path: list[Any] | None = None, **extensions: str) -> Any:
    error: dict[str, Any] = {"message": SECRET, "extensions": extensions | ({"code": code} if code else {})}
    return {"data": data, "errors": [error | ({"path": path} if path else {})]}


FAULTS: dict[str, tuple[Any, type[SourceError], str]] = {
    "401": (Answer(SECRET.encode(), 401), SourceRefused, "refused"),
    "403": (Answer(failed("X"), 403), SourceRefused, "refused"),
    "404": (Answer(b"", 404), SourceMalformed, "not_found"),
    "429": (Answer(SECRET.encode(), 429), SourceUnavailable, "busy"),
    "502": (Answer(SECRET.encode(), 502), SourceUnavailable, "server_error"),
    "400": (Answer(SECRET.encode(), 400), SourceMalformed, "rejected"),
    "400 in other JSON": (Answer({"message": SECRET}, 400), SourceMalformed, "rejected"),
    "400 with errors": (Answer(failed(), 400), SourceMalformed, "graphql_errors"),
    "400 not signed in": (Answer(failed("UNAUTHENTICATED"), 400), SourceRefused, "refused"),
    "reset": (RESET, SourceUnavailable, "reset"),
    "hang": (HANG, SourceTimeout, "timeout"),
    "half a body": (HALF, SourceUnavailable, "truncated"),
    "HTML": (Answer(f"<html>{SECRET}".encode()), SourceMalformed, "html"),
    "nothing": (Answer(b""), SourceMalformed, "empty"),
    "bad JSON": (Answer(b'{"data": ]'), SourceMalformed, "malformed"),
    "too deep": (Answer(b'{"data": ' + b"[" * 50 + b"]" * 50 + b"}"), SourceMalformed, "too_deep"),
    "too large": (Answer({"data": "x" * 200_000}), SourceMalformed, "too_large"),
    "GBK": (Answer('{"data": "数控"}'.encode("gbk")), SourceMalformed, "encoding"),
    "UTF-16 that is not": (Answer("数控".encode("utf-16")), SourceMalformed, "malformed"),
    "no data": (Answer({}), SourceMalformed, "shape"),
    "a list": (Answer([1]), SourceMalformed, "shape"),
    "null data": (Answer({"data": None}), SourceMalformed, "shape"),
    "null field": (Answer({"data": {"resources": None, "nodes": None}}), SourceMalformed, "shape"),
    "other names": (Answer({"data_v2": {}}), SourceMalformed, "shape"),
    "UNAUTHENTICATED": (Answer(failed("UNAUTHENTICATED")), SourceRefused, "refused"),
    "FORBIDDEN": (Answer(failed("forbidden", path=["resources"])), SourceRefused, "refused"),
    "Spring": (Answer(failed(classification="UNAUTHORIZED")), SourceRefused, "refused"),
    "INTERNAL_SERVER_ERROR": (Answer(failed("INTERNAL_SERVER_ERROR")), SourceUnavailable, "graphql_errors"),
    "RATE_LIMITED": (Answer(failed("RATE_LIMITED")), SourceUnavailable, "graphql_errors"),
    "validation": (Answer(failed("GRAPHQL_VALIDATION_FAILED")), SourceMalformed, "graphql_errors"),
    "execution": (Answer(failed(path=["resources"])), SourceUnavailable, "graphql_errors"),
    "request": (Answer(failed()), SourceMalformed, "graphql_errors"),
    "errors that are none": (Answer({"data": None, "errors": ["x", 1, None]}), SourceMalformed, "shape"),
    "errors without a list": (Answer({"data": None, "errors": SECRET}), SourceMalformed, "shape"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_has_its_name(fault: str) -> None:
    answer, kind, reason = FAULTS[fault]
    async with serving() as upstream, opened(upstream, definition(SECTION), bounds=BOUNDS) as connector:
        upstream.handler = lambda _asked: answer
        for query in (Query(), Query(ids=("1",))):
            with pytest.raises(SourceError) as raised:
                await read(connector, query)
            assert (type(raised.value), raised.value.reason) == (kind, reason)
            assert "10.0.0.8" not in str(raised.value)
        upstream.handler = lambda _asked: GOOD
        assert keys(await read(connector)) == ["1"]


async def test_data_beside_errors_is_used() -> None:
    nodes = [{"node": {"id": "1"}}, {"node": None}]
    data = {"resources": {"edges": nodes, "pageInfo": {"hasNextPage": False}}}
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = lambda _asked: failed("INTERNAL_SERVER_ERROR", data=data, path=["resources", "edges", 1, "node"])
        (batch,) = await read(connector)
        assert (keys([batch]), [each.reason for each in batch.spoiled]) == (["1"], ["null"])


async def test_a_null_that_has_an_error_is_not_taken_for_absent() -> None:
    data = {"nodes": [{"id": "1"}, None, None]}
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = lambda _asked: failed(data=data, path=["nodes", 1])
        (batch,) = await read(connector, Query(ids=("1", "2", "3")))
        assert (keys([batch]), [each.reason for each in batch.spoiled]) == (["1"], ["graphql_errors"])
        upstream.handler = lambda _asked: failed(data={"nodes": [None]}, path=["nodes", 0])
        with pytest.raises(SourceUnavailable):
            await read(connector, Query(ids=("2",)))
        upstream.handler = lambda _asked: failed("NOT_FOUND", data={"nodes": None}, path=["nodes"])
        assert keys(await read(connector, Query(ids=("2",)))) == []


async def test_whole_numbers_stay_exact() -> None:
    async with serving() as upstream, opened(upstream, definition(SECTION)) as connector:
        upstream.handler = lambda _asked: Answer(
            b'{"data": {"resources": {"edges": [{"node": {"id": 36893488147419103233}}], "pageInfo": {"hasNextPage": false}}}}'
        )
        assert keys(await read(connector)) == [str(2**65 + 1)]
