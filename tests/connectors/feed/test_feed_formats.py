"""Text formats: however the bytes are cut on their way the rows are the same, and a bad row takes no other with it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed.definition import FeedConnection, Format
from connectors.feed.formats import text_reader
from connectors.feed.rows import BodyUnreadable, Row
from connectors.feed.texts import Decoder

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12)
ROWS = st.lists(st.fixed_dictionaries({"id": TEXT.filter(str.strip), "title": TEXT}), max_size=8)
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=20)


def read(body: bytes, form: Format, cuts: list[int] | None = None, charset: str | None = None, **options: Any) -> list[Row]:
    decoder, reader = Decoder(charset), text_reader(form, FeedConnection(**options))
    rows: list[Row] = []
    position, turn = 0, 0
    while position < len(body):
        size = cuts[turn % len(cuts)] if cuts else len(body)
        rows += reader.feed(decoder.feed(body[position : position + size]))
        position, turn = position + size, turn + 1
    rows += reader.feed(decoder.feed(b"", last=True))
    rows += reader.finish()
    return rows


def natives(rows: list[Row]) -> list[dict[str, Any] | None]:
    return [row.native for row in rows]


def rules(rows: list[Row]) -> list[str | None]:
    return [row.fault.rule if row.fault else None for row in rows]


@given(ROWS, CUTS, st.booleans())
def test_ndjson_is_read_alike_wherever_it_is_cut(expected: list[dict[str, str]], cuts: list[int], ascii_only: bool) -> None:
    body = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in expected).encode()
    assert natives(read(body, "ndjson", cuts)) == expected


@given(ROWS, CUTS, st.sampled_from([None, 1]))
def test_an_array_is_read_alike_wherever_it_is_cut(expected: list[dict[str, str]], cuts: list[int], indent: int | None) -> None:
    body = json.dumps(expected, ensure_ascii=False, indent=indent).encode()
    assert natives(read(body, "json", cuts)) == expected


@given(ROWS, CUTS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_csv_is_read_alike_wherever_it_is_cut(expected: list[dict[str, str]], cuts: list[int], separator: str, encoding: str) -> None:
    target = io.StringIO()
    writer = csv.DictWriter(target, ["id", "title"], delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(expected)
    declared = None if encoding in ("utf-8-sig", "utf-16") else encoding
    rows = natives(read(target.getvalue().encode(encoding), "csv", cuts, declared))
    assert rows == [{name: value for name, value in row.items() if value} for row in expected]


@given(st.binary(max_size=200), CUTS, st.sampled_from(["ndjson", "json", "csv"]))
def test_any_bytes_give_rows_or_a_reason(body: bytes, cuts: list[int], form: Format) -> None:
    try:
        rows = read(body, form, cuts)
    except BodyUnreadable:
        return
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all((row.native is None) != (row.fault is None) for row in rows)


def test_one_bad_row_takes_no_other_with_it() -> None:
    body = (
        b'{"id":"1"}\nnot json\n[1]\n{"id":"\\ud800"}\n'
        b'{"id":"' + b"x" * 500 + b'"}\n' + b'{"id":"\xff"}\n' + b"[" * 100 + b"\n" + b'{"id":"8"}'
    )
    rows = read(body, "ndjson", [7], max_row=200)
    assert rules(rows) == [None, "not-json", "not-an-object", "not-json", "row-too-long", "encoding", "not-json", None]


def test_deep_rows_are_refused_and_numbers_stay_exact() -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    rows = read(deep + b'\n{"id":123456789012345678901234567890}\n{"id":1e400}\n', "ndjson")
    assert rules(rows) == ["too-deep", None, "not-json"]
    assert rows[1].native == {"id": 123456789012345678901234567890}


def test_a_quote_that_is_not_closed_ends_at_the_bound_of_a_row() -> None:
    body = b'id,title\n1,"open\n' + b"2,x\n" * 60 + b'3,"y"\n4,z\n'
    rows = read(body, "csv", [5], max_row=200)
    assert rows[0].fault is not None
    assert rows[0].fault.rule in ("row-too-long", "not-csv", "quote-open")
    assert rows[-1].number == len(rows)


@pytest.mark.parametrize("body", [b'5" disk,12" rack\n', b'a,b\n5" disk,12" rack\n6,7\n'])
def test_a_quote_inside_of_a_value_is_itself(body: bytes) -> None:
    rows = read(b"id,title\n" + body.removeprefix(b"a,b\n"), "csv")
    assert rows[0].native == {"id": '5" disk', "title": '12" rack'}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "header"),
        (b"a,,b\n", "header"),
        (b"a,b,a\n", "header-twice"),
        (b",".join(b"c%d" % n for n in range(1000)) + b"\n", "columns"),
        (b"x" * 300_000, "header"),
    ],
)
def test_a_header_that_cannot_be_used_is_named(body: bytes, rule: str) -> None:
    with pytest.raises(BodyUnreadable) as refused:
        read(body, "csv", [60_000])
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("body", "rule"),
    [(b"{}", "array"), (b'"x"', "array"), (b"[1,2", "array-open"), (b"[] []", "array-trailing"), (b"[{}}]", "array"), (b"", "array")],
)
def test_what_is_no_array_is_named(body: bytes, rule: str) -> None:
    with pytest.raises(BodyUnreadable) as refused:
        read(body, "json", [1])
    assert refused.value.rule == rule


def test_elements_that_are_no_objects_are_faults_of_their_own() -> None:
    rows = read(b'[{"id":"1"},2,,"a,b]",{"id":"5","t":"]},{["}]', "json", [3])
    assert rules(rows) == [None, "not-an-object", "not-json", "not-an-object", None]
    assert rows[-1].native == {"id": "5", "t": "]},{["}


def test_gbk_that_nobody_declared_is_found_out_behind_a_long_ascii_beginning() -> None:
    body = b"id,title\n" + b"1,plain\n" * 20_000 + "2,数控技术\n".encode("gbk")
    assert natives(read(body, "csv", [8192]))[-1] == {"id": "2", "title": "数控技术"}


def test_an_unknown_charset_is_refused() -> None:
    with pytest.raises(BodyUnreadable, match="charset"):
        Decoder("utf-7")
