"""Signing keys: the private part sealed, and from when until when each signs and is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, Text, insert, or_, select, update

from store.database import Database
from store.tables import TEXT, Instant, metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", TEXT, primary_key=True),
    Column("algorithm", TEXT, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("public", Text, nullable=False),
    Column("signs_from", Instant, nullable=False),
    Column("believed_until", Instant),
)

_KEYS = "the signing keys"
"""Locked while keys are made, so that two processes never make the first one both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair: `public` is a JWK as JSON, `sealed` the private one. `believed_until` is None until a younger key takes over."""

    kid: str
    algorithm: str
    sealed: bytes
    public: str
    signs_from: datetime
    believed_until: datetime | None = None


class SigningKeys:
    """Reads and writes signing keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def believed(self, now: datetime) -> list[SigningKey]:
        """The keys whose signatures hold, by the moment from which they sign."""
        living = or_(signing_keys.c.believed_until.is_(None), signing_keys.c.believed_until > now)
        async with self._database.begin_read() as connection:
            rows = await connection.execute(select(signing_keys).where(living).order_by(signing_keys.c.signs_from, signing_keys.c.kid))
            return [SigningKey(**row) for row in rows.mappings()]

    async def begin(self, make: Callable[[], SigningKey]) -> None:
        """Keep a first key where there is none."""
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, _KEYS)
            if await connection.scalar(select(signing_keys.c.kid).limit(1)) is None:
                await connection.execute(insert(signing_keys).values(**_values(make())))

    async def rotate(self, successor: SigningKey, believed_until: datetime) -> None:
        """Keep a successor; the keys before it are believed until a moment."""
        async with self._database.begin_write() as connection:
            await connection.run_sync(self._database.lock_source, _KEYS)
            older = update(signing_keys).where(signing_keys.c.believed_until.is_(None))
            await connection.execute(older.values(believed_until=believed_until))
            await connection.execute(insert(signing_keys).values(**_values(successor)))


def _values(key: SigningKey) -> dict[str, Any]:
    return {each.name: getattr(key, each.name) for each in fields(key)}
