"""A number with its unit, as both durations and sizes are written."""

import re
from decimal import Decimal

NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,8}(?:\.[0-9]{1,20})?(?![0-9,])")
LARGEST = 2**63 - 1


def ungrouped(token: str) -> str:
    """The token without thousands separators: "1,234.5 MB" is "1234.5 MB"; other commas stay and are refused later."""
    found = _GROUPED.match(token)
    return token if found is None else found[0].replace(",", "") + token[found.end() :]


def whole(amount: Decimal, what: str, largest: int = LARGEST) -> int:
    """The nearest integer, at most `largest`. Raises ValueError where it is more."""
    if amount > largest:
        raise ValueError(f"the {what} is larger than {largest}, which no record holds: check the unit")
    return int(amount.to_integral_value())
