"""Every path on which records and people show, each held against the oracle: a path yields what differs."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import orjson
from sqlalchemy import event
from sqlalchemy.engine import Engine

from store.identity import institution_id, parse_id, resource_id
from tests.auth.browser import Application
from tests.federation.oracle import HARVESTED, PEOPLE, Oracle, Row, answers_for, live_rows, opens, sees
from transport.requests import REQUEST_ID

WALK: Final = """query ($text: String, $filter: ResourceFilter, $by: ResourceOrderBy, $first: Int!, $after: String) {
  search(text: $text, filter: $filter, orderBy: $by, first: $first, after: $after) {
    totalCount nodes { id } pageInfo { hasNextPage endCursor }
  }
}"""
FACETS: Final = """query ($text: String, $filter: ResourceFilter, $by: [FacetField!]!) {
  search(text: $text, filter: $filter, first: 1) {
    facets(by: $by, first: 100) { field buckets { value count } missing other }
  }
}"""
LOOKUP: Final = """query ($ids: [ID!]!, $id: ID!, $source: String!, $key: String!) {
  nodes(ids: $ids) { id } resource(id: $id) { id } node(id: $id) { id } resourceByIdentifier(source: $source, identifier: $key) { id }
}"""
SIZES: Final = """query ($id: ID!, $sources: [String!]) {
  sources { nodes { name recordCount } }
  node(id: $id) { ... on Institution { resources(first: 1, filter: {sources: $sources}) { totalCount } } }
}"""
PERSONAL: Final = """query ($id: ID!) { node(id: $id) { ... on Institution {
  teachers(purpose: INSPECTION) { totalCount nodes { id } }
  students(purpose: TEACHING) { totalCount nodes { id } }
} } }"""
CHANGES: Final = """query ($after: String) {
  changes(first: 1000, after: $after) { edges { node { ... on Upserted { resource { id } } } } pageInfo { hasNextPage endCursor } }
}"""
SUGGEST: Final = "query ($prefix: String!) { suggest(prefix: $prefix, first: 20) { text kind { value } } }"

CONDITIONS: Final = {"ACCESS": "access", "KIND": "kinds", "TIER": "tiers", "PROVINCE": "provinces", "LANGUAGE": "languages"}
FIELDS: Final = ("TIER", "KIND", "ACCESS", "SOURCE", "PROVINCE", "INSTITUTION", "LIBRARY", "LICENSE", "YEAR", "LANGUAGE")

OVERSEERS: Final = ("school_admin", "province_admin", "province_admin_44")
"""Whose roles hold the scopes of personal data."""

Path = Callable[["Paths", random.Random], Iterator[str]]


class Paths:
    """The paths of a running demo, whose catalog lies where `oracle` reads it."""

    def __init__(self, product: Any, oracle: Oracle) -> None:
        self.product = product
        self.oracle = oracle
        self._live = live_rows()
        self._tokens: dict[str | None, str | None] = {}
        self._until = 0.0

    def forget(self) -> None:
        """Let the server look at every grant again: a revocation makes it."""
        self.product.http.post("/oauth/revoke", data={"client_id": "demo-web", "token": "none"})

    def differences(self, seed: int, rounds: int, *paths: Path) -> Iterator[str]:
        """Where answers are not what the oracle says, on some paths or on all."""
        chance = random.Random(seed)
        for _ in range(rounds):
            for path in paths or EVERY:
                yield from path(self, chance)

    def settled(self) -> bool:
        """Tell whether the server searches all that the oracle knows."""
        found = self._ask(None, FACETS, filter={"sources": list(HARVESTED)}, by=["SOURCE"]).get("search")
        counted = {each["value"]: each["count"] for each in found["facets"][0]["buckets"]} if found is not None else None
        return counted == self.oracle.facet(None, HARVESTED, {}, None, "SOURCE")["buckets"]

    def page(self, chance: random.Random) -> Iterator[str]:
        """Pages and totals, in exact orders and by relevance, with text and without, and what a cursor of somebody else opens."""
        person, sources, wanted, text = self._question(chance)
        by = chance.choice(["NEWEST", "TITLE", "RELEVANCE"] if text else ["NEWEST", "TITLE"])
        expected = {row.id for row in self.oracle.of(sources, wanted, text) if sees(person, row)}
        first, after, met = chance.choice([7, 50, 100]), None, list[str]()
        asked = {"text": text, "filter": _filter(sources, wanted), "by": by, "first": first}
        for page in range(4):
            found = self._ask(person, WALK, **asked, after=after).get("search")
            if found is None:
                yield f"{person} {asked}: no answer"
                return
            met += [node["id"] for node in found["nodes"]]
            if found["totalCount"] != len(expected):
                yield f"{person} {asked}: total {found['totalCount']}, not {len(expected)}"
            if len(found["nodes"]) != min(first, len(expected) - page * first):
                yield f"{person} {asked}: a page of {len(found['nodes'])}"
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                if set(met) != expected:
                    yield f"{person} {asked}: the walk missed {len(expected - set(met))}"
                break
        if not set(met) <= expected or len(set(met)) != len(met):
            yield f"{person} {asked}: saw what is not theirs, or twice"
        other = chance.choice([each for each in PEOPLE if each != person])
        if after is not None:
            refused = self._reply(other, WALK, **asked, after=after)
            if [error["extensions"]["code"] for error in refused.get("errors", [])] != ["BAD_USER_INPUT"]:
                yield f"{other}: went on with the cursor of {person}"

    def facets(self, chance: random.Random) -> Iterator[str]:
        """Counts by value, as two people see them who ask the same after each other."""
        _, sources, wanted, text = self._question(chance)
        names = chance.sample(FIELDS, 4)
        for person in chance.sample(PEOPLE, 2):
            found = self._ask(person, FACETS, text=text, filter=_filter(sources, wanted), by=names).get("search")
            if found is None:
                yield f"{person} {wanted} {text}: no facets"
                return
            for facet in found["facets"]:
                shown = {"buckets": {each["value"]: each["count"] for each in facet["buckets"]}, **_without(facet, "field", "buckets")}
                expected = self.oracle.facet(person, sources, wanted, text, facet["field"])
                if shown != expected:
                    yield f"{person} {sources} {wanted} {text} {facet['field']}: {shown}, not {expected}"

    def suggestions(self, chance: random.Random) -> Iterator[str]:
        """Terms that begin as somebody writes."""
        person, prefix = chance.choice(PEOPLE), chance.choice(self.oracle.words)[: chance.choice([1, 2, 3])].lower()
        expected = self.oracle.suggestions(person, prefix, 20)
        if expected is not None:
            found = self._ask(person, SUGGEST, prefix=prefix).get("suggest") or []
            shown = [each["text"].lower() for each in found if each["kind"]["value"] == "term"]
            if shown != expected[: len(shown)] or len(found) < min(20, len(expected)):
                yield f"{person} {prefix}: {shown}, not {expected}"

    def changes(self, chance: random.Random) -> Iterator[str]:
        """The feed of changes, which is everybody's and holds what is public."""
        person, after, met = chance.choice(PEOPLE), None, Counter[str]()
        while True:
            found = self._ask(person, CHANGES, after=after)["changes"]
            met.update(edge["node"]["resource"]["id"] for edge in found["edges"] if edge["node"])
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
        expected = {row.id for row in self.oracle.rows if "pub" in row.keys}
        if set(met) != expected:
            yield f"{person}: {len(set(met) - expected)} changes too many, {len(expected - set(met))} too few"

    def existence(self, chance: random.Random) -> Iterator[str]:
        """Single objects: what is forbidden answers as what is absent, to the letter, and costs the same work."""
        person = chance.choice(PEOPLE)
        rows = chance.sample([row for row in self.oracle.rows if "pub" not in row.keys], 20)
        one = rows[0]
        found = self._ask(person, LOOKUP, ids=[row.id for row in rows], id=one.id, source=one.source, key=one.key)
        for row, node in zip(rows, found.get("nodes") or [None] * 20, strict=True):
            if (node is not None) is not sees(person, row):
                yield f"{person} {row}: existence"
        for path in ("resource", "node", "resourceByIdentifier"):
            if (found.get(path) is not None) is not sees(person, one):
                yield f"{person} {one}: {path}"
        hidden = next((row for row in rows if not sees(person, row)), None)
        if hidden is not None:
            named = parse_id(hidden.id)
            assert named is not None
            absent = Row(0, resource_id(named.source, f"{named.key}-"), hidden.source, f"{named.key}-", {}, ())
            (told, work), (told_absent, work_absent) = (self._looked_up(person, row) for row in (hidden, absent))
            if told != told_absent:
                yield f"{person} {hidden}: {told}, and for what is absent {told_absent}"
            if work != work_absent:
                only = Counter(work) - Counter(work_absent), Counter(work_absent) - Counter(work)
                yield f"{person} {hidden}: more work {only[0]}, and for what is absent {only[1]}"

    def live(self, chance: random.Random) -> Iterator[str]:
        """Sources that are asked now, whose answers are kept for a while: two people after each other, and all at once."""
        source = chance.choice(list(self._live))
        asked = {"filter": {"sources": [source]}, "by": "NEWEST", "first": 100}
        people = chance.sample(PEOPLE, 3)
        with ThreadPoolExecutor(len(people)) as crowd:
            answers = list(crowd.map(lambda person: self._ask(person, WALK, **asked).get("search"), people))
        for person, found in zip(people, answers, strict=True):
            expected = sum(any(opens(person, key) for key in keys) for keys in self._live[source])
            if found is None or (found["totalCount"], len(found["nodes"])) != (expected, min(100, expected)):
                yield f"{person} {source}: {found and (found['totalCount'], len(found['nodes']))}, not {expected}"

    def sizes(self, chance: random.Random) -> Iterator[str]:
        """The sizes of sources and of what a school has, and what caches between us and a caller may keep."""
        person, other = chance.sample(PEOPLE, 2)
        school = chance.choice(self.oracle.schools)
        variables = {"id": institution_id(school), "sources": list(HARVESTED)}
        found = self._ask(person, SIZES, **variables)
        for source in found["sources"]["nodes"]:
            expected = sum(sees(person, row) for row in self.oracle.rows if row.source == source["name"])
            if source["name"] in HARVESTED and source["recordCount"] != expected:
                yield f"{person} {source}: not {expected}"
        expected = sum(sees(person, row) for row in self.oracle.of(HARVESTED, {"INSTITUTION": [school]}, None))
        if found["node"]["resources"]["totalCount"] != expected:
            yield f"{person} {school}: {found['node']}, not {expected}"
        own, others = self._got(person, variables), self._got(other, variables)
        again = self._got(other, variables, {"if-none-match": own.headers["etag"]})
        if (again.status_code == 304) is not (own.content == others.content):
            yield f"{other}: {again.status_code} to the tag of {person}"
        if ("public" in own.headers["cache-control"]) is not (person is None):
            yield f"{person}: {own.headers['cache-control']}"

    def people(self, chance: random.Random) -> Iterator[str]:
        """Personal data: to whom they show, with the scope and without, and that each look is written down."""
        person = chance.choice([*PEOPLE, *OVERSEERS, *OVERSEERS])
        school = chance.choice(["4133010001", chance.choice(self.oracle.schools)])
        before = self.oracle.looks()
        reply = self._reply(person, PERSONAL, id=institution_id(school))
        node, written = reply["data"]["node"], Counter(self.oracle.looks()) - Counter(before)
        expected: Counter[tuple[str, str | None, str]] = Counter()
        for field, role, purpose in (("teachers", "teacher", "inspection"), ("students", "student", "teaching")):
            if person not in OVERSEERS:
                if node[field] is not None:
                    yield f"{person} {school}: {field} without the scope"
                continue
            there = {identifier for identifier, roles, place in self.oracle.people if place == school and role in roles}
            there = there if answers_for(person, school) else set()
            if node[field] is None or (node[field]["totalCount"], {each["id"] for each in node[field]["nodes"]}) != (len(there), there):
                yield f"{person} {school}: {node[field]}, not {there}"
            expected.update((f"demo-{person.replace('_', '-')}", subject, purpose) for subject in there or {None})
        if written != expected:
            yield f"{person} {school}: {written} written down, not {expected}"

    def hidden_and_absent(self, source: str) -> tuple[str, str]:
        """The id of something that a live source hides from everybody who has not signed in, and one of nothing."""
        asked = {"filter": {"sources": [source]}, "by": "NEWEST", "first": 100}
        public, more = (
            [node["id"] for person in people for node in self._ask(person, WALK, **asked)["search"]["nodes"]]
            for people in ((None,), ("teacher", "province_admin_44"))
        )
        hidden = next(each for each in more if each not in public)
        named = parse_id(hidden)
        assert named is not None
        return hidden, resource_id(named.source, named.key[:-1] + ("x" if named.key[-1] != "x" else "y"))

    def traced(self, person: str | None, source: str, identifier: str) -> Any:
        """What is told of one object, and what its source was asked for it."""
        named = parse_id(identifier)
        assert named is not None
        variables = {"ids": [identifier], "id": identifier, "source": source, "key": named.key}
        reply = self._reply(person, LOOKUP, {"huiju-trace": "1", "huiju-cache": "no-store"}, **variables)
        steps = reply.pop("extensions")["trace"]["steps"]
        return reply, [{name: step[name] for name in ("source", "status", "attempts", "rows", "bytes")} for step in steps]

    def _question(self, chance: random.Random) -> tuple[str | None, tuple[str, ...], dict[str, list[str]], str | None]:
        sources = chance.choice([HARVESTED, HARVESTED[:1], HARVESTED[1:]])
        some = chance.choice(self.oracle.rows)
        wanted = {}
        for facet in CONDITIONS:
            if chance.random() < 0.3 and some.values[facet]:
                wanted[facet] = sorted({some.values[facet][0], *chance.choice(self.oracle.rows).values[facet][:1]})
        return chance.choice(PEOPLE), sources, wanted, chance.choice(self.oracle.texts) if chance.random() < 0.4 else None

    def _looked_up(self, person: str | None, row: Row) -> tuple[Any, list[str]]:
        variables = {"ids": [row.id], "id": row.id, "source": row.source, "key": row.key}
        with statements() as work:
            reply = self._reply(person, LOOKUP, {"x-request-id": WATCHED}, **variables)
        page = self.product.http.get(f"/resources/{row.id}", headers=self._headers(person))
        # Who asks is looked at anew every half minute, whatever is asked.
        return (reply, page.status_code, page.text), sorted(each for each in work if any(f" {table}" in each for table in OF_RECORDS))

    def _ask(self, person: str | None, query: str, **variables: Any) -> Any:
        return self._reply(person, query, **variables).get("data") or {}

    def _reply(self, person: str | None, query: str, headers: Any = None, **variables: Any) -> Any:
        sent = {**self._headers(person), **(headers or {})}
        return self.product.http.post("/graphql", json={"query": query, "variables": variables}, headers=sent).json()

    def _got(self, person: str | None, variables: Any, headers: Any = None) -> Any:
        asked = {"query": SIZES, "variables": orjson.dumps(variables).decode()}
        return self.product.http.get("/graphql", params=asked, headers={**self._headers(person), **(headers or {})})

    def _headers(self, person: str | None) -> dict[str, str]:
        if person is None:
            return {}
        if time.monotonic() > self._until:  # before the first of them ends
            self._tokens = {name: Application(self.product.url).tokens(name, None)["access_token"] for name in PEOPLE if name}
            self._until = time.monotonic() + 200
        return {"authorization": f"Bearer {self._tokens[person]}"}


EVERY: Final[tuple[Path, ...]] = (
    Paths.page,
    Paths.facets,
    Paths.suggestions,
    Paths.changes,
    Paths.existence,
    Paths.live,
    Paths.sizes,
    Paths.people,
)

OF_RECORDS: Final = ("records", "libraries", "tombstones", "aliases", "changes")
"""The tables in which a look for an object shows."""

WATCHED: Final = "the-request-whose-work-is-compared"


class statements:  # noqa: N801 - a context manager
    """The statements that the request WATCHED sends to the database while the block lasts."""

    def __enter__(self) -> list[str]:
        self._sent: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._note)
        return self._sent

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if REQUEST_ID.get() == WATCHED:
            self._sent.append(statement)


def _filter(sources: tuple[str, ...], wanted: dict[str, list[str]]) -> dict[str, Any]:
    return {"sources": list(sources), **{CONDITIONS[facet]: values for facet, values in wanted.items()}}


def _without(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in names}
