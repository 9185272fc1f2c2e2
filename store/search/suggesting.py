"""What people may have meant: terms that begin as they write or sound, and terms that sound the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from store.search.conditions import every
from store.search.normal import normal
from store.search.segmentation import ask
from store.search.view import Question, View
from store.search.vocabulary import has_hanzi, sounding, term_of

MOST = 20
"""Suggestions at once."""

_PER_TERM = 3
"""Entries of the vocabulary under which one term may be found."""

_CLEARLY = 20
"""A term that sounds the same is offered where it is found so many times more often."""


class Term(NamedTuple):
    """A term of the catalog, and how many records that the caller sees hold it."""

    text: str
    times: int


def suggest(view: View, question: Question, prefix: str, first: int, blocked: Collection[str] = ()) -> list[Term]:
    """The terms that begin with `prefix` in hanzi, in pinyin or by the initials of their pinyin, most frequent first."""
    form = normal(prefix)
    key = "".join(form.split()) if form.isascii() else " ".join(form.split())
    return _terms(view, question, key, first, blocked) if key else []


def did_you_mean(view: View, question: Question, blocked: Collection[str] = ()) -> str | None:
    """The question's text with words exchanged for others that sound the same, where those are found far more often."""
    asked = ask(question.text or "")
    found = view.holding_enough(question)
    best = _homophone(view, question, asked.whole, blocked)
    if best is not None:
        return best.text if best.times > _CLEARLY * found else None
    if found:
        return None
    mended = asked.whole
    for unknown in _unknown(view, question, asked.whole):
        if (best := _homophone(view, question, unknown, blocked)) is not None:
            mended = mended.replace(unknown, best.text)
    return mended if mended != asked.whole else None


def _homophone(view: View, question: Question, text: str, blocked: Collection[str]) -> Term | None:
    sound = sounding(text)
    if sound is None:
        return None
    return next((term for term in _terms(view, question, sound, 2, blocked) if term.text != text), None)


def _terms(view: View, question: Question, prefix: str, first: int, blocked: Collection[str]) -> list[Term]:
    seen = every(view.narrowed(question))
    entries = view.searcher.terms_with_prefix("terms", prefix, seen, (first + len(blocked)) * _PER_TERM)
    counts: dict[str, int] = {}
    for entry, count in entries:
        term = term_of(entry)
        if count and term not in blocked:
            counts[term] = max(count, counts.get(term, 0))
    ranked = sorted(counts.items(), key=lambda each: (-each[1], len(each[0]), each[0]))
    return [Term(term, count) for term, count in ranked[:first]]


def _unknown(view: View, question: Question, text: str) -> Iterator[str]:
    """Stretches of hanzi that are no term of what the caller sees: what is hidden decides nothing."""
    waiting = ""
    for word in (each.text for each in ask(text).words):
        if has_hanzi(word) and (len(word) == 1 or view.example(question.keys, "terms", word) is None):
            waiting += word
        elif waiting:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting
