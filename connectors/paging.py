"""The walk through pages that sources behind HTTP share: sealed positions, slices, repeated items, and lists that never end."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

import msgspec

from connectors.errors import CursorLost, SourceMalformed
from connectors.mapping.paths import getter
from connectors.protocol import Batch, Item, Key, Query, Spoiled

At = int | str | None
"""What a page is asked with: its number, an offset, a token or link; None for the first page of a list of tokens."""

ENOUGH = 0.9
"""Of the total that a source tells: a list that ends before has been cut; one that is being changed may fall short by a little."""

_CHECK = 4
_REMEMBERED = 20_000
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Position(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Where a walk stands: `at` and `size` ask for the page again, `skip` native items of it are given already.

    `seen` counts the native items before this page, `before` is the mark of the page before.
    """

    at: At
    size: _Count
    skip: _Count = 0
    seen: _Count = 0
    before: bytes = b""


_Place = TypeVar("_Place", bound=msgspec.Struct)


def seal(position: msgspec.Struct, purpose: str) -> str:
    """Write a position as an opaque text; `purpose` says which list it belongs to."""
    raw = msgspec.msgpack.encode(position)
    return urlsafe_b64encode(_check(raw, purpose) + raw).rstrip(b"=").decode()


def unseal(cursor: str, purpose: str, kind: type[_Place]) -> _Place:
    """Read what `seal` wrote, a position of that kind. Raises CursorLost for everything else."""
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        raw = sealed[_CHECK:]
        position = msgspec.msgpack.decode(raw, type=kind)
    except (ValueError, msgspec.DecodeError) as error:
        raise CursorLost("cursor") from error
    if sealed[:_CHECK] != _check(raw, purpose) or seal(position, purpose) != cursor:
        raise CursorLost("cursor")
    return position


def _check(raw: bytes, purpose: str) -> bytes:
    return blake2b(raw, digest_size=_CHECK, key=purpose.encode()[:64]).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a source: its items in order, where the next page is (None: nowhere), the size of the whole list, the source's clock.

    `mark` is equal for pages with the same items, and empty for an empty page.
    """

    entries: Sequence[Item | Spoiled]
    following: At = None
    total: int | None = None
    date: datetime | None = None
    mark: bytes = b""


def mark_of(entries: Sequence[Item | Spoiled], body: bytes) -> bytes:
    """Eight bytes that stand for the keys of a page or, where it holds no key at all, for its body."""
    keys = [entry.key for entry in entries if isinstance(entry, Item)]
    told = repr(keys).encode(errors="replace") if keys else body
    return blake2b(told, digest_size=8).digest() if entries else b""


def total_in(body: Any, path: str | None, given: int) -> int | None:
    """What the source says of the size of the whole list, unless it has given more already."""
    found = getter(path)(body) if path is not None else None
    if isinstance(found, str) and found.strip().isascii() and found.strip().isdigit():
        found = int(found.strip()[:18])
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= given else None


class Seen:
    """The keys given lately, so that an item which moves to a later page is not given twice; older ones are forgotten in bulk."""

    def __init__(self) -> None:
        self._older: set[Key] = set()
        self._recent: set[Key] = set()

    def __contains__(self, key: Key) -> bool:
        return key in self._recent or key in self._older

    def add(self, key: Key) -> None:
        if len(self._recent) >= _REMEMBERED:
            self._older, self._recent = self._recent, set()
        self._recent.add(key)


async def walk(
    fetch: Callable[[Position], Awaitable[Page]], start: Position, limit: int, *, numbered: bool, counted: bool, purpose: str
) -> AsyncGenerator[Batch, None]:
    """Yield batches of at most `limit` items from `start` on; one call of `fetch` for each page, and only when its batch is asked for.

    A page longer than `limit` is given in slices. A list of `numbered` pages ends with pages that repeat earlier ones, as sources do
    that answer every number beyond the last with the last page; one such page may be a list that a page of rows was inserted into. A token
    that comes again, or repeated pages where more is promised, raise SourceMalformed("loop"); a list that ends long before the source's own
    total, SourceMalformed("ended_early"): whoever takes it for the whole would take the rest for deleted. `counted` tells that the source
    should tell a total.
    """
    seen, asked, marks, position = Seen(), {start.at}, {start.before} - {b""}, start
    repeated = False
    promised: int | None = None
    while True:
        page = await fetch(position)
        promised = page.total if page.total is not None else promised
        if counted and position is start and start.seen and promised is None and not page.entries:
            raise CursorLost("cursor")  # read from its start, the list tells whether this is its end
        if page.mark in marks and (repeated or not numbered or page.following is None):
            if not numbered or (page.total is not None and position.seen < page.total):
                raise SourceMalformed("loop")
            yield Batch((), total=page.total, date=page.date)
            return
        repeated = page.mark in marks
        marks |= {page.mark} - {b""}
        length = len(page.entries)
        after = None
        if page.following is not None:
            after = Position(page.following, position.size, 0, position.seen + length, page.mark)
        short = after is None and promised is not None and position.seen + length < ENOUGH * promised
        if short and position.skip >= length:
            raise SourceMalformed("ended_early")
        for entry in page.entries[: position.skip]:
            if isinstance(entry, Item):
                seen.add(entry.key)
        index = length if repeated else position.skip
        while True:
            items, spoiled, index = _slice(page.entries, index, limit, seen)
            rest = index < length
            here = Position(position.at, position.size, index, position.seen, position.before) if rest or short else after
            cursor = seal(here, purpose) if here is not None else None
            yield Batch(items, cursor, total=page.total, date=page.date, spoiled=spoiled)
            if not rest:
                break
        if short:
            raise SourceMalformed("ended_early")
        if after is None:
            return
        if after.at in asked:
            raise SourceMalformed("loop")
        asked.add(after.at)
        position = after


def _slice(entries: Sequence[Item | Spoiled], index: int, limit: int, seen: Seen) -> tuple[list[Item], list[Spoiled], int]:
    """Take up to `limit` new items, and whatever stands behind them that is none."""
    items: list[Item] = []
    spoiled: list[Spoiled] = []
    while index < len(entries):
        entry = entries[index]
        if isinstance(entry, Spoiled):
            spoiled.append(entry)
        elif entry.key not in seen:
            if len(items) >= limit:
                break
            seen.add(entry.key)
            items.append(entry)
        index += 1
    return items, spoiled, index


async def walk_ids(
    fetch: Callable[[tuple[Key, ...]], Awaitable[Page]], query: Query, ids: Sequence[Key], at_once: int, purpose: str
) -> AsyncGenerator[Batch, None]:
    """Yield what `fetch` finds of `ids`, `at_once` keys to a batch; items that were not asked for are left out."""
    asked = tuple(dict.fromkeys(ids))
    start = unseal(query.cursor, purpose, Position).at if query.cursor is not None else 0
    if not isinstance(start, int) or start > len(asked):
        raise CursorLost("cursor")
    at_once = max(1, min(at_once, query.limit))
    while True:
        some = asked[start : start + at_once]
        page = await fetch(some) if some else Page(entries=())
        found = {entry.key: entry for entry in reversed(page.entries) if isinstance(entry, Item)}
        start += at_once
        cursor = seal(Position(start, at_once), purpose) if start < len(asked) else None
        items = [found[key] for key in some if key in found]
        yield Batch(items, cursor, date=page.date, spoiled=[entry for entry in page.entries if isinstance(entry, Spoiled)])
        if cursor is None:
            return


def nothing() -> Batch:
    """The whole of a list that is known to be empty without asking."""
    return Batch((), total=0)
