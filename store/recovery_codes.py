"""Recovery codes: what opens an account once where the second factor is lost; only digests are kept."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database
from store.tables import TEXT, metadata

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account", TEXT, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("code", LargeBinary, primary_key=True),
)


class RecoveryCodes:
    """Reads and writes the digests of codes that were not used yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, account: str, digests: Iterable[bytes]) -> None:
        """Keep these codes of an account, and none that it had before."""
        rows = [{"account": account, "code": each} for each in digests]
        async with self._database.begin_write() as connection:
            await self.remove(connection, account)
            if rows:
                await connection.execute(insert(recovery_codes), rows)

    async def use(self, account: str, digest: bytes) -> bool:
        """Take a code; whether there was one. Of two who bring it at once, one has it."""
        taken = delete(recovery_codes).where(recovery_codes.c.account == account, recovery_codes.c.code == digest)
        async with self._database.begin_write() as connection:
            return (await connection.execute(taken)).rowcount == 1

    async def left(self, account: str) -> int:
        """How many codes an account still has."""
        counted = select(func.count()).where(recovery_codes.c.account == account)
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(counted) or 0)

    async def remove(self, connection: AsyncConnection, account: str) -> None:
        """Delete an account's codes, in the transaction that deletes the rest."""
        await connection.execute(delete(recovery_codes).where(recovery_codes.c.account == account))
