"""Clients: the applications that ask on somebody's behalf or on their own (RFC 6749, 2)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, LargeBinary, RowMapping, Table, Text, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import NameTaken
from store.tables import TEXT, Instant, metadata

clients = Table(
    "clients",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("secret", LargeBinary),
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
    Column("created_at", Instant, nullable=False),
)

_LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types")
_SETS = ("scopes", "requested")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application. `secret` and `registration` are SHA-256 digests; without a secret it is public (RFC 6749, 2.1).

    `scopes` is what it may ask for; `requested` is what it registered for and waits for approval. `province` and `institution` say for
    whom it asks when it asks on its own.
    """

    id: str
    name: str
    secret: bytes | None = None
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
                await connection.execute(insert(clients).values(**{**_values(client), "created_at": self._clock()}))
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

    async def replace(self, client: Client) -> None:
        """Keep what is new about a client."""
        values = {name: value for name, value in _values(client).items() if name not in {"id", "created_at"}}
        async with self._database.begin_write() as connection:
            await connection.execute(update(clients).where(clients.c.id == client.id).values(**values))

    async def remove(self, identifier: str) -> None:
        """Delete a client."""
        async with self._database.begin_write() as connection:
            await connection.execute(delete(clients).where(clients.c.id == identifier))

    async def count_unapproved(self) -> int:
        """How many clients registered themselves and were never approved."""
        statement = select(func.count()).select_from(clients).where(clients.c.approved.is_(False))
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
