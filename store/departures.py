"""What has left the catalog and is still spoken of: tombstones of public records, records withdrawn by people, ids that became others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, Index, LargeBinary, Table, delete, select

from store.database import Database
from store.tables import NUMBER, TEXT, Instant, metadata

tombstones = Table(
    "tombstones",
    metadata,
    Column("record", TEXT, primary_key=True),
    Column("source", TEXT, nullable=False),
    Column("title", TEXT),
    Column("at", Instant, nullable=False),
    Column("reason", TEXT),
)
"""Records that everybody could see and nobody sees any longer without a key."""

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("record", TEXT, nullable=False),
    Column("source", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("withdrawn_by", TEXT, nullable=False),
    Column("withdrawn_at", Instant, nullable=False),
    Column("restored_by", TEXT),
    Column("restored_at", Instant),
    Column("body", LargeBinary),
    Column("native", LargeBinary),
)
"""Rows stay when a record is restored. `body` and `native` are what would be shown, kept current by harvests until then."""
_IN_FORCE = withdrawals.c.restored_at.is_(None)
Index("withdrawals_in_force", withdrawals.c.record, unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE)
Index("withdrawals_source", withdrawals.c.source, withdrawals.c.key)

aliases = Table("aliases", metadata, Column("old", TEXT, primary_key=True), Column("record", TEXT, nullable=False))
"""Ids of records whose source has changed its identifiers, with the ids that they have now."""
Index("aliases_record", aliases.c.record)


def withheld(connection: Connection, source: str, keys: Collection[str]) -> dict[str, int]:
    """Of the native keys of a source, those that are withdrawn, with the numbers of their withdrawals."""
    mine = withdrawals.c.source == source
    if not keys or connection.scalar(select(withdrawals.c.number).where(mine, _IN_FORCE).limit(1)) is None:
        return {}
    found = select(withdrawals.c.key, withdrawals.c.number).where(mine, _IN_FORCE, withdrawals.c.key.in_(keys))
    return {row[0]: row[1] for row in connection.execute(found)}


def bury(
    connection: Connection, database: Database, source: str, titles: Iterable[tuple[str, str | None]], at: datetime, reason: str | None
) -> None:
    """Set tombstones for records, pairs of id and title."""
    rows = [{"record": record, "source": source, "title": title, "at": at, "reason": reason} for record, title in titles]
    if rows:
        insert = database.insert(tombstones)
        renewed = {name: insert.excluded[name] for name in ("title", "at", "reason")}
        connection.execute(insert.on_conflict_do_update(index_elements=["record"], set_=renewed), rows)


def unbury(connection: Connection, records: Collection[str]) -> None:
    """Take the tombstones of records away that are there again."""
    if records and connection.scalar(select(select(tombstones.c.record).exists())):
        connection.execute(delete(tombstones).where(tombstones.c.record.in_(records)))
