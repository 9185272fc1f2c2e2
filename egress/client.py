"""The client: one exchange at a time through every bound."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from typing import Self

import aiohttp
from aiohttp import hdrs
from aiohttp.http import HttpProcessingError
from multidict import CIMultiDict
from yarl import URL

from egress.addresses import Allow, anywhere
from egress.barrier import Forbidden, VettedResolver, vetted_socket
from egress.bounds import LIVE, Bounds
from egress.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionLost,
    DeadlinePassed,
    EgressError,
    Malformed,
    TooLarge,
    TooManyRedirects,
    TooSlow,
)
from egress.exchange import Reply, Request
from egress.inflation import ACCEPTED, STEP, Inflation
from egress.meter import METER
from egress.spans import TRACEPARENT
from egress.urls import redirected, vetted_proxy, vetted_url, with_params, without_params

_EXCERPT = 65_536  # bytes kept of a reply that is not a success
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a stranger may see after a redirect to another origin: everything else might be a credential.
_HARMLESS = frozenset({"accept", "accept-language", "content-type", "if-modified-since", "if-none-match", "user-agent"})


class Client:
    """Fetches from public https addresses or, with `allow`, from the addresses and ports listed there and no others.

    With `proxy` (http://host:port) every exchange goes through that proxy, to https by CONNECT (RFC 9110 §9.3.6): its address alone is
    connected to, and what lies behind it is the proxy's to vet. `tls` verifies servers; None trusts what the system trusts.

    Nothing is kept between exchanges but idle connections: no cookies, no proxies or passwords from the environment. At most `connections`
    are open at once; who comes later waits for one within his own deadline.
    """

    def __init__(
        self,
        *,
        bounds: Bounds = LIVE,
        allow: Allow | None = None,
        user_agent: str = "Huiju",
        tls: ssl.SSLContext | None = None,
        connections: int = 64,
        proxy: str | None = None,
    ) -> None:
        self._bounds = bounds
        self._allow = allow or Allow()
        self._user_agent = user_agent
        self._tls = tls
        self._connections = connections
        self._proxy = vetted_proxy(proxy) if proxy is not None else None

    async def __aenter__(self) -> Self:
        reachable = self._allow if self._proxy is None else anywhere(self._proxy.port or 80)
        connector = aiohttp.TCPConnector(
            resolver=VettedResolver(aiohttp.AsyncResolver(), reachable),
            socket_factory=vetted_socket(reachable),
            ssl=self._tls or True,
            limit=self._connections,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={hdrs.USER_AGENT: self._user_agent, hdrs.ACCEPT_ENCODING: ACCEPTED},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # one deadline holds over all of it
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            middlewares=(_once,),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def fetch(self, request: Request, *, bounds: Bounds | None = None) -> Reply:
        """Exchange `request` for a Reply, following redirects.

        A status that is not a success is a Reply as well, its body cut at 64 kB. Raises EgressError.
        """
        bounds = bounds or self._bounds
        async with _within(bounds.deadline):
            with _translated(), closing(await self._open(request, bounds)) as response:
                body = await _whole(response, bounds)
                if (meter := METER.get()) is not None:
                    meter.replies += 1
                    meter.received += len(body)
                return Reply(response.status, str(response.url), response.headers, body, bounds.max_depth)

    @asynccontextmanager
    async def stream_lines(
        self, request: Request, *, bounds: Bounds | None = None, max_line: int = 2_000_000
    ) -> AsyncGenerator[tuple[Reply, AsyncGenerator[bytes, None]], None]:
        """Exchange `request` for a Reply without body and its lines as they come, for bodies of any length.

        Lines are decompressed bytes without their end; empty ones are left out. The deadline holds until the headers
        are here, the rate for the body, `max_line` (bytes) for each line instead of a limit on the whole.
        A status that is not a success has a Reply with its body, cut at 64 kB, and no lines. Raises EgressError.
        """
        bounds = bounds or self._bounds
        with _translated():
            async with _within(bounds.deadline):
                response = await self._open(request, bounds)
        with closing(response):
            body = b""
            if not 200 <= response.status < 300:
                async with _within(bounds.deadline):
                    body = await _whole(response, bounds)
            reply = Reply(response.status, str(response.url), response.headers, body, bounds.max_depth)
            async with aclosing(_lines(response, bounds, max_line)) as lines:
                yield reply, lines

    async def _open(self, request: Request, bounds: Bounds) -> aiohttp.ClientResponse:
        url = with_params(vetted_url(request.url, self._allow), request.params)
        method, body = request.method.upper(), request.body
        headers = CIMultiDict(request.headers)
        if (traceparent := TRACEPARENT.get()) is not None:
            headers["traceparent"] = traceparent
        for _ in range(bounds.max_redirects + 1):
            response = await self._sent(method, url, headers, body)
            location = response.headers.get(hdrs.LOCATION)
            if response.status not in _REDIRECTS or location is None:
                return response
            response.release()
            target = redirected(url, location, self._allow)
            # RFC 9110 §15.4: 303 turns everything into a GET, 301 and 302 turn a POST into one.
            if (response.status == 303 and method != "HEAD") or (response.status in {301, 302} and method == "POST"):
                method, body = "GET", None
                headers.popall(hdrs.CONTENT_TYPE, None)
            if target.origin() != url.origin():
                if body is not None:
                    raise TooManyRedirects("redirected_body")
                headers = CIMultiDict((name, value) for name, value in headers.items() if name.lower() in _HARMLESS)
                target = URL(without_params(str(target), request.private), encoded=True) if request.private else target
            url = target
        raise TooManyRedirects("redirects")

    async def _sent(self, method: str, url: URL, headers: CIMultiDict[str], body: bytes | None) -> aiohttp.ClientResponse:
        reason = "http"
        try:
            return await self._session.request(method, url, headers=headers, data=body, allow_redirects=False, proxy=self._proxy)
        except aiohttp.ClientHttpProxyError:
            reason = "proxy"
        except aiohttp.ClientResponseError:
            pass
        # Not chained: what aiohttp says of it repeats the whole address, which may hold a credential.
        raise ConnectFailed(reason) if reason == "proxy" else Malformed(reason)


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send a request once: aiohttp would silently repeat it when a connection breaks, and repeating is the caller's."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionLost("reset") from error


@asynccontextmanager
async def _within(seconds: float) -> AsyncGenerator[None, None]:
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if scope.expired():
            raise DeadlinePassed("timeout") from error
        raise


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what aiohttp raises into an EgressError."""
    try:
        yield
    except aiohttp.InvalidURL as error:
        raise AddressRefused("url") from error
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
        raise ConnectFailed("tls") from error
    except aiohttp.ClientConnectorError as error:
        raise _connect_error(error) from error
    except aiohttp.ClientPayloadError as error:
        raise ConnectionLost("truncated") from error
    except (aiohttp.ClientResponseError, HttpProcessingError) as error:
        raise Malformed("http") from error
    except aiohttp.ClientError as error:
        raise ConnectionLost("reset") from error


def _connect_error(error: aiohttp.ClientConnectorError) -> EgressError:
    if isinstance(error.os_error, Forbidden):
        return AddressRefused("forbidden_address")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ConnectFailed("dns")
    return ConnectFailed("refused_connection" if isinstance(error.os_error, ConnectionRefusedError) else "unreachable")


async def _whole(response: aiohttp.ClientResponse, bounds: Bounds) -> bytes:
    success = 200 <= response.status < 300
    limit = bounds.max_bytes if success else _EXCERPT
    if success and response.method != "HEAD" and (response.content_length or 0) > limit:
        raise TooLarge("too_large")
    pieces: list[bytes] = []
    try:
        async with aclosing(_pieces(response, bounds, limit)) as body:
            async for piece in body:
                pieces.append(piece)  # noqa: PERF401 (what came before an error is kept)
    except (EgressError, aiohttp.ClientError):
        if success:
            raise
        # The status says more than the body that failed to follow it.
    return b"".join(pieces)


async def _pieces(response: aiohttp.ClientResponse, bounds: Bounds, limit: int | None) -> AsyncGenerator[bytes, None]:
    inflation = Inflation(response.headers.get(hdrs.CONTENT_ENCODING, ""), max_bytes=limit, max_ratio=bounds.max_ratio)
    ended = _end_of_unframed(response)
    clock = asyncio.get_running_loop().time
    owed = bounds.min_rate * bounds.grace
    waited, received = 0.0, 0
    while True:
        began = clock()
        try:
            async with asyncio.timeout(bounds.grace - waited):
                chunk = await response.content.readany()
        except TimeoutError as error:
            raise TooSlow("drip") from error
        if not chunk:
            break
        waited += clock() - began
        received += len(chunk)
        if received >= owed:
            waited, received = 0.0, 0
        for piece in inflation.feed(chunk):
            yield piece
            if len(piece) >= STEP:
                await asyncio.sleep(0)  # others have their turn between the steps of a long decompression
    inflation.finish()
    if ended and ended.done() and not ended.cancelled() and (unclean := ended.exception()):
        raise ConnectionLost("reset") from unclean


def _end_of_unframed(response: aiohttp.ClientResponse) -> "asyncio.Future[None] | None":
    """How the connection ends that a body without a length ends with (RFC 9112 §6.3): aiohttp overlooks a reset."""
    connection = response.connection
    if hdrs.CONTENT_LENGTH in response.headers or hdrs.TRANSFER_ENCODING in response.headers:
        return None
    if connection is None or connection.protocol is None or (ended := connection.protocol.closed) is None:
        return None
    ended.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # taken note of
    return ended


async def _lines(response: aiohttp.ClientResponse, bounds: Bounds, max_line: int) -> AsyncGenerator[bytes, None]:
    if not 200 <= response.status < 300:
        return
    held: list[bytes] = []
    size = 0
    with _translated():
        async with aclosing(_pieces(response, bounds, None)) as body:
            async for piece in body:
                for number, part in enumerate(piece.split(b"\n")):
                    if number:
                        line = b"".join(held).strip()
                        held, size = [], 0
                        if line:
                            yield line
                    held.append(part)
                    size += len(part)
                    if size > max_line:
                        raise TooLarge("record_too_large")
    if line := b"".join(held).strip():
        yield line
