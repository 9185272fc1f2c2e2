"""A page of records as callers see it: highlights, facets, numbered pages, what they may have meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from resolvers.connection import Connection, Edge
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.facets import Facet, facets
from resolvers.merging import Page
from resolvers.text import TextSearch
from resolvers.walking import CATALOG, Position
from store.codes import Label
from store.filters import ResourceFilter
from store.record import Record
from store.search.errors import IndexUnavailable
from store.search.highlighting import Highlight
from store.search.suggesting import did_you_mean
from store.search.view import MOST_HITS, Question

MAX_PAGES = 25
"""Numbered pages told at once."""


@dataclass(frozen=True, slots=True)
class Hit(Edge[Record]):
    """A record of the page, and where in it the words of the search stand."""

    searching: TextSearch | None

    @property
    def highlights(self) -> list[Highlight]:
        """The texts of the record that hold what was asked for; none without a text."""
        return self.searching.highlights(self.node) if self.searching is not None else []


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page by its number, from 1; its cursor is sealed only when somebody asks."""

    page: int
    current: bool
    _seal: Callable[[], str]

    @property
    def after(self) -> str:
        """Leads to this page."""
        return self._seal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results(Connection[Record]):
    """A page of a search: what was asked, and what can be told beside the records."""

    context: Context
    wanted: ResourceFilter
    text: str | None
    searching: TextSearch | None
    first: int

    @property
    def edges(self) -> Sequence[Hit]:
        """The records of the page with cursors and highlights."""
        return [Hit(element.value, partial(self.seal, place), self.searching) for place, (_, element) in enumerate(self.page.entries)]

    async def facets(self, by: Sequence[str], first: int) -> list[Facet]:
        """The catalog counted by value; nothing where it cannot be searched now, which the outcomes tell. Raises BadInput."""
        try:
            return await facets(self.context, self.wanted, self.text, by, first)
        except IndexUnavailable:
            return []

    async def page_cursors(self, size: int) -> list[NumberedPage] | None:
        """Pages around this one over the first 1,000 rows, at most `size`; None while live sources take part. Raises BadInput."""
        if not 1 <= size <= MAX_PAGES:
            raise BadInput(Label(f"size 必须在 1 到 {MAX_PAGES} 之间，收到 {size}", f"size must be between 1 and {MAX_PAGES}, got {size}"))
        row = _row(self.page)
        if row is None:
            return None
        current = row // self.first + 1
        last = max(1, -(-min(await self.total_count(), MOST_HITS) // self.first))
        begin = max(1, min(current - size // 2, last - size + 1))
        return [
            NumberedPage(number, number == current, partial(self._seal_row, (number - 1) * self.first))
            for number in range(begin, min(begin + size - 1, last) + 1)
        ]

    def _seal_row(self, row: int) -> str:
        return self.seal_at({CATALOG: Position(consumed=row, seen=row)})

    async def did_you_mean(self) -> str | None:
        """Another text that sounds the same and is found far more often."""
        if self.text is None:
            return None
        question = Question(keys=self.context.grant.keys, text=self.text)
        try:
            return await self.context.index.ask(lambda view: did_you_mean(view, question, self.context.blocked))
        except IndexUnavailable:
            return None


def _row(page: Page[Record]) -> int | None:
    """The row at which a page begins, where the catalog alone gives the list."""
    if any(share.source != CATALOG for share in page.shares) or page.resting.keys() - {CATALOG}:
        return None
    catalog = next(iter(page.shares), None)
    return catalog.start.seen if catalog is not None else None
