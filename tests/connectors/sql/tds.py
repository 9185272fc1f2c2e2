"""A server that speaks as much of [MS-TDS] as a client needs to log in over TLS and to read the rows that a test writes."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

REPLY, PRELOGIN = 4, 18
_COLLATION = b"\x09\x04\xd0\x00\x34"
_DONE = struct.pack("<BHHQ", 0xFD, 0, 0, 0)


def error(number: int) -> bytes:
    """The token ERROR."""
    text = "无".encode("utf-16-le")
    body = struct.pack("<IBBH", number, 1, 14, 1) + text + b"\0\0" + struct.pack("<I", 1)
    return struct.pack("<BH", 0xAA, len(body)) + body + struct.pack("<BHHQ", 0xFD, 2, 0, 0)


def welcome() -> bytes:
    """LOGINACK."""
    name = "示例".encode("utf-16-le")
    body = b"\x01" + struct.pack(">I", 0x74000004) + bytes([2]) + name + b"\x0f\0\0\0"
    return struct.pack("<BH", 0xAD, len(body)) + body + _DONE


def route(host: str, port: int) -> bytes:
    """ENVCHANGE 20: go on elsewhere."""
    name = host.encode("utf-16-le")
    routing = b"\0" + struct.pack("<HH", port, len(host)) + name
    body = b"\x14" + struct.pack("<H", len(routing)) + routing + b"\0\0"
    return struct.pack("<BH", 0xE3, len(body)) + body + welcome()


def rows(names: Sequence[str], *values: Sequence[Any]) -> bytes:
    """A result: the kinds of its columns are those of the first row."""
    out = struct.pack("<BH", 0x81, len(names))
    for name, value in zip(names, values[0], strict=True):
        out += struct.pack("<IH", 0, 0) + _kind(value) + bytes([len(name)]) + name.encode("utf-16-le")
    return out + b"".join(b"\xd1" + b"".join(map(_value, row)) for row in values) + _DONE


def done() -> bytes:
    """Nothing to tell."""
    return _DONE


def _kind(value: Any) -> bytes:
    match value:
        case int():
            return b"\x26\x08"
        case str():
            return b"\xe7" + struct.pack("<H", 8000) + _COLLATION
        case Decimal():
            return b"\x6c\x11\x26" + bytes([-value.as_tuple().exponent])  # type: ignore[operator]
        case datetime():
            return b"\x6f\x08"
    raise AssertionError(value)


def _value(value: Any) -> bytes:
    match value:
        case int():
            return b"\x08" + struct.pack("<q", value)
        case str():
            return struct.pack("<H", 2 * len(value)) + value.encode("utf-16-le")
        case Decimal():
            digits = int("".join(map(str, value.as_tuple().digits)))
            return b"\x11\x01" + digits.to_bytes(16, "little")
        case datetime():
            day = datetime(1900, 1, 1)  # noqa: DTZ001 - as the type has it
            passed = value - day
            return b"\x08" + struct.pack("<iI", passed.days, round((passed.seconds + passed.microseconds / 1e6) * 300))
    raise AssertionError(value)


@dataclass
class Tds:
    """A server on `port`. `heard` is what came after the handshake, as text; `plain` every byte before it."""

    port: int = 0
    heard: list[str] = field(default_factory=list)
    plain: bytes = b""


@contextmanager
def serving(context: ssl.SSLContext | None, login: bytes, *answers: bytes) -> Iterator[Tds]:
    """Answer a login with `login`, and what follows with `answers`, in turn; without `context` there is no TLS."""
    tds = Tds()

    def serve() -> None:
        with suppress(OSError, ssl.SSLError, EOFError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    _converse(connection, tds, context, [login, *answers])

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        tds.port = listener.getsockname()[1]
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield tds
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _converse(connection: socket.socket, tds: Tds, context: ssl.SSLContext | None, answers: list[bytes]) -> None:
    tds.plain += _packet(connection.recv)[1]
    encryption = 1 if context is not None else 2
    options = b"\x00" + struct.pack(">HH", 11, 6) + b"\x01" + struct.pack(">HH", 17, 1) + b"\xff"
    _reply(connection, options + b"\x0f\0\0\0\0\0" + bytes([encryption]))
    if context is None:
        tds.plain += _packet(connection.recv)[1]
        return
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        flight = _packet(connection.recv)[1]
        tds.plain += flight
        incoming.write(flight)
        finished = False
        with suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            finished = True
        _reply(connection, outgoing.read(), PRELOGIN)
        if finished:
            break

    def receive(size: int) -> bytes:
        while True:
            with suppress(ssl.SSLWantReadError):
                return tls.read(size)
            data = connection.recv(65536)
            if not data:
                raise EOFError
            incoming.write(data)

    for answer in answers:
        tds.heard.append(_packet(receive)[1].decode("utf-16-le", "replace"))
        tls.write(_framed(answer))
        connection.sendall(outgoing.read())
    receive(1)


def _packet(receive: Any) -> tuple[int, bytes]:
    """One message: the packets up to the last of them."""
    body = b""
    while True:
        header = _exactly(receive, 8)
        kind, status, length = header[0], header[1], int.from_bytes(header[2:4], "big")
        body += _exactly(receive, length - 8)
        if status & 1:
            return kind, body


def _exactly(receive: Any, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = receive(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found


def _framed(body: bytes, kind: int = REPLY) -> bytes:
    return struct.pack(">BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body


def _reply(connection: socket.socket, body: bytes, kind: int = REPLY) -> None:
    connection.sendall(_framed(body, kind))
