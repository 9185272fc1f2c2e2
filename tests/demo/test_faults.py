"""Every face of a failing demo server, seen over HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from demo.faults import FACES
from demo.world import World

LIST = "/gjzyjy/zyk/list"
RESOURCES = 'query ($after: String) { resources(scopes: ["OPEN"], first: 3, after: $after) { pageInfo { endCursor } nodes { id name } } }'


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, ports="free") as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as running:
        yield running


def address(world: World, fault: str, path: str = LIST, source: str = "national-portal") -> str:
    face = f"/~{fault}" if fault else ""
    return f"http://127.0.0.1:{world.ports[source]}{face}{path}"


async def asked(session: aiohttp.ClientSession, url: str, **body: object) -> tuple[int, bytes]:
    async with session.post(url, json=body or {"page": 1, "size": 5}) as reply:
        return reply.status, await reply.read()


@pytest.mark.parametrize("fault", ["hang", "slow"])
async def test_a_hanging_or_slow_face_does_not_answer_at_once(world: World, session: aiohttp.ClientSession, fault: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asked(session, address(world, fault))


async def test_the_slow_face_answers_as_the_good_one_after_a_second(world: World, session: aiohttp.ClientSession) -> None:
    start = time.monotonic()
    slow = await asked(session, address(world, "slow"))
    assert time.monotonic() - start >= 1
    assert slow == await asked(session, address(world, ""))


@pytest.mark.parametrize(("fault", "status"), [("fail", 500), ("429", 429), ("401", 401)])
async def test_faces_that_refuse_say_so_by_status(world: World, session: aiohttp.ClientSession, fault: str, status: int) -> None:
    async with session.post(address(world, fault), json={}) as reply:
        assert reply.status == status
        assert ("Retry-After" in reply.headers) == (status == 429)


async def test_the_garbled_face_is_no_json(world: World, session: aiohttp.ClientSession) -> None:
    for source, path, body in (("national-portal", LIST, {"page": 2}), ("guangdong", "/graphql", {"query": RESOURCES})):
        status, damaged = await asked(session, address(world, "garble", path, source), **body)
        assert status == 200
        with pytest.raises(ValueError, match=r"."):
            json.loads(damaged)


async def test_another_shape_is_json_without_any_known_name(world: World, session: aiohttp.ClientSession) -> None:
    _, body = await asked(session, address(world, "shape"))
    assert set(json.loads(body)) == {"success_v2", "code_v2", "content_v2"}


async def test_the_html_face_says_200(world: World, session: aiohttp.ClientSession) -> None:
    async with session.post(address(world, "html"), json={}) as reply:
        assert reply.status == 200
        assert reply.content_type == "text/html"
        assert (await reply.text()).startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("fault", ["truncated", "reset"])
async def test_faces_that_break_off_break_the_connection(world: World, session: aiohttp.ClientSession, fault: str) -> None:
    with pytest.raises(aiohttp.ClientError):
        await asked(session, address(world, fault))


@pytest.mark.parametrize(("fault", "encoding"), [("gbk", "gb18030"), ("utf16", "utf-16")])
async def test_faces_in_another_encoding_do_not_declare_it(world: World, session: aiohttp.ClientSession, fault: str, encoding: str) -> None:
    _, good = await asked(session, address(world, ""))
    async with session.post(address(world, fault), json={"page": 1, "size": 5}) as reply:
        assert reply.charset is None
        body = await reply.read()
    assert json.loads(body.decode(encoding)) == json.loads(good)
    with pytest.raises(UnicodeDecodeError):
        body.decode()


async def test_the_huge_face_goes_on_and_on_until_the_client_leaves(world: World, session: aiohttp.ClientSession) -> None:
    seen = 0
    async with session.post(address(world, "huge"), json={}) as reply:
        async for chunk in reply.content.iter_any():
            seen += len(chunk)
            if seen > 30_000_000:
                break
    assert seen > 30_000_000
    assert (await asked(session, address(world, "")))[0] == 200


async def test_the_looping_face_gives_the_first_page_for_every_position(world: World, session: aiohttp.ClientSession) -> None:
    first = await asked(session, address(world, ""), page=1, size=5)
    assert first == await asked(session, address(world, "loop"), page=7, size=5)
    assert first != await asked(session, address(world, ""), page=7, size=5)

    graphql = address(world, "loop", "/graphql", "guangdong")
    _, start = await asked(session, graphql, query=RESOURCES)
    after = json.loads(start)["data"]["resources"]["pageInfo"]["endCursor"]
    assert (await asked(session, graphql, query=RESOURCES, variables={"after": after}))[1] == start


async def test_nobody_listens_on_the_port_that_is_down(world: World, session: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await asked(session, f"http://127.0.0.1:{world.ports['down']}{LIST}")


@pytest.mark.parametrize("fault", ["hang", "slow", "huge"])
async def test_the_world_ends_at_once_though_a_request_does_not(tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with World(tmp_path, ports="free") as world:
            pending = asyncio.ensure_future(asked(session, address(world, fault)))
            good = await asked(session, address(world, ""))
            start = time.monotonic()
        assert time.monotonic() - start < 1.5
        assert good[0] == 200
        with pytest.raises(aiohttp.ClientError):
            await pending
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


async def test_failing_leaves_no_error_in_the_log(world: World, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture) -> None:
    for fault in FACES.keys() - {"hang", "huge", "slow"}:
        try:
            await asked(session, address(world, fault))
        except aiohttp.ClientError:
            assert fault in {"reset", "truncated"}
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
