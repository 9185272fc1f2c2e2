"""A port that leads to a database server, and from some connection on misbehaves as networks and strangers do."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Self

from bench.faults.upstream import bound
from bench.upstreams import LOOPBACK

_RESET = struct.pack("ii", 1, 0)
_MOST = 200_000
"""Pieces of an endless answer, at most: 13 GB."""

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Fault = Callable[[Pipe, "Relay"], Awaitable[None]]


class Relay:
    """Leads to `target`. `fail` makes connections from the `page`th on misbehave; `accepted` counts those since."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.accepted = 0
        self._fault: Fault | None = None
        self._refuses = False
        self._from = 1
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._held = bound(0)
        self.port: int = self._held.getsockname()[1]
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._held.close()

    def fail(self, fault: Fault | None, *, page: int) -> None:
        """Misbehave from this connection on, or refuse it where `fault` is None."""
        self.accepted, self._from = 0, page
        self._fault, self._refuses = fault, fault is None
        if self._refuses and page == 1:
            self._server.close()

    async def recover(self) -> None:
        """Lead to the server again."""
        self.accepted, self._fault = 0, None
        if self._refuses:
            self._refuses = False
            self._server.close()
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, sock=bound(self.port))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        if self._refuses and self.accepted == self._from - 1:
            self._server.close()
        try:
            await (self._fault if self._fault is not None and self.accepted >= self._from else through)((reader, writer), self)
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


async def through(near: Pipe, relay: Relay, *, most: int | None = None, pause: float = 0.0) -> None:
    """Pass everything on, of the server's bytes `most` at most, one by one with a `pause` between them."""
    far = await asyncio.open_connection(LOOPBACK, relay.target)
    asking = asyncio.create_task(_pump(near[0], far[1]))
    try:
        left = most
        while data := await far[0].read(1 if pause else 65_536 if left is None else left):
            near[1].write(data)
            await near[1].drain()
            if left is not None and (left := left - len(data)) <= 0:
                return
            await asyncio.sleep(pause)
    finally:
        asking.cancel()
        far[1].close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _reset_at_once(near: Pipe, _relay: Relay) -> None:
    _reset(near[1])


async def _reset_after_greeting(near: Pipe, relay: Relay) -> None:
    await through(near, relay, most=20)
    _reset(near[1])


async def _cut_in_rows(near: Pipe, relay: Relay) -> None:
    await through(near, relay, most=1_200)
    near[1].close()


async def _hang(near: Pipe, _relay: Relay) -> None:
    await near[0].read()


async def _drip(near: Pipe, relay: Relay) -> None:
    await through(near, relay, pause=0.1)


async def _garbage(near: Pipe, _relay: Relay) -> None:
    near[1].write(bytes(range(256)) * 40)
    await near[1].drain()


async def _web_server(near: Pipe, _relay: Relay) -> None:
    near[1].write(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>java.lang at cn.example 10.20.30.40</html>")
    await near[1].drain()


async def _endless(near: Pipe, _relay: Relay) -> None:
    for _ in range(_MOST):
        near[1].write(b"\xff" * 65_536)
        await near[1].drain()


FAULTS: Mapping[str, Fault | None] = {
    "refuse": None,
    "reset-at-once": _reset_at_once,
    "reset-after-greeting": _reset_after_greeting,
    "cut-in-rows": _cut_in_rows,
    "hang": _hang,
    "drip": _drip,
    "garbage": _garbage,
    "web-server": _web_server,
    "endless-bytes": _endless,
}
"""What can go wrong between here and a database server."""
