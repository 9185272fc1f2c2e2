"""From XML to JSON-like native values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from connectors.oaipmh.lom import tidied
from connectors.oaipmh.names import SCHEMA_INSTANCE, XML, Name, Names

_LANGUAGES = ("language", "lang", f"{{{XML}}}lang")
_ABOUT_SCHEMAS = f"{{{SCHEMA_INSTANCE}}}"
_SUBTAG = re.compile(r"[a-z]{2,3}(?=$|[-_])", re.IGNORECASE)


def children_reader(names: Names) -> Callable[[Any], dict[str, Any]]:
    """Make the function from an element to its children, each key over a list."""
    read_name = lru_cache(maxsize=4096)(names.read)

    def children(element: Any, parent: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in element:
            if not isinstance(child.tag, str):  # a comment or a processing instruction
                continue
            name, attributes = read_name(child.tag), child.items()
            # Most elements are text alone.
            value = content(child, name, attributes) if attributes or len(child) else (child.text or "").strip()
            if not value:
                continue
            key = name.key
            if name.prefix == "lom":
                local, value = tidied(parent, name.local, value)
                key = f"lom:{local}"
            elif name.prefix in _NAMED:
                key = _NAMED[name.prefix](name, child)
            found.setdefault(key, []).append(value)
            if attributes and (language := _language(dict(attributes))) is not None:
                found.setdefault(f"{key}@{language}", []).append(value)
        return found

    def content(element: Any, name: Name, attributes: list[tuple[str, str]]) -> Any:
        ignored = _IDENTITY.get(name.prefix, ())
        found: dict[str, Any] = {
            f"@{read_name(attribute).key}": value
            for attribute, value in attributes
            if attribute not in _LANGUAGES and attribute not in ignored and not attribute.startswith(_ABOUT_SCHEMAS)
        }
        text = element.text or ""
        if len(element):
            found |= children(element, name.local)
            text += "".join(child.tail or "" for child in element)
        text = text.strip()
        if not found:
            return text
        return {"#text": text, **found} if text else found

    return children


def _language(attributes: Mapping[str, str]) -> str | None:
    """The primary subtag, where the element names its language (RFC 5646 §2.2.1)."""
    written = next((attributes[each] for each in _LANGUAGES if each in attributes), "")
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
