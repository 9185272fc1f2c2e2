"""One commit of the index: what matches, in which order, how many, by value; everything under a caller's keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from tantivy import FieldType, Query, Searcher
from tantivy import Order as Direction

from store.filters import EVERYTHING, ResourceFilter
from store.ordering import Order
from store.rows import cut_title
from store.search.asking import Heard, alternatives, possible_codes, scored
from store.search.checkpoint import checkpoint_of
from store.search.conditions import among, every, filter_conditions, visible
from store.search.remembering import Remembered
from store.search.schema import LACKING, newest_text, schema, title_start, title_text
from store.search.scoring import Statistics
from store.search.segmentation import Asked, Word, ask, query_words
from store.search.vocabulary import spelt, term_of
from store.search.weights import EVERYWHERE, FIELDS, needed, relaxed

MOST_HITS = 1000
"""How far RELEVANCE goes (contract.md, Answers)."""

_SPARE = 64
"""Buckets counted beyond those that are shown, so that ties are cut by value."""

_SEGMENT_BUCKETS = 10_000

_REMEMBERED_BYTES = 8_000_000
"""Of the lists of hits, and of the facets, of one commit that are remembered, about."""

_REMEMBERED = 2000
"""Texts of which is remembered how many of their words a record must hold."""

_HIT_BYTES, _BUCKET_BYTES = 80, 160

_COMMON, _FEW = 0.1, 1000
"""A word that a tenth of all records hold, and so many at least, tells nothing where not all words of a text are asked for."""

_HEARD = 3
"""Terms that a word in Latin letters is taken to spell."""

T = TypeVar("T")

_AVERAGE = re.compile(r'"value": ([0-9.]+),\s*"description": "avgdl')

_OWN = {
    "tier": "tiers",
    "kind": "kinds",
    "province": "provinces",
    "institution": "institutions",
    "library": "libraries",
    "source": "sources",
    "major_category": "majors",
    "major": "majors",
    "language": "languages",
    "license": "licenses",
    "access": "access",
    "year": "published",
}
"""The condition that a facet is not counted under: its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the index: by whom, of which sources (keys; None of all), under which conditions, with which text.

    `sources_beside` are the sources without the condition on their names, for the facet that counts them.
    """

    keys: frozenset[str]
    sources: frozenset[str] | None = None
    sources_beside: frozenset[str] | None = None
    wanted: ResourceFilter = EVERYTHING
    text: str | None = None


class Demand(NamedTuple):
    """What a text asks of a record: at least so many of these words."""

    asked: Asked
    least: int


class Hits(NamedTuple):
    """The best hits, by score and then by number: numbers in the catalog, scores, and how many there are in all."""

    numbers: Sequence[int]
    scores: Sequence[float]
    total: int
    heard: Sequence[tuple[str, ...]] = ()
    """The terms, as words, that the text's words in Latin letters were taken to spell."""


class Counted(NamedTuple):
    """One facet: values with counts, most first; records without a value; the sum of all counts that are not shown."""

    field: str
    buckets: Sequence[tuple[str, int]]
    missing: int
    other: int
    exact: bool


