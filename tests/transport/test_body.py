"""What arrives as bytes becomes one request, or a clear refusal."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from transport.body import MAX_JSON_DEPTH, GraphQLRequest, parse_request, read_body
from transport.errors import BodyTooLarge, MediaTypeRefused, MethodRefused, RequestMalformed, RequestRefused

JSON = {"content-type": "application/json"}


async def stream(*parts: bytes) -> AsyncGenerator[bytes, None]:
    for part in parts:
        yield part


def post(body: Any) -> GraphQLRequest:
    return parse_request("POST", body if isinstance(body, bytes) else json.dumps(body).encode(), [])


async def test_a_body_arrives_whole_however_it_is_cut() -> None:
    assert await read_body(stream(b'{"a', b"", b'":1}'), JSON) == b'{"a":1}'


async def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_refused() -> None:
    assert len(await read_body(stream(b"x" * 10), JSON, limit=10)) == 10
    with pytest.raises(BodyTooLarge) as refused:
        await read_body(stream(b"x" * 10, b"x"), JSON, limit=10)
    assert refused.value.status == 413
    assert "10" in refused.value.message_zh


async def test_nothing_more_is_read_once_the_limit_is_passed() -> None:
    read = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1_000

    with pytest.raises(BodyTooLarge):
        await read_body(endless(), JSON)
    assert read == 257


@pytest.mark.parametrize("length", ["256001", "9" * 5_000])
async def test_an_announced_size_over_the_limit_is_refused_unread(length: str) -> None:
    async def untouched() -> AsyncGenerator[bytes, None]:
        raise AssertionError("read")
        yield b""

    with pytest.raises(BodyTooLarge):
        await read_body(untouched(), {**JSON, "content-length": length})


async def test_a_length_that_is_no_number_is_refused() -> None:
    for length in ("-1", "1e9", "٣", ""):
        with pytest.raises(RequestMalformed):
            await read_body(stream(b"{}"), {**JSON, "content-length": length})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/json; charset=gb18030"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "identity, br"},
    ],
)
async def test_compressed_bodies_and_other_types_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(MediaTypeRefused) as refused:
        await read_body(stream(b"{}"), headers)
    assert refused.value.status == 415


@pytest.mark.parametrize("kind", ["Application/JSON", 'application/json;charset="UTF-8"', "application/json ; x=y"])
async def test_the_ways_to_say_json_are_understood(kind: str) -> None:
    assert await read_body(stream(b"{}"), {"content-type": kind, "content-encoding": "Identity"}) == b"{}"


async def test_a_timeout_of_the_caller_is_not_taken_for_a_slow_body() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        raise TimeoutError("elsewhere")
        yield b""

    with pytest.raises(TimeoutError, match="elsewhere"):
        await read_body(failing(), JSON)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A real server that answers with a body's size, or its refusal; bodies have 0.3 seconds."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        try:
            answer: Response = PlainTextResponse(str(len(await read_body(request.stream(), request.headers, 1_000, 0.3))))
        except RequestRefused as refused:
            answer = PlainTextResponse(refused.message_en, refused.status)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical", ws="none"))
    serving = asyncio.create_task(server.serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving
    listener.close()


async def talk(port: int, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def test_over_http_sizes_that_lie_hang_or_grow_are_answered(port: int) -> None:
    async with asyncio.timeout(10):
        assert b"200" in await talk(port, HEAD + b"Content-Length: 2\r\n\r\n{}")
        assert b"413" in await talk(port, HEAD + b"Content-Length: 1001\r\n\r\n")
        assert b"413" in await talk(
            port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"258\r\n" + b"x" * 600 + b"\r\n", b"258\r\n" + b"x" * 600 + b"\r\n"
        )
        assert b"408" in await talk(port, HEAD + b"Content-Length: 900\r\n\r\n{")


def test_a_post_gives_every_parameter() -> None:
    assert post(
        {"query": "{a}", "variables": {"n": 1}, "operationName": "A", "extensions": {"x": []}, "id": "passed over"}
    ) == GraphQLRequest("{a}", {"n": 1}, "A", {"x": []})


def test_null_and_absent_parameters_are_the_same() -> None:
    bare = GraphQLRequest("{a}")
    assert post({"query": "{a}"}) == bare
    assert post({"query": "{a}", "variables": None, "operationName": None, "extensions": None}) == bare
    assert post({"query": "{a}", "operationName": ""}) == bare


def test_a_query_may_be_absent_where_extensions_can_name_it() -> None:
    assert post({"extensions": {"persistedQuery": {"version": 1}}}).query is None
    with pytest.raises(RequestMalformed, match="no query"):
        post({})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"query{a}", "not JSON"),
        (b'[{"query":"{a}"}]', "one operation at a time"),
        (b"[]", "one operation at a time"),
        (b'"{a}"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"query":["{a}"]}', "query must be a string"),
        (b'{"query":"{a}","variables":"{}"}', "variables must be an object"),
        (b'{"query":"{a}","variables":[]}', "variables must be an object"),
        (b'{"query":"{a}","operationName":1}', "operationName must be a string"),
        (b'{"query":"{a}","extensions":false}', "extensions must be an object"),
        (b'{"query":"{a}","query":"{b}"}', '"query" stands there twice'),
        (b'{"query":"{a}","variables":{"x":{"y":1,"y":1}}}', '"y" stands there twice'),
        (b'{"query":"{a}","variables":{"x":1,"\\u0078":1}}', '"x" stands there twice'),
        (b'{"query":"{a}","variables":{"x":NaN}}', "not JSON"),
        (b'{"query":"{a}","variables":{"x":-Infinity}}', "not JSON"),
        (b'{"query":"\xff"}', "not JSON in UTF-8"),
        ("\ufeff{}".encode(), "not JSON"),
        ('{"query":"{a}"}'.encode("utf-16"), "not JSON in UTF-8"),
        (b'{"query":"\\ud800"}', "not JSON"),
        (b'{"query":"{a}"} x', "not JSON"),
        (b'{"query":"{a}","variables":' + b'{"a":' * 65 + b"1" + b"}" * 66, "nested more than 64"),
        (b"[" * 100_000, "not JSON"),
        (b"[" * 900 + b"]" * 900, "nested more than 64"),
    ],
)
def test_what_is_no_request_is_refused_with_what_to_do(body: bytes, says: str) -> None:
    with pytest.raises(RequestMalformed) as refused:
        post(body)
    assert refused.value.status == 400
    assert refused.value.code == "BAD_USER_INPUT"
    assert not refused.value.well_formed
    assert says in refused.value.message_en
    assert refused.value.message_zh


def test_nesting_up_to_the_limit_is_accepted() -> None:
    depth = MAX_JSON_DEPTH - 2
    body = b'{"query":"{a}","variables":{"x":' + b"[" * depth + b"]" * depth + b"}}"
    assert post(body).variables
    assert post({"query": "{a}", "variables": {"x": [{}] * 200}}).variables


def test_numbers_of_any_length_are_read_quickly() -> None:
    assert post(b'{"query":"{a}","variables":{"x":' + b"9" * 200_000 + b"e-199999}}").variables["x"] > 0


def test_a_get_reads_its_variables_as_json() -> None:
    request = parse_request(
        "GET",
        b"",
        [("query", "{a}"), ("variables", '{"n":1}'), ("operationName", "A"), ("extensions", '{"x":1}'), ("v", "2"), ("v", "3")],
    )
    assert request == GraphQLRequest("{a}", {"n": 1}, "A", {"x": 1})
    assert parse_request("GET", b"", [("query", "{a}"), ("variables", ""), ("operationName", "")]) == GraphQLRequest("{a}")


@pytest.mark.parametrize(
    "params",
    [
        [],
        [("query", "{a}"), ("query", "{b}")],
        [("query", "{a}"), ("variables", "{")],
        [("query", "{a}"), ("variables", "[]")],
        [("query", "{a}"), ("variables", "1")],
        [("query", "{a}"), ("variables", '{"a":"\ud800"}')],
        [("query", "{a}"), ("extensions", '{"a":1,"a":2}')],
    ],
)
def test_a_get_that_is_no_request_is_refused(params: list[tuple[str, str]]) -> None:
    with pytest.raises(RequestMalformed):
        parse_request("GET", b"", params)


def test_other_methods_are_refused() -> None:
    for method in ("PUT", "HEAD", "post"):
        with pytest.raises(MethodRefused) as refused:
            parse_request(method, b"{}", [])
        assert refused.value.status == 405
        assert refused.value.extensions == {"allow": "GET, POST"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f'{{"query":{text}'.encode()))
def test_no_bytes_bring_anything_but_a_request_or_a_refusal(body: bytes) -> None:
    try:
        request = post(body)
    except RequestRefused as refused:
        refused.message_en.encode()
        refused.message_zh.encode()
    else:
        assert request.query is None or request.query.encode()


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
            st.lists,
            max_leaves=5,
        ),
    )
)
def test_variables_arrive_as_they_were_sent(variables: dict[str, Any]) -> None:
    received = post({"query": "{a}", "variables": variables}).variables
    assert json.dumps(received) == json.dumps(json.loads(json.dumps(variables))) or any(
        abs(number) > 2**63 for number in _numbers(variables)
    )


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if isinstance(value, (int, float)) else []
