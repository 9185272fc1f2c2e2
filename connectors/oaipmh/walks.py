"""The walk through resumption tokens: positions, slices of pages, lists that go in a circle."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from connectors.errors import CursorLost, SourceMalformed
from connectors.oaipmh.answers import NO_TOKEN, Entry, Gone, Token
from connectors.oaipmh.windows import Window
from connectors.paging import ENOUGH, Position, seal, unseal
from connectors.protocol import Batch, Item, Key, Spoiled

_MARK = 8
_MOST_EMPTY = 100
"""Pages without any record that are followed one after another, as long as each has a new token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer: its entries in order, its token, the repository's own clock."""

    entries: Sequence[Entry]
    token: Token = NO_TOKEN
    date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk stands: the page is asked for by `token` or, without, by its window; `skip` entries of it are given already.

    `seen` counts the entries of earlier pages in this window, `promised` is how many the repository said that it has, 0 where it did not;
    `first` and `before` are the marks of the window's first page and of the page before this one.
    """

    window: Window
    token: str | None = None
    skip: int = 0
    seen: int = 0
    promised: int = 0
    first: bytes = b""
    before: bytes = b""

    def sealed(self, purpose: str) -> str:
        """Write the place as an opaque text."""
        at = "\n".join((*self.window, self.token or ""))
        return seal(Position(at, self.promised, self.skip, self.seen, self.first + self.before), purpose)


def unsealed(cursor: str, purpose: str) -> Place:
    """Read what `sealed` wrote. Raises CursorLost for everything else."""
    position = unseal(cursor, purpose, Position)
    parts = position.at.split("\n", 3) if isinstance(position.at, str) else []
    if len(parts) != 4 or len(position.before) not in {0, 2 * _MARK}:
        raise CursorLost("cursor")
    start, end, chosen, token = parts
    return Place(
        window=Window(start, end, chosen),
        token=token or None,
        skip=position.skip,
        seen=position.seen,
        promised=position.size,
        first=position.before[:_MARK],
        before=position.before[_MARK:],
    )


async def walk(
    fetch: Callable[[Place], Awaitable[Page]],
    start: Place,
    limit: int,
    following: Callable[[Window], Window | None] | None,
    purpose: str,
) -> AsyncGenerator[Batch, None]:
    """Yield batches of at most `limit` items; one call of `fetch` for each page, when its batch is asked for.

    `following` gives the window after one, and is None where nothing divides the list.
    A token or a page seen before raises SourceMalformed("loop"), unless the list has been given in full by then: the last token of some
    repositories is that of the first page. So does, as SourceMalformed("ended_early"), a list that stops without the empty token that ends
    it (§3.5) long before the size that it was said to have.
    """
    place, walked = start, _Walked(start)
    while True:
        page = await fetch(place)
        entries, token = page.entries, page.token
        mark = _mark(entries)
        if walked.meets(mark):
            if token.size is None or place.seen < token.size:
                raise SourceMalformed("loop")
            entries, token = (), NO_TOKEN
        walked.add(mark, empty=not entries)
        if not token.told and place.seen + len(entries) < ENOUGH * place.promised:
            raise SourceMalformed("ended_early")
        after = _after(place, mark, len(entries), token, following)
        index, total = place.skip, _total(place, token, len(entries)) if following is None else None
        while True:
            batch, index = _slice(entries, index, limit)
            here = replace(place, skip=index) if index < len(entries) else after
            yield replace(batch, cursor=here.sealed(purpose) if here is not None else None, total=total, date=page.date)
            if index >= len(entries):
                break
        if after is None:
            return
        if after.window != place.window:
            walked = _Walked(after)
        elif not walked.follows(after.token):
            raise SourceMalformed("loop")
        place = after


class _Walked:
    """The tokens and the marks of the pages of one window."""

    def __init__(self, start: Place) -> None:
        self._tokens = {hash(start.token)}
        self._marks = {start.first, start.before} - {b""}
        self._empty = 0

    def meets(self, mark: bytes) -> bool:
        return mark in self._marks

    def follows(self, token: str | None) -> bool:
        """Whether the token is a new one; it is not any more afterwards. Only hashes are kept: tokens may be long, and lists too."""
        new = hash(token) not in self._tokens
        self._tokens.add(hash(token))
        return new

    def add(self, mark: bytes, *, empty: bool) -> None:
        self._empty = self._empty + 1 if empty else 0
        if self._empty > _MOST_EMPTY:
            raise SourceMalformed("loop")
        self._marks |= {mark} - {b""}


def _after(place: Place, mark: bytes, length: int, token: Token, following: Callable[[Window], Window | None] | None) -> Place | None:
    if token.text is not None:
        mark = mark or place.before
        promised = token.size if token.size is not None else place.promised
        return Place(
            window=place.window, token=token.text, seen=place.seen + length, promised=promised, first=place.first or mark, before=mark
        )
    window = following(place.window) if following is not None else None
    return Place(window=window) if window is not None else None


def _total(place: Place, token: Token, length: int) -> int | None:
    """The size of the list where the repository tells it, unless it has given more already."""
    return token.size if token.size is not None and token.size >= place.seen + length else None


def _slice(entries: Sequence[Entry], index: int, limit: int) -> tuple[Batch, int]:
    """Take up to `limit` items, and whatever stands behind them that is none."""
    items: list[Item] = []
    gone: list[Key] = []
    spoiled: list[Spoiled] = []
    while index < len(entries):
        match entries[index]:
            case Item() as item:
                if len(items) >= limit:
                    break
                items.append(item)
            case Gone(key):
                gone.append(key)
            case Spoiled() as entry:
                spoiled.append(entry)
        index += 1
    return Batch(items, gone=gone, spoiled=spoiled), index


def _mark(entries: Sequence[Entry]) -> bytes:
    """Eight bytes that stand for the keys of a page and their stamps, empty for a page without keys."""
    told = [
        (entry.key, entry.native.get("header", {}).get("datestamp") if isinstance(entry, Item) else None)
        for entry in entries
        if entry.key is not None
    ]
    return blake2b(repr(told).encode(errors="replace"), digest_size=_MARK).digest() if told else b""