@dataclass(slots=True)
class View:
    """A commit, which has come to `checkpoint` in the change log. Its methods block: call them through `SearchIndex.ask`."""

    searcher: Searcher
    checkpoint: int = 0
    _sources: frozenset[str] = frozenset()
    _found: Remembered[tuple[Question, int], Hits] = field(default_factory=lambda: Remembered(_REMEMBERED_BYTES))
    _counted: Remembered[tuple[Question, str, int], Counted] = field(default_factory=lambda: Remembered(_REMEMBERED_BYTES))
    _lengths: dict[str, float] = field(default_factory=dict)
    _enough: Remembered[Question, Demand] = field(default_factory=lambda: Remembered(_REMEMBERED))

    def __post_init__(self) -> None:
        self.checkpoint = checkpoint_of(self.searcher)
        self._sources = frozenset(source for source, _ in self.searcher.terms_with_prefix("source", ""))

    def hits(self, question: Question, limit: int = MOST_HITS) -> Hits:
        """The best `limit` records for the question's text; what was found before is remembered."""
        known = self._found.get((question, limit))
        if known is None:
            known = self._rank(question, limit)
            self._found.keep((question, limit), known, _HIT_BYTES * (1 + len(known.numbers)))
        return known

    def walk(self, question: Question, order: Order, after: tuple[Any, str] | None, limit: int, offset: int = 0) -> list[int]:
        """The numbers of the next `limit` records behind `after`, or from `offset` on, exactly as `Reader.records` walks."""
        name = "by_title" if order is Order.TITLE else "by_newest"
        if after is None:
            query, skipped = self._query(question), offset
        else:
            start, key = _start(order, after)
            query = self._query(question, start)
            skipped = self._behind(query, name, key)
        found = self.searcher.search(query, limit, count=False, order_by_field=name, order=Direction.Asc, offset=skipped)
        return [int(number or 0) for number in self.searcher.fast_field_values("number", [address for _, address in found.hits])]

    def count(self, question: Question) -> int:
        """How many records there are."""
        return self._number(self._query(question))

    def holding_enough(self, question: Question) -> int:
        """How many records hold as many words of the text as they should, though none may be found then."""
        return self._number(every(self.narrowed(question), self._scored(self._demands(question)[0])))

    def facets(self, question: Question, names: Sequence[str], first: int) -> list[Counted]:
        """Count by value, each facet under all conditions but its own; what was counted before is remembered."""
        known = {name: found for name in names if (found := self._counted.get((question, name, first)))}
        for own, together in _by_condition(question, [name for name in names if name not in known]):
            for each in self._count_together(question, own, together, first):
                self._counted.keep((question, each.field, first), each, _BUCKET_BYTES * (1 + len(each.buckets)))
                known[each.field] = each
        return [known[name] for name in names]

    def example(self, keys: frozenset[str], name: str, value: str) -> int | None:
        """The number of some record that holds a value and is open to `keys`."""
        hits = self.searcher.search(every([visible(keys), among(name, [value])]), 1, count=False).hits
        return next((int(number or 0) for number in self.searcher.fast_field_values("number", [each for _, each in hits])), None)

    def statistics(self, question: Question) -> Statistics:
        """What the catalog knows of a text's words, for records that are scored elsewhere."""
        asked, least = self._enough_of(question)
        words = {each for word in asked.words for together, _ in alternatives(word) for each in together}
        pairs = [*((name, word) for name in FIELDS for word in words), *(("bigrams", pair) for pair in asked.bigrams)]
        known = {(name, word): self.searcher.doc_freq(name, word) for name, word in pairs}
        lengths = {name: self._length(name, known) for name in (*FIELDS, "bigrams")}
        return Statistics(self.searcher.num_docs, asked, least, known, lengths)

    def narrowed(self, question: Question, without: str | None = None) -> Iterator[Query]:
        """The conditions of a question, without the one that is named; its text is none of them."""
        yield visible(question.keys)
        sources = question.sources_beside if without == "sources" else question.sources
        if sources is not None and not sources >= self._sources:
            yield among("source", sources)
        yield from filter_conditions(question.wanted, without)

    def _query(self, question: Question, *more: Query, without: str | None = None) -> Query:
        conditions = [*self.narrowed(question, without), *more]
        if question.text is None:
            return every(conditions)
        return every(conditions, self._scored(self._enough_of(question)))

    def _rank(self, question: Question, limit: int) -> Hits:
        found = self._first_enough(question, lambda query: self.searcher.search(query, limit, count=True), _total)
        addresses = [address for _, address in found.hits]
        numbers = self.searcher.fast_field_values("number", addresses)
        # Hits of one score come in the order in which they lie in the index, which a rebuild changes.
        ranked = sorted((-score, int(number or 0)) for (score, _), number in zip(found.hits, numbers, strict=True))
        heard = [term for terms in self._heard_in(ask(question.text or "")).values() for term in terms]
        return Hits([number for _, number in ranked], [-score for score, _ in ranked], _total(found), heard)

    def _number(self, query: Query) -> int:
        """How many records match, without a look at how well."""
        return _total(self.searcher.search(Query.const_score_query(query, 0.0), 1, count=True))

    def _demands(self, question: Question) -> list[Demand]:
        """What the text asks of a record, and what it asks where no record holds that."""
        asked = ask(question.text or "")
        strict = Demand(asked, needed(len(asked.words)))
        most = max(_COMMON * self.searcher.num_docs, _FEW)
        words = asked.words
        if len(words) == 1:
            words = tuple(Word(part, ()) for part in words[0].parts) or words
        telling = tuple(word for word in words if self.searcher.doc_freq(EVERYWHERE, word.text) <= most) or words
        mild = Demand(asked._replace(words=telling), relaxed(len(telling)))
        return [strict] if strict == mild else [strict, mild]

    def _enough_of(self, question: Question) -> Demand:
        demands = self._demands(question)
        if len(demands) > 1 and self._enough.get(question) is None:
            self._first_enough(question, self._number, int)
        return self._enough.get(question) or demands[0]

    def _first_enough(self, question: Question, answer: Callable[[Query], T], total: Callable[[T], int]) -> T:
        """The answer of the records that hold enough of a text; where there are none, of those that hold less."""
        known = self._enough.get(question)
        demands = self._demands(question) if known is None else [known]
        for demand in demands:
            found = answer(every(self.narrowed(question), self._scored(demand)))
            if total(found):
                break
        if known is None:
            self._enough.keep(question, demand)
        return found

    def _scored(self, demand: Demand) -> Query:
        asked, least = demand
        codes = [code for code in possible_codes(asked) if self.searcher.doc_freq("codes", code)]
        return scored(asked, least, codes, self._heard_in(asked))

    def _heard_in(self, asked: Asked) -> Heard:
        """What the words in Latin letters spell that stand nowhere as they are."""
        latin = [word.text for word in asked.words if len(word.text) > 1 and word.text.isascii() and word.text.isalpha()]
        return {word: self._heard(word) for word in latin if not self.searcher.doc_freq(EVERYWHERE, word)}

    def _heard(self, word: str) -> list[tuple[str, ...]]:
        """The most frequent terms that a word which stands nowhere spells in pinyin, each as the words it is cut into."""
        entries = self.searcher.terms_with_prefix("terms", spelt(word), None, _HEARD)
        return [tuple(query_words(term_of(entry))) for entry, _ in entries]

    def _length(self, name: str, known: Mapping[tuple[str, str], int]) -> float:
        """How many words a field holds on average, which tantivy tells only where it explains a score."""
        found = self._lengths.get(name)
        word = next((word for (field_name, word), count in known.items() if field_name == name and count), None)
        if found is None and word is not None:
            query = Query.term_query(schema(), name, word, "freq")
            hits = self.searcher.search(query, 1, count=False).hits
            said = _AVERAGE.search(query.explain(self.searcher, hits[0][1]).to_json()) if hits else None
            found = self._lengths[name] = float(said[1]) if said is not None else 0.0
        return found or 0.0

    def _count_together(self, question: Question, own: str | None, names: Sequence[str], first: int) -> Iterator[Counted]:
        wanted = {
            name: {"terms": {"field": name, "size": first + _SPARE, "segment_size": _SEGMENT_BUCKETS}}
            for name in dict.fromkeys((*names, LACKING))
        }
        found = self.searcher.aggregate(self._query(question, without=own), wanted)
        lacking = {bucket["key"]: int(bucket["doc_count"]) for bucket in found[LACKING]["buckets"]}
        for name in names:
            counted = found[name]
            buckets = sorted(((each["key"], int(each["doc_count"])) for each in counted["buckets"]), key=lambda each: (-each[1], each[0]))
            rest = int(counted["sum_other_doc_count"]) + sum(count for _, count in buckets[first:])
            yield Counted(name, buckets[:first], lacking.get(name, 0), rest, not counted["doc_count_error_upper_bound"])

    def _behind(self, query: Query, name: str, key: str) -> int:
        """How many records of `query` stand at or before `key`: tantivy cannot begin behind one."""

        def stands_behind(place: int) -> bool:
            hits = self.searcher.search(query, 1, count=False, order_by_field=name, order=Direction.Asc, offset=place).hits
            return not hits or hits[0][0] > key

        low, high = 0, 1
        while not stands_behind(high - 1):
            low, high = high, 2 * high
        while low < high - 1:
            middle = (low + high - 1) // 2
            low, high = (low, middle + 1) if stands_behind(middle) else (middle + 1, high)
        return low


def _total(found: Any) -> int:
    return int(found.count)  # the attribute is missing in the package's own stubs


def _start(order: Order, after: tuple[Any, str]) -> tuple[Query, str]:
    """A condition that all records behind `after` meet, and the key that they stand behind."""
    value, identity = after
    if order is Order.TITLE:
        key = cut_title(value)
        return Query.range_query(schema(), "title_start", FieldType.Unsigned, title_start(key), None), title_text(key, identity)
    return Query.range_query(schema(), "newest", FieldType.Integer, None, -value), newest_text(-value, identity)


def _by_condition(question: Question, names: Sequence[str]) -> list[tuple[str | None, list[str]]]:
    """Facets that are counted under the same conditions, together."""
    asked = question.wanted.asked()
    groups: dict[str | None, list[str]] = {}
    for name in names:
        own = _OWN[name]
        groups.setdefault(own if own in asked or (own == "sources" and question.sources_beside is not None) else None, []).append(name)
    return list(groups.items())
