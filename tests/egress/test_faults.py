"""Upstreams that misbehave: each ends in one clear error, in time, with its connection closed."""

import asyncio
import gzip
import json
import resource
import time
import tracemalloc
import zlib

import pytest

from egress import (
    LIVE,
    Bounds,
    Client,
    ConnectFailed,
    ConnectionLost,
    DeadlinePassed,
    EgressError,
    Malformed,
    NotData,
    Reply,
    Request,
    TooLarge,
    TooSlow,
)
from egress.errors import _NEXT

SECRET = b"SECRET-BODY"
QUICK = Bounds(deadline=0.3)


async def fetched(upstream, bounds: Bounds = LIVE, method: str = "GET") -> Reply:
    async with Client(allow=upstream.allow, bounds=bounds) as client:
        return await client.fetch(Request(method=method, url=upstream.url))


async def refused(upstream, expected: type[EgressError], reason: str, bounds: Bounds = LIVE) -> None:
    with pytest.raises(expected) as caught:
        await fetched(upstream, bounds)
    assert caught.value.reason == reason
    assert str(caught.value) == _NEXT[reason]
    assert "SECRET" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


async def endless(exchange, head: bytes, chunk: bytes, pause: float = 0.0) -> None:
    await exchange.send(head)
    while True:
        await exchange.send(chunk)
        await asyncio.sleep(pause)


async def test_a_hanging_upstream_ends_at_the_deadline_and_its_connection_is_closed(serve) -> None:
    released = asyncio.Event()

    async def hang(exchange) -> None:
        released.set()
        await asyncio.Event().wait()

    upstream = await serve(hang)
    began = time.monotonic()
    await refused(upstream, DeadlinePassed, "timeout", QUICK)
    assert time.monotonic() - began < 1
    assert released.is_set()


async def test_a_body_that_hangs_ends_at_the_deadline(serve) -> None:
    async def hang(exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + SECRET[:3])
        await asyncio.Event().wait()

    await refused(await serve(hang), DeadlinePassed, "timeout", QUICK)


async def test_headers_that_drip_end_at_the_deadline(serve) -> None:
    upstream = await serve(lambda exchange: endless(exchange, b"HTTP/1.1 200 OK\r\n", b"X", 0.01))
    await refused(upstream, DeadlinePassed, "timeout", QUICK)


