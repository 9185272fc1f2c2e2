"""Points in time as real sources write them: a full timestamp, or a date known to the year, month or day."""

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

from connectors.functions.place import Place
from connectors.functions.texts import as_token, shown

EARLIEST, LATEST = 1900, 2100  # years of timestamps: what software wrote
OLDEST = 1000  # year of the oldest publication that a date may name

_WRITTEN = re.compile(
    r"""(?P<year>[0-9]{4})
    (?: (?P<mark>[-/.]) (?P<m1>[0-9]{1,2}) (?: (?P=mark) (?P<d1>[0-9]{1,2}) )?
      | [ ]?年 (?: [ ]?(?P<m2>[0-9]{1,2}) [ ]?月份? (?: [ ]?(?P<d2>[0-9]{1,2}) [ ]?[日号] )? )?
    )?
    (?: (?: [Tt] | [ ]{1,3} | (?<=[日号]) )
        (?P<hour>[0-9]{1,2}) (?: : | [ ]?[时点] )
        (?: (?P<minute>[0-9]{1,2}) (?: [ ]?分 )?
            (?: :? (?P<second>[0-9]{1,2}) (?: [.,] (?P<fraction>[0-9]{1,9}) )? (?: [ ]?秒 )? )? )?
        (?: [ ]?(?P<zone> [Zz] | UTC | GMT | [+-][0-9]{2}(?: :?[0-9]{2} )? ) )?
    )?""",
    re.VERBOSE,
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[Tt]?([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{3})?)?([Zz])?)?")
_NET = re.compile(r"\\?/Date\((-?[0-9]{1,18})(?:[+-][0-9]{4})?\)\\?/")  # the offset is for display, the ticks are UTC
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_MONTH = re.compile(r"[0-9]{4}\.[0-9]{1,2}")  # as text; as a number 2023.1 may have been 2023.10
_TERM = re.compile(r"[0-9]{4}[-~/—][0-9]{4}")

_UNSET = frozenset(((1, 1, 1), (1899, 12, 30), (1900, 1, 1), (9999, 12, 31)))  # OLE's zero and the usual "no date" values
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = 86_400
_NET_ZERO = -62_135_596_800  # 0001-01-01 in seconds, shifted by up to a day where a local zone was taken off
_NET_LAST = 253_402_300_799  # 9999-12-31T23:59:59
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this would be the year 5138

_Known = tuple[int, int | None, int | None]


def datetime(value: object, place: Place) -> dt.datetime | None:
    """An aware UTC datetime out of ISO 8601, Chinese, compact, epoch and .NET forms; `place.timezone` where no zone is written.

    Epoch numbers are seconds below 10^11 and milliseconds from there. A day alone is its first moment.
    None for "no date" values: 0000-00-00, 0001-01-01, 1899-12-30, 1900-01-01, 9999-12-31 and the epoch itself.
    Raises ValueError for forms it cannot read, for a year or month alone, and for years outside 1900 to 2100.
    """
    if type(value) is str and len(value) == 20 and value[10] == "T" and value[19] == "Z":
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if 1971 <= moment.year <= 2099:
                return moment
    read = _read(value, place)
    if read is None or isinstance(read, dt.datetime):
        return read
    year, month, day = read
    if month is None or day is None:
        raise ValueError(f"only {_written(read)} is known, a day is expected: map this field with `date`")
    return _checked(dt.datetime(year, month, day, tzinfo=place.timezone))


def date(value: object, place: Place) -> str | None:
    """A PartialDate, "2023", "2023-05" or "2023-05-17", as precise as the source; a full timestamp gives its local day.

    Reads the forms of `datetime` and also 2023, 202305, 2023年5月 and 2023.05, from the year 1000 to 2100.
    Raises ValueError for school terms such as 2022-2023-1 and for what is no date.
    """
    if type(value) is str and len(value) == 10 and (known := _plain_day(value)) is not None:
        return known
    read = _read(value, place)
    if isinstance(read, dt.datetime):
        return read.astimezone(place.timezone).date().isoformat()
    return None if read is None else _written(read)


@lru_cache(maxsize=4096)
def _plain_day(written: str) -> str | None:
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        return None
    return written if 1971 <= day.year <= 2099 and written[4] == "-" else None


def _read(value: object, place: Place) -> dt.datetime | _Known | None:
    """A UTC moment, or the parts of a date that are known, or None for a sentinel."""
    if isinstance(value, dt.datetime):
        if _unset(value.year, value.month, value.day):
            return None
        return _checked(value if value.tzinfo is not None else value.replace(tzinfo=place.timezone))
    if isinstance(value, dt.date):
        return _known(value.year, value.month, value.day)
    if isinstance(value, (bool, dt.time)):
        raise ValueError(f"a date or timestamp is expected, this is a {type(value).__name__}")
    token = as_token(value)
    if token is None:
        return None
    if (net := _NET.fullmatch(token)) is not None:
        return _from_seconds(int(net[1]), 1000, token, place)
    if _NUMBER.fullmatch(token) and len(token) != 4 and (isinstance(value, (float, Decimal)) or not _MONTH.fullmatch(token)):
        return _from_number(token, place)
    if (compact := _COMPACT.fullmatch(token)) is not None:
        return _from_compact(compact, place)
    if (written := _WRITTEN.fullmatch(token)) is not None:
        return _from_written(written, place)
    if _TERM.match(token):
        raise ValueError(f"{shown(token)} is a span of years or a school term, one date is expected")
    raise ValueError(f"{shown(token)} is no date that is known here: 2023-05-17 or 2023-05-17T08:30:00+08:00 is expected")


