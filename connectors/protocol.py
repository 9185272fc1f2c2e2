"""The joint: what a connector is, what it is asked and what it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from connectors.errors import Problem
from store.filters import EVERYTHING, ResourceFilter
from store.ordering import Order
from store.visibility import PUBLIC

Key = str | tuple[str, ...]
"""A native key: a text, or a tuple where the source's key is composite."""

Native = Mapping[str, Any]
"""A native item: what the source sent, as JSON-like mappings, lists and scalars."""


class Collection(StrEnum):
    """What is read of a source."""

    RESOURCES = "resources"
    LIBRARIES = "libraries"
    INSTITUTIONS = "institutions"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question to one source.

    `keys` are the caller's visibility keys; `ids` native keys to fetch (no other condition applies then); `since` asks for what
    changed at or after an instant; `cursor` is a position that a `Batch` of the same question gave; `limit` the items wanted per batch;
    `fields` the canonical fields needed, None for all; an empty set asks for keys alone, where the source has a shorter way to them;
    `fresh` that no kept copy will do. A connector applies what its `Supports` declares and leaves the rest alone.
    """

    collection: Collection = Collection.RESOURCES
    text: str | None = None
    filter: ResourceFilter = EVERYTHING
    order: Order | None = None
    keys: frozenset[str] = frozenset({PUBLIC})
    ids: tuple[Key, ...] | None = None
    since: datetime | None = None
    cursor: str | None = None
    limit: int = 100
    fields: frozenset[str] | None = None
    fresh: bool = False


class Item(msgspec.Struct, frozen=True, gc=False):
    """A native item beside its native key."""

    key: Key
    native: Native


class Spoiled(NamedTuple):
    """An item that could not be read at all: its key where it is known, and why."""

    key: Key | None
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A page of a source.

    `cursor` is the position after it, None at the end; `gone` are keys that the source says were deleted; `total` counts the whole list
    where the source tells; `date` is the source's own clock; `spoiled` are items left out; `as_of` is set where this is an earlier copy
    that stands in for a source which does not answer.
    """

    items: Sequence[Item]
    cursor: str | None = None
    gone: Sequence[Key] = ()
    total: int | None = None
    date: datetime | None = None
    spoiled: Sequence[Spoiled] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supports:
    """What a source does by itself for one collection.

    `filters` names fields of `ResourceFilter`, and `visibility` where the caller's keys become upstream arguments; `orders` are orders
    that the source walks exactly; `max_batch` bounds `Query.limit`, `max_ids` the keys of one upstream call. `numbered`: positions are
    numbers of rows or pages, so rows that come and go before them shift what stands behind.
    """

    text: bool = False
    ids: bool = False
    since: bool = False
    total: bool = False
    filters: frozenset[str] = frozenset()
    orders: frozenset[Order] = frozenset()
    max_batch: int = 100
    max_ids: int = 100
    numbered: bool = False


class Connector(Protocol):
    """Reads one source, batch by batch, until the consumer stops asking."""

    supports: Mapping[Collection, Supports]
    """Keyed by what the source offers: a collection that is missing here is not to be asked for."""

    def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches. Raises SourceError and nothing else; asked by `ids`, absent keys are simply not among the items."""
        ...

    async def aclose(self) -> None:
        """Give back sockets, pools and threads."""
        ...


@runtime_checkable
class Inspecting(Protocol):
    """A connector whose source tells more of itself than its items show."""

    async def inspect(self) -> tuple[Problem, ...]:
        """What the source says of itself that the definition does not fit. Raises SourceError."""
        ...


@asynccontextmanager
async def reading(connector: Connector, query: Query) -> AsyncIterator[AsyncGenerator[Batch, None]]:
    """Read inside this block: leaving it early still runs the connector's `finally` (PEP 525 leaves that to the garbage collector)."""
    async with aclosing(connector.read(query)) as batches:
        yield batches
