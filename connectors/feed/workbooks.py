"""XLSX workbooks (ECMA-376): one sheet read row by row. A formula counts by the result that was saved with it and is never evaluated."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import IO, Any, NamedTuple

from lxml import etree  # type: ignore[import-untyped]

from connectors.feed.definition import FeedConnection
from connectors.feed.rows import BodyUnreadable, Fault, Row
from connectors.feed.separated import header_of, table_row

_MAX_ENTRIES = 2_000
_MAX_SMALL = 5_000_000
_MAX_STRINGS = 60_000_000
_MAX_SHEET = 2_000_000_000
_MAX_RATIO = 200
"""Bytes of the parts of a workbook, inflated: lists of sheets and styles, shared strings, a sheet; and how far a part may be inflated."""

_EXACT = 2**53
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Number formats that every program knows for dates (18.8.30), the East Asian ones among them."""

_NO_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_DATE = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class _Formula(NamedTuple):
    """A cell that holds no value to take."""

    rule: str


def workbook_rows(file: IO[bytes], connection: FeedConnection) -> Iterator[Row]:
    """The rows of a workbook's sheet. Raises BodyUnreadable."""
    try:
        with zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > _MAX_ENTRIES:
                raise _unfit("文件过多", "it holds too many files")
            yield from _Workbook(archive, connection).rows()
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _unfit("已损坏或已加密", "it is damaged or encrypted") from error
    except etree.XMLSyntaxError as error:
        raise _unfit("其中的 XML 已损坏", "its XML is damaged") from error


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile, connection: FeedConnection) -> None:
        self._archive = archive
        self._connection = connection
        workbook = self._small("xl/workbook.xml")
        self._epoch = datetime(1904, 1, 1) if workbook.find(".//{*}workbookPr[@date1904='1']") is not None else datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone
        self._sheet = self._path_of(workbook, connection.sheet)
        self._strings = self._shared_strings()
        self._dates = self._date_styles()

    def rows(self) -> Iterator[Row]:
        """A header, then rows; those that are empty are passed over."""
        header: list[str] | None = None
        number = 0
        for cells, wide in self._cells():
            if header is None:
                if wide:
                    raise BodyUnreadable("columns", most=self._connection.max_columns, count=f"> {self._connection.max_columns}")
                if cells:
                    header = header_of([str(each) for each in _listed(cells)], self._connection.max_columns)
                continue
            if not cells and not wide:
                continue
            number += 1
            if number > self._connection.max_rows:
                yield Row(number, None)  # whoever counts stops here
                return
            yield self._row(number, header, cells, wide=wide)
        if header is None:
            raise BodyUnreadable("header")

    def _row(self, number: int, header: list[str], cells: dict[int, Any], *, wide: bool) -> Row:
        if wide or (cells and max(cells) >= len(header)):
            return Row(number, None, Fault("cells", details={"cells": max(cells, default=0) + 1, "columns": len(header)}))
        wrong = next((place for place, value in cells.items() if isinstance(value, _Formula)), None)
        if wrong is not None:
            return Row(number, None, Fault(cells[wrong].rule, header[wrong]))
        if sum(len(value) for value in cells.values() if isinstance(value, str)) > self._connection.max_row:
            return Row(number, None, Fault("row-too-long", details={"most": self._connection.max_row}))
        return table_row(number, header, _listed(cells))

    def _cells(self) -> Iterator[tuple[dict[int, Any], bool]]:
        """The cells of each row by column, from 0; whether there were more than may be."""
        cells: dict[int, Any] = {}
        wide, column = False, -1
        for element in self._parsed(self._sheet, ("{*}row", "{*}c"), _MAX_SHEET):
            if element.tag.endswith("}row"):
                yield cells, wide
                cells, wide, column = {}, False, -1
            else:
                column = _column(element.get("r"), column + 1)
                if column >= self._connection.max_columns:
                    wide = True
                elif (value := self._value(element)) is not None:
                    cells[column] = value

    def _value(self, cell: Any) -> Any:
        text = cell.findtext("{*}v")
        match cell.get("t", "n"):
            case "e":
                return _Formula("cell-error")
            case "inlineStr":
                return "".join(cell.itertext("{*}t")).strip() or None
            case "s" if text is not None:
                index = int(text) if text.isdigit() else -1
                return (self._strings[index] or None) if 0 <= index < len(self._strings) else None
            case "b" if text is not None:
                return "true" if text == "1" else "false"
            case "str" | "d" if text is not None:
                return text.strip() or None
            case _ if text:
                return self._number(text, cell.get("s"))
        return _Formula("formula") if cell.find("{*}f") is not None and not text else None

    def _number(self, text: str, style: str | None) -> Any:
        try:
            number = float(text)
        except ValueError:
            return text
        if style is not None and style.isdigit() and int(style) in self._dates and 0 <= number < 2_958_466:
            moment = self._epoch + timedelta(seconds=round(number * 86_400))
            return moment.strftime("%Y-%m-%d" if number == int(number) else "%Y-%m-%d %H:%M:%S")
        if abs(number) >= _EXACT:
            return number  # it was rounded on its way: a key must not be made of it
        return str(int(number)) if number.is_integer() else repr(number)

    def _path_of(self, workbook: Any, name: str | None) -> str:
        sheets = {sheet.get("name"): sheet.get(_OFFICE) or sheet.get(_STRICT) for sheet in workbook.findall(".//{*}sheet")}
        wanted = next(iter(sheets), None) if name is None else name
        if wanted not in sheets:
            raise _unfit(f"没有工作表 {name or ''}", f"it has no sheet {name or ''}")
        for relation in self._small("xl/_rels/workbook.xml.rels").findall("{*}Relationship"):
            if relation.get("Id") == sheets[wanted]:
                target = str(relation.get("Target"))
                return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        raise KeyError(wanted)

    def _shared_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        # Phonetic runs (rPh) tell how a text is read, and are no part of it.
        return [
            "".join(each.text or "" for each in item.iter("{*}t") if not each.getparent().tag.endswith("}rPh")).strip()
            for item in self._parsed("xl/sharedStrings.xml", ("{*}si",), _MAX_STRINGS)
        ]

    def _date_styles(self) -> frozenset[int]:
        if "xl/styles.xml" not in self._archive.namelist():
            return frozenset()
        styles = self._small("xl/styles.xml")
        own = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.findall(".//{*}numFmts/{*}numFmt")}
        dates = {number for number, code in own.items() if _DATE.search(_NO_DATE.sub("", code))} | {str(each) for each in _BUILT_IN_DATES}
        formats = [each.get("numFmtId") for each in styles.findall(".//{*}cellXfs/{*}xf")]
        return frozenset(place for place, number in enumerate(formats) if number in dates)

    def _small(self, name: str) -> Any:
        with self._opened(name, _MAX_SMALL) as part:
            return etree.parse(part, _parser()).getroot()

    def _parsed(self, name: str, tags: tuple[str, ...], most: int) -> Iterator[Any]:
        """Elements as they end; what was read is dropped."""
        with self._opened(name, most) as part, closing(part):
            for _, element in etree.iterparse(part, tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False):
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def _opened(self, name: str, most: int) -> IO[bytes]:
        # zipfile never inflates more than the size that is declared here.
        part = self._archive.getinfo(name)
        if part.file_size > most or part.file_size > _MAX_RATIO * max(part.compress_size, 1_000):
            raise _unfit("解压后过大", "it is too large when inflated")
        return self._archive.open(part)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _listed(cells: dict[int, Any]) -> list[Any]:
    return [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]


def _column(reference: str | None, following: int) -> int:
    """The column of a reference such as AB12, from 0; cells without one follow each other."""
    found = _PLACE.fullmatch(reference or "")
    if found is None:
        return following
    number = 0
    for letter in found[1]:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _unfit(zh: str, en: str) -> BodyUnreadable:
    return BodyUnreadable("workbook", detail_zh=zh, detail=en)
