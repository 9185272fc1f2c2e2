"""Text out of any native scalar: the one door through which the other functions read a value."""

import datetime as dt
import math
import re
import unicodedata
import uuid
from decimal import Decimal
from functools import lru_cache

from connectors.functions.place import Place

EXACT = 2**53  # IEEE 754 binary64: beyond this a float may already have lost digits of an identifier
UNCHECKED = 2_000  # characters; shorter texts are normalised within milliseconds whatever they hold
DIGITS = 400  # no number written by a real source is longer; stops Decimal("1E+999999") from becoming a megabyte

# C0 and C1 controls but tab and line feed, bidirectional overrides and isolates, the byte order mark, noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")
_EDGES = "".join(map(chr, (*range(9, 14), 32, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)))
_SURROGATES = re.compile("[\ud800-\udfff]")
_ABSENT = frozenset(("", "-", "--", "---", "—", "——", "/", "无", "暂无", "未填写", "null", "none", "nil", "n/a", "nan", "undefined", "\\n"))


def text(value: object, place: Place) -> str | None:
    """NFC text without control characters, trimmed; None where nothing is left. Raises ValueError for bytes and containers.

    Numbers become their digits: 3.0 (a spreadsheet's 3) is "3"; line breaks inside the text stay.
    """
    return as_text(value)


def as_text(value: object) -> str | None:
    """The text of a native scalar, or None for null, NaN and blank. Raises ValueError for what is not a scalar."""
    if type(value) is str and value.isascii() and value.isprintable():
        return value.strip() or None
    if isinstance(value, str):
        return _clean(value) or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _from_int(value)
    if isinstance(value, float):
        return _from_float(value)
    if isinstance(value, Decimal):
        return _from_decimal(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise ValueError("the value is bytes, text is expected: declare the column as text or cast it in the query")
    if isinstance(value, (list, tuple, set, frozenset)):
        raise ValueError(f"the value is a list of {len(value)}, one text is expected: let the path name one element")
    if isinstance(value, dict):
        raise ValueError("the value is an object, text is expected: let the path name one of its members")
    raise ValueError(f"the value is a {type(value).__name__}, text or a number is expected")


def as_token(value: object, most: int = 64) -> str | None:
    """A short machine-read value: full-width forms folded (NFKC), trimmed, None for written absences such as 无 or N/A.

    Raises ValueError where it is longer than `most` characters, which also bounds every pattern that reads it.
    """
    written = as_text(value)
    if written is None:
        return None
    if len(written) > most:
        raise ValueError(f"the value has {len(written)} characters, at most {most} are expected: {shown(written)}")
    folded = written if written.isascii() else unicodedata.normalize("NFKC", written).strip()
    return None if folded.casefold() in _ABSENT else folded


def shown(written: str) -> str:
    """A value as an error message shows it: quoted and short."""
    return repr(written if len(written) <= 40 else written[:39] + "…")


def _clean(written: str) -> str:
    if not written.isprintable():
        if _SURROGATES.search(written):  # pairs sent one by one are joined, halves cut off by a substring become U+FFFD
            written = written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        written = _CONTROLS.sub("", written.replace("\r\n", "\n").replace("\r", "\n"))
    if len(written) > UNCHECKED and not written.isascii() and _has_endless_marks(written):
        raise ValueError("the text has more than 30 combining marks in a row, which no language writes (UAX #15, 13)")
    return unicodedata.normalize("NFC", written).strip(_EDGES)


def _has_endless_marks(written: str) -> bool:
    """Whether 31 non-starters follow one another: normalisation sorts such runs in quadratic time, minutes for a megabyte."""
    mark, run = _marks()
    return mark.search(written[::31]) is not None and run.search(written) is not None


@lru_cache(maxsize=1)
def _marks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = (chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(unicodedata.normalize("NFD", chr(code))[0]))
    either = f"[{''.join(marks)}]"
    return re.compile(either), re.compile(either + "{31}")


def _from_int(value: int) -> str:
    if value.bit_length() > DIGITS * 3:
        raise ValueError(f"the number has more than {DIGITS} digits: nothing in a record is that long")
    return str(value)


def _from_float(value: float) -> str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("the number is infinite, a finite one is expected")
    if not value.is_integer():
        return repr(value)
    if abs(value) >= EXACT:
        raise ValueError("the number came as a float beyond 2^53 and may have lost digits: have the source send it as text")
    return str(int(value))


def _from_decimal(value: Decimal) -> str | None:
    if value.is_nan():
        return None
    if value.is_infinite():
        raise ValueError("the number is infinite, a finite one is expected")
    exponent = value.as_tuple().exponent
    if abs(value.adjusted()) > DIGITS or (isinstance(exponent, int) and abs(exponent) > DIGITS):
        raise ValueError(f"the number has more than {DIGITS} digits: nothing in a record is that long")
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
