"""Lengths of time as people write them in a definition: 90, "90s", "15m", "2h", "7d"."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*", value)
    if found is None:
        raise ValueError('write a number of seconds, or a number with ms, s, m, h or d: "15m"')
    return float(found[1]) * _UNITS[found[2]]


Seconds = Annotated[float, BeforeValidator(_seconds)]
"""Seconds, written as a number or as a text with a unit."""
