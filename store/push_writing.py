"""What a push writes beside its records, in their transactions: the rows as they were sent, marks, numbers, the receipt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete

from store.feeds import LIVE, SPOILED, FeedRow, FeedRows
from store.harvests import Applied, Harvests, Step
from store.pushes import Push, Pushes
from store.tables import quarantine


@dataclass(slots=True, kw_only=True)
class PushWriting:
    """One batch of a push; an instance is a `store.catalog.Beside`.

    `rows` are kept, by key; `met` is marked where the push is a snapshot; keys that are `sound` leave the quarantine; `receipt` packs what
    became of the rows, given the keys whose records turned out not to be storable.
    """

    harvests: Harvests
    pushes: Pushes
    feed: FeedRows
    push: Push
    chunk: int
    seen: int
    rows: Mapping[str, FeedRow]
    written: Collection[str]
    met: Sequence[str]
    sound: Sequence[str]
    receipt: Callable[[frozenset[str]], bytes]
    _done: set[str] = field(default_factory=set)

    def __call__(self, connection: Connection, keys: Collection[str], applied: Applied | None) -> None:
        """Write what belongs to `keys`; in the last transaction, which knows what was `applied`, all that is left. Raises LeaseLost."""
        self.harvests.hold(connection, self.push.run)
        if applied is None:
            self.feed.write(connection, self.push.collection, [row for key, row in self.rows.items() if key in keys])
            self._done.update(keys)
            return
        unstorable = frozenset(self.written) - self._done - set(keys)
        rest = [
            row._replace(state=SPOILED) if key in unstorable and row.state == LIVE else row
            for key, row in self.rows.items()
            if key not in self._done
        ]
        self.feed.write(connection, self.push.collection, rest)
        run = self.push.run
        place = {"source": run.source, "collection": self.push.collection}
        connection.execute(delete(quarantine).filter_by(**place).where(quarantine.c.key.in_(self.sound)))
        self.harvests.tally(connection, Step(run=run, window=run.window, seen=self.seen, met=self.met), applied)
        self.pushes.keep_receipt(connection, self.push, self.chunk, self.receipt(unstorable))
