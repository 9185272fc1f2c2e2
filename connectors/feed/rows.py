"""A row as it comes out of a pushed body: what stands in it, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """What is wrong with a row: a rule of `harvest.receipts`, where, the value at fault as it came, and what fills the rule's words."""

    rule: str
    place: str | None = None
    value: object = None
    details: Mapping[str, object] = {}


class Row(NamedTuple):
    """A row by its number in the body, from 1, a header not counted: the native item, or the fault."""

    number: int
    native: dict[str, Any] | None
    fault: Fault | None = None


class BodyUnreadable(Exception):
    """The body cannot be read any further; what came before stands. `rule` is one of `transport.feed_problems`."""

    def __init__(self, rule: str, **details: Any) -> None:
        super().__init__(rule)
        self.rule = rule
        self.details = details
