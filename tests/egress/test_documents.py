"""Reading what came back: encodings, JSON, XML, dates."""

import codecs
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from egress import Malformed, NotData, Reply, TooDeep, Undecodable, Unreadable

CHINESE = "数控车床实训"
RARE = "䶮𠮷镕"  # beyond GB 2312; the middle one is beyond GBK, four bytes in GB 18030


def reply(body: bytes, content_type: str = "application/json", **headers: str) -> Reply:
    named = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply(200, "https://example.cn/", CIMultiDictProxy(CIMultiDict(named)), body)


@pytest.mark.parametrize(
    ("body", "content_type", "declared"),
    [
        (CHINESE.encode(), "", None),
        (CHINESE.encode("utf-8-sig"), "text/plain; charset=utf-8", None),
        (CHINESE.encode("utf-8-sig"), "", "utf-8"),
        (CHINESE.encode("utf-16"), "", None),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "text/plain; charset=gbk", None),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "", "UTF-16LE"),
        (CHINESE.encode("utf-32"), "", None),
        (CHINESE.encode("gbk"), "text/plain; charset=GBK", None),
        (CHINESE.encode("gbk"), "text/plain; Charset='gb2312'", None),
        (CHINESE.encode("gbk"), "", "gb2312"),
        (CHINESE.encode("gbk"), "text/plain; charset=utf-8", "gbk"),
        (CHINESE.encode("big5", "replace"), "text/plain; charset=big5", None),
        (CHINESE.encode(), "text/plain; charset=ISO-8859-1", None),
        (CHINESE.encode(), "text/plain; charset=us-ascii", None),
        (f"<?xml version='1.0' encoding='GBK'?><a>{CHINESE}</a>".encode("gbk"), "text/xml", None),
        (f"<?xml version='1.0' encoding='GBK'?><a>{CHINESE}</a>".encode("gbk"), "text/xml;charset=iso-8859-1", None),
        (f"<?xml version='1.0' encoding='GBK'?><a>{CHINESE}</a>".encode(), "text/xml; charset=utf-8", None),
    ],
)
def test_text_is_read_by_what_is_said_about_it(body: bytes, content_type: str, declared: str | None) -> None:
    text = reply(body, content_type).text(declared)
    assert text == CHINESE or f"<a>{CHINESE}</a>" in text or "?" in text
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030", "cp936", "x-gbk", "GB_2312-80", "chinese"])
def test_gb_labels_hold_all_of_gb18030(label: str) -> None:
    assert reply(RARE.encode("gb18030"), f"text/plain; charset={label}").text() == RARE


@pytest.mark.parametrize(
    ("body", "content_type", "declared", "reason"),
    [
        (CHINESE.encode("gbk"), "", None, "encoding"),
        (CHINESE.encode("gbk"), "application/json; charset=utf-8", None, "encoding"),
        (b"\xff\xff\xff", "", "gbk", "encoding"),
        (CHINESE.encode("utf-8-sig"), "", "gbk", "encoding"),
        (CHINESE.encode("utf-16-le")[:-1], "", "utf-16-le", "encoding"),
        (CHINESE.encode("gbk"), "text/plain; charset=us-ascii", None, "encoding"),
        (b"\xed\xa0\x80", "", None, "encoding"),
        (b"x", "", "no-such", "unknown_encoding"),
        (b"x", "text/plain; charset=unicode_escape", None, "unknown_encoding"),
        (b"x", "text/plain; charset=zip", None, "unknown_encoding"),
        (b"x", "text/plain; charset=\x00", None, "unknown_encoding"),
        (b"+AAA-", "text/plain; charset=utf-7", None, "unknown_encoding"),
    ],
)
def test_bytes_of_another_encoding_are_never_guessed_at(body, content_type, declared, reason) -> None:
    for read in (reply(body, content_type).text, reply(body, content_type).json):
        with pytest.raises(Undecodable) as caught:
            read(declared)
        assert caught.value.reason == reason


@given(st.binary(max_size=64), st.sampled_from([None, "gbk", "utf-16", "utf-8", "big5"]))
def test_text_loses_no_byte(body: bytes, declared: str | None) -> None:
    try:
        text = reply(body, "").text(declared)
    except Undecodable:
        return
    assert "\ufffd" not in text or b"\xef\xbf\xbd" in body or declared is not None or body[:2] in (b"\xff\xfe", b"\xfe\xff")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert reply(json.dumps(value, ensure_ascii=False).encode()).json() == value
    assert reply(json.dumps(value, ensure_ascii=False).encode("utf-16")).json() == value


