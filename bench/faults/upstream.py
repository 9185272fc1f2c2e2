"""A source on a port of its own that speaks raw HTTP: sound, or failing from a page on in the way it is told to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from bench.faults.shelf import Entry, shelf
from bench.faults.voices import Asked, Voice
from bench.upstreams import LOOPBACK

_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is to be failed: the sound answer to it, the secret that must never be seen again, and the way back."""

    upstream: Upstream
    asked: Asked
    writer: asyncio.StreamWriter

    @property
    def secret(self) -> str:
        """What a failing source tells of itself."""
        return f"java.lang.NullPointerException\n\tat cn.example.Dao.list(Dao.java:118) 10.20.30.40:3306 {self.upstream.secret}"

    @property
    def voice(self) -> Voice:
        """The kind of source."""
        return self.upstream.voice

    @property
    def sound(self) -> bytes:
        """The body that a sound source sends."""
        return self.voice.answer(self.asked, self.upstream.entries)

    async def send(self, data: bytes) -> None:
        """Send bytes as they are. Raises ConnectionError when nobody reads them any more."""
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Send a whole answer; `headers` come in the place of the usual ones, underscores for hyphens."""
        told = {"Content-Type": self.voice.content_type, "Content-Length": str(len(body))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        await self.send(f"HTTP/1.1 {status}\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in told.items()).encode() + b"\r\n" + body)

    def reset(self) -> None:
        """Break the connection off with RST."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the other side has left."""
        await self.upstream.gone(self.writer)


Fault = Callable[[Exchange], Awaitable[None]]
"""Answers one request wrongly; the connection is closed behind it unless the answer was whole."""


class Upstream:
    """One source. `fail` makes it fail, `recover` makes it sound again; `asked` are the pages of lists that were asked for."""

    def __init__(self, voice: Voice, secret: str) -> None:
        self.voice = voice
        self.secret = secret
        self.entries: list[Entry] = list(shelf(later=False))
        self.asked: list[int] = []
        self._fault: Fault | None = None
        self._refuses = False
        self._from = 1
        self._connections: dict[asyncio.Task[None], asyncio.StreamReader] = {}

    async def __aenter__(self) -> Self:
        self._held = bound(0)  # keeps the port while nobody listens on it
        self.port: int = self._held.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._held.close()

    def fail(self, fault: Fault | None, *, page: int) -> None:
        """From `page` on answer by `fault`, or refuse connections where it is None."""
        self._fault, self._refuses, self._from = fault, fault is None, page
        self.asked.clear()
        if self._refuses and page == 1:
            self._close()

    async def recover(self) -> None:
        """Be sound again."""
        refused, self._refuses, self._fault = self._refuses, False, None
        self.asked.clear()
        if refused:
            self._close()
            await self._listen()

    async def gone(self, writer: asyncio.StreamWriter) -> None:
        """Wait until the other side of a connection has left."""
        task = asyncio.current_task()
        assert task is not None
        with suppress(ConnectionError):
            await self._connections[task].read()
        writer.close()

    async def _listen(self) -> None:
        listener = bound(self.port)
        self._server = await asyncio.start_server(self._serve, sock=listener)

    def _close(self) -> None:
        self._server.close()
        for task in tuple(self._connections):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = reader
        try:
            while not writer.is_closing():
                await self._exchange(await _read(reader, self.voice), writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            del self._connections[task]
            writer.close()

    async def _exchange(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        exchange = Exchange(self, asked, writer)
        if asked.page:
            self.asked.append(asked.page)
        if self._fault is not None and asked.page >= (self._from if self._from > 1 else 0):
            await self._fault(exchange)
            return
        last = self._refuses and asked.page == self._from - 1
        await exchange.reply(exchange.sound, **({"Connection": "close"} if last else {}))
        if last:
            writer.close()
            self._server.close()


async def _read(reader: asyncio.StreamReader, voice: Voice) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    target = head.split(" ", 2)[1]
    length = next((int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
    found = Asked(target, await reader.readexactly(length), 0)
    return Asked(found.target, found.body, voice.page(found))


def bound(port: int) -> socket.socket:
    """A socket on `port`, 0 for a free one, that others may be bound to beside it."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind((LOOPBACK, port))
    return found
