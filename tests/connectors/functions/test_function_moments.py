"""Timestamps and dates."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions.moments import date, datetime
from connectors.functions.place import Place

PLACE = Place()
UTC = dt.UTC


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("/Date(1641555920000)/", at(2022, 1, 7, 11, 45, 20)),
        ("/Date(1641555920000+0800)/", at(2022, 1, 7, 11, 45, 20)),
        ("\\/Date(1641555920000)\\/", at(2022, 1, 7, 11, 45, 20)),
        (1641555920, at(2022, 1, 7, 11, 45, 20)),
        (1641555920000, at(2022, 1, 7, 11, 45, 20)),
        ("1641555920123", at(2022, 1, 7, 11, 45, 20, 123000)),
        (1641555920.25, at(2022, 1, 7, 11, 45, 20, 250000)),
        ("2022-03-26T08:35:37Z", at(2022, 3, 26, 8, 35, 37)),
        ("2019-07-03T13:13:13", at(2019, 7, 3, 5, 13, 13)),
        ("2026-11-23T14:25:40.498542+00:00", at(2026, 11, 23, 14, 25, 40, 498542)),
        ("2026-11-23T14:25:40.498542123Z", at(2026, 11, 23, 14, 25, 40, 498542)),
        ("2023-05-17 08:00:00 +0800", at(2023, 5, 17)),
        ("2023-05-17 08:00:00+08", at(2023, 5, 17)),
        ("2023-05-17T08:00-05:30", at(2023, 5, 17, 13, 30)),
        ("2023-05-17 08:00:00 UTC", at(2023, 5, 17, 8)),
        ("2023-05-17", at(2023, 5, 16, 16)),
        ("2023年5月17日 8时30分", at(2023, 5, 17, 0, 30)),
        ("2023年05月17日8时30分05秒", at(2023, 5, 17, 0, 30, 5)),
        ("2023年5月17日 08:30", at(2023, 5, 17, 0, 30)),
        ("2023/5/7", at(2023, 5, 6, 16)),
        ("2023.5.7 8:05", at(2023, 5, 7, 0, 5)),
        ("２０２３／５／７　８：０５", at(2023, 5, 7, 0, 5)),
        ("20230517", at(2023, 5, 16, 16)),
        (20230517, at(2023, 5, 16, 16)),
        ("20230517083000", at(2023, 5, 17, 0, 30)),
        ("20230517T083000Z", at(2023, 5, 17, 8, 30)),
        ("202305170830", at(2023, 5, 17, 0, 30)),
        (dt.datetime(2023, 5, 17, 8), at(2023, 5, 17)),  # noqa: DTZ001 - as SQL drivers give it
        (dt.datetime(2023, 5, 17, 8, tzinfo=UTC), at(2023, 5, 17, 8)),
        (dt.date(2023, 5, 17), at(2023, 5, 16, 16)),
    ],
)
def test_a_timestamp_is_read_in_the_forms_that_sources_send(native: object, expected: dt.datetime) -> None:
    read = datetime(native, PLACE)
    assert read == expected
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "native",
    [
        None, "", " ", "null", "暂无",
        "/Date(-62135596800000)/", "/Date(-62135625600000)/", -62135596800000, "0001-01-01", "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+08:00", dt.datetime(1, 1, 1), dt.date(1, 1, 1),  # noqa: DTZ001
        "1900-01-01", "1900-01-01 00:00:00.000", -2208988800, "1899-12-30", "0000-00-00", "0000-00-00 00:00:00", "00000000",
        "9999-12-31", "9999-12-31T23:59:59", dt.date(9999, 12, 31), 253402271999000, "99991231",
        0, "0", "1970-01-01T00:00:00Z", "1970-01-01 08:00:00", "1970-01-01", "/Date(0)/",
    ],
)  # fmt: skip
def test_the_values_that_mean_no_date_are_none(native: object) -> None:
    assert datetime(native, PLACE) is None
    assert date(native, PLACE) is None


@pytest.mark.parametrize(
    ("native", "complaint"),
    [
        ("2023-05", "map this field with `date`"),
        ("2023年", "map this field with `date`"),
        ("2022-2023-1", "school term"),
        ("2022-2023学年第一学期", "school term"),
        ("2023-02-30", "calendar"),
        ("2023-05-17T25:00", "no moment"),
        ("2023-05-17 08:00 +99:00", "no offset"),
        ("2150-01-01", "outside"),
        ("1850-01-01T00:00:00Z", "outside"),
        ("/Date(999999999999999)/", "outside"),
        (45000.5, "send text"),  # a spreadsheet's serial number
        (86400, "send text"),
        ("yesterday", "is expected"),
        (True, "is expected"),
        (dt.time(8), "is expected"),
        ("2023-05-17" * 20, "characters"),
    ],
)
def test_a_timestamp_that_cannot_be_read_says_what_is_expected(native: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        datetime(native, PLACE)


def test_a_time_without_zone_is_in_the_zone_of_the_definition() -> None:
    urumqi = Place(timezone=ZoneInfo("Asia/Urumqi"))
    assert datetime("2023-05-17 08:00:00", urumqi) == at(2023, 5, 17, 2)
    assert datetime("2023-05-17 08:00:00Z", urumqi) == at(2023, 5, 17, 8)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("2023", "2023"), (2023, "2023"), (2023.0, "2023"), ("2023年", "2023"), ("1637", "1637"),
        ("2023-05", "2023-05"), ("2023.05", "2023-05"), ("2023.5", "2023-05"), ("2023/5", "2023-05"), ("2023年5月", "2023-05"),
        ("2023年5月份", "2023-05"), (202305, "2023-05"),
        ("2023-05-17", "2023-05-17"), ("20230517", "2023-05-17"), ("2023年5月17日", "2023-05-17"), ("2023.5.7", "2023-05-07"),
        ("2023-05-17T20:00:00Z", "2023-05-18"), ("/Date(1641555920000)/", "2022-01-07"), (1641555920000, "2022-01-07"),
        (dt.date(2023, 5, 17), "2023-05-17"),
    ],
)  # fmt: skip
def test_a_date_is_as_precise_as_its_source(native: object, expected: str) -> None:
    assert date(native, PLACE) == expected


@pytest.mark.parametrize("native", ["2022-2023-1", "2022-2023", "2023-13", "2023-00-05", "2023.1.1.1", 2023.1, "3023", "五月", b"2023"])
def test_what_is_no_date_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match=r"expected|outside|calendar|send text"):
        date(native, PLACE)


@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2100, 12, 30), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis adds the zone
def test_every_iso_timestamp_keeps_its_moment(moment: dt.datetime) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    if offset.seconds % 60 == 0:  # local mean times of the past have seconds, which ISO 8601 offsets lack
        assert datetime(moment.isoformat(), PLACE) == moment.astimezone(UTC)
    assert datetime(moment, PLACE) == moment.astimezone(UTC)


@given(st.dates(dt.date(1971, 1, 1), dt.date(2100, 12, 31)))
def test_a_date_read_twice_is_the_same(day: dt.date) -> None:
    assert date(day, PLACE) == date(day.isoformat(), PLACE) == date(day.strftime("%Y%m%d"), PLACE) == day.isoformat()
