"""A page of a list that is walked by one key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from resolvers.connection import PageInfo
from resolvers.context import Context
from resolvers.walking import Position


@dataclass(frozen=True, slots=True)
class ListedEdge:
    """An entry of a list with its cursor."""

    node: Any
    cursor: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list that is walked by one key."""

    edges: Sequence[ListedEdge]
    page_info: PageInfo
    total_count: int

    @property
    def nodes(self) -> list[Any]:
        """The entries without cursors."""
        return [edge.node for edge in self.edges]


def last_key(context: Context, question: bytes, after: str | None) -> str | None:
    """The key that a page begins behind; None for the first page. Raises BadInput or CursorExpired."""
    return context.sealer.open(question, after)["list"].last if after is not None else None


def listed(context: Context, question: bytes, entries: Sequence[tuple[str, Any]], *, more: bool, resumed: bool, total: int) -> Listed:
    """The page of `entries`, each beside its key."""
    edges = [ListedEdge(value, context.sealer.seal(question, {"list": Position(last=key)})) for key, value in entries]
    ends = [partial(str, edge.cursor) for edge in (edges[0], edges[-1])] if edges else [None, None]
    return Listed(edges, PageInfo(more, resumed, *ends), total)
