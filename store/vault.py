"""The vault: secrets of sources, sealed with AES-256-GCM, and the tokens that all processes share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, ColumnElement, CursorResult, Integer, LargeBinary, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import SecretUnreadable
from store.tables import TEXT, Instant, metadata

source_secrets = Table(
    "source_secrets",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("field", TEXT, primary_key=True),
    Column("key_id", TEXT, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("set_at", Instant, nullable=False),
)

source_tokens = Table(
    "source_tokens",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("key_id", TEXT),
    Column("sealed", LargeBinary),
    Column("expires", Instant),
    Column("lease_owner", TEXT),
    Column("lease_until", Instant),
)
"""The one token of a source whose new token ends the old one, and who is renewing it."""

LONG_ENOUGH = 12
"""Characters of a secret whose last four may be shown: of a shorter one they would tell too much."""

_NONCE = 12
_TOKEN = "token"  # noqa: S105 - the place of a token in the associated data, where fields have a prefix
_PURPOSE = b"huiju: secrets of sources"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What may be told of a secret: its last four characters (empty where it is short, None where no key opens it), and when it was set."""

    field: str
    ending: str | None
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedToken:
    """A token that all processes share. `generation` counts the tokens of the source."""

    generation: int
    token: str = field(repr=False)
    expires: datetime | None


