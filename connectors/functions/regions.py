"""Codes of provinces (GB/T 2260) and of institutions."""

import re
from functools import lru_cache

from connectors.functions.place import Place
from connectors.functions.texts import as_token, shown
from store.provinces import PROVINCES

_CODE = re.compile("[0-9]{10}")
_DIGITS = re.compile(r"([0-9]{2})(?:[0-9]{2}){0,2}|([0-9]{2})[0-9]{7}|([0-9]{2})[0-9]{10}")
_SUFFIX = re.compile(r"(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|省|市)$")
_WHOLE_COUNTRY = frozenset(("00", "全国", "国家", "国家级", "中国"))
_ALIASES = {"兵团": "66", "新疆兵团": "66", "内蒙": "15", "台灣": "71", "臺灣": "71", "tibet": "54", "macau": "82", "xpcc": "66"}
_OFFICIAL = {province.zh: code for code, province in PROVINCES.items()}
_NAMES = (
    _ALIASES
    | {province.en.casefold(): code for code, province in PROVINCES.items()}
    | {_SUFFIX.sub("", name): code for name, code in _OFFICIAL.items()}
)


def province_code(value: object, place: Place) -> str | None:
    """Two digits out of 33, 330000, 330106, 浙江, 浙江省, 浙江省杭州市 or Zhejiang. None for the whole country.

    A city's or county's name alone is refused: 海南 is also a prefecture of 青海. Raises ValueError for what is no province.
    """
    token = as_token(value)
    return None if token is None else _province(token)


def institution_code(value: object, place: Place) -> str | None:
    """Ten digits of the code of schools and institutions; digits 3 and 4 name a province. Raises ValueError otherwise.

    That province is where the code was given: an institution that moves keeps its code (4111012802 is in 四川 today).
    """
    token = as_token(value)
    if token is None:
        return None
    if not _CODE.fullmatch(token):
        raise ValueError(f"{shown(token)} is no institution code: ten digits such as 4133010001 are expected")
    if token[2:4] not in PROVINCES:
        raise ValueError(f"{token} is no institution code: digits 3 and 4 ({token[2:4]}) name no province (GB/T 2260)")
    return token


@lru_cache(maxsize=1024)
def _province(token: str) -> str | None:
    if token in _WHOLE_COUNTRY:
        return None
    if (digits := _DIGITS.fullmatch(token)) is not None:
        code = next(group for group in digits.groups() if group)
        if code in PROVINCES:
            return code
        if code == "00" and not token.strip("0"):
            return None
        raise ValueError(f"{shown(token)} is no code of GB/T 2260: its first two digits name no province")
    known = _NAMES.get(token.casefold()) or _OFFICIAL.get(token)
    if known is None:
        known = next((code for name, code in _OFFICIAL.items() if token.startswith(name)), None)
    if known is None:
        raise ValueError(f"{shown(token)} is no province: a code of GB/T 2260 (33, 330000) or a name (浙江省) is expected")
    return known
