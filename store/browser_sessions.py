"""Sessions of browsers: who is signed in where, kept as the digest of what the cookie holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, LargeBinary, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.tables import TEXT, Instant, metadata

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    Column("account", TEXT, nullable=False, index=True),
    Column("auth_time", Instant, nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("device", TEXT, nullable=False),
    Column("expires_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSession:
    """One sign-in. `id` names it to its owner; `device` is a short word for the browser, never its whole description."""

    id: str
    account: str
    auth_time: datetime
    second_factor: bool
    device: str
    expires_at: datetime


class BrowserSessions:
    """Reads and writes sessions."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def add(self, digest: bytes, session: BrowserSession) -> None:
        """Keep a session; `digest` is that of the cookie."""
        values = {each.name: getattr(session, each.name) for each in fields(session)}
        async with self._database.begin_write() as connection:
            await connection.execute(insert(browser_sessions).values(token=digest, **values))

    async def find(self, digest: bytes) -> BrowserSession | None:
        """Find the living session of a cookie."""
        found = await self._read(browser_sessions.c.token == digest)
        return found[0] if found else None

    async def of(self, account: str) -> list[BrowserSession]:
        """The living sessions of a person, the newest first."""
        return await self._read(browser_sessions.c.account == account)

    async def end(self, account: str, identifier: str | None = None, *, but: str | None = None) -> None:
        """End one session of a person, or all, `but` one."""
        gone = delete(browser_sessions).where(browser_sessions.c.account == account)
        if identifier is not None:
            gone = gone.where(browser_sessions.c.id == identifier)
        if but is not None:
            gone = gone.where(browser_sessions.c.id != but)
        async with self._database.begin_write() as connection:
            await connection.execute(gone)

    async def remove(self, connection: AsyncConnection, account: str) -> None:
        """Delete a person's sessions, in the transaction that deletes the rest."""
        await connection.execute(delete(browser_sessions).where(browser_sessions.c.account == account))

    async def purge(self, before: datetime) -> int:
        """Delete sessions that had ended by a moment; how many."""
        async with self._database.begin_write() as connection:
            return (await connection.execute(delete(browser_sessions).where(browser_sessions.c.expires_at < before))).rowcount

    async def _read(self, condition: Any) -> list[BrowserSession]:
        columns = [browser_sessions.c[each.name] for each in fields(BrowserSession)]
        living = select(*columns).where(condition, browser_sessions.c.expires_at > self._clock())
        async with self._database.begin_read() as connection:
            rows = await connection.execute(living.order_by(browser_sessions.c.auth_time.desc()))
            return [BrowserSession(**row) for row in rows.mappings()]
