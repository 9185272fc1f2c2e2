"""Text, HTML, nested values and vCards."""

import datetime as dt
import time
import unicodedata
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.functions.markup import LONGEST, plain_text
from connectors.functions.nested import json_in_string, last_segment
from connectors.functions.place import Place
from connectors.functions.texts import text
from connectors.functions.vcards import vcard_name

PLACE = Place()


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("数控加工第1讲", "数控加工第1讲"),
        ("4133010001          ", "4133010001"),  # a CHAR column
        ("\u3000\xa0机械制图 \u200b", "机械制图"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("a\x00b\x07c\ufeff", "abc"),
        ("绝密\u202egpj.exe", "绝密gpj.exe"),
        ("e\u0301", "é"),
        ("截断\ud83d", "截断\ufffd"),
        ("合\ud83d\ude00", "合😀"),
        ("", None),
        (" \t\n", None),
        (None, None),
        (float("nan"), None),
        (Decimal("NaN"), None),
        ("None", "None"),
        (1135961249524219904, "1135961249524219904"),
        (9007199254740993, "9007199254740993"),
        (3.0, "3"),
        (3.25, "3.25"),
        (Decimal("9007199254740993.00"), "9007199254740993"),
        (Decimal("12345678901234567890123456789012345.5"), "12345678901234567890123456789012345.5"),
        (Decimal("-0"), "0"),
        (True, "true"),
        (dt.date(2023, 5, 17), "2023-05-17"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_text_keeps_what_a_reader_or_a_key_needs(native: object, expected: str | None) -> None:
    assert text(native, PLACE) == expected


@pytest.mark.parametrize(
    ("native", "complaint"),
    [
        (b"\xca\xfd", "bytes"),
        (["a"], "a list of 1"),
        ({"zh": "a"}, "an object"),
        (object(), "a object"),
        (1135961249524219904.0, "lost digits"),
        (float("inf"), "infinite"),
        (Decimal("Infinity"), "infinite"),
        (Decimal("1E+999999"), "digits"),
        (Decimal("1E-999999"), "digits"),
        pytest.param(10**5000, "digits", id="5001 digits"),
    ],
)
def test_text_refuses_what_is_not_text(native: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        text(native, PLACE)


def test_text_that_would_take_minutes_to_normalise_is_refused() -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="combining marks"):
        text("\u0300\u0316" * 200_000, PLACE)
    assert text("ท\u0e35\u0e48" * 1000, PLACE) == "ท\u0e35\u0e48" * 1000
    assert time.process_time() - started < 2


@given(st.text(st.characters()))
def test_text_is_stable_normalised_and_encodable(native: str) -> None:
    once = text(native, PLACE)
    assert once is None or (text(once, PLACE) == once and unicodedata.is_normalized("NFC", once) and once.encode())


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("<p>第一段</p><p>第二段<br/>换行</p>", "第一段\n第二段\n换行"),
        ("<div>\n  a\n  <b>b</b>c </div>", "a bc"),
        ("<table><tr><td>学号</td><td>姓名</td></tr><tr><td>1</td></tr></table>", "学号 姓名\n1"),
        ("一<script>alert('<p>二</p>')</script>三<style>p{}</style>", "一三"),
        ("<SCRIPT>x</SCRIPT >y", "y"),
        ("x<script>never closed <p>y</p>", "x"),
        ("x<!-- 注释 <p> -->y<!-- never closed <p>z", "xy"),
        ("<!DOCTYPE html><?php x ?>y", "y"),
        ('<a title="1>0" href=x>链接</a>', "链接"),
        ("<a title='never closed>x</a>y", "xy"),
        ("a < b 且 c > d，1<2", "a < b 且 c > d，1<2"),
        ("x <b", "x <b"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("A&nbsp;&amp;&nbsp;B &#20013;&#x6587;", "A\xa0&\xa0B 中文"),
        ("<i>A&nbsp;B</i>", "A B"),
        ("&#" + "9" * 5000 + ";x", "\ufffdx"),
        ("第一行\n第二行 &gt; 0", "第一行\n第二行 > 0"),
        ("<p></p>", None),
        (None, None),
    ],
)
def test_plain_text_reads_html_as_a_browser_shows_it(native: object, expected: str | None) -> None:
    assert plain_text(native, PLACE) == expected


def test_plain_text_says_that_a_field_is_too_long() -> None:
    with pytest.raises(ValueError, match="shorter field"):
        plain_text("a" * (LONGEST + 1), PLACE)


HOSTILE: list[Callable[[int], str]] = [
    lambda n: "<!--" * (n // 4),
    lambda n: "<a" * (n // 2),
    lambda n: "<a '>'" * (n // 6) + '"',
    lambda n: '<a "' * (n // 4) + ">" * 9,
    lambda n: "<div>" * (n // 5),
    lambda n: "<i>x</p>" * (n // 8),
    lambda n: "<script>" * (n // 8),
    lambda n: "<script></scriptx>" * (n // 18),
    lambda n: "&" * n,
    lambda n: "&a" * (n // 2),
    lambda n: "&#" + "9" * n,
    lambda n: "<b> </b>" * (n // 8),
    lambda n: "<p>" + " " * n,
    lambda n: "</" * (n // 2),
    lambda n: "<![CDATA[" * (n // 9),
]


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: repr(make(18)))
def test_plain_text_takes_a_hostile_megabyte_in_its_stride(make: Callable[[int], str]) -> None:
    started = time.process_time()
    plain_text(make(1_000_000), PLACE)
    assert time.process_time() - started < 3  # quadratic work would take minutes


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("https://w3id.org/kim/hcrt/video", "video"),
        ("http://purl.org/dcx/lrmi-vocabs/educationalAudienceRole/student", "student"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "1.0"),
        ("http://ltsc.ieee.org/vocab#lecture", "lecture"),
        ("https://a.cn/b?next=/c", "b"),
        ("oai:edu.example.cn:460103", "460103"),
        ("doc/g@6AF2D2803BC0D2579D55448F9305CD9F.doc", "g@6AF2D2803BC0D2579D55448F9305CD9F.doc"),
        ("video", "video"),
        (None, None),
    ],
)
def test_last_segment_is_the_term_of_a_vocabulary(native: object, expected: str | None) -> None:
    assert last_segment(native, PLACE) == expected


@pytest.mark.parametrize("native", ["https://example.org/", "http://example.org", "/", "?x"])
def test_last_segment_refuses_an_address_without_one(native: str) -> None:
    with pytest.raises(ValueError, match="no segment"):
        last_segment(native, PLACE)


def test_json_in_a_string_keeps_every_digit_of_an_identifier() -> None:
    parsed = json_in_string('{"url":"doc/g@6AF2.doc","id":1135961249524219904123}', PLACE)
    assert parsed == {"url": "doc/g@6AF2.doc", "id": 1135961249524219904123}


@pytest.mark.parametrize(("native", "expected"), [("", None), (None, None), ("null", None), ("[1]", [1]), ({"a": 1}, {"a": 1})])
def test_json_that_is_absent_or_parsed_already_is_handed_on(native: object, expected: object) -> None:
    assert json_in_string(native, PLACE) == expected


@pytest.mark.parametrize("native", ["{", "<html>", "NaN", "[" * 65 + "]" * 65, "[" * 500_000, "1" * 5000, b"{}"])
def test_json_refuses_what_is_broken_or_too_deep(native: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|bytes"):
        json_in_string(native, PLACE)


def test_brackets_inside_json_strings_do_not_count_as_depth() -> None:
    assert json_in_string('["' + "[" * 100 + '\\"["]', PLACE) == ["[" * 100 + '"[']


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("BEGIN:VCARD\nVERSION:2.1\nFN:张三\nTEL:13800000000\nEND:VCARD", "张三"),
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Hans;;;\r\nEMAIL:hans@example.org\r\nEND:VCARD", "Hans Müller"),
        ("BEGIN:VCARD VERSION:3.0 FN:Hans Müller EMAIL;TYPE=INTERNET:hans@example.org END:VCARD", "Hans Müller"),
        ("begin:vcard\nn:欧阳;修\nend:vcard", "欧阳修"),
        ("BEGIN:VCARD\nORG:浙江某某学院\\, 教务处;信息中心\nEND:VCARD", "浙江某某学院, 教务处"),
        ("BEGIN:VCARD\nitem1.FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=\n=E4=B8=89\nEND:VCARD", "张三"),
        ("BEGIN:VCARD\nFN:A very lo\n ng name\nEND:VCARD", "A very long name"),
        ("BEGIN:VCARD\nFN:zhang@example.org\nORG:某某学院\nEND:VCARD", "某某学院"),
        ("李四", "李四"),
        (None, None),
    ],
)
def test_a_vcard_gives_its_name_and_nothing_else(card: object, expected: str | None) -> None:
    assert vcard_name(card, PLACE) == expected


@pytest.mark.parametrize("card", ["BEGIN:VCARD\nTEL:1\nEND:VCARD", "zhang@example.org", "张三 13800000000", "BEGIN:VCARD" + "x" * 30_000])
def test_a_vcard_without_a_name_is_refused(card: str) -> None:
    with pytest.raises(ValueError, match="vCard"):
        vcard_name(card, PLACE)
