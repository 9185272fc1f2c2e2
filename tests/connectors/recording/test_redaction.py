"""What is secret or personal never stands in a recording; the same value is the same placeholder, of the same form."""

import re

import pytest

from connectors.recording.redaction import Redactor, _check_digit, is_secret

PERSON = "11010519491231002X"
LINES = (
    "BEGIN:VCARD",
    "VERSION:3.0",
    "FN:王小明",
    "N:王;小明",
    "ORG:示例学院",
    "TEL;TYPE=CELL:010-62345678",
    "ADR:;;示例路1号",
    "END:VCARD",
)
PERSONAL = ["13812345678", "138 1234 5678", "0571-87654321", PERSON, "wang.xm@example.edu.cn"]


@pytest.mark.parametrize("value", PERSONAL)
def test_a_personal_value_is_gone_wherever_it_stands_and_keeps_its_form(value: str) -> None:
    redactor = Redactor()
    for place in (f"联系人：{value}，请于工作日联系", f"<tel>{value}</tel>", f'"{value}"', value):
        assert value not in redactor.text(place)
    placeholder = redactor.text(value)
    assert redactor.text(f"{value} {value}") == f"{placeholder} {placeholder}"
    if "@" not in value:
        assert re.sub(r"\d", "9", placeholder[:17]) == re.sub(r"\d", "9", value[:17])
    assert Redactor().text(value) != placeholder


def test_an_identity_number_becomes_one_of_nobody_with_a_sound_check_digit() -> None:
    placeholder = Redactor().text(PERSON)
    assert placeholder.startswith("000000")
    assert placeholder[17] == _check_digit(placeholder[:17])


@pytest.mark.parametrize(
    "value", ["110105194912310021", "202605170830001234", "2023-05-17 08:30:00", "1716192000000", "4133010001", "数控 13 技术"]
)
def test_numbers_that_are_nobodys_stay(value: str) -> None:
    assert Redactor().text(value) == value


@pytest.mark.parametrize("end", ["\\r\\n", "\r\n", "\n"])
def test_a_card_keeps_its_lines_and_loses_its_person(end: str) -> None:
    found = Redactor().text(end.join(LINES))
    assert not [each for each in ("王", "小明", "62345678", "示例路") if each in found]
    assert found.count("示例学院") == 1
    assert [line.partition(":")[0] for line in found.split(end)] == [line.partition(":")[0] for line in LINES]


@pytest.mark.parametrize(
    "name", ["token", "access_token", "accessToken", "password", "X-Api-Key", "api_key", "appSecret", "JSESSIONID", "sign"]
)
def test_names_that_say_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["next_page_token", "resumptionToken", "nextToken", "title", "design", "keywords", "identifier", "assigned"]
)
def test_names_that_say_something_else(name: str) -> None:
    assert not is_secret(name)


def test_a_secret_that_was_named_once_is_found_everywhere_after() -> None:
    redactor = Redactor(["s3cret-of-ours"])
    told = redactor.value({"data": {"token": "abcdef123456", "list": [{"id": 7, "lxdh": "6234567", "note": "s3cret-of-ours"}]}})
    assert "6234567" not in str(told)
    assert told["data"]["list"][0]["id"] == 7
    assert redactor.text("?t=abcdef123456&x=s3cret-of-ours") == f"?t={told['data']['token']}&x={told['data']['list'][0]['note']}"
