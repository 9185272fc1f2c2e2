"""From XML to JSON-like native values."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from connectors.oaipmh.lom import tidied
from connectors.oaipmh.names import SCHEMA_INSTANCE, XML, Name, Names

_LANGUAGES = ("language", "lang", f"{{{XML}}}lang")
_SUBTAG = re.compile(r"[a-z]{2,3}(?=$|[-_])", re.IGNORECASE)


def children_reader(names: Names) -> Callable[[Any], dict[str, Any]]:
    """Make the function from an element to its children, each key over a list."""
    read_name = lru_cache(maxsize=4096)(names.read)

    def children(element: Any, parent: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in element:
            if not isinstance(child.tag, str):  # a comment or a processing instruction
                continue
            name = read_name(child.tag)
            value = content(child, name)
            if value is None:
                continue
            key = name.key
            if name.prefix == "lom":
                local, value = tidied(parent, name.local, value)
                key = f"lom:{local}"
            elif name.prefix in _NAMED:
                key = _NAMED[name.prefix](name, child)
            found.setdefault(key, []).append(value)
            if (language := _language(child)) is not None:
                found.setdefault(f"{key}@{language}", []).append(value)
        return found

    def content(element: Any, name: Name) -> Any:
        ignored = _IDENTITY.get(name.prefix, ())
        found = {
            f"@{read_name(attribute).key}": value
            for attribute, value in element.attrib.items()
            if attribute not in _LANGUAGES and attribute not in ignored and not attribute.startswith(f"{{{SCHEMA_INSTANCE}}}")
        }
        found |= children(element, name.local)
        text = "".join((element.text or "", *(child.tail or "" for child in element))).strip()
        if not found:
            return text or None
        return {"#text": text, **found} if text else found

    return children


def _language(element: Any) -> str | None:
    """The primary subtag, where the element names its language (RFC 5646 §2.2.1)."""
    written = next((value for each in _LANGUAGES if (value := element.get(each)) is not None), "")
    found = _SUBTAG.match(written)
    return found[0].lower() if found is not None else None


def _dim(name: Name, element: Any) -> str:
    parts = [part for part in (element.get(each) for each in ("mdschema", "element", "qualifier")) if part]
    return ":".join(("dim", *parts)) if parts else name.key


def _xoai(name: Name, element: Any) -> str:
    written = element.get("name")
    return f"xoai:{written}" if written else name.key


_NAMED: dict[str, Callable[[Name, Any], str]] = {"dim": _dim, "xoai": _xoai}
"""Formats of DSpace that carry the names of their fields in attributes."""

_IDENTITY = {"dim": ("mdschema", "element", "qualifier"), "xoai": ("name",)}
