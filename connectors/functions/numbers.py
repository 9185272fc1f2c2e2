"""Numbers and yes-or-no as people and databases write them."""

import math
import re
from decimal import Decimal

from connectors.functions.place import Place
from connectors.functions.quantities import LARGEST, NUMBER, ungrouped
from connectors.functions.texts import as_token, shown

_NUMBER = re.compile(
    rf"([+-]?)({NUMBER})\s?(千|万|亿)?\s?\+?\s?(?:分|星|人次|人|次|个|条|门|册|页|学时|课时|学分|学期|周|节|集|讲|套|项|本|部|篇|家|所)?"
)
_SCALES = {"千": 1_000, "万": 10_000, "亿": 100_000_000}
_TRUE = frozenset(("是", "有", "对", "真", "y", "yes", "t", "true", "on", "1", "√", "✓", "✔"))
_FALSE = frozenset(("否", "无", "错", "假", "不是", "没有", "n", "no", "f", "false", "off", "0", "×", "✗", "✘", "x"))
_BITS = {b"\x00": False, b"\x01": True}  # BIT(1) columns, as MariaDB's drivers hand them over


def number(value: object, place: Place) -> float | None:
    """A finite float out of 4.5, "4.5分", "1,234.5", "1.2万". Raises ValueError for what is no number, percentages included."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    amount = _amount(value)
    return None if amount is None else float(amount)


def integer(value: object, place: Place) -> int | None:
    """A whole number of at most 64 bits out of 12, "1,234", "12万" (120000), "3.0". Raises ValueError for fractions."""
    amount = _amount(value)
    if amount is None:
        return None
    if amount != amount.to_integral_value():
        raise ValueError(f"{amount} is not whole, an integer is expected: use `number`")
    if abs(amount) > LARGEST:
        raise ValueError("the number needs more than 64 bits: identifiers are mapped with `text`")
    return int(amount)


def boolean(value: object, place: Place) -> bool | None:
    """True or False out of 是/否, 有/无, Y/N, true/false, 1/0, √/× and BIT(1). Raises ValueError for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, bytes) and value in _BITS:
        return _BITS[value]
    if isinstance(value, str) and value.strip() == "无":
        return False
    token = as_token(value)
    if token is None:
        return None
    folded = token.casefold()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise ValueError(f"{shown(token)} is neither yes nor no: 是/否, Y/N, true/false or 1/0 is expected")


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool):
        raise ValueError("a number is expected, this is true or false: use `boolean`")
    token = as_token(value)
    if token is None:
        return None
    sign, digits = (token[:1], token[1:]) if token[:1] in ("+", "-") else ("", token)
    read = _NUMBER.fullmatch(sign + ungrouped(digits))
    if read is None:
        raise ValueError(f"{shown(token)} is no number: digits such as 4.5, 1,234 or 12万 are expected")
    amount = Decimal(read[2]) * _SCALES.get(read[3], 1)
    return -amount if read[1] == "-" else amount
