"""Accounts: the people who may sign in, what they are and where, and the upstream identities linked to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, RowMapping, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.errors import NameTaken
from store.tables import TEXT, Instant, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("username", TEXT, unique=True),
    Column("name", TEXT, nullable=False),
    Column("password", TEXT),
    Column("roles", TEXT, nullable=False),
    Column("province", TEXT),
    Column("institution", TEXT),
    Column("totp", LargeBinary),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("signed_in_at", Instant),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", TEXT, primary_key=True),
    Column("subject", TEXT, primary_key=True),
    Column("account", TEXT, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("linked_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person. `password` is an argon2 hash, `totp` the sealed second factor; `province` is GB/T 2260, `institution` ten digits."""

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    username: str | None = None
    password: str | None = None
    province: str | None = None
    institution: str | None = None
    totp: bytes | None = None
    disabled: bool = False
    created_at: datetime | None = None
    signed_in_at: datetime | None = None


class Accounts:
    """Reads and writes accounts."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def add(self, account: Account, identity: tuple[str, str] | None = None) -> None:
        """Keep a new account, linked to an upstream identity (issuer, subject). Raises NameTaken."""
        values = {name: getattr(account, name) for name in accounts.c.keys()}  # noqa: SIM118 - a collection of columns
        values |= {"roles": " ".join(sorted(account.roles)), "created_at": self._clock()}
        try:
            async with self._database.begin_write() as connection:
                await connection.execute(insert(accounts).values(**values))
                if identity is not None:
                    await self._link(connection, account.id, identity)
        except IntegrityError as error:
            raise NameTaken(f"the name {account.username}, or the identity, belongs to another account: choose another name") from error

    async def link(self, account: str, issuer: str, subject: str) -> None:
        """Let an upstream identity mean this account. Raises NameTaken where it means another."""
        try:
            async with self._database.begin_write() as connection:
                await self._link(connection, account, (issuer, subject))
        except IntegrityError as error:
            raise NameTaken("this identity belongs to another account: sign in with that one") from error

    async def by_id(self, identifier: str) -> Account | None:
        """Find an account by its opaque id."""
        return await self._one(select(accounts).where(accounts.c.id == identifier))

    async def by_username(self, username: str) -> Account | None:
        """Find an account by the name that its owner signs in with."""
        return await self._one(select(accounts).where(accounts.c.username == username))

    async def by_identity(self, issuer: str, subject: str) -> Account | None:
        """Find the account that an upstream identity means."""
        linked = select(identities.c.account).where(identities.c.issuer == issuer, identities.c.subject == subject)
        return await self._one(select(accounts).where(accounts.c.id == linked.scalar_subquery()))

    async def identities_of(self, account: str) -> list[tuple[str, str]]:
        """The upstream identities of an account, as (issuer, subject)."""
        statement = select(identities.c.issuer, identities.c.subject).where(identities.c.account == account)
        async with self._database.begin_read() as connection:
            return [(row.issuer, row.subject) for row in await connection.execute(statement)]

    async def all(self) -> list[Account]:
        """Every account, by name."""
        async with self._database.begin_read() as connection:
            rows = (await connection.execute(select(accounts).order_by(accounts.c.username, accounts.c.id))).mappings()
            return [account_of(row) for row in rows]

    async def signed_in(self, identifier: str) -> None:
        """Remember that its owner signed in now."""
        await self._set(identifier, signed_in_at=self._clock())

    async def disable(self, identifier: str, *, disabled: bool = True) -> None:
        """Close an account, or open it again; what is signed in with it ends with the next check."""
        await self._set(identifier, disabled=disabled)

    async def describe(self, identifier: str, *, roles: Collection[str], province: str | None, institution: str | None) -> None:
        """Set what a person is and where."""
        await self._set(identifier, roles=" ".join(sorted(roles)), province=province, institution=institution)

    async def secure(self, identifier: str, *, password: str | None = None, totp: bytes | None = None) -> None:
        """Set a new password (its argon2 hash), a new second factor (sealed), or both."""
        given = {"password": password, "totp": totp}
        await self._set(identifier, **{name: value for name, value in given.items() if value is not None})

    async def forget_second_factor(self, identifier: str) -> None:
        """Take the second factor away."""
        await self._set(identifier, totp=None)

    async def remove(self, connection: AsyncConnection, identifier: str) -> None:
        """Delete an account with its identities, in the transaction that deletes the rest of it."""
        await connection.execute(delete(identities).where(identities.c.account == identifier))
        await connection.execute(delete(accounts).where(accounts.c.id == identifier))

    async def _link(self, connection: AsyncConnection, account: str, identity: tuple[str, str]) -> None:
        issuer, subject = identity
        await connection.execute(insert(identities).values(issuer=issuer, subject=subject, account=account, linked_at=self._clock()))

    async def _set(self, identifier: str, **values: Any) -> None:
        async with self._database.begin_write() as connection:
            await connection.execute(update(accounts).where(accounts.c.id == identifier).values(**values))

    async def _one(self, statement: Any) -> Account | None:
        async with self._database.begin_read() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
            return account_of(row) if row is not None else None


def account_of(row: RowMapping) -> Account:
    """The account of a row of the table."""
    return Account(**{**row, "roles": frozenset(row["roles"].split())})
