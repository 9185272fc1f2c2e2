"""The naive way: strawberry as its tutorial shows it. Its own ASGI view, dataclass types, plain resolvers; only the list is asked of it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from enum import Enum
from typing import Any

import aiohttp
import orjson
import strawberry
from strawberry.asgi import GraphQL

from bench.records import KINDS, SOURCES, TIERS
from store.identity import source_key

_PREFIXES = {source: f"r{source_key(source)}" for source in SOURCES}


@strawberry.enum
class Tier(Enum):
    """The level of a library."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    SCHOOL = "school"


@strawberry.type
class Code:
    """A code."""

    value: str


@strawberry.type
class Resource:
    """A record."""

    id: strawberry.ID
    title: str
    summary: str | None
    kind: Code
    tier: Tier
    duration_seconds: int | None
    size_bytes: str | None
    url: str | None
    published: str | None
    updated_at: str | None


@strawberry.type
class ResourceConnection:
    """A page."""

    nodes: list[Resource]


@strawberry.input
class ResourceFilter:
    """Where to look."""

    sources: list[str]


def naive(upstreams: dict[str, str]) -> Any:
    """The ASGI application; `upstreams` are base addresses by source."""
    sessions: list[aiohttp.ClientSession] = []

    @strawberry.type
    class Query:
        @strawberry.field
        async def search(self, filter: ResourceFilter, first: int) -> ResourceConnection:  # noqa: A002
            if not sessions:
                sessions.append(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3), cookie_jar=aiohttp.DummyCookieJar()))
            (source,) = filter.sources
            async with sessions[0].get(f"{upstreams[source]}/resources?page=1&size={first}") as response:
                response.raise_for_status()
                items = orjson.loads(await response.read())["list"]
            return ResourceConnection(nodes=[_resource(source, item) for item in items])

    return GraphQL(strawberry.Schema(Query))


def _resource(source: str, item: dict[str, Any]) -> Resource:
    key = urlsafe_b64encode(item["id"].encode()).rstrip(b"=").decode()
    return Resource(
        id=strawberry.ID(_PREFIXES[source] + key),
        title=item["name"],
        summary=item["intro"],
        kind=Code(value=KINDS[item["type"]]),
        tier=Tier[TIERS[source]],
        duration_seconds=item["seconds"],
        size_bytes=str(item["bytes"]),
        url=item["link"],
        published=item["released"],
        updated_at=item["changed"],
    )
