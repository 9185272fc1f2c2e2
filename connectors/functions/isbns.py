"""International standard book numbers, brought to thirteen digits."""

import re

from connectors.functions.place import Place
from connectors.functions.texts import as_token, shown

_PREFIX = re.compile(r"(?:urn:)?isbn(?:-?1[03])?\s?:?\s?", re.IGNORECASE)
_BINDING = re.compile(r"\s?\([^()]{1,20}\)$")
_DIVIDERS = str.maketrans("", "", " -‐‑‒–—−·")


def isbn(value: object, place: Place) -> str | None:
    """Thirteen digits without hyphens; ISBN-10 is converted (ISO 2108). Raises ValueError for a wrong length or check digit."""
    token = as_token(value)
    if token is None:
        return None
    bare = token[found.end() :] if (found := _PREFIX.match(token)) else token
    digits = _BINDING.sub("", bare).translate(_DIVIDERS).upper()
    if re.fullmatch(r"0+", digits):
        return None
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        if digits[9] != _check_10(digits):
            raise ValueError(f"{shown(token)} has a wrong check digit: {_check_10(digits)} is expected at the end")
        digits = "978" + digits[:9]
        return digits + _check_13(digits)
    if not re.fullmatch(r"97[89][0-9]{10}", digits):
        raise ValueError(f"{shown(token)} is no ISBN: ten digits, or thirteen that start with 978 or 979, are expected")
    if digits[12] != _check_13(digits):
        raise ValueError(f"{shown(token)} has a wrong check digit: {_check_13(digits)} is expected at the end")
    return digits


def _check_10(digits: str) -> str:
    total = sum((10 - at) * int(digit) for at, digit in enumerate(digits[:9]))
    return "0123456789X"[-total % 11]


def _check_13(digits: str) -> str:
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits[:12]))
    return str(-total % 10)
