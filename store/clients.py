"""Clients: the applications that ask on somebody's behalf or on their own (RFC 6749, 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Index, LargeBinary, RowMapping, Table, Text, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import NameTaken
from store.tables import TEXT, Instant, metadata

clients = Table(
    "clients",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("owner", TEXT),
    Column("secret", LargeBinary),
    Column("previous_secret", LargeBinary),
    Column("previous_until", Instant),
    Column("redirect_uris", Text, nullable=False),
    Column("post_logout_redirect_uris", Text, nullable=False),
    Column("grant_types", Text, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("requested", TEXT, nullable=False),
    Column("province", TEXT),
    Column("institution", TEXT),
    Column("registration", LargeBinary),
    Column("approved", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("revoked_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index("clients_owner", "owner", "created_at", "id"),
)

_LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types")
_SETS = ("scopes", "requested")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application. `secret`, `previous_secret` and `registration` are SHA-256 digests; without a secret it is public (RFC 6749, 2.1).

    `owner` is the account that registered it, None where nobody signed in did. `scopes` is what it may ask for; `requested` is what it
    registered for and waits for approval. `province` and `institution` say for whom it asks when it asks on its own. The secret before
    the present one is good until `previous_until`. One that is `disabled` is known and does nothing.
    """

    id: str
    name: str
    owner: str | None = None
    secret: bytes | None = None
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scopes: frozenset[str] = frozenset()
    requested: frozenset[str] = frozenset()
    province: str | None = None
    institution: str | None = None
    registration: bytes | None = None
    approved: bool = False
    disabled: bool = False
    revoked_at: datetime | None = None
    created_at: datetime | None = None


class Clients:
    """Reads and writes clients."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def add(self, client: Client) -> None:
        """Keep a new client. Raises NameTaken where another has its id."""
        try:
            async with self._database.begin_write() as connection:
                await connection.execute(insert(clients).values(**{**_values(client), "created_at": client.created_at or self._clock()}))
        except IntegrityError as error:
            raise NameTaken(f"there is a client {client.id} already: choose another id") from error

    async def by_id(self, identifier: str) -> Client | None:
        """Find a client."""
        async with self._database.begin_read() as connection:
            row = (await connection.execute(select(clients).where(clients.c.id == identifier))).mappings().one_or_none()
            return client_of(row) if row is not None else None

    async def all(self) -> list[Client]:
        """Every client, the oldest first."""
        async with self._database.begin_read() as connection:
            return [client_of(row) for row in (await connection.execute(select(clients).order_by(clients.c.created_at))).mappings()]

    async def owned(self, owner: str, before: tuple[datetime, str] | None = None, limit: int = 20) -> list[Client]:
        """An account's clients, the newest first, behind the one that was made at a moment under an id."""
        statement = select(clients).where(clients.c.owner == owner).order_by(clients.c.created_at.desc(), clients.c.id.desc()).limit(limit)
        if before is not None:
            made, identifier = before
            older = and_(clients.c.created_at == made, clients.c.id < identifier)
            statement = statement.where(or_(clients.c.created_at < made, older))
        async with self._database.begin_read() as connection:
            return [client_of(row) for row in (await connection.execute(statement)).mappings()]

    async def count_owned(self, owner: str, *, disabled: bool | None = None) -> int:
        """How many clients an account has, of those that are `disabled` or not where that is said."""
        statement = select(func.count()).select_from(clients).where(clients.c.owner == owner)
        if disabled is not None:
            statement = statement.where(clients.c.disabled.is_(disabled))
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def change(self, identifier: str, rewrite: Callable[[Client], Client], *, owner: str | None = None) -> Client | None:
        """Rewrite a client as it is at this moment, one writer after the other; None where there is none, or none of that `owner`.

        What `rewrite` raises leaves it as it was.
        """
        found = select(clients).where(clients.c.id == identifier).with_for_update()
        if owner is not None:
            found = found.where(clients.c.owner == owner)
        async with self._database.begin_write() as connection:
            row = (await connection.execute(found)).mappings().one_or_none()
            if row is None:
                return None
            client = rewrite(client_of(row))
            values = {name: value for name, value in _values(client).items() if name not in {"id", "created_at", "owner"}}
            await connection.execute(update(clients).where(clients.c.id == identifier).values(**values))
            return client

    async def remove(self, identifier: str) -> None:
        """Delete a client."""
        async with self._database.begin_write() as connection:
            await connection.execute(delete(clients).where(clients.c.id == identifier))

    async def remove_owned(self, connection: AsyncConnection, owner: str) -> None:
        """Delete an account's clients, in the transaction that deletes the rest."""
        await connection.execute(delete(clients).where(clients.c.owner == owner))

    async def purge(self, before: datetime) -> int:
        """Delete clients that were revoked by a moment; how many."""
        async with self._database.begin_write() as connection:
            return (await connection.execute(delete(clients).where(clients.c.revoked_at < before))).rowcount

    async def count_unapproved(self) -> int:
        """How many clients registered themselves, without anybody signed in, and were never approved."""
        statement = select(func.count()).select_from(clients).where(clients.c.approved.is_(False), clients.c.owner.is_(None))
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(statement) or 0)


def client_of(row: RowMapping) -> Client:
    """The client of a row of the table."""
    lists: dict[str, Any] = {name: tuple(orjson.loads(row[name])) for name in _LISTS}
    sets: dict[str, Any] = {name: frozenset(row[name].split()) for name in _SETS}
    return Client(**{**row, **lists, **sets})


def _values(client: Client) -> dict[str, Any]:
    plain = {each.name: getattr(client, each.name) for each in fields(client)}
    lists = {name: orjson.dumps(plain[name]).decode() for name in _LISTS}
    return {**plain, **lists, **{name: " ".join(sorted(plain[name])) for name in _SETS}}
