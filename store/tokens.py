"""Codes and refresh tokens, kept as SHA-256 digests: each is used once, by a conditional UPDATE, and a replay ends its family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, CursorResult, ForeignKey, LargeBinary, Table, and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.accounts import Account, account_of, accounts
from store.clients import Client, client_of, clients
from store.clock import Clock, utc_now
from store.database import Database
from store.tables import TEXT, Instant, metadata

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code", LargeBinary, primary_key=True),
    Column("family", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("account", TEXT, nullable=False, index=True),
    Column("session", TEXT, nullable=False),
    Column("redirect_uri", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("challenge", TEXT, nullable=False),
    Column("nonce", TEXT),
    Column("resource", TEXT),
    Column("auth_time", Instant, nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

token_families = Table(
    "token_families",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("client", TEXT, nullable=False, index=True),
    Column("account", TEXT, nullable=False, index=True),
    Column("session", TEXT, nullable=False, index=True),
    Column("scopes", TEXT, nullable=False),
    Column("resource", TEXT),
    Column("auth_time", Instant, nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""Everything that grew out of one consent at one sign-in: it is revoked as a whole."""

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("family", TEXT, ForeignKey("token_families.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", Instant, nullable=False),
    Column("used_at", Instant),
)

revoked_tokens = Table(
    "revoked_tokens", metadata, Column("jti", TEXT, primary_key=True), Column("until", Instant, nullable=False, index=True)
)
"""Access tokens that were revoked one by one, until they would have ended anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code (RFC 6749, 4.1.2) with what it stands for; `challenge` is the S256 one of RFC 7636."""

    family: str
    client: str
    account: str
    session: str
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str
    nonce: str | None
    resource: str | None
    auth_time: datetime
    second_factor: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a person let a client do, from one sign-in on."""

    id: str
    client: str
    account: str
    session: str
    scopes: frozenset[str]
    resource: str | None
    auth_time: datetime
    second_factor: bool
    created_at: datetime
    expires_at: datetime


class Replayed(Exception):
    """A code or refresh token came a second time, and its family was revoked."""

    def __init__(self, family: str) -> None:
        super().__init__(family)
        self.family = family


class Tokens:
    """Reads and writes codes, families and refresh tokens."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def keep_code(self, digest: bytes, code: Code) -> None:
        """Keep a code that was given out."""
        values = {name: getattr(code, name) for name in Code.__dataclass_fields__}
        async with self._database.begin_write() as connection:
            await connection.execute(insert(authorization_codes).values(code=digest, **_joined(values)))

    async def redeem(self, digest: bytes, accept: Callable[[Code], bool], *, lifetime: timedelta, refresh: bytes | None) -> Code | None:
        """Use a code up; where `accept` takes it, begin its family of `lifetime`, with a refresh token if its digest is given.

        None where there is no such code, where it is too old or not accepted. Raises Replayed.
        """
        now = self._clock()
        replayed: str | None = None
        async with self._database.begin_write() as connection:
            used = update(authorization_codes).where(authorization_codes.c.code == digest, authorization_codes.c.used_at.is_(None))
            row = (await connection.execute(used.values(used_at=now).returning(*authorization_codes.c))).mappings().one_or_none()
            if row is not None:
                code = Code(**{name: _split(name, row[name]) for name in Code.__dataclass_fields__})
                if code.expires_at <= now or not accept(code):
                    return None
                values = {name: getattr(code, name) for name in Family.__dataclass_fields__ if hasattr(code, name)}
                family = {**_joined(values), "id": code.family, "created_at": now, "expires_at": now + lifetime}
                await connection.execute(insert(token_families).values(**family))
                if refresh is not None:
                    await connection.execute(insert(refresh_tokens).values(token=refresh, family=code.family, issued_at=now))
                return code
            of_code = select(authorization_codes.c.family).where(authorization_codes.c.code == digest)
            replayed = await connection.scalar(of_code)
            if replayed is not None:
                await _revoke(connection, token_families.c.id == replayed, now)
        if replayed is not None:
            raise Replayed(replayed)
        return None

    async def refresh(self, digest: bytes, successor: bytes, client: str, leeway: timedelta) -> Family | None:
        """Exchange a refresh token for its successor. Used again within `leeway` it gives the same successor again; later it is a replay.

        None where there is no such token, or its family has ended. Raises Replayed.
        """
        now = self._clock()
        async with self._database.begin_write() as connection:
            joined = select(token_families, refresh_tokens.c.used_at).join(refresh_tokens).where(refresh_tokens.c.token == digest)
            row = (await connection.execute(joined)).mappings().one_or_none()
            if row is None or row["client"] != client or row["revoked_at"] is not None or row["expires_at"] <= now:
                return None
            using = update(refresh_tokens).where(refresh_tokens.c.token == digest, refresh_tokens.c.used_at.is_(None))
            used: CursorResult[Any] = await connection.execute(using.values(used_at=now))
            if used.rowcount == 1:
                await connection.execute(insert(refresh_tokens).values(token=successor, family=row["id"], issued_at=now))
                return _family(row)
            before = await connection.scalar(select(refresh_tokens.c.used_at).where(refresh_tokens.c.token == digest))
            if before is not None and now - before <= leeway:
                return _family(row)
            await _revoke(connection, token_families.c.id == row["id"], now)
        raise Replayed(row["id"])

    async def family_of(self, digest: bytes, *, used: bool = False) -> Family | None:
        """The living family of a refresh token that has not been used yet; with `used`, also of one that has."""
        condition = and_(refresh_tokens.c.token == digest, *self._living())
        if not used:
            condition = and_(condition, refresh_tokens.c.used_at.is_(None))
        async with self._database.begin_read() as connection:
            row = (await connection.execute(select(token_families).join(refresh_tokens).where(condition))).mappings().one_or_none()
            return _family(row) if row is not None else None

    async def standing(
        self, *, account: str | None, client: str, family: str | None, jti: str
    ) -> tuple[Account | None, Client | None] | None:
        """Who a verified access token speaks for now; None where it, its family or its client was revoked, or its account closed."""
        async with self._database.begin_read() as connection:
            revoked = exists().where(revoked_tokens.c.jti == jti)
            ended = exists().where(token_families.c.id == family, *self._living()) if family is not None else None
            checks = select(revoked, ended) if ended is not None else select(revoked)
            found = (await connection.execute(checks)).one()
            if found[0] or (ended is not None and not found[1]):
                return None
            row = (await connection.execute(select(clients).where(clients.c.id == client))).mappings().one_or_none()
            asking = client_of(row) if row is not None else None
            if asking is not None and asking.disabled:
                return None
            if account is None:
                return None, asking
            person = (await connection.execute(select(accounts).where(accounts.c.id == account))).mappings().one_or_none()
            if person is None or person["disabled"]:
                return None
            return account_of(person), asking

    async def revoke(self, **by: str) -> None:
        """End the families that match: `id`, `account`, `client`, `session`, all of those given."""
        conditions = [token_families.c[name] == value for name, value in by.items()]
        async with self._database.begin_write() as connection:
            await _revoke(connection, and_(*conditions), self._clock())

    async def revoke_token(self, jti: str, until: datetime) -> None:
        """End one access token."""
        keep = self._database.insert(revoked_tokens).values(jti=jti, until=until).on_conflict_do_nothing()
        async with self._database.begin_write() as connection:
            await connection.execute(keep)

    async def families_of(self, account: str) -> list[Family]:
        """The living families of a person, the newest first."""
        condition = and_(token_families.c.account == account, *self._living())
        async with self._database.begin_read() as connection:
            rows = await connection.execute(select(token_families).where(condition).order_by(token_families.c.created_at.desc()))
            return [_family(row) for row in rows.mappings()]

    async def remove(self, connection: AsyncConnection, account: str) -> None:
        """Delete everything of a person, in the transaction that deletes the rest."""
        await connection.execute(delete(authorization_codes).where(authorization_codes.c.account == account))
        families = select(token_families.c.id).where(token_families.c.account == account)
        await connection.execute(delete(refresh_tokens).where(refresh_tokens.c.family.in_(families)))
        await connection.execute(delete(token_families).where(token_families.c.account == account))

    async def purge(self, before: datetime) -> int:
        """Delete what had ended by a moment; how many rows that were."""
        ended = or_(token_families.c.expires_at < before, token_families.c.revoked_at < before)
        deletions = (
            delete(authorization_codes).where(authorization_codes.c.expires_at < before),
            delete(refresh_tokens).where(refresh_tokens.c.family.in_(select(token_families.c.id).where(ended))),
            delete(token_families).where(ended),
            delete(revoked_tokens).where(revoked_tokens.c.until < before),
        )
        async with self._database.begin_write() as connection:
            gone: list[CursorResult[Any]] = [await connection.execute(deletion) for deletion in deletions]
            return sum(each.rowcount for each in gone)

    def _living(self) -> tuple[Any, ...]:
        return token_families.c.revoked_at.is_(None), token_families.c.expires_at > self._clock()


async def _revoke(connection: AsyncConnection, condition: Any, now: datetime) -> None:
    await connection.execute(update(token_families).where(condition, token_families.c.revoked_at.is_(None)).values(revoked_at=now))


def _joined(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "scopes": " ".join(sorted(values["scopes"]))}


def _split(name: str, value: Any) -> Any:
    return frozenset(value.split()) if name == "scopes" else value


def _family(row: Any) -> Family:
    return Family(**{name: _split(name, row[name]) for name in Family.__dataclass_fields__})