async def test_a_dripping_body_ends_after_the_grace(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    upstream = await serve(lambda exchange: endless(exchange, head, b"x", 0.01))
    began = time.monotonic()
    await refused(upstream, TooSlow, "drip", Bounds(deadline=10, grace=0.3, min_rate=1000))
    assert time.monotonic() - began < 2


async def test_a_slow_body_above_the_least_rate_arrives(serve) -> None:
    async def steady(exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(10):
            await exchange.send(b"x" * 100)
            await asyncio.sleep(0.05)

    reply = await fetched(await serve(steady), Bounds(deadline=10, grace=0.2, min_rate=500))
    assert reply.body == b"x" * 1000


async def test_a_cancelled_fetch_closes_its_connection_at_once(serve) -> None:
    begun, closed = asyncio.Event(), asyncio.Event()

    async def drip(exchange) -> None:
        begun.set()
        try:
            await endless(exchange, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", 0.01)
        finally:
            closed.set()

    upstream = await serve(drip)
    async with Client(allow=upstream.allow) as client:
        task = asyncio.create_task(client.fetch(Request(method="GET", url=upstream.url)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 1)


async def test_a_reset_before_the_headers_is_a_lost_connection_and_is_not_repeated(serve) -> None:
    async def reset(exchange) -> None:
        exchange.reset()

    upstream = await serve(reset)
    await refused(upstream, ConnectionLost, "reset")
    assert len(upstream.exchanges) == 1


async def test_a_close_before_the_headers_is_a_lost_connection(serve) -> None:
    async def close(exchange) -> None:
        exchange.writer.close()

    await refused(await serve(close), ConnectionLost, "reset")


async def cut(exchange, head: bytes, how: str) -> None:
    await exchange.send(head + SECRET)
    await asyncio.sleep(0.05)  # the bytes are on their way before the end is
    if how == "reset":
        exchange.reset()
    else:
        exchange.writer.close()


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n",
    ],
)
async def test_a_body_shorter_than_announced_is_a_lost_connection(serve, head: bytes, how: str) -> None:
    upstream = await serve(lambda exchange: cut(exchange, head, how))
    with pytest.raises(ConnectionLost) as caught:
        await fetched(upstream)
    assert caught.value.reason in {"reset", "truncated"}


async def test_a_reset_in_a_body_of_unknown_length_is_a_lost_connection(serve) -> None:
    upstream = await serve(lambda exchange: cut(exchange, b"HTTP/1.1 200 OK\r\n\r\n", "reset"))
    with pytest.raises(ConnectionLost):
        await fetched(upstream)


async def test_a_body_of_unknown_length_ends_with_its_connection(serve) -> None:
    upstream = await serve(lambda exchange: cut(exchange, b"HTTP/1.1 200 OK\r\n\r\n", "close"))
    assert (await fetched(upstream)).body == SECRET


async def test_a_body_longer_than_announced_is_cut_and_does_not_reach_the_next_reply(serve) -> None:
    async def long(exchange) -> None:
        await exchange.send(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"a":1}')

    upstream = await serve(long)
    async with Client(allow=upstream.allow) as client:
        for _ in range(3):
            try:
                reply = await client.fetch(Request(method="GET", url=upstream.url))
            except EgressError as error:
                assert error.reason in {"http", "reset", "truncated"}  # noqa: PT017 (either is right)
            else:
                with pytest.raises(Malformed) as caught:
                    reply.json()
                assert caught.value.reason == "truncated"


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01 not http\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n"])
async def test_something_that_is_not_http_is_malformed(serve, garbage: bytes) -> None:
    async def answer(exchange) -> None:
        await exchange.send(garbage)
        exchange.writer.close()

    with pytest.raises((Malformed, ConnectionLost)):
        await fetched(await serve(answer))


async def test_endless_headers_are_malformed(serve) -> None:
    upstream = await serve(lambda exchange: endless(exchange, b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 4000 + b"\r\n"))
    await refused(upstream, Malformed, "http")


async def test_broken_chunks_are_a_lost_connection(serve) -> None:
    async def answer(exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")

    with pytest.raises((ConnectionLost, Malformed)):
        await fetched(await serve(answer))


async def test_an_endless_body_is_too_large(serve) -> None:
    upstream = await serve(lambda exchange: endless(exchange, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536))
    await refused(upstream, TooLarge, "too_large", Bounds(max_bytes=1_000_000))


async def test_a_gigabyte_announced_is_refused_unread(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
    upstream = await serve(lambda exchange: endless(exchange, head, b"x" * 65536))
    await refused(upstream, TooLarge, "too_large")


async def test_a_gigabyte_unannounced_holds_no_more_memory_than_its_limit(serve) -> None:
    upstream = await serve(lambda exchange: endless(exchange, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await refused(upstream, TooLarge, "too_large")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kB
    assert grown < 60_000


def bomb(megabytes: int) -> bytes:
    engine = zlib.compressobj(9, wbits=31)
    return b"".join(engine.compress(bytes(1_000_000)) for _ in range(megabytes)) + engine.flush()


async def test_a_gzip_bomb_is_refused_before_it_grows(serve) -> None:
    packed = bomb(200)
    upstream = await serve(lambda exchange: exchange.reply(packed, "Content-Encoding: gzip"))
    tracemalloc.start()
    try:
        await refused(upstream, TooLarge, "gzip_bomb")
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


async def test_a_body_that_expands_beyond_the_limit_is_too_large(serve) -> None:
    plain = json.dumps([{"n": n, "题名": f"资源 {n * n}"} for n in range(20_000)]).encode()
    upstream = await serve(lambda exchange: exchange.reply(gzip.compress(plain), "Content-Encoding: gzip"))
    await refused(upstream, TooLarge, "too_large", Bounds(max_bytes=len(plain) - 1))
    assert (await fetched(upstream, Bounds(max_bytes=len(plain)))).body == plain


async def test_thousands_of_empty_gzip_members_are_refused_quickly(serve) -> None:
    packed = gzip.compress(b"") * 100_000
    upstream = await serve(lambda exchange: exchange.reply(packed, "Content-Encoding: gzip"))
    began = time.monotonic()
    await refused(upstream, Malformed, "compression")
    assert time.monotonic() - began < 1


PLAIN = json.dumps({"标题": ["资源"] * 50_000}).encode()
RAW = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(PLAIN, 1),
    "x-gzip": gzip.compress(PLAIN[:500], 1) + gzip.compress(PLAIN[500:], 1),
    "GZIP": gzip.compress(PLAIN, 1) + bytes(512),
    "deflate": zlib.compress(PLAIN, 1),
    "Deflate": RAW.compress(PLAIN) + RAW.flush(),
    "identity": PLAIN,
}


@pytest.mark.parametrize("coding", CODED)
async def test_a_compressed_body_is_read_as_it_was(serve, coding: str) -> None:
    upstream = await serve(lambda exchange: exchange.reply(CODED[coding], f"Content-Encoding: {coding}"))
    assert (await fetched(upstream, Bounds(max_ratio=1000))).body == PLAIN
    assert upstream.exchanges[0].header("accept-encoding") == "gzip, deflate"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "aes128gcm"])
async def test_a_coding_that_was_not_asked_for_is_malformed(serve, coding: str) -> None:
    upstream = await serve(lambda exchange: exchange.reply(SECRET, f"Content-Encoding: {coding}"))
    await refused(upstream, Malformed, "content_coding")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compressed_body_that_ends_early_is_a_lost_connection(serve, coding: str) -> None:
    upstream = await serve(lambda exchange: exchange.reply(CODED[coding][:-9], f"Content-Encoding: {coding}"))
    await refused(upstream, ConnectionLost, "truncated", Bounds(max_ratio=1000))


@pytest.mark.parametrize("body", [SECRET, gzip.compress(PLAIN, mtime=0)[:40] + b"\xff" * 400, gzip.compress(b"x", mtime=0) + SECRET])
async def test_what_is_not_gzip_is_malformed(serve, body: bytes) -> None:
    upstream = await serve(lambda exchange: exchange.reply(body, "Content-Encoding: gzip"))
    await refused(upstream, Malformed, "compression")


async def test_nothing_listening_is_a_failed_connection(serve) -> None:
    upstream = await serve(cut)
    free = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    upstream.port = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    await refused(upstream, ConnectFailed, "refused_connection")


async def test_tls_to_a_plain_server_is_a_failed_connection(serve) -> None:
    async def answer(exchange) -> None:
        await exchange.reply(SECRET)

    upstream = await serve(answer)
    async with Client(allow=upstream.allow, bounds=QUICK) as client:
        with pytest.raises((ConnectFailed, DeadlinePassed)):
            await client.fetch(Request(method="GET", url=upstream.url.replace("http:", "https:")))


async def test_a_web_page_with_status_200_is_not_data(serve) -> None:
    page = "<!DOCTYPE html><html><body>请登录 SECRET</body></html>".encode()
    upstream = await serve(lambda exchange: exchange.reply(page, "Content-Type: text/html; charset=utf-8"))
    reply = await fetched(upstream)
    for read in (reply.json, reply.xml):
        with pytest.raises(NotData) as caught:
            read()
        assert caught.value.reason == "html"
        assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("status", ["404 Not Found", "429 Too Many Requests", "500 Oops", "304 Not Modified"])
async def test_a_status_that_is_no_success_is_a_reply(serve, status: str) -> None:
    body = b"" if status.startswith("304") else SECRET
    upstream = await serve(lambda exchange: exchange.reply(body, "Retry-After: 7", status=status))
    reply = await fetched(upstream)
    assert (reply.status, reply.body, reply.retry_after) == (int(status[:3]), body, 7.0)


async def test_the_body_of_a_failure_is_cut_short(serve) -> None:
    head = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 9\r\n\r\n"
    upstream = await serve(lambda exchange: endless(exchange, head, b"x" * 65536))
    reply = await fetched(upstream)
    assert reply.status == 503
    assert reply.retry_after == 9.0
    assert len(reply.body) <= 65_536


async def test_a_failure_whose_body_is_broken_keeps_its_status(serve) -> None:
    upstream = await serve(lambda exchange: exchange.reply(SECRET, "Content-Encoding: gzip", status="502 Bad Gateway"))
    assert (await fetched(upstream)).status == 502


async def test_head_has_no_body_however_long_it_is_said_to_be(serve) -> None:
    async def answer(exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nContent-Encoding: gzip\r\n\r\n")

    reply = await fetched(await serve(answer), method="HEAD")
    assert (reply.status, reply.body) == (200, b"")


async def test_others_go_on_while_one_upstream_hangs(serve) -> None:
    async def hang(exchange) -> None:
        if exchange.target == "/hang":
            await asyncio.Event().wait()
        await exchange.reply(b"{}")

    upstream = await serve(hang)
    async with Client(allow=upstream.allow, bounds=Bounds(deadline=0.5)) as client:
        stuck = [asyncio.create_task(client.fetch(Request(method="GET", url=upstream.url + "hang"))) for _ in range(20)]
        reply = await client.fetch(Request(method="GET", url=upstream.url))
        assert reply.json() == {}
        results = await asyncio.gather(*stuck, return_exceptions=True)
    assert all(isinstance(result, DeadlinePassed) for result in results)
