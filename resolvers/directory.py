"""Lists of what Huiju itself keeps: sources by name, institutions by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from resolvers.connection import PageInfo
from resolvers.context import Context
from resolvers.pagination import fingerprint
from resolvers.search import check_first
from resolvers.sources import OpenSource
from resolvers.walking import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConditions:
    """Conditions on sources; None = no condition."""

    tiers: tuple[str, ...] | None = None
    provinces: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    connectors: tuple[str, ...] | None = None
    modes: tuple[str, ...] | None = None

    def met_by(self, source: OpenSource) -> bool:
        """Tell whether a source meets them all."""
        said = source.definition
        return all(
            wanted is None or value in wanted
            for value, wanted in (
                (said.tier, self.tiers),
                (said.province, self.provinces),
                (said.name, self.names),
                (said.connector, self.connectors),
                (said.mode, self.modes),
            )
        )


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


def sources(context: Context, wanted: SourceConditions, first: int, after: str | None) -> Listed:
    """A page of sources, by name. Raises BadInput or CursorExpired."""
    check_first(first)
    question = fingerprint("sources", wanted)
    last = _last(context, question, after)
    found = sorted((source for source in context.sources if wanted.met_by(source)), key=lambda source: source.name)
    rest = [source for source in found if last is None or source.name > last]
    entries = [(source.name, source) for source in rest[:first]]
    return _listed(context, question, entries, more=len(rest) > first, resumed=after is not None, total=len(found))


async def institutions(
    context: Context,
    provinces: tuple[str, ...] | None,
    codes: tuple[str, ...] | None,
    names: tuple[str, ...] | None,
    first: int,
    after: str | None,
) -> Listed:
    """A page of institutions, by code. Raises BadInput or CursorExpired."""
    check_first(first)
    question = fingerprint("institutions", provinces, codes, names)
    found = await context.reader.institutions(provinces, codes, names, _last(context, question, after), first + 1)
    total = await context.reader.count_institutions(provinces, codes, names)
    entries = [(each.code, each) for each in found[:first]]
    return _listed(context, question, entries, more=len(found) > first, resumed=after is not None, total=total)


def _last(context: Context, question: bytes, after: str | None) -> str | None:
    return context.sealer.open(question, after)["list"].last if after is not None else None


def _listed(context: Context, question: bytes, entries: Sequence[tuple[str, Any]], *, more: bool, resumed: bool, total: int) -> Listed:
    edges = [ListedEdge(value, context.sealer.seal(question, {"list": Position(last=key)})) for key, value in entries]
    ends = [partial(str, edge.cursor) for edge in (edges[0], edges[-1])] if edges else [None, None]
    return Listed(edges, PageInfo(more, resumed, *ends), total)
