"""What a faulty source holds: a shelf of records that changes once, between the first harvest and those that are disturbed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

COUNT, PAGE = 60, 20
"""Records on the shelf, and to a page."""

_LATEST = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
_GONE = frozenset({7, 27, 47})
_NEW = range(COUNT, COUNT + 3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the source sees it."""

    key: str
    title: str
    changed: datetime

    @property
    def stamp(self) -> str:
        """When it changed, as OAI-PMH and most others write it."""
        return self.changed.strftime("%Y-%m-%dT%H:%M:%SZ")


def shelf(*, later: bool) -> Sequence[Entry]:
    """The records, newest first; `later`, three are gone, three are new, and every tenth has another title."""
    numbers = [number for number in range(COUNT) if number not in _GONE] + list(_NEW) if later else range(COUNT)
    return [
        Entry(f"{number:04}", f"数控加工 {number}{'（修订）' if later and number % 10 == 4 else ''}", _LATEST - timedelta(minutes=number))
        for number in numbers
    ]


def gone(entries: Sequence[Entry]) -> list[str]:
    """The keys of records that stood on the first shelf and stand on this one no more."""
    held = {entry.key for entry in entries}
    return [entry.key for entry in shelf(later=False) if entry.key not in held]


def content(*, later: bool) -> Mapping[str, str]:
    """Key and title of every record: what the catalog holds after an undisturbed harvest."""
    return {entry.key: entry.title for entry in shelf(later=later)}
