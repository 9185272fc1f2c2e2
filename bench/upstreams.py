"""Three REST upstreams on loopback in one process: answers are encoded once and counted, so that they cost everybody the same.

`python -m bench.upstreams [MILLISECONDS]` prints one JSON object, port by source, and serves until its standard input ends; with a number,
every answer but the counter's waits so long.

    GET /resources?page=1&size=50       {"total": 50, "list": [ … ]}
    GET /resources?ids=a,b              {"total": 2, "list": [ … ]}
    GET /libraries?ids=a,b              of the source that holds them
    GET /institutions?codes=a,b         of the source that holds them
    GET /~calls                         {"calls": 5, "bytes": 91234} since it was asked last; not counted itself
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from bench.records import INSTITUTION_HOLDER, LIBRARY_HOLDER, SOURCES, institutions, libraries, records

LOOPBACK = "127.0.0.1"
COUNTER = "/~calls"


class Upstream(asyncio.Protocol):
    """One connection: requests without a body, answered in order, kept alive."""

    def __init__(self, source: str, counted: dict[str, int], delay: float) -> None:
        self._source = source
        self._counted = counted
        self._delay = delay
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        *heads, self._held = (self._held + data).split(b"\r\n\r\n")
        for head in heads:
            target = head.split(b" ", 2)[1].decode()
            if target == COUNTER:
                self._transport.write(self._count())
            elif self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._transport.write, self._answer(target))
            else:
                self._transport.write(self._answer(target))

    def _answer(self, target: str) -> bytes:
        answer = respond(self._source, target)
        self._counted["calls"] += 1
        self._counted["bytes"] += len(answer)
        return answer

    def _count(self) -> bytes:
        told = dict(self._counted)
        self._counted.update(calls=0, bytes=0)
        return _framed(b"200 OK", told)


@lru_cache(maxsize=4096)
def respond(source: str, target: str) -> bytes:
    """The whole answer of `source` to a request target, status line and headers included."""
    parts = urlsplit(target)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    found: Sequence[Any]
    match parts.path:
        case "/resources" if "ids" in asked:
            found = _picked({item["id"]: item for item in records(source)}, asked["ids"])
        case "/resources":
            return _page(records(source), int(asked.get("page", "1")), int(asked.get("size", "20")))
        case "/libraries" if source == LIBRARY_HOLDER:
            found = _picked(libraries(), asked["ids"])
        case "/institutions" if source == INSTITUTION_HOLDER:
            found = _picked(institutions(), asked["codes"])
        case _:
            return _framed(b"404 Not Found", {"message": "there is no such thing here"})
    return _page(found, 1, max(1, len(found)))


def _picked(held: Mapping[str, Any], keys: str) -> list[Any]:
    return [held[key] for key in keys.split(",") if key in held]


def _page(found: Sequence[Any], page: int, size: int) -> bytes:
    return _framed(b"200 OK", {"total": len(found), "list": found[(page - 1) * size : page * size]})


def _framed(status: bytes, content: object) -> bytes:
    body = orjson.dumps(content)
    return b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


async def _serve(delay: float) -> None:
    loop = asyncio.get_running_loop()
    ports = {}
    for source in SOURCES:
        counted = {"calls": 0, "bytes": 0}
        server = await loop.create_server(partial(Upstream, source, counted, delay), LOOPBACK, 0)
        ports[source] = server.sockets[0].getsockname()[1]
    print(orjson.dumps(ports).decode(), flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0))
