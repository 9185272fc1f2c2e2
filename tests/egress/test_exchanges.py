"""What goes out and what comes back when all is well."""

import asyncio
import gzip
import ssl
from pathlib import Path

import pytest

from egress import LIVE, Allow, Bounds, Client, ConnectFailed, Reply, Request, TooLarge, TooManyRedirects, TooSlow
from tests.certificates import write_certificate


async def ok(exchange) -> None:
    await exchange.reply(b"{}", "Content-Type: application/json")


async def test_the_request_goes_out_as_it_was_given(serve) -> None:
    upstream = await serve(ok)
    async with Client(allow=upstream.allow, user_agent="Huiju/9 (+https://example.cn)") as client:
        await client.fetch(
            Request(
                method="POST",
                url=upstream.url + "a%2Fb/oai?verb=x&sig=a+b%2F%7E&gbk=%D6%B0",
                headers={"Authorization": "Bearer t", "Content-Type": "application/json"},
                body="职教".encode(),
                params={"q": "实训 a&b", "set": ["一", "二"]},
            )
        )
    sent = upstream.exchanges[0]
    path, _, query = sent.target.partition("?")
    assert path == "/a%2Fb/oai"
    assert query.startswith("verb=x&sig=a+b%2F%7E&gbk=%D6%B0&q=%E5%AE%9E%E8%AE%AD")
    assert query.endswith("a%26b&set=%E4%B8%80&set=%E4%BA%8C")
    assert sent.header("authorization") == "Bearer t"
    assert sent.header("user-agent") == "Huiju/9 (+https://example.cn)"
    assert sent.header("content-type") == "application/json"
    assert sent.body.decode() == "职教"


async def test_a_name_is_sent_as_host_although_its_address_is_connected_to(serve) -> None:
    upstream = await serve(ok)
    async with Client(allow=upstream.allow) as client:
        await client.fetch(Request(method="GET", url=f"http://localhost:{upstream.port}/"))
    assert upstream.exchanges[0].header("host") == f"localhost:{upstream.port}"


async def test_the_environment_neither_diverts_nor_signs_a_request(serve, monkeypatch, tmp_path: Path) -> None:
    upstream, proxy = await serve(ok), await serve(ok)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    async with Client(allow=upstream.allow) as client:
        await client.fetch(Request(method="GET", url=upstream.url))
    assert proxy.connections == 0
    assert upstream.exchanges[0].header("authorization") is None


async def test_cookies_are_not_kept(serve) -> None:
    upstream = await serve(lambda exchange: exchange.reply(b"{}", "Set-Cookie: session=1; Path=/"))
    async with Client(allow=upstream.allow) as client:
        for _ in range(2):
            await client.fetch(Request(method="GET", url=f"http://localhost:{upstream.port}/"))
    assert [exchange.header("cookie") for exchange in upstream.exchanges] == [None, None]


async def test_a_connection_is_used_again(serve) -> None:
    upstream = await serve(ok)
    async with Client(allow=upstream.allow) as client:
        for _ in range(3):
            await client.fetch(Request(method="GET", url=upstream.url))
    assert upstream.connections == 1


CREDENTIALS = {
    "Authorization": "Bearer secret", "Cookie": "a=secret", "X-Api-Key": "secret", "X-Own": "secret", "Accept": "text/x",
}  # fmt: skip


async def test_credentials_are_dropped_when_a_redirect_changes_the_host(serve) -> None:
    second = await serve(ok)
    first = await serve(lambda exchange: exchange.redirect(second.url + "there?x=1", "307 Temporary Redirect"))
    allow = Allow([("127.0.0.1", first.port), ("127.0.0.1", second.port)])
    async with Client(allow=allow) as client:
        reply = await client.fetch(Request(method="GET", url=first.url, headers=CREDENTIALS, params={"key": "secret"}))
    assert reply.url == second.url + "there?x=1"
    assert "secret" in first.exchanges[0].head
    assert "secret" not in second.exchanges[0].head
    assert second.exchanges[0].header("accept") == "text/x"


async def test_credentials_stay_on_the_same_host(serve) -> None:
    async def answer(exchange) -> None:
        await (ok(exchange) if exchange.target == "/b?y=2" else exchange.redirect("b?y=2"))

    upstream = await serve(answer)
    async with Client(allow=upstream.allow) as client:
        reply = await client.fetch(Request(method="GET", url=upstream.url + "a?x=1", headers=CREDENTIALS))
    assert reply.url == upstream.url + "b?y=2"
    assert upstream.exchanges[1].header("x-api-key") == "secret"


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"), (308, "PUT", "PUT"),
     (302, "PUT", "PUT"), (303, "HEAD", "HEAD")],
)  # fmt: skip
async def test_a_redirect_keeps_or_changes_the_method_as_the_standard_says(serve, status, method, becomes) -> None:
    async def answer(exchange) -> None:
        if exchange.target == "/":
            await exchange.redirect("/b", f"{status} Moved")
        else:
            await exchange.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    upstream = await serve(answer)
    async with Client(allow=upstream.allow) as client:
        await client.fetch(Request(method=method, url=upstream.url, body=b"x=1"))
    second = upstream.exchanges[1]
    assert second.head.startswith(becomes + " ")
    assert second.body == (b"x=1" if becomes in {"POST", "PUT"} or method == "HEAD" else b"")


