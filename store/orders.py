"""Orders that hold on every node at once: emergency switches, and what caches are to forget. Every process follows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Integer, Text, cast

from store.audit import SYSTEM, Action, Audit, Event
from store.database import Database
from store.tables import store_facts

_SWITCH, _CACHE = "switch:", "cache:"


class Switch(StrEnum):
    """What an operator may turn off in an emergency.

    `stored-only` asks no live source, `anonymous-off` answers nobody who has not signed in, `read-only` changes nothing: no mutation,
    no push, no harvest.
    """

    STORED_ONLY = "stored-only"
    ANONYMOUS_OFF = "anonymous-off"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True)
class Orders:
    """The switches that are on, and by source key how often its cache was emptied."""

    on: frozenset[Switch] = frozenset()
    generations: Mapping[str, int] = field(default_factory=dict)


async def read_orders(database: Database) -> Orders:
    """The orders in force."""
    facts = await database.facts(_SWITCH, _CACHE)
    known = {switch.value: switch for switch in Switch}
    on = {known[name] for fact, value in facts.items() if value == "on" and (name := fact.removeprefix(_SWITCH)) in known}
    counts = {fact.removeprefix(_CACHE): int(value) for fact, value in facts.items() if fact.startswith(_CACHE)}
    return Orders(frozenset(on), counts)


async def turn(database: Database, switch: Switch, *, on: bool, by: str = SYSTEM) -> None:
    """Turn a switch on or off; every node follows within a second. `by` is the actor for the audit log."""
    position = "on" if on else "off"
    insert = database.insert(store_facts).values(name=_SWITCH + switch, value=position)
    async with database.begin_write() as connection:
        await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": position}))
        event = Event(by, Action.SWITCH_TURNED, detail={"switch": switch.value, "position": position})
        await Audit(database).append(connection, event)


async def forget(database: Database, sources: Collection[str], *, by: str = SYSTEM) -> None:
    """Have every node forget what it keeps of some sources (their keys). `by` is the actor for the audit log."""
    once_more = cast(cast(store_facts.c.value, Integer) + 1, Text)
    async with database.begin_write() as connection:
        for source in sorted(sources):
            first = database.insert(store_facts).values(name=_CACHE + source, value="1")
            await connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": once_more}))
        for source in sorted(sources):
            await Audit(database).append(connection, Event(by, Action.CACHE_PURGED, source))
