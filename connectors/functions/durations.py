"""How long something plays, in seconds."""

import datetime as dt
import re
from decimal import Decimal

from connectors.functions.place import Place
from connectors.functions.quantities import NUMBER, whole
from connectors.functions.texts import as_token, shown

LONGEST = 2**31 - 1  # GraphQL Int

_ISO = re.compile(
    rf"P(?:(?P<w>{NUMBER})W|(?:(?P<y>{NUMBER})Y)?(?:(?P<mo>{NUMBER})M)?(?:(?P<d>{NUMBER})D)?"
    rf"(?:T(?:(?P<h>{NUMBER})H)?(?:(?P<m>{NUMBER})M)?(?:(?P<s>{NUMBER})S)?)?)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:([0-9]{1,6}):)?([0-9]{1,6}):([0-9]{2}(?:[.,][0-9]{1,9})?)")
_UNITS = re.compile(
    rf"(?:约|大约)?\s?(?:(?P<d>{NUMBER})\s?(?:天|日|days?|d)\s?)?"
    rf"(?:(?P<h>{NUMBER})\s?(?:个?小时|个?钟头|时|hours?|hrs?|h)\s?)?"
    rf"(?:(?P<m>{NUMBER})\s?(?:分钟|分|minutes?|mins?|m|['′])\s?)?"
    rf"""(?:(?P<s>{NUMBER})\s?(?:秒钟|秒|seconds?|secs?|s|["″]))?""",
    re.IGNORECASE,
)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def duration(value: object, place: Place) -> int | None:
    """Whole seconds out of PT1H2M3S (ISO 8601, 5.5.2), HH:MM:SS, MM:SS, 1小时20分, 90min, 1.5h, or a bare number of seconds.

    None for 0 and -1, which sources send for what has no length. Raises ValueError for other forms and for
    years and months, whose length is not fixed.
    """
    if type(value) is int and 0 < value <= LONGEST:
        return value
    if isinstance(value, dt.timedelta):
        return _checked(Decimal(value // dt.timedelta(seconds=1)))
    if isinstance(value, bool):
        raise ValueError("a duration is expected, this is true or false")
    written = as_token(value)
    if written is None or written == "-1":
        return None
    if re.fullmatch(NUMBER, written):
        return _checked(Decimal(written))
    if (clock := _CLOCK.fullmatch(written)) is not None:
        return _from_clock(clock, written)
    read = _ISO.fullmatch(written) or _UNITS.fullmatch(written)
    if read is None or not any(read.groups()):
        raise ValueError(f"{shown(written)} is no duration: PT45M, 00:45:00, 45分钟 or a number of seconds is expected")
    parts = {unit: Decimal(amount) for unit, amount in read.groupdict().items() if amount}
    if parts.pop("y", 0) or parts.pop("mo", 0):
        raise ValueError(f"{shown(written)} counts years or months, whose length varies: days or smaller units are expected")
    return _checked(sum((amount * _SECONDS.get(unit, 0) for unit, amount in parts.items()), Decimal()))


def _from_clock(clock: re.Match[str], written: str) -> int | None:
    hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), Decimal(clock[3].replace(",", "."))
    if seconds >= 60 or (clock[1] is not None and minutes >= 60):
        raise ValueError(f"{shown(written)} has more than 59 minutes or seconds: HH:MM:SS or MM:SS is expected")
    return _checked(hours * 3_600 + minutes * 60 + seconds)


def _checked(seconds: Decimal) -> int | None:
    if seconds < 0:
        raise ValueError("the duration is negative")
    return whole(seconds, "duration in seconds", LONGEST) or None
