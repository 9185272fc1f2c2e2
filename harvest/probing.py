"""What a definition claims of its source, tried out on a sample: paging, keys, totals, orders, changes, filters, text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from connectors.definition import Section
from connectors.errors import SourceError, SourceTimeout
from connectors.mapping import ItemSpoiled, Mapper
from connectors.paging import ENOUGH
from connectors.protocol import Batch, Collection, Connector, Query, Supports, reading
from harvest.findings import Finding, finding, of_failure
from store.filters import MajorCondition, ResourceFilter, matches
from store.identity import library_id, native_key
from store.ordering import Order, newest_key, title_key
from store.record import Record
from store.visibility import PUBLIC, may_see

PATIENCE = 60.0
"""Seconds that one question of a check may take."""

MOST_KEYS = 8
"""Visibility keys tried out, at most."""

VISIBILITY = "visibility"
_RANGES = ("updated", "published", "duration_seconds")


@dataclass(frozen=True, slots=True)
class Capability:
    """Something that the definition claims: it `holds`, is `broken`, or the sample could not show it (`unproven`)."""

    name: str
    state: Literal["holds", "broken", "unproven"]


@dataclass(slots=True, kw_only=True)
class Subject:
    """One collection under check: how it is read and mapped, and its sample: the batches, and the records by native key."""

    connector: Connector
    collection: Collection
    section: Section
    supports: Supports
    keys: frozenset[str]
    limit: int
    map: Mapper
    batches: Sequence[Batch] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    async def read(self, most: int, **question: Any) -> list[Batch]:
        """Ask, and take `most` batches at most. Raises SourceError."""
        asked: dict[str, Any] = {"collection": self.collection, "keys": self.keys, "limit": self.limit, **question}
        found: list[Batch] = []
        try:
            async with asyncio.timeout(PATIENCE), reading(self.connector, Query(**asked)) as batches:
                async for batch in batches:
                    found.append(batch)
                    if len(found) == most:
                        break
        except TimeoutError as error:
            raise SourceTimeout("timeout") from error
        return found

    async def records(self, most: int = 1, **question: Any) -> tuple[list[Record], bool]:
        """Ask, and map: the records, and whether that was all."""
        batches = await self.read(most, **question)
        found: list[Record] = []
        for item in (item for batch in batches for item in batch.items):
            try:
                value = self.map(item, _quiet)
            except ItemSpoiled:
                continue
            found += [value] if isinstance(value, Record) else ()
        return found, not batches or batches[-1].cursor is None

    @property
    def sample(self) -> list[Record]:
        """The records of the sample."""
        return [value for value in self.values.values() if isinstance(value, Record)]


Probe = Callable[[Subject], Awaitable[tuple[bool | None, list[Finding]]]]
"""Gives whether the claim holds (None: the sample cannot show it), and what was found."""


async def probe(subject: Subject) -> tuple[list[Capability], list[Finding]]:
    """Try out every claim, one after another: a check must not be a load."""
    capabilities: list[Capability] = []
    findings: list[Finding] = []
    for claim, place, ask in _claims(subject):
        try:
            holds, found = await ask(subject)
        except SourceError as error:
            holds, found = False, [of_failure(error, f"{subject.collection}.{place}", claim)]
        capabilities.append(Capability(claim, "unproven" if holds is None else "holds" if holds else "broken"))
        findings += found
    return capabilities, findings


def _claims(subject: Subject) -> list[tuple[str, str, Probe]]:
    supports = subject.supports
    claims: list[tuple[str, str, Probe]] = []
    if subject.batches:
        claims.append(("paging", "paging", _resumes))
    if supports.ids:
        claims.append(("ids", "ids", _fetches))
    if supports.total:
        claims.append(("total", "total", _counts))
    if subject.collection is not Collection.RESOURCES:
        return claims
    claims += [(f"order {order}", f"orders.{order}", _ordered(order)) for order in sorted(supports.orders & {Order.NEWEST, Order.TITLE})]
    if supports.since:
        claims.append(("since", "since", _since))
    if supports.text:
        claims.append(("text", "text", _text))
    claims += [(f"filter {name}", f"filters.{name}", _filtered(name)) for name in sorted(supports.filters & _WANTED.keys())]
    if VISIBILITY in supports.filters:
        claims.append(("filter visibility", "filters.visibility", _narrowed))
    return claims


async def _resumes(subject: Subject) -> tuple[bool | None, list[Finding]]:
    if len(subject.batches) < 2:
        return None, []
    again = await subject.read(1, cursor=subject.batches[0].cursor)
    same = bool(again) and [item.key for item in again[0].items] == [item.key for item in subject.batches[1].items]
    return same, [] if same else [finding("resume-broken", f"{subject.collection}.paging")]


async def _fetches(subject: Subject) -> tuple[bool | None, list[Finding]]:
    known = [item.key for batch in subject.batches for item in batch.items]
    if not known:
        return None, []
    asked = tuple(dict.fromkeys((known[0], known[len(known) // 2], known[-1])))
    batches = await subject.read(len(asked), ids=asked)
    missing = set(asked) - {item.key for batch in batches for item in batch.items}
    if not missing:
        return True, []
    example = native_key(min(missing, key=native_key))
    return False, [finding("ids-broken", f"{subject.collection}.ids", example, asked=len(asked), missing=len(missing))]


async def _counts(subject: Subject) -> tuple[bool | None, list[Finding]]:
    total = next((batch.total for batch in subject.batches if batch.total is not None), None)
    if total is None:
        return None, []
    seen = sum(len(batch.items) + len(batch.spoiled) for batch in subject.batches)
    ended = subject.batches[-1].cursor is None
    if seen == total or (not ended and seen < total):
        return True, []
    if ended and seen < ENOUGH * total:
        return False, [finding("items-missing", f"{subject.collection}.identifier", total, total=total, seen=seen)]
    return False, [finding("total-wrong", f"{subject.collection}.total", total, total=total, seen=seen)]


def _ordered(order: Order) -> Probe:
    async def ask(subject: Subject) -> tuple[bool | None, list[Finding]]:
        found, _ = await subject.records(2, order=order)
        if order is Order.NEWEST:
            moments = [newest_key(record) for record in found]
            wrong = next((at for at in range(1, len(found)) if moments[at] > moments[at - 1]), None)
        else:
            titles = [title_key(record) for record in found]
            wrong = next((at for at in range(1, len(found)) if titles[at] < titles[at - 1]), None)
        if wrong is None:
            return (True if len(found) > 1 else None), []
        return False, [finding("order-broken", f"resources.orders.{order}", found[wrong].key, order=order)]

    return ask


async def _since(subject: Subject) -> tuple[bool | None, list[Finding]]:
    moments = sorted(record.updated_at for record in subject.sample if record.updated_at is not None)
    if not moments:
        return None, []
    # Late, so that few follow and the answer can be read to its end.
    moment = moments[max(0, len(moments) - 4)]
    found, complete = await subject.records(3, since=moment)
    met = {record.key for record in found}
    later = {r.key for r in subject.sample if r.updated_at is not None and r.updated_at >= moment + timedelta(seconds=1)}
    # A source that counts in days may begin with the day.
    older = [r.key for r in found if r.updated_at is not None and r.updated_at < moment - timedelta(days=1)]
    if later - met and (complete or not met):
        return False, [finding("since-loses", "resources.since", min(later - met), count=len(later - met))]
    if older:
        return False, [finding("since-ignored", "resources.since", older[0])]
    return True, []


async def _text(subject: Subject) -> tuple[bool | None, list[Finding]]:
    word = next((part[0] for record in subject.sample if (part := re.search(r"\w{2,4}", record.title))), None)
    if word is None:
        return None, []
    found, _ = await subject.records(text=word)
    return bool(found), [] if found else [finding("text-loses", "resources.text", word)]


def _filtered(name: str) -> Probe:
    async def ask(subject: Subject) -> tuple[bool | None, list[Finding]]:
        place = f"resources.filters.{name}"
        pushed = getattr(subject.section, "filters", {}).get(name)
        of_record = [each for record in subject.sample if (each := _WANTED[name](record)) is not None]
        if not of_record:
            return None, []
        values = getattr(pushed, "values", None)
        if values is not None and name not in _RANGES:
            codes = {code for each in of_record for code in each if isinstance(code, str)}
            # `other` is what an unknown kind becomes: no source has a word for it.
            if lacking := sorted(codes - {str(key) for key in values} - {"other"}):
                return False, [finding("filter-values", f"{place}.values", lacking[0], codes=", ".join(lacking[:10]))]
            of_record = [each for each in of_record if "other" not in each] or of_record
        condition = _range(of_record, pushed) if name in _RANGES else of_record[0]
        wanted_filter = ResourceFilter(**{name: condition})
        found, _ = await subject.records(filter=wanted_filter)
        matching = [record for record in found if matches(record, wanted_filter)]
        first = [native_key(item.key) for item in subject.batches[0].items]
        if not matching and [record.key for record in found] != first:
            return False, [finding("filter-loses", place, _text_of(condition))]
        if len(matching) < len(found):
            return False, [finding("filter-ignored", place, _text_of(condition))]
        return True, []

    return ask


async def _narrowed(subject: Subject) -> tuple[bool | None, list[Finding]]:
    values = getattr(subject.section, "filters", {})[VISIBILITY].values or {}
    shown = 0
    for key in sorted(values, key=lambda each: (each != PUBLIC, each))[:MOST_KEYS]:
        found, _ = await subject.records(keys=frozenset({key}))
        shown += len(found)
        if wrong := [record for record in found if not may_see(frozenset({key}), record.visibility)]:
            value = f"{wrong[0].key}: {', '.join(wrong[0].visibility)}"
            return False, [finding("visibility-violated", "resources.filters.visibility", value, key=key, count=len(wrong))]
    return (True if shown else None), []


def _range(values: Sequence[Any], pushed: Any) -> tuple[Any, Any]:
    """An open range: from the largest value of the sample up, or where only the upper end is known from the smallest down."""
    upper_only = getattr(pushed, "low", None) is None and getattr(pushed, "high", None) is not None
    return (None, min(values)) if upper_only else (max(values), None)


def _text_of(condition: Any) -> str:
    parts = (getattr(each, "code", each) for each in condition if each is not None)
    return ", ".join(str(part) for part in parts)


def _major(record: Record) -> tuple[MajorCondition, ...] | None:
    known = (MajorCondition(each.catalogue_year, each.code) for each in record.majors if each.code and each.catalogue_year)
    found = next(known, None)
    return None if found is None else (found,)


_WANTED: Mapping[str, Callable[[Record], Any]] = {
    "kinds": lambda record: (record.kind,),
    "provinces": lambda record: (record.province,) if record.province else None,
    "institutions": lambda record: (record.institution,) if record.institution else None,
    "libraries": lambda record: (library_id(record.library.source, record.library.key),) if record.library else None,
    "majors": _major,
    "languages": lambda record: record.languages[:1] or None,
    "licenses": lambda record: (record.license.code,) if record.license and record.license.code else None,
    "access": lambda record: (record.access,),
    "formats": lambda record: (record.format,) if record.format else None,
    "creators": lambda record: (record.creators[0].name,) if record.creators else None,
    "part_of": lambda record: record.part_of[:1] or None,
    "updated": lambda record: record.updated_at,
    "published": lambda record: record.published,
    "duration_seconds": lambda record: record.duration_seconds,
}
"""What of a record a filter can be asked for."""


def _quiet(_field: str, _message: str) -> None:
    """Complaints are counted where the sample is mapped."""
