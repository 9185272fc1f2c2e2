"""Guards, broken: each mutant patches the running server in one place, and names the path on which that has to show.

Some are written out, others are drawn: a key too many or too few in everybody's grant.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

import auth.grant
import connectors.cache.keys
import resolvers.asking
import resolvers.changes
import resolvers.lookup
import resolvers.people
import resolvers.walking
import schema.build
import store.reader
import store.search.suggesting
import transport.graphql
from resolvers.context import Context
from resolvers.errors import BadInput
from store.changes import Change, Changes
from store.codes import Label
from store.people import Oversight
from store.provinces import PROVINCES
from store.search.view import Question, View
from store.tables import changes, records
from store.visibility import keys_of
from tests.federation.paths import Path, Paths
from transport.caching import headers_of
from transport.graphql import GraphQLEndpoint

Reader = store.reader.Reader


@dataclass(frozen=True)
class Mutant:
    """A broken guard: what is put in whose place, and where it shows."""

    path: Path
    patches: tuple[tuple[Any, str, Any], ...]


def drawn(seed: int, known: Collection[str], count: int) -> dict[str, Mutant]:
    """Mutants of everybody's keys: each has a key of `known` too many or too few."""
    chance, found = random.Random(seed), dict[str, Mutant]()
    for key in chance.sample(sorted(set(known) - {"pub", "member"}), count):
        found[f"everybody holds {key}"] = Mutant(Paths.page, ((auth.grant, "keys_of", lambda *who, key=key: keys_of(*who) | {key}),))
    held = sorted(set(known) & {"member", "p:33", "p:44", "r:teacher", "s:4133010001", "r:teacher@s:4133010001"})
    for key in chance.sample(held, min(count, len(held))):
        found[f"nobody holds {key}"] = Mutant(Paths.page, ((auth.grant, "keys_of", lambda *who, key=key: keys_of(*who) - {key}),))
    return found


