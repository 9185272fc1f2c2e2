"""The catalog's tables. They are seen in this package only: others read through `Reader` and write through `Catalog`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC, on both databases; SQLite keeps it as text, which orders as the moments do."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse moments without a zone: they would mean another moment on each machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored: make it aware, in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code point on both databases, as Python compares."""

NUMBER = BigInteger().with_variant(Integer, "sqlite")

NAMING = {"ix": "%(table_name)s_%(column_0_N_name)s", "uq": "%(table_name)s_%(column_0_N_name)s_key", "pk": "%(table_name)s_pkey"}
metadata = MetaData(naming_convention=NAMING)


def _number() -> Column[Any]:
    return Column("number", NUMBER, primary_key=True, autoincrement=True)


sources = Table(
    "sources",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False, unique=True),
    Column("title", TEXT, nullable=False),
    Column("document", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("retired", Boolean, nullable=False),
)

visibility_sets = Table("visibility_sets", metadata, _number(), Column("digest", LargeBinary, nullable=False, unique=True))

visibility_members = Table(
    "visibility_members",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("set_number", NUMBER, ForeignKey("visibility_sets.number", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    Column("source", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("visibility_set", NUMBER, ForeignKey("visibility_sets.number"), nullable=False),
    Column("newest", NUMBER, nullable=False),
    Column("title_key", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("tier", TEXT, nullable=False),
    Column("access", TEXT, nullable=False),
    Column("province", TEXT),
    Column("institution", TEXT),
    Column("library", TEXT),
    Column("license", TEXT),
    Column("format", TEXT),
    Column("published", TEXT),
    Column("updated_at", Instant),
    Column("duration_seconds", NUMBER),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("source", "key"),
    sqlite_autoincrement=True,
)
# Source and visibility stand at the end so that a walk passes over what it may not show without touching the rows.
Index("records_newest", records.c.newest.desc(), records.c.id, records.c.source, records.c.visibility_set)
Index("records_title", records.c.title_key, records.c.id, records.c.source, records.c.visibility_set)
Index("records_source_newest", records.c.source, records.c.newest.desc(), records.c.id, records.c.visibility_set)
Index("records_library", records.c.library, records.c.visibility_set)
Index("records_institution", records.c.institution)

record_terms = Table(
    "record_terms",
    metadata,
    Column("record", NUMBER, ForeignKey("records.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("field", TEXT, primary_key=True),
    Column("value", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
"""The values of fields that hold several, cut by `store.rows.term`; a major is `year:code`."""
Index("record_terms_value", record_terms.c.field, record_terms.c.value, record_terms.c.record)

payloads = Table(
    "payloads",
    metadata,
    Column("record", NUMBER, ForeignKey("records.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("native", LargeBinary, nullable=False),
)
"""The mapped part of the native item, JSON, zlib."""

changes = Table(
    "changes",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("record", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("op", String(6), nullable=False),
    Column("public", Integer, nullable=False, server_default="0"),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
"""One row per record written or deleted, in the order of commit: whoever has read up to a `seq` has missed nothing before it.

`public`: 1 = everybody sees the record from here on, 2 = everybody saw it until here, 0 = neither.
"""

libraries = Table(
    "libraries",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("source", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("visibility_set", NUMBER, ForeignKey("visibility_sets.number"), nullable=False),
    Column("name", TEXT, nullable=False),
    Column("tier", TEXT, nullable=False),
    Column("province", TEXT),
    Column("institution", TEXT),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("source", "key"),
)

institutions = Table(
    "institutions",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("code", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("province", TEXT),
    Column("body", LargeBinary, nullable=False),
)
"""What each source says of an institution; of several that know a code the one with the smallest source key is believed."""
Index("institutions_code", institutions.c.code, institutions.c.source, institutions.c.key)

harvest_states = Table(
    "harvest_states",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("lease_owner", TEXT),
    Column("lease_until", Instant),
    Column("since", Instant),
    Column("version", Integer),
    Column("run_started", Instant),
    Column("window_since", Instant),
    Column("window_date", Instant),
    Column("window_version", Integer),
    Column("collection", TEXT),
    Column("cursor", TEXT),
    Column("sweeping", Boolean),
)
"""`since` and `version` belong to the last complete reading; the rest from `run_started` on to the one under way, if any."""

harvest_seen = Table(
    "harvest_seen",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("collection", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
"""What the full reading under way has met so far."""

harvest_runs = Table(
    "harvest_runs",
    metadata,
    _number(),
    Column("source", TEXT, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("seen", NUMBER, nullable=False),
    Column("changed", NUMBER, nullable=False),
    Column("gone", NUMBER, nullable=False),
    Column("quarantined", NUMBER, nullable=False),
    Column("error", TEXT),
    Column("next_due", Instant),
)
Index("harvest_runs_source", harvest_runs.c.source, harvest_runs.c.number)

quarantine = Table(
    "quarantine",
    metadata,
    _number(),
    Column("source", TEXT, nullable=False),
    Column("collection", TEXT, nullable=False),
    Column("key", TEXT),
    Column("field", TEXT),
    Column("reason", TEXT, nullable=False),
    Column("native", LargeBinary),
    Column("at", Instant, nullable=False),
)
Index("quarantine_source", quarantine.c.source, quarantine.c.collection)

store_facts = Table("store_facts", metadata, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False))
