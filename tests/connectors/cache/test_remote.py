"""The second level: shared by nodes, and no loss when it is down, silent, emptied or full of something else."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.cache import Cached, Kept, Memory, Namespace, Remote, Shelf, Windows
from connectors.definition import parse_definition
from connectors.guards import Health
from connectors.protocol import Collection, Connector, Query
from connectors.pruning import pruner
from federation.accounts import Account
from federation.guarding import keep
from tests.connectors.guards.shelf import DOCUMENT, definition, shelf
from tests.connectors.loopback import Upstream, keys, opened, read, serving

WINDOWS = Windows(lists=60, records=60)
SECTION = definition().section(Collection.RESOURCES)
assert SECTION is not None


class RedisServer:
    """A Redis of this test's own."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("redis-server does not listen")

    def stop_answering(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        assert not os.environ.get("REQUIRE_SERVICES"), "redis-server is not installed"
        pytest.skip("redis-server is not installed")
    server = RedisServer(tmp_path)
    yield server
    server.end()


def node(connector: Connector, remote: Remote, *, shared: bool = True) -> Cached:
    """One node: a memory of its own, a Redis that others use too."""
    kept = {Collection.RESOURCES: Kept(pruner(SECTION), shared=shared)} if SECTION is not None else {}
    return Cached(connector, Shelf(Memory(1_000_000), remote), Namespace("src1", 1, lambda: 0), WINDOWS, kept)


async def written(remote: Remote) -> None:
    while remote._writing:
        await asyncio.wait(tuple(remote._writing))


async def asked_by_two(upstream: Upstream, connector: Connector, url: str, *, shared: bool = True) -> int:
    """Calls of the source after one node has asked, and another one after it."""
    remote = Remote(url)
    for _ in range(2):
        cached = node(connector, remote, shared=shared)
        assert len(keys(await read(cached, Query(limit=10)))) == 23
        assert len(keys(await read(cached, Query(ids=("100", "101", "7"))))) == 2
        await written(remote)
    await remote.aclose()
    return len(upstream.asked)


async def test_what_one_node_was_given_another_need_not_ask(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            assert await asked_by_two(upstream, connector, redis_server.url) == 3 + 1 + 1  # an absent id has no window here


async def test_personal_data_never_leaves_the_process(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            assert await asked_by_two(upstream, connector, redis_server.url, shared=False) == 8
    mapped = 'title = "title"\ncreators = { path = "c", function = "vcard_name" }'
    document = DOCUMENT.replace("{url}", "http://127.0.0.1:1").replace('title = "title"', mapped)
    registered = parse_definition(document + "[cache]\nlists = 9")
    cached = keep(connector, registered, Shelf(Memory(1)), Namespace("s", 1, lambda: 0), Account("shelf", Health()), 3.0)
    assert isinstance(cached, Cached)
    assert not cached._kept[Collection.RESOURCES].shared


async def test_a_redis_that_is_not_there_costs_nothing() -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            assert await asked_by_two(upstream, connector, "redis://127.0.0.1:1/0") == 8


async def test_a_silent_redis_fails_no_read_and_is_left_alone(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            remote = Remote(redis_server.url)
            await read(node(connector, remote), Query(limit=10))
            await written(remote)
            redis_server.stop_answering()
            started = time.monotonic()
            for _ in range(50):
                assert len(keys(await read(node(connector, remote), Query(limit=10)))) == 23
            assert remote.resting
            assert time.monotonic() - started < 3, "every read waited for Redis"
            os.kill(redis_server.process.pid, signal.SIGCONT)
            await remote.aclose()


async def test_bytes_of_somebody_else_are_no_entry(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            remote = Remote(redis_server.url)
            await read(node(connector, remote), Query(limit=10))
            await written(remote)
            for number, key in enumerate(await remote._redis.keys("huiju:*")):
                await remote._redis.set(key, [b"", b"zgarbage", b"p\xc1", b"p" + b"\x91" * 100_000][number % 4])
            assert len(keys(await read(node(connector, remote), Query(limit=10)))) == 23
            await remote._redis.flushall()
            assert len(keys(await read(node(connector, remote), Query(limit=10)))) == 23
            await remote.aclose()
