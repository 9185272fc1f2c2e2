"""The oracle: what everybody sees, in a few lines written from the rules of the contract and in other words than the product's.

It reads the catalog's file behind the server's back, and asks a copy of the search index without any caller's keys.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import tantivy
from tantivy import Query

from demo import guangdong, school
from demo.data.generator import Sample, draw
from demo.data.people import HANGZHOU as HANGZHOU_SCHOOL
from store.identity import library_id
from store.search.directory import IndexDirectory
from store.search.schema import schema
from store.search.view import Question, View
from store.search.vocabulary import term_of

HARVESTED: Final = ("national-portal", "zhejiang")
PEOPLE: Final = (None, "student", "teacher", "school_admin", "province_admin", "province_admin_44", "national_admin", "developer")
"""The demo's people; None asks without a token."""

_STORED: Final = (*HARVESTED, "ningbo-school")


@dataclass(frozen=True)
class Row:
    """A record with what decides where it shows: `values` by facet, `keys` that open it."""

    number: int
    id: str
    source: str
    key: str
    values: Mapping[str, tuple[str, ...]]
    keys: tuple[str, ...]


def opens(person: str | None, key: str) -> bool:
    """Tell whether a visibility key opens a record for a person."""
    role, _, place = key.partition("@") if key.startswith("r:") else ("", "", key)
    if key == "pub" or (key == "member" and person is not None):
        return True
    if role and role != "r:teacher":
        raise AssertionError(key)
    match person:
        case "student":
            return not role and place in ("p:33", "s:4133010001")
        case "teacher":
            return place in ("", "p:33", "s:4133010001")
        case "school_admin":
            return place == "s:4133010001" or key == "p:33"
        case "province_admin":
            return place == "p:33"
        case "province_admin_44":
            return place == "p:44"
        case _:
            return False


def sees(person: str | None, row: Row) -> bool:
    """Tell whether a person sees a record."""
    return any(opens(person, key) for key in row.keys)


def answers_for(person: str | None, institution: str) -> bool:
    """Tell whether a person may read who teaches and studies at an institution."""
    match person:
        case "school_admin":
            return institution == "4133010001"
        case "province_admin":
            return institution[2:4] == "33"
        case "province_admin_44":
            return institution[2:4] == "44"
        case _:
            return False


