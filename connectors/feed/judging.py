"""The judge of rows: which key, what to do, which version, or what is wrong with a row before it is mapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from connectors.feed.definition import Check, FeedSection, Operation
from connectors.feed.rows import Fault
from connectors.functions import FUNCTIONS, Place
from connectors.keys import Inexact, key_reader
from connectors.mapping.paths import getter
from connectors.protocol import Item, Key, Native
from store.identity import MAX_KEY_BYTES, native_key
from store.rows import storable

Deed = Literal["upsert", "delete", "keep"]

MAX_DEPTH = 32
"""Levels of lists and objects in a row."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG = 2**63


class Judged(NamedTuple):
    """A row that may be taken: its key, what is to be done, the source's version (microseconds, or the number as it came), the item."""

    key: Key
    deed: Deed
    version: int | None
    native: Native


class Refused(NamedTuple):
    """A row that may not: its key where it has a sound one, and the fault."""

    key: Key | None
    fault: Fault


Judge = Callable[[Native], Judged | Refused]


def judge_of(section: FeedSection, place: Place) -> Judge:
    """Make the judge of a collection's rows; `place` tells the zone of times that name none."""
    read_key = key_reader(section.identifier)
    deed_of = _deed_reader(section.op)
    version_of = _version_reader(section, place)
    checks = [(getter(path), _checker(path, check)) for path, check in section.checks.items()]

    def judge(native: Native) -> Judged | Refused:
        try:
            found = read_key(native, False)
        except Inexact:
            return Refused(None, Fault("key-inexact", section.identifier[0]))
        if not isinstance(found, Item):
            return Refused(None, Fault("key-missing", ", ".join(section.identifier)))
        text = native_key(found.key)
        if not storable(text) or len(text.encode()) > MAX_KEY_BYTES:
            return Refused(None, Fault("key-unfit", ", ".join(section.identifier), text, {"most": MAX_KEY_BYTES}))
        deed = deed_of(native)
        if isinstance(deed, Fault):
            return Refused(found.key, deed)
        version = version_of(native)
        if isinstance(version, Fault):
            return Refused(found.key, version)
        if deed == "upsert":
            for get, check in checks:
                fault = check(get(native))
                if fault is not None:
                    return Refused(found.key, fault)
        return Judged(found.key, deed, version, native)

    return judge


def deeper_than(value: Any, levels: int) -> bool:
    """Tell whether lists and objects are nested more than `levels` deep."""
    layer = [value]
    for _ in range(levels + 1):
        layer = list(_inner(layer))
        if not layer:
            return False
    return True


def _inner(layer: list[Any]) -> Iterator[Any]:
    for outer in layer:
        if isinstance(outer, dict):
            yield from outer.values()
        elif isinstance(outer, list):
            yield from outer


def _deed_reader(op: Operation | None) -> Callable[[Native], Deed | Fault]:
    if op is None:
        return lambda _: "upsert"
    get = getter(op.path)
    deeds: Mapping[str, Deed] = {
        **dict.fromkeys(op.upsert, "upsert"),
        **dict.fromkeys(op.delete, "delete"),
        **dict.fromkeys(op.keep, "keep"),
    }

    def read(native: Native) -> Deed | Fault:
        value = get(native)
        text = "" if value is None else _text(value)
        deed = deeds.get(text)
        if deed is None and (not op.upsert or text == ""):
            return "upsert"
        return deed or Fault("op-unknown", op.path, value, {"known": ", ".join(deeds)})

    return read


def _version_reader(section: FeedSection, place: Place) -> Callable[[Native], int | Fault | None]:
    version = section.version
    if version is None:
        return lambda _: None
    getters = [(path, getter(path)) for path in version.first]
    read_number, read_time = FUNCTIONS["integer"].call, FUNCTIONS["datetime"].call

    def read(native: Native) -> int | Fault | None:
        for path, get in getters:
            value = get(native)
            if value is None or value == "":
                continue
            try:
                if version.form == "number":
                    found: Any = read_number(value, place)
                else:
                    moment: Any = read_time(value, place)
                    found = None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)
            except (ValueError, TypeError, OverflowError):
                return Fault("version-unreadable", path, value)
            if found is None:
                continue
            return int(found) if -_LONG <= found < _LONG else Fault("version-unreadable", path, value)
        return None

    return read


def _checker(path: str, check: Check) -> Callable[[Any], Fault | None]:
    pattern = re.compile(check.pattern) if check.pattern is not None else None
    values = frozenset(check.values) if check.values is not None else None

    def look(value: Any) -> Fault | None:
        text = "" if value is None else _text(value)
        if not text.strip():
            return Fault("value-missing", path) if check.required else None
        if check.longest is not None and len(text) > check.longest:
            return Fault("value-too-long", path, value, {"most": check.longest, "length": len(text)})
        if pattern is not None and pattern.fullmatch(text) is None:
            return Fault("value-form", path, value, {"pattern": pattern.pattern})
        if values is not None and text not in values:
            return Fault("value-unknown", path, value, {"known": ", ".join(sorted(values))})
        return None

    return look


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
