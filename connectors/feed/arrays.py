"""A JSON array of objects, element by element: never more than one of them is held."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.feed.lines import json_row
from connectors.feed.rows import BodyUnreadable, Fault, Row

_OUTSIDE = re.compile(r'[\[\]{}",]')
_INSIDE = re.compile(r'["\\]')
_BLANK = " \t\r\n"


class Array:
    """Finds the elements of an array by its brackets and quotes, and reads each by itself."""

    def __init__(self, max_row: int) -> None:
        self._max_row = max_row
        self._number = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._begun = self._ended = False
        self._expects_more = False
        self._held: list[str] = []
        self._size = 0

    def feed(self, text: str) -> Iterator[Row]:
        """The elements that are whole now. Raises BodyUnreadable where this is no array."""
        position = self._open(text) if not self._begun else 0
        start = position
        length = len(text)
        while position < length and self._begun and not self._ended:
            if self._escaped:
                self._escaped = False
                position += 1
                continue
            found = (_INSIDE if self._in_string else _OUTSIDE).search(text, position)
            if found is None:
                break
            mark, place = found[0], found.start()
            position = place + 1
            if mark == "\\":
                self._escaped = True
            elif mark == '"':
                self._in_string = not self._in_string
            elif mark in "[{":
                self._depth += 1
            elif mark in "]}" and self._depth:
                self._depth -= 1
            elif self._depth == 0 and mark in ",]":
                self._hold(text[start:place])
                yield from self._element(closing=mark == "]")
                start = position
                self._ended = mark == "]"
            elif self._depth == 0:
                raise BodyUnreadable("array", row=self._number + 1)
        if self._ended:
            if text[start:].strip(_BLANK):
                raise BodyUnreadable("array-trailing", row=self._number)
        elif self._begun:
            self._hold(text[start:])

    def finish(self) -> Iterator[Row]:
        """Nothing may be left. Raises BodyUnreadable where the array is not closed."""
        if not self._ended:
            raise BodyUnreadable("array-open" if self._begun else "array", row=self._number)
        return iter(())

    def _open(self, text: str) -> int:
        stripped = text.lstrip(_BLANK)
        if not stripped:
            return len(text)
        if stripped[0] != "[":
            raise BodyUnreadable("array", row=0)
        self._begun = True
        return len(text) - len(stripped) + 1

    def _hold(self, text: str) -> None:
        self._size += len(text)
        if self._size <= self._max_row:
            self._held.append(text)
        else:
            self._held.clear()

    def _element(self, *, closing: bool) -> Iterator[Row]:
        text, size = "".join(self._held).strip(_BLANK), self._size
        self._held.clear()
        self._size = 0
        if closing and not text and size <= self._max_row and not self._expects_more:
            return
        self._expects_more = not closing
        self._number += 1
        if size > self._max_row:
            yield Row(self._number, None, Fault("row-too-long", details={"most": self._max_row}))
        else:
            yield json_row(self._number, text)
