"""Connections of the database drivers: by a vetted address, each wait within the page's time, all they take in counted."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from connectors.errors import SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.workers import Job
from egress import Allow

_Socket = TypeVar("_Socket", bound=socket.socket)


class TooMuch(OSError):
    """The server sent more than a page may hold."""


@dataclass(slots=True)
class Meter:
    """What one connection may still do: `left` bytes, as long as its job lasts."""

    job: Job
    left: int

    def counted(self, base: type[_Socket]) -> type[_Socket]:
        """The class of sockets like `base` that receive within the time and size that are left. They raise TimeoutError and TooMuch."""
        meter = self

        class Counted(base):  # type: ignore[valid-type,misc]
            def recv_into(self, *arguments: Any, **named: Any) -> int:
                meter.wait(self)
                received: int = super().recv_into(*arguments, **named)
                meter.count(received)
                return received

            def recv(self, *arguments: Any, **named: Any) -> bytes:
                meter.wait(self)
                received: bytes = super().recv(*arguments, **named)
                meter.count(len(received))
                return received

        return Counted

    def wait(self, connection: socket.socket) -> None:
        """Let `connection` wait no longer than the job lasts. Raises TimeoutError where it is over."""
        if self.job.expired():
            raise TimeoutError
        connection.settimeout(self.job.remaining())

    def count(self, received: int) -> None:
        """Raises TooMuch where the page is full."""
        self.left -= received
        if self.left < 0:
            raise TooMuch


@dataclass(frozen=True, slots=True)
class Wire:
    """A connected socket for a driver, and a second handle on it for whoever wants it to end."""

    main: socket.socket
    handle: socket.socket
    meter: Meter

    def interrupt(self) -> None:
        """Break the connection off from any thread: a driver that waits on it gets an end of file."""
        _shut(self.handle)

    def close(self) -> None:
        """Give both handles back."""
        _shut(self.handle)
        self.handle.close()
        self.main.close()

    def tls(self, authorities: Path | None) -> ssl.SSLContext:
        """The context that makes this connection a verified TLS one, counted as before."""
        context = ssl.create_default_context(cafile=authorities)
        context.sslsocket_class = self.meter.counted(ssl.SSLSocket)
        return context


class Sockets:
    """Stands for the module `socket` in a driver that connects by itself: wherever it wants to go, it gets the one wire of its thread.

    A server that sends it elsewhere (a redirect of an Oracle listener, a route of SQL Server) is refused: nobody looked at that address.
    """

    def __init__(self) -> None:
        self._here = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    @contextmanager
    def giving(self, wire: Wire) -> Iterator[None]:
        """Give `wire` to the next connection that this thread makes inside."""
        self._here.wire = wire
        try:
            yield
        finally:
            self._here.wire = None

    def create_connection(self, *_address: object, **_options: object) -> socket.socket:
        """The wire. Raises SourceRefused where it is taken."""
        wire: Wire | None = getattr(self._here, "wire", None)
        if wire is None:
            raise SourceRefused("forbidden_address")
        self._here.wire = None
        return wire.main


def connect(host: str, port: int, allow: Allow, meter: Meter) -> Wire:
    """Connect to the first address of `host` that may be reached and answers. Raises SourceError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceUnavailable("dns") from error
    vetted = [each for each in found if allow.admits(str(each[4][0]), port)]
    if not vetted:
        raise SourceRefused("forbidden_address")
    failure: OSError | None = None
    for family, _, _, _, address in vetted:
        try:
            return _connected(family, address, meter)
        except OSError as error:
            failure = error
        if meter.job.expired():
            break
    match failure:
        case TimeoutError():
            raise SourceTimeout("timeout") from failure
        case ConnectionRefusedError():
            raise SourceUnavailable("refused_connection") from failure
    raise SourceUnavailable("unreachable") from failure


def _connected(family: int, address: Any, meter: Meter) -> Wire:
    own = meter.counted(socket.socket)(family, socket.SOCK_STREAM)
    try:
        meter.job.interrupt = lambda: _shut(own)
        own.settimeout(meter.job.remaining())
        own.connect(address)
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Wire(own, socket.socket(fileno=socket.dup(own.fileno())), meter)
    except BaseException:
        own.close()
        raise


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
