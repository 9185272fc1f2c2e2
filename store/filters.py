"""What a caller asks of records: conditions as values, and the one predicate that decides them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from store.identity import library_id
from store.record import Record

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MajorCondition:
    """A major by catalogue year and code; two or four digits mean the category or the class."""

    catalogue_year: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFilter:
    """Conditions on records: None = no condition, a tuple = any of; all of them hold together.

    `published` is a pair of inclusive partial dates, `updated` of inclusive instants, `duration_seconds` of inclusive integers;
    `sources` are source names, `libraries`, `part_of` and `ids` global ids.
    """

    tiers: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    provinces: tuple[str, ...] | None = None
    institutions: tuple[str, ...] | None = None
    libraries: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    majors: tuple[MajorCondition, ...] | None = None
    languages: tuple[str, ...] | None = None
    licenses: tuple[str, ...] | None = None
    access: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    creators: tuple[str, ...] | None = None
    published: tuple[str | None, str | None] | None = None
    updated: tuple[datetime | None, datetime | None] | None = None
    duration_seconds: tuple[int | None, int | None] | None = None
    part_of: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None

    def asked(self) -> frozenset[str]:
        """The names of the conditions that are set."""
        return frozenset(each.name for each in fields(self) if getattr(self, each.name) is not None)


EVERYTHING = ResourceFilter()


def matches(record: Record, wanted: ResourceFilter) -> bool:
    """Tell whether `record` meets every condition of `wanted`, except `sources`, which is decided before a record is read."""
    if wanted is EVERYTHING:
        return True
    if not (
        _among(record.tier, wanted.tiers)
        and _among(record.kind, wanted.kinds)
        and _among(record.province, wanted.provinces)
        and _among(record.institution, wanted.institutions)
        and _among(record.access, wanted.access)
        and _among(record.format, wanted.formats)
        and _among(record.id, wanted.ids)
        and _any_among(record.languages, wanted.languages)
        and _any_among(record.part_of, wanted.part_of)
    ):
        return False
    if wanted.licenses is not None and (record.license is None or record.license.code not in wanted.licenses):
        return False
    if wanted.creators is not None and not any(each.name in wanted.creators for each in record.creators):
        return False
    if wanted.libraries is not None and (
        record.library is None or library_id(record.library.source, record.library.key) not in wanted.libraries
    ):
        return False
    if wanted.majors is not None and not any(
        major.catalogue_year == condition.catalogue_year and (major.code or "").startswith(condition.code)
        for major in record.majors
        for condition in wanted.majors
    ):
        return False
    return (
        _within(record.published, wanted.published, overlaps)
        and _within(record.updated_at, wanted.updated, _between)
        and _within(record.duration_seconds, wanted.duration_seconds, _between)
    )


def overlaps(published: str, start: str | None, end: str | None) -> bool:
    """Tell whether a partial date lies in a range of partial dates, both ends included: 2023 lies in 2023-05..2024."""
    return (start is None or published[: len(start)] >= start[: len(published)]) and (
        end is None or published[: len(end)] <= end[: len(published)]
    )


def _between(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _within(value: _T | None, span: tuple[_T | None, _T | None] | None, test: Callable[[_T, _T | None, _T | None], bool]) -> bool:
    return span is None or (value is not None and test(value, *span))


def _among(value: str | None, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted


def _any_among(values: tuple[str, ...], wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or any(value in wanted for value in values)
