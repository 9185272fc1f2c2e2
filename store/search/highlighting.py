"""Where a text stands in a record: plain texts with ranges, never markup."""

from __future__ import annotations

from collections.abc import Iterator
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


def highlights(record: Record, asked: Asked) -> Iterator[Highlight]:
    """The texts of `record` that hold words of the question: title, summary (a part of it), keywords."""
    wanted = frozenset(part for word in asked.words for together, _ in alternatives(word) for part in together)
    for name, text in _texts(record):
        if found := _found(text, wanted, asked):
            if name == "summary":
                text, found = _cut(text, found)
            yield Highlight(name, text, [[_units(text[:start]), _units(text[:end])] for start, end in found])


def _texts(record: Record) -> Iterator[tuple[str, str]]:
    yield "title", record.title
    if record.summary is not None:
        yield "summary", record.summary
    for keyword in record.keywords:
        yield "keywords", keyword


def _found(text: str, wanted: frozenset[str], asked: Asked) -> list[Range]:
    form, places = aligned(text)
    hits = [(start, end) for word, start, end in spans(form) if word in wanted]
    if not hits:
        # Half a word, which only its pairs of hanzi found.
        pairs = frozenset(asked.bigrams)
        hits = [(start, end) for pair, start, end in bigram_spans(form) if pair in pairs]
        if len({form[start:end] for start, end in hits}) < len(pairs):
            return []
    merged: list[Range] = []
    for start, end in sorted((places[start], places[end - 1] + 1) for start, end in hits):
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
