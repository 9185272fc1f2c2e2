"""A raw HTTP server on loopback that says exactly the bytes it is told to."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from egress import Allow

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request as it came in, and the way back."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter
    gone: asyncio.Event

    @property
    def target(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, body: bytes, *headers: str, status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def redirect(self, location: str, status: str = "302 Found") -> None:
        await self.reply(b"", f"Location: {location}", status=status)

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Upstream:
    """A listening server: its port, and what reached it."""

    port: int = 0
    connections: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def allow(self) -> Allow:
        return Allow([("127.0.0.1", self.port)])


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Upstream]]]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer: Answer, tls: ssl.SSLContext | None = None) -> Upstream:
            upstream = Upstream(scheme="https" if tls else "http")
            tasks: set[asyncio.Task[None]] = set()

            async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                upstream.connections += 1
                with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    while True:
                        head = (await reader.readuntil(b"\r\n\r\n")).decode()[:-4]
                        exchange = Exchange(head, b"", writer, asyncio.Event())
                        exchange.body = await reader.readexactly(int(exchange.header("content-length") or 0))
                        upstream.exchanges.append(exchange)
                        await answer(exchange)
                        if writer.is_closing():
                            break
                for exchange in upstream.exchanges:
                    exchange.gone.set()
                writer.close()

            server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
            upstream.port = server.sockets[0].getsockname()[1]

            async def stop() -> None:
                server.close()
                for task in list(tasks):
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

            stack.push_async_callback(stop)
            return upstream

        yield start
