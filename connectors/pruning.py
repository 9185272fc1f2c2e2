"""What is kept of a native item: the parts that the mapping reads, because the rest may hold people's addresses and telephones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.definition import Section
from connectors.mapping.paths import parse_path
from connectors.protocol import Native

_Names = dict[str, "_Names"]
"""Names that are kept, each with the names below it; none below means all."""


def pruner(section: Section) -> Callable[[Native], dict[str, Any]]:
    """Make the function that cuts an item down to what `section` keeps."""
    names: _Names = {}
    whole: set[int] = set()
    for path in section.kept():
        below = names
        for step in parse_path(path):
            if isinstance(step, str):
                below = below.setdefault(step, {})
        whole.add(id(below))

    def prune(value: Any, kept: _Names) -> Any:
        if id(kept) in whole:
            return value
        if isinstance(value, dict):
            return {name: value[name] if id(below) in whole else prune(value[name], below) for name, below in kept.items() if name in value}
        if isinstance(value, list):
            return [prune(each, kept) for each in value]
        return None

    return lambda native: prune(native if isinstance(native, dict) else dict(native), names)
