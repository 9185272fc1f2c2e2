"""When a source may be asked: the hours of its schedule, and the maintenance that its owner has announced."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _readable(text: str) -> str:
    _span(text)
    return text


Hours = Annotated[str, AfterValidator(_readable)]
"""A part of every day, such as 22:00-06:00; one that ends before it begins passes midnight."""


class Maintenance(BaseModel):
    """A span of time in which the source is not asked at all. Moments without a zone are in the source's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: datetime = Field(alias="from", description="when it begins")
    end: datetime = Field(alias="to", description="when it ends")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.begin.tzinfo is None) != (self.end.tzinfo is None):
            raise ValueError("write both moments with a zone, or both without")
        if self.end <= self.begin:
            raise ValueError("`to` must be later than `from`")
        return self

    def covers(self, now: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an aware moment lies in it."""
        moment = now if self.begin.tzinfo is not None else now.astimezone(zone).replace(tzinfo=None)
        return self.begin <= moment < self.end


def within(hours: Sequence[str], now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether an aware moment lies in any of the hours, as clocks of `zone` show it; without hours it always does."""
    clock = now.astimezone(zone).time()
    return not hours or any(_holds(_span(each), clock) for each in hours)


def _holds(span: tuple[time, time | None], clock: time) -> bool:
    begin, end = span
    if end is None:
        return clock >= begin
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def _span(text: str) -> tuple[time, time | None]:
    found = _HOURS.fullmatch(text)
    if found is None or found[1] == "24" or (found[3] == "24" and found[4] != "00"):
        raise ValueError('write hours as "22:00-06:00"')
    begin = time(int(found[1]), int(found[2]))
    end = time(int(found[3]), int(found[4])) if found[3] != "24" else None
    if begin == end:
        raise ValueError('the hours are empty: write "00:00-24:00" for the whole day, or leave them out')
    return begin, end
