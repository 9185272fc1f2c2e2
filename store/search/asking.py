"""A query's text as a question to the index. The text is data: nothing in it is syntax.

What must match are terms of one field that stand together: the engine leaps through them from the rarest one. What else counts is optional,
each in a layer of its own: the engine looks there only in records that match, where it would read several optional terms side by side from
end to end, and not at all where records are only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations
from math import comb
from types import MappingProxyType

from tantivy import Occur, Query

from store.search.isbns import isbns
from store.search.schema import schema
from store.search.segmentation import Asked, Word
from store.search.synonyms import synonyms
from store.search.weights import BIGRAM, CODE, EVERYWHERE, EXACT, FIELDS, JOINT, MOST_BIGRAMS, SYNONYM

Heard = Mapping[str, Sequence[tuple[str, ...]]]
"""By a word in Latin letters, the words of hanzi that are spelt so in pinyin or by their initials."""

NOTHING_HEARD: Heard = MappingProxyType({})

Together = tuple[tuple[str, ...], float]
"""Words that must stand together, and what that weighs."""

_MOST_CHOICES = 15
"""Ways to choose the words that must stand together; where there are more, the engine counts the words of each record."""

_MOST_LAYERS = 48
"""Layers of what counts: beyond, all of it lies in one."""

_APART = tuple(field for field in FIELDS if field != EVERYWHERE)
"""The fields that a word stands in beside the field of all words."""


def scored(asked: Asked, least: int, codes: Sequence[str] = (), heard: Heard = NOTHING_HEARD) -> Query:
    """What matches a text, and how well: at least so many of its words, the pairs of half a word, the whole of it as one of `codes`."""
    words = [[*alternatives(word), *((together, SYNONYM) for together in heard.get(word.text, ()))] for word in asked.words]
    pairs = asked.bigrams if len(asked.bigrams) <= MOST_BIGRAMS else ()
    joints = [] if asked.halves or not pairs else [Query.boost_query(_term("bigrams", pair), JOINT) for pair in asked.joints]
    ways = [_layered(_holding(words, least), joints)] if words else []
    if asked.halves and pairs:
        ways.append(_all([Query.boost_query(_term("bigrams", pair), BIGRAM) for pair in pairs]))
    if asked.whole:
        exact = Query.const_score_query(_term("exact", asked.whole, "basic"), EXACT)
        # A name that is the whole text holds its words too.
        ways = [_beside(_any(ways), [exact])] if words else [*ways, exact]
    ways += [Query.const_score_query(_term("codes", code, "basic"), CODE) for code in codes]
    return _any(ways) if ways else Query.empty_query()


def possible_codes(asked: Asked) -> list[str]:
    """The codes that the whole text may be."""
    return [code for code in dict.fromkeys((asked.whole.replace(" ", ""), asked.whole, *isbns(asked.whole))) if code]


def alternatives(word: Word) -> Iterator[Together]:
    """The ways to meet a word: by its parts, which stand wherever it stands itself, and by other words for the same thing."""
    yield word.parts or (word.text,), 1.0
    for other in synonyms(word.text):
        yield other, SYNONYM


def _holding(words: Sequence[Sequence[Together]], least: int) -> Query:
    """Records that hold at least so many of `words`, each in one of its ways, and how well."""
    required: list[Query] = []
    counting: list[Query] = []
    if least == len(words):
        for ways in words:
            if len(ways) == 1:
                ((together, weight),) = ways
                required += [_boosted(EVERYWHERE, each, weight) for each in together]
                counting += [_boosted(field, each, weight) for each in together for field in _APART]
            else:
                required.append(_met(ways))
                counting += _counting(ways)
    else:
        required.append(Query.const_score_query(_chosen([_met(ways) for ways in words], least), 0.0))
        counting += [query for ways in words for query in _counting(ways)]
    return _layered(_all(required), counting)


def _met(ways: Sequence[Together]) -> Query:
    return Query.const_score_query(_any([_standing(together) for together, _ in ways]), 0.0)


def _standing(together: Sequence[str]) -> Query:
    return _all([_term(EVERYWHERE, each, "basic") for each in together])


def _counting(ways: Sequence[Together]) -> Iterator[Query]:
    for together, weight in ways:
        terms = [_boosted(field, each, weight) for each in together for field in (EVERYWHERE, *_APART)]
        if len(together) == 1:
            yield from terms
        else:
            yield _layered(Query.const_score_query(_standing(together), 0.0), terms)


def _chosen(met: Sequence[Query], least: int) -> Query:
    """At least so many of them: written out as choices, so that each begins with its rarest word."""
    if comb(len(met), least) > _MOST_CHOICES:
        return Query.boolean_query([(Occur.Should, each) for each in met], minimum_number_should_match=least)
    return _any([_all(choice) for choice in combinations(met, least)])


def _layered(required: Query, counting: Sequence[Query]) -> Query:
    layers = [[each] for each in counting] if len(counting) <= _MOST_LAYERS else [counting]
    return reduce(_beside, layers, required)


def _beside(required: Query, counting: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, required), *((Occur.Should, each) for each in counting)])


def _boosted(field: str, word: str, weight: float) -> Query:
    return Query.boost_query(_term(field, word), FIELDS[field] * weight)


def _term(field: str, value: str, read: str = "freq") -> Query:
    return Query.term_query(schema(), field, value, read)


def _any(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])
