"""How many bytes a file has."""

import re
from decimal import Decimal

from connectors.functions.place import Place
from connectors.functions.quantities import NUMBER, ungrouped, whole
from connectors.functions.texts import as_token, shown

_SIZE = re.compile(rf"(?:约|大约)?\s?({NUMBER})\s?(字节|bytes?|[kmgt兆吉](?:i?b(?:ytes?)?|字节)?|b)?", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "兆": 2, "g": 3, "吉": 3, "t": 4}


def size(value: object, place: Place) -> int | None:
    """Bytes out of 28672, "1.5 MB", "300KB", "2G", "12兆", "1,234 字节"; K, M, G and T are powers of 1024, as file lists count.

    None for 0 and -1, which sources send for what is no file. Raises ValueError for other forms.
    """
    if type(value) is int and 0 < value < 2**53:
        return value
    if isinstance(value, bool):
        raise ValueError("a size is expected, this is true or false")
    written = as_token(value)
    if written is None or written == "-1":
        return None
    read = _SIZE.fullmatch(ungrouped(written))
    if read is None:
        raise ValueError(f"{shown(written)} is no size: bytes, or a number with KB, MB, GB or TB, are expected")
    power = _POWERS.get((read[2] or "b")[0].lower(), 0)
    return whole(Decimal(read[1]) * 1024**power, "size in bytes") or None
