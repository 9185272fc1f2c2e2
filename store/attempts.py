"""Attempts: how often something was tried in vain, or done at all, under a pseudonymous key."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, LargeBinary, Table, delete, select

from store.clock import Clock, utc_now
from store.database import Database
from store.tables import Instant, metadata

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)


class Attempts:
    """Counts attempts; a key that was quiet for `memory` begins anew."""

    def __init__(self, database: Database, memory: timedelta, clock: Clock = utc_now) -> None:
        self._database = database
        self._memory = memory
        self._clock = clock

    async def of(self, key: bytes) -> tuple[int, datetime | None]:
        """How often, and when last."""
        async with self._database.begin_read() as connection:
            row = (await connection.execute(select(attempts).where(attempts.c.key == key))).one_or_none()
        if row is None or row.last_at < self._clock() - self._memory:
            return 0, None
        return row.tries, row.last_at

    async def add(self, key: bytes) -> int:
        """Count one more; how many that makes."""
        now = self._clock()
        async with self._database.begin_write() as connection:
            await connection.execute(delete(attempts).where(attempts.c.key == key, attempts.c.last_at < now - self._memory))
            insert = self._database.insert(attempts).values(key=key, tries=1, last_at=now)
            counted = insert.on_conflict_do_update(index_elements=["key"], set_={"tries": attempts.c.tries + 1, "last_at": now})
            return int(await connection.scalar(counted.returning(attempts.c.tries)) or 1)

    async def forget(self, key: bytes) -> None:
        """Begin anew."""
        async with self._database.begin_write() as connection:
            await connection.execute(delete(attempts).where(attempts.c.key == key))

    async def purge(self, before: datetime) -> int:
        """Delete keys that were quiet since a moment; how many."""
        async with self._database.begin_write() as connection:
            return (await connection.execute(delete(attempts).where(attempts.c.last_at < before))).rowcount