class Oracle:
    """What the catalog in a directory really holds, and what of it shows to whom; `whole` once the index has all of it."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "catalog.sqlite3"
        with closing(sqlite3.connect(self._file)) as catalog:
            names = dict(catalog.execute("SELECT key, name FROM sources"))
            found = [(number, orjson.loads(body)) for number, body in catalog.execute("SELECT number, body FROM records")]
            self.people = [
                (identifier, frozenset(roles.split()), institution)
                for identifier, roles, institution in catalog.execute("SELECT id, roles, institution FROM accounts")
            ]
        self.rows = [_row(number, body, names) for number, body in found]
        self.by_number = {row.number: row for row in self.rows}
        self.schools = sorted({code for row in self.rows for code in row.values["INSTITUTION"]})
        self.keys = frozenset(key for row in self.rows for key in row.keys)
        self.harvested_keys = frozenset(key for row in self.rows if row.source in HARVESTED for key in row.keys)
        current = IndexDirectory(directory / "index").current()
        assert current is not None
        self._searcher = tantivy.Index.open(str(current)).searcher()
        self.words = sorted({word for _, body in found for word in body.get("keywords", ())})
        self.texts = [word for word in self.words if self._asked_alike(word)]
        self.whole = View(self._searcher).count(Question(keys=self.keys)) == len(self.rows)

    def of(self, sources: Collection[str], wanted: Mapping[str, Sequence[str]], text: str | None, without: str = "") -> list[Row]:
        """The records of a question, whoever asks; `without` is the condition that does not count."""
        holding = self._holding(text) if text is not None else None
        conditions = {facet: set(values) for facet, values in wanted.items() if facet != without}
        return [
            row
            for row in self.rows
            if row.source in (_STORED if without == "SOURCE" else sources)
            and all(conditions[facet].intersection(row.values[facet]) for facet in conditions)
            and (holding is None or row.number in holding)
        ]

    def facet(
        self, person: str | None, sources: Collection[str], wanted: Mapping[str, Sequence[str]], text: str | None, facet: str
    ) -> dict[str, Any]:
        """One facet as a person must see it, with so many buckets that none is left."""
        seen = [row for row in self.of(sources, wanted, text, facet) if sees(person, row)]
        counted = Counter(value for row in seen for value in row.values[facet])
        return {"buckets": dict(counted), "missing": sum(not row.values[facet] for row in seen), "other": 0}

    def suggestions(self, person: str | None, prefix: str, first: int) -> list[str] | None:
        """The terms that a person must be offered, None where there are too many to tell."""
        entries = self._searcher.terms_with_prefix("terms", prefix, None, 10_000)
        counts: dict[str, int] = {}
        shown = 0
        for entry, _ in entries:
            holding = self._numbers(Query.term_query(schema(), "terms", entry, "basic"))
            count = sum(sees(person, row) for row in map(self.by_number.__getitem__, holding) if row.source in _STORED)
            shown += count > 0
            if count:
                term = term_of(entry).lower()
                counts[term] = max(count, counts.get(term, 0))
        ranked = sorted(counts, key=lambda term: (-counts[term], len(term), term))
        return ranked[:first] if shown <= first else None

    def looks(self) -> list[tuple[str, str | None, str]]:
        """The looks at personal data that were written down: who, at whom, what for."""
        with closing(sqlite3.connect(self._file)) as catalog:
            found = catalog.execute("SELECT actor, subject, purpose FROM audit_events WHERE action = 'personal_data_read' ORDER BY seq")
            return [(actor, subject, purpose) for actor, subject, purpose in found]

    def _holding(self, text: str) -> frozenset[int]:
        question = Question(keys=self.keys, text=text)
        return frozenset(View(self._searcher).hits(question, max(1, self._searcher.num_docs)).numbers)

    def _numbers(self, query: Query) -> list[int]:
        hits = self._searcher.search(query, self._searcher.num_docs, count=False).hits
        return [int(number or 0) for number in self._searcher.fast_field_values("number", [address for _, address in hits])]

    def _asked_alike(self, text: str) -> bool:
        """Tell whether the same is asked of a text, whatever is found."""
        return len(View(self._searcher)._demands(Question(keys=self.keys, text=text))) == 1


def live_rows() -> dict[str, list[tuple[str, ...]]]:
    """The keys of what each live source holds, by the levels that the examples were drawn with."""
    return {
        "guangdong": _keys_of(draw("guangdong", guangdong.COUNT, guangdong.HERE)),
        "hangzhou-school": _keys_of(draw("hangzhou-school", school.COUNT, (HANGZHOU_SCHOOL,), restricted=0.5)),
    }


def _keys_of(samples: Sequence[Sample]) -> list[tuple[str, ...]]:
    keys = {"public": "pub", "members": "member", "teachers": "r:teacher", "province": "p:{p}", "school": "s:{s}"}
    keys["school_teachers"] = "r:teacher@s:{s}"
    places = [each.institution or HANGZHOU_SCHOOL for each in samples]
    return [(keys[each.visibility].format(s=place.code, p=place.province),) for each, place in zip(samples, places, strict=True)]


def _row(number: int, body: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    library, published = body.get("library"), body.get("published")
    values = {
        "TIER": [body["tier"].upper()],
        "KIND": [body["kind"]],
        "ACCESS": [body["access"].upper()],
        "SOURCE": [names[body["source"]]],
        "PROVINCE": [body.get("province")],
        "INSTITUTION": [body.get("institution")],
        "LIBRARY": [library_id(library["source"], library["key"])] if library else [],
        "LICENSE": [(body.get("license") or {}).get("code")],
        "YEAR": [published[:4]] if published else [],
        "LANGUAGE": body.get("languages", []),
    }
    shown = {facet: tuple(value for value in found if value is not None) for facet, found in values.items()}
    return Row(number, body["id"], names[body["source"]], body["key"], shown, tuple(body["visibility"]))
