"""How much a word counts in each field: the same figures for the index and for live records, so that their scores compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

EVERYWHERE: Final = "words"
"""The field of all words of a record: of titles, people, schools and summary once, of keywords and majors twice."""

FIELDS: Final[Mapping[str, float]] = {"title": 2.0, EVERYWHERE: 1.0}
"""A word, by the field that holds it; one of a title stands in both."""

SYNONYM: Final = 0.9
"""Another word for the same thing."""

BIGRAM: Final = 0.4
"""Each pair of neighbouring hanzi of a text with half a word in it, where all its pairs stand in the record."""

JOINT: Final = 0.8
"""Each pair of hanzi in which two words of the query meet."""

EXACT: Final = 12.0
"""The whole query is the title, a keyword, a major or a name."""

CODE: Final = 60.0
"""The whole query is a code."""

ENOUGH: Final = 0.6
"""Of a query of four words or more, the share that a record must hold; of a shorter one it must hold every word."""

MOST_BIGRAMS: Final = 12
"""A query with more pairs than this is a sentence: nobody writes it the same way again."""


RELAXED: Final = 1 / 3
"""The share where nothing holds enough: an answer to half a question is better than none."""


def needed(words: int) -> int:
    """Of so many words of a query, how many a record must hold."""
    return words if words < 4 else math.ceil(words * ENOUGH)


def relaxed(words: int) -> int:
    """How many where nothing holds so many."""
    return math.ceil(words * RELAXED)
