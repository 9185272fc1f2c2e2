"""Takes one request of a push: begins or goes on with it, feeds its rows to the intake, ends it, whatever happens on the way."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import orjson

from harvest.errors import SweepRefused
from harvest.intake import Intake, Taken, receipt
from harvest.lease import renewing
from harvest.receipts import Line
from harvest.source import HarvestSource
from resolvers.sources import OpenSource
from store.catalog import Catalog
from store.errors import LeaseHeld, LeaseLost, PushRefused
from store.harvests import Harvests
from store.pushes import Part, Push, Pushes
from transport.feeds.asking import Asked, BodyForm
from transport.feeds.bodies import Body
from transport.feeds.problems import FeedProblem

LEASE = timedelta(seconds=60)
"""How long a push that was killed keeps others away, where nobody can tell that it was."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: the head, and a line for each row."""

    head: dict[str, Any]
    lines: AsyncIterator[Line]


class Taking:
    """One request of a push to `source`."""

    def __init__(self, source: OpenSource, catalog: Catalog, asked: Asked) -> None:
        self._source = source
        self._catalog = catalog
        self._asked = asked
        self._harvested = HarvestSource.of(source.definition, source.binding, source.connector)
        self._pushes = Pushes(catalog.database, source.key, catalog.clock)

    async def take(self, body: Body, form: BodyForm) -> Receipt:
        """Take the rows of `body`. Raises FeedProblem, and what the body raises where its sender is gone."""
        asked, connection = self._asked, self._source.definition.connection
        if asked.dry_run:
            intake = self._intake(None)
            async for rows in body.batches(form, connection):
                await intake.take(rows)
            return Receipt(self._head(None, intake.taken()), intake.lines())
        name = asked.push or f"huiju-{secrets.token_hex(8)}"
        begun = await self._begin(name)
        if isinstance(begun, Part):
            await body.drain()
            if body.digest != begun.digest:
                raise FeedProblem("part-differs", push=name, part=begun.part)
            return Receipt(orjson.loads(begun.summary), receipt(self._pushes, begun.push, begun.part))
        intake = self._intake(begun)
        try:
            async with renewing(Harvests(self._catalog.database, self._catalog.clock), begun.run):
                await intake.begin()
                async for rows in body.batches(form, connection):
                    await intake.take(rows)
                if asked.last:
                    await intake.sweep(confirm=asked.confirm)
                head = self._head(name, intake.taken())
                await self._end(begun, body.digest, head)
        except LeaseLost as error:
            raise FeedProblem("taken-over") from error
        except SweepRefused as refused:
            await self._stop(begun, str(refused))
            raise FeedProblem("sweep-refused", push=name, unmet=refused.unmet, total=refused.total) from refused
        except BaseException as error:
            await asyncio.shield(self._stop(begun, f"it broke off: {type(error).__name__}"))
            raise
        return Receipt(head, intake.lines())

    def _intake(self, push: Push | None) -> Intake:
        return Intake(self._harvested, self._catalog, self._asked.collection, push, snapshot=self._asked.snapshot)

    async def _begin(self, name: str) -> Push | Part:
        asked = self._asked
        try:
            return await self._pushes.begin(
                name,
                asked.part,
                collection=asked.collection,
                snapshot=asked.snapshot,
                version=self._source.binding.version,
                lease=LEASE,
            )
        except LeaseHeld as held:
            raise busy(held, self._catalog.clock()) from held
        except PushRefused as refused:
            raise FeedProblem(f"push-{refused.reason}", push=name, expected=refused.expected) from refused

    async def _end(self, push: Push, digest: bytes, head: dict[str, Any]) -> None:
        if not self._asked.last:
            await self._pushes.receive(push, digest, orjson.dumps(head))
            return
        await self._pushes.complete(push, digest, orjson.dumps(head), self._catalog.clock() + self._harvested.every)
        await self._pushes.forget_older()

    async def _stop(self, push: Push, error: str) -> None:
        """A push that has a name may be gone on with; another one is over."""
        if self._asked.push is not None:
            await self._pushes.pause(push)
        else:
            await self._pushes.give_up(push, error, self._catalog.clock())

    def _head(self, name: str | None, taken: Taken) -> dict[str, Any]:
        asked, kept = self._asked, name is not None
        return {
            "push": name,
            "source": self._source.name,
            "collection": asked.collection.value,
            "mode": "snapshot" if asked.snapshot else "delta",
            "part": asked.part,
            "complete": kept and asked.last,
            "dry_run": asked.dry_run,
            "durable": kept,
            "searchable_within_seconds": 2 if kept else None,
            "summary": {
                "rows": taken.rows,
                **taken.counts,
                "deleted_by_snapshot": taken.swept,
                "nothing_deleted_for_rows_without_key": taken.kept,
                "values_left_empty": taken.left_empty,
            },
        }


def busy(held: LeaseHeld, now: datetime) -> FeedProblem:
    """Somebody else pushes to the source, or works on it: when to come again."""
    return FeedProblem("busy", retry_after=max(1, min(ceil((held.until - now).total_seconds()), 60)))
