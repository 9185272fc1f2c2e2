"""The second level: shared by nodes, and no loss when it is down, silent, emptied or full of something else."""

import time

from connectors.cache import Cached, Kept, Memory, Namespace, Remote, Shelf, Windows
from connectors.definition import parse_definition
from connectors.guards import Health
from connectors.link import Link
from connectors.protocol import Collection, Connector, Query
from connectors.pruning import pruner
from federation.accounts import Account
from federation.guarding import keep
from tests.connectors.guards.shelf import DOCUMENT, definition, shelf
from tests.connectors.loopback import Upstream, keys, opened, read, serving
from tests.own_redis import RedisServer

WINDOWS = Windows(lists=60, records=60)
SECTION = definition().section(Collection.RESOURCES)
assert SECTION is not None


def node(connector: Connector, link: Link, *, shared: bool = True) -> Cached:
    """One node: a memory of its own, a Redis that others use too."""
    kept = {Collection.RESOURCES: Kept(pruner(SECTION), shared=shared)} if SECTION is not None else {}
    return Cached(connector, Shelf(Memory(1_000_000), Remote(link)), Namespace("src1", 1, lambda: 0), WINDOWS, kept)


async def asked_by_two(upstream: Upstream, connector: Connector, url: str, *, shared: bool = True) -> int:
    """Calls of the source after one node has asked, and another one after it."""
    link = Link(url)
    for _ in range(2):
        cached = node(connector, link, shared=shared)
        assert len(keys(await read(cached, Query(limit=10)))) == 23
        assert len(keys(await read(cached, Query(ids=("100", "101", "7"))))) == 2
        await link.settled()
    await link.aclose()
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
            link = Link(redis_server.url)
            await read(node(connector, link), Query(limit=10))
            await link.settled()
            redis_server.fall_silent()
            started = time.monotonic()
            for _ in range(50):
                assert len(keys(await read(node(connector, link), Query(limit=10)))) == 23
            assert link.resting
            assert time.monotonic() - started < 3, "every read waited for Redis"
            redis_server.answer_again()
            await link.aclose()


async def test_bytes_of_somebody_else_are_no_entry(redis_server: RedisServer) -> None:
    async with serving() as upstream:
        upstream.handler = shelf
        async with opened(upstream, DOCUMENT) as connector:
            link = Link(redis_server.url)
            await read(node(connector, link), Query(limit=10))
            await link.settled()
            for number, key in enumerate(await link.redis.keys("huiju:*")):
                await link.redis.set(key, [b"", b"zgarbage", b"p\xc1", b"p" + b"\x91" * 100_000][number % 4])
            assert len(keys(await read(node(connector, link), Query(limit=10)))) == 23
            await link.redis.flushall()
            assert len(keys(await read(node(connector, link), Query(limit=10)))) == 23
            await link.aclose()
