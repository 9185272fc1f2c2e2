"""What is to be done with pushed rows, in the light of what is held: no row is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.feed.judging import Judged, Refused, judge_of
from connectors.feed.rows import Fault, Row
from connectors.mapping import ItemSpoiled
from connectors.protocol import Collection, Item
from harvest.mapping import BatchMapper
from harvest.receipts import Line, Status, reason
from harvest.samples import native_text
from harvest.source import HarvestSource
from store.catalog import Quarantined
from store.feeds import DELETED, LIVE, SPOILED, FeedRow, Held
from store.identity import native_key
from store.record import Library, Record
from store.rows import compress, plain
from store.visibility import MEMBER, NOBODY, PUBLIC


@dataclass(slots=True)
class Decision:
    """What rows come to: a line for each; by key rows to keep, values to write and items to put into quarantine; keys to delete.

    Values have their packed native items with them; items without a key are `nameless`.
    """

    lines: list[Line] = field(default_factory=list)
    rows: dict[str, FeedRow] = field(default_factory=dict)
    values: dict[str, tuple[str, Any, bytes]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    spoiled: dict[str, Quarantined] = field(default_factory=dict)
    nameless: list[Quarantined] = field(default_factory=list)


class Decider:
    """Decides on the rows of one collection; `left_empty` counts values that could not be read, by field."""

    def __init__(self, source: HarvestSource, collection: Collection, *, snapshot: bool) -> None:
        section: Any = source.sections[collection]
        self._section = section
        self._snapshot = snapshot
        self._judge = judge_of(section, source.binding.place)
        self._mapper = BatchMapper(collection, section, source.binding)
        self._fault_of = _guard(source)

    @property
    def left_empty(self) -> Mapping[str, int]:
        """How many values were left empty because they could not be read."""
        return self._mapper.complaints

    def judge(self, rows: Sequence[Row]) -> list[tuple[Row, Judged | Refused]]:
        """Judge rows by themselves."""
        return [(row, self._judge(row.native) if row.native is not None else _unread(row)) for row in rows]

    def decide(self, judged: Sequence[tuple[Row, Judged | Refused]], held: Mapping[str, Held], now: datetime) -> Decision:
        """Decide on rows one after another; `held` is what is known of their keys."""
        decision, known = Decision(), dict(held)
        for row, each in judged:
            line = self._line(row, each, known, decision, now)
            decision.lines.append(line)
            if line.status != "rejected" and line.key is not None:
                decision.spoiled.pop(line.key, None)
        return decision

    def _line(self, row: Row, judged: Judged | Refused, known: dict[str, Held], decision: Decision, now: datetime) -> Line:
        if isinstance(judged, Refused):
            return self._rejected(row, None if judged.key is None else native_key(judged.key), judged.fault, decision)
        key, version = native_key(judged.key), judged.version
        before = known.get(key)
        if judged.deed == "keep":
            if not self._snapshot:
                return Line(row.number, key, "rejected", Fault("keep-in-delta"))
            there = before is not None and before.state == LIVE
            return Line(row.number, key, "unchanged") if there else Line(row.number, key, "rejected", Fault("keep-unknown"))
        if before is not None and version is not None and before.version is not None and version < before.version:
            return Line(row.number, key, "stale", Fault("older"))
        version = version if version is not None or before is None else before.version
        if judged.deed == "delete":
            kept = FeedRow(key, version, DELETED)
            status: Status = "deleted" if before is not None and before.state != DELETED else "unchanged"
            decision.gone.add(key)
            decision.values.pop(key, None)
        else:
            native = self._mapper.kept(judged.native)
            text = plain(native)
            digest = hashlib.blake2b(text, digest_size=16).digest()
            same = before is not None and before.state == LIVE and before.digest == digest
            if same and before is not None and version == before.version:
                return Line(row.number, key, "unchanged")
            packed = compress(text)
            if same:
                status, kept = "unchanged", FeedRow(key, version, LIVE, digest, packed)
            else:
                fault = self._map(judged, packed, decision, now)
                if fault is not None:
                    decision.rows[key] = FeedRow(key, version, SPOILED, digest, packed)
                    known[key] = Held(version, SPOILED, digest)
                    return self._rejected(row, key, fault, decision, native)
                status, kept = "accepted", FeedRow(key, version, LIVE, digest, packed)
        decision.rows[key] = kept
        known[key] = Held(kept.version, kept.state, kept.digest)
        return Line(row.number, key, status)

    def _map(self, judged: Judged, packed: bytes, decision: Decision, now: datetime) -> Fault | None:
        item = Item(judged.key, judged.native)
        key = native_key(judged.key)
        try:
            value = self._mapper.value(item, now)
        except ItemSpoiled as error:
            text = native_text(self._section.mapping.get(error.field), item)
            return Fault("record", error.field or None, text, {"message": str(error)})
        fault = self._fault_of(value)
        if fault is None:
            decision.gone.discard(key)
            decision.values[key] = key, value, packed
        return fault

    def _rejected(self, row: Row, key: str | None, fault: Fault, decision: Decision, native: dict[str, Any] | None = None) -> Line:
        if native is None and row.native is not None:
            native = self._mapper.kept(row.native)
        spoiled = Quarantined(key=key, field=fault.place, reason=reason(fault), native=native)
        if key is None:
            decision.nameless.append(spoiled)
        else:
            decision.spoiled[key] = spoiled
        return Line(row.number, key, "rejected", fault)


def _unread(row: Row) -> Refused:
    return Refused(None, row.fault or Fault("not-an-object"))


def _guard(source: HarvestSource) -> Callable[[Any], Fault | None]:
    """Make the check that a pusher opens nothing to people of others, whatever it sends: a feed's word is not the registration's."""
    binding, public = source.binding, (PUBLIC,)

    def foreign(key: str) -> bool:
        role, _, place = key.rpartition("@")
        where = place if role or key[:2] in ("p:", "s:") else ""
        if not where or binding.tier == "national":
            return False
        code = where[2:]
        province = binding.province or (binding.institution or "")[2:4]
        if where.startswith("s:"):
            return code != binding.institution if binding.tier == "school" else code[2:4] != province
        return code != province

    def look(value: Any) -> Fault | None:
        if not isinstance(value, Record | Library):
            return None
        if binding.all_public and value.visibility != public:
            return Fault("public-violated", "visibility", " ".join(value.visibility))
        wrong = next((key for key in value.visibility if key not in (PUBLIC, MEMBER, NOBODY) and foreign(key)), None)
        return None if wrong is None else Fault("visibility", "visibility", wrong)

    return look
