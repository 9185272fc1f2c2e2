"""Workbooks (XLSX) as pushers send them: sound ones, with formulas, and such as are made to hurt."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_INFLATED = 60_000_000


def sheet(found: Sequence[Mapping[str, object]], *, computed: str = "", uncomputed: Sequence[str] = ()) -> str:
    """Rows under a header; the column `computed` holds formulas with results, and without one in the rows of the keys `uncomputed`."""
    lines = [dict(zip(found[0], found[0], strict=True)), *found]
    return "".join(_row(line, computed if number else "", known=line["id"] not in uncomputed) for number, line in enumerate(lines))


def _row(line: Mapping[str, object], computed: str, *, known: bool) -> str:
    return f"<row>{''.join(_cell(value, formula=name == computed, known=known) for name, value in line.items())}</row>"


def _cell(value: object, *, formula: bool, known: bool) -> str:
    if not formula:
        return f'<c t="str"><v>{escape(str(value))}</v></c>'
    return f'<c t="str"><f>HYPERLINK("http://127.0.0.1/","x")</f>{f"<v>{escape(str(value))}</v>" if known else ""}</c>'


def workbook(rows: str, before: str = "") -> bytes:
    """A workbook of one sheet with these rows, `before` in front of it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", f'<workbook {_MAIN} {_RELATIONS}><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>'
        )
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="x"><Relationship Id="r" Target="s.xml"/></Relationships>')
        archive.writestr("xl/s.xml", f"{before}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>")
    return target.getvalue()


@cache
def bomb() -> bytes:
    """Some kilobytes that would be sixty megabytes."""
    return workbook(" " * _INFLATED)


def entity_bomb() -> bytes:
    """A sheet whose one cell would be a billion of them."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return workbook('<row><c t="str"><v>&a9;</v></c></row>', f'<!DOCTYPE x [<!ENTITY a0 "bomb">{entities}]>')