async def test_a_body_is_not_carried_to_another_host(serve) -> None:
    second = await serve(ok)
    first = await serve(lambda exchange: exchange.redirect(second.url, "307 Temporary Redirect"))
    async with Client(allow=Allow([("127.0.0.1", first.port), ("127.0.0.1", second.port)])) as client:
        with pytest.raises(TooManyRedirects) as caught:
            await client.fetch(Request(method="POST", url=first.url, body=b"client_secret=1"))
    assert caught.value.reason == "redirected_body"
    assert second.connections == 0


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"content-length": "1"}, {"Accept-Encoding": "br"}, {"X-A": "a\r\nX-B: b"}, {"X A": "a"}]
)  # fmt: skip
def test_a_header_that_would_break_the_exchange_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        Request(method="GET", url="https://example.cn/", headers=headers)


def test_a_method_that_would_break_the_exchange_is_an_error() -> None:
    with pytest.raises(ValueError, match="method"):
        Request(method="GET / HTTP/1.1\r\n", url="https://example.cn/")


def test_a_request_does_not_show_its_credentials() -> None:
    assert "secret" not in repr(Request(method="GET", url="https://a.cn/", headers=CREDENTIALS, body=b"secret", params={"k": "secret"}))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    path = tmp_path / "server.pem"
    write_certificate(path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


async def test_tls_is_verified_against_the_name_which_is_sent_as_sni(serve, certificate) -> None:
    server, trusting = certificate
    names: list[str | None] = []
    server.sni_callback = lambda _, name, __: names.append(name)
    upstream = await serve(ok, server)
    async with Client(allow=upstream.allow, tls=trusting) as client:
        reply = await client.fetch(Request(method="GET", url=f"https://localhost:{upstream.port}/"))
        assert reply.json() == {}
        with pytest.raises(ConnectFailed) as caught:  # the certificate is not one for the bare address
            await client.fetch(Request(method="GET", url=upstream.url))
        assert caught.value.reason == "tls"
    assert names[0] == "localhost"
    assert upstream.exchanges[0].header("host") == f"localhost:{upstream.port}"


async def test_a_certificate_nobody_vouches_for_is_refused(serve, certificate) -> None:
    upstream = await serve(ok, certificate[0])
    async with Client(allow=upstream.allow) as client:
        with pytest.raises(ConnectFailed) as caught:
            await client.fetch(Request(method="GET", url=f"https://localhost:{upstream.port}/"))
    assert caught.value.reason == "tls"
    assert not upstream.exchanges


async def streamed(upstream, bounds: Bounds = LIVE, max_line: int = 2_000_000) -> tuple[Reply, list[bytes]]:
    request = Request(method="GET", url=upstream.url)
    async with (
        Client(allow=upstream.allow, bounds=bounds) as client,
        client.stream_lines(request, max_line=max_line) as (reply, lines),
    ):
        return reply, [line async for line in lines]


async def test_lines_arrive_whole_whatever_the_pieces_were(serve) -> None:
    expected = [f'{{"n":{n},"题名":"实训{n}"}}'.encode() for n in range(20_000)]
    body = b"\r\n\r\n".join(expected)

    async def answer(exchange) -> None:
        packed = gzip.compress(body, 1)
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(packed), 7_001):
            piece = packed[start : start + 7_001]
            await exchange.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        await exchange.send(b"0\r\n\r\n")

    reply, lines = await streamed(await serve(answer))
    assert reply.status == 200
    assert lines == expected


async def test_a_stream_may_be_larger_than_a_page_but_not_its_lines(serve) -> None:
    upstream = await serve(lambda exchange: exchange.reply(b"\n".join([b"x" * 900] * 1_000)))
    _, lines = await streamed(upstream, Bounds(max_bytes=10_000), 900)
    assert len(lines) == 1_000
    with pytest.raises(TooLarge) as caught:
        await streamed(upstream, max_line=899)
    assert caught.value.reason == "record_too_large"


async def test_a_slow_reader_is_not_taken_for_a_slow_upstream(serve) -> None:
    body = b"\n".join([b"x" * 1_000] * 2_000)
    upstream = await serve(lambda exchange: exchange.reply(body))
    count = 0
    async with (
        Client(allow=upstream.allow, bounds=Bounds(deadline=0.2, grace=0.1, min_rate=10_000)) as client,
        client.stream_lines(Request(method="GET", url=upstream.url)) as (_, lines),
    ):
        async for _ in lines:
            count += 1
            if count in {1, 500, 1_500}:
                await asyncio.sleep(0.2)
    assert count == 2_000


async def test_a_stream_that_drips_ends(serve) -> None:
    async def drip(exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n{}\n")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(0.01)

    with pytest.raises(TooSlow):
        await streamed(await serve(drip), Bounds(grace=0.2, min_rate=1_000))


async def test_leaving_a_stream_early_closes_its_connection(serve) -> None:
    closed = asyncio.Event()

    async def endless(exchange) -> None:
        try:
            await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                await exchange.send(b"{}\n" * 1_000)
        finally:
            closed.set()

    upstream = await serve(endless)
    async with Client(allow=upstream.allow) as client:
        async with client.stream_lines(Request(method="GET", url=upstream.url)) as (_, lines):
            async for line in lines:
                assert line == b"{}"
                break
        await asyncio.wait_for(closed.wait(), 1)


async def test_a_refused_stream_has_a_reply_and_no_lines(serve) -> None:
    upstream = await serve(lambda exchange: exchange.reply(b"wait\n", "Retry-After: 3", status="429 Too Many"))
    reply, lines = await streamed(upstream)
    assert (reply.status, reply.body, reply.retry_after, lines) == (429, b"wait\n", 3.0, [])
