"""Native keys out of native items: exact texts, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.mapping.paths import getter, parse_path
from connectors.protocol import Item, Key, Spoiled
from store.identity import SEPARATOR

_EXACT = 2**53
"""From here on not every whole number is a float (IEEE 754 binary64)."""


class Inexact(ArithmeticError):
    """A key came as a number that was rounded on the way: read the body again with exact numbers."""


def key_reader(paths: tuple[str, ...]) -> Callable[[Any, bool], Item | Spoiled]:
    """Make the function from (native, exact) to an item beside its key, or to why it is left out.

    One path makes a text, several make a tuple. Whole numbers become their digits; with `exact` False, one that may have been rounded
    raises Inexact.
    """
    getters = tuple(getter(path) for path in paths)

    def read(native: Any, exact: bool) -> Item | Spoiled:
        if not isinstance(native, dict):
            return Spoiled(None, "not_an_object")
        parts = [_text(get(native), exact) for get in getters]
        known = tuple(part for part in parts if part is not None)
        if len(known) < len(parts):
            return Spoiled(None, "no_identifier")
        return Item(known[0] if len(known) == 1 else known, native)

    steps = parse_path(paths[0])
    if len(paths) > 1 or len(steps) > 1:
        return read
    name = steps[0]

    def read_plain(native: Any, exact: bool) -> Item | Spoiled:
        value = native.get(name) if isinstance(native, dict) else None
        if isinstance(value, str) and value and not value.isspace() and SEPARATOR not in value:
            return Item(value, native)
        return read(native, exact)

    return read_plain  # the usual key is a text at the top of the item


def same_form(key: Key, paths: tuple[str, ...]) -> bool:
    """Tell whether a key could be one of a source whose identifier has these paths."""
    return len(parts_of(key)) == len(paths) and (isinstance(key, str) or len(key) > 1)


def parts_of(key: Key) -> tuple[str, ...]:
    """The parts of a native key; a plain one has a single part."""
    return key if isinstance(key, tuple) else (key,)


def _text(value: Any, exact: bool) -> str | None:
    match value:
        case bool():
            return None
        case int():
            return str(value)
        case str():
            return value if value.strip() and SEPARATOR not in value else None
        case float() if abs(value) >= _EXACT and not exact:
            raise Inexact
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
    return None
