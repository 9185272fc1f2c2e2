"""Hours and maintenance: as clocks of the source's own zone show them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from connectors.definition import Schedule
from connectors.openings import Maintenance, within

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(clock: str) -> datetime:
    """That time of a day in Shanghai, in UTC."""
    return datetime.fromisoformat(f"2026-09-01T{clock}:00+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        (("08:00-18:00",), ("08:00", "17:59"), ("07:59", "18:00", "23:00")),
        (("22:00-06:00",), ("22:00", "23:59", "00:00", "05:59"), ("06:00", "21:59")),
        (("22:00-24:00", "00:00-01:30"), ("23:59", "00:00", "01:29"), ("01:30", "21:59")),
        ((), ("00:00", "12:00"), ()),
    ],
)
def test_hours_are_those_of_the_sources_zone(hours: tuple[str, ...], inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert all(within(hours, at(clock), SHANGHAI) for clock in inside)
    assert not any(within(hours, at(clock), SHANGHAI) for clock in outside)


@pytest.mark.parametrize("hours", ["", "22-6", "25:00-26:00", "08:00-08:00", "24:00-06:00", "08:00-24:30", "8:00-9:00"])
def test_hours_that_mean_nothing_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        Schedule(hours=(hours,))


def test_one_span_of_hours_needs_no_list() -> None:
    assert Schedule.model_validate({"hours": "22:00-06:00"}).hours == ("22:00-06:00",)


@pytest.mark.parametrize(
    ("begin", "end"),
    [("2026-09-01T08:00:00", "2026-09-01T10:00:00"), ("2026-09-01T00:00:00Z", "2026-09-01T02:00:00Z")],
    ids=["in the source's zone", "in UTC"],
)
def test_maintenance_holds_from_its_first_moment_to_before_its_last(begin: str, end: str) -> None:
    announced = Maintenance.model_validate({"from": begin, "to": end})
    assert [announced.covers(at(clock), SHANGHAI) for clock in ("07:59", "08:00", "09:59", "10:00")] == [False, True, True, False]


@pytest.mark.parametrize(
    ("begin", "end"), [("2026-09-01T10:00:00", "2026-09-01T10:00:00"), ("2026-09-01T08:00:00Z", "2026-09-01T10:00:00")]
)
def test_maintenance_that_means_nothing_is_refused(begin: str, end: str) -> None:
    with pytest.raises(ValidationError):
        Maintenance.model_validate({"from": begin, "to": end})
