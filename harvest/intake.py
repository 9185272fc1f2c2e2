"""One part of a push on its way into the catalog: rows in, receipts out; what is acknowledged is on disk."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from connectors.feed.judging import Judged
from connectors.feed.rows import Fault, Row
from connectors.protocol import Collection
from harvest.deciding import Decider, Decision
from harvest.errors import SweepRefused
from harvest.receipts import Line, counted, pack, unpack
from harvest.run import SWEEP_LEAST, SWEEP_SHARE
from harvest.source import HarvestSource
from store.catalog import Catalog
from store.feeds import DELETED, FeedRow, FeedRows
from store.harvests import Harvests
from store.identity import native_key
from store.push_writing import PushWriting
from store.pushes import Push, Pushes
from store.sweeping import Sweeping

BATCH = 200
"""Rows that are decided on together."""

SHOWN_DRY = 1000
"""Rows that the receipt of a dry run tells of: it keeps nothing, and would have to hold them all."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a part: rows by status, records deleted because a snapshot does not hold them, values left empty by field.

    `kept` tells that a snapshot deleted nothing because rows without a key might be any of those that are missing.
    """

    rows: int
    counts: dict[str, int]
    swept: int
    kept: bool
    left_empty: dict[str, int]


class Intake:
    """Takes the rows of one part; of a `push` of None, a dry run, nothing is written."""

    def __init__(self, source: HarvestSource, catalog: Catalog, collection: Collection, push: Push | None, *, snapshot: bool) -> None:
        database, clock = catalog.database, catalog.clock
        self._source = source
        self._catalog = catalog
        self._collection = collection
        self._push = push
        self._feed = FeedRows(database, source.key)
        self._pushes = Pushes(database, source.key, clock)
        self._harvests = Harvests(database, clock)
        self._decider = Decider(source, collection, snapshot=snapshot)
        self._snapshot = snapshot
        self._chunk = 0
        self._rows = 0
        self._swept = 0
        self._kept = False
        self._counts: Counter[str] = Counter(counted(()))
        self._shown: list[Line] = []

    async def begin(self) -> None:
        """Make ready for the part from its first row on: what an attempt before has left is dropped."""
        if self._push is None:
            return
        await self._pushes.forget_receipt(self._push)
        if self._snapshot and self._push.part == 1:
            await self._harvests.forget_met(self._source.key, self._collection)

    async def take(self, rows: Sequence[Row]) -> None:
        """Take rows, `BATCH` at most. Raises LeaseLost."""
        judged = self._decider.judge(rows)
        keys = {native_key(each.key) for _, each in judged if isinstance(each, Judged)}
        held = await self._feed.held(self._collection, keys) if keys else {}
        decision = self._decider.decide(judged, held, self._catalog.clock())
        self._rows += len(rows)
        if self._push is None:
            self._shown += decision.lines[: max(0, SHOWN_DRY - len(self._shown))]
            self._counts.update(counted(decision.lines))
            return
        await self._write(decision, self._push)

    async def sweep(self, *, confirm: bool) -> None:
        """Delete what a snapshot that came to its end does not hold. Raises SweepRefused where it is much and not confirmed, LeaseLost."""
        if self._push is None or not self._snapshot:
            return
        if await Sweeping(self._catalog.database, self._source.key, self._collection).nameless():
            _log.warning("%s: rows without a key came in a snapshot, so nothing that is missing is deleted", self._source.name)
            self._kept = True
            return
        unmet, total = await self._feed.unmet(self._collection)
        if unmet >= SWEEP_LEAST and unmet > SWEEP_SHARE * total and not confirm:
            raise SweepRefused(self._source.name, self._collection, unmet, total)
        after = ""
        while keys := await self._feed.unmet_keys(self._collection, after, BATCH):
            held = await self._feed.held(self._collection, keys)
            rows = {key: FeedRow(key, held[key].version, DELETED) for key in keys}
            await self._write(Decision(rows=rows, gone=set(keys)), self._push)
            self._swept += len(keys)
            after = keys[-1]

    def taken(self) -> Taken:
        """What became of the part so far."""
        return Taken(
            rows=self._rows, counts=dict(self._counts), swept=self._swept, kept=self._kept, left_empty=dict(self._decider.left_empty)
        )

    async def lines(self) -> AsyncIterator[Line]:
        """What became of each row; of a dry run the first ones."""
        if self._push is None:
            for line in self._shown:
                yield line
            return
        async for line in receipt(self._pushes, self._push.number, self._push.part):
            yield line

    async def _write(self, decision: Decision, push: Push) -> None:
        told: list[Line] = []

        def packed(unstorable: frozenset[str]) -> bytes:
            told[:] = [
                line._replace(status="rejected", fault=Fault("unstorable"))
                if line.key in unstorable and line.status == "accepted"
                else line
                for line in decision.lines
            ]
            return pack(told)

        beside = PushWriting(
            harvests=self._harvests,
            pushes=self._pushes,
            feed=self._feed,
            push=push,
            chunk=self._chunk,
            seen=len(decision.lines),
            rows=decision.rows,
            written=decision.values,
            met=[line.key for line in decision.lines if line.key is not None] if self._snapshot else (),
            sound=[
                line.key
                for line in decision.lines
                if line.status == "unchanged" and line.key is not None and line.key not in decision.spoiled
            ],
            receipt=packed,
        )
        await self._catalog.write(
            self._collection,
            self._source.key,
            list(decision.values.values()),
            sorted(decision.gone),
            [*decision.spoiled.values(), *decision.nameless],
            beside=beside,
        )
        self._chunk += 1
        self._counts.update(counted(told))


async def receipt(pushes: Pushes, push: int, part: int) -> AsyncIterator[Line]:
    """What became of each row of a part that was written down."""
    async for body in pushes.receipts(push, part):
        for line in unpack(body):
            yield line
