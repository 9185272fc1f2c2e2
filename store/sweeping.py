"""What a reading of a whole collection has met, what it could not read, and which rows of the catalog it has not met."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, func, select

from store.catalog import TABLES
from store.database import Database
from store.departures import withdrawals
from store.tables import harvest_seen, quarantine, records

_AT_ONCE = 500


class Sweeping:
    """One collection of one source (its key). All of it stands in the tables, so a run that resumes another judges the whole reading."""

    def __init__(self, database: Database, source: str, collection: str) -> None:
        self._database = database
        self._place = {"source": source, "collection": collection}
        self._table = TABLES[collection]
        self._rows = self._table.c.source == source

    async def nameless(self) -> int:
        """How many items without a key the reading has put into quarantine: each may be any of those that it has not met."""
        statement = select(func.count()).select_from(quarantine).filter_by(**self._place, key=None)
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def fruitless(self) -> int:
        """How many items the reading has met, where not one of them could become a record; otherwise 0."""
        met = select(harvest_seen.c.key).filter_by(**self._place)
        spoiled = select(quarantine.c.key).filter_by(**self._place).where(quarantine.c.key == harvest_seen.c.key)
        async with self._database.begin_read() as connection:
            if (await connection.execute(met.where(~spoiled.exists()).limit(1))).first() is not None:
                return 0
            count = int(await connection.scalar(met.with_only_columns(func.count())) or 0)
        return count + await self.nameless()

    async def unmet(self) -> tuple[int, int]:
        """How many rows the reading has not met, and how many rows there are."""
        whole = select(func.count()).select_from(self._table).where(self._rows)
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(whole.where(self._not_met(self._table))) or 0), int(await connection.scalar(whole) or 0)

    async def unmet_keys(self) -> list[str]:
        """Some of the native keys of the rows that the reading has not met, also of records withdrawn that would be shown again."""
        unmet = select(self._table.c.key).where(self._rows, self._not_met(self._table)).limit(_AT_ONCE)
        kept = select(withdrawals.c.key).where(withdrawals.c.source == self._place["source"], withdrawals.c.body.is_not(None))
        async with self._database.begin_read() as connection:
            found = (await connection.scalars(unmet)).all()
            if not found and self._table is records:
                found = (await connection.scalars(kept.where(self._not_met(withdrawals)).limit(_AT_ONCE))).all()
            return list(found)

    async def forget_spoiled(self, before: datetime) -> None:
        """Take items out of quarantine that came there before this reading, and that it has not met: their source has them no more."""
        gone = delete(quarantine).filter_by(**self._place).where(quarantine.c.at < before, self._not_met(quarantine))
        async with self._database.begin_write() as connection:
            await connection.execute(gone)

    def _not_met(self, table: Table) -> ColumnElement[bool]:
        return ~select(harvest_seen.c.key).filter_by(**self._place).where(harvest_seen.c.key == table.c.key).exists()
