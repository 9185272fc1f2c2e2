"""Values of databases as natives: exact numbers, times as the texts that people write."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def exact(text: str) -> int | str:
    """A decimal number: whole ones that fit a cursor as such, all others as their digits."""
    number = int(text) if text.removeprefix("-").isdecimal() else None
    return number if number is not None and -(2**63) <= number < 2**63 else text


def native(value: Any) -> Any:
    """What a driver made of a value as what a connector gives. Texts lose the blanks that fill a CHAR."""
    match value:
        case str():
            return value.rstrip(" ")
        case Decimal():
            return exact(format(value, "f"))
        case datetime():
            return written(value)
        case date() | time():
            return value.isoformat()
        case timedelta() | UUID():
            return str(value)
    return value


def written(moment: datetime) -> str:
    """As every database reads it back: with milliseconds where they say all, as the older types of times have no more."""
    fraction = "auto" if not moment.microsecond else "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(" ", fraction)
