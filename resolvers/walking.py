"""Walks: what is walked and in which order, where a source stands in it, and what one source gave to a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from connectors.protocol import Collection
from resolvers.outcomes import Outcome
from store.filters import EVERYTHING, ResourceFilter
from store.identity import library_id
from store.ordering import Order, newest_key, title_key
from store.record import Library, Record
from store.visibility import may_see

T = TypeVar("T", Record, Library)

CATALOG = ""
"""The catalog's name among the positions of a walk: it is one stream, whatever the number of harvested sources."""

SortKey = tuple[Any, str]
"""What orders a walk: the value of the order, ascending, then the id."""


class Position(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Where a source stands.

    Live: the native cursor and the limit asked with, how many items of that batch are consumed, the native key of the last of them.
    Catalog: `after`, the sort key of the last record; or, among hits and at a numbered page, `consumed` rows and the number of the `last`.
    `seen` counts what the walk took so far, `total` what the source said it has.
    `done`: nothing is left; `lost`: the position was too long for the cursor, so the source drops out of the walk; `short`: only a part
    of the source took part.
    """

    cursor: str | None = None
    limit: int = 0
    consumed: int = 0
    last: str | None = None
    after: SortKey | None = None
    seen: int = 0
    total: int | None = None
    done: bool = False
    lost: bool = False
    short: bool = False


START = Position()


class Element(msgspec.Struct, Generic[T], frozen=True):
    """A value on its way into a page, with the position just behind it."""

    sort: SortKey
    value: T
    behind: Position


@dataclass(slots=True)
class Share(Generic[T]):
    """What one source gave: its elements in order, where it stands behind all of them, and what became of it."""

    source: str
    start: Position
    elements: list[Element[T]] = field(default_factory=list)
    tail: Position = START
    more: bool = False
    total: int | None = None
    exact: bool = False
    outcome: Outcome | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk(Generic[T]):
    """One walk: the collection, the order, who asks, whether copies will do, and the conditions that every value must meet.

    `text` is what is looked for; with a `scorer` the best come first, and it gives what scores a value.
    """

    collection: Collection
    order: Order | None
    sort: Callable[[T], SortKey]
    keys: frozenset[str]
    withdrawn: frozenset[str]
    matches: Callable[[T], bool]
    filter: ResourceFilter = EVERYTHING
    wanted: frozenset[str] | None = None
    fresh: bool = False
    text: str | None = None
    scorer: Callable[[], Awaitable[Callable[[T], float]]] | None = None

    def withheld(self, value: T) -> bool:
        """Tell whether people have withdrawn `value`, which its source still gives."""
        return value.id in self.withdrawn

    def visible(self, value: T) -> bool:
        """Tell whether the caller may see `value`."""
        return may_see(self.keys, value.visibility)


def newest_first(record: Record) -> SortKey:
    """The sort key of NEWEST."""
    return -newest_key(record), record.id


def by_title(record: Record) -> SortKey:
    """The sort key of TITLE."""
    return title_key(record), record.id


def by_name(library: Library) -> SortKey:
    """The sort key of libraries."""
    return library.name, library_id(library.source, library.key)
