"""Merge the shares of many sources into one page, and know where every source stands behind each entry."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic

from resolvers.walking import Element, Position, Share, T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Entries in order, each with the index of the share that it came from; `shares` of this page, `resting` positions of done sources."""

    entries: Sequence[tuple[int, Element[T]]]
    shares: Sequence[Share[T]]
    resting: dict[str, Position]

    @property
    def values(self) -> list[T]:
        """The values alone."""
        return [element.value for _, element in self.entries]

    @property
    def has_next(self) -> bool:
        """Tell whether a source that answered has more: failing ones alone do not keep a walk alive."""
        taken = self._taken(len(self.entries))
        return any(share.more or taken[place] < len(share.elements) for place, share in enumerate(self.shares))

    def given(self, share: Share[T]) -> int:
        """How many entries of the page came from `share`."""
        place = self.shares.index(share)
        return sum(1 for owner, _ in self.entries if owner == place)

    def positions(self, entry: int) -> dict[str, Position]:
        """Where every source stands behind entry number `entry` (-1: before the first)."""
        taken = self._taken(entry + 1)
        found = dict(self.resting)
        for place, share in enumerate(self.shares):
            position = _position(share, taken[place])
            if position != Position():
                found[share.source] = position
        return found

    def _taken(self, entries: int) -> list[int]:
        taken = [0] * len(self.shares)
        for owner, _ in islice(self.entries, entries):
            taken[owner] += 1
        return taken


def merge(shares: Sequence[Share[T]], resting: dict[str, Position], count: int) -> Page[T]:
    """Take the first `count` elements of all shares together; ties are broken by id, equal elements by the order of the shares."""
    streams = [_numbered(place, share) for place, share in enumerate(shares)]
    merged = heapq.merge(*streams, key=itemgetter(0))
    return Page([(owner, element) for _, owner, element in islice(merged, count)], shares, resting)


def _numbered(place: int, share: Share[T]) -> Iterator[tuple[object, int, Element[T]]]:
    return ((element.sort, place, element) for element in share.elements)


def _position(share: Share[T], taken: int) -> Position:
    if taken == len(share.elements) and not share.failed:
        return share.tail
    return share.elements[taken - 1].behind if taken else share.start
