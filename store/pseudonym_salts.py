"""Salts of pseudonyms, one a day: once it is deleted, nobody can tell any longer whose pseudonyms of that day they were."""

from __future__ import annotations

import secrets
from datetime import date

from sqlalchemy import Column, Date, LargeBinary, Table, delete, select

from store.database import Database
from store.tables import metadata

pseudonym_salts = Table(
    "pseudonym_salts",
    metadata,
    Column("day", Date, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)


class PseudonymSalts:
    """Reads and makes the salts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, day: date) -> bytes:
        """The salt of a day, made when the first one asks."""
        found = select(pseudonym_salts.c.salt).where(pseudonym_salts.c.day == day)
        async with self._database.begin_read() as connection:
            known = await connection.scalar(found)
        if known is not None:
            return bytes(known)
        made = self._database.insert(pseudonym_salts).values(day=day, salt=secrets.token_bytes(32))
        async with self._database.begin_write() as connection:
            await connection.execute(made.on_conflict_do_nothing(index_elements=["day"]))
            return bytes(await connection.scalar(found) or b"")

    async def purge(self, before: date) -> int:
        """Delete the salts of the days before one; how many."""
        async with self._database.begin_write() as connection:
            return (await connection.execute(delete(pseudonym_salts).where(pseudonym_salts.c.day < before))).rowcount
