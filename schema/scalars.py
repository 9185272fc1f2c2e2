"""Scalars: times in UTC, partial dates, addresses, integers beyond 2^53."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

DateTime = NewType("DateTime", datetime)
PartialDate = NewType("PartialDate", str)
URL = NewType("URL", str)
Long = NewType("Long", int)

_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_YEARS = range(1000, 9999)
"""Years that callers may ask for: every one of them can be written in any zone, with four digits."""


def _instant(value: datetime) -> str:
    return f"{(value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()[:-6]}Z"


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None or int(value[:4]) not in _YEARS:
        raise ValueError("write a time with its zone (RFC 3339): 2023-05-17T08:00:00Z or 2023-05-17T16:00:00+08:00")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError as error:
        raise ValueError("there is no such time") from error


def _read_partial(value: object) -> str:
    if not isinstance(value, str) or _PARTIAL.fullmatch(value) is None or int(value[:4]) not in _YEARS:
        raise ValueError("write a date as 2023, 2023-05 or 2023-05-17")
    try:
        date(*map(int, (*value.split("-"), "1", "1")[:3]))
    except ValueError as error:
        raise ValueError("there is no such date") from error
    return value


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write a text")
    return value


def _read_long(value: object) -> int:
    try:
        return int(value) if isinstance(value, str | int) and not isinstance(value, bool) else int("")
    except ValueError as error:
        raise ValueError("write a whole number, as text beyond 2^53") from error


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="RFC 3339, in UTC: what Huiju's clock or a source's full timestamp says.",
        serialize=_instant,
        parse_value=_read_instant,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
    PartialDate: strawberry.scalar(
        name="PartialDate",
        description="2023, 2023-05 or 2023-05-17: what sources really know about publication.",
        serialize=str,
        parse_value=_read_partial,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="http or https; an address with a credential or a person in its query is never published.",
        serialize=str,
        parse_value=_read_text,
        specified_by_url="https://url.spec.whatwg.org/",
    ),
    Long: strawberry.scalar(
        name="Long", description="A whole number that may pass 2^53; sent as text.", serialize=str, parse_value=_read_long
    ),
}
"""Definitions by the types that annotations name."""
