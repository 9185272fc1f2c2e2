"""Hostile addresses: none of them makes a connection."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from egress import AddressRefused, Allow, Bounds, Client, ConnectFailed, Request, TooManyRedirects
from egress.barrier import Forbidden, VettedResolver, vetted_socket

ATTACKS = [
    "//127.0.0.1:{port}/",
    "//127.1:{port}/",
    "//127.0.1:{port}/",
    "//2130706433:{port}/",
    "//0x7f000001:{port}/",
    "//0x7f.0.0.1:{port}/",
    "//0x7F.0x0.0x0.0x1:{port}/",
    "//0177.0.0.1:{port}/",
    "//017700000001:{port}/",
    "//127.0.0.1.:{port}/",
    "//127.0.0.1..:{port}/",
    "//0:{port}/",
    "//0.0.0.0:{port}/",
    "//[::]:{port}/",
    "//[::1]:{port}/",
    "//[::127.0.0.1]:{port}/",
    "//[::ffff:127.0.0.1]:{port}/",
    "//[::ffff:7f00:1]:{port}/",
    "//[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "//[::ffff:0:127.0.0.1]:{port}/",
    "//[64:ff9b::127.0.0.1]:{port}/",
    "//[64:ff9b:1::127.0.0.1]:{port}/",
    "//[2002:7f00:1::]:{port}/",
    "//[2001:0:7f00:1::1]:{port}/",
    "//[fe80::1%25lo]:{port}/",
    "//[::1%25lo]:{port}/",
    "//１２７.0.0.1:{port}/",
    "//①②⑦.0.0.1:{port}/",
    "//127。0。0。1:{port}/",
    "//127.0.0.1%00.example.com:{port}/",
    "//localhost:{port}/",
    "//LOCALHOST:{port}/",
    "//localhost.:{port}/",
    "//localhost..:{port}/",
    "//user:secret@127.0.0.1:{port}/",
    "//user:secret@example.com:{port}/",
    "//@127.0.0.1:{port}/",
    "//example.com@127.0.0.1:{port}/",
    "//example.com\\@127.0.0.1:{port}/",
    "//127.0.0.1:{port}\\@example.com/",
    "//169.254.169.254/latest/meta-data/",
    "//168.63.129.16/",
    "//100.100.100.200/latest/meta-data/",
    "//10.0.0.1:{port}/",
    "//0xa9fea9fe/",
    "//224.0.0.1:{port}/",
    "//255.255.255.255:{port}/",
    "///127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
]


async def idle(exchange: object) -> None:
    raise AssertionError("reached")


@pytest.mark.parametrize("scheme", ["https:", "http:"])
@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_spelling_of_an_internal_address_makes_a_connection(serve, attack: str, scheme: str) -> None:
    upstream = await serve(idle)
    url = scheme + attack.format(port=upstream.port)
    async with Client(bounds=Bounds(deadline=2)) as client:
        # A resolver may not know the rooted spelling of localhost at all.
        expected = (AddressRefused, ConnectFailed) if "localhost." in attack else AddressRefused
        with pytest.raises(expected) as caught:
            await client.fetch(Request(method="GET", url=url))
    assert upstream.connections == 0
    for leak in ("127.0", "secret", str(upstream.port), "::1"):
        assert leak not in str(caught.value)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_client_for_one_private_link_reaches_no_other(serve, attack: str) -> None:
    allowed, other = await serve(idle), await serve(idle)
    async with Client(allow=allowed.allow, bounds=Bounds(deadline=2)) as client:
        with pytest.raises((AddressRefused, ConnectFailed)):
            await client.fetch(Request(method="GET", url="http:" + attack.format(port=other.port)))
    assert other.connections == 0


@pytest.mark.parametrize("url", ["ftp://a.cn/", "file:///etc/passwd", "gopher://a.cn/", "a.cn/x", "", "//a.cn/", "data:,x"])
async def test_only_https_is_fetched(url: str) -> None:
    async with Client() as client:
        with pytest.raises(AddressRefused) as caught:
            await client.fetch(Request(method="GET", url=url))
    assert caught.value.reason in {"scheme", "url"}


async def test_plain_http_to_a_public_host_is_refused() -> None:
    async with Client() as client:
        with pytest.raises(AddressRefused) as caught:
            await client.fetch(Request(method="GET", url="http://8.8.8.8/"))
    assert caught.value.reason == "scheme"


async def test_a_client_for_a_private_link_does_not_reach_public_addresses(serve) -> None:
    allowed = await serve(idle)
    async with Client(allow=allowed.allow) as client:
        with pytest.raises(AddressRefused) as caught:
            await client.fetch(Request(method="GET", url="https://8.8.8.8/"))
    assert caught.value.reason == "forbidden_address"


async def test_the_socket_itself_is_refused_even_where_nothing_before_it_looked() -> None:
    make = vetted_socket(Allow())
    for family, address in [
        (socket.AF_INET, ("127.0.0.1", 443)),
        (socket.AF_INET, ("0.0.0.0", 443)),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 443, 0, 0)),
        (socket.AF_INET6, ("fe80::1", 443, 0, 1)),
    ]:
        with pytest.raises(Forbidden):
            make((family, socket.SOCK_STREAM, 6, "", address))
    make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))).close()


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://[::1]:{port}/",
        "http://localhost:{port}/", "http://0x7f.1:{port}/", "http://１２７.0.0.1:{port}/", "ftp://127.0.0.1:{port}/",
        "http://u:p@127.0.0.1:{own}/", "http://127.0.0.1:99999/", "HTTP://127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}",
    ],
)  # fmt: skip
async def test_a_redirect_to_another_internal_address_is_refused(serve, location: str) -> None:
    inner = await serve(idle)
    outer = await serve(lambda exchange: exchange.redirect(location.format(port=inner.port, own=outer.port)))
    async with Client(allow=outer.allow) as client:
        with pytest.raises((AddressRefused, TooManyRedirects)):
            await client.fetch(Request(method="GET", url=outer.url))
    assert inner.connections == 0


async def test_a_redirect_loop_ends_after_three(serve) -> None:
    upstream = await serve(lambda exchange: exchange.redirect("/again"))
    async with Client(allow=upstream.allow) as client:
        with pytest.raises(TooManyRedirects) as caught:
            await client.fetch(Request(method="GET", url=upstream.url))
    assert caught.value.reason == "redirects"
    assert len(upstream.exchanges) == 4


@asynccontextmanager
async def name_server(answers: dict[int, list[str]]) -> AsyncIterator[tuple[str, int]]:
    """A DNS server that gives these answers to every question; none at all for a type that is missing."""

    class Serving(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
            end = data.index(b"\0", 12) + 5
            question = data[12:end]
            kind = struct.unpack("!H", question[-4:-2])[0]
            if kind not in answers:
                return
            reply = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers[kind]), 0, 0) + question
            for ip in answers[kind]:
                packed = socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)
                reply += struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(packed)) + packed
            self.transport.sendto(reply, peer)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Serving, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")
    finally:
        transport.close()


async def lookup(answers: dict[int, list[str]], allow: Allow) -> list[str]:
    async with name_server(answers) as (host, port):
        inner = aiohttp.AsyncResolver(nameservers=[f"{host}:{port}"], timeout=1, tries=1)
        resolver = VettedResolver(inner, allow)
        try:
            found = await resolver.resolve("library.example.cn", 443, socket.AF_INET)
        finally:
            await resolver.close()
    return [each["host"] for each in found]


async def test_a_name_that_stands_for_internal_addresses_is_refused() -> None:
    with pytest.raises(Forbidden):
        await lookup({1: ["10.0.0.1", "127.0.0.1", "169.254.169.254"]}, Allow())


async def test_only_the_public_answers_of_a_name_are_used() -> None:
    assert await lookup({1: ["10.0.0.1", "223.5.5.5"]}, Allow()) == ["223.5.5.5"]


async def test_a_name_on_a_private_link_leads_only_to_what_is_listed() -> None:
    allow = Allow([("10.0.0.1", 443)])
    assert await lookup({1: ["10.0.0.1", "10.0.0.2", "223.5.5.5"]}, allow) == ["10.0.0.1"]


async def test_what_another_origin_must_not_see_is_taken_out_of_a_redirect() -> None:
    """Headers are dropped whatever they are called, and private parameters that the redirect itself carries on."""
    asked: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    async def here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1]
        head = f"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:{ports[0]}{target}#f\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        writer.close()

    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (elsewhere, here)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    headers = {"X-Gate": "s3cret", "Cookie": "sid=s3cret", "Authorization": "Bearer s3cret", "Accept": "a/b"}
    request = Request(
        method="GET",
        url=f"http://127.0.0.1:{ports[1]}/a%20b?q=%E8%AF%BE&key=old",
        params={"k%y": "s3cret", "key": "s3cret", "page": "2"},
        headers=headers,
        private=("key", "k%y"),
    )
    async with Client(allow=Allow([("127.0.0.1", port) for port in ports])) as client:
        reply = await client.fetch(request)
    for server in servers:
        server.close()
        await server.wait_closed()
    assert reply.status == 200
    assert asked[0].startswith("GET /a%20b?q=%E8%AF%BE&page=2 ")
    assert "accept: a/b" in asked[0].lower()
    assert "s3cret" not in asked[0]
