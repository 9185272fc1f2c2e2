"""What a run tells: how far it is, and at its end what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.protocol import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, after each batch.

    `seen` counts the items of all collections, `seen_before` those of the collections before this one; `total` counts the collection's
    whole list where the source tells.
    """

    name: str
    collection: Collection
    seen: int
    seen_before: int
    changed: int
    gone: int
    quarantined: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run did, in items of all collections.

    `error` is None where the source was read to its end; otherwise it says why not, and the next run goes on from the last batch.
    `full` tells that everything was read, `resumed` that an earlier run had begun. `complaints` counts values that could not be read
    and were left empty, by `collection.field`.
    """

    source: str
    name: str
    started: datetime
    finished: datetime
    seen: int
    changed: int
    gone: int
    quarantined: int
    error: str | None
    next_due: datetime
    full: bool
    resumed: bool
    complaints: Mapping[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """The run in one line, for a log or a terminal."""
        ended = f"stopped: {self.error}" if self.error is not None else "complete"
        seconds = (self.finished - self.started).total_seconds()
        numbers = f"{self.seen} seen, {self.changed} changed, {self.gone} gone, {self.quarantined} in quarantine"
        return f"{self.name}: {numbers} in {seconds:.1f} s, {ended}"
