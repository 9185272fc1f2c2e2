"""Registered sources: the document that defines each, under a key that never changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import NameTaken
from store.harvests import HarvestRun, Runs, latest
from store.identity import source_key
from store.pushes import last_complete
from store.tables import records, sources

REGISTRY = "the registry"
"""Locked while a source is registered, so that two never draw one key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSource:
    """A source as registered. `version` counts the documents it has had; a `retired` one is not read any more."""

    key: str
    name: str
    title: str
    document: str
    version: int
    registered_at: datetime
    updated_at: datetime
    retired: bool


@dataclass(frozen=True, slots=True)
class HarvestFacts:
    """What the catalog holds of a source: its records, its latest run, and when the last complete one, or complete push, ended."""

    record_count: int = 0
    last_run: HarvestRun | None = None
    complete_at: datetime | None = None


class Sources:
    """The registry."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def register(self, document: str, *, name: str, title: str, key: str | None = None) -> str:
        """Keep a definition and return the immutable key of its source.

        A name that is known, or a `key`, means that source: another document raises its version, another name renames it, and the
        key stays. A retired source comes back. Raises NameTaken where `name` belongs to another source than `key`, LookupError where
        there is no source `key`.
        """
        now = self._clock()
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, REGISTRY)
            named = (await connection.execute(select(sources).where(sources.c.name == name))).mappings().one_or_none()
            if key is not None and named is not None and named["key"] != key:
                raise NameTaken(f"the name {name} belongs to another source: choose another name, or rename that source first")
            old = named
            if key is not None and old is None:
                old = (await connection.execute(select(sources).where(sources.c.key == key))).mappings().one_or_none()
                if old is None:
                    raise LookupError(f"there is no source {key}")
            if old is None:
                drawn = await self._draw_key(connection, name)
                values = {"key": drawn, "name": name, "title": title, "document": document, "version": 1, "retired": False}
                await connection.execute(insert(sources).values(**values, registered_at=now, updated_at=now))
                return drawn
            changed: dict[str, Any] = {"name": name, "title": title, "document": document, "retired": False}
            if any(old[column] != value for column, value in changed.items()):
                version = old["version"] + (old["document"] != document)
                renewing = update(sources).where(sources.c.key == old["key"])
                await connection.execute(renewing.values(**changed, version=version, updated_at=now))
            kept: str = old["key"]
            return kept

    async def retire(self, key: str) -> None:
        """Take a source out of service; its name, its key and its records stay."""
        async with self._database.begin_write() as connection:
            await connection.execute(update(sources).where(sources.c.key == key).values(retired=True, updated_at=self._clock()))

    async def all(self, *, retired: bool = False) -> list[RegisteredSource]:
        """The sources by name; with the retired ones where asked for."""
        statement = select(sources).order_by(sources.c.name)
        return await self._read(statement if retired else statement.where(sources.c.retired.is_(False)))

    async def by_name(self, name: str) -> RegisteredSource | None:
        """Find a source by the name that people use."""
        return next(iter(await self._read(select(sources).where(sources.c.name == name))), None)

    async def by_key(self, key: str) -> RegisteredSource | None:
        """Find a source by its immutable key."""
        return next(iter(await self._read(select(sources).where(sources.c.key == key))), None)

    async def runs(self) -> dict[str, Runs]:
        """What is known of the runs of each source, by its key; one that was never harvested is missing."""
        async with self._database.begin_read() as connection:
            return await _runs(connection)

    async def key_of(self, name: str) -> str:
        """The key of the source of this name, or the one that it will have when it is registered."""
        known = await self.by_name(name)
        if known is not None:
            return known.key
        async with self._database.begin_read() as connection:
            return await self._draw_key(connection, name)

    async def facts(self) -> dict[str, HarvestFacts]:
        """What the catalog holds, by source key; a source that was never harvested nor pushed is missing. It counts every record."""
        async with self._database.begin_read() as connection:
            counted = await connection.execute(select(records.c.source, func.count()).group_by(records.c.source))
            counts = {row[0]: row[1] for row in counted}
            runs = await _runs(connection)
        return {
            key: HarvestFacts(counts.get(key, 0), known.last_run, known.complete_at)
            for key in counts.keys() | runs.keys()
            for known in (runs.get(key, Runs()),)
        }

    async def _read(self, statement: Any) -> list[RegisteredSource]:
        async with self._database.begin_read() as connection:
            return [RegisteredSource(**row) for row in (await connection.execute(statement)).mappings()]

    async def _draw_key(self, connection: AsyncConnection, name: str) -> str:
        attempt = 0
        while await connection.scalar(select(sources.c.key).where(sources.c.key == source_key(name, attempt))) is not None:
            attempt += 1
        return source_key(name, attempt)


async def _runs(connection: AsyncConnection) -> dict[str, Runs]:
    """What was pushed is as old as the push, however often it was mapped anew since."""
    runs, pushed = await latest(connection), await last_complete(connection)
    return runs | {key: replace(runs[key], complete_at=at) for key, at in pushed.items() if key in runs}