@pytest.mark.parametrize(
    ("body", "expected", "reason"),
    [
        (b"<!DOCTYPE html><html></html>", NotData, "html"),
        (b"\xef\xbb\xbf\n <html>", NotData, "html"),
        (b"<?xml version='1.0'?><error/>", NotData, "html"),
        (b"", NotData, "empty"),
        (b" \r\n", NotData, "empty"),
        (b'{"a": [1, 2', Malformed, "truncated"),
        (b'{"a": "x', Malformed, "truncated"),
        (b'{"a": 1} trailing', Malformed, "malformed"),
        (b"NaN", Malformed, "malformed"),
        (b"callback({})", Malformed, "malformed"),
        (b'"\\ud800"', Malformed, "malformed"),
        (b"[" * 65 + b"]" * 65, TooDeep, "too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, TooDeep, "too_deep"),
        (b"[" * 1_000_000, TooDeep, "too_deep"),
        (b'{"a":' * 1_000_000, TooDeep, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, TooDeep, "too_deep"),
    ],
)
def test_what_is_not_json_says_why(body: bytes, expected: type[Unreadable], reason: str) -> None:
    with pytest.raises(expected) as caught:
        reply(body).json()
    assert caught.value.reason == reason


def test_json_of_the_deepest_allowed_nesting_is_read() -> None:
    assert reply(b"[" * 64 + b"]" * 64).json()


def test_a_page_of_plain_words_is_html_too() -> None:
    with pytest.raises(NotData):
        reply("系统维护中".encode(), "text/html; charset=utf-8").json()


LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY l 'lol'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10)).replace("&l0;", "&l;")
    + "]><a>&l9;</a>"
)


@pytest.mark.parametrize(
    ("body", "expected", "reason"),
    [
        (LAUGHS, Malformed, "entities"),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", Malformed, "entities"),
        ("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1/'> %x;]><a/>", Malformed, "entities"),
        ("<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><a/>", Malformed, "entities"),
        ("<?xml version='1.0'?>\n<!-- x --><?pi y?><!DOCTYPE a><a/>", Malformed, "entities"),
        ("\x01<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Malformed, "entities"),
        ("<!\x01DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Malformed, "entities"),
        ("<a>&unknown;</a>", Malformed, "malformed"),
        ("<html><body>x</body></html>", NotData, "html"),
        ("<!doctype HTML><p>", NotData, "html"),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html/>", NotData, "html"),
        ("", NotData, "empty"),
        ('{"error": 1}', Malformed, "malformed"),
        ("<a><b>1</b>", Malformed, "truncated"),
        ("<a><b>1</b", Malformed, "truncated"),
        ("<a><b></a></b>", Malformed, "malformed"),
        ("<a>" * 1_000 + "</a>" * 1_000, TooDeep, "too_deep"),
    ],
)
def test_what_is_not_plain_xml_says_why(body: str, expected: type[Unreadable], reason: str) -> None:
    with pytest.raises(expected) as caught:
        reply(body.encode(), "text/xml").xml()
    assert caught.value.reason == reason


def test_a_doctype_inside_content_is_content() -> None:
    root = reply(b"<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE html><html>]]></a>", "text/xml").xml()
    assert "".join(root.itertext()).endswith("<html>")


def test_illegal_characters_are_left_out_and_counted() -> None:
    got = reply("<a>实\x0b训\x00&#11;&#x1F;&#55357;&#xD83D;\ufffe ok&#10;&#x5b9e;&#13;</a>".encode(), "text/xml")
    assert got.xml().text == "实训 ok\n实\r"
    assert got.repairs == {"illegal_character": 7}


def test_clean_xml_needs_no_repair() -> None:
    got = reply(f"<?xml version='1.0' encoding='gb2312'?><a>{RARE}</a>".encode("gb18030"), "text/xml")
    assert got.xml().text == RARE
    assert not got.repairs.total()


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_of_an_element_survives_except_for_illegal_characters(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    root = reply(f"<a>{escaped}</a>".encode(), "text/xml").xml()
    legal = [c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")]
    assert (root.text or "") == "".join(legal)


def test_a_long_comment_before_the_root_takes_no_time() -> None:
    body = ("<!--" + "-> <!-- <?" * 100_000 + "--><a/>").replace("----", "--")
    with pytest.raises(Unreadable):
        reply(body.encode(), "text/xml").xml()


NOON = "Wed, 01 Jul 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    "value", [NOON, "Wednesday, 01-Jul-26 12:00:00 GMT", "Wed Jul  1 12:00:00 2026", "Wed, 01 Jul 2026 20:00:00 +0800"]
)
def test_the_date_of_the_server_is_read_in_all_its_forms(value: str) -> None:
    assert reply(b"", Date=value).date == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "soon", "Wed, 99 Jul 2026 12:00:00 GMT", "Wed, 01 Jul 99999999999 12:00:00 GMT"])
def test_a_date_that_is_none_is_none(value: str) -> None:
    assert reply(b"", Date=value).date is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("0", 0.0), ("99999999999999999999", 600.0), ("-1", None), ("soon", None), ("", None), ("1.5", None),
     ("Wed, 01 Jul 2026 12:02:00 GMT", 120.0), ("Wed, 01 Jul 2026 11:00:00 GMT", 0.0), ("Thu, 01 Jul 2027 12:00:00 GMT", 600.0)],
)  # fmt: skip
def test_how_long_to_wait_is_read_in_both_forms_and_capped(value: str, seconds: float | None) -> None:
    assert reply(b"", Date=NOON, Retry_After=value).retry_after == seconds


def test_a_retry_date_without_a_server_date_counts_from_now() -> None:
    until = datetime.now(UTC) + timedelta(seconds=100)
    wait = reply(b"", Retry_After=until.strftime("%a, %d %b %Y %H:%M:%S GMT")).retry_after
    assert wait is not None
    assert 90 < wait <= 100
