"""The score of a live record: what the index would give it, worked out here with the catalog's document frequencies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.record import Record
from store.search.asking import alternatives, possible_codes
from store.search.schema import searched
from store.search.segmentation import Asked
from store.search.weights import BIGRAM, CODE, EXACT, FIELDS, JOINT, MOST_BIGRAMS, needed

K1, B = 1.2, 0.75
"""BM25's constants, as in tantivy."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the catalog says of a question's words: how many records there are, how many hold a word in a field, how long fields are.

    `asked` and `least` say which words count and how many of them a record must hold, None where the catalog was not asked.
    """

    records: int = 0
    asked: Asked | None = None
    least: int | None = None
    frequencies: Mapping[tuple[str, str], int] = field(default_factory=dict)
    lengths: Mapping[str, float] = field(default_factory=dict)


class Scorer:
    """Scores records against one text."""

    def __init__(self, asked: Asked, statistics: Statistics) -> None:
        self._asked = asked = statistics.asked or asked
        self._statistics = statistics
        self._words = [list(alternatives(word)) for word in asked.words]
        self._least = needed(len(asked.words)) if statistics.least is None else statistics.least

    def score(self, record: Record) -> float:
        """The score of a record; 0 where the index would not find it, which a source with rules of its own may."""
        texts = dict(searched(record))
        counts = {name: Counter(word for text in texts[name] for word in text.split()) for name in (*FIELDS, "bigrams")}
        lengths = {name: sum(counted.values()) for name, counted in counts.items()}

        def term(name: str, word: str, boost: float) -> float:
            times = counts[name][word]
            return boost * self._bm25(name, word, times, lengths[name]) if times else 0.0

        def anywhere(word: str, weight: float) -> float:
            return sum(term(name, word, boost * weight) for name, boost in FIELDS.items())

        met = [sum(_together([anywhere(each, weight) for each in words]) for words, weight in ways) for ways in self._words]
        found = sum(met) if met and sum(1 for score in met if score) >= self._least else 0.0
        pairs = self._asked.bigrams if len(self._asked.bigrams) <= MOST_BIGRAMS else ()
        if pairs and self._asked.halves:
            found += _together([term("bigrams", pair, BIGRAM) for pair in pairs])
        elif pairs and found:
            found += sum(term("bigrams", pair, JOINT) for pair in self._asked.joints)
        if self._asked.whole and self._asked.whole in texts["exact"]:
            found += EXACT
        return found + CODE * sum(1 for code in possible_codes(self._asked) if code in texts["codes"])

    def _bm25(self, name: str, word: str, times: int, length: int) -> float:
        known = self._statistics
        holding = known.frequencies.get((name, word), 0)
        rarity = math.log(1 + (max(known.records - holding, 0) + 0.5) / (holding + 0.5))
        usual = known.lengths.get(name) or length or 1
        return rarity * (K1 + 1) * times / (times + K1 * (1 - B + B * length / usual))


def _together(scores: Sequence[float]) -> float:
    """The sum where none is 0."""
    return sum(scores) if all(scores) else 0.0
