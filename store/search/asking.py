"""A query's text as a question to the index. The text is data: nothing in it is syntax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from tantivy import Occur, Query

from store.search.isbns import isbns
from store.search.schema import schema
from store.search.segmentation import Asked, Word
from store.search.synonyms import synonyms
from store.search.weights import BIGRAM, CODE, EXACT, FIELDS, MOST_BIGRAMS, PARTS, SYNONYM

Heard = Mapping[str, Sequence[tuple[str, ...]]]
"""By a word in Latin letters, the words of hanzi that are spelt so in pinyin or by their initials."""

NOTHING_HEARD: Heard = MappingProxyType({})


def scored(asked: Asked, least: int, heard: Heard = NOTHING_HEARD) -> Query:
    """What matches a text, and how well: at least so many of its words, all its pairs of hanzi, the whole of it as a name or as a code."""
    words = [_word(word, heard.get(word.text, ())) for word in asked.words]
    ways = [_of(words, least)] if words else []
    if 0 < len(asked.bigrams) <= MOST_BIGRAMS:
        ways.append(_all(Query.boost_query(_term("bigrams", pair), BIGRAM) for pair in asked.bigrams))
    if asked.whole:
        ways.append(Query.const_score_query(_term("exact", asked.whole), EXACT))
    ways += [Query.const_score_query(_term("codes", code), CODE) for code in codes(asked)]
    return _any(ways) if ways else Query.empty_query()


def codes(asked: Asked) -> list[str]:
    """The codes that the whole text may be."""
    return [code for code in dict.fromkeys((asked.whole.replace(" ", ""), asked.whole, *isbns(asked.whole))) if code]


def alternatives(word: Word) -> Iterator[tuple[tuple[str, ...], float]]:
    """The ways to meet a word: words that must stand together, and what that weighs."""
    yield (word.text,), 1.0
    if word.parts:
        yield word.parts, PARTS
    for other in synonyms(word.text):
        yield other, SYNONYM


def _word(word: Word, heard: Sequence[tuple[str, ...]]) -> Query:
    meant = [*alternatives(word), *((together, SYNONYM) for together in heard)]
    ways = [_all(_anywhere(each, weight) for each in together) for together, weight in meant]
    return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)


def _anywhere(word: str, weight: float) -> Query:
    return _any([Query.boost_query(_term(field, word), boost * weight) for field, boost in FIELDS.items()])


def _term(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value, "freq")


def _any(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _all(queries: Iterator[Query]) -> Query:
    found = list(queries)
    return found[0] if len(found) == 1 else Query.boolean_query([(Occur.Must, query) for query in found])


def _of(queries: Sequence[Query], least: int) -> Query:
    if least == len(queries):
        return _all(iter(queries))
    return Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=least)
