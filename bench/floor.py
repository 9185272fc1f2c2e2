"""The floor: what a programmer writes by hand for exactly these three questions, with aiohttp, orjson and bare ASGI."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import aiohttp
import orjson

from bench.records import COUNT, INSTITUTION_HOLDER, KINDS, LIBRARY_HOLDER, SOURCES, TIERS
from store.identity import source_key

Native = dict[str, Any]
Message = MutableMapping[str, Any]
Answer = Callable[[dict[str, str]], Awaitable[Native]]

_PREFIXES = {source: f"r{source_key(source)}" for source in SOURCES}
_HEADERS = ((b"content-type", b"application/json"),)


class Floor:
    """The ASGI application; `upstreams` are base addresses by source."""

    def __init__(self, upstreams: dict[str, str]) -> None:
        self._upstreams = upstreams
        self._session: aiohttp.ClientSession | None = None
        self._answers: dict[str, Callable[[dict[str, str]], Awaitable[Native]]] = {
            "list": self._list,
            "join": self._join,
            "byid": self._byid,
        }

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        """Answer one POST, or open and close with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = orjson.loads(body)
        data = await self._answers[asked["operationName"]](asked["variables"])
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": orjson.dumps({"data": data})})

    async def _live(self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        await receive()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3), cookie_jar=aiohttp.DummyCookieJar())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._session.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _get(self, source: str, path: str) -> list[Native]:
        assert self._session is not None
        async with self._session.get(self._upstreams[source] + path) as response:
            response.raise_for_status()
            found: list[Native] = orjson.loads(await response.read())["list"]
            return found

    async def _native(self) -> list[list[Native]]:
        return await asyncio.gather(*(self._get(source, f"/resources?page=1&size={COUNT}") for source in SOURCES))

    async def _list(self, _variables: dict[str, str]) -> Native:
        lists = await self._native()
        return {source: {"nodes": [_record(source, item) for item in items]} for source, items in zip(SOURCES, lists, strict=True)}

    async def _join(self, _variables: dict[str, str]) -> Native:
        lists = await self._native()
        libraries, institutions = await asyncio.gather(
            self._get(LIBRARY_HOLDER, f"/libraries?ids={_distinct(item['library'] for items in lists for item in items)}"),
            self._get(INSTITUTION_HOLDER, f"/institutions?codes={_distinct(item['school'] for items in lists for item in items)}"),
        )
        library = {each["id"]: {"name": each["name"]} for each in libraries}
        institution = {each["code"]: {"name": each["name"]} for each in institutions}
        return {
            source: {
                "nodes": [
                    {**_record(source, item), "library": library.get(item["library"]), "institution": institution.get(item["school"])}
                    for item in items
                ]
            }
            for source, items in zip(SOURCES, lists, strict=True)
        }

    async def _byid(self, variables: dict[str, str]) -> Native:
        identifier = variables["id"]
        source = next(source for source, prefix in _PREFIXES.items() if identifier.startswith(prefix))
        encoded = identifier[len(_PREFIXES[source]) :]
        key = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        found = await self._get(source, f"/resources?ids={key}")
        return {"resource": _record(source, found[0]) if found else None}


def record_id(source: str, key: str) -> str:
    """The global id of a record."""
    return _PREFIXES[source] + urlsafe_b64encode(key.encode()).rstrip(b"=").decode()


def _record(source: str, item: Native) -> Native:
    return {
        "id": record_id(source, item["id"]),
        "title": item["name"],
        "summary": item["intro"],
        "kind": {"value": KINDS[item["type"]]},
        "tier": TIERS[source],
        "durationSeconds": item["seconds"],
        "sizeBytes": str(item["bytes"]),
        "url": item["link"],
        "published": item["released"],
        "updatedAt": item["changed"],
    }


def _distinct(keys: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(keys))
