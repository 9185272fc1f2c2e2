"""A term as records write it: the index knows it in search form, without capitals and accents."""

from __future__ import annotations

from store.record import Record
from store.search.normal import aligned


def as_written(term: str, record: Record) -> str:
    """The letters of `record` that read as `term` in search form, in a keyword or major first; the term itself where there are none."""
    for text in (*record.keywords, *(major.name for major in record.majors), record.title):
        form, places = aligned(text)
        start = form.find(term)
        if start >= 0:
            return text[places[start] : places[start + len(term) - 1] + 1]
    return term


def has_capitals(term: str) -> bool:
    """Tell whether a term may look otherwise where it is written: it holds letters that have capitals."""
    return term.upper() != term
