"""Connections of the database drivers: by a vetted address, each wait within the page's time, all they take in counted."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import SourceRefused, SourceTimeout, SourceUnavailable
from connectors.sql.workers import Job
from egress import Allow


class TooMuch(OSError):
    """The server sent more than a page may hold."""


@dataclass(slots=True)
class Meter:
    """What one connection may still do: `left` bytes, as long as its job lasts."""

    job: Job
    left: int

    def take(self, connection: socket.socket, receive: Callable[[], int]) -> int:
        """Receive within the time and size that are left. Raises TimeoutError and TooMuch."""
        if self.job.expired():
            raise TimeoutError
        connection.settimeout(self.job.remaining())
        received = receive()
        self.left -= received
        if self.left < 0:
            raise TooMuch
        return received


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
        meter = self.meter

        class Counted(ssl.SSLSocket):
            def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
                return meter.take(self, lambda: super(Counted, self).recv_into(buffer, nbytes, flags))

        context = ssl.create_default_context(cafile=authorities)
        context.sslsocket_class = Counted
        return context


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
    class Counted(socket.socket):
        def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
            return meter.take(self, lambda: super(Counted, self).recv_into(buffer, nbytes, flags))

    own = Counted(family, socket.SOCK_STREAM)
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
