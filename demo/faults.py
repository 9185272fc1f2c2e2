"""Faces of a server that misbehave: `/~hang/…` hangs, `/~garble/…` damages its JSON or XML, and so on for every way that sources fail."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SLOW_SECONDS = 1.0
HUGE_BYTES = 1_000_000_000
_LINGER_RESET = struct.pack("ii", 1, 0)
_ELEMENT = re.compile(rb"(</?[A-Za-z][\w:.-]*)")
_TOKEN = re.compile(rb"resumptionToken=[^&]*")

Face = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


class Reachable(HttpToolsProtocol):
    """HTTP whose transport stands in `scope["state"]`, so that a face can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Faulty:
    """Serves `app`, and below `/~MODE` the same app as it looks when it fails in that way.

    `closing` ends requests that would never end by themselves. Needs the protocol `Reachable`.
    """

    def __init__(self, app: ASGIApp, closing: asyncio.Event) -> None:
        self._app = app
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head, _, rest = scope["path"].removeprefix("/").partition("/")
        face = FACES.get(head.removeprefix("~")) if head.startswith("~") else None
        if face is None:
            await self._app(scope, receive, send)
            return
        path = f"/{rest}"
        inner = {**scope, "path": path, "raw_path": path.encode()}
        work = asyncio.ensure_future(face(self._app, inner, receive, send))
        stop = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            unfinished = work.cancel()
        if unfinished:
            _transport(scope).abort()
            await _gone(receive)
        else:
            work.result()


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


async def _hang(_app: ASGIApp, _scope: Scope, receive: Receive, _send: Send) -> None:
    await _gone(receive)


async def _slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    await app(scope, receive, send)


async def _fail(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    trace = "java.lang.NullPointerException\n\tat cn.example.zyk.dao.ResourceDao.list(ResourceDao.java:118) jdbc:mysql://10.0.0.8:3306/zyk"
    await Response(trace, 500, media_type="text/plain")(scope, receive, send)


async def _garble(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _answered(app, scope, receive)
    half = len(answer.body) // 2
    await _sent(answer, answer.body[:half] + b'"]}</' + answer.body[half:], scope, receive, send)


async def _shape(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _answered(app, scope, receive)
    if "xml" in answer.headers["content-type"]:
        renamed = _ELEMENT.sub(rb"\1_v2", answer.body)
    else:
        renamed = orjson.dumps(_renamed(orjson.loads(answer.body)))
    await _sent(answer, renamed, scope, receive, send)


async def _html(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    page = "<!DOCTYPE html><html lang=zh><title>统一身份认证（示例）</title><body><form>请先登录</form></body></html>"
    await HTMLResponse(page)(scope, receive, send)


async def _truncated(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _answered(app, scope, receive)
    length = str(len(answer.body)).encode()
    start = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": [(b"content-type", b"application/json"), (b"content-length", length)]})
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    _transport(scope).close()
    await _gone(receive)


async def _gbk(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _answered(app, scope, receive)
    await _sent(answer, answer.body.decode().encode("gb18030"), scope, receive, send)


async def _utf16(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _answered(app, scope, receive)
    await _sent(answer, answer.body.decode().encode("utf-16"), scope, receive, send)


async def _huge(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await StreamingResponse(_gigabyte(), media_type="application/json")(scope, receive, send)


async def _loop(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    body = _first_page(await _read(receive))
    messages = iter(({"type": "http.request", "body": body, "more_body": False},))

    async def replayed() -> Message:
        return next(messages, None) or await receive()

    await app({**scope, "query_string": _TOKEN.sub(b"metadataPrefix=lom", scope["query_string"])}, replayed, send)


async def _busy(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await Response('{"msg":"访问过于频繁"}', 429, {"Retry-After": "30"}, "application/json")(scope, receive, send)


async def _refused(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await Response('{"msg":"token 无效"}', 401, {"WWW-Authenticate": "Bearer"}, "application/json")(scope, receive, send)


async def _reset(_app: ASGIApp, scope: Scope, receive: Receive, _send: Send) -> None:
    transport = _transport(scope)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
    transport.abort()
    await _gone(receive)


FACES: Mapping[str, Face] = {
    "hang": _hang,
    "slow": _slow,
    "fail": _fail,
    "garble": _garble,
    "shape": _shape,
    "html": _html,
    "truncated": _truncated,
    "gbk": _gbk,
    "utf16": _utf16,
    "huge": _huge,
    "loop": _loop,
    "429": _busy,
    "401": _refused,
    "reset": _reset,
}
"""Every way to fail that a server shows by path: never answers; answers after a second; 500 with a stack; damaged JSON or XML; other names
for every key or element; a login page; half a body; GBK or UTF-16 that nobody declared; a gigabyte; the first page for every cursor;
too many requests; not accepted; cut off."""


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> bytes:
    parts = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _answered(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return _Answer(messages[0]["status"], headers, b"".join(message.get("body", b"") for message in messages[1:]))


async def _sent(answer: _Answer, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    await Response(body, answer.status, headers)(scope, receive, send)


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{name}_v2": _renamed(inner) for name, inner in value.items()}
    return [_renamed(inner) for inner in value] if isinstance(value, list) else value


def _first_page(body: bytes) -> bytes:
    """The request as it would ask for the first page: `page` of a REST body, `after` of GraphQL's variables, empty."""
    asked = orjson.loads(body or b"{}")
    if "page" in asked:
        asked["page"] = 1
    if (asked.get("variables") or {}).get("after"):
        asked["variables"]["after"] = ""
    return orjson.dumps(asked)


async def _gigabyte() -> AsyncIterator[bytes]:
    row = orjson.dumps({"id": 1, "kcmc": "示例" * 8_000})
    yield b'{"success":true,"content":{"total":"1","list":['
    for _ in range(HUGE_BYTES // len(row)):
        yield row + b","
    yield b"{}]}}"
