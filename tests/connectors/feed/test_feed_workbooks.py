"""XLSX: what spreadsheet programs write is read as people see it, and what was made to hurt is refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from connectors.feed.definition import FeedConnection
from connectors.feed.rows import BodyUnreadable, Row
from connectors.feed.workbooks import workbook_rows

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def workbook(sheet: str, *, strings: str = "", styles: str = "", **parts: str) -> bytes:
    """A workbook whose first sheet holds `sheet`, the inside of sheetData."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", f'<workbook {MAIN} {RELATIONS}><sheets><sheet name="资源" sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="x"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>")
        if strings:
            archive.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{strings}</sst>")
        if styles:
            archive.writestr("xl/styles.xml", f"<styleSheet {MAIN}>{styles}</styleSheet>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def cell(place: str, text: str, kind: str = "str", style: int = 0) -> str:
    return f'<c r="{place}" t="{kind}" s="{style}"><v>{text}</v></c>'


HEADER = f'<row r="1">{cell("A1", "id")}{cell("B1", "title")}{cell("C1", "day")}</row>'


def read(content: bytes, **options: Any) -> list[Row]:
    return list(workbook_rows(io.BytesIO(content), FeedConnection(**options)))


def test_texts_numbers_dates_and_gaps_are_read_as_they_are_shown() -> None:
    strings = "<si><t>数控</t></si><si><r><t>护</t></r><r><t>理</t></r><rPh><t>hù lǐ</t></rPh></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d"/>'
        '<numFmt numFmtId="165" formatCode="0.0&quot;day&quot;"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="165"/></cellXfs>'
    )
    sheet = (
        HEADER
        + f'<row r="2">{cell("A2", "7", "n")}{cell("B2", "0", "s")}{cell("C2", "45413", "n", 1)}</row>'
        + "<row r='3'/>"
        + f'<row r="4">{cell("A4", "8.5", "n")}{cell("B4", "1", "s")}{cell("C4", "45413.3333333333", "n", 2)}</row>'
        + f'<row r="5">{cell("A5", "9", "n")}<c r="B5" t="inlineStr"><is><t>内联</t></is></c>{cell("C5", "45413", "n", 3)}</row>'
        + f'<row r="6">{cell("A6", "10")}{cell("C6", "x")}</row>'
    )
    assert [row.native for row in read(workbook(sheet, strings=strings, styles=styles))] == [
        {"id": "7", "title": "数控", "day": "2024-05-01"},
        {"id": "8.5", "title": "护理", "day": "2024-05-01 08:00:00"},
        {"id": "9", "title": "内联", "day": "45413"},
        {"id": "10", "day": "x"},
    ]


def test_a_formula_counts_by_the_result_saved_with_it_and_without_one_spoils_its_row() -> None:
    sheet = (
        HEADER
        + '<row r="2"><c r="A2" t="str"><f>"a"&amp;1</f><v>a1</v></c><c r="B2"><f>HYPERLINK("http://x","y")</f></c></row>'
        + '<row r="3"><c r="A3"><f>1+1</f><v>2</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        + '<row r="4"><c r="A4"><f>1+1</f><v>2</v></c></row>'
    )
    rows = read(workbook(sheet))
    assert [row.fault and (row.fault.rule, row.fault.place) for row in rows] == [("formula", "title"), ("cell-error", "title"), None]
    assert rows[2].native == {"id": "2"}


def test_a_number_that_was_rounded_does_not_pass_for_a_text() -> None:
    (row,) = read(workbook(HEADER + f'<row r="2">{cell("A2", "4.13301000112345E+18", "n")}</row>'))
    assert row.native is not None
    assert isinstance(row.native["id"], float)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and then nothing",
        workbook("<row r='1'>" + cell("A1", "id")),
        workbook(HEADER, **{"xl/styles.xml": f"<styleSheet {MAIN}>" + " " * 5_100_000 + "</styleSheet>"}),
        workbook(HEADER + "<!--" + "0" * 40_000_000 + "-->"),
    ],
    ids=["damaged", "xml", "large", "bomb"],
)
def test_what_is_damaged_or_swells_is_refused(content: bytes) -> None:
    with pytest.raises(BodyUnreadable) as refused:
        read(content)
    assert refused.value.rule == "workbook"


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    content = workbook("")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.endswith("sheet1.xml"):
                text = f"{bomb}<worksheet {MAIN}><sheetData>{HEADER}<row r='2'><c t='str'><v>&b;</v></c></row></sheetData></worksheet>"
            new.writestr(name, text)
    assert "aaaa" not in str(read(target.getvalue()))


def test_columns_and_rows_are_bounded() -> None:
    far = f'<row r="2">{cell("A2", "1")}{cell("XFD2", "x")}</row>'
    assert [row.fault and row.fault.rule for row in read(workbook(HEADER + far))] == ["cells"]
    with pytest.raises(BodyUnreadable, match="columns"):
        read(workbook('<row r="1">' + "".join(f"<c><v>{n}</v></c>" for n in range(20)) + "</row>"), max_columns=10)
    many = "".join(f'<row><c t="str"><v>{n}</v></c></row>' for n in range(20))
    assert len(read(workbook(HEADER + many), max_rows=10)) == 11


def test_a_sheet_is_chosen_by_name() -> None:
    assert read(workbook(HEADER), sheet="资源") == []
    with pytest.raises(BodyUnreadable, match="workbook"):
        read(workbook(HEADER), sheet="别的")
