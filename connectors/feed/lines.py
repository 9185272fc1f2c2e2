"""NDJSON: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from connectors.feed.judging import MAX_DEPTH, deeper_than
from connectors.feed.rows import Fault, Row
from connectors.feed.texts import undecoded


class Lines:
    """Cuts text into lines and reads each; one that is too long or no object is a fault of its own."""

    def __init__(self, max_row: int) -> None:
        self._max_row = max_row
        self._held: list[str] = []
        self._size = 0
        self._number = 0

    def feed(self, text: str) -> Iterator[Row]:
        """The rows that are whole now."""
        *whole, rest = text.split("\n")
        for line in whole:
            yield from self._row(self._joined(line))
        self._hold(rest)

    def finish(self) -> Iterator[Row]:
        """The row that no line end closes."""
        yield from self._row(self._joined(""))

    def _hold(self, text: str) -> None:
        self._size += len(text)
        if self._size <= self._max_row:
            self._held.append(text)
        else:
            self._held.clear()  # what is too long is passed over to its end, and never held

    def _joined(self, text: str) -> str | None:
        self._hold(text)
        line = "".join(self._held) if self._size <= self._max_row else None
        self._held.clear()
        self._size = 0
        return line

    def _row(self, line: str | None) -> Iterator[Row]:
        if line is not None and not line.strip():
            return
        self._number += 1
        if line is None:
            yield Row(self._number, None, Fault("row-too-long", details={"most": self._max_row}))
        else:
            yield json_row(self._number, line)


def json_row(number: int, text: str) -> Row:
    """Read one object."""
    if undecoded(text):
        return Row(number, None, Fault("encoding"))
    try:
        native: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Row(number, None, Fault("not-json", value=text[max(0, error.pos - 20) : error.pos + 20], details={"column": error.colno}))
    if not isinstance(native, dict):
        return Row(number, None, Fault("not-an-object", value=text[:40]))
    if text.count("[") + text.count("{") > MAX_DEPTH and deeper_than(native, MAX_DEPTH):
        return Row(number, None, Fault("too-deep", details={"most": MAX_DEPTH}))
    return Row(number, _exact(native, text))


def _exact(native: dict[str, Any], text: str) -> dict[str, Any]:
    """The same object with exact numbers where the fast reader may have rounded: a key of 19 digits and more is one."""
    if not any(isinstance(value, float) and abs(value) >= 2**53 for value in native.values()):
        return native
    try:
        exact: dict[str, Any] = json.loads(text)
    except ValueError:  # more digits than Python converts
        return native
    return exact
