"""Where a text stands in a record: plain texts with ranges, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from store.record import Record
from store.search.asking import alternatives
from store.search.normal import aligned
from store.search.segmentation import Asked, bigram_spans, spans

SNIPPET = 160
"""Characters of a summary around its first hit."""

_BEFORE = 40

Range = tuple[int, int]


class Highlight(NamedTuple):
    """A text of a record and the ranges [start, end) of it that were asked for, in UTF-16 units, in order, apart from each other."""

    field: str
    text: str
    ranges: list[list[int]]


def highlights(record: Record, asked: Asked, heard: Sequence[tuple[str, ...]] = ()) -> Iterator[Highlight]:
    """The texts of `record` that hold words of the question: title, summary (a part of it), keywords.

    `heard` are further words that it was found by. Of words that belong together some are told only where no text holds all of them.
    """
    ways = [*(together for word in asked.words for together, _ in alternatives(word)), *heard]
    texts = [_Marked(name, *aligned(text), text) for name, text in _texts(record)]
    marked = [(each, each.whole(ways)) for each in texts]
    if not any(found for _, found in marked):
        marked = [(each, each.partly(ways, asked.bigrams)) for each in texts]
    for each, found in marked:
        if found:
            yield each.shown(found)


def _texts(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", record.title
    if record.summary is not None:
        yield "summary", record.summary
    for keyword in record.keywords:
        yield "keywords", keyword


class _Marked(NamedTuple):
    """A text of a record in search form, the place in the text of each of its characters, and the text."""

    name: str
    form: str
    places: list[int]
    text: str

    def whole(self, ways: Sequence[tuple[str, ...]]) -> list[Range]:
        """Where words stand that stand here with all that they belong to."""
        held = list(spans(self.form))
        words = {word for word, _, _ in held}
        wanted = {word for together in ways if words.issuperset(together) for word in together}
        return self._merged((start, end) for word, start, end in held if word in wanted)

    def partly(self, ways: Sequence[tuple[str, ...]], pairs: Sequence[str]) -> list[Range]:
        """Where any of the words stand, or half a word, which only its pairs of hanzi found."""
        wanted = {word for together in ways for word in together}
        found = [(start, end) for word, start, end in spans(self.form) if word in wanted]
        if not found:
            found = [(start, end) for pair, start, end in bigram_spans(self.form) if pair in pairs]
            if {self.form[start:end] for start, end in found} != set(pairs):
                return []
        return self._merged(found)

    def shown(self, found: list[Range]) -> Highlight:
        """What is told of the text; of a long summary, the part around the first hit."""
        text, found = _cut(self.text, found) if self.name == "summary" else (self.text, found)
        return Highlight(self.name, text, [[_units(text[:start]), _units(text[:end])] for start, end in found])

    def _merged(self, found: Iterable[Range]) -> list[Range]:
        merged: list[Range] = []
        for start, end in sorted((self.places[start], self.places[end - 1] + 1) for start, end in found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def _cut(text: str, found: list[Range]) -> tuple[str, list[Range]]:
    """The part of a long text around the first hit, and the hits in it."""
    if len(text) <= SNIPPET:
        return text, found
    begin = max(0, min(found[0][0] - _BEFORE, len(text) - SNIPPET))
    shown = text[begin : begin + SNIPPET]
    return shown, [(start - begin, min(end - begin, SNIPPET)) for start, end in found if start - begin < SNIPPET]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
