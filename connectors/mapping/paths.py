"""Paths into a native item: `a.b`, `items[0].name`, `tags[].name` (every element); a backslash escapes `.`, `[` and itself in a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

Step = str | int | None
"""A name, an index, or None for every element."""

_STEP = re.compile(r"((?:[^.\[\\]|\\.)+)|\[(\d*)\]|(\.)", re.DOTALL)


@lru_cache(maxsize=4096)
def parse_path(path: str) -> tuple[Step, ...]:
    """Take a path apart. Raises ValueError that quotes the part which cannot be read."""
    steps: list[Step] = []
    expect_name, position = True, 0
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            raise ValueError(f"cannot read {path[position:]!r} in the path {path!r}: write names joined by dots, [0] or []")
        name, index, dot = found.groups()
        if (name is not None) != expect_name:
            raise ValueError(f"cannot read {path[position:]!r} in the path {path!r}: a dot stands between two names")
        if name is not None:
            steps.append(re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL))
        elif index is not None:
            steps.append(int(index) if index else None)
        expect_name = dot is not None
        position = found.end()
    if expect_name:
        raise ValueError(f"the path {path!r} ends before a name: name a field of the item")
    return tuple(steps)


def getter(path: str) -> Callable[[Any], Any]:
    """Make the function that follows `path`: None where nothing is there, a list where the path holds `[]`."""
    steps = parse_path(path)
    if None in steps:
        return lambda item: list(_every(item, steps)) or None
    return lambda item: _one(item, steps)


def top_names(path: str) -> str:
    """The first name of a path: what a source must be asked for."""
    return str(parse_path(path)[0])


def _one(item: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        if isinstance(step, str):
            item = item.get(step) if isinstance(item, dict) else None
        elif isinstance(item, list) and step is not None and step < len(item):
            item = item[step]
        else:
            return None
        if item is None:
            return None
    return item


def _every(item: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    where = steps.index(None) if None in steps else len(steps)
    item = _one(item, steps[:where])
    if where == len(steps):
        if item is not None:
            yield item
        return
    elements = item if isinstance(item, list) else () if item is None else (item,)
    for element in elements:
        yield from _every(element, steps[where + 1 :])
