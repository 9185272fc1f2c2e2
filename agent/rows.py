"""Canonical rows, as the ready definition `canonical.toml` of a feed reads them: one JSON object a line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import orjson

from store.identity import SEPARATOR, parse_id
from store.record import Institution, Library, Record, Reference
from store.visibility import MEMBER, NOBODY, PUBLIC

Value = Record | Library | Institution

# What a feed knows by itself, or takes from its own registration.
_THEIRS = frozenset({"id", "source", "key", "tier", "institution_source", "obtained_at", "definition_version"})

_LEVELS: Mapping[str, str] = {PUBLIC: "public", MEMBER: "members", "r:teacher": "teachers", NOBODY: "nobody"}
_PLACED: Mapping[str, str] = {
    "p:": "province",
    "r:teacher@p:": "province_teachers",
    "s:": "school",
    "r:teacher@s:": "school_teachers",
}


class Inexpressible(ValueError):
    """A record that opens itself to people whom a feed cannot name."""


def key_of(native: str) -> str:
    """A native key as one text: parts of a composite one percent-encoded and joined by a slash."""
    return "/".join(quote(part, safe="") for part in native.split(SEPARATOR)) if SEPARATOR in native else native


def upsert(native: str, value: Value) -> bytes:
    """The line of a record. Raises Inexpressible."""
    item = {name: each for name, each in msgspec.to_builtins(value).items() if name not in _THEIRS and each is not None}
    institution, province = item.get("institution"), item.get("province")
    if "visibility" in item:
        item["visibility"] = [_level(key, institution, province) for key in item["visibility"]]
    if isinstance(value, Record):
        source = value.source
        item.pop("library", None)
        if isinstance(value.library, Reference) and value.library.source == source:
            item["library"] = key_of(value.library.key)
        if parts := [key_of(found.key) for part in value.part_of if (found := parse_id(part)) is not None and found.source == source]:
            item["part_of"] = parts
        else:
            item.pop("part_of", None)
    return _line({"op": "upsert", "key": key_of(native), "item": item})


def delete(native: str) -> bytes:
    """The line of a record that is gone."""
    return _line({"op": "delete", "key": key_of(native)})


def keep(native: str) -> bytes:
    """The line, in a snapshot, of a record that is still as it was sent before."""
    return _line({"op": "keep", "key": key_of(native)})


def nameless() -> bytes:
    """The line, in a snapshot, of an item whose key could not be read: whoever takes it deletes nothing for being missing."""
    return _line({"op": "upsert", "item": {}})


def digest(line: bytes) -> bytes:
    """Sixteen bytes that stand for a line."""
    return hashlib.blake2b(line, digest_size=16).digest()


def _level(key: str, institution: str | None, province: str | None) -> str:
    if key in _LEVELS:
        return _LEVELS[key]
    for prefix, level in _PLACED.items():
        if key == f"{prefix}{institution if prefix.endswith('s:') else province}":
            return level
    raise Inexpressible(f"it is for {key}, whom a feed cannot name: only the school and the province of the record itself")


_line: Callable[[Any], bytes] = orjson.dumps