def _from_number(token: str, place: Place) -> dt.datetime | _Known | None:
    if len(token) == 6 and token.isdigit():
        return _known(int(token[:4]), int(token[4:]), None)
    if (compact := _COMPACT.fullmatch(token)) is not None and _plausible(compact):
        return _from_compact(compact, place)
    if set(token) <= set("0.-"):
        return None
    whole, _, fraction = token.partition(".")
    seconds = int(whole)
    if abs(seconds) >= _MILLISECONDS_FROM:
        return _from_seconds(seconds, 1000, token, place)
    if abs(seconds) < 100_000_000:
        raise ValueError(f"{shown(token)} is neither a day (yyyyMMdd) nor epoch seconds after 1973: have the source send text")
    if fraction:
        return _from_seconds(int(whole + fraction.ljust(9, "0")), 10**9, token, place)
    return _from_seconds(seconds, 1, token, place)


def _plausible(compact: re.Match[str]) -> bool:
    """Digits that are a day of our time rather than an epoch number, or eight zeros and the like."""
    year, month, day = int(compact[1]), int(compact[2]), int(compact[3])
    return len(compact[0]) in (8, 14, 17) or (EARLIEST <= year <= LATEST and 1 <= month <= 12 and 1 <= day <= 31)


def _from_seconds(count: int, per_second: int, token: str, place: Place) -> dt.datetime | None:
    seconds = count // per_second
    if count == 0 or abs(seconds - _NET_ZERO) <= _DAY or abs(seconds - _NET_LAST) <= _DAY:
        return None
    if not -3_000_000_000 < seconds < 5_000_000_000:
        raise ValueError(f"{shown(token)} counts to a year outside {EARLIEST} to {LATEST}: epoch seconds or milliseconds are expected")
    moment = _EPOCH + dt.timedelta(microseconds=count * 1_000_000 // per_second)
    local = moment.astimezone(place.timezone)
    return None if _unset(local.year, local.month, local.day) or _unset(*_day(moment)) else _checked(moment)


def _from_compact(read: re.Match[str], place: Place) -> dt.datetime | _Known | None:
    year, month, day = int(read[1]), int(read[2]), int(read[3])
    if read[4] is None:
        return _known(year, month, day)
    zone = dt.UTC if read[8] else place.timezone
    micro = int(read[7] or 0) * 1000
    return _moment((year, month, day), (int(read[4]), int(read[5]), int(read[6] or 0), micro), zone, read[0])


def _from_written(read: re.Match[str], place: Place) -> dt.datetime | _Known | None:
    month, day = read["m1"] or read["m2"], read["d1"] or read["d2"]
    year = int(read["year"])
    if read["hour"] is None:
        return _known(year, int(month) if month else None, int(day) if day else None)
    if day is None:
        raise ValueError(f"{shown(read[0])} has a time without a day, a full date is expected before it")
    micro = int((read["fraction"] or "0").ljust(6, "0")[:6])
    clock = (int(read["hour"]), int(read["minute"] or 0), int(read["second"] or 0), micro)
    return _moment((year, int(month), int(day)), clock, _zone(read["zone"], place), read[0])


def _zone(written: str | None, place: Place) -> dt.tzinfo:
    if written is None:
        return place.timezone
    if written[0] not in "+-":
        return dt.UTC
    hours, minutes = int(written[1:3]), int(written[-2:]) if len(written) > 3 else 0
    if hours > 18 or minutes > 59:  # no zone lies further out; java.time has the same bound
        raise ValueError(f"{written} is no offset from UTC, at most +18:00 is expected")
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if written[0] == "-" else offset)


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int, int], zone: dt.tzinfo, token: str) -> dt.datetime | None:
    if _unset(*day):
        return None
    try:
        moment = dt.datetime(*day, *clock, tzinfo=zone)
    except ValueError as error:
        raise ValueError(f"{shown(token)} is no moment of any calendar day: {error}") from error
    return _checked(moment)


def _known(year: int, month: int | None, day: int | None) -> _Known | None:
    if year in (0, 9999) or (month == 0 and day == 0) or _unset(year, month or 0, day or 0) or (year, month, day) == (1970, 1, 1):
        return None
    if not OLDEST <= year <= LATEST:
        raise ValueError(f"the year {year} is outside {OLDEST} to {LATEST}")
    try:
        dt.date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError as error:
        raise ValueError(f"{_written((year, month, day))} is no day of the calendar") from error
    return year, month, day


def _unset(year: int, month: int, day: int) -> bool:
    return year == 0 or (year, month, day) in _UNSET


def _day(moment: dt.datetime) -> tuple[int, int, int]:
    return moment.year, moment.month, moment.day


def _checked(moment: dt.datetime) -> dt.datetime | None:
    """The moment in UTC; None at the epoch, and at the epoch's midnight on a local clock."""
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"the year {moment.year} is outside {EARLIEST} to {LATEST}")
    if _day(moment) == (1970, 1, 1) and moment.time() == dt.time():
        return None
    moment = moment.astimezone(dt.UTC)
    return None if moment == _EPOCH else moment


def _written(known: _Known) -> str:
    year, month, day = known
    return f"{year:04}" + ("" if month is None else f"-{month:02}") + ("" if day is None else f"-{day:02}")
