"""Conditions that a source applies by itself: from a `Query` to native arguments, by what the definition says of each filter."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from connectors.definition import Section, Strict
from connectors.mapping.specification import Scalar
from connectors.protocol import Query
from store.filters import MajorCondition
from store.identity import parse_id, split_key
from store.visibility import PUBLIC

RANGES = frozenset({"published", "updated", "duration_seconds"})
LISTS = frozenset(
    {"kinds", "provinces", "institutions", "libraries", "majors", "languages", "licenses", "access", "formats", "creators", "part_of"}
)
VISIBILITY = "visibility"

Format = Literal["iso", "local", "date", "epoch", "epoch_ms"]


class Moments(Strict):
    """How a source wants points in time written."""

    format: Format = Field("iso", description="iso (RFC 3339), local (2024-05-01 08:00:00), date, epoch (seconds) or epoch_ms")
    zone: str | None = Field(None, description="the zone to write them in; by default UTC for iso, the source's own for local and date")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone {name!r}; write a name such as Asia/Shanghai or UTC") from error
        return name

    def write(self, moment: datetime, own: ZoneInfo) -> Scalar:
        """Write `moment`, cut to the second; `own` is the source's zone."""
        zone = ZoneInfo(self.zone) if self.zone is not None else own
        match self.format:
            case "epoch":
                return int(moment.timestamp())
            case "epoch_ms":
                return int(moment.timestamp()) * 1000
            case "local":
                return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
            case "date":
                return moment.astimezone(zone).strftime("%Y-%m-%d")
        if self.zone is not None:
            return moment.astimezone(zone).isoformat(timespec="seconds")
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Pushed(Moments):
    """One filter: the argument it becomes (two for a range), and what the source calls its values."""

    low: str | None = Field(None, alias="from", description="for ranges: the argument of the lower end, included")
    high: str | None = Field(None, alias="to", description="for ranges: the argument of the upper end, included")
    values: dict[str, Scalar | tuple[Scalar, ...]] | None = Field(None, description="our value = what the source calls it, one or several")
    single: bool = Field(False, description="the source takes one value only; asked for several, it is not sent")

    @property
    def argument(self) -> str | None:
        """The argument of a filter that is no range."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.argument is None) == (self.low is None and self.high is None):
            raise ValueError("name the argument or, for a range, `from` and `to`")
        return self


def check_filters(filters: Mapping[str, Pushed]) -> None:
    """Refuse filters that do not exist or cannot work. Raises ValueError."""
    for name, pushed in filters.items():
        if name not in RANGES | LISTS | {VISIBILITY}:
            raise ValueError(f"there is no filter {name!r}; known are {', '.join(sorted(RANGES | LISTS | {VISIBILITY}))}")
        if (name in RANGES) != (pushed.argument is None):
            raise ValueError(
                f"the filter {name} {'is a range: write `from` and `to`' if name in RANGES else 'is no range: name its argument'}"
            )
        if name == VISIBILITY and (pushed.values is None or pushed.single):
            raise ValueError(
                "the filter visibility needs `values` for each key, and cannot be `single`: nobody would know which key to send"
            )


@dataclass(frozen=True, slots=True)
class Sent:
    """An argument on its way to the source; a range's end has one value, other filters one or more."""

    argument: str
    values: tuple[Scalar, ...]
    pushed: Pushed
    name: str


def pushed_down(query: Query, filters: Mapping[str, Pushed], year: int | None, zone: ZoneInfo, *, by_id: bool = False) -> list[Sent] | None:
    """The arguments for what the query asks, None where the source cannot hold anything for it.

    `year` is the source's catalogue of majors, `zone` its own. A list of keys (`by_id`) is narrowed by visibility alone.
    """
    found: list[Sent] = []
    for name, pushed in filters.items():
        if name == VISIBILITY:
            values = _known(sorted(query.keys), pushed)
        elif by_id or (wanted := getattr(query.filter, name)) is None:
            continue
        elif name in RANGES:
            found += _ends(name, wanted, pushed, zone)
            continue
        else:
            natives = _NATIVE.get(name, _same)(wanted, year)
            if natives is None:
                continue
            values = _known(natives, pushed)
        if not values:
            return None
        if pushed.argument is not None and not (pushed.single and len(values) > 1):
            found.append(Sent(pushed.argument, values, pushed, name))
    return found


def declared_keys(section: Section) -> frozenset[str]:
    """The visibility keys that a collection can be asked by: all that its definition has a word for, the public one where there are none.

    Whoever copies a source asks with all of them: each record then keeps to its own.
    """
    pushed = getattr(section, "filters", {}).get(VISIBILITY)
    return frozenset(pushed.values) if pushed is not None and pushed.values else frozenset({PUBLIC})


def _known(wanted: Any, pushed: Pushed) -> tuple[Scalar, ...]:
    if pushed.values is None:
        return tuple(wanted)
    known = (pushed.values[value] for value in wanted if value in pushed.values)
    return tuple(dict.fromkeys(each for native in known for each in (native if isinstance(native, tuple) else (native,))))


def _same(wanted: tuple[str, ...], _year: int | None) -> tuple[str, ...] | None:
    return wanted


def _codes_of(wanted: tuple[MajorCondition, ...], year: int | None) -> tuple[str, ...] | None:
    """Codes of the source's own catalogue; a category, a class or another edition is left to the caller."""
    whole = all(each.catalogue_year == year and len(each.code) >= 6 for each in wanted)
    return tuple(each.code for each in wanted) if whole else None


def _keys_of(wanted: tuple[str, ...], _year: int | None) -> tuple[str, ...] | None:
    keys = [split_key(node.key) for each in wanted if (node := parse_id(each)) is not None]
    plain = tuple(key for key in keys if isinstance(key, str))
    return plain if len(plain) == len(keys) else None


_NATIVE: Mapping[str, Callable[[Any, int | None], tuple[str, ...] | None]] = {
    "majors": _codes_of,
    "libraries": _keys_of,
    "part_of": _keys_of,
}


def _ends(name: str, wanted: tuple[Any, Any], pushed: Pushed, zone: ZoneInfo) -> Iterator[Sent]:
    low, high = wanted
    if pushed.low is not None and low is not None:
        yield Sent(pushed.low, (_end(low, pushed, zone, upper=False),), pushed, name)
    if pushed.high is not None and high is not None:
        yield Sent(pushed.high, (_end(high, pushed, zone, upper=True),), pushed, name)


def _end(value: Any, pushed: Pushed, zone: ZoneInfo, *, upper: bool) -> Scalar:
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        # An instant between two seconds belongs to the range: the upper end is cut upwards.
        return pushed.write(value + timedelta(seconds=1) if upper and value.microsecond else value, zone)
    year, month, day = (*map(int, str(value).split("-")), None, None)[:3]
    first = datetime(year or 1, month or (12 if upper else 1), 1, tzinfo=zone)
    last = calendar.monthrange(first.year, first.month)[1]
    whole = first.replace(day=day or (last if upper else 1))
    if pushed.format == "iso":
        return whole.strftime("%Y-%m-%d")
    if upper and pushed.format != "date":
        whole = whole.replace(hour=23, minute=59, second=59)
    return pushed.write(whole, zone)
