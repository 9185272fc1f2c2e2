"""CSV (RFC 4180) with `,`, `;` or tabs: a header, then one row a record; quoted values may hold line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.feed.rows import BodyUnreadable, Fault, Row
from connectors.feed.texts import undecoded

_SEPARATORS = (",", ";", "\t")


def header_of(cells: list[str], max_columns: int) -> list[str]:
    """The names of the columns. Raises BodyUnreadable where they are not what a header may be."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > max_columns:
        raise BodyUnreadable("columns", most=max_columns, count=len(names))
    if not names or "" in names:
        raise BodyUnreadable("header")
    repeated = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if repeated is not None:
        raise BodyUnreadable("header-twice", column=repeated[:60])
    return names


class Separated:
    """Cuts text into records by its line ends outside of quotes, and reads each by itself."""

    def __init__(self, max_row: int, max_columns: int, separator: str | None) -> None:
        self._max_row = max_row
        self._max_columns = max_columns
        self._separator = separator
        self._header: list[str] | None = None
        self._rest = ""
        self._held: list[str] = []
        self._size = 0
        self._quoted = False
        self._number = 0

    def feed(self, text: str) -> Iterator[Row]:
        """The rows that are whole now. Raises BodyUnreadable for a header that cannot be used."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            yield from self._line(line)
        if len(self._rest) > self._max_row:
            yield from self._overlong()

    def finish(self) -> Iterator[Row]:
        """The record that no line end closes. Raises BodyUnreadable where there is no header."""
        if self._rest or self._held:
            rest, self._rest = self._rest, ""
            yield from self._line(rest)
            if self._held or self._size > self._max_row:
                yield self._fault("quote-open")
        if self._header is None:
            raise BodyUnreadable("header")

    def _line(self, line: str) -> Iterator[Row]:
        if self._header is None and self._separator is None:
            counts = {each: line.count(each) for each in _SEPARATORS}
            self._separator = max(counts, key=lambda each: counts[each])
        if '"' in line or self._quoted:
            self._quoted = _ends_quoted(line, self._separator or ",", quoted=self._quoted)
        self._size += len(line) + 1
        if self._size <= self._max_row + 1:
            self._held.append(line)
        else:
            self._held.clear()
        if not self._quoted:
            yield from self._record()

    def _overlong(self) -> Iterator[Row]:
        """A line that does not end: take note of its quotes and let it go."""
        rest, self._rest = self._rest, ""
        if self._header is None:
            raise BodyUnreadable("header")
        # Only the state is kept: the record is a fault whatever follows.
        self._quoted = _ends_quoted(rest, self._separator or ",", quoted=self._quoted)
        self._size += len(rest)
        self._held.clear()
        return iter(())

    def _record(self) -> Iterator[Row]:
        text, size = "\n".join(self._held), self._size
        self._held.clear()
        self._size = 0
        if size > self._max_row + 1:
            if self._header is None:
                raise BodyUnreadable("header")
            yield self._fault("row-too-long", most=self._max_row)
            return
        if not text.strip("\r"):
            return
        if undecoded(text):
            if self._header is None:
                raise BodyUnreadable("header-encoding")
            yield self._fault("encoding")
            return
        try:
            cells = next(csv.reader((text.removesuffix("\r"),), delimiter=self._separator or ","))
        except csv.Error:
            if self._header is None:
                raise BodyUnreadable("header") from None
            yield self._fault("not-csv")
            return
        if self._header is None:
            self._header = header_of(cells, self._max_columns)
            return
        self._number += 1
        yield table_row(self._number, self._header, cells)

    def _fault(self, rule: str, **details: object) -> Row:
        self._number += 1
        self._held.clear()
        self._size = 0
        self._quoted = False
        return Row(self._number, None, Fault(rule, details=details))


def table_row(number: int, header: Sequence[str], cells: Sequence[Any]) -> Row:
    """A row of a table as an object; cells that are left out at its end are empty."""
    if len(cells) > len(header):
        if any(cells[len(header) :]):
            return Row(number, None, Fault("cells", details={"cells": len(cells), "columns": len(header)}))
        cells = cells[: len(header)]
    return Row(number, {name: cell for name, cell in zip(header, cells, strict=False) if cell != ""})


def _ends_quoted(line: str, separator: str, *, quoted: bool) -> bool:
    """Tell whether a quoted value is open at the end of the line; a quote inside of an unquoted one is itself."""
    position = 0
    while (place := line.find('"', position)) >= 0:
        if quoted:
            if line[place + 1 : place + 2] == '"':
                position = place + 2
                continue
            quoted = False
        else:
            quoted = place == 0 or line[place - 1] == separator
        position = place + 1
    return quoted