def written_out(known: Collection[str]) -> dict[str, Mutant]:
    """Mutants of one guard each; `known` are all keys that there are."""
    everything = frozenset(known)

    def unnarrowed(_self: Any, table: Any, statement: Any, sources: Any = None) -> Any:
        statement = statement.select_from(table)
        return statement if sources is None else statement.where(table.c.source.in_(sorted(sources)))

    async def count_of_all(self: Any, wanted: Any = store.reader.EVERYTHING, sources: Any = None) -> int:
        statement = select(func.count()).select_from(records).where(*store.reader.resource_conditions(wanted))
        return int(await self._count(statement if sources is None else statement.where(records.c.source.in_(sorted(sources)))))

    async def filtered_afterwards(self: Any, *args: Any, **named: Any) -> Any:
        found = await walked(Reader(self._database, everything), *args, **named)
        return [record for record in found if self._keys.intersection(record.visibility)]

    async def ids_of_all(self: Any, ids: Any) -> Any:
        return await by_ids(Reader(self._database, everything), ids)

    async def more_work_for_what_exists(self: Any, ids: Any) -> Any:
        found = await by_ids(self, ids)
        if await by_ids(Reader(self._database, everything), set(ids) - found.keys()):
            await by_ids(self, ids)
        return found

    async def forbidden_in_words(context: Any, identifier: str) -> Any:
        found = await looked_up(context, identifier)
        if found is None and await Reader(context.catalog.database, everything).by_ids([identifier]):
            raise BadInput(Label("无权查看", "you may not see this"))
        return found

    async def all_changes(self: Any, after: int | None, limit: int) -> Any:
        statement = select(changes.c.seq, changes.c.record, changes.c.at).where(changes.c.seq > (after or 0)).order_by(changes.c.seq)
        async with self._database.begin_read() as connection:
            return [Change(row.seq, row.record, True, row.at) for row in await connection.execute(statement.limit(limit))]

    async def answered_once(self: Any, prepared: Any, asked: Any, context: Any, lang: Any, docs: str) -> Any:
        question = (asked.query, repr(asked.variables))
        if question not in answers:
            answers[question] = await answered(self, prepared, asked, context, lang, docs)
        return answers[question]

    async def unwritten(*_: Any) -> None:
        return None

    def any_of(roles: Any, province: Any, institution: Any) -> frozenset[str]:
        held = keys_of(roles, province, institution)
        return held | {f"r:teacher@{key}" for key in held if key.startswith(("p:", "s:"))}

    def role_everywhere(roles: Any, province: Any, institution: Any) -> frozenset[str]:
        held = keys_of(roles, province, institution)
        return held | {key for key in everything if key.startswith("r:teacher@") and "r:teacher" in held}

    walked, by_ids, looked_up, answered = Reader.records, Reader.by_ids, resolvers.lookup.resource, GraphQLEndpoint._answered
    counted, counted_together, terms = View.count, View._count_together, store.search.suggesting._terms
    asked_of_source = resolvers.asking._query
    answers: dict[Any, Any] = {}

    def of_all(question: Question) -> Question:
        return replace(question, keys=everything)

    def one(path: Path, owner: Any, name: str, broken: Any) -> Mutant:
        return Mutant(path, ((owner, name, broken),))

    return {
        "no predicate": one(Paths.page, Reader, "_of", unnarrowed),
        "filter after the limit": one(Paths.page, Reader, "records", filtered_afterwards),
        "unfiltered count": one(Paths.page, Reader, "count", count_of_all),
        "unfiltered count of a text": one(Paths.page, View, "count", lambda self, question: counted(self, of_all(question))),
        "unfiltered size": one(Paths.sizes, Reader, "count", count_of_all),
        "unfiltered facet": one(
            Paths.facets, View, "_count_together", lambda self, question, *more: counted_together(self, of_all(question), *more)
        ),
        "a facet remembered for others": Mutant(
            Paths.facets,
            (
                (Question, "__eq__", lambda self, other: (self.sources, self.wanted) == (other.sources, other.wanted)),
                (Question, "__hash__", lambda self: hash((self.sources, self.wanted))),
            ),
        ),
        "unfiltered suggestion": one(
            Paths.suggestions, store.search.suggesting, "_terms", lambda view, question, *more: terms(view, of_all(question), *more)
        ),
        "unfiltered changes": Mutant(
            Paths.changes,
            ((Changes, "public", all_changes), (resolvers.changes, "Reader", lambda database, _keys: Reader(database, everything))),
        ),
        "existence": one(Paths.existence, Reader, "by_ids", ids_of_all),
        "existence by the text of an error": one(Paths.existence, resolvers.lookup, "resource", forbidden_in_words),
        "existence by the work that is done": one(Paths.existence, Reader, "by_ids", more_work_for_what_exists),
        "a live source that is believed": Mutant(
            Paths.live,
            (
                (resolvers.walking, "may_see", lambda *_: True),
                (resolvers.asking, "_query", lambda *asked, **more: replace(asked_of_source(*asked, **more), keys=everything)),
            ),
        ),
        "a kept answer for others": one(Paths.live, connectors.cache.keys, "visibility_class", lambda _: ""),
        "an answer shared by all who ask the same": one(Paths.live, GraphQLEndpoint, "_answered", answered_once),
        "a cursor without the class of its caller": one(Paths.page, Context, "visibility_class", property(lambda _: "")),
        "a tag that does not tell answers apart": one(
            Paths.sizes, transport.graphql, "headers_of", lambda _, *, kept, public: headers_of(b"", kept=kept, public=public)
        ),
        "a caller's answer for every cache": one(
            Paths.sizes, transport.graphql, "headers_of", lambda body, *, kept, public: headers_of(body, kept=kept, public=True)
        ),
        "a conjunction read as any of its parts": one(Paths.page, auth.grant, "keys_of", any_of),
        "a role that counts everywhere": one(Paths.page, auth.grant, "keys_of", role_everywhere),
        "members as everybody": one(Paths.page, auth.grant, "keys_of", lambda *_: frozenset({"pub"})),
        "personal data without the scope": one(Paths.people, schema.build, "require", lambda *_: None),
        "personal data without the condition on the row": one(
            Paths.people, resolvers.people, "oversight_of", lambda _: Oversight(provinces=frozenset(PROVINCES))
        ),
        "a look that nobody wrote down": one(Paths.people, resolvers.people, "_write_down", unwritten),
    }
