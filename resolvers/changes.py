"""The changes feed: what everybody may see of the catalog's log, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from resolvers.connection import PageInfo
from resolvers.context import Context
from resolvers.errors import BadInput, CursorExpired
from resolvers.pagination import fingerprint
from resolvers.walking import Position
from store.changes import KEPT, Change, Changes, LogForgotten, Tombstone
from store.codes import Label
from store.reader import Reader
from store.record import Record
from store.visibility import PUBLIC

MAX_CHANGES = 1000

_QUESTION = fingerprint("changes")
_LOG = "log"
_FORGOTTEN = Label(
    f"变更记录只保留 {KEPT.days} 天，这个游标更早：请重新读取全部资源，再从不带游标的第一页接着读变更",
    f"changes are kept for {KEPT.days} days and this cursor is older: read all resources again, then changes from the first page on",
)


@dataclass(frozen=True, slots=True)
class Upserted:
    """A record that everybody can see from `at` on, as it is now."""

    resource: Record
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeEdge:
    """A change, and the cursor behind it."""

    node: Upserted | Tombstone
    seq: int
    context: Context

    @property
    def cursor(self) -> str:
        """Goes on behind this change."""
        return _sealed(self.context, self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConnection:
    """A page of changes. `end_cursor` is always there: an empty page is asked again with it later."""

    edges: Sequence[ChangeEdge]
    page_info: PageInfo


async def changes(context: Context, first: int, after: str | None) -> ChangeConnection:
    """The next public changes, each record once with what became of it last. Raises BadInput, CursorExpired."""
    if not 1 <= first <= MAX_CHANGES:
        raise BadInput(Label(f"first 应在 1 到 {MAX_CHANGES} 之间", f"first must be between 1 and {MAX_CHANGES}"))
    position = None
    if after is not None:
        try:
            position = context.sealer.open(_QUESTION, after)[_LOG].seen
        except CursorExpired as error:
            raise CursorExpired(_FORGOTTEN) from error
    try:
        found = await Changes(context.catalog.database).public(position, first + 1)
    except LogForgotten as error:
        raise CursorExpired(_FORGOTTEN) from error
    page = found[:first]
    edges = await _edges(context, page)
    end = page[-1].seq if page else position or 0
    start = partial(_sealed, context, edges[0].seq) if edges else None
    return ChangeConnection(edges=edges, page_info=PageInfo(len(found) > first, after is not None, start, partial(_sealed, context, end)))


async def _edges(context: Context, page: Sequence[Change]) -> list[ChangeEdge]:
    """What to tell of each record: it as everybody sees it now, or its tombstone. A later page tells what came after that page."""
    last = {change.record: change for change in page}
    database = context.catalog.database
    seen = await Reader(database, frozenset({PUBLIC})).by_ids([change.record for change in last.values() if change.shown])
    gone = await Changes(database).tombstones([change.record for change in last.values() if not change.shown])
    edges: list[ChangeEdge] = []
    for change in last.values():
        record = seen.get(change.record)
        if record is not None and context.sources.by_key(record.source) is not None:
            edges.append(ChangeEdge(Upserted(record, change.at), change.seq, context))
        elif change.record in gone:
            edges.append(ChangeEdge(gone[change.record], change.seq, context))
    return sorted(edges, key=lambda edge: edge.seq)


def _sealed(context: Context, seq: int) -> str:
    return context.sealer.seal(_QUESTION, {_LOG: Position(seen=seq)}, lifetime=int(KEPT.total_seconds()))
