"""Everybody sees exactly what is theirs, on every path: random callers and queries against an oracle that knows the rules and nothing else.

The oracle reads the catalog's file behind the server's back. Guards are then broken one by one, and each break has to show.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

import auth.grant
import store.reader
from demo import guangdong, school
from demo.data.generator import Sample, draw
from demo.data.people import HANGZHOU as HANGZHOU_SCHOOL
from store.tables import records
from store.visibility import keys_of
from tests.auth.browser import Application

SEED = random.SystemRandom().randrange(10**6)
SOURCES = ("national-portal", "zhejiang")
PEOPLE = (None, "student", "teacher", "school_admin", "province_admin", "province_admin_44", "national_admin", "developer")

WALK = """query ($filter: ResourceFilter, $by: ResourceOrderBy, $first: Int!, $after: String) {
  search(filter: $filter, orderBy: $by, first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
}"""
LOOKUP = "query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } resource(id: $id) { id } node(id: $id) { id } }"
SIZES = "{ sources { nodes { name recordCount } } libraries(first: 100) { nodes { id resourceCount } } }"


@dataclass(frozen=True)
class Row:
    id: str
    source: str
    library: str | None
    kind: str
    access: str
    keys: tuple[str, ...]


def sees(person: str | None, row: Row) -> bool:
    """The oracle: written from the rules of the contract, in other words than the product's."""
    for key in row.keys:
        role, _, place = key.partition("@") if key.startswith("r:") else ("", "", key)
        if key == "pub" or (key == "member" and person is not None):
            return True
        if role and role != "r:teacher":
            raise AssertionError(key)
        match person:
            case "student":
                here = not role and place in ("p:33", "s:4133010001")
            case "teacher":
                here = place in ("", "p:33", "s:4133010001")
            case "school_admin":
                here = place == "s:4133010001" or key == "p:33"
            case "province_admin":
                here = place == "p:33"
            case "province_admin_44":
                here = place == "p:44"
            case _:
                here = False
        if here:
            return True
    return False


def _live_rows(source: str, samples: Sequence[Sample]) -> list[Row]:
    """What a live source holds, by the levels that the examples were drawn with."""
    keys = {"public": "pub", "members": "member", "teachers": "r:teacher", "province": "p:{p}", "school": "s:{s}"}
    keys["school_teachers"] = "r:teacher@s:{s}"
    return [
        Row("", source, None, each.kind, each.access, (keys[each.visibility].format(s=place.code, p=place.province),))
        for each in samples
        for place in [each.institution or HANGZHOU_SCHOOL]
    ]


LIVE = {
    "guangdong": _live_rows("guangdong", draw("guangdong", guangdong.COUNT, guangdong.HERE)),
    "hangzhou-school": _live_rows("hangzhou-school", draw("hangzhou-school", school.COUNT, (HANGZHOU_SCHOOL,), restricted=0.5)),
}


class Library:
    """The running demo, what its catalog really holds, and one token for each person."""

    def __init__(self, product: Any, directory: Path) -> None:
        self.product = product
        self.tokens = {name: Application(product.url).tokens(name)["access_token"] if name else None for name in PEOPLE}
        with closing(sqlite3.connect(directory / "catalog.sqlite3")) as catalog:
            names = dict(catalog.execute("SELECT key, name FROM sources"))
            bodies = [orjson.loads(body) for (body,) in catalog.execute("SELECT body FROM records")]
        self.rows = [
            Row(
                each["id"],
                names[each["source"]],
                (each.get("library") or {}).get("key"),
                each["kind"],
                each["access"],
                tuple(each["visibility"]),
            )
            for each in bodies
        ]

    def ask(self, person: str | None, query: str, **variables: Any) -> Any:
        token = self.tokens[person]
        headers = {"authorization": f"Bearer {token}"} if token else {}
        reply = self.product.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()
        return reply.get("data") or {}

    def differences(self, seed: int, rounds: int) -> Iterator[str]:
        """Where the answers are not what the oracle says."""
        chance = random.Random(seed)
        for _ in range(rounds):
            person = chance.choice(PEOPLE)
            yield from self._walk(chance, person)
            yield from self._existence(chance, person)
        for person in PEOPLE:
            yield from self._sizes(person)
            yield from self._live(person)

    def _walk(self, chance: random.Random, person: str | None) -> Iterator[str]:
        sources = chance.choice([SOURCES, SOURCES[:1], SOURCES[1:]])
        wanted: dict[str, Any] = {"sources": list(sources)}
        rows = [row for row in self.rows if row.source in sources]
        if chance.random() < 0.7:
            wanted["access"] = chance.sample(["PUBLIC", "MEMBERS", "TEACHERS", "PROVINCE", "SCHOOL", "RESTRICTED"], 2)
            rows = [row for row in rows if row.access.upper() in wanted["access"]]
        if chance.random() < 0.5:
            wanted["kinds"] = chance.sample(["course", "video", "document", "textbook"], 2)
            rows = [row for row in rows if row.kind in wanted["kinds"]]
        expected = {row.id for row in rows if sees(person, row)}
        by, first, after = chance.choice(["NEWEST", "TITLE"]), chance.choice([7, 50, 100]), None
        met: list[str] = []
        for page in range(4):
            found = self.ask(person, WALK, filter=wanted, by=by, first=first, after=after).get("search")
            if found is None:
                yield f"{person} {wanted}: no answer"
                return
            met += [node["id"] for node in found["nodes"]]
            if found["totalCount"] != len(expected):
                yield f"{person} {wanted}: total {found['totalCount']}, not {len(expected)}"
            if len(found["nodes"]) != min(first, len(expected) - page * first):
                yield f"{person} {wanted}: a page of {len(found['nodes'])}"
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                if set(met) != expected:
                    yield f"{person} {wanted}: the walk missed {len(expected - set(met))}"
                break
        if not set(met) <= expected or len(set(met)) != len(met):
            yield f"{person} {wanted}: saw what is not theirs, or twice"

    def _existence(self, chance: random.Random, person: str | None) -> Iterator[str]:
        rows = chance.sample([row for row in self.rows if "pub" not in row.keys], 20)
        found = self.ask(person, LOOKUP, ids=[row.id for row in rows], id=rows[0].id)
        for row, node in zip(rows, found.get("nodes") or [], strict=False):
            if (node is not None) is not sees(person, row):
                yield f"{person} {row}: existence"
        if (found.get("resource") is not None) is not sees(person, rows[0]) or found.get("resource") != found.get("node"):
            yield f"{person} {rows[0]}: lookup"

    def _live(self, person: str | None) -> Iterator[str]:
        for source, rows in LIVE.items():
            found = self.ask(person, WALK, filter={"sources": [source]}, by="NEWEST", first=100).get("search")
            expected = sum(sees(person, row) for row in rows)
            if found is None or (found["totalCount"], len(found["nodes"])) != (expected, min(100, expected)):
                yield f"{person} {source}: {found and (found['totalCount'], len(found['nodes']))}, not {expected}"

    def _sizes(self, person: str | None) -> Iterator[str]:
        found = self.ask(person, SIZES)
        for source in found["sources"]["nodes"]:
            expected = sum(sees(person, row) for row in self.rows if row.source == source["name"])
            if source["name"] in SOURCES and source["recordCount"] != expected:
                yield f"{person} {source}: not {expected}"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, running_demo: Callable[..., Any]) -> Iterator[Library]:
    directory = tmp_path_factory.mktemp("visibility")
    with running_demo(directory) as product:
        yield Library(product, directory)


