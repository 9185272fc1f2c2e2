"""International standard book numbers (ISO 2108) as they stand in texts, brought to thirteen digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = re.compile(r"(?<![0-9])(?:97[89][- ]?)?(?:[0-9][- ]?){9}[0-9Xx](?![0-9])")


def isbns(text: str) -> Iterator[str]:
    """The numbers with a right check digit in a text, both forms as thirteen digits."""
    for found in _NUMBER.findall(text):
        digits = found.replace("-", "").replace(" ", "").upper()
        if len(digits) == 10 and _sum_10(digits) % 11 == 0:
            yield "978" + digits[:9] + _check_13("978" + digits[:9])
        elif len(digits) == 13 and digits[12] == _check_13(digits[:12]):
            yield digits


def _sum_10(digits: str) -> int:
    return sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits))


def _check_13(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)
