"""What was pushed to us, as it was sent: one row for each key with the version that its source gave it, deleted ones too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Index, LargeBinary, Select, String, Table, func, select

from store.database import Database
from store.tables import NUMBER, TEXT, harvest_seen, metadata

feed_rows = Table(
    "feed_rows",
    metadata,
    Column("source", TEXT, primary_key=True),
    Column("collection", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("position", NUMBER, nullable=False),
    Column("version", NUMBER),
    Column("state", String(7), nullable=False),
    Column("digest", LargeBinary),
    Column("native", LargeBinary),
    sqlite_with_rowid=False,
)
"""`position` is where the row stands among all of its collection: one that is pushed again moves to the end."""
Index("feed_rows_position", feed_rows.c.source, feed_rows.c.collection, feed_rows.c.position)

LIVE, SPOILED, DELETED = "live", "spoiled", "deleted"
"""States of a row: a record was made of it, none could be, its source has taken it away."""


class FeedRow(NamedTuple):
    """A row to keep: its key, the source's version, its state, a digest of what was sent, the packed native item."""

    key: str
    version: int | None
    state: str
    digest: bytes | None = None
    native: bytes | None = None


class Held(NamedTuple):
    """What is known of a key that was pushed before."""

    version: int | None
    state: str
    digest: bytes | None


class Placed(NamedTuple):
    """A row where it stands."""

    position: int
    key: str
    state: str
    native: bytes | None


class FeedRows:
    """The rows of one source, by its immutable key."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    async def page(self, collection: str, after: int, limit: int) -> list[Placed]:
        """The next rows behind the position `after`, deleted ones among them."""
        behind = self._of(collection).where(feed_rows.c.position > after)
        return await self._placed(behind.order_by(feed_rows.c.position).limit(limit))

    async def by_keys(self, collection: str, keys: Collection[str]) -> list[Placed]:
        """The rows of some keys in order of position; those that are absent or deleted are missing."""
        named = self._of(collection).where(feed_rows.c.key.in_(keys), feed_rows.c.state != DELETED)
        return await self._placed(named.order_by(feed_rows.c.position))

    async def count(self, collection: str) -> int:
        """How many rows are not deleted."""
        statement = select(func.count()).where(*self._there(collection))
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def held(self, collection: str, keys: Collection[str]) -> dict[str, Held]:
        """What is known of those of `keys` that were pushed before."""
        columns = feed_rows.c.key, feed_rows.c.version, feed_rows.c.state, feed_rows.c.digest
        statement = select(*columns).where(*self._in(collection), feed_rows.c.key.in_(keys))
        async with self._database.begin_read() as connection:
            return {row[0]: Held(*row[1:]) for row in await connection.execute(statement)}

    def write(self, connection: Connection, collection: str, rows: Sequence[FeedRow]) -> None:
        """Keep rows, each key once, in the transaction that writes their records and holds the lock of the source."""
        if not rows:
            return
        last = connection.scalar(select(func.coalesce(func.max(feed_rows.c.position), 0)).where(*self._in(collection)))
        named = {"source": self._source, "collection": collection}
        values = [{**named, "position": position, **row._asdict()} for position, row in enumerate(rows, int(last or 0) + 1)]
        self._database.inserting(feed_rows, "renews").execute(connection, values)

    async def unmet(self, collection: str) -> tuple[int, int]:
        """How many rows the snapshot under way has not met, and how many there are."""
        whole = select(func.count()).where(*self._there(collection))
        async with self._database.begin_read() as connection:
            return int(await connection.scalar(whole.where(_not_met())) or 0), int(await connection.scalar(whole) or 0)

    async def unmet_keys(self, collection: str, after: str, limit: int) -> list[str]:
        """The next of the keys that the snapshot under way has not met, in order."""
        unmet = select(feed_rows.c.key).where(*self._there(collection), _not_met(), feed_rows.c.key > after)
        statement = unmet.order_by(feed_rows.c.key).limit(limit)
        async with self._database.begin_read() as connection:
            return list((await connection.scalars(statement)).all())

    def _in(self, collection: str) -> tuple[ColumnElement[bool], ...]:
        return feed_rows.c.source == self._source, feed_rows.c.collection == collection

    def _there(self, collection: str) -> tuple[ColumnElement[bool], ...]:
        return *self._in(collection), feed_rows.c.state != DELETED

    def _of(self, collection: str) -> Select[Any]:
        columns = feed_rows.c.position, feed_rows.c.key, feed_rows.c.state, feed_rows.c.native
        return select(*columns).where(*self._in(collection))

    async def _placed(self, statement: Select[Any]) -> list[Placed]:
        async with self._database.begin_read() as connection:
            return [Placed(*row) for row in await connection.execute(statement)]


def _not_met() -> ColumnElement[bool]:
    met = select(harvest_seen.c.key).where(
        harvest_seen.c.source == feed_rows.c.source,
        harvest_seen.c.collection == feed_rows.c.collection,
        harvest_seen.c.key == feed_rows.c.key,
    )
    return ~met.exists()
