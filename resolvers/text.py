"""Search by text: the catalog through its index, live records scored here with the catalog's document frequencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.walking import Element, Position, Share, SortKey
from store.codes import Label
from store.filters import ResourceFilter
from store.ordering import Order
from store.record import Record
from store.search.errors import IndexUnavailable
from store.search.highlighting import Highlight, highlights
from store.search.normal import normal
from store.search.scoring import Scorer, Statistics
from store.search.segmentation import Asked, ask
from store.search.view import MOST_HITS, Hits, Question

MAX_TEXT = 1000
"""Characters of a text."""


def asked_text(text: str | None) -> str | None:
    """The text of a search; None where nothing was written. Raises BadInput for one that is too long."""
    if text is None:
        return None
    if len(text) > MAX_TEXT:
        raise BadInput(
            Label(f"检索文字最多 {MAX_TEXT} 个字符，收到 {len(text)}", f"a text has at most {MAX_TEXT} characters, got {len(text)}")
        )
    return text if normal(text).strip() else None


class TextSearch:
    """One search by text on behalf of one caller; `matches` is the filter as a predicate."""

    def __init__(self, context: Context, text: str, wanted: ResourceFilter, matches: Callable[[Record], bool]) -> None:
        self.asked: Asked = ask(text)
        self._context = context
        self._text = text
        self._wanted = replace(wanted, sources=None)
        self._matches = matches
        self._hits: Hits | None = None

    async def fill(self, share: Share[Record], sources: frozenset[str], count: int) -> None:
        """Fill `share` with the next `count` of the best hits. Raises IndexUnavailable."""
        question = self._question(sources)
        hits = self._hits = await self._context.index.ask(lambda view: view.hits(question))
        place = _place(hits, share.start)
        while place < len(hits.numbers) and len(share.elements) < count:
            numbers = hits.numbers[place : place + count - len(share.elements)]
            records = await self._context.reader.by_numbers(numbers)
            for number in numbers:
                score = hits.scores[place]
                place += 1
                # What changed since the commit may have gone, or meet the conditions no longer.
                if (record := records.get(number)) is not None and self._matches(record):
                    behind = Position(consumed=place, last=str(number), seen=place)
                    share.elements.append(Element((-score, record.id), record, behind))
        share.more = place < len(hits.numbers)
        if not share.more:
            share.tail = Position(done=True, short=hits.total > MOST_HITS)
        elif share.elements:
            share.tail = share.elements[-1].behind
        share.exact = True

    async def records(self, order: Order, sources: frozenset[str], after: SortKey | None, limit: int, offset: int) -> list[Record]:
        """The next `limit` matching records behind `after`, or from `offset` on, by NEWEST or TITLE. Raises IndexUnavailable."""
        question, size = self._question(sources), limit
        while True:
            numbers = await self._context.index.ask(lambda view: view.walk(question, order, after, size, offset))  # noqa: B023 - awaited here
            records = await self._context.reader.by_numbers(numbers)
            found = [records[number] for number in numbers if number in records and self._matches(records[number])]
            if len(found) >= limit or len(numbers) < size:
                return found[:limit]
            size *= 2

    async def count(self, sources: frozenset[str]) -> int:
        """How many records of the catalog match. Raises IndexUnavailable."""
        if self._hits is not None:
            return self._hits.total
        question = self._question(sources)
        return await self._context.index.ask(lambda view: view.count(question))

    def highlights(self, record: Record) -> list[Highlight]:
        """The texts of a record that hold what was asked for, or what was heard in its letters."""
        return list(highlights(record, self.asked, self._hits.heard if self._hits is not None else ()))

    async def scorer(self) -> Callable[[Record], float]:
        """Gives live records the score that the index would give them; by the weights alone where there is no index."""
        try:
            question = Question(keys=self._context.grant.keys, wanted=self._wanted, text=self._text)
            statistics = await self._context.index.ask(lambda view: view.statistics(question))
        except IndexUnavailable:
            statistics = Statistics()
        return Scorer(self.asked, statistics).score

    def _question(self, sources: frozenset[str]) -> Question:
        return Question(keys=self._context.grant.keys, sources=sources, wanted=self._wanted, text=self._text)


def _place(hits: Hits, start: Position) -> int:
    """How many hits a walk has passed: behind the one it ended with, wherever that stands by now."""
    if start.last is None:
        return start.consumed
    try:
        return hits.numbers.index(int(start.last)) + 1
    except ValueError:
        return start.consumed