class Vault:
    """Seals and opens. `keys` are 32-byte keys, the newest first: it seals, the older ones still open."""

    def __init__(self, database: Database, keys: Sequence[bytes], clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._ciphers = {_key_id(key): AESGCM(_derived(key)) for key in reversed(keys)}
        self._newest = _key_id(keys[0])

    def of(self, source: str) -> SourceVault:
        """What the source of this key may open."""
        return SourceVault(self, source)

    async def set(self, source: str, name: str, secret: str) -> None:
        """Seal a secret in the place of an older one."""
        values = {"key_id": self._newest, "sealed": self.seal(source, f".{name}", secret), "set_at": self._clock()}
        insert = self._database.insert(source_secrets).values(source=source, field=name, **values)
        async with self._database.begin_write() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["source", "field"], set_=values))

    async def remove(self, source: str, name: str) -> bool:
        """Forget a secret; tells whether there was one. A token that was got by it is forgotten too."""
        async with self._database.begin_write() as connection:
            removed = await _count(connection, delete(source_secrets).filter_by(source=source, field=name))
            await connection.execute(delete(source_tokens).filter_by(source=source))
        return removed > 0

    async def kept(self, source: str) -> list[Kept]:
        """What is kept for a source, by field."""
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(select(source_secrets).filter_by(source=source).order_by(source_secrets.c.field))).all()
        return [Kept(field=row.field, ending=self._ending(row), set_at=row.set_at) for row in rows]

    async def reseal(self) -> int:
        """Seal by the newest key what older ones sealed; gives how many. Raises SecretUnreadable, and then nothing is changed."""
        async with self._database.begin_write() as connection:
            old = (await connection.execute(select(source_secrets).where(source_secrets.c.key_id != self._newest))).all()
            for row in old:
                place = f".{row.field}"
                sealed = self.seal(row.source, place, self.open(row.source, place, row.key_id, row.sealed))
                which = update(source_secrets).filter_by(source=row.source, field=row.field)
                await connection.execute(which.values(key_id=self._newest, sealed=sealed))
            # Tokens are got anew.
            tokens = update(source_tokens).where(source_tokens.c.key_id != self._newest)
            await connection.execute(tokens.values(key_id=None, sealed=None))
        return len(old)

    def seal(self, source: str, place: str, secret: str) -> bytes:
        """A nonce and the sealed secret, which opens for this source and place only."""
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[self._newest].encrypt(nonce, secret.encode(), _associated(source, place))

    def open(self, source: str, place: str, key_id: str, sealed: bytes) -> str:
        """Undo `seal`. Raises SecretUnreadable."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SecretUnreadable(f"a secret was sealed by the key {key_id}, which the key file does not hold: restore that key")
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _associated(source, place)).decode()
        except (InvalidTag, ValueError):
            pass
        raise SecretUnreadable("a sealed secret was changed or moved: set it again")

    def _ending(self, row: Any) -> str | None:
        try:
            secret = self.open(row.source, f".{row.field}", row.key_id, row.sealed)
        except SecretUnreadable:
            return None
        return secret[-4:] if len(secret) >= LONG_ENOUGH else ""


class SourceVault:
    """The secrets of one source, and its shared token."""

    def __init__(self, vault: Vault, source: str) -> None:
        self._vault, self._source = vault, source
        self._database, self._clock = vault._database, vault._clock

    @property
    def shared(self) -> SourceVault:
        """The token that processes share is kept here too."""
        return self

    async def secrets(self) -> Mapping[str, str]:
        """The secrets by field. Raises SecretUnreadable."""
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(select(source_secrets).filter_by(source=self._source))).all()
        return {row.field: self._vault.open(self._source, f".{row.field}", row.key_id, row.sealed) for row in rows}

    async def claim(self, owner: str, refused: int | None, lease: timedelta) -> SharedToken | bool:
        """The shared token unless it has run out or is of the generation `refused`; else True where it is for `owner` to renew it now,
        and False where somebody else does. Whoever is silent for longer than `lease` has lost it.
        """
        now = self._clock()
        async with self._database.begin_write() as connection:
            insert = self._database.insert(source_tokens).values(source=self._source, generation=0)
            await connection.execute(insert.on_conflict_do_nothing())
            # Locked: what was shared between a look and a claim would be renewed at once, and so ended.
            row = (await connection.execute(select(source_tokens).filter_by(source=self._source).with_for_update())).one()
            if row.sealed is not None and row.generation != refused and (row.expires is None or row.expires > now):
                with suppress(SecretUnreadable):  # by a key that is no more: got anew
                    token = self._vault.open(self._source, _TOKEN, row.key_id, row.sealed)
                    return SharedToken(generation=row.generation, token=token, expires=row.expires)
            free = or_(source_tokens.c.lease_owner.is_(None), source_tokens.c.lease_until <= now, source_tokens.c.lease_owner == owner)
            return await self._change(connection, free, lease_owner=owner, lease_until=now + lease)

    async def share(self, owner: str, token: str, expires: datetime | None) -> SharedToken | None:
        """Keep the token that `owner` got by its claim, and end the claim; None where the claim was lost meanwhile."""
        async with self._database.begin_write() as connection:
            values = {"key_id": self._vault._newest, "sealed": self._vault.seal(self._source, _TOKEN, token), "expires": expires}
            held = source_tokens.c.lease_owner == owner
            generation = source_tokens.c.generation + 1
            if not await self._change(connection, held, generation=generation, lease_owner=None, lease_until=None, **values):
                return None
            now: int = (await connection.execute(select(source_tokens.c.generation).filter_by(source=self._source))).scalar_one()
        return SharedToken(generation=now, token=token, expires=expires)

    async def release(self, owner: str) -> None:
        """End a claim that led to nothing."""
        async with self._database.begin_write() as connection:
            await self._change(connection, source_tokens.c.lease_owner == owner, lease_owner=None, lease_until=None)

    async def _change(self, connection: AsyncConnection, which: ColumnElement[bool], **values: Any) -> bool:
        return await _count(connection, update(source_tokens).where(source_tokens.c.source == self._source, which).values(**values)) > 0


async def _count(connection: AsyncConnection, statement: Any) -> int:
    result: CursorResult[Any] = await connection.execute(statement)
    return result.rowcount


def _key_id(key: bytes) -> str:
    """What tells keys apart without telling anything of them."""
    return hashlib.sha256(b"huiju key id" + key).hexdigest()[:16]


def _derived(key: bytes) -> bytes:
    """A key for this purpose alone (RFC 5869): what is sealed here opens nowhere else, nor the other way round."""
    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(key)


def _associated(source: str, place: str) -> bytes:
    return f"{len(source)}:{source}{place}".encode()
