"""A real HTTP server on loopback that answers as it is told and remembers what it was asked."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from connectors.definition import parse_definition
from connectors.protocol import Batch, Connector, Item, Key, Query, reading
from connectors.registry import Surroundings, find_kind
from egress import Allow, Bounds, Client

RESET, HANG, HALF = "reset", "hang", "half"
"""Answers that are none: the connection is cut, nothing ever comes, half of the body comes."""

DEFINITION = """
name = "portal"
title = "示例门户"
tier = "national"
connector = "{connector}"
mode = "live"
catalogue_year = 2021
all_public = true
"""


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)

    def number(self, name: str, default: int) -> int:
        return int(self.params.get(name, [str(default)])[0])


@dataclass(frozen=True)
class Answer:
    """A status, a body (JSON unless it is bytes already), and headers."""

    body: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def written(self) -> bytes:
        raw = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(raw)}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


Handler = Callable[[Asked], Any]


@dataclass
class Upstream:
    """The server: set `handler`, read `asked`."""

    handler: Handler = lambda _asked: Answer([])
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                first, *lines = head.strip().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines)
                method, target, _ = first.split(" ")
                asked = Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))
                self.asked.append(asked)
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                try:
                    answer = self.handler(asked)
                    if isinstance(answer, Awaitable):
                        answer = await answer
                finally:
                    self.under_way -= 1
                if not await self._send(answer, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _send(self, answer: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if answer == RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if answer == HANG:
            await reader.read()
            return False
        if answer == HALF:
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"id": 1')
            return False
        writer.write((answer if isinstance(answer, Answer) else Answer(answer)).written())
        await writer.drain()
        return True


@asynccontextmanager
async def serving() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        with suppress(asyncio.CancelledError):
            await upstream.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def opened(upstream: Upstream, document: str, *, bounds: Bounds | None = None) -> AsyncIterator[Connector]:
    """The connector of a definition whose kind and rest are in `document`; `{url}` stands for the server."""
    definition = parse_definition(document.replace("{url}", upstream.url))
    kind = find_kind(definition.connector)
    assert kind is not None
    async with Client(bounds=bounds or Bounds(), allow=Allow([("127.0.0.1", upstream.port)])) as client:
        connector = await kind.open(definition, Surroundings(client=client, directory=Path()))
        yield connector
        await connector.aclose()


async def read(connector: Connector, query: Query = Query(), batches: int = 1000) -> list[Batch]:  # noqa: B008 - a frozen value
    """What a read gives, at most `batches` of it."""
    found: list[Batch] = []
    async with reading(connector, query) as source:
        async for batch in source:
            found.append(batch)
            if len(found) >= batches:
                break
    return found


def keys(batches: list[Batch]) -> list[Key]:
    return [item.key for batch in batches for item in batch.items]


def items(batches: list[Batch]) -> list[Item]:
    return [item for batch in batches for item in batch.items]
