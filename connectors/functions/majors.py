"""Codes of majors, which mean nothing without the year of their catalogue."""

import re

from connectors.functions.place import Place
from connectors.functions.texts import as_token, shown

_CODE = re.compile(r"([0-9]{6}|[0-9]{4}|[0-9]{2})(TK|T|K)?", re.IGNORECASE)


def major_code(value: object, place: Place) -> str | None:
    """Two, four or six digits: category, class or major of the catalogue of `place.catalogue_year`.

    K, T and TK mark majors of the general undergraduate catalogue (categories 01 to 14) and are no part of the code.
    Raises ValueError where the catalogue is undeclared: 510101 is crops in the catalogue of 2015 and electronics in that of 2021.
    """
    token = as_token(value)
    if token is None:
        return None
    read = _CODE.fullmatch(token)
    if read is None:
        raise ValueError(f"{shown(token)} is no code of a major: two, four or six digits are expected")
    code, suffix = read[1], read[2]
    if suffix and code[0] not in "01":
        raise ValueError(f"{shown(token)} ends with {suffix}, which only general undergraduate majors have: {code} is expected")
    if place.catalogue_year is None:
        raise ValueError(f"{code} means different majors in different catalogues: declare catalogue_year (2015, 2021) in the definition")
    return code
