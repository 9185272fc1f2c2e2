"""The audit log: who did what to what, append-only, every row bound to the one before it by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import orjson
from sqlalchemy import Column, LargeBinary, Row, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock, utc_now
from store.database import Database
from store.tables import NUMBER, TEXT, Instant, metadata

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("subject", TEXT),
    Column("purpose", TEXT),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Triggers of the migration refuse UPDATE and DELETE."""

SYSTEM = "system"
"""The actor of what nobody asked for, or of what an operator did by the command line."""

_AUDIT = "the audit log"
_BEGINNING = b"\0" * 32
_STEP = 1000


class Action(StrEnum):
    """What is written down. The list is closed: a new kind of deed has its line here."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    TOKEN_REPLAYED = "token_replayed"  # noqa: S105 - a deed, no token
    TOKENS_REVOKED = "tokens_revoked"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_CHANGED = "client_changed"
    CLIENT_APPROVED = "client_approved"
    CLIENT_SECRET_ROTATED = "client_secret_rotated"  # noqa: S105 - a deed, no secret
    CLIENT_REVOKED = "client_revoked"
    CLIENT_REMOVED = "client_removed"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_LINKED = "account_linked"
    ACCOUNT_DISABLED = "account_disabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a deed, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a deed, no password
    SECOND_FACTOR_ENROLLED = "second_factor_enrolled"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    ACCOUNT_DELETED = "account_deleted"
    KEY_ROTATED = "key_rotated"
    PERSONAL_DATA_READ = "personal_data_read"
    PERSONAL_DATA_EXPORTED = "personal_data_exported"
    SOURCE_REGISTERED = "source_registered"
    SOURCE_CHANGED = "source_changed"
    PUSH_SECRET_MADE = "push_secret_made"  # noqa: S105 - a deed, no secret
    PUSH_SECRET_REVOKED = "push_secret_revoked"  # noqa: S105 - a deed, no secret
    CREDENTIAL_SET = "credential_set"
    CREDENTIAL_REMOVED = "credential_removed"
    RECORDS_WITHDRAWN = "records_withdrawn"
    RECORDS_RESTORED = "records_restored"
    CACHE_PURGED = "cache_purged"
    SWITCH_TURNED = "switch_turned"


class Purpose(StrEnum):
    """Why personal data were read (个人信息处理目的): a closed list."""

    TEACHING = "teaching"
    ADMINISTRATION = "administration"
    STATISTICS = "statistics"
    INSPECTION = "inspection"
    OWN_DATA = "own_data"


@dataclass(frozen=True, slots=True)
class Event:
    """One deed. `actor` and `subject` are opaque ids; `detail` holds short texts and never a secret, a name or an address."""

    actor: str
    action: Action
    subject: str | None = None
    purpose: Purpose | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed as it was written down, with its place from 1 and the hash that binds it to every entry before it."""

    seq: int
    at: datetime
    event: Event
    hash: bytes


class AuditBroken(Exception):
    """The log was tampered with; `seq` is the first place where it does not hold."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"entry {seq} of the audit log is not what was written: compare with a backup")
        self.seq = seq


class Audit:
    """Writes and reads the audit log."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def write(self, *events: Event) -> None:
        """Write events down in a transaction of their own."""
        async with self._database.begin_write() as connection:
            await self.append(connection, *events)

    async def append(self, connection: AsyncConnection, *events: Event) -> None:
        """Write events down in the transaction of the deed itself. It waits for others who do, so come to it last."""
        await connection.run_sync(self._database.lock_source, _AUDIT)
        columns = audit_events.c.seq, audit_events.c.hash
        last = (await connection.execute(select(*columns).order_by(audit_events.c.seq.desc()).limit(1))).one_or_none()
        seq, previous = (last.seq + 1, bytes(last.hash)) if last is not None else (1, _BEGINNING)
        rows = []
        for place, event in enumerate(events, seq):
            entry = _Unbound(place, self._clock(), event)
            previous = entry.bound_to(previous)
            rows.append(
                {
                    "seq": place,
                    "at": entry.at,
                    "actor": event.actor,
                    "action": event.action.value,
                    "subject": event.subject,
                    "purpose": event.purpose.value if event.purpose is not None else None,
                    "detail": _detail(event.detail),
                    "hash": previous,
                }
            )
        await connection.execute(insert(audit_events), rows)

    async def events(
        self,
        *,
        before: int | None = None,
        actors: Collection[str] | None = None,
        subjects: Collection[str] | None = None,
        actions: Collection[Action] | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """The newest entries first, older than the place `before`, of some actors, subjects or actions."""
        statement = select(audit_events).order_by(audit_events.c.seq.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit_events.c.seq < before)
        for column, values in ((audit_events.c.actor, actors), (audit_events.c.subject, subjects), (audit_events.c.action, actions)):
            if values is not None:
                statement = statement.where(column.in_(sorted(values)))
        async with self._database.begin_read() as connection:
            return [_entry(row) for row in await connection.execute(statement)]

    async def verify(self) -> tuple[int, bytes]:
        """Follow the chain to its end; how many entries it has and the last hash. Raises AuditBroken.

        Entries cut off at the end show only to who kept the hash of a later one.
        """
        seq, previous = 0, _BEGINNING
        async for entry in self._all():
            seq += 1
            if entry.seq != seq or _Unbound(entry.seq, entry.at, entry.event).bound_to(previous) != entry.hash:
                raise AuditBroken(seq)
            previous = entry.hash
        return seq, previous

    async def _all(self) -> AsyncIterator[Entry]:
        after = 0
        while True:
            statement = select(audit_events).where(audit_events.c.seq > after).order_by(audit_events.c.seq).limit(_STEP)
            async with self._database.begin_read() as connection:
                found = [_entry(row) for row in await connection.execute(statement)]
            for entry in found:
                yield entry
            if len(found) < _STEP:
                return
            after = found[-1].seq


@dataclass(frozen=True, slots=True)
class _Unbound:
    seq: int
    at: datetime
    event: Event

    def bound_to(self, previous: bytes) -> bytes:
        event = self.event
        told = [self.seq, self.at.astimezone(UTC).isoformat(), event.actor, event.action, event.subject, event.purpose]
        return hashlib.sha256(previous + orjson.dumps([*told, _detail(event.detail)])).digest()


def _detail(detail: Mapping[str, str]) -> str:
    return orjson.dumps(dict(detail), option=orjson.OPT_SORT_KEYS).decode()


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    purpose = Purpose(row.purpose) if row.purpose is not None else None
    event = Event(row.actor, Action(row.action), row.subject, purpose, orjson.loads(row.detail))
    return Entry(row.seq, row.at, event, bytes(row.hash))
