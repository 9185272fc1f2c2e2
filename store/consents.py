"""Consents: what a person let an application see (《个人信息保护法》 14, 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.tables import TEXT, Instant, metadata

consents = Table(
    "consents",
    metadata,
    Column("account", TEXT, primary_key=True),
    Column("client", TEXT, primary_key=True),
    Column("scopes", TEXT, nullable=False),
    Column("given_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person let one client see, and since when."""

    client: str
    scopes: frozenset[str]
    given_at: datetime


class Consents:
    """Reads and writes consents."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def give(self, account: str, client: str, scopes: frozenset[str]) -> None:
        """Keep what a person agreed to, in place of an earlier consent."""
        values = {"scopes": " ".join(sorted(scopes)), "given_at": self._clock()}
        insert = self._database.insert(consents).values(account=account, client=client, **values)
        async with self._database.begin_write() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["account", "client"], set_=values))

    async def withdraw(self, account: str, client: str) -> bool:
        """Forget a consent; whether there was one."""
        gone = delete(consents).where(consents.c.account == account, consents.c.client == client)
        async with self._database.begin_write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def of(self, account: str) -> dict[str, Consent]:
        """A person's consents by client."""
        async with self._database.begin_read() as connection:
            rows = await connection.execute(select(consents).where(consents.c.account == account).order_by(consents.c.client))
            return {row.client: Consent(row.client, frozenset(row.scopes.split()), row.given_at) for row in rows}

    async def remove(self, connection: AsyncConnection, account: str) -> None:
        """Delete a person's consents, in the transaction that deletes the rest."""
        await connection.execute(delete(consents).where(consents.c.account == account))
