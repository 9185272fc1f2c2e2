"""What the index keeps of a record: words to find it by, values to narrow, count and order by, its number; bodies stay in the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
from tantivy import Schema, SchemaBuilder

from store.identity import library_id
from store.ordering import newest_key, title_key
from store.record import Record
from store.rows import cut_title, major_term, term
from store.search.isbns import isbns
from store.search.normal import normal
from store.search.segmentation import bigrams, edition, index_words
from store.search.vocabulary import listed
from store.search.weights import EVERYWHERE, FIELDS

LAYOUT = 2
"""Raised with every change of this file that makes older indexes unreadable."""

SUMMARY_LENGTH = 4000
"""Characters of a summary that are searched."""

FACETS = (
    "tier",
    "kind",
    "province",
    "institution",
    "library",
    "source",
    "major_category",
    "major",
    "language",
    "license",
    "access",
    "year",
)
"""Fields that are counted by value."""

LACKING = "lacking"
"""Names the facets that a record has no value for."""

_NEWEST_TOP = 2**63
_encode = msgspec.json.Encoder().encode
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Found(NamedTuple):
    """A record as the index needs it: its number in the catalog and what it holds."""

    number: int
    record: Record


def version() -> str:
    """Names layout and dictionary: an index made under another name is made anew."""
    return f"{LAYOUT}-{edition()}"


@cache
def schema() -> Schema:
    """The fields of the index."""
    builder = SchemaBuilder()
    for name in (*FIELDS, "bigrams"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("id", "visibility", "codes", "exact", "terms", "majors", "format", "creator", "part_of", "control"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*FACETS, LACKING, "by_newest", "by_title"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("number", "title_start"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("newest", "published_first", "published_last", "updated", "duration_seconds"):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


def document(found: Found) -> str:
    """What the index keeps of a record, as JSON: tantivy reads that in half the time that it takes to build a document value by value."""
    number, record = found
    made: dict[str, Any] = {**dict(searched(record)), **_facets(record)}
    newest, title = newest_key(record), cut_title(title_key(record))
    made |= {
        LACKING: [name for name in FACETS if not made[name]],
        "terms": _terms(record),
        "id": record.id,
        "visibility": record.visibility,
        "majors": list(dict.fromkeys(_major_prefixes(record))),
        "format": [record.format] if record.format is not None else [],
        "creator": [term(each.name) for each in record.creators],
        "part_of": [term(each) for each in record.part_of],
        "newest": newest,
        "by_newest": newest_text(newest, record.id),
        "title_start": title_start(title),
        "by_title": title_text(title, record.id),
        "number": number,
    }
    if record.published is not None:
        made["published_first"], made["published_last"] = day_span(record.published)
    if record.updated_at is not None:
        made["updated"] = microseconds(record.updated_at)
    if record.duration_seconds is not None:
        made["duration_seconds"] = record.duration_seconds
    return _encode(made).decode()


def newest_text(newest: int, identity: str) -> str:
    """What orders by NEWEST as text, ascending."""
    return f"{_NEWEST_TOP - newest:020d} {identity}"


def title_text(key: str, identity: str) -> str:
    """What orders by TITLE as text, ascending; no character of a title sorts before the divider."""
    return f"{key}\0{identity}"


def title_start(key: str) -> int:
    """The first eight bytes of a TITLE key as a number, which orders as they do."""
    return int.from_bytes(key.encode(errors="replace")[:8].ljust(8, b"\0"), "big")


def day_span(published: str) -> tuple[int, int]:
    """A partial date as a span of numbers YYYYMMDD, wide enough for every day in it."""
    digits = published.replace("-", "")
    return int(digits.ljust(8, "0")), int(digits.ljust(8, "9"))


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


class _Text(NamedTuple):
    """A text in search form, its words and its pairs of hanzi, divided by spaces."""

    form: str
    words: str
    pairs: str


def searched(record: Record) -> Iterator[tuple[str, Sequence[str]]]:
    """What a record is searched by: words by field, pairs of hanzi, whole names, codes; words are divided by spaces."""
    others = (each for each in (record.title_zh, record.title_en) if each is not None and each != record.title)
    titles = [_cut(record.title), *map(_cut, others)]
    keywords = [*map(_cut_often, record.keywords), *(_cut_often(major.name) for major in record.majors)]
    creators = [_cut_often(each.name) for each in record.creators]
    schools = [_cut_often(record.institution_name)] if record.institution_name is not None else []
    summary = [" ".join(index_words(normal(record.summary[:SUMMARY_LENGTH])))] if record.summary is not None else []
    yield "title", [each.words for each in titles]
    yield EVERYWHERE, [*(each.words for each in (*titles, *keywords, *keywords, *creators, *schools)), *summary]
    yield "bigrams", [each.pairs for each in (*titles, *keywords)]
    yield "exact", list(dict.fromkeys(" ".join(each.form.split()) for each in (*titles, *keywords, *creators)))
    yield "codes", list(dict.fromkeys(_codes(record)))


def _terms(record: Record) -> list[str]:
    named = (*record.keywords, *(major.name for major in record.majors))
    return listed((*(_cut_often(each).form for each in named), *_cut(record.title).words.split()))


@lru_cache(maxsize=64)
def _cut(text: str) -> _Text:
    form = normal(text)
    return _Text(form, " ".join(index_words(form)), " ".join(bigrams(form)))


@lru_cache(maxsize=10_000)
def _cut_often(text: str) -> _Text:
    """The same for keywords, majors and names, which come again and again."""
    return _cut(text)


@lru_cache(maxsize=10_000)
def _isbns_often(text: str) -> tuple[str, ...]:
    return tuple(isbns(text))


def _codes(record: Record) -> Iterator[str]:
    for major in record.majors:
        if major.code is not None:
            yield major.code
    if record.institution is not None:
        yield record.institution
    yield normal(record.key)
    for text in (record.key, record.title):
        yield from isbns(text)
    for keyword in record.keywords:
        yield from _isbns_often(keyword)


def _facets(record: Record) -> dict[str, list[str]]:
    majors = [(major.catalogue_year, major.code) for major in record.majors if major.catalogue_year is not None and major.code]
    single = {
        "tier": record.tier,
        "kind": record.kind,
        "province": record.province,
        "institution": record.institution,
        "library": library_id(record.library.source, record.library.key) if record.library is not None else None,
        "source": record.source,
        "license": record.license.code if record.license is not None else None,
        "access": record.access,
        "year": record.published[:4] if record.published is not None else None,
    }
    return {
        **{name: [value] if value is not None else [] for name, value in single.items()},
        "language": [term(each) for each in record.languages],
        "major": [major_term(year, code) for year, code in majors],
        "major_category": [major_term(year, code[:2]) for year, code in majors],
    }


def _major_prefixes(record: Record) -> Iterator[str]:
    for major in record.majors:
        if major.catalogue_year is not None:
            code = major.code or ""
            yield from (major_term(major.catalogue_year, code[:length]) for length in {0, 2, 4, 6, len(code)} if length <= len(code))
