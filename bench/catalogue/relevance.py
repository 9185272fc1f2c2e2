"""How good the answers are: nDCG@10 over the golden queries, and the recall of whole terms against a plain search for the letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log2
from typing import NamedTuple

from bench.catalogue.generator import Drawn
from bench.catalogue.golden import GOLDEN, Golden
from bench.catalogue.trades import TRADES
from store.search.normal import normal
from store.search.suggesting import did_you_mean
from store.search.view import Question, View

EVERYBODY = frozenset({"pub"})


class Judged(NamedTuple):
    """A golden query with what it reached."""

    golden: Golden
    ndcg: float


def judged(view: View, items: Mapping[int, Drawn]) -> Iterator[Judged]:
    """Every golden query, by the numbers of records in the catalog; where another text is offered, that is followed, as people do."""
    shown = [item for item in items.values() if item.native["visibility"] == "public"]
    for golden in GOLDEN:
        question = Question(keys=EVERYBODY, text=golden.text)
        hits = view.hits(Question(keys=EVERYBODY, text=did_you_mean(view, question) or golden.text))
        ideal = sorted((golden.grade(item) for item in shown), reverse=True)[:10]
        yield Judged(golden, _gain([golden.grade(items[number]) for number in hits.numbers[:10]]) / (_gain(ideal) or 1.0))


def whole_term_recall(view: View, items: Mapping[int, Drawn], terms: Sequence[str] | None = None) -> float:
    """Of all records whose title or keywords hold a term letter for letter, the share that a search for it finds."""
    found = held = 0
    texts = {number: normal("\n".join((item.native["title"], *item.native["keywords"]))) for number, item in items.items()}
    public = {number for number, item in items.items() if item.native["visibility"] == "public"}
    for term in terms or [term for trade in TRADES[::3] for term in (*trade.courses[:1], *trade.things[:2])]:
        question = Question(keys=EVERYBODY, text=term)
        hits = set(view.hits(question, max(view.count(question), 1)).numbers)
        holding = {number for number in public if normal(term) in texts[number]}
        found, held = found + len(hits & holding), held + len(holding)
    return found / held


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))
