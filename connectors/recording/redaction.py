"""Secrets and personal values out of what is recorded: the same value always becomes the same placeholder, of the same form."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

_SECRET_WORDS = frozenset(
    {"password", "passwd", "pwd", "secret", "authorization", "cookie", "session", "sessionid", "jsessionid", "signature", "sign"}
    | {"credential", "credentials", "jwt", "ticket", "token", "apikey", "appkey"}
)
_KEYS_OF = frozenset({"api", "app", "access", "auth", "client", "private"})
_POSITIONS = ("page", "next", "prev", "resum", "contin", "cursor", "after")
_TELEPHONE_NAME = re.compile(r"tel|phone|mobile|fax|lxdh|lxfs|sjh", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d.])")
_SPACED_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]\d{4}[ -]\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?\(?0\d{2,3}\)?[ -]\d{7,8}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_CARD = re.compile(r"BEGIN:VCARD.*?END:VCARD", re.DOTALL | re.IGNORECASE)
_CARD_LINE = re.compile(
    r"(?:(?<=\\[rn])|(?<![A-Za-z]))(?P<name>(?:FN|N|NICKNAME|TEL|EMAIL|ADR|LABEL|PHOTO|BDAY|NOTE|X-[A-Z-]+)(?:;[^:\r\n\\]*)?:)(?P<value>.*?)(?=\\[rn]|[\r\n]|$|END:VCARD)",
    re.IGNORECASE | re.DOTALL,
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SHORTEST = 6
"""Characters of a secret that is looked for in running text; a shorter one would be found in words."""


class Redactor:
    """Takes secrets and personal values out of texts and JSON-like values; nobody can find out what stood there."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._key = secrets.token_bytes(16)
        self._secrets: dict[str, str] = {}
        for value in known:
            self._hide(value)

    def text(self, text: str) -> str:
        """A running text, such as XML or a title."""
        for value, placeholder in self._secrets.items():
            if len(value) >= _SHORTEST:
                text = text.replace(value, placeholder)
        text = _CARD.sub(lambda found: _CARD_LINE.sub(self._card_line, found[0]), text)
        text = _EMAIL.sub(lambda found: self._email(found[0]), text)
        text = _IDENTITY.sub(lambda found: self._identity(found[0]), text)
        for pattern in (_MOBILE, _SPACED_MOBILE, _LANDLINE):
            text = pattern.sub(lambda found: self._digits(found[0]), text)
        return text

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON-like value that stands under `name`."""
        match value:
            case Mapping():
                return {self.text(str(key)): self.value(each, str(key)) for key, each in value.items()}
            case list() | tuple():
                return [self.value(each, name) for each in value]
            case str() if value:
                return self.named(name, value)
            case bool():
                return value
            case int():
                redacted = self.named(name, str(value))
                return int(redacted) if redacted.removeprefix("-").isdecimal() else redacted
        return value

    def named(self, name: str, text: str) -> str:
        """A text that stands under a name, such as a parameter."""
        if is_secret(name):
            return self._hide(text)
        if _TELEPHONE_NAME.search(name) and sum(map(str.isdigit, text)) >= 7:
            return self._digits(text)
        return self.text(text)

    def _hide(self, value: str) -> str:
        return self._secrets.setdefault(value, f"secret-{self._hash(value, 12)}")

    def _card_line(self, found: re.Match[str]) -> str:
        name, value = found["name"], found["value"]
        kind = re.split(r"[;:]", name, maxsplit=1)[0].upper()
        if not value.strip():
            return found[0]
        if kind == "EMAIL":
            return name + self._email(value)
        if kind == "TEL":
            return name + self._digits(value)
        return f"{name}某{self._hash(value, 6)}"

    def _email(self, value: str) -> str:
        return f"person-{self._hash(value.lower(), 10)}@example.invalid"

    def _digits(self, value: str) -> str:
        """Other digits in the same places; the first of a mobile number stays, so that it still looks like one."""
        drawn = iter(self._numerals("".join(each for each in value if each.isdigit()), len(value)))
        kept = 2 if _MOBILE.fullmatch(re.sub(r"[ -]", "", value)) else 1
        count = 0
        made = []
        for each in value:
            count += each.isdigit()
            made.append(next(drawn) if each.isdigit() and count > kept else each)
        return "".join(made)

    def _identity(self, value: str) -> str:
        """A number of the form of GB 11643, check digit included, of nobody: the region 000000 does not exist."""
        if not _is_identity(value):
            return value
        made = f"00000019{self._numerals(value.upper(), 9)}"
        return made + _check_digit(made)

    def _numerals(self, value: str, length: int) -> str:
        return str(int.from_bytes(self._digest(value, 32)) % 10**length).zfill(length)

    def _hash(self, value: str, length: int) -> str:
        return self._digest(value, 16).hex()[:length]

    def _digest(self, value: str, size: int) -> bytes:
        return hashlib.blake2b(value.encode(errors="replace"), digest_size=size, key=self._key).digest()


def is_secret(name: str) -> bool:
    """Whether a name says that its value is a secret; the position in a list, such as next_page_token, is none."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())
    if any(word.startswith(_POSITIONS) for word in words):
        return False
    return not _SECRET_WORDS.isdisjoint(words) or any(first in _KEYS_OF and then == "key" for first, then in pairwise(words))


def _is_identity(value: str) -> bool:
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return 1880 < born.year < 2100 and _check_digit(value[:17]) == value[17].upper()


def _check_digit(digits: str) -> str:
    """GB 11643-1999, annex A: ISO 7064 MOD 11-2."""
    return "10X98765432"[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11]
