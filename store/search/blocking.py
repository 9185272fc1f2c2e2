"""Terms that are never suggested, however many records hold them; searching for them is nobody's business to forbid."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select

from store.database import Database
from store.search.normal import normal
from store.tables import store_facts

BLOCKED = "blocked_terms"
"""The fact that holds them, a JSON list in search form."""


class Blocklist:
    """The blocklist of the store; every process learns of a change within seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> frozenset[str]:
        """The blocked terms, in search form."""
        return _read(await self._database.fact(BLOCKED))

    async def change(self, block: Iterable[str] = (), allow: Iterable[str] = ()) -> frozenset[str]:
        """Block terms and allow others again; the terms that are blocked now. Blank ones do not count."""
        added, removed = (frozenset(" ".join(normal(each).split()) for each in terms) for terms in (block, allow))
        async with self._database.begin_write() as connection:
            held = _read(await connection.scalar(select(store_facts.c.value).where(store_facts.c.name == BLOCKED)))
            now = (held | added) - removed - {""}
            fact = self._database.insert(store_facts).values(name=BLOCKED, value=msgspec.json.encode(sorted(now)).decode())
            await connection.execute(fact.on_conflict_do_update(index_elements=["name"], set_={"value": fact.excluded["value"]}))
        return now


def _read(value: str | None) -> frozenset[str]:
    return frozenset(msgspec.json.decode(value, type=list[str])) if value is not None else frozenset()
