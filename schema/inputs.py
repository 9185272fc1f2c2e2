"""Inputs: what callers may ask, and how it becomes the domain's conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import strawberry

from resolvers.errors import BadInput
from schema.enums import AccessLevel, ConnectorKind, ReachMode, ResourceOrderBy, Tier
from schema.scalars import DateTime, PartialDate
from store import filters
from store.codes import Label
from store.ordering import Order

MAX_VALUES = 100
"""Values in one list of a filter, at most."""


@strawberry.input(description="A major: the edition of the catalogue and six digits, or two or four for its category or class.")
class MajorInput:
    catalogue_year: int
    code: str


@strawberry.input(description="Dates from and to, both included.")
class PartialDateRange:
    from_: PartialDate | None = strawberry.field(name="from", default=None)
    to: PartialDate | None = None


@strawberry.input(description="Times from and to, both included.")
class DateTimeRange:
    from_: DateTime | None = strawberry.field(name="from", default=None)
    to: DateTime | None = None


@strawberry.input(description="Whole numbers from and to, both included.")
class IntRange:
    from_: int | None = strawberry.field(name="from", default=None)
    to: int | None = None


@strawberry.input(
    description="Conditions on resources. Absent or null: no condition; lists mean any of; fields combine with and; no empty lists."
)
class ResourceFilter:
    tiers: list[Tier] | None = None
    kinds: list[str] | None = None
    provinces: list[str] | None = None
    institutions: list[str] | None = None
    libraries: list[strawberry.ID] | None = None
    sources: list[str] | None = None
    majors: list[MajorInput] | None = None
    languages: list[str] | None = None
    licenses: list[str] | None = None
    access: list[AccessLevel] | None = None
    formats: list[str] | None = None
    creators: list[str] | None = None
    published: PartialDateRange | None = None
    updated: DateTimeRange | None = None
    duration_seconds: IntRange | None = None
    part_of: list[strawberry.ID] | None = None
    ids: list[strawberry.ID] | None = None


@strawberry.input(description="Conditions on libraries; `names` are parts of a name.")
class LibraryFilter:
    tiers: list[Tier] | None = None
    provinces: list[str] | None = None
    institutions: list[str] | None = None
    sources: list[str] | None = None
    names: list[str] | None = None


@strawberry.input(description="Conditions on sources.")
class SourceFilter:
    tiers: list[Tier] | None = None
    provinces: list[str] | None = None
    names: list[str] | None = None
    connectors: list[ConnectorKind] | None = None
    modes: list[ReachMode] | None = None


@strawberry.input(description="Conditions on institutions; `names` are parts of a name.")
class InstitutionFilter:
    provinces: list[str] | None = None
    codes: list[str] | None = None
    names: list[str] | None = None


def resource_filter(asked: ResourceFilter | None, **fixed: tuple[str, ...]) -> filters.ResourceFilter:
    """The domain's filter, with conditions that the field itself sets. Raises BadInput for a list that is empty or too long."""
    if asked is None:
        return filters.ResourceFilter(**fixed) if fixed else filters.EVERYTHING  # type: ignore[arg-type]
    plain: dict[str, Any] = {
        name: values(name, getattr(asked, name))
        for name in (
            "kinds",
            "provinces",
            "institutions",
            "libraries",
            "sources",
            "languages",
            "licenses",
            "formats",
            "creators",
            "part_of",
            "ids",
        )
    }
    majors = values("majors", asked.majors)
    if sum(len(each) for each in (*plain.values(), majors, asked.tiers, asked.access) if each) > MAX_VALUES:
        raise BadInput(Label(f"一次筛选最多 {MAX_VALUES} 个值", f"a filter takes at most {MAX_VALUES} values in all its lists"))
    made = filters.ResourceFilter(
        **plain,
        tiers=members("tiers", asked.tiers),
        access=members("access", asked.access),
        majors=tuple(_major(each) for each in majors) if majors is not None else None,
        published=_span(asked.published),
        updated=_span(asked.updated),
        duration_seconds=_span(asked.duration_seconds),
    )
    return _narrowed(made, fixed)


def order_of(asked: ResourceOrderBy | None) -> Order | None:
    """The domain's order."""
    return Order(asked.value) if asked is not None else None


def values(name: str, asked: list[Any] | None) -> tuple[Any, ...] | None:
    """The values of a list. Raises BadInput where it is empty or too long."""
    if asked is None:
        return None
    if not asked:
        raise BadInput(Label(f"{name} 是空列表：去掉它，或至少写一个值", f"{name} is an empty list: leave it out or name a value"))
    if len(asked) > MAX_VALUES:
        raise BadInput(Label(f"{name} 最多 {MAX_VALUES} 个值", f"{name} takes at most {MAX_VALUES} values"))
    return tuple(asked)


def members(name: str, asked: list[Any] | None) -> tuple[str, ...] | None:
    """The domain's values of a list of enum members."""
    found = values(name, asked)
    return tuple(each.value for each in found) if found is not None else None


def _major(asked: MajorInput) -> filters.MajorCondition:
    if not asked.code.isascii() or not asked.code.isdigit() or len(asked.code) not in (2, 4, 6):
        raise BadInput(
            Label(f"专业代码应为 2、4 或 6 位数字，收到 {asked.code[:20]}", f"a major code has 2, 4 or 6 digits, got {asked.code[:20]}")
        )
    return filters.MajorCondition(asked.catalogue_year, asked.code)


def _span(asked: Any) -> Any:
    if asked is None or (asked.from_ is None and asked.to is None):
        return None
    return asked.from_, asked.to


def _narrowed(made: filters.ResourceFilter, fixed: dict[str, tuple[str, ...]]) -> filters.ResourceFilter:
    changes: dict[str, Any] = {}
    for name, allowed in fixed.items():
        asked = getattr(made, name)
        changes[name] = allowed if asked is None else tuple(each for each in asked if each in allowed) or ("",)
    return replace(made, **changes) if changes else made