def test_every_path_shows_what_the_oracle_says(library: Library) -> None:
    print("seed", SEED)
    assert len({row.keys for row in library.rows}) > 20
    assert list(library.differences(SEED, 25)) == []


async def _count_everything(self: Any, wanted: Any = store.reader.EVERYTHING, sources: Any = None) -> int:
    statement = select(func.count()).select_from(records).where(*store.reader.resource_conditions(wanted))
    return int(await self._count(statement if sources is None else statement.where(records.c.source.in_(sorted(sources)))))


def _unnarrowed(self: Any, table: Any, statement: Any, sources: Any = None) -> Any:
    statement = statement.select_from(table)
    return statement if sources is None else statement.where(table.c.source.in_(sorted(sources)))


async def _ids_of_everybody(self: Any, ids: Any) -> Any:
    found = await self._read(select(records.c.body).where(records.c.id.in_(list(ids))), store.reader._RECORD)
    return {record.id: record for record in found}


_WALKED = store.reader.Reader.records


async def _filtered_after_the_limit(self: Any, *args: Any, **named: Any) -> Any:
    own, keys = self._keys, self._keys
    everything = store.reader.Reader(self._database, frozenset(key for row_keys in _ALL_KEYS for key in row_keys))
    found = await _WALKED(everything, *args, **named)
    return [record for record in found if own & set(record.visibility) and keys]


_ALL_KEYS: list[tuple[str, ...]] = []


def _any_of(roles: Any, province: Any, institution: Any) -> frozenset[str]:
    """A conjunction read as any of its parts: everybody at the school has what its teachers have."""
    held = keys_of(roles, province, institution)
    return held | {f"r:teacher@{key}" for key in held if key.startswith(("p:", "s:"))}


def _role_is_enough(roles: Any, province: Any, institution: Any) -> frozenset[str]:
    held = keys_of(roles, province, institution)
    return held | {key for keys in _ALL_KEYS for key in keys if key.startswith("r:teacher@") and "r:teacher" in held}


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "no predicate": (store.reader.Reader, "_of", _unnarrowed),
    "unfiltered count": (store.reader.Reader, "count", _count_everything),
    "existence": (store.reader.Reader, "by_ids", _ids_of_everybody),
    "filter after the limit": (store.reader.Reader, "records", _filtered_after_the_limit),
    "a conjunction read as any of its parts": (auth.grant, "keys_of", _any_of),
    "a role that counts everywhere": (auth.grant, "keys_of", _role_is_enough),
    "everybody is a member": (auth.grant, "keys_of", lambda *_: frozenset({"pub"})),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_guard_that_is_broken_shows(library: Library, mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    print("seed", SEED)
    _ALL_KEYS[:] = [row.keys for row in library.rows]
    owner, name, broken = MUTANTS[mutant]
    monkeypatch.setattr(owner, name, broken)
    for person in PEOPLE[1:]:  # a grant that is known is not made again
        library.tokens[person] = Application(library.product.url).tokens(person)["access_token"]
    assert next(library.differences(SEED, 40), None) is not None


def test_after_the_guards_are_back_everything_holds(library: Library) -> None:
    for person in PEOPLE[1:]:
        library.tokens[person] = Application(library.product.url).tokens(person)["access_token"]
    assert list(library.differences(SEED + 1, 10)) == []
