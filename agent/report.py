"""What a push tells: how far it is, what became of it, and which rows were not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.protocol import Collection

SHOWN = 20
"""Rows that were not taken that a terminal shows; the state holds all of them, and JSON lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a push is, after each part; `total` counts the collection's whole list where the source tells."""

    collection: Collection
    rows: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that was not taken, here (rule `mapping`) or there; `message` and `fix` say why and what to do."""

    collection: str
    key: str | None
    rule: str
    place: str | None
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a push did: rows sent by what became of them, `kept` rows that had not changed, `swept` those that a snapshot deleted.

    `error` is None where everything came to its end; otherwise the next push goes on where this one stopped. `full` names collections
    that were read in full. In a `dry_run` nothing was kept, here or there.
    """

    name: str
    to: str
    started: datetime
    finished: datetime
    counts: Mapping[str, int]
    kept: int
    swept: int
    full: Sequence[str]
    resumed: bool
    dry_run: bool
    error: str | None
    refused: Sequence[Refused] = field(default_factory=tuple)

    @property
    def clean(self) -> bool:
        """Everything was pushed and taken."""
        return self.error is None and not self.refused

    def text(self, lang: str) -> str:
        """The push in a few lines, for a terminal."""
        zh = lang == "zh"
        numbers = ", ".join(f"{count} {_WORDS[name][not zh]}" for name, count in self.counts.items() if count)
        told = [number for number in (numbers, f"{self.kept} {'未变' if zh else 'not changed'}" if self.kept else "") if number]
        if self.swept:
            told.append(f"{self.swept} {'因快照中没有而删除' if zh else 'deleted because the snapshot lacks them'}")
        seconds = (self.finished - self.started).total_seconds()
        done = ", ".join(told) or ("没有变化" if zh else "nothing had changed")
        dry = (" 试运行，未保存" if zh else ", dry run: nothing was kept") if self.dry_run else ""
        lines = [f"{self.name}: {done} ({seconds:.1f} s){dry}"] if told or self.error is None else []
        for each in self.refused[:SHOWN]:
            lines += [f"  ✗ {each.collection} {each.key or '-'}  [{each.rule}] {each.place or ''}".rstrip(), f"      {each.message}"]
            lines += [f"      {'处理' if zh else 'fix'}: {each.fix}"] if each.fix else []
        if len(self.refused) > SHOWN:
            more = len(self.refused) - SHOWN
            lines.append(f"  … {f'还有 {more} 行' if zh else f'and {more} more'} (--json)")
        if self.error is not None:
            lines.append(f"{self.name}: {'中断' if zh else 'stopped'}: {self.error}")
        return "\n".join(lines)


_WORDS: Mapping[str, tuple[str, str]] = {
    "accepted": ("已接受", "accepted"),
    "unchanged": ("已有", "there already"),
    "stale": ("较旧", "stale"),
    "deleted": ("已删除", "deleted"),
    "rejected": ("被拒绝", "rejected"),
}
