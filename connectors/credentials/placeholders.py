"""Placeholders in the texts of a token request: {secret.NAME}, {timestamp}, {nonce}, {signature}, and no expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SIGNATURE = "signature"
SORTED = frozenset({"sorted", "concatenated"})

_KNOWN = re.compile(r"secret\.[a-z][a-z0-9_]{0,62}|timestamp|nonce|signature|sorted|concatenated")
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def placeholders(text: str) -> frozenset[str]:
    """The names of the placeholders in a text. Raises ValueError for any other use of braces."""
    found = set()
    for match in _BRACES.finditer(text):
        if match[1] is None or not _KNOWN.fullmatch(match[1]):
            raise ValueError(
                f"{match[0]} is no placeholder; there are {{secret.NAME}}, {{timestamp}}, {{nonce}}, {{signature}}, "
                "and in the text of a signature {sorted} and {concatenated}"
            )
        found.add(match[1])
    return frozenset(found)


def secrets_in(text: str) -> list[str]:
    """The names of the secrets that a text names."""
    return sorted(name.removeprefix("secret.") for name in placeholders(text) if name.startswith("secret."))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of placeholders; each once, so that a value is never read as a placeholder."""
    return _BRACES.sub(lambda match: values[match[1]], text)


def filled_in(value: Any, values: Mapping[str, str]) -> Any:
    """A JSON value with all its texts filled."""
    match value:
        case str():
            return filled(value, values)
        case dict():
            return {name: filled_in(each, values) for name, each in value.items()}
        case list():
            return [filled_in(each, values) for each in value]
    return value


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, its names not among them."""
    match value:
        case str():
            yield value
        case dict():
            yield from texts_in(list(value.values()))
        case list():
            for each in value:
                yield from texts_in(each)


def joined(parameters: Iterable[tuple[str, str]], *, between: str, equals: str) -> str:
    """Parameters in the order of their names (by code point), empty ones left out, as schemes that sign them want it."""
    return between.join(f"{name}{equals}{value}" for name, value in sorted(parameters) if value)
