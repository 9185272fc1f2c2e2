"""Secrets that sources push with: kept as digests, several at a time while one follows another."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import Column, Index, LargeBinary, Table, delete, insert, or_, select, update

from store.clock import Clock, utc_now
from store.database import Database
from store.tables import NUMBER, TEXT, Instant, metadata, sources

push_secrets = Table(
    "push_secrets",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("source", TEXT, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("made", Instant, nullable=False),
    Column("until", Instant),
)
"""`until` is when a secret that has a successor stops to open."""
Index("push_secrets_source", push_secrets.c.source)

PREFIX = "hjp_"
"""What a push secret begins with, so that scanners of leaked secrets can know one."""

OVERLAP = timedelta(minutes=15)
"""How long the secret before still opens, so that a push under way comes to its end."""

_NOBODYS = b"\0" * 32


class PushSecrets:
    """Makes and knows the secrets. They have 256 random bits, so that a plain digest keeps them (no guessing finds one)."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def make(self, source: str, overlap: timedelta = OVERLAP) -> str:
        """Draw a secret for a source (its key) and give it out, once; those before open for `overlap` more, those before them no longer."""
        secret, now = PREFIX + secrets.token_urlsafe(32), self._clock()
        async with self._database.begin_write() as connection:
            await connection.execute(delete(push_secrets).where(push_secrets.c.source == source, push_secrets.c.until.is_not(None)))
            followed = update(push_secrets).where(push_secrets.c.source == source)
            await connection.execute(followed.values(until=now + overlap))
            await connection.execute(insert(push_secrets).values(source=source, digest=_digest(secret), made=now))
        return secret

    async def revoke(self, source: str) -> None:
        """Let no secret of a source open any more."""
        async with self._database.begin_write() as connection:
            await connection.execute(delete(push_secrets).where(push_secrets.c.source == source))

    async def opens(self, name: str, secret: str) -> bool:
        """Tell whether `secret` opens the source called `name`; a name that nobody has takes as long and is answered alike."""
        mine = select(push_secrets.c.digest).join(sources, sources.c.key == push_secrets.c.source)
        valid = mine.where(sources.c.name == name, or_(push_secrets.c.until.is_(None), push_secrets.c.until > self._clock()))
        async with self._database.begin_read() as connection:
            digests = [bytes(each) for each in (await connection.scalars(valid)).all()]
        given = _digest(secret)
        return sum(hmac.compare_digest(given, each) for each in digests or (_NOBODYS,)) > 0


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
