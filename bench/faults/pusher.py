"""A school that pushes: sound bodies, and raw bytes where a request is to be wrong on the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlencode

import orjson

from bench.faults.shelf import Entry
from bench.upstreams import LOOPBACK
from store.database import Database
from store.push_secrets import PushSecrets
from store.reader import Reader
from store.sources import Sources

NDJSON, JSON, CSV = "application/x-ndjson", "application/json", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_RESET = struct.pack("ii", 1, 0)
_PATIENCE = 120.0
"""Seconds in which a push that is told to wait must get its turn, and those that an answer may take."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `status` is 0 where none came, `code` that of a refusal; of a receipt the rows by status and by rule."""

    status: int
    code: str = ""
    text: str = ""
    statuses: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    retry_after: int | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: bytes) -> Reply:
        """Take what came over the connection apart."""
        response = HTTPResponse(cast("socket.socket", _Received(raw)))
        try:
            response.begin()
            text = response.read().decode()
        except (HTTPException, OSError, ValueError):
            return cls(0)
        told: Mapping[str, Any] = {}
        with suppress(orjson.JSONDecodeError):
            told = orjson.loads(text)
        after, rows = response.headers.get("retry-after"), told.get("rows", ()) if "summary" in told else ()
        return cls(
            response.status,
            told.get("code", ""),
            text,
            Counter(row["status"] for row in rows),
            Counter(row["rule"] for row in rows if "rule" in row and row["status"] == "rejected"),
            int(after) if after is not None else None,
            told,
        )


class _Received:
    """Bytes that were received, as http.client wants to read them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._raw)


class Store:
    """What the product keeps, looked at from beside: what is held of a feed, and its secrets as the administrator makes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def secret(self, name: str) -> str:
        """Make the secret of a feed anew; the one before follows it out."""
        return await PushSecrets(self._database).make(await self._key(name))

    async def held(self, name: str) -> Mapping[str, str]:
        """Key and title of every record of a feed."""
        found = await Reader(self._database, frozenset({"pub"})).records(sources={await self._key(name)}, limit=1_000_000)
        return {record.key: record.title for record in found}

    async def _key(self, name: str) -> str:
        registered = await Sources(self._database).by_name(name)
        assert registered is not None
        return registered.key


@asynccontextmanager
async def looked_at(url: str) -> AsyncIterator[Store]:
    """Open the store of a running product."""
    database = Database.open(url)
    try:
        yield Store(database)
    finally:
        await database.aclose()


class Pusher:
    """Pushes to the feed `name`; `heard` is every answer, `wrong` what `expect` did not find."""

    def __init__(self, name: str, port: int, store: Store, secret: str) -> None:
        self.name = name
        self.store = store
        self.secret = secret
        self.secrets = [secret]
        self.heard: list[str] = []
        self.wrong: list[str] = []
        self._port = port

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what is wrong where something does not hold."""
        if not holds:
            self.wrong.append(otherwise)

    async def rotate(self) -> None:
        """Have a new secret made and use it from now on."""
        self.secret = await self.store.secret(self.name)
        self.secrets.append(self.secret)

    def head(self, media_type: str, length: object, *, secret: str | None = None, to: str | None = None, **params: object) -> bytes:
        """The head of a request; a `length` of None announces chunks."""
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [
            f"POST /feeds/{to or self.name}?{urlencode(params)} HTTP/1.1",
            f"Host: {LOOPBACK}",
            "Connection: close",
            "Accept-Language: en",
            f"Authorization: Bearer {secret or self.secret}",
            f"Content-Type: {media_type}",
            size,
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    async def push(self, body: bytes, media_type: str = NDJSON, *, secret: str | None = None, **params: object) -> Reply:
        """Push a body whole."""
        return await self.speak(self.head(media_type, len(body), secret=secret, **params), body)

    async def push_patiently(self, body: bytes, media_type: str = NDJSON, **params: object) -> Reply:
        """The same, again for as long as the answer is to come back later: what a sound pusher does."""
        until = time.monotonic() + _PATIENCE
        while True:
            reply = await self.push(body, media_type, **params)
            if reply.retry_after is None or time.monotonic() > until:
                return reply
            await asyncio.sleep(min(1.0, reply.retry_after))

    async def speak(self, *pieces: bytes | float | asyncio.Event, cut: bool = False, reset: bool = False) -> Reply:
        """Send pieces as they are, waiting seconds or for an event between them; then `cut` or `reset`, or hear the answer."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        hearing = asyncio.create_task(_heard(reader))
        try:
            with suppress(ConnectionError):
                for piece in pieces:
                    if isinstance(piece, bytes):
                        writer.write(piece)
                        await writer.drain()
                    elif isinstance(piece, asyncio.Event):
                        await piece.wait()
                    else:
                        await asyncio.wait({hearing}, timeout=piece)
                    if hearing.done():
                        break
            if reset:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            if cut or reset:
                return Reply(0)
            async with asyncio.timeout(_PATIENCE):
                reply = Reply.read(await hearing)
            self.heard.append(reply.text)
            return reply
        finally:
            hearing.cancel()
            writer.close()


async def _heard(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            parts.append(part)
    return b"".join(parts)


def rows(entries: Sequence[Entry], version: int, **fields: object) -> list[dict[str, object]]:
    """Entries as the rows of a push."""
    return [{"id": entry.key, "title": entry.title, "version": version, **fields} for entry in entries]


def ndjson(found: Sequence[object]) -> bytes:
    """One object a line; bytes are lines as they are."""
    return b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in found)


def csv(found: Sequence[Mapping[str, object]]) -> str:
    """A header and lines; no value of a shelf needs quotes."""
    return "".join(",".join(map(str, line)) + "\n" for line in (list(found[0]), *(each.values() for each in found)))
