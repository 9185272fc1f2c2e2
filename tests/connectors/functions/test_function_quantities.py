"""Durations, sizes, numbers and yes-or-no."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions.durations import duration
from connectors.functions.numbers import boolean, integer, number
from connectors.functions.place import Place
from connectors.functions.sizes import size

PLACE = Place()


@pytest.mark.parametrize(
    ("native", "seconds"),
    [
        ("PT47M58S", 2878), ("PT1H2M3S", 3723), ("P0Y0M0DT0H47M58S", 2878), ("P1W", 604800), ("PT1.5H", 5400),
        ("47m58s", 2878), ("01:02:03", 3723), ("05:30", 330), ("90:00", 5400), ("00:00:10.6", 11), ("０１：０２", 62),
        ("45分钟", 2700), ("1小时20分", 4800), ("1个小时", 3600), ("约45分钟", 2700), ("90min", 5400), ("1.5h", 5400),
        ("2 h 30 min", 9000), ("45'30\"", 2730), (2698, 2698), ("2698", 2698), (2698.0, 2698), (Decimal("12.00"), 12),
        (dt.timedelta(minutes=2), 120), (0, None), ("00:00:00", None), (-1, None), ("", None), (None, None), ("--", None),
    ],
)  # fmt: skip
def test_a_duration_is_seconds(native: object, seconds: int | None) -> None:
    assert duration(native, PLACE) == seconds


@pytest.mark.parametrize(
    "native", ["1:75", "1:60:00", "P1M", "P2Y", "PT", "P", "2学时", "-5", "abc", True, 10**12, dt.timedelta(-1), "1小时20"]
)
def test_a_duration_that_is_none_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match=r"duration|expected"):
        duration(native, PLACE)


@pytest.mark.parametrize(
    ("native", "octets"),
    [
        (28672, 28672), ("28672", 28672), ("568000000", 568_000_000), ("9007199254740993", 9007199254740993),
        ("1.5 MB", 1_572_864), ("300KB", 307_200), ("2G", 2**31), ("12兆", 12 * 2**20), ("12兆字节", 12 * 2**20), ("1,234 字节", 1234),
        ("1 GiB", 2**30), ("7 bytes", 7), ("５ＭＢ", 5 * 2**20), (0, None), ("-1", None), ("暂无", None), (None, None),
    ],
)  # fmt: skip
def test_a_size_is_bytes(native: object, octets: int | None) -> None:
    assert size(native, PLACE) == octets


@pytest.mark.parametrize("native", ["5 parsecs", "1,2,3 MB", "-7", "9" * 20 + "T", False, "MB", [1]])
def test_a_size_that_is_none_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match=r"size|expected"):
        size(native, PLACE)


@pytest.mark.parametrize(
    ("native", "expected"),
    [("4.5分", 4.5), ("4.5", 4.5), (4.5, 4.5), (Decimal("4.50"), 4.5), ("1,234.5", 1234.5), ("1.2万", 12000.0), ("-0.5", -0.5),
     ("无", None),     (float("nan"), None), (1e-7, 1e-7), (1e300, 1e300)],
)  # fmt: skip
def test_a_rating_is_a_number(native: object, expected: float | None) -> None:
    assert number(native, PLACE) == expected


@pytest.mark.parametrize("native", ["95%", "4.5/5", "1.234.5", "1,23", "abc", True, float("inf"), "四分"])
def test_what_is_no_number_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        number(native, PLACE)


@pytest.mark.parametrize(
    ("native", "expected"),
    [("1,234", 1234), ("12万", 120_000), ("1.2万", 12_000), ("12万+", 120_000), ("17.8万门", 178_000), ("10000人次", 10_000), ("１２", 12),
     (1234.0, 1234), ("3.0", 3), ("-5", -5), ("+5", 5), ("2亿", 200_000_000), (0, 0), ("", None)],
)  # fmt: skip
def test_a_count_is_whole(native: object, expected: int | None) -> None:
    assert integer(native, PLACE) == expected


@pytest.mark.parametrize("native", ["1.5", 1.5, 10**19, "1 2", False, 1e-7])
def test_what_is_no_whole_number_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match=r"expected|whole|64 bits"):
        integer(native, PLACE)


@pytest.mark.parametrize("native", ["是", "Y", "yes", "true", "TRUE", "1", 1, 1.0, True, b"\x01", "√", "有"])
def test_yes_in_all_its_spellings(native: object) -> None:
    assert boolean(native, PLACE) is True


@pytest.mark.parametrize("native", ["否", "N", "no", "false", "0", 0, Decimal(0), False, b"\x00", "×", "无"])
def test_no_in_all_its_spellings(native: object) -> None:
    assert boolean(native, PLACE) is False


@pytest.mark.parametrize("native", ["2", 2, "maybe", b"\x02", "是否"])
def test_neither_yes_nor_no_is_refused(native: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        boolean(native, PLACE)


def test_an_absent_yes_or_no_is_none() -> None:
    assert boolean(None, PLACE) is None
    assert boolean(" ", PLACE) is None


@given(st.integers(1, 2**31 - 1))
def test_seconds_read_back_from_every_form(seconds: int) -> None:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    forms = (str(seconds), f"PT{hours}H{minutes}M{rest}S", f"{hours}:{minutes:02}:{rest:02}", f"{hours}小时{minutes}分{rest}秒")
    assert {duration(form, PLACE) for form in forms} == {seconds}


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integers_keep_every_digit(value: int) -> None:
    assert integer(value, PLACE) == integer(f"{value:,}", PLACE) == value
