"""Orders that hold on every node at once: emergency switches, and what caches are to forget. They stand in the store and are followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from store.database import Database

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


async def turn(database: Database, switch: Switch, *, on: bool) -> None:
    """Turn a switch on or off; every node follows within a second."""
    await database.set_fact(_SWITCH + switch, "on" if on else "off")


async def forget(database: Database, source: str) -> None:
    """Have every node forget what it keeps of a source (its key)."""
    count = int(await database.fact(_CACHE + source) or 0)
    await database.set_fact(_CACHE + source, str(count + 1))
